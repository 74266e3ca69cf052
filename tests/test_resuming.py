"""Walks that are saved after each page, and continued by another client."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from listed import Kind, Photo, Service, both, ids

from cfimages import BadRequestError, CloudflareImages, InvalidArgumentError, ServerError
from cfimages.listing.progress import Progress

Begin = Callable[[Any], Any]

WAYS: dict[str, Begin] = {
    "list": lambda images: images.list(per_page=4).resumable(),
    "prefetch": lambda images: images.list(per_page=4).prefetch(2).resumable(),
    "both ends": lambda images: images.list(per_page=4).concurrent().resumable(),
    "merged": lambda images: images.list(per_page=4, creator=["ada", "grace"]).resumable(),
    "merged and concurrent": lambda images: images.list(per_page=4, creator=["ada", "grace"]).concurrent().resumable(),
}
every_way = pytest.mark.parametrize("begin", WAYS.values(), ids=WAYS)


def account(*seconds: int) -> Service:
    """Images of two creators, uploaded at these seconds."""
    return Service([Photo(n, second, ("ada", "grace")[n % 2]) for n, second in enumerate(seconds)])


def refuse_tokens(service: Service, *, once: bool) -> None:
    """Have the service refuse its tokens: for good, or until it has been asked without one."""
    refused = True

    def before(request: httpx.Request, _number: int) -> httpx.Response | None:
        nonlocal refused
        if "continuation_token" not in request.url.params:
            refused = refused and not once
        elif refused:
            return httpx.Response(400, json={"success": False, "errors": [{"code": 5400, "message": "token"}]})
        return None

    service.before = before


def walk(kind: Kind, service: Service, begin: Begin, pages: int | None = None) -> tuple[list[str], Any]:
    """The ids of the next pages of the walk that `begin` makes of a client, and the walk."""
    walks: list[Any] = []

    def ask(images: Any) -> Any:
        walks.append(begin(images))
        return walks[0]

    found = kind.collect(service, ask, first=pages)
    return ids(found), walks[0]


@both
@every_way
@pytest.mark.parametrize("pages", [1, 2])
def test_a_walk_that_is_continued_elsewhere_gives_what_an_unbroken_one_does(
    kind: Kind, begin: Begin, pages: int
) -> None:
    service = account(*range(23))
    found, last = walk(kind, service, begin, pages)
    while not last.finished:
        more, last = walk(kind, service, lambda images, state=last.state: images.resume(state), pages)
        found += more
        assert (last.count, last.last) == (len(found), found[-1])
    assert found == service.ids()
    service.requests.clear()
    assert walk(kind, service, lambda images: images.resume(last.state))[0] == []
    assert service.requests == []


@both
@pytest.mark.parametrize(
    ("way", "concurrency", "prefetch"), [("list", 0, 0), ("prefetch", 0, 2), ("both ends", 4, 0), ("merged", 0, 0)]
)
def test_how_to_walk_is_part_of_the_state(kind: Kind, way: str, concurrency: int, prefetch: int) -> None:
    begin = WAYS[way]

    def scenario(images: Any) -> Iterator[Any]:
        state = begin(images).state
        assert images.resume(state).state == state
        assert json.loads(state)["concurrency"] == concurrency
        assert json.loads(state)["prefetch"] == prefetch
        yield None

    kind.run(account(), scenario)


@both
@every_way
@pytest.mark.parametrize("behind", [1, 2, 4])
def test_a_forgotten_token_costs_no_image(kind: Kind, begin: Begin, behind: int) -> None:
    service = account(*(n // 3 for n in range(20)))
    whole, _ = walk(kind, service, begin)
    found, last = walk(kind, service, begin, behind)
    refuse_tokens(service, once=True)
    more, last = walk(kind, service, lambda images: images.resume(last.state))
    assert found + more == whole
    assert last.count == 20


@both
def test_a_token_may_be_forgotten_in_the_middle_of_a_walk(kind: Kind) -> None:
    service = account(*range(12))

    def before(_request: httpx.Request, number: int) -> httpx.Response | None:
        return httpx.Response(410, text="gone") if number == 3 else None

    service.before = before
    found, last = walk(kind, service, WAYS["list"])
    assert found == service.ids()
    assert last.count == 12


@both
def test_where_every_token_is_refused_a_walk_ends(kind: Kind) -> None:
    service = account(*range(9))
    refuse_tokens(service, once=False)
    with pytest.raises(BadRequestError) as caught:
        walk(kind, service, WAYS["list"])
    assert caught.value.resume_token
    assert len(service.requests) == 4


@both
@every_way
def test_after_another_error_the_walk_goes_on(kind: Kind, begin: Begin) -> None:
    service = account(*range(23))
    service.before = lambda _request, number: httpx.Response(500, text="no") if number == 3 else None

    def scenario(images: Any) -> Iterator[Any]:
        resumable, found, errors = begin(images), list[Any](), 0
        while not resumable.finished:
            state = resumable.state
            try:
                found.append((yield kind.step(resumable)))
            except ServerError:
                errors += 1
                assert resumable.state == state
        assert ids(found) == service.ids()
        assert errors == 1

    kind.run(service, scenario)


@pytest.mark.parametrize("close", [False, True])
@every_way
def test_a_page_that_was_interrupted_comes_the_next_time(
    begin: Begin, close: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = account(*range(23))

    def interrupted(_progress: Progress, _page: Any) -> None:
        monkeypatch.undo()
        raise KeyboardInterrupt

    with CloudflareImages("acc", api_token="t", transport=service.transport()) as images:
        walk = begin(images)
        found = [next(walk)]
        monkeypatch.setattr(Progress, "advance", interrupted)
        with pytest.raises(KeyboardInterrupt):
            next(walk)
        if close:
            walk.close()
        found += walk
    assert ids(found) == service.ids()
    assert walk.count == 23


@both
def test_a_walk_that_is_closed_can_go_on(kind: Kind) -> None:
    service = account(*range(9))

    def scenario(images: Any) -> Iterator[Any]:
        resumable = images.list(per_page=4).prefetch().resumable()
        first = yield kind.step(resumable)
        yield resumable.aclose() if kind.is_async else resumable.close()
        second = yield kind.step(resumable)
        assert ids([first, second]) == service.ids()[:8]
        assert repr(resumable).endswith("ResumableWalk(count=8, last='i001', finished=False)")

    kind.run(service, scenario)


@both
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"account_id": "other"}, "state: belongs to the account 'other', not 'acc'"),
        ({"version": 1}, "state: has version 1, and this release reads version 2"),
        ({"version": 3}, "state: has version 3, and this release reads version 2"),
        ({"version": None}, "state: has version None, and this release reads version 2"),
        ({"token": 5}, "state: is damaged"),
        ({"prefetch": -1}, "state: is damaged"),
        ({"concurrency": 101}, "state: is damaged"),
        ({"prefetch": 1, "concurrency": 4}, "state: is damaged"),
        ({"listing": {"unheard_of": 1}}, "'unheard_of': is not an argument of list"),
    ],
)
def test_what_is_no_state_of_this_account_is_refused(kind: Kind, change: dict[str, Any], message: str) -> None:
    service = account(*range(9))

    def scenario(images: Any) -> Iterator[Any]:
        state = json.loads(images.list().resumable().state) | change
        with pytest.raises(InvalidArgumentError) as caught:
            images.resume(json.dumps(state))
        assert message in str(caught.value)
        yield None

    kind.run(service, scenario)
    assert service.requests == []


@both
def test_a_state_without_a_version_is_refused_by_its_number(kind: Kind) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        state = json.loads(images.list().resumable().state)
        del state["version"]  # as the first release had none
        with pytest.raises(InvalidArgumentError, match="has version 1, and this release reads version 2"):
            images.resume(json.dumps(state))
        yield None

    kind.run(account(), scenario)


@pytest.mark.parametrize("kind", [Kind(is_async=False)], ids=str)
@given(
    seconds=st.lists(st.integers(0, 9), max_size=30).map(sorted),
    per_page=st.integers(1, 6),
    order=st.sampled_from(["asc", "desc"]),
    concurrent=st.sampled_from([1, 2]),
    pieces=st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=6),
)
def test_however_it_is_interrupted_every_image_comes_once(
    kind: Kind, seconds: list[int], per_page: int, order: str, concurrent: int, pieces: list[tuple[int, bool]]
) -> None:
    service = account(*seconds)

    def begin(images: Any) -> Any:
        return images.list(per_page=per_page, sort_order=order).concurrent(concurrent).resumable()

    found, last = walk(kind, service, begin, 0)
    for pages, is_forgotten in [*pieces, (10_000, False)]:
        service.before = lambda _request, _number: None
        if is_forgotten:
            refuse_tokens(service, once=True)
        more, last = walk(kind, service, lambda images, state=last.state: images.resume(state), pages)
        found += more
    assert sorted(found) == sorted(service.ids())
    assert last.finished
