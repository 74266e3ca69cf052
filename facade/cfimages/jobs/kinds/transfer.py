"""Base class of restores and copies: images with records, and a map of their ids."""

from collections.abc import Iterable
from pathlib import Path

from cfimages.jobs.account import Account
from cfimages.jobs.kind import Work
from cfimages.jobs.kinds.upload import Upload, comparable, taken
from cfimages.jobs.listed import Listed
from cfimages.jobs.mapping import IdMap, Mapped, check_folder
from cfimages.jobs.records import THERE, Item, Json, NewItem, Outcome, is_same, skipped
from cfimages.jobs.sources import RefusedError, check_id

FIELDS: Json = {"filename": "image", "meta": {}, "creator": "", "requireSignedURLs": False}
"""The fields that an image keeps, with their defaults."""
NAMES = {"filename": "filename", "meta": "metadata", "creator": "creator", "requireSignedURLs": "privacy"}
"""What these fields are called, as in the reasons of an upload."""

EDITED = "it is there, and was edited since"
CHANGED = "it was uploaded before, and one of the two was edited since"


class Transfer(Upload):
    """Bring images into an account as their records say.

    An image keeps an id of its own. Others get a new one, which is in the map before the image is sent: so a second
    job with the same map, but another journal, does not bring it twice.
    """

    def __init__(self, arguments: Json) -> None:
        super().__init__({**arguments, "id": None, "sha256_key": None, "reserve": True})
        self._map = IdMap(Path(arguments["map"]), source=arguments["source"], target=arguments["target"])

    def check(self, account: Account) -> None:
        """Read the map."""
        check_folder(self._map.path)
        self._map.check()

    def do(self, item: Item, work: Work) -> Outcome:
        """Upload the image, unless an earlier job did."""
        mapped = self._map.get(item.key)
        if (
            item.image is None
            and mapped
            and mapped.id != (work.noted or {}).get("id")
            and mapped.uploaded == uploaded_of(item)
        ):
            image = work.account.find(mapped.id)
            if image is not None and not image.draft:
                return skipped(THERE)
        return self._remembered(item, super().do(item, work))

    def ask(self, item: Item, work: Work) -> Outcome | None:
        """Check whether the image arrived."""
        outcome = super().ask(item, work)
        return None if outcome is None else self._remembered(item, outcome)

    def remarks(self, items: Iterable[Item]) -> list[str]:
        """Say what will not be as it was."""
        return self.notes(sum(item.image is None for item in items))

    def notes(self, others: int) -> list[str]:
        """Say what will not be as it was, given how many images get other ids."""
        notes = ["images get new times of upload; to undo this, delete the images that are done"]
        if others:
            notes.insert(0, f"{others:,} get other ids, since the service makes them: {self._map.path} will have both")
        return notes

    def reserved(self, item: Item, image_id: str) -> None:
        """Add the new id to the map."""
        self._map.add(item.key, Mapped(image_id, uploaded_of(item)))

    def planned(self, record: Json, there: Listed, *, file: Json | None = None) -> NewItem:
        """Return the item for an image with this record, given what the account has, and where its file is."""
        image_id: str = record["id"]
        fields = kept_fields(record)
        want = {
            "filename": fields["filename"],
            "metadata": fields["meta"],
            "creator": fields["creator"] or None,
            "private": fields["requireSignedURLs"],
            "path": (file or {}).get("path"),
        }
        before = {**record, **(file or {})}
        own = image_id if keeps_id(record) else None
        new = NewItem(image_id, before=before, want=want, image=own)
        mapped = self._map.get(image_id)
        found = there.get(image_id)
        was_never_gone = bool(found and not found.get("draft") and found.get("uploaded") == record.get("uploaded"))
        if not was_never_gone:
            now = mapped.id if mapped else own
            found = there.get(now) if now else None
        if found is None or found.get("draft"):
            return new
        was_brought = mapped is not None and mapped.uploaded == record.get("uploaded")
        if names := differing(record, found):
            reason = EDITED if was_never_gone else CHANGED if was_brought else taken(names)
            return NewItem.refused(image_id, reason, before)
        return NewItem.skipped(image_id, THERE, before) if was_never_gone or was_brought else new

    def _remembered(self, item: Item, outcome: Outcome) -> Outcome:
        """Add an image that kept its id to the map too, so that a later job need not compare its bytes."""
        if item.image is not None and (outcome.state == "done" or outcome.reason == THERE):
            self._map.add(item.key, Mapped(item.image, uploaded_of(item)))
        return outcome


def uploaded_of(item: Item) -> str | None:
    """Return when the image of an item was uploaded to the source."""
    uploaded: str | None = (item.before or {}).get("uploaded")
    return uploaded


def differing(record: Json, other: Json) -> list[str]:
    """Return in which of the fields that an image keeps two records differ."""
    here, there = ({**kept, "filename": comparable(kept["filename"])} for kept in map(kept_fields, (record, other)))
    return [name for field, name in NAMES.items() if not is_same(here[field], there[field])]


def kept_fields(record: Json) -> Json:
    """Return the fields of a record that an image keeps."""
    return {name: record.get(name) or empty for name, empty in FIELDS.items()}


def keeps_id(record: Json) -> bool:
    """Whether an image with this record can have the same id elsewhere."""
    try:
        check_id(record["id"], bool(record.get("requireSignedURLs")))
    except RefusedError:
        return False
    return True
