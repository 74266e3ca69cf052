"""A whole listing from both of its ends at once, in half the time.

One walk begins where the caller begins and gives its pages as they come. The other comes the opposite way and is
kept. Between them everything has been seen once the first has gone *strictly* beyond the second in upload time:
then every image lies behind the one or behind the other. Equal is not enough, since neither may have seen all
images of that one moment. Of the far walk, only what the near one has not reached is left to show.

Where the far walk began with the newest images, others have been uploaded since, which the near one would have come to
in the end. So that end is looked at once more.
"""

import asyncio
import logging
import operator
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Generic

import attrs

from cfimages.pagination import AsyncPages, ItemT, Page, Pages, Walk
from cfimages.prefetch import workers

logger = logging.getLogger("cfimages")


Fetch = Callable[[str | None], Page[ItemT]]
AsyncFetch = Callable[[str | None], Awaitable[Page[ItemT]]]


@attrs.define
class _Side(Generic[ItemT]):
    """One of the two walks, and how far it has come."""

    walk: Walk[ItemT]
    descending: bool
    first: datetime | None = None
    first_ids: set[str] = attrs.field(factory=set)
    """The images of the moment where it began."""
    reached: datetime | None = None
    ids: set[str] = attrs.field(factory=set)
    """The images of the moment that was reached."""

    def follow(self, page: Page[ItemT]) -> bool:
        """Note how far a page goes; whether it is in the order of upload, as everything here depends on."""
        moments = [moment for item in page.items if (moment := item.uploaded) is not None]
        passed = moments if self.reached is None else [self.reached, *moments]
        in_order = operator.ge if self.descending else operator.le
        if len(moments) < len(page.items) or not all(map(in_order, passed, passed[1:])):
            return False
        if moments:
            if moments[-1] != self.reached:
                self.reached = moments[-1]
                self.ids.clear()
            self.ids.update(_at(moments[-1], page, moments))
            self.first = self.first or moments[0]
            if moments[0] == self.first:
                self.first_ids.update(_at(moments[0], page, moments))
        return True

    def began_behind(self, item: ItemT) -> bool:
        """Whether an image comes strictly before all that this walk has seen."""
        return not self.first or bool(item.uploaded and self.is_beyond(self.first, item.uploaded))

    def came_too_late(self, item: ItemT) -> bool:
        """Whether an image was not there yet where this walk began."""
        return self.began_behind(item) or (item.uploaded == self.first and item.id not in self.first_ids)

    def is_beyond(self, moment: datetime, other: datetime) -> bool:
        """Whether a moment comes strictly later in this walk than another."""
        return moment < other if self.descending else moment > other


def _at(moment: datetime, page: Page[ItemT], moments: list[datetime]) -> Iterator[str]:
    """The images of one moment."""
    return (item.id for item, other in zip(page.items, moments, strict=True) if other == moment)


class _Meeting(Generic[ItemT]):
    """What to ask next from either end, and when that was all. Neither fetches nor waits."""

    def __init__(self, near: Walk[ItemT], far: Walk[ItemT], again: Walk[ItemT], *, descending: bool) -> None:
        self._resumed = near.token is not None
        self._near = _Side(near, descending)
        self._far = _Side(far, not descending)
        self._again = again
        self._late: list[tuple[ItemT, ...]] = []
        self._seen_again = descending  # what is uploaded meanwhile is then where the near walk began
        self._kept: list[tuple[ItemT, ...]] = []
        self._in_order = True
        self.met = False
        """Whether all that the near walk has not reached is kept from the far one."""

    @property
    def over(self) -> bool:
        """Whether there is nothing more to ask."""
        return self.met or self._near.walk.finished

    @property
    def goes_both_ways(self) -> bool:
        """Whether there is something to ask from the far end."""
        return self._in_order and not self._far.walk.finished

    @contextmanager
    def asking(self) -> Iterator[tuple[str | None, str | None]]:
        """The tokens to ask with; an error of either carries that of the near walk as `resume_token`."""
        with self._near.walk.asking() as token:
            if self.goes_both_ways:
                with self._far.walk.asking() as far_token:
                    yield token, far_token
            else:
                yield token, None

    def take(self, page: Page[ItemT], far_page: Page[ItemT] | None) -> Page[ItemT]:
        """Go on behind a page from each end; gives what to show now."""
        in_order = self._near.follow(page)
        if far_page is not None:
            in_order = self._far.follow(far_page) and in_order
            self._kept.append(self._far.walk.take(far_page).items)
        if self._in_order and not in_order:
            logger.warning("the service does not sort this listing by upload time: it is walked from one end only")
            self._in_order = False
            self._kept.clear()
        shown = self._near.walk.take(page)
        self.met = self._in_order and not self._near.walk.finished and self._has_met()
        return shown

    def _has_met(self) -> bool:
        near, far = self._near, self._far
        if self._resumed and not (near.reached and near.first and near.is_beyond(near.reached, near.first)):
            return False  # of its first moment, images before the place to resume at are not to be shown again
        if far.walk.finished:
            return True
        return bool(near.reached and far.reached and near.is_beyond(near.reached, far.reached))

    @property
    def looks_again(self) -> bool:
        """Whether the far end is to be looked at again, for what was uploaded meanwhile."""
        return self.met and not self._seen_again

    @contextmanager
    def asking_again(self) -> Iterator[str | None]:
        """The token to ask with at the far end; errors as in `asking`."""
        with self._near.walk.asking(), self._again.asking() as token:
            yield token

    def take_again(self, page: Page[ItemT]) -> None:
        """Go on behind a page of the second look."""
        self._late.append(tuple(filter(self._far.came_too_late, self._again.take(page).items)))
        self._seen_again = self._again.finished or not all(map(self._far.began_behind, page.items))

    def rest(self) -> Page[ItemT]:
        """What the near walk has not reached, as one last page."""
        near = self._near
        items = (item for page in reversed([*self._late, *self._kept]) for item in reversed(page))
        left = tuple(item for item in items if self._is_left(item))
        return Page(left, near.walk.token, None)

    def _is_left(self, item: ItemT) -> bool:
        near, uploaded = self._near, item.uploaded
        if near.reached is None or uploaded is None:
            return True
        return not near.is_beyond(near.reached, uploaded) and item.id not in near.ids


def from_both_ends(
    near: Walk[ItemT],
    far: Walk[ItemT],
    again: Walk[ItemT],
    fetch: Fetch[ItemT],
    fetch_far: Fetch[ItemT],
    *,
    descending: bool,
) -> Pages[ItemT]:
    """The pages of the near walk while the two come together, then all the rest as one page.

    `again` is another walk from the far end, and `descending` the order of the near one. If the pages are not in the
    order of upload, the near walk goes on alone, and the log says so. Tokens and errors are those of the near walk.
    """
    meeting = _Meeting(near, far, again, descending=descending)
    with workers(1) as threads:
        context = threads.context()
        while not meeting.over:
            with meeting.asking() as (token, far_token):
                coming = threads.submit(context, fetch_far, far_token) if meeting.goes_both_ways else None
                page = fetch(token)
                far_page = coming.result() if coming else None
            yield meeting.take(page, far_page)
    while meeting.looks_again:
        with meeting.asking_again() as token:
            page = fetch_far(token)
        meeting.take_again(page)
    if meeting.met:
        yield meeting.rest()


async def async_from_both_ends(
    near: Walk[ItemT],
    far: Walk[ItemT],
    again: Walk[ItemT],
    fetch: AsyncFetch[ItemT],
    fetch_far: AsyncFetch[ItemT],
    *,
    descending: bool,
) -> AsyncPages[ItemT]:
    """As `from_both_ends`."""
    meeting = _Meeting(near, far, again, descending=descending)
    while not meeting.over:
        with meeting.asking() as (token, far_token):
            coming = asyncio.ensure_future(fetch_far(far_token)) if meeting.goes_both_ways else None
            try:
                page = await fetch(token)
                far_page = await coming if coming else None
            finally:
                if coming:
                    coming.cancel()
                    await asyncio.gather(coming, return_exceptions=True)
        yield meeting.take(page, far_page)
    while meeting.looks_again:
        with meeting.asking_again() as token:
            page = await fetch_far(token)
        meeting.take_again(page)
    if meeting.met:
        yield meeting.rest()
