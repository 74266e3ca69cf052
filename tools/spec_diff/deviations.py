"""The differences that are kept on purpose: spec-deviations.yml."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from .comparison import ABSENT, EMPTY, EXISTENCE, PRESENT, Difference
from .loading import InputError, line_numbers, parse, read_file, shorten

TEXT = {"type": "string", "minLength": 1}
PLACES = {"anyOf": [TEXT, {"type": "array", "items": TEXT, "minItems": 1, "uniqueItems": True}]}
VALUES = {"type": "object", "minProperties": 1}
SAYS = {"anyOf": [{"enum": [PRESENT, EMPTY, ABSENT]}, VALUES]}
WHY = {"reason": TEXT, "source": TEXT}


OUTSIDE = {
    "type": "object",
    "properties": {"at": PLACES, **WHY},
    "required": ["at", *WHY],
    "additionalProperties": False,
}


SCHEMA = {
    "type": "object",
    "required": ["deviations"],
    "additionalProperties": False,
    "properties": {
        "outside": {"type": "array", "items": OUTSIDE},
        "deviations": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"at": PLACES, "published": SAYS, "ours": VALUES, **WHY},
                "required": ["at", "published", *WHY],
                "additionalProperties": False,
            },
        },
    },
}


@dataclass(frozen=True)
class Matcher:
    """One place pattern and one thing that both documents say there, of one entry."""

    line: int
    at: str
    attribute: str
    published: Any
    ours: Any
    """Nothing where something is there in one document only."""
    reason: str

    def concerns(self, difference: Difference) -> bool:
        """Whether it is of this place and attribute, whatever the values."""
        return difference.attribute == self.attribute and _matches(self.at, difference.place)

    def explains(self, difference: Difference) -> bool:
        """Whether it is also of these values."""
        return self.concerns(difference) and self.is_published(difference) and self.is_ours(difference)

    def is_published(self, difference: Difference) -> bool:
        """Whether the published value is the one that the entry expects."""
        return _plain(self.published) == _plain(difference.published)

    def is_ours(self, difference: Difference) -> bool:
        """Whether our value is the one that the entry expects."""
        return self.attribute == EXISTENCE or _plain(self.ours) == _plain(difference.ours)


@dataclass(frozen=True)
class Deviations:
    """All entries of the file."""

    name: str
    outside: tuple[Matcher, ...]
    matchers: tuple[Matcher, ...]

    def counts(self, operation: str) -> bool:
        """Whether an operation is one that the project has to do with."""
        return not any(_matches(entry.at, operation) for entry in self.outside)


@dataclass(frozen=True)
class Judged:
    """What is left of all differences."""

    unexplained: list[tuple[Difference, Matcher | None]]
    """Each with the matcher that explains another value at this place."""
    explained: list[Difference]
    stale: list[Matcher]


def load(path: Path) -> Deviations:
    """The entries of a file. Raises InputError if it cannot be read or is not of its form."""
    text = read_file(path)
    contents = parse(text, str(path))
    if problem := best_match(Draft202012Validator(SCHEMA).iter_errors(contents)):
        place = "/".join(map(str, problem.absolute_path))
        raise InputError(f"{path}: #/{place}: {shorten(problem.message)}")
    lines = line_numbers(text)
    for index, entry in enumerate(contents["deviations"]):
        published, ours = (entry.get(side) for side in ("published", "ours"))
        if isinstance(published, dict) and (not ours or ours.keys() != published.keys()):
            names = ", ".join(published)
            raise InputError(f"{path}: #/deviations/{index}: `ours` has to say the same as `published`: {names}")
    matchers = [
        Matcher(lines[f"#/deviations/{index}"], at, attribute, *values, entry["reason"])
        for index, entry in enumerate(contents["deviations"])
        for at in _list(entry["at"])
        for attribute, values in _said(entry["published"], entry.get("ours"))
    ]
    outside = [
        Matcher(lines[f"#/outside/{index}"], at, EXISTENCE, PRESENT, None, entry["reason"])
        for index, entry in enumerate(contents.get("outside", ()))
        for at in _list(entry["at"])
    ]
    return Deviations(str(path), tuple(outside), tuple(matchers))


def judge(differences: Iterable[Difference], deviations: Deviations, operations: Iterable[str]) -> Judged:
    """Which differences are kept on purpose, which are not, and which entries have nothing left to explain.

    What is reported as gone takes its entries with it: they are not reported as well. Where an entry explains another
    published value, that is what was published before, and the change is weighed from there. `operations` are those
    that are published.
    """
    judged = Judged([], [], [])
    used = set()
    gone: set[str] = set()
    for difference in differences:
        near = [matcher for matcher in deviations.matchers if matcher.concerns(difference)]
        used |= {id(matcher) for matcher in near}
        if any(matcher.explains(difference) for matcher in near):
            judged.explained.append(difference)
        else:
            outdated = next(
                (matcher for matcher in near if matcher.is_published(difference)), near[0] if near else None
            )
            severity = difference.severity
            if outdated and not outdated.is_published(difference):
                severity = difference.since(outdated.published)
            judged.unexplained.append((replace(difference, severity=severity), outdated))
            gone |= {*difference.gone}
    unused = (matcher for matcher in deviations.matchers if id(matcher) not in used)
    judged.stale.extend(matcher for matcher in unused if not any(_matches(matcher.at, place) for place in gone))
    published = [*operations]
    judged.stale.extend(e for e in deviations.outside if not any(_matches(e.at, label) for label in published))
    return judged


def _matches(pattern: str, place: str) -> bool:
    """Whether a place is one of a pattern, whatever the path parameters are called."""
    pattern, place = (re.sub(r"\{[^{}]*\}", "{}", text) for text in (pattern, place))
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), place) is not None


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _said(published: str | dict[str, Any], ours: dict[str, Any] | None) -> list[tuple[str, tuple[Any, Any]]]:
    """Both values of each attribute."""
    if isinstance(published, str):
        return [(EXISTENCE, (published, None))]
    return [(attribute, (value, (ours or {})[attribute])) for attribute, value in published.items()]


def _plain(value: Any) -> str:
    """A value as a text to compare, so that true is not 1, and a list is in any order."""
    return json.dumps(sorted(value, key=json.dumps) if isinstance(value, list) else value, sort_keys=True)
