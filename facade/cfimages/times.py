"""The times users write, and the window of upload times that a listing can be cut to."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Literal, Protocol, TypeVar

import attrs

from cfimages.errors import InvalidArgumentError
from cfimages.values import shown

Time = datetime | date | str
"""A moment: a `datetime`, a `date` (its midnight), or text such as `2026-11-01` or `1 Nov 2026 14:30`.
Without a time zone it is UTC."""

SortOrder = Literal["asc", "desc"]
"""By upload time: oldest first, or newest first."""


class Dated(Protocol):
    """Anything with an upload time."""

    @property
    def uploaded(self) -> datetime | None:
        """When it was uploaded."""


DatedT = TypeVar("DatedT", bound=Dated)


def to_datetime(name: str, value: Time) -> datetime:
    """A moment as an aware datetime; `name` is the argument that an error speaks of.

    Raises InvalidArgumentError for text that is not a date, has no year, or could be two dates.

    >>> to_datetime("uploaded_after", "1 Nov 2026")
    datetime.datetime(2026, 11, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day, tzinfo=UTC)
    elif isinstance(value, str):
        moment = _parse(name, value.strip())
    else:
        raise InvalidArgumentError(f"{name}={shown(value)}: must be a datetime, a date or text such as '2026-11-01'")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _parse(name: str, text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return _parse_prose(name, text)


def _parse_prose(name: str, text: str) -> datetime:
    from dateutil import parser  # costs 25 ms, so only for text that is not ISO 8601

    def zone(abbreviation: str | None, offset: int | None) -> int | None:
        # "EST" and the like have no single meaning; dateutil would read them as local time or leave them out.
        if abbreviation and offset is None:
            raise ValueError(f"the time zone {abbreviation} is ambiguous: write an offset such as +01:00")
        return offset

    def read(default: datetime, dayfirst: bool) -> datetime:
        return parser.parse(text, default=default, dayfirst=dayfirst, tzinfos=zone)

    start = datetime(2000, 1, 1)  # noqa: DTZ001 - text without a zone has to come out without one
    try:
        moment = read(start, dayfirst=False)
        other_year = read(start.replace(year=2004), dayfirst=False)
        year_first = re.match(r"\d{4}\D(\d{1,2})\b", text)
        other_order = moment if year_first else read(start, dayfirst=True)
    except (ValueError, OverflowError) as error:
        raise InvalidArgumentError(f"{name}={shown(text)}: not a date: {error}") from None
    if moment.year != other_year.year:
        raise InvalidArgumentError(f"{name}={shown(text)}: has no year: write it as 2026-11-01")
    if year_first and int(year_first[1]) != moment.month:
        raise InvalidArgumentError(f"{name}={shown(text)}: not a date: there is no month {year_first[1]}")
    if moment != other_order:
        raise InvalidArgumentError(f"{name}={shown(text)}: could be two dates: write it as 2026-11-01")
    return moment


@attrs.frozen
class UploadWindow:
    """The upload times from `after` (inclusive) up to `before` (exclusive), in a listing sorted by them."""

    after: datetime | None
    before: datetime | None
    sort_order: SortOrder

    @classmethod
    def of(cls, after: Time | None, before: Time | None, sort_order: SortOrder) -> "UploadWindow | None":
        """The window of two arguments of `list`, or None when they set no bound.

        Raises InvalidArgumentError if nothing can lie between the two.
        """
        start = None if after is None else to_datetime("uploaded_after", after)
        end = None if before is None else to_datetime("uploaded_before", before)
        if start and end and start >= end:
            raise InvalidArgumentError(f"uploaded_after={shown(after)} is not before uploaded_before={shown(before)}")
        return cls(start, end, sort_order) if start or end else None

    def select(self, items: Sequence[DatedT]) -> tuple[DatedT, ...]:
        """Those of the items that were uploaded in the window; one without an upload time was not."""
        return tuple(item for item in items if item.uploaded and self._after(item) and self._before(item))

    def is_over(self, items: Sequence[DatedT]) -> bool:
        """Whether everything sorted behind these items lies beyond the window."""
        last = next((item for item in reversed(items) if item.uploaded), None)
        if last is None:
            return False
        return not (self._after(last) if self.sort_order == "desc" else self._before(last))

    def _after(self, item: Dated) -> bool:
        return self.after is None or item.uploaded is None or item.uploaded >= self.after

    def _before(self, item: Dated) -> bool:
        return self.before is None or item.uploaded is None or item.uploaded < self.before
