"""Which files of a folder a sync is about, and the ids that they have."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import attrs

from cfimages import InvalidArgumentError
from cfimages.arguments import check_text
from cfimages.jobs.errors import JobRefusedError, why_no_folder
from cfimages.jobs.hashes import Hashes
from cfimages.jobs.part import check_where
from cfimages.jobs.patterns import check_patterns, chooser
from cfimages.jobs.records import REFUSED, Json, NewItem
from cfimages.jobs.scratch import Scratch
from cfimages.jobs.sources import Reading, Rules, Source, check_template, fill, key_of, walk

UNREADABLE = f"{REFUSED}it cannot be read: "
"""How the reason begins for a file that cannot be read."""
FILES = ("folder", "id", "prefix", "include", "exclude", "where", "creator", "sha256_key")
"""The arguments that say which files are meant, which ids they have, and which part of the account is theirs."""


class Wanted:
    """The ids that the files of a folder have, in a temporary database.

    Ids of files that the patterns leave out are kept apart: such an image does not have to be there, nor is it deleted.
    """

    def __init__(self, arguments: Json, hashes: Hashes) -> None:
        self._arguments = arguments
        self._hashes = hashes
        self._found = Scratch(
            "CREATE TABLE files (id TEXT PRIMARY KEY, sha256 TEXT) WITHOUT ROWID",
            "CREATE TABLE left_out (id TEXT PRIMARY KEY) WITHOUT ROWID",
        )

    def read(self, now: datetime) -> Self:
        """Read the folder. Raises JobRefusedError for a file that cannot be read or has no id, and for no files."""
        for table in ("files", "left_out"):
            self._found.execute(f"DELETE FROM {table}")  # noqa: S608 - of the two names above
        with self._hashes.reader(now) as reading:
            self._read(rules_of({**self._arguments, "metadata": None, "has_room": True}, reading))
        if not self.count() and not self._arguments["allow_empty"]:
            raise JobRefusedError(
                f"{self._arguments['folder']}: has no files: is it mounted? allow_empty=True says that it is"
            )
        return self

    def get(self, image_id: str) -> str | None:
        """Return the SHA-256 of the file that has an id, if there is one that the patterns do not leave out."""
        row = self._found.first("SELECT sha256 FROM files WHERE id = ?", image_id)
        return None if row is None else str(row[0])

    def has(self, image_id: str) -> bool:
        """Whether a file has an id, also one that the patterns leave out."""
        return (
            self.get(image_id) is not None
            or self._found.first("SELECT 1 FROM left_out WHERE id = ?", image_id) is not None
        )

    def count(self) -> int:
        """Return how many files there are that the patterns do not leave out."""
        return self._found.count("files")

    def _read(self, rules: Rules) -> None:
        is_meant = chooser(self._arguments["include"], self._arguments["exclude"])
        for path in walk(Path(self._arguments["folder"]), None):
            item = item_of(self._arguments, rules, path)
            if not is_meant(path):
                self._leave_out(item, rules)
                continue
            if item.image is None:
                raise JobRefusedError(f"{path}: {item.reason}: nothing is deleted until this is corrected")
            digest = (item.before or {})["sha256"]
            if not self._found.execute("INSERT OR IGNORE INTO files VALUES (?, ?)", item.image, digest):
                raise JobRefusedError(
                    f"{path}: has the same id as another file: nothing is deleted until this is corrected"
                )

    def _leave_out(self, item: NewItem, rules: Rules) -> None:
        """Keep the id of a file that the patterns leave out. Raises JobRefusedError if nobody can know it."""
        image = item.image
        if image is None:
            if "{sha256" not in self._arguments["id"]:
                image = fill(rules.template or "", item.key, Path(item.key), "")
            elif (item.reason or "").startswith(UNREADABLE):
                raise JobRefusedError(f"{item.key}: {item.reason}: nothing is deleted until this is corrected")
            else:
                return  # no image has its hash: the service does not take such a file
        self._found.execute("INSERT OR IGNORE INTO left_out VALUES (?)", image)


class Files:
    """The files that a sync is about, as items, in a temporary database: all are read before the first is compared."""

    def __init__(self, arguments: Json, reading: Reading) -> None:
        self._found = Scratch(
            "CREATE TABLE files (number INTEGER PRIMARY KEY, item TEXT, id TEXT)",
            "CREATE INDEX files_by_id ON files (id)",
        )
        rules, is_meant = rules_of(arguments, reading), chooser(arguments["include"], arguments["exclude"])
        for path in walk(Path(arguments["folder"]), None):
            item = item_of(arguments, rules, path) if is_meant(path) else None
            kept = None if item is None else json.dumps(attrs.asdict(item))
            image = fill(rules.template or "", key_of(path), Path(key_of(path)), "") if item is None else item.image
            self._found.execute("INSERT INTO files (item, id) VALUES (?, ?)", kept, image)

    def has(self, image_id: str) -> bool:
        """Whether a file has an id, also one that the patterns leave out if no hash is needed to tell that."""
        return self._found.first("SELECT 1 FROM files WHERE id = ?", image_id) is not None

    def groups(self, size: int) -> Iterator[tuple[list[NewItem], int]]:
        """Yield the items, so many at a time, each time with a number that grows."""
        query = "SELECT number, item FROM files WHERE number > ? AND item IS NOT NULL ORDER BY number LIMIT ?"
        last = 0
        while rows := self._found.all(query, last, size):
            last = rows[-1][0]
            yield [NewItem(**json.loads(item)) for _, item in rows], last


def files_of(
    folder: str | os.PathLike[str],
    id: str,
    prefix: str,
    include: Iterable[str],
    exclude: Iterable[str],
    where: Mapping[str, Any] | None,
    metadata: Mapping[str, Any] | None,
    creator: str | None,
    sha256_key: str,
) -> Json:
    """Return which files are meant, and which images are theirs, as arguments. Raises InvalidArgumentError."""
    place = Path(folder).absolute()
    if not place.is_dir():
        raise InvalidArgumentError(f"folder={str(folder)!r}: {why_no_folder(folder)}")
    check_template(id)
    for name, value in (("id", id), ("prefix", prefix), ("sha256_key", sha256_key)):
        check_text(name, value)
    if not sha256_key:
        raise InvalidArgumentError("sha256_key='': must not be empty")
    if creator is not None:
        check_text("creator", creator)
    return {
        "folder": str(place),
        "id": id,
        "prefix": prefix,
        **check_patterns(include, exclude),
        "where": check_where(where, metadata, sha256_key),
        "creator": creator,
        "sha256_key": sha256_key,
    }


def rules_of(arguments: Json, reading: Reading) -> Rules:
    """Return how the files become images."""
    prefix = arguments["prefix"].replace("{", "{{").replace("}", "}}")
    return Rules(
        template=prefix + arguments["id"],
        metadata=arguments["metadata"],
        creator=arguments["creator"],
        private=False,
        sha256_key=arguments["sha256_key"] if arguments["has_room"] else None,
        reading=reading,
    )


def item_of(arguments: Json, rules: Rules, path: str) -> NewItem:
    """Return the planned item of a file, or the refused one."""
    return rules.item(key_of(path), Source(Path(arguments["folder"]) / path))
