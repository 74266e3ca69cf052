"""Restore an export or a backup."""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from cfimages import CloudflareImages, InvalidArgumentError
from cfimages.jobs.account import Account
from cfimages.jobs.errors import why_no_folder
from cfimages.jobs.job import Job, planned
from cfimages.jobs.journal import JournalPath
from cfimages.jobs.kind import Step
from cfimages.jobs.kinds.transfer import Transfer
from cfimages.jobs.listed import Listed
from cfimages.jobs.originals import FOLDER_NAME, is_record
from cfimages.jobs.records import Json, NewItem
from cfimages.jobs.scratch import Scratch
from cfimages.jobs.sources import RefusedError, check_metadata, read_all
from cfimages.keywords import suggest

CHUNK = 100
"""Files that are read together."""


@suggest(client="images", journal="path", source="folder")
def restore(
    images: CloudflareImages,
    path: JournalPath,
    folder: str | os.PathLike[str],
    *,
    map: str | os.PathLike[str] | None = None,
    batch: bool = True,
) -> Job:
    """Plan to upload an export, or the backup of a delete. Nothing is sent before `run`.

    Images keep their bytes, metadata, creator, privacy and file name. A custom id is kept. If the id was generated, or
    the image is private, the image gets a new id, and the map has both. Images that exist already are skipped. If they
    have other fields or bytes, they are refused: nothing is overwritten.

    Each file is compared with the SHA-256 in its record. If there are two uploads of one id, the later one is restored.

    Args:
        images: A client of the account.
        path: The journal, a file. It is created if it does not exist.
        folder: The folder of the export or backup.
        map: The file for the new ids, as JSON lines; None means `restored-ACCOUNT.jsonl` in the folder. Keep it: it
            tells a later restore which images exist with another id.
        batch: Use the batch host where possible.

    Raises:
        InvalidArgumentError: The folder holds no export, or the file of `map` is not a map of it. Raised before any
            request is sent.
        JournalError: The journal belongs to another job, or cannot be written.
        JobLockedError: Another process is working on the job.
        APIError: The account cannot be read. Call it again to continue planning.
        OSError: The folder cannot be read.
    """
    place = Path(folder).absolute()
    if not place.is_dir():
        raise InvalidArgumentError(f"folder={str(folder)!r}: {why_no_folder(folder)}")
    if next(_names(place), None) is None:
        raise InvalidArgumentError(f"folder={str(folder)!r}: has no files of an export")
    account = images.account_id
    kept = place / f"restored-{account}.jsonl" if map is None else Path(map).absolute()
    arguments = {"folder": str(place), "map": str(kept), "source": None, "target": account}
    return planned(images, path, Restore(arguments), batch=batch)


class Restore(Transfer):
    """Upload the originals of a folder as their records say."""

    name = "restore"

    def plan(self, account: Account, position: Any) -> Iterator[Step]:
        """Yield the images of the folder by upload time, the oldest first."""
        folder = Path(self.arguments["folder"])
        there = Listed(account)
        found = Scratch("CREATE TABLE found (uploaded TEXT, name TEXT, PRIMARY KEY (uploaded, name)) WITHOUT ROWID")
        found.execute_all("INSERT INTO found VALUES (?, ?)", _latest(folder))
        query = "SELECT uploaded, name FROM found WHERE (uploaded, name) > (?, ?) ORDER BY uploaded, name LIMIT ?"
        last = position or ("", "")
        while rows := found.all(query, *last, CHUNK):
            last = rows[-1]
            yield [self._item(folder, name, there) for _, name in rows], last

    def _item(self, folder: Path, name: str, there: Listed) -> NewItem:
        try:
            kept = _record(folder, name)
            path = folder / kept["file"]
            digest, size = read_all(path)
            if (digest, size) != (kept["sha256"], kept["size"]):
                raise RefusedError("its file is not the one that was exported")
            record = kept["image"]
            check_metadata(record.get("meta") or {})
        except RefusedError as error:
            return NewItem.refused(f"/{name}", str(error))  # no id begins with a slash
        return self.planned(record, there, file={"size": size, "sha256": digest, "path": str(path)})


def _names(folder: Path) -> Iterator[str]:
    """Yield the names of originals and records, sorted, relative to the folder. Raises OSError."""
    for inner in sorted(path.name for path in folder.iterdir()):
        if not FOLDER_NAME.fullmatch(inner):
            continue
        with suppress(NotADirectoryError):
            names = sorted(path.name for path in (folder / inner).iterdir())
            yield from (f"{inner}/{name}" for name in names if not name.startswith("."))


def _latest(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the names of records, of each id the last upload only; and of originals that have no record.

    Before each name comes the time of the upload, or nothing where it is not known.
    """
    names: list[str] = []
    for name in _names(folder):
        if names and names[0][:3] != name[:3]:
            yield from _latest_of(folder, names)
            names = []
        names.append(name)
    yield from _latest_of(folder, names)


def _latest_of(folder: Path, names: list[str]) -> Iterator[tuple[str, str]]:
    """Yield these names of one folder, without records that a later upload of the same id has replaced."""
    latest: dict[str, tuple[str, str]] = {}
    passed, known, uploaded = set(), set(names), dict[str, str]()
    for name in names:
        if not name.endswith(".json"):
            if f"{name}.json" in known:
                passed.add(name)
            continue
        try:
            image = _record(folder, name)["image"]
        except RefusedError:
            continue
        uploaded[name] = image.get("uploaded") or ""
        this = (uploaded[name], name)
        first, last = sorted((this, latest.get(image["id"], this)))
        if first != last:
            passed.add(first[1])
        latest[image["id"]] = last
    yield from ((uploaded.get(name, ""), name) for name in names if name not in passed)


def _record(folder: Path, name: str) -> Json:
    """Return a valid record. Raises RefusedError."""
    if not name.endswith(".json"):
        raise RefusedError("its record is missing")
    try:
        kept = json.loads((folder / name).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        raise RefusedError("its record cannot be read") from None
    if not is_record(kept):
        raise RefusedError("its record is not one of an export")
    if kept["file"] != name.removesuffix(".json"):
        raise RefusedError("its record is of another file")
    if not (folder / kept["file"]).resolve().is_relative_to(folder.resolve()):
        raise RefusedError("its file is a link that leads out of the folder")
    record: Json = kept
    return record
