"""When to repeat a request, and how long to wait before."""

import random
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import Enum

import attrs

from cfimages.arguments import check_positive, repr_short
from cfimages.errors import InvalidArgumentError

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""Methods that have the same effect when they are carried out twice."""


MAX_RETRIES = 100
"""Number of repetitions below which a plain number is accepted."""


class Failure(Enum):
    """How a request failed without a response."""

    NOT_SENT = "the service received nothing"
    MAYBE_SENT = "the service may have carried it out"


@attrs.frozen
class Refusal:
    """A response that is not a success."""

    status_code: int
    retry_after: float | None = None


LONGEST_WAIT = 24 * 60 * 60
"""Longest wait in seconds that a policy accepts."""


def _seconds(_policy: object, attribute: "attrs.Attribute[float]", value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LONGEST_WAIT:
        raise InvalidArgumentError(f"{attribute.name}={repr_short(value)}: must be seconds, from 0 to 86,400")


def _count(_policy: object, attribute: "attrs.Attribute[int]", value: object) -> None:
    check_positive(attribute.name, value)


@attrs.frozen
class RetryPolicy:
    """When and how often to retry a failed request.

    Idempotent methods are retried after a connection error, a timeout, 408, 429 and any 5xx; `POST` and `PATCH` only
    after 429, or if nothing was sent. The wait doubles each time, and half of it is random. A `Retry-After` header
    makes it longer, never shorter. A certificate that cannot be verified is never retried.

    Raises:
        InvalidArgumentError: A value is out of range.
    """

    attempts: int = attrs.field(default=4, validator=_count)
    """Maximum number of attempts, including the first. With 1, a request is never retried."""
    base: float = attrs.field(default=0.5, validator=_seconds)
    """Upper bound of the first wait, in seconds."""
    cap: float = attrs.field(default=8.0, validator=_seconds)
    """Longest backoff in seconds."""
    longest_retry_after: float = attrs.field(default=60.0, validator=_seconds)
    """Longest wait in seconds that the service may ask for. Beyond that, the error is raised at once.

    A pacer waits up to 310 seconds, or up to this if it is more."""

    def delay(
        self,
        attempt: int,
        method: str,
        outcome: Failure | Refusal,
        *,
        jitter: Callable[[], float] = random.random,
    ) -> float | None:
        """Return the seconds to wait before the next attempt, or None to give up.

        Args:
            attempt: Number of the attempt that gave `outcome`, from 1.
            method: Method of the request.
            outcome: The failure or the response of the attempt.
            jitter: Returns random numbers from 0 to 1.

        >>> RetryPolicy().delay(2, "GET", Refusal(503), jitter=lambda: 1.0)
        1.0
        >>> RetryPolicy().delay(1, "POST", Refusal(503)) is None
        True
        """
        if attempt >= self.attempts or not _repeatable(method.upper(), outcome):
            return None
        asked = outcome.retry_after or 0.0 if isinstance(outcome, Refusal) else 0.0
        if asked > self.longest_retry_after:
            return None
        ceiling = min(self.cap, self.base * 2.0 ** min(attempt - 1, 64))  # a higher power can overflow
        return max(asked, ceiling / 2 + ceiling / 2 * jitter())


def as_policy(retries: object) -> RetryPolicy:
    """Return a policy for a policy, or for the number of repetitions."""
    if isinstance(retries, RetryPolicy):
        return retries
    if isinstance(retries, int) and not isinstance(retries, bool) and 0 <= retries < MAX_RETRIES:
        return RetryPolicy(attempts=retries + 1)
    raise InvalidArgumentError(
        f"retries={repr_short(retries)}: must be a RetryPolicy, or how often to retry a request (0-{MAX_RETRIES - 1})"
    )


def _repeatable(method: str, outcome: Failure | Refusal) -> bool:
    if outcome is Failure.NOT_SENT:
        return True
    if isinstance(outcome, Refusal):
        if outcome.status_code == 429:
            return True  # refused before it was carried out
        if outcome.status_code != 408 and outcome.status_code < 500:
            return False
    return method in IDEMPOTENT


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that `Retry-After` asks to wait, or None if the header is absent or invalid.

    Interpret an HTTP date relative to the response's `Date` header, or to `now` if it has none.

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
    """Parse an HTTP date. Return None if it is invalid."""
    from email.utils import parsedate_to_datetime  # only when a date arrives

    try:
        when = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
