"""docs/performance.md: its tables are written from the results, so that none says what was not measured.

`make performance` takes the results of the last `make bench`. With `--check`: exit 1 if the page is not what the
results in the repository make.
"""

import re
import sys

from benchmarks.goals import GOALS
from benchmarks.processes import ROOT
from benchmarks.results import LAST, REFERENCE, Results
from benchmarks.suite import SECTIONS
from benchmarks.tables import goals_table, section_table

_PAGE = ROOT / "docs" / "performance.md"
_PART = re.compile(r"(<!-- begin (\w+) -->\n).*?(<!-- end \2 -->)", re.DOTALL)


def rendered(page: str, results: Results) -> str:
    """The page with all its parts written anew."""
    return _PART.sub(lambda found: f"{found[1]}{_part(found[2], results)}\n{found[3]}", page)


def _part(name: str, results: Results) -> str:
    if name == "goals":
        return goals_table(results)
    if name == "about":
        about = results.about
        packages = ", ".join(f"{package} {version}" for package, version in about["packages"].items())
        return f"{about['system']}, {about['cores']} cores, Python {about['python']}, {packages}."
    return section_table(results, name)


def _check_complete(results: Results) -> None:
    lacks = set(results.rows) != set(SECTIONS) or any(goal.measured(results) is None for goal in GOALS)
    if results.about["quick"] or lacks:
        sys.exit("the results are not those of a whole `make bench`")


def main() -> None:
    """Write, or check."""
    written = _PAGE.read_text("utf-8")
    if sys.argv[1:] == ["--check"]:
        results = Results.read(REFERENCE)
        if rendered(written, results) != written:
            sys.exit("docs/performance.md is not what benchmarks/results.json makes")
        return
    results = Results.read(LAST)
    _check_complete(results)
    _PAGE.write_text(rendered(written, results), "utf-8")
    results.write(REFERENCE)


if __name__ == "__main__":
    main()
