"""Several listings as one, in the order of upload: nothing twice, nothing lost.

Each listing is walked by itself, all at once within a common limit of requests. What may be shown is what no walk
can still come before: everything up to where the least advanced one is. An image that two walks have shows up at
the same moment in both, so that to tell it is enough to know the images of one moment.
"""

import asyncio
import json
import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Generic, Literal

import attrs

from cfimages.errors import APIError, InvalidArgumentError, PaginationError
from cfimages.pagination import AsyncPages, ItemT, Page, Pages
from cfimages.prefetch import Ahead, AsyncAhead, close_at_rest, workers
from cfimages.values import shown

Walk = Callable[[str | None], Pages[ItemT]]
"""The pages of one listing from a token on."""
AsyncWalk = Callable[[str | None], AsyncPages[ItemT]]

_Place = str | Literal[False] | None
"""Where a walk goes on: at a token, nowhere since it has ended, or at the beginning."""

_BEFORE_ALL = -math.inf


@attrs.define
class _Head(Generic[ItemT]):
    """The page of one walk that is being shown."""

    place: _Place
    """Where the page begins, as long as something of it is to be shown; then where the next one does."""
    following: _Place = attrs.field(default=attrs.Factory(lambda head: head.place, takes_self=True))
    items: deque[tuple[float, ItemT]] = attrs.field(factory=deque)
    """What of it is to be shown, each with its place in the order."""
    reach: float = _BEFORE_ALL
    """How far the page goes."""
    reached: float = attrs.field(default=attrs.Factory(lambda head: head.reach, takes_self=True))
    """How far the walk went before `place`: there belongs what begins a page without an upload time."""

    def until(self, horizon: float) -> Iterator[tuple[float, ItemT]]:
        """Take out what lies up to a place in the order."""
        while self.items and self.items[0][0] <= horizon:
            yield self.items.popleft()
        self.leave_if_shown()

    def leave_if_shown(self) -> None:
        """Go on behind the page, once nothing of it is to be shown."""
        if not self.items:
            self.place, self.reached = self.following, self.reach


class _Merge(Generic[ItemT]):
    """Which walk to ask next, and what to show. Neither fetches nor waits."""

    def __init__(self, count: int, start: str | None, *, descending: bool) -> None:
        self._sign = -1 if descending else 1
        self._token = start
        heads, self._reached, self._ids = _parse(start, count)
        self._heads = [_Head[ItemT](place, reach=reach) for place, reach in heads]

    @property
    def over(self) -> bool:
        """Whether every walk has ended, and been shown."""
        return all(head.place is False for head in self._heads)

    @property
    def places(self) -> dict[int, str | None]:
        """Where each walk goes on that has not ended."""
        return {n: head.place for n, head in enumerate(self._heads) if head.place is not False}

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Around the asking: an error carries the token of the merged listing."""
        try:
            yield
        except (APIError, PaginationError) as error:
            error.resume_token = self._token
            raise

    def wanted(self) -> int | None:
        """A walk whose next page is needed before anything can be shown."""
        return next((n for n, head in enumerate(self._heads) if not head.items and head.place is not False), None)

    def take(self, n: int, page: Page[ItemT]) -> None:
        """The next page of a walk."""
        head = self._heads[n]
        head.place = page.continuation_token
        head.following = page.next_token or False
        for item in page.items:
            if item.uploaded is not None:  # without it, it belongs where it stands
                head.reach = max(head.reach, self._sign * item.uploaded.timestamp())
            if head.reach >= self._reached:
                head.items.append((head.reach, item))
        head.leave_if_shown()

    def give(self) -> Page[ItemT]:
        """What can be shown now, and the token behind it."""
        horizon = min((head.reach for head in self._heads if head.following), default=math.inf)
        found = [entry for head in self._heads for entry in head.until(horizon)]
        found.sort(key=lambda entry: entry[0])  # stable: images of one moment stay in the order of their walk
        items = tuple(item for place, item in found if self._is_new(place, item.id))
        before, self._token = self._token, None if self.over else self._state()
        return Page(items, before, self._token)

    def _is_new(self, place: float, id: str) -> bool:
        if place > self._reached:
            self._reached = place
            self._ids.clear()
        if id in self._ids:
            return False
        self._ids.add(id)
        return True

    def _state(self) -> str:
        heads = [(head.place, head.reached) for head in self._heads]
        return json.dumps({"heads": heads, "reached": self._reached, "ids": sorted(self._ids)})


def _parse(token: str | None, count: int) -> tuple[list[tuple[_Place, float]], float, set[str]]:
    """Where each walk goes on and how far it has come, how far all have, and the ids that were given of there."""
    if token is None:
        return [(None, _BEFORE_ALL)] * count, _BEFORE_ALL, set()
    try:
        state = json.loads(token)
        heads = [(place, float(reach)) for place, reach in state["heads"]]
        reached, ids = float(state["reached"]), set(map(str, state["ids"]))
        if len(heads) != count or not all(place in (None, False) or isinstance(place, str) for place, _ in heads):
            raise ValueError("other places")
        if not all(reach < math.inf for reach in (reached, *(reach for _, reach in heads))):  # nor not a number
            raise ValueError("reaches nothing")
    except (KeyError, OverflowError, TypeError, ValueError, RecursionError) as error:
        raise InvalidArgumentError(
            f"token={shown(token)}: not a token of this listing, which is {count} in one"
        ) from error
    return heads, reached, ids


def merged(walks: Sequence[Walk[ItemT]], start: str | None, *, descending: bool, concurrency: int) -> Pages[ItemT]:
    """The pages of all walks, each in the same order of upload, as pages of one listing in that order."""
    merge = _Merge[ItemT](len(walks), start, descending=descending)
    with ExitStack() as stack:
        pages = {n: walks[n](place) for n, place in merge.places.items()}
        for generator in pages.values():
            stack.callback(close_at_rest, generator)
        threads = stack.enter_context(workers(concurrency))  # gone before what runs in them is closed
        coming = {n: Ahead(generator, 1, threads) for n, generator in pages.items()}
        while not merge.over:
            with merge.asking():
                while (n := merge.wanted()) is not None:
                    merge.take(n, next(coming[n]))
            yield merge.give()


async def async_merged(
    walks: Sequence[AsyncWalk[ItemT]], start: str | None, *, descending: bool, concurrency: int
) -> AsyncPages[ItemT]:
    """As `merged`."""
    merge = _Merge[ItemT](len(walks), start, descending=descending)
    limit = asyncio.Semaphore(concurrency)
    coming = {n: AsyncAhead(walks[n](place), 1, limit) for n, place in merge.places.items()}
    try:
        while not merge.over:
            with merge.asking():
                while (n := merge.wanted()) is not None:
                    merge.take(n, await anext(coming[n]))
            yield merge.give()
    finally:
        for walk in coming.values():  # first all of them: waiting for their ends may be cancelled
            walk.cancel()
        await asyncio.gather(*(walk.aclose() for walk in coming.values()))
