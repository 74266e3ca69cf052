"""What was found, as text for people and as JSON for machines."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .comparison import ABSENT, BREAKING, COSMETIC, EXISTENCE, NEW, Difference
from .deviations import Deviations, Judged, Matcher
from .loading import Document
from .paste import Paste, Paster

MOST_PLACES = 5
FOR_ALL = {"security", "server"}
"""What is said once for all operations."""
HEADINGS = {BREAKING: "Breaking for callers", NEW: "New", COSMETIC: "Cosmetic"}


@dataclass(frozen=True)
class Finding:
    """Differences that are one, since both documents write them once and use them at several places."""

    difference: Difference
    places: list[str]
    outdated: Matcher | None
    """The entry that explains another value."""

    @property
    def title(self) -> str:
        """What differs."""
        it = self.difference
        if it.attribute == EXISTENCE:
            return f"{it.kind} {'vanished' if it.published == ABSENT else 'appeared'}"
        title = it.attribute if it.kind in (it.attribute, "deprecation") else f"{it.kind} ({it.attribute})"
        before, after = it.values
        if self.outdated and not self.outdated.is_published(it):
            before = self.outdated.published
        if not isinstance(before, list) or not isinstance(after, list):
            return f"{title}: {_say(before)} → {_say(after)}"
        gone = [f"- {_say(value)}" for value in before if value not in after]
        come = [f"+ {_say(value)}" for value in after if value not in before]
        return f"{title}: {', '.join([*gone, *come])}"


class Report:
    """Everything about one comparison."""

    def __init__(
        self,
        ours: Document,
        published: Document,
        deviations: Deviations,
        judged: Judged,
        paster: Paster,
        shares: Mapping[str, int],
    ) -> None:
        self.ours = ours
        self.published = published
        self.deviations = deviations
        self.judged = judged
        self.paster = paster
        self.shares = shares
        """At how many places each part of openapi.yaml is compared."""
        self.alike = Counter(_change(difference) for difference, _ in judged.unexplained)
        self.findings = sorted(_findings(judged), key=lambda finding: [*HEADINGS].index(finding.difference.severity))

    @property
    def clean(self) -> bool:
        """Whether there is nothing to do, and everything could be compared."""
        return not self.findings and not self.judged.stale and not self.published.warnings

    def text(self) -> str:
        """For people."""
        return "\n".join([*self._text(), ""])

    def json(self) -> str:
        """For machines."""
        whole = {
            "published": self.published.name,
            "differences": [self._finding(finding) for finding in self.findings],
            "stale": [
                {"line": m.line, "at": m.at, "attribute": m.attribute, "published": m.published, "reason": m.reason}
                for m in self.judged.stale
            ],
            "explained": len(self.judged.explained),
            "warnings": self.published.warnings,
        }
        return json.dumps(whole, indent=2, ensure_ascii=False, default=str) + "\n"

    def _finding(self, finding: Finding) -> dict[str, Any]:
        it = finding.difference
        return {
            "severity": it.severity,
            "kind": it.kind,
            "attribute": it.attribute,
            "ours": it.ours,
            "published": it.published,
            "places": finding.places,
            "openapi": {"pointer": it.our_pointer, "line": self._line(it.our_pointer)},
            "published_pointer": it.published_pointer,
            "paste": [
                {"pointer": paste.pointer, "line": self._line(paste.pointer), "yaml": paste.yaml}
                for paste in self._pastes(finding)
            ],
            "advice": self._advice(finding),
            "deviation_line": finding.outdated.line if finding.outdated else None,
        }

    def _text(self) -> Iterator[str]:
        spec = Path(self.ours.name).name
        yield f"{spec} against {self.published.name}"
        yield (
            f"{len(self.findings)} unexplained, {len(self.judged.stale)} stale; "
            f"{len(self.judged.explained)} differences are explained by {Path(self.deviations.name).name}"
        )
        if self.published.warnings:
            yield f"\nCannot be read, and is left out of the comparison ({len(self.published.warnings)})"
        yield from (f"  {warning}" for warning in self.published.warnings)
        for severity, heading in HEADINGS.items():
            found = [finding for finding in self.findings if finding.difference.severity == severity]
            if found:
                yield f"\n{heading} ({len(found)})"
            for finding in found:
                yield from self._lines(finding, spec)
        if self.judged.stale:
            yield f"\nStale in {self.deviations.name}: nothing differs there any more ({len(self.judged.stale)})"
        for matcher in self.judged.stale:
            yield f"\n  line {matcher.line}: {matcher.at}"
            yield f"    {_expected(matcher)} ({matcher.reason})"

    def _lines(self, finding: Finding, spec: str) -> Iterator[str]:
        it = finding.difference
        yield f"\n  {finding.title}"
        yield from (f"    {place}" for place in finding.places[:MOST_PLACES])
        if (more := len(finding.places) - MOST_PLACES) > 0:
            yield f"    … and {more} more"
        missing = ", which does not have it" if it.our_node is None else ""
        yield f"    ours:      {spec}:{self._line(it.our_pointer)} {it.our_pointer}{missing}"
        yield f"    published: {it.published_pointer or 'not there'}"
        if finding.outdated:
            expected = _expected(finding.outdated, it)
            yield f"    {Path(self.deviations.name).name}:{finding.outdated.line} explains only: {expected}"
            yield f"    ours says: {_say(it.ours)}"
        yield from (f"    {advice}" for advice in self._advice(finding))
        for paste in self._pastes(finding):
            yield f"    add within {spec}:{self._line(paste.pointer)} {paste.pointer}"
            yield from (f"    | {line}" for line in paste.yaml.splitlines())

    def _pastes(self, finding: Finding) -> list[Paste]:
        """What to add to openapi.yaml, if it is new and adding it changes nothing else."""
        return [] if finding.outdated or self._others(finding) else self.paster.pastes(finding.difference)

    def _advice(self, finding: Finding) -> list[str]:
        """What to mind when openapi.yaml is edited: where else a part of it is used."""
        it = finding.difference
        component = re.match("#/components/([^/]+/[^/]+)", it.our_pointer)
        if finding.outdated or not component or it.attribute in FOR_ALL:
            return []
        name, shared, places = component[1], self.shares[it.our_pointer], self._alike(finding)
        advice = []
        if self._others(finding):
            advice = [
                f"{name} is used at {shared} places, {places} of which differ so: an edit of it changes the others too"
            ]
        elif shared > 1:
            advice = [f"{name} is used at {shared} places, and all of them differ so: edit it there"]
        node = it.published_node
        if it.attribute == EXISTENCE and node and node.label.startswith(".") and node.facts.get("required"):
            advice.append(f"it is required: add {node.label[1:]} to `required`, too")
        return advice

    def _others(self, finding: Finding) -> int:
        """How many places an edit would change besides those that differ."""
        return max(0, self.shares[finding.difference.our_pointer] - self._alike(finding))

    def _alike(self, finding: Finding) -> int:
        """How many places differ in this way, in requests and in answers."""
        return self.alike[_change(finding.difference)]

    def _line(self, pointer: str) -> int | None:
        """The line of a pointer, or of the nearest thing around it that is there."""
        lines = self.ours.lines
        while pointer not in lines and "/" in pointer:
            pointer = pointer.rpartition("/")[0]
        return lines.get(pointer)


def _change(it: Difference) -> tuple[str, ...]:
    """What makes two differences the same edit of openapi.yaml."""
    new = it.published_node.label if it.our_node is None and it.published_node else ""
    return it.our_pointer, new, it.attribute, _say(it.published)


def _findings(judged: Judged) -> Iterator[Finding]:
    found: dict[str, Finding] = {}
    for it, outdated in judged.unexplained:
        where: Any = it.our_pointer if it.our_node else (it.our_pointer, it.published_pointer)
        if it.attribute in FOR_ALL:
            where = None
        said = [it.severity, it.kind, it.attribute, it.ours, it.published, where]
        finding = found.setdefault(json.dumps(said, default=str), Finding(it, [], outdated))
        finding.places.append(it.place)
    yield from found.values()


def _expected(matcher: Matcher, difference: Difference | None = None) -> str:
    """What an entry explains; of a difference that is not it, the side that is another."""
    said = "" if matcher.attribute == EXISTENCE else f"{matcher.attribute} "
    if difference and matcher.is_published(difference):
        return f"ours {said}{_say(matcher.ours)}"
    return f"published {said}{_say(matcher.published)}"


def _say(value: Any) -> str:
    if value is None:
        return "nothing"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
