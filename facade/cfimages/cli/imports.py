"""`cfimages imports`: the service imports a bucket of S3 or R2 by itself."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import attrs
import click

from cfimages.cli.choosing import naming_options
from cfimages.cli.confirming import confirm
from cfimages.cli.connecting import Connection, on_account
from cfimages.cli.output import Output, Row, with_output
from cfimages.cli.status import IncompleteError, Status

IMPORT_FIELDS = ("id", "status", "source_id", "conflict_behaviour", "path_prefix", "root_directory", "created_at")
SOURCE_FIELDS = ("id", "name", "vendor", "bucket", "region", "created_at")
PROGRESS_FIELDS = ("status", "scanned_count", "import_success_count", "import_errors_count", "skipped_conflict_count")
LOG_FIELDS = ("created_at", "log_type", "msg")
CHECK_FIELDS = ("status", "code", "reason")


@click.group("imports")
def imports_command() -> None:
    """Import buckets of S3 or R2, which the service does by itself."""


@imports_command.command("list")
@with_output(IMPORT_FIELDS, IMPORT_FIELDS[:3])
@on_account
def list_imports(connection: Connection, *, output: Output) -> None:
    """List all imports."""
    with connection.client() as images:
        output.write(map(_row, images.imports.list()))


@imports_command.command("create")
@click.argument("source_id")
@click.option("--overwrite", is_flag=True, help="Replace images that are there; otherwise they are left alone.")
@click.option("--prefix", metavar="TEXT", help="What to put before the ids of the images.")
@click.option("--root", metavar="TEXT", help="Import only objects whose names begin so.")
@with_output(IMPORT_FIELDS, IMPORT_FIELDS[:3])
@on_account
def create_import(
    connection: Connection, *, source_id: str, overwrite: bool, prefix: str | None, root: str | None, output: Output
) -> None:
    """Prepare an import from a source. `imports start` begins it."""
    conflicts: Literal["overwrite", "skip"] = "overwrite" if overwrite else "skip"
    with connection.client() as images, naming_options(path_prefix="--prefix", root_directory="--root"):
        made = images.imports.create(source_id, conflict_behaviour=conflicts, path_prefix=prefix, root_directory=root)
        output.write([_row(made)])


@imports_command.command("start")
@click.argument("import_id")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@with_output(IMPORT_FIELDS, IMPORT_FIELDS[:3])
@on_account
def start_import(connection: Connection, *, import_id: str, yes: bool, output: Output) -> None:
    """Start an import. It changes many images, so it asks."""
    with connection.client() as images:
        if not yes:
            confirm("Start the import?", stdin_is_list=False)
        output.write([_row(images.imports.start(import_id))])


@imports_command.command("progress")
@click.argument("import_id")
@click.option("--wait", is_flag=True, help="Wait until it has ended.")
@with_output(PROGRESS_FIELDS, PROGRESS_FIELDS)
@on_account
def show_progress(connection: Connection, *, import_id: str, wait: bool, output: Output) -> None:
    """Show how far an import is. With --wait, the exit status says how it ended."""
    with connection.client() as images:
        found = images.imports.wait(import_id) if wait else images.imports.progress(import_id)
        output.write([_row(found)])
    if wait and found.status != "success":
        raise IncompleteError(Status.FAILED)


@imports_command.command("logs")
@click.argument("import_id")
@with_output(LOG_FIELDS, LOG_FIELDS)
@on_account
def show_logs(connection: Connection, *, import_id: str, output: Output) -> None:
    """Show what an import says of objects that it left out, and the like."""
    with connection.client() as images:
        output.write(map(_row, images.imports.logs(import_id)))


@imports_command.command("abort")
@click.argument("import_id")
@with_output(IMPORT_FIELDS, IMPORT_FIELDS[:3])
@on_account
def abort_import(connection: Connection, *, import_id: str, output: Output) -> None:
    """Stop an import. What has been imported stays."""
    with connection.client() as images:
        output.write([_row(images.imports.abort(import_id))])


@imports_command.group("sources")
def sources_group() -> None:
    """List, create, check and delete the buckets that images are imported from."""


@sources_group.command("list")
@with_output(SOURCE_FIELDS, SOURCE_FIELDS[:4])
@on_account
def list_sources(connection: Connection, *, output: Output) -> None:
    """List all sources."""
    with connection.client() as images:
        output.write(map(_row, images.imports.sources.list()))


@sources_group.command("create")
@click.argument("name")
@click.option("--bucket", required=True, metavar="NAME", help="Name of the bucket.")
@click.option("--vendor", required=True, type=click.Choice(["s3", "r2"]), help="Whose bucket it is.")
@click.option("--bucket-account", metavar="ID", help="Id of the account that has the bucket. R2 needs it.")
@click.option(
    "--secret-file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file with the credentials of the bucket: a JSON object of names and texts.",
)
@with_output(SOURCE_FIELDS, SOURCE_FIELDS[:4])
@on_account
def create_source(
    connection: Connection,
    *,
    name: str,
    bucket: str,
    vendor: Literal["s3", "r2"],
    bucket_account: str | None,
    secret_file: Path,
    output: Output,
) -> None:
    """Create a source. Its credentials come from a file, since others can see arguments."""
    secret = _secret(secret_file)
    with connection.client() as images, naming_options(name="NAME", bucket="--bucket"):
        made = images.imports.sources.create(name, bucket=bucket, vendor=vendor, secret=secret, account=bucket_account)
        output.write([_row(made)])


@sources_group.command("check")
@click.argument("source_id")
@with_output(CHECK_FIELDS, CHECK_FIELDS)
@on_account
def check_source(connection: Connection, *, source_id: str, output: Output) -> None:
    """Have the service try whether it can read a source."""
    with connection.client() as images:
        output.write([_row(images.imports.sources.check(source_id))])


@sources_group.command("delete")
@click.argument("source_id")
@on_account
def delete_source(connection: Connection, *, source_id: str) -> None:
    """Delete a source. Images that were imported from it stay."""
    with connection.client() as images:
        images.imports.sources.delete(source_id)
    connection.messages.say("Deleted the source.")


def _secret(path: Path) -> dict[str, str]:
    """Read the credentials of a bucket. No error shows them."""
    try:
        secret = json.loads(path.read_bytes())
    except OSError as error:
        raise click.BadParameter(f"{path}: {error.strerror}", param_hint="--secret-file") from None
    except ValueError:
        secret = None
    if not isinstance(secret, dict):
        raise click.BadParameter(f"{path}: must hold a JSON object", param_hint="--secret-file")
    return secret


def _row(found: Any) -> Row:
    """Return a model of an import as data."""
    fields = {field.name: getattr(found, field.name) for field in attrs.fields(type(found)) if field.name != "extra"}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()}
