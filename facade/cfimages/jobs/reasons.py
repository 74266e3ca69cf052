"""Why items were skipped, failed or are in doubt: counted by reason, with the first items of each."""

import json
import re
from bisect import insort
from collections.abc import Iterable
from urllib.parse import quote

import attrs

from cfimages.jobs.records import State

FIRST = 3
"""How many items are named for each reason."""
RAY = re.compile(r" \[cf-ray [^\]]*\]")
UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)
PATH = re.compile(r"'/[^']*'")
"""A path as the errors of the operating system show it."""

Row = tuple[State, str, int, int, str, str | None, str | None]
"""State, reason, count, number, key and id of the first item, and what `FirstKeys` gives."""


@attrs.frozen
class Reason:
    """A reason that items have in common."""

    state: State
    text: str
    count: int
    keys: tuple[str, ...] = ()
    """The first items, where it helps to know them."""


class FirstKeys:
    """An aggregate function of SQLite: the first keys by their numbers, as JSON."""

    def __init__(self) -> None:
        self._first: list[tuple[int, str]] = []

    def step(self, number: int, key: str) -> None:
        """Take an item."""
        if len(self._first) < FIRST or number < self._first[-1][0]:
            insort(self._first, (number, key))
            del self._first[FIRST:]

    def finalize(self) -> str:
        """Return pairs of number and key."""
        return json.dumps(self._first)


class _Group:
    def __init__(self, text: str) -> None:
        self.text = text
        self.count = 0
        self.variants = 0
        self.first: list[tuple[int, str]] = []

    def take(self, count: int, first: list[tuple[int, str]]) -> None:
        self.count += count
        self.variants += 1
        self.first = sorted([*self.first, *first])[:FIRST]


def grouped(rows: Iterable[Row]) -> list[Reason]:
    """Return the reasons, the most frequent first. Those that differ only in what they name become one."""
    groups: dict[tuple[State, str], _Group] = {}
    for state, text, count, _, key, image, first in rows:
        general = without_names(text, key, image)
        group = groups.setdefault((state, general), _Group(text))
        group.take(count, [(number, name) for number, name in json.loads(first or "[]")])
    reasons = [
        Reason(state, group.text if group.variants == 1 else general, group.count, tuple(key for _, key in group.first))
        for (state, general), group in groups.items()
    ]
    return sorted(reasons, key=lambda reason: (-reason.count, reason.state, reason.text))


def without_names(reason: str, key: str, image: str | None) -> str:
    """Return a reason without the names of its item, so that it can be compared with those of others.

    >>> without_names("GET /accounts/a/images/v1/pets%2Fcat/blob: no answer [cf-ray 8f]", "pets/cat", None)
    'GET /accounts/a/images/v1/…/blob: no answer'
    >>> without_names("its id is taken by another image", "image", None)
    'its id is taken by another image'
    >>> without_names("[Errno 28] No space left on device: '/srv/out/ab/one.png'", "one", None)
    "[Errno 28] No space left on device: '…'"
    """
    for name in filter(None, (key, image)):
        for form in dict.fromkeys((quote(name, safe=""), quote(name), name)):
            reason = _without(reason, form)
    return PATH.sub("'…'", UUID.sub("…", RAY.sub("", reason)))


def _without(reason: str, name: str) -> str:
    """Leave out a name where it is a part of an address, is quoted, or stands between colons; not any word like it."""
    at = reason.find(name)
    while at >= 0:
        end = at + len(name)
        before, behind = reason[:at], reason[end:]
        is_part = (not before or before[-1] in "/'\"") and (not behind or behind[0] in "/:?'\" ")
        if is_part or (before.endswith(": ") and behind.startswith(":")):
            reason, end = f"{before}…{behind}", at + 1
        at = reason.find(name, end)
    return reason
