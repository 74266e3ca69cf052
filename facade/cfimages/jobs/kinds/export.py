"""Export originals and records into a folder."""

from collections.abc import Mapping
from pathlib import Path

from cfimages import Image, NotFoundError
from cfimages.jobs import originals, selection, snapshot
from cfimages.jobs.account import Host, is_missing
from cfimages.jobs.kind import Work
from cfimages.jobs.kinds.chosen import Chosen
from cfimages.jobs.records import Item, Json, NewItem, Outcome, done, skipped


class Export(Chosen):
    """Write the original and the record of each image that a listing or ids choose."""

    name = "export"
    changes = False

    def __init__(self, arguments: Json, ids: selection.Ids | None = None) -> None:
        super().__init__(arguments, ids)
        self._folder = Path(arguments["folder"])

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

    def planned(self, image: Image) -> NewItem:
        """Return an image, which is skipped if it is in the folder already."""
        record = snapshot.record(image)
        if originals.saved(self._folder, record) is not None:
            return NewItem.skipped(image.id, "it is there already", record)
        return NewItem(image.id, before=record)
