"""One run of a job: pass items from the journal to the workers, and their outcomes back.

The thread that iterates `Engine.run` has the journal. For each group of items it commits the intent (`started`) before
any request of the group can be sent, together with the outcomes of earlier items.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from cfimages.jobs.account import Account
from cfimages.jobs.errors import JobStoppedError, go_on
from cfimages.jobs.journal import Journal
from cfimages.jobs.kind import Kind
from cfimages.jobs.records import Item, Outcome, Progress, State
from cfimages.jobs.workers import Finished, Note, Returned, Workers

GRACE = 5.0
"""Seconds that requests in progress get when the job is stopped."""
HEARTBEAT = 1.0
"""Seconds after which outcomes are written and an event is emitted, even if nothing was finished."""
GROUP_PER_WORKER = 8
"""Items of each worker whose intent is committed together."""


class Tally:
    """The progress of a run."""

    def __init__(self, counts: Mapping[State, int], goal: int, began: float) -> None:
        self._counts = Counter(counts)
        self._goal = goal
        self._began = began
        self._finished = 0

    def count(self, before: State, after: State) -> None:
        """Count an item whose state has changed."""
        self._finished += 1
        self._counts[before] -= 1
        self._counts[after] += 1

    def progress(self, now: float, finished: list[tuple[Item, Outcome]]) -> Progress:
        """Return an event with the items that were finished since the last one."""
        seconds = now - self._began
        rate = self._finished / seconds if seconds > 0 else 0.0
        left = self._goal - self._finished
        return Progress(
            total=self._counts.total(),
            left=left,
            done=self._counts["done"],
            skipped=self._counts["skipped"],
            failed=self._counts["failed"],
            in_doubt=self._counts["in_doubt"],
            rate=rate,
            remaining=left / rate if rate else None,
            finished=tuple(finished),
        )


class Engine:
    """One run over a journal."""

    def __init__(
        self,
        journal: Journal,
        kind: Kind,
        account: Account,
        *,
        workers: int,
        stop_after: int | None,
        retry_failed: bool,
    ) -> None:
        self._journal = journal
        self._account = account
        self._workers = Workers(kind, account, workers)
        self._stop_after = stop_after
        self._group = workers * GROUP_PER_WORKER
        self._states: tuple[State, ...] = ("planned", "failed") if retry_failed else ("planned",)
        counts = journal.counts()
        goal = sum(counts[state] for state in ("in_doubt", *self._states))
        self._tally = Tally(counts, goal, account.timing.clock())
        self._under_way: dict[int, Item] = {}
        self._outcomes: list[tuple[Item, Outcome]] = []
        """Of items whose outcome is not in the journal yet."""
        self._streak = 0
        """How many items in a row have failed with errors or lost responses."""
        self._error: BaseException | None = None
        self._deadline: float | None = None

    def run(self) -> Iterator[Progress]:
        """Work until nothing is left, or until the account's `stopping` is set.

        Raises what ends the run: an error of the journal or of credentials, JobStoppedError, or a bug as it is.
        """
        groups = self._groups()
        finished: list[tuple[Item, Outcome]] = []
        self._workers.start()
        try:
            while True:
                if not self._is_stopped() and len(self._under_way) <= self._group // 2:
                    self._begin(next(groups, []))
                if not self._under_way:
                    break
                if self._is_stopped() and self._is_out_of_time():
                    break
                finished += self._collect()
                if self._under_way:  # else it may be the last event
                    yield self._tally.progress(self._account.timing.clock(), finished)
                    finished = []
            self._settle([])
            yield self._tally.progress(self._account.timing.clock(), finished)
        finally:
            self._account.abandon()
            self._workers.end(join=not self._under_way)  # else one of them may wait for an answer for long
        if self._error is not None:
            raise self._error

    def _groups(self) -> Iterator[list[Item]]:
        """Yield the items to work on, those in doubt first."""
        doubt: tuple[State, ...] = ("in_doubt",)
        for states in (doubt, self._states):
            last = 0
            while items := self._journal.items(states, after=last, limit=self._group):
                last = items[-1].number
                yield items

    def _begin(self, items: list[Item]) -> None:
        """Write the intent to work on items, then give them to the workers."""
        if not items:
            return
        self._journal.start(items, self._outcomes)
        self._outcomes = []
        for item in items:
            self._under_way[item.number] = item
            self._workers.give(item)

    def _is_stopped(self) -> bool:
        return self._account.stopping.is_set()

    def _is_out_of_time(self) -> bool:
        """Take back items that no worker has. Return whether nothing is in progress, or the grace period is over."""
        now = self._account.timing.clock()
        if self._deadline is None:
            self._deadline = now + GRACE
            self._put_back(self._workers.take_back())
        return not self._under_way or now >= self._deadline

    def _collect(self) -> list[tuple[Item, Outcome]]:
        """Wait for reports, handle them, and return the finished items."""
        reports = self._workers.reports(HEARTBEAT)
        notes = [report for report in reports if isinstance(report, Note)]
        finished = [report for report in reports if isinstance(report, Finished)]
        returned = [report for report in reports if isinstance(report, Returned)]
        for report in finished:
            self._finish(report)
        if notes or (self._outcomes and not reports):
            self._settle(notes)
        for back in returned:
            if back.error is not None:
                self._stop(back.error)
        if returned:
            self._put_back([back.item for back in returned])
        return [(report.item, report.outcome) for report in finished]

    def _finish(self, report: Finished) -> None:
        item, outcome = report.item, report.outcome
        del self._under_way[item.number]
        self._outcomes.append((item, outcome))
        self._tally.count(item.state, outcome.state)
        if not report.by_error and not outcome.doubt:
            self._streak = 0  # also if it failed: the account was asked, and its answer says that it cannot be done
        elif report.by_error or not item.state == outcome.state == "in_doubt":  # a doubt that stays is no new failure
            self._streak += 1
        if self._stop_after is not None and self._streak >= self._stop_after and not self._is_stopped():
            self._stop(
                JobStoppedError(
                    f"stopped after {self._streak} failures in a row, the last of them: {outcome.reason}:"
                    f" to resume, once the cause is fixed: {go_on(self._journal.path)}"
                )
            )

    def _settle(self, notes: list[Note]) -> None:
        self._journal.settle(self._outcomes, [(report.item, report.note) for report in notes])
        self._outcomes = []
        for report in notes:
            self._workers.note_is_written(report)

    def _put_back(self, items: list[Item]) -> None:
        self._journal.put_back(items)
        for item in items:
            del self._under_way[item.number]

    def _stop(self, error: BaseException) -> None:
        self._error = self._error or error
        self._account.stopping.set()
