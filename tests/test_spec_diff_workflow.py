"""The weekly workflow: what it may do, and that its steps keep one issue."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
WORKFLOW: dict[Any, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "spec-diff.yml").read_text("utf-8"))
JOB: dict[str, Any] = WORKFLOW["jobs"]["compare"]
STEPS = {step["name"]: step for step in JOB["steps"] if "name" in step}

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the workflow runs on Linux")

GH = """#!/bin/sh
echo "$@" >> calls
if [ "$2" = list ]; then cat open; fi
"""


def test_it_runs_weekly_and_may_only_read_code_and_write_issues() -> None:
    assert WORKFLOW[True]["schedule"] == [{"cron": "17 5 * * 1"}]  # `on` is true in YAML 1.1
    assert "workflow_dispatch" in WORKFLOW[True]
    assert (WORKFLOW["permissions"], JOB["permissions"]) == ({}, {"contents": "read", "issues": "write"})
    actions = [step["uses"] for step in JOB["steps"] if "uses" in step]
    assert actions
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", action) for action in actions)


def run(step: str, folder: Path, **variables: str) -> int:
    """Run the commands of a step as the hosting does, with `gh` replaced by a program that notes its words."""
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", **variables}
    command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", STEPS[step]["run"]]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False).returncode


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout: the tools, an environment, and nothing else."""
    (tmp_path / "tools").symlink_to(ROOT / "tools")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', "utf-8")
    (tmp_path / "gh").write_text(GH, "utf-8")
    for program in (python, tmp_path / "gh"):
        program.chmod(0o755)
    (tmp_path / "open").write_text("", "utf-8")
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize(("upstream", "passes", "code"), [("openapi.yaml", True, "1"), ("README.md", False, "2")])
def test_a_report_passes_and_bad_input_fails(folder: Path, upstream: str, passes: bool, code: str) -> None:
    """openapi.yaml itself differs in nothing, so every deviation is stale."""
    result = run("Compare", folder, UPSTREAM=str(ROOT / upstream), GITHUB_OUTPUT="output")
    assert (result == 0, (folder / "output").read_text("utf-8")) == (passes, f"code={code}\n")
    assert ("unexplained" in (folder / "report.txt").read_text("utf-8")) is passes


@pytest.mark.parametrize(
    ("code", "number", "calls"),
    [
        ("1", "", ["issue list", "label create spec-diff", "issue create --label spec-diff"]),
        ("1", "7", ["issue list", "issue edit 7 --body-file body.md"]),
        ("0", "7", ["issue list", "issue close 7"]),
        ("0", "", ["issue list"]),
    ],
)
def test_one_issue_is_opened_updated_and_closed(folder: Path, code: str, number: str, calls: list[str]) -> None:
    (folder / "open").write_text(number, "utf-8")
    (folder / "report.txt").write_text("a report\n", "utf-8")
    assert run("Keep one issue", folder, CODE=code, RUN="https://run.example") == 0
    made = (folder / "calls").read_text("utf-8").splitlines()
    assert [line.startswith(call) for line, call in zip(made, calls, strict=True)] == [True] * len(calls)
    if code == "1":
        body = (folder / "body.md").read_text("utf-8")
        assert "~~~text\na report\n~~~\n" in body
        assert "https://run.example" in body
