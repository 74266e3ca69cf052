"""Requests are spaced so that the service's rate limit is never reached; with a clock of the test's own."""

import asyncio
from collections.abc import Iterator
from typing import Any

import attrs
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import closing_when, in_time
from servers import ONCE, Run, Server, refusal, run_async, run_sync

from cfimages import (
    AsyncCloudflareImages,
    ClientClosedError,
    CloudflareImages,
    InvalidArgumentError,
    Pacer,
    RateLimitError,
)
from cfimages.sandbox import RateLimit, Sandbox
from cfimages.sandbox.limits import Limiter


@attrs.define
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@attrs.define
class Service:
    """The sandbox's rate limit, of one token, on the clock of the test."""

    clock: Clock
    refusals: int = 0
    _limiter: Limiter = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._limiter = Limiter(RateLimit(), self.clock)

    def ask(self) -> tuple[int, httpx.Headers]:
        verdict = self._limiter.judge("token")
        self.refusals += not verdict.allowed
        return (200 if verdict.allowed else 429), httpx.Headers(verdict.headers)


def send(pacer: Pacer, clock: Clock, service: Service, seconds: float = 0.0) -> None:
    """One request as a session sends it; it takes so many seconds."""
    while delay := pacer.take():
        clock.now += delay
    status, headers = service.ask()
    clock.now += seconds
    pacer.learn(status, headers, None)


def test_five_thousand_pages_take_as_long_as_the_limit_asks_and_are_never_refused() -> None:
    clock = Clock()
    service, pacer, began = Service(clock), Pacer(clock=clock), clock.now
    for _ in range(5000):
        send(pacer, clock, service, 0.15)
    assert service.refusals == 0
    best = 4 * 300 + 200 * 0.15  # four times the limit, each in its five minutes, and what is left
    assert best <= clock.now - began <= best * 1.1


def test_a_few_requests_go_at_once() -> None:
    clock = Clock()
    pacer = Pacer(clock=clock)
    assert [pacer.take() for _ in range(1140)] == [0.0] * 1140
    assert pacer.take() == pytest.approx(303.25)  # a hundredth and a quarter of a second more
    clock.now += 302.25
    assert pacer.take() == pytest.approx(1)
    clock.now += 1
    assert [pacer.take() for _ in range(1140)] == [0.0] * 1140
    assert pacer.take() > 0


def test_requests_that_open_connections_first_may_come_later_than_the_next_ones() -> None:
    clock = Clock()
    limiter, pacer = Limiter(RateLimit(40, 1), clock), Pacer(40, 1, clock=clock)
    arrivals = []
    for number in range(120):
        while delay := pacer.take():
            clock.now += delay
        arrivals.append(clock.now + (0.2 if number < 38 else 0.0))
    for clock.now in arrivals:
        assert limiter.judge("token").allowed


def test_others_who_use_the_same_token_are_left_something() -> None:
    clock = Clock()
    pacer = Pacer(clock=clock)
    pacer.take()
    pacer.learn(200, {"ratelimit": '"default";r=60;t=30'}, None)
    assert pacer.take() == 0
    pacer.learn(200, {"ratelimit": '"default";r=59;t=30'}, None)
    assert pacer.take() == pytest.approx(30)


def test_with_others_on_the_same_token_nothing_is_refused() -> None:
    clock = Clock()
    service, pacer = Service(clock), Pacer(clock=clock)
    for number in range(3000):
        if number % 2:
            service.ask()  # somebody else
        send(pacer, clock, service, 0.01)
    assert service.refusals == 0


def test_another_limit_that_the_service_tells_holds_too() -> None:
    clock = Clock()
    pacer = Pacer(clock=clock)
    pacer.learn(200, {"ratelimit-policy": '"default";q=1200;w=300, "burst";q=10;w=60'}, None)
    assert [pacer.take() for _ in range(10)] == [0.0] * 10
    assert pacer.take() == pytest.approx(60.85)


def test_a_refusal_closes_for_as_long_as_it_says() -> None:
    clock = Clock()
    pacer = Pacer(clock=clock)
    pacer.learn(429, {}, 17.0)
    assert pacer.take() == pytest.approx(17)
    pacer.learn(429, {}, None)
    assert pacer.take() == pytest.approx(300)
    pacer.learn(429, {}, 1.0)  # the longer one holds
    assert pacer.take() == pytest.approx(300)


def test_a_refusal_says_how_long_in_either_header() -> None:
    pacer = Pacer(clock=Clock())
    pacer.learn(429, {"ratelimit": '"default";r=0;t=7'}, None)
    assert pacer.take() == pytest.approx(7)


def test_without_a_limit_a_refusal_that_says_nothing_is_for_the_retries() -> None:
    pacer = Pacer(None, clock=Clock())
    pacer.learn(429, {}, None)
    assert pacer.take() == 0


@pytest.mark.parametrize(
    ("headers", "retry_after"), [({"ratelimit": '"default";r=0;t=999999999'}, None), ({}, 1e9), ({}, 3601.0)]
)
def test_no_answer_makes_it_wait_longer_than_an_hour(headers: dict[str, str], retry_after: float | None) -> None:
    pacer = Pacer(clock=Clock())
    pacer.learn(429, headers, retry_after)
    assert pacer.take() == pytest.approx(3600)


def test_only_the_latest_limits_are_kept() -> None:
    clock = Clock()
    pacer = Pacer(None, clock=clock)
    pacer.learn(200, {"ratelimit-policy": '"a";q=1;w=3600'}, None)
    pacer.learn(200, {"ratelimit-policy": '"b";q=2;w=3601, "c";q=3;w=60'}, None)
    assert [pacer.take() for _ in range(3)] == [0.0] * 3
    assert pacer.take() == pytest.approx(60.85)


def test_without_a_limit_of_its_own_it_holds_what_the_service_tells() -> None:
    clock = Clock()
    pacer = Pacer(None, clock=clock)
    assert [pacer.take() for _ in range(5000)] == [0.0] * 5000
    clock.now += 1000
    pacer.learn(200, {"ratelimit-policy": '"default";q=100;w=60', "ratelimit": '"default";r=4;t=9'}, None)
    assert pacer.take() == pytest.approx(9)
    clock.now += 9
    assert [pacer.take() for _ in range(95)] == [0.0] * 95
    assert pacer.take() == pytest.approx(60.85)


@given(header=st.text() | st.from_regex(r'("[a-z]*"(;[rtqw]=[0-9]+)*,? ?)*', fullmatch=True))
def test_headers_of_any_form_are_read(header: str) -> None:
    clock = Clock()
    pacer = Pacer(clock=clock)
    pacer.learn(200, {"ratelimit": header, "ratelimit-policy": header}, None)
    delay = pacer.take()
    assert 0 <= delay < 1e9
    clock.now += delay
    assert not delay or pacer.take() == 0


@pytest.mark.parametrize(
    "header", ["", "r=5;t=30", '"default"', '"default";r=x;t=1', '"default";r=5', '"default";t=5', '"x";q=0;w=5']
)
def test_what_is_no_limit_is_passed_over(header: str) -> None:
    pacer = Pacer(clock=Clock())
    pacer.learn(200, {"ratelimit": header, "ratelimit-policy": header}, None)
    assert pacer.take() == 0


@pytest.mark.parametrize("requests", [0, -1, 1.5, True, "1"])
def test_requests_are_a_positive_number(requests: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="requests="):
        Pacer(requests)


@pytest.mark.parametrize("seconds", [0, -1, True, "1", None, float("nan"), float("inf"), 86401])
def test_seconds_are_a_time(seconds: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="seconds="):
        Pacer(10, seconds)


@pytest.fixture
def fast() -> Iterator[Sandbox]:
    """An account whose limit is forty requests a second."""
    with Sandbox(rate_limit=RateLimit(40, 1)) as sandbox:
        sandbox.fill("sandbox", 60)
        yield sandbox


def by_creator(images: Any) -> Any:
    return images.list(creator=["ada", "grace", ""], per_page=1).concurrent()


@pytest.mark.realtime
def test_listings_put_together_keep_below_the_limit(fast: Sandbox) -> None:
    with fast.client(retries=ONCE, pacer=Pacer()) as images:
        assert len(list(by_creator(images))) == 60


@pytest.mark.realtime
def test_also_where_one_request_at_a_time_is_wanted(fast: Sandbox) -> None:
    with fast.client(retries=ONCE, pacer=Pacer()) as images:
        assert len(list(images.list(per_page=1).concurrent(1))) == 60


@pytest.mark.realtime
def test_so_they_do_asynchronously(fast: Sandbox) -> None:
    async def run() -> int:
        async with fast.async_client(retries=ONCE, pacer=Pacer()) as images:
            return len([image async for image in by_creator(images)])

    assert asyncio.run(run()) == 60


@pytest.mark.realtime
def test_a_plain_listing_does_so_with_a_pacer(fast: Sandbox) -> None:
    options: Any = {"base_url": fast.base_url, "api_token": "sandbox", "retries": ONCE}
    with (
        CloudflareImages("sandbox", **options) as images,
        pytest.raises(RateLimitError),
    ):
        list(images.list(per_page=1))
    pacer = Pacer(40, 1)
    options["api_token"] = "another"
    with (
        CloudflareImages("sandbox", **options, pacer=pacer) as one,
        CloudflareImages("sandbox", **options, pacer=pacer) as two,
    ):
        assert sum(1 for pair in zip(one.list(per_page=1), two.list(per_page=1), strict=True) for _ in pair) == 120


def test_what_is_no_pacer_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="pacer=5"):
        CloudflareImages("a", api_token="canary-5d1f", pacer=5)  # type: ignore[arg-type]  # that is the test


def test_the_batch_host_is_not_paced(fast: Sandbox) -> None:
    def ask() -> None:
        with (
            fast.client(pacer=Pacer(10, 3600, clock=Clock())) as images,
            images.batch() as batch,
        ):
            assert [batch.get("image-0000001").id for _ in range(20)] == ["image-0000001"] * 20

    in_time(ask)


@pytest.mark.parametrize("run", [run_sync, run_async], ids=["sync", "async"])
def test_closing_ends_a_long_wait(run: Run) -> None:
    """A request that is told to come back in a minute does not keep a program from ending."""

    def sync() -> None:
        images = CloudflareImages(**options)
        with closing_when(lambda: server.received, images), pytest.raises(ClientClosedError):
            images.get("x")

    async def asynchronous() -> None:
        images = AsyncCloudflareImages(**options)
        asking = asyncio.create_task(images.get("x"))
        while not server.received:
            await asyncio.sleep(0.001)
        await images.aclose()
        with pytest.raises(ClientClosedError):
            await asking

    with Server(refusal(429, headers={"Retry-After": "60"}), forever=True) as server:
        options: Any = {"account_id": "a", "api_token": "canary-5d1f", "base_url": server.address}
        in_time(sync if run is run_sync else lambda: asyncio.run(asynchronous()), 59)
