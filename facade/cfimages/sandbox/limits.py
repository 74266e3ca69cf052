"""The service's rate limit, as it is documented: so many requests of a token, then none for as long a time."""

import threading
import time
from collections.abc import Callable

import attrs

CODE = 971
"""The service's own number for a caller that is too fast."""


@attrs.frozen
class RateLimit:
    """So many requests of each token in so many seconds; over it all are refused for as many seconds."""

    requests: int = attrs.field(default=1200, validator=attrs.validators.ge(1))
    seconds: float = attrs.field(default=300.0, validator=attrs.validators.gt(0))


@attrs.frozen
class Verdict:
    """Whether a request is let through, and the headers that say how it stands."""

    allowed: bool
    headers: dict[str, str]


@attrs.define
class _Window:
    """The requests of one token since a moment."""

    began: float
    used: int = 0
    blocked_until: float = 0.0


class Limiter:
    """Counts the requests of each token. Safe to share between threads."""

    def __init__(self, limit: RateLimit, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._windows: dict[str, _Window] = {}
        self._lock = threading.Lock()

    def judge(self, token: str) -> Verdict:
        """Count one request of a token."""
        requests, seconds = self._limit.requests, self._limit.seconds
        with self._lock:
            now = self._clock()
            window = self._windows.setdefault(token, _Window(now))
            if now >= window.began + seconds:
                window.began, window.used = now, 0
            window.used += 1
            if window.used > requests and now >= window.blocked_until:
                window.blocked_until = now + seconds
            reset = max(window.began + seconds, window.blocked_until) - now
            blocked = now < window.blocked_until
        left = 0 if blocked else requests - window.used
        headers = {
            "Ratelimit": f'"default";r={left};t={_whole(reset)}',
            "Ratelimit-Policy": f'"default";q={requests};w={_whole(seconds)}',
        }
        return Verdict(not blocked, headers | ({"Retry-After": str(_whole(reset))} if blocked else {}))


def _whole(seconds: float) -> int:
    """Whole seconds, never fewer."""
    return -int(-seconds // 1)
