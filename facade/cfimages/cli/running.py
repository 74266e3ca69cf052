"""Plan a job, show it, ask, run it, and say how it ended: the same for every command that makes one."""

import functools
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs
import click

from cfimages.cli.confirming import confirm
from cfimages.cli.connecting import Connection
from cfimages.cli.escaping import escaped
from cfimages.cli.output import write_record
from cfimages.cli.progress import PlanningProgress, RunningProgress
from cfimages.cli.requests import Request, path_of
from cfimages.cli.status import IncompleteError, RefusedError, Status, TerminatedError, first, status_of

if TYPE_CHECKING:
    from cfimages import CloudflareImages
    from cfimages.jobs import Item, Job, Outcome, Progress, Report, Summary

READING = ("export", "inventory")
"""Kinds of jobs that change nothing in the account, and are not asked about."""


class JobOptions(NamedTuple):
    """What the command line says about a job."""

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
    """Give a command the options of jobs, and `JobOptions` as `job`."""

    @click.option("--yes", "-y", is_flag=True, help="Do not ask.")
    @click.option("--dry-run", "-n", is_flag=True, help="Stop after the plan, and say how to run it.")
    @click.option("--max", "max_items", type=click.IntRange(min=0), metavar="N", help="Refuse a plan of more items.")
    @click.option(
        "--journal",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Keep the plan and the state of each item here; else in the state folder.",
    )
    @click.option(
        "--concurrency", type=click.IntRange(1, 100), default=8, show_default=True, metavar="N", help="Items at a time."
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


class Running:
    """One job of the command line, from its plan to its report."""

    def __init__(self, connection: Connection, options: JobOptions, path: Path, *, stdin_is_list: bool = False) -> None:
        self._connection = connection
        self._messages = connection.messages
        self._options = options
        self._path = path
        self._stdin_is_list = stdin_is_list
        self._rows = Rows(wanted=options.as_json or not sys.stdout.isatty())

    def start(self, images: "CloudflareImages", command: str, **arguments: Any) -> None:
        """Plan a job by a function of `cfimages.jobs`, and run it."""
        from cfimages import CloudflareImagesError

        request = Request.of(command, arguments, confirmed=self._options.yes and not self._options.dry_run)
        before = Request.read(self._path) if path_of(self._path).exists() else None
        try:
            request.write(self._path)
        except OSError as error:
            raise click.BadParameter(f"{self._path}: {error.strerror}", param_hint="--journal") from None
        try:
            self.plan(images, request)
        except CloudflareImagesError:  # nothing was planned
            if before is None:
                Request.forget(self._path)
            else:
                before.write(self._path)
            raise

    def plan(self, images: "CloudflareImages", request: Request) -> None:
        """Plan what was asked for, or go on planning it, and run it."""
        from cfimages import jobs

        function: Callable[..., Job] = getattr(jobs, request.command or "resume")
        batch = {} if request.command in READING else {"batch": self._options.batch}

        def make() -> "Job":
            with chdir(request.folder or "."):
                return function(images, self._path, **batch, **request.given)

        self.run(make, request)

    def run(self, make: Callable[[], "Job"], request: Request) -> None:
        """Plan, ask and run. Raises IncompleteError for any status but 0."""
        was_there = self._path.exists()
        with self._going_on(), self._connection.telling(PlanningProgress(self._messages)):
            job = make()
        summary = job.summary()
        if was_there:
            self._messages.say(shown_plan(summary))
        self._messages.log("planned", kind=summary.kind, journal=str(self._path), counts=dict(summary.counts))
        confirmed = request.confirmed or self._options.yes or summary.kind in READING
        Request(confirmed=request.confirmed).write(self._path)
        if not summary.left and summary.kind != "inventory":
            self._end(job, summary)
            return
        if not confirmed:  # what is asked about has to be seen
            self._messages.write(shown(summary))
        elif not request.confirmed:
            self._messages.say(shown(summary))
        if self._options.dry_run:
            self._rows.write_items(job)
            self._messages.say(f"Nothing was changed. To run it:\n  {self._command()}")
            return
        try:
            self._allow(summary, confirmed=confirmed)
        except RefusedError as error:
            self._messages.error(error)
            self._messages.say(f"The plan is kept. To run it:\n  {self._command()}")
            raise IncompleteError(Status.REFUSED) from None
        except (KeyboardInterrupt, TerminatedError) as error:
            self._messages.say(f"\nInterrupted: nothing was changed. To run it:\n  {self._command()}")
            raise IncompleteError(status_of(error) or Status.REFUSED) from None
        Request(confirmed=True).write(self._path)
        with self._going_on(job), RunningProgress(self._messages, summary) as progress:
            job.run(workers=self._options.concurrency, on_progress=lambda event: self._event(progress, event))
        self._end(job, summary)

    def _allow(self, summary: "Summary", *, confirmed: bool) -> None:
        """Raise RefusedError unless the plan may be run."""
        most = self._options.max_items
        if most is not None and summary.left > most:
            raise RefusedError(f"{summary.left:,} items are more than --max {most}: nothing was changed")
        if not confirmed:
            confirm(f"{summary.kind.capitalize()} {summary.left:,}?", stdin_is_list=self._stdin_is_list)

    def _event(self, progress: RunningProgress, event: "Progress") -> None:
        progress.show(event)
        for item, outcome in event.finished:
            row = row_of(item, outcome)
            self._rows.write(row)
            self._messages.log("item", **row)

    def _end(self, job: "Job", summary: "Summary") -> None:
        report = job.report()
        self._messages.say(shown_report(report))
        self._messages.log("report", journal=str(self._path), counts=dict(report.counts))
        status = self._status(report, bool(summary.refused))
        if report.finished:
            Request.forget(self._path)
        else:
            self._messages.say(f"To go on:\n  {self._command()}")
        if status:
            raise IncompleteError(status)

    def _status(self, report: "Report", refused: bool) -> Status:
        counts = report.counts
        unfinished = counts["planned"] + counts["started"] + counts["in_doubt"]
        return first(
            Status.UNFINISHED if unfinished else Status.DONE,
            Status.FAILED if counts["failed"] or refused or self._rows.failed else Status.DONE,
        )

    @contextmanager
    def _going_on(self, job: "Job | None" = None) -> Iterator[None]:
        """When planning or running ends before its end, say why, and how it goes on."""
        from cfimages import CloudflareImagesError, InvalidArgumentError
        from cfimages.jobs import JobError, JobLockedError

        try:
            yield
        except (InvalidArgumentError, JobLockedError):
            raise
        except (KeyboardInterrupt, TerminatedError, CloudflareImagesError, OSError) as error:
            status = status_of(error) or Status.FAILED
            if isinstance(error, JobError) and job is None:
                raise
            if status in (Status.INTERRUPTED, Status.TERMINATED):
                self._messages.say("Interrupted.")
            else:
                self._messages.error(error)
            if job is None:
                self._messages.say("The plan is not finished, and nothing was changed. To go on:")
            else:
                self._messages.say(f"{shown_report(job.report())}\nTo go on:")
            self._messages.say(f"  {self._command()}")
            stopped = status in (Status.NO_ACCESS, Status.INTERRUPTED, Status.TERMINATED)
            raise IncompleteError(status if stopped else Status.UNFINISHED) from error

    def _command(self) -> str:
        words = ["cfimages", "jobs", "resume", str(self._path), *self._connection.words()]
        if not self._options.batch:
            words.append("--no-batch")
        return shlex.join(words)


class Rows:
    """JSON lines about items, on standard output. A job does not end because nobody reads them."""

    def __init__(self, *, wanted: bool) -> None:
        self._wanted = wanted
        self.failed: bool = False
        """Whether they could not be written."""

    def write(self, row: dict[str, Any]) -> None:
        """Write a line."""
        if not self._wanted:
            return
        try:
            write_record(row)
        except OSError as error:
            self._wanted = False
            if not isinstance(error, BrokenPipeError):
                self.failed = True
                click.echo(f"Error: standard output: {error.strerror}", err=True)

    def write_items(self, job: "Job") -> None:
        """Write what a plan would do."""
        if self._wanted:
            for item in job.items("planned", "failed", "in_doubt"):
                self.write(row_of(item))


def row_of(item: "Item", outcome: "Outcome | None" = None) -> dict[str, Any]:
    """Return an item as data: what it is about, how far it is, the id of its image, and why."""
    now = outcome or item
    image_id = (now.result or {}).get("id") or item.image
    row = {"item": item.key, "state": now.state, "id": image_id, "reason": now.reason}
    return {name: value for name, value in row.items() if value is not None}


def shown(summary: "Summary") -> str:
    """Return a summary as text for a terminal."""
    return str(
        attrs.evolve(
            summary,
            account_id=escaped(summary.account_id),
            sample=tuple(map(escaped, summary.sample)),
            refused=tuple((escaped(reason), count) for reason, count in summary.refused),
        )
    )


def shown_plan(summary: "Summary") -> str:
    """Return when a plan was made, and by which filters, as text for a terminal."""
    filters = ", ".join(f"{name}={value!r}" for name, value in summary.filters.items())
    return escaped(f"{summary.kind} planned {summary.created[:10]}{f' with {filters}' if filters else ''}")


def shown_report(report: "Report") -> str:
    """Return a report as text for a terminal."""
    return "\n".join(
        escaped(line)
        for line in str(
            attrs.evolve(
                report,
                reasons=tuple((state, escaped(reason), count) for state, reason, count in report.reasons),
                in_doubt=tuple(attrs.evolve(item, key=escaped(item.key)) for item in report.in_doubt),
            )
        ).split("\n")
    )
