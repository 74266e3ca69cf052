"""Pagers against every kind of service, each case for the synchronous and the asynchronous one."""

import asyncio
import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfimages import APIConnectionError, AsyncPager, InvalidArgumentError, Page, Pager, PaginationError
from cfimages.pagination import LazyItems, Walk, async_one_walk, one_walk

Token = str | None
Show = Callable[[Page[int]], Page[int]]


class Service:
    """A listing by script: token to items and the token that the service gives next, or an error to raise."""

    def __init__(self, script: Mapping[Token, tuple[Iterable[int], Token] | Exception]) -> None:
        self.script = dict(script)
        self.asked: list[Token] = []

    def __call__(self, token: Token) -> Page[int]:
        self.asked.append(token)
        answer = self.script[token]
        if isinstance(answer, Exception):
            raise answer
        items, following = answer
        return Page(tuple(items), token, following)

    async def fetch(self, token: Token) -> Page[int]:
        await asyncio.sleep(0)
        return self(token)


class Endless(Service):
    """A service that gives new tokens and the same items for ever."""

    def __init__(self, items: Iterable[int]) -> None:
        super().__init__({})
        self.items = tuple(items)

    def __call__(self, token: Token) -> Page[int]:
        self.asked.append(token)
        return Page(self.items, token, f"t{len(self.asked)}")


def sync_pager(service: Service, show: Show | None = None) -> Pager[int]:
    return Pager(lambda start: one_walk(Walk(start, show), service))


def async_pager(service: Service, show: Show | None = None) -> AsyncPager[int]:
    return AsyncPager(lambda start: async_one_walk(Walk(start, show), service.fetch))


@attrs.frozen
class Way:
    """A way to use a pager: what is common to both kinds, as lists."""

    name: str

    def pager(self, service: Service, show: Show | None = None) -> Any:
        if self.name == "sync":
            return sync_pager(service, show)
        return async_pager(service, show)

    def items(self, pager: Any, first: int | None = None, into: list[int] | None = None) -> list[int]:
        """All items, or the first few; also those before an error, when `into` is given."""
        return self._collect(pager, first, [] if into is None else into)

    def pages(self, pager: Any, first: int | None = None, into: list[Page[int]] | None = None) -> list[Page[int]]:
        return self._collect(pager.pages(), first, [] if into is None else into)

    def _collect(self, iterable: Any, first: int | None, found: list[Any]) -> list[Any]:
        if self.name == "sync":
            for item in itertools.islice(iterable, first):
                found.append(item)  # noqa: PERF402 - what came before an error is wanted
            return found

        async def collect() -> None:
            iterator = aiter(iterable)
            while first is None or len(found) < first:
                try:
                    found.append(await anext(iterator))
                except StopAsyncIteration:
                    break
            if hasattr(iterator, "aclose"):
                await iterator.aclose()

        asyncio.run(collect())
        return found


WAYS = [Way("sync"), Way("async")]
both = pytest.mark.parametrize("way", WAYS, ids=[way.name for way in WAYS])

THREE = {None: ([1, 2], "a"), "a": ([3], "b"), "b": ([4, 5], None)}


@both
def test_items_come_in_order_from_all_pages(way: Way) -> None:
    service = Service(THREE)
    assert way.items(way.pager(service)) == [1, 2, 3, 4, 5]
    assert service.asked == [None, "a", "b"]


@both
def test_pages_carry_where_they_begin_and_where_the_next_one_does(way: Way) -> None:
    assert way.pages(way.pager(Service(THREE))) == [
        Page((1, 2), None, "a"),
        Page((3,), "a", "b"),
        Page((4, 5), "b", None),
    ]


@both
def test_nothing_is_asked_before_the_first_item(way: Way) -> None:
    service = Service(THREE)
    pager = way.pager(service)
    pager.pages()
    pager.starting_at("a")
    iter(pager) if way.name == "sync" else aiter(pager)
    assert way.items(pager, first=0) == []
    assert service.asked == []


@both
@pytest.mark.parametrize(("first", "asked"), [(1, 1), (2, 1), (3, 2), (4, 3), (5, 3)])
def test_a_page_is_asked_for_when_its_first_item_is_wanted(way: Way, first: int, asked: int) -> None:
    service = Service(THREE)
    assert way.items(way.pager(service), first=first) == [1, 2, 3, 4, 5][:first]
    assert len(service.asked) == asked


@both
def test_a_page_is_asked_for_when_it_is_wanted(way: Way) -> None:
    service = Service(THREE)
    assert len(way.pages(way.pager(service), first=2)) == 2
    assert service.asked == [None, "a"]


@both
def test_every_iteration_is_a_new_walk(way: Way) -> None:
    pager = way.pager(Service(THREE))
    assert way.items(pager, first=3) == [1, 2, 3]
    assert way.items(pager) == way.items(pager) == [1, 2, 3, 4, 5]
    assert way.pages(pager) == way.pages(pager)


def test_walks_of_one_pager_do_not_disturb_each_other() -> None:
    pager = sync_pager(Service(THREE))
    assert list(zip(pager, pager, strict=True)) == [(n, n) for n in range(1, 6)]


def test_asynchronous_walks_of_one_pager_do_not_disturb_each_other() -> None:
    async def run() -> list[list[int]]:
        pager = async_pager(Service(THREE))

        async def walk() -> list[int]:
            return [item async for item in pager]

        return await asyncio.gather(walk(), walk(), walk())

    assert asyncio.run(run()) == [[1, 2, 3, 4, 5]] * 3


@both
@pytest.mark.parametrize("end", [None, ""])
def test_a_null_or_empty_token_is_the_end(way: Way, end: Token) -> None:
    service = Service({None: ([1], end)})
    assert way.items(way.pager(service)) == [1]
    assert service.asked == [None]


@both
def test_an_empty_listing_is_one_empty_page(way: Way) -> None:
    pager = way.pager(Service({None: ([], None)}))
    assert way.items(pager) == []
    assert way.pages(pager) == [Page((), None, None)]


@both
def test_short_and_empty_pages_are_not_the_end(way: Way) -> None:
    service = Service({
        None: ([], "a"), "a": ([1, 2, 3], "b"), "b": ([4], "c"), "c": ([], "d"), "d": ([], "e"), "e": ([5], "f"),
        "f": ([], None),
    })  # fmt: skip
    pager = way.pager(service)
    assert way.items(pager) == [1, 2, 3, 4, 5]
    assert len(way.pages(pager)) == 7


@both
def test_thousands_of_empty_pages_are_walked_without_recursion(way: Way) -> None:
    script: dict[Token, Any] = {None: ([], "1"), **{str(n): ([], str(n + 1)) for n in range(1, 3000)}}
    service = Service(script | {"3000": ([7], None)})
    assert way.items(way.pager(service)) == [7]
    assert len(service.asked) == 3001


CIRCLES: list[tuple[str, dict[Token, Any], Token, list[int], list[Token], str]] = [
    ("its own token", {None: ([1], "a"), "a": ([2], "a")}, None, [1, 2], [None, "a"], "a"),
    ("the one before", {None: ([1], "a"), "a": ([2], "b"), "b": ([3], "a")}, None, [1, 2, 3], [None, "a", "b"], "a"),
    ("the start", {"s": ([1], "a"), "a": ([2], "s")}, "s", [1, 2], ["s", "a"], "s"),
    ("its own token, empty", {None: ([], "a"), "a": ([], "a")}, None, [], [None, "a"], "a"),
    ("the start at once", {"s": ([1], "s")}, "s", [1], ["s"], "s"),
]


@both
@pytest.mark.parametrize(
    ("script", "start", "items", "asked", "token"), [row[1:] for row in CIRCLES], ids=[row[0] for row in CIRCLES]
)
def test_a_token_that_comes_again_ends_in_an_error(
    way: Way, script: dict[Token, Any], start: Token, items: list[int], asked: list[Token], token: str
) -> None:
    service = Service(script)
    found: list[int] = []
    with pytest.raises(PaginationError) as caught:
        way.items(way.pager(service).starting_at(start), into=found)
    assert str(caught.value) == (
        f"the service sent the continuation token {token!r} a second time: its pages go in a circle"
    )
    assert caught.value.resume_token == token
    assert (found, service.asked) == (items, asked)


@both
def test_the_same_page_under_new_tokens_ends_in_an_error(way: Way) -> None:
    service = Endless([1, 2])
    found: list[int] = []
    with pytest.raises(PaginationError) as caught:
        way.items(way.pager(service), into=found)
    assert str(caught.value) == (
        "the service sends the same page again and again: it does not follow the position it is asked for"
    )
    assert caught.value.resume_token == "t2"
    assert (found, service.asked) == ([1, 2], [None, "t1", "t2"])


@both
def test_a_page_that_comes_twice_is_shown_once_and_passed(way: Way) -> None:
    """As when as many images are added between two fetches as a numbered page has."""
    script = {None: ([1, 2], "b"), "b": ([1, 2], "c"), "c": ([3], "d"), "d": ([3], "e"), "e": ([4], None)}
    service = Service(script)
    assert way.items(way.pager(service)) == [1, 2, 3, 4]


@both
def test_the_same_page_is_noticed_also_where_nothing_of_it_is_shown(way: Way) -> None:
    service = Endless([1, 2])
    with pytest.raises(PaginationError, match="the same page again and again"):
        way.items(way.pager(service, show=lambda page: attrs.evolve(page, items=())))
    assert len(service.asked) == 3


@both
def test_equal_pages_that_do_not_follow_each_other_are_no_error(way: Way) -> None:
    service = Service({None: ([1], "a"), "a": ([2], "b"), "b": ([1], None)})
    assert way.items(way.pager(service)) == [1, 2, 1]


@both
def test_starting_at_goes_on_from_a_token(way: Way) -> None:
    service = Service(THREE)
    pager = way.pager(service)
    assert way.items(pager.starting_at("a")) == [3, 4, 5]
    assert service.asked == ["a", "b"]
    assert way.pages(pager.starting_at("b")) == [Page((4, 5), "b", None)]
    assert way.items(pager) == [1, 2, 3, 4, 5]  # the pager itself is as it was
    assert way.items(pager.starting_at("a").starting_at(None)) == [1, 2, 3, 4, 5]


@both
@pytest.mark.parametrize("token", ["", 5, b"a", ["a"], False, 0])
def test_what_is_no_token_is_refused_at_once(way: Way, token: Any) -> None:
    service = Service(THREE)
    with pytest.raises(InvalidArgumentError) as caught:
        way.pager(service).starting_at(token)
    assert str(caught.value) == f"token={token!r}: must be a token of a page, or None for the beginning"


@both
def test_every_page_gives_the_token_to_go_on_behind_it(way: Way) -> None:
    pager = way.pager(Service(THREE))
    pages = way.pages(pager)
    assert [page.continuation_token for page in pages[1:]] == [page.next_token for page in pages[:-1]]
    for n, page in enumerate(pages):
        assert way.pages(pager.starting_at(page.continuation_token)) == pages[n:]


@both
@pytest.mark.parametrize("token", [None, "a", "b"])
def test_a_failing_fetch_says_where_to_go_on(way: Way, token: Token) -> None:
    error = APIConnectionError("no route")
    service = Service({**THREE, token: error})
    found: list[int] = []
    with pytest.raises(APIConnectionError) as caught:
        way.items(way.pager(service), into=found)
    assert caught.value is error
    assert error.resume_token == token
    service.script.update(THREE)
    assert found + way.items(way.pager(service).starting_at(error.resume_token)) == [1, 2, 3, 4, 5]


@both
def test_an_error_that_is_not_of_the_api_passes_as_it_is(way: Way) -> None:
    error = KeyError("a bug")
    with pytest.raises(KeyError) as caught:
        way.items(way.pager(Service({None: ([1], "a"), "a": error})))
    assert caught.value is error


@both
def test_an_error_in_the_loop_of_the_caller_gets_no_token(way: Way) -> None:
    error = APIConnectionError("from the body of the loop")

    def consume() -> None:
        for _ in sync_pager(Service(THREE)).starting_at("a").pages():
            raise error

    async def consume_asynchronously() -> None:
        async for _ in async_pager(Service(THREE)).starting_at("a").pages():
            raise error

    with pytest.raises(APIConnectionError):
        consume() if way.name == "sync" else asyncio.run(consume_asynchronously())
    assert error.resume_token is None


@st.composite
def listings(draw: st.DrawFn) -> tuple[dict[Token, Any], list[int]]:
    """A script of pages, some of them empty, and all of its items."""
    sizes = draw(st.lists(st.integers(0, 3), min_size=1, max_size=8))
    numbers = itertools.count()
    pages = [[next(numbers) for _ in range(size)] for size in sizes]
    tokens: list[Token] = [None, *(f"t{n}" for n in range(1, len(pages))), draw(st.sampled_from([None, ""]))]
    script = {tokens[n]: (page, tokens[n + 1]) for n, page in enumerate(pages)}
    return script, [item for page in pages for item in page]


@both
@given(listing=listings(), failing=st.sets(st.integers(0, 8)))
def test_whatever_fails_resuming_gives_every_item_once(
    way: Way, listing: tuple[dict[Token, Any], list[int]], failing: set[int]
) -> None:
    script, items = listing
    service = Service(script)
    for position in failing & set(range(len(script))):
        service.script[list(script)[position]] = APIConnectionError("no route")
    pager, found = way.pager(service), list[int]()
    while True:
        try:
            way.items(pager, into=found)
            break
        except APIConnectionError as error:
            service.script[error.resume_token] = script[error.resume_token]
            pager = pager.starting_at(error.resume_token)
    assert found == items
    assert len(service.asked) == len(script) + len(failing & set(range(len(script))))


@both
def test_the_hook_chooses_what_to_show_and_can_end_the_walk(way: Way) -> None:
    def show(page: Page[int]) -> Page[int]:
        return Page(
            tuple(n for n in page.items if n % 2), page.continuation_token, None if 3 in page else page.next_token
        )

    service = Service(THREE)
    pager = way.pager(service, show)
    assert way.items(pager) == [1, 3]
    assert service.asked == [None, "a"]
    assert way.pages(pager) == [Page((1,), None, "a"), Page((3,), "a", None)]
    assert way.items(pager.starting_at("b")) == [5]


def test_a_page_is_its_items() -> None:
    page = Page((1, 2), None, "a")
    assert list(page) == list(page) == [1, 2]
    assert len(page) == 2
    assert 2 in page
    assert not Page((), None, None)
    assert repr(page) == "Page(<2 items>, first=1, next_token='a')"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        page.items = ()  # type: ignore[misc]


class Squares(LazyItems[int]):
    """Items that are made when they are asked for."""

    def __len__(self) -> int:
        return 5

    def _item(self, place: int) -> int:
        return place * place


def test_items_made_when_asked_for_are_like_a_tuple() -> None:
    squares = Squares()
    plain = (0, 1, 4, 9, 16)
    assert squares == plain
    assert plain == squares
    assert squares == Squares()
    assert squares != (0, 1)
    assert squares != [*plain]
    assert hash(Page(squares, None, None)) == hash(Page(plain, None, None))
    assert repr(squares) == repr(plain)
    assert (squares[-1], squares[1:4], squares[::-2]) == (16, (1, 4, 9), (16, 4, 0))
    for outside in (5, -6):
        with pytest.raises(IndexError):
            squares[outside]


@both
def test_a_pager_is_a_value(way: Way) -> None:
    service = Service(THREE)
    pager = way.pager(service)
    assert pager == pager.starting_at(None)
    assert pager != pager.starting_at("a")
    assert pager.starting_at("a") == pager.starting_at("b").starting_at("a")
    assert pager != pager.prefetch()
    assert len({pager, pager.starting_at(None), pager.starting_at("a")}) == 2
    assert repr(pager.starting_at("a")).startswith(f"{type(pager).__name__}(")
    assert "Service" not in repr(pager)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        pager.start = "b"
