"""Listings by offset and limit: an empty page is the end, and nothing else is."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfimages.errors import InvalidArgumentError, PaginationError
from cfimages.listing.offsets import ImportListing, LogListing, OffsetListing, SourceListing, offset
from cfimages.listing.page import Page
from cfimages.listing.walk import Walk
from cfimages.models.imports import ImportLog
from cfimages_api import models


class Service:
    """A log with messages, that sends at most `cap` of them at a time."""

    def __init__(self, messages: Sequence[str], cap: int = 100, *, heeds_offset: bool = True) -> None:
        self.entries = [{"msg": message} for message in messages]
        self.cap = cap
        self.heeds_offset = heeds_offset
        self.asked: list[dict[str, Any]] = []

    def pages(self, listing: LogListing, start: str | None = None) -> list[Page[ImportLog]]:
        (part,) = listing.parts
        walk, pages = Walk(part, start), []
        while not walk.finished:
            token = walk.ask()
            arguments = part.arguments(token)
            self.asked.append(arguments)
            first = arguments.get("offset", 0) if self.heeds_offset else 0
            logs = self.entries[first : first + min(self.cap, arguments["limit"])]
            page = part.read(models.ImportLogResult.from_dict({"logs": logs, "more": 1}), token)
            pages.append(walk.advance(page))
        return pages


def messages(pages: Sequence[Page[ImportLog]]) -> list[str | None]:
    return [entry.msg for page in pages for entry in page]


def test_a_walk_asks_by_offset_and_limit_until_a_page_is_empty() -> None:
    service = Service("abcde")
    pages = service.pages(LogListing("i", per_page=2))
    assert messages(pages) == list("abcde")
    assert service.asked == [
        {"import_id": "i", "limit": 2},
        {"import_id": "i", "limit": 2, "offset": 2},
        {"import_id": "i", "limit": 2, "offset": 4},
        {"import_id": "i", "limit": 2, "offset": 5},
    ]
    assert [(page.token, page.next_token) for page in pages] == [(None, "2"), ("2", "4"), ("4", "5"), ("5", None)]
    assert pages[0].extra == {"more": 1}


@given(count=st.integers(0, 40), limit=st.integers(1, 20), cap=st.integers(1, 20), start=st.integers(0, 45))
def test_a_service_that_sends_fewer_than_asked_for_loses_nothing(count: int, limit: int, cap: int, start: int) -> None:
    service = Service([str(number) for number in range(count)], cap)
    assert messages(service.pages(LogListing("i", per_page=limit))) == [str(number) for number in range(count)]
    rest = service.pages(LogListing("i", per_page=limit), str(start))
    assert messages(rest) == [str(number) for number in range(start, count)]


@pytest.mark.parametrize("entries", ["a", "abc"])
def test_a_service_that_takes_no_notice_of_the_offset_is_found_out(entries: str) -> None:
    with pytest.raises(PaginationError, match="the same page again and again"):
        Service(entries, heeds_offset=False).pages(LogListing("i"))


def test_pages_that_begin_and_end_alike_are_told_apart_by_all_entries() -> None:
    log = ["skipped", "a", "skipped", "skipped", "b", "skipped", "skipped", "c", "skipped"]
    assert messages(Service(log).pages(LogListing("i", per_page=3))) == log


def test_what_sources_are_asked_for() -> None:
    assert SourceListing().parts[0].arguments(None) == {"limit": 100}
    assert SourceListing(name="a", per_page=7).parts[0].arguments("0") == {"name": "a", "limit": 7, "offset": 0}
    assert ImportListing(per_page=7).parts[0].arguments("14") == {"limit": 7, "offset": 14}


LISTINGS: list[OffsetListing[Any]] = [
    SourceListing(name="a", per_page=20),
    ImportListing(per_page=20),
    LogListing("i", per_page=20),
]


@pytest.mark.parametrize("listing", LISTINGS)
def test_listings_are_values(listing: OffsetListing[Any]) -> None:
    assert listing.limited(5).per_page == 5
    assert listing.limited(50) == listing
    assert hash(listing.limited(50)) == hash(listing)
    assert listing.limited(5) != listing
    (part,) = listing.parts
    assert part.endpoint == listing.endpoint
    assert part.window is None
    assert not listing.descending
    assert repr(listing).startswith(f"{type(listing).__name__}(")


def test_the_arguments_are_shown_as_a_call_has_them() -> None:
    assert [listing.repr_arguments() for listing in LISTINGS] == [
        "per_page=20, name='a'",
        "per_page=20",
        "per_page=20, import_id='i'",
    ]


@pytest.mark.parametrize("token", ["", "-1", "1.5", "٣", "1" * 19, 5, '{"cfimages.position":1}'])
def test_a_token_is_an_offset(token: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^token=.*: must be an offset, as `next_token` of a page has it$"):
        ImportListing().check_token(token)
    ImportListing().check_token(None)
    assert offset("0") == 0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ImportListing(per_page=101), "per_page=101: must be a whole number, from 1 to 100"),
        (lambda: SourceListing(name=""), "name='': would filter nothing: pass None to list every source"),
        (lambda: SourceListing(name=b"a"), "name=b'a': must be a string, not bytes"),
        (lambda: LogListing(".."), "import_id='..': would address something else: pass the complete id"),
    ],
)
def test_bad_arguments_are_refused(make: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        make()
    assert str(caught.value) == message
