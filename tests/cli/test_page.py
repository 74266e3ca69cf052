"""docs/command.md: every block runs, and the table of exit statuses is the one of the tests."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from canary import CANARY
from cli.conftest import Shell
from cli.statuses import CASES

from cfimages.cli.status import MEANINGS, Status
from cfimages.sandbox import __main__ as sandbox_command

PAGE = (Path(__file__).parents[2] / "docs" / "command.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SERVE, EXPORT, *BLOCKS_OF_COMMANDS = [code for language, code in BLOCKS if language == "sh"]
(PROFILE,) = [code for language, code in BLOCKS if language == "toml"]
OUR_STATUSES = (Status.INTERRUPTED, Status.TERMINATED)
"""Of signals: tests/cli/test_processes.py and test_terminal.py have them."""


def test_the_sandbox_says_what_the_page_says(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox_command, "wait", lambda: None)
    words = SERVE.split()[1:]
    words[words.index("8787")] = "0"
    said = re.sub(r"(?<=127.0.0.1:)\d+", "8787", shell(*words, check=0).out)
    assert [line.strip() for line in said.splitlines() if "export" in line] == EXPORT.splitlines()


def test_its_profile_is_one(shell: Shell) -> None:
    folder = shell.folder / "config"
    folder.mkdir()
    (folder / "profiles.toml").write_text(PROFILE.replace('"the token"', f'"{CANARY}"'))
    (folder / "profiles.toml").chmod(0o600)
    assert shell("stats", "--profile", "work", check=0).row["current"] == 0


@pytest.mark.slow
def test_its_blocks_run(shell: Shell) -> None:
    account = shell.environment["CLOUDFLARE_ACCOUNT_ID"]
    shell.sandbox.fill(account, 1000)
    binaries = str(Path(sys.executable).parent)
    environment = {**os.environ, **shell.environment, "PATH": f"{binaries}:{os.environ['PATH']}"}
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
    assert shell.meta("pets/cat") == {"priority": 3}
    assert shell.meta("photos/dog.png") == {}
    assert shell.meta("image-0000000") is None
    lines = Path("images.csv").read_text().splitlines()
    assert len(lines) > 100


def test_the_table_of_exit_statuses_is_that_of_the_tests() -> None:
    rows = re.findall(r"^\| (\d+) \| (.*) \|$", PAGE, re.MULTILINE)
    assert rows == [(str(int(status)), meaning) for status, meaning in MEANINGS.items()]
    assert {case.status for case in CASES} | {*OUR_STATUSES} == set(Status)


@pytest.mark.parametrize("case", CASES, ids=lambda case: " ".join(case.words))
def test_each_status(shell: Shell, case: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from cli.statuses import Case

    assert isinstance(case, Case)
    shell.put("a", "b")
    for name, value in case.environment.items():
        monkeypatch.setenv(name, value)
    shell(*case.words, input=case.input, check=case.status)
