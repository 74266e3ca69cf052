"""The command in a pseudo-terminal: tables, questions, bars, narrow and dumb terminals."""

import os
import re
import signal
import struct
import threading
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import pytest
from cli.asking import Asked
from cli.conftest import Forked, Shell
from patience import PATIENCE

fcntl = pytest.importorskip("fcntl")
termios = pytest.importorskip("termios")

pytestmark = pytest.mark.slow

Play = Callable[..., tuple[int, str]]

OF_OURS = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TERM")
"""Variables that say how a terminal is: that of whoever runs the tests is another one."""


def played(
    forked: Forked,
    shell: Shell,
    *words: str,
    answers: tuple[tuple[str, str], ...] = (),
    columns: int = 80,
    stdin: Path | None = None,
    **environment: str,
) -> tuple[int, str]:
    """Run the command in a terminal, type answers when their questions have come, return status and screen."""
    terminal, end = os.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    inherited = {name: value for name, value in os.environ.items() if name not in OF_OURS}
    with os.fdopen(end, "wb") as screen, nullcontext(screen) if stdin is None else stdin.open() as source:
        command = Asked(
            forked.address,
            words,
            {**inherited, **shell.environment, "TERM": "xterm", **environment},
            [source.fileno(), screen.fileno(), screen.fileno()],
            terminal=True,
        )
    seen, left = b"", list(answers)
    hang = threading.Timer(PATIENCE, os.kill, (command.pid, signal.SIGKILL))
    hang.start()
    try:
        while chunk := read(terminal):
            seen += chunk
            if left and left[0][0].encode() in seen:
                os.write(terminal, left.pop(0)[1].encode())
        status = command.wait()
        assert status != -signal.SIGKILL, f"it hung: {seen.decode()}"
        return status, seen.decode().replace("\r\n", "\n")
    finally:
        hang.cancel()
        os.close(terminal)


@pytest.fixture
def play(forked: Forked) -> Play:
    return partial(played, forked)


def read(terminal: int) -> bytes:
    """Return what comes next; nothing when all who have written are gone."""
    try:
        return os.read(terminal, 65536)
    except OSError:  # what Linux says then
        return b""


ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def test_a_table(shell: Shell, play: Play) -> None:
    shell.put("a", "b", metadata={"n": 1})
    status, screen = play(shell, "list")
    assert status == 0
    lines = ESCAPE.sub("", screen).splitlines()
    assert lines[0].split() == ["id", "uploaded", "creator", "meta"]
    assert lines[1].split()[0] == "b"
    for width in (40, 20, 5):
        status, screen = play(shell, "list", columns=width)
        assert status == 0
        assert "\nid        a\n" in screen
        assert '\nmeta      {"n": 1}\n' in screen
    assert "\x1b" not in play(shell, "list", TERM="dumb")[1]
    assert "\x1b[3" not in play(shell, "list", NO_COLOR="1")[1]
    assert play(shell, "list", "--json")[1].startswith('{"id": "b"')


@pytest.mark.parametrize(("answer", "status", "left"), [("y\n", 0, []), ("n\n", 4, ["a", "b"]), ("\n", 4, ["a", "b"])])
def test_the_question(shell: Shell, play: Play, answer: str, status: int, left: list[str]) -> None:
    shell.put("a", "b")
    ended, screen = play(shell, "delete", "a", "b", answers=(("[y/N] ", answer),))
    assert ended == status
    assert "2 to do" in screen
    assert shell.ids() == left


def test_the_answer_comes_from_the_terminal_when_standard_input_is_the_list(shell: Shell, play: Play) -> None:
    shell.put("a", "b", "c")
    Path("ids").write_text("a\nb\n", "utf-8")
    ended, _ = play(shell, "delete", "-", stdin=Path("ids"), answers=(("[y/N] ", "y\n"),))
    assert ended == 0
    assert shell.ids() == ["c"]


def test_a_standard_input_that_is_no_terminal_confirms_nothing(shell: Shell, play: Play) -> None:
    shell.put("a", "b")
    Path("yes").write_text("y\ny\n", "utf-8")
    ended, screen = play(shell, "delete", "a", "b", stdin=Path("yes"))
    assert ended == 4
    assert "--yes" in screen
    assert shell.ids() == ["a", "b"]


@pytest.mark.parametrize(("key", "status"), [("\x03", 130), ("\x04", 4)])
def test_ctrl_c_and_ctrl_d_at_the_question(shell: Shell, play: Play, key: str, status: int) -> None:
    shell.put("a", "b")
    ended, screen = play(shell, "delete", "a", "b", answers=(("[y/N] ", key),))
    assert ended == status
    assert "cfimages jobs resume" in screen.splitlines()[-1]
    assert shell.ids() == ["a", "b"]


def test_ids_cannot_write_on_the_terminal(shell: Shell, play: Play) -> None:
    odd = "a\x1b]0;title\x07\u202e"
    shell.sandbox.add(account=shell.environment["CLOUDFLARE_ACCOUNT_ID"], id=odd)
    shell.put("b")
    for words in (["list"], ["delete", "--everything", "-n"], ["delete", odd, "--yes"], ["get", odd + "x"]):
        _, screen = play(shell, *words)
        assert "\x1b]0;" not in screen
        assert "\u202e" not in screen


def test_a_bar_on_a_terminal_and_none_on_a_dumb_one(shell: Shell, play: Play) -> None:
    shell.put("a", "b", "c", "d")
    ended, screen = play(shell, "delete", "a", "b", "--yes")
    assert ended == 0
    assert "2/2" in screen
    ended, screen = play(shell, "delete", "c", "d", "--yes", TERM="dumb")
    assert ended == 0
    assert "\x1b" not in screen
    assert "2 done" in screen


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["get", "a"], "uploaded"),
        (["url", "a"], "/a/public"),
        (["download", "a"], "bytes"),
        (["edit", "a", "--set", "n=2"], '"n": 2'),
        (["export", "out"], "1 done"),
        (["inventory", "all.csv"], "1 done"),
        (["jobs"], ""),
        (["variants"], "neverRequireSignedURLs"),
        (["keys"], "default"),
        (["stats"], "allowed"),
        (["settings"], "flexible_variants"),
        (["imports"], ""),
        (["doctor"], "may edit images"),
        (["direct-upload", "--id", "x"], "upload_url"),
        (["list", "--meta", "statsu=1"], "No image matches: `cfimages metadata-keys` lists"),
        (["delete", "a", "--yes"], "Deleted a."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_every_command_on_a_terminal(shell: Shell, play: Play, words: list[str], shown: str) -> None:
    shell.put("a")
    status, screen = play(shell, *words)
    assert status == 0, screen
    assert shown in screen
    assert "Traceback" not in screen
