"""Whether a client, or a walk of it, may still send requests."""

import os
import threading
from abc import ABC, abstractmethod
from contextlib import AsyncExitStack
from typing import Self
from weakref import WeakSet

from cfimages.errors import ClientClosedError
from cfimages.parallel import tasks


class AsyncClosable(ABC):
    """Something that is closed at the end of an `async with` block."""

    @abstractmethod
    async def aclose(self) -> None:
        """Close it."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class AsyncLifetime:
    """The time from making a client, or beginning a walk, to closing it.

    Closing one ends its waits, its workers, and the lifetimes that were made from it.
    """

    def __init__(self, what: str = "the client", parent: Self | None = None) -> None:
        self._what = what
        self._parent = parent
        self._end = tasks.Event()
        self._children: WeakSet[Self] = WeakSet()
        self._workers: list[tasks.Workers] = []
        """The workers of a walk. Running work refers to its lifetime, so that the client can end it at any time."""
        self._lock = threading.RLock()  # never held while something is awaited; see Workers
        self._process: int = parent._process if parent else os.getpid()
        self._loop: tasks.Loop = parent._loop if parent else tasks.Loop()
        if parent and not parent.is_orphaned:
            with parent._lock:
                parent._children.add(self)
            if parent.is_closed:
                self._end.set()

    def child(self, what: str) -> Self:
        """Return a lifetime that ends with this one, or before."""
        return type(self)(what, self)

    def workers(self, count: int) -> tasks.Workers:
        """Return workers of a walk, which are closed with it."""
        self._workers.append(tasks.Workers(count))
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

    async def wait(self, seconds: float) -> None:
        """Wait for some seconds. Raises ClientClosedError at the end of the lifetime."""
        await tasks.wait(self._end, seconds)
        self.check()

    async def drop_work(self) -> None:
        """Drop what its workers have under way. They can be given more."""
        if not self.is_orphaned:
            for workers in self._workers:
                await workers.aclose()

    async def aclose(self) -> None:
        """End it, and everything that was made from it, also if this is interrupted."""
        self._end.set()
        if self.is_orphaned:
            return
        with self._lock:
            children = tuple(self._children)
        async with AsyncExitStack() as stack:
            for workers in self._workers:
                stack.push_async_callback(workers.aclose)
            for child in children:
                stack.push_async_callback(child.aclose)
