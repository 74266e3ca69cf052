"""A whole listing from both of its ends, in half the time: which page to ask for next, and when that was all.

The near walk begins where the user begins, and its pages are emitted as they come. The far walk goes in the opposite
order, and its pages are kept. Everything has been seen once the near walk has gone *strictly* beyond the far one in
upload time: then every image has been passed by one of them. Equal is not enough, since neither may have seen all
images of that moment. Then the images that the near walk has not reached are emitted, in pages.

A far walk that begins with the newest images misses those that are uploaded meanwhile, which the near walk would have
come to in the end. So that end is looked at once more: together with the page of the near walk that seems to be the
last, and again later if it was not.

The far walk is a page ahead of the near one: otherwise the pages of both would arrive at the same moment, and one
would wait for the other to be parsed. It stops as soon as what is under way seems enough.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby, islice
from operator import ge, itemgetter, le
from typing import Generic

import attrs

from cfimages.listing.page import Page
from cfimages.listing.part import ItemT, Part
from cfimages.listing.position import Position, comes_before
from cfimages.listing.walk import Walk

logger: logging.Logger = logging.getLogger("cfimages")

FarPage = tuple[Page[ItemT], Page[ItemT]]
"""A page from the far end: as it was fetched, and as `Walk.advance` returned it."""


@attrs.define
class _Side(Generic[ItemT]):
    """How far one of the two walks has come."""

    descending: bool
    first: datetime | None = None
    """Upload time of the first image."""
    first_ids: set[str] = attrs.field(factory=set)
    """The images of that moment."""
    reached: datetime | None = None
    """Upload time of the last image."""
    ids: set[str] = attrs.field(factory=set)
    """The images of that moment."""
    stride: timedelta = timedelta(0)
    """The time between the first and the last image of the last page."""

    def copy(self) -> "_Side[ItemT]":
        """Return a copy that can follow a page without a change here."""
        return attrs.evolve(self, first_ids=set(self.first_ids), ids=set(self.ids))

    def follow(self, page: Page[ItemT]) -> bool:
        """Note how far a page goes. Return whether it is sorted by upload time, on which everything here depends."""
        moments = [moment for item in page.items if (moment := item.uploaded) is not None]
        passed = moments if self.reached is None else [self.reached, *moments]
        in_order = ge if self.descending else le
        if len(moments) < len(page.items) or not all(map(in_order, passed, passed[1:])):
            return False
        if moments:
            self.stride = abs(passed[-1] - passed[0])
            if moments[-1] != self.reached:
                self.reached = moments[-1]
                self.ids.clear()
            self.ids.update(_leading_ids(reversed(page.items), reversed(moments)))
            self.first = self.first or moments[0]
            if moments[0] == self.first:
                self.first_ids.update(_leading_ids(page.items, moments))
        return True

    def is_beyond(self, moment: datetime, other: datetime) -> bool:
        """Return whether a moment comes strictly later in this walk than another."""
        return comes_before(other, moment, descending=self.descending)

    def started_before(self, item: ItemT) -> bool:
        """Return whether an image comes strictly later than the first moment of this walk."""
        return bool(self.first and item.uploaded and self.is_beyond(item.uploaded, self.first))

    def missed(self, item: ItemT) -> bool:
        """Return whether an image was not there yet when this walk started."""
        if self.first is None:
            return True
        if item.uploaded == self.first:
            return item.id not in self.first_ids
        return item.uploaded is not None and self.is_beyond(self.first, item.uploaded)


def _leading_ids(items: Iterable[ItemT], moments: Iterable[datetime]) -> Iterator[str]:
    """Yield the ids of the images of the first moment."""
    pairs = zip(items, moments, strict=True)
    return (item.id for item, _ in next(group for _, group in groupby(pairs, key=itemgetter(1))))


class Meeting(Generic[ItemT]):
    """The state of one pass over a listing from both ends. It neither fetches nor waits.

    Ask for pages of `near` and of `next_far`, and `advance` with each pair, until `finished`. Then ask for pages of
    `next_late` until that is None. If the ends have `met`, emit the `rest`. If the service does not sort by upload
    time, the near walk goes on alone, and the log says so. Tokens are those of the near walk.

    Args:
        part: The listing.
        far_part: The same listing in the opposite order.
        start: The user's token at which the near walk begins. Raises InvalidArgumentError for a bad one.
    """

    def __init__(self, part: Part[ItemT], far_part: Part[ItemT], start: str | None) -> None:
        self.near: Walk[ItemT] = Walk(part, start)
        """The walk from the user's end."""
        self.met: bool = False
        """Whether all that the near walk has not reached has been kept from the far one."""
        self._resumed = start is not None
        self._far_part = far_part
        self._far = Walk(far_part, None)
        self._late = Walk(far_part, None)
        """The second look at the far end."""
        self._near_side = _Side[ItemT](part.descending)
        self._far_side = _Side[ItemT](not part.descending)
        self._far_finished = False
        self._in_order = True
        self._may_look_early = not part.descending
        self._looks_early = False
        self._has_looked = part.descending  # what is uploaded meanwhile then precedes the start of the near walk
        self._late_items: list[Sequence[ItemT]] = []
        self._kept: list[tuple[datetime | None, Sequence[ItemT]]] = []
        """The items of each page of the far walk, and how far it goes."""

    @property
    def finished(self) -> bool:
        """Whether no page of the near walk is needed any more."""
        return self.met or self.near.finished

    def next_far(self, under_way: int) -> Walk[ItemT] | None:
        """Return the walk to ask next at the far end, of which so many pages are under way; None if that is enough."""
        if self._far_finished or self._looks_early or not self._in_order:
            return None
        if not self._seems_enough(under_way):
            return self._far
        if under_way or not self._may_look_early:
            return None
        self._may_look_early, self._looks_early = False, True
        return self._late

    def _seems_enough(self, under_way: int) -> bool:
        """Return whether the ends meet with the next page of the near walk, or one more for each that is under way."""
        near, far = self._near_side, self._far_side
        if not near.reached or not far.reached:
            return False
        return abs(far.reached - near.reached) < near.stride + under_way * (near.stride + far.stride)

    def advance(self, page: Page[ItemT], far: FarPage[ItemT] | None) -> Page[ItemT]:
        """Continue after a page from each end. Return what to emit now.

        Raises PaginationError as `Walk.advance`; then neither page counts.
        """
        near_state, emitted = self.near.follow(page)
        near_side, far_side = self._near_side.copy(), self._far_side.copy()
        in_order = near_side.follow(page)
        kept = None
        if far and not self._looks_early:
            fetched, kept = far
            in_order = far_side.follow(fetched) and in_order
        # From here on nothing takes long, so that an interruption hardly comes between.
        self.near.state = near_state
        self._near_side, self._far_side = near_side, far_side
        if far and self._looks_early:
            self.advance_late(*far)
        elif kept is not None:
            self._kept.append((far_side.reached, kept.items))
            self._far_finished = kept.next_token is None  # the walk itself may be further: a page is under way
        if self._in_order and not in_order:
            logger.warning("the service does not sort this listing by upload time: it is walked from one end only")
            self._in_order = False
            self._kept.clear()
        self.met = self._in_order and not self.near.finished and self._has_met()
        if self._looks_early and not self.met:  # too early: more may be uploaded until the ends meet
            self._looks_early = self._has_looked = False
            self._late = Walk(self._far_part, None)
            self._late_items.clear()
        return emitted

    def _has_met(self) -> bool:
        near, far = self._near_side, self._far_side
        if self._resumed and not (near.reached and near.first and near.is_beyond(near.reached, near.first)):
            return False  # images of the first moment may precede the start: they must not be emitted again
        if self._far_finished:
            return True
        return bool(near.reached and far.reached and near.is_beyond(near.reached, far.reached))

    def next_late(self) -> Walk[ItemT] | None:
        """Return the walk to ask for what was uploaded meanwhile, once the ends have met; None if that is done."""
        return self._late if self.met and not self._has_looked else None

    def advance_late(self, page: Page[ItemT], kept: Page[ItemT]) -> None:
        """Continue after a page of the second look: as it was fetched, and as `Walk.advance` returned it."""
        self._late_items.append(tuple(filter(self._far_side.missed, kept.items)))
        self._has_looked = kept.next_token is None or any(map(self._far_side.started_before, page.items))

    def rest(self, per_page: int) -> Iterator[Page[ItemT]]:
        """Yield what the near walk has not reached, in pages whose tokens any listing of these arguments understands.

        There is at least one page. What has been yielded is not kept: call this once.
        """
        items = self._unreached()
        position, token = self._position(), self.near.token
        batch = tuple(islice(items, per_page))
        while True:
            following = tuple(islice(items, per_page))
            position = position.after(batch)
            next_token = position.encode() if following else None
            yield Page(batch, token, next_token)
            if not following:
                return
            batch, token = following, next_token

    def _position(self) -> Position:
        """Return where the rest begins: at the token of the near walk, after the last image that it has passed."""
        position, near = self.near.position, self._near_side
        if near.reached is None or (position.moment and near.is_beyond(position.moment, near.reached)):
            return position
        ids = near.ids | position.ids if near.reached == position.moment else near.ids
        return Position(position.token, near.reached, frozenset(ids))

    def _unreached(self) -> Iterator[ItemT]:
        """Yield the images that neither precede the start nor have been passed by the near walk, in its order."""
        position = self._position()
        pages = [*((None, items) for items in self._late_items), *self._kept]
        self._late_items.clear()
        self._kept.clear()
        while pages:
            reached, items = pages.pop()
            if reached and position.moment and self._near_side.is_beyond(reached, position.moment):
                yield from reversed(items)
            else:
                descending = self._near_side.descending
                yield from (item for item in reversed(items) if not position.is_before(item, descending=descending))
