"""Listings with several requests at a time: fetched ahead, from both ends, and side by side."""

import asyncio
import gc
import itertools
import logging
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from listed import Ask, Before, Kind, Photo, Service, both, ids, our_threads, page_of
from patience import PATIENCE, in_time, until
from servers import AT_ONCE, ONCE

from cfimages import AsyncCloudflareImages, ClientClosedError, CloudflareImages, Pacer, ServerError
from cfimages.listing.both_ends import BothEnds
from cfimages.parallel.threads import Work, Workers

CREATORS = ("ada", "grace", "")


def after(number: int, change: Callable[[], None]) -> Before:
    """Change something before the request of this number."""

    def before(_request: httpx.Request, n: int) -> None:
        if n == number:
            change()

    return before


# --- Fetched ahead ----------------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("n", [1, 2, 3, 50])
def test_what_is_fetched_ahead_is_what_comes_without(kind: Kind, n: int) -> None:
    service = Service.of(25)
    plain = kind.pages(service, lambda images: images.list(per_page=10))
    service.requests.clear()
    assert kind.pages(service, lambda images: images.list(per_page=10).prefetch(n)) == plain
    assert len(service.requests) == 3
    assert service.most_at_once == 1


@pytest.mark.parametrize("n", [1, 3])
def test_as_many_pages_as_wanted_are_fetched_ahead(n: int) -> None:
    service = Service.of(20)
    with CloudflareImages("acc", api_token="t", transport=service.transport()) as images:
        pages = images.list(per_page=1).prefetch(n).pages()
        for number in (1, 2, 3):
            next(pages)
            until(lambda: not our_threads())
            assert len(service.requests) == number + n


@pytest.mark.parametrize("n", [1, 3])
def test_as_many_pages_as_wanted_are_fetched_ahead_by_tasks(n: int) -> None:
    service = Service.of(20)

    async def main() -> None:
        async with AsyncCloudflareImages("acc", api_token="t", transport=service.async_transport()) as images:
            pages = images.list(per_page=1).prefetch(n).pages()
            for number in (1, 2, 3):
                await anext(pages)
                while len(asyncio.all_tasks()) > 1:
                    await asyncio.sleep(0)
                assert len(service.requests) == number + n

    asyncio.run(main())


@pytest.mark.parametrize("n", [1, 50])
def test_a_walk_that_is_left_fetches_no_more_than_the_page_under_way(n: int) -> None:
    """It was fetched for pages that nobody holds any more."""
    service = Service.of(80)
    may_answer = threading.Event()

    def before(_request: httpx.Request, number: int) -> None:
        if number > 1:
            assert may_answer.wait(PATIENCE)

    service.before = before
    with CloudflareImages("acc", api_token="t", transport=service.transport()) as images:
        for _ in images.list(per_page=1).prefetch(n).pages():
            until(lambda: len(service.requests) == 2)
            break
        may_answer.set()
        until(lambda: not our_threads())
        assert len(service.requests) == 2


def test_a_page_that_is_fetched_ahead_is_repeated_like_any_other() -> None:
    service = Service.of(4)
    service.before = lambda _request, number: httpx.Response(500) if number == 2 else None
    with CloudflareImages("acc", api_token="t", transport=service.transport(), retries=AT_ONCE) as images:
        assert [image.id for image in images.list(per_page=2).prefetch()] == service.ids()
    assert len(service.requests) == 3


@both
@pytest.mark.parametrize("n", [1, 3, 50])
def test_after_an_error_nothing_is_fetched_ahead(kind: Kind, n: int) -> None:
    service = Service.of(9)
    service.before = lambda _request, number: httpx.Response(500, text="no") if number > 1 else None
    with pytest.raises(ServerError):
        kind.ids(service, lambda images: images.list(per_page=2).prefetch(n))
    assert len(service.requests) == 2


# --- From both ends ---------------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("count", [0, 1, 2, 9, 10, 11, 20, 39, 40, 41, 100])
def test_each_end_is_asked_for_half(kind: Kind, order: str, count: int) -> None:
    service = Service.of(count)
    assert kind.ids(service, lambda images: images.list(per_page=10, sort_order=order).concurrent()) == service.ids(
        order
    )
    again = order == "asc"  # the end where new images come is looked at a second time
    assert abs(service.orders.count("asc") - service.orders.count("desc")) <= 1 + again
    assert len(service.orders) <= count // 10 + 3 + again
    assert service.most_at_once <= 2


def test_both_ends_go_on_while_the_caller_works_on_a_page() -> None:
    """The near end waited until the caller asked for its next page."""
    service = Service.of(40)
    with CloudflareImages("acc", api_token="t", transport=service.transport()) as images:
        pages = images.list(per_page=2).concurrent().pages()
        next(pages)
        until(lambda: service.orders.count("desc") == 2)
        until(lambda: service.orders.count("asc") == 2)


def test_both_ends_go_on_while_the_program_awaits_something_else() -> None:
    service = Service.of(40)

    async def main() -> None:
        async with AsyncCloudflareImages("acc", api_token="t", transport=service.async_transport()) as images:
            pages = images.list(per_page=2).concurrent().pages()
            await anext(pages)
            while len(asyncio.all_tasks()) > 1:
                await asyncio.sleep(0)
            assert (service.orders.count("desc"), service.orders.count("asc")) == (2, 2)

    asyncio.run(main())


@both
def test_one_request_at_a_time_is_one_walk(kind: Kind) -> None:
    service = Service.of(30)
    assert kind.ids(service, lambda images: images.list(per_page=10).concurrent(1)) == service.ids()
    assert service.orders == ["desc"] * 3


@both
def test_no_page_has_more_than_it_may(kind: Kind) -> None:
    """Also of those that came from the other end, each of which has a token that counts."""
    service = Service.of(43)
    pages = kind.pages(service, lambda images: images.list(per_page=5).concurrent())
    assert [len(page) for page in pages] == [5] * 8 + [3]
    assert all(page.next_token for page in pages[:-1])


@both
@pytest.mark.parametrize("more", [1, 7])
def test_what_is_uploaded_meanwhile_comes_last_as_in_a_plain_walk(kind: Kind, more: int) -> None:
    service = Service.of(40)

    def change() -> None:  # one as late as the newest so far, of which another is deleted
        service.photos += [Photo(50, 39), *(Photo(50 + n, 50 + n) for n in range(1, more))]
        del service.photos[38]

    service.before = after(4, change)
    found = kind.ids(service, lambda images: images.list(per_page=5, sort_order="asc").concurrent())
    assert [id for id in found if id != "i038"] == service.ids("asc")


@both
def test_an_interruption_costs_nothing_of_what_is_uploaded_meanwhile(
    kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted(Exception):  # noqa: N818 - what a handler of a signal raises
        pass

    def interrupt_once(*arguments: Any) -> Any:
        monkeypatch.setattr(BothEnds, "advance_late", advance_late)
        raise Interrupted

    def scenario(images: Any) -> Iterator[Any]:
        pages, found = images.list(per_page=5, sort_order="asc").concurrent().pages(), []
        while len(found) < len(service.photos):
            try:
                found += [image.id for image in (yield kind.step(pages))]
            except Interrupted:
                continue
        assert found == service.ids("asc")

    service, advance_late = Service.of(40), BothEnds.advance_late
    service.before = after(4, lambda: service.photos.extend(Photo(50 + n, 50 + n) for n in range(7)))
    monkeypatch.setattr(BothEnds, "advance_late", interrupt_once)
    kind.run(service, scenario)
    assert BothEnds.advance_late is advance_late


@both
@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize(("since", "count"), [("20", 11), ("00", 31)])
def test_a_window_of_time_is_walked_from_both_ends(kind: Kind, order: str, since: str, count: int) -> None:
    service = Service.of(60)
    window = {"uploaded_since": f"2026-01-01T00:00:{since}Z", "uploaded_before": "2026-01-01T00:00:31Z"}
    plain = kind.ids(service, lambda images: images.list(per_page=5, sort_order=order, **window))
    assert len(plain) == count
    assert kind.ids(service, lambda images: images.list(per_page=5, sort_order=order, **window).concurrent()) == plain


@both
def test_a_service_that_does_not_sort_is_walked_from_one_end(kind: Kind, caplog: pytest.LogCaptureFixture) -> None:
    def before(request: httpx.Request, _number: int) -> httpx.Response:
        page = int(request.url.params.get("continuation_token", 0))
        images = [{"id": f"i{page}-{n}", "uploaded": f"2026-01-01T00:00:{n:02}Z"} for n in (5, 3, 8)]
        return page_of(images, str(page + 1) if page < 4 else None)

    with caplog.at_level(logging.WARNING, "cfimages"):
        found = kind.ids(Service(before=before), lambda images: images.list().concurrent())
    assert found == [f"i{page}-{n}" for page in range(5) for n in (5, 3, 8)]
    assert "read from one end only" in caplog.text


# --- Several side by side ---------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("per_page", [1, 4, 1000])
@pytest.mark.parametrize("concurrent", [0, 2])
def test_several_creators_come_as_one_listing(kind: Kind, order: str, per_page: int, concurrent: int) -> None:
    service = Service.of(40, CREATORS)

    def ask(images: Any) -> Any:
        pager = images.list(creator=["ada", "", "ada"], sort_order=order, per_page=per_page)
        return pager.concurrent(concurrent) if concurrent else pager

    assert kind.ids(service, ask) == [id for id in service.ids(order) if int(id[1:]) % 3 != 1]
    assert {request.url.params["creator"] for request in service.requests} == {"ada", ""}


@both
def test_more_than_ten_values_come_as_one_listing(kind: Kind) -> None:
    service = Service.of(100)
    wanted = list(range(2, 25))
    found = kind.ids(service, lambda images: images.list(meta={"n": {"in": [*wanted, 2, 3]}}, per_page=7))
    assert found == [f"i{n:03}" for n in reversed(wanted)]
    assert {request.url.params["meta.n[in:number]"] for request in service.requests} == {
        "2|3|4|5|6|7|8|9|10|11",
        "12|13|14|15|16|17|18|19|20|21",
        "22|23|24|2|3",
    }


@both
def test_values_and_creators_are_combined(kind: Kind) -> None:
    service = Service.of(100, CREATORS)
    meta = {"n": {"in": list(range(20))}}
    found = kind.ids(service, lambda images: images.list(meta=meta, creator=("ada", "grace")))
    assert found == [f"i{n:03}" for n in reversed(range(20)) if n % 3 != 2]
    assert len(service.requests) == 4


@both
@pytest.mark.parametrize("concurrent", [1, 2, 3, 100])
def test_no_more_requests_at_a_time_than_wanted(kind: Kind, concurrent: int) -> None:
    service = Service.of(100, CREATORS)
    creators = [*CREATORS, "x", "y"]
    found = kind.ids(service, lambda images: images.list(creator=creators, per_page=3).concurrent(concurrent))
    assert found == service.ids()
    assert 1 <= service.most_at_once <= min(concurrent, len(creators))


def test_as_many_requests_at_a_time_as_wanted() -> None:
    service = Service.of(9, CREATORS)
    together = threading.Barrier(3)

    def before(_request: httpx.Request, _number: int) -> None:
        together.wait(PATIENCE)

    service.before = before
    with CloudflareImages("acc", api_token="t", transport=service.transport()) as images:
        assert [image.id for image in images.list(creator=CREATORS).concurrent(3)] == service.ids()


def test_as_many_tasks_at_a_time_as_wanted() -> None:
    service = Service.of(9, CREATORS)

    async def main() -> None:
        together = asyncio.Barrier(3)

        async def handle(request: httpx.Request) -> httpx.Response:
            await together.wait()
            return service.answer(request)

        transport = httpx.MockTransport(handle)
        async with (
            AsyncCloudflareImages("acc", api_token="t", transport=transport) as images,
            asyncio.timeout(PATIENCE),
        ):
            pager = images.list(creator=CREATORS).concurrent(3)
            assert [image.id async for image in pager] == service.ids()

    asyncio.run(main())


@both
@pytest.mark.parametrize("own", [False, True])
def test_a_walk_on_cloudflare_is_paced_if_it_is_concurrent(kind: Kind, own: bool) -> None:
    """By a pacer of the client, unless it has been given one."""

    class Counting(Pacer):
        count = 0

        def take(self) -> float:
            Counting.count += 1
            return super().take()

    def ask(images: Any) -> Any:
        images = images.options(pacer=Counting()) if own else images
        return images.list(per_page=10).concurrent()

    service = Service.of(40)
    assert kind.ids(service, ask) == service.ids()
    assert Counting.count == (len(service.requests) if own else 0)


# --- The end ----------------------------------------------------------------------------------------------------


WAYS: dict[str, tuple[Ask, dict[str, str]]] = {
    "prefetch": (lambda images: images.list(per_page=2).prefetch(), {"sort_order": "desc"}),
    "both ends": (lambda images: images.list(per_page=2).concurrent(), {"sort_order": "asc"}),
    "side by side": (
        lambda images: images.list(per_page=2, creator=["ada", "grace"]).concurrent(),
        {"creator": "grace"},
    ),
}
"""Ways to walk, and which requests are sent by threads or tasks."""

every_way = pytest.mark.parametrize(("ask", "ahead"), WAYS.values(), ids=WAYS)


@every_way
def test_closing_cuts_a_long_wait_short(ask: Ask, ahead: dict[str, str]) -> None:
    """A page fetched ahead is told to come back in a minute. Nobody waits that long for a page not wanted."""
    service = Service.of(40, ("ada", "grace"))
    refused: list[httpx.Request] = []

    def before(request: httpx.Request, _number: int) -> httpx.Response | None:
        if "continuation_token" not in request.url.params or ahead.items() - request.url.params.items():
            return None
        refused.append(request)
        return httpx.Response(429, headers={"Retry-After": "60"})

    service.before = before
    options: Any = {"base_url": "http://127.0.0.1", "transport": service.transport()}  # without a pacer
    with CloudflareImages("acc", api_token="t", **options) as images:
        pages = ask(images).pages()
        next(pages)
        until(lambda: bool(refused))
        in_time(pages.close, 59)  # less than it was told to wait
        in_time(lambda: until(lambda: not our_threads()), 59)
    assert len(refused) == 1


def test_a_walk_that_the_garbage_collector_finds_is_not_waited_for() -> None:
    """It may find it anywhere, also in a thread that holds what the request under way needs to end."""
    service = Service.of(6)
    under_way, released = threading.Event(), threading.Event()

    def before(_request: httpx.Request, number: int) -> None:
        if number == 2:
            under_way.set()
            assert released.wait(PATIENCE)

    service.before = before
    with CloudflareImages("acc", api_token="t", transport=service.transport()) as images:
        cycle: list[Any] = [iter(images.list(per_page=2).prefetch())]
        cycle.append(cycle)
        next(cycle[0])
        assert under_way.wait(PATIENCE)
        found = weakref.ref(cycle[0])
        del cycle
        gc.collect()
        assert found() is None
        assert our_threads()
        released.set()
        until(lambda: not our_threads())
    assert len(service.requests) == 2


@every_way
def test_closing_the_client_ends_its_walks(ask: Ask, ahead: dict[str, str]) -> None:
    service = Service.of(40, ("ada", "grace"))
    stalled, may_answer = threading.Event(), threading.Event()

    def before(request: httpx.Request, _number: int) -> None:
        if "continuation_token" in request.url.params and not ahead.items() - request.url.params.items():
            stalled.set()
            assert may_answer.wait(PATIENCE)

    service.before = before
    images = CloudflareImages("acc", api_token="t", transport=service.transport(), retries=ONCE)
    pages = ask(images).pages()
    next(pages)
    assert stalled.wait(PATIENCE)
    images.close()  # does not wait for the thread
    with pytest.raises(ClientClosedError, match="the client is closed"):
        next(pages)
    may_answer.set()
    until(lambda: not our_threads())


@every_way
def test_closing_the_client_leaves_no_task(ask: Ask, ahead: dict[str, str]) -> None:
    """Although the loop over the walk was left, and nobody closed that."""
    service = Service.of(40, ("ada", "grace"))

    async def main() -> None:
        stalled, ended = asyncio.Event(), []

        async def handle(request: httpx.Request) -> httpx.Response:
            if "continuation_token" in request.url.params and not ahead.items() - request.url.params.items():
                stalled.set()
                try:
                    await asyncio.Event().wait()
                finally:
                    ended.append(request)
            return service.answer(request)

        transport = httpx.MockTransport(handle)
        async with AsyncCloudflareImages("acc", api_token="t", transport=transport) as images:
            async for _ in ask(images):
                break
            pages = ask(images).pages()
            await anext(pages)
            await stalled.wait()
            waiting = asyncio.create_task(anext(pages))
            await asyncio.sleep(0)
        assert asyncio.all_tasks() <= {asyncio.current_task(), waiting}
        assert ended
        with pytest.raises(ClientClosedError, match="the client is closed"):
            await waiting

    asyncio.run(main())


@every_way
@pytest.mark.parametrize("turns", range(6))
def test_a_walk_that_is_cancelled_twice_leaves_no_task(ask: Ask, ahead: dict[str, str], turns: int) -> None:
    """The second time comes while it waits for what the first one ends."""
    service = Service.of(40, ("ada", "grace"))

    async def main() -> None:
        stalled = asyncio.Event()

        async def handle(request: httpx.Request) -> httpx.Response:
            if "continuation_token" in request.url.params:
                stalled.set()
                await asyncio.Event().wait()
            return service.answer(request)

        async def walk(images: Any) -> None:
            async with ask(images).pages() as pages:
                async for _ in pages:
                    pass

        transport = httpx.MockTransport(handle)
        async with AsyncCloudflareImages("acc", api_token="t", transport=transport) as images:
            walking = asyncio.create_task(walk(images))
            await stalled.wait()
            for _ in range(2):
                walking.cancel()
                for _ in range(turns):
                    await asyncio.sleep(0)
            with pytest.raises(asyncio.CancelledError):
                await walking
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


# --- Where no thread can be started -----------------------------------------------------------------------------


@pytest.mark.parametrize("ask", [ask for ask, _ in WAYS.values()], ids=WAYS)
@pytest.mark.parametrize("allowed", [0, 1, 2])
def test_where_no_thread_can_be_started_requests_go_one_at_a_time(
    ask: Ask, allowed: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As at the limit of a container, and at the end of a program. `allowed` is for how many it is not yet so."""
    service = Service.of(40, ("ada", "grace"))
    left = [allowed]
    start = threading.Thread.start

    def limited(thread: threading.Thread) -> None:
        if thread.name == "cfimages":
            if not left[0]:
                raise RuntimeError("can't start new thread")
            left[0] -= 1
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    with (
        caplog.at_level(logging.WARNING, "cfimages"),
        CloudflareImages("acc", api_token="t", transport=service.transport()) as images,
    ):
        assert ids(ask(images).pages()) == service.ids()
    if not allowed:
        assert service.most_at_once == 1
        assert set(caplog.messages) == {
            "no thread can be started (can't start new thread): going on one request at a time"
        }


@pytest.mark.parametrize(
    "ask", [lambda images: images.list(per_page=2).prefetch(3), lambda images: images.list(per_page=2).concurrent()]
)
@pytest.mark.parametrize("refused", [0, 1])
def test_pages_stay_in_order_where_threads_can_be_started_now_and_then(
    ask: Ask, refused: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The thread for a page could not be started, and the one for the page behind it fetched that page."""
    service = Service.of(40)
    tries = itertools.count()
    start = threading.Thread.start

    def limited(thread: threading.Thread) -> None:
        if thread.name == "cfimages" and next(tries) % 2 == refused:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    with CloudflareImages("acc", api_token="t", transport=service.transport()) as images:
        assert ids(ask(images).pages()) == service.ids()
    assert "it is read from one end only" not in caplog.text


def test_no_work_waits_for_a_thread_that_cannot_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second caller comes while the thread for the first one is being started."""
    workers, second_asks = Workers(1), threading.Event()
    start = threading.Thread.start

    def second() -> int:
        second_asks.set()
        return Work(lambda: 2, workers).result()

    def refuse(thread: threading.Thread) -> None:
        if thread.name != "cfimages":
            return start(thread)
        if not asked:
            asked.append(pool.submit(second))
            assert second_asks.wait(PATIENCE)
        raise RuntimeError("can't start new thread")

    asked: list[Future[int]] = []
    monkeypatch.setattr(threading.Thread, "start", refuse)
    with ThreadPoolExecutor() as pool:
        assert Work(lambda: 1, workers).result() == 1
        assert asked[0].result(PATIENCE) == 2


@pytest.mark.parametrize("ask", [ask for ask, _ in WAYS.values()], ids=WAYS)
def test_without_threads_an_error_comes_where_it_belongs(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service.of(40, ("ada", "grace"))
    service.before = lambda _request, number: httpx.Response(500) if number == 4 else None

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with CloudflareImages("acc", api_token="t", transport=service.transport(), retries=ONCE) as images:
        pages, found, resumes = ask(images).pages(), [], []
        while not found or found[-1].next_token:
            try:
                found.append(next(pages))
            except ServerError as error:
                resumes.append((error.resume_token, found[-1].next_token if found else None))
    assert ids(found) == service.ids()
    assert len(resumes) == 1
    assert resumes[0][0] == resumes[0][1]
