"""A temporary database for lookups while a job is planned or run, which takes no memory."""

import sqlite3
import threading
import weakref
from collections.abc import Iterable, Sequence
from typing import Any


class Scratch:
    """An SQLite database that is deleted with its last reference. Any thread may use it."""

    def __init__(self, *schema: str) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        weakref.finalize(self, self._connection.close)
        for statement in schema:
            self._connection.execute(statement)

    def execute(self, statement: str, *values: Any) -> int:
        """Execute a statement, and return how many rows it has changed."""
        with self._lock:
            return self._connection.execute(statement, values).rowcount

    def execute_all(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute a statement for each row."""
        with self._lock:
            self._connection.execute("BEGIN")
            self._connection.executemany(statement, rows)
            self._connection.execute("END")

    def first(self, query: str, *values: Any) -> tuple[Any, ...] | None:
        """Return the first row of a query."""
        with self._lock:
            row: tuple[Any, ...] | None = self._connection.execute(query, values).fetchone()
        return row

    def all(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        row = self.first(f"SELECT count(*) FROM {table}")  # noqa: S608 - a name of ours
        return int(row[0]) if row else 0
