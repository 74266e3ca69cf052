"""Edit images: metadata, creator, privacy."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cfimages import Image, InvalidArgumentError, NotFoundError
from cfimages.arguments import check_text
from cfimages.jobs import snapshot
from cfimages.jobs.account import Account, Host, is_missing
from cfimages.jobs.kind import Kind, Step, Work
from cfimages.jobs.kinds.chosen import Chosen
from cfimages.jobs.records import Item, Json, NewItem, Outcome, done, in_doubt, is_same, skipped
from cfimages.jobs.sources import MAX_METADATA_BYTES, is_uuid
from cfimages.jobs.undoing import plan_undo

_FIELDS = {"metadata": "meta", "creator": "creator", "require_signed_urls": "requireSignedURLs"}
"""The fields that can be edited, and what a record calls them."""
_EMPTY: Json = {"metadata": {}, "creator": "", "require_signed_urls": False}


class Edit(Chosen):
    """Edit the images that a listing or ids choose.

    An edit replaces all metadata, so that what is there is read, compared with the plan and merged just before.
    """

    name = "edit"

    def do(self, item: Item, work: Work) -> Outcome:
        """Compare with the plan, then edit."""
        if not work.doubt and (outcome := self.ask(item, work)) is not None:
            return outcome
        try:
            return done(self.result(work.account.edit(item.key, **(item.want or {}))))
        except NotFoundError as error:
            if is_missing(error):
                return _gone(item, work)
            raise

    def ask(self, item: Item, work: Work) -> Outcome | None:
        """Compare with what is wanted, and with the plan."""
        image = work.account.find(item.key)
        before, want = item.before or {}, item.want or {}
        if image is None:
            return _gone(item, work)
        if not snapshot.is_same_upload(before, image):
            return skipped("another image was uploaded under its id since the plan")
        now = _values(snapshot.record(image))
        if self.is_so(now, want):
            return done(self.result(image)) if work.doubt else skipped("it has these values already")
        planned = _values(before)
        if all(is_same(now[name], planned[name]) for name in want):
            return None
        if work.doubt:
            return in_doubt("it is neither as it was planned nor as it was wanted: somebody else edited it too")
        return skipped("it was changed since the plan")

    def requests(self, left: int, named: int) -> Mapping[Host, int]:
        """Return how many requests items take."""
        return {"batch": 2 * left}

    def remarks(self, items: Iterable[Item]) -> list[str]:
        """Say which ids change."""
        if self.arguments.get("require_signed_urls", True) is None:  # an undo has no such argument
            return []
        changed = sum("require_signed_urls" in (item.want or {}) for item in items)
        if not changed:
            return []
        return [f"{changed:,} get a new id from the service, since their privacy changes; the journal has it"]

    def undo(self, path: Path) -> Kind:
        """Return the kind that writes back what was there before."""
        return UndoEdit({"undoes": str(path.resolve())})

    # What a kind whose edits are not all in its plan says differently

    def is_so(self, now: Json, want: Json) -> bool:
        """Whether an image is as it is wanted, given the values of its fields."""
        return all(is_same(now[name], value) for name, value in want.items())

    def result(self, image: Image) -> Json:
        """Return what the journal keeps of an image that was edited; an undo takes it for what is there."""
        return {"id": image.id, "uploaded": snapshot.record(image).get("uploaded")}

    def planned(self, image: Image) -> NewItem:
        """Return an image, with what is wanted of it."""
        before = snapshot.record(image)
        want = _wanted(_values(before), self.arguments)
        if not want:
            return NewItem.skipped(image.id, "it has these values already", before)
        if len(_json(want.get("metadata", {})).encode("utf-8", "surrogatepass")) > MAX_METADATA_BYTES:
            return NewItem.refused(image.id, f"its metadata would be longer than {MAX_METADATA_BYTES:,} bytes", before)
        if want.get("require_signed_urls") and not is_uuid(image.id):
            return NewItem.refused(image.id, "an image with an id of your own cannot be private", before)
        return NewItem(image.id, before=before, want=want)


class UndoEdit(Edit):
    """Write back what was there before a job edited it."""

    name = "undo edit"

    def check(self, account: Account) -> None:
        """There is nothing to check: the journal is of the same account, or the images are not there."""

    def plan(self, account: Account, position: Any) -> Iterator[Step]:
        """Yield what the other job has done."""
        return plan_undo(account, Path(self.arguments["undoes"]), _undone)


def changes(
    set: Mapping[str, Any] | None,
    unset: Iterable[str],
    set_creator: str | None,
    require_signed_urls: bool | None,
) -> Json:
    """Return what an edit changes, as JSON for the journal. Raises InvalidArgumentError."""
    if isinstance(unset, str):
        raise InvalidArgumentError(f"unset={unset!r}: must be several keys, such as [{unset!r}]")
    removed = sorted(unset)
    if set is not None and not isinstance(set, Mapping):
        raise InvalidArgumentError(f"set={set!r}: must be a mapping from keys of the metadata to values")
    if both := [key for key in removed if key in (set or {})]:
        raise InvalidArgumentError(f"set and unset: both have {both[0]!r}")
    if not set and not removed and set_creator is None and require_signed_urls is None:
        raise InvalidArgumentError("nothing to change: give set, unset, set_creator or require_signed_urls")
    if set_creator is not None:
        check_text("set_creator", set_creator)
    try:
        kept = json.loads(_json(dict(set or {})).encode())
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(f"set: cannot be written as JSON: {error}") from None
    return {"set": kept, "unset": removed, "set_creator": set_creator, "require_signed_urls": require_signed_urls}


def _values(record: Json) -> Json:
    """Return the fields of a record that can be edited, under the names of the arguments."""
    return {name: record.get(field, _EMPTY[name]) for name, field in _FIELDS.items()}


def _wanted(now: Json, arguments: Json) -> Json:
    """Return the fields that change."""
    kept = {key: value for key, value in now["metadata"].items() if key not in arguments["unset"]}
    creator, private = arguments["set_creator"], arguments["require_signed_urls"]
    wanted = {
        "metadata": {**kept, **arguments["set"]},
        "creator": now["creator"] if creator is None else creator,
        "require_signed_urls": now["require_signed_urls"] if private is None else private,
    }
    return {name: value for name, value in wanted.items() if not is_same(value, now[name])}


def _undone(item: Item) -> NewItem:
    before, want, result = item.before or {}, item.want or {}, item.result or {}
    then = _values(before)
    now = {**before, **{_FIELDS[name]: value for name, value in want.items()}, **result}
    return NewItem(result["id"], before=now, want={name: then[name] for name in want})


def _gone(item: Item, work: Work) -> Outcome:
    """Return what has come of an image that is not there under its id."""
    if work.doubt and "require_signed_urls" in (item.want or {}):
        return in_doubt("its new id is not known, since the response was lost", {"candidates": _candidates(item, work)})
    return skipped("it was already gone")


def _candidates(item: Item, work: Work) -> list[str]:
    """Return the ids of images that may be this one under its new id."""
    before = item.before or {}
    if "uploaded" not in before:
        return []
    wanted = {**_values(before), **(item.want or {})}
    uploaded = datetime.fromisoformat(before["uploaded"])
    listing = work.account.pager(uploaded_since=uploaded, uploaded_before=uploaded + timedelta(milliseconds=1))
    return work.account.repeated(
        lambda: [
            image.id
            for image in listing
            if image.id != item.key
            and image.filename == before.get("filename")
            and is_same(_values(snapshot.record(image)), wanted)
        ]
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
