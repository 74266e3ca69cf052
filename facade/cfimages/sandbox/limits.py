"""The documented rate limit of the service. A token that exceeds it is refused for the length of a period."""

import threading
from collections.abc import Callable

import attrs

CODE = 971
"""The service's own number for a caller that is too fast."""


@attrs.frozen
class RateLimit:
    """A limit of requests per token in a window of seconds. Above it, all requests are refused for as many seconds."""

    requests: int = attrs.field(default=1200, validator=attrs.validators.ge(1))
    seconds: float = attrs.field(default=300.0, validator=attrs.validators.gt(0))


@attrs.frozen
class Verdict:
    """Whether a request is allowed, and the rate limit headers of its answer."""

    allowed: bool
    headers: dict[str, str]


@attrs.define
class _Window:
    """The requests of one token until a moment."""

    ends: float
    used: int = 0
    blocked: bool = False


class Limiter:
    """Counts the requests of each token. Safe to share between threads."""

    def __init__(self, limit: RateLimit, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._clock = clock
        self._windows: dict[str, _Window] = {}
        self._lock = threading.Lock()

    def judge(self, token: str) -> Verdict:
        """Count one request of a token."""
        limit = self._limit
        with self._lock:
            now = self._clock()
            window = self._windows.get(token)
            if window is None or now >= window.ends:
                window = self._windows[token] = _Window(now + limit.seconds)
            if window.used == limit.requests and not window.blocked:
                window.blocked, window.ends = True, now + limit.seconds
            if not window.blocked:
                window.used += 1
            reset = _whole(window.ends - now)
            headers = {
                "Ratelimit": f'"default";r={limit.requests - window.used};t={reset}',
                "Ratelimit-Policy": f'"default";q={limit.requests};w={_whole(limit.seconds)}',
            }
            return Verdict(not window.blocked, headers | ({"Retry-After": str(reset)} if window.blocked else {}))


def _whole(seconds: float) -> int:
    """Whole seconds, never fewer."""
    return -int(-seconds // 1)
