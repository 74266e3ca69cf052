"""`cfimages stats`, `cfimages settings` and `cfimages metadata-keys`."""

from typing import TYPE_CHECKING

import click

from cfimages.cli.connecting import Connection, on_account
from cfimages.cli.output import Output, Row, with_output

if TYPE_CHECKING:
    from cfimages import Settings

USAGE_FIELDS = ("current", "allowed")
KEY_FIELDS = ("name",)
SETTING_FIELDS = ("flexible_variants",)
_with_settings = with_output(SETTING_FIELDS, SETTING_FIELDS)


@click.command("stats")
@with_output(USAGE_FIELDS, USAGE_FIELDS)
@on_account
def stats_command(connection: Connection, *, output: Output) -> None:
    """Show how many images the account has, and its limit."""
    with connection.client() as images:
        usage = images.stats()
    output.write([{"current": usage.current, "allowed": usage.allowed}])


@click.command("settings")
@click.option("--flexible-variants", type=click.BOOL, metavar="true|false", help="Allow flexible variants, or not.")
@_with_settings
@on_account
def settings_command(connection: Connection, *, flexible_variants: bool | None, output: Output) -> None:
    """Show or change the delivery settings of the account."""
    with connection.client() as images:
        if flexible_variants is None:
            settings = images.settings()
        else:
            settings = images.edit_settings(flexible_variants=flexible_variants)
    output.write([_row(settings)])


@click.command("metadata-keys")
@with_output(KEY_FIELDS, KEY_FIELDS)
@on_account
def metadata_keys_command(connection: Connection, *, output: Output) -> None:
    """List the metadata fields of images. --meta can filter by them."""
    with connection.client() as images:
        found = images.metadata_keys()
    output.write({"name": name} for name in found.keys)
    if found.truncated:
        connection.messages.say("There are more names than the service returns.")


def _row(settings: "Settings") -> Row:
    return {"flexible_variants": settings.flexible_variants}
