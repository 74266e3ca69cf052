"""The times that users pass as arguments."""

import re
from datetime import UTC, date, datetime, timedelta

from cfimages.arguments import repr_short
from cfimages.errors import InvalidArgumentError

Time = datetime | date | str
"""A point in time: an aware `datetime`, a `date` (its midnight in UTC), or a string such as `2026-11-01` or
`1 Nov 2026 14:30+01:00`. A string without a time zone is UTC. A naive `datetime` is refused."""

Expiry = datetime | timedelta | str
"""When something expires: an aware `datetime`, a string as in `Time`, or a `timedelta` from now."""


def to_datetime(name: str, value: Time) -> datetime:
    """Return a time as an aware datetime. `name` is the argument that an error names.

    Raises InvalidArgumentError for a naive datetime, and for text that is not a date, has no year, or is ambiguous.

    >>> to_datetime("uploaded_since", "1 Nov 2026")
    datetime.datetime(2026, 11, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise InvalidArgumentError(
                f"{name}={repr_short(value)}: has no time zone: use datetime.now(UTC), or add tzinfo"
            )
        moment = value
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day, tzinfo=UTC)
    elif isinstance(value, str):
        moment = _parse(name, value.strip())
    else:
        raise InvalidArgumentError(
            f"{name}={repr_short(value)}: must be a datetime, a date or a string such as '2026-11-01'"
        )
    return moment.replace(tzinfo=UTC) if moment.utcoffset() is None else moment


def to_expiry(name: str, value: Expiry, *, now: datetime) -> datetime:
    """Return the time at which something ends, as an aware datetime. `name` is the argument that an error names.

    Raises InvalidArgumentError for a time that has passed, and as `to_datetime`.

    >>> to_expiry("expiry", timedelta(hours=1), now=datetime(2026, 11, 1, tzinfo=UTC))
    datetime.datetime(2026, 11, 1, 1, 0, tzinfo=datetime.timezone.utc)
    """
    if not isinstance(value, datetime | timedelta | str):
        raise InvalidArgumentError(
            f"{name}={repr_short(value)}: must be a datetime, a timedelta such as timedelta(hours=1), or a string"
        )
    try:
        moment = now + value if isinstance(value, timedelta) else to_datetime(name, value)
    except OverflowError:
        raise InvalidArgumentError(f"{name}={repr_short(value)}: is out of the range of a datetime") from None
    except InvalidArgumentError as error:
        raise InvalidArgumentError(f"{error}, or pass a timedelta such as timedelta(hours=1)") from None
    if moment <= now:
        raise InvalidArgumentError(f"{name}={repr_short(value)}: has passed")
    return moment


# What datetime.fromisoformat reads as people mean it. It also reads "2026-11-01-05:00" as five o'clock.
_ISO = re.compile(r"\d{4}-?\d\d-?\d\d([T ]\d\d:?\d\d(:?\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII)


def _parse(name: str, text: str) -> datetime:
    try:
        return datetime.fromisoformat(text) if _ISO.fullmatch(text) else _parse_prose(text)
    except (ValueError, ArithmeticError) as error:
        reason = str(error.args[0]).removesuffix(": %s")  # dateutil would repeat the text here
        raise InvalidArgumentError(
            f"{name}={repr_short(text)}: not a date: {reason}: write it as 2026-11-01 or 2026-11-01T14:30+01:00"
        ) from None


def _parse_prose(text: str) -> datetime:
    """Parse a time that is not ISO 8601. Raises ValueError or ArithmeticError if it is ambiguous or not a time."""
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
        raise ValueError("the time has a point instead of a colon")
    moment = read(dayfirst=False)
    moment.utcoffset()  # fails if it is a day or more
    if not re.search(rf"(?<!\d){moment.year:04}", text):
        raise ValueError("has no year of four digits")
    if not re.match(r"\d{4}\D\d{1,2}\b", text) and moment != read(dayfirst=True):
        raise ValueError("could be two dates")
    return moment
