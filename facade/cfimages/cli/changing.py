"""`cfimages delete` and `cfimages edit`."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cfimages.cli.choosing import Filters, Ids, chosen, naming_options, with_filters, with_ids
from cfimages.cli.confirming import confirm
from cfimages.cli.connecting import Connection, on_account
from cfimages.cli.escaping import escaped
from cfimages.cli.job_commands import JobOptions, job_options, start
from cfimages.cli.output import json_line, write_record
from cfimages.cli.values import metadata

if TYPE_CHECKING:
    from cfimages import CloudflareImages, Image


_WOULD = "Would {} {}. Nothing was changed. Leave --dry-run out to do it."


@click.command("delete")
@with_ids()
@with_filters
@click.option("--everything", is_flag=True, help="Delete every image of the account.")
@click.option(
    "--backup",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Save the original and the record of each image here first, so that `jobs undo` can upload them.",
)
@click.option("--no-recheck", is_flag=True, help="Do not check each image for changes just before it is deleted.")
@job_options
@on_account
def delete_command(
    connection: Connection,
    *,
    ids: Ids,
    filters: Filters,
    everything: bool,
    backup: Path | None,
    no_recheck: bool,
    job: JobOptions,
) -> None:
    """Delete images: those of ids, or those that filters choose.

    It asks first. Several ids are a job, which keeps a journal. An id that no image has is no error.

    \b
      cfimages delete logo
      cfimages delete --meta status=archived --before 2025-01-01 --backup old/
      cfimages list --creator ada --format ids | cfimages delete - --dry-run
    """
    arguments = chosen("delete", ids, filters, everything=everything)
    if ids.is_one and backup is None and not job.asks_for_job:
        _delete(connection, job, ids.given[0])
        return
    folder = None if backup is None else str(backup.absolute())
    arguments |= {"recheck": not no_recheck, "backup": folder}
    start(connection, job, "delete", arguments, stdin_is_list=ids.read_stdin)


@click.command("edit")
@with_ids()
@with_filters
@click.option("--everything", is_flag=True, help="Edit every image of the account.")
@click.option(
    "--set",
    "given_set",
    multiple=True,
    metavar="KEY=VALUE",
    help="Set a key of the metadata: KEY=VALUE, or KEY:=JSON. Repeatable.",
)
@click.option("--unset", multiple=True, metavar="KEY", help="Remove a key of the metadata. Repeatable.")
@click.option("--set-creator", metavar="ID", help="Set the creator; '' removes it.")
@click.option(
    "--private/--public", "private", default=None, help="Require a signature for delivery, or not. May change the id."
)
@job_options
@on_account
def edit_command(
    connection: Connection,
    *,
    ids: Ids,
    filters: Filters,
    everything: bool,
    given_set: tuple[str, ...],
    unset: tuple[str, ...],
    set_creator: str | None,
    private: bool | None,
    job: JobOptions,
) -> None:
    """Change metadata, creator or privacy of images: those of ids, or those that filters choose.

    Other keys of the metadata stay. A single image is changed immediately. Several become a job, which `jobs undo` can
    undo.

    \b
      cfimages edit logo --set status=active --unset draft
      cfimages edit --meta status=active --set priority:=3
    """
    new = metadata(given_set, "--set")
    if both := sorted(new.keys() & set(unset)):
        raise click.UsageError(f"--set and --unset {both[0]}: give one of them")
    if not new and not unset and set_creator is None and private is None:
        raise click.UsageError("nothing to change: give --set, --unset, --set-creator, --private or --public")
    arguments = chosen("edit", ids, filters, everything=everything)
    if ids.is_one and not job.asks_for_job:

        def change(images: "CloudflareImages", image_id: str) -> dict[str, Any]:
            return _edited(images, images.get(image_id), new, unset, set_creator, private)

        _edit(connection, job, ids.given[0], change)
        return
    changes = {
        "set": new or None,
        "unset": list(unset),
        "set_creator": set_creator,
        "require_signed_urls": private,
    }
    start(connection, job, "edit", arguments | changes, stdin_is_list=ids.read_stdin)


def _edited(
    images: "CloudflareImages",
    image: "Image",
    new: dict[str, Any],
    unset: tuple[str, ...],
    creator: str | None,
    private: bool | None,
) -> dict[str, Any]:
    """Edit an image unless it has these values already, and return its record."""
    before: dict[str, Any] = image.to_dict().get("meta", {})
    after = {key: value for key, value in {**before, **new}.items() if key not in unset}
    # JSON, because 1 == True in Python
    changes: dict[str, Any] = {"metadata": after} if json_line(after) != json_line(before) else {}
    if creator is not None and creator != (image.creator or ""):
        changes["creator"] = creator
    if private is not None and private != image.require_signed_urls:
        changes["require_signed_urls"] = private
    return (images.edit(image.id, **changes) if changes else image).to_dict()


def _delete(connection: Connection, job: JobOptions, id: str) -> None:
    """Delete a single image without a job."""
    from cfimages import NotFoundError

    with connection.client() as images, naming_options(image_id="ID"):
        if not job.dry_run and not job.yes:
            confirm(f"Delete {escaped(id)}?", stdin_is_list=False)
        try:
            if job.dry_run:
                images.get(id)
            else:
                images.delete(id)
        except NotFoundError:
            connection.messages.log("item", item=id, state="skipped")
            connection.messages.say(f"There is no image {escaped(id)}.")
            return
    if job.dry_run:
        connection.messages.say(_WOULD.format("delete", escaped(id)))
        return
    connection.messages.log("item", item=id, state="done")
    connection.messages.say(f"Deleted {escaped(id)}.")


def _edit(
    connection: Connection, job: JobOptions, id: str, change: "Callable[[CloudflareImages, str], dict[str, Any]]"
) -> None:
    """Edit a single image without a job."""
    with connection.client() as images:
        if job.dry_run:
            images.get(id)
            connection.messages.say(_WOULD.format("edit", escaped(id)))
            return
        with naming_options(image_id="ID", metadata="--set", creator="--set-creator"):
            row = change(images, id)
    connection.messages.log("item", item=id, state="done")
    write_record(row)
