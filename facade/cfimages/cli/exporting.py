"""`cfimages export` and `cfimages inventory`."""

from pathlib import Path

import click

from cfimages.cli.choosing import BOTH, Filters, Ids, chosen, with_filters, with_ids
from cfimages.cli.connecting import Connection, on_account
from cfimages.cli.folders import check_is_new
from cfimages.cli.job_commands import JobOptions, job_options, start


@click.command("export")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@with_ids()
@with_filters
@click.option("--everything", is_flag=True, help="Export every image: the same as without ids and filters.")
@job_options
@on_account
def export_command(
    connection: Connection, *, folder: Path, ids: Ids, filters: Filters, everything: bool, job: JobOptions
) -> None:
    """Export originals and records into a folder: of all images, of ids, or of those that filters choose.

    Each image becomes a file and a JSON record with its SHA-256. Run it again with the same folder to fetch what is
    missing. It changes nothing in the account, so it does not ask.

    \b
      cfimages export backup/
      cfimages export backup/ --meta status=active --since 7d
    """
    arguments = chosen("export", ids, filters, everything=everything or (not ids and not filters))
    start(connection, job, "export", {"folder": str(folder.absolute()), **arguments})


@click.command("inventory")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@with_filters
@click.option("--everything", is_flag=True, help="Write every image: the same as without filters.")
@click.option("--force", is_flag=True, help="Replace an existing file.")
@job_options
@on_account
def inventory_command(
    connection: Connection, *, file: Path, filters: Filters, everything: bool, force: bool, job: JobOptions
) -> None:
    """Write the records of all images, or of those that filters choose, into one file.

    Its suffix says the format: .jsonl, .csv, .sqlite, or .parquet (which needs the extra parquet).

    \b
      cfimages inventory images.sqlite
    """
    if filters and everything:
        raise click.UsageError(BOTH)
    if not force and not (job.journal is not None and job.journal.exists()):
        check_is_new(file)
    start(connection, job, "inventory", {"file": str(file.absolute()), **filters.given})
