"""Walk a listing from both ends, or several listings side by side."""

from collections import deque
from collections.abc import Iterator, Mapping
from functools import partial

from cfimages._async.lifetime import AsyncLifetime
from cfimages._async.pages import AsyncPages, Fetch, first_result
from cfimages.listing.both_ends import Meeting
from cfimages.listing.merge import Merge
from cfimages.listing.page import Page
from cfimages.listing.part import ItemT
from cfimages.listing.walk import Walk
from cfimages.parallel import tasks

_AHEAD = 2
"""Pages of the far end under way or ready: with one alone, both ends would be read at the same time."""


class AsyncBothEndsPages(AsyncPages[ItemT]):
    """Walk a listing from its beginning and from its end at the same time."""

    def __init__(
        self,
        meeting: Meeting[ItemT],
        fetch: Fetch[ItemT],
        per_page: int,
        workers: tasks.Workers,
        lifetime: AsyncLifetime,
    ) -> None:
        self._lifetime: AsyncLifetime = lifetime
        self._meeting = meeting
        self._fetch = fetch
        self._per_page = per_page
        self._workers = workers
        self._far: deque[tasks.Work[tuple[Page[ItemT], Page[ItemT]] | None]] = deque()
        self._far_page: tuple[Page[ItemT], Page[ItemT]] | None = None
        self._rest: Iterator[Page[ItemT]] | None = None

    async def next_page(self) -> Page[ItemT] | None:
        """Return the next page, or None after the last one."""
        self._lifetime.check()
        meeting = self._meeting
        if not meeting.finished:
            return await self._next_pair()
        if self._rest is None:
            if not meeting.met:
                return None
            while late := meeting.next_late():
                with meeting.near.asking():
                    meeting.advance_late(*await self._ask(late))
            self._rest = iter(meeting.rest(self._per_page))
        return next(self._rest, None)

    async def _next_pair(self) -> Page[ItemT]:
        meeting = self._meeting
        while len(self._far) < _AHEAD and (walk := meeting.next_far(len(self._far))):
            self._far.append(tasks.Work(partial(self._ask_unless_finished, walk), self._workers))
        for work in self._far:  # also those whose start was interrupted
            work.start()
        with meeting.near.asking() as token:
            page = await self._fetch(meeting.near.part, token)
            if self._far and self._far_page is None:
                self._far_page = await first_result(self._far, self._lifetime)
        shown = meeting.advance(page, self._far_page)
        self._far_page = None  # only now: after an error the same pair of pages is asked for
        return shown

    async def _ask(self, walk: Walk[ItemT]) -> tuple[Page[ItemT], Page[ItemT]]:
        """Return the next page of a walk as it came, and as the walk shows it."""
        with walk.asking() as token:
            page = await self._fetch(walk.part, token)
        return page, walk.advance(page)

    async def _ask_unless_finished(self, walk: Walk[ItemT]) -> tuple[Page[ItemT], Page[ItemT]] | None:
        return None if walk.finished else await self._ask(walk)


class AsyncMergedPages(AsyncPages[ItemT]):
    """Merge several listings by upload time."""

    def __init__(
        self, merge: Merge[ItemT], sources: Mapping[int, AsyncPages[ItemT]], lifetime: AsyncLifetime | None
    ) -> None:
        self._lifetime = lifetime
        self._merge = merge
        self._sources = sources

    async def next_page(self) -> Page[ItemT] | None:
        """Return the next page, or None after the last one."""
        merge = self._merge
        if merge.finished:
            return None
        for source in self._sources.values():
            source.start()
        with merge.asking():
            while (number := merge.wanted()) is not None:
                page = await self._sources[number].next_page()
                assert page is not None  # noqa: S101 - narrows the type: a walk that has ended is not wanted
                merge.advance(number, page)
        return merge.emit()
