"""The database of the sandbox: SQLite, in a file or in memory, shared between threads."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
-- Addresses for direct uploads, the used ones too: those answer differently from unknown ones.
CREATE TABLE IF NOT EXISTS direct_uploads (
    number  INTEGER PRIMARY KEY REFERENCES images (number) ON DELETE CASCADE,
    expires INTEGER NOT NULL                     -- milliseconds since 1970
);
CREATE TABLE IF NOT EXISTS accounts (
    id                TEXT PRIMARY KEY,
    hash              TEXT NOT NULL UNIQUE,      -- its name in delivery URLs
    secret            TEXT NOT NULL,             -- signs its batch tokens
    flexible_variants INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS variants (
    number       INTEGER PRIMARY KEY,            -- the order in which they were made
    account      TEXT NOT NULL,
    name         TEXT NOT NULL,
    options      TEXT NOT NULL,                  -- a JSON object
    never_signed INTEGER NOT NULL DEFAULT 0,
    UNIQUE (account, name)
);
CREATE TABLE IF NOT EXISTS signing_keys (
    number  INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    name    TEXT NOT NULL,
    value   TEXT NOT NULL,
    UNIQUE (account, name)
);
"""


class DuplicateError(Exception):
    """There is one of that name already."""


class LimitError(Exception):
    """The account has as many as it may have."""


class Database:
    """A connection that threads share. `path` is a file, made if missing; None keeps everything in memory.

    Raises sqlite3.Error for a file that is no database.
    """

    def __init__(self, path: Path | str | None = None) -> None:
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        try:
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")  # an acknowledged upload survives a power failure
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._connection.executescript(_SCHEMA)
        except sqlite3.Error:  # the file is no database, or is locked
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()

    def rows(self, query: str, values: tuple[Any, ...]) -> list[Any]:
        """What a SELECT finds."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything that is written inside, or nothing of it; on disk when it ends."""
        with self._lock, self._connection:  # commits, or rolls back: also where the commit itself fails
            self._connection.execute("BEGIN IMMEDIATE")
            yield self._connection
