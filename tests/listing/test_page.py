"""One page of a listing."""

import json
import pickle

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


def test_what_a_page_holds_beside_its_items_cannot_be_changed() -> None:
    extra = {"total": 2, "of": {"pages": [1]}}
    page = Page((), None, None, extra)
    extra["total"] = 3
    assert page.extra == {"total": 2, "of": {"pages": [1]}}
    for change in (
        lambda: page.extra.update(total=3),  # type: ignore[attr-defined]  # a mapping for type checkers
        lambda: page.extra["of"].update(pages=[]),
        lambda: page.extra["of"]["pages"].append(2),
    ):
        with pytest.raises(TypeError, match="is read-only"):
            change()
    assert json.loads(json.dumps(page.extra)) == page.extra
    assert pickle.loads(pickle.dumps(page)) == page
