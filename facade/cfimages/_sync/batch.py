# Generated from facade/cfimages/_async/batch.py by `make generate`. Do not edit.
"""The batch host: six operations with their own rate limit."""

import re
from collections.abc import Callable
from copy import copy
from datetime import UTC, datetime
from typing import Any

import attrs
import httpx

from cfimages import endpoints
from cfimages._sync.calls import Calls
from cfimages._sync.lifetime import Closable, Lifetime
from cfimages._sync.operations import Operations
from cfimages._sync.session import Session
from cfimages.config import Config, Credentials
from cfimages.errors import APIError, APIStatusError
from cfimages.http.batch_token import BatchToken, is_rejection
from cfimages.http.context import KEY, context_of
from cfimages.http.options import Options
from cfimages.parallel import threads


class BatchClient(Operations, Closable):
    """A client of the batch host, which has its own rate limit: `with images.batch() as batch:`.

    It has `list`, `get`, `upload`, `edit`, `delete` and `direct_upload`, which work as on the client. It uses the
    connections of the client, and is closed with it. Its token is fetched with the first request, and replaced before
    it expires.

    Source: page "Make bulk requests", operation get_batch_token.
    """

    def __init__(
        self, config: Config, base_url: str, calls: Calls, transport: httpx.BaseTransport, options: Options
    ) -> None:
        self._base_url = base_url
        self._lifetime = calls.session.lifetime.child("the batch client")

        def fetch_token() -> BatchToken:
            return calls(endpoints.get_batch_token, BatchToken.read)

        session = _BatchSession(transport, self._lifetime, options, base_url=base_url, fetch_token=fetch_token)
        super().__init__(Calls(session, config.account_id))

    def close(self) -> None:
        """Close the batch client, but not the connections, which belong to the client."""
        self._lifetime.close()

    def __repr__(self) -> str:
        closed = ", closed" if self._lifetime.is_closed else ""
        return f"{type(self).__name__}(<account {self.account_id!r} at {self._base_url!r}{closed}>)"


class _BatchSession(Session):
    """Send requests to the batch host with its token, and with no other credentials."""

    def __init__(
        self,
        transport: httpx.BaseTransport,
        lifetime: Lifetime,
        options: Options,
        *,
        base_url: str,
        fetch_token: Callable[[], BatchToken],
    ) -> None:
        super().__init__(transport, lifetime, options, base_url=base_url, credentials=None)
        self._url = base_url
        self._fetch_token = fetch_token
        self._token: BatchToken | None = None
        self._failure: APIError = APIError("no token was asked for")
        """Of the last token that could not be fetched."""
        self._lock = threads.Lock()

    def build_request(self, method: str, url: httpx.URL | str, **arguments: Any) -> httpx.Request:
        """Build a request without the account in its path: the token stands for it."""
        return super().build_request(method, re.sub(r"^/accounts/[^/]+", "", str(url)), **arguments)

    def send(self, request: httpx.Request, *, stream: bool = False, **arguments: Any) -> httpx.Response:
        """Send a request with a valid token; once more with a new one if it is rejected."""
        token = self._valid_token()
        self._authenticate(request, token)
        try:
            return super().send(request, stream=stream, **arguments)
        except APIStatusError as error:
            if not (is_rejection(error) and context_of(request).is_replayable):
                raise
        self._authenticate(request, self._valid_token(rejected=token))
        return super().send(request, stream=stream, **arguments)

    def _authenticate(self, request: httpx.Request, token: BatchToken) -> None:
        credentials = Credentials.of(self._url, {"Authorization": token.header}, "the batch token")
        request.extensions[KEY] = attrs.evolve(context_of(request), credentials=credentials)

    def _valid_token(self, rejected: BatchToken | None = None) -> BatchToken:
        self.lifetime.check()  # first: after a fork the lock may be held for ever
        failure = self._failure
        with self._lock:
            self.lifetime.check()
            if self._token is None or self._token is rejected or not self._token.is_valid(datetime.now(UTC)):
                if self._failure is not failure:  # it came while this request waited
                    raise copy(self._failure)
                try:
                    self._token = self._fetch_token()
                except APIError as error:
                    self._failure = error
                    raise
            return self._token
