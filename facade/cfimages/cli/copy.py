"""`cfimages copy`."""

from pathlib import Path

import click

from cfimages.cli.choosing import Filters, Ids, chosen, naming_options, with_filters, with_ids
from cfimages.cli.connecting import Connection, on_account
from cfimages.cli.folders import map_between
from cfimages.cli.job_commands import JobOptions, job_options
from cfimages.cli.origins import Origin, with_origin


@click.command("copy")
@with_ids()
@with_filters
@click.option("--everything", is_flag=True, help="Copy every image.")
@with_origin
@click.option(
    "--variants", is_flag=True, help="First create missing variants, and copy the setting for flexible variants."
)
@click.option(
    "--map",
    "map_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The file for new ids, as JSON lines. Keep it. Default: one for both accounts in the state folder.",
)
@click.option("--verify", is_flag=True, help="Afterwards, compare file names, metadata, creator, privacy and bytes.")
@job_options
@on_account
def copy_command(
    connection: Connection,
    *,
    ids: Ids,
    filters: Filters,
    everything: bool,
    origin: Origin,
    variants: bool,
    map_file: Path | None,
    verify: bool,
    job: JobOptions,
) -> None:
    """Copy images, chosen by ids or filters, from another account into this one.

    Images keep their bytes, metadata, creator and privacy. A custom id is kept, except that of a private image. Others
    get a new id, and the map has both. Images that exist already are skipped. Nothing is overwritten. To resume after
    an interruption, repeat the command with its --journal.

    \b
      cfimages copy --everything --from-profile old --profile new --variants
      cfimages copy --creator ada --from-account 023e105f4ecef8ad9ca31a8372d0c353
    """
    other = origin.connection(connection.messages)
    arguments = chosen("copy", ids, filters, everything=everything)
    from cfimages import jobs
    from cfimages.cli.again import Again
    from cfimages.cli.journals import new_journal

    with connection.client() as images, other.client() as source:
        path = (job.journal or new_journal("copy")).absolute()
        arguments |= {"source": source, "map": map_file or map_between(source.account_id, images.account_id)}
        running = Again(connection, job, path, stdin_is_list=ids.read_stdin)
        with naming_options(ids="ID", source="--from-account", map="--map"):
            running.make(lambda: jobs.copy(images, path, variants=variants, batch=job.batch, **arguments))
            if verify and not job.dry_run:
                found = new_journal("compare")
                running = Again(connection, job._replace(yes=True, max_items=None), found, again=path)
                running.make(lambda: jobs.compare(images, found, batch=job.batch, **arguments))
