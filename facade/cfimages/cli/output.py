"""Data on standard output: a table for people, else JSON lines, CSV or ids."""

import functools
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

import click

from cfimages.cli.escaping import escaped, has_control_characters

if TYPE_CHECKING:
    from rich.console import Console

Row = Mapping[str, Any]
Format = Literal["table", "json", "csv", "ids"]
FORMATS: tuple[Format, ...] = ("table", "json", "csv", "ids")

IMAGE_FIELDS = ("id", "filename", "uploaded", "creator", "requireSignedURLs", "meta", "variants", "draft")
"""The fields of an image, under the API's names; `meta.name` is one of its metadata."""
IMAGE_TABLE = ("id", "uploaded", "creator", "meta")
"""The fields that fit on a terminal."""

ROWS_OF_TABLE = 100
"""Rows that are laid out together, so that a table of millions is not in memory."""
GAP = "  "
"""Between two columns."""
MIN_LAST = 20
"""Minimum width of the last column, if it needs it. With less, the table is too wide for the terminal."""


class Output:
    """How data is written. `known` are the fields to choose from, `table` those of a table."""

    def __init__(
        self,
        format: Format,
        fields: tuple[str, ...] | None,
        *,
        null: bool = False,
        known: Sequence[str] = IMAGE_FIELDS,
        table: Sequence[str] = IMAGE_TABLE,
    ) -> None:
        self.format: Format = format
        self._fields = fields
        self._null = null
        self._known = tuple(known)
        self._table = tuple(table)
        for field in fields or ():
            if field not in known and not (field.startswith("meta.") and "meta" in known):
                accepted = ", ".join(known) + (", meta.name" if "meta" in known else "")
                raise click.BadParameter(f"{field!r} is not a field: use {accepted}", param_hint="--fields")

    def write(self, rows: Iterable[Row]) -> None:
        """Write rows as they come.

        Raises:
            OSError: The reader is gone (BrokenPipeError), or they cannot be written.
            click.ClickException: An id cannot be written on a line.
        """
        stream = sys.stdout.buffer
        if self.format == "table":
            self._write_tables(rows)
        else:
            for chunk in self._encoded(rows):
                stream.write(chunk)
        stream.flush()

    def write_filled(self, rows: Callable[[], Iterable[Row]]) -> None:
        """Write rows that can be read twice. A table leaves out the columns that are empty in all of them."""
        if self.format == "table":
            empty = set(self._table)
            for row in rows():
                empty = {field for field in empty if not cell(value_of(row, field))}
            self._table = tuple(field for field in self._table if field not in empty) or self._table
        self.write(rows())

    def _encoded(self, rows: Iterable[Row]) -> Iterator[bytes]:
        if self.format == "json":
            yield from map(self._json, rows)
        elif self.format == "csv":
            yield from self._csv(rows)
        else:
            yield from map(self._id, rows)

    def _json(self, row: Row) -> bytes:
        chosen = row if self._fields is None else {field: value_of(row, field) for field in self._fields}
        return json_line(chosen)

    def _csv(self, rows: Iterable[Row]) -> Iterator[bytes]:
        import csv

        fields = self._fields or tuple(field for field in self._known if field != "variants")
        writer: Any = csv.writer(_Echo(), lineterminator="\n")
        yield writer.writerow(fields)
        for row in rows:
            yield writer.writerow(cell(value_of(row, field)) for field in fields)

    def _id(self, row: Row) -> bytes:
        text = str(row[self._known[0]])
        if not self._null and has_control_characters(text):
            raise click.ClickException(f"the id '{escaped(text)}' has a control character: use -0")
        return text.encode("utf-8", "surrogatepass") + (b"\0" if self._null else b"\n")

    def _write_tables(self, rows: Iterable[Row]) -> None:
        fields = self._fields or self._table
        table, rest = Table(sys.stdout, fields), iter(rows)
        while chunk := list(islice(rest, ROWS_OF_TABLE)):
            lines = [[escaped(cell(value_of(row, field))) for field in fields] for row in chunk]
            sys.stdout.buffer.write(table.text(lines).encode(sys.stdout.encoding, "backslashreplace"))


class _Echo:
    """A file that returns what is written to it, and so does a writer of CSV to it."""

    def write(self, text: str) -> bytes:
        """Return the text in UTF-8."""
        return text.encode("utf-8", "backslashreplace")


def json_line(value: Any) -> bytes:
    """Return JSON on one line. Text that UTF-8 cannot encode is escaped."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(", ", ": ")).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(value).encode() + b"\n"


def write_record(row: Row) -> None:
    """Write a JSON line at once. Raises OSError."""
    sys.stdout.buffer.write(json_line(row))
    sys.stdout.buffer.flush()


def value_of(row: Row, field: str) -> Any:
    """Return a field of a row, such as `meta.region.name`; None if it is missing."""
    name, _, within = field.partition(".")
    value = row.get(name)
    for level in within.split(".") if within else ():
        value = value.get(level) if isinstance(value, Mapping) else None
    return value


def cell(value: Any) -> str:
    """Return a value as a cell of a table."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def console_of(file: Any) -> "Console":
    """Return rich's console for a file, which knows its width and whether colours are wanted."""
    from rich.console import Console

    return Console(file=file, highlight=False, markup=False, emoji=False, soft_wrap=False)


class Table:
    """A table whose rows come in parts. If it is too wide, each row is a paragraph with a line for each field."""

    def __init__(self, file: Any, fields: Sequence[str]) -> None:
        self._console = console_of(file)
        self._fields = fields
        self._widths: list[int] | None = None
        """Of all columns but the last, which has the rest; known when the first rows are."""

    def text(self, lines: list[list[str]]) -> str:
        """Return the next rows as text, with a header if they are the first."""
        from rich.cells import cell_len
        from rich.table import Table as Grid
        from rich.text import Text

        is_first = self._widths is None
        if self._widths is None:
            columns = zip(self._fields, *lines, strict=True)
            self._widths = [max(map(cell_len, column)) for column in columns][:-1]
        widest = max(map(cell_len, (self._fields[-1], *(line[-1] for line in lines))))
        room = self._console.width - sum(self._widths) - len(GAP) * len(self._widths)
        if room < min(MIN_LAST, widest) or any(_is_one_word(line[-1]) and cell_len(line[-1]) > room for line in lines):
            return self._paragraphs(lines)
        grid = Grid(box=None, show_header=is_first, pad_edge=False, header_style="bold")
        for field, width in zip(self._fields, [*self._widths, None], strict=True):
            grid.add_column(field, overflow="fold", width=width)
        for line in lines:
            grid.add_row(*map(Text, line))
        with self._console.capture() as laid_out:  # rich would end the process if nobody reads it
            self._console.print(grid)
        return laid_out.get()

    def _paragraphs(self, lines: list[list[str]]) -> str:
        width = max(map(len, self._fields))
        return "".join(
            "\n".join(f"{field:{width}}{GAP}{text}".rstrip() for field, text in zip(self._fields, line, strict=True))
            + "\n\n"
            for line in lines
        )


def _is_one_word(text: str) -> bool:
    """Whether text is one word, such as a URL or a token, which cannot be copied if it is wrapped."""
    return bool(text) and not re.search(r"\s", text)


def with_output(
    known: Sequence[str] = IMAGE_FIELDS, table: Sequence[str] = IMAGE_TABLE, *, with_null: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the options for output to a command, and pass an `Output` as `output`."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @click.option("--json", "as_json", is_flag=True, help="Write JSON lines, also on a terminal.")
        @click.option("--format", "chosen", type=click.Choice(FORMATS), help="Default: table on a terminal, else json.")
        @click.option("--fields", metavar="NAMES", help=f"Fields, separated by commas: {', '.join(known)}.")
        @functools.wraps(command)
        def writing(*arguments: Any, as_json: bool, chosen: Format | None, fields: str | None, **options: Any) -> Any:
            null = options.pop("write_null", False)
            output = Output(
                _format(as_json, chosen, null),
                None if fields is None else tuple(field.strip() for field in fields.split(",")),
                null=null,
                known=known,
                table=table,
            )
            return command(*arguments, output=output, **options)

        if not with_null:
            return writing
        text = "Write ids, each followed by NUL instead of a line break."
        return click.option("--null", "-0", "write_null", is_flag=True, help=text)(writing)

    return decorate


def _format(as_json: bool, chosen: Format | None, null: bool) -> Format:
    if as_json and chosen not in (None, "json"):
        raise click.UsageError(f"--json and --format {chosen}: give one of them")
    if null and (as_json or chosen not in (None, "ids")):
        raise click.UsageError("--null is for ids: omit --json and --format")
    if null:
        return "ids"
    if as_json:
        return "json"
    return chosen or usual_format()


def usual_format() -> Format:
    """Return the default format."""
    return "table" if sys.stdout.isatty() else "json"
