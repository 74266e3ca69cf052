"""The database of the sandbox: SQLite, in a file or in memory, shared between threads."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

_LEAST_PATIENCE = 0.1

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
CREATE INDEX IF NOT EXISTS images_by_draft ON images (account, draft);  -- counts them
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


class Snapshot:
    """A copy of a database in memory, for `restore`."""

    def __init__(self, content: bytes) -> None:
        self.content = content


class Database:
    """A database that threads share. `path` is a file, made if missing; None keeps everything in memory.

    A file has two connections, so that reading goes on while somebody waits to write. Threads wait for each other as
    long as it takes. Waiting for another program that holds the file ends after `patience` seconds. Time spent behind
    other threads counts, except that at least 100 ms are left.

    Raises sqlite3.Error for a file that is no database.
    """

    def __init__(self, path: Path | str | None = None, patience: float = 1.0) -> None:
        self._patience = patience
        self._writer = _Connection(path, patience)
        self._reader = self._writer
        self._writing = threading.local()
        try:
            self._writer.connection.execute("PRAGMA journal_mode = WAL")
            # What is acknowledged survives a power failure.
            self._writer.connection.execute("PRAGMA synchronous = FULL")
            self._writer.connection.executescript(_SCHEMA)
            if path is not None:
                self._reader = _Connection(path, patience)
        except sqlite3.Error:  # the file is no database, or is locked
            self._writer.connection.close()
            raise

    def close(self) -> None:
        """Close the connections."""
        for each in (self._reader, self._writer):
            with each.lock:
                each.connection.close()

    def rows(self, query: str, values: tuple[Any, ...]) -> list[Any]:
        """Return the rows of a SELECT. Inside a transaction, it sees what was written there."""
        place = self._writer if getattr(self._writing, "now", False) else self._reader
        with place.lock:
            return place.connection.execute(query, values).fetchall()

    def snapshot(self) -> Snapshot:
        """Return a copy of everything."""
        with closing(sqlite3.connect(":memory:")) as copy:
            with self._writer.lock:
                self._writer.connection.backup(copy)
            content = copy.serialize()
        # No write-ahead log: a database in memory has none (https://www.sqlite.org/c3ref/deserialize.html).
        return Snapshot(content[:18] + b"\x01\x01" + content[20:])

    def restore(self, snapshot: Snapshot) -> None:
        """Put everything back to a copy.

        Raises sqlite3.OperationalError where another program holds the file.
        """
        began = time.monotonic()
        with closing(sqlite3.connect(":memory:")) as copy:
            copy.deserialize(snapshot.content)
            with self._writer.lock, self._reader.lock:
                self._set_patience(began)
                copy.backup(self._writer.connection, progress=_end_if_busy)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write everything inside or nothing. It is on the disk when the block ends.

        Raises sqlite3.OperationalError where another program holds the file.
        """
        began = time.monotonic()
        with self._writer.lock:
            self._set_patience(began)
            self._writing.now = True
            try:
                with self._writer.connection as connection:  # commits, or rolls back: also where the commit fails
                    connection.execute("BEGIN IMMEDIATE")
                    yield connection
            finally:
                self._writing.now = False

    def _set_patience(self, began: float) -> None:
        """Set how long the writer waits for another program, for what has waited for other threads since `began`."""
        # That time counts, so that threads do not wait for another program one after the other.
        left = max(_LEAST_PATIENCE, self._patience - (time.monotonic() - began))
        self._writer.connection.execute(f"PRAGMA busy_timeout = {int(left * 1000)}")


def _end_if_busy(status: int, _left: int, _pages: int) -> None:
    """End a backup whose busy timeout is over: by itself, it would try again for ever."""
    if status == sqlite3.SQLITE_BUSY:
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorcode = status
        raise error


class _Connection:
    """A connection, and who may use it."""

    def __init__(self, path: Path | str | None, patience: float) -> None:
        self.lock = threading.RLock()
        self.connection = sqlite3.connect(
            path or ":memory:", check_same_thread=False, isolation_level=None, timeout=patience
        )
        self.connection.execute("PRAGMA foreign_keys = ON")
