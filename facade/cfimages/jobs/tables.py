"""Records as one file: JSON lines, CSV, SQLite or Parquet. The file is whole, or not there."""

import csv
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

from cfimages import InvalidArgumentError
from cfimages.jobs.records import Json, json_text
from cfimages.jobs.replacing import replacing

COLUMNS = ("id", "filename", "uploaded", "creator", "requireSignedURLs", "meta")
"""The columns of a table; `meta` is JSON."""
CHUNK = 1000
"""Records that are held at a time."""

Records = Iterator[Json]


def write(path: Path, records: Records) -> None:
    """Write records to a file whose name says the format. Raises OSError."""
    with replacing(path) as part:
        FORMATS[path.suffix.lower()](part, records)


def check_format(path: Path) -> None:
    """Raise InvalidArgumentError for a format that is unknown, or lacks its package."""
    if path.suffix.lower() not in FORMATS:
        raise InvalidArgumentError(f"file={str(path)!r}: its name must end with one of {', '.join(FORMATS)}")
    if path.suffix.lower() == ".parquet":
        _pyarrow()


def _jsonl(path: Path, records: Records) -> None:
    with path.open("w", encoding="utf-8") as file:
        for record in records:
            file.write(json_text(record) + "\n")


def _csv(path: Path, records: Records) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        table.writerows(map(_row, records))


def _sqlite(path: Path, records: Records) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "CREATE TABLE images (id TEXT PRIMARY KEY, filename TEXT, uploaded TEXT, creator TEXT,"
            " requireSignedURLs INTEGER, meta TEXT)"
        )
        connection.executemany("INSERT INTO images VALUES (?, ?, ?, ?, ?, ?)", map(_row, records))


def _parquet(path: Path, records: Records) -> None:
    pyarrow, parquet = _pyarrow()
    kinds = {"requireSignedURLs": pyarrow.bool_()}
    schema = pyarrow.schema([(name, kinds.get(name, pyarrow.string())) for name in COLUMNS])
    with parquet.ParquetWriter(path, schema) as writer:
        while chunk := list(islice(records, CHUNK)):
            columns = list(zip(*map(_row, chunk), strict=True))
            writer.write_table(pyarrow.table(dict(zip(COLUMNS, map(list, columns), strict=True)), schema=schema))


def _row(record: Json) -> tuple[Any, ...]:
    return (*(_cell(record.get(name)) for name in COLUMNS[:-1]), json_text(record.get("meta", {})))


def _cell(value: Any) -> Any:
    """Return a value, in which what UTF-8 cannot say is escaped."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        raise InvalidArgumentError("a .parquet file needs pyarrow: install cfimages with its extra parquet") from error
    return pyarrow, pyarrow.parquet


FORMATS: Mapping[str, Callable[[Path, Records], None]] = {
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".csv": _csv,
    ".db": _sqlite,
    ".sqlite": _sqlite,
    ".sqlite3": _sqlite,
    ".parquet": _parquet,
}
"""How a file is written, by the end of its name."""
