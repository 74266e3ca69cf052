"""Fetching ahead: the next pages are on their way while the caller works on this one.

Order, tokens and errors are those of the pages underneath, which are still asked for one after the other. Whoever
stops early leaves nothing running: the end waits for the request that is under way, and for no other. Only a walk that
the garbage collector finds is not waited for: it can do so in the middle of anything, also of what holds a lock that
the request needs.
"""

import asyncio
import atexit
import gc
import os
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Collection, Generator, Iterable, Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, aclosing, contextmanager, nullcontext
from contextvars import Context, copy_context
from functools import partial
from queue import SimpleQueue
from typing import Any, Generic, Self, TypeVar

from cfimages.errors import ClientClosedError
from cfimages.waiting import stopping

P = TypeVar("P")
R = TypeVar("R")


_TURNS = 10
"""Of the event loop, until a request is sent over an open connection: httpx takes four. A program that then computes
would hold it back."""

_collecting = threading.local()


def _note_collection(phase: str, _info: object) -> None:
    _collecting.now = phase == "start"


gc.callbacks.append(_note_collection)


class Workers:
    """A number of threads for the time of one walk; at its end what they wait for is cut short.

    Not those of concurrent.futures: a program that ends waits for them, and they for as long as the service or a pacer
    says, before anything could tell them that nobody wants their work any more.
    """

    def __init__(self, count: int) -> None:
        self._stop = threading.Event()
        self._process = os.getpid()
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads: set[threading.Thread] = set()
        self._count = count
        atexit.register(self.stop)

    def check(self) -> None:
        """Raise ClientClosedError in a process that was forked off: the threads are not there."""
        if os.getpid() != self._process:
            raise ClientClosedError("this walk began in another process: begin one with a client of this process")

    def context(self) -> Context:
        """What the caller's context holds, for work that this walk may abandon."""
        context = copy_context()
        context.run(stopping.set, (*stopping.get(), self._stop))
        return context

    def submit(self, context: Context, work: Callable[..., R], *args: Any) -> Future[R]:
        """Have a thread do it."""
        future: Future[R] = Future()
        self._jobs.put(partial(_do, future, partial(context.run, work, *args)))
        if len(self._threads) < self._count:
            thread = threading.Thread(target=self._run, name="cfimages_worker", daemon=True)
            thread.start()
            self._threads.add(thread)
        return future

    def _run(self) -> None:
        self._threads.add(threading.current_thread())  # else one whose start was interrupted is not known
        while job := self._jobs.get():
            if not self._stop.is_set():
                job()
            del job  # which would be held until the next one comes
        self._jobs.put(None)  # for the next thread

    def stop(self) -> None:
        """Drop what has not begun, and wait for what has, where that is safe."""
        self._stop.set()
        atexit.unregister(self.stop)
        self._jobs.put(None)
        if not getattr(_collecting, "now", False):
            for thread in tuple(self._threads):
                thread.join()


def _do(future: Future[R], work: Callable[[], R]) -> None:
    """Have a future tell what comes of some work."""
    try:
        future.set_result(work())
    except BaseException as error:  # noqa: BLE001 - whoever asks for the result is to see it
        future.set_exception(error)
        del future  # else the error holds itself, by its frames


@contextmanager
def workers(count: int) -> Iterator[Workers]:
    """Threads that are gone at the end of the block."""
    threads = Workers(count)
    try:
        yield threads
    finally:
        threads.stop()


def close_at_rest(pages: Any) -> None:
    """Close a generator, unless a thread that nobody could wait for is still in it: it ends by itself."""
    if not pages.gi_running:
        pages.close()


class Ahead(Generic[P]):
    """Pages of a walk, asked for before they are wanted: as many as `depth` are under way or ready."""

    def __init__(self, pages: Generator[P, None, None], depth: int, threads: Workers) -> None:
        self._pages = pages
        self._threads = threads
        self._context = threads.context()
        self._coming = deque(self._ask() for _ in range(depth))

    def _ask(self) -> Future[P | None]:
        return self._threads.submit(self._context, next, self._pages, None)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> P:
        self._threads.check()
        page = self._coming.popleft().result()
        if page is None:
            raise StopIteration
        self._coming.append(self._ask())
        return page


def ahead(pages: Generator[P, None, None], depth: int) -> Generator[P, None, None]:
    """The same pages, `depth` of them fetched ahead in a thread."""
    try:
        with workers(1) as threads:  # one thread: it asks in order
            yield from Ahead(pages, depth, threads)
    finally:
        close_at_rest(pages)


def cancel(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks once: a second time would break into what they do to end."""
    for task in tasks:
        if not task.cancelling():
            task.cancel()


async def abandon(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel tasks, and wait until they are gone. What comes of them is nobody's any more."""
    cancel(tasks)
    await asyncio.gather(*tasks, return_exceptions=True)


class AsyncAhead(Generic[P]):
    """Like `Ahead`, with tasks; `gate` is held while one asks. Close it."""

    def __init__(self, pages: AsyncGenerator[P, None], depth: int, gate: AbstractAsyncContextManager[object]) -> None:
        self._pages = pages
        self._gate = gate
        self._turn = asyncio.Lock()  # fair, so that the tasks ask in order
        self._coming = deque(self._ask() for _ in range(depth))

    def _ask(self) -> asyncio.Task[P | None]:
        return asyncio.create_task(self._next())

    async def _next(self) -> P | None:
        async with self._turn, self._gate:
            return await anext(self._pages, None)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> P:
        page = await self._coming[0]
        if page is None:
            raise StopAsyncIteration
        self._coming.append(self._ask())
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        del self._coming[0]  # only now: a cancellation in between loses no page
        return page

    def cancel(self) -> None:
        """Cancel what is under way."""
        cancel(self._coming)

    async def aclose(self) -> None:
        """Cancel what is under way, and wait until it is gone."""
        await abandon(self._coming)
        await self._pages.aclose()


async def async_ahead(pages: AsyncGenerator[P, None], depth: int) -> AsyncGenerator[P, None]:
    """The same pages, `depth` of them fetched ahead in tasks."""
    async with aclosing(AsyncAhead(pages, depth, nullcontext())) as coming:
        async for page in coming:
            yield page
