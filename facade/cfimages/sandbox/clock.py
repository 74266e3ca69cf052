"""The clock of a sandbox, which a test can move."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def from_unix(seconds: float) -> datetime:
    """Return the time that is some seconds after the beginning of 1970. Negative seconds work on Windows, too."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


class Clock:
    """The clock that sets upload times, and decides when drafts, tokens, signatures and rate limits end.

    It runs like the machine's clock, and can be moved. Safe to share between threads.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._offset = 0.0

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return from_unix(self.seconds())

    def seconds(self) -> float:
        """Return the time as seconds since 1970."""
        return self._source() + self._offset

    def milliseconds(self) -> int:
        """Return the time as milliseconds since 1970."""
        return int(self.seconds() * 1000)

    def advance(self, by: float | timedelta) -> None:
        """Move the clock forward by some seconds; back if they are negative.

        Raises:
            ValueError: The year would be out of range.
        """
        seconds = by.total_seconds() if isinstance(by, timedelta) else by
        self._move(self._offset + seconds)

    def set(self, to: datetime) -> None:
        """Set the clock, which keeps running from there.

        Args:
            to: The time, with a time zone.

        Raises:
            ValueError: It has no time zone.
        """
        if to.tzinfo is None:
            raise ValueError("the time has no time zone: use datetime.now(UTC) or datetime(..., tzinfo=UTC)")
        self._move(to.timestamp() - self._source())

    def reset(self) -> None:
        """Set the clock back to the time of the machine."""
        self._offset = 0.0

    def _move(self, offset: float) -> None:
        if not -30e9 < offset < 200e9:  # NaN too
            raise ValueError("the clock can be moved by at most a few thousand years")
        self._offset = offset

    def __repr__(self) -> str:
        return f"Clock({self.now().isoformat(timespec='milliseconds')!r})"
