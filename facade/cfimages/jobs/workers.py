"""The threads that work on items. They send requests and report, and never touch the journal."""

import errno
import queue
import threading
from contextlib import suppress

import attrs

from cfimages import APIError, InvalidArgumentError
from cfimages.jobs.account import ATTEMPTS, STOPPING, Account, InterruptedWaitError, LostAnswerError
from cfimages.jobs.kind import Kind, Work
from cfimages.jobs.records import Item, Json, Outcome, failed, in_doubt

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
"""Errors that stop a job that writes files: the next item would fail in the same way."""


@attrs.frozen
class Finished:
    """An item is finished."""

    item: Item
    outcome: Outcome
    by_error: bool = False
    """Whether the outcome comes from an exception, and not from the kind of job."""


@attrs.frozen
class Returned:
    """An item for which nothing was carried out."""

    item: Item
    error: BaseException | None = None
    """The error that ends the run."""


@attrs.frozen
class Note:
    """A note to write for an item. Its thread waits for `Workers.note_is_written`."""

    item: Item
    note: Json


class Workers:
    """Threads that work on the items they are given."""

    def __init__(self, kind: Kind, account: Account, count: int) -> None:
        self._kind = kind
        self._account = account
        self._todo: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self._reports: queue.SimpleQueue[Finished | Returned | Note] = queue.SimpleQueue()
        self._waiting: dict[int, threading.Event] = {}
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, name=f"cfimages-job-{number}", daemon=True) for number in range(count)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def give(self, item: Item) -> None:
        """Give an item to the threads. Its intent must be in the journal."""
        self._todo.put(item)

    def take_back(self) -> list[Item]:
        """Return the items that no thread has taken, which stay untouched."""
        items = []
        with suppress(queue.Empty):
            while item := self._todo.get_nowait():
                items.append(item)
        return items

    def reports(self, timeout: float) -> list[Finished | Returned | Note]:
        """Return all reports; wait some seconds for the first."""
        try:
            reports = [self._reports.get(timeout=timeout)]
        except queue.Empty:
            return []
        while not self._reports.empty():
            reports.append(self._reports.get())
        return reports

    def note_is_written(self, report: Note) -> None:
        """Let the thread of an item continue, since its note is on disk."""
        self._waiting.pop(report.item.number).set()

    def end(self, *, join: bool) -> None:
        """End the threads: no more notes are written. Wait for them if they have nothing in progress."""
        self._ended.set()
        for written in list(self._waiting.values()):
            written.set()
        for _ in self._threads:
            self._todo.put(None)
        if join:
            for thread in self._threads:
                thread.join()

    # In the threads

    def _work(self) -> None:
        while (item := self._todo.get()) is not None:
            report = Returned(item) if self._account.stopping.is_set() else self._worked(item)
            if isinstance(report, Returned):
                self._account.stopping.set()
            self._reports.put(report)

    def _worked(self, item: Item) -> Finished | Returned:
        work = Work(self._account, item.doubt, item.note, lambda note: self._note(item, note))
        try:
            return Finished(item, self._outcome(item, work))
        except InterruptedWaitError:
            if work.doubt:
                return Finished(item, in_doubt("the job was stopped before the account could be asked", item.result))
            return Returned(item)
        except STOPPING as error:
            return Returned(attrs.evolve(item, doubt=work.doubt), error)
        except (APIError, InvalidArgumentError, OSError) as error:
            if isinstance(error, OSError) and error.errno in NO_ROOM:
                return Returned(attrs.evolve(item, doubt=work.doubt), error)
            reason = _in_one_line(error)
            return Finished(item, in_doubt(reason, item.result) if work.doubt else failed(reason), by_error=True)
        except BaseException as error:  # noqa: BLE001 - a bug: it is raised where the job is run
            return Returned(attrs.evolve(item, doubt=True), error)

    def _outcome(self, item: Item, work: Work) -> Outcome:
        """Do an item. Whenever a response is lost, check first, and retry only if it was not carried out."""
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
        self._reports.put(Note(item, note))
        if not self._ended.is_set():
            written.wait()
        if self._waiting.pop(item.number, None) is not None:  # the run has ended instead
            raise InterruptedWaitError


def _in_one_line(error: Exception) -> str:
    return " ".join((str(error) or type(error).__name__).split())
