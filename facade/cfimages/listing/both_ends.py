"""Fetch a listing from both of its ends, in half the time: which page to ask for next, and when nothing is missing.

The near walk begins where the user begins. Its pages are emitted as they come. The far walk fetches the same listing
in the opposite order. Its pages are kept. When the upload time of the last near image is *strictly* beyond that of the
last far image, every image has come from one of them. If the two are equal, images of that upload time may be missing.
Then the kept images that the near walk has not returned are emitted, in pages.

A far walk that begins with the newest images misses those that are uploaded meanwhile. The near walk would have
returned them at the end. So a third walk, the late one, asks for the newest images again after the two have met.

The far walk is a page ahead of the near one: otherwise the pages of both would arrive at the same time, and one would
wait for the other to be parsed. It stops when the pages under way seem to be enough.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Generic

import attrs

from cfimages.listing.page import ItemT, Page
from cfimages.listing.part import Part
from cfimages.listing.position import Position, are_sorted, comes_before
from cfimages.listing.walk import Walk

logger: logging.Logger = logging.getLogger("cfimages")


@attrs.frozen
class _Side(Generic[ItemT]):
    """How far one of the two walks has come."""

    descending: bool
    start: Position = attrs.field(factory=Position)
    """The position after the images with the upload time of the first one."""
    reached: datetime | None = None
    """Upload time of the last image."""
    stride: timedelta = timedelta(0)
    """The time between the first and the last image of the last page."""
    in_order: bool = True
    """Whether all images had an upload time, in the order of the walk. Everything here depends on that."""

    def after(self, items: Sequence[ItemT]) -> "_Side[ItemT]":
        """Return how far the walk has come after further images."""
        moments = [item.uploaded for item in items]
        if self.reached is not None:
            moments.insert(0, self.reached)
        if not are_sorted(moments, descending=self.descending):
            return attrs.evolve(self, in_order=False)
        if not items:
            return self
        first = self.start.moment or moments[0]
        start = self.start.after(tuple(takewhile(lambda item: item.uploaded == first, items)))
        return attrs.evolve(self, start=start, reached=moments[-1], stride=abs(moments[-1] - moments[0]))

    def is_beyond(self, moment: datetime | None) -> bool:
        """Return whether the last image comes strictly after a time, in the order of the walk."""
        return bool(self.reached and moment and comes_before(moment, self.reached, descending=self.descending))


class BothEnds(Generic[ItemT]):
    """The state of one pass over a listing from both ends. It neither fetches nor waits.

    Ask for pages of `near`, and of `far` where it `needs_far`, and `advance` with each pair, until `finished`. Then ask
    for pages of `late` while it `needs_late`. If the ends have `met`, emit each `next_rest` until that is None. If the
    service does not sort by upload time, the near walk goes on alone, and the log says so. Tokens are those of the near
    walk.

    Args:
        part: The listing.
        far_part: The same listing in the opposite order.
        start: The user's token at which the near walk begins. Raises InvalidArgumentError for a bad one.
    """

    def __init__(self, part: Part[ItemT], far_part: Part[ItemT], start: str | None) -> None:
        self.near: Walk[ItemT] = Walk(part, start)
        """The walk from the user's end."""
        self.far: Walk[ItemT] = Walk(far_part, None)
        """The walk from the other end."""
        self.late: Walk[ItemT] = Walk(far_part, None)
        """Asks for the newest images again."""
        self.met: bool = False
        """Whether every image that the near walk has not returned has been kept from the far walk."""
        self._resumed = start is not None
        self._descending = part.descending
        self._near_side = _Side[ItemT](part.descending)
        self._far_side = _Side[ItemT](not part.descending)
        self._passed = self.near.state.position
        """The position after the last image that was emitted."""
        self._far_finished = False
        self._in_order = True
        self._late_finished = part.descending  # new images then belong before the start of the near walk
        self._late_items: list[Sequence[ItemT]] = []
        self._kept: list[Sequence[ItemT]] = []
        """The images of each page of the far walk that have not been emitted."""
        self._rest: Sequence[ItemT] = ()
        """Those of the page that is being emitted."""
        self._token: str | None = start
        """Token with which a user continues; None at the end."""

    @property
    def finished(self) -> bool:
        """Whether no page of the near walk is needed any more."""
        return self.met or self.near.finished

    def needs_far(self, under_way: int) -> bool:
        """Return whether another page of the far walk is needed beside those that are under way."""
        return self._in_order and not self._far_finished and not self._seems_enough(under_way)

    def _seems_enough(self, under_way: int) -> bool:
        """Return whether the walks will meet with the next near page and as many pages of each as are under way."""
        near, far = self._near_side, self._far_side
        if not near.reached or not far.reached:
            return False
        return abs(far.reached - near.reached) < near.stride + under_way * (near.stride + far.stride)

    def advance(self, page: Page[ItemT], far: Page[ItemT] | None) -> Page[ItemT]:
        """Continue after a fetched page of the near walk, and a page that the far one returned. Return what to emit.

        Raises PaginationError as `Walk.advance`; then neither page counts.
        """
        state, emitted = self.near.follow(page)
        passed = attrs.evolve(self._passed.after(emitted.items), token=state.position.token)
        near_side = self._near_side.after(page.items)
        far_side, far_finished, kept = self._far_side, self._far_finished, self._kept
        if far is not None:  # an empty page is false
            far_side = far_side.after(far.items)
            far_finished = far.next_token is None  # the walk itself may be further: a page is under way
            kept = [*kept, far.items]
        in_order = near_side.in_order and far_side.in_order
        if self._in_order and not in_order:
            logger.warning("the service does not sort this listing by upload time: it is read from one end only")
        met = in_order and not state.finished and (far_finished or near_side.is_beyond(far_side.reached))
        if self._resumed and not near_side.is_beyond(near_side.start.moment):
            met = False  # images of the first moment may precede the start: they must not be emitted again
        # Assignments only: an interruption comes between two calls. So either all of this counts or nothing.
        self.near.state, self._passed, self._near_side = state, passed, near_side
        self._far_side, self._far_finished, self._kept = far_side, far_finished, kept if in_order else []
        self._in_order, self.met, self._token = in_order, met, emitted.next_token
        return emitted

    @property
    def needs_late(self) -> bool:
        """Whether the two have met, and another page of the late walk is needed."""
        return self.met and not self._late_finished

    def advance_late(self, page: Page[ItemT]) -> None:
        """Continue after a page that the late walk returned."""
        start, descending = self._far_side.start, self._descending
        missed = [item for item in page.items if not start.is_before(item, descending=descending)]
        late_finished = page.next_token is None or any(
            item.uploaded and start.moment and comes_before(item.uploaded, start.moment, descending=descending)
            for item in page.items
        )
        self._late_items, self._late_finished = [*self._late_items, missed], late_finished

    def next_rest(self, per_page: int) -> Page[ItemT] | None:
        """Return the next page of the images that the near walk has not returned. None after the last page.

        There is at least one page. Its tokens are those of any walk over the same listing. Its images are not kept.
        """
        if self._token is None:
            return None
        passed, items, pages = self._passed, list(self._rest), [*self._late_items, *self._kept]
        while pages and len(items) <= per_page:
            kept = pages.pop()
            nearest = kept[-1].uploaded if kept else None
            if nearest and passed.moment and comes_before(passed.moment, nearest, descending=self._descending):
                items += reversed(kept)
            else:
                items += [item for item in reversed(kept) if not passed.is_before(item, descending=self._descending)]
        emitted, rest = tuple(items[:per_page]), items[per_page:]
        passed = passed.after(emitted)
        page = Page(emitted, self._token, passed.encode() if rest else None)
        self._passed, self._token, self._rest, self._late_items, self._kept = passed, page.next_token, rest, [], pages
        return page
