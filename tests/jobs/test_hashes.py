"""What a sync has seen of files: only those are read again that may have changed, and no stale hash does harm."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from jobs.accounts import content
from jobs.folders import file, prune, sync
from jobs.worlds import World, fast_timing, reasons
from pictures import PNG
from systems import is_private

from cfimages import jobs

NOTHING: list[str] = []


class Reads:
    """The names of the files that were read to hash them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._names: list[str] = []
        digest = __import__("hashlib").file_digest

        def counted(file: Any, name: str) -> Any:
            self._names.append(Path(file.name).name)
            return digest(file, name)

        monkeypatch.setattr("hashlib.file_digest", counted)

    def since(self, work: Callable[[], Any]) -> list[str]:
        self._names.clear()
        work()
        return sorted(self._names)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    return Reads(monkeypatch)


@pytest.fixture
def later(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Have the clock of jobs differ from that of the disk, at first by an hour."""

    def differ(by: timedelta) -> None:
        timing = attrs.evolve(fast_timing(), now=lambda: datetime.now(UTC) + by)
        monkeypatch.setattr("cfimages.jobs.account.TIMING", timing)

    differ(timedelta(hours=1))
    return differ


def kept_file(world: World) -> Path:
    (found,) = world.folder.glob("files-*.sqlite")
    return found


@pytest.mark.usefixtures("later")
def test_a_file_is_read_again_only_if_it_may_have_changed(world: World, reads: Reads) -> None:
    for name in ("a.png", "b.png", "ü/c.png"):
        file(world, name, name.encode())
    assert reads.since(lambda: sync(world).run()) == ["a.png", "b.png", "c.png"]
    world.forget()
    assert reads.since(lambda: sync(world, "2.job").run()) == NOTHING
    assert reads.since(lambda: prune(world).run()) == NOTHING
    gone = {"beside": world.journal}
    assert reads.since(lambda: list(jobs.gone(world.images, world.folder / "files", **gone))) == NOTHING
    (world.folder / "files" / "b.png").touch()
    assert reads.since(lambda: sync(world, "3.job").run()) == ["b.png"]
    assert world.effects() == []
    file(world, "a.png", b"other")
    assert reads.since(lambda: sync(world, "4.job", replace=True).run()) == ["a.png"]
    assert content(world, "a.png") == PNG + b"other"
    assert is_private(kept_file(world))


@pytest.mark.usefixtures("later")
def test_all_files_are_read_again_if_that_is_wanted(world: World, reads: Reads) -> None:
    file(world, "a.png")
    sync(world).run()
    assert reads.since(lambda: sync(world, "2.job", reread=True)) == ["a.png"]
    assert reads.since(lambda: prune(world, reread=True)) == ["a.png"]
    assert reads.since(lambda: list(jobs.gone(world.images, world.folder / "files"))) == ["a.png"]
    assert reads.since(lambda: sync(world, "3.job")) == NOTHING


def test_a_file_that_may_change_within_a_step_of_the_clock_is_read_again(
    world: World, reads: Reads, later: Callable[[timedelta], None]
) -> None:
    path = file(world, "a.png", b"1")
    stat = path.stat()
    for moment in (timedelta(0), timedelta(days=-1)):  # the latter is a clock that is wrong
        later(moment)
        assert reads.since(sync(world, f"{moment}.job").run) == NOTHING
        assert reads.since(lambda: sync(world, "again.job")) == ["a.png"]
        jobs.remove(world.folder / "again.job")
    file(world, "a.png", b"2")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert reads.since(lambda: sync(world, "2.job", replace=True).run()) == ["a.png"]
    assert content(world, "a.png") == PNG + b"2"
    later(timedelta(hours=1))
    sync(world, "3.job").run()
    assert reads.since(lambda: sync(world, "4.job").run()) == NOTHING


@pytest.mark.skipif(os.name == "nt", reason="its files have no time of change")
@pytest.mark.usefixtures("later")
def test_a_file_is_read_again_that_takes_the_place_of_one_with_the_same_size_and_time(world: World) -> None:
    path = file(world, "a.png", b"1")
    sync(world).run()
    stat = path.stat()
    other = file(world, "b.png", b"2")
    os.utime(other, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    other.replace(path)
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (stat.st_size, stat.st_mtime_ns)
    sync(world, "2.job", replace=True).run()
    assert content(world, "a.png") == PNG + b"2"


@pytest.mark.usefixtures("later")
def test_each_folder_has_its_own(world: World, reads: Reads) -> None:
    file(world, "a.png")
    sync(world).run()
    (world.folder / "files").rename(world.folder / "moved")
    assert reads.since(lambda: jobs.sync(world.images, world.folder / "2.job", world.folder / "moved")) == ["a.png"]
    assert len(list(world.folder.glob("files-*.sqlite"))) == 2


@pytest.mark.usefixtures("later")
def test_what_is_gone_is_forgotten(world: World) -> None:
    file(world, "a.png")
    path = file(world, "b.png")
    sync(world).run()
    path.unlink()
    sync(world, "2.job").run()
    with closing(sqlite3.connect(kept_file(world))) as kept:
        assert [Path(name).name for (name,) in kept.execute("SELECT path FROM files")] == ["a.png"]


@pytest.mark.usefixtures("later")
def test_a_file_that_was_seen_and_cannot_be_read_is_noticed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    file(world, "a.png")
    sync(world).run()
    opened = Path.open

    def closed(path: Path, *mode: Any, **options: Any) -> Any:
        if path.name == "a.png":
            raise PermissionError(13, "Permission denied")
        return opened(path, *mode, **options)

    monkeypatch.setattr(Path, "open", closed)
    assert sync(world, "2.job").summary().refused == (("it cannot be read: Permission denied", 1),)
    with pytest.raises(jobs.JobRefusedError, match="cannot be read"):
        prune(world)


def damaged(path: Path, how: str) -> None:
    if how == "garbage":
        path.write_bytes(b"garbage" * 1000)
        return
    with closing(sqlite3.connect(path)) as kept:
        kept.execute({"version": "PRAGMA user_version = 9", "table": "DROP TABLE files"}[how])
        kept.commit()


@pytest.mark.parametrize(
    ("how", "said"),
    [("garbage", "file is not a database"), ("version", "it has format 9"), ("table", "no such table: files")],
)
@pytest.mark.usefixtures("later")
def test_a_file_that_cannot_be_used_is_left_alone(world: World, reads: Reads, how: str, said: str) -> None:
    file(world, "a.png")
    sync(world).run()
    world.forget()
    damaged(kept_file(world), how)
    before = kept_file(world).read_bytes()
    with pytest.warns(RuntimeWarning, match=f"cannot be used, so files are reread: {said}") as warned:
        assert reads.since(lambda: sync(world, "2.job").run()) == ["a.png"]
    assert {Path(warning.filename).name for warning in warned} == {"folders.py"}
    assert kept_file(world).read_bytes() == before
    assert world.effects() == []
    kept_file(world).unlink()
    sync(world, "3.job").run()
    assert reads.since(lambda: sync(world, "4.job").run()) == NOTHING


@pytest.mark.usefixtures("later")
def test_a_file_that_another_process_is_writing_is_not_waited_for_long(
    world: World, reads: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cfimages.jobs.hashes.PATIENCE", 0.0)
    file(world, "a.png")
    sync(world).run()
    with closing(sqlite3.connect(kept_file(world))) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.warns(RuntimeWarning, match="database is locked"):
            assert reads.since(lambda: sync(world, "2.job").run()) == ["a.png"]


@pytest.mark.parametrize("sha256", ["0" * 64, "no hash"])
@pytest.mark.usefixtures("later")
def test_a_hash_that_is_wrong_replaces_nothing_and_is_forgotten(world: World, sha256: str) -> None:
    file(world, "a.png")
    sync(world).run()
    world.forget()
    with closing(sqlite3.connect(kept_file(world))) as kept:
        kept.execute("UPDATE files SET sha256 = ?", (sha256,))
        kept.commit()
    job = sync(world, "2.job", replace=True)
    job.run()
    stale = len(sha256) == 64
    assert reasons(job) == {"a.png": "the file was changed since the plan" if stale else "it is there already"}
    assert world.effects() == []
    assert reasons(sync(world, "3.job", replace=True)) == {"a.png": "it is there already"}


@pytest.mark.usefixtures("later")
def test_many_files_are_kept(world: World, reads: Reads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cfimages.jobs.hashes.GROUP", 3)
    for number in range(7):
        file(world, f"{number}.png")
    sync(world)
    assert reads.since(lambda: sync(world, "2.job")) == NOTHING


def test_a_file_that_changes_while_it_is_read_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    path = file(world, "a.png")
    digest = __import__("hashlib").file_digest

    def changing(file: Any, name: str) -> Any:
        found = digest(file, name)
        with path.open("ab") as more:
            more.write(b"more")
        return found

    monkeypatch.setattr("hashlib.file_digest", changing)
    assert sync(world).summary().refused == (("it was changed while it was read", 1),)
    with pytest.raises(jobs.JobRefusedError, match="it was changed while it was read: nothing is deleted"):
        prune(world)
