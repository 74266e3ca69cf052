"""Keeping below the service's rate limit, so that it never has to refuse: Cloudflare then blocks for minutes.

Decides when a request may go, from what was sent in the last minutes and from what the service says is left. It
neither sends nor waits.
"""

import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping

from cfimages.errors import InvalidArgumentError
from cfimages.values import positive, shown

REQUESTS = 1200
SECONDS = 300.0
"""The documented limit: so many requests of a token in so many seconds."""

RESERVE = 20
"""One in so many requests is left to others who use the same token, and to those that are under way."""

SLACK = 1.01
LATENESS = 0.25
"""How much longer than the limit's own time is waited, and how many seconds beside: the service counts from when a
request comes to it, and one that opens a connection comes later than the next."""

LONGEST = 3600
"""Most seconds of a limit or a wait that an answer can name. Beyond, the caller had better see the refusal."""


class Pacer:
    """Spaces the requests of all clients that it is given to, so that the rate limit is never reached.

    Requests go at once as long as fewer than `requests`, less a twentieth, went out within `seconds`; then each
    waits until that many seconds have passed. What the service says holds too: another limit (`Ratelimit-Policy`),
    that hardly anything is left (`Ratelimit`), as when others use the same token, or that it refuses (429). With
    `requests=None` only what the service says does. No wait is longer than an hour.

    Safe to share between threads, tasks and clients of one token. Raises InvalidArgumentError for a limit that is
    none. Source: page "Rate limits" of Cloudflare's API.
    """

    def __init__(
        self, requests: int | None = REQUESTS, seconds: float = SECONDS, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= 24 * 60 * 60:
            raise InvalidArgumentError(f"seconds={shown(seconds)}: must be above 0 and at most a day")
        self._own = [] if requests is None else [(positive("requests", requests), float(seconds))]
        self._told: dict[str, tuple[int, float]] = {}
        self._seconds = float(seconds)
        self._clock = clock
        self._lock = threading.Lock()
        self._sent: deque[float] = deque()
        self._closed_until = -float("inf")

    def take(self) -> float:
        """Take a turn: 0 if the request may go now, else the seconds after which to ask again."""
        with self._lock:
            now = self._clock()
            limits = [*self._own, *self._told.values()]
            turn = max([self._closed_until, *(self._free_at(*limit) for limit in limits)])
            if turn > now:
                return turn - now
            self._sent.append(now)
            longest = max([self._seconds, *(seconds for _, seconds in limits)])
            while self._sent[0] <= now - _span(longest):
                self._sent.popleft()
            return 0.0

    def learn(self, status: int, headers: Mapping[str, str], retry_after: float | None) -> None:
        """Note what an answer says about the limit."""
        with self._lock:
            now = self._clock()
            if policy := headers.get("ratelimit-policy"):
                self._told = {
                    name: (values["q"], float(values["w"]))
                    for name, values in _items(policy)
                    if values.get("q") and 0 < values.get("w", 0) <= LONGEST
                }
            said = [retry_after] if status == 429 and retry_after is not None else []
            for name, values in _items(headers.get("ratelimit", "")):
                requests, _ = self._told.get(name, (REQUESTS, SECONDS))
                if "r" in values and "t" in values and values["r"] < _reserve(requests):
                    said.append(values["t"])
            if status == 429 and not said and self._own:
                said.append(self._seconds)
            for seconds in said:
                self._closed_until = max(self._closed_until, now + min(seconds, LONGEST))

    def _free_at(self, requests: int, seconds: float) -> float:
        """When there will be room for one more within a limit."""
        allowed = requests - _reserve(requests)
        return self._sent[-allowed] + _span(seconds) if len(self._sent) >= allowed else self._closed_until


def _span(seconds: float) -> float:
    return seconds * SLACK + LATENESS


def _reserve(requests: int) -> int:
    return requests // RESERVE


def _items(header: str) -> Iterator[tuple[str, dict[str, int]]]:
    """The names and numbers of a list such as `"default";r=50;t=30`. What is not of this form is left out."""
    for item in re.finditer(r'"([^"]*)"((?:\s*;\s*[a-z]+=[0-9]{1,9})+)', header):
        yield item[1], {name: int(number) for name, number in re.findall(r"([a-z]+)=([0-9]+)", item[2])}
