"""Waiting that others may cut short: of a thread, and of a task."""

import itertools
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")

stopping: ContextVar[tuple[threading.Event, ...]] = ContextVar("cfimages_stopping", default=())
"""Any of them is set once the work of this context is no longer wanted: by the innermost walk it is for, the last, or
by one around that. None where nobody else decides it."""


class AbandonedError(Exception):
    """Ends work that nobody waits for any more; no caller ever sees it."""


STEP = 0.25
"""Seconds after which a long wait looks up."""


def steps(seconds: float) -> Iterator[float]:
    """A wait in pieces, so that between them something else can end it."""
    whole, rest = divmod(seconds, STEP)
    yield from itertools.repeat(STEP, int(whole))
    yield rest


def check_wanted() -> None:
    """Raise AbandonedError if the work of this context is no longer wanted."""
    if any(stop.is_set() for stop in stopping.get()):
        raise AbandonedError


def pause(seconds: float) -> None:
    """Wait so many seconds, a STEP at most. Raises AbandonedError if the work is no longer wanted."""
    if stops := stopping.get():
        stops[-1].wait(seconds)
    else:
        time.sleep(seconds)
    check_wanted()


async def unbroken(work: Awaitable[T], undo: Callable[[T], Awaitable[object]] | None = None) -> T:
    """Await something of httpx's, so that a cancellation at any moment leaves no connection lost.

    Where it gives a connection back, it is shielded from cancellation in anyio's way only: a task that is cancelled
    just then would keep the connection busy for ever. So the work has a task of its own, which is cancelled in that
    way, and waited for. `undo` is for what the work gave when nobody wanted it any more.
    """
    import asyncio  # with anyio, 50 ms that a synchronous program need not spend

    import anyio  # httpx's own: httpcore waits with it

    scope = anyio.CancelScope()

    async def scoped() -> list[T]:
        with scope:
            return [await work]
        return []

    task = asyncio.ensure_future(scoped())
    try:
        (result,) = await asyncio.shield(task)
    except asyncio.CancelledError:
        scope.cancel()
        while not task.done():
            with suppress(asyncio.CancelledError):  # another one: the first is passed on below
                await asyncio.wait([task])
        if undo and not task.cancelled() and not task.exception():
            for unwanted in task.result():
                await unbroken(undo(unwanted))
        raise
    return result
