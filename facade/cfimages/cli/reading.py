"""`cfimages get`, `url` and `download`: what is asked about images by their ids."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from cfimages.cli.choosing import Ids, naming_options, with_ids
from cfimages.cli.connecting import Connection, on_account
from cfimages.cli.folders import check_is_new
from cfimages.cli.messages import Messages
from cfimages.cli.output import Output, Row, usual_format, with_output
from cfimages.cli.status import IncompleteError, Status, first, status_of
from cfimages.cli.values import duration, raw

if TYPE_CHECKING:
    from cfimages import CloudflareImages, Image

FATAL = (Status.NO_ACCESS, Status.INTERRUPTED, Status.TERMINATED)


class Each:
    """Work on one id after the other. One that fails does not stop the others."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages
        self._statuses: list[Status] = []

    def rows(self, ids: list[str], work: Callable[[str], Row]) -> Iterator[Row]:
        """Yield what comes of each id, and say what went wrong with the others."""
        from cfimages import CloudflareImagesError

        for image_id in ids:
            try:
                row = work(image_id)
            except (CloudflareImagesError, OSError) as error:
                status = status_of(error)
                if status is None or status in FATAL or isinstance(error, BrokenPipeError):
                    raise
                self._messages.error(error)
                self._statuses.append(status)
            else:
                yield row

    def end(self) -> None:
        """Raise if one has failed."""
        if self._statuses:
            raise IncompleteError(first(*self._statuses))


def some(ids: Ids, command: str) -> list[str]:
    """Return the ids. Raises a usage error if there is no argument that could give one."""
    if not ids:
        raise click.UsageError(f"no id: write `cfimages {command} ID...`, `--from FILE`, or `-` for standard input")
    return ids.all()


@click.command("get")
@with_ids()
@with_output()
@on_account
def get_command(connection: Connection, *, ids: Ids, output: Output) -> None:
    """Show the records of images."""
    each = Each(connection.messages)
    with connection.client() as images:
        output.write(each.rows(some(ids, "get"), lambda image_id: images.get(image_id).to_dict()))
    each.end()


@click.command("url")
@with_ids()
@click.option("--variant", default="public", metavar="NAME", help="A variant, or options such as width=400,fit=cover.")
@click.option("--domain", metavar="HOST", help="A host name of your own.")
@click.option("--sign", metavar="KEY", help="Sign with the signing key of this name.")
@click.option("--expiry", metavar="TIME", help="How long a signed URL is valid, such as 1h or 7d.")
@click.option("--account-hash", metavar="HASH", help="The account hash of delivery URLs. With it, no request is sent.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON lines with id and url.")
@on_account
def url_command(
    connection: Connection,
    *,
    ids: Ids,
    variant: str,
    domain: str | None,
    sign: str | None,
    expiry: str | None,
    account_hash: str | None,
    as_json: bool,
) -> None:
    """Print the delivery URLs of images, one per line.

    \b
      cfimages url logo --variant thumbnail
      cfimages url logo --variant width=400,fit=cover
      cfimages url report --sign default --expiry 1h
    """
    if expiry is not None and sign is None:
        raise click.UsageError("--expiry is for signed URLs: give --sign too")
    ends = duration(expiry, "--expiry")
    given = some(ids, "url")
    chosen: Any = _variant(variant)
    from cfimages import sign_url

    with connection.client() as images:
        key = None if sign is None else _key(images, sign)

        def url(id: str) -> Row:
            image = images.get(id) if account_hash is None else _made_up(id)
            with naming_options():
                address = image.url(chosen, account_hash=account_hash, domain=domain)
                if key is not None:
                    address = sign_url(address, key, expiry=ends)
            return {"id": id, "url": address}

        each = Each(connection.messages)
        rows = each.rows(given, url)
        if as_json:
            Output("json", None, known=("id", "url")).write(rows)
        else:
            Output("ids", None, known=("url",)).write(rows)
    each.end()


def _made_up(id: str) -> "Image":
    from cfimages import Image

    return Image(id)


def _variant(text: str) -> str | dict[str, Any]:
    """Return the name of a variant, or flexible options as the SDK takes them."""
    if "=" not in text:
        return text
    options: dict[str, Any] = {}
    for part in text.split(","):
        name, _, value = part.partition("=")
        try:
            options[name] = raw(value, "--variant")
        except click.BadParameter:
            options[name] = value
    return options


def _key(images: "CloudflareImages", name: str) -> str:
    keys = {key.name: key.value for key in images.keys.list()}
    if name not in keys:
        raise click.BadParameter(f"there is no key {name!r}: there is {', '.join(keys) or 'none'}", param_hint="--sign")
    return keys[name]


@click.command("download")
@with_ids()
@click.option("--output", "-o", "to", metavar="PATH", help="A file, an existing folder, or - for standard output.")
@click.option("--force", is_flag=True, help="Replace existing files.")
@on_account
def download_command(connection: Connection, *, ids: Ids, to: str | None, force: bool) -> None:
    """Download originals. The name of each file is the id of its image.

    Writes a JSON line for each: id, file, bytes. For many images, use `cfimages export`, which can be resumed after an
    interruption.
    """
    given = some(ids, "download")
    if to is not None and len(given) > 1 and (to == "-" or not Path(to).is_dir()):
        raise click.BadParameter(f"{to} is not a folder, and there are {len(given)} images", param_hint="--output")
    each = Each(connection.messages)
    with connection.client() as images:
        if to == "-":
            stream = sys.stdout.buffer
            for _ in each.rows(given, lambda image_id: {"bytes": images.download(image_id, stream)}):
                stream.flush()
        else:

            def download(id: str) -> Row:
                path = _path(images, id, to)
                if not force:
                    check_is_new(path)
                return {"id": id, "file": str(path), "bytes": images.download(id, path)}

            known = ("id", "file", "bytes")
            Output(usual_format(), None, known=known, table=known).write(each.rows(given, download))
    each.end()


def _path(images: "CloudflareImages", id: str, to: str | None) -> Path:
    """Return the file for an image: its id, percent-encoded so that no slash or dot leads elsewhere, and its suffix."""
    folder = Path(to or ".")
    if not folder.is_dir():
        return folder
    name = quote(id, safe=" ()+,;=@!~'")
    name = f"%2E{name[1:]}" if name.startswith(".") else name
    suffix = Path((images.get(id).filename or "").replace("\\", "/")).suffix
    if suffix.isascii() and suffix[1:].isalnum() and not name.lower().endswith(suffix.lower()):
        name += suffix
    return folder / name
