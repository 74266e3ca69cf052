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
SAYS = {"anyOf": [{"enum": [PRESENT, EMPTY, ABSENT]}, {"type": "object", "minProperties": 1}]}
WHY = {"reason": TEXT, "source": TEXT}


def _entries(properties: dict[str, Any]) -> dict[str, Any]:
    entry = {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}
    return {"type": "array", "items": entry}


SCHEMA = {
    "type": "object",
    "required": ["deviations"],
    "additionalProperties": False,
    "properties": {
        "outside": _entries({"at": PLACES, **WHY}),
        "deviations": _entries({"at": PLACES, "published": SAYS, **WHY}),
    },
}


@dataclass(frozen=True)
class Matcher:
    """One place pattern and one thing the published document says there, of one entry."""

    line: int
    at: str
    attribute: str
    published: Any
    reason: str

    def concerns(self, difference: Difference) -> bool:
        """Whether it is of this place and attribute, whatever the published value."""
        return difference.attribute == self.attribute and _matches(self.at, difference.place)

    def explains(self, difference: Difference) -> bool:
        """Whether it is also of this value."""
        return self.concerns(difference) and _plain(self.published) == _plain(difference.published)


@dataclass(frozen=True)
class Deviations:
    """All entries of the file."""

    name: str
    outside: tuple[str, ...]
    matchers: tuple[Matcher, ...]

    def counts(self, operation: str) -> bool:
        """Whether an operation is one that the project has to do with."""
        return not any(_matches(pattern, operation) for pattern in self.outside)


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
    matchers = [
        Matcher(lines[f"#/deviations/{index}"], at, attribute, value, entry["reason"])
        for index, entry in enumerate(contents["deviations"])
        for at in _list(entry["at"])
        for attribute, value in _said(entry["published"])
    ]
    outside = tuple(at for entry in contents.get("outside", ()) for at in _list(entry["at"]))
    return Deviations(str(path), outside, tuple(matchers))


def judge(differences: Iterable[Difference], deviations: Deviations) -> Judged:
    """Which differences are kept on purpose, which are not, and which entries have nothing left to explain.

    What is reported as gone takes its entries with it: they are not reported as well. Where an entry explains another
    value, that is what was published before, and the change is weighed from there.
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
            outdated = near[0] if near else None
            severity = difference.since(outdated.published) if outdated else difference.severity
            judged.unexplained.append((replace(difference, severity=severity), outdated))
            gone |= {*difference.gone}
    unused = (matcher for matcher in deviations.matchers if id(matcher) not in used)
    judged.stale.extend(matcher for matcher in unused if not any(_matches(matcher.at, place) for place in gone))
    return judged


def _matches(pattern: str, place: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), place) is not None


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _said(published: str | dict[str, Any]) -> list[tuple[str, Any]]:
    return [(EXISTENCE, published)] if isinstance(published, str) else [*published.items()]


def _plain(value: Any) -> str:
    """A value as a text to compare, so that true is not 1, and a list is in any order."""
    return json.dumps(sorted(value, key=json.dumps) if isinstance(value, list) else value, sort_keys=True)
