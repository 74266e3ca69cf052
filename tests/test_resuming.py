"""Walks that are saved after each page, and continued elsewhere; against the sandbox."""

import asyncio
import itertools
import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from servers import ONCE

from cfimages import BadRequestError, InvalidArgumentError, ServerError
from cfimages.sandbox import Sandbox
from cfimages.sandbox.store import StoredImage

START = 1_767_225_600_000
ACCOUNTS = (f"account-{number}" for number in itertools.count())

Begin = Callable[[Any], Any]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


class Walker:
    """Walks an account of the sandbox with a new client each time, as another process would, in either colour."""

    def __init__(self, sandbox: Sandbox, asynchronous: bool) -> None:
        self.sandbox = sandbox
        self.asynchronous = asynchronous
        self.account = next(ACCOUNTS)
        self.forget = False
        """Whether the service has forgotten its tokens; until it is asked without one."""
        self.requests: list[httpx.Request] = []

    def fill(self, *moments: int, first: int = 0) -> None:
        images = (
            StoredImage(
                number=number,
                id=f"i{number:03}",
                uploaded=START + moment,
                filename="a.png",
                meta={"even": number % 2 == 0},
                creator=["ada", "grace"][number % 2],
                private=False,
            )
            for number, moment in enumerate(moments, start=first)
        )
        self.sandbox.store.fill(self.account, images)

    def answer(self, request: httpx.Request) -> httpx.Response | None:
        self.requests.append(request)
        if self.forget and "continuation_token" in request.url.params:
            return httpx.Response(400, json={"success": False, "errors": [{"code": 5400, "message": "token"}]})
        self.forget = False
        return None

    def walk(self, begin: Begin, pages: int | None = None) -> tuple[list[str], Any]:
        """The ids of the next pages of the walk that `begin` makes of a client, and the walk."""
        return asyncio.run(self._async_walk(begin, pages)) if self.asynchronous else self._sync_walk(begin, pages)

    def _sync_walk(self, begin: Begin, pages: int | None) -> tuple[list[str], Any]:
        walker = self

        class Transport(httpx.HTTPTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                return walker.answer(request) or super().handle_request(request)

        with self.sandbox.client(self.account, retries=ONCE, transport=Transport()) as images:
            walk = begin(images)
            found = [image.id for page in itertools.islice(walk, pages) for image in page]
        return found, walk

    async def _async_walk(self, begin: Begin, pages: int | None) -> tuple[list[str], Any]:
        walker = self

        class Transport(httpx.AsyncHTTPTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                return walker.answer(request) or await super().handle_async_request(request)

        found: list[str] = []
        async with self.sandbox.async_client(self.account, retries=ONCE, transport=Transport()) as images:
            walk = begin(images)
            given = aiter(walk)
            for _ in itertools.count() if pages is None else range(pages):
                try:
                    found += [image.id for image in await anext(given)]
                except StopAsyncIteration:
                    break
            await given.aclose()
        return found, walk

    def piecewise(self, begin: Begin, pages: int = 1) -> list[str]:
        """All ids of a walk that is saved and continued after each so many pages."""
        found, walk = self.walk(begin, pages)
        while not walk.finished:
            state = walk.state
            more, walk = self.walk(lambda images, at=state: images.resume(at), pages)
            found += more
        assert walk.count == len(found)
        assert walk.last == (found[-1] if found else None)
        return found


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def walker(request: pytest.FixtureRequest, sandbox: Sandbox) -> Walker:
    return Walker(sandbox, request.param)


def listing(**arguments: Any) -> Begin:
    return lambda images: images.list(**arguments).resumable()


def newest_first(count: int) -> list[str]:
    return [f"i{number:03}" for number in reversed(range(count))]


@pytest.mark.parametrize(
    "begin",
    [
        listing(per_page=4),
        lambda images: images.list(per_page=4).prefetch(2).resumable(),
        lambda images: images.list_all(per_page=4).resumable(),
        lambda images: images.list_all(per_page=4, creator=["ada", "grace"]).resumable(),
    ],
    ids=["list", "prefetch", "both ends", "merged"],
)
@pytest.mark.parametrize("pages", [1, 2])
def test_a_walk_that_is_continued_elsewhere_gives_what_an_unbroken_one_does(
    walker: Walker, begin: Begin, pages: int
) -> None:
    walker.fill(*range(23))
    assert walker.piecewise(begin, pages) == newest_first(23)


def test_the_state_has_the_arguments_and_how_far_the_walk_is(walker: Walker) -> None:
    walker.fill(*range(9))
    begin = listing(
        meta={"even": True},
        creator="ada",
        sort_order="asc",
        per_page=2,
        uploaded_since=datetime(2026, 1, 1, tzinfo=UTC),
    )
    found, walk = walker.walk(begin, 1)
    assert found == ["i000", "i002"]
    state = json.loads(walk.state)
    assert state["origin"] == {
        "account_id": walker.account,
        "method": "list",
        "arguments": {
            "meta": {"even": True},
            "creator": "ada",
            "sort_order": "asc",
            "per_page": 2,
            "uploaded_since": "2026-01-01T00:00:00+00:00",
            "uploaded_before": None,
        },
    }
    assert (state["count"], state["last"]) == (walk.count, walk.last) == (2, "i002")
    assert not walk.finished
    more, walk = walker.walk(lambda images: images.resume(walk.state))
    assert more == ["i004", "i006", "i008"]
    assert walk.finished


def test_a_finished_walk_stays_finished(walker: Walker) -> None:
    walker.fill(1, 2)
    _, walk = walker.walk(listing())
    walker.requests.clear()
    again, walk = walker.walk(lambda images: images.resume(walk.state))
    assert (again, walk.finished, walk.count, walker.requests) == ([], True, 2, [])


def test_a_walk_may_begin_at_a_token(walker: Walker) -> None:
    walker.fill(*range(6))
    _, walk = walker.walk(listing(per_page=2), 1)
    token = json.loads(walk.state)["token"]
    found, _ = walker.walk(lambda images: images.list(per_page=2).starting_at(token).resumable())
    assert found == newest_first(6)[2:]


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("behind", [1, 2, 4])
def test_a_forgotten_token_costs_no_image_and_says_so(
    walker: Walker, order: str, behind: int, caplog: pytest.LogCaptureFixture
) -> None:
    walker.fill(*(number // 3 for number in range(20)))
    whole, _ = walker.walk(listing(per_page=4, sort_order=order))
    found, walk = walker.walk(listing(per_page=4, sort_order=order), behind)
    walker.forget = True
    with caplog.at_level(logging.WARNING, "cfimages"):
        more, walk = walker.walk(lambda images: images.resume(walk.state))
    assert found + more == whole
    assert walk.count == 20
    (record,) = caplog.records
    assert record.message == (
        f"the service does not know the place any more where this walk was (after {behind * 4} images): the listing"
        " begins anew, and what was given before is passed over"
    )


def test_tokens_may_be_forgotten_at_every_page_and_images_come_meanwhile(walker: Walker) -> None:
    walker.fill(*(number // 3 for number in range(20)))
    found, walk = walker.walk(listing(per_page=4), 1)
    while not walk.finished:
        walker.fill(100 + walk.count, first=100 + walk.count)  # newer than where the walk began
        walker.forget = True
        more, walk = walker.walk(lambda images, at=walk.state: images.resume(at), 7)
        found += more
    assert found == newest_first(20)


def test_a_token_may_be_forgotten_in_the_middle_of_a_walk(walker: Walker) -> None:
    walker.fill(*range(12))
    forgetful = walker.answer

    def answer(request: httpx.Request) -> httpx.Response | None:
        walker.forget = walker.forget or len(walker.requests) == 2
        return forgetful(request)

    walker.answer = answer  # type: ignore[method-assign]  # for this test
    found, walk = walker.walk(listing(per_page=4))
    assert found == newest_first(12)
    assert walk.count == 12


def test_before_any_image_a_forgotten_token_is_a_new_beginning(walker: Walker) -> None:
    walker.fill(*range(12))
    _, walk = walker.walk(listing(per_page=2, meta={"even": False}), 1)
    saved = json.loads(walk.state) | {"count": 0, "last": None, "moment": None, "ids": []}  # had it been empty
    walker.forget = True
    found, _ = walker.walk(lambda images: images.resume(json.dumps(saved)))
    assert found == newest_first(12)[::2]


@pytest.mark.parametrize("pages", [0, 1, 2])
def test_where_a_walk_began_at_a_token_and_has_not_left_its_moment_a_forgotten_one_is_an_error(
    walker: Walker, pages: int
) -> None:
    """What lies before that token is not known, and would come as if it were new."""
    walker.fill(0, 1, 2, 2, 2, 2, 2, 3)
    _, before = walker.walk(listing(per_page=1), 2)
    token = json.loads(before.state)["token"]
    found, walk = walker.walk(lambda images: images.list(per_page=1).starting_at(token).resumable(), pages)
    state = walk.state
    walker.forget = True
    with pytest.raises(BadRequestError):
        walker.walk(lambda images: images.resume(state))
    walker.forget = False
    more, walk = walker.walk(lambda images: images.resume(state), 5 - pages)
    walker.forget = True
    rest, _ = walker.walk(lambda images: images.resume(walk.state))
    assert [*found, *more, *rest] == newest_first(6)


def test_where_every_token_is_refused_a_walk_ends(walker: Walker) -> None:
    walker.fill(*range(9))

    def answer(request: httpx.Request) -> httpx.Response | None:
        walker.requests.append(request)
        return httpx.Response(400, text="no") if "continuation_token" in request.url.params else None

    walker.answer = answer  # type: ignore[method-assign]  # for this test
    with pytest.raises(BadRequestError) as caught:
        walker.walk(listing(per_page=4))
    assert caught.value.resume_token
    assert len(walker.requests) == 4


def sorted_by(moments: list[int | None], refused: int) -> Callable[[httpx.Request], httpx.Response]:
    """A service with one image on a page, uploaded on these days, that refuses one of its tokens once."""
    still = [refused]

    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params.get("continuation_token", 0))
        if page in still:
            still.remove(page)
            return httpx.Response(400, text="no")
        image = {"id": f"i{page}"}
        if moments[page]:
            image["uploaded"] = f"2026-01-{moments[page]:02}T00:00:00Z"
        result = {"images": [image], "continuation_token": str(page + 1) if page + 1 < len(moments) else None}
        return httpx.Response(200, json={"success": True, "errors": [], "messages": [], "result": result})

    return answer


@pytest.mark.parametrize("moments", [[9, None, 8, 7], [None, 9, 8, 7], [8, 9, 7, 6], [9, 7, 8, 6]])
def test_what_is_not_in_order_of_upload_does_not_begin_anew(walker: Walker, moments: list[int | None]) -> None:
    walker.answer = sorted_by(moments, refused=3)  # type: ignore[method-assign]  # for this test
    with pytest.raises(BadRequestError):
        walker.walk(listing())


def undated(page: int) -> httpx.Response:
    result = {"images": [{"id": f"i{page}"}], "continuation_token": str(page + 1)}
    return httpx.Response(200, json={"success": True, "errors": [], "messages": [], "result": result})


def test_without_upload_times_a_forgotten_token_is_an_error(walker: Walker) -> None:
    walker.answer = lambda request: undated(len(request.url.params))  # type: ignore[method-assign]  # for this test
    _, walk = walker.walk(listing(), 1)
    refused = {"success": False, "errors": [{"code": 5400, "message": "token"}]}
    walker.answer = lambda _request: httpx.Response(400, json=refused)  # type: ignore[method-assign]  # as above
    with pytest.raises(BadRequestError):
        walker.walk(lambda images: images.resume(walk.state))


def test_undated_images_come_again_only_where_they_are_known(walker: Walker) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        images = [{"id": f"i{n}", "uploaded": f"2026-01-0{n}T00:00:00Z"} for n in (5, 4)]
        if "continuation_token" in request.url.params:
            images = [{"id": "undated"}, {"id": "i3", "uploaded": "2026-01-03T00:00:00Z"}]
        token = None if "continuation_token" in request.url.params else "t"
        result = {"images": images, "continuation_token": token}
        return httpx.Response(200, json={"success": True, "errors": [], "messages": [], "result": result})

    walker.answer = answer  # type: ignore[method-assign]  # for this test
    _, walk = walker.walk(listing(), 1)
    saved = json.loads(walk.state) | {"token": None, "recovering": True}
    found, _ = walker.walk(lambda images: images.resume(json.dumps(saved)))
    assert found == ["undated", "i3"]


def test_other_errors_are_not_taken_for_a_forgotten_token(walker: Walker) -> None:
    walker.fill(*range(9))
    _, walk = walker.walk(listing(per_page=4), 1)
    walker.answer = lambda _request: httpx.Response(500, text="no")  # type: ignore[method-assign]  # for this test
    with pytest.raises(ServerError):
        walker.walk(lambda images: images.resume(walk.state))
    walker.answer = lambda _request: httpx.Response(400, text="no")  # type: ignore[method-assign]  # for this test
    with pytest.raises(BadRequestError):  # also without a token: it is something else
        walker.walk(lambda images: images.resume(walk.state))


@pytest.mark.filterwarnings("ignore:list_v1 is deprecated")
def test_numbered_pages_are_not_resumable(walker: Walker) -> None:
    with pytest.raises(InvalidArgumentError, match="cannot be resumable"):
        walker.walk(lambda images: images.list_v1().resumable())


GOOD = {
    "origin": {"account_id": "a", "method": "list", "arguments": {}},
    "token": None,
    "finished": False,
    "count": 0,
    "last": None,
    "moment": None,
    "ids": [],
    "complete": True,
    "in_order": True,
    "recovering": False,
}


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ("", "must be the text"),
        ("[]", "must be the text"),
        ("{}", "must be the text"),
        (None, "must be the text"),
        (json.dumps(GOOD | {"token": 5}), "must be the text"),
        (json.dumps(GOOD | {"moment": "noon"}), "must be the text"),
        (json.dumps(GOOD | {"moment": "2026-01-01T00:00:00"}), "must be the text"),
        (json.dumps(GOOD | {"recovering": True}), "must be the text"),
        (json.dumps(GOOD | {"count": 5}).replace("5", "1e400"), "must be the text"),
        (json.dumps(GOOD | {"origin": {}}), "must be the text"),
        (json.dumps(GOOD), "of a walk over the account 'a', not"),
    ],
)
def test_what_is_no_state_is_refused(walker: Walker, state: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        walker.walk(lambda images: images.resume(state))
    assert walker.requests == []


@pytest.mark.parametrize(
    ("origin", "message"),
    [
        ({"method": "delete"}, "of 'delete', which is no listing"),
        ({"arguments": {"unheard_of": 1}}, "has arguments that no listing has"),
        ({"arguments": {"per_page": 0}}, "per_page=0"),
    ],
)
def test_a_state_of_something_else_is_refused(walker: Walker, origin: dict[str, Any], message: str) -> None:
    state = GOOD | {"origin": {"account_id": walker.account, "method": "list", "arguments": {}} | origin}
    with pytest.raises(InvalidArgumentError, match=message):
        walker.walk(lambda images: images.resume(json.dumps(state)))


def test_a_state_without_an_order_is_of_the_usual_one(walker: Walker) -> None:
    walker.fill(*range(4))
    _, walk = walker.walk(listing(per_page=2), 1)
    saved = json.loads(walk.state)
    del saved["origin"]["arguments"]["sort_order"]
    walker.forget = True
    found, _ = walker.walk(lambda images: images.resume(json.dumps(saved)))
    assert found == ["i001", "i000"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moments=st.lists(st.integers(0, 9), max_size=30).map(sorted),
    per_page=st.integers(1, 6),
    order=st.sampled_from(["asc", "desc"]),
    pieces=st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=6),
)
def test_however_it_is_interrupted_every_image_comes_once(
    walker: Walker, moments: list[int], per_page: int, order: str, pieces: list[tuple[int, bool]]
) -> None:
    walker = Walker(walker.sandbox, walker.asynchronous)
    walker.fill(*moments)
    whole, _ = walker.walk(listing(per_page=per_page, sort_order=order))
    found, walk = walker.walk(listing(per_page=per_page, sort_order=order), 0)
    for pages, forgotten in [*pieces, (10_000, False)]:
        walker.forget = forgotten
        more, walk = walker.walk(lambda images, at=walk.state: images.resume(at), pages)
        found += more
    assert found == whole
    assert walk.finished
