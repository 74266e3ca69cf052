"""When a client ends: in its own event loop, in another, after a fork, and with a transport of the caller's."""

import asyncio
import os
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from servers import ONCE, Run, Server, close, envelope, following, image, run_async, run_sync

from cfimages import AsyncCloudflareImages, ClientClosedError, CloudflareImages, CloudflareImagesError

both = pytest.mark.parametrize("run", [run_sync, run_async], ids=["sync", "async"])


class Counting(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Count how often a transport is entered and closed."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=envelope({"id": "x"}))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)

    def __enter__(self) -> "Counting":
        self.log.append("entered")
        return self

    async def __aenter__(self) -> "Counting":
        return self.__enter__()

    def __exit__(self, *_: object) -> None:
        self.log.append("left")

    async def __aexit__(self, *_: object) -> None:
        self.log.append("left")

    def close(self) -> None:
        self.log.append("closed")

    async def aclose(self) -> None:
        self.log.append("closed")


class Listing(Counting):
    """Answer with a page of one image, of a hundred, and count the requests."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.log.append("asked")
        page = int(request.url.params.get("continuation_token", 1))
        return httpx.Response(200, json=envelope({"images": [{"id": f"{page}"}], "continuation_token": f"{page + 1}"}))


@both
def test_a_transport_of_the_callers_is_entered_and_left_once(run: Run) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        yield images.get("x")
        yield close(images.options(timeout=5))
        yield images.options(timeout=5).get("x")
        assert transport.log == ["entered"]
        yield close(images)
        yield close(images)

    transport = Counting()
    run(scenario, transport=transport)
    assert transport.log == ["entered", "left"]


def test_a_transport_that_was_never_entered_is_closed_once() -> None:
    transport = Counting()
    images = CloudflareImages("acc", api_token="canary-5d1f", transport=transport)
    images.get("x")
    with images.api:
        pass
    assert transport.log == []
    images.close()
    images.close()
    assert transport.log == ["closed"]


def test_a_transport_that_was_never_entered_is_closed_once_by_the_asynchronous_client() -> None:
    async def play() -> None:
        images = AsyncCloudflareImages("acc", api_token="canary-5d1f", transport=transport)
        await images.get("x")
        async with images.api:
            pass
        assert transport.log == []
        await images.aclose()
        await images.aclose()

    transport = Counting()
    asyncio.run(play())
    assert transport.log == ["closed"]


def test_closing_in_another_event_loop_closes_nothing_and_says_so() -> None:
    transport = Counting()
    images = AsyncCloudflareImages("acc", api_token="canary-5d1f", transport=transport)
    first, second = asyncio.new_event_loop(), asyncio.new_event_loop()
    try:
        first.run_until_complete(images.get("x"))
        for call in (images.aclose, lambda: images.get("x")):
            with pytest.raises(ClientClosedError, match="used in another event loop: make one for each loop"):
                second.run_until_complete(call())
        assert transport.log == []
        assert not repr(images).endswith(", closed>)")
        assert first.run_until_complete(images.get("x")).id == "x"
        first.run_until_complete(images.aclose())
        assert transport.log == ["closed"]
    finally:
        first.close()
        second.close()


def test_connections_of_the_own_loop_end_when_the_client_is_closed_there() -> None:
    with Server(image(), forever=True) as server:
        images = AsyncCloudflareImages("acc", api_token="canary-5d1f", base_url=server.address)
        first, second = asyncio.new_event_loop(), asyncio.new_event_loop()
        try:
            first.run_until_complete(images.get("x"))
            with pytest.raises(ClientClosedError):
                second.run_until_complete(images.aclose())
            first.run_until_complete(images.get("x"))
            assert server.connections == 1
            first.run_until_complete(images.aclose())
        finally:
            first.close()
            second.close()


def test_a_loop_that_is_closed_is_told_as_such() -> None:
    images = AsyncCloudflareImages("acc", api_token="canary-5d1f", transport=Counting())
    asyncio.run(images.get("x"))
    with pytest.raises(ClientClosedError, match="used in another event loop, which is closed: make one for each"):
        asyncio.run(images.get("x"))
    asyncio.run(images.aclose())  # nothing is left that could be closed
    with pytest.raises(ClientClosedError, match="the client is closed"):
        asyncio.run(images.get("x"))


@both
def test_after_a_fork_a_client_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        here = os.getpid()
        with monkeypatch.context() as child:
            child.setattr(os, "getpid", lambda: here + 1)
            with pytest.raises(ClientClosedError, match="made in another process: make a new one after a fork"):
                yield images.get("x")
        yield images.get("x")

    run(scenario, transport=Counting(), retries=ONCE)


@both
def test_after_a_fork_nothing_is_sent_and_closing_closes_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connections are those of the parent. A lock may be held by a thread that is not there."""

    def scenario(images: Any) -> Iterator[Any]:
        pages, here = images.list().pages(), os.getpid()
        yield following(pages)
        with monkeypatch.context() as child:
            child.setattr(os, "getpid", lambda: here + 1)
            for walk in (pages, images.list().pages(), images.list().prefetch().pages()):
                with pytest.raises(ClientClosedError, match="made in another process"):
                    yield following(walk)
                yield close(walk)
            yield close(images)
        assert transport.log == ["entered", "asked"]

    transport = Listing()
    run(scenario, transport=transport, retries=ONCE)


@both
def test_a_transport_that_complains_because_it_was_closed_meanwhile(run: Run) -> None:
    class Closing(Counting):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            clients[0].close()
            raise RuntimeError("canary-5d1f: this transport is closed")

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await clients[0].aclose()
            raise RuntimeError("this transport is closed")

    def get(images: Any) -> Any:
        clients.append(images)
        return images.get("x")

    clients: list[Any] = []
    with pytest.raises(ClientClosedError, match="the client is closed") as caught:
        run(get, transport=Closing(), retries=ONCE)
    assert caught.value.__context__ is None  # the frames of the complaint hold what was sent


def outside_of_asyncio(call: Any) -> None:
    """Run a coroutine as another framework would: without an event loop of asyncio."""
    with pytest.raises(CloudflareImagesError, match="runs under asyncio only, not under trio"):
        call().send(None)


def test_outside_of_asyncio_every_call_is_a_typed_error() -> None:
    images = AsyncCloudflareImages("acc", api_token="canary-5d1f", transport=Counting())
    walk = images.list()
    for call in (
        lambda: images.get("x"),
        lambda: images.upload(b"bytes"),
        lambda: images.stats(),
        lambda: images.batch().get("x"),
        lambda: anext(walk.pages()).__await__(),
        lambda: walk.take(1),
        lambda: images.download("x", os.devnull),
        images.aclose,
    ):
        outside_of_asyncio(call)
