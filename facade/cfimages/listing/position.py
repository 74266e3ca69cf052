"""Positions in a listing, also between two pages, where the service has no token."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import takewhile
from operator import ge, le
from typing import Any, Self, TypeGuard

import attrs

from cfimages.arguments import repr_short
from cfimages.errors import InvalidArgumentError
from cfimages.listing.page import Item, ItemT
from cfimages.listing.token_format import damaged, decode_token, encode_token

KIND = "position"


@attrs.frozen
class Position:
    """A position in a listing. To continue there, ask the service with `token` and drop the items before the position.

    These are the items uploaded before `moment`, in the order of the listing, and the items with one of `ids`.
    """

    token: str | None = None
    """Token of the service. None for the first page."""
    moment: datetime | None = None
    """Upload time of the last item before the position. None if no item has to be dropped."""
    ids: frozenset[str] = frozenset()
    """Ids of the items before the position that have this upload time."""

    def encode(self) -> str | None:
        """Return the position as a token for users: the token of the service, or JSON if items have to be dropped.

        >>> Position("abc").encode()
        'abc'
        """
        if self.moment is None:
            return self.token
        return encode_token(KIND, self.to_json())

    @classmethod
    def parse(cls, token: str | None) -> Self:
        """Return the position of a user's token. None is the beginning.

        Raises InvalidArgumentError, naming `token`, for one that is damaged, of another version or of another kind.
        """
        decoded = None if token is None else decode_token(token)
        if token is None or decoded is None:
            return cls(token)
        kind, fields = decoded
        if kind != KIND:
            raise InvalidArgumentError(
                f"token={repr_short(token)}: belongs to a listing of several creators or of more values"
            )
        try:
            return cls.from_json(fields)
        except (KeyError, TypeError, ValueError) as error:
            raise damaged(token) from error

    def to_json(self) -> dict[str, Any]:
        """Return the position as JSON has it, for `from_json`."""
        return {"token": self.token, "moment": self.moment and self.moment.isoformat(), "ids": sorted(self.ids)}

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Self:
        """Return the position that `to_json` describes. Raises KeyError, TypeError and ValueError."""
        moment = fields["moment"]
        return cls(to_text(fields["token"]), None if moment is None else _to_moment(moment), to_ids(fields["ids"]))

    def is_before(self, item: Item, *, descending: bool) -> bool:
        """Return whether an item is before the position. Without an upload time, only its id can tell."""
        if item.id in self.ids:
            return True
        moment, uploaded = self.moment, item.uploaded
        return moment is not None and uploaded is not None and comes_before(uploaded, moment, descending=descending)

    def drop(self, items: Sequence[ItemT], *, descending: bool) -> tuple[tuple[ItemT, ...], bool]:
        """Return the items that are not before the position, and whether no further item can be before it."""
        kept: list[ItemT] = []
        for n, item in enumerate(items):
            uploaded = item.uploaded
            if self.moment and uploaded and comes_before(self.moment, uploaded, descending=descending):
                return (*kept, *items[n:]), True
            if not self.is_before(item, descending=descending):
                kept.append(item)
        return tuple(kept), False

    def after(self, items: Sequence[Item]) -> Self:
        """Return the position after further items of the listing, with the same token."""
        moment = next((item.uploaded for item in reversed(items) if item.uploaded), self.moment)
        last = takewhile(lambda item: item.uploaded in (moment, None), reversed(items))
        ids = frozenset(item.id for item in last)
        return attrs.evolve(self, moment=moment, ids=ids | self.ids if moment == self.moment else ids)


def are_sorted(moments: Sequence[datetime | None], *, descending: bool) -> TypeGuard[Sequence[datetime]]:
    """Return whether no time is missing, and none comes before the one before it in the order of a listing."""
    known = [moment for moment in moments if moment is not None]
    return len(known) == len(moments) and all(map(ge if descending else le, known, known[1:]))


def comes_before(moment: datetime, other: datetime, *, descending: bool) -> bool:
    """Return whether a moment comes strictly before another in the order of a listing."""
    return moment > other if descending else moment < other


def to_text(value: object) -> str | None:
    """Return text or None as JSON has it. Raises TypeError."""
    if not isinstance(value, str | None):
        raise TypeError("not text")
    return value


def _to_moment(value: object) -> datetime:
    """Return a time as `isoformat` writes it. Raises TypeError and ValueError."""
    if not isinstance(value, str):
        raise TypeError("not text")
    moment = datetime.fromisoformat(value)
    if moment.utcoffset() is None:
        raise ValueError("a time without a time zone")
    return moment


def to_ids(value: object) -> frozenset[str]:
    """Return a list of text as a set. Raises TypeError."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise TypeError("not a list of text")
    return frozenset(value)
