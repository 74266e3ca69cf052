"""The specification changes, the pipeline runs: every change is absorbed, or reported by name.

`make check` tries them; what they are is looked at in `make test` too.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from following import CHECKS, ROOT, takes_only_what_is_generated
from mutations import MUTATIONS, Document, Mutation
from specs import load

DOCUMENT = load(ROOT / "openapi.yaml")
Reports = dict[str, list[str]]

AFTERMATH = {
    "every_operation_is_wrapped",
    "every_input_is_offered",
    "every_listing_has_a_pager",
    "every_field_is_read",
    "the_sandbox_heeds_every_input",
}
"""What cannot be known, and is said with a doubt, while a call fails."""


def generated(document: Document, folder: Path) -> str:
    """Write a description and generate, as `make generate` does; gives what the generator complains of."""
    folder.mkdir()
    (folder / "openapi.yaml").write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    shutil.copy(ROOT / "generator-config.yml", folder)
    return run(folder, str(ROOT / "tools" / "generate.py"), "--root", str(folder)).stderr


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the generated package of a folder."""
    path = os.pathsep.join(map(str, (folder / "generated", ROOT / "facade", ROOT / "tests")))
    environment = {**os.environ, "PYTHONPATH": path, "MYPYPATH": path}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def reports(document: Document, folder: Path) -> Reports:
    """What `make generate` and the checks say of a description, by the name of what says it."""
    if complaint := generated(document, folder):
        return {"generator": [complaint]}
    following = run(folder, "-W", "error", "-m", "following", str(folder))
    assert following.returncode == 0, following.stderr
    return {name: lines for name, lines in json.loads(following.stdout).items() if lines}


def late_reports(folder: Path) -> Reports:
    """What the later, slower steps say of a folder on which `reports` has nothing to say: types and other tests."""
    types = run(folder, "-m", "mypy", "--cache-dir", str(folder / "mypy"), "facade")
    tests = run(
        folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_client.py", "tests/models/test_values.py"
    )
    steps = {"mypy": types, "pytest": tests}
    return {name: [done.stdout + done.stderr] for name, done in steps.items() if done.returncode}


@pytest.mark.slow
@pytest.mark.parametrize("mutation", MUTATIONS, ids=[mutation.name for mutation in MUTATIONS])
def test_a_change_is_absorbed_or_reported(mutation: Mutation, tmp_path: Path) -> None:
    folder = tmp_path / "mutated"
    found = reports(mutation.applied(DOCUMENT), folder)
    if not found and not mutation.absorbed:
        found = late_reports(folder)
    aftermath = AFTERMATH - mutation.reported.keys() if "every_call_works" in mutation.reported else set()
    assert found.keys() - aftermath == mutation.reported.keys(), json.dumps(found, indent=1)
    for check, words in mutation.reported.items():
        assert any(words in line for line in found[check]), found[check]
    if mutation.absorbed:
        file, _, text = mutation.absorbed.partition(": ")
        assert text in (folder / "generated" / "cfimages_api" / file).read_text("utf-8")


@pytest.mark.slow
def test_what_has_not_changed_is_not_reported(tmp_path: Path) -> None:
    assert reports(DOCUMENT, tmp_path / "same") == {}


@pytest.mark.slow
def test_what_is_absorbed_breaks_nothing(tmp_path: Path) -> None:
    """All of it at once, since types and tests take longer."""
    document = DOCUMENT
    for mutation in MUTATIONS:
        if mutation.absorbed:
            document = mutation.applied(document)
    folder = tmp_path / "absorbed"
    assert reports(document, folder) == {}
    assert late_reports(folder) == {}


def test_no_change_passes_silently() -> None:
    assert [m.name for m in MUTATIONS if not m.reported and not m.absorbed] == []
    assert len({m.name for m in MUTATIONS}) == len(MUTATIONS) >= 25


def test_every_check_has_a_change_that_it_reports() -> None:
    reporting = {check for mutation in MUTATIONS for check in mutation.reported}
    assert reporting == {*CHECKS, takes_only_what_is_generated.__name__, "generator", "pytest"}
