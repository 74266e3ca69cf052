"""What a sandbox answers when its own database fails: others go on, and the answer is an envelope."""

import itertools
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from patience import PATIENCE
from sandbox.calls import refused, upload

from cfimages.sandbox import Sandbox, store
from cfimages.sandbox.database import Database
from cfimages.sandbox.store import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "images.sqlite"


@pytest.fixture
def http(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """A client of a sandbox that does not wait long for other programs."""
    monkeypatch.setattr(store, "Database", lambda path: Database(path, patience=0.05))
    with (
        Sandbox(path) as sandbox,
        httpx.Client(base_url=f"{sandbox.base_url}/accounts/a/images", headers={"Authorization": "Bearer any"}) as http,
    ):
        upload(http, id="first")
        yield http


def test_while_another_program_holds_the_file_reading_goes_on(http: httpx.Client, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        status, code, message = refused(upload(http, id="second"))
        assert (status, code) == (503, 5503)
        assert "another program" in message
        assert [image["id"] for image in http.get("/v2").json()["result"]["images"]] == ["first"]
        other.execute("ROLLBACK")
    assert upload(http, id="second").status_code == 200


@pytest.mark.parametrize("in_file", [True, False])
def test_threads_wait_for_each_other_as_long_as_it_takes(in_file: bool, path: Path) -> None:
    with closing(Database(path if in_file else None, patience=0.01)) as database, ThreadPoolExecutor(1) as pool:

        def write() -> None:
            with database.transaction():
                pass

        with database.transaction():
            second = pool.submit(write)
            with pytest.raises(TimeoutError):
                second.result(0.1)
        second.result(PATIENCE)


def test_time_behind_other_threads_counts_as_time_waited_for_another_program(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = 600
    with closing(sqlite3.connect(path, isolation_level=None)) as other, closing(Database(path, long)) as database:
        monkeypatch.setattr(time, "monotonic", itertools.count(0, long).__next__)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"), database.transaction():
            pytest.fail("the other program holds the file")


def test_each_waits_a_little_for_another_program_however_long_it_waited_for_threads(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Database(path, patience=1)) as database:
        monkeypatch.setattr(time, "monotonic", itertools.count(0, 600).__next__)
        with database.transaction() as connection:
            assert connection.execute("PRAGMA busy_timeout").fetchall() == [(100,)]


def test_what_is_put_back_does_not_wait_for_ever(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other, closing(Database(path, 0)) as database:
        before = database.snapshot()
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked") as caught:
            database.restore(before)
        assert caught.value.sqlite_errorcode == sqlite3.SQLITE_BUSY
        other.execute("ROLLBACK")
        database.restore(before)


def test_a_full_disk_is_told_and_leaves_what_was_there(
    http: httpx.Client, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr(Store, "insert", full)
    status, code, message = refused(upload(http, id="second"))
    assert (status, code) == (500, 5540)
    assert "disk is full" in message
    assert [image["id"] for image in http.get("/v2").json()["result"]["images"]] == ["first"]


def test_a_mistake_of_the_sandbox_is_an_envelope_too(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Store, "get", lambda *_: 1 / 0)
    assert refused(http.get("/v1/first")) == (500, 5550, "Internal Server Error")
    assert "ZeroDivisionError" in caplog.text
