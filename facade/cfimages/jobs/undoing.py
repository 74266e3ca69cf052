"""What undoing a job is planned from: the items that the job has done, in its journal."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cfimages import InvalidArgumentError
from cfimages.jobs.account import Account
from cfimages.jobs.journal import Journal
from cfimages.jobs.kind import Step
from cfimages.jobs.records import Item, NewItem

CHUNK = 500
"""Items that are planned together."""


def plan_undo(account: Account, journal: Path, position: Any, undone: Callable[[Item], NewItem]) -> Iterator[Step]:
    """Yield what a job has done, as items of the job that undoes it.

    Raises InvalidArgumentError for another account, and JournalError.
    """
    with Journal.open(journal) as done:
        if done.job.account != account.id:
            raise InvalidArgumentError(f"images: the job was one of the account {done.job.account}")
        after = position or 0
        while items := done.items(("done",), after=after, limit=CHUNK):
            after = items[-1].number
            yield map(undone, items), after
