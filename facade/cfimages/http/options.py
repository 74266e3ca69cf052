"""The options of a client: how long to wait, when to retry, how to pace, what to tell of each response."""

from collections.abc import Callable, Mapping
from inspect import iscoroutinefunction
from typing import Self

import attrs
import httpx

from cfimages.arguments import repr_short
from cfimages.errors import InvalidArgumentError
from cfimages.http.pacing import Pacer
from cfimages.http.retries import RetryPolicy, as_policy

MAX_TIMEOUT = 24 * 60 * 60
"""Longest timeout in seconds."""

CONNECT_TIMEOUT = 5.0
"""Seconds to wait for a connection, unless an `httpx.Timeout` says otherwise."""


@attrs.frozen
class ResponseSummary:
    """What `on_response` is told about a response. The headers may hold nothing secret, the body is left out."""

    method: str
    endpoint: str
    """Path of the request, without its query."""
    status_code: int
    headers: Mapping[str, str]
    ray_id: str | None
    """Cloudflare's id of the request."""
    duration: float
    """Seconds from sending the request to the end of the response, without waits between attempts."""
    attempt: int
    """Number of the attempt, from 1."""


OnResponse = Callable[[ResponseSummary], object]
"""A function that is called with each response, successful or not. It may be called by several threads at once."""


@attrs.frozen
class Options:
    """The options that apply to a request."""

    timeout: httpx.Timeout
    retries: RetryPolicy
    pacer: Pacer | None = None
    on_response: OnResponse | None = None

    @classmethod
    def of(
        cls,
        timeout: float | httpx.Timeout,
        retries: int | RetryPolicy,
        pacer: Pacer | None,
        on_response: OnResponse | None,
    ) -> Self:
        """Return checked options. Raises InvalidArgumentError."""
        return cls(_timeout(timeout), as_policy(retries), _pacer(pacer), _on_response(on_response))

    def evolve(
        self,
        timeout: float | httpx.Timeout | None = None,
        retries: int | RetryPolicy | None = None,
        pacer: Pacer | None = None,
        on_response: OnResponse | None = None,
    ) -> Self:
        """Return these options with those that are not None replaced. Raises InvalidArgumentError."""
        return type(self)(
            self.timeout if timeout is None else _timeout(timeout),
            self.retries if retries is None else as_policy(retries),
            self.pacer if pacer is None else _pacer(pacer),
            self.on_response if on_response is None else _on_response(on_response),
        )


def _timeout(timeout: float | httpx.Timeout) -> httpx.Timeout:
    parts = timeout.as_dict().values() if isinstance(timeout, httpx.Timeout) else (timeout,)
    for seconds in parts:
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= MAX_TIMEOUT:
            raise InvalidArgumentError(
                f"timeout={repr_short(timeout)}: must be seconds above 0, at most a day, or an httpx.Timeout of such"
            )
    if isinstance(timeout, httpx.Timeout):
        return timeout
    return httpx.Timeout(timeout, connect=min(timeout, CONNECT_TIMEOUT))


def _pacer(pacer: Pacer | None) -> Pacer | None:
    if not isinstance(pacer, Pacer | None):
        raise InvalidArgumentError(f"pacer={repr_short(pacer)}: must be a Pacer, such as Pacer()")
    return pacer


def _on_response(function: OnResponse | None) -> OnResponse | None:
    if function is not None and (not callable(function) or iscoroutinefunction(function)):
        raise InvalidArgumentError(f"on_response={repr_short(function)}: must be a function, and no coroutine function")
    return function
