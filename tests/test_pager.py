"""Pagers of both kinds of client: values that are walked a page at a time."""

import asyncio
import copy
import itertools
import sys
from collections.abc import Iterator
from contextlib import suppress
from types import FrameType
from typing import Any

import httpx
import pytest
from interrupting import Interrupter, is_in_our_code
from listed import Ask, Kind, Service, both, failing, ids, nothing, our_threads, page_of
from patience import until

from cfimages import (
    AsyncCloudflareImages,
    CloudflareImages,
    CloudflareImagesError,
    InvalidArgumentError,
    PaginationError,
    ServerError,
)

ONE_LISTING: dict[str, Ask] = {
    "list": lambda images: images.list(per_page=2),
    "prefetch": lambda images: images.list(per_page=2).prefetch(2),
    "both ends": lambda images: images.list(per_page=2).concurrent(),
}
WAYS: dict[str, Ask] = ONE_LISTING | {
    "merged": lambda images: images.list(per_page=2, creator=["ada", "grace"]),
    "merged and prefetch": lambda images: images.list(per_page=2, creator=["ada", "grace"]).prefetch(),
    "merged and concurrent": lambda images: images.list(per_page=2, creator=["ada", "grace"]).concurrent(2),
}

UNPACED = "https://api.example.com"
"""An address at which concurrent walks have no pacer."""

every_way = pytest.mark.parametrize("ask", WAYS.values(), ids=WAYS)


def nine() -> Service:
    """Nine images, of two creators."""
    return Service.of(9, ("ada", "grace"))


def circling(request: httpx.Request, _number: int) -> httpx.Response:
    """Give a token that has been asked for before: in a listing from its end, or of one creator."""
    params = request.url.params
    page = int(params.get("continuation_token", 0))
    moment = 50 - page if params["sort_order"] == "desc" else page
    image = {"id": f"{params.get('creator')}-{moment}", "uploaded": f"2026-01-01T00:00:{moment:02}Z"}
    circles = params["sort_order"] == "asc" or params.get("creator") == "grace"
    return page_of([image], "1" if circles else str(page + 1))


# --- Walks ------------------------------------------------------------------------------------------------------


@both
@every_way
def test_items_and_pages_come_in_order(kind: Kind, ask: Ask) -> None:
    service = nine()
    assert [image.id for image in kind.collect(service, ask)] == service.ids()
    assert kind.ids(service, ask) == service.ids()


@both
@every_way
def test_an_empty_listing_is_one_empty_page(kind: Kind, ask: Ask) -> None:
    (page,) = kind.pages(Service(), ask)
    assert (page.items, page.token, page.next_token) == ((), None, None)
    assert kind.collect(Service(), ask) == []


@both
@every_way
def test_every_page_has_its_token_and_that_of_the_next_one(kind: Kind, ask: Ask) -> None:
    service = nine()
    pages = kind.pages(service, ask)
    assert [page.token for page in pages] == [None, *(page.next_token for page in pages[:-1])]
    assert pages[-1].next_token is None
    for n, page in enumerate(pages):
        rest = kind.ids(service, lambda images, at=page.token: ask(images).starting_at(at))
        assert ids(pages[:n]) + rest == service.ids()


@both
@every_way
def test_nothing_is_asked_before_the_first_item_is_wanted(kind: Kind, ask: Ask) -> None:
    service = nine()
    assert kind.collect(service, ask, first=0) == []
    assert kind.pages(service, ask, first=0) == []
    assert service.requests == []


@both
@pytest.mark.parametrize(("first", "asked"), [(1, 1), (2, 1), (3, 2), (4, 2), (9, 5)])
def test_a_page_is_asked_for_when_its_first_item_is_wanted(kind: Kind, first: int, asked: int) -> None:
    service = nine()
    found = kind.collect(service, ONE_LISTING["list"], first=first)
    assert [image.id for image in found] == service.ids()[:first]
    assert len(service.requests) == asked


@both
def test_hundreds_of_empty_pages_are_walked_without_recursion(kind: Kind) -> None:
    def before(request: httpx.Request, number: int) -> httpx.Response:
        return page_of([{"id": "last"}], None) if number == 1200 else page_of([], f"t{number}")

    assert [image.id for image in kind.collect(Service(before=before), ONE_LISTING["list"])] == ["last"]


def test_walks_of_one_pager_do_not_disturb_each_other() -> None:
    service = nine()
    with CloudflareImages("acc", api_token="t", transport=service.transport()) as images:
        pager = images.list(per_page=2)
        assert [(a.id, b.id) for a, b in zip(pager, pager, strict=True)] == [(id, id) for id in service.ids()]


def test_asynchronous_walks_of_one_pager_do_not_disturb_each_other() -> None:
    service = nine()

    async def main() -> list[list[str]]:
        async with AsyncCloudflareImages("acc", api_token="t", transport=service.async_transport()) as images:
            pager = images.list(per_page=2)

            async def walk() -> list[str]:
                return [image.id async for image in pager]

            return await asyncio.gather(walk(), walk(), walk())

    assert asyncio.run(main()) == [service.ids()] * 3


# --- Errors -----------------------------------------------------------------------------------------------------


@both
@every_way
@pytest.mark.parametrize("number", range(1, 6))
def test_after_an_error_the_same_page_is_asked_for_again(kind: Kind, ask: Ask, number: int) -> None:
    service = nine()
    service.before = failing(number)

    def scenario(images: Any) -> Iterator[Any]:
        pages = ask(images).pages()
        found: list[Any] = []
        resumes = []
        while not found or found[-1].next_token:
            try:
                found.append((yield kind.step(pages)))
            except ServerError as error:
                resumes.append((error.resume_token, found[-1].next_token if found else None))
        assert ids(found) == service.ids()
        assert len(resumes) == 1
        assert resumes[0][0] == resumes[0][1]
        with pytest.raises(StopAsyncIteration if kind.is_async else StopIteration):
            yield kind.step(pages)

    kind.run(service, scenario)


@both
@every_way
def test_an_error_of_a_request_ahead_is_not_raised_once_the_service_works_again(kind: Kind, ask: Ask) -> None:
    service = Service.of(40, ("ada", "grace"))

    async def tasks_end() -> None:
        while len(asyncio.all_tasks()) > 1:
            await asyncio.sleep(0)

    def requests_end() -> Any:
        return tasks_end() if kind.is_async else until(lambda: not our_threads())

    def scenario(images: Any) -> Iterator[Any]:
        pages = ask(images).pages()
        found = [(yield kind.step(pages))]
        service.before = lambda _request, _number: httpx.Response(500)
        errors = []
        while found[-1].next_token:
            yield requests_end()
            try:
                found.append((yield kind.step(pages)))
            except ServerError as error:
                errors.append(error)
                yield requests_end()
                service.before = nothing
        assert ids(found) == service.ids()
        assert len(errors) == 1

    kind.run(service, scenario)


@both
@every_way
def test_after_an_error_the_items_go_on(kind: Kind, ask: Ask) -> None:
    service = nine()
    service.before = failing(3)

    def scenario(images: Any) -> Iterator[Any]:
        items = aiter(ask(images)) if kind.is_async else iter(ask(images))
        found: list[str] = []
        errors = 0
        while len(found) < 9:
            try:
                found.append((yield kind.step(items)).id)
            except ServerError:
                errors += 1
        assert found == service.ids()
        assert errors == 1

    kind.run(service, scenario)


@both
@every_way
@pytest.mark.parametrize("number", range(1, 6))
def test_an_error_says_where_another_walk_goes_on(kind: Kind, ask: Ask, number: int) -> None:
    service = nine()
    service.before = failing(number)
    found: list[Any] = []
    with pytest.raises(ServerError) as caught:
        kind.pages(service, ask, into=found)
    token = caught.value.resume_token
    assert token == (found[-1].next_token if found else None)
    assert ids(found) + kind.ids(service, lambda images: ask(images).starting_at(token)) == service.ids()


@every_way
def test_a_walk_that_has_ended_leaves_no_task(ask: Ask) -> None:
    """With `prefetch`, a task still looked for a page after the last one."""

    def scenario(images: Any) -> Iterator[Any]:
        pages = ask(images).pages()
        with suppress(StopAsyncIteration):
            while True:
                yield anext(pages)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    Kind(is_async=True).run(nine(), scenario)


@both
@every_way
def test_the_token_of_the_pages_is_that_of_the_next_one(kind: Kind, ask: Ask) -> None:
    """With `prefetch` it was that of a later page: whoever went on there lost what was fetched ahead."""

    def scenario(images: Any) -> Iterator[Any]:
        pages = ask(images).pages()
        assert pages.token is None
        count = 0
        while count == 0 or pages.token:
            page = yield kind.step(pages)
            count += 1
            assert pages.token == page.next_token
        assert count > 3

    kind.run(nine(), scenario)


@both
@pytest.mark.parametrize(
    "ask",
    [
        lambda images: images.list(sort_order="asc"),
        lambda images: images.list(sort_order="asc").prefetch(),
        WAYS["both ends"],
        WAYS["merged"],
        WAYS["merged and concurrent"],
    ],
)
def test_pages_that_go_in_a_circle_are_an_error_with_the_token_of_the_whole_listing(kind: Kind, ask: Ask) -> None:
    found: list[Any] = []
    with pytest.raises(PaginationError, match="would never end") as caught:
        kind.pages(Service(before=circling), ask, into=found)
    assert caught.value.resume_token == found[-1].next_token


@both
def test_an_error_in_the_loop_of_the_caller_gets_no_token(kind: Kind) -> None:
    error = ServerError("from the body of the loop", status_code=500)

    def scenario(images: Any) -> Iterator[Any]:
        pages = images.list(per_page=2).pages()
        yield kind.step(pages)
        raise error

    with pytest.raises(ServerError):
        kind.run(nine(), scenario)
    assert error.resume_token is None


# --- take -------------------------------------------------------------------------------------------------------


@both
@every_way
@pytest.mark.parametrize("n", [1, 2, 3, 8, 9, 10, 1000])
def test_take_returns_the_first_items(kind: Kind, ask: Ask, n: int) -> None:
    service = nine()

    def scenario(images: Any) -> Iterator[Any]:
        taken = yield ask(images).take(n)
        assert [image.id for image in taken] == service.ids()[:n]
        assert type(taken) is list

    kind.run(service, scenario)
    assert service.most_at_once == 1


@both
@pytest.mark.parametrize(
    ("arguments", "n", "sizes"),
    [
        ({}, 1, [10]),  # the smallest page that is documented
        ({}, 12, [12]),
        ({}, 1000, [1000]),
        ({"per_page": 2}, 1, [2]),
        ({"per_page": 4}, 8, [4, 4]),
        ({"per_page": 4}, 9, [4, 4, 4]),
        ({"uploaded_before": "2026-01-01T00:00:30Z"}, 5, [1000]),  # some of what comes may be dropped
        ({"creator": ["", "ada"]}, 5, [1000, 1000]),
    ],
)
def test_take_asks_for_no_more_than_it_needs(kind: Kind, arguments: dict[str, Any], n: int, sizes: list[int]) -> None:
    service = Service.of(40)

    def scenario(images: Any) -> Iterator[Any]:
        yield images.list(**arguments).take(n)

    kind.run(service, scenario)
    assert [int(request.url.params["per_page"]) for request in service.requests] == sizes


@both
@pytest.mark.filterwarnings("ignore:list_v1 is deprecated")
def test_take_of_numbered_pages(kind: Kind) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        assert [image.id for image in (yield images.list_v1(per_page=2).take(3))] == ["a1", "b1", "a2"]

    def numbered(request: httpx.Request, _number: int) -> httpx.Response:
        page = request.url.params["page"]
        return page_of([{"id": f"a{page}"}, {"id": f"b{page}"}], None)

    kind.run(Service(before=numbered), scenario)


def test_items_are_iterators() -> None:
    async def scenario(images: AsyncCloudflareImages) -> list[str]:
        items = aiter(images.list(per_page=2))
        first = await anext(items)
        return [first.id, *[image.id async for image in items]]

    async def play() -> list[str]:
        async with AsyncCloudflareImages("acc", api_token="t", transport=service.async_transport()) as images:
            return await scenario(images)

    service = nine()
    assert asyncio.run(play()) == service.ids()


@both
def test_take_begins_where_the_pager_does(kind: Kind) -> None:
    service = nine()

    def scenario(images: Any) -> Iterator[Any]:
        page = yield kind.step(images.list(per_page=4).pages())
        taken = yield images.list(per_page=4).starting_at(page.next_token).take(2)
        assert [image.id for image in taken] == service.ids()[4:6]

    kind.run(service, scenario)


@both
@pytest.mark.parametrize("n", [0, -1, True, 1.5, None, "5"])
def test_how_many_to_take_is_a_positive_number(kind: Kind, n: Any) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        with pytest.raises(InvalidArgumentError, match="n="):
            yield images.list().take(n)

    kind.run(Service(), scenario)


# --- Pagers as values -------------------------------------------------------------------------------------------


def pagers(images: Any) -> list[Any]:
    """Pagers that all ask for something else."""
    meta = {"status": "active", "priority": {"in": [1, 2]}}
    several = images.list(creator=["ada", "grace"])
    return [
        images.list(),
        images.list(sort_order="asc"),
        images.list(per_page=10),
        images.list(meta=meta),
        images.list(creator="ada"),
        several,
        several.concurrent(),
        images.list(uploaded_since="2026-01-01"),
        images.list().prefetch(),
        images.list().prefetch(2),
        images.list().concurrent(),
        images.list().starting_at("t"),
    ]


@both
def test_pagers_are_equal_if_client_and_arguments_are(kind: Kind) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        first, again = pagers(images), pagers(images)
        assert first == again
        assert [hash(pager) for pager in first] == [hash(pager) for pager in again]
        assert len({*first, *again}) == len(first)
        assert images.list() == images.list().starting_at("t").starting_at(None)
        assert images.list() != images.options(retries=1).list()
        yield None

    kind.run(Service(), scenario)


@both
def test_a_pager_never_changes(kind: Kind) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        meta: Any = {"priority": {"in": [1, 2]}}
        creators = ["ada"]
        pager = images.list(meta=meta, creator=creators)
        same = images.list(meta={"priority": {"in": [1, 2]}}, creator=["ada"])
        meta["priority"]["in"].append(3)
        meta["status"] = "active"
        creators.append("grace")
        assert pager == same
        with pytest.raises(AttributeError):
            pager.start = "t"
        yield None

    kind.run(Service(), scenario)


@both
def test_a_pager_shows_what_it_asks_for(kind: Kind) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        name = "AsyncPager" if kind.is_async else "Pager"
        pager = images.list(creator="ada").starting_at("t").concurrent(3)
        shown = f"{name}(<list(creator='ada', sort_order='desc', per_page=1000).starting_at('t').concurrent(3)>)"
        assert repr(pager) == shown
        yield None

    kind.run(Service(), scenario)


@both
def test_a_client_is_neither_copied_nor_pickled(kind: Kind) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        for thing in (images, images.list()):
            with pytest.raises(TypeError, match="a client cannot be copied or pickled: share it, or make one"):
                copy.deepcopy(thing)
        yield None

    kind.run(Service(), scenario)


@both
@pytest.mark.parametrize("token", ["", 5, b"a", ["a"], False, 0])
@pytest.mark.parametrize("ask", [WAYS["list"], WAYS["both ends"], WAYS["merged"]])
def test_what_is_no_token_is_refused_at_once(kind: Kind, ask: Ask, token: Any) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        with pytest.raises(InvalidArgumentError, match="token="):
            ask(images).starting_at(token)
        yield None

    kind.run(Service(), scenario)


@both
@pytest.mark.parametrize("method", ["prefetch", "concurrent"])
@pytest.mark.parametrize("n", [0, -1, True, 1.5, None, 101])
def test_how_many_at_a_time_is_a_positive_number(kind: Kind, method: str, n: Any) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        with pytest.raises(InvalidArgumentError, match="n="):
            getattr(images.list(), method)(n)
        yield None

    kind.run(Service(), scenario)


@both
def test_prefetch_and_concurrent_are_not_combined(kind: Kind) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        with pytest.raises(InvalidArgumentError, match="not combined"):
            images.list().prefetch().concurrent()
        with pytest.raises(InvalidArgumentError, match="not combined"):
            images.list().concurrent().prefetch()
        yield None

    kind.run(Service(), scenario)


@both
@pytest.mark.filterwarnings("ignore:list_v1 is deprecated")
def test_numbered_pages_are_neither_concurrent_nor_resumable(kind: Kind) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        with pytest.raises(InvalidArgumentError, match=r"list_v1 cannot be concurrent: only list\(\) can"):
            images.list_v1().concurrent()
        with pytest.raises(InvalidArgumentError, match=r"list_v1 cannot be resumed: only list\(\) can"):
            images.list_v1().resumable()
        yield None

    kind.run(Service(), scenario)


# --- Sharing ----------------------------------------------------------------------------------------------------


@both
@every_way
@pytest.mark.parametrize("what", ["items", "pages", "resumable"])
def test_a_walk_serves_one_caller_at_a_time(kind: Kind, ask: Ask, what: str) -> None:
    """A second caller would get the same page, or take it from the first."""
    service, walks, refused = nine(), [], []

    def begun(images: Any) -> Any:
        pager = ask(images)
        begin = (aiter if kind.is_async else iter) if what == "items" else getattr(type(pager), what)
        walks.append(begin(pager))
        return walks[0]

    def meanwhile(_request: httpx.Request, number: int) -> None:
        if number == 1:
            with pytest.raises(CloudflareImagesError, match="another caller waits for a page of this walk"):
                _ = anext(walks[0]).send(None) if kind.is_async else next(walks[0])
            refused.append(number)

    service.before = meanwhile
    found = kind.collect(service, begun)
    assert refused == [1]
    assert ids([found] if what == "items" else found) == service.ids()


@pytest.mark.parametrize("per_page", [2, 20])
@pytest.mark.parametrize("way", WAYS)
def test_every_item_goes_to_one_of_two_threads(way: str, per_page: int) -> None:
    """The second takes an item at each moment at which the interpreter may change to it."""
    service, found = nine(), list[str]()

    def meanwhile(frame: FrameType, event: str, _: Any) -> None:
        if is_in_our_code(frame, event):
            sys.setprofile(None)
            with suppress(StopIteration, CloudflareImagesError):  # it is refused while the first waits for a page
                found.append(next(items).id)
            sys.setprofile(meanwhile)

    with CloudflareImages("acc", api_token="t", base_url=UNPACED, transport=service.transport()) as images:
        items = iter(WAYS[way](images))
        sys.setprofile(meanwhile)
        try:
            found += [image.id for image in items]
        finally:
            sys.setprofile(None)
    assert sorted(found) == service.ids("asc")


# --- Closing ----------------------------------------------------------------------------------------------------


@both
@every_way
def test_closed_pages_are_at_their_end_and_ask_for_nothing(kind: Kind, ask: Ask) -> None:
    service = nine()

    def scenario(images: Any) -> Iterator[Any]:
        pages = ask(images).pages()
        yield kind.step(pages)
        yield pages.aclose() if kind.is_async else pages.close()
        asked = len(service.requests)
        for _ in range(2):
            with pytest.raises(StopAsyncIteration if kind.is_async else StopIteration):
                yield kind.step(pages)
        yield pages.aclose() if kind.is_async else pages.close()  # a second time
        assert len(service.requests) <= asked + 1  # of a thread that had begun

    kind.run(service, scenario)


def test_pages_are_closed_by_a_with_block() -> None:
    with CloudflareImages("acc", api_token="t", transport=nine().transport()) as images:
        with images.list(per_page=2).prefetch().pages() as pages:
            next(pages)
        assert list(pages) == []


def test_asynchronous_pages_are_closed_by_a_with_block() -> None:
    async def main() -> None:
        async with AsyncCloudflareImages("acc", api_token="t", transport=nine().async_transport()) as images:
            async with images.list(per_page=2).prefetch().pages() as pages:
                await anext(pages)
            assert [page async for page in pages] == []
            assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


# --- Interruptions ----------------------------------------------------------------------------------------------


unanswered = pytest.mark.filterwarnings(  # it may come in a generator's end, too
    "ignore::pytest.PytestUnraisableExceptionWarning"
)
every_walk = pytest.mark.parametrize(
    "begin",
    [*(lambda images, ask=ask: ask(images).pages() for ask in WAYS.values()), lambda images: images.list().resumable()],
    ids=[*WAYS, "resumable"],
)


@unanswered
@every_walk
def test_interruptions_at_one_moment_after_another_cost_no_page(begin: Ask) -> None:
    service, found = nine(), list[Any]()
    with CloudflareImages("acc", api_token="t", base_url=UNPACED, transport=service.transport()) as images:
        walk = begin(images)
        for at in itertools.count(1):
            sys.setprofile(Interrupter(at))
            try:
                found.append(next(walk))
            except KeyboardInterrupt:
                continue
            except StopIteration:
                break
            finally:
                sys.setprofile(None)
    assert ids(found) == service.ids()
    assert at > len(found) + 10


@unanswered
@every_walk
def test_interruptions_of_a_task_at_one_moment_after_another_cost_no_page(begin: Ask) -> None:
    service, found = nine(), list[Any]()

    async def main() -> int:
        transport = service.async_transport()
        async with AsyncCloudflareImages("acc", api_token="t", base_url=UNPACED, transport=transport) as images:
            walk = begin(images)
            for at in itertools.count(1):
                sys.setprofile(Interrupter(at, asyncio.current_task()))
                try:
                    found.append(await anext(walk))
                except KeyboardInterrupt:
                    continue
                except StopAsyncIteration:
                    return at
                finally:
                    sys.setprofile(None)
        raise AssertionError

    assert asyncio.run(main()) > len(found) + 10
    assert ids(found) == service.ids()
