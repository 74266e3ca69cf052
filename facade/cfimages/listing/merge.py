"""Several listings as one, in the order of upload: which of them to ask, and what a page of the whole has.

Each listing is walked on its own. A page of the whole has what no walk can still precede: everything up to where the
least advanced walk is. An image that two listings have comes at the same moment in both, so it is enough to know the
ids of one moment to leave out the second.
"""

import math
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Generic, Literal

import attrs

from cfimages.arguments import repr_short
from cfimages.errors import APIError, InvalidArgumentError, PaginationError
from cfimages.listing.page import Page
from cfimages.listing.part import ItemT
from cfimages.listing.position import to_ids, to_text
from cfimages.listing.tokens import damaged, decode_token, encode_token

KIND = "merge"

_Place = str | Literal[False] | None
"""Where a walk continues: at a token, nowhere since it has ended, or at the beginning."""

_BEFORE_ALL = -math.inf


@attrs.define
class _Head(Generic[ItemT]):
    """The page of one walk that is being emitted. Places in the order are numbers, see `Merge._place`."""

    token: _Place
    """Where the page begins as long as it has items to emit; then where the next page begins."""
    following: _Place = attrs.field(default=attrs.Factory(lambda head: head.token, takes_self=True))
    items: deque[tuple[float, ItemT]] = attrs.field(factory=deque)
    """The items to emit, each with its place in the order."""
    reach: float = _BEFORE_ALL
    """Place of the last item of the page."""
    reached: float = attrs.field(default=attrs.Factory(lambda head: head.reach, takes_self=True))
    """Place of the last item before `token`. Items without an upload time that begin the page belong there."""

    def pop_until(self, horizon: float) -> Iterator[tuple[float, ItemT]]:
        """Remove and yield the items up to a place in the order."""
        while self.items and self.items[0][0] <= horizon:
            yield self.items.popleft()
        self.advance_if_emitted()

    def advance_if_emitted(self) -> None:
        """Continue after the page if it has no items to emit."""
        if not self.items:
            self.token, self.reached = self.following, self.reach


class Merge(Generic[ItemT]):
    """The state of one pass over several listings, all in the same order. It neither fetches nor waits.

    Raises InvalidArgumentError for a token that is not of a listing of as many parts.
    """

    def __init__(self, count: int, start: str | None, *, descending: bool) -> None:
        self._descending = descending
        self._token = start
        heads, self._reached, self._ids = _parse(start, count)
        self._heads = [_Head[ItemT](token, reach=reach) for token, reach in heads]

    @staticmethod
    def token_at(moment: datetime, ids: Iterable[str], count: int, *, descending: bool) -> str:
        """Return the token with which every walk starts at the beginning and drops what lies before a place.

        The place is after the images before a moment, and after those of that moment with one of the ids.
        """
        return _encode([(None, _BEFORE_ALL)] * count, _place(moment.timestamp(), descending=descending), ids)

    @property
    def finished(self) -> bool:
        """Whether every walk has ended and all of it has been emitted."""
        return all(head.token is False for head in self._heads)

    @property
    def places(self) -> Mapping[int, str | None]:
        """The token at which each walk that has not ended continues, by the number of the walk."""
        return {n: head.token for n, head in enumerate(self._heads) if head.token is not False}

    @property
    def token(self) -> str | None:
        """Token with which a user continues here."""
        return self._token

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Give an error inside the `resume_token` of the whole listing."""
        try:
            yield
        except (APIError, PaginationError) as error:
            error.resume_token = self._token
            raise

    def wanted(self) -> int | None:
        """Return the number of a walk whose next page is needed before anything can be emitted, or None."""
        return next((n for n, head in enumerate(self._heads) if not head.items and head.token is not False), None)

    def advance(self, n: int, page: Page[ItemT]) -> None:
        """Add the next page of a walk."""
        head = self._heads[n]
        head.token = page.token
        head.following = page.next_token or False
        for item in page.items:
            if item.uploaded is not None:  # without it, the item belongs where it stands
                place = _place(item.uploaded.timestamp(), descending=self._descending)
                head.reach = max(head.reach, place)
            if head.reach >= self._reached:
                head.items.append((head.reach, item))
        head.advance_if_emitted()

    def emit(self) -> Page[ItemT]:
        """Return the next page of the whole, once nothing is wanted.

        Items of one moment keep the order of their walk.
        """
        horizon = min((head.reach for head in self._heads if head.following), default=math.inf)
        found = [entry for head in self._heads for entry in head.pop_until(horizon)]
        found.sort(key=lambda entry: entry[0])
        items = tuple(item for place, item in found if self._is_new(place, item.id))
        token, self._token = self._token, None if self.finished else self._encode()
        return Page(items, token, self._token)

    def _is_new(self, place: float, id: str) -> bool:
        if place > self._reached:
            self._reached = place
            self._ids.clear()
        if id in self._ids:
            return False
        self._ids.add(id)
        return True

    def _encode(self) -> str:
        return _encode([(head.token, head.reached) for head in self._heads], self._reached, self._ids)


def _place(timestamp: float, *, descending: bool) -> float:
    """Return the place of a moment in the order: the later in the listing, the larger."""
    return -timestamp if descending else timestamp


def _encode(heads: Sequence[tuple[_Place, float]], reached: float, ids: Iterable[str]) -> str:
    places = [(token, _to_json(place)) for token, place in heads]
    return encode_token(KIND, {"heads": places, "reached": _to_json(reached), "ids": sorted(ids)})


def _parse(token: str | None, count: int) -> tuple[list[tuple[_Place, float]], float, set[str]]:
    """Return where each walk continues and how far it has come, how far all have, and the ids emitted of there."""
    if token is None:
        return [(None, _BEFORE_ALL)] * count, _BEFORE_ALL, set()
    decoded = decode_token(token)
    if decoded is None or decoded[0] != KIND:
        raise _foreign(token, count)
    fields = decoded[1]
    try:
        heads: list[tuple[_Place, float]] = [(_to_token(at), _to_place(reached)) for at, reached in fields["heads"]]
        reached, ids = _to_place(fields["reached"]), set(to_ids(fields["ids"]))
    except (KeyError, OverflowError, TypeError, ValueError) as error:
        raise damaged(token) from error
    if len(heads) != count:
        raise _foreign(token, count)
    return heads, reached, ids


def _foreign(token: str, count: int) -> InvalidArgumentError:
    return InvalidArgumentError(f"token={repr_short(token)}: is not a token of this listing, which consists of {count}")


def _to_json(place: float) -> float | None:
    return None if place == _BEFORE_ALL else place


def _to_place(value: object) -> float:
    if value is None:
        return _BEFORE_ALL
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError("not a place in the order")
    return float(value)


def _to_token(value: object) -> _Place:
    return False if value is False else to_text(value)
