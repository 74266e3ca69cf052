"""The files of journals: their folder and their names."""

import os
import secrets
from datetime import UTC, datetime
from pathlib import Path

from cfimages import jobs
from cfimages.cli.folders import jobs_folder
from cfimages.cli.requests import SUFFIX as REQUEST
from cfimages.cli.requests import Request
from cfimages.jobs import JobStatus

SUFFIX = ".job"
ELSEWHERE = "elsewhere"
"""A file in the state folder with the paths of journals elsewhere, each followed by NUL."""


def new_journal(kind: str) -> Path:
    """Return a path for the journal of a new job. Raises OSError."""
    folder = jobs_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{kind}-{secrets.token_hex(2)}{SUFFIX}"


def remember(path: Path) -> None:
    """Make `known_journals` find a journal outside the state folder. Raises OSError."""
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
    """Return the journals in the state folder, and existing ones elsewhere."""
    return [*jobs_folder().glob(f"*{SUFFIX}"), *(path for path in _elsewhere() if path.exists())]


def name_of(path: Path) -> str:
    """Return the name for `find`: that of a journal in the state folder, else its path."""
    return path.stem if path.parent == jobs_folder() and path.suffix == SUFFIX else str(path)


def find(name: Path) -> Path:
    """Return the journal of a path, or of a name in the state folder, as in `jobs list`."""
    if name.exists() or len(name.parts) > 1:
        return name.absolute()
    kept = jobs_folder() / (name if name.suffix == SUFFIX else f"{name}{SUFFIX}")
    return kept if kept.exists() else name.absolute()


def begun(path: Path) -> Request | None:
    """Return the request if a process ended before it created the journal; None if there is a journal."""
    request = Request.read(path)
    if request.command is None:
        return None
    try:
        jobs.read(path)
    except jobs.JournalError:
        return request
    return None


def changed_on(path: Path) -> str:
    """Return the day of the last change of a journal, in UTC."""
    files = (path, path.with_name(f"{path.name}-wal"))
    return f"{datetime.fromtimestamp(max(file.stat().st_mtime for file in files if file.exists()), UTC):%Y-%m-%d}"


def remove(path: Path) -> None:
    """Remove a journal and the files beside it.

    Raises JobLockedError if it is in use, and JournalError if it is not a journal, so that no other file is lost.
    """
    if begun(path) is None:
        jobs.remove(path)
    else:  # there is nothing in it
        path.unlink(missing_ok=True)
    path.with_name(path.name + REQUEST).unlink(missing_ok=True)


def state_of(job: JobStatus) -> str:
    """Return the state of a job: `running`, `planning` (not finished), `planned`, `unfinished` or `done`."""
    if job.running:
        return "running"
    if not job.planned:
        return "planning"
    if not job.unfinished:
        return "done"
    begun = any(job.counts[state] for state in ("started", "done", "failed", "in_doubt"))
    return "unfinished" if begun else "planned"
