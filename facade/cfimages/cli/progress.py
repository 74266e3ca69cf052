"""Progress on standard error: a bar on a terminal, else a line every few seconds."""

import sys
import time
from collections.abc import Callable
from datetime import timedelta
from math import ceil
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from cfimages.cli.messages import Messages
from cfimages.cli.output import console_of

if TYPE_CHECKING:
    from cfimages import ResponseSummary
    from cfimages.jobs import Progress, Summary

EVERY = 5.0
"""Seconds between two lines."""

Clock = Callable[[], float]


class PlanningProgress:
    """Show how many requests planning has sent. Called by several threads."""

    def __init__(self, messages: Messages, clock: Clock = time.monotonic) -> None:
        self._messages = messages
        self._clock = clock
        self._requests = 0
        self._next = clock() + EVERY

    def __call__(self, _: "ResponseSummary") -> None:
        """Count a response."""
        self._requests += 1
        if self._clock() >= self._next:
            self._next = self._clock() + EVERY
            self._messages.say(f"Planning: {self._requests:,} requests so far")


class RunningProgress:
    """Show the progress of a job. Use it with `with`. With `lines_only`, no bar disturbs other output."""

    def __init__(
        self, messages: Messages, summary: "Summary", clock: Clock = time.monotonic, *, lines_only: bool = False
    ) -> None:
        self._messages = messages
        self._clock = clock
        self._next = clock() + EVERY
        self._seconds_each = (summary.seconds or 0.0) / summary.left if summary.left else 0.0
        self._bar: Any = None
        self._task: Any = None
        self._total = summary.left
        if not messages.quiet and not lines_only and sys.stderr.isatty():
            console = console_of(sys.stderr)
            if not console.is_dumb_terminal:
                self._bar = _bar(console)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
            self._task = self._bar.add_task("", total=self._total)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, progress: "Progress") -> None:
        """Show an event of a job."""
        text = self.text(progress)
        if self._bar is not None:
            self._bar.update(self._task, completed=self._total - progress.left, description=text)
        elif self._clock() >= self._next:
            self._next = self._clock() + EVERY
            self._messages.say(f"{self._total - progress.left:,} of {self._total:,}: {text}")

    def text(self, progress: "Progress") -> str:
        """Return rate, remaining time and failures. The rate limits may allow less than the rate so far."""
        remaining = max(progress.remaining or 0.0, progress.left * self._seconds_each)
        parts = [f"{progress.rate:,.1f}/s", f"{timedelta(seconds=ceil(remaining))} left"]
        if progress.failed:
            parts.append(f"{progress.failed:,} failed")
        if progress.in_doubt:
            parts.append(f"{progress.in_doubt:,} in doubt")
        return ", ".join(parts)


def _bar(console: Any) -> Any:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    return Progress(
        BarColumn(bar_width=min(40, console.width // 3)),
        MofNCompleteColumn(),
        TextColumn("{task.description}", markup=False),
        console=console,
        redirect_stdout=False,
        redirect_stderr=False,
    )
