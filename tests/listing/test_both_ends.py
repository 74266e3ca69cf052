"""A listing from both ends, against a model of an account: every interleaving, and resumed at every token."""

import itertools
from datetime import datetime
from typing import Any

import attrs
import pytest
from accounts import Account, Listed, Photo, at, from_both_ends, ids, rest, walk
from hypothesis import given, settings
from hypothesis import strategies as st

from cfimages.errors import PaginationError
from cfimages.listing.both_ends import BothEnds
from cfimages.listing.page import Page
from cfimages.listing.position import Position
from cfimages.listing.walk import Walk
from cfimages.listing.window import UploadWindow

orders = pytest.mark.parametrize("listed", [Listed(True), Listed(False)], ids=["desc", "asc"])


def sorted_by_upload(photos: list[Photo], listed: Listed) -> bool:
    moments = [photo.uploaded for photo in photos]
    return moments == sorted(moments, reverse=listed.descending)  # type: ignore[type-var]  # all have one


@orders
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 7, 40, 41])
def test_both_ends_give_what_a_plain_walk_gives(listed: Listed, count: int) -> None:
    account = Account.of(range(count), per_page=3)
    assert ids(from_both_ends(account, listed)) == ids(walk(account, listed))


@orders
def test_each_end_is_asked_for_half(listed: Listed) -> None:
    account = Account.of(range(60), per_page=3)
    pages = list(from_both_ends(account, listed))
    near = [token for descending, token in account.asked if descending == listed.descending]
    assert len(near) <= 11
    assert len(account.asked) <= 23
    assert len(pages) == 20


@orders
def test_the_rest_comes_in_pages_with_tokens(listed: Listed) -> None:
    account = Account.of((number // 2 for number in range(43)), per_page=4)
    pages = list(from_both_ends(account, listed))
    assert max(map(len, pages)) == 4
    assert [page.token for page in pages[1:]] == [page.next_token for page in pages[:-1]]
    assert pages[0].token is pages[-1].next_token is None
    assert len({page.token for page in pages}) == len(pages)


def resumptions(account: Account, listed: Listed, pages: list[Page[Photo]], schedule: Any) -> None:
    """Resume at every token, in either way."""
    whole = ids(pages)
    assert len(whole) == len(set(whole)), "an image came twice"
    assert set(whole) == set(ids(walk(account, listed)))
    assert sorted_by_upload([photo for page in pages for photo in page], listed)
    shown = 0
    for page in pages:
        for left in (walk(account, listed, page.token), from_both_ends(account, listed, page.token, schedule)):
            again = [photo for other in left for photo in other]
            assert sorted([photo.id for photo in again]) == sorted(whole[shown:])
            assert sorted_by_upload(again, listed)
        shown += len(page)


@settings(max_examples=150)
@given(
    seconds=st.lists(st.integers(0, 12), max_size=25),
    per_page=st.integers(1, 6),
    listed=st.builds(Listed, st.booleans()),
    shuffled=st.booleans(),
    bounds=st.tuples(st.none() | st.integers(0, 6), st.none() | st.integers(7, 13)),
    data=st.data(),
)
def test_every_token_resumes_in_either_way(
    seconds: list[int],
    per_page: int,
    listed: Listed,
    shuffled: bool,
    bounds: tuple[int | None, int | None],
    data: st.DataObject,
) -> None:
    since, before = (None if bound is None else at(bound) for bound in bounds)
    window = UploadWindow.of(since, before)
    listed = Listed(listed.descending, window)
    account = Account.of(seconds, per_page=per_page, shuffled=shuffled)
    arrivals = itertools.cycle(data.draw(st.lists(st.integers(0, 2), min_size=1, max_size=8)))
    pages = list(from_both_ends(account, listed, None, lambda: next(arrivals)))
    resumptions(account, listed, pages, lambda: next(arrivals))


@settings(max_examples=150)
@given(
    seconds=st.lists(st.integers(0, 12), max_size=25),
    per_page=st.integers(1, 6),
    listed=st.builds(Listed, st.booleans()),
    shuffled=st.booleans(),
    pieces=st.lists(st.tuples(st.booleans(), st.integers(1, 4)), max_size=8),
    data=st.data(),
)
def test_a_walk_in_pieces_of_either_way_is_exact(
    seconds: list[int],
    per_page: int,
    listed: Listed,
    shuffled: bool,
    pieces: list[tuple[bool, int]],
    data: st.DataObject,
) -> None:
    account = Account.of(seconds, per_page=per_page, shuffled=shuffled)
    arrivals = itertools.cycle(data.draw(st.lists(st.integers(0, 2), min_size=1, max_size=8)))
    found: list[Photo] = []
    token = None
    for plain, count in [*pieces, (True, 1000)]:
        pages = (
            walk(account, listed, token) if plain else from_both_ends(account, listed, token, lambda: next(arrivals))
        )
        for page in itertools.islice(pages, count):
            found.extend(page)
            token = page.next_token
        if token is None:
            break
    assert sorted(photo.id for photo in found) == sorted(ids(walk(account, listed)))
    assert sorted_by_upload(found, listed)


@settings(max_examples=150)
@given(
    seconds=st.lists(st.integers(0, 12), max_size=30),
    changes=st.dictionaries(
        st.integers(1, 14), st.lists(st.tuples(st.booleans(), st.integers(0, 29)), max_size=4), max_size=6
    ),
    per_page=st.integers(1, 6),
    listed=st.builds(Listed, st.booleans()),
    resume_after=st.integers(0, 6),
    data=st.data(),
)
def test_nothing_is_lost_or_repeated_while_others_insert_and_delete(
    seconds: list[int],
    changes: dict[int, list[tuple[bool, int]]],
    per_page: int,
    listed: Listed,
    resume_after: int,
    data: st.DataObject,
) -> None:
    account = Account.of(seconds, per_page=per_page)
    alive = {photo.id for photo in account.photos}
    inserted: dict[str, int] = {}

    def before(account: Account, number: int) -> None:
        for insert, which in changes.get(number, []):
            if insert:  # new images are the newest
                photo = Photo(100 + len(inserted), at(13))
                account.photos.append(photo)
                inserted[photo.id] = number
            else:
                account.photos = [photo for photo in account.photos if photo.number != which]
                alive.discard(f"i{which:03}")

    account.before = before
    arrivals = itertools.cycle(data.draw(st.lists(st.integers(0, 2), min_size=1, max_size=8)))
    begun = list(itertools.islice(from_both_ends(account, listed, None, lambda: next(arrivals)), resume_after))
    found = [photo for page in begun for photo in page]
    if not begun or begun[-1].next_token:
        token = begun[-1].next_token if begun else None
        left = from_both_ends(account, listed, token, lambda: next(arrivals))
        found += [photo for page in left for photo in page]
    given_ids = [photo.id for photo in found]
    assert len(given_ids) == len(set(given_ids)), "an image came twice"
    assert alive <= set(given_ids), "an image that was there all the time was lost"
    if not listed.descending:  # what is uploaded before the last looks at both ends comes, too
        looks = [number for number, ask in enumerate(account.asked, 1) if ask == (True, None)]
        nears = [number for number, (descending, _) in enumerate(account.asked, 1) if not descending]
        last = min(looks[-1], nears[-1]) if looks and nears else 0
        assert {id for id, number in inserted.items() if number <= last} <= set(given_ids)
    assert sorted_by_upload(found, listed)


def test_the_second_look_is_one_page_after_the_ends_have_met() -> None:
    account = Account.of(range(40), per_page=5)
    list(from_both_ends(account, Listed(False)))
    assert [descending for descending, _ in account.asked].count(False) <= 5
    assert account.asked[-1] == (True, None)
    assert account.asked.count((True, None)) == 2


def unsorted(seconds: list[int | None]) -> list[Photo]:
    return [Photo(n, None if second is None else at(second)) for n, second in enumerate(seconds)]


def scripted(ends: BothEnds[Photo], near: list[Page[Photo]], far: list[Page[Photo]]) -> list[Page[Photo]]:
    """The pages from both ends of a service by script. The far pages come as soon as they are wanted."""
    given_pages, coming, late = [], iter(far), iter(far)
    for page in near:
        pair = None
        if ends.needs_far(0):
            pair = ends.far.advance(next(coming))
        given_pages.append(ends.advance(page, pair))
        if ends.finished:
            break
    while ends.needs_late:
        ends.advance_late(ends.late.advance(next(late)))
    return [*given_pages, *(rest(ends, 10) if ends.met else [])]


def pages_of(*pages: list[Photo]) -> list[Page[Photo]]:
    tokens = [None, *map(str, range(1, len(pages))), None]
    return [Page(tuple(items), tokens[n], tokens[n + 1]) for n, items in enumerate(pages)]


@pytest.mark.parametrize("seconds", [[5, 3, 8], [None, None, None], [9, 8, None]])
def test_a_listing_that_is_not_sorted_is_walked_from_one_end(
    seconds: list[int | None], caplog: pytest.LogCaptureFixture
) -> None:
    a, b, c = unsorted(seconds)
    ends = BothEnds[Photo](Listed(True), Listed(False), None)
    found = scripted(ends, pages_of([a, b, c], [Photo(7, at(1))]), pages_of([Photo(7, at(1))]))
    assert ids(found) == ["i000", "i001", "i002", "i007"]
    assert not ends.met
    assert not ends.needs_far(0)
    assert [record.message for record in caplog.records] == [
        "the service does not sort this listing by upload time: it is read from one end only"
    ]


def of_one_moment(*numbers: int) -> list[Photo]:
    return [Photo(number, at(0)) for number in numbers]


def test_resumed_within_one_moment_nothing_before_comes_again() -> None:
    ends = BothEnds[Photo](Listed(False), Listed(True), "1")
    near = pages_of(of_one_moment(1, 2), of_one_moment(3), of_one_moment(4))[1:]
    assert ids(scripted(ends, near, pages_of(of_one_moment(4, 3, 2, 1)))) == ["i003", "i004"]


def test_all_may_come_from_the_far_end() -> None:
    ends = BothEnds[Photo](Listed(False), Listed(True), None)
    near = pages_of([], of_one_moment(1), of_one_moment(2), of_one_moment(3))
    found = scripted(ends, near, pages_of(of_one_moment(3, 2, 1)))
    assert ids(found) == ["i001", "i002", "i003"]


def test_the_first_image_may_come_while_the_ends_are_looked_at() -> None:
    ends = BothEnds[Photo](Listed(False), Listed(True), None)
    assert ends.needs_far(0)
    empty = Page[Photo]((), None, None)
    ends.advance(Page((), None, "1"), ends.far.advance(empty))
    assert ends.needs_late
    page = Page(tuple(of_one_moment(1)), None, None)
    ends.advance_late(ends.late.advance(page))
    assert not ends.needs_late
    assert ids(rest(ends, 10)) == ["i001"]


@pytest.mark.parametrize("per_page", [1, 2, 5])
def test_a_rest_of_nothing_is_one_page(per_page: int) -> None:
    ends = BothEnds[Photo](Listed(True), Listed(False), None)
    assert ends.needs_far(0)
    far = Page((Photo(1, at(1)),), None, None)
    ends.advance(Page((Photo(1, at(1)),), None, "t"), ends.far.advance(far))
    assert ends.met
    assert list(rest(ends, per_page)) == [Page((), "t", None)]


def test_a_page_that_is_an_error_counts_neither_page() -> None:
    ends = BothEnds[Photo](Listed(True), Listed(False), None)
    same = (Photo(9, at(9)),)
    for token in "ab":
        ends.advance(Page(same, None, token), None)
    far = Page((Photo(1, at(1)),), None, "f")
    for _ in range(2):
        with pytest.raises(PaginationError):
            ends.advance(Page(same, "b", "c"), far)
    ends.advance(Page((Photo(2, at(2)),), "b", "c"), far)
    assert ends.near.state.position.encode() == "c"


def test_a_position_of_the_rest_is_recognised() -> None:
    account = Account.of(range(20), per_page=3)
    *_, last = from_both_ends(account, Listed(True))
    place = Position.parse(last.token)
    assert (place.moment, place.ids) == (at(2), {"i002"})
    assert place.encode() == last.token


class Interrupted:
    """A photo of which the time cannot be read once: when the countdown ends."""

    def __init__(self, photo: Photo, countdown: list[int]) -> None:
        self.id = photo.id
        self._photo = photo
        self._countdown = countdown

    @property
    def uploaded(self) -> datetime | None:
        self._countdown[0] -= 1
        if self._countdown[0] == 0:
            raise KeyboardInterrupt
        return self._photo.uploaded


@orders
def test_what_is_interrupted_can_be_called_again(listed: Listed) -> None:
    def again(function: Any, *arguments: Any) -> Any:
        try:
            return function(*arguments)
        except KeyboardInterrupt:
            return function(*arguments)

    def found(countdown: list[int]) -> list[str]:
        account = Account.of((number // 2 for number in range(14)), per_page=3)
        ends = BothEnds[Any](listed, listed.reversed(), None)

        def fetch(walk: Walk[Any]) -> Page[Any]:
            page = account.fetch(walk.part, walk.state.position.token)  # type: ignore[arg-type]  # a part of the model
            return attrs.evolve(page, items=tuple(Interrupted(photo, countdown) for photo in page))

        def advanced(walk: Walk[Any]) -> Page[Any]:
            return again(walk.advance, fetch(walk))  # type: ignore[no-any-return]  # what `advance` returns

        pages = []
        while not ends.finished:
            far = advanced(ends.far) if ends.needs_far(0) else None
            pages.append(again(ends.advance, fetch(ends.near), far))
        while ends.needs_late:
            again(ends.advance_late, advanced(ends.late))
        while (page := again(ends.next_rest, 3)) is not None:
            pages.append(page)
        return ids(pages)

    countdown = [-1]
    whole = found(countdown)
    assert len(set(whole)) == len(whole) == 14
    for k in range(1, -countdown[0]):
        assert found([k]) == whole, k
