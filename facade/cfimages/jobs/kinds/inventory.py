"""Write the records of a listing into one file."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from cfimages.jobs.account import Host
from cfimages.jobs.kind import Work
from cfimages.jobs.kinds.chosen import Chosen
from cfimages.jobs.records import Item, Outcome
from cfimages.jobs.tables import write


class Inventory(Chosen):
    """Collect the records in the journal, then write them all."""

    name = "inventory"
    changes = False

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
