# Generated from facade/cfimages/_async/lifetime.py by `make generate`. Do not edit.
"""Whether a client, or a walk of it, may still send requests."""

import os
import threading
from contextlib import ExitStack
from typing import Self
from weakref import WeakSet

from cfimages.errors import ClientClosedError
from cfimages.parallel import threads


class Lifetime:
    """The time from making a client, or beginning a walk, to closing it.

    Closing one ends its waits, its workers, and the lifetimes that were made from it.
    """

    def __init__(self, what: str = "the client", parent: Self | None = None) -> None:
        self._what = what
        self._parent = parent
        self._root: Lifetime = parent._root if parent else self
        self._end = threads.Event()
        self._children: WeakSet[Self] = WeakSet()
        self._workers: WeakSet[threads.Workers] = WeakSet()
        self._lock = threading.RLock()  # never held while something is awaited; see Workers
        self._process = os.getpid()
        self._loop: object = None
        if parent:
            with parent._lock:
                parent._children.add(self)
            if parent.is_closed:
                self._end.set()

    def child(self, what: str) -> Self:
        """Return a lifetime that ends with this one, or before."""
        return type(self)(what, self)

    def workers(self, count: int) -> threads.Workers:
        """Return workers that are closed with this lifetime, and with those that it was made from."""
        workers = threads.Workers(count)
        self._add(workers)
        return workers

    def _add(self, workers: threads.Workers) -> None:
        with self._lock:
            self._workers.add(workers)
        if self._parent:  # it closes them also if nobody holds the walk any more
            self._parent._add(workers)

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
        loop = threads.current_loop()
        if self._root._loop is not loop:
            self.enter_loop(loop)

    def enter_loop(self, loop: object) -> None:
        """Note the event loop of the first use. Raises ClientClosedError in another one."""
        root = self._root
        if root._loop is None:
            root._loop = loop
        elif root._loop is not loop:
            closed = ", which is closed" if self.is_loop_closed else ""
            raise ClientClosedError(f"the client was used in another event loop{closed}: make one for each loop")

    @property
    def is_loop_closed(self) -> bool:
        """Whether the event loop of the client is closed, so that its connections cannot be used or closed."""
        return self._root._loop is not None and threads.is_loop_closed(self._root._loop)

    def wait(self, seconds: float) -> None:
        """Wait for some seconds. Raises ClientClosedError at the end of the lifetime."""
        threads.wait(self._end, seconds)
        self.check()

    def drop_work(self) -> None:
        """Drop what its workers have under way. They can be given more."""
        for workers in tuple(self._workers):
            workers.close()

    def close(self) -> None:
        """End it, and everything that was made from it, also if this is interrupted."""
        self._end.set()
        if self.is_loop_closed:  # so is what its tasks waited for
            return
        with self._lock:
            children, workers = tuple(self._children), tuple(self._workers)
        with ExitStack() as stack:
            for group in workers:  # after the children, which say that they are closed
                stack.callback(group.close)
            for child in children:
                stack.callback(child.close)
