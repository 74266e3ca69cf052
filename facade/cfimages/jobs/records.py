"""The values of a job: items, their outcomes, reports and summaries."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Self

import attrs

State = Literal["planned", "started", "done", "skipped", "failed", "in_doubt"]
"""The state of an item.

- `planned`: nothing has been sent for it.
- `started`: requests for it may be in progress, or were when the process ended.
- `done`: this job has done what was wanted.
- `skipped`: nothing was changed, and nothing will be; `reason` says why.
- `failed`: nothing was changed; the next run retries it, unless `retry_failed=False`.
- `in_doubt`: a request may have been carried out, but its response was lost; the next run checks the account.
"""

STATES: tuple[State, ...] = ("planned", "started", "done", "skipped", "failed", "in_doubt")
UNFINISHED: tuple[State, ...] = ("planned", "started", "failed", "in_doubt")
TOTALS = "totals"
"""What the position of a plan has that counted both accounts: the totals of the report."""
THERE = "it is there already"
"""Why a file or an image is skipped that an earlier job has uploaded."""

Json = dict[str, Any]


def json_text(value: object, *, indent: int | None = None) -> str:
    r"""Return a value as JSON that a file in UTF-8 can hold.

    Half of a pair of surrogates, such as a program leaves that cuts a text within an emoji, is escaped.

    >>> json_text({"title": "caf\u00e9 \ud83d"})
    '{"title":"café \\ud83d"}'
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=None if indent else (",", ":"))
    return re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", text)


def is_same(one: Any, other: Any) -> bool:
    """Return whether two values of JSON are the same. In Python 1 equals True, in JSON it does not.

    >>> is_same({"a": [1]}, {"a": [1.0]}), is_same({"a": [1]}, {"a": [True]})
    (True, False)
    """
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


@attrs.frozen
class NewItem:
    """An item as planning finds it."""

    key: str
    """What it is called in the job: the id of an image, or the path of a file. Each key is planned once."""
    before: Json | None = None
    """What was there when it was planned."""
    want: Json | None = None
    """What is wanted, where the arguments of the job do not say it."""
    image: str | None = None
    """The id that a new image will have. Two items with the same one are refused."""
    state: State = "planned"
    reason: str | None = None

    @classmethod
    def skipped(cls, key: str, reason: str, before: Json | None = None) -> Self:
        """An item for which nothing is to be done."""
        return cls(key, before=before, state="skipped", reason=reason)

    @classmethod
    def refused(cls, key: str, reason: str, before: Json | None = None) -> Self:
        """An item that cannot be done. The summary counts these, by reason."""
        return cls.skipped(key, REFUSED + reason, before)


REFUSED = "refused: "
"""How the reasons of what was refused at planning begin."""


@attrs.frozen
class Item:
    """One item of a job, as the journal has it."""

    number: int
    key: str
    """The id of an image, or the path of a file."""
    state: State
    attempts: int
    """How many times it was started."""
    doubt: bool
    """Whether the response to a request for it was lost."""
    before: Json | None
    """What was there when it was planned: the record of an image, or size, time and SHA-256 of a file."""
    want: Json | None
    """What is wanted, where the arguments of the job do not say it."""
    image: str | None
    """The id that a new image will have."""
    note: Json | None
    """What is needed to resume, such as a reserved id and its URL."""
    result: Json | None
    """The result: the id of the image as it is now, or candidates for it."""
    reason: str | None
    """Why it was skipped, failed or is in doubt."""


@attrs.frozen
class Outcome:
    """The outcome of one item."""

    state: State
    reason: str | None = None
    result: Json | None = None
    doubt: bool = False
    """Whether a request may still be carried out."""


def done(result: Json | None = None, reason: str | None = None) -> Outcome:
    """The item is as it should be."""
    return Outcome("done", reason, result)


def skipped(reason: str) -> Outcome:
    """Nothing was changed, and nothing will be."""
    return Outcome("skipped", reason)


def failed(reason: str, *, doubt: bool = False, final: bool = False) -> Outcome:
    """Nothing was changed; the next run may try again. If it is final, that fails until something else is changed."""
    return Outcome("failed", reason, {"final": True} if final else None, doubt)


def in_doubt(reason: str, result: Json | None = None) -> Outcome:
    """A request may have been carried out, and the account does not tell."""
    return Outcome("in_doubt", reason, result, doubt=True)


@attrs.frozen
class Progress:
    """The progress of a run: an event of `Job.events`."""

    total: int
    left: int
    """Items of this run that are not finished yet."""
    done: int
    skipped: int
    failed: int
    in_doubt: int
    rate: float
    """Items per second in this run."""
    remaining: float | None
    """Seconds until the end at this rate; None before the first item."""
    finished: tuple[tuple[Item, Outcome], ...] = attrs.field(default=(), repr=False)
    """The items that have been finished since the last event, with their outcomes."""

    @property
    def handled(self) -> int:
        """Items that are finished, in any state. It reaches `total` unless the run is stopped."""
        return self.total - self.left

    def __str__(self) -> str:
        counts = {"done": self.done, "skipped": self.skipped, "failed": self.failed, "in doubt": self.in_doubt}
        parts = [f"{count:,} {state}" for state, count in counts.items() if count]
        if self.left and self.remaining is not None:
            parts.append(f"{self.rate:,.1f} a second, {_duration(self.remaining)} left")
        return f"{self.handled:,} of {self.total:,}{': ' if parts else ''}{', '.join(parts)}"


AllOf = Callable[[State], str]
"""Returns how to see all items in a state."""


def _in_python(state: State) -> str:
    return f'job.items("{state}")'


def _names(keys: Sequence[str], count: int, all_of: str) -> list[str]:
    """Return a line with the first items of a reason, and how to see all of them if there are more."""
    more = f" and {count - len(keys):,} more: {all_of}" if count > len(keys) else ""
    return [f"    {', '.join(keys)}{more}"] if keys else []


@attrs.frozen
class Report:
    """The results of a job so far, from its journal."""

    counts: Mapping[State, int]
    """How many items are in each state."""
    reasons: tuple[tuple[State, str, int], ...]
    """The most frequent reasons for `skipped`, `failed` and `in_doubt`, with how many items have each."""
    in_doubt: tuple[Item, ...]
    """The first items in doubt; `result` has candidates, where there are any."""
    stopped: bool = False
    """Whether the run was stopped before its end."""
    created: str = ""
    """When the journal was made: RFC 3339, UTC."""
    began_with: int | None = None
    """How many items were left to do when the run began; None unless `Job.run` returned this report."""
    nothing: str = ""
    """Why a run did nothing, such as "nothing matches"; empty if it did something."""
    totals: Mapping[str, int] = attrs.field(factory=dict)
    """How many images each account has, if all were compared: `source`, and this one (`target`)."""
    examples: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    """The first items of each reason in `reasons`: of those that failed, were refused, or were skipped by a run."""
    final: int = 0
    """How many items failed in a way that a retry does not change, such as an id that is taken."""

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do: every item is done or skipped."""
        return not any(self.counts[state] for state in UNFINISHED)

    def __str__(self) -> str:
        return self.text()

    def text(self, all_of: AllOf = _in_python) -> str:
        """Return the report as text. `all_of` says how to see all items in a state."""
        lines = [f"nothing to do: {self.nothing}"] if self.nothing else []
        counts = ", ".join(f"{count:,} {state}" for state, count in self.counts.items() if count)
        if counts or not lines:
            lines.append((counts or "nothing to do") + (" (stopped)" if self.stopped else ""))
        if self.totals:
            lines.append(
                f"  images: {self.totals['source']:,} in the source, {self.totals['target']:,} in this account"
            )
        for state, reason, count in self.reasons:
            lines.append(f"  {state} {count:,}: {reason}")
            lines += _names(self.examples.get(reason, ()), count, all_of(state))
        lines += [f"  in doubt: {item.key}{_candidates(item)}" for item in self.in_doubt]
        return "\n".join(lines)


def _candidates(item: Item) -> str:
    found = (item.result or {}).get("candidates")
    return f", perhaps now {', '.join(found)}" if found else ""


@attrs.frozen
class Summary:
    """What a job would do: the dry run."""

    kind: str
    account_id: str
    counts: Mapping[State, int]
    """How many items are in each state."""
    requests: int
    """How many requests are left to send."""
    seconds: float | None
    """How long that takes at least, at the rate limits; None if there is no known limit, as for a sandbox."""
    sample: tuple[str, ...]
    """The keys of the first items left to do."""
    refused: tuple[tuple[str, int], ...] = ()
    """Pairs: why items are refused, and how many."""
    notes: tuple[str, ...] = ()
    """What to know before running it."""
    created: str = ""
    """When the journal was made: RFC 3339, UTC."""
    filters: Mapping[str, Any] = attrs.field(factory=dict)
    """The filters that the plan was made with, by the names of the arguments."""
    nothing: str = ""
    """Why nothing is left to do, such as "nothing matches"; else empty."""
    examples: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    """The first items of each reason in `refused`."""

    @property
    def left(self) -> int:
        """Items that a run would work on."""
        return sum(self.counts[state] for state in UNFINISHED)

    def __str__(self) -> str:
        return self.text()

    def text(self, all_of: AllOf = _in_python) -> str:
        """Return the summary as text. `all_of` says how to see all items in a state."""
        others = ", ".join(f"{self.counts[state]:,} {state}" for state in ("done", "skipped") if self.counts[state])
        pace = "no rate limit" if self.seconds is None else f"{_duration(self.seconds)} at the rate limit"
        about = f"{self.kind} in account {self.account_id}, planned {self.created[:10]}"
        requests = "1 request" if self.requests == 1 else f"{self.requests:,} requests"
        if self.kind == "orphans":  # the plan is the report
            lines = [f"{about}: {self.left + self.counts['done']:,} without a reference"]
        else:
            lines = [
                f"{about}: {self.left:,} to do{f' ({others})' if others else ''}",
                f"  {requests}, {pace}" if self.requests else "  no requests",
            ]
        if self.sample:
            more = ", ..." if self.left > len(self.sample) else ""
            lines.append(f"  {', '.join(self.sample)}{more}")
        for reason, count in self.refused:
            lines.append(f"  refused {count:,}: {reason}")
            lines += _names(self.examples.get(reason, ()), count, all_of("skipped"))
        lines += [f"  {note}" for note in self.notes]
        if self.nothing:
            lines.append(f"  nothing to do: {self.nothing}")
        return "\n".join(lines)


def _duration(seconds: float) -> str:
    """A duration for people.

    >>> _duration(3.2), _duration(600), _duration(40_000)
    ('4 s', '10 min', '11.1 h')
    """
    if seconds < 120:
        return f"{int(-(-seconds // 1))} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
