"""Iterate over the pages of a listing."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Generic, Self

from cfimages._async.lifetime import AsyncLifetime
from cfimages.errors import ClientClosedError
from cfimages.listing.page import Page
from cfimages.listing.part import Part, T
from cfimages.listing.walk import Walk
from cfimages.parallel import tasks

Fetch = Callable[[Part[T], str | None], Awaitable[Page[T]]]
"""Fetches the page with a token of the service."""


class AsyncPages(ABC, Generic[T]):
    """The pages of one walk over a listing.

    After an error, the next call asks for the same page again. Close it to end requests that are under way.
    """

    _is_finished = False
    _lifetime: AsyncLifetime | None = None
    """Of a walk that fetches ahead."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Page[T]:
        page = None if self._is_finished else await self.next_page()
        if page is None:
            self._is_finished = True
            raise StopAsyncIteration
        return page

    @abstractmethod
    async def next_page(self) -> Page[T] | None:
        """Return the next page, or None after the last one."""

    def start(self) -> None:
        """Send the first requests, where pages are fetched ahead."""

    async def aclose(self) -> None:
        """End the walk, and the requests that it has under way."""
        self._is_finished = True
        if self._lifetime:
            await self._lifetime.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


class AsyncWalkPages(AsyncPages[T]):
    """Fetch one page after the other."""

    def __init__(self, walk: Walk[T], fetch: Fetch[T]) -> None:
        self._walk = walk
        self._fetch = fetch

    async def next_page(self) -> Page[T] | None:
        """Return the next page, or None after the last one."""
        walk = self._walk
        if walk.finished:
            return None
        with walk.asking() as token:
            page = await self._fetch(walk.part, token)
        page = walk.advance(page)
        self._is_finished = walk.finished
        return page


class AsyncPrefetchedPages(AsyncPages[T]):
    """Fetch the next pages of a walk while the caller works on one."""

    def __init__(self, pages: AsyncPages[T], count: int, workers: tasks.Workers, lifetime: AsyncLifetime) -> None:
        self._lifetime: AsyncLifetime = lifetime
        self._pages = pages
        self._count = count
        self._workers = workers
        self._works: deque[tasks.Work[Page[T] | None]] = deque()

    def start(self) -> None:
        """Have `count` pages under way."""
        while len(self._works) < self._count:
            self._works.append(tasks.Work(self._pages.next_page, self._workers))
        for work in self._works:  # also those whose start was interrupted
            work.start()

    async def next_page(self) -> Page[T] | None:
        """Return the next page, or None after the last one."""
        self._lifetime.check()
        self.start()
        page = await first_result(self._works, self._lifetime)
        if page is not None:
            self.start()
        return page


async def first_result(works: deque[tasks.Work[T]], lifetime: AsyncLifetime) -> T:
    """Wait for the first work and remove it. After its error, drop those that have not begun.

    Where the caller is interrupted, the work stays the first.
    """
    try:
        result = await works[0].result()
    except BaseException as error:
        if works[0].has_failed:
            works.popleft()
            kept = [work for work in works if not work.drop()]
            works.clear()
            works.extend(kept)
        if isinstance(error, ClientClosedError):
            lifetime.check()  # which says more
        raise
    works.popleft()
    return result
