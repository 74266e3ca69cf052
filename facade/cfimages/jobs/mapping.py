"""Which image became which: a file of JSON lines that outlasts the journals, so that no image is uploaded twice."""

import json
import os
import threading
from pathlib import Path

import attrs

from cfimages import InvalidArgumentError
from cfimages.jobs.errors import why_no_folder
from cfimages.jobs.records import Json
from cfimages.jobs.replacing import sync_folder
from cfimages.jobs.scratch import Scratch

VERSION = 1
_BEGIN = b'{"map":1,"source":'
"""How every head begins."""


@attrs.frozen
class Mapped:
    """The new id of an image."""

    id: str
    """Its id in the other account."""
    uploaded: str | None
    """When the image that it was made from was uploaded."""


class IdMap:
    """A file with a line for each image: `id`, `new_id`, and `uploaded` of the image that it was made from.

    The first line, the head, names both accounts. Later lines replace earlier ones. A line that was cut off by a full
    disk or a power failure is ignored. If that is the head, another one follows. The file is only ever appended to, so
    that several processes may use it, each of which may have written a head. It is read into a temporary database, so
    that it takes no memory. Any thread may use it.
    """

    def __init__(self, path: Path, *, source: str | None, target: str | None, or_restored: bool = False) -> None:
        """Use a file.

        Args:
            path: The file. It need not be there.
            source: The account that the images come from; None for those of a folder.
            target: The account that they are brought into; None for a map of any two accounts, to read it only.
            or_restored: Accept the map of a restore from a folder too.
        """
        self.path = path
        self._or_restored = or_restored
        self._head = {"map": VERSION, "source": source, "target": target}
        self._lock = threading.Lock()
        self._read = 0
        self._has_head = False
        self._found = Scratch("CREATE TABLE map (id TEXT PRIMARY KEY, new_id TEXT, uploaded TEXT) WITHOUT ROWID")

    def check(self) -> None:
        """Read the file, if it exists. Raises InvalidArgumentError for another kind of file."""
        with self._lock:
            self._refresh()

    def get(self, image_id: str) -> Mapped | None:
        """Return the new id of an image, if the file has it."""
        with self._lock:
            self._refresh()
        row = self._found.first("SELECT new_id, uploaded FROM map WHERE id = ?", image_id)
        return Mapped(*row) if row else None

    def add(self, image_id: str, mapped: Mapped) -> None:
        """Store the new id of an image, durably. Raises OSError."""
        if self.get(image_id) == mapped:
            return
        line = line_of({"id": image_id, "new_id": mapped.id, "uploaded": mapped.uploaded})
        with self._lock:
            self._refresh()  # another thread may have written the head
            if not self._has_head:
                line = line_of(self._head) + line
            append(self.path, line)

    def all(self) -> dict[str, str]:
        """Return every id with its new id."""
        self.check()
        return dict(self._found.all("SELECT id, new_id FROM map ORDER BY id"))

    def _refresh(self) -> None:
        """Read the lines that were added since, also by others."""
        try:
            size = self.path.stat().st_size
        except FileNotFoundError:
            return
        if size <= self._read:
            return
        with self.path.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if line.endswith(b"\n"):
                    self._take(line)
                    self._read += len(line)
                else:
                    self._pass_over(line)

    def _take(self, line: bytes) -> None:
        try:
            entry = json.loads(line)
        except ValueError:
            self._pass_over(line)
            return
        if isinstance(entry, dict) and "map" in entry:
            self._take_head(entry)
        elif not self._has_head:
            raise self._no_map()
        elif not isinstance(entry, dict) or not all(
            isinstance(entry.get(name), kind) for name, kind in (("id", str), ("new_id", str), ("uploaded", str | None))
        ):
            raise InvalidArgumentError(f"map={str(self.path)!r}: has a line that is not one of a map: {line!r}")
        else:
            values = (entry["id"], entry["new_id"], entry.get("uploaded"))
            self._found.execute("INSERT OR REPLACE INTO map VALUES (?, ?, ?)", *values)

    def _take_head(self, head: Json) -> None:
        if head["map"] != VERSION:
            raise self._no_map()
        for name in ("target", "source") if self._head["target"] is not None else ():
            found, wanted = head.get(name), self._head[name]
            if found != wanted and not (name == "source" and found is None and self._or_restored):
                found, wanted = (account or "a folder, by a restore" for account in (found, wanted))
                raise InvalidArgumentError(f"map={str(self.path)!r}: is of another {name}: {found}; not of {wanted}")
        self._has_head = True

    def _pass_over(self, line: bytes) -> None:
        """Raise InvalidArgumentError for a line that is not truncated, but belongs to another file."""
        if not self._has_head and not may_be_cut(line, _BEGIN):
            raise self._no_map()

    def _no_map(self) -> InvalidArgumentError:
        return InvalidArgumentError(f"map={str(self.path)!r}: is not a map of ids: use another file")


def new_ids(file: str | os.PathLike[str]) -> dict[str, str]:
    """Return the new ids by the old ones, from the map of a restore or a copy.

    Lines that were cut off are ignored.

    Args:
        file: The map.

    Raises:
        InvalidArgumentError: The file is not such a map.
        OSError: It cannot be read.
    """
    path = Path(file)
    path.stat()  # a job makes a map that is not there
    return IdMap(path, source=None, target=None).all()


def check_folder(file: Path) -> None:
    """Raise InvalidArgumentError if the folder of a map, in which it is written, does not exist."""
    if not file.parent.is_dir():
        raise InvalidArgumentError(f"map={str(file)!r}: its folder {why_no_folder(file.parent)}")


def append(path: Path, lines: bytes) -> None:
    """Append lines to a file, durably, even after a truncated line. Raises OSError."""
    is_new = not path.exists()
    with path.open("ab+") as file:
        if size := file.seek(0, os.SEEK_END):
            file.seek(size - 1)
            lines = lines if file.read() == b"\n" else b"\n" + lines
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        sync_folder(path.parent)


def may_be_cut(line: bytes, begin: bytes) -> bool:
    """Return whether a line may be the truncated rest of one that begins like this."""
    left = line.strip(b"\0\n")  # NUL: a lost block
    return begin.startswith(left[: len(begin)])


def line_of(entry: object) -> bytes:
    """Return something as a line of JSON."""
    return json.dumps(entry, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
