"""A whole listing from both of its ends at once, in half the time.

One walk begins where the caller begins and gives its pages as they come. The other comes the opposite way and is
kept. Between them everything has been seen once the first has gone *strictly* beyond the second in upload time:
then every image lies behind the one or behind the other. Equal is not enough, since neither may have seen all
images of that one moment. Of the far walk, only what the near one has not reached is left to show.

Where the far walk began with the newest images, others have been uploaded since, which the near one would have come to
in the end. So that end is looked at once more: as soon as one more page of the near walk seems to be the last, together
with it, and again later should it not have been.
"""

import asyncio
import logging
import operator
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import accumulate, groupby
from typing import Generic

import attrs

from cfimages.pagination import AsyncPages, ItemT, LazyItems, Page, Pages, Walk
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
    stride: timedelta = timedelta(0)
    """How much of that the last page was."""
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
            self.stride = abs(passed[-1] - passed[0])
            if moments[-1] != self.reached:
                self.reached = moments[-1]
                self.ids.clear()
            self.ids.update(_leading(reversed(page.items), reversed(moments)))
            self.first = self.first or moments[0]
            if moments[0] == self.first:
                self.first_ids.update(_leading(page.items, moments))
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


def _leading(items: Iterable[ItemT], moments: Iterable[datetime]) -> Iterator[str]:
    """The images of the first moment."""
    pairs = zip(items, moments, strict=True)
    return (item.id for item, _ in next(group for _, group in groupby(pairs, key=operator.itemgetter(1))))


class _Rest(LazyItems[ItemT]):
    """What pages of the far walk have, from the last image of the first page on."""

    def __init__(self, pages: Sequence[Sequence[ItemT]]) -> None:
        self._pages = pages
        self._ends = list(accumulate(map(len, pages)))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __iter__(self) -> Iterator[ItemT]:
        for page in self._pages:
            yield from reversed(page)

    def _item(self, place: int) -> ItemT:
        number = bisect_right(self._ends, place)
        return self._pages[number][self._ends[number] - 1 - place]


class _Meeting(Generic[ItemT]):
    """What to ask next from either end, and when that was all. Neither fetches nor waits."""

    def __init__(
        self, near: Walk[ItemT], far: Walk[ItemT], again: Callable[[], Walk[ItemT]], *, descending: bool
    ) -> None:
        self._resumed = near.token is not None
        self._near = _Side(near, descending)
        self._far = _Side(far, not descending)
        self._begin_again = again
        self._again = again()
        self._late: list[Sequence[ItemT]] = []
        self._may_look_early = not descending
        self._looks_early = False
        self._seen_again = descending  # what is uploaded meanwhile is then where the near walk began
        self._kept: list[tuple[datetime | None, Sequence[ItemT]]] = []
        """The pages of the far walk, and how far each goes."""
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
                with self._opposite().asking() as far_token:
                    yield token, far_token
            else:
                yield token, None

    def _opposite(self) -> Walk[ItemT]:
        """The walk to ask at the far end together with the near one."""
        near, far = self._near, self._far
        if self._may_look_early and near.reached and far.reached and abs(far.reached - near.reached) < near.stride:
            self._may_look_early, self._looks_early = False, True
        return self._again if self._looks_early else far.walk

    def take(self, page: Page[ItemT], far_page: Page[ItemT] | None) -> Page[ItemT]:
        """Go on behind a page from each end; gives what to show now."""
        in_order = self._near.follow(page)
        if far_page is not None and self._looks_early:
            self.take_again(far_page)
        elif far_page is not None:
            in_order = self._far.follow(far_page) and in_order
            self._kept.append((self._far.reached, self._far.walk.take(far_page).items))
        if self._in_order and not in_order:
            logger.warning("the service does not sort this listing by upload time: it is walked from one end only")
            self._in_order = False
            self._kept.clear()
        shown = self._near.walk.take(page)
        self.met = self._in_order and not self._near.walk.finished and self._has_met()
        if self._looks_early and not self.met:  # too early: more may be uploaded until they meet
            self._looks_early = self._seen_again = False
            self._again = self._begin_again()
            self._late.clear()
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
        late = [tuple(filter(self._is_left, items)) for items in self._late]
        kept = [self._left_of(reached, items) for reached, items in self._kept]
        return Page(_Rest([*late, *kept][::-1]), self._near.walk.token, None)

    def _left_of(self, reached: datetime | None, items: Sequence[ItemT]) -> Sequence[ItemT]:
        """What the near walk has not come to of a page of the far one, which goes so far."""
        near = self._near
        if near.reached is None or (reached and near.is_beyond(reached, near.reached)):
            return items  # all of it, without reading it
        return tuple(filter(self._is_left, items))

    def _is_left(self, item: ItemT) -> bool:
        near, uploaded = self._near, item.uploaded
        if near.reached is None or uploaded is None:
            return True
        return not near.is_beyond(near.reached, uploaded) and item.id not in near.ids


def from_both_ends(
    near: Walk[ItemT],
    far: Walk[ItemT],
    again: Callable[[], Walk[ItemT]],
    fetch: Fetch[ItemT],
    fetch_far: Fetch[ItemT],
    *,
    descending: bool,
) -> Pages[ItemT]:
    """The pages of the near walk while the two come together, then all the rest as one page.

    `again` begins another walk from the far end; `descending` is the order of the near one. If the pages are not in the
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
    again: Callable[[], Walk[ItemT]],
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
