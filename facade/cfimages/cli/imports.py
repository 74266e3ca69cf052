"""`cfimages imports`: import images from an S3 or R2 bucket."""

from typing import TYPE_CHECKING

import click

from cfimages.cli.choosing import naming_options
from cfimages.cli.confirming import confirm
from cfimages.cli.connecting import Connection, on_account
from cfimages.cli.groups import ListingGroup
from cfimages.cli.import_sources import row_of, sources_group
from cfimages.cli.output import Output, with_output
from cfimages.cli.status import IncompleteError, Status

if TYPE_CHECKING:
    from cfimages import ImportContentType

IMPORT_FIELDS = (
    "id",
    "status",
    "source_id",
    "conflict_behaviour",
    "excluded_content_types",
    "path_prefix",
    "root_directory",
    "log_stopped",
    "created_at",
    "started_at",
    "ended_at",
)
PROGRESS_FIELDS = (
    "status",
    "scanned_count",
    "import_success_count",
    "import_errors_count",
    "skipped_conflict_count",
    "skipped_excluded_content_type_count",
    "skipped_invalid_media_count",
    "skipped_invalid_name_count",
    "skipped_oversize_count",
    "skipped_storage_class_count",
    "skipped_unsupported_content_type_count",
    "started_at",
    "ended_at",
    "is_accurate",
)
LOG_FIELDS = ("created_at", "log_type", "msg")
CONTENT_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/avif", "image/heic", "image/svg+xml")

_with_import = with_output(IMPORT_FIELDS, IMPORT_FIELDS[:3])
_import_argument = click.argument("import_id", metavar="IMPORT")


@click.group("imports", cls=ListingGroup)
def imports_command() -> None:
    """Import images from an S3 or R2 bucket. Without a subcommand: list the imports.

    \b
      cfimages imports sources create photos --bucket photos --vendor s3 --secret-file secret.json
      cfimages imports create SOURCE --prefix photos/
      cfimages imports start IMPORT
      cfimages imports progress IMPORT --wait
    """


imports_command.add_command(sources_group)


@imports_command.command("list")
@_with_import
@on_account
def list_imports(connection: Connection, *, output: Output) -> None:
    """List all imports."""
    with connection.client() as images:
        output.write(map(row_of, images.imports.list()))


@imports_command.command("get")
@_import_argument
@_with_import
@on_account
def get_import(connection: Connection, *, import_id: str, output: Output) -> None:
    """Show an import."""
    with connection.client() as images, naming_options(import_id="IMPORT"):
        output.write([row_of(images.imports.get(import_id))])


@imports_command.command("create")
@click.argument("source_id", metavar="SOURCE")
@click.option("--overwrite", is_flag=True, help="Replace existing images.")
@click.option("--prefix", metavar="TEXT", help="A prefix for all ids.")
@click.option("--root", metavar="TEXT", help="Import only objects whose names begin with this.")
@click.option(
    "--exclude", multiple=True, type=click.Choice(CONTENT_TYPES), help="Leave out this content type. Repeatable."
)
@_with_import
@on_account
def create_import(
    connection: Connection,
    *,
    source_id: str,
    overwrite: bool,
    prefix: str | None,
    root: str | None,
    exclude: "tuple[ImportContentType, ...]",
    output: Output,
) -> None:
    """Prepare an import from a source. `imports start` starts it."""
    with (
        connection.client() as images,
        naming_options(source_id="SOURCE", path_prefix="--prefix", root_directory="--root"),
    ):
        made = images.imports.create(
            source_id,
            conflict_behaviour="overwrite" if overwrite else "skip",
            excluded_content_types=exclude,
            path_prefix=prefix,
            root_directory=root,
        )
        output.write([row_of(made)])


@imports_command.command("start")
@_import_argument
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@_with_import
@on_account
def start_import(connection: Connection, *, import_id: str, yes: bool, output: Output) -> None:
    """Start an import. It changes many images, so it asks."""
    with connection.client() as images, naming_options(import_id="IMPORT"):
        if not yes:
            confirm("Start the import?", stdin_is_list=False)
        output.write([row_of(images.imports.start(import_id))])


@imports_command.command("progress")
@_import_argument
@click.option("--wait", is_flag=True, help="Wait until the import has ended.")
@with_output(PROGRESS_FIELDS, PROGRESS_FIELDS[:5])
@on_account
def show_progress(connection: Connection, *, import_id: str, wait: bool, output: Output) -> None:
    """Show the progress of an import. With --wait, the exit status says how it ended."""
    with connection.client() as images, naming_options(import_id="IMPORT"):
        found = images.imports.wait(import_id) if wait else images.imports.progress(import_id)
        output.write([row_of(found)])
    if wait and found.status != "success":
        raise IncompleteError(Status.FAILED)


@imports_command.command("logs")
@_import_argument
@with_output(LOG_FIELDS, LOG_FIELDS)
@on_account
def show_logs(connection: Connection, *, import_id: str, output: Output) -> None:
    """Show the log of an import: which objects it skipped, and why."""
    with connection.client() as images, naming_options(import_id="IMPORT"):
        output.write(map(row_of, images.imports.logs(import_id)))


@imports_command.command("abort")
@_import_argument
@_with_import
@on_account
def abort_import(connection: Connection, *, import_id: str, output: Output) -> None:
    """Abort a running import. Imported images stay."""
    with connection.client() as images, naming_options(import_id="IMPORT"):
        output.write([row_of(images.imports.abort(import_id))])


@imports_command.command("delete")
@_import_argument
@on_account
def delete_import(connection: Connection, *, import_id: str) -> None:
    """Delete an import that has ended. Its images stay."""
    with connection.client() as images, naming_options(import_id="IMPORT"):
        images.imports.delete(import_id)
    connection.messages.say("Deleted the import.")
