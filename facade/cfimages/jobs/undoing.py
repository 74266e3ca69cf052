"""The items that a job has done, from which its undo is planned."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from cfimages import InvalidArgumentError
from cfimages.jobs.account import Account
from cfimages.jobs.journal import Journal
from cfimages.jobs.kind import Step
from cfimages.jobs.locking import locked
from cfimages.jobs.records import Item, NewItem

CHUNK = 500
"""Items that are planned together."""


def plan_undo(account: Account, journal: Path, undone: Callable[[Item], NewItem]) -> Iterator[Step]:
    """Yield what a job has done, as items of its undo, the oldest upload first.

    There are no positions: after an interruption all are yielded again, and the journal skips those that it has.

    Raises InvalidArgumentError for another account, JobLockedError if the job is running, and JournalError.
    """
    with Journal.open(journal) as done, locked(journal):
        if done.job.account != account.id:
            raise InvalidArgumentError(f"images: the job belongs to the account {done.job.account}")
        items = done.oldest_first("done")
        while chunk := list(islice(items, CHUNK)):
            yield map(undone, chunk), None
