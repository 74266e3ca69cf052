"""`cfimages variants`."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from cfimages.cli.choosing import naming_options
from cfimages.cli.confirming import confirm
from cfimages.cli.connecting import Connection, on_account
from cfimages.cli.escaping import escaped
from cfimages.cli.groups import ListingGroup
from cfimages.cli.output import Output, Row, with_output

if TYPE_CHECKING:
    from cfimages import Variant

FIELDS = ("id", "width", "height", "fit", "metadata", "neverRequireSignedURLs")
_with_variants = with_output(FIELDS, FIELDS)


@click.group("variants", cls=ListingGroup)
def variants_command() -> None:
    """List, create, edit and delete variants: named sizes of images. Without a subcommand: list them."""


@variants_command.command("list")
@_with_variants
@on_account
def list_variants(connection: Connection, *, output: Output) -> None:
    """List all variants."""
    with connection.client() as images:
        output.write(map(_row, images.variants.list()))


@variants_command.command("get")
@click.argument("name")
@_with_variants
@on_account
def get_variant(connection: Connection, *, name: str, output: Output) -> None:
    """Show a variant."""
    with connection.client() as images, naming_options(name="NAME"):
        output.write([_row(images.variants.get(name))])


def with_size(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a variant."""
    for option in (
        click.option("--public", "never_require_signed_urls", is_flag=True, help="Never require a signature."),
        click.option(
            "--metadata", type=click.Choice(["keep", "copyright", "none"]), default="none", help="EXIF data to keep."
        ),
        click.option(
            "--fit",
            type=click.Choice(["scale-down", "contain", "cover", "crop", "pad"]),
            default="scale-down",
            help="How an image fits into width and height.",
        ),
        click.option("--height", type=click.IntRange(min=1), required=True, help="Pixels."),
        click.option("--width", type=click.IntRange(min=1), required=True, help="Pixels."),
    ):
        command = option(command)
    return command


@variants_command.command("create")
@click.argument("name")
@with_size
@_with_variants
@on_account
def create_variant(connection: Connection, *, name: str, output: Output, **options: Any) -> None:
    """Create a variant."""
    with connection.client() as images, naming_options(name="NAME"):
        output.write([_row(images.variants.create(name, **options))])


@variants_command.command("edit")
@click.argument("name")
@with_size
@_with_variants
@on_account
def edit_variant(connection: Connection, *, name: str, output: Output, **options: Any) -> None:
    """Replace all options of a variant."""
    with connection.client() as images, naming_options(name="NAME"):
        output.write([_row(images.variants.edit(name, **options))])


@variants_command.command("delete")
@click.argument("name")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@on_account
def delete_variant(connection: Connection, *, name: str, yes: bool) -> None:
    """Delete a variant."""
    with connection.client() as images, naming_options(name="NAME"):
        if not yes:
            confirm(f"Delete the variant {escaped(name)}?", stdin_is_list=False)
        images.variants.delete(name)
    connection.messages.say(f"Deleted {name}.")


def _row(variant: "Variant") -> Row:
    return {
        "id": variant.id,
        "width": variant.width,
        "height": variant.height,
        "fit": variant.fit,
        "metadata": variant.metadata,
        "neverRequireSignedURLs": variant.never_require_signed_urls,
    }
