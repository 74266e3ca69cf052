"""`cfimages list`."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

import click

from cfimages.cli.choosing import Filters, naming_options, with_filters
from cfimages.cli.connecting import Connection, on_account
from cfimages.cli.output import Output, Row, usual_format, with_output

if TYPE_CHECKING:
    from cfimages import Image, Pager

MOST_AT_ONCE = 1000
"""Images that are taken as one list: the fewest requests for a small `--limit`."""


@click.command("list")
@with_filters
@click.option(
    "--sort", type=click.Choice(["desc", "asc"]), default="desc", help="Newest first (desc), or oldest first (asc)."
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Stop after N images.")
@click.option(
    "--concurrency",
    type=click.IntRange(1, 100),
    metavar="N",
    help="Requests at a time. One listing uses two, from both ends.",
)
@with_output(with_null=True)
@on_account
def list_command(
    connection: Connection,
    *,
    filters: Filters,
    sort: Literal["asc", "desc"],
    limit: int | None,
    concurrency: int | None,
    output: Output,
) -> None:
    """List images, newest first: all of them, or those that meet every condition.

    \b
      cfimages list --meta status=active --meta 'priority>=2' --since 7d
      cfimages list --meta 'region in eu,us' --format ids | cfimages delete -
    """
    with connection.client() as images:
        with naming_options():
            pager = images.list(**filters.arguments, sort_order=sort)
        found = Counted(image.to_dict() for image in _chosen(pager, limit, concurrency))
        output.write(found)
    if not found.count and usual_format() == "table":
        hint = ": `cfimages metadata-keys` lists the fields of metadata" if filters.arguments["meta"] else ""
        connection.messages.say(f"No image matches{hint}." if filters else "There are no images.")


class Counted:
    """Rows, and how many there were. Iterate it once."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = rows
        self.count: int = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.count += 1
            yield row


def _chosen(pager: "Pager[Image]", limit: int | None, concurrency: int | None) -> Iterable["Image"]:
    if limit is not None and limit <= MOST_AT_ONCE:
        return pager.take(limit)
    walk: Any = pager if concurrency == 1 else pager.concurrent(concurrency) if concurrency else pager.prefetch()
    return islice(walk, limit)
