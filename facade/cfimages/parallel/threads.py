"""What the synchronous client needs of threads."""

import logging
import threading
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Lock as Lock
from time import monotonic as monotonic
from typing import Any, Generic, TypeVar, cast

import httpx

from cfimages.errors import ClientClosedError

logger: logging.Logger = logging.getLogger("cfimages")

T = TypeVar("T")


class Loop:
    """What stands for an event loop: threads need none."""

    is_closed = False

    def check(self) -> None:
        """Do nothing."""


class Event:
    """An event that happens once.

    Unlike that of `threading`, it has no lock that an interruption can leave held, or that is needed twice where the
    garbage collector closes a walk.
    """

    def __init__(self) -> None:
        self._is_set = False
        self._closed = threading.Lock()
        self._closed.acquire()

    def is_set(self) -> bool:
        """Return whether it has happened."""
        return self._is_set

    def set(self) -> None:
        """Let it happen."""
        self._is_set = True
        self._open()

    def wait(self, seconds: float) -> None:
        """Wait until it happens, at most for some seconds."""
        if not self._is_set and self._closed.acquire(timeout=seconds):
            self._open()  # for others who wait

    def _open(self) -> None:
        with suppress(RuntimeError):  # it is open
            self._closed.release()


def receives_signals() -> bool:
    """Return whether the handlers of signals run in this thread, and can raise exceptions anywhere in it."""
    return threading.current_thread() is threading.main_thread()


def wait(event: Event, seconds: float) -> None:
    """Wait for some seconds, or until the event is set."""
    event.wait(seconds)


def release(transport: httpx.BaseTransport) -> None:
    """Leave a transport that was replaced after an interruption to the garbage collector.

    Closing it could wait for ever: the interruption may have left its lock held.
    """


def read_source(file: object, filename: str | None) -> tuple[object, str | None]:
    """Return the source of an upload, and the name for it, as they are."""
    return file, filename


def as_html(begin: Callable[[], Any], described: str) -> str | None:
    """Return a listing as a notebook shows it."""
    from cfimages.models.notebook import listing_html

    return listing_html(begin, described)


class ClosedWhenDropped(ABC):
    """An object that is closed when nobody holds it any more, as after a loop that is left early."""

    @abstractmethod
    def close(self) -> None:
        """End what is under way."""

    def __del__(self) -> None:
        self.close()


class Work(Generic[T]):
    """The result of a function that runs in a thread, when it is there.

    Not a `concurrent.futures.Future`: an interruption can leave its lock held.
    """

    def __init__(self, function: Callable[[], T], workers: "Workers", previous: "Work[T] | None" = None) -> None:
        self._function = function
        self._workers = workers
        self._previous = previous
        self._fate: dict[None, bool] = {}
        """Has True once the work has begun, or False once it was dropped. `setdefault` keeps what came first, without
        a lock that an interruption could leave held."""
        self._outcome: tuple[T, None] | tuple[None, BaseException] | None = None
        self._end: SimpleQueue[None] = SimpleQueue()
        """Gets an entry at the end, for the thread that waits for the result."""

    def result(self) -> T:
        """Wait for the result. Raises ClientClosedError if the work was dropped."""
        if not self._workers.start(self) and self.begin():
            self.run()
        if not self._outcome and not self.was_dropped:
            self._end.get()
        if self.was_dropped or not self._outcome:
            raise ClientClosedError("the walk is closed")
        result, error = self._outcome
        if error:
            raise error
        return cast(T, result)

    @property
    def has_begun(self) -> bool:
        """Whether the function has been called, or the work was dropped."""
        return bool(self._fate)

    @property
    def has_failed(self) -> bool:
        """Whether the function raised an exception, or the work was dropped."""
        return self.was_dropped or bool(self._outcome and self._outcome[1])

    @property
    def was_dropped(self) -> bool:
        """Whether the work was cancelled."""
        return self._fate.get(None) is False

    def drop(self) -> None:
        """Cancel the work unless it has begun."""
        if not self._fate.setdefault(None, False):
            self._end.put(None)

    def begin(self) -> bool:
        """Return whether the function is to be called now. The work is dropped if the previous one has failed."""
        if self._previous and self._previous.has_failed:
            self.drop()
        self._previous = None
        return self._fate.setdefault(None, True)

    def run(self) -> None:
        """Call the function."""
        try:
            self._outcome = self._function(), None
        except BaseException as error:  # noqa: BLE001 - raised by `result`
            self._outcome = None, error
        self._end.put(None)


class Workers:
    """Run functions in at most `count` daemon threads, in the order in which they are started.

    A thread ends when nothing is left. Work that nobody holds any more is left out. Where no thread can be started,
    work runs in the thread that asks for its result. An interruption at any moment loses no work.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._waiting: dict[weakref.ref[Work[Any]], None] = {}
        """In the order of their start."""
        self._threads: set[threading.Thread] = set()
        self._has_warned = False
        self._lock = threading.RLock()  # the garbage collector may close a walk in the thread that holds it

    def start(self, work: Work[Any]) -> bool:
        """Let a thread run a work that has not begun. Return False if there is no thread: the caller has to run it."""
        reference = weakref.ref(work)
        with self._lock:
            if work.has_begun:
                return True
            self._waiting.setdefault(reference)
            if len(self._threads) < self._count:
                self._start_thread()
            if not self._threads:
                self._waiting.pop(reference, None)
            return bool(self._threads)

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._run, name="cfimages", daemon=True)
        try:
            self._threads.add(thread)
            thread.start()
        except BaseException as error:
            self._threads.discard(thread)  # if it runs all the same, it ends at once
            if not isinstance(error, RuntimeError):  # an interruption
                raise
            if not self._has_warned:  # the limit of a container, or the end of the program
                self._has_warned = True
                logger.warning("no thread can be started (%s): going on one request at a time", error)

    def _run(self) -> None:
        while work := self._next():
            work.run()
            del work  # else its result is held until the next one comes

    def _next(self) -> Work[Any] | None:
        """Return the next work, which has begun. Without one, the thread that asks is no longer one of these."""
        thread = threading.current_thread()
        with self._lock:
            while self._waiting and thread in self._threads:
                reference = next(iter(self._waiting))
                del self._waiting[reference]
                work = reference()
                if work and work.begin():
                    return work
            self._threads.discard(thread)
            return None

    def close(self) -> None:
        """Drop what has not begun. What is under way ends by its timeout, and its result is dropped."""
        with self._lock:
            dropped = [work for reference in self._waiting if (work := reference())]
            self._waiting.clear()
        for work in dropped:
            work.drop()
