"""The rows of a database query. Nothing is changed in the database."""

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

from cfimages import InvalidArgumentError
from cfimages.jobs.errors import JobRefusedError

SQLITE = "sqlite:///"
"""How the URLs begin that need no SQLAlchemy."""
CHUNK = 1000
"""Rows that are fetched together."""
READ_ONLY = {
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "postgresql": "SET TRANSACTION READ ONLY",
    "sqlite": "PRAGMA query_only = ON",
}
"""The statement after which a database refuses to change anything, by the name of its dialect."""
QUOTED = re.compile(r"'(?:[^'\\]|\\.|'')*'|\"[^\"]*\"|`[^`]*`|--[^\n]*|/\*.*?\*/", re.DOTALL)
"""Quotes and comments in a query."""


def check(url: object, query: object) -> None:
    """Raise InvalidArgumentError for a URL that is none, or more than one query."""
    wrong = InvalidArgumentError("url: must be the URL of a database, such as sqlite:///app.db")
    if not isinstance(url, str) or "://" not in url:
        raise wrong
    if not isinstance(query, str) or not query.strip():
        raise InvalidArgumentError(f"query={query!r}: must be a query, as a string")
    if ";" in QUOTED.sub("", query).rstrip().rstrip(";"):  # drivers leave out all results but one, and say nothing
        raise InvalidArgumentError("query: has several statements: use an Sql object for each")
    if url.startswith(SQLITE):
        return
    sqlalchemy = _sqlalchemy()
    try:
        parts = sqlalchemy.make_url(url)
    except (sqlalchemy.exc.ArgumentError, ValueError):  # the latter for a port; what they say may have the password
        raise wrong from None
    if "@" in f"{parts.host}{parts.database}":  # a password with this sign was cut in two, and errors would show it
        raise InvalidArgumentError("url: has more than one @: write %40 for those of user and password")


def described(url: str) -> str:
    """Return which database a URL names, without user, password and options; a file with its whole path."""
    if url.startswith(SQLITE):
        return f"{SQLITE}{_file_of(url)}"
    parts = _sqlalchemy().make_url(url)
    return f"{parts.drivername}://{parts.host or ''}/{parts.database or ''}"


def rows(url: str, query: str) -> Iterator[Sequence[Any]]:
    """Yield the rows that a query gives. Raises JobRefusedError."""
    return _of_sqlite(url, query) if url.startswith(SQLITE) else _of_others(url, query)


def texts_in(value: Any) -> Iterator[str]:
    """Yield the texts in a value of a database. Raises JobRefusedError for bytes that are neither text nor a UUID."""
    if value is None:
        return
    if isinstance(value, Mapping):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from texts_in(one)
        return
    if not isinstance(value, bytes | bytearray | memoryview):
        yield str(value)
        return
    content = bytes(value)
    if is_uuid := len(content) == 16:
        yield str(UUID(bytes=content))
    try:
        yield content.decode()
    except UnicodeDecodeError:
        if not is_uuid:
            raise JobRefusedError(
                f"a query gave {len(content):,} bytes that are neither a UUID nor text in UTF-8, so that references in"
                " them cannot be found"
            ) from None


def _of_sqlite(url: str, query: str) -> Iterator[Sequence[Any]]:
    path = _file_of(url)
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
            cursor = connection.execute(query)
            _check_rows(str(path), has_rows=cursor.description is not None)
            yield from cursor
    except sqlite3.Error as error:
        raise JobRefusedError(f"{path}: {error}") from error


def _file_of(url: str) -> Path:
    return Path(url.removeprefix(SQLITE)).absolute()


def _of_others(url: str, query: str) -> Iterator[Sequence[Any]]:
    sqlalchemy = _sqlalchemy()
    name = url.partition(":")[0]
    # As it is written: neither `:name` nor `%` is a parameter. Rows come as they are read, not all at once.
    options = {"no_parameters": True, "stream_results": True, "max_row_buffer": CHUNK}
    try:
        engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.pool.NullPool)
        with _connected(engine, name) as connection:
            if statement := READ_ONLY.get(engine.dialect.name):
                connection.exec_driver_sql(statement)
            result = connection.exec_driver_sql(query, execution_options=options)
            _check_rows(name, has_rows=result.returns_rows)
            yield from result
    except ModuleNotFoundError as error:
        raise JobRefusedError(f"{name}: its driver is not installed: there is no module {error.name}") from None
    except sqlalchemy.exc.SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or type(error).__name__)
        raise JobRefusedError(f"{name}: the query failed: {said}") from None


def _connected(engine: Any, name: str) -> Any:
    try:
        return engine.connect()
    except (TypeError, AttributeError):  # what drivers raise for an option that they do not know
        raise JobRefusedError(f"{name}: the driver does not accept an option of the URL") from None


def _check_rows(name: str, *, has_rows: bool) -> None:
    if not has_rows:
        raise JobRefusedError(f"{name}: the query returns no rows: it must read, such as SELECT")


def _sqlalchemy() -> Any:
    try:
        return import_module("sqlalchemy")
    except ModuleNotFoundError as error:
        raise InvalidArgumentError(
            "url: databases other than SQLite need SQLAlchemy: install cfimages with its extra sql"
        ) from error
