"""References to images: everything in texts that may be an id, looked up by id.

In doubt, a text counts as a reference: it is safer to keep an image too many.
"""

import hashlib
import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from urllib.parse import unquote, unquote_plus
from uuid import UUID

from cfimages.jobs.scratch import Scratch

TOKEN = re.compile(r"[\w.~%@+/-]+")
"""Characters of URLs and ids that need no encoding; all others are separators."""
PLAIN = re.compile(r"[\w.~@+/-]+")
"""Ids that are found as tokens. Others are searched for in all of the texts."""
A_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
"""Ids that the service made, also in the forms that databases and programs write."""
AROUND = "_.~@+-"
"""Characters that may surround an id."""
MOST_SEGMENTS = 16
"""Addresses with more parts than this are searched instead of taken apart."""
FORMS = 3
"""How many times what a text says may be encoded: JSON in HTML, an address within another, ..."""
ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
BLANKS = dict.fromkeys("bfnrt", " ")
"""What JSON writes with a backslash and a letter."""


class Found:
    """References, in a temporary database, so that they take no memory. Any thread may use it."""

    def __init__(self) -> None:
        self._found = Scratch(
            "CREATE TABLE tokens (token TEXT PRIMARY KEY) WITHOUT ROWID",
            "CREATE TABLE texts (text TEXT)",
            "CREATE TABLE addresses (address TEXT)",
        )
        self._sum = 0
        self.places = 0
        """How many files, lists, queries and programs were read."""

    def value(self, value: str) -> None:
        """Add a value: an id, a URL, or a text with some."""
        self._add({value, value.strip()})
        self.text(value)

    def text(self, text: str) -> None:
        """Add a text."""
        self._sum += int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
        tokens: set[str] = set()
        long: set[str] = set()
        forms = set(map(_normal, _forms(text)))
        for form in forms:
            tokens.update(map(_uuid, A_UUID.findall(form)))
            for token in TOKEN.findall(form):
                parts = token.split("/")
                tokens.update(parts)
                tokens.update(part.strip(AROUND) for part in parts)
                if len(parts) <= MOST_SEGMENTS:
                    tokens.update(_runs(parts))
                else:
                    long.add(token)
        self._add(tokens)
        self._found.execute_all("INSERT INTO texts VALUES (?)", ((form,) for form in forms))
        self._found.execute_all("INSERT INTO addresses VALUES (?)", ((token,) for token in long))

    def count(self) -> int:
        """Return how many different tokens may be ids."""
        return self._found.count("tokens")

    def digest(self) -> str:
        """Return a hash of these texts, which does not depend on their order."""
        return f"{self._sum % (1 << 256):064x}"

    def has(self, image_id: str) -> bool:
        """Whether there is a reference to an image."""
        wanted = _normal(image_id)
        queries = ["SELECT 1 FROM tokens WHERE token = ?"]
        if "/" in wanted:
            queries.append("SELECT 1 FROM addresses WHERE instr(address, ?) LIMIT 1")
        if not PLAIN.fullmatch(wanted) or wanted.strip(AROUND) != wanted:
            queries.append("SELECT 1 FROM texts WHERE instr(text, ?) LIMIT 1")
        if A_UUID.fullmatch(wanted) and self._found.first(queries[0], _uuid(wanted)):
            return True
        return any(self._found.first(query, wanted) for query in queries)

    def _add(self, tokens: set[str]) -> None:
        self._found.execute_all(
            "INSERT OR IGNORE INTO tokens VALUES (?)", ((_normal(token),) for token in tokens if token)
        )


def _uuid(text: str) -> str:
    """Return a UUID in the form of the service: in lower case, with hyphens."""
    return str(UUID(text.replace("-", "")))


def _runs(parts: list[str]) -> Iterator[str]:
    """Yield what an address may have as an id with slashes: some of its parts that follow each other."""
    for first in range(len(parts)):
        for last in range(first + 2, len(parts) + 1):
            run = "/".join(parts[first:last])
            yield run
            yield run.strip(AROUND)


def _forms(text: str) -> Iterator[str]:
    """Yield a text as it is, and as it is when what HTML, JSON or addresses encode is decoded, in any order."""
    forms = {text}
    for _ in range(FORMS):
        yield from forms
        forms = {decoded for form in forms for decode in DECODERS if (decoded := decode(form)) != form}


def _unescaped(text: str) -> str:
    """Decode what JSON escapes."""
    if "\\" not in text:
        return text
    decoded = ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else BLANKS.get(found[2], found[2]), text)
    return decoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # joins what JSON writes as pairs


DECODERS: tuple[Callable[[str], str], ...] = (html.unescape, _unescaped, unquote, unquote_plus)


def _normal(text: str) -> str:
    """Return a text in the form that all have here. Half of a pair of surrogates is no text for SQLite."""
    return unicodedata.normalize("NFC", text).encode("utf-8", "replace").decode()
