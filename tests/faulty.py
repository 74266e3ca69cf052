"""Helpers of the tests with faults: a server seen through them."""

import asyncio
from types import TracebackType
from typing import Any, Self

import h11
import httpx
from starlette.types import Receive, Scope, Send

from cfimages.sandbox import Faults, Incident, Sandbox
from cfimages.sandbox.aiming import FaultControl
from cfimages.sandbox.clock import Clock
from cfimages.sandbox.http_server import ServerThread, listen
from cfimages.sandbox.spoiling import Spoiler


class Faulty:
    """A server on loopback behind faults, for `with`; nothing of it is left behind."""

    def __init__(self, port: int, faults: Faults) -> None:
        listener = listen("127.0.0.1", 0)
        self.port: int = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.faults = FaultControl(faults)
        self._spoiler = Spoiler(PassOn(port), self.faults, Clock())
        self._server = ServerThread(self._spoiler, listener, grace=0)

    @classmethod
    def before(cls, sandbox: Sandbox, faults: Faults) -> Self:
        return cls(httpx.URL(sandbox.url).port or 0, faults)

    @property
    def incidents(self) -> tuple[Incident, ...]:
        return self.faults.incidents

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spoiler.release()
        self._server.stop()


class PassOn:
    """An ASGI application that lets a server on loopback answer; where that breaks off, the connection ends."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, more = bytearray(), True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message["body"]
            more = message["more_body"]
        try:
            head, content = await self._ask(scope, bytes(body))
        except (OSError, h11.ProtocolError):
            scope["state"]["connection"].close()
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        dropped = (b"content-length", b"transfer-encoding", b"connection")
        headers = [(name, value) for name, value in head.headers if name not in dropped]
        headers.append((b"content-length", b"%d" % len(content)))
        await send({"type": "http.response.start", "status": head.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _ask(self, scope: Scope, body: bytes) -> tuple[h11.Response, bytes]:
        query = scope["query_string"]
        target = scope["raw_path"] + (b"?" + query if query else b"")
        request = h11.Request(method=scope["method"], target=target, headers=scope["headers"])
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            parser = h11.Connection(h11.CLIENT, 64 * 1024)
            events = (request, h11.Data(data=body), h11.EndOfMessage())
            writer.write(b"".join(parser.send(event) or b"" for event in events))
            head, content = None, bytearray()
            while not isinstance(event := await _event(parser, reader), h11.EndOfMessage):
                if isinstance(event, h11.Response):
                    head = event
                elif isinstance(event, h11.Data):
                    content += event.data
            assert head is not None
            return head, bytes(content)
        finally:
            writer.transport.abort()


async def _event(parser: h11.Connection, reader: asyncio.StreamReader) -> Any:
    """The next thing that the server says."""
    while (event := parser.next_event()) is h11.NEED_DATA:
        parser.receive_data(await reader.read(64 * 1024))
    return event
