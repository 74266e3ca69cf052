"""The options of commands that create jobs, and how to start one."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click

from cfimages.cli.choosing import naming_options
from cfimages.cli.connecting import Connection


class JobOptions(NamedTuple):
    """The options of a job."""

    journal: Path | None
    yes: bool
    dry_run: bool
    max_items: int | None
    concurrency: int
    batch: bool
    as_json: bool

    @property
    def asks_for_job(self) -> bool:
        """Whether an option only makes sense for a job."""
        return self.journal is not None or self.max_items is not None


def job_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of jobs to a command, and pass `JobOptions` as `job`."""

    @click.option("--yes", "-y", is_flag=True, help="Do not ask.")
    @click.option("--dry-run", "-n", is_flag=True, help="Only plan, and show how to run the plan.")
    @click.option("--max", "max_items", type=click.IntRange(min=0), metavar="N", help="Refuse a plan with more items.")
    @click.option(
        "--journal",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="The file for the plan and the state of each item. Default: one in the state folder.",
    )
    @click.option(
        "--concurrency",
        type=click.IntRange(1, 100),
        default=8,
        show_default=True,
        metavar="N",
        help="Work on N items at a time.",
    )
    @click.option("--no-batch", is_flag=True, help="Do not use the batch host.")
    @click.option("--json", "as_json", is_flag=True, help="Write a JSON line for each item, also on a terminal.")
    @functools.wraps(command)
    def with_job(
        *arguments: Any,
        yes: bool,
        dry_run: bool,
        max_items: int | None,
        journal: Path | None,
        concurrency: int,
        no_batch: bool,
        as_json: bool,
        **options: Any,
    ) -> Any:
        job = JobOptions(journal, yes, dry_run, max_items, concurrency, not no_batch, as_json)
        return command(*arguments, job=job, **options)

    return with_job


def start(
    connection: Connection, options: JobOptions, command: str, arguments: dict[str, Any], *, stdin_is_list: bool = False
) -> None:
    """Plan a job by a function of `cfimages.jobs`, and run it."""
    from cfimages.cli.journals import new_journal
    from cfimages.cli.running import Running

    with connection.client() as images:
        path = (options.journal or new_journal(command)).absolute()
        running = Running(connection, options, path, stdin_is_list=stdin_is_list)
        with naming_options(ids="ID", id="--id", source="PATH", backup="--backup", metadata="--meta"):
            running.start(images, command, arguments)
