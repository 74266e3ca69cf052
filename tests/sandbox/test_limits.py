"""The rate limit: so many requests of a token, then none for as long."""

from collections.abc import Iterator
from typing import Any

import attrs
import httpx
import pytest

from cfimages import NotFoundError, RateLimitError, RetryPolicy
from cfimages.sandbox import RateLimit, Sandbox
from cfimages.sandbox.limits import Limiter


@attrs.define
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_token_has_so_many_requests_in_so_many_seconds() -> None:
    clock = Clock()
    limiter = Limiter(RateLimit(3, 60), clock)
    assert limiter.judge("a").headers == {"Ratelimit": '"default";r=2;t=60', "Ratelimit-Policy": '"default";q=3;w=60'}
    clock.now = 59.5
    assert [limiter.judge("a").allowed for _ in range(2)] == [True, True]
    assert limiter.judge("b").allowed
    clock.now = 60
    verdict = limiter.judge("a")
    assert (verdict.allowed, verdict.headers["Ratelimit"]) == (True, '"default";r=2;t=60')


def test_over_it_all_are_refused_for_as_long_again() -> None:
    clock = Clock()
    limiter = Limiter(RateLimit(1, 60), clock)
    assert limiter.judge("a").allowed
    clock.now = 10
    verdict = limiter.judge("a")
    assert not verdict.allowed
    assert verdict.headers["Retry-After"] == "60"
    assert verdict.headers["Ratelimit"] == '"default";r=0;t=60'
    clock.now = 65.5
    assert limiter.judge("a").headers["Retry-After"] == "5"
    clock.now = 70
    assert limiter.judge("a").allowed


@pytest.mark.parametrize("arguments", [(0, 1), (1, 0), (-1, 1), (1, -1)])
def test_a_limit_is_above_zero(arguments: Any) -> None:
    with pytest.raises(ValueError, match="must be"):
        RateLimit(*arguments)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(rate_limit=RateLimit(3, 300)) as running:
        yield running


def test_the_service_refuses_and_says_how_long(sandbox: Sandbox) -> None:
    with sandbox.client(retries=RetryPolicy(attempts=1)) as images:
        for _ in range(3):
            with pytest.raises(NotFoundError):
                images.get("a")
        with pytest.raises(RateLimitError, match="throttling") as caught:
            images.get("a")
    assert 290 <= (caught.value.retry_after or 0) <= 300
    assert [error.code for error in caught.value.errors] == [971]


def test_only_the_api_counts_and_tells(sandbox: Sandbox) -> None:
    with httpx.Client(headers={"X-Auth-Email": "a@b.c", "X-Auth-Key": "key"}) as http:
        for left in (2, 1, 0):
            answer = http.get(f"{sandbox.base_url}/accounts/a/images/v1/stats")
            assert answer.status_code == 200
            assert answer.headers["ratelimit"].startswith(f'"default";r={left};t=')
        assert http.get(f"{sandbox.base_url}/accounts/a/images/v1/stats").status_code == 429
        elsewhere = http.get(f"{sandbox.batch_url}/images/v2")
        assert elsewhere.status_code == 401
        assert "ratelimit" not in elsewhere.headers
