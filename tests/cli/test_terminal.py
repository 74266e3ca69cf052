"""The command in a pseudo-terminal: tables, questions, bars, narrow and dumb terminals."""

import os
import re
import select
import struct
import sys
import time
from pathlib import Path

import pytest
from cli.conftest import Shell

pty = pytest.importorskip("pty")
fcntl = pytest.importorskip("fcntl")
termios = pytest.importorskip("termios")

pytestmark = pytest.mark.slow


def play(
    shell: Shell,
    *words: str,
    answers: tuple[tuple[str, str], ...] = (),
    columns: int = 80,
    stdin: Path | None = None,
    **environment: str,
) -> tuple[int, str]:
    """Run the command in a terminal, type answers when their questions have come, return status and screen."""
    ready, go = os.pipe()
    pid, terminal = pty.fork()
    if pid == 0:  # pragma: no cover - the other process
        os.read(ready, 1)
        if stdin is not None:
            os.dup2(os.open(stdin, os.O_RDONLY), 0)
        env = {**os.environ, **shell.environment, "TERM": "xterm", **environment}
        os.execve(sys.executable, [sys.executable, "-m", "cfimages", *words], env)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    os.write(go, b"x")
    seen, left = b"", list(answers)
    end = time.monotonic() + 60
    try:
        while time.monotonic() < end:
            if not select.select([terminal], [], [], 0.2)[0]:
                continue
            try:
                chunk = os.read(terminal, 65536)
            except OSError:  # Linux: the other end is closed
                break
            if not chunk:
                break
            seen += chunk
            if left and left[0][0].encode() in seen:
                os.write(terminal, left.pop(0)[1].encode())
    finally:
        for descriptor in (ready, go, terminal):
            os.close(descriptor)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), seen.decode().replace("\r\n", "\n")


ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def test_a_table(shell: Shell) -> None:
    shell.put("a", "b", metadata={"n": 1})
    status, screen = play(shell, "list")
    assert status == 0
    lines = ESCAPE.sub("", screen).splitlines()
    assert lines[0].split() == ["id", "uploaded", "creator", "meta"]
    assert lines[1].split()[0] == "b"
    for width in (20, 5):
        status, screen = play(shell, "list", columns=width)
        assert status == 0
        assert max(len(line) for line in ESCAPE.sub("", screen).splitlines()) <= max(width, 12)
    assert "\x1b" not in play(shell, "list", TERM="dumb")[1]
    assert "\x1b[3" not in play(shell, "list", NO_COLOR="1")[1]
    assert play(shell, "list", "--json")[1].startswith('{"id": "b"')


@pytest.mark.parametrize(("answer", "status", "left"), [("y\n", 0, []), ("n\n", 4, ["a", "b"]), ("\n", 4, ["a", "b"])])
def test_the_question(shell: Shell, answer: str, status: int, left: list[str]) -> None:
    shell.put("a", "b")
    ended, screen = play(shell, "delete", "a", "b", answers=(("[y/N] ", answer),))
    assert ended == status
    assert "2 to do" in screen
    assert shell.ids() == left


def test_the_answer_comes_from_the_terminal_when_standard_input_is_the_list(shell: Shell) -> None:
    shell.put("a", "b", "c")
    Path("ids").write_text("a\nb\n")
    ended, _ = play(shell, "delete", "-", stdin=Path("ids"), answers=(("[y/N] ", "y\n"),))
    assert ended == 0
    assert shell.ids() == ["c"]


def test_a_standard_input_that_is_no_terminal_confirms_nothing(shell: Shell) -> None:
    shell.put("a", "b")
    Path("yes").write_text("y\ny\n")
    ended, screen = play(shell, "delete", "a", "b", stdin=Path("yes"))
    assert ended == 4
    assert "--yes" in screen
    assert shell.ids() == ["a", "b"]


@pytest.mark.parametrize(("key", "status"), [("\x03", 130), ("\x04", 4)])
def test_ctrl_c_and_ctrl_d_at_the_question(shell: Shell, key: str, status: int) -> None:
    shell.put("a", "b")
    ended, screen = play(shell, "delete", "a", "b", answers=(("[y/N] ", key),))
    assert ended == status
    assert "cfimages jobs resume" in screen.splitlines()[-1]
    assert shell.ids() == ["a", "b"]


def test_ids_cannot_write_on_the_terminal(shell: Shell) -> None:
    odd = "a\x1b]0;title\x07\u202e"
    shell.sandbox.add(account=shell.environment["CLOUDFLARE_ACCOUNT_ID"], id=odd)
    shell.put("b")
    for words in (["list"], ["delete", "--everything", "-n"], ["delete", odd], ["get", odd + "x"]):
        _, screen = play(shell, *words)
        assert "\x1b]0;" not in screen
        assert "\u202e" not in screen


def test_a_bar_on_a_terminal_and_none_on_a_dumb_one(shell: Shell) -> None:
    shell.put("a", "b", "c", "d")
    ended, screen = play(shell, "delete", "a", "b", "--yes")
    assert ended == 0
    assert "2/2" in screen
    ended, screen = play(shell, "delete", "c", "d", "--yes", TERM="dumb")
    assert ended == 0
    assert "\x1b" not in screen
    assert "2 done" in screen
