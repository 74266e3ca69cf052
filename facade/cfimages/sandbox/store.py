"""The images of the sandbox in its database. Rules and messages are in the modules of the endpoints."""

import json
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal

import attrs

from cfimages.sandbox.accounts import Accounts
from cfimages.sandbox.database import Database, DuplicateError, Snapshot
from cfimages.sandbox.media import PIXEL

Direction = Literal["asc", "desc"]

_BATCH = 1000
"""Rows that a search reads at once. Other threads can use the database between two batches."""

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
    """A place in upload order, right after this image."""

    uploaded: int
    number: int


class ExpiredError(Exception):
    """The time for a direct upload is over."""


class Store:
    """All accounts of a sandbox. Safe to share between threads; every write is on disk when its method returns.

    `path` is a database file, made if missing; None keeps everything in memory. `accounts` has what is kept beside
    the images.
    """

    def __init__(self, path: Path | str | None = None) -> None:
        self._database = Database(path)
        self.accounts: Accounts = Accounts(self._database)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def snapshot(self) -> Snapshot:
        """Return a copy of everything."""
        return self._database.snapshot()

    def restore(self, snapshot: Snapshot) -> None:
        """Put everything back."""
        self._database.restore(snapshot)

    def insert(self, account: str, image: StoredImage, content: bytes, *, replace: bool = False) -> None:
        """Add an image; its `number` is chosen here. Raises DuplicateError, unless it may replace one of its id."""
        self.accounts.get(account)
        with self._database.transaction() as connection:
            if replace:
                connection.execute("DELETE FROM images WHERE account = ? AND id = ?", (account, image.id))
            number = _insert(connection, account, image)
            connection.execute(_INSERT_CONTENT, (number, content))

    def insert_draft(self, account: str, image: StoredImage, expires: int) -> None:
        """Add a draft, which `complete` makes an image until `expires` (in milliseconds). Raises DuplicateError."""
        with self._database.transaction() as connection:
            number = _insert(connection, account, image)
            connection.execute("INSERT INTO direct_uploads VALUES (?, ?)", (number, expires))

    def complete(self, account: str, id: str, content: bytes, *, filename: str | None, now: int) -> StoredImage | None:
        """Make a draft an image, uploaded `now`; None if there is no such draft and never was.

        Raises DuplicateError if that was done before, ExpiredError if it is too late.
        """
        with self._database.transaction() as connection:
            query = "SELECT number, draft, expires FROM images JOIN direct_uploads USING (number)"
            row = connection.execute(f"{query} WHERE account = ? AND id = ?", (account, id)).fetchone()
            if row is None:
                return None
            number, draft, expires = row
            if not draft:
                raise DuplicateError(id)
            if expires <= now:
                raise ExpiredError(id)
            connection.execute(
                "UPDATE images SET draft = 0, uploaded = ?, filename = ? WHERE number = ?", (now, filename, number)
            )
            connection.execute(_INSERT_CONTENT, (number, content))
            return self.get(account, id)

    def change(self, account: str, id: str, change: Callable[[StoredImage], StoredImage]) -> StoredImage | None:
        """Replace an image by what `change` makes of it, also under another id. Return None if there is none.

        If `change` raises, nothing is changed.
        """
        with self._database.transaction() as connection:
            image = self.get(account, id)
            if image is None:
                return None
            changed = change(image)
            connection.execute(
                "UPDATE images SET account = ?, id = ?, uploaded = ?, filename = ?, meta = ?, creator = ?, private = ?,"
                " draft = ? WHERE number = ?",
                (*_values(account, changed), image.number),
            )
            return changed

    def fill(self, account: str, images: Iterable[StoredImage]) -> None:
        """Add many images without bytes in one transaction; nothing if one of them exists (DuplicateError)."""
        self.accounts.get(account)
        with self._database.transaction() as connection:
            try:
                connection.executemany(_INSERT, (_values(account, image) for image in images))
            except sqlite3.IntegrityError as error:
                raise DuplicateError(str(error)) from error

    def get(self, account: str, id: str) -> StoredImage | None:
        """An image, or None."""
        query = f"SELECT {_COLUMNS} FROM images WHERE account = ? AND id = ?"  # noqa: S608 - constants
        return next(map(_image, self._database.rows(query, (account, id))), None)

    def content(self, account: str, id: str) -> bytes | None:
        """Return the bytes of an image (a pixel for a made-up one); None if it is missing, or only a draft."""
        query = (
            "SELECT coalesce(bytes, ?) FROM images LEFT JOIN contents USING (number)"
            " WHERE account = ? AND id = ? AND NOT draft"
        )
        return next((row[0] for row in self._database.rows(query, (PIXEL, account, id))), None)

    def delete(self, account: str, id: str) -> bool:
        """Remove an image; return whether there was one."""
        with self._database.transaction() as connection:
            return connection.execute("DELETE FROM images WHERE account = ? AND id = ?", (account, id)).rowcount > 0

    def count(self, account: str) -> int:
        """How many images an account has, without drafts."""
        (row,) = self._database.rows("SELECT count(*) FROM images WHERE account = ? AND NOT draft", (account,))
        return int(row[0])

    def distinct_metadata(self, account: str) -> list[dict[str, Any]]:
        """Return each metadata of an account's images once, without that of drafts."""
        query = "SELECT DISTINCT meta FROM images WHERE account = ? AND meta IS NOT NULL AND NOT draft"
        return [json.loads(row[0]) for row in self._database.rows(query, (account,))]

    def drafts(self, account: str, limit: int) -> list[tuple[StoredImage, int]]:
        """Return the last drafts, the newest first, each with when its address ends (in milliseconds)."""
        query = (
            f"SELECT expires, {_COLUMNS} FROM images JOIN direct_uploads USING (number) "  # noqa: S608 - constants
            "WHERE account = ? AND draft ORDER BY number DESC LIMIT ?"
        )
        return [(_image(row[1:]), row[0]) for row in self._database.rows(query, (account, limit))]

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
        return list(map(_image, self._database.rows(query, (*values, limit, skip))))

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


_INSERT = (
    "INSERT INTO images (account, id, uploaded, filename, meta, creator, private, draft)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_INSERT_CONTENT = "INSERT INTO contents VALUES (?, ?)"


def _insert(connection: sqlite3.Connection, account: str, image: StoredImage) -> int | None:
    """Add an image and return its number. Raises DuplicateError."""
    try:
        return connection.execute(_INSERT, _values(account, image)).lastrowid
    except sqlite3.IntegrityError as error:
        raise DuplicateError(image.id) from error


def _values(account: str, image: StoredImage) -> tuple[Any, ...]:
    meta = json.dumps(image.meta, ensure_ascii=False) if image.meta else None
    return account, image.id, image.uploaded, image.filename, meta, image.creator or None, image.private, image.draft


def _image(row: tuple[Any, ...]) -> StoredImage:
    number, image_id, uploaded, filename, meta, creator, private, draft = row
    return StoredImage(
        number, image_id, uploaded, filename, json.loads(meta) if meta else {}, creator, bool(private), bool(draft)
    )
