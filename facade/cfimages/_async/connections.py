"""The connections of a client."""

import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from typing import Any

import httpx

from cfimages.addresses import is_loopback
from cfimages.errors import ConfigurationError
from cfimages.http.context import PROXY, context_of
from cfimages.http.proxies import proxy_for
from cfimages.http.tls import ssl_context
from cfimages.parallel import tasks

KEEP_ALIVE = 4.0
"""Seconds for which an idle connection is kept: less than the five after which many servers close it."""

# Without a limit of idle connections: above one, httpcore closes a connection after each request.
LIMITS = httpx.Limits(max_connections=100, keepalive_expiry=KEEP_ALIVE)

_SENDING = "send_request_headers.started"
_BEFORE_SENDING = ("connect_tcp.complete", "start_tls.complete", _SENDING)
"""Steps of httpcore after which a request can still be given up: https://www.encode.io/httpcore/extensions/#trace."""


class _Pool:
    """A transport, and how many requests it carries."""

    def __init__(self, transport: httpx.AsyncBaseTransport, proxy: httpx.Proxy | None) -> None:
        self.transport = transport
        self.proxy = proxy
        self.active = 0
        self.is_retired = False


class AsyncConnections(httpx.AsyncBaseTransport):
    """Send requests over pools of connections: one for each host, made when it is first needed.

    An interrupted request (by a cancelled task, a Ctrl-C, a time limit that a signal sets) can leave httpcore's pool
    short of a connection, or its lock held (https://github.com/encode/httpcore/issues/880 and 830). So the next request
    gets a new pool. The old one is released when its last request has ended. Signals interrupt the main thread only.
    It has pools of its own, so that no other thread waits for a lock that it has left held. The caller's own transport
    is never replaced.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport | None, *, use_proxy_for_http: bool) -> None:
        self._custom = transport
        self._is_entered = False
        self._is_closed = False
        self._use_proxy_for_http = use_proxy_for_http
        self._pools: dict[tuple[str, bytes, bool], _Pool] = {}
        """The pools, by scheme, host, and whether signals interrupt the thread."""
        self._lock = threading.Lock()  # never held while something is awaited

    def check(self, url: httpx.URL) -> None:
        """Raise ConfigurationError if the proxy that the environment names for an address is invalid."""
        if self._custom is None:
            self._proxy_for(url)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, with its credentials if it goes to their origin."""
        credentials = context_of(request).credentials
        origin = request.url.scheme, request.url.netloc
        secrets = credentials.headers if credentials and credentials.origin == origin else {}
        request.headers.update(secrets)
        try:
            return await self._send(request)
        finally:
            for name in secrets:  # exceptions keep the request
                del request.headers[name]

    async def _send(self, request: httpx.Request) -> httpx.Response:
        if self._custom is not None:
            return await self._custom.handle_async_request(request)
        pool = self._pool_for(request.url)
        if pool.proxy:
            request.extensions[PROXY] = pool.proxy.url.netloc.decode()
        request.extensions.setdefault("trace", self._trace)
        try:
            response = await pool.transport.handle_async_request(request)
            assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - narrows the type
            response.stream = _Stream(response.stream, self, pool)
        except httpx.RequestError:
            await self.finish(pool)
            raise
        except BaseException:
            self.retire(pool)
            await self.finish(pool)
            raise
        return response

    async def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Close a connection that was opened while the client was closed, and send nothing over it.

        httpcore calls this at each step of a request. When a pool of httpcore is closed, it does not close a connection
        that is still being opened.
        """
        if self._is_closed and event.endswith(_BEFORE_SENDING):
            if opened := info.get("return_value"):
                await opened.aclose()
            raise httpx.ConnectError("the connections are closed")
        if event.endswith(_SENDING) and info["request"].method != b"CONNECT":
            del info["request"].extensions["trace"]  # the later steps need no check

    def _pool_for(self, url: httpx.URL) -> _Pool:
        key = url.scheme, url.netloc, tasks.receives_signals()
        with self._lock:
            pool = self._pools.get(key)
            if pool is None:
                proxy = self._proxy_for(url)
                pool = self._pools[key] = _Pool(_transport(url.scheme, proxy), proxy)
            pool.active += 1
        return pool

    def _proxy_for(self, url: httpx.URL) -> httpx.Proxy | None:
        """Return the proxy for a host. Plain http to this machine uses none."""
        if url.scheme == "http" and (is_loopback(url.raw_host.decode()) or not self._use_proxy_for_http):
            return None
        return proxy_for(url)

    def retire(self, pool: _Pool) -> None:
        """Use a new pool for the next request."""
        with self._lock:
            pool.is_retired = True
            self._pools = {key: other for key, other in self._pools.items() if other is not pool}

    async def finish(self, pool: _Pool) -> None:
        """Note the end of a request."""
        with self._lock:
            pool.active -= 1
            is_unused = pool.is_retired and not pool.active
        if is_unused:
            await tasks.release(pool.transport)

    async def __aenter__(self) -> "AsyncConnections":
        if self._custom is not None and not self._is_entered:
            await self._custom.__aenter__()
            self._is_entered = True
        return self

    async def aclose(self) -> None:
        """Close all connections, and the caller's transport as often as it was entered."""
        self._is_closed = True
        async with AsyncExitStack() as stack:
            for pool in tuple(self._pools.values()):
                stack.push_async_callback(pool.transport.aclose)
            if self._custom is not None and self._is_entered:
                stack.push_async_exit(self._custom)
            elif self._custom is not None:
                stack.push_async_callback(self._custom.aclose)


def _transport(scheme: str, proxy: httpx.Proxy | None) -> httpx.AsyncHTTPTransport:
    """Make a transport. Raises ConfigurationError for certificates or a proxy that cannot be used."""
    verify = ssl_context() if scheme == "https" or (proxy and proxy.url.scheme == "https") else False
    try:
        return httpx.AsyncHTTPTransport(verify=verify, limits=LIMITS, proxy=proxy, trust_env=False)
    except ImportError as error:
        raise ConfigurationError(f"the proxy cannot be used: {error}") from error


class _Stream(httpx.AsyncByteStream):
    """The body of a response. Notes when it has ended, and whether it was interrupted."""

    def __init__(self, stream: httpx.AsyncByteStream, connections: AsyncConnections, pool: _Pool) -> None:
        self._stream = stream
        self._connections = connections
        self._pool = pool

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._stream:
                yield piece
        except (httpx.RequestError, GeneratorExit):
            raise
        except BaseException:
            self._connections.retire(self._pool)
            raise

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        except httpx.RequestError:
            raise
        except BaseException:
            self._connections.retire(self._pool)
            raise
        finally:
            await self._connections.finish(self._pool)


class AsyncShared(httpx.AsyncBaseTransport):
    """Send requests over the connections of another client. Closing it closes nothing."""

    def __init__(self, connections: AsyncConnections) -> None:
        self._connections = connections

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        return await self._connections.handle_async_request(request)

    async def aclose(self) -> None:
        """Do nothing: the connections belong to another client."""
