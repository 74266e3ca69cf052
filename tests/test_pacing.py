"""Requests are spaced so that the service's rate limit is never reached; with a clock of the test's own."""

from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfimages import InvalidArgumentError, Pacer


@attrs.define
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@attrs.define
class Service:
    """A token's limit as it is documented: over it, all is refused for as long as the limit's own time."""

    clock: Clock
    requests: int = 1200
    seconds: float = 300.0
    window: float = -1e9
    used: int = 0
    refusals: int = 0
    blocked_until: float = -1e9

    def ask(self) -> tuple[int, dict[str, str]]:
        now = self.clock.now
        if now >= self.window + self.seconds:
            self.window, self.used = now, 0
        self.used += 1
        reset = int(self.window + self.seconds - now) + 1
        if now < self.blocked_until or self.used > self.requests:
            self.refusals += 1
            self.blocked_until = max(self.blocked_until, now + self.seconds)
            return 429, {"retry-after": str(int(self.seconds))}
        return 200, {
            "ratelimit": f'"default";r={self.requests - self.used};t={reset}',
            "ratelimit-policy": f'"default";q={self.requests};w={int(self.seconds)}',
        }


def send(pacer: Pacer, clock: Clock, service: Service, seconds: float = 0.0) -> None:
    """One request as the seam sends it; it takes so many seconds."""
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
    assert pacer.take() == pytest.approx(300)
    clock.now += 299
    assert pacer.take() == pytest.approx(1)
    clock.now += 1
    assert [pacer.take() for _ in range(1140)] == [0.0] * 1140
    assert pacer.take() > 0


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
            service.used += 1  # somebody else
        send(pacer, clock, service, 0.01)
    assert service.refusals == 0


def test_another_limit_that_the_service_tells_holds_too() -> None:
    clock = Clock()
    pacer = Pacer(clock=clock)
    pacer.learn(200, {"ratelimit-policy": '"default";q=1200;w=300, "burst";q=10;w=60'}, None)
    assert [pacer.take() for _ in range(10)] == [0.0] * 10
    assert pacer.take() == pytest.approx(60)


def test_a_refusal_closes_for_as_long_as_it_says() -> None:
    clock = Clock()
    pacer = Pacer(clock=clock)
    pacer.learn(429, {}, 17.0)
    assert pacer.take() == pytest.approx(17)
    pacer.learn(429, {}, None)
    assert pacer.take() == pytest.approx(300)
    pacer.learn(429, {}, 1.0)  # the longer one holds
    assert pacer.take() == pytest.approx(300)


@given(header=st.text() | st.from_regex(r'("[a-z]*"(;[rtqw]=[0-9]+)*,? ?)*', fullmatch=True))
def test_headers_of_any_form_are_read(header: str) -> None:
    clock = Clock()
    pacer = Pacer(clock=clock)
    pacer.learn(200, {"ratelimit": header, "ratelimit-policy": header}, None)
    delay = pacer.take()
    assert 0 <= delay < 1e9
    clock.now += delay
    assert pacer.take() == 0


@pytest.mark.parametrize(
    "header", ["", "r=5;t=30", '"default"', '"default";r=x;t=1', '"default";r=5', '"default";t=5', '"x";q=0;w=5']
)
def test_what_is_no_limit_is_passed_over(header: str) -> None:
    pacer = Pacer(clock=Clock())
    pacer.learn(200, {"ratelimit": header, "ratelimit-policy": header}, None)
    assert pacer.take() == 0


@pytest.mark.parametrize("requests", [0, -1, 1.5, True, "1", None])
def test_requests_are_a_positive_number(requests: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="requests="):
        Pacer(requests)


@pytest.mark.parametrize("seconds", [0, -1, True, "1", None, float("nan"), float("inf"), 86401])
def test_seconds_are_a_time(seconds: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="seconds="):
        Pacer(10, seconds)
