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
from jobs.worlds import World

from cfimages import CloudflareImages


class Death(BaseException):
    """The end of a process."""


class Reaper:
    """Counts moments, and ends everything at one of them."""

    def __init__(self, at: int | None) -> None:
        self._at = at
        self._lock = threading.Lock()
        self.moments = 0
        self.dead = False

    def moment(self) -> None:
        with self._lock:
            self.moments += not self.dead
            self.dead = self.dead or self.moments == self._at
            if self.dead:
                raise Death


class _Wire(httpx.BaseTransport):
    def __init__(self, reaper: Reaper) -> None:
        self._reaper = reaper
        self._inner = httpx.HTTPTransport(verify=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._reaper.moment()
        response = self._inner.handle_request(request)
        response.read()
        self._reaper.moment()
        return response

    def close(self) -> None:
        self._inner.close()


@contextmanager
def process(world: World, at: int | None) -> Iterator[tuple[Reaper, CloudflareImages]]:
    """A client and journals that end at a moment; None: at none."""
    reaper = Reaper(at)

    class Connection(sqlite3.Connection):
        def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
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
        client = world.client(_Wire(reaper))
        try:
            yield reaper, client
        finally:
            for thread in threading.enumerate():
                if thread.name.startswith("cfimages-job"):
                    thread.join(10)
            client.close()


def moments_of(world: World, work: Callable[[CloudflareImages], object]) -> int:
    """How many moments some work has."""
    with process(world, None) as (reaper, client):
        work(client)
    return reaper.moments


def killed_and_resumed(
    world: World, at: int, work: Callable[[CloudflareImages], object], *, again: int | None = None
) -> bool:
    """Do some work that ends at a moment, and again until it comes to its end; whether it ended early."""
    ended = False
    for moment in (at, again, None):
        try:
            with process(world, moment) as (_, client):
                work(client)
        except Death:
            ended = True
        else:
            break
    return ended
