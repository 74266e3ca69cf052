# Generated from facade/cfimages/_async/session.py by `make generate`. Do not edit.
"""The httpx client under every generated function."""

import platform
from typing import Any, Self

import httpx

from cfimages._sync.lifetime import Lifetime
from cfimages._version import __version__
from cfimages.config import Credentials
from cfimages.errors import InvalidArgumentError
from cfimages.http import exceptions
from cfimages.http.body import CODING, Body, UnreadableBody, is_compressed
from cfimages.http.context import context_of, prepare
from cfimages.http.exchange import Exchange, failure_of
from cfimages.http.options import Options
from cfimages.http.responses import APIResponse, has_image, wants_image

_HEADERS = {
    "User-Agent": f"cfimages/{__version__} httpx/{httpx.__version__} python/{platform.python_version()}",
    "Accept": "application/json",
    "Accept-Encoding": CODING,
}


class Session(httpx.Client):
    """An httpx client with authentication, timeouts, retries and typed errors. It never follows a redirect."""

    def __init__(
        self,
        transport: httpx.BaseTransport,
        lifetime: Lifetime,
        options: Options,
        *,
        base_url: str,
        credentials: Credentials | None,
    ) -> None:
        super().__init__(
            transport=transport,
            base_url=base_url,
            headers=_HEADERS,
            timeout=options.timeout,
            trust_env=False,
        )
        self.lifetime = lifetime
        self.request_options = options
        self.credentials = credentials
        self._connections = transport
        self._address = str(self.base_url).rstrip("/")

    def build_request(self, method: str, url: httpx.URL | str, **arguments: Any) -> httpx.Request:
        """Build a request that carries the options of the client. Raises InvalidArgumentError."""
        prepared = prepare(arguments, self.request_options, self.credentials)
        try:
            if isinstance(url, str) and url.startswith("/"):  # httpx would parse it again for the base and the query
                params = {"params": prepared.pop("params")} if prepared.get("params") else {}
                url = httpx.URL(f"{self._address}{url}", **params)
            return super().build_request(method, url, **prepared)
        except (httpx.InvalidURL, UnicodeEncodeError) as error:
            problem = str(error).partition(":")[0]  # what follows quotes the address
        raise InvalidArgumentError(f"the address of the request cannot be built: {problem}")  # without that cause

    def send(
        self,
        request: httpx.Request,
        *,
        stream: bool = False,
        auth: Any = httpx.USE_CLIENT_DEFAULT,
        follow_redirects: Any = httpx.USE_CLIENT_DEFAULT,
    ) -> httpx.Response:
        """Send a request until it succeeds or must not be retried.

        Args:
            request: The request. One not created by `build_request` gets no credentials, and the client's timeout
                unless it has one.
            stream: Return the response with an image before its body is read.
            auth: Not supported: the client has credentials.
            follow_redirects: Not supported, except for False.

        Raises:
            APIError: The service cannot be reached, or refuses.
            ClientClosedError: The client is closed.
            InvalidArgumentError: An argument is not supported. Raised before any request is sent.
        """
        if auth is not httpx.USE_CLIENT_DEFAULT:
            raise InvalidArgumentError("auth: is not supported: pass the credentials to the client")
        if follow_redirects is not httpx.USE_CLIENT_DEFAULT and follow_redirects:
            raise InvalidArgumentError("follow_redirects: is not supported: a redirect is an error")
        context = context_of(request)
        options = context.options or self.request_options
        request.extensions.setdefault("timeout", options.timeout.as_dict())
        exchange = Exchange(request, context, options)
        lifetime: Lifetime = context.lifetime or self.lifetime
        while True:
            lifetime.check()
            while delay := exchange.wait_for_pacer():
                lifetime.wait(delay)
            try:
                response = self._send_once(request, stream=stream)
            except httpx.RequestError as error:
                failure = failure_of(error)
                exceptions.strip(request, error)
                lifetime.check()  # closed meanwhile
                wait: float | None = exchange.failed(error, failure)
            except RuntimeError:  # as of a transport that was closed meanwhile
                if not lifetime.is_closed:
                    raise
                continue  # `check` raises, without this error as its context: its frames hold what was sent
            else:
                try:
                    wait = exchange.received(response)
                except BaseException:
                    response.close()
                    raise
                if wait is None:
                    return response
            lifetime.wait(wait or 0.0)

    def _send_once(self, request: httpx.Request, *, stream: bool) -> httpx.Response:
        """Send a request, and read the body of the response unless an image is to be streamed.

        httpx's own `send` would log the address, which may be a secret, and keep cookies.
        """
        response = self._connections.handle_request(request)
        response.request = request
        if not isinstance(response.stream, httpx.SyncByteStream):  # it can be neither read nor closed
            kind = type(response.stream).__name__
            raise TypeError(f"the transport returned a body of the type {kind}, which is not an httpx.SyncByteStream")
        try:
            if stream and wants_image(request) and has_image(response):
                if is_compressed(response):
                    raise UnreadableBody("the image came compressed, which was not asked for", request=request)
                return response
            if response.is_stream_consumed:  # a transport had the body in memory, and httpx has decompressed it
                return APIResponse.of(response, response.content)
            body = Body(response)
            for piece in response.iter_raw():
                body.add(piece)
            return body.complete()
        except httpx.DecodingError:
            response.close()
            if response.is_success:
                raise
            return APIResponse.of(response, b"")
        except BaseException:
            response.close()
            raise

    def close(self) -> None:
        """Close the client. Raises ClientClosedError in another event loop than before."""
        if not self.lifetime.is_orphaned:
            self.lifetime.check_loop()
        try:
            self.lifetime.close()
        finally:
            if not self.lifetime.is_orphaned:
                super().close()

    def enter(self) -> None:
        """Enter the caller's transport, if there is one."""
        self._connections.__enter__()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        self.close()
