"""Whether a request is repeated, and how long to wait before: pure decisions, no clock and no I/O."""

import random
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import Enum

import attrs

from cfimages.errors import InvalidArgumentError
from cfimages.values import positive, shown

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""Methods that have the same effect however often the request is carried out."""


class Failure(Enum):
    """How a request failed without an answer."""

    NOT_SENT = "nothing of it reached the service"
    MAYBE_SENT = "the service may have carried it out"


@attrs.frozen
class Answer:
    """What of an answer decides about a repetition."""

    status_code: int
    retry_after: float | None = None


LONGEST_WAIT = 24 * 60 * 60
"""Seconds that a policy may be told to wait; more is a mistake."""


def _seconds(_policy: object, attribute: "attrs.Attribute[float]", value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LONGEST_WAIT:
        raise InvalidArgumentError(f"{attribute.name}={shown(value)}: must be seconds from 0 to a day")


def _count(_policy: object, attribute: "attrs.Attribute[int]", value: object) -> None:
    positive(attribute.name, value)


@attrs.frozen
class RetryPolicy:
    """When and how often a failed request is repeated.

    Repeated are: idempotent methods after a connection error, a timeout, 408, 429 and any 5xx; `POST` and
    `PATCH` only after 429 or when nothing was sent. A 409 never is. The wait doubles each time, half of it at
    random; where the service says how long to wait (`Retry-After`), that is obeyed instead.

    `RetryPolicy(attempts=1)` repeats nothing.

    Raises InvalidArgumentError for a value out of range.
    """

    attempts: int = attrs.field(default=4, validator=_count)
    """How often a request is sent at most, the first time included."""
    base: float = attrs.field(default=0.5, validator=_seconds)
    """Seconds of the first wait, before the random part."""
    cap: float = attrs.field(default=8.0, validator=_seconds)
    """Longest wait in seconds that the policy chooses itself."""
    longest_retry_after: float = attrs.field(default=60.0, validator=_seconds)
    """Longest wait in seconds that the service may ask for; beyond it the error is raised at once."""

    def delay(
        self,
        attempt: int,
        method: str,
        outcome: Failure | Answer,
        *,
        jitter: Callable[[], float] = random.random,
    ) -> float | None:
        """Seconds to wait before the next attempt, or None to give up.

        `attempt` counts from 1 and is the one that gave `outcome`; `jitter` gives numbers from 0 to 1.

        >>> RetryPolicy().delay(2, "GET", Answer(503), jitter=lambda: 1.0)
        1.0
        >>> RetryPolicy().delay(1, "POST", Answer(503)) is None
        True
        """
        if attempt >= self.attempts or not _repeatable(method.upper(), outcome):
            return None
        if isinstance(outcome, Answer) and outcome.retry_after is not None:
            return outcome.retry_after if outcome.retry_after <= self.longest_retry_after else None
        # 2.0 ** 64 is beyond any cap and still a float; without a bound a long series of attempts overflows.
        ceiling = min(self.cap, self.base * 2.0 ** min(attempt - 1, 64))
        return ceiling / 2 + ceiling / 2 * jitter()


def _repeatable(method: str, outcome: Failure | Answer) -> bool:
    if outcome is Failure.NOT_SENT:
        return True
    if isinstance(outcome, Answer):
        if outcome.status_code == 429:
            return True  # refused before it was looked at, whatever the method
        if outcome.status_code != 408 and outcome.status_code < 500:
            return False
    return method in IDEMPOTENT


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait that the headers of an answer ask for, as a number or as a date; None if they say nothing.

    A date is one of the service's clock, which its own `Date` tells; `now` is for where there is none.

    >>> retry_after({"retry-after": "120"}, datetime.now(UTC))
    120.0
    >>> retry_after({"retry-after": "Sun, 01 Nov 2026 00:00:30 GMT"}, datetime(2026, 11, 1, tzinfo=UTC))
    30.0
    """
    asked = headers.get("retry-after")
    if asked is None:
        return None
    if re.fullmatch(r"\s*-?[0-9]{1,300}(\.[0-9]*)?\s*", asked):
        return max(float(asked), 0.0)
    when = _date(asked)
    if when is None:
        return None
    since = _date(headers.get("date", "")) or now
    return max((when - since).total_seconds(), 0.0)


def _date(value: str) -> datetime | None:
    """The time that a header has; None if it is none."""
    from email.utils import parsedate_to_datetime  # only when a date arrives

    try:
        when = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
