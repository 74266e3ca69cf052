"""`cfimages doctor`: check the configuration, the account, and what the token may do."""

import os
import platform
import secrets
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from cfimages._version import __version__
from cfimages.cli.connecting import Connection, on_account
from cfimages.cli.output import Output, Row, with_output
from cfimages.cli.status import IncompleteError, Status, first, status_of
from cfimages.cli.words import in_options

if TYPE_CHECKING:
    from cfimages import CloudflareImages

FIELDS = ("check", "ok", "says")
VARIABLES = (
    "CLOUDFLARE_ACCOUNT_ID",
    "CLOUDFLARE_API_TOKEN",
    "CLOUDFLARE_EMAIL",
    "CLOUDFLARE_API_KEY",
    "CLOUDFLARE_BASE_URL",
    "CLOUDFLARE_API_BASE_URL",
    "CLOUDFLARE_BATCH_BASE_URL",
)
SETTINGS = (*VARIABLES, "--token-file", "--profile", "account")
"""Checks that show a setting."""
LEAST = 4
"""Minimum length of a value that a report removes from errors: shorter ones could be part of any word."""
SECRETS = ("CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY", "CLOUDFLARE_EMAIL")


@click.command("doctor")
@click.option("--report", is_flag=True, help="Leave out ids, names, paths and addresses, for a public report.")
@with_output(FIELDS, FIELDS)
@on_account
def doctor_command(connection: Connection, *, report: bool, output: Output) -> None:
    """Check the configuration, the account, and what the token may do.

    To check the permission to edit, it edits an id that does not exist: nothing is changed.
    """
    statuses: list[Status] = []
    rows = _rows(connection, statuses)
    output.write(_without_names(rows) if report else rows)
    if statuses:
        raise IncompleteError(first(*statuses))


def _without_names(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield the rows without settings, even if an error repeats them."""
    private: list[str] = []
    for row in rows:
        says = str(row["says"])
        if row["check"] in SETTINGS and row["ok"]:
            private += [text for text in (says, urlsplit(says).netloc) if len(text) >= LEAST]
            says = "set"
        for text in sorted(private, key=len, reverse=True):
            says = says.replace(text, "...")
        yield {**row, "says": says}


def _rows(connection: Connection, statuses: list[Status]) -> Iterator[Row]:
    from cfimages import CloudflareImagesError, ConfigurationError

    versions = f"cfimages {__version__}, httpx {version('httpx')}, Python {platform.python_version()}"
    yield {"check": "version", "ok": True, "says": f"{versions}, {platform.system()} {platform.machine()}"}
    for name in VARIABLES:
        if value := os.environ.get(name):
            yield {"check": name, "ok": True, "says": "set" if name in SECRETS else value}
    if connection.token_file is not None:
        yield {"check": "--token-file", "ok": True, "says": str(connection.token_file)}
    if connection.profile is not None:
        yield {"check": "--profile", "ok": True, "says": connection.profile}
    try:
        with connection.client(retries=1) as images:
            yield {"check": "account", "ok": True, "says": images.account_id}
            for name, check in CHECKS.items():
                try:
                    yield {"check": name, "ok": True, "says": check(images)}
                except CloudflareImagesError as error:
                    statuses.append(status_of(error) or Status.FAILED)
                    yield {"check": name, "ok": False, "says": in_options(str(error))}
    except ConfigurationError as error:
        statuses.append(Status.NO_ACCESS)
        yield {"check": "account", "ok": False, "says": in_options(str(error))}


def _stats(images: "CloudflareImages") -> str:
    usage = images.stats()
    return f"{usage.current:,} of {usage.allowed:,} images"


def _list(images: "CloudflareImages") -> str:
    newest = images.list().take(1)
    return f"yes; the newest was uploaded {newest[0].uploaded}" if newest else "yes; there are no images"


def _edit(images: "CloudflareImages") -> str:
    from cfimages import NotFoundError

    try:
        images.edit(f"cfimages-doctor-{secrets.token_hex(16)}", metadata={})
    except NotFoundError:
        return "yes"
    return "unclear: an image that does not exist was edited"


def _keys(images: "CloudflareImages") -> str:
    return f"yes; {len(images.keys.list())} found"


def _variants(images: "CloudflareImages") -> str:
    return f"yes; {len(images.variants.list())} found"


def _batch(images: "CloudflareImages") -> str:
    from cfimages import ConfigurationError

    try:
        batch = images.batch()
    except ConfigurationError:
        return "not set: jobs use the API itself"
    with batch:
        batch.list().take(1)
    return "yes"


CHECKS: dict[str, Callable[["CloudflareImages"], Any]] = {
    "the account answers": _stats,
    "may list images": _list,
    "may edit images": _edit,
    "may read variants": _variants,
    "may read signing keys": _keys,
    "batch host": _batch,
}
