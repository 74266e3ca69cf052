"""One pass over the pages of a listing: what it asks for, what it returns, where it continues."""

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from accounts import Account, Listed, Photo, at, ids, walk
from hypothesis import given
from hypothesis import strategies as st

from cfimages.errors import APIConnectionError, InvalidArgumentError, PaginationError
from cfimages.listing.page import Page
from cfimages.listing.position import Position
from cfimages.listing.walk import Walk
from cfimages.listing.window import UploadWindow

Token = str | None
Script = Mapping[Token, tuple[Iterable[int], Token] | Exception]

ASC = Listed(descending=False)
THREE: Script = {None: ([1, 2], "a"), "a": ([3], "b"), "b": ([4, 5], None)}


def photo(number: int) -> Photo:
    return Photo(number, at(number))


class Service:
    """A listing by script: token to the numbers of images and the next token, or an error to raise."""

    def __init__(self, script: Script) -> None:
        self.script = dict(script)
        self.asked: list[Token] = []

    def fetch(self, token: Token) -> Page[Photo]:
        self.asked.append(token)
        response = self.script[token]
        if isinstance(response, Exception):
            raise response
        numbers, following = response
        return Page(tuple(map(photo, numbers)), token, following)

    def step(self, state: Walk[Photo]) -> Page[Photo]:
        return state.advance(self.fetch(state.ask()))

    def walk(
        self, start: Token = None, listed: Listed = ASC, into: list[Page[Photo]] | None = None
    ) -> list[Page[Photo]]:
        state, pages = Walk(listed, start), [] if into is None else into
        while not state.finished:
            pages.append(self.step(state))
        return pages

    def numbers(self, start: Token = None, into: list[Page[Photo]] | None = None) -> list[int]:
        return [item.number for page in self.walk(start, into=into) for item in page]


def test_a_walk_asks_for_every_page_once_and_in_order() -> None:
    service = Service(THREE)
    assert service.numbers() == [1, 2, 3, 4, 5]
    assert service.asked == [None, "a", "b"]


def test_pages_have_the_token_where_they_begin_and_that_of_the_next_one() -> None:
    assert Service(THREE).walk() == [
        Page((photo(1), photo(2)), None, "a"),
        Page((photo(3),), "a", "b"),
        Page((photo(4), photo(5)), "b", None),
    ]


def test_every_token_resumes() -> None:
    pages = Service(THREE).walk()
    for n, page in enumerate(pages):
        assert Service(THREE).walk(page.token) == pages[n:]


def test_what_a_page_has_beside_its_items_stays() -> None:
    state = Walk(ASC, None)
    assert state.advance(Page((photo(1),), None, None, {"total": 1})).extra == {"total": 1}


def test_a_null_or_empty_token_is_the_end() -> None:
    for end in (None, ""):
        service = Service({None: ([1], end)})
        assert service.walk() == [Page((photo(1),), None, None)]
        assert service.asked == [None]


def test_a_walk_that_has_finished_has_no_token() -> None:
    service, state = Service({"a": ([1], None)}), Walk(ASC, "a")
    assert (state.state.position.encode(), state.finished) == ("a", False)
    service.step(state)
    assert (state.state.position.encode(), state.finished) == (None, True)


def test_short_and_empty_pages_are_not_the_end() -> None:
    script: Script = {
        None: ([], "a"), "a": ([1, 2, 3], "b"), "b": ([4], "c"), "c": ([], "d"), "d": ([], "e"), "e": ([5], "f"),
        "f": ([], None),
    }  # fmt: skip
    assert Service(script).numbers() == [1, 2, 3, 4, 5]
    assert len(Service(script).walk()) == 7


CIRCLES: list[tuple[str, Script, Token, list[int], list[Token], str]] = [
    ("its own token", {None: ([1], "a"), "a": ([2], "a")}, None, [1, 2], [None, "a"], "a"),
    ("the one before", {None: ([1], "a"), "a": ([2], "b"), "b": ([3], "a")}, None, [1, 2, 3], [None, "a", "b"], "a"),
    ("the start", {"s": ([1], "a"), "a": ([2], "s")}, "s", [1, 2], ["s", "a"], "s"),
    ("its own token, empty", {None: ([], "a"), "a": ([], "a")}, None, [], [None, "a"], "a"),
    ("the start at once", {"s": ([1], "s")}, "s", [1], ["s"], "s"),
]


@pytest.mark.parametrize(
    ("script", "start", "numbers", "asked", "token"), [row[1:] for row in CIRCLES], ids=[row[0] for row in CIRCLES]
)
def test_a_token_that_comes_again_is_an_error(
    script: Script, start: Token, numbers: list[int], asked: list[Token], token: str
) -> None:
    service, found = Service(script), list[Page[Photo]]()
    with pytest.raises(PaginationError) as caught:
        service.walk(start, into=found)
    assert str(caught.value) == (
        f"the service sent the continuation token {token!r} a second time: its pages would never end"
    )
    assert ([item.number for page in found for item in page], service.asked) == (numbers, asked)


def endless() -> Script:
    return {None: ([1, 2], "t1"), **{f"t{n}": ([1, 2], f"t{n + 1}") for n in range(1, 9)}}


@pytest.mark.parametrize("window", [None, UploadWindow(at(5), None)])
def test_the_same_page_under_new_tokens_is_an_error(window: UploadWindow | None) -> None:
    service = Service(endless())
    with pytest.raises(PaginationError) as caught:
        service.walk(listed=Listed(descending=False, window=window))
    assert str(caught.value) == (
        "the service sends the same page again and again: it does not follow the position it is asked for"
    )
    assert service.asked == [None, "t1", "t2"]


def test_a_walk_goes_on_when_the_service_stops_repeating_itself() -> None:
    service, state = Service(endless()), Walk(ASC, None)
    found = [service.step(state), service.step(state)]
    for _ in range(2):
        with pytest.raises(PaginationError):
            service.step(state)
    service.script["t2"] = [3], None
    assert ids([*found, service.step(state)]) == ["i001", "i002", "i003"]
    assert service.asked == [None, "t1", "t2", "t2", "t2"]


def test_a_page_that_comes_twice_is_returned_once() -> None:
    """As when as many images are added between two requests as a numbered page has."""
    script: Script = {None: ([1, 2], "b"), "b": ([1, 2], "c"), "c": ([3], "d"), "d": ([3], "e"), "e": ([4], None)}
    assert Service(script).numbers() == [1, 2, 3, 4]
    assert len(Service(script).walk()) == 5


@pytest.mark.parametrize("token", [None, "a", "b"])
def test_after_an_error_the_same_page_is_asked_for_again(token: Token) -> None:
    error = APIConnectionError("no route")
    service, state = Service({**THREE, token: error}), Walk(ASC, None)
    found: list[Page[Photo]] = []
    while state.state.position.encode() != token:
        found.append(service.step(state))
    for _ in range(3):
        with pytest.raises(APIConnectionError):
            service.step(state)
        assert state.state.position.encode() == token
    service.script.update(THREE)
    while not state.finished:
        found.append(service.step(state))
    assert ids(found) == ["i001", "i002", "i003", "i004", "i005"]
    assert service.asked.count(token) == 4


def test_other_errors_pass_as_they_are() -> None:
    error = KeyError("a bug")
    with pytest.raises(KeyError) as caught:
        Service({None: ([1], "a"), "a": error}).walk()
    assert caught.value is error


@st.composite
def listings(draw: st.DrawFn) -> tuple[dict[Token, Any], list[int]]:
    """A script of pages, some of them empty, and all of its numbers."""
    sizes = draw(st.lists(st.integers(0, 3), min_size=1, max_size=8))
    numbers = itertools.count()
    pages = [[next(numbers) for _ in range(size)] for size in sizes]
    tokens: list[Token] = [None, *(f"t{n}" for n in range(1, len(pages))), draw(st.sampled_from([None, ""]))]
    script = {tokens[n]: (page, tokens[n + 1]) for n, page in enumerate(pages)}
    return script, [number for page in pages for number in page]


@given(listing=listings(), failing=st.sets(st.integers(0, 8)))
def test_whatever_fails_resuming_gives_every_item_once(
    listing: tuple[dict[Token, Any], list[int]], failing: set[int]
) -> None:
    script, numbers = listing
    service = Service(script)
    broken = failing & set(range(len(script)))
    for position in broken:
        service.script[list(script)[position]] = APIConnectionError("no route")
    state, found = Walk(ASC, None), list[Page[Photo]]()
    while not state.finished:
        try:
            found.append(service.step(state))
        except APIConnectionError:
            service.script[state.state.position.encode()] = script[state.state.position.encode()]
            state = Walk(ASC, state.state.position.encode())
    assert [item.number for page in found for item in page] == numbers
    assert len(service.asked) == len(script) + len(broken)


@pytest.mark.parametrize("descending", [True, False])
def test_a_window_cuts_what_lies_outside_and_ends_the_walk(descending: bool) -> None:
    account = Account.of(range(20), per_page=3)
    window = UploadWindow(at(5), at(9))
    pages = list(walk(account, Listed(descending, window)))
    assert sorted(ids(pages)) == ["i005", "i006", "i007", "i008"]
    assert pages[-1].next_token is None
    assert len(account.asked) == (6 if descending else 4)


# Positions


@pytest.mark.parametrize("token", [None, "abc", "{", '{"a":1}', "5", "[]"])
def test_a_token_of_the_service_is_a_position(token: Token) -> None:
    assert Position.parse(token) == Position(token)
    assert Position(token).encode() == token


@pytest.mark.parametrize("token", [None, "abc"])
def test_a_position_is_encoded_and_parsed(token: Token) -> None:
    position = Position(token, at(5), frozenset({"b", "a"}))
    encoded = position.encode()
    assert encoded == (
        f'{{"cfimages.position":1,"token":{"null" if token is None else chr(34) + token + chr(34)},'
        '"moment":"2026-01-01T00:00:05+00:00","ids":["a","b"]}'
    )
    assert Position.parse(encoded) == position


PLACE = '"token":null,"moment":"2026-01-01T00:00:05+00:00","ids":["a"]}'


@pytest.mark.parametrize(
    ("token", "problem"),
    [
        ("", "must be a token of a page, or None for the beginning"),
        (5, "must be a token of a page, or None for the beginning"),
        (b"t", "must be a token of a page, or None for the beginning"),
        ('{"cfimages.position":1', "is damaged: pass a page's `next_token` unchanged"),
        ('{"a":"\\"cfimages."}', "is damaged: pass a page's `next_token` unchanged"),
        ('{"cfimages.position":1,"token":null}', "is damaged: pass a page's `next_token` unchanged"),
        (f'{{"cfimages.position":1,{PLACE}'.replace("null", "5"), "is damaged"),
        (f'{{"cfimages.position":1,{PLACE}'.replace("+00:00", ""), "is damaged"),
        (f'{{"cfimages.position":1,{PLACE}'.replace('"2026-01-01T00:00:05+00:00"', "5"), "is damaged"),
        (f'{{"cfimages.position":1,{PLACE}'.replace("2026", "noon"), "is damaged"),
        (f'{{"cfimages.position":1,{PLACE}'.replace('["a"]', '"a"'), "is damaged"),
        (f'{{"cfimages.position":1,{PLACE}'.replace('["a"]', "[5]"), "is damaged"),
        (f'{{"cfimages.position":2,{PLACE}', "has version 2, and this release reads version 1"),
        (f'{{"cfimages.position":null,{PLACE}', "has version None, and this release reads version 1"),
        ('{"cfimages.merge":1,"heads":[]}', "belongs to a listing of several creators or of more values"),
    ],
)
def test_what_is_no_token_is_refused_by_its_name(token: Any, problem: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        Walk(ASC, token)
    assert str(caught.value).startswith(f"token={token!r}: {problem}")


def test_a_token_that_was_written_anew_as_json_is_the_same() -> None:
    token = ' { "ids": ["a"], "moment": "2026-01-01T00:00:05+00:00", "token": null, "cfimages.position": 1 }'
    assert Position.parse(token) == Position(None, at(5), frozenset({"a"}))


@given(
    seconds=st.lists(st.integers(0, 9), max_size=20),
    per_page=st.integers(1, 5),
    descending=st.booleans(),
    shown=st.integers(0, 20),
    pages=st.integers(0, 6),
)
def test_a_position_drops_what_lies_before_it_and_nothing_else(
    seconds: list[int], per_page: int, descending: bool, shown: int, pages: int
) -> None:
    account, listed = Account.of(seconds, per_page=per_page), Listed(descending)
    photos = account.all(listed)
    behind = list(itertools.islice(walk(account, listed), pages))
    token = behind[-1].next_token if behind else None
    passed = photos[: max(shown, sum(map(len, behind)))]
    place = Position(token).after(passed)
    found = list(walk(account, listed, place.encode()))
    assert [photo for page in found for photo in page] == photos[len(passed) :]
    for page in found:
        assert page.token == place.encode()
        place = Position.parse(page.next_token)
        assert ids(walk(account, listed, page.token)) == ids(found[found.index(page) :])


def test_behind_the_position_tokens_are_those_of_the_service() -> None:
    account = Account.of([1, 2, 3, 3, 4, 5, 6, 7], per_page=2)
    pages = list(walk(account, ASC, Position(None, at(3), frozenset({"i002"})).encode()))
    assert ids(pages) == ["i003", "i004", "i005", "i006", "i007"]
    tokens = [Position.parse(page.token) for page in pages]
    assert [token.moment for token in tokens] == [at(3), at(3), at(3), None]


def test_images_without_an_upload_time_are_dropped_only_by_their_id() -> None:
    state = Walk(ASC, Position(None, at(3), frozenset({"i002"})).encode())
    page = state.advance(Page((Photo(1, None), Photo(2, None), Photo(3, at(2)), Photo(4, at(3))), None, None))
    assert ids([page]) == ["i001", "i004"]
