"""Helpers of the tests of the seam: a scripted HTTP server on a loopback port, and one scenario in both colours."""

import asyncio
import email.parser
import email.policy
import inspect
import json
import os
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

import attrs
import httpx
import pytest
from patience import PATIENCE

from cfimages import AsyncCloudflareImages, CloudflareImages, RetryPolicy

AT_ONCE = RetryPolicy(base=0, cap=0)
"""The default number of attempts, without waiting in between."""
ONCE = RetryPolicy(attempts=1)


@attrs.frozen
class Received:
    """One request as it came over the wire."""

    method: str
    target: str
    headers: httpx.Headers
    body: bytes
    raw: bytes
    connection: int

    def parts(self) -> list[tuple[str, str | None, bytes]]:
        """Name, file name and bytes of each part of a multipart form, as a mail parser reads it."""
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode("latin-1")
        message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + self.body)
        assert message.is_multipart()
        assert not message.defects
        return [
            (
                str(part.get_param("name", header="content-disposition")),
                part.get_filename(),
                part.get_payload(decode=True),
            )
            for part in message.iter_parts()
        ]

    @property
    def boundary(self) -> str:
        return self.headers["content-type"].partition("boundary=")[2]


@attrs.frozen
class Cut:
    """Send these bytes, then close the connection: nothing at all, or the beginning of an answer."""

    data: bytes = b""
    reset: bool = False


@attrs.frozen
class Stall:
    """Send these bytes, then nothing more until the other side gives up or the server stops."""

    data: bytes = b""


@attrs.frozen
class Drip:
    """Send these bytes, then one more again and again until the other side gives up or the server stops."""

    data: bytes
    pause: float = 0.01


Answer = bytes | Cut | Stall | Drip
Script = Answer | Callable[[Received], Answer]


def answer(
    status: int, body: bytes | str = b"", headers: Mapping[str, str] | None = None, reason: str = "Phrase"
) -> bytes:
    """An answer with a length that is right."""
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} {reason}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if status not in (204, 304):
        lines.append(f"Content-Length: {len(content)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + content


def said(status: int, value: Any, headers: Mapping[str, str] | None = None) -> bytes:
    """An answer of JSON."""
    return answer(status, json.dumps(value), {"Content-Type": "application/json", **(headers or {})})


def envelope(result: Any, *, success: bool = True) -> dict[str, Any]:
    """What the API puts around a result."""
    return {"success": success, "errors": [], "messages": [], "result": result}


def image(id: str = "x") -> bytes:
    """The answer that all is well."""
    return said(200, envelope({"id": id}))


def refusal(status: int, code: int = 5404, message: str = "No", headers: Mapping[str, str] | None = None) -> bytes:
    """An answer that says no, in the API's envelope."""
    body = {"success": False, "errors": [{"code": code, "message": message}], "messages": [], "result": None}
    return said(status, body, headers)


class Server:
    """Answers requests on a loopback port, one script after the other; the last one again if `forever`.

    Use it with `with`; nothing of it is left behind, neither a thread nor a socket.
    """

    def __init__(self, *scripts: Script, forever: bool = False) -> None:
        self.received: list[Received] = []
        self.connections = 0
        self._scripts = list(scripts)
        self._forever = forever
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def lines(self) -> list[str]:
        return [f"{request.method} {request.target}" for request in self.received]

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        socket.create_connection(self._listener.getsockname(), PATIENCE).close()  # wakes the accepting thread
        with self._lock:
            for connection in self._open:
                _shut(connection)
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()
        self._listener.close()

    def _start(self, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, name="server", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            connection.settimeout(PATIENCE)
            with self._lock:
                if self._stopping.is_set():
                    connection.close()
                    return
                self.connections += 1
                self._open.add(connection)
            self._start(self._serve, connection, self.connections)

    def _serve(self, connection: socket.socket, number: int) -> None:
        try:
            with connection, connection.makefile("rb") as stream:
                while request := _read(stream, number):
                    if not self._answer(connection, request):
                        return
        except OSError:
            return  # the other side has gone
        finally:
            with self._lock:
                self._open.discard(connection)

    def _answer(self, connection: socket.socket, request: Received) -> bool:
        """Whether the connection stays open."""
        with self._lock:
            self.received.append(request)
            if not self._scripts:
                script: Script = answer(418, "the script of the test's server is over")
            else:
                script = self._scripts[0] if self._forever and len(self._scripts) == 1 else self._scripts.pop(0)
        reply = script(request) if callable(script) else script
        if isinstance(reply, Cut):
            connection.sendall(reply.data)
            if reply.reset:
                connection.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
                )
            else:
                _shut(connection)
            return False
        if isinstance(reply, Stall):
            connection.sendall(reply.data)
            connection.recv(1)
            return False
        if isinstance(reply, Drip):
            connection.sendall(reply.data)
            while not self._stopping.wait(reply.pause):
                connection.sendall(b" ")
            return False
        connection.sendall(reply)
        return True


class SecureServer(Server):
    """The same behind TLS, with a certificate for a host."""

    def __init__(self, certificate: Any, *scripts: Script, host: str = "localhost", forever: bool = False) -> None:
        super().__init__(*scripts, forever=forever)
        self._host = host
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(self._context)

    @property
    def address(self) -> str:
        return f"https://{self._host}:{self.port}"

    def _serve(self, connection: Any, number: int) -> None:
        try:
            secure = self._context.wrap_socket(connection, server_side=True)
        except OSError:  # the client does not trust us
            connection.close()
            return
        super()._serve(secure, number)


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is already


def _read(stream: Any, number: int) -> Received | None:
    """The next request of a connection; None when there is no more."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return None
        head += line
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    method, target, _version = first.split(" ")
    headers = httpx.Headers([tuple(line.split(": ", 1)) for line in lines])
    body = b""
    if "content-length" in headers:
        body = stream.read(int(headers["content-length"]))
    elif headers.get("transfer-encoding") == "chunked":
        while size := int(stream.readline() or b"0", 16):  # nothing: the other side has given up
            body += stream.read(size)
            stream.readline()
        stream.readline()
    return Received(method, target, headers, body, head + body, number)


Scenario = Callable[[Any], Any]
Run = Callable[..., Any]


def _options(options: dict[str, Any]) -> dict[str, Any]:
    """Options with what most tests want: a made-up token, no waits, and patience with a busy machine."""
    own = {} if "api_key" in options else {"api_token": "canary-5d1f-token"}
    return {"account_id": "acc", "retries": AT_ONCE, "timeout": httpx.Timeout(PATIENCE), **own, **options}


def run_sync(scenario: Scenario, **options: Any) -> Any:
    """Play a scenario with a synchronous client.

    A scenario gives a result, or is a generator that yields each call's result and is sent it back, awaited
    where the colour needs it.
    """
    with CloudflareImages(**_options(options)) as images:
        steps = scenario(images)
        if not inspect.isgenerator(steps):
            return steps
        try:
            value = next(steps)
            while True:
                value = steps.send(value)
        except StopIteration as end:
            return end.value


def run_async(scenario: Scenario, **options: Any) -> Any:
    """Play a scenario with an asynchronous client."""

    async def play() -> Any:
        async with AsyncCloudflareImages(**_options(options)) as images:
            steps = scenario(images)
            if not inspect.isgenerator(steps):
                return await _settled(steps)
            try:
                value = next(steps)
                while True:
                    try:
                        result = await _settled(value)
                    except Exception as error:  # noqa: BLE001 - the scenario decides what it means
                        value = steps.throw(error)
                    else:
                        value = steps.send(result)
            except StopIteration as end:
                return end.value

    return asyncio.run(play())


async def _settled(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


def address(images: Any) -> str:
    """Where a client of either colour sends its requests."""
    return str(seam(images).base_url).rstrip("/")


def _has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not _has_ipv6(), reason="there is no IPv6 here")


def close(images: Any) -> Any:
    """Close a client of either colour."""
    return images.aclose() if hasattr(images, "aclose") else images.close()


def following(iterator: Any) -> Any:
    """The next item of an iterator of either colour."""
    return anext(iterator) if hasattr(iterator, "__anext__") else next(iterator)


def seam(images: Any) -> Any:
    """The httpx client under a client of either colour."""
    api = images.api
    return api.get_async_httpx_client() if isinstance(images, AsyncCloudflareImages) else api.get_httpx_client()
