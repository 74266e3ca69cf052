"""Replace the paths of the files of a sync in texts by their delivery URLs."""

import os
import re
from pathlib import Path
from urllib.parse import unquote

import attrs

from cfimages.jobs.url_map import read_lines

QUOTED = re.compile(r"""(?<=["'(<])[^"'()<>\r\n]+(?=["')>])""")
"""What stands in quotes, parentheses or angle brackets: where Markdown, HTML, CSS and JSON have addresses."""
SRCSET = re.compile(r"""(?<=srcset=["'])[^"']+(?=["'])""", re.IGNORECASE)
PROSE = re.compile(r"""\b(?:alt|title|aria-label)\s*=\s*["']$""", re.IGNORECASE)
"""What comes before a text that is no address."""
BEFORE = 20
"""Characters in which that is looked for."""


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
            InvalidArgumentError: The file is not one of `write_url_map`.
            OSError: It cannot be read.
        """
        head, *entries = read_lines("file", Path(file))
        urls = {entry["path"]: entry["url"] for entry in entries if entry.get("url") is not None}
        return cls(Path(head["folder"]), urls, None if root is None else Path(root).absolute())

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
