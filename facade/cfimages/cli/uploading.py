"""`cfimages upload` and `cfimages direct-upload`."""

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from cfimages.cli.choosing import Ids, naming_options, with_ids, with_patterns
from cfimages.cli.connecting import Connection, on_account
from cfimages.cli.job_commands import JobOptions, job_options, start
from cfimages.cli.output import Output, with_output, write_record
from cfimages.cli.values import duration, metadata

DIRECT_FIELDS = ("id", "upload_url")


def with_fields(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a new image to a command, and pass them as `new`."""

    @click.option(
        "--meta", multiple=True, metavar="KEY=VALUE", help="Add metadata: KEY=VALUE, or KEY:=JSON. Repeatable."
    )
    @click.option("--creator", metavar="ID", help="Your own id of the user that the images belong to.")
    @click.option("--private", is_flag=True, help="Require a signature for delivery. Not together with --id.")
    @functools.wraps(command)
    def uploading(*arguments: Any, meta: tuple[str, ...], creator: str | None, private: bool, **options: Any) -> Any:
        given = metadata(meta, "--meta") or None
        new = {"metadata": given, "creator": creator, "require_signed_urls": private}
        return command(*arguments, new=new, **options)

    return uploading


@click.command("upload")
@with_ids("path", plural="paths")
@click.option(
    "--id",
    metavar="TEMPLATE",
    help="The id. For several files, a template with {path}, {name}, {stem}, {suffix}, {sha256} or {sha256:16}.",
)
@with_patterns
@with_fields
@click.option("--exist-ok", is_flag=True, help="For a single file: do nothing if an image with this --id exists.")
@click.option("--sha256-key", metavar="KEY", help="Store the SHA-256 of each file in its metadata, under this key.")
@click.option(
    "--no-reserve",
    is_flag=True,
    help="Do not reserve ids first: faster, but an upload whose response is lost stays in doubt.",
)
@job_options
@on_account
def upload_command(
    connection: Connection,
    *,
    ids: Ids,
    id: str | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    new: dict[str, Any],
    exist_ok: bool,
    sha256_key: str | None,
    no_reserve: bool,
    job: JobOptions,
) -> None:
    """Upload a file, a URL, several files, or a folder.

    A single file is uploaded immediately, and its record is printed. Several files become a job: it plans, asks, and
    keeps a journal. Without --id, the service generates the ids.

    \b
      cfimages upload cat.png --id pets/cat --meta status=active
      cfimages upload photos/ --id 'photos/{path}' --exclude '**/Thumbs.db'
      find . -name '*.png' -print0 | cfimages upload - -0
    """
    if not ids:
        raise click.UsageError("no path: write `cfimages upload PATH...`, `--from FILE`, or `-` for standard input")
    one = ids.given[0] if ids.is_one else None
    is_folder = one is not None and Path(one).is_dir()
    patterns = {"include": list(include), "exclude": list(exclude)}
    if any(patterns.values()) and not is_folder:
        raise click.UsageError("--include and --exclude are for a folder")
    if one is not None and re.match("(?i:https?)://", one):
        if job.asks_for_job or sha256_key is not None:
            raise click.UsageError("--journal, --max and --sha256-key are for files, not for a URL")
        _upload(connection, job, {"url": one}, id=id, exist_ok=exist_ok, **new)
        return
    is_template = id is not None and "{" in id
    if one is not None and not is_folder and not job.asks_for_job and not is_template and sha256_key is None:
        _upload(connection, job, {"file": one}, id=id, exist_ok=exist_ok, **new)
        return
    if exist_ok:
        raise click.UsageError("--exist-ok is for a single file: a job skips files that are uploaded already")
    source = str(Path(one).absolute()) if one is not None and is_folder else _files(ids.all())
    arguments = {"source": source, **patterns, "id": id, "sha256_key": sha256_key, "reserve": not no_reserve, **new}
    start(connection, job, "upload", arguments, stdin_is_list=ids.read_stdin)


def _files(paths: list[str]) -> list[str]:
    for path in paths:
        if Path(path).is_dir():
            raise click.BadParameter(f"{path} is a folder: pass a single folder, or files", param_hint="PATH")
    return list(dict.fromkeys(paths))


def _upload(connection: Connection, job: JobOptions, source: dict[str, Any], **fields: Any) -> None:
    """Upload a single file without a job."""
    with connection.client() as images:
        if job.dry_run:
            if "file" in source:
                with Path(source["file"]).open("rb"):
                    pass
            connection.messages.say("Would upload 1. Nothing was sent. Omit --dry-run to do it.")
            return
        with naming_options(id="--id", url="PATH", file="PATH", exist_ok="--exist-ok"):
            image = images.upload(**source, **fields)
    connection.messages.log("item", item=source.get("file", "(address)"), state="done", id=image.id)
    write_record(image.to_dict())


@click.command("direct-upload")
@click.option("--id", metavar="ID", help="A custom id. Without it, the service generates one.")
@with_fields
@click.option("--expiry", metavar="TIME", help="How long the URL is valid: 2m to 6h. Default: 30m.")
@with_output(DIRECT_FIELDS, DIRECT_FIELDS)
@on_account
def direct_upload_command(
    connection: Connection, *, id: str | None, new: dict[str, Any], expiry: str | None, output: Output
) -> None:
    """Reserve an image, and print a URL where anybody can upload its file, once.

    \b
      cfimages direct-upload --id pets/cat --expiry 1h
      curl -F file=@cat.png "$(cfimages direct-upload --json | jq -r .upload_url)"
    """
    good_for = duration(expiry, "--expiry")
    with connection.client() as images, naming_options(id="--id"):
        made = images.direct_upload(id=id, expiry=good_for, **new)
    output.write([{"id": made.id, "upload_url": made.upload_url}])
