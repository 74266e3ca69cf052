"""A job: its plan, its runs and its report, all of which are in its journal."""

from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from contextlib import closing
from pathlib import Path

from cfimages import CloudflareImages, InvalidArgumentError
from cfimages.jobs.account import Account
from cfimages.jobs.engine import Engine
from cfimages.jobs.journal import Journal, JournalPath
from cfimages.jobs.kind import Kind
from cfimages.jobs.locking import locked
from cfimages.jobs.planning import plan
from cfimages.jobs.reading import report_of, walk, why_nothing
from cfimages.jobs.records import STATES, UNFINISHED, Item, Progress, Report, State, Summary
from cfimages.jobs.selection import filters_of
from cfimages.jobs.signals import stopping_in_order
from cfimages.keywords import suggest

SAMPLE = 5
"""Keys that a summary shows."""
_OTHER_NAMES = {
    "callback": "on_progress",
    "concurrency": "workers",
    "max_workers": "workers",
    "progress": "on_progress",
    "threads": "workers",
}
"""Names that the arguments of a run have elsewhere."""


class Job:
    """A planned job, returned by the functions of `cfimages.jobs`, such as `delete`, `upload`, `copy` and `resume`.

    It holds no open file between two calls, and can be read while it runs, even by other processes.
    """

    def __init__(self, images: CloudflareImages, path: Path, kind: Kind, *, batch: bool, is_new: bool = False) -> None:
        self._images = images
        self._kind = kind
        self._batch = batch
        self._running: Account | None = None
        self._stopped = False
        self._began_with: int | None = None
        self._is_new = is_new
        """Whether the plan was made just now, and nothing of it was run."""
        self.path = path
        """The journal."""

    def __repr__(self) -> str:
        return f"Job({self.kind}, {str(self.path)!r})"

    @property
    def kind(self) -> str:
        """The kind of job: `delete`, `edit`, `upload`, ..."""
        return self._kind.name

    @property
    def changes(self) -> bool:
        """Whether it changes the account. Exports, inventories, comparisons and orphan reports do not."""
        return self._kind.changes

    def summary(self) -> Summary:
        """Return what is left to do: how many items and requests, a sample, and how long it takes at least.

        This is the dry run. Nothing is sent.

        Raises:
            JournalError: The journal cannot be read.
        """
        account = Account(self._images, batch=self._batch)
        with Journal.open(self.path) as journal:
            counts = journal.counts()
            left = _left(counts)
            needed = self._kind.requests(left, journal.named(UNFINISHED))
            refused = journal.refused()
            limited: dict[float, int] = {}
            for host, requests in needed.items():
                if rate := account.rates[host]:
                    limited[rate] = limited.get(rate, 0) + requests
            remarks = self._kind.remarks(walk(journal, UNFINISHED))
            if "upload" not in needed and needed.get("api") and account.rates["api"]:
                remarks.append("originals are read from the API itself: at most four a second on Cloudflare")
            return Summary(
                kind=self.kind,
                account_id=journal.job.account,
                counts=counts,
                requests=sum(needed.values()),
                seconds=max(
                    (requests / rate for rate, requests in limited.items()),
                    default=None if any(needed.values()) else 0.0,
                ),
                sample=tuple(item.key for item in journal.items(UNFINISHED, limit=SAMPLE)),
                refused=tuple((one.text, one.count) for one in refused),
                notes=tuple(remarks),
                created=journal.job.created,
                filters=filters_of(journal.job.arguments),
                nothing=why_nothing(journal, is_new=self._is_new),
                examples={one.text: one.keys for one in refused},
            )

    @suggest(**_OTHER_NAMES)
    def run(
        self,
        *,
        workers: int = 8,
        stop_after: int | None = 20,
        retry_failed: bool = True,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Report:
        """Do what is left to do, and return the report. After an interruption, run it again.

        The plan does not change. If nothing is left to do, the report says so. For repeated work, use a new journal
        each time.

        The run first checks items that were in progress when an earlier run ended. An item that fails does not stop the
        others. After SIGTERM or Ctrl-C, no new items are started, and those in progress get five seconds. Then the
        signal has its usual effect. A second signal ends the program at once.

        Args:
            workers: How many items to work on at a time, each in a thread.
            stop_after: Stop after this many items in a row that failed with an error or a lost response; None never
                stops. An id that is taken, or a copy that differs, does not count.
            retry_failed: Retry items that failed in an earlier run.
            on_progress: Called in this thread with each event.

        Raises:
            JobStoppedError: Too many items failed in a row.
            JobLockedError: Another process or thread runs the job.
            JournalError: The journal cannot be written, for example because the disk is full. Nothing is lost.
            AuthenticationError, PermissionDeniedError: The credentials are not accepted.
        """
        with (
            closing(self.events(workers=workers, stop_after=stop_after, retry_failed=retry_failed)) as events,
            stopping_in_order(self.stop),
        ):
            for event in events:
                if on_progress is not None:
                    on_progress(event)
        with Journal.open(self.path) as journal:
            nothing = "" if self._began_with else why_nothing(journal, is_new=self._is_new)
            return report_of(journal, stopped=self._stopped, began_with=self._began_with, nothing=nothing)

    @suggest(**_OTHER_NAMES)
    def events(
        self, *, workers: int = 8, stop_after: int | None = 20, retry_failed: bool = True
    ) -> Generator[Progress]:
        """Do what is left to do, like `run`, and yield an event whenever items are finished, and each second.

        Signals are left to the caller, who can call `stop()`. Closing the iterator stops at once. The next run then
        checks items that were in progress.
        """
        _positive("workers", workers)
        if stop_after is not None:
            _positive("stop_after", stop_after)
        self._stopped = False
        return self._events(workers, stop_after, retry_failed)

    def _events(self, workers: int, stop_after: int | None, retry_failed: bool) -> Generator[Progress]:
        with locked(self.path), Journal.open(self.path) as journal:
            self._running = account = Account(self._images, batch=self._batch, journal=self.path)
            if self._stopped:  # meanwhile
                account.stopping.set()
            self._began_with = _left(journal.counts())
            self._is_new = self._is_new and not self._began_with
            self._kind.begin(account)
            if self._kind.finish(walk(journal, ("planned", "done"))):
                journal.finish_all()
            journal.recover(doubt=self._kind.changes)
            engine = Engine(
                journal, self._kind, account, workers=workers, stop_after=stop_after, retry_failed=retry_failed
            )
            try:
                yield from engine.run()
            finally:
                self._running = None

    def stop(self) -> None:
        """Start no more items, and give those in progress five seconds. Safe to call from any thread."""
        self._stopped = True
        if (running := self._running) is not None:
            running.stopping.set()

    def report(self) -> Report:
        """Return the results of the job so far.

        Raises:
            JournalError: The journal cannot be read.
        """
        with Journal.open(self.path) as journal:
            nothing = why_nothing(journal, is_new=True) if self._is_new else ""
            return report_of(journal, stopped=self._stopped, nothing=nothing)

    def items(self, *states: State) -> Iterator[Item]:
        """Yield the items in these states, or all items, in the order of the plan.

        Raises:
            JournalError: The journal cannot be read.
        """
        with Journal.open(self.path) as journal:
            yield from walk(journal, states or STATES)

    def undo(self, path: JournalPath) -> "Job":
        """Plan a job that undoes this one, with its own journal.

        Edits are undone by writing the old values. Deletes are undone from their backup; an image with a generated id
        gets a new id, as the summary says.

        Args:
            path: The journal of the new job.

        Raises:
            JobError: Such a job cannot be undone, or has no backup.
            JobLockedError: The job is running.
            JournalError: The new journal cannot be made.
        """
        return planned(self._images, path, self._kind.undo(self.path), batch=self._batch)


def planned(
    images: CloudflareImages, path: JournalPath, kind: Kind, *, batch: bool, moving: Collection[str] = ()
) -> Job:
    """Return a job whose plan is complete. Raises what `plan` raises."""
    if not isinstance(images, CloudflareImages):
        raise InvalidArgumentError(f"images={images!r}: must be a CloudflareImages, since jobs are synchronous")
    is_new = plan(Account(images, batch=batch), Path(path), kind, moving)
    return Job(images, Path(path), kind, batch=batch, is_new=is_new)


def _left(counts: Mapping[State, int]) -> int:
    return sum(counts[state] for state in UNFINISHED)


def _positive(name: str, number: object) -> None:
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise InvalidArgumentError(f"{name}={number!r}: must be a whole number above 0")
