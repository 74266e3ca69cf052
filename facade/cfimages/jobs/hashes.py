"""The SHA-256 of files that were read before, so that only files that may have changed are reread.

They are cached in an SQLite file beside the journals. If it is missing, damaged or of another version, every file is
read.
"""

import hashlib
import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cfimages.jobs.sources import Reading, read
from cfimages.jobs.warning import warn

FORMAT = 1
"""Version of the file."""
FRESH = timedelta(minutes=1)
"""Minimum age of a file's last change for its hash to be cached.

Clocks of file systems have steps of up to two seconds, in which a file may change twice. The clock of a file server may
differ from that of this machine.
"""
PATIENCE = 5.0
"""Seconds that another process may take to write it."""
GROUP = 500
"""Files that are written down together."""


class Hashes:
    """The cached hashes of a folder's files."""

    def __init__(self, file: Path | None, *, reread: bool) -> None:
        """Use a file.

        Args:
            file: The file; None keeps nothing.
            reread: Reread every file, and cache its hash.
        """
        self._file = file
        self._reread = reread

    @classmethod
    def beside(cls, journal: Path, account_id: str, folder: str, *, reread: bool) -> "Hashes":
        """Return the cache of a folder and an account, beside this journal."""
        digest = hashlib.sha256(folder.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        return cls(journal.absolute().with_name(f"files-{quote(account_id, safe='')}-{digest}.sqlite"), reread=reread)

    @contextmanager
    def reader(self, now: datetime) -> Iterator[Reading]:
        """Yield a function that returns hash and size of a file. It reads only files that have changed.

        A file has not changed if size, times and inode are the same. It is opened nevertheless, to notice an unreadable
        one.
        """
        kept = _Kept(self._file)
        fresh = int((now - FRESH).timestamp() * 1_000_000_000)
        new: list[tuple[str, str, str]] = []

        def reading(path: Path) -> tuple[str, int]:
            digest, stat, known = read(path, lambda stat: None if self._reread else kept.get(path, stat))
            if not known and max(stat.st_mtime_ns, stat.st_ctime_ns) < fresh:
                new.append((str(path), _stamp(stat), digest))
                if len(new) >= GROUP:
                    kept.add(new)
                    new.clear()
            return digest, stat.st_size

        try:
            yield reading
            kept.forget_gone()
        finally:
            kept.add(new)
            kept.close()

    def forget(self, path: Path) -> None:
        """Forget a file, so that it is reread."""
        kept = _Kept(self._file)
        kept.forget(str(path))
        kept.close()


class _Kept:
    """The open file, as long as it can be used. Any thread may use it, one at a time."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._connection: sqlite3.Connection | None = None
        if file is not None:
            with self._warning():
                self._connection = _connect(file)

    def get(self, path: Path, stat: os.stat_result) -> str | None:
        """Return the cached SHA-256 of an unchanged file."""
        for seen in self._all("SELECT stamp, sha256 FROM files WHERE path = ?", str(path)):
            if seen[0] == _stamp(stat) and re.fullmatch("[0-9a-f]{64}", str(seen[1])):
                return str(seen[1])
        return None

    def add(self, rows: list[tuple[str, str, str]]) -> None:
        """Cache the hashes."""
        self._change("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", rows)

    def forget(self, *paths: str) -> None:
        """Remove some files."""
        self._change("DELETE FROM files WHERE path = ?", [(path,) for path in paths])

    def forget_gone(self) -> None:
        """Remove files that no longer exist."""
        self.forget(*(path for (path,) in self._all("SELECT path FROM files") if not os.path.lexists(path)))

    def close(self) -> None:
        """Close it."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _all(self, query: str, *values: str) -> Iterator[tuple[Any, ...]]:
        if self._connection is not None:
            with self._warning():
                yield from self._connection.execute(query, values)

    def _change(self, statement: str, rows: Sequence[tuple[str, ...]]) -> None:
        if rows and self._connection is not None:
            with self._warning():
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany(statement, rows)
                self._connection.execute("COMMIT")

    @contextmanager
    def _warning(self) -> Iterator[None]:
        """Warn that the cache cannot be used, and continue without it."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            self.close()
            warn(f"{self._file}: cannot be used, so files are reread: {error}. If it is damaged, remove it")


def _connect(file: Path) -> sqlite3.Connection:
    """Open the file, or make it, readable by its owner only. Raises sqlite3.Error, OSError."""
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(file, isolation_level=None, timeout=PATIENCE, check_same_thread=False)
    try:
        connection.execute("BEGIN IMMEDIATE")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if not version:
            connection.execute("CREATE TABLE files (path TEXT PRIMARY KEY, stamp TEXT, sha256 TEXT) WITHOUT ROWID")
            connection.execute(f"PRAGMA user_version = {FORMAT}")
        elif version != FORMAT:
            raise sqlite3.DatabaseError(f"it has format {version}, and this version of cfimages reads {FORMAT}")
        connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


def _stamp(stat: os.stat_result) -> str:
    """Return what tells whether a file may have changed; of some systems, the inode is too large for SQLite."""
    return f"{stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns} {stat.st_ino}"
