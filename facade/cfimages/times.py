"""The times users write, and the window of upload times that a listing can be cut to."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal, Protocol, TypeVar

import attrs

from cfimages.errors import InvalidArgumentError
from cfimages.values import shown

Time = datetime | date | str
"""A moment: a `datetime`, a `date` (its midnight), or text such as `2026-11-01` or `1 Nov 2026 14:30`.
Without a time zone it is UTC."""

Expiry = datetime | timedelta | str
"""An end: a moment, as text too, or a time from now."""

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
    return moment.replace(tzinfo=UTC) if moment.utcoffset() is None else moment


def to_expiry(name: str, value: Expiry, *, now: datetime) -> datetime:
    """The moment at which something ends, as an aware datetime; `name` is the argument that an error speaks of.

    Raises InvalidArgumentError for a moment that is past, and as `to_datetime`.

    >>> to_expiry("expiry", timedelta(hours=1), now=datetime(2026, 11, 1, tzinfo=UTC))
    datetime.datetime(2026, 11, 1, 1, 0, tzinfo=datetime.timezone.utc)
    """
    if not isinstance(value, datetime | timedelta | str):
        raise InvalidArgumentError(
            f"{name}={shown(value)}: must be a datetime, a timedelta such as timedelta(hours=1), or text"
        )
    try:
        moment = now + value if isinstance(value, timedelta) else to_datetime(name, value)
    except OverflowError:
        raise InvalidArgumentError(f"{name}={shown(value)}: is beyond what a date can hold") from None
    except InvalidArgumentError as error:
        raise InvalidArgumentError(f"{error}, or give a timedelta such as timedelta(hours=1)") from None
    if moment <= now:
        raise InvalidArgumentError(f"{name}={shown(value)}: is past")
    return moment


# What datetime.fromisoformat reads as people mean it; it takes more, such as "2026-11-01-05:00" for five o'clock.
_ISO = re.compile(r"\d{4}-?\d\d-?\d\d([T ]\d\d:?\d\d(:?\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII)


def _parse(name: str, text: str) -> datetime:
    try:
        return datetime.fromisoformat(text) if _ISO.fullmatch(text) else _parse_prose(text)
    except (ValueError, ArithmeticError) as error:
        reason = str(error.args[0]).removesuffix(": %s")  # dateutil would repeat the text here
        raise InvalidArgumentError(
            f"{name}={shown(text)}: not a certain date: {reason}: write it as 2026-11-01T14:30+01:00"
        ) from None


def _parse_prose(text: str) -> datetime:
    """A time that is not ISO 8601. Raises ValueError or ArithmeticError where it could be another one, or none."""
    from dateutil import parser  # costs 25 ms, so only for text that needs it

    # "UTC+3" is three hours ahead for people; dateutil takes it the other way round, as POSIX does.
    plain = re.sub(r"(?<![A-Za-z])(?:UTC|GMT)\s*(?=[+-]\s*\d)", "", text, flags=re.IGNORECASE)

    def zone(abbreviation: str | None, offset: int | None) -> int | None:
        # "EST" and the like have no single meaning; dateutil would read them as local time or leave them out.
        if abbreviation and (offset is None or re.search(re.escape(abbreviation) + r"\s*[+-]", plain)):
            raise ValueError(f"the time zone {abbreviation} is ambiguous")
        return offset

    def read(*, dayfirst: bool) -> datetime:
        # Year 4, a leap year, stands for a missing one; without a zone the text has to come out without one.
        return parser.parse(plain, default=datetime(4, 1, 1), dayfirst=dayfirst, tzinfos=zone)  # noqa: DTZ001

    if re.search(r"[T ]\d{1,2}\.\d", text):
        raise ValueError("the time has a point for a colon")
    moment = read(dayfirst=False)
    moment.utcoffset()  # fails if it is a day or more
    if not re.search(rf"(?<!\d){moment.year:04}", text):
        raise ValueError("has no year of four digits")
    if not re.match(r"\d{4}\D\d{1,2}\b", text) and moment != read(dayfirst=True):
        raise ValueError("could be two dates")
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
