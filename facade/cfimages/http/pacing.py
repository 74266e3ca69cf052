"""Keep requests below the service's rate limit. Cloudflare blocks for minutes when it is exceeded."""

import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping

from cfimages.arguments import check_positive, check_seconds

REQUESTS = 1200
SECONDS = 300.0
"""The documented limit: this many requests of a token in this many seconds."""

RESERVE = 20
"""One request in this many is left to others who use the same token."""

SLACK = 1.01
LATENESS = 0.25
"""The window is longer than the service's by this factor and this many seconds. The service counts when a request
arrives, and one that opens a connection arrives later than one that was sent right after it."""

LONGEST = 3600
"""Longest limit or wait in seconds that a response can impose."""


class Pacer:
    """Keep all clients that share it below the rate limit.

    A request is sent immediately while fewer than 95 % of `requests` were sent in the last `seconds`. Otherwise it
    waits. The pacer also follows the responses: it waits after 429, and if few requests are left (`Ratelimit`), for
    example because others use the same token. It obeys another limit (`Ratelimit-Policy`) too. Threads, tasks and
    clients with the same token can share it.

    Args:
        requests: Requests within `seconds`; None obeys only the service's headers.
        seconds: Length of the window, at most a day.
        clock: Returns the current time in seconds.

    Raises:
        InvalidArgumentError: A limit is out of range.

    Source: page "Rate limits" of Cloudflare's API.
    """

    def __init__(
        self, requests: int | None = REQUESTS, seconds: float = SECONDS, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._own: list[tuple[int, float]] = []
        self._announced: dict[str, tuple[int, float]] = {}
        self._seconds = float(check_seconds("seconds", seconds, 24 * 60 * 60))
        if requests is not None:
            self._own.append((check_positive("requests", requests), self._seconds))
        self._clock = clock
        self._lock = threading.Lock()
        self._sent: deque[float] = deque()
        self._closed_until = -float("inf")

    def __repr__(self) -> str:
        limits = ", ".join(
            f"{requests} in {seconds:g} s" for requests, seconds in [*self._own, *self._announced.values()]
        )
        return f"Pacer(<{limits or 'as the service says'}>)"

    def take(self) -> float:
        """Return 0 and count a request if it may go now, else the seconds after which to ask again."""
        with self._lock:
            now = self._clock()
            limits = [*self._own, *self._announced.values()]
            turn = max([self._closed_until, *(self._free_at(*limit) for limit in limits)])
            if turn > now:
                return turn - now
            self._sent.append(now)
            longest = max([self._seconds, *(seconds for _, seconds in limits)])
            while self._sent[0] <= now - _span(longest):
                self._sent.popleft()
            return 0.0

    def closed_for(self) -> float:
        """Return for how many seconds the service wants no request, 0 if it does not say so."""
        with self._lock:
            return max(self._closed_until - self._clock(), 0.0)

    def learn(self, status: int, headers: Mapping[str, str], retry_after: float | None) -> None:
        """Note what a response says about the limit."""
        with self._lock:
            now = self._clock()
            if policy := headers.get("ratelimit-policy"):
                self._announced = {
                    name: (values["q"], float(values["w"]))
                    for name, values in _items(policy)
                    if values.get("q") and 0 < values.get("w", 0) <= LONGEST
                }
            waits = [retry_after] if status == 429 and retry_after is not None else []
            for name, values in _items(headers.get("ratelimit", "")):
                requests, _ = self._announced.get(name, (REQUESTS, SECONDS))
                if "r" in values and "t" in values and values["r"] < _reserve(requests):
                    waits.append(values["t"])
            if status == 429 and not waits and self._own:
                waits.append(self._seconds)
            for seconds in waits:
                self._closed_until = max(self._closed_until, now + min(seconds, LONGEST))

    def _free_at(self, requests: int, seconds: float) -> float:
        """Return when a limit has room for one more request."""
        allowed = requests - _reserve(requests)
        return self._sent[-allowed] + _span(seconds) if len(self._sent) >= allowed else self._closed_until


def _span(seconds: float) -> float:
    return seconds * SLACK + LATENESS


def _reserve(requests: int) -> int:
    return requests // RESERVE


def _items(header: str) -> Iterator[tuple[str, dict[str, int]]]:
    """Yield the names and numbers of a list such as `"default";r=50;t=30`. Other forms are skipped."""
    for item in re.finditer(r'"([^"]*)"((?:\s*;\s*[a-z]+=[0-9]{1,9})+)', header):
        yield item[1], {name: int(number) for name, number in re.findall(r"([a-z]+)=([0-9]+)", item[2])}
