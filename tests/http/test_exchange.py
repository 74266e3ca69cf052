"""What one request does after each attempt, without a socket and without a clock of its own."""

from typing import Any

import httpx
import pytest

from cfimages import Pacer, RateLimitError, ResponseSummary, RetryPolicy, ServerError
from cfimages.http.context import RequestContext
from cfimages.http.exchange import MAX_WINDOW, Exchange, failure_of
from cfimages.http.options import Options
from cfimages.http.retries import Failure

REQUEST = httpx.Request("GET", "https://api.cloudflare.com/client/v4/accounts/acc/images/v1/x?a=b")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def exchange(
    clock: Clock, pacer: Pacer | None = None, *, retries: RetryPolicy | None = None, on_response: Any = None
) -> Exchange:
    options = Options(60.0, retries or RetryPolicy(base=0), pacer, on_response)
    return Exchange(REQUEST, RequestContext(), options, clock=clock)


def response(status: int, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.Response(status, headers=headers, json={"success": status < 400}, request=REQUEST)


def test_a_request_goes_at_once_without_a_pacer() -> None:
    assert exchange(Clock()).wait_for_pacer() == 0


def test_a_pacer_makes_it_wait_for_its_window() -> None:
    clock = Clock()
    pacer = Pacer(1, 300, clock=clock)
    assert exchange(clock, pacer).wait_for_pacer() == 0
    waiting = exchange(clock, pacer)
    assert waiting.wait_for_pacer() == pytest.approx(303.25)
    clock.now += 303.25
    assert waiting.wait_for_pacer() == 0


def test_a_pacer_whose_own_window_is_longer_than_that_of_cloudflare_raises() -> None:
    clock = Clock()
    pacer = Pacer(1, 3600, clock=clock)
    assert exchange(clock, pacer).wait_for_pacer() == 0
    with pytest.raises(RateLimitError, match=r"images/v1/x: the rate limit is reached for 3636 s, longer") as caught:
        exchange(clock, pacer).wait_for_pacer()
    assert caught.value.retry_after == pytest.approx(3636.25)
    assert caught.value.status_code is None
    patient = RetryPolicy(longest_retry_after=4000)
    assert exchange(clock, pacer, retries=patient).wait_for_pacer() > MAX_WINDOW


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (429, {"Retry-After": "61"}),
        (429, {}),
        (200, {"Ratelimit": '"default";r=0;t=61'}),
    ],
)
def test_a_wait_that_the_service_wants_beyond_the_policy_raises_instead_of_sleeping(
    status: int, headers: dict[str, str]
) -> None:
    clock = Clock()
    pacer = Pacer(clock=clock)
    pacer.learn(status, httpx.Headers(headers), float(headers["Retry-After"]) if "Retry-After" in headers else None)
    with pytest.raises(RateLimitError, match="longer than longest_retry_after allows") as caught:
        exchange(clock, pacer).wait_for_pacer()
    assert (caught.value.retry_after or 0) > 60


def test_a_wait_that_the_service_wants_within_the_policy_is_one() -> None:
    clock = Clock()
    pacer = Pacer(clock=clock)
    pacer.learn(429, {}, 60.0)
    assert exchange(clock, pacer).wait_for_pacer() == pytest.approx(60)


def test_no_retry_after_makes_the_wait_shorter_than_the_backoff() -> None:
    trying = exchange(Clock(), retries=RetryPolicy(base=4, cap=8))
    waits = [trying.received(response(429, {"Retry-After": "0"})) for _ in range(3)]
    assert all(wait is not None for wait in waits)
    for wait, longest in zip(waits, [4.0, 8.0, 8.0], strict=True):
        assert longest / 2 <= (wait or 0) <= longest
    with pytest.raises(RateLimitError):
        trying.received(response(429, {"Retry-After": "0"}))


def test_each_response_is_told_with_its_duration_and_attempt() -> None:
    told: list[ResponseSummary] = []
    clock = Clock()
    trying = exchange(clock, on_response=told.append)
    for status, seconds in ((503, 0.25), (200, 1.0)):
        trying.wait_for_pacer()
        clock.now += seconds
        trying.received(response(status, {"cf-ray": "8a1-LHR", "x": "1"}))
        clock.now += 100
    assert [(one.status_code, one.duration, one.attempt) for one in told] == [(503, 0.25, 1), (200, 1.0, 2)]
    assert {(one.method, one.endpoint, one.ray_id, one.headers["x"]) for one in told} == {
        ("GET", "/accounts/acc/images/v1/x", "8a1-LHR", "1")
    }


def test_the_last_refusal_is_raised() -> None:
    trying = exchange(Clock(), retries=RetryPolicy(attempts=2, base=0))
    assert trying.received(response(500)) == 0
    with pytest.raises(ServerError):
        trying.received(response(500))


def test_a_connection_that_another_library_lost_may_have_carried_the_request() -> None:
    """A transport over another library maps its errors, with `raise … from` or within an `except`."""

    def mapped(cause: bool) -> httpx.RequestError:
        try:
            try:
                raise OSError("reset")
            except OSError as error:
                raise httpx.ConnectTimeout("reset") from (error if cause else None)
        except httpx.ConnectTimeout as error:
            return error

    assert [failure_of(mapped(cause)) for cause in (True, False)] == [Failure.MAYBE_SENT] * 2
    assert failure_of(httpx.ConnectTimeout("no answer")) is Failure.NOT_SENT
