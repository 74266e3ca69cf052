"""Several listings as one, in the order of upload: which of them to ask, and what a page of the whole has.

Each listing is walked on its own. A page of the whole has what no walk can still precede: everything up to where the
least advanced walk is. An image that two listings have comes at the same moment in both, so it is enough to know the
ids of one moment to leave out the second.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Generic, Literal

import attrs

from cfimages.arguments import repr_short
from cfimages.errors import APIError, InvalidArgumentError, PaginationError
from cfimages.listing.page import Page
from cfimages.listing.part import ItemT
from cfimages.listing.position import Position, to_ids, to_text
from cfimages.listing.tokens import damaged, decode_token, encode_token

KIND = "merge"

_Place = str | Literal[False] | None
"""Where a walk continues: at a token, nowhere since it has ended, or at the beginning."""

_BEFORE_ALL = -math.inf


@attrs.frozen
class _Head(Generic[ItemT]):
    """The page of one walk that is being emitted. Places in the order are numbers, see `_place`."""

    token: _Place
    """Where the page begins as long as it has items to emit; then where the next page begins."""
    following: _Place
    """Where the next page begins."""
    reached: float
    """Place of the last item before `token`. Items without an upload time that begin the page belong there."""
    reach: float
    """Place of the last item of the page."""
    items: Sequence[tuple[float, ItemT]] = ()
    """The items to emit, each with its place in the order."""

    def with_items(self, items: Sequence[tuple[float, ItemT]]) -> "_Head[ItemT]":
        """Return the same page with these items to emit. Without any, it is the place after the page."""
        if items:
            return attrs.evolve(self, items=items)
        return _Head(self.following, self.following, self.reach, self.reach)

    def split(self, horizon: float) -> tuple[Sequence[tuple[float, ItemT]], "_Head[ItemT]"]:
        """Return the items up to a place in the order, and the page with those behind it."""
        count = bisect_right(self.items, horizon, key=itemgetter(0))
        return self.items[:count], self.with_items(self.items[count:])


class Merge(Generic[ItemT]):
    """The state of one pass over several listings, all in the same order. It neither fetches nor waits.

    Each method changes it at its very end, so that one that is interrupted can be called again.

    Raises InvalidArgumentError for a token that is not of a listing of as many parts.
    """

    def __init__(self, count: int, start: str | None, *, descending: bool) -> None:
        self._descending = descending
        self._token = start
        heads, self._reached, self._ids = _parse(start, count)
        self._heads = [_Head[ItemT](token, token, reach, reach) for token, reach in heads]

    @classmethod
    def token_at(cls, position: Position, count: int, *, descending: bool) -> str:
        """Return the token with which every walk starts at the beginning and drops what lies before a position."""
        if position.moment is None:
            raise ValueError("a position without a moment")
        place = _place(position.moment.timestamp(), descending=descending)
        return _encode([(None, _BEFORE_ALL)] * count, place, position.ids)

    @property
    def finished(self) -> bool:
        """Whether every walk has ended and all of it has been emitted."""
        return all(head.token is False for head in self._heads)

    @property
    def tokens(self) -> Mapping[int, str | None]:
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
        reached = reach = self._heads[n].reach
        items: list[tuple[float, ItemT]] = []
        for item in page.items:
            if item.uploaded is not None:  # without it, the item belongs where it stands
                reach = max(reach, _place(item.uploaded.timestamp(), descending=self._descending))
            if reach >= self._reached:
                items.append((reach, item))
        head = _Head[ItemT](page.token, page.next_token or False, reached, reach)
        self._heads[n] = head.with_items(items)

    def emit(self) -> Page[ItemT]:
        """Return the next page of the whole, once nothing is wanted.

        Items of one moment keep the order of their walk.
        """
        horizon = min((head.reach for head in self._heads if head.following), default=math.inf)
        parts = [head.split(horizon) for head in self._heads]
        heads = [head for _, head in parts]
        items: list[ItemT] = []
        reached, ids = self._reached, set(self._ids)
        for place, item in sorted((entry for found, _ in parts for entry in found), key=itemgetter(0)):
            if place > reached:
                reached, ids = place, set()
            if item.id not in ids:
                ids.add(item.id)
                items.append(item)
        finished = all(head.token is False for head in heads)
        token = None if finished else _encode([(head.token, head.reached) for head in heads], reached, ids)
        page = Page(tuple(items), self._token, token)
        self._heads, self._reached, self._ids, self._token = heads, reached, ids, token
        return page


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
