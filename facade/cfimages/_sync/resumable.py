# Generated from facade/cfimages/_async/resumable.py by `make generate`. Do not edit.
"""Walks whose state can be saved, and continued in another process on another day."""

from typing import Any, Generic, Self

from cfimages._sync.calls import Calls
from cfimages._sync.pages import Pages
from cfimages._sync.walks import begin
from cfimages.errors import APIStatusError
from cfimages.listing.page import Page, T
from cfimages.listing.progress import Progress


class ResumableWalk(Generic[T]):
    """One walk over a listing, page by page, which `images.resume(walk.state)` can continue later.

    Save `state` after you have processed a page: pages after the saved one are returned again. If the saved token has
    expired, the walk starts over, skips what it has returned before, and logs a warning.

    Raises:
        APIError: While iterating. The next call asks for the same page again.
        PaginationError: While iterating, if the pages of the service repeat themselves.
    """

    def __init__(self, calls: Calls, progress: Progress) -> None:
        self._calls = calls
        self._progress = progress
        self._pages: Pages[Any] | None = None  # of images: only list() can be resumed
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

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Page[T]:
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
                    self._arrived = self._pages.__next__()
            except APIStatusError as error:
                if not progress.recover(error):
                    raise
                self.close()
            else:
                page = progress.advance(self._arrived)
                self._arrived = None
                return page
        self.close()
        raise StopIteration

    def close(self) -> None:
        """Cancel the requests in progress. The walk can continue afterwards."""
        pages, self._pages, self._arrived = self._pages, None, None
        if pages:
            pages.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(count={self.count}, last={self.last!r}, finished={self.finished})"
