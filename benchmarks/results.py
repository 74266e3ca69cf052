"""What was measured: of each section, case and contestant the values of every round."""

import json
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any, Self

from benchmarks.processes import ROOT, Sample

Rows = dict[str, dict[str, dict[str, dict[str, list[float]]]]]
"""Section, case, contestant, metric."""


LAST = ROOT / ".bench" / "results.json"
"""What `make bench` measured last."""

REFERENCE = ROOT / "benchmarks" / "results.json"
"""What docs/performance.md shows."""


class Results:
    """Measured values, and what they were measured on. Ratios are taken within each round."""

    def __init__(self, about: Mapping[str, Any]) -> None:
        self.about = about
        self.rows: Rows = {}

    def add(self, section: str, case: str, who: str, sample: Sample) -> None:
        """Note what one round gave."""
        row = self.rows.setdefault(section, {}).setdefault(case, {}).setdefault(who, {})
        for metric, value in sample.items():
            row.setdefault(metric, []).append(round(value, 3))

    def values(self, section: str, case: str, who: str, metric: str) -> list[float]:
        """The value of each round; none for what was not measured."""
        return self.rows.get(section, {}).get(case, {}).get(who, {}).get(metric, [])

    def median(self, section: str, case: str, who: str, metric: str) -> float | None:
        """The middle value; None for what was not measured."""
        values = self.values(section, case, who, metric)
        return median(values) if values else None

    def ratio(
        self, section: str, case: str, who: str, metric: str, *, to: str, to_case: str | None = None
    ) -> float | None:
        """How many times the value of another contestant, or of another case: the middle of all rounds."""
        above = self.values(section, case, who, metric)
        below = self.values(section, to_case or case, to, metric)
        return median(a / b for a, b in zip(above, below, strict=True)) if above and below else None

    def write(self, file: Path) -> None:
        """Write them as JSON, a row a line."""
        lines = (
            json.dumps([section, case, who, row])
            for section, cases in self.rows.items()
            for case, contestants in cases.items()
            for who, row in contestants.items()
        )
        rows = ",\n".join(lines)
        file.parent.mkdir(exist_ok=True)
        file.write_text(f'{{"about": {json.dumps(self.about)},\n"rows": [\n{rows}\n]}}\n', "utf-8")

    @classmethod
    def read(cls, file: Path) -> Self:
        """What `write` wrote."""
        written = json.loads(file.read_text("utf-8"))
        results = cls(written["about"])
        for section, case, who, row in written["rows"]:
            results.rows.setdefault(section, {}).setdefault(case, {})[who] = row
        return results
