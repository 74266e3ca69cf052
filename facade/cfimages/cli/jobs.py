"""`cfimages jobs`: list, resume, undo and remove jobs."""

import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cfimages.cli.confirming import confirm
from cfimages.cli.connecting import Connection, on_account
from cfimages.cli.escaping import escaped
from cfimages.cli.groups import ListingGroup
from cfimages.cli.job_commands import JobOptions, job_options
from cfimages.cli.messages import Messages
from cfimages.cli.output import Output, Row, with_output
from cfimages.cli.status import IncompleteError, RefusedError, Status, first, status_of
from cfimages.cli.values import duration

if TYPE_CHECKING:
    from cfimages.jobs import JobStatus, State

COUNTED: tuple["State", ...] = ("done", "skipped", "failed", "in_doubt")
JOB_FIELDS = ("job", "file", "kind", "state", "account", "created", "changed", "left", *COUNTED)
JOB_TABLE = ("job", "kind", "state", "left", *COUNTED)
ITEM_FIELDS = ("item", "state", "id", "reason")
STATES = ("planned", "started", "done", "skipped", "failed", "in_doubt")

_journal_argument = click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))


@click.group("jobs", cls=ListingGroup)
def jobs_command() -> None:
    """See, resume and undo jobs. Without a subcommand: list them.

    Name a job by its journal: a file, or its name in the list.
    """


@jobs_command.command("list")
@with_output(JOB_FIELDS, JOB_TABLE)
@click.pass_obj
def list_jobs(messages: Messages, *, output: Output) -> None:
    """List the jobs of this user, the oldest first.

    Journals that --journal put elsewhere are listed too.
    """
    from cfimages import jobs
    from cfimages.cli.journals import begun, known_journals, name_of

    rows: list[Row] = []
    unreadable = False
    for path in known_journals():
        if (request := begun(path)) is not None:
            rows.append({"job": name_of(path), "file": str(path), "kind": request.command, "state": "planning"})
            continue
        try:
            rows.append(_row(jobs.read(path)))
        except jobs.JournalError as error:
            messages.error(error)
            unreadable = True
    rows.sort(key=lambda row: str(row.get("created", "")))
    if output.format == "table":  # room for what there is: columns that are empty are left out
        rows = [{**row, **{name: row.get(name) or None for name in COUNTED}} for row in rows]
    output.write_filled(lambda: rows)
    if unreadable:
        raise IncompleteError(Status.FAILED)


@jobs_command.command("show")
@_journal_argument
@click.option("--items", is_flag=True, help="Show the items instead.")
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="Only items in this state.")
@with_output(ITEM_FIELDS, ITEM_FIELDS)
@click.pass_obj
def show_job(messages: Messages, *, file: Path, items: bool, states: tuple[Any, ...], output: Output) -> None:
    """Show the progress of a job, and why items failed. With --items, show its items.

    \b
      cfimages jobs show FILE --state failed
    """
    from cfimages import jobs
    from cfimages.cli.again import command_of
    from cfimages.cli.journals import begun, find, state_of
    from cfimages.cli.reports import going_on, reasons_of, row_of, shown_report

    path = find(file)
    if (request := begun(path)) is not None:
        messages.write(f"{request.command}: planning has only begun, and nothing was changed.")
        messages.write(f"To resume:\n  {shlex.join(['cfimages', 'jobs', 'resume', str(path)])}")
        return
    found = jobs.read(path)
    if items or states:
        output.write_filled(lambda: map(row_of, found.items(*states)))
        return
    if output.format == "table":
        click.echo(escaped(f"{found.kind} in account {found.account_id}, {found.created}: {state_of(found)}"))
        click.echo(shown_report(found.report, found.path))
    else:
        row = {**_row(found), "reasons": reasons_of(found.report)}
        Output(output.format, None, known=tuple(row), table=JOB_TABLE).write([row])
    if found.unfinished and not found.running:
        messages.say(going_on(found.report, found.kind, command_of(found.kind, found.path)))


@jobs_command.command("resume")
@_journal_argument
@job_options
@on_account
def resume_job(connection: Connection, *, file: Path, job: JobOptions) -> None:
    """Resume a job that was planned, stopped or killed. It asks only if it was never confirmed.

    Some jobs need more than their journal: a copy or a comparison needs the other account, and orphan jobs need the
    references. For these, repeat the original command with --journal.
    """
    from cfimages import jobs
    from cfimages.cli.again import COMMANDS, command_of
    from cfimages.cli.journals import find
    from cfimages.cli.requests import Request
    from cfimages.cli.running import Running

    path = find(file)
    request = Request.read(path)
    if request.command is None and (found := jobs.read(path)).kind in COMMANDS and found.unfinished:
        connection.messages.write(
            f"Error: {escaped(str(path))}: the journal does not have everything that this job needs."
        )
        connection.messages.write(f"To resume:\n  {command_of(found.kind, path)}")
        raise IncompleteError(Status.UNFINISHED)
    with connection.client() as images:
        Running(connection, job, path).plan(images, request)


@jobs_command.command("undo")
@_journal_argument
@job_options
@on_account
def undo_job(connection: Connection, *, file: Path, job: JobOptions) -> None:
    """Undo a job: an edit, or a delete that had a --backup. The undo is a job of its own."""
    from cfimages import jobs
    from cfimages.cli.journals import find, new_journal
    from cfimages.cli.requests import Request
    from cfimages.cli.running import Running

    with connection.client() as images:
        done = jobs.resume(images, find(file), batch=job.batch)
        path = (job.journal or new_journal("undo")).absolute()
        Running(connection, job, path).run(lambda: done.undo(path), Request(confirmed=job.yes and not job.dry_run))


@jobs_command.command("rm")
@click.argument("files", metavar="[FILE]...", nargs=-1, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--done", is_flag=True, help="Remove the journals of all jobs that are done.")
@click.option("--older-than", metavar="TIME", help="Remove journals that are older than this, such as 30d.")
@click.option("--force", is_flag=True, help="Also remove journals of unfinished jobs, which then cannot be resumed.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.pass_obj
def remove_jobs(
    messages: Messages, *, files: tuple[Path, ...], done: bool, older_than: str | None, force: bool, yes: bool
) -> None:
    """Remove the journals of jobs. Their changes stay, and can no longer be undone.

    It asks before it removes unfinished jobs, or those of --done and --older-than. Without --force, --older-than skips
    unfinished jobs.

    \b
      cfimages jobs rm --done --older-than 30d
    """
    from cfimages import jobs
    from cfimages.cli.journals import begun, find, remove, state_of

    age = duration(older_than, "--older-than")
    chooses = done or age is not None
    if chooses == bool(files):
        raise click.UsageError("no journal: pass FILE..., or --done, --older-than or both")
    if done and force:
        raise click.UsageError("--done and --force: use only one of them")
    statuses: list[Status] = []
    if chooses:
        files = tuple(_old_journals(messages, statuses, age, force=force))
        if not files:
            messages.say("There is none.")
        elif not yes:
            confirm(f"Remove {len(files):,} journal{'s' if len(files) > 1 else ''}?", stdin_is_list=False)
    for file in files:
        try:
            path = find(file)
            is_safe = force or yes or begun(path) is not None
            if not is_safe and state_of(jobs.read(path)) in ("unfinished", "planning"):
                messages.write(f"{click.format_filename(file)}: is unfinished, and could not be resumed.")
                confirm("Remove it?", stdin_is_list=False)
            remove(path)
        except (jobs.JobError, RefusedError, OSError) as error:
            messages.error(error)
            statuses.append(status_of(error) or Status.FAILED)
    if statuses:
        raise IncompleteError(first(*statuses))


def _old_journals(messages: Messages, statuses: list[Status], age: timedelta | None, *, force: bool) -> Iterator[Path]:
    """Yield older journals: those of finished jobs, or with `force`, of all that are not running.

    For a journal that cannot be read, the status is added to `statuses`.
    """
    from cfimages import jobs
    from cfimages.cli.journals import known_journals, state_of

    now = datetime.now(UTC)
    for path in known_journals():
        try:
            found = jobs.read(path)
        except jobs.JournalError as error:
            messages.error(error)
            statuses.append(Status.FAILED)
            continue
        is_old = age is None or now - datetime.fromisoformat(found.created) > age
        if is_old and (state_of(found) == "done" or (force and not found.running)):
            yield path


def _row(found: "JobStatus") -> Row:
    from cfimages.cli.journals import changed_on, name_of, state_of

    return {
        "job": name_of(found.path),
        "file": str(found.path),
        "kind": found.kind,
        "state": state_of(found),
        "account": found.account_id,
        "created": found.created,
        "changed": changed_on(found.path),
        "left": sum(found.counts[state] for state in ("planned", "started", "failed", "in_doubt")),
        **{state: found.counts[state] for state in COUNTED},
    }
