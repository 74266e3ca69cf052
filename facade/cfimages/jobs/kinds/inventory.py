"""Write the records of a listing into one file."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from cfimages import Image
from cfimages.jobs import selection, snapshot
from cfimages.jobs.account import Account, Host
from cfimages.jobs.kind import Kind, Step, Work
from cfimages.jobs.records import Item, Json, NewItem, Outcome
from cfimages.jobs.tables import write


class Inventory(Kind):
    """Collect the records in the journal, then write them all."""

    name = "inventory"
    changes = False

    def __init__(self, arguments: Json) -> None:
        self.arguments = arguments

    @classmethod
    def from_arguments(cls, arguments: Json) -> Self:
        """Return the kind that a journal was written by."""
        return cls(arguments)

    def check(self, account: Account) -> None:
        """Check the filters."""
        selection.check(account, self.arguments)

    def plan(self, account: Account, position: Any) -> Iterator[Step]:
        """Yield the images."""
        return selection.plan_images(account, self.arguments, None, position, _planned)

    def do(self, item: Item, work: Work) -> Outcome:  # pragma: no cover - `finish` leaves no item for it
        """Do nothing: `finish` does all of it."""
        raise NotImplementedError

    def requests(self, left: int, named: int) -> Mapping[Host, int]:
        """Return that the plan has taken all requests."""
        return {}

    def finish(self, items: Iterator[Item]) -> bool:
        """Write the file."""
        write(Path(self.arguments["file"]), (item.before or {} for item in items))
        return True


def _planned(image: Image) -> NewItem:
    return NewItem(image.id, before=snapshot.record(image))
