"""Where the files of a sync are delivered, and texts that refer to the files, rewritten so that they refer to that."""

import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote

import attrs

from cfimages import CloudflareImages, InvalidArgumentError, account_hash_of, delivery_url
from cfimages.jobs.journal import Journal, JournalPath
from cfimages.jobs.kinds.upload import THERE
from cfimages.jobs.originals import sync_folder
from cfimages.jobs.reading import walk
from cfimages.jobs.records import Item

VERSION = 1
QUOTED = re.compile(r"""(?<=["'(<])[^"'()<>\r\n]+(?=["')>])""")
"""What stands in quotes, parentheses or angle brackets: where Markdown, HTML, CSS and JSON have addresses."""
SRCSET = re.compile(r"""(?<=srcset=["'])[^"']+(?=["'])""", re.IGNORECASE)
PROSE = re.compile(r"""\b(?:alt|title|aria-label)\s*=\s*["']$""", re.IGNORECASE)
"""What comes before a text that is no address."""
BEFORE = 20
"""Characters in which that is looked for."""


def write_url_map(
    images: CloudflareImages, path: JournalPath, file: str | os.PathLike[str], *, variant: str = "public"
) -> int:
    """Write where the files of a sync are delivered, for `Rewriter`. One request is sent.

    The file has a JSON line for each file that is in the account: `path`, `id`, `url`. The first line has the folder.

    Args:
        images: A client of the account.
        path: The journal of the sync.
        file: Where to write. It is written completely or not at all.
        variant: The variant of the URLs.

    Returns:
        How many files it has.

    Raises:
        InvalidArgumentError: The journal is not that of a sync, or the variant is not the name of one.
        JournalError: The journal cannot be read.
        APIError: The service cannot be reached, or refuses.
        OSError: The file cannot be written.
    """
    target = Path(file)
    part = target.with_name(f".{target.name}.part")
    with Journal.open(Path(path)) as journal:
        if journal.job.kind != "sync":
            raise InvalidArgumentError(f"path={str(path)!r}: is the journal of another kind of job: {journal.job.kind}")
        try:
            with part.open("w", encoding="utf-8") as lines:
                count = 0
                lines.write(json.dumps({"urls": VERSION, "folder": journal.job.arguments["folder"]}) + "\n")
                for entry in _entries(images, walk(journal, ("done", "skipped")), variant):
                    lines.write(json.dumps(entry) + "\n")
                    count += 1
                lines.flush()
                os.fsync(lines.fileno())
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    sync_folder(target.resolve().parent)
    return count


def _entries(images: CloudflareImages, items: Iterable[Item], variant: str) -> Iterator[dict[str, str]]:
    account_hash = None
    for item in items:
        if item.image is None or item.reason not in (None, THERE):
            continue
        if account_hash is None:
            account_hash = account_hash_of(images.get(item.image).url(variant))
        yield {"path": item.key, "id": item.image, "url": delivery_url(account_hash, item.image, variant)}


@attrs.frozen
class Rewriter:
    """Rewrites texts that refer to files, so that they refer to the delivery URLs of their images."""

    folder: Path
    """The folder of the files."""
    urls: dict[str, str] = attrs.field(repr=False)
    """The URL of each file, by its path relative to the folder."""
    root: Path | None = None
    """Where addresses that begin with a slash lead; None leaves these alone."""

    @classmethod
    def of(cls, file: str | os.PathLike[str], *, root: str | os.PathLike[str] | None = None) -> "Rewriter":
        """Read what `write_url_map` has written.

        Args:
            file: That file.
            root: Where addresses that begin with a slash lead; None leaves these alone.

        Raises:
            InvalidArgumentError: It is another file.
            OSError: It cannot be read.
        """
        try:
            head, *entries = map(json.loads, Path(file).read_text("utf-8").splitlines())
            if head["urls"] != VERSION:
                raise ValueError
            folder, urls = Path(head["folder"]), {str(entry["path"]): str(entry["url"]) for entry in entries}
        except (ValueError, KeyError, TypeError):
            raise InvalidArgumentError(f"file={str(file)!r}: is not what write_url_map has written") from None
        return cls(folder, urls, None if root is None else Path(root).absolute())

    def rewritten(self, text: str, path: str | os.PathLike[str]) -> str:
        """Return a text with URLs in place of paths.

        A path stands in quotes, parentheses or angle brackets, and is relative to the text, or to the root. It may be
        encoded as in an address. One with a query or a fragment is left alone, and so is what `alt` and `title` say.

        Args:
            text: Markdown, HTML, CSS, JSON or the like.
            path: Where the text is.
        """
        place = Path(path).absolute().parent

        def quoted(found: re.Match[str]) -> str:
            if PROSE.search(text, max(0, found.start() - BEFORE), found.start()):
                return found[0]
            return self._replaced(found[0], place)

        def listed(found: re.Match[str]) -> str:
            return re.sub(r"[^\s,]+", lambda one: self._replaced(one[0], place), found[0])

        return SRCSET.sub(listed, QUOTED.sub(quoted, text))

    def _replaced(self, given: str, place: Path) -> str:
        address = given.strip()
        base = self.root if address.startswith("/") else place
        if base is None:
            return given
        for name in (address, unquote(address)):
            full = os.path.normpath(base / name.lstrip("/"))
            if (url := self.urls.get(os.path.relpath(full, self.folder).replace(os.sep, "/"))) is not None:
                return given.replace(address, url)
        return given
