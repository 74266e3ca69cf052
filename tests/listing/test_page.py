"""One page of a listing."""

import attrs
import pytest

from cfimages.listing.page import Page


def test_a_page_is_its_items() -> None:
    page = Page((1, 2), None, "a")
    assert list(page) == list(page) == [1, 2]
    assert len(page) == 2
    assert 2 in page
    assert not Page((), None, None)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        page.items = ()  # type: ignore[misc]  # that is what is tested


def test_a_page_is_shown_by_its_first_item() -> None:
    assert repr(Page((1, 2), None, "a")) == "Page(<2 items>, first=1, next_token='a')"
    assert repr(Page((), "a", None)) == "Page(<0 items>, next_token=None)"
    assert len(repr(Page((), None, "a" * 1000))) < 300


def test_pages_are_compared_by_their_items_and_tokens() -> None:
    page = Page((1, 2), None, "a", {"total": 2})
    assert page == Page((1, 2), None, "a")
    assert len({page, Page((1, 2), None, "a"), Page((1,), None, "a")}) == 2
