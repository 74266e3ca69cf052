"""The sandbox's HTTP server: uvicorn in a thread, with timeouts of its own."""

import asyncio
import errno
import socket
import threading
from contextlib import suppress
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

KEEP_ALIVE_SECONDS = 75
"""Seconds that an idle connection stays open. Clients keep theirs for less, so they lose no request."""

HEAD_SECONDS = 30.0
"""How long the head of a request may take."""


class Connection(H11Protocol):
    """One connection. The application finds its transport in `scope["state"]["connection"]`."""

    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Start the timer for a request."""
        super().connection_made(transport)
        self.app_state: dict[str, Any] = {**self.app_state, "connection": transport}
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self.timeout_keep_alive_handler)

    def data_received(self, data: bytes) -> None:
        """Read data, and limit the time until the head of a request is complete."""
        super().data_received(data)
        incomplete = self.conn.their_state is h11.IDLE and bool(self.conn.trailing_data[0])
        if not incomplete:
            self._stop_timer()
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self.timeout_keep_alive_handler)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timer."""
        self._stop_timer()
        super().connection_lost(exc)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def configuration(app: ASGIApp) -> uvicorn.Config:
    """Return the settings of the server."""
    return uvicorn.Config(
        app,
        http=Connection,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,  # the application's has its own clock
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


class _Server(uvicorn.Server):
    """Stops at once when it is told to: uvicorn looks ten times a second, and pauses."""

    def __init__(self, config: uvicorn.Config, grace: float) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._grace = grace
        self._loop: asyncio.AbstractEventLoop | None = None

    async def main_loop(self) -> None:
        """Wait for `finish`."""
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        self.ready.set()
        await self._stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close idle connections, wait `grace` seconds for responses in progress, then abort them."""
        loop, state = asyncio.get_running_loop(), self.server_state
        for listener in sockets or ():
            with suppress(NotImplementedError):  # by the event loop of Windows
                loop.remove_reader(listener)
        for _ in range(2):  # what has been accepted begins: in a closed server it would fail, its socket open
            await asyncio.sleep(0)
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        ends = loop.time() + self._grace
        for connection in list(state.connections):
            connection.shutdown()
        if state.tasks:
            await asyncio.wait(state.tasks, timeout=self._grace)
        while any(connection.transport.get_write_buffer_size() for connection in state.connections):
            await asyncio.sleep(0.01)  # a slow reader still gets its answer
            if loop.time() > ends:
                break
        await asyncio.sleep(0)
        while state.connections or state.tasks:
            for connection in state.connections:
                connection.transport.abort()
            await asyncio.sleep(0)  # they hear that they are alone
            for task in state.tasks:
                task.cancel()
            await asyncio.sleep(0)

    def finish(self) -> None:
        """Stop the server from another thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)


def _quietly(app: ASGIApp) -> ASGIApp:
    """End aborted requests without the error that uvicorn would log."""

    async def called(scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(asyncio.CancelledError):
            await app(scope, receive, send)

    return called


class ServerThread:
    """An application behind a listening socket, in a thread.

    `stop` waits up to `grace` seconds for responses in progress, and closes the socket.
    """

    def __init__(self, app: ASGIApp, listener: socket.socket, *, grace: float = 5.0) -> None:
        self._server = _Server(configuration(_quietly(app)), grace)
        self._listener = listener
        self._thread = threading.Thread(target=self._run, name="cfimages-sandbox", daemon=True)

    def start(self) -> None:
        """Start the server."""
        self._thread.start()
        self._server.ready.wait()

    def stop(self) -> None:
        """Finish the requests in progress, then stop."""
        self._server.finish()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._server.run([self._listener])
        finally:
            self._server.ready.set()  # also where it could not start: nobody waits for ever


def listen(host: str, port: int) -> socket.socket:
    """Open a socket that listens for HTTP. Raises OSError."""
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            error.strerror = f"port {port} of {host} is in use: choose another, or 0 for a free one"
        raise
    # asyncio does this for sockets of its own making only; without it every answer waits 40 ms for an ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
