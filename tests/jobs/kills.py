"""Processes that end at a chosen moment, without processes.

A moment is just before or just after a commit of the journal, a request, or a file that takes its name. When the
chosen one comes, nothing more is committed, sent or renamed: what a process would leave that is killed there.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest


class Death(BaseException):
    """The end of a process."""


def die() -> None:
    """End, where there is no process of its own to end."""
    raise Death


class Reaper:
    """Counts moments, and ends everything at one of them."""

    def __init__(self, at: int | None, end: Callable[[], None] = die) -> None:
        self._at = at
        self._end = end
        self._lock = threading.Lock()
        self.moments = 0
        self.dead = False

    def moment(self) -> None:
        with self._lock:
            self.moments += not self.dead
            self.dead = self.dead or self.moments == self._at
            if self.dead:
                self._end()


class ReapedWire(httpx.BaseTransport):
    """Sends requests, with a moment before and one behind each."""

    def __init__(self, reaper: Reaper, inner: httpx.BaseTransport | None = None) -> None:
        self._reaper = reaper
        self._inner = inner or httpx.HTTPTransport(verify=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._reaper.moment()
        response = self._inner.handle_request(request)
        stream = httpx.ByteStream(b"".join(response.iter_raw()))
        self._reaper.moment()
        return httpx.Response(response.status_code, headers=response.headers, stream=stream)

    def close(self) -> None:
        self._inner.close()


@contextmanager
def reaped(reaper: Reaper) -> Iterator[None]:
    """Journals and files with moments before and behind what they do."""

    class Connection(sqlite3.Connection):
        def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
            if sql == "PRAGMA synchronous = FULL":
                return super().execute("PRAGMA synchronous = OFF")  # no power is lost here
            if sql != "COMMIT":
                return super().execute(sql, *parameters)
            reaper.moment()
            cursor = super().execute(sql, *parameters)
            reaper.moment()
            return cursor

    connect, replace = sqlite3.connect, os.replace

    def replaced(*paths: Any) -> None:
        reaper.moment()
        replace(*paths)
        reaper.moment()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sqlite3.connect", lambda *args, **options: connect(*args, factory=Connection, **options))
        patch.setattr("os.replace", replaced)
        yield
