"""A kind of job: how to plan it, how to do an item, and how to check one in doubt.

A kind is a class in `kinds/` and an entry in `KINDS` there. The engine knows no kind.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import attrs

from cfimages.jobs.account import Account, Host
from cfimages.jobs.errors import JobError
from cfimages.jobs.records import Item, Json, NewItem, Outcome

Step = tuple[Iterable[NewItem], Any]
"""Some items of a plan, and the position after them: any JSON value."""


@attrs.define
class Work:
    """An item to work on, and its context."""

    account: Account
    doubt: bool
    """Whether the answer to a request for the item was lost."""
    noted: Json | None
    """The last note for it."""
    _write: Callable[[Json], None]

    def note(self, note: Json) -> None:
        """Write a note for the item into the journal. It is on disk when this returns."""
        self._write(note)
        self.noted = note


class Kind(ABC):
    """One kind of job. It holds the arguments of the job, and no state.

    If it is created from a journal, it lacks what no journal has, such as the client of another account, ids and
    functions.
    """

    name: ClassVar[str]
    """Its name in the journal."""
    changes: ClassVar[bool] = True
    """Whether it changes the account, so that a lost response leaves a doubt."""
    arguments: Json
    """The arguments in the journal: JSON, without secrets."""

    def __init__(self, arguments: Json) -> None:
        self.arguments = arguments

    @abstractmethod
    def plan(self, account: Account, position: Any) -> Iterator[Step]:
        """Yield the items of the plan after a position, or from the beginning (None)."""

    def compare(self, position: Any) -> None:  # noqa: B027 - for kinds that are given more than arguments
        """Compare ids or sources with those that were planned.

        Raises InvalidArgumentError.
        """

    @abstractmethod
    def do(self, item: Item, work: Work) -> Outcome:
        """Do an item for which nothing has been carried out.

        Raises:
            LostAnswerError: It is not known whether it was carried out.
            APIError, InvalidArgumentError, OSError: It was not, and why.
        """

    def ask(self, item: Item, work: Work) -> Outcome | None:
        """Check what became of an item in doubt; None if it was not carried out, so that it may be done.

        Raises as `do`, but for LostAnswerError.
        """
        return None

    @abstractmethod
    def requests(self, left: int, named: int) -> Mapping[Host, int]:
        """Return how many requests items take together, by host.

        `left` is how many items are left to do; of these, `named` say which id a new image shall have.
        """

    def remarks(self, items: Iterable[Item]) -> list[str]:
        """Return what to know before the job is run, given the items that are left to do."""
        return []

    def begin(self, account: Account) -> None:  # noqa: B027 - most kinds need nothing
        """Read what a run needs beside the account. Called whenever a run begins. Raises JobError, OSError."""

    def finish(self, items: Iterator[Item]) -> bool:
        """Produce the result from all items together, for kinds that do not use `do`."""
        return False

    def check(self, account: Account) -> None:  # noqa: B027 - most arguments are checked when they are given
        """Check the arguments against the account, without a request. Raises InvalidArgumentError."""

    def undo(self, path: Path) -> "Kind":
        """Return the kind of job that undoes the one with this journal. Raises JobError."""
        raise JobError(f"{path}: a job of the kind {self.name} cannot be undone")
