"""The images of a command: ids, or filters."""

import functools
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import click

from cfimages.cli.values import GRAMMAR, conditions, moment
from cfimages.cli.words import OPTION_OF, in_options

BOTH = "--everything and a filter: use only one of them"


@contextmanager
def naming_options(**others: str) -> Iterator[None]:
    """Turn InvalidArgumentError into a usage error that names the option. Others are added to the usual ones."""
    from cfimages import ConfigurationError, InvalidArgumentError

    try:
        yield
    except ConfigurationError:
        raise
    except InvalidArgumentError as error:
        text = str(error)
        match = re.match(r"([a-z_0-9]+)\b", text)
        option = {**OPTION_OF, **others}.get(match[1] if match else "")
        text = in_options(text)
        raise (click.BadParameter(text, param_hint=option) if option else click.UsageError(text)) from None


class Filters(NamedTuple):
    """The filters of the command line, as arguments of the SDK."""

    arguments: dict[str, Any]

    @property
    def given(self) -> dict[str, Any]:
        """The filters that were given."""
        return {name: value for name, value in self.arguments.items() if value is not None}

    def __bool__(self) -> bool:
        return bool(self.given)


def with_filters(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the filter options to a command, and pass `Filters` as `filters`."""

    @click.option("--meta", multiple=True, metavar="CONDITION", help=f"Condition on metadata: {GRAMMAR}. Repeatable.")
    @click.option(
        "--creator", multiple=True, metavar="ID", help="Only images of this creator; '' means without one. Repeatable."
    )
    @click.option(
        "--since",
        metavar="TIME",
        help="Only images uploaded at this time or later: a date such as 2026-01-01 (UTC), or 7d for seven days ago.",
    )
    @click.option("--before", metavar="TIME", help="Only images uploaded before this time, written as for --since.")
    @functools.wraps(command)
    def filtering(
        *arguments: Any,
        meta: tuple[str, ...],
        creator: tuple[str, ...],
        since: str | None,
        before: str | None,
        **options: Any,
    ) -> Any:
        filters = Filters(
            {
                "meta": conditions(meta),
                "creator": (creator[0] if len(creator) == 1 else list(creator)) if creator else None,
                "uploaded_since": moment(since, "--since"),
                "uploaded_before": moment(before, "--before"),
            }
        )
        return command(*arguments, filters=filters, **options)

    return filtering


class Ids(NamedTuple):
    """The ids of the command line; iterate them once."""

    given: tuple[str, ...]
    files: tuple[str, ...]
    null: bool

    @property
    def is_one(self) -> bool:
        """Whether it is one id, given as an argument."""
        return len(self.given) == 1 and not self.files

    @property
    def read_stdin(self) -> bool:
        """Whether standard input is the list."""
        return "-" in self.files

    def __bool__(self) -> bool:
        return bool(self.given or self.files)

    def all(self) -> list[str]:
        """Return all ids. Raises a usage error if they cannot be read."""
        found = list(self.given)
        for name in self.files:
            found += _lines(name, null=self.null)
        return found


def with_ids(name: str = "id", *, plural: str = "ids") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a command take ids as arguments, from a file or from standard input, and pass `Ids` as `ids`."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @click.argument("given_ids", metavar=f"[{name.upper()}]...", nargs=-1)
        @click.option(
            "--from",
            "files",
            multiple=True,
            metavar="FILE",
            help=f"Read {plural} from a file, one per line. - is standard input; it can also be an argument.",
        )
        @click.option(
            "--null",
            "-0",
            "read_null",
            is_flag=True,
            help=f"In the file, each {name} ends with NUL instead of a line break.",
        )
        @functools.wraps(command)
        def choosing(
            *arguments: Any, given_ids: tuple[str, ...], files: tuple[str, ...], read_null: bool, **options: Any
        ) -> Any:
            more = ("-",) if "-" in given_ids else ()
            ids = Ids(
                tuple(text for text in given_ids if text != "-"), tuple(dict.fromkeys((*files, *more))), read_null
            )
            return command(*arguments, ids=ids, **options)

        return choosing

    return decorate


def with_patterns(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add file patterns to a command, as `include` and `exclude`."""
    include = click.option(
        "--include", multiple=True, metavar="PATTERN", help="Only files that match, such as '**/*.png'. Repeatable."
    )
    exclude = click.option("--exclude", multiple=True, metavar="PATTERN", help="Skip files that match. Repeatable.")
    return include(exclude(command))


def chosen(command: str, ids: Ids, filters: Filters, *, everything: bool) -> dict[str, Any]:
    """Return the ids or filters as arguments of a job. Raises a usage error without any."""
    if not ids and not filters and not everything:
        raise click.UsageError(
            f"no ids and no filter: pass some, or use `cfimages {command} --everything` for all images"
        )
    if ids and (filters or everything):
        raise click.UsageError("ids and filters: use only one of them")
    if filters and everything:
        raise click.UsageError(BOTH)
    if ids:
        return {"ids": list(dict.fromkeys(ids.all()))}
    if everything:
        return {"everything": True}
    return filters.given


def _lines(name: str, *, null: bool) -> list[str]:
    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        text = content.decode("utf-8", "surrogatepass" if null else "strict")
    except OSError as error:
        raise click.BadParameter(f"{name}: {error.strerror}", param_hint="--from") from None
    except UnicodeDecodeError:
        raise click.BadParameter(f"{name}: is not UTF-8", param_hint="--from") from None
    lines = text.split("\0") if null else [line.removesuffix("\r") for line in text.split("\n")]
    if not null and "\0" in text:
        raise click.BadParameter(f"{name}: contains NUL: use -0", param_hint="--from")
    return [line for line in lines if line]
