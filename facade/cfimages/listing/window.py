"""The upload times that a listing is restricted to. The service cannot filter by time, so pages are cut here."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Self

import attrs

from cfimages.arguments import repr_short
from cfimages.errors import InvalidArgumentError
from cfimages.listing.page import ItemT
from cfimages.times import Time, to_datetime


@attrs.frozen
class UploadWindow:
    """The upload times from `since` (inclusive) to `before` (exclusive)."""

    since: datetime | None
    before: datetime | None

    @classmethod
    def of(cls, since: Time | None, before: Time | None) -> Self:
        """Return the window of the arguments `uploaded_since` and `uploaded_before`.

        Raises InvalidArgumentError if one of them is not a time, or if nothing can lie between them.
        """
        start = None if since is None else _bound("uploaded_since", since)
        end = None if before is None else _bound("uploaded_before", before)
        if start and end and start >= end:
            raise InvalidArgumentError(
                f"uploaded_since={repr_short(since)} is not before uploaded_before={repr_short(before)}"
            )
        return cls(start, end)

    def select(self, items: Sequence[ItemT]) -> tuple[ItemT, ...]:
        """Return the items that were uploaded in the window. Items without an upload time are left out."""
        return tuple(
            item
            for item in items
            if item.uploaded is not None and self._is_since(item.uploaded) and self._is_before(item.uploaded)
        )

    def is_past(self, items: Sequence[ItemT], *, descending: bool) -> bool:
        """Return whether everything that a listing has after these items lies outside the window."""
        last = next((item.uploaded for item in reversed(items) if item.uploaded is not None), None)
        if last is None:
            return False
        return not (self._is_since(last) if descending else self._is_before(last))

    def _is_since(self, moment: datetime) -> bool:
        return self.since is None or moment >= self.since

    def _is_before(self, moment: datetime) -> bool:
        return self.before is None or moment < self.before


def _bound(name: str, value: Time) -> datetime:
    """Return a time as an aware datetime. Raises InvalidArgumentError."""
    try:
        return to_datetime(name, value)
    except InvalidArgumentError as error:
        if isinstance(value, date) or (isinstance(value, str) and re.search("[0-9]{4}", value)):
            raise
        problem = str(error)
    raise InvalidArgumentError(f"{problem}, or pass datetime.now(UTC) - timedelta(days=7)")
