"""A whole listing from both of its ends at once, in half the time.

One walk begins where the caller begins and gives its pages as they come. The other comes the opposite way and is
kept. Between them everything has been seen once the first has gone *strictly* beyond the second in upload time:
then every image lies behind the one or behind the other. Equal is not enough, since neither may have seen all
images of that one moment. Of the far walk, only what the near one has not reached is left to show.

Where the far walk began with the newest images, others have been uploaded since, which the near one would have come to
in the end. So that end is looked at once more: together with the page of the near walk that seems to be the last, and
again later should it not have been.

The far walk is a page ahead of the near one: else the pages of both would arrive at the same moment, and one would wait
for the other to be read. Towards the end it stops as soon as what is under way seems enough.
"""

import asyncio
import logging
import operator
from bisect import bisect_right
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from itertools import accumulate, groupby
from typing import Generic

import attrs

from cfimages.pagination import AsyncPages, ItemT, LazyItems, Page, Pages, Walk
from cfimages.prefetch import abandon, workers

logger = logging.getLogger("cfimages")


Fetch = Callable[[str | None], Page[ItemT]]
AsyncFetch = Callable[[str | None], Awaitable[Page[ItemT]]]

_Pair = tuple[Page[ItemT], Page[ItemT]]
"""A page of the far end as it came, and as it is to be kept."""

_AHEAD = 2
"""Pages of the far end under way or ready: the one that is wanted next, and one more."""


@attrs.define
class _Side(Generic[ItemT]):
    """How far one of the two walks has come."""

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

    def began_before(self, item: ItemT) -> bool:
        """Whether an image comes strictly behind the first moment that this walk has seen."""
        return bool(self.first and item.uploaded and self.is_beyond(item.uploaded, self.first))

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
        self._held: tuple[int, tuple[ItemT, ...]] = (-1, ())
        """The page that was last asked for by number: to read it for each image would take for ever."""

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __iter__(self) -> Iterator[ItemT]:
        for page in self._pages:
            yield from reversed(page)

    def __reversed__(self) -> Iterator[ItemT]:
        for page in reversed(self._pages):
            yield from page

    def _item(self, place: int) -> ItemT:
        number = bisect_right(self._ends, place)
        if self._held[0] != number:
            self._held = number, tuple(self._pages[number])
        return self._held[1][self._ends[number] - 1 - place]


class _Meeting(Generic[ItemT]):
    """What to ask next from either end, and when that was all. Neither fetches nor waits."""

    def __init__(
        self, near: Walk[ItemT], far: Walk[ItemT], again: Callable[[], Walk[ItemT]], *, descending: bool
    ) -> None:
        self._resumed = near.token is not None
        self._near_walk, self._far_walk = near, far
        self._near = _Side[ItemT](descending)
        self._far = _Side[ItemT](not descending)
        self._far_finished = False
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
        return self.met or self._near_walk.finished

    def next_far(self, under_way: int) -> Walk[ItemT] | None:
        """The walk to ask next at the far end, of which so many pages are under way; None if that is enough."""
        if self._far_finished or self._looks_early or not self._in_order:
            return None
        if not self._seems_enough(under_way):
            return self._far_walk
        if under_way or not self._may_look_early:
            return None
        self._may_look_early, self._looks_early = False, True
        return self._again

    def _seems_enough(self, under_way: int) -> bool:
        """Whether the two meet with the near walk's next page, or with one more for each that is under way."""
        near, far = self._near, self._far
        if not near.reached or not far.reached:
            return False
        return abs(far.reached - near.reached) < near.stride + under_way * (near.stride + far.stride)

    def take(self, page: Page[ItemT], far: _Pair[ItemT] | None) -> Page[ItemT]:
        """Go on behind a page from each end; gives what to show now."""
        in_order = self._near.follow(page)
        if far and self._looks_early:
            self.take_again(*far)
        elif far:
            far_page, kept = far
            in_order = self._far.follow(far_page) and in_order
            self._kept.append((self._far.reached, kept.items))
            self._far_finished = not kept.next_token
        if self._in_order and not in_order:
            logger.warning("the service does not sort this listing by upload time: it is walked from one end only")
            self._in_order = False
            self._kept.clear()
        shown = self._near_walk.take(page)
        self.met = self._in_order and not self._near_walk.finished and self._has_met()
        if self._looks_early and not self.met:  # too early: more may be uploaded until they meet
            self._looks_early = self._seen_again = False
            self._again = self._begin_again()
            self._late.clear()
        return shown

    def _has_met(self) -> bool:
        near, far = self._near, self._far
        if self._resumed and not (near.reached and near.first and near.is_beyond(near.reached, near.first)):
            return False  # of its first moment, images before the place to resume at are not to be shown again
        if self._far_finished:
            return True
        return bool(near.reached and far.reached and near.is_beyond(near.reached, far.reached))

    def next_late(self) -> Walk[ItemT] | None:
        """The walk to ask for what was uploaded meanwhile, once the two have met; None if all of that is there."""
        return self._again if self.met and not self._seen_again else None

    def take_again(self, page: Page[ItemT], kept: Page[ItemT]) -> None:
        """Go on behind a page of the second look."""
        self._late.append(tuple(filter(self._far.came_too_late, kept.items)))
        self._seen_again = self._again.finished or any(map(self._far.began_before, page.items))

    def rest(self) -> Page[ItemT]:
        """What the near walk has not reached, as one last page."""
        late = [tuple(filter(self._is_left, items)) for items in self._late]
        kept = [self._left_of(reached, items) for reached, items in self._kept]
        return Page(_Rest([*late, *kept][::-1]), self._near_walk.token, None)

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

    def ask(walk: Walk[ItemT]) -> _Pair[ItemT] | None:
        if walk.finished:
            return None
        walk.finished = True  # until there is a page: after an error, what has been submitted asks for nothing more
        with walk.asking() as token:
            page = fetch_far(token)
        return page, walk.take(page)

    with workers(1) as threads:
        context = threads.context()
        coming: deque[Future[_Pair[ItemT] | None]] = deque()
        while not meeting.over:
            while len(coming) < _AHEAD and (walk := meeting.next_far(len(coming))):
                coming.append(threads.submit(context, ask, walk))
            with near.asking() as token:
                page = fetch(token)
                far_pair = coming.popleft().result() if coming else None
            yield meeting.take(page, far_pair)
        while again_walk := meeting.next_late():
            with near.asking(), again_walk.asking() as token:
                page = fetch_far(token)
                meeting.take_again(page, again_walk.take(page))
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
    turn = asyncio.Lock()  # fair, so that the tasks ask in order

    async def ask(walk: Walk[ItemT]) -> _Pair[ItemT] | None:
        async with turn:
            if walk.finished:
                return None
            walk.finished = True  # as above
            with walk.asking() as token:
                page = await fetch_far(token)
            return page, walk.take(page)

    coming: deque[asyncio.Task[_Pair[ItemT] | None]] = deque()
    try:
        while not meeting.over:
            while len(coming) < _AHEAD and (walk := meeting.next_far(len(coming))):
                coming.append(asyncio.create_task(ask(walk)))
            with near.asking() as token:
                page = await fetch(token)
                far_pair = await coming[0] if coming else None
            if coming:
                coming.popleft()
            yield meeting.take(page, far_pair)
        while again_walk := meeting.next_late():
            with near.asking(), again_walk.asking() as token:
                page = await fetch_far(token)
                meeting.take_again(page, again_walk.take(page))
    finally:
        await abandon(coming)
    if meeting.met:
        yield meeting.rest()
