"""The images of the sandbox, in SQLite: a file, or memory. Storage only; rules and words are the app's."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import attrs

Direction = Literal["asc", "desc"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS images (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,  -- breaks ties of the upload time; never given twice
    account  TEXT NOT NULL,
    id       TEXT NOT NULL,
    uploaded INTEGER NOT NULL,                   -- milliseconds since 1970
    filename TEXT,
    meta     TEXT,                               -- a JSON object
    creator  TEXT,
    private  INTEGER NOT NULL DEFAULT 0,
    draft    INTEGER NOT NULL DEFAULT 0,
    UNIQUE (account, id)
);
CREATE INDEX IF NOT EXISTS images_by_time ON images (account, uploaded, number);
CREATE INDEX IF NOT EXISTS images_by_creator ON images (account, creator, uploaded, number);
-- Apart, so that listing does not read over the bytes.
CREATE TABLE IF NOT EXISTS contents (
    number INTEGER PRIMARY KEY REFERENCES images (number) ON DELETE CASCADE,
    bytes  BLOB NOT NULL
);
"""

_BATCH = 1000
"""Rows that a search reads at once; between two batches others have their turn."""

_COLUMNS = "number, id, uploaded, filename, meta, creator, private, draft"


@attrs.frozen
class StoredImage:
    """One image of an account, without its bytes."""

    number: int
    id: str
    uploaded: int
    """Milliseconds since 1970."""
    filename: str | None
    meta: dict[str, Any]
    creator: str | None
    private: bool
    draft: bool = False


@attrs.frozen
class Position:
    """A place between two images in the order of upload: right behind this one."""

    uploaded: int
    number: int


class DuplicateError(Exception):
    """An image of that id exists already."""


class Store:
    """All accounts of a sandbox. Safe to share between threads; every write is on disk when its method returns.

    `path` is a database file, made if missing; None keeps everything in memory.
    """

    def __init__(self, path: Path | str | None = None) -> None:
        self._lock = threading.RLock()
        self._database = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        try:
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = FULL")  # an acknowledged upload survives a power failure
            self._database.execute("PRAGMA foreign_keys = ON")
            self._database.executescript(_SCHEMA)
        except sqlite3.Error:  # the file is no database, or is locked
            self._database.close()
            raise

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._database.close()

    def insert(self, account: str, image: StoredImage, content: bytes) -> None:
        """Add an image; its `number` is chosen here. Raises DuplicateError."""
        with self._lock, self._transaction():
            try:
                number = self._database.execute(_INSERT, _values(account, image)).lastrowid
            except sqlite3.IntegrityError as error:
                raise DuplicateError(image.id) from error
            self._database.execute("INSERT INTO contents VALUES (?, ?)", (number, content))

    def fill(self, account: str, images: Iterable[StoredImage]) -> None:
        """Add many images without bytes in one transaction; nothing if one of them exists (DuplicateError)."""
        with self._lock, self._transaction():
            try:
                self._database.executemany(_INSERT, (_values(account, image) for image in images))
            except sqlite3.IntegrityError as error:
                raise DuplicateError(str(error)) from error

    def get(self, account: str, id: str) -> StoredImage | None:
        """An image, or None."""
        rows = self._rows(f"SELECT {_COLUMNS} FROM images WHERE account = ? AND id = ?", (account, id))  # noqa: S608 - constants
        return next(map(_image, rows), None)

    def content(self, account: str, id: str) -> bytes | None:
        """The bytes of an image, or None if there is no such image or it has none."""
        query = "SELECT bytes FROM contents JOIN images USING (number) WHERE account = ? AND id = ?"
        return next((row[0] for row in self._rows(query, (account, id))), None)

    def delete(self, account: str, id: str) -> bool:
        """Remove an image; whether there was one."""
        with self._lock, self._transaction():
            return self._database.execute("DELETE FROM images WHERE account = ? AND id = ?", (account, id)).rowcount > 0

    def count(self, account: str) -> int:
        """How many images an account has, without drafts."""
        (row,) = self._rows("SELECT count(*) FROM images WHERE account = ? AND NOT draft", (account,))
        return int(row[0])

    def page(
        self,
        account: str,
        *,
        limit: int,
        direction: Direction = "desc",
        behind: Position | None = None,
        creator: str | None = None,
        matches: Callable[[StoredImage], bool] | None = None,
        skip: int = 0,
    ) -> list[StoredImage]:
        """Up to `limit` images in order of upload, behind a position or after `skip` images, without drafts.

        `creator=""` means images without one. With `matches`, the page is filled up with images that do; `skip` then
        means nothing.
        """
        if matches is not None:
            return self._matching(matches, account, limit=limit, direction=direction, behind=behind, creator=creator)
        where = ["account = ?", "NOT draft"]
        values: list[Any] = [account]
        if creator is not None:
            where.append("creator = ?" if creator else "creator IS NULL")
            values += [creator] if creator else []
        if behind is not None:
            where.append(f"(uploaded, number) {'<' if direction == 'desc' else '>'} (?, ?)")
            values += [behind.uploaded, behind.number]
        query = (
            f"SELECT {_COLUMNS} FROM images WHERE {' AND '.join(where)} "  # noqa: S608 - constants; values are bound
            f"ORDER BY uploaded {direction}, number {direction} LIMIT ? OFFSET ?"
        )
        return list(map(_image, self._rows(query, (*values, limit, skip))))

    def _matching(
        self,
        matches: Callable[[StoredImage], bool],
        account: str,
        *,
        limit: int,
        direction: Direction,
        behind: Position | None,
        creator: str | None,
    ) -> list[StoredImage]:
        found: list[StoredImage] = []
        while True:
            # The lock is free between batches: a search of a million images must not hold up everyone else.
            batch = self.page(account, limit=_BATCH, direction=direction, behind=behind, creator=creator)
            found += filter(matches, batch)
            if len(found) >= limit or len(batch) < _BATCH:
                return found[:limit]
            behind = Position(batch[-1].uploaded, batch[-1].number)

    def _rows(self, query: str, values: tuple[Any, ...]) -> list[Any]:
        with self._lock:
            return self._database.execute(query, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._database:  # commits, or rolls back: also where the commit itself fails
            self._database.execute("BEGIN IMMEDIATE")
            yield


_INSERT = (
    "INSERT INTO images (account, id, uploaded, filename, meta, creator, private, draft)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


def _values(account: str, image: StoredImage) -> tuple[Any, ...]:
    meta = json.dumps(image.meta, ensure_ascii=False) if image.meta else None
    return account, image.id, image.uploaded, image.filename, meta, image.creator or None, image.private, image.draft


def _image(row: tuple[Any, ...]) -> StoredImage:
    number, image_id, uploaded, filename, meta, creator, private, draft = row
    return StoredImage(
        number, image_id, uploaded, filename, json.loads(meta) if meta else {}, creator, bool(private), bool(draft)
    )
