"""Several listings as one, in the order of upload: which of them to ask, and what a page of the whole has.

Each listing is walked on its own. A page of the whole has the images up to the last one of the walk that has come the
least far: no walk can still return an image before that. An image that two listings have has the same upload time in
both. To leave out the second, it is enough to know the ids of the images with the last upload time.

The *rank* of an image is its upload time in seconds, negated if the newest image comes first: images are emitted by
ascending rank. An image without an upload time has the rank of the one before it in its listing.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, Generic, Literal

import attrs

from cfimages.arguments import repr_short
from cfimages.errors import InvalidArgumentError
from cfimages.listing.page import ItemT, Page
from cfimages.listing.position import to_ids, to_text
from cfimages.listing.token_format import damaged, decode_token, encode_token

KIND = "merge"

_Token = str | Literal[False] | None
"""Where a walk continues: at a token, at the beginning (None), or nowhere since it has ended (False)."""

_START = -math.inf
"""A rank before that of every image."""


@attrs.frozen
class _Head(Generic[ItemT]):
    """The page of one walk that is being emitted."""

    token: _Token
    """Where the page begins as long as it has items to emit, then where the next page begins."""
    rank: float
    """Rank of the last item before `token`."""
    next_token: _Token = False
    """Where the next page begins."""
    next_rank: float = _START
    """Rank of the last item of the page."""
    items: Sequence[tuple[float, ItemT]] = ()
    """The items to emit, each with its rank."""

    def with_items(self, items: Sequence[tuple[float, ItemT]]) -> "_Head[ItemT]":
        """Return the same page with these items to emit. Without any, the walk continues after the page."""
        return attrs.evolve(self, items=items) if items else _Head(self.next_token, self.next_rank)

    def split(self, rank: float) -> tuple[Sequence[tuple[float, ItemT]], "_Head[ItemT]"]:
        """Return the items up to a rank, and the page with those behind it."""
        count = bisect_right(self.items, rank, key=itemgetter(0))
        return self.items[:count], self.with_items(self.items[count:])


class Merge(Generic[ItemT]):
    """The state of one pass over several listings, all in the same order. It neither fetches nor waits.

    Each method changes it at its very end, so that one that is interrupted can be called again.

    Raises InvalidArgumentError for a token that is not of a listing of as many parts.
    """

    def __init__(self, count: int, start: str | None, *, descending: bool) -> None:
        self._descending = descending
        self._token = start
        self._heads, self._rank, self._ids = _parse(start, count)

    @staticmethod
    def token_at(moment: datetime, ids: Iterable[str], count: int, *, descending: bool) -> str:
        """Return a user's token with which every walk starts at the beginning and drops some images.

        These are the images uploaded before `moment`, in the order of the listing, and those of `moment` with one of
        `ids`.
        """
        return _encode([_Head[Any](None, _START)] * count, _rank(moment, descending=descending), ids)

    @property
    def finished(self) -> bool:
        """Whether every walk has ended and all of it has been emitted."""
        return all(head.token is False for head in self._heads)

    @property
    def tokens(self) -> Mapping[int, str | None]:
        """The token at which each walk that has not ended continues, by the number of the walk."""
        return {n: head.token for n, head in enumerate(self._heads) if head.token is not False}

    def wanted(self) -> int | None:
        """Return the number of a walk whose next page is needed before anything can be emitted, or None."""
        return next((n for n, head in enumerate(self._heads) if not head.items and head.token is not False), None)

    def advance(self, n: int, page: Page[ItemT]) -> None:
        """Add the next page of a walk."""
        before = rank = self._heads[n].rank
        items: list[tuple[float, ItemT]] = []
        for item in page.items:
            if item.uploaded is not None:
                rank = max(rank, _rank(item.uploaded, descending=self._descending))
            if rank >= self._rank:
                items.append((rank, item))
        head = _Head[ItemT](page.token, before, page.next_token or False, rank)
        self._heads[n] = head.with_items(items)

    def emit(self) -> Page[ItemT]:
        """Return the next page of the whole listing. Call it when `wanted` returns None.

        Items of one moment keep the order of their walk.
        """
        horizon = min((head.next_rank for head in self._heads if head.next_token), default=math.inf)
        parts = [head.split(horizon) for head in self._heads]
        heads = [head for _, head in parts]
        items: list[ItemT] = []
        last, ids = self._rank, set(self._ids)
        for rank, item in sorted((entry for found, _ in parts for entry in found), key=itemgetter(0)):
            if rank > last:
                last, ids = rank, set()
            if item.id not in ids:
                ids.add(item.id)
                items.append(item)
        finished = all(head.token is False for head in heads)
        page = Page(tuple(items), self._token, None if finished else _encode(heads, last, ids))
        self._heads, self._rank, self._ids, self._token = heads, last, ids, page.next_token
        return page


def _rank(moment: datetime, *, descending: bool) -> float:
    return -moment.timestamp() if descending else moment.timestamp()


def _encode(heads: Sequence[_Head[Any]], rank: float, ids: Iterable[str]) -> str:
    walks = [(head.token, _to_json(head.rank)) for head in heads]
    return encode_token(KIND, {"heads": walks, "rank": _to_json(rank), "ids": sorted(ids)})


def _to_json(rank: float) -> float | None:
    return None if rank == _START else rank


def _parse(token: str | None, count: int) -> tuple[list[_Head[Any]], float, set[str]]:
    """Return where each walk continues, the rank of the last image that was emitted, and the ids of that rank."""
    if token is None:
        return [_Head(None, _START)] * count, _START, set()
    kind, fields = decode_token(token) or (None, {})
    heads, rank, ids = list[_Head[Any]](), _START, set[str]()
    if kind == KIND:
        try:
            heads = [_Head(_to_token(at), _to_rank(before)) for at, before in fields["heads"]]
            rank, ids = _to_rank(fields["rank"]), set(to_ids(fields["ids"]))
        except (KeyError, OverflowError, TypeError, ValueError) as error:
            raise damaged(token) from error
    if len(heads) != count:
        raise InvalidArgumentError(
            f"token={repr_short(token)}: is not a token of this listing, which consists of {count}"
        )
    return heads, rank, ids


def _to_rank(value: object) -> float:
    if value is None:
        return _START
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError("not a rank")
    return float(value)


def _to_token(value: object) -> _Token:
    return False if value is False else to_text(value)
