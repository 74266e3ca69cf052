"""Iterate over the pages of a listing."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable
from typing import Generic, Self

from cfimages._async.lifetime import AsyncClosable, AsyncLifetime
from cfimages._async.lookahead import AsyncLookahead
from cfimages.errors import APIError, ClientClosedError, CloudflareImagesError, PaginationError
from cfimages.listing.page import Page, T
from cfimages.listing.part import Part
from cfimages.listing.walk import Walk
from cfimages.parallel import tasks

Fetch = Callable[[Part[T], str | None], Awaitable[Page[T]]]
"""A function that fetches the page of a listing at a token of the service."""


class AsyncPages(AsyncClosable, Generic[T]):
    """The pages of one walk over a listing.

    After an error, the next call requests the same page again. Until then, nothing is fetched ahead. Close the iterator
    to cancel requests in progress.

    Raises:
        CloudflareImagesError: While iterating, if another thread or task waits for a page of the same walk.
    """

    _is_finished = False
    _is_awaited = False
    """Whether a caller waits for the next page."""
    _is_retry = False
    """Whether the last call raised an error. Noted only where pages are fetched ahead."""
    token: str | None = None
    """Token of the next page: where the walk begins, then the `next_token` of the last page."""
    _lifetime: AsyncLifetime | None = None
    """Ends the requests that are under way. None for a walk that fetches nothing ahead."""

    def __aiter__(self) -> Self:
        return self

    def __repr__(self) -> str:
        return f"<pages of a listing{', finished' if self._is_finished else ''}>"

    async def __anext__(self) -> Page[T]:
        if self._is_awaited:  # both would get the same page, or leave one out
            raise CloudflareImagesError(
                "another caller waits for a page of this walk: iterate in one thread or task, and pass the items on"
            )
        try:
            self._is_awaited = True
            if self._lifetime and not self._is_finished:
                self._lifetime.check()
                if self._is_retry:
                    self.drop_failed()
                    self._is_retry = False
            page = None if self._is_finished else await self.next_page()
        except BaseException as error:
            if isinstance(error, APIError | PaginationError):
                error.resume_token = self.token
            if self._lifetime:
                self._is_retry = True
                await self._lifetime.drop_work()
                if isinstance(error, ClientClosedError):
                    self._lifetime.check()  # which says more
            raise
        finally:
            self._is_awaited = False
        if page is None:
            self._is_finished = True
            if self._lifetime:
                await self._lifetime.aclose()  # else tasks would look for pages after the last one
            raise StopAsyncIteration
        self.token = page.next_token
        return page

    @abstractmethod
    async def next_page(self) -> Page[T] | None:
        """Return the next page, or None after the last one."""

    def start(self) -> None:
        """Send the first requests, where pages are fetched ahead."""

    def drop_failed(self) -> None:
        """Forget the requests ahead that have failed, so that they are sent again."""

    async def aclose(self) -> None:
        """End the walk, and the requests that it has under way."""
        self._is_finished = True
        if self._lifetime:
            await self._lifetime.aclose()


class AsyncItems(tasks.ClosedWhenDropped, Generic[T]):
    """Iterate over the items of pages."""

    def __init__(self, pages: AsyncPages[T]) -> None:
        self._pages = pages
        self._items: tuple[T, ...] = ()
        """Those of the last page."""
        self._count = 0
        """Number of them that have been returned."""

    def __repr__(self) -> str:
        return "<items of a listing>"

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        # Python handles a Ctrl-C, and changes to another thread, at calls only. There is none between reading an item
        # and counting it, nor between getting a page and keeping it. So no item is lost, and none comes twice.
        while True:
            try:
                item = self._items[self._count]
            except IndexError:
                pass
            else:
                self._count += 1
                return item
            page = await self._pages.__anext__()
            # Another thread may have fetched a page meanwhile.
            self._items, self._count = self._items[self._count :] + page.items, 0

    async def aclose(self) -> None:
        """End the walk."""
        self._items, self._count = (), 0
        await self._pages.aclose()


class AsyncWalkPages(AsyncPages[T]):
    """Fetch one page after the other."""

    def __init__(self, walk: Walk[T], fetch: Fetch[T]) -> None:
        self._walk = walk
        self._fetch = fetch

    async def next_page(self) -> Page[T] | None:
        """Return the next page, or None after the last one."""
        walk = self._walk
        if walk.state.finished:
            return None
        return walk.advance(await self._fetch(walk.part, walk.ask()))


class AsyncPrefetchedPages(AsyncPages[T]):
    """Fetch the next pages of a walk while the caller works on one."""

    def __init__(self, pages: AsyncPages[T], count: int, workers: tasks.Workers, lifetime: AsyncLifetime) -> None:
        self._lifetime = lifetime
        self._pages = pages
        self._count = count
        self._lookahead: AsyncLookahead[Page[T] | None] = AsyncLookahead(pages.next_page, workers)

    def start(self) -> None:
        """Have `count` pages under way."""
        self._lookahead.fill(self._count)

    def drop_failed(self) -> None:
        """Forget the requests ahead that have failed, so that they are sent again."""
        self._lookahead.drop_failed()

    async def next_page(self) -> Page[T] | None:
        """Return the next page, or None after the last one."""
        self.start()
        page = await self._lookahead.first()
        if page is not None:
            self._lookahead.fill(self._count + 1)  # this page is still the first one
        self._lookahead.remove_first()
        return page
