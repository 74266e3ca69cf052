"""Errors of a job as a whole. Errors of single items are in the journal."""

import os
from pathlib import Path

from cfimages import CloudflareImagesError


class JobError(CloudflareImagesError):
    """A job cannot start or continue. The journal is intact, and the job can be run again."""


class JournalError(JobError):
    """The journal cannot be read or written, or belongs to another job or account."""


class JournalDamagedError(JournalError):
    """The journal is damaged: its job cannot be resumed."""


class JournalWriteError(JournalError):
    """The journal cannot be written at this moment, as on a full disk. Nothing is lost."""


class JobLockedError(JobError):
    """Another process, or another thread, is planning or running the job."""


class JobStoppedError(JobError):
    """Too many items failed in a row."""


class JobRefusedError(JobError):
    """A job is refused because something looks wrong: too few references, too many deletes, a wrong clock."""


def go_on(journal: Path) -> str:
    """Return how a program goes on with a job."""
    return f"jobs.resume(images, {str(journal)!r}).run()"


def another_plan(journal: Path) -> str:
    """Return what to do where a journal has a plan, and another one is wanted."""
    return f"use another journal for another plan, or remove this one with jobs.remove({str(journal)!r})"


def why_no_folder(path: str | os.PathLike[str]) -> str:
    """Return why a path cannot be used as a folder."""
    return "is not a folder" if Path(path).exists() else "does not exist"
