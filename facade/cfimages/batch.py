"""The batch host: the same operations at a rate limit of its own, with a short-lived token and shorter paths.

A batch seam borrows the connections of the client it comes from. It rewrites each request for the batch host and
authenticates with the batch token alone: the account's credentials never go there, nor the token elsewhere.
"""

import copy
import re
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import attrs
import httpx

from cfimages.errors import (
    APIStatusError,
    AuthenticationError,
    CloudflareImagesError,
    InvalidArgumentError,
    ServerError,
)
from cfimages.transport import AsyncSeam, Credentials, SyncSeam, is_replayable, lend
from cfimages.values import SIBLINGS, Secret

if TYPE_CHECKING:
    import asyncio

MARGIN = timedelta(seconds=30)
"""How long before its end a token is renewed."""

# What the batch host is documented to offer: upload, list, details, edit, delete, direct upload.
_OFFERED = {
    "/images/v1": {"POST"},
    "/images/v1/*": {"GET", "PATCH", "DELETE"},
    "/images/v2": {"GET"},
    "/images/v2/direct_upload": {"POST"},
}


@attrs.frozen
class BatchToken:
    """A token for the batch host, and when it ends."""

    value: Secret = attrs.field(repr=False)
    expires_at: datetime

    def is_usable(self, now: datetime) -> bool:
        """Whether it lasts for another request."""
        return now + MARGIN < self.expires_at


def batch_path(method: str, path: str) -> str:
    """The path of an operation on the batch host, where the account is in the token.

    Raises InvalidArgumentError for an operation that the batch host does not offer.

    >>> batch_path("GET", "/accounts/a/images/v1/logo")
    '/images/v1/logo'
    """
    if not path.startswith("/"):  # not shown: it may be one for an upload
        raise InvalidArgumentError("an address of its own: the batch host does not offer this: use the client itself")
    short = re.sub(r"^/accounts/[^/]+", "", path)
    image = re.fullmatch(r"/images/v1/([^/]+)", short)
    pattern = "/images/v1/*" if image and image[1] not in SIBLINGS else short
    if method.upper() not in _OFFERED.get(pattern, ()):
        raise InvalidArgumentError(
            f"{method.upper()} {short}: the batch host does not offer this: use the client itself"
        )
    return short


@attrs.define
class _Tokens:
    """The token in use. Not locked: the seams do that, each in its mode."""

    current: BatchToken | None = None
    failure: CloudflareImagesError | None = None
    """Why none could be had, the last time that none could."""

    def usable(self, rejected: BatchToken | None, failure: CloudflareImagesError | None) -> BatchToken | None:
        """The current token unless it has ended, or is the one that was rejected.

        If meanwhile, since `failure`, somebody else could get none, raises what they met: were everyone who waits to
        try again, each in turn, the last would wait for all of them.
        """
        token = self.current
        if token and token is not rejected and token.is_usable(datetime.now(UTC)):
            return token
        if self.failure and self.failure is not failure:
            raise copy.copy(self.failure)  # each walk notes its own place on its error
        return None

    @contextmanager
    def renewing(self) -> Iterator[None]:
        """Around the fetching of a token."""
        try:
            yield
        except CloudflareImagesError as error:
            self.failure = copy.copy(error)
            raise


def _authenticated(options: dict[str, Any], token: BatchToken, base_url: httpx.URL) -> dict[str, Any]:
    """The options of a request that is authenticated with this token, and with nothing else."""
    return {**options, "auth": Credentials(str(base_url), {"Authorization": Secret(f"Bearer {token.value}")})}


AUTHENTICATION_ERROR = 10000
"""The service's own number for credentials that it does not accept, whatever the status."""


def _is_rejection(error: APIStatusError) -> bool:
    """Whether the token is what was not accepted, so that nothing was carried out."""
    if isinstance(error, ServerError):  # whatever it says: it may have failed after carrying it out
        return False
    return isinstance(error, AuthenticationError) or any(e.code == AUTHENTICATION_ERROR for e in error.errors)


class SyncBatchSeam(SyncSeam):
    """The httpx client under the generated functions, for the batch host."""

    _account: SyncSeam
    _fetch: Callable[[SyncSeam], BatchToken]
    _tokens: _Tokens
    _lock: threading.Lock

    @classmethod
    def over(cls, seam: SyncSeam, base_url: str, fetch: Callable[[SyncSeam], BatchToken]) -> Self:
        """A batch seam on the connections of another, with which `fetch` gets a new token."""
        batch = lend(seam, cls, base_url)
        batch._account, batch._fetch = seam, fetch
        batch._tokens, batch._lock = _Tokens(), threading.Lock()
        return batch

    def with_options(self, *options: Any, **named: Any) -> Self:
        """A copy with other options, also for getting a token, which both share."""
        clone = super().with_options(*options, **named)
        clone._account = self._account.with_options(*options, **named)
        return clone

    def build_request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Request:
        """Like the other seam's, with the path that the batch host has. Raises InvalidArgumentError."""
        return super().build_request(method, batch_path(method, str(url)), **options)

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send with a token that is valid; once more with a new one if it is rejected."""
        token = self._token()
        try:
            return super().send(request, **_authenticated(options, token, self.base_url))
        except APIStatusError as error:
            if not (_is_rejection(error) and is_replayable(request)):
                raise
        token = self._token(rejected=token)
        return super().send(request, **_authenticated(options, token, self.base_url))

    def close(self) -> None:
        """End this batch; the connections belong to the client it came from."""
        self._life.closed = True

    def _token(self, rejected: BatchToken | None = None) -> BatchToken:
        self._life.check()  # after a fork, the lock of a thread that fetched is held for ever
        failure = self._tokens.failure
        with self._lock:
            self._life.check()  # closed while it waited
            token = self._tokens.usable(rejected, failure)
            if token is None:
                with self._tokens.renewing():
                    token = self._tokens.current = self._fetch(self._account)
            return token


class AsyncBatchSeam(AsyncSeam):
    """The httpx client under the generated asynchronous functions, for the batch host."""

    _account: AsyncSeam
    _fetch: Callable[[AsyncSeam], Awaitable[BatchToken]]
    _tokens: _Tokens
    _lock: "asyncio.Lock"

    @classmethod
    def over(cls, seam: AsyncSeam, base_url: str, fetch: Callable[[AsyncSeam], Awaitable[BatchToken]]) -> Self:
        """A batch seam on the connections of another, with which `fetch` gets a new token."""
        from asyncio import Lock

        batch = lend(seam, cls, base_url)
        batch._account, batch._fetch = seam, fetch
        batch._tokens, batch._lock = _Tokens(), Lock()
        return batch

    def with_options(self, *options: Any, **named: Any) -> Self:
        """A copy with other options, also for getting a token, which both share."""
        clone = super().with_options(*options, **named)
        clone._account = self._account.with_options(*options, **named)
        return clone

    def build_request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Request:
        """Like the other seam's, with the path that the batch host has. Raises InvalidArgumentError."""
        return super().build_request(method, batch_path(method, str(url)), **options)

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send with a token that is valid; once more with a new one if it is rejected."""
        token = await self._token()
        try:
            return await super().send(request, **_authenticated(options, token, self.base_url))
        except APIStatusError as error:
            if not (_is_rejection(error) and is_replayable(request)):
                raise
        token = await self._token(rejected=token)
        return await super().send(request, **_authenticated(options, token, self.base_url))

    async def aclose(self) -> None:
        """End this batch; the connections belong to the client it came from."""
        self._life.closed = True

    async def _token(self, rejected: BatchToken | None = None) -> BatchToken:
        self._life.check()  # after a fork, the lock of a thread that fetched is held for ever
        failure = self._tokens.failure
        async with self._lock:
            self._life.check()  # closed while it waited
            token = self._tokens.usable(rejected, failure)
            if token is None:
                with self._tokens.renewing():
                    token = self._tokens.current = await self._fetch(self._account)
            return token
