"""Whether a plan is the one that is asked for: its arguments, its times, its ids or sources."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cfimages import InvalidArgumentError, Time
from cfimages.arguments import repr_short
from cfimages.jobs.errors import another_plan
from cfimages.jobs.journal import JobRecord
from cfimages.jobs.records import Json, is_same
from cfimages.times import to_datetime

TIMES = ("uploaded_since", "uploaded_before")
MOVED = timedelta(minutes=1)
"""How much the distance of a time from now may differ from that of the planned time from the plan."""


class OtherPlanError(InvalidArgumentError):
    """A journal has another plan than the one that is asked for."""

    def __init__(self, text: str, *, repeatable: bool = True) -> None:
        super().__init__(text)
        self.repeatable = repeatable
        """Whether all that was given is still there, so that it can be planned from the beginning."""


def moving(uploaded_since: Time | None, uploaded_before: Time | None) -> frozenset[str]:
    """Return which times may have moved on since the plan: those that are a `datetime`, often reckoned from now."""
    given = zip(TIMES, (uploaded_since, uploaded_before), strict=True)
    return frozenset(name for name, moment in given if isinstance(moment, datetime))


def check_arguments(path: Path, job: JobRecord, given: Json, moving: Collection[str], now: datetime) -> None:
    """Raise OtherPlanError for an argument that is not the one of a plan.

    A time of `moving` is the same if it is as far from now as the planned time was from the making of the journal.
    """
    for name in sorted(job.arguments.keys() | given.keys()):
        kept, wanted = job.arguments.get(name), given.get(name)
        if is_same(kept, wanted) or (
            name in TIMES and _is_same_time(name, kept, wanted, moving, since_plan=now - job.made)
        ):
            continue
        raise OtherPlanError(
            f"{name}={repr_short(wanted)}: {path} was planned with {name}={repr_short(kept)}: {another_plan(path)}"
        )


def _is_same_time(
    name: str, kept: str | None, wanted: str | None, moving: Collection[str], *, since_plan: timedelta
) -> bool:
    if kept is None or wanted is None:
        return False
    later = to_datetime(name, wanted) - to_datetime(name, kept)
    return not later or (name in moving and abs(later - since_plan) <= MOVED)


class Seen:
    """How much of an iterable has been planned, and a hash of it, so that another one is noticed."""

    def __init__(self, name: str, position: Any) -> None:
        self._name = name
        self._count: int = position[0] if position else 0
        self._expected: str | None = position[1] if position else None
        self._taken = 0
        self._repeatable = False
        self._hash = hashlib.sha256()

    @property
    def position(self) -> Any:
        """Where planning goes on behind everything that has been taken."""
        return [self._taken, self._hash.hexdigest()]

    def skip(self, given: Iterable[Any], text: Callable[[Any], str]) -> Iterator[Any]:
        """Yield what has not been planned yet. Raises OtherPlanError for another iterable than at first."""
        self._repeatable = iter(given) is not given
        for thing in given:
            if self._taken == self._count:
                self._check()
            self._hash.update(text(thing).encode("utf-8", "surrogatepass") + b"\0")
            self._taken += 1
            if self._taken > self._count:
                yield thing
        if self._taken <= self._count:
            self._check()

    def compare(self, given: Iterable[Any], text: Callable[[Any], str]) -> None:
        """Raise OtherPlanError for another iterable than the one that was planned."""
        for _ in self.skip(given, text):
            self._refuse()

    def _check(self) -> None:
        if self._expected is not None and self.position != [self._count, self._expected]:
            self._refuse()

    def _refuse(self) -> None:
        raise OtherPlanError(
            f"{self._name}: not what the journal was planned with: use another journal for another plan, or remove it"
            " with jobs.remove",
            repeatable=self._repeatable,
        )
