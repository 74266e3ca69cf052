"""The specification changes, the pipeline runs: every change is absorbed, or reported by name.

`make check` tries them; what they are is looked at in `make test` too.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest
from following import CHECKS, ROOT, Reports, takes_only_what_is_generated
from mutations import MUTATIONS, Document, Mutation
from patience import PATIENCE
from specs import load

DOCUMENT = load(ROOT / "openapi.yaml")

AFTERMATH = {
    "every_operation_is_wrapped",
    "every_input_is_offered",
    "every_listing_has_a_pager",
    "every_field_is_read",
    "the_sandbox_heeds_every_input",
}
"""What cannot be known, and is said with a doubt, while a call fails."""


class Mutator:
    """The process of `mutating.py`."""

    def __init__(self) -> None:
        path = os.pathsep.join(map(str, (ROOT / "facade", ROOT / "tests", ROOT / "tools")))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mutating"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=PATIENCE)

    def reports(self, document: Document, folder: Path) -> Reports:
        """What `make generate` and the checks say of a description, by the name of what says it."""
        folder.mkdir()
        (folder / "openapi.yaml").write_text(json.dumps(document), "utf-8")  # which is YAML, and faster to read
        shutil.copy(ROOT / "generator-config.yml", folder)
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{folder}\n")
        self._process.stdin.flush()
        status = int(self._process.stdout.readline())
        found = json.loads((folder / "reports.json").read_text("utf-8"))
        assert status == 0, found
        return {name: lines for name, lines in found.items() if lines}


@pytest.fixture(scope="module")
def mutator() -> Iterator[Mutator]:
    with Mutator() as running:
        yield running


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the generated package of a folder."""
    path = os.pathsep.join(map(str, (folder / "generated", ROOT / "facade", ROOT / "tests")))
    environment = {**os.environ, "PYTHONPATH": path, "MYPYPATH": path}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def reports_of_types(folder: Path) -> str:
    """What mypy says of the façade beside the generated package of a folder."""
    done = run(folder, "-m", "mypy", "--cache-dir", str(folder / "mypy"), "facade")
    return done.stdout + done.stderr if done.returncode else ""


def reports_of_tests(folder: Path) -> str:
    """What other tests say of the façade with the generated package of a folder."""
    tests = ("tests/test_client.py", "tests/models/test_values.py")
    done = run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)
    return done.stdout + done.stderr if done.returncode else ""


forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
ABSORBED = [mutation for mutation in MUTATIONS if mutation.absorbed]
REPORTED = [mutation for mutation in MUTATIONS if mutation.reported]


@pytest.mark.slow
@forks
def test_what_is_absorbed_is_generated_and_breaks_nothing(mutator: Mutator, tmp_path: Path) -> None:
    """All of it at once, since that takes as long as one. Nothing is reported, so that no change hides another."""
    document = DOCUMENT
    for mutation in ABSORBED:
        document = mutation.applied(document)
    folder = tmp_path / "absorbed"
    assert mutator.reports(document, folder) == {}
    for mutation in ABSORBED:
        file, _, text = mutation.absorbed.partition(": ")
        assert text in (folder / "generated" / "cfimages_api" / file).read_text("utf-8"), mutation.name
    assert reports_of_types(folder) == ""
    assert reports_of_tests(folder) == ""


@pytest.mark.slow
@forks
@pytest.mark.parametrize("mutation", REPORTED, ids=[mutation.name for mutation in REPORTED])
def test_a_change_is_reported(mutator: Mutator, mutation: Mutation, tmp_path: Path) -> None:
    folder = tmp_path / "mutated"
    found = mutator.reports(mutation.applied(DOCUMENT), folder)
    if not found and (late := reports_of_tests(folder)):
        found = {"pytest": [late]}
    aftermath = AFTERMATH - mutation.reported.keys() if "every_call_works" in mutation.reported else set()
    assert found.keys() - aftermath == mutation.reported.keys(), json.dumps(found, indent=1)
    for check, words in mutation.reported.items():
        assert any(words in line for line in found[check]), found[check]


def test_no_change_passes_silently() -> None:
    assert [m.name for m in MUTATIONS if bool(m.reported) == bool(m.absorbed)] == []
    assert len({m.name for m in MUTATIONS}) == len(MUTATIONS) >= 25


def test_every_check_has_a_change_that_it_reports() -> None:
    reporting = {check for mutation in MUTATIONS for check in mutation.reported}
    assert reporting == {*CHECKS, takes_only_what_is_generated.__name__, "generator", "pytest"}
