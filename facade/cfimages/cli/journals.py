"""The journals of jobs as files: where they are, and what they say without an account.

`cfimages.jobs` opens a job with a client of its account. To list the jobs of all accounts, this module, and no other,
reads journals with what `cfimages.jobs` is made of.
"""

import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs

from cfimages.cli.folders import jobs_folder
from cfimages.cli.requests import SUFFIX as REQUEST
from cfimages.jobs import Item, JobLockedError, JournalError, Report, State
from cfimages.jobs.journal import Journal
from cfimages.jobs.locking import locked

SUFFIX = ".job"
ELSEWHERE = "elsewhere"
"""A file in the state folder: the paths of journals that are not in it, each followed by NUL."""
BESIDE = ("", "-wal", "-shm", ".lock", REQUEST)
"""The files of a job."""


@attrs.frozen
class Described:
    """What a journal says of its job."""

    path: Path
    kind: str
    account: str
    created: str
    state: str
    """`running`, `planning` (not finished), `planned`, `unfinished`, `done`, or why it cannot be read."""
    report: Report


def new_journal(kind: str) -> Path:
    """Return a path for the journal of a new job. Raises OSError."""
    folder = jobs_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{kind}-{secrets.token_hex(2)}{SUFFIX}"


def remember(path: Path) -> None:
    """Have `known_journals` find a journal that is not in the state folder. Raises OSError."""
    folder = jobs_folder()
    if name_of(path) == str(path) and path not in _elsewhere():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (folder / ELSEWHERE).open("ab") as file:
            file.write(os.fsencode(path) + b"\0")


def _elsewhere() -> list[Path]:
    try:
        kept = (jobs_folder() / ELSEWHERE).read_bytes()
    except FileNotFoundError:
        return []
    return [Path(os.fsdecode(path)) for path in kept.split(b"\0") if path]


def known_journals() -> list[Path]:
    """Return the journals in the state folder, and those that were kept elsewhere and are still there."""
    return [*jobs_folder().glob(f"*{SUFFIX}"), *(path for path in _elsewhere() if path.exists())]


def name_of(path: Path) -> str:
    """Return what `find` finds a journal by: its name if it is in the state folder, else its path."""
    return path.stem if path.parent == jobs_folder() and path.suffix == SUFFIX else str(path)


def find(name: Path) -> Path:
    """Return the journal that is meant: a path, or the name of one in the state folder, as `jobs list` has it."""
    if name.exists() or len(name.parts) > 1:
        return name.absolute()
    kept = jobs_folder() / (name if name.suffix == SUFFIX else f"{name}{SUFFIX}")
    return kept if kept.exists() else name.absolute()


def describe(path: Path) -> Described:
    """Return what a journal says. Raises JournalError."""
    with Journal.open(path) as journal:
        job, counts = journal.job, journal.counts()
        report = Report(counts, tuple(journal.reasons()), tuple(journal.items(("in_doubt",), limit=100)))
        state = _state(path, report, planned=job.planned)
        return Described(path, job.kind, job.account, job.created, state, report)


def items_of(path: Path, *states: State) -> Iterator[Item]:
    """Yield the items of a journal that are in some states, or all. Raises JournalError."""
    with Journal.open(path) as journal:
        last = 0
        arguments: dict[str, Any] = {"states": states} if states else {}
        while items := journal.items(after=last, limit=1000, **arguments):
            last = items[-1].number
            yield from items


def remove(path: Path) -> None:
    """Remove a journal, and what is beside it.

    Raises JobLockedError if somebody works on it, and JournalError if it is none, so that no other file is lost.
    """
    Journal.open(path).close()
    with locked(path):
        for end in BESIDE:
            path.with_name(path.name + end).unlink(missing_ok=True)


def _state(path: Path, report: Report, *, planned: bool) -> str:
    try:
        with locked(path):
            pass
    except JobLockedError:
        return "running"
    except JournalError:
        pass  # a folder that cannot be written to: nobody can work there
    if not planned:
        return "planning"
    if report.finished:
        return "done"
    begun = any(report.counts[state] for state in ("started", "done", "failed", "in_doubt"))
    return "unfinished" if begun else "planned"
