"""Bulk work on an account: delete, edit, upload, export, inventory.

A job is planned into a journal, an SQLite file, and run from there, as often as it takes. See docs/jobs.md.
"""

from cfimages.jobs.errors import JobError, JobLockedError, JobStoppedError, JournalError
from cfimages.jobs.job import Job
from cfimages.jobs.making import delete, edit, resume
from cfimages.jobs.records import Item, Outcome, Progress, Report, State, Summary

__all__ = [
    "Item",
    "Job",
    "JobError",
    "JobLockedError",
    "JobStoppedError",
    "JournalError",
    "Outcome",
    "Progress",
    "Report",
    "State",
    "Summary",
    "delete",
    "edit",
    "resume",
]
