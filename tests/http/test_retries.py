"""Whether a request is repeated, and after how long."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cfimages import InvalidArgumentError, RetryPolicy
from cfimages.arguments import repr_short
from cfimages.http.retries import Failure, Refusal, as_policy, retry_after

IDEMPOTENT = ("GET", "HEAD", "OPTIONS", "PUT", "DELETE")
OTHERS = ("POST", "PATCH", "TRACE", "QUERY")
FAILED = (408, 500, 501, 502, 503, 504, *range(520, 531), 599)
"""Answers after which what changes nothing the second time is repeated."""
FINAL = (200, 204, 301, 304, 307, 400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 425, 428, 431, 451, 499)
"""Answers that would be the same again, or that a repetition could turn into the wrong one."""

DAY = 86_400.0
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def policy_table() -> Iterator[tuple[str, Failure | Refusal, bool]]:
    for method in (*IDEMPOTENT, *OTHERS):
        yield method, Failure.NOT_SENT, True
        yield method, Failure.MAYBE_SENT, method in IDEMPOTENT
        yield method, Refusal(429), True
        yield from ((method, Refusal(status), method in IDEMPOTENT) for status in FAILED)
        yield from ((method, Refusal(status), False) for status in FINAL)


def name(value: object) -> str:
    match value:
        case Refusal(status):
            return str(status)
        case Failure():
            return value.name
    return str(value)


@pytest.mark.parametrize(("method", "outcome", "repeated"), list(policy_table()), ids=name)
def test_what_may_be_repeated_safely_is_and_nothing_else(
    method: str, outcome: Failure | Refusal, repeated: bool
) -> None:
    policy = RetryPolicy(attempts=4, base=0.5, cap=8.0)
    expected = [0.5, 1.0, 2.0, None, None] if repeated else [None] * 5
    for spelling in (method, method.lower()):
        assert [policy.delay(n, spelling, outcome, jitter=lambda: 1.0) for n in range(1, 6)] == expected


@pytest.mark.parametrize("status", FINAL)
def test_a_final_answer_is_not_repeated_even_if_it_says_when(status: int) -> None:
    assert RetryPolicy().delay(1, "GET", Refusal(status, retry_after=1.0)) is None


@pytest.mark.parametrize("status", [408, 500, 503, 529])
def test_a_failure_of_a_post_is_not_repeated_even_if_it_says_when(status: int) -> None:
    assert RetryPolicy().delay(1, "POST", Refusal(status, retry_after=1.0)) is None


@pytest.mark.parametrize(
    "outcome", [Failure.NOT_SENT, Failure.MAYBE_SENT, Refusal(429), Refusal(503), Refusal(429, 1.0)]
)
def test_one_attempt_repeats_nothing(outcome: Failure | Refusal) -> None:
    assert RetryPolicy(attempts=1).delay(1, "GET", outcome) is None


@pytest.mark.parametrize(
    ("jitter", "delays"),
    [
        (0.0, [0.25, 0.5, 1.0, 1.5, 1.5]),
        (0.5, [0.375, 0.75, 1.5, 2.25, 2.25]),
        (1.0, [0.5, 1.0, 2.0, 3.0, 3.0]),
    ],
)
def test_the_wait_doubles_up_to_the_cap_and_half_of_it_is_random(jitter: float, delays: list[float]) -> None:
    policy = RetryPolicy(attempts=6, base=0.5, cap=3.0)
    assert [policy.delay(n, "GET", Refusal(500), jitter=lambda: jitter) for n in range(1, 6)] == delays


@given(st.integers(1, 10**6), st.just(0.0) | st.floats(1e-6, DAY), st.floats(0, DAY), st.floats(0, 1))
@example(10**400, 0.5, 8.0, 1.0)
@example(10**400, 0.0, 8.0, 1.0)
@example(70, DAY, DAY, 1.0)
def test_the_wait_lies_between_half_the_ceiling_and_the_ceiling(
    attempt: int, base: float, cap: float, jitter: float
) -> None:
    policy = RetryPolicy(attempts=attempt + 1, base=base, cap=cap)
    delay = policy.delay(attempt, "GET", Refusal(500), jitter=lambda: jitter)
    ceiling = min(cap, base * 2.0 ** min(attempt - 1, 100))  # beyond any cap there is, unless base is 0
    assert delay is not None
    assert ceiling / 2 <= delay <= ceiling <= cap


def test_the_random_part_differs_from_call_to_call() -> None:
    policy = RetryPolicy()
    delays = {policy.delay(1, "GET", Refusal(500)) for _ in range(20)}
    assert len(delays) > 1
    assert all(delay is not None and 0.25 <= delay <= 0.5 for delay in delays)


@pytest.mark.parametrize("status", [408, 429, 500, 503])
@pytest.mark.parametrize(
    ("asked", "delay"),
    [(0.0, 0.5), (0.001, 0.5), (0.6, 0.6), (9.0, 9.0), (59.999, 59.999), (60.0, 60.0), (60.001, None), (3600.0, None)],
)
def test_what_the_service_asks_makes_the_wait_longer_and_never_shorter_up_to_a_limit(
    status: int, asked: float, delay: float | None
) -> None:
    policy = RetryPolicy(cap=8.0, longest_retry_after=60.0)
    assert policy.delay(1, "GET", Refusal(status, asked), jitter=lambda: 1.0) == delay


def test_what_the_service_asks_does_not_add_attempts() -> None:
    assert RetryPolicy(attempts=2).delay(2, "GET", Refusal(429, 0.0)) is None


def test_no_wait_of_the_service_may_be_obeyed() -> None:
    policy = RetryPolicy(longest_retry_after=0)
    assert policy.delay(1, "GET", Refusal(429, 0.0), jitter=lambda: 1.0) == 0.5
    assert policy.delay(1, "GET", Refusal(429, 0.1)) is None


@pytest.mark.parametrize("value", [0, -1, True, 1.0, "3", None])
def test_attempts_that_are_no_count_are_refused(value: Any) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        RetryPolicy(attempts=value)
    assert str(caught.value) == f"attempts={value!r}: must be a whole number, 1 or more"


@pytest.mark.parametrize("argument", ["base", "cap", "longest_retry_after"])
@pytest.mark.parametrize(
    "value",
    [
        -1,
        -0.001,
        86_400.001,
        pytest.param(10**5000, id="huge"),
        math.inf,
        -math.inf,
        math.nan,
        True,
        "1",
        None,
        timedelta(seconds=1),
    ],
)
def test_seconds_that_are_none_are_refused(argument: str, value: Any) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        RetryPolicy(**{argument: value})
    assert str(caught.value) == f"{argument}={repr_short(value)}: must be seconds, from 0 to 86,400"


@pytest.mark.parametrize("argument", ["base", "cap", "longest_retry_after"])
@pytest.mark.parametrize("value", [0, 0.0, 1, 1.5, 86_400])
def test_seconds_may_be_whole_or_not(argument: str, value: float) -> None:
    assert getattr(RetryPolicy(**{argument: value}), argument) == value


def test_a_policy_is_an_immutable_value() -> None:
    policy = RetryPolicy()
    assert policy == RetryPolicy(attempts=4, base=0.5, cap=8.0, longest_retry_after=60.0)
    assert len({policy, RetryPolicy()}) == 1
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        policy.attempts = 5  # type: ignore[misc]


@pytest.mark.parametrize("number", [0, 1, 3, 99])
def test_a_number_says_how_often_a_request_is_repeated(number: int) -> None:
    assert as_policy(number) == RetryPolicy(attempts=number + 1)


def test_a_policy_is_taken_as_it_is() -> None:
    policy = RetryPolicy(base=0)
    assert as_policy(policy) is policy


@pytest.mark.parametrize("value", [-1, 100, True, 1.0, "3", None, RetryPolicy])
def test_what_is_neither_a_policy_nor_a_number_is_refused(value: Any) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        as_policy(value)
    assert str(caught.value) == (f"retries={value!r}: must be a RetryPolicy, or how often to retry a request (0-99)")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        # seconds
        ("120", 120.0),
        ("0", 0.0),
        ("1.5", 1.5),
        (" 7 ", 7.0),
        ("-5", 0.0),
        ("-0", 0.0),
        ("nan", None),
        ("inf", None),
        ("-inf", None),
        ("Infinity", None),
        ("1e999", None),
        ("9" * 400, None),
        # dates
        ("Sun, 01 Nov 2026 00:00:30 GMT", 30.0),
        ("Sun, 01 Nov 2026 00:00:00 GMT", 0.0),
        ("Sun, 01 Nov 2026 01:00:30 +0100", 30.0),
        ("Sun, 01 Nov 2026 00:00:30", 30.0),
        ("Sun, 01 Nov 2026 00:00:30 -0000", 30.0),
        ("Sunday, 01-Nov-26 00:01:00 GMT", 60.0),
        ("Sun Nov  1 00:02:00 2026", 120.0),
        ("Sat, 31 Oct 2026 23:59:59 GMT", 0.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Mon, 01 Nov 2027 00:00:00 GMT", 365 * 86400.0),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 251_608_895_939.0),
        # neither
        ("", None),
        (" ", None),
        ("soon", None),
        ("²", None),
        ("0x10", None),
        ("12 s", None),
        ("1,5", None),
        ("2026-11-01T00:00:30Z", None),
        ("Sun, 32 Nov 2026 00:00:30 GMT", None),
        ("Sun, 01 Nov 2026 25:00:30 GMT", None),
        ("Sun, 01 Nov 2026 00:00:30 +9999999", None),
        ("Sun, 01 Nov 2026 00:00:30 +" + "9" * 20, None),
        ("Sun, 01 Nov " + "9" * 20 + " 00:00:30 GMT", None),
        ("Sun, 01 Nov " + "9" * 5000 + " 00:00:30 GMT", None),
    ],
)
def test_the_wait_that_a_header_asks_for(value: str, expected: float | None) -> None:
    assert retry_after({"retry-after": value}, NOW) == expected


def test_no_header_asks_for_no_wait() -> None:
    assert retry_after({"date": "Sun, 01 Nov 2026 00:00:30 GMT"}, NOW) is None


@pytest.mark.parametrize(("date", "expected"), [("Sun, 01 Nov 2026 00:00:20 GMT", 10.0), ("soon", 30.0)])
def test_a_date_to_wait_for_is_of_the_clock_of_the_answer(date: str, expected: float) -> None:
    assert retry_after({"retry-after": "Sun, 01 Nov 2026 00:00:30 GMT", "date": date}, NOW) == expected


def test_the_zone_of_now_does_not_matter() -> None:
    now = NOW.astimezone(timezone(timedelta(hours=-8)))
    assert retry_after({"retry-after": "Sun, 01 Nov 2026 00:00:30 GMT"}, now) == 30.0


@given(
    st.text()
    | st.text("0123456789 :+-,._eE٣Nov Mon GMT", max_size=40)
    | st.builds(
        "{}, {} Nov {} {}:00:30 {}".format,
        st.sampled_from(["Sun", "x", ""]),
        st.integers(0, 99),
        st.integers(0),
        st.integers(0, 99),
        st.sampled_from(["GMT", "", "EST", "+0100"]) | st.integers().map("{:+d}".format),
    )
)
def test_whatever_a_header_says_is_a_wait_or_nothing(value: str) -> None:
    wait = retry_after({"retry-after": value}, NOW)
    assert wait is None or 0 <= wait < math.inf
