"""Ask before something is changed."""

import sys
from contextlib import ExitStack
from typing import IO

import click

from cfimages.cli.status import RefusedError

TERMINAL = "/dev/tty"


def confirm(question: str, *, stdin_is_list: bool) -> None:
    """Ask on the terminal. Raises RefusedError if the answer is not yes, or if there is no terminal.

    Where standard input is the list of ids, the answer is read from the terminal itself.
    """
    with ExitStack() as stack:
        answers = _answers(stack, stdin_is_list=stdin_is_list)
        if answers is None:
            raise RefusedError("there is no terminal to ask on: nothing was changed; use --yes to confirm")
        click.echo(f"{question} [y/N] ", err=True, nl=False)
        answer = answers.readline()
    if answer.strip().lower() not in ("y", "yes"):
        if not answer.endswith("\n"):
            click.echo(err=True)
        raise RefusedError("not confirmed: nothing was changed")


def _answers(stack: ExitStack, *, stdin_is_list: bool) -> IO[str] | None:
    if not sys.stderr.isatty():  # the question would not be seen
        return None
    if not stdin_is_list:
        return sys.stdin if sys.stdin.isatty() else None
    try:
        return stack.enter_context(open(TERMINAL, encoding="utf-8", errors="replace"))  # noqa: PTH123 - a device
    except OSError:
        return None
