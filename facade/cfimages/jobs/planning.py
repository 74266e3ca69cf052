"""Planning: open or create a journal, and add the missing items."""

from collections.abc import Collection
from pathlib import Path

from cfimages.jobs.account import Account
from cfimages.jobs.errors import JournalError, another_plan
from cfimages.jobs.journal import JobRecord, Journal
from cfimages.jobs.kind import Kind
from cfimages.jobs.locking import locked, warn_of_network
from cfimages.jobs.same_plan import OtherPlanError, check_arguments


def plan(account: Account, path: Path, kind: Kind, moving: Collection[str]) -> bool:
    """Plan a job, or continue planning it. If its plan is complete, check that it is the requested one.

    Return whether the plan is new: it was not complete before.

    An incomplete or empty plan is replaced if it is not the requested one.

    `moving` names the times that may have moved on since the journal was made.

    Raises JournalError if the journal is of another kind or account, InvalidArgumentError if it is of other arguments,
    JobLockedError, and what planning raises.
    """
    kind.check(account)
    warn_of_network(path)
    with locked(path), _opened(path, kind, account) as journal:
        try:
            return _planned(journal, kind, account, moving)
        except OtherPlanError as error:
            if not (error.repeatable and _is_blank(journal)):
                raise
        journal.start_over(kind.arguments, account.timing.now())
        return _planned(journal, kind, account, moving)


def _planned(journal: Journal, kind: Kind, account: Account, moving: Collection[str]) -> bool:
    """Plan what is missing; return whether anything was. Raises OtherPlanError if the journal has another plan."""
    job = journal.job
    _check_same(journal.path, job, kind, account, moving)
    if job.planned:
        kind.compare(job.position)
        return False
    for items, position in kind.plan(account, job.position):
        journal.add(items, position)
    journal.end_planning()
    return True


def _is_blank(journal: Journal) -> bool:
    """Whether the plan of a journal can be replaced: it is incomplete, so nothing was run, or has no items."""
    return not journal.job.planned or not any(journal.counts().values())


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
            raise JournalError(f"{path}: is of another {what}: {kept}, not {given}: {another_plan(path)}")
    check_arguments(path, job, kind.arguments, moving, account.timing.now())
