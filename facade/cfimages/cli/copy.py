"""`cfimages copy`."""

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from cfimages.cli.choosing import Filters, Ids, chosen, naming_options, with_filters, with_ids
from cfimages.cli.connecting import Connection, on_account
from cfimages.cli.folders import jobs_folder
from cfimages.cli.job_commands import JobOptions, job_options

if TYPE_CHECKING:
    from cfimages import CloudflareImages


@click.command("copy")
@with_ids()
@with_filters
@click.option("--everything", is_flag=True, help="Copy every image.")
@click.option("--from-profile", metavar="NAME", help="The profile of the account that has the images.")
@click.option("--from-account", metavar="ID", help="Id of the account that has the images.")
@click.option(
    "--from-token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file that holds the API token of the account that has the images.",
)
@click.option("--variants", is_flag=True, help="First copy missing variants, and the setting of flexible variants.")
@click.option(
    "--map",
    "map_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The file for new ids, as JSON lines. Keep it. Default: one for both accounts in the state folder.",
)
@click.option("--verify", is_flag=True, help="Compare afterwards: ids, metadata, creator, privacy and bytes.")
@job_options
@on_account
def copy_command(
    connection: Connection,
    *,
    ids: Ids,
    filters: Filters,
    everything: bool,
    from_profile: str | None,
    from_account: str | None,
    from_token_file: Path | None,
    variants: bool,
    map_file: Path | None,
    verify: bool,
    job: JobOptions,
) -> None:
    """Copy images from another account into this one: those of ids, or those that filters choose.

    Images keep bytes, metadata, creator, privacy and ids. Where the service made the id, the copy gets a new one, and
    the map has both. Images that exist already are skipped. Nothing is overwritten. To go on after an interruption,
    repeat the command with its --journal.

    \b
      cfimages copy --everything --from-profile old --profile new --variants
      cfimages copy --creator ada --from-account 023e105f4ecef8ad9ca31a8372d0c353
    """
    if from_profile is None and from_account is None:
        raise click.UsageError("no source: give --from-profile or --from-account")
    arguments = chosen("copy", ids, filters, everything=everything)
    other = Connection(connection.messages, account=from_account, profile=from_profile, token_file=from_token_file)
    from cfimages import jobs
    from cfimages.cli.again import Again
    from cfimages.cli.journals import new_journal

    with connection.client() as images, other.client() as source:
        path = (job.journal or new_journal("copy")).absolute()
        arguments |= {"source": source, "map": map_file or _map(source, images)}
        running = Again(connection, job, path, stdin_is_list=ids.read_stdin)
        with naming_options(ids="ID", source="--from-account", map="--map"):
            running.make(lambda: jobs.copy(images, path, variants=variants, batch=job.batch, **arguments))
            if verify and not job.dry_run:
                found = new_journal("compare")
                running = Again(connection, job._replace(yes=True, max_items=None), found, again=path)
                running.make(lambda: jobs.compare(images, found, batch=job.batch, **arguments))


def _map(source: "CloudflareImages", images: "CloudflareImages") -> Path:
    """Return the map of two accounts."""
    folder = jobs_folder() / "maps"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{quote(source.account_id, safe='')}-{quote(images.account_id, safe='')}.jsonl"
