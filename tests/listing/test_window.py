"""The window of upload times that a listing is restricted to."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfimages.errors import InvalidArgumentError
from cfimages.listing.listing import SortOrder
from cfimages.listing.window import UploadWindow

NOV = datetime(2026, 11, 1, tzinfo=UTC)


def at(hour: int) -> datetime:
    return NOV.replace(hour=hour)


@attrs.frozen
class Item:
    uploaded: datetime | None
    name: int = 0


def items(*hours: int | None) -> list[Item]:
    return [Item(None if hour is None else at(hour), n) for n, hour in enumerate(hours)]


def window(since: int | None, before: int | None) -> UploadWindow:
    return UploadWindow.of(None if since is None else at(since), None if before is None else at(before))


@pytest.mark.parametrize("value", ["7d", "7 days ago", "yesterday", timedelta(days=7), 7])
@pytest.mark.parametrize("name", ["uploaded_since", "uploaded_before"])
def test_a_time_before_now_is_told_how_to_write_it(name: str, value: Any) -> None:
    since, before = (value, None) if name == "uploaded_since" else (None, value)
    with pytest.raises(InvalidArgumentError) as caught:
        UploadWindow.of(since, before)
    assert str(caught.value).startswith(f"{name}={value!r}: ")
    assert str(caught.value).endswith(", or pass datetime.now(UTC) - timedelta(days=7)")


@pytest.mark.parametrize("value", ["2026-13-01", datetime(2026, 11, 1)])  # noqa: DTZ001 - wrong on purpose
def test_a_wrong_date_is_not_told_of_times_before_now(value: Any) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        UploadWindow.of(value, None)
    assert "timedelta" not in str(caught.value)


def test_a_window_reads_its_bounds() -> None:
    made = UploadWindow.of("1 Nov 2026", date(2026, 11, 2))
    assert made == UploadWindow(NOV, NOV + timedelta(days=1))


@pytest.mark.parametrize(
    ("since", "before"),
    [
        ("2026-11-01", "2026-11-01"),
        ("2026-11-02", "2026-11-01"),
        ("2026-11-01", "2026-11-01T02:00+02:00"),
        (date(2026, 11, 2), NOV),
    ],
)
def test_a_window_in_which_nothing_can_lie_is_refused(since: Any, before: Any) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        UploadWindow.of(since, before)
    assert str(caught.value) == f"uploaded_since={since!r} is not before uploaded_before={before!r}"


@pytest.mark.parametrize(
    ("since", "before", "wrong"),
    [("soon", None, "uploaded_since"), (None, "soon", "uploaded_before"), ("", None, "uploaded_since"),
     (None, "", "uploaded_before"), (0, None, "uploaded_since")],
)  # fmt: skip
def test_a_bad_bound_is_refused_by_its_name(since: Any, before: Any, wrong: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"^{wrong}="):
        UploadWindow.of(since, before)


@pytest.mark.parametrize(
    ("since", "before", "hours"),
    [(3, None, [3, 4, 5, 5]), (None, 4, [1, 3]), (3, 5, [3, 4]), (6, None, []), (None, 1, [])],
)
def test_the_window_holds_its_start_but_not_its_end(since: int | None, before: int | None, hours: list[int]) -> None:
    given = items(1, None, 3, 4, 5, 5, None)
    chosen = window(since, before).select(given)
    assert [item.uploaded for item in chosen] == [at(hour) for hour in hours]


PAST: list[tuple[SortOrder, int | None, int | None, tuple[int | None, ...], bool]] = [
    ("desc", 3, None, (5, 4, 3), False),  # another may have been uploaded in the same instant
    ("desc", 3, None, (5, 4, 3, 2), True),
    ("desc", 3, None, (2, 1), True),
    ("desc", 3, None, (3, 2, None), True),
    ("desc", 3, None, (2, 5), False),
    ("desc", None, 3, (5, 4, 3, 2, 1), False),
    ("desc", 3, 5, (9, 8), False),
    ("asc", None, 5, (3, 4), False),
    ("asc", None, 5, (3, 4, 5), True),
    ("asc", None, 5, (6, 7), True),
    ("asc", None, 5, (4, 5, None), True),
    ("asc", 3, None, (1, 2, 9), False),
    ("asc", 3, 5, (1, 2), False),
    ("asc", 3, 5, (), False),
    ("desc", 3, 5, (), False),
    ("desc", 3, 5, (None, None), False),
]


@pytest.mark.parametrize(("order", "since", "before", "hours", "past"), PAST)
def test_a_listing_is_over_once_nothing_more_can_match(
    order: SortOrder, since: int | None, before: int | None, hours: tuple[int | None, ...], past: bool
) -> None:
    assert window(since, before).is_past(items(*hours), descending=order == "desc") is past


hours = st.integers(0, 9)


@given(
    st.lists(hours | st.none(), max_size=25),
    st.lists(st.integers(0, 25), max_size=8),
    st.tuples(st.none() | hours, st.none() | hours).filter(
        lambda bounds: bounds != (None, None) and (None in bounds or bounds[0] < bounds[1])  # type: ignore[operator]
    ),
    st.sampled_from(["asc", "desc"]),
)
def test_stopping_early_loses_nothing_wherever_the_pages_are_cut(
    times: list[int | None], cuts: list[int], bounds: tuple[int | None, int | None], order: SortOrder
) -> None:
    dated = iter(sorted((hour for hour in times if hour is not None), reverse=order == "desc"))
    listing = items(*(None if hour is None else next(dated) for hour in times))
    limits = window(*bounds)
    found: list[Item] = []
    for start, end in pairwise(sorted([0, *(min(cut, len(listing)) for cut in cuts), len(listing)])):
        page = listing[start:end]
        found += limits.select(page)
        if limits.is_past(page, descending=order == "desc"):
            break
    since, before = bounds
    assert found == [
        item
        for item in listing
        if item.uploaded
        and (since is None or item.uploaded >= at(since))
        and (before is None or item.uploaded < at(before))
    ]
