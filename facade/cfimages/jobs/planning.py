"""Planning: a new journal or one that is there, and the items that are still missing in it."""

from collections.abc import Collection
from pathlib import Path

from cfimages.jobs.account import Account
from cfimages.jobs.errors import JournalError
from cfimages.jobs.journal import JobRecord, Journal
from cfimages.jobs.kind import Kind
from cfimages.jobs.locking import locked, warn_of_network
from cfimages.jobs.same_plan import check_arguments


def plan(account: Account, path: Path, kind: Kind, moving: Collection[str]) -> bool:
    """Plan a job, or go on planning it. If its plan is complete, see that it is the one that is asked for.

    Return whether the plan is new: it was not complete before.

    `moving` names the times that may have moved on since the journal was made.

    Raises JournalError if the journal is of another kind or account, InvalidArgumentError if it is of other arguments,
    JobLockedError, and what planning raises.
    """
    kind.check(account)
    warn_of_network(path)
    with locked(path), _opened(path, kind, account) as journal:
        job = journal.job
        _check_same(path, job, kind, account, moving)
        if job.planned:
            kind.compare(job.position)
            return False
        for items, position in kind.plan(account, job.position):
            journal.add(items, position)
        journal.end_planning()
        return True


def _opened(path: Path, kind: Kind, account: Account) -> Journal:
    if Journal.is_there(path):
        return Journal.open(path)
    return Journal.create(
        path,
        kind=kind.name,
        account=account.id,
        base_url=account.base_url,
        arguments=kind.arguments,
        now=account.timing.now(),
    )


def _check_same(path: Path, job: JobRecord, kind: Kind, account: Account, moving: Collection[str]) -> None:
    """Refuse a journal that belongs to something else."""
    for what, kept, given in (
        ("kind", job.kind, kind.name),
        ("account", job.account, account.id),
        ("base_url", job.base_url, account.base_url),
    ):
        if kept != given:
            raise JournalError(f"{path}: is of another {what}: {kept}, not {given}")
    check_arguments(path, job, kind.arguments, moving, account.timing.now())
