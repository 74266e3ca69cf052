"""What the synchronous client needs of threads."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import closing
from threading import Event as Event
from threading import Lock as Lock
from typing import Any, Generic, Protocol, TypeVar

import httpx

logger: logging.Logger = logging.getLogger("cfimages")

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


def current_loop() -> object:
    """Return None: threads belong to no event loop."""
    return None


def is_loop_closed(loop: object) -> bool:
    """Return False: there is no event loop."""
    return False


def wait(event: Event, seconds: float) -> None:
    """Wait for some seconds, or until the event is set."""
    event.wait(seconds)


def release(transport: httpx.BaseTransport) -> None:
    """Leave a transport that was replaced after an interruption to the garbage collector.

    Closing it could wait for ever: the interruption may have left its lock held.
    """


def read_source(file: object) -> object:
    """Return the source of an upload as it is."""
    return file


class _Pages(Protocol[T_co]):
    def __iter__(self) -> Any: ...

    def close(self) -> None: ...


def items(pages: _Pages[T]) -> Generator[T, None, None]:
    """Iterate over the items of pages."""
    with closing(pages):
        for page in pages:
            yield from page.items
            del page  # else two are held while the next one is fetched


class Work(Generic[T]):
    """The result of a function that runs in a thread, when it is there."""

    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self._future: Future[T] = Future()

    def result(self) -> T:
        """Wait for the result."""
        return self._future.result()

    @property
    def is_done(self) -> bool:
        """Whether the result is there."""
        return self._future.done()

    @property
    def has_failed(self) -> bool:
        """Whether the function raised an exception, or was cancelled."""
        return self._future.done() and (self._future.cancelled() or self._future.exception() is not None)

    def drop(self) -> bool:
        """Cancel the work unless it has begun. Return whether it was cancelled."""
        return self._future.cancel()

    def run(self) -> None:
        """Call the function."""
        if not self._future.set_running_or_notify_cancel():
            return
        try:
            result = self._function()
        except BaseException as error:  # noqa: BLE001 - raised by `result`
            self._future.set_exception(error)
        else:
            self._future.set_result(result)


class Workers:
    """Run functions in at most `count` daemon threads, in the order in which they are given.

    A thread ends when nothing is left. Where no thread can be started, work runs in the thread that asks for it.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._waiting: deque[Work[Any]] = deque()
        self._running = 0
        self._lock = threading.Lock()

    def start(self, function: Callable[[], T]) -> Work[T]:
        """Run a function as soon as a thread is free."""
        work = Work(function)
        with self._lock:
            self._waiting.append(work)
            if self._running == self._count:
                return work
            self._running += 1
        try:
            threading.Thread(target=self._run, name="cfimages", daemon=True).start()
        except RuntimeError as error:  # the limit of a container, or the end of the program
            logger.warning("no thread can be started (%s): going on one request at a time", error)
            self._run()
        return work

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._running -= 1
                    return
                work = self._waiting.popleft()
            work.run()
            del work  # else its result is held until the next one comes

    def close(self) -> None:
        """Drop what has not begun. What is under way ends by its timeout, and its result is dropped."""
        with self._lock:
            dropped = tuple(self._waiting)
            self._waiting.clear()
        for work in dropped:
            work.drop()
