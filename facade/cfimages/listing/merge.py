"""Several listings as one, in the order of upload: which of them to ask, and what a page of the whole has.

Each listing is walked on its own. A page of the whole has what no walk can still precede: everything up to where the
least advanced walk is. An image that two listings have comes at the same moment in both, so it is enough to know the
ids of one moment to leave out the second.

Where an image stands in the order is a number, its *rank*: the time in seconds, negative if the newest image comes
first. An image without an upload time has the rank of the one before it in its listing.
"""

import math
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Generic, Literal

import attrs

from cfimages.arguments import repr_short
from cfimages.errors import APIError, InvalidArgumentError, PaginationError
from cfimages.listing.page import Page
from cfimages.listing.part import ItemT
from cfimages.listing.position import to_ids, to_text
from cfimages.listing.tokens import damaged, decode_token, encode_token

KIND = "merge"

_START = -math.inf
"""Rank before that of every image."""


@attrs.define
class _Head(Generic[ItemT]):
    """The page of one walk that is being emitted."""

    token: str | Literal[False] | None
    """Where the page begins as long as it has items to emit, then where the next page begins. False at the end."""
    rank: float
    """Rank of the last item before `token`."""
    items: deque[tuple[float, ItemT]] = attrs.field(factory=deque)
    """The items to emit, each with its rank."""
    next_token: str | Literal[False] | None = False
    """Where the next page begins."""
    next_rank: float = _START
    """Rank of the last item of the page."""

    def pop_until(self, rank: float) -> Iterator[tuple[float, ItemT]]:
        """Remove and yield the items up to a rank."""
        while self.items and self.items[0][0] <= rank:
            yield self.items.popleft()
        self.leave_if_emitted()

    def leave_if_emitted(self) -> None:
        """Continue after the page if it has no items to emit."""
        if not self.items:
            self.token, self.rank = self.next_token, self.next_rank


class Merge(Generic[ItemT]):
    """The state of one pass over several listings, all in the same order. It neither fetches nor waits.

    Raises InvalidArgumentError for a token that is not of a listing of as many parts.
    """

    def __init__(self, count: int, start: str | None, *, descending: bool) -> None:
        self._descending = descending
        self._token = start
        if start is None:
            self._heads, self._rank, self._ids = [_Head[ItemT](None, _START) for _ in range(count)], _START, set[str]()
        else:
            self._heads, self._rank, self._ids = _parse(start, count)

    @staticmethod
    def token_at(moment: datetime, ids: Collection[str], count: int, *, descending: bool) -> str:
        """Return the token with which every walk starts at the beginning and drops what lies before a place.

        The place is after the images before a moment, and after those of that moment with one of the ids.
        """
        rank = _rank(moment, descending=descending)
        return encode_token(KIND, {"heads": [(None, None)] * count, "rank": rank, "ids": sorted(ids)})

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
        head = self._heads[n]
        head.token, head.next_token, head.next_rank = page.token, page.next_token or False, head.rank
        for item in page.items:
            if item.uploaded is not None:
                head.next_rank = max(head.next_rank, _rank(item.uploaded, descending=self._descending))
            if head.next_rank >= self._rank:
                head.items.append((head.next_rank, item))
        head.leave_if_emitted()

    def emit(self) -> Page[ItemT]:
        """Return the next page of the whole, once nothing is wanted.

        Items of one moment keep the order of their walk.
        """
        horizon = min((head.next_rank for head in self._heads if head.next_token), default=math.inf)
        found = [entry for head in self._heads for entry in head.pop_until(horizon)]
        found.sort(key=lambda entry: entry[0])
        items = tuple(item for rank, item in found if self._is_new(rank, item.id))
        token, self._token = self._token, None if self.finished else self._encode()
        return Page(items, token, self._token)

    def _is_new(self, rank: float, id: str) -> bool:
        if rank > self._rank:
            self._rank = rank
            self._ids.clear()
        if id in self._ids:
            return False
        self._ids.add(id)
        return True

    def _encode(self) -> str:
        heads = [(head.token, _to_json(head.rank)) for head in self._heads]
        return encode_token(KIND, {"heads": heads, "rank": _to_json(self._rank), "ids": sorted(self._ids)})


def _rank(moment: datetime, *, descending: bool) -> float:
    return -moment.timestamp() if descending else moment.timestamp()


def _to_json(rank: float) -> float | None:
    return None if rank == _START else rank


def _parse(token: str, count: int) -> tuple[list[_Head[Any]], float, set[str]]:
    """Return where each walk continues, the rank of the last image that was emitted, and the ids of that rank."""
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


def _to_token(value: object) -> str | Literal[False] | None:
    return False if value is False else to_text(value)
