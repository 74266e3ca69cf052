"""`cfimages sync`."""

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cfimages.cli.again import words_of
from cfimages.cli.choosing import naming_options, with_patterns
from cfimages.cli.connecting import Connection, on_account
from cfimages.cli.escaping import escaped
from cfimages.cli.job_commands import JobOptions, job_options, start
from cfimages.cli.output import usual_format
from cfimages.cli.reports import Rows, are_more
from cfimages.cli.status import IncompleteError, RefusedError, Status, first, status_of
from cfimages.cli.values import metadata

if TYPE_CHECKING:
    from cfimages.jobs import JobStatus

SAMPLE = 5
"""How many ids of images to delete are shown."""


@click.command("sync")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--id",
    "template",
    metavar="TEMPLATE",
    default="{path}",
    show_default=True,
    help="A template for ids, with {path}, {name}, {stem}, {suffix}, {sha256} or {sha256:16}.",
)
@click.option("--prefix", metavar="TEXT", default="", help="A prefix for all ids, such as photos/.")
@with_patterns
@click.option(
    "--meta",
    multiple=True,
    metavar="KEY=VALUE",
    help="Add metadata to new images: KEY=VALUE, or KEY:=JSON. Repeatable.",
)
@click.option(
    "--where",
    multiple=True,
    metavar="KEY=VALUE",
    help="Only images with this metadata belong to the folder. New images get it. Repeatable.",
)
@click.option("--creator", metavar="ID", help="Only images of this creator belong to the folder. New images get it.")
@click.option(
    "--sha256-key",
    metavar="KEY",
    default="sha256",
    show_default=True,
    help="The metadata key that holds the hash.",
)
@click.option("--replace", is_flag=True, help="Delete the image of a changed file, then upload the file again.")
@click.option("--reread", is_flag=True, help="Reread all files, even those that look unchanged.")
@click.option("--delete", is_flag=True, help="Afterwards delete images of earlier syncs whose files are gone.")
@click.option(
    "--everything", is_flag=True, help="With --delete: every image that a sync has uploaded belongs to this folder."
)
@click.option(
    "--max-delete",
    metavar="N|N%",
    default="50%",
    show_default=True,
    help="Refuse to delete more of the earlier images than this.",
)
@click.option(
    "--allow-empty", is_flag=True, help="Accept a folder without files, which may be a disk that is not mounted."
)
@click.option(
    "--backup",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Save the original and the record of each image here before it is replaced or deleted.",
)
@click.option(
    "--map",
    "map_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write path, id, delivery URL and hash of each file here, as JSON lines, for `cfimages rewrite`.",
)
@click.option("--variant", metavar="NAME", default="public", show_default=True, help="The variant of these URLs.")
@job_options
@on_account
def sync_command(
    connection: Connection,
    *,
    folder: Path,
    template: str,
    prefix: str,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    meta: tuple[str, ...],
    where: tuple[str, ...],
    creator: str | None,
    sha256_key: str,
    replace: bool,
    reread: bool,
    delete: bool,
    everything: bool,
    max_delete: str,
    allow_empty: bool,
    backup: Path | None,
    map_file: Path | None,
    variant: str,
    job: JobOptions,
) -> None:
    """Upload new files of a folder; replace images (--replace) or delete them (--delete).

    --replace is for files that have changed, --delete for images whose files are gone.

    The hash of each file is stored in the metadata of its image, so a second sync sends only what has changed. An id
    cannot be overwritten: for files that change, use --replace, or put the hash into the id. If the metadata has no
    room for the hash, it is stored in the --map.

    --delete is a second job, which starts when all uploads are done, and asks again. It deletes only images that a sync
    has uploaded, and that match --prefix, --where and --creator.

    \b
      cfimages sync photos/ --prefix photos/ --dry-run
      cfimages sync photos/ --prefix photos/ --id '{path}-{sha256:8}' --delete --max-delete 10%
    """
    from cfimages.cli.journals import new_journal

    if allow_empty and not delete:
        raise click.UsageError("--allow-empty needs --delete")
    if everything and not delete:
        raise click.UsageError("--everything needs --delete")
    parts = {"--prefix": bool(prefix), "--where": bool(where), "--creator": creator is not None}
    named = [name for name, given in parts.items() if given]
    if everything and named:
        raise click.UsageError(f"--everything and {named[0]}: use only one of them")
    if delete and not named and not everything:
        raise click.UsageError(
            "--delete needs --prefix, --where or --creator: without one, images of other folders would be deleted too."
            " Say --everything if every image that a sync has uploaded belongs to this folder"
        )
    kept = None if backup is None else str(backup.absolute())
    files: dict[str, Any] = {
        "folder": str(folder.absolute()),
        "id": template,
        "prefix": prefix,
        "include": list(include),
        "exclude": list(exclude),
        "where": metadata(where, "--where") or None,
        "creator": creator,
        "sha256_key": sha256_key,
    }
    kept_in = {"map": None if map_file is None else str(map_file.absolute())}
    more = {
        **kept_in,
        "metadata": metadata(meta, "--meta") or None,
        "reread": reread,
        "replace": replace,
        "backup": kept if replace else None,
    }
    most: int | str = int(max_delete) if max_delete.isdecimal() else max_delete
    if not re.fullmatch("[0-9]+%?", max_delete):
        raise click.BadParameter(f"{max_delete}: must be a number, or a share such as 10%", param_hint="--max-delete")
    with naming_options(
        folder="DIR",
        max_delete="--max-delete",
        sha256_key="--sha256-key",
        include="--include",
        variant="--variant",
    ):
        journal = (job.journal or new_journal("sync")).absolute()
        again = Again(click.get_current_context(), yes=job.yes)
        ended = Status.DONE
        try:
            start(connection, job._replace(journal=journal), "sync", files | more)
        except IncompleteError as error:
            ended = error.status
        mapped = Status.DONE
        if map_file is not None and not job.dry_run and ended in (Status.DONE, Status.FAILED):
            mapped = _write_map(connection, journal, map_file, variant)
        if ended:
            raise IncompleteError(
                _without_delete(connection, journal, ended, again, job.max_items) if delete else first(ended, mapped)
            )
        if mapped:
            if delete:
                connection.messages.write("Nothing was deleted, because the map was not written.")
            raise IncompleteError(mapped)
        if not delete:
            return
        if job.dry_run:
            shown = files | kept_in | {"allow_empty": allow_empty, "beside": str(journal)}
            _show_gone(connection, job, shown, again)
            return
        arguments = (
            files
            | kept_in
            | {
                "syncs": _syncs(journal, files),
                "everything": everything,
                "max_delete": most,
                "allow_empty": allow_empty,
                "reread": reread,
                "backup": kept,
            }
        )
        _delete(connection, job._replace(journal=None), arguments, again)


def _write_map(connection: Connection, journal: Path, file: Path, variant: str) -> Status:
    """Write the URLs of a sync. If that fails, say why. Return the exit status."""
    from cfimages import CloudflareImagesError, InvalidArgumentError, jobs

    try:
        with connection.client() as images:
            count = jobs.write_url_map(images, journal, file, variant=variant)
    except InvalidArgumentError:  # `naming_options` names the option
        raise
    except (CloudflareImagesError, OSError) as error:
        connection.messages.error(error)
        return status_of(error) or Status.FAILED
    connection.messages.say(f"{file} has {count:,} files.")
    return Status.DONE


class Again:
    """The command to repeat, perhaps with more options."""

    def __init__(self, context: click.Context, *, yes: bool) -> None:
        self._context = context
        self._yes = ["--yes"] if yes else []

    def __call__(self, *more: str, without: str = "") -> str:
        """Return it with more options, which may replace others."""
        return shlex.join([*words_of(self._context, without=(without,)), *self._yes, *more])

    def with_max(self, count: int) -> str:
        """Return it with another limit."""
        return self("--max", str(count), without="max_items")

    def allowing(self, refused: str) -> str:
        """Return it with the option that an error names, if the error would otherwise repeat."""
        if "allow_empty=True" in refused:
            return self("--allow-empty")
        most = re.search("max_delete='?([0-9]+%?)", refused)
        return self("--max-delete", most[1], without="max_delete") if most else self()


def _without_delete(
    connection: Connection, journal: Path, status: Status, again: Again, max_items: int | None
) -> Status:
    """Say that nothing was deleted, and what to do. Return the exit status, given that of the sync."""
    from cfimages import jobs

    how, command = "To sync and delete:", again()
    if status is Status.REFUSED and max_items is not None and (left := _left(jobs.read(journal))) > max_items:
        command = again.with_max(left)
    if status is Status.FAILED:
        report = jobs.read(journal).report
        status = Status.UNFINISHED if report.counts["done"] or report.counts["failed"] else Status.REFUSED
        how = "Once that is corrected:"
        if any("replace=True" in reason for _, reason, _ in report.reasons):
            how, command = "To replace, sync and delete:", again("--replace")
    connection.messages.write(f"Nothing was deleted, because not all of the sync is done. {how}\n  {command}")
    return status


def _show_gone(connection: Connection, job: JobOptions, files: dict[str, Any], again: Again) -> None:
    """Show what would be deleted after the sync."""
    from cfimages import jobs

    rows = Rows(wanted=job.as_json or usual_format() == "json")
    sample: list[str] = []
    count = 0
    with connection.client() as images:
        for image_id in jobs.gone(images, **files):
            count += 1
            sample += [escaped(image_id)] if len(sample) < SAMPLE else []
            rows.write({"item": image_id, "state": "planned", "id": image_id, "reason": "the folder has no such file"})
    names = f": {', '.join(sample)}{', ...' if count > SAMPLE else ''}" if sample else ""
    connection.messages.say(f"Then {count:,} would be deleted{names}")
    if job.max_items is not None and count > job.max_items:
        connection.messages.error(RefusedError(are_more(count, "image", job.max_items)))
        connection.messages.say(f"To sync and delete, raise --max:\n  {again.with_max(count)}")
        raise IncompleteError(Status.REFUSED)
    connection.messages.say(f"To sync and delete:\n  {again()}")


def _left(status: "JobStatus") -> int:
    return sum(status.counts[state] for state in ("planned", "started", "failed", "in_doubt"))


def _syncs(journal: Path, files: dict[str, Any]) -> list[str]:
    """Return the journal of a sync, and existing journals of other syncs of the same folder."""
    from cfimages import jobs
    from cfimages.cli.journals import known_journals

    def about(path: Path) -> tuple[object, ...] | None:
        try:
            job = jobs.read(path)
        except jobs.JobError:  # it was removed in this moment, or is damaged: then it says nothing
            return None
        return job.kind, job.account_id, *(job.arguments.get(name) for name in files)

    this = about(journal)
    return [str(journal), *sorted(str(path) for path in known_journals() if path != journal and about(path) == this)]


def _delete(connection: Connection, job: JobOptions, arguments: dict[str, Any], again: Again) -> None:
    """Delete images whose files are gone. If that is refused after uploads, the command is unfinished."""
    from cfimages import jobs

    try:
        start(connection, job, "prune", arguments)
    except (jobs.JobRefusedError, IncompleteError) as error:
        if isinstance(error, jobs.JobRefusedError):
            connection.messages.error(error)
            connection.messages.write(f"Nothing was deleted. To sync and delete:\n  {again.allowing(str(error))}")
        status = status_of(error) or Status.FAILED
        if status is Status.REFUSED and jobs.read(arguments["syncs"][0]).counts["done"]:
            status = Status.UNFINISHED
        raise IncompleteError(status) from error
