"""Listings with several requests at a time: fetched ahead, from both ends, and merged; against the sandbox."""

import asyncio
import gc
import itertools
import json
import threading
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

import attrs
import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from patience import PATIENCE, in_time, until
from servers import AT_ONCE, ONCE, Server, envelope, said

from cfimages import AsyncCloudflareImages, FilterError, InvalidArgumentError, PaginationError, ServerError
from cfimages.pages import page_of
from cfimages.pages import stored as kept_as_answer
from cfimages.prefetch import workers
from cfimages.sandbox import Sandbox
from cfimages.sandbox.store import StoredImage
from cfimages_api.models import ImageListV2Response
from cfimages_api.types import Response

ACCOUNTS = (f"account-{number}" for number in itertools.count())
START = 1_767_225_600_000

Ask = Callable[[Any], Any]
Before = Callable[["Watch", httpx.Request], httpx.Response | None]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def stored(number: int, moment: int | None = None, creator: str | None = None, kind: int = 0) -> StoredImage:
    return StoredImage(
        number=number,
        id=f"i{number:03}",
        uploaded=START + (number if moment is None else moment),
        filename="a.png",
        meta={"kind": kind},
        creator=creator,
        private=False,
    )


class Watch:
    """Counts the requests of a walk, and does something before each."""

    def __init__(self, before: Before) -> None:
        self.requests: list[httpx.Request] = []
        self.most_at_once = 0
        self._under_way = 0
        self._before = before
        self._lock = threading.Lock()

    def begin(self, request: httpx.Request) -> httpx.Response | None:
        with self._lock:
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
            self.requests.append(request)
            return self._before(self, request)

    def end(self) -> None:
        with self._lock:
            self._under_way -= 1

    def orders(self) -> list[str]:
        return sorted(request.url.params["sort_order"] for request in self.requests)


class Transport(httpx.HTTPTransport):
    watch: Watch

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return self.watch.begin(request) or super().handle_request(request)
        finally:
            self.watch.end()


class AsyncTransport(httpx.AsyncHTTPTransport):
    watch: Watch

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return self.watch.begin(request) or await super().handle_async_request(request)
        finally:
            self.watch.end()


def nothing(_watch: Watch, _request: httpx.Request) -> None:
    """What is done before a request, unless a test says otherwise."""


@attrs.define
class Account:
    """An account of the sandbox, walked with a client of either colour."""

    sandbox: Sandbox
    asynchronous: bool
    name: str = attrs.field(factory=lambda: next(ACCOUNTS))
    watch: Watch = attrs.field(factory=lambda: Watch(nothing))

    def fill(self, *images: StoredImage) -> None:
        self.sandbox.store.fill(self.name, images)

    def ids(self, ask: Ask, *, before: Before = nothing) -> list[str]:
        return [image.id for page in self.pages(ask, before=before) for image in page]

    def pages(
        self, ask: Ask, first: int | None = None, *, before: Before = nothing, into: list[Any] | None = None
    ) -> list[Any]:
        """The pages of the pager that `ask` makes of a client, or the first few; `into` has those before an error."""
        self.watch = Watch(before)
        found = [] if into is None else into
        if self.asynchronous:
            asyncio.run(self._async_pages(ask, first, found))
        else:
            transport = Transport()
            transport.watch = self.watch
            with self.sandbox.client(self.name, retries=ONCE, transport=transport) as images:
                pages = ask(images).pages()
                try:
                    for page in itertools.islice(pages, first):
                        found.append(page)
                finally:
                    pages.close()
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("cfimages_")]
        return found

    async def _async_pages(self, ask: Ask, first: int | None, found: list[Any]) -> None:
        transport = AsyncTransport()
        transport.watch = self.watch
        async with self.sandbox.async_client(self.name, retries=ONCE, transport=transport) as images:
            tasks = asyncio.all_tasks()
            pages = ask(images).pages()
            try:
                while first is None or len(found) < first:
                    try:
                        found.append(await anext(pages))
                    except StopAsyncIteration:
                        break
            finally:
                await pages.aclose()
            assert asyncio.all_tasks() == tasks


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def account(request: pytest.FixtureRequest, sandbox: Sandbox) -> Account:
    return Account(sandbox, request.param)


def new(account: Account) -> Account:
    """Another account, for the next example of hypothesis."""
    return Account(account.sandbox, account.asynchronous)


def failing(number: int) -> Before:
    """Before the request of this number (from 1): an answer that says no."""

    def before(watch: Watch, request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(500, text="no", request=request) if len(watch.requests) == number else None

    return before


def shuffled(_watch: Watch, request: httpx.Request) -> httpx.Response:
    """A service that does not sort."""
    images = [{"id": f"i{n:03}", "uploaded": f"2026-01-01T00:00:{n:02}Z"} for n in (5, 3, 8)]
    page = int(request.url.params.get("continuation_token", 0))
    ids = [{**image, "id": f"{image['id']}-{page}"} for image in images]
    result = {"images": ids, "continuation_token": str(page + 1) if page < 4 else None}
    return httpx.Response(200, json=envelope(result), request=request)


def undated(_watch: Watch, request: httpx.Request) -> httpx.Response:
    """A service that does not say when images were uploaded."""
    page = int(request.url.params.get("continuation_token", 0))
    result = {"images": [{"id": f"i{page}"}], "continuation_token": str(page + 1) if page < 4 else None}
    return httpx.Response(200, json=envelope(result), request=request)


def circling(_watch: Watch, request: httpx.Request) -> httpx.Response:
    """A service whose pages go in a circle: from the oldest image on, and those of one creator."""
    params = request.url.params
    page = int(params.get("continuation_token", 0))
    moment = page if params["sort_order"] == "asc" else 50 - page
    image = {"id": f"{params.get('creator')}-{moment}", "uploaded": f"2026-01-01T00:00:{moment:02}Z"}
    circles = params["sort_order"] == "asc" or params.get("creator") == "b"
    result = {"images": [image], "continuation_token": "1" if circles else str(page + 1)}
    return httpx.Response(200, json=envelope(result), request=request)


# Fetched ahead


@pytest.mark.parametrize("depth", [1, 2, 3, 50])
def test_what_is_fetched_ahead_is_what_comes_without(account: Account, depth: int) -> None:
    account.fill(*(stored(n) for n in range(25)))
    plain = account.pages(lambda c: c.list(per_page=10))
    assert account.pages(lambda c: c.list(per_page=10).prefetch(depth)) == plain
    assert len(account.watch.requests) == 3
    assert account.watch.most_at_once == 1


@pytest.mark.parametrize("depth", [1, 3])
def test_as_many_pages_as_wanted_are_fetched_ahead(account: Account, depth: int) -> None:
    account.fill(*(stored(n) for n in range(20)))
    assert len(account.pages(lambda c: c.list(per_page=1).prefetch(depth), first=2)) == 2
    assert 2 <= len(account.watch.requests) <= 2 + depth


def test_fetching_ahead_begins_with_the_first_item(account: Account) -> None:
    account.fill(stored(1))
    account.pages(lambda c: c.list().prefetch(), first=0)
    assert account.watch.requests == []


def test_the_next_page_is_under_way_before_a_program_computes() -> None:
    """An event loop that the program holds sends nothing, so all is to be sent before."""

    def page(number: int) -> bytes:
        result = {"images": [{"id": f"i{number}"}], "continuation_token": str(number + 1)}
        return said(200, envelope(result))

    async def main(server: Server) -> None:
        async with AsyncCloudflareImages("acc", api_token="canary-5d1f", base_url=server.address) as images:
            pages: Any = images.list().prefetch().pages()
            for number in (1, 2, 3):
                await anext(pages)
                until(lambda: len(server.received) > number)  # as if it computed  # noqa: B023
                assert len(server.received) == number + 1
            await pages.aclose()

    with Server(*map(page, range(5))) as server:
        asyncio.run(main(server))


@pytest.mark.parametrize("depth", [1, 2, 9])
def test_an_error_comes_behind_the_pages_before_it_and_resumes(account: Account, depth: int) -> None:
    account.fill(*(stored(n) for n in range(9)))
    plain = account.ids(lambda c: c.list(per_page=2))
    found: list[Any] = []
    with pytest.raises(ServerError) as caught:
        account.pages(lambda c: c.list(per_page=2).prefetch(depth), before=failing(3), into=found)
    assert [image.id for page in found for image in page] == plain[:4]
    token = caught.value.resume_token
    assert token == found[-1].next_token
    assert account.ids(lambda c: c.list(per_page=2).prefetch(depth).starting_at(token)) == plain[4:]


@pytest.mark.parametrize("depth", [0, -1, True, 1.5, None])
def test_how_far_ahead_is_a_positive_number(account: Account, depth: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="pages="):
        account.pages(lambda c: c.list().prefetch(depth))
    assert account.watch.requests == []


def test_threads_that_were_not_needed_leave_nothing() -> None:
    needed = threading.Barrier(3)
    before = threading.active_count()
    with workers(1000) as threads:
        coming = [threads.submit(threads.context(), needed.wait) for _ in range(3)]
        assert sorted(future.result() for future in coming) == [0, 1, 2]
    assert threading.active_count() == before


# From both ends


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("count", [0, 1, 2, 9, 10, 11, 20, 39, 40, 41, 100])
def test_from_both_ends_comes_what_comes_from_one(account: Account, order: str, count: int) -> None:
    account.fill(*(stored(n) for n in range(count)))
    plain = account.ids(lambda c: c.list(per_page=10, sort_order=order))
    assert account.ids(lambda c: c.list_all(per_page=10, sort_order=order)) == plain
    orders = account.watch.orders()
    again = order == "asc"  # the end where new images come is looked at a second time
    assert abs(orders.count("asc") - orders.count("desc")) <= 1 + again
    assert len(orders) <= count // 10 + 3 + again
    assert account.watch.most_at_once <= 2


def test_one_request_at_a_time_is_one_walk(account: Account) -> None:
    account.fill(*(stored(n) for n in range(30)))
    assert len(account.ids(lambda c: c.list_all(per_page=10, concurrency=1))) == 30
    assert account.watch.orders() == ["desc"] * 3


def test_both_ends_go_on_while_the_caller_works(account: Account) -> None:
    account.fill(*(stored(n) for n in range(30)))
    plain = account.pages(lambda c: c.list_all(per_page=5))
    assert account.pages(lambda c: c.list_all(per_page=5).prefetch(2)) == plain


@pytest.mark.parametrize("more", [1, 7])
def test_what_is_uploaded_meanwhile_comes_last_as_in_a_plain_walk(account: Account, more: int) -> None:
    account.fill(*(stored(n) for n in range(40)))

    def before(watch: Watch, _request: httpx.Request) -> None:
        if len(watch.requests) == 4:  # one of them as late as the newest so far, of which another has been deleted
            account.fill(stored(50, 39), *(stored(50 + n) for n in range(1, more)))
            account.sandbox.store.delete(account.name, "i038")

    found = account.ids(lambda c: c.list_all(per_page=5, sort_order="asc"), before=before)
    assert [id for id in found if id != "i038"] == account.ids(lambda c: c.list(sort_order="asc"))


def test_all_that_is_uploaded_meanwhile_at_the_newest_moment_comes(account: Account) -> None:
    account.fill(*(stored(n) for n in range(40)))

    def before(watch: Watch, _request: httpx.Request) -> None:
        if len(watch.requests) == 4:  # more than a page of them, which all are as late as the newest so far
            account.fill(*(stored(50 + n, 39) for n in range(12)))

    found = account.ids(lambda c: c.list_all(per_page=5, sort_order="asc"), before=before)
    assert found == account.ids(lambda c: c.list(sort_order="asc"))


def test_the_second_look_goes_with_what_seems_to_be_the_last_page(account: Account) -> None:
    account.fill(*(stored(n) for n in range(40)))
    assert len(account.pages(lambda c: c.list_all(per_page=5, sort_order="asc"))) == 6
    asked = [(r.url.params["sort_order"], r.url.params.get("continuation_token")) for r in account.watch.requests]
    assert sorted(order for order, _ in asked) == ["asc"] * 5 + ["desc"] * 5
    assert ("desc", None) in asked[-2:]


def test_a_second_look_that_came_too_early_is_had_again(account: Account) -> None:
    """After a page of long ago, the far walk seems to be near: the next page is of many in a short time."""
    account.fill(*(stored(n, n * 1000 if n < 5 else 4000 + n) for n in range(40)))

    def before(watch: Watch, _request: httpx.Request) -> None:
        if len(watch.requests) in (2, 6):
            account.fill(stored(50 + len(watch.requests), 5000 + len(watch.requests)))

    found = account.ids(lambda c: c.list_all(per_page=5, sort_order="asc"), before=before)
    assert found == account.ids(lambda c: c.list(sort_order="asc"))
    assert {"i052", "i056"} < set(found)


@pytest.mark.parametrize("number", [9, 10, 11])
def test_an_error_in_the_second_look_resumes(account: Account, number: int) -> None:
    account.fill(*(stored(n) for n in range(40)))
    fail = failing(number)

    def before(watch: Watch, request: httpx.Request) -> httpx.Response | None:
        if len(watch.requests) == 4:  # so many that the look takes two pages
            account.fill(*(stored(50 + n) for n in range(7)))
        return fail(watch, request)

    found: list[Any] = []
    with pytest.raises(ServerError) as caught:
        account.pages(lambda c: c.list_all(per_page=5, sort_order="asc"), before=before, into=found)
    token = caught.value.resume_token
    assert token == found[-1].next_token
    rest = account.ids(lambda c: c.list_all(per_page=5, sort_order="asc").starting_at(token))
    assert [image.id for page in found for image in page] + rest == account.ids(lambda c: c.list(sort_order="asc"))


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize(("after", "count"), [("20", 11), ("00", 31)])
def test_a_window_of_time_is_seen_from_both_ends(account: Account, order: str, after: str, count: int) -> None:
    account.fill(*(stored(n, n * 1000) for n in range(60)))
    window = {"uploaded_since": f"2026-01-01T00:00:{after}Z", "uploaded_before": "2026-01-01T00:00:31Z"}
    plain = account.ids(lambda c: c.list(per_page=5, sort_order=order, **window))
    assert len(plain) == count
    assert account.ids(lambda c: c.list_all(per_page=5, sort_order=order, **window)) == plain


@pytest.mark.parametrize(
    "ask", [lambda c: c.list_all(), lambda c: c.list_all(creator=["a", "b"])], ids=["both ends", "merged"]
)
def test_pages_that_go_in_a_circle_are_an_error_with_the_token_of_the_whole_listing(account: Account, ask: Ask) -> None:
    found: list[Any] = []
    with pytest.raises(PaginationError, match="in a circle") as caught:
        account.pages(ask, before=circling, into=found)
    assert caught.value.resume_token == found[-1].next_token


def test_a_page_that_is_kept_as_its_answer_is_as_it_was() -> None:
    images = [{"id": f"i{n}", "meta": {"n": n}} for n in range(9)]
    result = {"images": images, "continuation_token": "t"}
    body = json.dumps(envelope(result)).encode()
    parsed = ImageListV2Response.from_dict(json.loads(body))
    page = page_of(Response(HTTPStatus.OK, body, {}, parsed), None, storable=True)
    kept = kept_as_answer(page)
    assert kept == page
    assert (list(kept.items), list(reversed(kept.items))) == (list(page), list(page)[::-1])
    assert (kept.items[3], kept.items[-2:]) == (page.items[3], page.items[-2:])


@pytest.mark.parametrize("way", [list, reversed, lambda items: [items[n] for n in range(len(items))]])
def test_the_last_page_reads_each_answer_once_for_each_time_that_it_is_gone_through(
    account: Account, way: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.fill(*(stored(n) for n in range(100)))
    *_, last = account.pages(lambda c: c.list_all(per_page=10))
    read: list[bytes] = []
    monkeypatch.setattr("cfimages.decoding.loads", lambda answer: read.append(answer) or json.loads(answer))
    for _ in range(2):
        assert len(list(way(last.items))) == len(last)
    assert len(read) == 2 * len({*read}) >= 8


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_the_last_page_is_like_any_other(account: Account, order: str) -> None:
    account.fill(*(stored(n) for n in range(43)))
    plain = tuple(image for page in account.pages(lambda c: c.list(sort_order=order)) for image in page)
    *first, last = account.pages(lambda c: c.list_all(per_page=5, sort_order=order))
    rest = plain[sum(map(len, first)) :]
    assert len(last) == len(rest) > 15
    assert tuple(last) == tuple(last) == rest  # read twice
    assert [last.items[n] for n in range(len(rest))] == [*rest]
    assert last.items[-1] == rest[-1]
    assert last.items[3:-2:4] == rest[3:-2:4]
    assert tuple(reversed(last.items)) == rest[::-1]
    assert last.items == rest
    assert repr(last).startswith(f"Page(<{len(rest)} items>, first='{rest[0].id}'")
    with pytest.raises(IndexError):
        last.items[len(rest)]


def test_what_the_far_walk_keeps_is_small(account: Account) -> None:
    """The answer, and nothing for the garbage collector: half of an account may be kept so."""
    account.fill(*(stored(n) for n in range(3000)))
    *_, last = account.pages(lambda c: c.list_all(per_page=50))
    gc.collect()
    before = len(gc.get_objects())
    images = tuple(last)
    assert len(images) > 1000
    assert len(gc.get_objects()) - before > 2 * len(images)
    del images
    gc.collect()
    assert len(gc.get_objects()) - before < 100


def test_the_last_page_is_the_rest_and_every_token_resumes(account: Account) -> None:
    account.fill(*(stored(n) for n in range(43)))
    plain = account.ids(lambda c: c.list(per_page=5))
    pages = account.pages(lambda c: c.list_all(per_page=5))
    assert [page.continuation_token for page in pages[1:]] == [page.next_token for page in pages[:-1]]
    assert pages[-1].next_token is None
    for n, page in enumerate(pages):
        before = [image.id for earlier in pages[:n] for image in earlier]
        token = page.continuation_token
        assert before + account.ids(lambda c, at=token: c.list_all(per_page=5).starting_at(at)) == plain


@pytest.mark.parametrize("number", [1, 2, 3, 4, 7])
def test_an_error_from_either_end_resumes_from_the_near_one(account: Account, number: int) -> None:
    account.fill(*(stored(n) for n in range(43)))
    plain = account.ids(lambda c: c.list(per_page=5))
    found: list[Any] = []
    with pytest.raises(ServerError) as caught:
        account.pages(lambda c: c.list_all(per_page=5), before=failing(number), into=found)
    token = caught.value.resume_token
    assert token == (found[-1].next_token if found else None)
    assert len(found) == (number - 1) // 2
    before = [image.id for page in found for image in page]
    assert before + account.ids(lambda c: c.list_all(per_page=5).starting_at(token)) == plain


@pytest.mark.parametrize("service", [shuffled, undated])
def test_a_listing_that_is_not_sorted_is_walked_from_one_end(
    account: Account, service: Before, caplog: pytest.LogCaptureFixture
) -> None:
    plain = account.ids(lambda c: c.list(), before=service)
    caplog.clear()
    assert account.ids(lambda c: c.list_all(), before=service) == plain
    assert account.watch.orders() in (["asc"] + ["desc"] * 5, ["asc"] * 2 + ["desc"] * 5)
    warnings = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert warnings == ["the service does not sort this listing by upload time: it is walked from one end only"]


def uneven(near: list[list[int]], far: list[list[int]]) -> Before:
    """A service with pages of any size, by order of upload: images of one moment, named by their numbers."""

    def before(_watch: Watch, request: httpx.Request) -> httpx.Response:
        pages = near if request.url.params["sort_order"] == "asc" else far
        page = int(request.url.params.get("continuation_token", 0))
        images = [{"id": f"i{n}", "uploaded": "2026-01-01T00:00:00Z"} for n in pages[page]]
        following = str(page + 1) if page + 1 < len(pages) else None
        result = {"images": images, "continuation_token": following}
        return httpx.Response(200, json=envelope(result))

    return before


def test_resumed_within_one_moment_nothing_before_comes_again(account: Account) -> None:
    service = uneven(near=[[1], [2], [3], [4]], far=[[4, 3, 2, 1]])
    found = account.ids(lambda c: c.list_all(sort_order="asc").starting_at("2"), before=service)
    assert found == ["i3", "i4"]


def test_all_may_come_from_the_far_end(account: Account) -> None:
    service = uneven(near=[[], [1], [2], [3]], far=[[3, 2, 1]])
    assert account.ids(lambda c: c.list_all(sort_order="asc"), before=service) == ["i1", "i2", "i3"]
    assert account.watch.orders() == ["asc", "desc", "desc"]  # the last for what came meanwhile


def test_the_first_image_may_come_while_the_ends_are_looked_at(account: Account) -> None:
    empty = uneven(near=[[], [1]], far=[[]])
    filled = uneven(near=[[], [1]], far=[[1]])

    def service(watch: Watch, request: httpx.Request) -> httpx.Response | None:
        return (empty if len(watch.requests) <= 2 else filled)(watch, request)

    assert account.ids(lambda c: c.list_all(sort_order="asc"), before=service) == ["i1"]


def test_stopping_early_leaves_nothing_behind(account: Account) -> None:
    account.fill(*(stored(n) for n in range(60)))
    for ask in (
        lambda c: c.list_all(per_page=5),
        lambda c: c.list_all(per_page=5).prefetch(2),
        lambda c: c.list_all(per_page=5, creator=["", "ada", "grace"]),
        lambda c: c.list_all(per_page=5, creator=["", "ada", "grace"]).prefetch(3),
    ):
        assert len(account.pages(ask, first=2)) == 2  # `pages` counts threads and tasks


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[int], dict[int, list[tuple[str, int]]], int, str]:
    """Upload times with ties; what is inserted and deleted before each request; size of a page; order."""
    times = draw(st.lists(st.integers(0, 12), max_size=30))
    change = st.tuples(st.sampled_from(["insert", "delete"]), st.integers(0, 29))
    changes = draw(st.dictionaries(st.integers(1, 12), st.lists(change, max_size=4), max_size=6))
    return sorted(times), changes, draw(st.integers(1, 7)), draw(st.sampled_from(["asc", "desc"]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories(), resume_behind=st.integers(0, 4))
def test_nothing_is_lost_or_repeated_while_others_insert_and_delete(
    account: Account, history: tuple[list[int], dict[int, list[tuple[str, int]]], int, str], resume_behind: int
) -> None:
    times, changes, per_page, order = history
    account = new(account)
    account.fill(*(stored(number, time) for number, time in enumerate(times)))
    numbers = itertools.count(len(times))
    alive = {f"i{number:03}" for number in range(len(times))}
    inserted: list[tuple[str, Watch, int]] = []

    def before(watch: Watch, _request: httpx.Request) -> None:
        for kind, which in changes.pop(len(watch.requests), []):
            if kind == "insert":
                image = stored(next(numbers), 13)  # as new images are: the newest
                account.fill(image)
                inserted.append((image.id, watch, len(watch.requests)))
            elif which < len(times):
                alive.discard(f"i{which:03}")
                account.sandbox.store.delete(account.name, f"i{which:03}")

    def ask(images: Any) -> Any:
        return images.list_all(per_page=per_page, sort_order=order)

    begun = account.pages(ask, first=resume_behind, before=before) if resume_behind else []
    found = [image for page in begun for image in page]
    if not begun or begun[-1].next_token:
        token = begun[-1].next_token if begun else None
        found += [i for page in account.pages(lambda c: ask(c).starting_at(token), before=before) for i in page]
    ids = [image.id for image in found]
    assert len(ids) == len(set(ids)), "an image came twice"
    if order == "asc":  # what comes to the end before the last two requests, a plain walk would give too
        alive |= {id for id, watch, n in inserted if watch is not account.watch or n <= len(watch.requests) - 2}
    assert alive <= set(ids), "an image that was there all the time was lost"
    moments = [image.uploaded for image in found]
    assert moments == sorted(moments, reverse=order == "desc")


# Merged


CREATORS = ["ada", "grace", None]


def several(account: Account, count: int = 40) -> None:
    account.fill(*(stored(n, n // 3, CREATORS[n % 3], n % 25) for n in range(count)))


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("per_page", [1, 4, 1000])
def test_several_creators_come_as_one_listing(account: Account, order: str, per_page: int) -> None:
    several(account)
    pages = account.pages(lambda c: c.list_all(creator=["ada", "", "ada"], sort_order=order, per_page=per_page))
    found = [image for page in pages for image in page]
    assert sorted(image.id for image in found) == [f"i{n:03}" for n in range(40) if n % 3 != 1]
    moments = [image.uploaded for image in found]
    assert moments == sorted(moments, reverse=order == "desc")
    assert {request.url.params["creator"] for request in account.watch.requests} == {"ada", ""}


def test_more_than_ten_values_come_as_one_listing(account: Account) -> None:
    several(account, 100)
    wanted = list(range(2, 25))
    found = account.ids(lambda c: c.list_all(meta={"kind": {"in": [*wanted, 2, 3]}}, per_page=7))
    assert sorted(found) == [f"i{n:03}" for n in range(100) if n % 25 >= 2]
    filters = {request.url.params["meta.kind[in:number]"] for request in account.watch.requests}
    assert filters == {"2|3|4|5|6|7|8|9|10|11", "12|13|14|15|16|17|18|19|20|21", "22|23|24|2|3"}


def test_values_and_creators_are_combined(account: Account) -> None:
    several(account, 100)
    meta = {"kind": {"in": list(range(20))}}
    found = account.ids(lambda c: c.list_all(meta=meta, creator=("ada", "grace")))
    assert sorted(found) == [f"i{n:03}" for n in range(100) if n % 25 < 20 and n % 3 != 2]
    assert len(account.watch.requests) == 4


@pytest.mark.parametrize("concurrency", [1, 2, 3])
def test_no_more_requests_at_a_time_than_wanted(account: Account, concurrency: int) -> None:
    several(account, 100)
    walk = account.ids(
        lambda c: c.list_all(creator=["ada", "grace", "", "x", "y"], per_page=3, concurrency=concurrency)
    )
    assert len(walk) == 100
    assert 1 <= account.watch.most_at_once <= concurrency


def test_every_token_of_a_merged_listing_resumes(account: Account) -> None:
    several(account)

    def ask(images: Any) -> Any:
        return images.list_all(creator=["ada", "grace", "", "nobody"], per_page=4)

    pages = account.pages(ask)
    whole = [image.id for page in pages for image in page]
    assert len(whole) == 40
    for n, page in enumerate(pages):
        before = [image.id for earlier in pages[:n] for image in earlier]
        token = page.continuation_token
        assert before + account.ids(lambda c, at=token: ask(c).starting_at(at)) == whole


@pytest.mark.parametrize("number", range(1, 9))
def test_an_error_of_a_merged_listing_resumes(account: Account, number: int) -> None:
    several(account)

    def ask(images: Any) -> Any:
        return images.list_all(creator=["ada", "grace", ""], per_page=5)

    whole = account.ids(ask)
    found: list[Any] = []
    with pytest.raises(ServerError) as caught:
        account.pages(ask, before=failing(number), into=found)
    before = [image.id for page in found for image in page]
    token = caught.value.resume_token
    assert before + account.ids(lambda c: ask(c).starting_at(token)) == whole


@pytest.mark.parametrize(
    "token",
    [
        "t",
        "[]",
        "{}",
        "1",
        json.dumps({"heads": [[None, 0]], "reached": 0, "ids": []}),
        json.dumps({"heads": [[None, 0], [5, 0]], "reached": 0, "ids": []}),
        json.dumps({"heads": [[None, 0], [None]], "reached": 0, "ids": []}),
        json.dumps({"heads": [[None, 0], [None, float("nan")]], "reached": 0, "ids": []}),
        json.dumps({"heads": [[None, 0], [None, 0]], "reached": float("nan"), "ids": []}),
        json.dumps({"heads": [[None, 0], [None, 0]], "reached": "x", "ids": []}),
        json.dumps({"heads": [[None, 0], [None, 0]], "reached": 10**400, "ids": []}),
        json.dumps({"places": [None, None], "reached": 0, "ids": []}),
    ],
)
def test_what_is_no_token_of_this_listing_is_refused(account: Account, token: str) -> None:
    with pytest.raises(InvalidArgumentError, match="not a token of this listing, which is 2 in one"):
        account.pages(lambda c: c.list_all(creator=["a", "b"]).starting_at(token))
    assert account.watch.requests == []


def test_an_image_that_moves_between_walks_comes_once(account: Account) -> None:
    """As when its creator is changed after one walk has seen it and before the other does."""
    account.fill(*(stored(n, n, "ada") for n in range(20)))

    def before(watch: Watch, _request: httpx.Request) -> None:
        if len(watch.requests) == 2:
            with account.sandbox.client(account.name) as images:
                images.edit("i000", creator="grace")

    def ask(images: Any) -> Any:
        return images.list_all(creator=["ada", "grace"], sort_order="asc", per_page=5, concurrency=1)

    assert account.ids(ask, before=before) == [f"i{n:03}" for n in range(20)]
    assert "grace" in account.watch.requests[1].url.params["creator"]


def test_undated_images_of_several_walks_all_come(account: Account) -> None:
    def before(watch: Watch, request: httpx.Request) -> httpx.Response:
        creator = request.url.params["creator"]
        page = int(request.url.params.get("continuation_token", 0))
        result = {"images": [{"id": f"{creator}{page}"}], "continuation_token": str(page + 1) if page < 2 else None}
        return httpx.Response(200, json=envelope(result))

    found = account.ids(lambda c: c.list_all(creator=["a", "b"]), before=before)
    assert sorted(found) == ["a0", "a1", "a2", "b0", "b1", "b2"]


def partly_dated(listings: dict[str, list[list[int | None]]]) -> Before:
    """A service with pages of any size: of each image, the seconds since the one before it, or no time at all."""

    def before(_watch: Watch, request: httpx.Request) -> httpx.Response:
        creator, number = request.url.params["creator"], int(request.url.params.get("continuation_token", 0))
        seconds, images = 0, []
        for n, page in enumerate(listings[creator][: number + 1]):
            images = [{"id": f"{creator}{n}-{i}"} for i in range(len(page))]
            for image, later in zip(images, page, strict=True):
                if later is not None:
                    seconds += later
                    image["uploaded"] = f"2026-01-01T00:00:{seconds:02}Z"
        following = str(number + 1) if number + 1 < len(listings[creator]) else None
        result = {"images": images, "continuation_token": following}
        return httpx.Response(200, json=envelope(result))

    return before


PAGES = st.lists(st.lists(st.none() | st.integers(0, 2), max_size=3), min_size=1, max_size=4)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(a=PAGES, b=PAGES)
@example(a=[[1], [None, 4]], b=[[1], [5]])
def test_undated_images_are_where_they_stand_also_after_resuming(
    account: Account, a: list[list[int | None]], b: list[list[int | None]]
) -> None:
    def ask(images: Any) -> Any:
        return images.list_all(creator=["a", "b"], sort_order="asc")

    service = partly_dated({"a": a, "b": b})
    pages = account.pages(ask, before=service)
    whole = [image.id for page in pages for image in page]
    assert sorted(whole) == [
        f"{c}{n}-{i}" for c, of in (("a", a), ("b", b)) for n, p in enumerate(of) for i in range(len(p))
    ]
    shown = 0
    for page in pages[:-1]:
        shown += len(page)
        token = page.next_token
        assert account.ids(lambda c, at=token: ask(c).starting_at(at), before=service) == whole[shown:]


def test_a_walk_that_goes_in_a_circle_ends_them_all(account: Account) -> None:
    def before(watch: Watch, request: httpx.Request) -> httpx.Response | None:
        if request.url.params["creator"] != "b":
            return None
        result = {"images": [], "continuation_token": "again"}
        return httpx.Response(200, json=envelope(result))

    several(account)
    with pytest.raises(PaginationError, match="in a circle"):
        account.pages(lambda c: c.list_all(creator=["ada", "b"]), before=before)


@pytest.mark.parametrize("creator", [[], (), 5, b"ab", ["a", 5], ["a", None]])
def test_creators_are_texts(account: Account, creator: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="creator="):
        account.pages(lambda c: c.list_all(creator=creator))


@pytest.mark.parametrize("meta", [5, [], "a", {"a": {"in": 5}}, {"a": {"in": "bcd"}}, {"a": {"in": []}}, {}])
def test_filters_are_refused_as_in_list(account: Account, meta: Any) -> None:
    refusals = []
    for ask in (lambda c: c.list(meta=meta), lambda c: c.list_all(meta=meta)):
        with pytest.raises(FilterError) as caught:
            account.pages(ask)
        refusals.append(str(caught.value))
    assert refusals[0] == refusals[1]


@pytest.mark.parametrize("concurrency", [0, -1, True, 2.5, None])
def test_concurrency_is_a_positive_number(account: Account, concurrency: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="concurrency="):
        account.pages(lambda c: c.list_all(concurrency=concurrency))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    images=st.lists(st.tuples(st.integers(0, 6), st.sampled_from(["a", "b", "c"])), max_size=30),
    per_page=st.integers(1, 6),
    order=st.sampled_from(["asc", "desc"]),
    breaks=st.lists(st.integers(1, 6), max_size=3),
)
def test_merged_listings_are_exact_however_they_are_interrupted(
    account: Account, images: list[tuple[int, str]], per_page: int, order: str, breaks: list[int]
) -> None:
    account = new(account)
    account.fill(*(stored(n, time, creator) for n, (time, creator) in enumerate(images)))

    def ask(images: Any) -> Any:
        return images.list_all(creator=["a", "b"], per_page=per_page, sort_order=order)

    found: list[Any] = []
    for number in breaks:
        token = found[-1].next_token if found else None
        if not found or token:
            found += account.pages(lambda c, at=token: ask(c).starting_at(at), first=number)
    if not found or found[-1].next_token:
        token = found[-1].next_token if found else None
        found += account.pages(lambda c: ask(c).starting_at(token))
    items = [image for page in found for image in page]
    assert sorted(image.id for image in items) == [
        f"i{n:03}" for n, (_, creator) in enumerate(images) if creator != "c"
    ]
    moments = [image.uploaded for image in items]
    assert moments == sorted(moments, reverse=order == "desc")


@pytest.mark.parametrize("turns", range(1, 8))
def test_a_merged_walk_that_is_cancelled_twice_leaves_nothing_running(turns: int) -> None:
    """The second time comes while it waits for what the first one ends."""
    asked: list[httpx.Request] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if "continuation_token" in request.url.params:
            await asyncio.sleep(60)
        result = {"images": [{"id": "i", "uploaded": "2026-01-01T00:00:00Z"}], "continuation_token": "t"}
        return httpx.Response(200, json=envelope(result))

    async def walk(images: Any) -> None:
        async for _ in images.list_all(creator=["a", "b", "c"]):
            pass

    async def main() -> None:
        transport = httpx.MockTransport(answer)
        async with AsyncCloudflareImages("acc", api_token="canary-5d1f", transport=transport) as images:
            walking = asyncio.create_task(walk(images))
            while len(asked) < 6:
                await asyncio.sleep(0)
            walking.cancel()
            for _ in range(turns):
                await asyncio.sleep(0)
            walking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await walking
            for _ in range(100):
                await asyncio.sleep(0)
            assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


def test_a_page_that_is_fetched_ahead_is_repeated_like_any_other(sandbox: Sandbox) -> None:
    account = Account(sandbox, asynchronous=False)
    account.fill(*(stored(n) for n in range(4)))
    transport = Transport()
    transport.watch = Watch(failing(2))
    with sandbox.client(account.name, transport=transport, retries=AT_ONCE) as images:
        assert [image.id for image in images.list(per_page=2).prefetch()] == ["i003", "i002", "i001", "i000"]
    assert len(transport.watch.requests) == 3


@pytest.mark.parametrize(
    ("ask", "waiting"),
    [
        (lambda c: c.list(per_page=2), {"sort_order": "desc"}),
        (lambda c: c.list_all(per_page=2), {"sort_order": "asc"}),
        (lambda c: c.list_all(per_page=2, creator=["ada", "grace"]), {"creator": "grace"}),
    ],
    ids=["list", "both ends", "merged"],
)
def test_giving_up_cuts_a_long_wait_short(sandbox: Sandbox, ask: Ask, waiting: dict[str, str]) -> None:
    """A page fetched ahead is told to come back in a minute; nobody waits that long for a page not wanted."""
    account = Account(sandbox, asynchronous=False)
    account.fill(*(stored(n, creator=CREATORS[n % 2]) for n in range(40)))
    refused = threading.Event()

    def before(_watch: Watch, request: httpx.Request) -> httpx.Response | None:
        if "continuation_token" not in request.url.params or waiting.items() - request.url.params.items():
            return None
        refused.set()
        return httpx.Response(429, headers={"Retry-After": "60"}, request=request)

    transport = Transport()
    transport.watch = Watch(before)
    with sandbox.client(account.name, transport=transport) as images:
        pages: Any = ask(images).prefetch().pages()
        assert len(next(pages)) > 0
        assert refused.wait(PATIENCE)
        in_time(pages.close, 59)  # which is less than it was told to wait


def test_a_walk_that_the_garbage_collector_finds_is_not_waited_for(sandbox: Sandbox) -> None:
    """It may find it anywhere: also in a thread that holds what the request under way needs to come to an end."""
    account = Account(sandbox, asynchronous=False)
    account.fill(*(stored(n) for n in range(6)))
    under_way, released = threading.Event(), threading.Event()

    def before(watch: Watch, _request: httpx.Request) -> None:
        if len(watch.requests) == 2:
            under_way.set()
            released.wait(PATIENCE)

    transport = Transport()
    transport.watch = Watch(before)
    with sandbox.client(account.name, transport=transport) as images:
        cycle: list[Any] = [images.list(per_page=2).prefetch().pages()]
        cycle.append(cycle)
        next(cycle[0])
        assert under_way.wait(PATIENCE)
        del cycle
        gc.collect()
        (thread,) = (thread for thread in threading.enumerate() if thread.name.startswith("cfimages_"))
        released.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert len(transport.watch.requests) == 2
