"""A file of JSON lines with the delivery URLs of a sync's files, and hashes for which metadata has no room."""

import json
import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Self

from cfimages import CloudflareImages, Image, InvalidArgumentError
from cfimages.jobs.journal import Journal, JournalPath
from cfimages.jobs.mapping import append, line_of, may_be_cut
from cfimages.jobs.reading import walk
from cfimages.jobs.records import THERE, Item, Json
from cfimages.jobs.replacing import replacing
from cfimages.jobs.scratch import Scratch

VERSION = 2
_BEGIN = b'{"urls":2,"folder":'
"""How every head begins."""


class UrlMap:
    """A file with a line for each file of a folder: `path`, `id`, `url`, `sha256`.

    The first line, the head, names the folder and the account; a second process may have written it again. If a full
    disk or a power failure has cut it off, another one follows. Lines of
    images whose metadata has no room for the hash have `uploaded` too: the hash is good for that upload only. Such
    lines are appended as soon as an image is there, still without `url`; later lines replace earlier ones. Any thread
    may use it.
    """

    def __init__(self, file: Path, folder: str, account: str) -> None:
        self._file = file
        self._head = {"urls": VERSION, "folder": folder, "account": account}
        self._lock = threading.Lock()
        self._has_head = False
        self._found = Scratch(
            "CREATE TABLE hashes (id TEXT PRIMARY KEY, path TEXT, sha256 TEXT, uploaded TEXT) WITHOUT ROWID"
        )

    def read(self) -> Self:
        """Read the hashes. Raises InvalidArgumentError if the file is of something else, and OSError."""
        if not self._file.exists():
            return self
        entries = read_lines("map", self._file)
        head = next(entries, None)
        if head is None:
            return self
        self._has_head = True
        for name in ("folder", "account"):
            if head.get(name) != self._head[name]:
                raise InvalidArgumentError(
                    f"map={str(self._file)!r}: is of another {name}: {head.get(name)}, not {self._head[name]}"
                )
        for entry in entries:
            if entry.get("uploaded") is not None:
                self._take(entry["path"], entry["id"], entry["sha256"], entry["uploaded"])
        return self

    def sha256_of(self, record: Json) -> str | None:
        """Return the hash of an image, if the file has it for this upload."""
        found = self._found.first("SELECT sha256, uploaded FROM hashes WHERE id = ?", record["id"])
        return found[0] if found is not None and found[1] == record.get("uploaded") else None

    def add(self, path: str, sha256: str, record: Json) -> None:
        """Keep the hash of an image. It is on the disk when this returns. Raises OSError."""
        if self.sha256_of(record) == sha256:
            return
        entry = {"path": path, "id": record["id"], "url": None, "sha256": sha256, "uploaded": record.get("uploaded")}
        with self._lock:
            has_head = self._has_head and self._file.exists()
            append(self._file, (b"" if has_head else line_of(self._head)) + line_of(entry))
            self._has_head = True
        self._take(path, record["id"], sha256, record.get("uploaded"))

    def replace(self, entries: Iterable[Json]) -> int:
        """Write the file anew, and return how many entries were given. Hashes of other images stay. Raises OSError."""
        count = 0
        with replacing(self._file) as part, part.open("wb") as lines:
            lines.write(line_of(self._head))
            for entry in entries:
                key = (entry["id"], entry["sha256"])
                hashed = self._found.first("SELECT uploaded FROM hashes WHERE id = ? AND sha256 = ?", *key)
                self._found.execute("DELETE FROM hashes WHERE id = ? AND sha256 = ?", *key)
                lines.write(line_of({**entry, **({"uploaded": hashed[0]} if hashed else {})}))
                count += 1
            for path, image_id, sha256, uploaded in self._found.all("SELECT path, id, sha256, uploaded FROM hashes"):
                kept = {"path": path, "id": image_id, "url": None, "sha256": sha256, "uploaded": uploaded}
                lines.write(line_of(kept))
        return count

    def _take(self, *entry: str | None) -> None:
        self._found.execute("INSERT OR REPLACE INTO hashes (path, id, sha256, uploaded) VALUES (?, ?, ?, ?)", *entry)


def read_lines(name: str, file: Path) -> Iterator[Json]:
    """Yield the head and the entries of a map. A line that was cut off is ignored, and so is the head.

    Raises InvalidArgumentError, which names the argument, if the file is something else; and OSError.
    """
    refused = not_a_map(name, file)
    head: Json | None = None
    with file.open("rb") as lines:
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:
                if head is None and not may_be_cut(line, _BEGIN):
                    raise refused from None
                continue
            if not isinstance(entry, dict) or (entry != head and not _is_right(entry, is_head=head is None)):
                raise refused
            if entry != head:  # else another process has written it too
                yield entry
            head = head or entry


def not_a_map(name: str, file: Path) -> InvalidArgumentError:
    """Return the error for an argument whose file is none of `write_url_map`."""
    return InvalidArgumentError(f"{name}={str(file)!r}: is not what write_url_map has written")


def write_url_map(
    images: CloudflareImages, path: JournalPath, file: str | os.PathLike[str], *, variant: str = "public"
) -> int:
    """Write a map with the delivery URLs of a sync's files, for `Rewriter`. It sends one request.

    The file has a JSON line for each file that is in the account: `path`, `id`, `url`, `sha256`. The first line has the
    folder and the account. If the file has hashes of other images, they stay in it, without a `url`.

    Args:
        images: A client of the account.
        path: The journal of the sync.
        file: The map. It is written completely or not at all.
        variant: The variant of the URLs.

    Returns:
        How many files are in the account.

    Raises:
        InvalidArgumentError: The journal is not that of a sync, the variant name is invalid, or the file is not a map
            of this folder and account.
        JournalError: The journal cannot be read.
        APIError: The service cannot be reached, or refuses.
        OSError: The file cannot be written.
    """
    with Journal.open(Path(path)) as journal:
        job = journal.job
        if job.kind != "sync":
            raise InvalidArgumentError(f"path={str(path)!r}: is the journal of another kind of job: {job.kind}")
        urls = UrlMap(Path(file), job.arguments["folder"], job.account).read()
        return urls.replace(_entries(images, walk(journal, ("done", "skipped")), variant))


def _entries(images: CloudflareImages, items: Iterable[Item], variant: str) -> Iterator[Json]:
    variants = None
    for item in items:
        if item.image is None or item.reason not in (None, THERE):
            continue
        if variants is None:
            variants = images.get(item.image).variants
        url = Image(item.image, variants=variants).url(variant)
        yield {"path": item.key, "id": item.image, "url": url, "sha256": (item.before or {})["sha256"]}


def _is_right(line: Json, *, is_head: bool) -> bool:
    if is_head:
        return line.get("urls") == VERSION and isinstance(line.get("folder"), str)
    return all(isinstance(line.get(name), str) for name in ("path", "id", "sha256")) and all(
        isinstance(line.get(name), str | None) for name in ("url", "uploaded")
    )
