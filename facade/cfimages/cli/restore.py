"""`cfimages restore`."""

from pathlib import Path

import click

from cfimages.cli.connecting import Connection, on_account
from cfimages.cli.job_commands import JobOptions, job_options, start


@click.command("restore")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--map",
    "map_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The file for new ids, as JSON lines. Keep it. Default: restored-ACCOUNT.jsonl in the folder.",
)
@job_options
@on_account
def restore_command(connection: Connection, *, folder: Path, map_file: Path | None, job: JobOptions) -> None:
    """Upload an export, or the backup of a delete.

    Images keep their bytes, metadata, creator and privacy. A custom id is kept, except that of a private image. Others
    get a new id, and the map has both. Images that exist already are skipped. Nothing is overwritten.

    \b
      cfimages restore backup/ --dry-run
      cfimages restore backup/ --profile other
    """
    arguments = {"folder": str(folder.absolute()), "map": None if map_file is None else str(map_file.absolute())}
    start(connection, job, "restore", arguments)
