"""The command as a process: its start, signals, closed pipes, and what it shows to other processes."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from canary import CANARY, NEEDLES
from cli.conftest import Shell
from patience import PATIENCE

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
    return subprocess.run(
        command, env={**os.environ, **env}, capture_output=True, text=True, timeout=PATIENCE, **options
    )


JOB = ("delete", "--everything", "--yes", "--journal", "the.job")


def started(shell: Shell, *words: str, stderr: Any, **env: str) -> "subprocess.Popen[str]":
    """Start the command, with its standard output in a pipe."""
    return subprocess.Popen(
        [*COMMAND, *words],
        env={**os.environ, **shell.environment, **env},
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


HEAVY = {"httpx", "httpcore", "rich", "attr", "sqlite3", "ssl", "cfimages.errors", "cfimages.jobs"}
"""What takes longer to import than all that help and completion need."""


def imported(*words: str, **env: str) -> set[str]:
    """The modules that a run of the command imports."""
    command = [sys.executable, "-c", IMPORTED, *words]
    done = subprocess.run(
        command, env={**os.environ, **env}, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(
    "words", [["--help"], ["--version"], ["completion", "zsh"], ["list", "--help"], ["list", "-x"], ["delete", "-h"]]
)
def test_help_imports_no_http(words: list[str]) -> None:
    modules = imported(*words)
    assert "cfimages.cli.app" in modules
    assert modules & HEAVY == set()
    if words == ["--help"]:
        ours = {name.removeprefix("cfimages.cli.") for name in modules if name.startswith("cfimages.cli.")}
        assert ours == {"__main__", "app", "escaping", "groups", "messages", "status", "words"}


@pytest.mark.parametrize("words", ["cfimages inv", "cfimages list --me", "cfimages delete --me", "cfimages jobs "])
def test_completion_imports_no_http(words: str) -> None:
    count = str(len(words.split(" ")) - 1)
    modules = imported(_CFIMAGES_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=count)
    assert "click.shell_completion" in modules
    assert modules & HEAVY == set()
    assert "cfimages.cli.exporting" not in modules  # the module of `inventory` is not needed for its name


@pytest.mark.slow
def test_a_pipe_that_closes_is_no_error(shell: Shell) -> None:
    shell.sandbox.fill(shell.environment["CLOUDFLARE_ACCOUNT_ID"], 5000)
    with started(shell, "list", stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        assert json.loads(process.stdout.readline())["id"] == "image-0004999"
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(PATIENCE) == 0


@pytest.mark.slow
@pytest.mark.parametrize("words", [["--help"], ["--version"], ["list"], ["completion", "bash"]])
def test_a_pipe_that_was_closed_before_is_no_error(shell: Shell, words: list[str]) -> None:
    shell.put("a")
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        done = subprocess.run(
            [*COMMAND, *words],
            env={**os.environ, **shell.environment},
            stdout=pipe,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("list >&-", 0),
        ("list --format table >&- 2>&- <&-", 0),
        ("--help >&-", 0),
        ("get - <&-", 0),
        ("get nope 2>&-", 1),
        ("list --limit x 2>&-", 2),
        ("delete a b 2>&-", 4),
        ("delete a b --yes --verbose >&- 2>&- <&-", 0),
    ],
)
def test_standard_streams_that_are_closed(shell: Shell, line: str, status: int) -> None:
    shell.put("a", "b")
    environment = {**os.environ, **shell.environment, "PYTHON": sys.executable}
    done = subprocess.run(
        ["sh", "-c", f'"$PYTHON" -m cfimages {line}'], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_an_error(shell: Shell) -> None:
    shell.put("a", "b")
    for words in (["list"], ["get", "a"], ["list", "--format", "table"]):
        with Path("/dev/full").open("w", encoding="utf-8") as full:
            done = subprocess.run(
                [*COMMAND, *words],
                env={**os.environ, **shell.environment},
                stdout=full,
                stderr=subprocess.PIPE,
                check=False,
                timeout=PATIENCE,
            )
        assert (done.returncode, b"No space left" in done.stderr) == (1, True)
    for words, status in ((["get", "nope"], 1), (["delete", "a", "--yes"], 0)):
        with Path("/dev/full").open("w", encoding="utf-8") as full:
            environment = {**os.environ, **shell.environment}
            done = subprocess.run([*COMMAND, *words], env=environment, stderr=full, check=False, timeout=PATIENCE)
        assert done.returncode == status


@pytest.mark.realtime
@pytest.mark.skipif(os.name == "nt", reason="signals are of another kind")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_a_job_that_is_killed_goes_on_by_its_command_alone(shell: Shell, name: str) -> None:
    number = signal.Signals[name]
    account, long = shell.environment["CLOUDFLARE_ACCOUNT_ID"], "x" * 900
    for index in range(200):  # the pipe does not hold so much, so that the job cannot end before it is read
        shell.sandbox.add(account=account, id=f"{long}{index}")
    with (
        Path("err").open("wb") as errors,
        started(shell, *JOB, "--concurrency", "2", stderr=errors) as process,
    ):
        assert process.stdout
        assert json.loads(process.stdout.readline())["state"] == "done"
        process.send_signal(number)
        process.communicate(timeout=PATIENCE)
    said = Path("err").read_text("utf-8")
    if name == "SIGKILL":
        assert process.returncode == -number
    else:
        assert process.returncode == 128 + number
        assert said.splitlines()[-1] == f"  cfimages jobs resume {Path('the.job').absolute()}"
        assert "Traceback" not in said
    assert 0 < len(shell.ids()) < 200
    done = run("jobs", "resume", "the.job", env=shell.environment, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert shell.ids() == []
    assert not list(shell.folder.glob("*.request"))


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")
def test_no_credential_is_among_the_arguments_or_in_files(shell: Shell) -> None:
    account, long = shell.environment["CLOUDFLARE_ACCOUNT_ID"], "x" * 900
    for index in range(200):  # more than the pipe holds: the job runs until it is read
        shell.sandbox.add(account=account, id=f"{long}{index}")
    (shell.folder / "token").write_text(CANARY, "utf-8")
    words = [*JOB, "--backup", "kept", "--token-file", "token", "--verbose", "--log-json", "log"]
    with (
        Path("err").open("wb") as errors,
        started(shell, *words, stderr=errors, CLOUDFLARE_API_TOKEN="") as process,
    ):
        assert process.stdout
        process.stdout.readline()
        while_it_runs = found(shell)
        shown = [path.read_bytes() for path in Path(f"/proc/{process.pid}").glob("task/*/cmdline")]
        shown.append(Path(f"/proc/{process.pid}/environ").read_bytes())
        out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert b"--token-file" in shown[0]
    assert {path.name for path in while_it_runs} >= {"the.job", "the.job-wal", "the.job.request", "log", "err"}
    for content in (*shown, out.encode(), *while_it_runs.values(), *found(shell).values()):
        assert not any(needle.encode() in content for needle in NEEDLES)


def found(shell: Shell) -> dict[Path, bytes]:
    """Every file of the folder but the one that has the token."""
    contents = {}
    for path in shell.folder.rglob("*"):
        with suppress(FileNotFoundError):  # a temporary file that has gone meanwhile
            if path.is_file() and path.name != "token":
                contents[path] = path.read_bytes()
    return contents


@pytest.mark.slow
def test_the_program_has_help() -> None:
    assert run("--help", env={}, check=True).stdout.startswith("Usage: cfimages")
