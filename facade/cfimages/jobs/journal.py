"""The journal of a job: one SQLite file with the plan, the state of each item and the reasons.

docs/jobs.md describes the schema for people who read it with other tools. Others may read it at any time (WAL);
one process at a time writes, which `locking` sees to.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import attrs

from cfimages.jobs.errors import JournalDamagedError, JournalError, JournalWriteError
from cfimages.jobs.reasons import FirstKeys, Reason, grouped
from cfimages.jobs.records import REFUSED, STATES, Item, Json, NewItem, Outcome, State, json_text

JournalPath = str | os.PathLike[str]

FORMAT = 1
"""Version of the schema."""

_SCHEMA = f"""
CREATE TABLE job (
    format    INTEGER NOT NULL,           -- version of this schema: {FORMAT}
    kind      TEXT NOT NULL,              -- delete, edit, upload, export, ...
    account   TEXT NOT NULL,              -- the id of the account
    base_url  TEXT NOT NULL,
    arguments TEXT NOT NULL,              -- JSON
    created   TEXT NOT NULL,              -- RFC 3339, UTC
    planned   INTEGER NOT NULL DEFAULT 0, -- 1 when planning has come to its end
    position  TEXT                        -- JSON: how far planning has come
);
CREATE TABLE items (
    number   INTEGER PRIMARY KEY,         -- in the order of the plan
    key      TEXT NOT NULL UNIQUE,        -- the id of an image, or the path of a file
    state    TEXT NOT NULL CHECK (state IN ({", ".join(map(repr, STATES))})),
    attempts INTEGER NOT NULL DEFAULT 0,
    doubt    INTEGER NOT NULL DEFAULT 0,  -- 1: a request was sent whose answer never came
    before   TEXT,                        -- JSON: what was there when it was planned
    want     TEXT,                        -- JSON: what is wanted
    image    TEXT,                        -- the id that a new image will have
    note     TEXT,                        -- JSON: what has to be known to go on
    result   TEXT,                        -- JSON: what came of it
    reason   TEXT                         -- why it was skipped, failed or is in doubt
);
CREATE UNIQUE INDEX items_by_image ON items (image) WHERE image IS NOT NULL;
"""

TWO_FILES = "two files have one id"

_INSERT = "INSERT OR IGNORE INTO items (key, before, want, image, state, reason) VALUES (?, ?, ?, ?, ?, ?)"
_REASONS = """
SELECT state, reason, count(*), min(number), key, image, first_keys(number, key) FILTER (
    WHERE state = 'failed' OR (state = 'skipped' AND (attempts > 0 OR instr(reason, ?) = 1))
)
FROM items WHERE state IN ('skipped', 'failed', 'in_doubt') AND reason IS NOT NULL GROUP BY state, reason
"""
"""Items that the plan skipped, such as those that exist already, are counted and not named."""
_COLUMNS = "number, key, state, attempts, doubt, before, want, image, note, result, reason"


@attrs.frozen
class JobRecord:
    """What a journal says about its job."""

    kind: str
    account: str
    base_url: str
    arguments: Json
    created: str
    planned: bool
    position: Any

    @property
    def made(self) -> datetime:
        """When the journal was made."""
        return datetime.fromisoformat(self.created)


class Journal:
    """An open journal. Use it with `with`, and from one thread at a time.

    Every method that writes raises JournalError if it cannot, and then has changed nothing.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the journal of a job. Raises JournalError."""
        if not path.is_file():
            raise JournalError(f"{path}: there is no such journal")
        journal = cls(path, _connect(path))
        try:
            with journal._saying("read"):
                if not {"job", "items"} <= journal._tables():
                    raise JournalError(f"{path}: is not the journal of a job")
                (version,) = journal._connection.execute("SELECT format FROM job").fetchone()
                if version != FORMAT:
                    raise JournalError(f"{path}: has format {version}; this version of cfimages reads {FORMAT}")
        except BaseException:
            journal.close()
            raise
        return journal

    @classmethod
    def create(
        cls, path: Path, *, kind: str, account: str, base_url: str, arguments: Mapping[str, Any], now: datetime
    ) -> Self:
        """Make the journal of a new job, readable by its owner only. Raises JournalError."""
        try:
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        except OSError as error:
            raise JournalError(f"{path}: {error.strerror}: the journal cannot be created") from error
        journal = cls(path, _connect(path))
        try:
            with journal._saying("written"):
                journal._connection.execute("PRAGMA journal_mode = WAL")
            with journal.transaction() as connection:
                for statement in filter(str.strip, _SCHEMA.split(";\n")):
                    connection.execute(statement)
                connection.execute(
                    "INSERT INTO job (format, kind, account, base_url, arguments, created) VALUES (?, ?, ?, ?, ?, ?)",
                    (FORMAT, kind, account, base_url, _text(arguments), _moment(now)),
                )
        except BaseException:
            journal.close()
            raise
        return journal

    @classmethod
    def is_there(cls, path: Path) -> bool:
        """Whether the journal is complete, and not left empty by a process that ended. Raises JournalError."""
        if not path.exists():
            return False
        journal = cls(path, _connect(path))
        try:
            with journal._saying("read"):
                return bool(journal._tables())
        finally:
            journal.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit the changes inside together, or not at all."""
        with self._saying("written"):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.rollback()
                raise

    @property
    def job(self) -> JobRecord:
        """What it says about the job."""
        with self._saying("read"):
            row = self._connection.execute(
                "SELECT kind, account, base_url, arguments, created, planned, position FROM job"
            ).fetchone()
            kind, account, base_url, arguments, created, planned, position = row
            return JobRecord(kind, account, base_url, json.loads(arguments), created, bool(planned), _value(position))

    def add(self, items: Iterable[NewItem], position: Any) -> None:
        """Add items to the plan, and store the position. An existing key is skipped."""
        new = list(items)
        with self.transaction() as connection:
            if all(item.image is None for item in new):
                connection.executemany(_INSERT, map(_row, new))
            else:  # each is compared with those before it
                for item in new:
                    other = self._holder(item)
                    connection.execute(_INSERT, _row(_refuse_both(connection, item, other) if other else item))
            connection.execute("UPDATE job SET position = ?", (json.dumps(position),))

    def end_planning(self) -> None:
        """Note that the plan is complete."""
        with self.transaction() as connection:
            connection.execute("UPDATE job SET planned = 1")

    def start(self, items: Sequence[Item], outcomes: Iterable[tuple[Item, Outcome]]) -> None:
        """Write the outcomes of some items, and the intent to work on others, before any request for them."""
        with self.transaction() as connection:
            self._settle(connection, outcomes)
            connection.executemany(
                "UPDATE items SET state = 'started', attempts = attempts + 1 WHERE number = ?",
                [(item.number,) for item in items],
            )

    def settle(self, outcomes: Iterable[tuple[Item, Outcome]], notes: Iterable[tuple[Item, Json]] = ()) -> None:
        """Write the outcomes of some items, and notes for others."""
        with self.transaction() as connection:
            self._settle(connection, outcomes)
            connection.executemany(
                "UPDATE items SET note = ? WHERE number = ?", [(_text(note), item.number) for item, note in notes]
            )

    def put_back(self, items: Iterable[Item]) -> None:
        """Give started items for which nothing was sent their previous state."""
        with self.transaction() as connection:
            connection.executemany(
                "UPDATE items SET state = ?, attempts = ?, doubt = ?, reason = ? WHERE number = ?",
                [(item.state, item.attempts, item.doubt, item.reason, item.number) for item in items],
            )

    def recover(self, *, doubt: bool) -> None:
        """Mark items that an ended process left in progress as in doubt, or as planned if the job changes nothing."""
        with self.transaction() as connection:
            if doubt:
                connection.execute(
                    "UPDATE items SET state = 'in_doubt', doubt = 1,"
                    " reason = 'the process ended while this was under way' WHERE state = 'started'"
                )
            else:
                connection.execute("UPDATE items SET state = 'planned' WHERE state = 'started'")

    def finish_all(self) -> None:
        """Mark every item that is planned as done."""
        with self.transaction() as connection:
            connection.execute("UPDATE items SET state = 'done' WHERE state = 'planned'")

    def items(self, states: Sequence[State] = STATES, *, after: int = 0, limit: int = -1) -> list[Item]:
        """Return the items in some states after a number, in the order of the plan."""
        marks = ", ".join("?" * len(states))
        with self._saying("read"):
            rows = self._connection.execute(
                f"SELECT {_COLUMNS} FROM items WHERE number > ? AND state IN ({marks}) ORDER BY number LIMIT ?",  # noqa: S608 - constants; values are bound
                (after, *states, limit),
            ).fetchall()
            return list(map(_item, rows))

    def oldest_first(self, state: State) -> Iterator[Item]:
        """Yield the items in a state by upload time, as planned."""
        query = (
            f"SELECT {_COLUMNS} FROM items WHERE state = ?"  # noqa: S608 - constants; values are bound
            " ORDER BY json_extract(before, '$.uploaded'), number DESC"  # most plans have the newest first
        )
        with self._saying("read"):
            yield from map(_item, self._connection.execute(query, (state,)))

    def counts(self) -> dict[State, int]:
        """How many items are in each state."""
        with self._saying("read"):
            found = dict(self._connection.execute("SELECT state, count(*) FROM items GROUP BY state"))
        return {state: found.get(state, 0) for state in STATES}

    def named(self, states: Sequence[State]) -> int:
        """How many items in some states say which id a new image will have."""
        marks = ", ".join("?" * len(states))
        query = f"SELECT count(image) FROM items WHERE state IN ({marks})"  # noqa: S608 - values are bound
        with self._saying("read"):
            (count,) = self._connection.execute(query, states).fetchone()
        return int(count)

    def reasons(self, limit: int | None = 20) -> list[Reason]:
        """The most frequent reasons, with how many items have each."""
        with self._saying("read"):
            return grouped(self._connection.execute(_REASONS, (REFUSED,)))[:limit]

    def refused(self, limit: int = 20) -> list[Reason]:
        """Why items were refused at planning, with how many."""
        found = [one for one in self.reasons(None) if one.state == "skipped" and one.text.startswith(REFUSED)]
        return [attrs.evolve(one, text=one.text.removeprefix(REFUSED)) for one in found[:limit]]

    def final(self) -> int:
        """How many items failed in a way that a retry does not change."""
        with self._saying("read"):
            (count,) = self._connection.execute(
                "SELECT count(*) FROM items WHERE state = 'failed' AND json_extract(result, '$.final')"
            ).fetchone()
        return int(count)

    def start_over(self, arguments: Mapping[str, Any], now: datetime) -> None:
        """Remove the plan, and store the arguments of another one."""
        with self.transaction() as connection:
            connection.execute("DELETE FROM items")
            connection.execute(
                "UPDATE job SET arguments = ?, created = ?, planned = 0, position = NULL",
                (_text(arguments), _moment(now)),
            )

    def _tables(self) -> set[str]:
        return {name for (name,) in self._connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}

    def _holder(self, item: NewItem) -> tuple[int, str] | None:
        """Return another item that wants the same image."""
        query = "SELECT number, key FROM items WHERE image = ? AND key != ?"
        found: tuple[int, str] | None = self._connection.execute(query, (item.image, item.key)).fetchone()
        return found

    @staticmethod
    def _settle(connection: sqlite3.Connection, outcomes: Iterable[tuple[Item, Outcome]]) -> None:
        connection.executemany(
            "UPDATE items SET state = ?, reason = ?, result = ?, doubt = ? WHERE number = ?",
            [(out.state, out.reason, _text(out.result), out.doubt, item.number) for item, out in outcomes],
        )

    @contextmanager
    def _saying(self, what: str) -> Iterator[None]:
        """Turn an SQLite error into one that says what to do."""
        try:
            yield
        except json.JSONDecodeError as error:
            raise JournalDamagedError(f"{self.path}: is damaged: {error}") from error
        except sqlite3.Error as error:
            if _is_damage(error):
                raise JournalDamagedError(f"{self.path}: is damaged: {error}") from error
            kind = JournalWriteError if what == "written" else JournalError
            raise kind(
                f"{self.path}: cannot be {what}: {error}. Nothing is lost: remove the cause and run the job again"
            ) from error


def _is_damage(error: sqlite3.Error) -> bool:
    """Whether an error says that the file is damaged, and not that it cannot be read or written now."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF  # without what details it
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or str(error) == "malformed JSON"


def absolute(path: str | os.PathLike[str] | None) -> str | None:
    """Return an absolute path, so that the job can resume from another working directory."""
    return None if path is None else str(Path(path).absolute())


def _refuse_both(connection: sqlite3.Connection, item: NewItem, other: tuple[int, str]) -> NewItem:
    """Refuse two items with the same id: nobody can tell which of them is meant."""
    number, key = other
    connection.execute(
        "UPDATE items SET state = 'skipped', reason = ? WHERE number = ?", (f"{REFUSED}{TWO_FILES}", number)
    )
    return NewItem.refused(item.key, TWO_FILES, {**(item.before or {}), "same_id_as": key})


def _connect(path: Path) -> sqlite3.Connection:
    if path.is_dir():
        raise JournalError(f"{path}: cannot be opened as the journal of a job: is a folder; name a file")
    try:
        connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA synchronous = FULL")  # a commit is on disk when it returns
            connection.execute("PRAGMA schema_version")  # fails if the file is no database
            connection.create_aggregate("first_keys", 2, FirstKeys)  # type: ignore[arg-type]  # typeshed: one argument
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise JournalError(f"{path}: cannot be opened as the journal of a job: {error}") from error
    return connection


def _moment(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _row(item: NewItem) -> tuple[str | None, ...]:
    return item.key, _text(item.before), _text(item.want), item.image, item.state, item.reason


def _item(row: Sequence[Any]) -> Item:
    number, key, state, attempts, doubt, before, want, image, note, result, reason = row
    return Item(
        number, key, state, attempts, bool(doubt), _value(before), _value(want), image, _value(note), _value(result),
        reason,
    )  # fmt: skip


def _text(value: Any) -> str | None:
    return None if value is None else json_text(value)


def _value(text: str | None) -> Any:
    return None if text is None else json.loads(text)
