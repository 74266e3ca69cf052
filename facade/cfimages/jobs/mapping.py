"""Which image became which: a file of JSON lines that outlasts the journals, so that no image is brought twice."""

import json
import os
import threading
from pathlib import Path

import attrs

from cfimages import InvalidArgumentError
from cfimages.jobs.originals import sync_folder
from cfimages.jobs.scratch import Scratch

VERSION = 1


@attrs.frozen
class Mapped:
    """What an image has become."""

    id: str
    """Its id in the other account."""
    uploaded: str | None
    """When the image that it was made from was uploaded."""


class IdMap:
    """A file with a line for each image: `id`, `new_id`, and `uploaded` of the image that it was made from.

    The first line names both accounts. Later lines replace earlier ones. A line that was cut off by the end of a
    process is passed over. The file is looked up by way of a temporary database, so that it takes no memory.
    Any thread may use it.
    """

    def __init__(self, path: Path, *, source: str | None, target: str) -> None:
        self.path = path
        self._head = {"map": VERSION, "source": source, "target": target}
        self._lock = threading.Lock()
        self._read = 0
        self._found = Scratch("CREATE TABLE map (id TEXT PRIMARY KEY, new_id TEXT, uploaded TEXT) WITHOUT ROWID")

    def check(self) -> None:
        """Read the file, if there is one. Raises InvalidArgumentError for one that is of something else."""
        with self._lock:
            self._refresh()

    def get(self, image_id: str) -> Mapped | None:
        """Return what an image has become, as far as the file knows."""
        with self._lock:
            self._refresh()
        row = self._found.first("SELECT new_id, uploaded FROM map WHERE id = ?", image_id)
        return Mapped(*row) if row else None

    def add(self, image_id: str, mapped: Mapped) -> None:
        """Write down what an image becomes. It is on the disk when this returns. Raises OSError."""
        if self.get(image_id) == mapped:
            return
        line = _line({"id": image_id, "new_id": mapped.id, "uploaded": mapped.uploaded})
        with self._lock:
            is_new = not self.path.exists()
            with self.path.open("ab+") as file:
                size = file.seek(0, os.SEEK_END)
                if size:
                    file.seek(size - 1)
                    line = line if file.read() == b"\n" else b"\n" + line  # ends a line that was cut off
                else:
                    line = _line(self._head) + line
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
            if is_new:
                sync_folder(self.path.resolve().parent)

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
                if not line.endswith(b"\n"):
                    break
                self._take(line, is_head=self._read == 0)
                self._read += len(line)

    def _take(self, line: bytes, *, is_head: bool) -> None:
        try:
            entry = json.loads(line)
        except ValueError:
            entry = None
        if is_head:
            if not isinstance(entry, dict) or entry.get("map") != VERSION:
                raise InvalidArgumentError(f"map={str(self.path)!r}: is not a map of ids: give another file")
            for name in ("source", "target"):
                if entry.get(name) != self._head[name]:
                    raise InvalidArgumentError(
                        f"map={str(self.path)!r}: is of another {name}: {entry.get(name)}, not {self._head[name]}"
                    )
        elif entry is not None:
            if not isinstance(entry, dict) or not all(
                isinstance(entry.get(name), kind)
                for name, kind in (("id", str), ("new_id", str), ("uploaded", str | None))
            ):
                raise InvalidArgumentError(f"map={str(self.path)!r}: has a line that is not one of a map: {line!r}")
            values = (entry["id"], entry["new_id"], entry.get("uploaded"))
            self._found.execute("INSERT OR REPLACE INTO map VALUES (?, ?, ?)", *values)


def _line(entry: object) -> bytes:
    return json.dumps(entry, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
