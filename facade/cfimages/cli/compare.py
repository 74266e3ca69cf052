"""`cfimages compare`."""

from pathlib import Path

import click

from cfimages.cli.choosing import Filters, Ids, chosen, naming_options, with_filters, with_ids
from cfimages.cli.connecting import Connection, on_account
from cfimages.cli.folders import map_between
from cfimages.cli.job_commands import JobOptions, job_options
from cfimages.cli.origins import Origin, with_origin


@click.command("compare")
@with_ids()
@with_filters
@click.option("--everything", is_flag=True, help="Compare every image, and count both accounts.")
@with_origin
@click.option(
    "--map",
    "map_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The file of new ids from a copy or a restore. Default: that of a copy, in the state folder.",
)
@click.option("--no-bytes", is_flag=True, help="Compare only records, without reading originals.")
@job_options
@on_account
def compare_command(
    connection: Connection,
    *,
    ids: Ids,
    filters: Filters,
    everything: bool,
    origin: Origin,
    map_file: Path | None,
    no_bytes: bool,
    job: JobOptions,
) -> None:
    """Compare images of another account, chosen by ids or filters, with their copies in this one.

    File name, metadata, creator, privacy and bytes are compared. Nothing is changed. The exit status is 1 if something
    differs. To resume after an interruption, repeat the command with its --journal.

    \b
      cfimages compare --everything --from-profile old --profile new
      cfimages compare --everything --from-profile old --profile new --map backup/restored-new.jsonl
    """
    arguments = chosen("compare", ids, filters, everything=everything)
    other = origin.connection(connection.messages)
    from cfimages import jobs
    from cfimages.cli.again import Again
    from cfimages.cli.journals import new_journal

    with connection.client() as images, other.client() as source:
        path = (job.journal or new_journal("compare")).absolute()
        file = map_file or map_between(source.account_id, images.account_id)
        running = Again(connection, job._replace(yes=True), path, stdin_is_list=ids.read_stdin)
        with naming_options(ids="ID", source="--from-account", map="--map"):
            running.make(
                lambda: jobs.compare(
                    images, path, source=source, map=file, hashes=not no_bytes, batch=job.batch, **arguments
                )
            )
