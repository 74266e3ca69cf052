"""The engine: workers in threads, fed from the journal in groups.

The thread that iterates `Engine.run` owns the journal. For each group it commits the intent (`started`) before any
request of the group can be sent, together with the outcomes of earlier items. Workers only send requests and report.
"""

import errno
import queue
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import attrs

from cfimages import APIError, InvalidArgumentError
from cfimages.jobs.account import ATTEMPTS, STOPPING, Account, InterruptedWaitError, LostAnswerError
from cfimages.jobs.errors import JobStoppedError
from cfimages.jobs.journal import Journal
from cfimages.jobs.kind import Kind, Work
from cfimages.jobs.records import Item, Json, Outcome, Progress, State, failed, in_doubt

GRACE = 5.0
"""Seconds that requests under way get when the job is stopped."""
HEARTBEAT = 1.0
"""Seconds after which there is an event although nothing was finished, and outcomes are written."""
GROUP_PER_WORKER = 8
"""Items of each worker whose intent is committed together."""

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
"""What stops a job that writes files: the next item would fail in the same way."""


@attrs.frozen
class _Finished:
    item: Item
    outcome: Outcome


@attrs.frozen
class _Returned:
    """Nothing was sent for an item, or nothing that was carried out."""

    item: Item
    error: BaseException | None = None
    """What ends the run."""


@attrs.frozen
class _Note:
    item: Item
    note: Json


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
        self._kind = kind
        self._account = account
        self._workers = workers
        self._stop_after = stop_after
        self._group = workers * GROUP_PER_WORKER
        self._states: tuple[State, ...] = ("planned", "failed") if retry_failed else ("planned",)
        self._todo: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self._reports: queue.SimpleQueue[_Finished | _Returned | _Note] = queue.SimpleQueue()
        self._under_way: dict[int, Item] = {}
        self._outcomes: list[tuple[Item, Outcome]] = []
        self._streak = 0
        self._error: BaseException | None = None
        self._deadline: float | None = None
        self._ended = threading.Event()
        self._waiting: dict[int, threading.Event] = {}

    def run(self) -> Iterator[Progress]:
        """Work until nothing is left, or until the account's `stopping` is set.

        Raises what ends the run: an error of the journal or of credentials, JobStoppedError, or a bug as it is.
        """
        self._journal.recover(doubt=self._kind.changes)
        self._counts = self._journal.counts()
        self._began = self._account.timing.clock()
        self._finished = 0
        self._goal = sum(self._counts[state] for state in ("in_doubt", *self._states))
        groups = self._groups()
        threads = [
            threading.Thread(target=self._work, name=f"cfimages-job-{number}", daemon=True)
            for number in range(self._workers)
        ]
        for thread in threads:
            thread.start()
        try:
            while True:
                if not self._stopped() and len(self._under_way) <= self._group // 2:
                    self._begin(next(groups, []))
                if not self._under_way:
                    break
                if self._stopped() and self._out_of_time():
                    break
                yield self._progress(self._collect())
            self._journal.settle(self._outcomes)
            self._outcomes = []
            yield self._progress([])
        finally:
            self._account.abandon()
            self._ended.set()
            for written in list(self._waiting.values()):
                written.set()
            for _ in threads:
                self._todo.put(None)
            if not self._under_way:  # else one of them may wait for an answer for long
                for thread in threads:
                    thread.join()
        if self._error is not None:
            raise self._error

    # In the thread that has the journal

    def _groups(self) -> Iterator[list[Item]]:
        """Yield what is to be worked on: first what is in doubt, so that nothing else is built upon it."""
        doubt: tuple[State, ...] = ("in_doubt",)
        for states in (doubt, self._states):
            last = 0
            while items := self._journal.items(states, after=last, limit=self._group):
                last = items[-1].number
                yield items

    def _begin(self, items: list[Item]) -> None:
        if not items:
            return
        self._journal.start(items, self._outcomes)
        self._outcomes = []
        for item in items:
            self._under_way[item.number] = item
            self._todo.put(item)

    def _stopped(self) -> bool:
        return self._account.stopping.is_set()

    def _out_of_time(self) -> bool:
        """Give back what no worker has taken yet; whether the rest has had its time."""
        now = self._account.timing.clock()
        if self._deadline is None:
            self._deadline = now + GRACE
            self._journal.put_back(self._untouched())
        return not self._under_way or now >= self._deadline

    def _untouched(self) -> list[Item]:
        """Take back the items that no worker has taken."""
        items = []
        with suppress(queue.Empty):
            while item := self._todo.get_nowait():
                items.append(self._under_way.pop(item.number))
        return items

    def _collect(self) -> list[tuple[Item, Outcome]]:
        """Wait for reports, and handle all that are there."""
        try:
            reports = [self._reports.get(timeout=HEARTBEAT)]
        except queue.Empty:
            reports = []
        while not self._reports.empty():
            reports.append(self._reports.get())
        notes = [report for report in reports if isinstance(report, _Note)]
        finished = [(report.item, report.outcome) for report in reports if isinstance(report, _Finished)]
        for item, outcome in finished:
            self._count(item, outcome)
        self._outcomes += finished
        returned = [report for report in reports if isinstance(report, _Returned)]
        if notes or (self._outcomes and not reports):
            self._journal.settle(self._outcomes, [(report.item, report.note) for report in notes])
            self._outcomes = []
            for report in notes:
                self._waiting.pop(report.item.number).set()
        if returned:
            self._take_back(returned)
        return finished

    def _count(self, item: Item, outcome: Outcome) -> None:
        self._finished += 1
        del self._under_way[item.number]
        self._counts[item.state] -= 1
        self._counts[outcome.state] += 1
        self._streak = 0 if outcome.state in ("done", "skipped") else self._streak + 1
        if self._stop_after is not None and self._streak >= self._stop_after and not self._stopped():
            self._stop(
                JobStoppedError(f"stopped after {self._streak} failures in a row, the last of them: {outcome.reason}")
            )

    def _take_back(self, returned: list[_Returned]) -> None:
        for report in returned:
            del self._under_way[report.item.number]
            if report.error is not None:
                self._stop(report.error)
        self._journal.put_back(report.item for report in returned)

    def _stop(self, error: BaseException) -> None:
        self._error = self._error or error
        self._account.stopping.set()

    def _progress(self, finished: list[tuple[Item, Outcome]]) -> Progress:
        counts = self._counts
        total = sum(counts.values())
        seconds = self._account.timing.clock() - self._began
        rate = self._finished / seconds if seconds > 0 else 0.0
        left = self._goal - self._finished
        return Progress(
            total=total,
            left=left,
            done=counts["done"],
            skipped=counts["skipped"],
            failed=counts["failed"],
            in_doubt=counts["in_doubt"],
            rate=rate,
            remaining=left / rate if rate else None,
            finished=tuple(finished),
        )

    # In the threads of the workers

    def _work(self) -> None:
        while (item := self._todo.get()) is not None:
            report = _Returned(item) if self._stopped() else self._worked(item)
            if isinstance(report, _Returned):
                self._account.stopping.set()
            self._reports.put(report)

    def _worked(self, item: Item) -> _Finished | _Returned:
        work = Work(self._account, item.doubt, item.note, lambda note: self._note(item, note))
        try:
            return _Finished(item, self._outcome(item, work))
        except InterruptedWaitError:
            if work.doubt:
                return _Finished(item, in_doubt("the job was stopped before the account could be asked"))
            return _Returned(item)
        except STOPPING as error:
            return _Returned(attrs.evolve(item, doubt=work.doubt), error)
        except (APIError, InvalidArgumentError, OSError) as error:
            if isinstance(error, OSError) and error.errno in NO_ROOM:
                return _Returned(attrs.evolve(item, doubt=work.doubt), error)
            return _Finished(item, in_doubt(_said(error)) if work.doubt else failed(_said(error)))
        except BaseException as error:  # noqa: BLE001 - a bug: it is raised where the job is run
            return _Returned(attrs.evolve(item, doubt=True), error)

    def _outcome(self, item: Item, work: Work) -> Outcome:
        """Do an item. Whenever an answer is lost, ask first, and do it again only if it was not carried out."""
        attempt, lost = 0, ""
        while True:
            if work.doubt and (outcome := self._kind.ask(item, work)) is not None:
                return outcome
            if attempt == ATTEMPTS:
                return failed(lost, doubt=True)
            try:
                return self._kind.do(item, work)
            except LostAnswerError as error:
                work.doubt, lost = True, str(error)
            attempt += 1
            self._account.back_off(attempt)

    def _note(self, item: Item, note: Json) -> None:
        written = self._waiting[item.number] = threading.Event()
        self._reports.put(_Note(item, note))
        if not self._ended.is_set():
            written.wait()
        if self._waiting.pop(item.number, None) is not None:  # the run has ended instead
            raise InterruptedWaitError


def _said(error: Exception) -> str:
    """What an error says, in one line."""
    text: Any = str(error) or type(error).__name__
    return " ".join(text.split())
