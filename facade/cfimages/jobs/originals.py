"""Originals on disk, each with its record beside it: what exports and backups write."""

import hashlib
import json
import os
import re
from pathlib import Path

from cfimages import InvalidArgumentError
from cfimages.jobs.account import Account
from cfimages.jobs.errors import why_no_folder
from cfimages.jobs.journal import absolute
from cfimages.jobs.records import Json, json_text
from cfimages.jobs.replacing import replacing, sync_folder

SUFFIXES = frozenset({".avif", ".gif", ".heic", ".jpeg", ".jpg", ".png", ".svg", ".webp"})
LONGEST_SLUG = 60
FOLDER_NAME = re.compile("[0-9a-f]{2}")
"""The folder names of originals."""


def name_of(image_id: str, filename: str | None, uploaded: str | None = None) -> str:
    """Return the name of an original below its folder, whatever the id is; that of one upload, if a time is given.

    It begins with what can be read of the id and ends with a hash of it. So no id leads out of the folder, and none
    is confused with another where case, Unicode forms or reserved names are not told apart.

    >>> name_of("Shop/../Größe.PNG", "a.png")
    'a2/shop-..-gr-e-a298d33a3a4a27cb.png'
    >>> name_of("a", "a.png", "2026-01-02T03:04:05.678Z")
    'ca/a-ca978112ca1bbdca-20260102030405678.png'
    """
    digest = hashlib.sha256(image_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    suffix = Path(filename or "").suffix.lower()
    if suffix not in SUFFIXES:
        suffix = ""
    readable = re.sub(r"[^a-z0-9._-]+", "-", image_id.lower().removesuffix(suffix))[:LONGEST_SLUG].strip("-.")
    moment = re.sub(r"\D", "", uploaded or "")
    return f"{digest[:2]}/{readable}{'-' if readable else ''}{digest}{'-' if moment else ''}{moment}{suffix}"


def place(name: str, folder: str | os.PathLike[str] | None) -> str | None:
    """Return the absolute path of a folder for originals, which need not exist yet.

    Raises InvalidArgumentError, which names the argument, if it is something else.
    """
    if folder is not None and os.path.lexists(folder) and not Path(folder).is_dir():
        raise InvalidArgumentError(f"{name}={str(folder)!r}: {why_no_folder(folder)}")
    return absolute(folder)


def saved(folder: Path, record: Json) -> Json | None:
    """Return the saved record of this upload of an image; None if it was not saved completely."""
    kept = _record(folder, name_of(record["id"], record.get("filename")))
    if kept is None or kept["image"].get("uploaded") != record.get("uploaded"):
        return None
    try:
        size = (folder / kept["file"]).stat().st_size
    except OSError:
        return None
    return kept if size == kept["size"] else None


def backup_of(folder: Path, record: Json) -> Json | None:
    """Return the record of this upload of an image in a backup, if there is a readable one."""
    image_id, filename, uploaded = record["id"], record.get("filename"), record.get("uploaded")
    for name in (name_of(image_id, filename, uploaded), name_of(image_id, filename)):  # the latter as it once was
        kept = _record(folder, name)
        if kept is not None and kept["image"].get("uploaded") == uploaded:
            return kept
    return None


def is_record(kept: object) -> bool:
    """Whether a value has the form of a record from `save`."""
    if not isinstance(kept, dict) or not isinstance(image := kept.get("image"), dict):
        return False
    return (
        all(isinstance(value, str) and value for value in (image.get("id"), kept.get("file"), kept.get("sha256")))
        and type(kept.get("size")) is int
        and all(isinstance(image.get(name), str | None) for name in ("filename", "uploaded", "creator"))
        and isinstance(image.get("meta"), dict | None)
        and isinstance(image.get("requireSignedURLs"), bool | None)
    )


def save(account: Account, record: Json, folder: Path, *, backup: bool) -> Json:
    """Write the original of an image, then its record. Each is whole or not there.

    Both are on disk when this returns, and survive a power failure.

    Args:
        account: Where the original is read.
        record: The record of the image.
        folder: Where they go.
        backup: Keep those of other uploads of the id too.

    Returns:
        The record as it was saved, with the name, size and SHA-256 of the file.

    Raises:
        APIError: The original cannot be read.
        OSError: It cannot be written.
    """
    target = folder / name_of(record["id"], record.get("filename"), record.get("uploaded") if backup else None)
    target.parent.mkdir(parents=True, exist_ok=True)
    with replacing(target, account.writer) as part:

        def download() -> tuple[int, str]:
            digest, size = hashlib.sha256(), 0
            with account.original(record["id"]) as chunks, part.open("wb") as file:
                for chunk in chunks:
                    file.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
            return size, digest.hexdigest()

        size, digest = account.repeated(download)
    kept = {"image": record, "file": target.relative_to(folder).as_posix(), "size": size, "sha256": digest}
    with replacing(_beside(target), account.writer) as part:
        part.write_text(json_text(kept, indent=1), encoding="utf-8")
    sync_folder(folder)
    return kept


def _record(folder: Path, name: str) -> Json | None:
    """Return the record beside an original, if there is a readable one."""
    try:
        kept = json.loads(_beside(folder / name).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return kept if isinstance(kept, dict) and {"image", "file", "size", "sha256"} <= kept.keys() else None


def _beside(target: Path) -> Path:
    return target.with_name(target.name + ".json")
