"""What the asynchronous client needs of asyncio."""

import asyncio
import weakref
from asyncio import Event as Event
from asyncio import Lock as Lock
from collections.abc import Awaitable, Callable, Collection
from time import monotonic as monotonic
from typing import Any, Generic, TypeVar

import httpx

from cfimages.errors import ClientClosedError, CloudflareImagesError
from cfimages.files.sources import collect, is_async_source, source_name

T = TypeVar("T")


class Loop:
    """The event loop in which a client is used."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None

    def check(self) -> None:
        """Note the running event loop the first time.

        Raises ClientClosedError in another one, and CloudflareImagesError outside of asyncio.
        """
        try:
            running = asyncio.get_running_loop()
        except RuntimeError:
            raise CloudflareImagesError("the asynchronous client runs under asyncio only, not under trio") from None
        if self._loop is None:
            self._loop = running
        if self._loop is not running:
            closed = ", which is closed" if self.is_closed else ""
            raise ClientClosedError(f"the client was used in another event loop{closed}: make one for each loop")

    @property
    def is_closed(self) -> bool:
        """Whether it is closed, so that nothing of it can be awaited any more."""
        return self._loop is not None and self._loop.is_closed()


def receives_signals() -> bool:
    """Return True: all tasks share a thread."""
    return True


async def wait(event: Event, seconds: float) -> None:
    """Wait for some seconds, or until the event is set."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass


async def release(transport: httpx.AsyncBaseTransport) -> None:
    """Close a transport that was replaced after an interruption, when its last request has ended.

    A task of its own closes it: if httpcore is cancelled there, it leaves connections open.
    """
    closing = asyncio.create_task(transport.aclose())
    await _end_of([closing])
    closing.result()


async def _end_of(tasks: Collection[asyncio.Task[None]]) -> None:
    """Wait until tasks have ended, even if the caller is cancelled before."""
    cancellation = None
    # A task that closes its own walk does not wait for itself.
    while pending := [task for task in tasks if not task.done() and task is not asyncio.current_task()]:
        try:
            await asyncio.wait(pending)
        except asyncio.CancelledError as error:
            cancellation = error
    if cancellation:
        raise cancellation


async def read_source(file: object, filename: str | None) -> tuple[object, str | None]:
    """Return the bytes and the name of an asynchronous source of an upload, and any other source as it is."""
    if not is_async_source(file):
        return file, filename
    return await collect(file), source_name(file, filename)


def as_html(_begin: object, _described: str) -> str | None:
    """Return None: a notebook does not await what it shows."""
    return None


class ClosedWhenDropped:
    """Stand in for the class of `threads`: closing must be awaited, which cannot be done when an object is dropped."""


class Work(Generic[T]):
    """The result of a function that runs in a task, when it is there."""

    def __init__(
        self, function: Callable[[], Awaitable[T]], workers: "Workers", previous: "Work[T] | None" = None
    ) -> None:
        self._function = function
        self._previous = previous
        self._workers = workers
        self._future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._future.add_done_callback(lambda done: done.cancelled() or done.exception())  # it may never be asked for
        self._is_running = False

    async def result(self) -> T:
        """Wait for the result. A caller that is cancelled leaves the work under way.

        Raises ClientClosedError if the work was dropped.
        """
        if not self._future.done():
            self._workers.start(self)
            await asyncio.wait([self._future])
        if self._future.cancelled():
            raise ClientClosedError("the walk is closed")
        return self._future.result()

    @property
    def has_begun(self) -> bool:
        """Whether the function has been called, or the work was dropped."""
        return self._is_running or self._future.done()

    @property
    def has_failed(self) -> bool:
        """Whether the function raised an exception, or the work was dropped."""
        return self._future.done() and (self._future.cancelled() or self._future.exception() is not None)

    @property
    def was_dropped(self) -> bool:
        """Whether the work was cancelled."""
        return self._future.cancelled()

    def drop(self) -> None:
        """Cancel the work unless it has begun."""
        if not self._is_running:
            self._future.cancel()

    def begin(self) -> bool:
        """Return whether the function is to be called now. The work is dropped if the previous one has failed."""
        if self._previous and self._previous.has_failed:
            self.drop()
        self._previous = None
        self._is_running = not self._future.done()
        return self._is_running

    async def run(self) -> None:
        """Call the function."""
        try:
            result = await self._function()
        except asyncio.CancelledError:
            self._future.cancel()
            raise
        except BaseException as error:  # noqa: BLE001 - raised by `result`
            self._future.set_exception(error)
        else:
            self._future.set_result(result)


class Workers:
    """Run functions in at most `count` tasks, in the order in which they are started.

    A task ends when nothing is left. Work that nobody holds any more is left out.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._waiting: dict[weakref.ref[Work[Any]], None] = {}
        """In the order of their start."""
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Work[Any]) -> bool:
        """Have a task run a work, unless it has begun. Return True: a task can always be started."""
        if work.has_begun:
            return True
        self._waiting.setdefault(weakref.ref(work))
        self._tasks = {task for task in self._tasks if not task.done()}
        if len(self._tasks) < self._count:
            self._tasks.add(asyncio.create_task(self._run()))
        return True

    async def _run(self) -> None:
        while self._waiting:
            work = self._pop()
            if work and work.begin():
                await work.run()
            del work  # else its result is held until the next one comes

    def _pop(self) -> Work[Any] | None:
        reference = next(iter(self._waiting))
        del self._waiting[reference]
        return reference()

    async def aclose(self) -> None:
        """Cancel what is under way, and wait until it has ended."""
        while self._waiting:
            if work := self._pop():
                work.drop()
        tasks = tuple(self._tasks)
        for task in tasks:
            if not task.cancelling():  # a second time would interrupt how it ends
                task.cancel()
        await _end_of(tasks)
