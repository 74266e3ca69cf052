"""Waiting in a thread, so that whoever started the thread can cut it short."""

import threading
import time
from contextvars import ContextVar

stopping: ContextVar[threading.Event | None] = ContextVar("cfimages_stopping", default=None)
"""Set while the work of this context is no longer wanted; None where nobody else decides that."""


class AbandonedError(Exception):
    """Ends work that nobody waits for any more; no caller ever sees it."""


def pause(seconds: float) -> None:
    """Wait so many seconds. Raises AbandonedError as soon as the work is no longer wanted."""
    stop = stopping.get()
    if stop is None:
        time.sleep(seconds)
    elif stop.wait(seconds):
        raise AbandonedError
