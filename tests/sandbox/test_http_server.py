"""How long connections stay open, by a clock that the test moves."""

import asyncio
import errno
import gc
import os
import selectors
import socket
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from patience import PATIENCE
from uvicorn.server import ServerState

from cfimages.sandbox.app import App
from cfimages.sandbox.http_server import Connection, ServerThread, configuration, listen
from cfimages.sandbox.setup import Setup
from cfimages.sandbox.store import Store

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"

Skip = Callable[[float], Awaitable[None]]
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter, Skip], Awaitable[None]]


def talk(conversation: Talk) -> None:
    """Have a conversation with the sandbox over one connection, in one event loop."""

    async def run() -> None:
        loop, store = asyncio.get_running_loop(), Store()
        real, skipped = loop.time, 0.0
        loop.time = lambda: real() + skipped  # type: ignore[method-assign]

        async def skip(seconds: float) -> None:
            nonlocal skipped
            skipped += seconds
            await asyncio.sleep(0.01)

        config = configuration(App(Setup(store=store)))
        state = ServerState()
        server = await loop.create_server(lambda: Connection(config, state, {}), "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        while not state.connections:
            await asyncio.sleep(0.001)
        try:
            await conversation(reader, writer, skip)
        finally:
            writer.close()
            while state.connections:
                await asyncio.sleep(0.001)
            server.close()
            store.close()

    asyncio.run(run())


async def answered(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    await reader.readexactly(int(length.partition(b":")[2]))
    return head.split(b"\r\n")[0]


def test_an_idle_connection_stays_open_longer_than_clients_keep_theirs() -> None:
    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, skip: Skip) -> None:
        for _ in range(3):
            writer.write(REQUEST)
            assert await answered(reader) == b"HTTP/1.1 404 Not Found"
            await skip(60)
        await skip(16)
        assert await reader.read() == b""

    talk(conversation)


@pytest.mark.parametrize("beginning", [b"", b"GET / HTTP/1.1\r\nHo"])
def test_a_request_that_is_not_sent_whole_ends_the_connection(beginning: bytes) -> None:
    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, skip: Skip) -> None:
        writer.write(beginning)
        await skip(29)
        writer.write(beginning[:0])
        assert not reader.at_eof()
        await skip(2)
        assert await reader.read() == b""

    talk(conversation)


def test_the_head_of_a_later_request_has_a_limit_too() -> None:
    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, skip: Skip) -> None:
        writer.write(REQUEST)
        await answered(reader)
        await skip(60)
        writer.write(REQUEST[:10])
        await skip(0)
        writer.write(REQUEST[10:20])
        await skip(29)
        assert not reader.at_eof()
        await skip(2)
        assert await reader.read() == b""

    talk(conversation)


def test_a_body_that_does_not_come_is_refused() -> None:
    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, skip: Skip) -> None:
        writer.write(
            b"POST /client/v4/accounts/a/images/v1/variants HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\n"
            b"Content-Length: 100\r\n\r\n{"
        )
        answer = asyncio.create_task(answered(reader))
        while not answer.done():  # it begins to wait for the body when it knows the account
            await skip(61)
        assert b" 408 " in answer.result()

    talk(conversation)


def test_stopping_waits_for_an_answer_and_breaks_off_after_a_while() -> None:
    begun, finished = threading.Event(), []

    async def slow(scope: object, receive: object, send: object) -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            finished.append(True)

    listener = listen("127.0.0.1", 0)
    server = ServerThread(slow, listener, grace=0.01)
    server.start()
    with pytest.raises(ConnectionError):
        ask_and_stop(listener.getsockname(), server, begun)
    assert finished == [True]


def ask_and_stop(address: tuple[str, int], server: ServerThread, begun: threading.Event) -> None:
    with socket.create_connection(address, PATIENCE) as caller:
        caller.sendall(REQUEST)
        begun.wait(PATIENCE)
        server.stop()
        if not caller.recv(1):
            raise ConnectionError("it ended")


@pytest.mark.skipif(os.name == "nt", reason="the event loop of Windows has no selector")
def test_who_connects_while_it_stops_is_not_left_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """At each moment at which the event loop looks for connections."""
    stopping, callers = threading.Event(), []
    select = selectors.DefaultSelector.select

    def after_another_has_come(selector: Any, timeout: float | None = None) -> Any:
        if stopping.is_set() and threading.current_thread().name == "cfimages-sandbox":
            with suppress(ConnectionRefusedError):
                callers.append(socket.create_connection(address, PATIENCE))
        return select(selector, timeout)

    async def nothing(scope: object, receive: object, send: object) -> None:
        raise AssertionError

    monkeypatch.setattr(selectors.DefaultSelector, "select", after_another_has_come)
    listener = listen("127.0.0.1", 0)
    address = listener.getsockname()
    server = ServerThread(nothing, listener, grace=0)
    server.start()
    with socket.create_connection(address, PATIENCE) as caller:
        stopping.set()
        server.stop()
        callers.append(caller)
        assert len(callers) > 1
        for caller in callers:
            with caller, suppress(ConnectionResetError):
                assert caller.recv(1) == b""
    gc.collect()  # nothing is left to it


def test_a_server_that_cannot_start_blocks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda said: seen.append(said.exc_type))
    listener, store = listen("127.0.0.1", 0), Store()
    listener.close()
    server = ServerThread(App(Setup(store=store)), listener)
    server.start()
    server.stop()
    store.close()
    assert seen == [OSError]


def test_stopping_does_not_wait_long_for_who_does_not_read() -> None:
    begun = threading.Event()

    async def large(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        begun.set()
        await send({"type": "http.response.body", "body": b" " * 50_000_000})

    listener = listen("127.0.0.1", 0)
    server = ServerThread(large, listener, grace=0.05)
    server.start()
    with socket.create_connection(listener.getsockname(), PATIENCE) as caller:
        caller.sendall(REQUEST)
        begun.wait(PATIENCE)
        server.stop()
        received = 0
        with suppress(ConnectionResetError):
            while part := caller.recv(1_000_000):
                received += len(part)
    assert received < 50_000_000


def test_an_address_of_another_machine_is_refused_as_the_system_says() -> None:
    with pytest.raises(OSError) as caught:  # noqa: PT011 - the number says which
        listen("192.0.2.1", 0)
    assert caught.value.errno == errno.EADDRNOTAVAIL
    assert "in use" not in str(caught.value)
