"""The times that users pass as arguments."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfimages.errors import InvalidArgumentError
from cfimages.times import Expiry, to_datetime, to_expiry

NOV = datetime(2026, 11, 1, tzinfo=UTC)
EAST = timezone(timedelta(hours=2))


class Nowhere(tzinfo):
    """A time zone that knows no offset: for Python, a time in it has none."""

    def utcoffset(self, _: datetime | None) -> None:
        return None


def at(hour: int, minute: int = 0) -> datetime:
    return NOV.replace(hour=hour, minute=minute)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (datetime(2026, 11, 1, 10, tzinfo=EAST), at(8)),
        (NOV, NOV),
        (date(2026, 11, 1), NOV),
        ("2026-11-01", NOV),
        (" 2026-11-01\n", NOV),
        ("20261101", NOV),
        ("2026-11-01T10:00", at(10)),
        ("2026-11-01 10:00:00", at(10)),
        ("2026-11-01T10:00Z", at(10)),
        ("2026-11-01T10:00:00.250Z", at(10).replace(microsecond=250000)),
        ("2026-11-01T10:00+02:00", at(8)),
        ("2026-11-01T10:00:00+0200", at(8)),
        ("2026-11", NOV),
        ("2026/11/01", NOV),
        ("2026/11/1", NOV),
        ("2026.11.01", NOV),
        ("2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)),
        ("2026/01/02", datetime(2026, 1, 2, tzinfo=UTC)),
        ("2026-1-2", datetime(2026, 1, 2, tzinfo=UTC)),
        ("2026", datetime(2026, 1, 1, tzinfo=UTC)),
        ("Nov 2026", NOV),
        ("November 2026", NOV),
        ("1 Nov 2026", NOV),
        ("01-Nov-2026", NOV),
        ("Nov 1, 2026", NOV),
        ("2026 Nov 1", NOV),
        ("2026 1 Nov", NOV),
        ("1st of November 2026", NOV),
        ("Sun, 01 Nov 2026 10:00:00 GMT", at(10)),
        ("Sun, 01 Nov 2026 10:00:00 -0500 (EST)", at(15)),
        ("1 Nov 2026 10:00 UTC", at(10)),
        ("1 Nov 2026 10:00 Z", at(10)),
        ("1 Nov 2026 14:30", at(14, 30)),
        ("November 1, 2026 2:30 PM", at(14, 30)),
        ("1 Nov 2026 10:00 +02:00", at(8)),
        ("13/11/2026", NOV.replace(day=13)),
        ("11/13/2026", NOV.replace(day=13)),
        ("11/11/2026", NOV.replace(day=11)),
        ("29 Feb 2028", datetime(2028, 2, 29, tzinfo=UTC)),
    ],
)
def test_a_time_as_people_write_it(value: datetime | date | str, moment: datetime) -> None:
    read = to_datetime("uploaded_since", value)
    assert read.utcoffset() is not None
    assert read == moment


@pytest.mark.parametrize("value", [datetime(2026, 11, 1), datetime(2026, 11, 1, tzinfo=Nowhere())])  # noqa: DTZ001
def test_a_datetime_without_a_time_zone_is_refused(value: datetime) -> None:
    problem = f"={value!r}: has no time zone: use datetime.now(UTC), or add tzinfo"
    with pytest.raises(InvalidArgumentError) as caught:
        to_datetime("uploaded_since", value)
    assert str(caught.value) == f"uploaded_since{problem}"
    with pytest.raises(InvalidArgumentError) as caught:
        to_expiry("expiry", value, now=NOV)
    assert str(caught.value).startswith(f"expiry{problem}")


YEARLESS = "has no year"
EITHER = "could be two dates: write it as 2026-11-01 or 2026-11-01T14:30+01:00"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("1 Nov", YEARLESS),
        ("Nov", YEARLESS),
        ("29 Feb", YEARLESS),
        ("Monday", YEARLESS),
        ("10:30", YEARLESS),
        ("Mon 10:30", YEARLESS),
        ("01/02/2026", EITHER),
        ("1.11.2026", EITHER),
        ("01 02 2026", EITHER),
        ("2026/13/01", "month must be in 1..12"),
        ("2026-13-01", "month must be in 1..12"),
        ("2026-02-30", "day is out of range for month"),
        ("31 Nov 2026", "day is out of range for month"),
        ("2026-11-01 14.30", "the time has a point instead of a colon"),
        ("tomorrow", "Unknown string format"),
        ("", "String does not contain a date"),
    ],
)
def test_a_text_that_is_no_certain_date_is_refused_with_the_reason(value: str, why: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        to_datetime("uploaded_since", value)
    assert str(caught.value).startswith(f"uploaded_since={value!r}: not a date: {why}")


@pytest.mark.parametrize("zone", ["EST", "CET", "PST", "XYZ", "EST-5", "EST +5"])
def test_a_zone_by_its_letters_is_refused(zone: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"the time zone {zone[:3]} is ambiguous: write it as"):
        to_datetime("uploaded_since", f"2026-11-01 10:00 {zone}")


@pytest.mark.parametrize(
    "value",
    [
        "1 Nov 2026 10:00 +9999",
        "2026-11-01 10:00 -25:00",
        "10:999999999999999999999999999999126",
        "9" * 30,
        "9" * 5000,
        "1700000000",
    ],
)
def test_numbers_beyond_any_clock_are_refused(value: str) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^uploaded_since="):
        to_datetime("uploaded_since", value)


@pytest.mark.parametrize("value", ["261101", "26-11-01", "01-11-26", "1 Nov 26", "26 Nov 01", "Nov 32", "1-1-1"])
def test_a_year_of_two_digits_is_refused_as_nobody_knows_which_part_it_is(value: str) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^uploaded_since="):
        to_datetime("uploaded_since", value)


@pytest.mark.parametrize(
    "value", ["2026-11-01 10:00 UTC+3", "Sun Nov 01 2026 10:00:00 GMT+0300", "1 Nov 2026 10:00 GMT +3"]
)
def test_an_offset_after_utc_means_what_people_mean_or_is_refused(value: str) -> None:
    try:
        read = to_datetime("uploaded_since", value)
    except InvalidArgumentError:
        return
    assert read == at(7)  # and not 13:00, as POSIX has it


@pytest.mark.parametrize("value", [None, 2026, 1793491200.0, b"2026-11-01", (2026, 11, 1), timedelta(1)])
def test_what_is_no_time_at_all_is_refused(value: Any) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        to_datetime("uploaded_before", value)
    assert (
        str(caught.value) == f"uploaded_before={value!r}: must be a datetime, a date or a string such as '2026-11-01'"
    )


@given(st.text(max_size=20) | st.text("0123456789 -/:.,+TZNovGMTESamp()", max_size=25))
def test_any_text_is_an_aware_time_or_refused(text: str) -> None:
    try:
        moment = to_datetime("uploaded_since", text)
    except InvalidArgumentError:
        return
    assert moment.utcoffset() is not None


@given(
    st.datetimes(datetime(1000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(["%d %b %Y %H:%M:%S", "%B %d, %Y %H:%M:%S", "%Y/%m/%d %H:%M:%S"]),
)
def test_a_date_with_a_clear_form_is_read_as_written(moment: datetime, form: str) -> None:
    written = moment.strftime(form)
    assert to_datetime("uploaded_since", written) == moment.replace(microsecond=0)


@given(st.datetimes(timezones=st.just(UTC) | st.just(EAST)))
def test_an_iso_text_means_the_same_as_its_datetime(moment: datetime) -> None:
    assert to_datetime("uploaded_since", moment.isoformat()) == to_datetime("uploaded_since", moment)


@pytest.mark.slow
def test_dateutil_is_imported_only_for_what_is_not_iso() -> None:
    code = (
        "import sys\n"
        "from cfimages.times import to_datetime\n"
        "for text in ('2026-11-01', '2026-11-01T10:00Z', '20261101'): to_datetime('a', text)\n"
        "print('dateutil' in sys.modules)\n"
        "to_datetime('a', '1 Nov 2026')\n"
        "print('dateutil' in sys.modules)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["False", "True"]


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (at(1), at(1)),
        (at(3).replace(tzinfo=EAST), at(1)),
        (timedelta(hours=1), at(1)),
        (timedelta(microseconds=1), NOV.replace(microsecond=1)),
        ("2026-11-01T01:00Z", at(1)),
        ("1 Nov 2026 01:00", at(1)),
        (datetime.max.replace(tzinfo=UTC),) * 2,
        (datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),) * 2,
    ],
)
def test_an_expiry_is_a_moment_or_a_time_from_now(value: Expiry, moment: datetime) -> None:
    read = to_expiry("expiry", value, now=NOV)
    assert read == moment
    assert read.utcoffset() is not None


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (NOV, "has passed"),
        (timedelta(0), "has passed"),
        (timedelta(seconds=-1), "has passed"),
        (timedelta.min, "is out of the range of a datetime"),
        (timedelta.max, "is out of the range of a datetime"),
        ("2026-10-31", "has passed"),
        ("soon", "not a date: "),
        ("", "not a date: "),
        (date(2027, 1, 1), "must be a datetime, a timedelta such as timedelta(hours=1), or a string"),
        (3600, "must be a datetime, a timedelta such as timedelta(hours=1), or a string"),
        (None, "must be a datetime, a timedelta such as timedelta(hours=1), or a string"),
    ],
)
def test_an_expiry_that_is_past_or_no_time_is_refused(value: Any, why: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        to_expiry("ends", value, now=NOV)
    assert str(caught.value).startswith(f"ends={value!r}: {why}")


@given(st.timedeltas() | st.datetimes(timezones=st.none() | st.just(EAST)) | st.text(max_size=12))
def test_any_expiry_lies_ahead_or_is_refused(value: Expiry) -> None:
    try:
        moment = to_expiry("expiry", value, now=NOV)
    except InvalidArgumentError:
        return
    assert moment > NOV
