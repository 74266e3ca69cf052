"""Bulk work on an account: delete, edit, upload, sync, export, restore, copy, orphans and inventories.

A job is planned into a journal, an SQLite file, and run from there, as many times as necessary. See docs/jobs.md.
"""

from cfimages.jobs import references
from cfimages.jobs.errors import (
    JobError,
    JobLockedError,
    JobRefusedError,
    JobStoppedError,
    JournalDamagedError,
    JournalError,
    JournalWriteError,
)
from cfimages.jobs.job import Job
from cfimages.jobs.kinds.compare import compare
from cfimages.jobs.kinds.copy import copy
from cfimages.jobs.kinds.orphans import orphans, quarantine, reap
from cfimages.jobs.kinds.prune import gone, prune
from cfimages.jobs.kinds.restore import restore
from cfimages.jobs.kinds.sync import sync
from cfimages.jobs.making import delete, edit, export, inventory, resume, upload
from cfimages.jobs.mapping import new_ids
from cfimages.jobs.reading import JobStatus, read, remove
from cfimages.jobs.records import Item, Outcome, Progress, Report, State, Summary
from cfimages.jobs.rewriting import Rewriter
from cfimages.jobs.sources import Source
from cfimages.jobs.url_map import write_url_map

__all__ = [
    "Item",
    "Job",
    "JobError",
    "JobLockedError",
    "JobRefusedError",
    "JobStatus",
    "JobStoppedError",
    "JournalDamagedError",
    "JournalError",
    "JournalWriteError",
    "Outcome",
    "Progress",
    "Report",
    "Rewriter",
    "Source",
    "State",
    "Summary",
    "compare",
    "copy",
    "delete",
    "edit",
    "export",
    "gone",
    "inventory",
    "new_ids",
    "orphans",
    "prune",
    "quarantine",
    "read",
    "reap",
    "references",
    "remove",
    "restore",
    "resume",
    "sync",
    "upload",
    "write_url_map",
]
