"""Jobs that cannot resume from the journal alone: the command is repeated with the same journal."""

import re
import shlex
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from cfimages.cli.connecting import Connection
from cfimages.cli.job_commands import JobOptions
from cfimages.cli.requests import Request
from cfimages.cli.running import Running

if TYPE_CHECKING:
    from cfimages.jobs import Job

COMMANDS = {
    "copy": "copy",
    "compare": "compare",
    "orphans": "orphans",
    "quarantine": "orphans --quarantine",
    "reap": "orphans reap",
}
"""The commands of jobs that need more than their journals: a second account, or references. By the kind of job."""
LEFT_OUT = ("journal", "yes", "dry_run", "as_json")
"""Options that are not repeated. The confirmation is stored beside the journal."""
LOGIN = re.compile(r"(://[^:/@\s]*:)\S*@")
"""The user and the password in a URL. The password may have an `@` itself."""
OPTION = re.compile(r"([?&][^=&\s]*(?:pass|pwd|secret|token|odbc_connect)[^=&\s]*=)[^&\s]*", re.IGNORECASE)
"""An option of a URL that is a password, or has one."""


class Again(Running):
    """One job of the command line that resumes when its command is repeated."""

    def __init__(
        self,
        connection: Connection,
        options: JobOptions,
        path: Path,
        *,
        again: Path | None = None,
        stdin_is_list: bool = False,
    ) -> None:
        super().__init__(connection, options, path, stdin_is_list=stdin_is_list)
        self._given = words_of(click.get_current_context(), without=("max_items",))
        self._again = again or path
        self._words = self._words_with(self._most)
        self._confirmed = options.yes and not options.dry_run

    def make(self, function: "Callable[[], Job]") -> None:
        """Plan a job, or resume it, and run it."""
        self.run(function, Request(confirmed=self._confirmed or Request.read(self._path).confirmed))

    def _command(self, most: int | None) -> str:
        return shlex.join(self._words_with(most))

    def _words_with(self, most: int | None) -> tuple[str, ...]:
        limit = () if most is None else ("--max", str(most))
        return (*self._given, *limit, "--journal", str(self._again))


def command_of(kind: str, path: Path) -> str:
    """Return the command that resumes the job of a journal, given its kind."""
    if kind not in COMMANDS:
        return shlex.join(["cfimages", "jobs", "resume", str(path)])
    words = Request.read(path).words  # none where a program has planned it
    return shlex.join(words) if words else f"cfimages {COMMANDS[kind]} ... --journal {shlex.quote(str(path))}"


def words_of(context: click.Context, *, without: Collection[str] = ()) -> list[str]:
    """Return the words of the command line to repeat, without secrets."""
    words = context.command_path.split()
    for parameter in context.command.params:
        name = parameter.name or ""
        if context.get_parameter_source(name) is not ParameterSource.COMMANDLINE or name in {*LEFT_OUT, *without}:
            continue
        value = context.params[name]
        values = [str(one) for one in _flat(value)]
        if name == "refs_command":
            values = [_without_arguments(one) for one in values]
        values = [_without_password(one) for one in values]
        if isinstance(parameter, click.Argument):
            words += values
        elif isinstance(parameter, click.Option) and parameter.is_flag:
            words.append((parameter.opts if value else parameter.secondary_opts)[0])
        else:
            for at in range(0, len(values), parameter.nargs):
                words += [parameter.opts[0], *values[at : at + parameter.nargs]]
    return words


def _flat(value: object) -> list[object]:
    return [inner for one in value for inner in _flat(one)] if isinstance(value, tuple) else [value]


def _without_arguments(command: str) -> str:
    """Return a command line with `...` for the arguments of --refs-command, which may be secret."""
    program, *arguments = shlex.split(command)
    return f"{shlex.quote(program)} ..." if arguments else command


def _without_password(word: str) -> str:
    """Return a word with `***` for the password of a URL."""
    return OPTION.sub(r"\1***", LOGIN.sub(r"\1***@", word))
