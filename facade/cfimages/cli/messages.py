"""Messages on standard error, and events in a log of JSON lines."""

import json
import threading
from contextlib import suppress
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any

import click

from cfimages.cli.escaping import escaped
from cfimages.cli.status import IncompleteError
from cfimages.cli.words import in_options

if TYPE_CHECKING:
    from pathlib import Path


class Messages:
    """Where messages and events go. Safe to share between threads."""

    def __init__(self) -> None:
        self.quiet = False
        self.verbose = False
        self.log_failed: bool = False
        """Whether the log could not be written."""
        self._log: IO[bytes] | None = None
        self._lock = threading.Lock()

    def log_to(self, path: "Path") -> None:
        """Append events to a file, which only its owner can read if it is new. Raises OSError."""
        self._log = open(path, "ab", buffering=0, opener=_private)  # noqa: SIM115 - closed by `close`; Path.open takes no opener

    def say(self, text: str) -> None:
        """Write a message, unless messages are turned off."""
        if not self.quiet:
            self.write(text)

    def write(self, text: str) -> None:
        """Write to standard error. Errors are ignored: there is nowhere to report them."""
        with self._lock, suppress(OSError):
            click.echo(text, err=True)

    def show(self, error: click.ClickException) -> None:
        """Write a usage error."""
        with self._lock, suppress(OSError):
            error.show()

    def error(self, error: BaseException) -> None:
        """Write why something failed, on one line."""
        if not isinstance(error, IncompleteError):
            self.write(f"Error: {' '.join(escaped(_text_of(error)).split())}")
            self.log("error", error=_text_of(error))

    def log(self, event: str, **fields: Any) -> None:
        """Append an event to the log, if there is one. If that fails, say so once, and continue without it."""
        if self._log is None:
            return
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = json.dumps({"time": now, "event": event, **fields})
        reason = None
        with self._lock:
            if not self.log_failed:
                try:
                    self._log.write(f"{line}\n".encode())
                except OSError as error:
                    self.log_failed, reason = True, error.strerror
        if reason is not None:
            self.write(f"Error: {self._log.name}: {reason}: nothing more is logged")

    def close(self) -> None:
        """Close the log."""
        if self._log is not None:
            self._log.close()
            self._log = None


def _private(path: str, flags: int) -> int:
    import os

    return os.open(path, flags, 0o600)


def _text_of(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename is not None else error.strerror
    return in_options(str(error)) or type(error).__name__
