"""Interruptions at chosen moments, as Ctrl-C and the handlers of other signals make them."""

import asyncio
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import cfimages

FACADE = str(Path(cfimages.__file__).parent)


def goes_on(frame: FrameType, event: str) -> bool:
    """Whether a coroutine goes on with what it has waited for. The interpreter runs no signal handler then."""
    return event == "call" and frame.f_code.co_code[frame.f_lasti + 1] & 3 >= 2  # the argument of RESUME


def is_in_our_code(frame: FrameType, event: str) -> bool:
    """Whether the interpreter may run a signal handler, or another thread, in our code at an event of a profiler.

    Those moments are the beginning of a function, and the return of one that is written in C.
    """
    return event in ("call", "c_return") and frame.f_code.co_filename.startswith(FACADE)


class Interrupter:
    """Raises KeyboardInterrupt at the n-th moment at which the interpreter may run a signal handler in our code.

    Only one task is interrupted, if there is one: what others do comes to it as a result.
    """

    def __init__(self, at: int, task: asyncio.Task[Any] | None = None) -> None:
        self.left = at
        self.task = task

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        if is_in_our_code(frame, event):
            if self.task and (asyncio.current_task() is not self.task or goes_on(frame, event)):
                return
            self.left -= 1
            if self.left == 0:
                sys.setprofile(None)
                raise KeyboardInterrupt
