"""docs/command.md: every block runs, and the table of exit statuses is the one of the tests."""

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest
from canary import CANARY
from cli.conftest import Forked, Shell
from cli.statuses import CASES, Case, table

from cfimages.cli.progress import RunningProgress
from cfimages.cli.status import Status
from cfimages.sandbox import __main__ as sandbox_command

PAGE = (Path(__file__).parents[2] / "docs" / "command.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SERVE, EXPORT, *BLOCKS_OF_COMMANDS = [code for language, code in BLOCKS if language == "sh"]
(PROFILE,) = [code for language, code in BLOCKS if language == "toml"]


def test_the_sandbox_says_what_the_page_says(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox_command, "wait", lambda: None)
    *commands, serve = SERVE.splitlines()
    assert commands == ["mkdir -p bucket"]
    (shell.folder / "bucket").mkdir()
    words = serve.split()[1:]
    words[words.index("8787")] = "0"
    said = re.sub(r"(?<=127.0.0.1:)\d+", "8787", shell(*words, check=0).out)
    assert [line.strip() for line in said.splitlines() if "export" in line] == EXPORT.splitlines()


def test_its_profile_is_one(shell: Shell) -> None:
    folder = shell.folder / "config"
    folder.mkdir()
    (folder / "profiles.toml").write_text(PROFILE.replace('"the token"', f'"{CANARY}"'), "utf-8")
    (folder / "profiles.toml").chmod(0o600)
    assert shell("stats", "--profile", "work", check=0).row["current"] == 0


@pytest.mark.slow
def test_its_blocks_run(shell: Shell, forked: Forked) -> None:
    account = shell.environment["CLOUDFLARE_ACCOUNT_ID"]
    shell.sandbox.fill(account, 150)  # of the thousand: enough for every block
    environment = {**os.environ, **shell.environment, "PATH": f"{forked.folder}:{os.environ['PATH']}"}
    said = []
    for block in BLOCKS_OF_COMMANDS:
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", block],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, (block, done.stdout[-500:], done.stderr)
        said.append(done.stderr)
    assert "it is there already" in "".join(said)
    assert shell.meta("from-s3/one.png") == {}
    assert len(Path("edited.jsonl").read_text("utf-8").splitlines()) > 20
    assert shell.meta("pets/cat") == {"priority": 3}
    assert shell.meta("photos/dog.png") == {}
    assert shell.meta("image-0000000") is None
    lines = Path("images.csv").read_text("utf-8").splitlines()
    assert len(lines) > 20


def test_the_table_of_exit_statuses_is_that_of_the_tests() -> None:
    assert table() in PAGE, "run: python tests/cli/statuses.py"
    assert {case.status for case in CASES} == set(Status)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{int(case.status)} {' '.join(case.words)}")
def test_each_status(shell: Shell, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.put("a", "b")
    monkeypatch.setattr("cfimages.parallel.threads.wait", lambda *_: None)
    for name, value in case.environment.items():
        monkeypatch.setenv(name, value)
    if (number := case.sent) is not None:
        monkeypatch.setattr(RunningProgress, "show", lambda *_: signal.raise_signal(number))
    shell(*case.words, input=case.input, check=case.status)
