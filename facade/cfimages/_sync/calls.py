# Generated from facade/cfimages/_async/calls.py by `make generate`. Do not edit.
"""Call generated functions, and read what they return."""

from collections.abc import Callable
from types import ModuleType
from typing import Any, NoReturn, TypeVar

import httpx

from cfimages._sync.session import Session
from cfimages.http import exceptions
from cfimages.http.context import DEFAULT, KEY, RequestContext
from cfimages.http.pacing import Pacer
from cfimages.models.shape import ShapeError

T = TypeVar("T")


# What generated code raises for a response of another shape.
_MISREADINGS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class Calls:
    """Call generated functions for one account."""

    def __init__(self, session: Session, account_id: str, pacer_of_walks: Pacer | None = None) -> None:
        self.session = session
        self.account_id = account_id
        self.pacer_of_walks = pacer_of_walks
        """Pacer of concurrent walks, where the options have none."""

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client cannot be copied or pickled: share it, or make one with the same arguments")

    def __call__(
        self,
        endpoint: ModuleType,
        read: Callable[[Any], T],
        *path: str,
        context: RequestContext = DEFAULT,
        **arguments: Any,
    ) -> T:
        """Call the function of a generated endpoint module, and read the `result` of the response.

        Args:
            endpoint: The endpoint module.
            read: Returns what is wanted of a result. Raises ShapeError if it cannot.
            path: Parts of the path after the account.
            context: How to send the request.
            arguments: Further arguments of the function.

        Raises:
            APIResponseValidationError: The response has another shape than the specification says.
            APIError: The service cannot be reached, or refuses.
        """
        client = _Recorder(self.session, context)
        try:
            response = endpoint.sync_detailed(self.account_id, *path, client=client, **arguments)
        except _MISREADINGS as error:
            if client.response is None:  # not about a response: a mistake, or an argument
                raise
            raise exceptions.misshapen(client.response, error) from None
        assert client.response is not None  # noqa: S101 - narrows the type: without a response it has raised
        return _read(client.response, response.parsed.result, read)


def ignore(_result: object) -> None:
    """Read nothing of a result."""


class Resource:
    """Base class of `images.variants`, `images.keys` and `images.imports`."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def __repr__(self) -> str:
        return f"{type(self).__name__}(<of account {self._calls.account_id!r}>)"


def read_result(response: httpx.Response, parse: Callable[[Any], Any], read: Callable[[Any], T]) -> T:
    """Read the `result` of a response that no generated function parses. Raises APIResponseValidationError."""
    try:
        parsed = parse(response.json())
    except _MISREADINGS as error:
        raise exceptions.misshapen(response, error) from None
    return _read(response, parsed.result, read)


def _read(response: httpx.Response, result: Any, read: Callable[[Any], T]) -> T:
    try:
        return read(result)
    except ShapeError as error:
        raise exceptions.misshapen(response, error) from None


class _Recorder:
    """Stand in for the generated client during one call, and keep the response.

    Exceptions after the response came are about its shape.
    """

    raise_on_unexpected_status = False

    def __init__(self, session: Session, context: RequestContext) -> None:
        self._session = session
        self._context = context
        self.response: httpx.Response | None = None

    def get_httpx_client(self) -> "_Recorder":
        return self

    def request(self, **arguments: Any) -> httpx.Response:
        extensions = {KEY: self._context}
        self.response = self._session.request(**arguments, extensions=extensions)
        return self.response
