"""How far a walk has come: saved after any page, and continued when the service has forgotten its tokens."""

import itertools
import json
import logging
from typing import Any

import attrs
import pytest
from accounts import Account, Listed, Photo, at, from_both_ends, ids, merged, walk
from hypothesis import given
from hypothesis import strategies as st

from cfimages.errors import BadRequestError, InvalidArgumentError, NotFoundError, ServerError
from cfimages.listing.listing import Listing
from cfimages.listing.page import Page
from cfimages.listing.position import Position
from cfimages.listing.progress import Progress

FORGOTTEN = BadRequestError("unknown token", status_code=400)


def progress(order: Any = "desc", **arguments: Any) -> Progress:
    return Progress("acc", Listing(sort_order=order), **arguments)


def page(token: str | None, *photos: Photo) -> Page[Photo]:
    return Page(photos, None, token)


def photo(number: int, second: int | None = None) -> Photo:
    return Photo(number, at(number if second is None else second))


def test_progress_counts_what_has_come() -> None:
    made = progress()
    assert (made.token, made.finished, made.count, made.last) == (None, False, 0, None)
    first = page("t", photo(5), photo(4))
    assert made.advance(first) is first
    assert (made.token, made.finished, made.count, made.last) == ("t", False, 2, "i004")
    made.advance(page(None, photo(3)))
    assert (made.token, made.finished, made.count, made.last) == (None, True, 3, "i003")


def test_the_state_has_the_arguments_and_how_far_the_walk_is() -> None:
    listing = Listing(meta={"even": True}, creator="ada", sort_order="asc", per_page=2, uploaded_since=at(0))
    made = Progress("acc", listing, concurrency=4)
    made.advance(page("t", photo(1), photo(2, 1)))
    state = json.loads(made.state)
    assert {name: value for name, value in state.pop("listing").items() if value is not None} == {
        "meta": {"even": True},
        "creator": "ada",
        "sort_order": "asc",
        "per_page": 2,
        "uploaded_since": "2026-01-01T00:00:00+00:00",
    }
    assert state == {
        "version": 2,
        "account_id": "acc",
        "concurrency": 4,
        "prefetch": 0,
        "token": "t",
        "finished": False,
        "count": 2,
        "last": "i002",
        "passed": {"token": None, "moment": "2026-01-01T00:00:01+00:00", "ids": ["i001", "i002"]},
        "complete": True,
        "in_order": True,
    }
    assert Progress.from_state(made.state) == made


def test_a_state_without_an_argument_has_its_default() -> None:
    """As one that an earlier release saved, which did not know the argument yet."""
    state = json.loads(progress().state)
    del state["listing"]["sort_order"]
    assert Progress.from_state(json.dumps(state)).listing.sort_order == "desc"


PLACE = Position(None, at(1)).to_json()
GOOD = json.loads(progress().state)


@pytest.mark.parametrize("state", ["", "[]", "5", '{"version":2}', *(
    json.dumps(GOOD | change) for change in (
        {"token": 5}, {"count": "5"}, {"count": True}, {"finished": 0}, {"listing": None}, {"last": 5},
        {"passed": None}, {"passed": {}}, {"passed": PLACE | {"moment": "noon"}}, {"passed": PLACE | {"moment": 5}},
        {"passed": PLACE | {"moment": "2026-01-01T00:00:00"}}, {"passed": PLACE | {"ids": None}},
        {"account_id": None}, {"concurrency": None}, {"prefetch": 1.5}, {"complete": None}, {"in_order": None},
    )
)])  # fmt: skip
def test_what_is_no_state_is_refused(state: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        Progress.from_state(state)
    assert str(caught.value) == ("state: is damaged: pass the `state` of a resumable walk unchanged, and all of it")


def test_none_is_not_a_damaged_state() -> None:
    with pytest.raises(InvalidArgumentError, match=r"^state=None: must be a string"):
        Progress.from_state(None)  # type: ignore[arg-type]  # as of a program that has saved nothing yet


@pytest.mark.parametrize(
    ("state", "version"),
    [({"origin": {}, "token": None}, "1"), (GOOD | {"version": 1}, "1"), (GOOD | {"version": 3}, "3")],
)
def test_the_state_of_another_version_is_refused_by_its_number(state: dict[str, Any], version: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        Progress.from_state(json.dumps(state))
    assert str(caught.value) == f"state: has version {version}, and this release reads version 2"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"listing": {"unheard_of": 1}}, "state: 'unheard_of': is not an argument of list"),
        ({"listing": {"per_page": 0}}, "state: per_page=0: must be a whole number"),
        ({"listing": {"meta": {}}}, "state: meta is empty"),
        ({"token": ""}, "state: token='': must be a token of a page"),
    ],
)
def test_the_state_of_a_bad_listing_is_refused(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        Progress.from_state(json.dumps(GOOD | change))
    assert str(caught.value).startswith(problem)


def test_a_forgotten_token_starts_the_listing_again_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    made = progress()
    made.advance(page("t", photo(5), photo(4), photo(3, 4)))
    with caplog.at_level(logging.WARNING, "cfimages"):
        assert made.recover(FORGOTTEN)
    assert made.token == Position(None, at(4), frozenset({"i003", "i004"})).encode()
    (record,) = caplog.records
    assert record.message == (
        "the service no longer knows the token of this walk (after 3 images): the listing starts over, and skips the"
        " images that it has returned before"
    )


def test_before_any_image_a_forgotten_token_is_a_new_beginning() -> None:
    made = progress()
    made.advance(page("t"))
    assert made.recover(FORGOTTEN)
    assert made.token is None


def test_it_is_given_up_if_no_image_has_come_since() -> None:
    made = progress()
    made.advance(page("t", photo(5)))
    assert made.recover(FORGOTTEN)
    made.advance(page("u"))
    assert not made.recover(FORGOTTEN)
    made.advance(page("v", photo(4)))
    assert made.recover(FORGOTTEN)


def test_an_error_without_a_token_of_the_service_is_another_error() -> None:
    made = progress()
    assert not made.recover(FORGOTTEN)
    made.advance(page("t", photo(5)))
    assert not made.recover(ServerError("no", status_code=500))
    assert made.recover(NotFoundError("no", status_code=404))
    again = Progress.from_state(made.state)
    assert not again.recover(FORGOTTEN)


@pytest.mark.parametrize("photos", [
    [Photo(1, None)], [photo(9), Photo(8, None), photo(7)], [photo(8), photo(9), photo(7)],
])  # fmt: skip
def test_what_is_not_in_order_of_upload_does_not_start_again(photos: list[Photo]) -> None:
    made = progress()
    made.advance(page("t", *photos))
    assert not made.recover(FORGOTTEN)


def test_where_a_walk_began_at_a_token_it_must_have_left_its_first_moment() -> None:
    """What lies before that token is not known, and would come as if it were new."""
    made = progress(token="t")
    assert not made.recover(FORGOTTEN)
    made.advance(page("u", photo(5), photo(4, 5)))
    assert not made.recover(FORGOTTEN)
    made.advance(page("v", photo(3)))
    assert made.recover(FORGOTTEN)


PIECES = st.lists(st.tuples(st.sampled_from(["walk", "both"]), st.integers(0, 3), st.booleans()), max_size=8)


@given(
    seconds=st.lists(st.integers(0, 9), max_size=25),
    per_page=st.integers(1, 6),
    order=st.sampled_from(["asc", "desc"]),
    pieces=PIECES,
)
def test_however_it_is_interrupted_every_image_comes_once(
    seconds: list[int], per_page: int, order: Any, pieces: list[tuple[str, int, bool]]
) -> None:
    account, listed = Account.of(seconds, per_page=per_page), Listed(order == "desc")
    made, found = progress(order), list[Photo]()
    for way, count, forgotten in [*pieces, ("walk", 1000, False)]:
        made = Progress.from_state(made.state)
        if made.finished:
            break
        if forgotten:
            made.recover(FORGOTTEN)
        pages = walk(account, listed, made.token) if way == "walk" else from_both_ends(account, listed, made.token)
        for fetched in itertools.islice(pages, count):
            found.extend(made.advance(fetched))
    assert found == account.all(listed)
    assert (made.finished, made.count) == (True, len(seconds))


@given(
    images=st.lists(st.tuples(st.integers(0, 6), st.sampled_from(["a", "b"])), max_size=25),
    per_page=st.integers(1, 6),
    order=st.sampled_from(["asc", "desc"]),
    pieces=st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=8),
)
def test_a_merged_listing_is_continued_as_well(
    images: list[tuple[int, str]], per_page: int, order: Any, pieces: list[tuple[int, bool]]
) -> None:
    photos = [Photo(n, at(second), creator) for n, (second, creator) in enumerate(images)]
    account = Account(photos, per_page=per_page)
    parts = [Listed(order == "desc", creator=creator) for creator in "ab"]
    made, found = Progress("acc", Listing(sort_order=order, creator=["a", "b"])), list[str]()
    for count, forgotten in [*pieces, (1000, False)]:
        made = Progress.from_state(made.state)
        if made.finished:
            break
        if forgotten:
            made.recover(FORGOTTEN)
        for fetched in itertools.islice(merged(account, parts, made.token), count):
            found.extend(ids([made.advance(fetched)]))
    assert found == ids(merged(account, parts))


def test_a_listing_of_one_part_and_one_of_several_do_not_share_tokens() -> None:
    made = attrs.evolve(progress(), listing=Listing(creator=["a", "b"]))
    made.advance(page(None, photo(5)))
    made.token = Position(None, at(5)).encode()
    with pytest.raises(InvalidArgumentError, match=r"^state: token=.* is not a token of this listing"):
        Progress.from_state(made.state)


def test_an_interrupted_page_changes_nothing() -> None:
    class Interrupted:
        id = "x"

        def __init__(self, left: int) -> None:
            self.left = left

        @property
        def uploaded(self) -> Any:
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
            return at(3)

    for k in range(1, 4):
        made = progress()
        made.advance(page("t", photo(5), photo(4)))
        before = made.state
        with pytest.raises(KeyboardInterrupt):
            made.advance(Page((Interrupted(k),), "t", "u"))
        assert made.state == before
