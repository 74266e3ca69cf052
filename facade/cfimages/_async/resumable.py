"""Walks whose state can be saved, and continued in another process on another day."""

from typing import Any, Generic, Protocol, Self

from cfimages._async.pages import AsyncPages
from cfimages.errors import APIStatusError
from cfimages.listing.page import Page
from cfimages.listing.part import T
from cfimages.listing.progress import Progress


class _Pager(Protocol[T]):
    def starting_at(self, token: str | None) -> Self: ...

    def pages(self) -> AsyncPages[T]: ...


class AsyncResumableWalk(Generic[T]):
    """One walk over a listing, page by page, that can be continued another day with `images.resume(walk.state)`.

    Save `state` after the work on a page: what was not saved comes again. If the service no longer knows the saved
    token, the walk begins anew, drops what it has returned before, and logs a warning.

    Raises:
        APIError: While iterating. The next call asks for the same page again.
        PaginationError: While iterating, if the pages of the service repeat themselves.
    """

    def __init__(self, pager: _Pager[T], progress: Progress) -> None:
        self._pager = pager
        self._progress = progress
        self._pages: AsyncPages[T] | None = None

    @property
    def state(self) -> str:
        """Where the walk is, as JSON text: behind the last page. It holds the listing's arguments, no credentials."""
        return self._progress.state

    @property
    def count(self) -> int:
        """Number of images since the very beginning."""
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
        while not self._progress.finished:
            if self._pages is None:
                self._pages = self._pager.starting_at(self._progress.token).pages()
            try:
                page: Page[Any] = await self._pages.__anext__()  # of images: only list() can be resumed
            except APIStatusError as error:
                if not self._progress.recover(error):
                    raise
                await self.aclose()
            else:
                return self._progress.advance(page)
        await self.aclose()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """End the requests that are under way. The walk can go on afterwards."""
        pages, self._pages = self._pages, None
        if pages:
            await pages.aclose()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(count={self.count}, last={self.last!r}, finished={self.finished})"
