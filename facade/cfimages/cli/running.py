"""Plan a job, show it, ask, run it, and report: the same for every command that creates one."""

import shlex
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from cfimages.cli.confirming import confirm
from cfimages.cli.connecting import Connection
from cfimages.cli.escaping import escaped
from cfimages.cli.job_commands import JobOptions
from cfimages.cli.output import usual_format
from cfimages.cli.progress import PlanningProgress, RunningProgress
from cfimages.cli.reports import Rows, are_more, going_on, row_of, shown, shown_plan, shown_report
from cfimages.cli.requests import Request, path_of
from cfimages.cli.status import IncompleteError, RefusedError, Status, TerminatedError, first, status_of

if TYPE_CHECKING:
    from cfimages import CloudflareImages
    from cfimages.jobs import Job, Progress, Report, Summary


class Running:
    """One job of the command line, from its plan to its report."""

    def __init__(self, connection: Connection, options: JobOptions, path: Path, *, stdin_is_list: bool = False) -> None:
        self._connection = connection
        self._messages = connection.messages
        self._options = options
        self._path = path
        self._stdin_is_list = stdin_is_list
        self._most = Request.read(path).max_items if options.max_items is None else options.max_items
        self._words: tuple[str, ...] = ()
        """The command line that resumes, if the journal is not enough."""
        self._rows = Rows(wanted=options.as_json or usual_format() == "json")

    def start(self, images: "CloudflareImages", command: str, arguments: dict[str, Any]) -> None:
        """Plan a job by a function of `cfimages.jobs`, and run it."""
        from cfimages import CloudflareImagesError

        confirmed = self._options.yes and not self._options.dry_run
        request = Request.of(command, arguments, confirmed=confirmed, max_items=self._most)
        before = Request.read(self._path) if path_of(self._path).exists() else None
        try:  # a plan that is not complete is not confirmed: nobody has seen it
            attrs.evolve(request, confirmed=False).write(self._path)
        except OSError as error:
            why = "there is no such folder" if isinstance(error, FileNotFoundError) else error.strerror
            raise click.BadParameter(
                f"{self._path}: the journal cannot be created in {self._path.parent}: {why}", param_hint="--journal"
            ) from None
        try:
            self.plan(images, request)
        except CloudflareImagesError:  # nothing was planned
            if before is None:
                Request.forget(self._path)
            else:
                before.write(self._path)
            raise

    def plan(self, images: "CloudflareImages", request: Request) -> None:
        """Plan the request, or continue planning it, and run it."""
        from cfimages import jobs

        function: Callable[..., Job] = getattr(jobs, request.command or "resume")
        batch = {"batch": self._options.batch} if "batch" in signature(function).parameters else {}

        def make() -> "Job":
            with chdir(request.folder or "."):
                return function(images, self._path, **batch, **request.given)

        self.run(make, request)

    def run(self, make: Callable[[], "Job"], request: Request) -> None:
        """Plan, ask and run. Raises IncompleteError for any status but 0."""
        was_there = self._path.exists()
        if not was_there:
            self._remember()
        with self._going_on(), self._connection.telling(PlanningProgress(self._messages)):
            job = make()
            summary = job.summary()
        if was_there:  # and is a journal
            self._remember()
            self._messages.say(shown_plan(summary))
        self._messages.log("planned", kind=summary.kind, journal=str(self._path), counts=dict(summary.counts))
        self._keep(confirmed=request.confirmed)
        if was_there and not summary.left:
            date, path = summary.created[:10], escaped(str(self._path))
            self._messages.write(f"Nothing to do: {path} was planned {date}. For a new plan, remove it.")
        if not summary.left and summary.kind != "inventory":
            self._end(job, summary)
            return
        asks = job.changes and not request.confirmed
        if asks and not self._options.yes:  # what is asked about has to be seen
            self._messages.write(shown(summary, self._path))
        else:
            self._messages.say(shown(summary, self._path))
        if self._options.dry_run:
            self._rows.write_items(job)
        self._allow(summary, asks=asks)
        if self._options.dry_run:
            self._messages.say(
                f"Nothing was changed. To run it:\n  {self._command_of_plan(asks=asks, most=self._most)}"
            )
            return
        self._keep(confirmed=True)
        busy = self._messages.verbose or (self._options.as_json and usual_format() == "table")
        with self._going_on(job), RunningProgress(self._messages, summary, lines_only=busy) as progress:
            job.run(workers=self._options.concurrency, on_progress=lambda event: self._event(progress, event))
        self._end(job, summary)

    def _keep(self, *, confirmed: bool) -> None:
        """Store the request beside the journal, for the next command."""
        Request(confirmed=confirmed, words=self._words, max_items=self._most).write(self._path)

    def _remember(self) -> None:
        """Make `cfimages jobs` list the journal, wherever it is."""
        from cfimages.cli.journals import remember

        try:
            remember(self._path)
        except OSError as error:
            self._messages.say(f"`cfimages jobs list` will not have this job: {error.filename}: {error.strerror}")

    def _allow(self, summary: "Summary", *, asks: bool) -> None:
        """Ask, unless --yes was given. Raises IncompleteError if the plan may not be run. A dry run does not ask."""
        how, most = "To run it:", self._most
        try:
            if self._most is not None and summary.left > self._most:
                how, most = "To run it, raise --max:", summary.left
                raise RefusedError(f"{are_more(summary.left, 'item', self._most)}: nothing was changed")
            if asks and not self._options.yes and not self._options.dry_run:
                images = f"{summary.left:,} image{'s' if summary.left > 1 else ''}"
                confirm(f"{summary.kind.capitalize()} {images}?", stdin_is_list=self._stdin_is_list)
        except RefusedError as error:
            self._messages.error(error)
            self._messages.say(f"The plan is kept. {how}")
            status = Status.REFUSED
        except (KeyboardInterrupt, TerminatedError) as error:
            self._messages.say("\nInterrupted: nothing was changed. To run it:")
            status = status_of(error) or Status.REFUSED
        else:
            return
        self._messages.say(f"  {self._command_of_plan(asks=asks, most=most)}")
        raise IncompleteError(status)

    def _event(self, progress: RunningProgress, event: "Progress") -> None:
        progress.show(event)
        for item, outcome in event.finished:
            row = row_of(item, outcome)
            self._rows.write(row)
            self._messages.log("item", **row)

    def _end(self, job: "Job", summary: "Summary") -> None:
        report = job.report()
        self._messages.say(shown_report(report, self._path))
        self._messages.log("report", journal=str(self._path), counts=dict(report.counts))
        status = self._status(report, bool(summary.refused))
        if report.finished:
            Request.forget(self._path)
        else:
            self._messages.write(going_on(report, job.kind, self._command(self._most)))
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
        """If planning or running is interrupted, say why, and how to resume."""
        from cfimages import CloudflareImagesError, InvalidArgumentError
        from cfimages.jobs import JobError, JobLockedError, JournalDamagedError, JournalWriteError

        try:
            yield
        except (InvalidArgumentError, JobLockedError):
            raise
        except (KeyboardInterrupt, TerminatedError, CloudflareImagesError, OSError) as error:
            status = status_of(error) or Status.FAILED
            is_final = isinstance(error, JobError) and not isinstance(error, JournalWriteError)
            if isinstance(error, JournalDamagedError) or (job is None and is_final):
                raise
            if status in (Status.INTERRUPTED, Status.TERMINATED):
                self._messages.say("Interrupted.")
            else:
                self._messages.error(error)
            if job is None:
                self._remember()  # it may have been made elsewhere
                self._messages.say("The plan is not finished, and nothing was changed.")
            else:
                self._messages.say(shown_report(job.report(), self._path))
            self._messages.write(f"To resume:\n  {self._command(self._most)}")
            stopped = status in (Status.NO_ACCESS, Status.INTERRUPTED, Status.TERMINATED)
            raise IncompleteError(status if stopped else Status.UNFINISHED) from error

    def _command(self, most: int | None) -> str:
        """Return the command that resumes, with a number for --max."""
        words = ["cfimages", "jobs", "resume", str(self._path), *self._connection.words()]
        if most is not None:
            words += ["--max", str(most)]
        if not self._options.batch:
            words.append("--no-batch")
        return shlex.join(words)

    def _command_of_plan(self, *, asks: bool, most: int | None) -> str:
        """Return the command that runs the plan. It has --yes if it asks, and --yes was given."""
        return f"{self._command(most)} --yes" if asks and self._options.yes else self._command(most)
