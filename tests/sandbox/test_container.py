"""The Containerfile: what can be held of it without a container."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
TEXT = re.sub(r"\\\n", "", re.sub(r"^#.*\n", "", (ROOT / "Containerfile").read_text("utf-8"), flags=re.MULTILINE))
LINES = [line.split(maxsplit=1) for line in TEXT.splitlines() if line.strip()]
STAGES = [n for n, (word, _) in enumerate(LINES) if word == "FROM"]


def given(word: str, stage: int = -1) -> list[str]:
    """The arguments of an instruction in one of the stages."""
    first, last = STAGES[stage], [*STAGES, len(LINES)][STAGES.index(STAGES[stage]) + 1]
    return [rest for each, rest in LINES[first:last] if each == word]


def command(word: str) -> list[str]:
    (found,) = given(word)
    return [str(part) for part in json.loads(found[found.index("[") :])]


@pytest.mark.slow
def test_what_it_copies_is_in_the_source_distribution() -> None:
    sdist = pytest.importorskip("hatchling.builders.sdist")
    included = {Path(each.relative_path).as_posix() for each in sdist.SdistBuilder(str(ROOT)).recurse_included_files()}
    copied = [path for stage in (0, 1) for line in given("COPY", stage) for path in shlex.split(line)[:-1]]
    assert {"constraints.txt", "pyproject.toml", "facade"} <= set(copied)
    for path in copied:
        assert (ROOT / path).exists(), path
        assert any(each == path or each.startswith(f"{path}/") for each in included), path
    described = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    built = described["tool"]["hatch"]
    needed = ["README.md", built["metadata"]["hooks"]["custom"]["path"], *described["project"]["license-files"]]
    needed += built["build"]["targets"]["wheel"]["packages"]
    assert all(any(each == path or each.startswith(f"{path}/") for path in copied) for each in needed)


def test_it_installs_what_the_sandbox_needs_on_a_python_that_it_supports() -> None:
    described = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (installed,) = given("RUN")
    (extra,) = re.findall(r"\.whl\)\[(\w+)\]", installed)
    assert described["optional-dependencies"][extra]
    assert "pillow" in shlex.split(installed)
    for stage in (0, 1):
        ((version,),) = (re.findall(r"^python:([\d.]+)-slim", line) for line in given("FROM", stage))
        assert f"Programming Language :: Python :: {version}" in described["classifiers"]


def test_it_runs_as_a_user_who_can_write_the_volume_only() -> None:
    (user,) = given("USER")
    (installed,) = given("RUN")
    assert user not in ("root", "0")
    assert f"useradd --create-home {user}" in installed
    assert f"chown {user} {given('VOLUME')[0]}" in installed
    words = [word for word, _ in LINES]
    assert words.index("USER") < words.index("ENTRYPOINT")
    assert words.index("USER") > words.index("RUN", STAGES[-1])


@pytest.mark.skipif(os.name == "nt", reason="signals are of another kind")
def test_it_serves_the_port_that_it_names_and_is_found_healthy() -> None:
    (port,) = given("EXPOSE")
    program, *arguments = [*command("ENTRYPOINT"), *command("CMD")]
    assert program == "python"
    environment = os.environ | dict(line.split("=") for line in given("ENV"))
    usage = subprocess.run(
        [sys.executable, *command("ENTRYPOINT")[1:], "--help"], capture_output=True, text=True, check=True
    )
    assert f"(default: {port})" in usage.stdout
    running = subprocess.Popen(
        [sys.executable, *arguments, "--port", "0"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout
    try:
        url = next(found[1] for line in running.stdout if (found := re.search(r"BASE_URL=(\S+)/client/v4", line)))
        assert url.startswith("http://127.0.0.1:")  # what others can open, and not what it is bound to
        listing = f"{url}/client/v4/accounts/sandbox/images/v1/stats"
        assert httpx.get(listing, headers={"Authorization": "Bearer any"}).status_code == 200
        check = [part.replace(f"http://127.0.0.1:{port}", url) for part in command("HEALTHCHECK")]
        assert url in check[-1]
        assert subprocess.run([sys.executable, *check[1:]], check=False).returncode == 0
        running.send_signal(signal.SIGTERM)
        output, _ = running.communicate(timeout=60)
    finally:
        running.kill()
    assert "GET /client/v4/accounts/sandbox/images/v1/stats  200 in " in output
    assert output.endswith("\nStopped.\n")
    assert "style.css" not in output
    assert subprocess.run([sys.executable, *check[1:]], check=False, capture_output=True).returncode != 0
