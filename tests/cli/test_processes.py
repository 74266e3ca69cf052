"""The command as a process: its start, signals, closed pipes, and what it shows to other processes."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from canary import CANARY
from cli.conftest import Shell

COMMAND = [sys.executable, "-m", "cfimages"]

IMPORTED = """
import sys
from cfimages.cli.__main__ import main
try:
    main()
finally:
    print(*sorted(sys.modules), file=sys.stderr)
"""


def run(*words: str | Path, env: Mapping[str, str], **options: Any) -> "subprocess.CompletedProcess[str]":
    command = [*COMMAND, *map(str, words)]
    return subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, timeout=60, **options)


@pytest.mark.parametrize(
    "words", [["--help"], ["--version"], ["completion", "zsh"], ["list", "--help"], ["list", "-x"]]
)
def test_help_and_completion_import_no_http(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, *words], capture_output=True, text=True, check=False, timeout=60
    )
    modules = set(done.stderr.splitlines()[-1].split())
    assert "cfimages.cli.app" in modules
    assert (
        modules & {"httpx", "httpcore", "rich", "attr", "sqlite3", "cfimages.errors", "cfimages.jobs", "ssl"} == set()
    )
    if words == ["--help"]:
        assert not [name for name in modules if name.startswith("cfimages.cli.") and name.endswith(("jobs", "output"))]


def test_without_click_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['click'] = None; from cfimages.cli.__main__ import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode != 0
    assert done.stderr == "cfimages: the command needs click and rich: install cfimages with its extra cli\n"


@pytest.mark.slow
def test_a_pipe_that_closes_is_no_error(shell: Shell) -> None:
    shell.sandbox.fill(shell.environment["CLOUDFLARE_ACCOUNT_ID"], 5000)
    process = subprocess.Popen(
        [*COMMAND, "list"],
        env={**os.environ, **shell.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stderr
    assert json.loads(process.stdout.readline())["id"] == "image-0004999"
    process.stdout.close()
    assert process.wait(30) == 0
    assert process.stderr.read() == ""
    process.stderr.close()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_an_error(shell: Shell) -> None:
    shell.put("a", "b")
    for words in (["list"], ["get", "a"], ["list", "--format", "table"]):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [*COMMAND, *words],
                env={**os.environ, **shell.environment},
                stdout=full,
                stderr=subprocess.PIPE,
                check=False,
                timeout=60,
            )
        assert (done.returncode, b"No space left" in done.stderr) == (1, True)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_job_that_is_killed_goes_on_by_its_command_alone(shell: Shell, number: signal.Signals) -> None:
    shell.sandbox.fill(shell.environment["CLOUDFLARE_ACCOUNT_ID"], 1000)
    with (
        Path("err").open("w") as errors,
        subprocess.Popen(
            [*COMMAND, "delete", "--everything", "--yes", "--journal", "the.job", "--concurrency", "2"],
            env={**os.environ, **shell.environment},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        assert process.stdout
        for _ in range(20):  # so many are done
            assert json.loads(process.stdout.readline())["state"] == "done"
        process.send_signal(number)
        status = process.wait(30)
    said = Path("err").read_text()
    if number == signal.SIGKILL:
        assert status == -number
    else:
        assert status == 128 + number
        assert said.splitlines()[-1] == f"  cfimages jobs resume {Path('the.job').absolute()}"
        assert "Traceback" not in said
    assert 0 < len(shell.ids()) < 1000
    done = run("jobs", "resume", "the.job", env=shell.environment, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert shell.ids() == []
    assert not list(shell.folder.glob("*.request"))


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_no_credential_is_among_the_arguments_or_in_files(shell: Shell) -> None:
    shell.sandbox.fill(shell.environment["CLOUDFLARE_ACCOUNT_ID"], 500)
    environment = {name: value for name, value in shell.environment.items() if name != "CLOUDFLARE_API_TOKEN"}
    (shell.folder / "token").write_text(CANARY)
    words = ["delete", "--everything", "--yes", "--token-file", "token", "--verbose", "--log-json", "log"]
    process = subprocess.Popen(
        [*COMMAND, *words], env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    process.stdout.readline()
    for name in ("cmdline", "environ"):
        shown = Path(f"/proc/{process.pid}/{name}").read_bytes()
        if name == "cmdline":
            assert CANARY.encode() not in shown
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert CANARY not in out + err
    files = [path for path in shell.folder.rglob("*") if path.is_file() and path.name != "token"]
    assert len(files) > 1
    assert not [path for path in files if CANARY.encode() in path.read_bytes()]


@pytest.mark.slow
def test_the_program_has_help() -> None:
    assert run("--help", env={}, check=True).stdout.startswith("Usage: cfimages")
