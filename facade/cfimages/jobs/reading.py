"""The state of a job from its journal, without a client of the account."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from cfimages.jobs.journal import Journal, JournalPath
from cfimages.jobs.locking import is_locked, locked_to_remove
from cfimages.jobs.records import STATES, THERE, TOTALS, UNFINISHED, Item, Report, State

DOUBTS = 100
"""Items in doubt that a report has; `items("in_doubt")` gives all of them."""
CHUNK = 1000
"""Items that are read together."""


@attrs.frozen
class JobStatus:
    """The state of a job, from its journal. Returned by `read`."""

    path: Path
    """The journal."""
    kind: str
    """The kind of job: `delete`, `edit`, `upload`, ..."""
    account_id: str
    base_url: str
    """Address of the API that it was planned with."""
    arguments: Mapping[str, Any]
    """The arguments that it was planned with, as JSON values."""
    created: str
    """When the journal was created: RFC 3339, UTC."""
    planned: bool
    """Whether the plan is complete."""
    running: bool
    """Whether a process is planning or running it at this moment."""
    report: Report

    @property
    def counts(self) -> Mapping[State, int]:
        """How many items are in each state."""
        return self.report.counts

    @property
    def unfinished(self) -> bool:
        """Whether something is left to plan or to do."""
        return not (self.planned and self.report.finished)

    def items(self, *states: State) -> Iterator[Item]:
        """Yield the items in these states, or all items, in the order of the plan.

        Raises:
            JournalError: The journal cannot be read.
        """
        with Journal.open(self.path) as journal:
            yield from walk(journal, states or STATES)


def read(path: JournalPath) -> JobStatus:
    """Return the state of a job from its journal. It needs no client, and the job may be running.

    Args:
        path: The journal.

    Raises:
        JournalError: There is no such journal, or it cannot be read.
    """
    journal_path = Path(path)
    with Journal.open(journal_path) as journal:
        job = journal.job
        return JobStatus(
            path=journal_path,
            kind=job.kind,
            account_id=job.account,
            base_url=job.base_url,
            arguments=job.arguments,
            created=job.created,
            planned=job.planned,
            running=is_locked(journal_path),
            report=report_of(journal),
        )


def remove(path: JournalPath) -> None:
    """Remove a journal and the files beside it. The changes of the job stay, and can no longer be undone.

    Args:
        path: The journal.

    Raises:
        JobLockedError: A process is working on the job.
        JournalError: There is no such journal. Nothing is removed.
        OSError: It cannot be removed.
    """
    journal_path = Path(path)
    Journal.open(journal_path).close()
    with locked_to_remove(journal_path):
        for end in ("", "-wal", "-shm"):
            journal_path.with_name(journal_path.name + end).unlink(missing_ok=True)


def report_of(journal: Journal, *, stopped: bool = False, began_with: int | None = None, nothing: str = "") -> Report:
    """Return the report of a job so far."""
    job, reasons = journal.job, journal.reasons()
    return Report(
        counts=journal.counts(),
        reasons=tuple((one.state, one.text, one.count) for one in reasons),
        in_doubt=tuple(journal.items(("in_doubt",), limit=DOUBTS)),
        stopped=stopped,
        created=job.created,
        began_with=began_with,
        totals=job.position[TOTALS] if isinstance(job.position, dict) else {},
        nothing=nothing,
        examples={one.text: one.keys for one in reasons if one.keys},
        final=journal.final(),
    )


def why_nothing(journal: Journal, *, is_new: bool) -> str:
    """Return why nothing is left to do; empty if something is. A new plan was made just now, and has not been run."""
    counts = journal.counts()
    if any(counts[state] for state in UNFINISHED):
        return ""
    if not is_new:
        date = journal.job.created[:10]
        return f"the plan of {date} is finished; for a new plan, use another journal, or remove this one"
    if not counts["skipped"]:
        arguments = journal.job.arguments
        is_all = arguments.get("folder") and not (arguments.get("include") or arguments.get("exclude"))
        return "the folder has no files" if is_all and journal.job.kind in ("upload", "sync") else "nothing matches"
    reasons = {reason.text for reason in journal.reasons()}
    return "everything is there already" if reasons == {THERE} else "everything is skipped"


def walk(journal: Journal, states: Iterable[State]) -> Iterator[Item]:
    """Yield the items of an open journal that are in some states, in the order of the plan."""
    wanted, last = tuple(states), 0
    while items := journal.items(wanted, after=last, limit=CHUNK):
        last = items[-1].number
        yield from items
