"""`cfimages keys`."""

import click

from cfimages.cli.choosing import naming_options
from cfimages.cli.confirming import confirm
from cfimages.cli.connecting import Connection, on_account
from cfimages.cli.escaping import escaped
from cfimages.cli.groups import ListingGroup
from cfimages.cli.output import Output, with_output

FIELDS = ("name", "value")
_with_keys = with_output(FIELDS, ("name",))


@click.group("keys", cls=ListingGroup)
def keys_command() -> None:
    """List, create and delete the keys that sign delivery URLs. Without a subcommand: list them.

    Values are secrets, and are printed only with --show.
    """


@keys_command.command("list")
@click.option("--show", is_flag=True, help="Print the values too.")
@_with_keys
@on_account
def list_keys(connection: Connection, *, show: bool, output: Output) -> None:
    """List the signing keys."""
    with connection.client() as images:
        output.write(_row(key.name, key.value, show=show) for key in images.keys.list())


@keys_command.command("create")
@click.argument("name")
@click.option("--show", is_flag=True, help="Print the value too.")
@_with_keys
@on_account
def create_key(connection: Connection, *, name: str, show: bool, output: Output) -> None:
    """Create a signing key. If the name exists, its key gets a new value, and URLs signed with the old value fail."""
    with connection.client() as images, naming_options(name="NAME"):
        key = images.keys.create(name)
        output.write([_row(key.name, key.value, show=show)])


@keys_command.command("delete")
@click.argument("name")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@on_account
def delete_key(connection: Connection, *, name: str, yes: bool) -> None:
    """Delete a signing key. URLs signed with it fail."""
    with connection.client() as images, naming_options(name="NAME"):
        if not yes:
            confirm(f"Delete the key {escaped(name)}?", stdin_is_list=False)
        images.keys.delete(name)
    connection.messages.say(f"Deleted {name}.")


def _row(name: str, value: str, *, show: bool) -> dict[str, str]:
    return {"name": name, "value": str(value)} if show else {"name": name}
