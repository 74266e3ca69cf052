"""`cfimages imports sources`: the buckets that images are imported from."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from cfimages.cli.choosing import naming_options
from cfimages.cli.connecting import Connection, on_account
from cfimages.cli.groups import ListingGroup
from cfimages.cli.output import Output, Row, with_output
from cfimages.cli.status import IncompleteError, Status

if TYPE_CHECKING:
    from cfimages import Connectivity

SOURCE_FIELDS = ("id", "name", "vendor", "bucket", "region", "created_at", "updated_at")
CHECK_FIELDS = ("status", "code", "reason")
BUCKET_OPTIONS = {
    "bucket": "--bucket",
    "account": "--bucket-account",
    "secret": "--secret-file",
    "region": "--region",
}
"""Arguments of the SDK, and the options that they come from."""

_with_source = with_output(SOURCE_FIELDS, SOURCE_FIELDS[:4])
_with_check = with_output(CHECK_FIELDS, CHECK_FIELDS)
_source_argument = click.argument("source_id", metavar="SOURCE")


def row_of(found: Any) -> Row:
    """Return a model of an import or a source as data."""
    fields = {field.name: getattr(found, field.name) for field in attrs.fields(type(found)) if field.name != "extra"}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()}


@click.group("sources", cls=ListingGroup)
def sources_group() -> None:
    """List, create, check, rename and delete the buckets to import from."""


@sources_group.command("list")
@click.option("--name", metavar="TEXT", help="Only sources whose name contains this text.")
@_with_source
@on_account
def list_sources(connection: Connection, *, name: str | None, output: Output) -> None:
    """List all sources."""
    with connection.client() as images, naming_options(name="--name"):
        output.write(map(row_of, images.imports.sources.list(name=name)))


@sources_group.command("get")
@_source_argument
@_with_source
@on_account
def get_source(connection: Connection, *, source_id: str, output: Output) -> None:
    """Show a source."""
    with connection.client() as images, naming_options(source_id="SOURCE"):
        output.write([row_of(images.imports.sources.get(source_id))])


def with_bucket(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say which bucket is meant, and the credentials to read it."""
    for option in (
        click.option(
            "--secret-file",
            required=True,
            type=click.Path(path_type=Path, dir_okay=False),
            help='A JSON file with the credentials of the bucket, such as {"accessKeyId": ...}.',
        ),
        click.option("--bucket-account", metavar="ID", help="For R2: id of the account that has the bucket."),
        click.option("--vendor", required=True, type=click.Choice(["s3", "r2"]), help="The kind of bucket."),
        click.option("--bucket", required=True, metavar="NAME", help="Name of the bucket."),
    ):
        command = option(command)
    return command


@sources_group.command("create")
@click.argument("name")
@with_bucket
@_with_source
@on_account
def create_source(
    connection: Connection, *, name: str, secret_file: Path, bucket_account: str | None, output: Output, **bucket: Any
) -> None:
    """Create a source. Its credentials come from a file, since others can see arguments."""
    secret = _secret(secret_file)
    with connection.client() as images, naming_options(name="NAME", **BUCKET_OPTIONS):
        made = images.imports.sources.create(name, secret=secret, account=bucket_account, **bucket)
        output.write([row_of(made)])


@sources_group.command("precheck")
@with_bucket
@click.option("--region", metavar="NAME", help="For S3: the region of the bucket.")
@_with_check
@on_account
def precheck_source(
    connection: Connection, *, secret_file: Path, bucket_account: str | None, output: Output, **bucket: Any
) -> None:
    """Check whether the service can read a bucket. Nothing is stored. The exit status is 1 if it cannot."""
    secret = _secret(secret_file)
    with connection.client() as images, naming_options(**BUCKET_OPTIONS):
        found = images.imports.sources.precheck(secret=secret, account=bucket_account, **bucket)
    _write_check(found, output)


@sources_group.command("check")
@_source_argument
@_with_check
@on_account
def check_source(connection: Connection, *, source_id: str, output: Output) -> None:
    """Check whether the service can read a source. The exit status is 1 if it cannot."""
    with connection.client() as images, naming_options(source_id="SOURCE"):
        found = images.imports.sources.check(source_id)
    _write_check(found, output)


@sources_group.command("rename")
@_source_argument
@click.argument("name")
@_with_source
@on_account
def rename_source(connection: Connection, *, source_id: str, name: str, output: Output) -> None:
    """Rename a source."""
    with connection.client() as images, naming_options(source_id="SOURCE", name="NAME"):
        output.write([row_of(images.imports.sources.rename(source_id, name))])


@sources_group.command("delete")
@_source_argument
@on_account
def delete_source(connection: Connection, *, source_id: str) -> None:
    """Delete a source. Images that were imported from it stay."""
    with connection.client() as images, naming_options(source_id="SOURCE"):
        images.imports.sources.delete(source_id)
    connection.messages.say("Deleted the source.")


def _write_check(found: "Connectivity", output: Output) -> None:
    output.write([row_of(found)])
    if not found.ok:
        raise IncompleteError(Status.FAILED)


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
