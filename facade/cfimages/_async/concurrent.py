"""Walk a listing from both ends, or several listings side by side."""

from collections.abc import Mapping
from functools import partial

from cfimages._async.lifetime import AsyncLifetime
from cfimages._async.lookahead import AsyncLookahead
from cfimages._async.pages import AsyncPages, AsyncWalkPages, Fetch
from cfimages.listing.both_ends import BothEnds
from cfimages.listing.merge import Merge
from cfimages.listing.page import ItemT, Page

_FAR_PAGES = 2
"""Pages of the far end to have in progress or ready.

Two let the far end run a page ahead. With one, the pages of both ends arrive at the same time, and one waits until the
other is parsed."""


class AsyncBothEndsPages(AsyncPages[ItemT]):
    """Walk a listing from its beginning and from its end at the same time, also while the caller works on a page."""

    def __init__(
        self,
        ends: BothEnds[ItemT],
        fetch: Fetch[ItemT],
        per_page: int,
        lifetime: AsyncLifetime,
    ) -> None:
        self._lifetime = lifetime
        self._ends = ends
        self._fetch = fetch
        self._per_page = per_page
        self._near_workers = lifetime.workers(1)
        self._near: tuple[int, AsyncLookahead[Page[ItemT]]] | None = None
        """How many pages of the near walk had arrived, and what fetches the next one."""
        self._far: AsyncLookahead[Page[ItemT] | None]
        self._far = AsyncLookahead(AsyncWalkPages(ends.far, fetch).next_page, lifetime.workers(1))
        self._late: AsyncPages[ItemT] = AsyncWalkPages(ends.late, fetch)
        # Left here by an interruption, for the next call:
        self._emitted: tuple[Page[ItemT], bool] | None = None
        """A page to return, and whether the first far page has been used for it."""
        self._arrived: Page[ItemT] | None = None
        """A page of the late walk that `ends` does not have yet."""

    def drop_failed(self) -> None:
        """Forget the requests ahead that have failed, so that they are sent again."""
        self._far.drop_failed()
        if self._near:
            self._near[1].drop_failed()

    async def next_page(self) -> Page[ItemT] | None:
        """Return the next page, or None after the last one."""
        ends = self._ends
        if self._emitted or not ends.finished:
            return await self._next_pair()
        if not ends.met:
            return None
        while ends.needs_late:
            if self._arrived is None:
                self._arrived = await self._late.next_page()
            assert self._arrived is not None  # noqa: S101 - narrows the type: no page is needed of a walk at its end
            ends.advance_late(self._arrived)
            self._arrived = None
        return ends.next_rest(self._per_page)

    async def _next_pair(self) -> Page[ItemT]:
        """Fetch a page from each end, and return the one to emit."""
        if not self._emitted:
            ends = self._ends
            count = self._far.count
            while count < _FAR_PAGES and ends.needs_far(count):
                count += 1
            self._far.fill(count)
            ends.near.ask()  # raises PaginationError for pages that go in a circle
            page = await self._ask_near().first()
            far = await self._far.first() if count else None
            self._emitted = ends.advance(page, far), count > 0
        if not self._ends.finished:
            self._ask_near()
        emitted, has_used_far = self._emitted
        if has_used_far:
            self._far.remove_first()
        self._emitted = None
        return emitted

    def _ask_near(self) -> AsyncLookahead[Page[ItemT]]:
        """Start to fetch the next page of the near walk, unless that is under way."""
        near = self._ends.near
        if self._near is None or self._near[0] != near.state.pages:
            fetch = partial(self._fetch, near.part, near.state.position.token)
            self._near = near.state.pages, AsyncLookahead(fetch, self._near_workers)
        self._near[1].fill(1)
        return self._near[1]


class AsyncMergedPages(AsyncPages[ItemT]):
    """Merge several listings by upload time."""

    def __init__(
        self, merge: Merge[ItemT], sources: Mapping[int, AsyncPages[ItemT]], lifetime: AsyncLifetime | None
    ) -> None:
        self._lifetime = lifetime
        self._merge = merge
        self._sources = sources
        self._arrived: Page[ItemT] | None = None
        """A page that `merge` does not have yet. It is left here by an interruption."""

    def drop_failed(self) -> None:
        """Forget the requests ahead that have failed, so that they are sent again."""
        for source in self._sources.values():
            source.drop_failed()

    async def next_page(self) -> Page[ItemT] | None:
        """Return the next page, or None after the last one."""
        merge = self._merge
        if merge.finished:
            return None
        for source in self._sources.values():
            source.start()
        while (number := merge.wanted()) is not None:
            if self._arrived is None:
                self._arrived = await self._sources[number].next_page()
            assert self._arrived is not None  # noqa: S101 - narrows the type: no page is wanted of a walk at its end
            merge.advance(number, self._arrived)
            self._arrived = None
        return merge.emit()
