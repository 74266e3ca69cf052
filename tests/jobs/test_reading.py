"""What a journal says without a client, and its removal."""

import errno
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from jobs.worlds import World, answered, lost_after, lost_before

from cfimages import jobs
from cfimages.jobs import locking
from cfimages.jobs.account import ATTEMPTS


@pytest.fixture
def fcntl() -> ModuleType:
    return pytest.importorskip("fcntl", reason="the locks of Windows are of another kind")


def test_a_journal_says_what_its_job_is_and_how_far_it_is(world: World) -> None:
    world.put("a", "b", "c", creator="ada")
    job = jobs.delete(world.images, world.journal, creator="ada", recheck=False)
    status = jobs.read(str(world.journal))
    assert (status.path, status.kind, status.account_id) == (world.journal, "delete", world.account)
    assert status.base_url == world.images.base_url
    assert status.arguments["creator"] == "ada"
    assert status.created == job.summary().created
    assert status.counts["planned"] == 3
    assert (status.planned, status.running, status.unfinished) == (True, False, True)
    world.spoil("DELETE .*/a", answered(400, 5400))
    world.spoil("DELETE .*/b", lost_after)
    world.spoil("GET .*/b", lost_before, times=ATTEMPTS)
    running = [jobs.read(world.journal).running for _ in job.events()]
    assert all(running)
    status = jobs.read(world.journal)
    assert (status.planned, status.running, status.unfinished) == (True, False, True)
    assert status.report == job.report()
    assert [item.key for item in status.report.in_doubt] == ["b"]
    assert [item.key for item in status.items("failed", "in_doubt")] == ["b", "a"]
    assert len(list(status.items())) == 3
    assert job.run().finished
    assert not jobs.read(world.journal).unfinished


def test_a_plan_that_has_not_come_to_its_end_is_unfinished(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cfimages.jobs.journal.Journal.end_planning", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        jobs.delete(world.images, world.journal, everything=True)
    status = jobs.read(world.journal)
    assert not status.planned
    assert status.unfinished
    assert status.report.finished


@pytest.mark.parametrize("do", [jobs.read, jobs.remove])
def test_what_is_no_journal_is_not_read_and_not_removed(tmp_path: Path, do: Any) -> None:
    with pytest.raises(jobs.JournalError, match="there is no such journal"):
        do(tmp_path / "a.job")
    (tmp_path / "photo.png").write_bytes(b"\x89PNG")
    with pytest.raises(jobs.JournalError, match="cannot be opened as the journal of a job"):
        do(tmp_path / "photo.png")
    assert (tmp_path / "photo.png").read_bytes() == b"\x89PNG"


def test_a_journal_is_removed_with_what_is_beside_it(world: World) -> None:
    world.put("a")
    job = jobs.delete(world.images, world.journal, everything=True)
    for _ in job.events():
        with pytest.raises(jobs.JobLockedError):
            jobs.remove(world.journal)
    jobs.remove(world.journal)
    assert list(world.folder.iterdir()) == []


def test_who_reads_keeps_nobody_from_beginning(world: World, monkeypatch: pytest.MonkeyPatch, fcntl: Any) -> None:
    job = jobs.delete(world.images, world.journal, everything=True)
    reader = os.open(world.folder / "the.job.lock", os.O_RDWR)
    fcntl.flock(reader, fcntl.LOCK_SH)
    assert not jobs.read(world.journal).running
    monkeypatch.setattr("time.sleep", lambda _: os.close(reader))
    assert job.run().finished


@pytest.mark.parametrize("again", [False, True])
def test_a_lock_that_is_removed_meanwhile_is_made_anew(
    world: World, monkeypatch: pytest.MonkeyPatch, again: bool, fcntl: Any
) -> None:
    job = jobs.delete(world.images, world.journal, everything=True)
    flock, removed = fcntl.flock, []

    def late(*arguments: Any) -> None:
        if not removed:
            removed.append(locking.remove_lock(world.journal))
            if again:  # by another process
                (world.folder / "the.job.lock").touch()
        flock(*arguments)

    monkeypatch.setattr(fcntl, "flock", late)
    assert job.run().finished
    assert (world.folder / "the.job.lock").exists()


def test_a_file_system_without_locks_is_a_clear_error(
    world: World, monkeypatch: pytest.MonkeyPatch, fcntl: Any
) -> None:
    job = jobs.delete(world.images, world.journal, everything=True)

    def none(*_: Any) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    with pytest.raises(jobs.JournalError, match="No locks available: the journal cannot be locked here"):
        job.run()
