"""Parts of the command that otherwise only run in processes of their own: questions, bars, entry point, requests."""

import io
import os
import runpy
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cli.conftest import Shell
from systems import is_private

import cfimages
from cfimages import APIConnectionError, APIResponseValidationError, ConfigurationError, PaginationError, Usage
from cfimages.cli import __main__, confirming, progress
from cfimages.cli.messages import Messages
from cfimages.cli.output import json_line
from cfimages.cli.requests import Request, path_of
from cfimages.cli.status import RefusedError, Status, TerminatedError, status_of
from cfimages.jobs import JobStoppedError, Progress, Summary

COUNTS: Any = dict.fromkeys(("planned", "started", "done", "skipped", "failed", "in_doubt"), 0)


class Terminal(io.StringIO):
    """A file that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("answer", "yes"), [("y\n", True), ("YES\n", True), ("n\n", False), ("\n", False), ("", False)]
)
@pytest.mark.parametrize("stdin_is_list", [True, False])
def test_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, yes: bool, stdin_is_list: bool) -> None:
    (tmp_path / "tty").write_text(answer, "utf-8")
    monkeypatch.setattr(confirming, "TERMINAL", str(tmp_path / "tty"))
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(sys, "stdin", Terminal("" if stdin_is_list else answer))
    if yes:
        confirming.confirm("Really?", stdin_is_list=stdin_is_list)
    else:
        with pytest.raises(RefusedError, match="not confirmed"):
            confirming.confirm("Really?", stdin_is_list=stdin_is_list)
    assert "Really? [y/N]" in sys.stderr.getvalue()  # type: ignore[attr-defined]  # a Terminal


def test_no_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirming, "TERMINAL", str(tmp_path / "none"))
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    for stdin_is_list in (True, False):
        with pytest.raises(RefusedError, match="--yes"):
            confirming.confirm("Really?", stdin_is_list=stdin_is_list)


def event(left: int, **more: Any) -> Progress:
    values = {"total": 10, "done": 0, "skipped": 0, "failed": 0, "in_doubt": 0, "rate": 2.0, "remaining": left / 2}
    return Progress(left=left, **{**values, **more})


def summary(left: int, seconds: float) -> Summary:
    return Summary("delete", "a", {**COUNTS, "planned": left}, left, seconds, ())


def test_lines_every_few_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    said: list[str] = []
    messages: Any = SimpleNamespace(say=said.append, quiet=False)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress.RunningProgress(messages, summary(10, 100.0), lambda: now[0]) as shown:
        shown.show(event(9))
        now[0] = 5.0
        shown.show(event(8, failed=1, in_doubt=2))
        shown.show(event(7))
    assert said == [
        "2 of 10: 2.0/s, 0:01:20 left, 1 failed, 2 in doubt"
    ]  # as the rate limit allows, not as the rate so far
    planning = progress.PlanningProgress(messages, lambda: now[0])
    for now[0] in (5.0, 9.0, 10.0, 11.0):
        planning(None)  # type: ignore[arg-type]  # it only counts
    assert said[1:] == ["Planning: 3 requests so far"]
    assert progress.RunningProgress(messages, summary(0, 0.0)).text(event(0, remaining=None)) == "2.0/s, 0:00:00 left"


def test_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with progress.RunningProgress(Messages(), summary(10, 0.0)) as shown:
        shown.show(event(3, remaining=7300.0))
    assert "7/10" in screen.getvalue()
    assert "2:01:40 left" in screen.getvalue()


@pytest.mark.parametrize(("term", "lines_only"), [("dumb", False), ("xterm", True)])
def test_no_bar_on_a_dumb_terminal_nor_between_lines(
    monkeypatch: pytest.MonkeyPatch, term: str, lines_only: bool
) -> None:
    monkeypatch.setenv("TERM", term)
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with progress.RunningProgress(Messages(), summary(10, 0.0), lines_only=lines_only) as shown:
        shown.show(event(3))
    assert screen.getvalue() == ""


@pytest.fixture
def main(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Callable[..., object]:
    """Run the program in this process, and return what it exits with."""

    def run(*words: str) -> object:
        monkeypatch.setattr(sys, "argv", ["cfimages", *words])
        with pytest.raises(SystemExit) as ended:
            __main__.main()
        return ended.value.code

    return run


def test_the_entry_point(main: Callable[..., object], monkeypatch: pytest.MonkeyPatch) -> None:
    assert main("stats") == 0
    assert main("list", "--meta", "x") == 2

    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cfimages.cli.app.cli.main", interrupted)
    assert main("stats") == 130


@pytest.mark.parametrize(
    ("name", "importing"), [("click", ["app"]), ("platformdirs", ["folders", "journals"]), ("rich", [])]
)
def test_without_the_extra_it_says_what_to_install(
    main: Callable[..., object], monkeypatch: pytest.MonkeyPatch, name: str, importing: list[str]
) -> None:
    for module in importing:
        monkeypatch.delitem(sys.modules, f"cfimages.cli.{module}", raising=False)
    for module in [module for module in sys.modules if module.partition(".")[0] == name]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, name, None)
    assert main("jobs", "list", "--format", "table") == __main__.INSTALL


def test_another_module_that_is_missing_is_a_mistake_of_ours(
    main: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cfimages.cli.app", None)
    with pytest.raises(ModuleNotFoundError):
        main("stats")


def test_a_standard_output_that_breaks_at_the_end(
    main: Callable[..., object], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (tmp_path / "out").open("w") as file:
        broken: Any = SimpleNamespace(fileno=file.fileno, isatty=lambda: False, buffer=io.BytesIO())
        flushes = iter((OSError(28, "No space left"),))

        def flush() -> None:
            for error in flushes:
                raise error

        broken.flush = flush
        monkeypatch.setattr(sys, "stdout", broken)
        assert main("jobs", "list") == 0
        assert os.fstat(file.fileno()).st_rdev == os.stat(os.devnull).st_rdev  # noqa: PTH116 - the same for both


@pytest.mark.parametrize(("error", "status"), [(KeyboardInterrupt, 130), (TerminatedError, 143), (BrokenPipeError, 0)])
def test_what_ends_a_command(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, error: type[BaseException], status: int
) -> None:
    def stats(_: object) -> None:
        raise error

    monkeypatch.setattr("cfimages.CloudflareImages.stats", stats)
    assert shell("stats", check=status).out == ""


def test_sigterm_ends_a_command(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr("cfimages.CloudflareImages.stats", lambda _: signal.raise_signal(signal.SIGTERM))
    shell("stats", check=143)
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_sigterm_that_is_ignored_stays_ignored(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        monkeypatch.setattr("cfimages.CloudflareImages.stats", raising(signal.SIGTERM))
        shell("stats", check=0)
    finally:
        signal.signal(signal.SIGTERM, before)


def raising(number: signal.Signals) -> Callable[[object], Usage]:
    """What raises a signal, and returns what `stats` returns."""

    def stats(_: object) -> Usage:
        signal.raise_signal(number)
        return Usage(1, 2)

    return stats


def test_a_mistake_of_ours_is_seen_as_what_it_is(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cfimages.CloudflareImages.stats", lambda _: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        shell("stats")


def test_statuses_of_errors() -> None:
    assert status_of(APIConnectionError("x")) == Status.UNFINISHED
    assert status_of(APIResponseValidationError("x")) == Status.UNFINISHED
    assert status_of(PaginationError("x")) == Status.UNFINISHED
    assert status_of(JobStoppedError("x")) == Status.UNFINISHED
    assert status_of(OSError("x")) == Status.FAILED


def test_requests_that_cannot_be_read_or_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = tmp_path / "x.job"
    Request("delete", {"ids": ["a"]}, "/", confirmed=True).write(journal)
    assert Request.read(journal) == Request("delete", {"ids": ["a"]}, "/", confirmed=True)
    assert is_private(path_of(journal))
    monkeypatch.setattr("json.dump", lambda *_: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        Request().write(journal)
    assert [path.name for path in tmp_path.iterdir()] == ["x.job.request"]
    for wrong in ("", "[]", "{}", '{"command": 1}'):
        path_of(journal).write_text(wrong, "utf-8")
        assert Request.read(journal) == Request()


def test_a_proxy_that_cannot_be_used_is_no_mistake_of_the_option(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def unusable(*_: object) -> None:
        raise ConfigurationError("the proxy cannot be used")

    monkeypatch.setattr("cfimages.Variants.get", unusable)
    assert "the proxy" in shell("variants", "get", "public", check=Status.NO_ACCESS).err


def test_text_that_utf_8_cannot_say_is_escaped() -> None:
    assert json_line({"id": "\ud800é"}) == b'{"id": "\\ud800\\u00e9"}\n'


def test_a_standard_error_that_cannot_be_written(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def echo(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cfimages.cli.messages.click.echo", echo)
    monkeypatch.setattr("click.UsageError.show", echo)
    shell("delete", check=2)
    shell("get", "nope", check=1)


def test_standard_streams_that_are_closed_lead_nowhere(
    main: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    assert main("jobs", "list") == 0
    assert sys.stdout.name == sys.stderr.name == sys.stdin.name == os.devnull
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        stream.close()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["delet", "x"], "No such command 'delet'. Did you mean 'delete'?\n"),
        (["jobs", "shw"], "Did you mean 'show'?\n"),
        (["qqqq"], "No such command 'qqqq'.\n"),
        (["q" * 5000], "qqq'.\n"),
        (["orphans", "--refs-text", "a.md", "b.md"], "No such command 'b.md'. It is a file: quote patterns"),
        (["--nope"], "No such option"),
    ],
)
def test_an_unknown_word(shell: Shell, words: list[str], says: str) -> None:
    Path("b.md").touch()
    assert says in shell(*words, check=2).err


def test_the_package_runs_as_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["x", "--version"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(Path(cfimages.__file__).with_name("__main__.py")), run_name="__main__")
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"cfimages {cfimages.__version__}\n"
