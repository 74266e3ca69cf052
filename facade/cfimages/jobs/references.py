"""The places that refer to images: files, texts, databases, programs.

Each place is read as a whole. A place that cannot be read is an error: without its references, an image that is needed
would look like an orphan.
"""

import codecs
import os
import re
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

import attrs

from cfimages import InvalidArgumentError
from cfimages.jobs import databases
from cfimages.jobs.errors import JobRefusedError
from cfimages.jobs.found import Found
from cfimages.jobs.patterns import as_regex

__all__ = ["Command", "IdFile", "Ids", "References", "Sql", "Text"]

CHUNK = 1 << 20
OVERLAP = 1 << 14
"""Characters of a text that are read again with what follows, so that no id is cut in two."""
MAGIC = re.compile(r"[*?[]")


class References(ABC):
    """A place that refers to images, by their ids or their delivery URLs."""

    @abstractmethod
    def read(self, found: Found) -> None:
        """Read all of it. Raises JobRefusedError or OSError if that cannot be done."""

    @property
    @abstractmethod
    def description(self) -> str:
        """A description without secrets."""


@attrs.frozen
class Ids(References):
    """A list of ids or delivery URLs. It must be complete; nothing checks that."""

    values: Iterable[str]
    """Something that can be iterated more than once, such as a list."""

    def __attrs_post_init__(self) -> None:
        values: object = self.values
        if isinstance(values, str) or not isinstance(values, Iterable) or iter(values) is values:
            raise InvalidArgumentError(f"values={values!r}: must be a list, or the like, of ids")
        if isinstance(values, Collection):  # others may be expensive to go through
            for value in values:
                _check_id(value)

    def read(self, found: Found) -> None:
        """Take all of them."""
        found.places += 1
        for value in self.values:
            _check_id(value)
            found.value(value)

    @property
    def description(self) -> str:
        """That they are given."""
        return "ids of the program"


@attrs.frozen
class IdFile(References):
    """A file with an id or a delivery URL on each line."""

    path: str | os.PathLike[str]

    def read(self, found: Found) -> None:
        """Take each line."""
        _read_lines(Path(self.path), found)

    @property
    def description(self) -> str:
        """Its path."""
        return f"ids in {Path(self.path).absolute()}"


@attrs.frozen
class Text(References):
    """Texts such as Markdown, HTML, CSS, JSON or code, with ids or delivery URLs anywhere in them.

    The pattern is a path with `*`, `?`, `[...]`, and `**` for any number of folders. Names that begin with a dot match
    too, and links are followed.
    """

    pattern: str

    def read(self, found: Found) -> None:
        """Search each file."""
        count = 0
        for path in matching(self.pattern):
            count += 1
            found.places += 1
            for text in _chunks(path):
                found.text(text)
        if not count:
            raise JobRefusedError(f"{self.pattern}: matches no file")

    @property
    def description(self) -> str:
        """Its pattern."""
        return f"text of {Path(self.pattern).absolute()}"


@attrs.frozen
class Sql(References):
    """The result of a database query: ids, delivery URLs, or texts with some of them, in any column.

    `sqlite:///app.db` is a relative path, `sqlite:////srv/app.db` an absolute one. Both are opened for reading only.
    Other databases need SQLAlchemy and a driver: install cfimages with its extra `sql`, and for example psycopg.

    The query is one statement, and is sent unchanged. PostgreSQL, MySQL and MariaDB are read in a read-only
    transaction. For others, use a read-only user.

    Bytes must be text in UTF-8, or UUIDs of 16 bytes. Other bytes are refused: let the query convert them to text, or
    leave them out.
    """

    url: str = attrs.field(repr=False)
    """Address of the database. A password in it is not stored."""
    query: str

    def __attrs_post_init__(self) -> None:
        databases.check(self.url, self.query)

    def read(self, found: Found) -> None:
        """Take every value of every row."""
        found.places += 1
        for row in databases.rows(self.url, self.query):
            for value in row:
                for text in databases.texts_in(value):
                    found.value(text)

    @property
    def description(self) -> str:
        """The database and the query, without user and password."""
        return f"{databases.described(self.url)}: {self.query}"


@attrs.frozen
class Command(References):
    """The standard output of a program. The job is refused unless the program ends with status 0."""

    words: Sequence[str]
    """The program and its arguments. No shell is used."""

    def __attrs_post_init__(self) -> None:
        if isinstance(self.words, str) or not self.words:
            raise InvalidArgumentError(f"words={self.words!r}: must be a program and its arguments, as a list")

    def read(self, found: Found) -> None:
        """Run it, and take each line."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "out"
            with path.open("wb") as output:
                status = subprocess.run(  # noqa: S603 - the program is what was asked for
                    list(self.words), stdin=subprocess.DEVNULL, stdout=output, check=False
                ).returncode
            if status:
                raise JobRefusedError(f"{self.words[0]}: ended with status {status}: some references may be missing")
            _read_lines(path, found, name=self.words[0])

    @property
    def description(self) -> str:
        """The program, without its arguments, which may hold secrets."""
        return f"output of {self.words[0]}"


def matching(pattern: str) -> Iterator[Path]:
    """Yield the files that a pattern matches. Raises OSError for a folder that cannot be read."""
    path = Path(pattern).absolute()
    fixed = next((at for at, part in enumerate(path.parts) if MAGIC.search(part)), None)
    if fixed is None:
        if path.is_file():
            yield path
        return
    base = Path(*path.parts[:fixed])
    if not base.is_dir():
        return
    wanted = as_regex("/".join(path.parts[fixed:]))
    for file in _below(base, frozenset()):
        if wanted.fullmatch(file.relative_to(base).as_posix()):
            yield file


def _below(folder: Path, above: frozenset[tuple[int, int]]) -> Iterator[Path]:
    """Yield what is in a folder and those below, also behind links, but not behind links that lead back."""
    status = folder.stat()
    if (here := (status.st_dev, status.st_ino)) in above:
        return
    with os.scandir(folder) as entries:
        found = sorted((entry.name, entry.is_dir()) for entry in entries)
    for name, is_folder in found:
        if is_folder:
            yield from _below(folder / name, above | {here})
        else:
            yield folder / name


def _read_lines(path: Path, found: Found, name: str | None = None) -> None:
    found.places += 1
    for line in _parts(path, lambda file: file.readline(), name):
        found.value(line.rstrip("\r\n"))


def _chunks(path: Path) -> Iterator[str]:
    before = ""
    for text in _parts(path, lambda file: file.read(CHUNK)):
        yield before + text
        before = (before + text)[-OVERLAP:]


def _parts(path: Path, read: Callable[[IO[str]], str], name: str | None = None) -> Iterator[str]:
    """Yield the parts of a file that `read` returns. Raises JobRefusedError for one that is no text, and OSError."""
    if not path.is_file():
        hint = ": for a pattern, use references.Text" if MAGIC.search(str(path)) else ""
        raise JobRefusedError(f"{path}: is not a readable file{hint}")
    with path.open("rb") as content:
        begin = content.read(2)
    encoding = "utf-16" if begin in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    refused = JobRefusedError(f"{name or path}: is not text in UTF-8, so that references in it cannot be found")
    with path.open(encoding=encoding, newline="\n") as file:
        try:
            while text := read(file):
                if "\0" in text:
                    raise refused
                yield text
        except UnicodeDecodeError:
            raise refused from None


def _check_id(value: object) -> None:
    if not isinstance(value, str):
        raise InvalidArgumentError(f"values: {value!r} is not a string: pass ids or delivery URLs as strings")
