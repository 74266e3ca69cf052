"""docs/performance.md says what was measured, and of everything."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = Path("docs", "performance.md")
RESULTS = Path("benchmarks", "results.json")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the page is made of."""
    shutil.copytree(ROOT / "benchmarks", tmp_path / "benchmarks", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / PAGE, tmp_path / PAGE)
    return tmp_path


def page(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.page", *arguments]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


def test_it_is_what_the_results_make(project: Path) -> None:
    assert (page(project, "--check").returncode, page(project, "--check").stderr) == (0, "")


def test_it_shows_every_section_and_the_goals() -> None:
    parts = re.findall(r"<!-- begin (\w+) -->", (ROOT / PAGE).read_text("utf-8"))
    sections = re.findall(
        r'^    "(\w+)": \(Suite\.', (ROOT / "benchmarks" / "suite.py").read_text("utf-8"), re.MULTILINE
    )
    assert sorted(parts) == sorted({*sections, "about", "goals"})


def test_a_number_that_was_not_measured_is_noticed(project: Path) -> None:
    text = (project / PAGE).read_text("utf-8")
    assert " yes |" in text
    (project / PAGE).write_text(text.replace(" yes |", " YES |", 1), "utf-8")
    assert "not what benchmarks/results.json makes" in page(project, "--check").stderr


def test_results_that_are_not_whole_are_refused(project: Path) -> None:
    results = json.loads((project / RESULTS).read_text("utf-8"))
    (project / ".bench").mkdir()
    rows = [row for row in results["rows"] if row[0] != "size"]
    (project / ".bench" / "results.json").write_text(json.dumps({**results, "rows": rows}), "utf-8")
    before = (project / PAGE).read_text("utf-8")
    assert "not those of a whole" in page(project).stderr
    assert (project / PAGE).read_text("utf-8") == before
