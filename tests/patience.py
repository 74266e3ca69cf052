"""Waiting for something that has to happen: for the thing itself, with a bound that only ends a test that hangs."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

Result = TypeVar("Result")

PATIENCE = 120.0
"""Seconds after which something counts as hanging, however busy the machine is."""


def until(happened: Callable[[], object]) -> None:
    """Wait in this thread until something is so."""
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.001)


def in_time(work: Callable[[], Result], seconds: float = PATIENCE) -> Result:
    """Do some work in a thread of its own, so that it is noticed if it hangs."""
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(work).result(seconds)
    finally:
        pool.shutdown(wait=False)


@contextmanager
def closing_when(happened: Callable[[], object], images: Any) -> Iterator[None]:
    """Close a client from another thread as soon as something is so."""

    def close() -> None:
        until(happened)
        images.close()

    thread = threading.Thread(target=close)
    thread.start()
    yield
    thread.join()
