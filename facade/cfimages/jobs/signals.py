"""SIGTERM and Ctrl-C while a job runs: the first stops it in order, a second ends at once."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopping_in_order(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` at the first signal, and send the signal again when the work has ended.

    The signal then has its usual effect. A second signal has it at once. Outside the main thread, where Python allows
    no handlers, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[int, Any] = {}
    received: list[int] = []

    def restore() -> None:
        while before:
            signal.signal(*before.popitem())

    def handle(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        if len(received) == 1:
            stop()
        else:
            restore()
            signal.raise_signal(number)

    for number in SIGNALS:
        if (handler := signal.getsignal(number)) not in (signal.SIG_IGN, None):  # such as by nohup
            before[number] = handler
            signal.signal(number, handle)
    try:
        yield
    finally:
        restore()
    if received:
        signal.raise_signal(received[0])
