"""Connections after something went wrong while a response was read or closed: kept, or replaced by new ones.

An interruption (a Ctrl-C, the time limit of a signal, a cancelled task) can leave a pool of httpcore short of one.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from patience import PATIENCE
from servers import ONCE, Received, Server, image, run_async

from cfimages import APIConnectionError, AsyncCloudflareImages, CloudflareImages


class Interrupted(BaseException):
    """What a handler of a signal raises."""


class Spoiled(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The body of a response, which fails while it is read, or when it is closed."""

    def __init__(self, stream: Any, moment: str, error: BaseException) -> None:
        self._stream = stream
        self._moment = moment
        self._error = error

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream
        if self._moment == "read":
            raise self._error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            yield piece
        if self._moment == "read":
            raise self._error

    def close(self) -> None:
        self._stream.close()
        if self._moment == "close":
            raise self._error

    async def aclose(self) -> None:
        await self._stream.aclose()
        if self._moment == "close":
            raise self._error


def spoil_one(patch: pytest.MonkeyPatch, moment: str, error: BaseException) -> None:
    """Have the next response fail, of either client."""
    send, send_async = httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request

    def handle(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        patch.undo()
        response = send(transport, request)
        response.stream = Spoiled(response.stream, moment, error)
        return response

    async def handle_async(transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        patch.undo()
        response = await send_async(transport, request)
        response.stream = Spoiled(response.stream, moment, error)
        return response

    patch.setattr(httpx.HTTPTransport, "handle_request", handle)
    patch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", handle_async)


moments = pytest.mark.parametrize("moment", ["read", "close"])
errors = pytest.mark.parametrize(
    ("error", "raised", "connections"),
    [(Interrupted(), Interrupted, 2), (httpx.ReadError("broken"), APIConnectionError, 1)],
    ids=["interrupted", "broken"],
)


@moments
@errors
def test_an_interruption_replaces_the_connections_and_an_error_keeps_them(
    moment: str, error: BaseException, raised: type[BaseException], connections: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        Server(image(), forever=True) as server,
        CloudflareImages("acc", api_token="canary-5d1f", base_url=server.address, retries=ONCE) as images,
    ):
        spoil_one(monkeypatch, moment, error)
        with pytest.raises(raised):
            images.get("x")
        images.get("x")
        images.get("x")
        assert server.connections == connections


@moments
@errors
def test_the_asynchronous_client_does_the_same(
    moment: str, error: BaseException, raised: type[BaseException], connections: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(address: str) -> None:
        async with AsyncCloudflareImages("acc", api_token="canary-5d1f", base_url=address, retries=ONCE) as images:
            spoil_one(monkeypatch, moment, error)
            with pytest.raises(raised):
                await images.get("x")
            await images.get("x")
            await images.get("x")

    with Server(image(), forever=True) as server:
        asyncio.run(scenario(server.address))
        assert server.connections == connections


def test_workers_of_any_number_use_their_connections_again() -> None:
    workers, rounds = 30, 3
    together = threading.Barrier(workers)  # so that each request of a round has a connection of its own

    def reply(_: Received) -> bytes:
        together.wait(PATIENCE)
        return image()

    async def work(images: AsyncCloudflareImages) -> None:
        for _ in range(rounds):
            await asyncio.gather(*(images.get("x") for _ in range(workers)))

    with Server(reply, forever=True) as server:
        run_async(work, base_url=server.address)
    assert len(server.received) == workers * rounds
    assert server.connections == workers
