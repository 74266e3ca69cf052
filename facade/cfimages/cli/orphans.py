"""`cfimages orphans` and `cfimages orphans reap`."""

import functools
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.core import ParameterSource

from cfimages.cli.choosing import naming_options
from cfimages.cli.connecting import Connection, on_account
from cfimages.cli.groups import Group
from cfimages.cli.job_commands import JobOptions, job_options
from cfimages.cli.output import Output, usual_format
from cfimages.cli.progress import PlanningProgress
from cfimages.cli.status import IncompleteError, RefusedError, Status
from cfimages.cli.values import conditions, duration
from cfimages.cli.words import in_options

if TYPE_CHECKING:
    from cfimages.jobs import references


class Given(NamedTuple):
    """The options for references and images."""

    files: tuple[str, ...]
    texts: tuple[str, ...]
    sql: tuple[tuple[str, str], ...]
    commands: tuple[str, ...]
    complete: bool
    arguments: dict[str, Any]

    def references(self) -> "list[references.References]":
        """Return the references. Raises a usage error if there are none, or if some may be missing."""
        from cfimages.jobs import references as refs

        found: list[references.References] = [refs.IdFile(name) for name in self.files if name != "-"]
        if "-" in self.files:
            if not self.complete:
                raise click.UsageError(
                    "--refs-file -: a program that ends early looks like fewer references:"
                    " use --refs-command, or say --refs-complete"
                )
            try:
                found.append(refs.Ids(sys.stdin.buffer.read().decode().splitlines()))
            except UnicodeDecodeError:
                raise click.BadParameter("-: is not UTF-8", param_hint="--refs-file") from None
        found += map(refs.Text, self.texts)
        with naming_options(url="--refs-sql"):
            found += [refs.Sql(url, query) for url, query in self.sql]
        for words in self.commands:
            try:
                found.append(refs.Command(shlex.split(words)))
            except ValueError as error:
                raise click.BadParameter(f"{words}: {error}", param_hint="--refs-command") from None
        if not found:
            raise click.UsageError("no references: use --refs-file, --refs-text, --refs-sql or --refs-command")
        return found


def with_references(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of references to a command, and pass `Given` as `given`."""

    @click.option(
        "--refs-file", multiple=True, metavar="FILE", help="Read ids or URLs from a file, one per line. Repeatable."
    )
    @click.option(
        "--refs-text",
        multiple=True,
        metavar="PATTERN",
        help="Find ids and URLs in texts, such as 'site/**/*.md'. Repeatable.",
    )
    @click.option(
        "--refs-sql",
        nargs=2,
        multiple=True,
        metavar="URL QUERY",
        help="Read ids or URLs from a database: sqlite:///app.db 'select ...'.",
    )
    @click.option(
        "--refs-command",
        multiple=True,
        metavar="CMD",
        help="Read ids or URLs from the output of a program, which must exit with status 0.",
    )
    @click.option(
        "--refs-complete", is_flag=True, help="Confirm that standard input (--refs-file -) has all references."
    )
    @click.option("--allow-fewer", is_flag=True, help="Accept fewer than half as many references as last time.")
    @click.option(
        "--meta",
        multiple=True,
        metavar="CONDITION",
        help="Only images that meet this condition on metadata. Repeatable.",
    )
    @click.option("--creator", multiple=True, metavar="ID", help="Only images of this creator. Repeatable.")
    @functools.wraps(command)
    def referring(
        *arguments: Any,
        refs_file: tuple[str, ...],
        refs_text: tuple[str, ...],
        refs_sql: tuple[tuple[str, str], ...],
        refs_command: tuple[str, ...],
        refs_complete: bool,
        allow_fewer: bool,
        meta: tuple[str, ...],
        creator: tuple[str, ...],
        **options: Any,
    ) -> Any:
        chosen = {"meta": conditions(meta), "creator": list(creator) or None, "allow_fewer": allow_fewer}
        given = Given(refs_file, refs_text, refs_sql, refs_command, refs_complete, chosen)
        return command(*arguments, given=given, **options)

    return referring


@click.group("orphans", cls=Group, invoke_without_command=True)
@with_references
@click.option("--older-than", metavar="TIME", default="1d", show_default=True, help="Only images uploaded longer ago.")
@click.option("--quarantine", is_flag=True, help="Mark the orphans in their metadata, for `orphans reap`.")
@click.option("--key", metavar="KEY", default="quarantine", show_default=True, help="The metadata key of the mark.")
@job_options
@on_account
def orphans_command(
    connection: Connection, *, given: Given, older_than: str, quarantine: bool, key: str, job: JobOptions
) -> None:
    """Report images that nothing refers to, or mark them with --quarantine.

    References are ids or delivery URLs in files, texts, databases, or the output of a program. Name all places that
    have some. The command refuses to continue if one cannot be read, if there are no references, or if there are fewer
    than half as many as last time. Drafts and images of the last day are left out.

    \b
      cfimages orphans --refs-text 'site/**/*.md' --refs-text 'site/**/*.html'
      cfimages orphans --refs-sql sqlite:///app.db 'select image_id from posts' --quarantine
      cfimages orphans reap --refs-sql sqlite:///app.db 'select image_id from posts' --after 14d
    """
    context = click.get_current_context()
    if context.invoked_subcommand is not None:
        for parameter in context.command.params:
            if context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE:
                raise click.UsageError(f"{parameter.opts[0]}: put options after `{context.invoked_subcommand}`")
        return
    from cfimages import jobs

    age = duration(older_than, "--older-than")
    if quarantine:
        _run(connection, job, given, "quarantine", jobs.quarantine, older_than=age, key=key)
    else:
        _report(connection, job, given, older_than=age)


@orphans_command.command("reap")
@with_references
@click.option(
    "--after", metavar="TIME", default="14d", show_default=True, help="Delete only images that were marked longer ago."
)
@click.option("--key", metavar="KEY", default="quarantine", show_default=True, help="The metadata key of the mark.")
@click.option(
    "--backup",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Save the original and the record of each image here first, so that `jobs undo` can upload them.",
)
@job_options
@on_account
def reap_command(
    connection: Connection, *, given: Given, after: str, key: str, backup: Path | None, job: JobOptions
) -> None:
    """Delete marked images that nothing refers to.

    Each run reads the references again. To resume after an interruption, repeat the command with its --journal.

    \b
      cfimages orphans reap --refs-text 'site/**/*' --after 14d --backup reaped/
    """
    from cfimages import jobs

    _run(connection, job, given, "reap", jobs.reap, after=duration(after, "--after"), key=key, backup=backup)


def _report(connection: Connection, job: JobOptions, given: Given, **arguments: Any) -> None:
    from cfimages import jobs
    from cfimages.cli.journals import new_journal

    references = given.references()
    with connection.client() as images:
        path = (job.journal or new_journal("orphans")).absolute()
        with connection.telling(PlanningProgress(connection.messages)):
            found = jobs.orphans(images, path, references, batch=job.batch, **given.arguments, **arguments)
        notes = found.summary().notes
        count = found.run().counts["done"]
        Output("json" if job.as_json else usual_format(), None).write(item.before or {} for item in found.items())
    connection.messages.say(in_options("\n".join(notes or [f"Orphans: {count:,}"])))
    if job.max_items is not None and count > job.max_items:
        connection.messages.error(RefusedError(f"{count:,} are more than --max {job.max_items}"))
        raise IncompleteError(Status.REFUSED)


def _run(
    connection: Connection, job: JobOptions, given: Given, kind: str, function: Callable[..., Any], **arguments: Any
) -> None:
    from cfimages.cli.again import Again
    from cfimages.cli.journals import new_journal

    references = given.references()
    with connection.client() as images:
        path = (job.journal or new_journal(kind)).absolute()
        running = Again(connection, job, path, stdin_is_list="-" in given.files)
        with naming_options(key="--key", references="--refs-file"):
            running.make(lambda: function(images, path, references, batch=job.batch, **given.arguments, **arguments))
