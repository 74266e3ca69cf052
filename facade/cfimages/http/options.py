"""The options of a client: how long to wait, when to retry, how to pace, what to call with each response."""

from inspect import iscoroutinefunction
from typing import Any, Self

import attrs
import httpx

from cfimages.arguments import check_seconds, check_type, repr_short
from cfimages.errors import InvalidArgumentError
from cfimages.http.pacing import Pacer
from cfimages.http.retries import RetryPolicy, as_policy
from cfimages.http.summary import OnResponse

MAX_TIMEOUT = 24 * 60 * 60
"""Longest timeout in seconds."""

CONNECT_TIMEOUT = 5.0
"""Seconds to wait for a connection, unless an `httpx.Timeout` says otherwise."""


def _timeout(timeout: float | httpx.Timeout) -> httpx.Timeout:
    if isinstance(timeout, httpx.Timeout):
        for name, seconds in timeout.as_dict().items():
            check_seconds(f"timeout.{name}", seconds, MAX_TIMEOUT)
        return timeout
    return httpx.Timeout(check_seconds("timeout", timeout, MAX_TIMEOUT), connect=min(timeout, CONNECT_TIMEOUT))


def _pacer(pacer: Pacer | None) -> Pacer | None:
    check_type("pacer", pacer, Pacer | None, "a Pacer, such as Pacer()")
    return pacer


def _on_response(function: OnResponse | None) -> OnResponse | None:
    if function is not None and (not callable(function) or iscoroutinefunction(function)):
        raise InvalidArgumentError(
            f"on_response={repr_short(function)}: must be a function, and not a coroutine function"
        )
    return function


@attrs.frozen(repr=False)  # that of attrs raises an exception in the traceback of an option that is refused
class Options:
    """The options that apply to a request. Raises InvalidArgumentError."""

    timeout: httpx.Timeout = attrs.field(converter=_timeout)
    retries: RetryPolicy = attrs.field(converter=as_policy)
    pacer: Pacer | None = attrs.field(default=None, converter=_pacer)
    on_response: OnResponse | None = attrs.field(default=None, converter=_on_response)

    def replace(self, **options: Any) -> Self:
        """Return these options with those that are not None replaced. Raises InvalidArgumentError."""
        return attrs.evolve(self, **{name: value for name, value in options.items() if value is not None})
