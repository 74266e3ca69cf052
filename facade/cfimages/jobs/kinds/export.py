"""Export originals and records into a folder."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from cfimages import Image, NotFoundError
from cfimages.jobs import originals, selection, snapshot
from cfimages.jobs.account import Account, Host, is_missing
from cfimages.jobs.kind import Kind, Step, Work
from cfimages.jobs.records import Item, Json, NewItem, Outcome, done, skipped


class Export(Kind):
    """Write the original and the record of each image that a listing or ids choose."""

    name = "export"
    changes = False

    def __init__(self, arguments: Json, ids: selection.Ids | None = None) -> None:
        self.arguments = arguments
        self._ids = ids
        self._folder = Path(arguments["folder"])

    @classmethod
    def from_arguments(cls, arguments: Json) -> Self:
        """Return the kind that a journal was written by."""
        return cls(arguments)

    def check(self, account: Account) -> None:
        """Check the filters."""
        selection.check(account, self.arguments)

    def plan(self, account: Account, position: Any) -> Iterator[Step]:
        """Yield the images that are not in the folder yet."""
        return selection.plan_images(account, self.arguments, self._ids, position, self._planned)

    def compare(self, position: Any) -> None:
        """Compare the ids."""
        selection.compare_ids(self._ids, position)

    def do(self, item: Item, work: Work) -> Outcome:
        """Write the original, then the record."""
        record = item.before or {}
        kept = originals.saved(self._folder, record)
        if kept is None:
            try:
                kept = originals.save(work.account, record, self._folder, backup=False)
            except NotFoundError as error:
                if is_missing(error):
                    return skipped("it was already gone")
                raise
        return done({"file": kept["file"], "size": kept["size"], "sha256": kept["sha256"]})

    def requests(self, left: int, named: int) -> Mapping[Host, int]:
        """Return how many requests items take."""
        return {"api": left}

    def _planned(self, image: Image) -> NewItem:
        record = snapshot.record(image)
        if originals.saved(self._folder, record) is not None:
            return NewItem.skipped(image.id, "it is there already", record)
        return NewItem(image.id, before=record)
