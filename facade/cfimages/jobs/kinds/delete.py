"""Delete images, with an optional backup, and restore them from it."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from cfimages import Image, NotFoundError
from cfimages.jobs import originals, selection, snapshot
from cfimages.jobs.account import Account, Host, is_missing
from cfimages.jobs.errors import JobError
from cfimages.jobs.kind import Kind, Step, Work
from cfimages.jobs.kinds.chosen import Chosen
from cfimages.jobs.kinds.upload import Upload
from cfimages.jobs.records import Item, Json, NewItem, Outcome, done, skipped
from cfimages.jobs.sources import is_uuid
from cfimages.jobs.undoing import plan_undo


class Delete(Chosen):
    """Delete the images that a listing or ids choose.

    The service does not say which upload it deleted, so each delete is preceded by a check. A change between the two
    goes unnoticed.
    """

    name = "delete"
    unset: str | None = None
    """A metadata key that an undo does not restore."""

    def __init__(self, arguments: Json, ids: selection.Ids | None = None) -> None:
        super().__init__(arguments, ids)
        self._backup = None if arguments["backup"] is None else Path(arguments["backup"])
        self._looks: bool = arguments["recheck"] or self._backup is not None

    def do(self, item: Item, work: Work) -> Outcome:
        """Compare with the plan, back it up, then delete."""
        kept: Json | None = None
        if self._looks:
            image = work.account.find(item.key)
            if image is None:
                return _missing(work)
            if (outcome := _overtaken(item, image, work)) is not None:
                return outcome
            if self._backup is not None and (kept := _back_up(self._backup, image, work)) is None:
                return _missing(work)
        return done(kept) if work.account.delete(item.key) else _missing(work)

    def ask(self, item: Item, work: Work) -> Outcome | None:
        """Compare with the plan."""
        image = work.account.find(item.key)
        return _missing(work) if image is None else _overtaken(item, image, work)

    def requests(self, left: int, named: int) -> Mapping[Host, int]:
        """Return how many requests items take."""
        if self._backup is not None:
            return {"batch": 2 * left, "api": left}
        return {"batch": 2 * left if self._looks else left}

    def remarks(self, items: Iterable[Item]) -> list[str]:
        """Say what an undo could not restore."""
        if self._backup is None:
            return ["without a backup, what is deleted cannot be brought back"]
        return _changed((item.key, bool((item.before or {}).get("requireSignedURLs"))) for item in items)

    def undo(self, path: Path) -> Kind:
        """Return the kind that uploads the backup."""
        if self._backup is None:
            raise JobError(f"{path}: the job was run without a backup, so its deletes cannot be undone")
        return UndoDelete.of(path.resolve(), self._backup, unset=self.unset)


class UndoDelete(Upload):
    """Upload deleted images from their backup."""

    name = "undo delete"

    @classmethod
    def of(cls, journal: Path, backup: Path, *, unset: str | None) -> Self:
        """Return the kind that undoes a job, without one metadata key, unless that is None."""
        arguments = {"undoes": str(journal), "backup": str(backup), "sha256_key": None, "reserve": True, "id": None}
        return cls({**arguments, "unset": unset})

    def plan(self, account: Account, position: Any) -> Iterator[Step]:
        """Yield what the other job has deleted."""
        return plan_undo(account, Path(self.arguments["undoes"]), self._restored)

    def remarks(self, items: Iterable[Item]) -> list[str]:
        """Say what will not be as it was."""
        return _changed((item.key, (item.want or {})["private"]) for item in items)

    def _restored(self, item: Item) -> NewItem:
        folder = Path(self.arguments["backup"])
        kept = originals.backup_of(folder, item.before or {"id": item.key})
        if kept is None:
            return NewItem.refused(item.key, "its backup is missing")
        image, unset = kept["image"], self.arguments.get("unset")
        want = {
            "path": str(folder / kept["file"]),
            "filename": image.get("filename") or "image",
            "metadata": {key: value for key, value in snapshot.meta_of(image).items() if key != unset} or None,
            "creator": image.get("creator"),
            "private": image.get("requireSignedURLs", False),
        }
        own = None if is_uuid(item.key) or want["private"] else item.key
        return NewItem(item.key, before={"size": kept["size"], "sha256": kept["sha256"]}, want=want, image=own)


def _back_up(folder: Path, image: Image, work: Work) -> Json | None:
    """Write the original and the record to disk; None if the original is gone."""
    try:
        kept = originals.save(work.account, snapshot.record(image), folder, backup=True)
    except NotFoundError as error:
        if is_missing(error):
            return None
        raise
    return {name: kept[name] for name in ("file", "size", "sha256")}


def _changed(images: Iterable[tuple[str, bool]]) -> list[str]:
    """Say what changes when images are restored from a backup, given each id and whether the image is private."""
    made = private = 0
    for image_id, is_private in images:
        if is_uuid(image_id):
            made += 1
        elif is_private:
            private += 1
    notes = [f"{made:,} have ids that the service made: they can only come back under others"] if made else []
    if private:
        notes.append(f"{private:,} are private under ids of one's own: they can only come back under others")
    return [*notes, "images that an undo uploads from the backup get a new upload time"]


def _missing(work: Work) -> Outcome:
    return done() if work.doubt else skipped("it was already gone")


def _overtaken(item: Item, image: Image, work: Work) -> Outcome | None:
    """Return why an image is not deleted; None if it has not changed since the plan."""
    before = item.before or {}
    if not snapshot.is_same_upload(before, image):
        if work.doubt:
            return done(reason="another image was uploaded under its id since")
        return skipped("another image was uploaded under its id since the plan")
    if not snapshot.has_same_metadata(before, image):
        return skipped("its metadata was changed since the plan")
    if not snapshot.has_same_creator(before, image):
        return skipped("its creator was changed since the plan")
    return None
