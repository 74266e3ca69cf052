"""Walks whose state can be saved, and continued in another process on another day."""

from typing import Any, Generic, Self

from cfimages._async.calls import AsyncCalls
from cfimages._async.pages import AsyncPages
from cfimages._async.walks import begin
from cfimages.errors import APIStatusError
from cfimages.listing.page import Page, T
from cfimages.listing.progress import Progress


class AsyncResumableWalk(Generic[T]):
    """One walk over a listing, page by page, which `images.resume(walk.state)` can continue later.

    Save `state` after you have processed a page: pages after the saved one are returned again. If the saved token has
    expired, the walk starts over, skips what it has returned before, and logs a warning.

    Raises:
        APIError: While iterating. The next call asks for the same page again.
        PaginationError: While iterating, if the pages of the service repeat themselves.
    """

    def __init__(self, calls: AsyncCalls, progress: Progress) -> None:
        self._calls = calls
        self._progress = progress
        self._pages: AsyncPages[Any] | None = None  # of images: only list() can be resumed
        self._arrived: Page[Any] | None = None
        """A page that `progress` does not have yet. It is left here by an interruption."""

    @property
    def state(self) -> str:
        """The position after the last page, as a JSON string with the listing's arguments, without credentials."""
        return self._progress.state

    @property
    def count(self) -> int:
        """Number of images since the start of the listing."""
        return self._progress.count

    @property
    def last(self) -> str | None:
        """Id of the last image."""
        return self._progress.last

    @property
    def finished(self) -> bool:
        """Whether nothing is left."""
        return self._progress.finished

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Page[T]:
        progress = self._progress
        while not progress.finished:
            if self._pages is None:
                self._pages = begin(
                    self._calls,
                    progress.listing,
                    progress.token,
                    prefetch=progress.prefetch,
                    concurrent=progress.concurrency,
                )
            try:
                if self._arrived is None:
                    self._arrived = await self._pages.__anext__()
            except APIStatusError as error:
                if not progress.recover(error):
                    raise
                await self.aclose()
            else:
                page = progress.advance(self._arrived)
                self._arrived = None
                return page
        await self.aclose()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Cancel the requests in progress. The walk can continue afterwards."""
        pages, self._pages, self._arrived = self._pages, None, None
        if pages:
            await pages.aclose()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(count={self.count}, last={self.last!r}, finished={self.finished})"
