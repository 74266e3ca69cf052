"""The workflows of CI and of a release, and what the repository asks of people."""

import ast
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from documents import ROOT, read

WORKFLOWS = {path.name: yaml.safe_load(path.read_text("utf-8")) for path in (ROOT / ".github/workflows").glob("*.yml")}
LACKED = {
    *("fcntl", "grp", "pty", "pwd", "resource", "termios"),
    *("SIGALRM", "SIGKILL", "SIGHUP", "SIGPIPE", "SIGUSR1", "ITIMER_REAL"),
    *("fork", "geteuid", "getuid", "mkfifo", "openpty"),
}
"""Modules and names of Python that Windows has not."""
PUBLISH: dict[Any, Any] = WORKFLOWS["publish.yml"]


@pytest.mark.parametrize("name", sorted(WORKFLOWS))
def test_a_workflow_uses_actions_of_the_hosting_only_and_asks_for_few_permissions(name: str) -> None:
    jobs = WORKFLOWS[name]["jobs"].values()
    uses = [step["uses"] for job in jobs for step in job["steps"] if "uses" in step]
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", action) for action in uses)
    assert "permissions" in WORKFLOWS[name]
    assert all("timeout-minutes" in job for job in jobs)


def test_its_make_commands_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    for path in (ROOT / ".github/workflows").glob("*.yml"):
        assert set(re.findall(r"run: make ([a-z-]+)", path.read_text("utf-8"))) <= targets


def test_ci_runs_what_the_classifiers_promise() -> None:
    matrix = WORKFLOWS["ci.yml"]["jobs"]["test"]["strategy"]["matrix"]
    promised = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', read("pyproject.toml"))
    assert matrix["python"] == promised
    assert {(entry["os"], entry["python"]) for entry in matrix["include"]} == {
        (system, python) for system in ("macos-latest", "windows-latest") for python in (promised[0], promised[-1])
    }


def test_a_checkout_has_the_same_line_ends_on_each_system() -> None:
    """Git writes `\\r\\n` on Windows otherwise, also into what is compared byte by byte."""
    assert "* text=auto eol=lf" in read(".gitattributes").splitlines()


def test_several_commands_in_one_step_stop_at_the_first_that_fails() -> None:
    """PowerShell, the shell on Windows, goes on to the next."""
    for workflow in WORKFLOWS.values():
        for job in workflow["jobs"].values():
            if "matrix" in job["runs-on"]:
                steps = [step for step in job["steps"] if "\n" in step.get("run", "").strip()]
                assert [step.get("shell") for step in steps] == ["bash"] * len(steps)


def when_imported(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is evaluated when a module is imported: not what is inside of functions."""
    for child in ast.iter_child_nodes(node):
        inside = (
            getattr(node, "body", []) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) else []
        )
        if inside is not child and (not isinstance(inside, list) or child not in inside):
            yield child
            yield from when_imported(child)


@pytest.mark.parametrize(
    "folder", sorted({path.parent for path in ROOT.glob("tests/**/test_*.py")}), ids=lambda path: path.name
)
def test_tests_can_be_collected_on_windows(folder: Path) -> None:
    """They may skip what it lacks, but name it only inside of functions, and import it only with `importorskip`."""
    for path in folder.glob("test_*.py"):
        for node in when_imported(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                assert not {alias.name for alias in node.names} & LACKED, path
            elif isinstance(node, ast.ImportFrom):
                assert node.module not in LACKED, path
            elif isinstance(node, ast.Attribute):
                assert node.attr not in LACKED, path


def test_only_what_was_built_and_tested_is_published_and_without_a_password() -> None:
    build, test, publish = (PUBLISH["jobs"][name] for name in ("build", "test", "publish"))
    assert (test["needs"], publish["needs"]) == ("build", "test")
    assert PUBLISH["permissions"] == {}
    assert publish["permissions"] == {"id-token": "write"}
    assert sum("-m build" in str(step) for job in (build, test, publish) for step in job["steps"]) == 1
    assert "secrets." not in read(".github/workflows/publish.yml")


@pytest.mark.parametrize(
    ("urls", "stops"), [("", True), ('[project.urls]\nSource = "https://git.example.com"\n', False)]
)
def test_nothing_is_published_before_the_repository_has_an_address(tmp_path: Path, urls: str, stops: bool) -> None:
    (step,) = (step["run"] for step in PUBLISH["jobs"]["build"]["steps"] if "urls" in step.get("run", ""))
    (tmp_path / "pyproject.toml").write_text(f'[project]\nname = "cfimages"\n{urls}', "utf-8")
    python, *words = shlex.split(step)
    assert python == "python"
    done = subprocess.run([sys.executable, *words], cwd=tmp_path, capture_output=True, check=False, timeout=60)
    assert (done.returncode != 0) is stops


@pytest.mark.parametrize("path", sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml")), ids=lambda path: path.name)
def test_a_form_can_be_read(path: Path) -> None:
    form = yaml.safe_load(path.read_text("utf-8"))
    assert path.name == "config.yml" or {"name", "description", "body"} <= form.keys()
