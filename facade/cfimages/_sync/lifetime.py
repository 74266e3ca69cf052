# Generated from facade/cfimages/_async/lifetime.py by `make generate`. Do not edit.
"""Whether a client, or a walk of it, may still send requests."""

import os
import threading
from abc import ABC, abstractmethod
from contextlib import ExitStack
from typing import Self
from weakref import WeakSet

from cfimages.errors import ClientClosedError
from cfimages.parallel import threads


class Closable(ABC):
    """Something that is closed at the end of an `with` block."""

    @abstractmethod
    def close(self) -> None:
        """Close it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Lifetime:
    """The time from making a client, or beginning a walk, to closing it.

    Closing one ends its waits, its workers, and the lifetimes that were made from it.
    """

    def __init__(self, what: str = "the client", parent: Self | None = None) -> None:
        self._what = what
        self._parent = parent
        self._end = threads.Event()
        self._children: WeakSet[Self] = WeakSet()
        self._workers: list[threads.Workers] = []
        """The workers of a walk. Running work refers to its lifetime, so that the client can end it at any time."""
        self._lock = threading.RLock()  # never held while something is awaited; see Workers
        self._process: int = parent._process if parent else os.getpid()
        self._loop: threads.Loop = parent._loop if parent else threads.Loop()
        if parent and not parent.is_orphaned:
            with parent._lock:
                parent._children.add(self)
            if parent.is_closed:
                self._end.set()

    def child(self, what: str) -> Self:
        """Return a lifetime that ends with this one, or before."""
        return type(self)(what, self)

    def workers(self, count: int) -> threads.Workers:
        """Return workers of a walk, which are closed with it."""
        self._workers.append(threads.Workers(count))
        return self._workers[-1]

    @property
    def is_closed(self) -> bool:
        """Whether it has ended."""
        return self._end.is_set()

    def check(self) -> None:
        """Raise ClientClosedError after the end, in another process, and in another event loop than before."""
        if os.getpid() != self._process:
            raise ClientClosedError("the client was made in another process: make a new one after a fork")
        if self._end.is_set():
            if self._parent:
                self._parent.check()  # which says more
            raise ClientClosedError(f"{self._what} is closed")
        self._loop.check()

    def check_loop(self) -> None:
        """Raise ClientClosedError in another event loop than before."""
        self._loop.check()

    @property
    def is_orphaned(self) -> bool:
        """Whether it cannot end properly, because its event loop is closed, or this is a forked process.

        After a fork its connections belong to the parent, and its locks may be held for ever.
        """
        return os.getpid() != self._process or self._loop.is_closed

    def wait(self, seconds: float) -> None:
        """Wait for some seconds. Raises ClientClosedError at the end of the lifetime."""
        threads.wait(self._end, seconds)
        self.check()

    def drop_work(self) -> None:
        """Drop what its workers have under way. They can be given more."""
        if not self.is_orphaned:
            for workers in self._workers:
                workers.close()

    def close(self) -> None:
        """End it, and everything that was made from it, also if this is interrupted."""
        self._end.set()
        if self.is_orphaned:
            return
        with self._lock:
            children = tuple(self._children)
        with ExitStack() as stack:
            for workers in self._workers:
                stack.callback(workers.close)
            for child in children:
                stack.callback(child.close)
