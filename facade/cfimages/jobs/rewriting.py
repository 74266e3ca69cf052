"""Replace the paths of the files of a sync in texts by their delivery URLs."""

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

import attrs

from cfimages.jobs.addresses import addresses
from cfimages.jobs.url_map import not_a_map, read_lines


@attrs.frozen
class Rewriter:
    """Replace paths of files in texts with the delivery URLs of their images."""

    folder: Path
    """The folder of the files."""
    urls: dict[str, str] = attrs.field(repr=False)
    """The URL of each file, by its path relative to the folder."""
    root: Path | None = None
    """The folder of addresses that begin with a slash; None leaves such addresses alone."""

    @classmethod
    def of(cls, file: str | os.PathLike[str], *, root: str | os.PathLike[str] | None = None) -> "Rewriter":
        """Read a map written by `write_url_map`.

        Args:
            file: The map.
            root: The folder of addresses that begin with a slash; None leaves such addresses alone.

        Raises:
            InvalidArgumentError: The file is not one of `write_url_map`.
            OSError: It cannot be read.
        """
        lines = list(read_lines("file", Path(file)))
        if not lines:
            raise not_a_map("file", Path(file))
        head, *entries = lines
        urls = {entry["path"]: entry["url"] for entry in entries if entry.get("url") is not None}
        return cls(Path(head["folder"]), urls, None if root is None else Path(root).absolute())

    def rewritten(self, text: str, path: str | os.PathLike[str]) -> str:
        """Return a text with URLs in place of paths.

        A path is the destination of a Markdown link, image or reference definition, the value of an attribute, or in
        quotes, parentheses or angle brackets. It is relative to the text, or to the root. It may be percent-encoded.
        Paths with a query or a fragment stay as they are, and so do `alt`, `title`, and fenced and inline code in
        Markdown. `left` returns other addresses that stay.

        Args:
            text: Markdown, HTML, CSS, JSON or the like.
            path: Where the text is. Its suffix, such as `.md`, says whether it is Markdown.
        """
        place = Path(path).absolute().parent
        parts: list[str] = []
        end = 0
        for start, stop in addresses(text, path):
            if start >= end and (url := self._url_of(text[start:stop], place)) is not None:
                parts += text[end:start], url
                end = stop
        return "".join((*parts, text[end:]))

    def left(self, text: str, path: str | os.PathLike[str]) -> list[str]:
        """Return the addresses that look like files of the folder but have no URL, in the order of the text.

        They lead into the folder and have the suffix of one of its files, such as `.png`. A query or a fragment may
        follow.

        Args:
            text: As for `rewritten`, before or after it.
            path: Where the text is.
        """
        place = Path(path).absolute().parent
        suffixes = {PurePosixPath(name).suffix.lower() for name in self.urls} - {""}
        found = (text[start:stop] for start, stop in addresses(text, path))
        return [
            address
            for address in found
            if PurePosixPath(re.split("[?#]", address)[0]).suffix.lower() in suffixes
            and self._url_of(address, place) is None
            and any(not name.startswith("../") for name in self._names(address, place))
        ]

    def _url_of(self, address: str, place: Path) -> str | None:
        return next((self.urls[name] for name in self._names(address, place) if name in self.urls), None)

    def _names(self, address: str, place: Path) -> Iterator[str]:
        """Yield the paths, relative to the folder, that an address can stand for."""
        base = self.root if address.startswith("/") else place
        if base is None:
            return
        for name in (address, unquote(address)):
            full = os.path.normpath(base / name.lstrip("/"))
            yield os.path.relpath(full, self.folder).replace(os.sep, "/")
