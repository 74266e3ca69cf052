"""An account that clients of both kinds list without a socket, and what a walk over it comes to."""

import asyncio
import itertools
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import httpx
import pytest
from patience import until
from servers import ONCE, envelope, run_async, run_sync

from cfimages import AsyncCloudflareImages, CloudflareImages

Ask = Callable[[Any], Any]
"""Makes a pager, pages or a resumable walk of a client."""

Before = Callable[[httpx.Request, int], httpx.Response | None]
"""Called before each request with its number from 1. A response that it returns is that of the service."""


def nothing(_request: httpx.Request, _number: int) -> None:
    """Do nothing before a request."""


@attrs.define
class Photo:
    """An image of the account."""

    number: int
    second: int | None
    creator: str = ""

    @property
    def id(self) -> str:
        return f"i{self.number:03}"


@attrs.define
class Service:
    """The listing of an account. Its tokens are places in the order, so that images may come and go meanwhile."""

    photos: list[Photo] = attrs.field(factory=list)
    before: Before = nothing
    requests: list[httpx.Request] = attrs.field(factory=list)
    most_at_once: int = 0
    _under_way: int = 0
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    @classmethod
    def of(cls, count: int, creators: tuple[str, ...] = ("",)) -> "Service":
        """So many images, each a second later than the one before."""
        return cls([Photo(n, n, creators[n % len(creators)]) for n in range(count)])

    @property
    def asked(self) -> list[str | None]:
        """The token of each request."""
        return [request.url.params.get("continuation_token") for request in self.requests]

    @property
    def orders(self) -> list[str]:
        return [request.url.params["sort_order"] for request in self.requests]

    def ids(self, order: str = "desc") -> list[str]:
        """All ids, in the order of upload."""
        photos = sorted(self.photos, key=lambda photo: (photo.second, photo.number), reverse=order == "desc")
        return [photo.id for photo in photos]

    def transport(self) -> httpx.MockTransport:
        """The transport of a synchronous client."""

        def handle(request: httpx.Request) -> httpx.Response:
            number = self._begin(request)
            try:
                return self.before(request, number) or self.answer(request)
            finally:
                self._end()

        return httpx.MockTransport(handle)

    def async_transport(self) -> httpx.MockTransport:
        """The transport of an asynchronous client. A request takes a turn of the event loop."""

        async def handle(request: httpx.Request) -> httpx.Response:
            number = self._begin(request)
            try:
                await asyncio.sleep(0)
                return self.before(request, number) or self.answer(request)
            finally:
                self._end()

        return httpx.MockTransport(handle)

    def _begin(self, request: httpx.Request) -> int:
        with self._lock:
            self.requests.append(request)
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
            return len(self.requests)

    def _end(self) -> None:
        with self._lock:
            self._under_way -= 1

    def answer(self, request: httpx.Request) -> httpx.Response:
        """A page of the listing."""
        params = request.url.params
        sign = -1 if params["sort_order"] == "desc" else 1
        numbers = {int(n) for n in params.get("meta.n[in:number]", "").split("|") if n}
        wanted = [p for p in self.photos if params.get("creator", p.creator) == p.creator]
        places = {(sign * (p.second or 0), sign * p.number): p for p in wanted if not numbers or p.number in numbers}
        place = tuple(json.loads(params.get("continuation_token", "[-1e9, 0]")))
        left = sorted(key for key in places if key > place)
        size = int(params["per_page"])
        token = json.dumps(left[size - 1]) if len(left) > size else None
        return page_of([as_json(places[key]) for key in left[:size]], token)


def as_json(photo: Photo) -> dict[str, Any]:
    image = {"id": photo.id, "creator": photo.creator}
    if photo.second is None:
        return image
    minute, second = divmod(photo.second, 60)
    return {**image, "uploaded": f"2026-01-01T00:{minute:02}:{second:02}Z"}


def page_of(images: list[dict[str, Any]], token: str | None) -> httpx.Response:
    """The response that a page is."""
    return httpx.Response(200, json=envelope({"images": images, "continuation_token": token}))


def failing(*numbers: int) -> Before:
    """Refuse the requests of these numbers."""

    def before(_request: httpx.Request, number: int) -> httpx.Response | None:
        return httpx.Response(500, text="no") if number in numbers else None

    return before


def our_threads() -> list[threading.Thread]:
    """The threads of the package, without those whose start was interrupted."""
    return [thread for thread in threading.enumerate() if thread.name == "cfimages" and thread.is_alive()]


@attrs.frozen
class Kind:
    """A kind of client: how to make one, and how to go through what it lists."""

    is_async: bool

    def __str__(self) -> str:
        return "async" if self.is_async else "sync"

    def collect(self, service: Service, ask: Ask, *, first: int | None = None, into: list[Any] | None = None) -> Any:
        """Everything that iterating gives, or the first few. `into` has what came before an error.

        Nothing is left afterwards.
        """
        found: list[Any] = [] if into is None else into
        if self.is_async:
            asyncio.run(self._async_collect(service, ask, first, found))
        else:
            with CloudflareImages("acc", api_token="t", retries=ONCE, transport=service.transport()) as images:
                asked = ask(images)
                iterator = iter(asked)
                try:
                    found.extend(itertools.islice(iterator, first))
                finally:
                    iterator.close()
        until(lambda: not our_threads())
        return found

    async def _async_collect(self, service: Service, ask: Ask, first: int | None, found: list[Any]) -> None:
        transport = service.async_transport()
        async with AsyncCloudflareImages("acc", api_token="t", retries=ONCE, transport=transport) as images:
            iterator = aiter(ask(images))
            try:
                while first is None or len(found) < first:
                    try:
                        found.append(await anext(iterator))
                    except StopAsyncIteration:
                        break
            finally:
                await iterator.aclose()
            assert asyncio.all_tasks() == {asyncio.current_task()}

    def pages(self, service: Service, ask: Ask, **options: Any) -> Any:
        """The pages of a pager."""
        return self.collect(service, lambda images: ask(images).pages(), **options)

    def ids(self, service: Service, ask: Ask, **options: Any) -> list[str]:
        """The ids of all images of a pager, by its pages."""
        return ids(self.pages(service, ask, **options))

    def run(self, service: Service, scenario: Callable[[Any], Iterator[Any]]) -> None:
        """Play a scenario, as `servers.run_sync` does."""
        if self.is_async:
            run_async(scenario, transport=service.async_transport(), retries=ONCE)
        else:
            run_sync(scenario, transport=service.transport(), retries=ONCE)

    def step(self, iterator: Any) -> Any:
        """The next item, or what to await for it."""
        return anext(iterator) if self.is_async else next(iterator)


def ids(pages: Any) -> list[str]:
    """The ids of all images of some pages."""
    return [image.id for page in pages for image in page]


both = pytest.mark.parametrize("kind", [Kind(is_async=False), Kind(is_async=True)], ids=str)
