"""Several listings as one, against a model of an account: exact, however it is interrupted."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from accounts import Account, Listed, Photo, at, ids, merged
from hypothesis import example, given
from hypothesis import strategies as st

from cfimages.errors import InvalidArgumentError
from cfimages.listing.merge import Merge
from cfimages.listing.page import Page
from cfimages.listing.position import Position
from cfimages.listing.walk import Walk


def parts(descending: bool, *creators: str) -> list[Listed]:
    return [Listed(descending, creator=creator) for creator in creators]


def account_of(images: list[tuple[int, str]], **options: Any) -> Account:
    return Account([Photo(n, at(second), creator) for n, (second, creator) in enumerate(images)], **options)


images = st.lists(st.tuples(st.integers(0, 6), st.sampled_from(["a", "b", "c"])), max_size=30)


@given(
    images=images,
    per_page=st.integers(1, 6),
    descending=st.booleans(),
    shuffled=st.booleans(),
    creators=st.lists(st.sampled_from(["a", "b", "nobody"]), min_size=1, max_size=4),
)
def test_every_token_resumes(
    images: list[tuple[int, str]], per_page: int, descending: bool, shuffled: bool, creators: list[str]
) -> None:
    """A creator may be there twice: then both walks have each of its images."""
    account = account_of(images, per_page=per_page, shuffled=shuffled)
    listed = parts(descending, *creators)
    pages = list(merged(account, listed))
    whole = ids(pages)
    assert sorted(whole) == [f"i{n:03}" for n, (_, creator) in enumerate(images) if creator in creators]
    moments = [photo.uploaded for page in pages for photo in page]
    assert moments == sorted(moments, reverse=descending)  # type: ignore[type-var]  # all have one
    assert [page.token for page in pages[1:]] == [page.next_token for page in pages[:-1]]
    assert pages[0].token is pages[-1].next_token is None
    for n, page in enumerate(pages):
        assert ids(merged(account, listed, page.token)) == ids(pages[n:])


@given(images=images, per_page=st.integers(1, 6), descending=st.booleans(), shown=st.integers(0, 30))
def test_a_merge_starts_again_at_a_position(
    images: list[tuple[int, str]], per_page: int, descending: bool, shown: int
) -> None:
    account = account_of(images, per_page=per_page)
    listed = parts(descending, "a", "b")
    whole = [photo for page in merged(account, listed) for photo in page]
    passed = whole[:shown]
    if not passed:
        return
    place = Position().after(passed)
    assert place.moment
    token = Merge.token_at(place.moment, place.ids, 2, descending=descending)
    assert [photo for page in merged(account, listed, token) for photo in page] == whole[shown:]


def test_an_image_that_moves_between_walks_comes_once() -> None:
    """As when its creator is changed after one walk has seen it and before the other does."""

    def before(account: Account, number: int) -> None:
        if number == 2:
            account.photos[0] = attrs.evolve(account.photos[0], creator="b")

    account = account_of([(n, "a") for n in range(20)], per_page=5, before=before)
    assert ids(merged(account, parts(False, "a", "b"))) == [f"i{n:03}" for n in range(20)]


Pages = list[list[int | None]]


class PartlyDated:
    """Listings with pages of any size: of each image, the seconds since the one before it, or None for no time."""

    def __init__(self, *listings: Pages) -> None:
        self.listings = listings

    def page(self, n: int, token: str | None) -> Page[Photo]:
        number, second, photos = int(token or 0), 0, list[Photo]()
        for p, page in enumerate(self.listings[n][: number + 1]):
            photos = []
            for i, later in enumerate(page):
                second += later or 0
                photos.append(Photo(n * 100 + p * 10 + i, None if later is None else at(second)))
        return Page(tuple(photos), token, str(number + 1) if number + 1 < len(self.listings[n]) else None)

    def walk(self, n: int, start: str | None) -> Iterator[Page[Photo]]:
        state = Walk(Listed(descending=False), start)
        while not state.finished:
            yield state.advance(self.page(n, state.ask()))

    def merged(self, start: str | None = None) -> Iterator[Page[Photo]]:
        merge = Merge[Photo](len(self.listings), start, descending=False)
        pages = {n: self.walk(n, place) for n, place in merge.tokens.items()}
        while not merge.finished:
            while (n := merge.wanted()) is not None:
                merge.advance(n, next(pages[n]))
            yield merge.emit()


LISTING = st.lists(st.lists(st.none() | st.integers(0, 2), max_size=3), min_size=1, max_size=4)


@given(a=LISTING, b=LISTING)
@example(a=[[1], [None, 4]], b=[[1], [5]])
def test_undated_images_are_where_they_stand_also_after_resuming(a: Pages, b: Pages) -> None:
    service = PartlyDated(a, b)
    pages = list(service.merged())
    whole = ids(pages)
    assert len(set(whole)) == len(whole) == sum(map(len, [*a, *b]))
    for n, page in enumerate(pages[:-1], start=1):
        assert ids(service.merged(page.next_token)) == ids(pages[n:])


def test_an_empty_merge_is_one_empty_page() -> None:
    assert list(merged(Account([]), parts(True, "a", "b"))) == [Page((), None, None)]


def test_a_walk_that_has_ended_is_not_asked_again() -> None:
    account = account_of([(0, "a"), (1, "b"), (2, "b"), (3, "b")], per_page=1)
    pages = list(itertools.islice(merged(account, parts(False, "a", "b")), 2))
    assert Merge[Photo](2, pages[-1].next_token, descending=False).tokens.keys() == {1}


HEADS = {"cfimages.merge": 1, "heads": [[None, None], ["t", 5]], "rank": 5, "ids": ["a"]}


@pytest.mark.parametrize(
    ("token", "problem"),
    [
        ("t", "is not a token of this listing, which consists of 2"),
        ("{}", "is not a token of this listing, which consists of 2"),
        (Position("t", at(1)).encode(), "is not a token of this listing, which consists of 2"),
        (json.dumps(HEADS | {"heads": [[None, 0]]}), "is not a token of this listing, which consists of 2"),
        ("", "must be a token of a page, or None for the beginning"),
        (json.dumps(HEADS | {"cfimages.merge": 2}), "has version 2, and this release reads version 1"),
        (json.dumps(HEADS | {"heads": [[None, 0], [5, 0]]}), "is damaged"),
        (json.dumps(HEADS | {"heads": [[None, 0], [None]]}), "is damaged"),
        (json.dumps(HEADS | {"heads": 5}), "is damaged"),
        (json.dumps(HEADS | {"heads": [[None, 0], [None, float("nan")]]}), "is damaged"),
        (json.dumps(HEADS | {"rank": float("inf")}), "is damaged"),
        (json.dumps(HEADS | {"rank": "x"}), "is damaged"),
        (json.dumps(HEADS | {"rank": 10**400}), "is damaged"),
        (json.dumps(HEADS | {"ids": "a"}), "is damaged"),
        (json.dumps({"cfimages.merge": 1, "heads": []}), "is damaged"),
    ],
)
def test_what_is_no_token_of_this_listing_is_refused(token: str, problem: str) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^token=.*" + problem):
        Merge[Photo](2, token, descending=True)


def test_a_good_token_is_taken() -> None:
    assert Merge[Photo](2, json.dumps(HEADS), descending=True).tokens == {0: None, 1: "t"}
