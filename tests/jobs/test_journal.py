"""The journal: who may open it, what others read meanwhile, and what happens when it cannot be written."""

import json
import os
import sqlite3
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jobs.worlds import World, answered, states
from patience import PATIENCE
from systems import is_private

from cfimages import APIStatusError, InvalidArgumentError, jobs
from cfimages.jobs.journal import Journal
from cfimages.jobs.locking import locked, warn_of_network
from cfimages.jobs.making import KINDS
from cfimages.jobs.references import Text
from cfimages.sandbox.store import StoredImage


def deleting(world: World, **options: Any) -> jobs.Job:
    return jobs.delete(world.images, world.journal, everything=True, **options)


def change(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement)
    connection.close()


def test_others_read_it_while_the_job_runs(world: World) -> None:
    world.put(*map(str, range(20)))
    job = deleting(world)
    for _ in job.events():
        connection = sqlite3.connect(f"file:{world.journal}?mode=ro", uri=True)
        assert connection.execute("SELECT count(*) FROM items").fetchone() == (20,)
        connection.close()
        assert sum(job.report().counts.values()) == 20
    assert states(job) == {str(number): "done" for number in range(20)}


def test_it_is_the_only_file_that_stays_beside_the_lock(world: World) -> None:
    deleting(world).run()
    assert sorted(path.name for path in world.folder.iterdir()) == ["the.job", "the.job.lock"]
    assert all(is_private(path) for path in world.folder.iterdir())


def test_it_has_no_credentials(world: World) -> None:
    world.put("a")
    deleting(world, backup=world.folder / "backup").run()
    assert b"Bearer" not in world.journal.read_bytes()


def test_a_job_that_is_running_is_not_undone(world: World) -> None:
    world.put("a", "b")
    job = deleting(world, backup=world.folder / "backup")
    for _ in job.events():
        with pytest.raises(jobs.JobLockedError, match="another process is working on this job"):
            job.undo(world.folder / "undo.job")
    assert job.undo(world.folder / "undo.job").run().counts["done"] == 2


def test_a_second_run_at_the_same_time_is_refused(world: World) -> None:
    world.put("a")
    job = deleting(world)
    with locked(world.journal):
        with pytest.raises(jobs.JobLockedError, match="another process"):
            job.run()
        with pytest.raises(jobs.JobLockedError):
            deleting(world)
        assert job.report().counts["planned"] == 1
    assert job.run().finished


def test_a_folder_that_cannot_be_written_is_a_clear_error(world: World) -> None:
    with pytest.raises(jobs.JournalError, match="the journal cannot be created in"):
        jobs.delete(world.images, world.folder / "nowhere" / "a.job", everything=True)
    (world.folder / "a.job").mkdir()
    with pytest.raises(jobs.JournalError, match="cannot be opened as the journal of a job: is a folder"):
        jobs.delete(world.images, world.folder / "a.job", everything=True)
    with pytest.raises(jobs.JournalError, match="there is no such journal"):
        jobs.resume(world.images, world.folder / "a.job")


def test_a_journal_that_cannot_be_made_is_a_clear_error(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    original = os.open

    def refuse(path: Any, flags: int, *rest: Any) -> int:
        if str(path).endswith(".job"):
            raise OSError(28, "No space left on device")
        return original(path, flags, *rest)

    monkeypatch.setattr("os.open", refuse)
    with pytest.raises(jobs.JournalError, match="No space left on device"):
        deleting(world)


def test_another_file_is_not_touched(world: World) -> None:
    world.journal.write_bytes(b"a text that somebody needs" * 100)
    for work in (deleting, lambda here: jobs.resume(here.images, here.journal)):
        with pytest.raises(jobs.JournalError, match="cannot be opened as the journal of a job: file is not a database"):
            work(world)
    assert world.journal.read_bytes() == b"a text that somebody needs" * 100
    other = world.folder / "other.db"
    change(other, "CREATE TABLE mine (a)")
    content = other.read_bytes()
    with pytest.raises(jobs.JournalError, match="is not the journal of a job"):
        jobs.delete(world.images, other, everything=True)
    assert other.read_bytes() == content


def test_a_damaged_journal_is_a_clear_error(world: World) -> None:
    world.put("a")
    deleting(world)
    change(world.journal, "UPDATE items SET before = '{'")
    with pytest.raises(jobs.JournalError, match="is damaged: "):
        jobs.resume(world.images, world.journal).summary()
    change(world.journal, "UPDATE job SET arguments = '{'")
    with pytest.raises(jobs.JournalError, match="is damaged: "):
        jobs.read(world.journal)


def test_damage_that_sql_finds_is_a_clear_error(world: World) -> None:
    world.put("a")
    deleting(world)
    change(world.journal, "UPDATE items SET state = 'failed', result = '{'")
    with pytest.raises(jobs.JournalError, match=r"is damaged: malformed JSON$"):
        jobs.read(world.journal)


def test_a_journal_that_is_damaged_while_it_is_written_is_a_clear_error(world: World) -> None:
    world.put(*map(str, range(200)))
    job = deleting(world)
    size = world.journal.stat().st_size
    with world.journal.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    with pytest.raises(jobs.JournalError, match="is damaged: ") as raised:
        job.run()
    assert not isinstance(raised.value, jobs.JournalWriteError)


def test_another_account_kind_or_argument_is_refused(world: World) -> None:
    world.put("a")
    deleting(world)
    other = world.sandbox.client("another", transport=world.wire)
    for work in (
        lambda: jobs.delete(other, world.journal, everything=True),
        lambda: jobs.resume(other, world.journal),
    ):
        with pytest.raises(jobs.JournalError, match=f"of another account: {world.account}, not another"):
            work()
    with pytest.raises(jobs.JournalError, match="of another kind: delete, not edit"):
        jobs.edit(world.images, world.journal, everything=True, set={"a": 1})
    with pytest.raises(InvalidArgumentError, match=r"^creator='ada': .* was planned with creator=None: use another"):
        jobs.delete(world.images, world.journal, creator="ada")
    with pytest.raises(InvalidArgumentError, match=r"^recheck=False: .* was planned with recheck=True: use another"):
        deleting(world, recheck=False)
    with pytest.raises(InvalidArgumentError, match=r"'2026-01-01': .* with uploaded_before=None: use "):
        jobs.delete(world.images, world.journal, uploaded_before="2026-01-01")


def test_another_service_is_refused(world: World) -> None:
    deleting(world)
    change(world.journal, "UPDATE job SET base_url = 'https://elsewhere.invalid/'")
    with pytest.raises(jobs.JournalError, match="of another base_url"):
        jobs.resume(world.images, world.journal)


def test_a_later_format_and_an_unknown_kind_are_refused(world: World) -> None:
    deleting(world)
    change(world.journal, "UPDATE job SET kind = 'unheard'")
    with pytest.raises(jobs.JournalError, match="does not know: unheard"):
        jobs.resume(world.images, world.journal)
    change(world.journal, "UPDATE job SET format = 99")
    with pytest.raises(jobs.JournalError, match="has format 99; this version of cfimages reads 1"):
        jobs.resume(world.images, world.journal)


def fail_at(monkeypatch: pytest.MonkeyPatch, number: int) -> list[int]:
    """Let the n-th commit fail, as on a full disk."""
    seen = [0]
    connect = sqlite3.connect

    class Connection(sqlite3.Connection):
        def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
            if sql == "COMMIT":
                seen[0] += 1
                if seen[0] == number:
                    raise sqlite3.OperationalError("database or disk is full")
            return super().execute(sql, *parameters)

    monkeypatch.setattr("sqlite3.connect", lambda *args, **options: connect(*args, factory=Connection, **options))
    return seen


@pytest.mark.parametrize("number", range(1, 12))
def test_a_full_disk_stops_the_job_and_nothing_is_lost(
    world: World, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Whichever commit fails: the next run goes on, and each effect comes once."""
    monkeypatch.setattr("cfimages.jobs.engine.GROUP_PER_WORKER", 2)
    world.put(*map(str, range(8)))
    with monkeypatch.context() as patch:
        fail_at(patch, number)
        try:
            deleting(world).run(workers=1)
        except jobs.JournalWriteError as error:
            assert "disk is full" in str(error)  # noqa: PT017 - the last ones may not fail
            assert "Nothing is lost" in str(error)  # noqa: PT017
    for thread in threading.enumerate():
        if thread.name.startswith("cfimages-job"):
            thread.join(PATIENCE)
    job = deleting(world)
    assert job.run().finished
    assert sorted(world.effects()) == [("delete", str(number)) for number in range(8)]
    assert set(states(job).values()) == {"done"}


def test_a_journal_that_can_only_be_read_is_a_clear_error(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.put("a")
    job = deleting(world)
    connect = sqlite3.connect

    def read_only(path: Path, **options: Any) -> sqlite3.Connection:
        return connect(f"file:{path}?mode=ro", uri=True, **options)

    with monkeypatch.context() as patch:
        patch.setattr("sqlite3.connect", read_only)
        with pytest.raises(jobs.JournalWriteError, match="cannot be written: attempt to write a readonly database"):
            job.run()
        assert job.report().counts["planned"] == 1
    assert job.run().finished


def test_a_journal_whose_table_is_broken_is_a_clear_error(world: World) -> None:
    world.put("a")
    job = deleting(world)
    change(world.journal, "ALTER TABLE items RENAME COLUMN state TO status")
    for read in (job.report, job.summary, lambda: list(job.items())):
        with pytest.raises(jobs.JournalError, match="cannot be read"):
            read()


@pytest.mark.parametrize("kind", ["nfs4", "cifs"])
def test_a_network_file_system_is_warned_of(tmp_path: Path, kind: str) -> None:
    mounts = tmp_path / "mounts"
    place = str(tmp_path).replace(" ", "\\040")
    mounts.write_text(f"/dev/a / ext4 rw 0 0\nserver:/b {place} {kind} rw 0 0\n/dev/c /nowhere ext4 rw 0 0\n", "utf-8")
    with pytest.warns(RuntimeWarning, match=f"network file system \\({kind}\\)"):
        warn_of_network(tmp_path / "a.job", str(mounts))


@pytest.mark.skipif(not Path("/proc/self/mounts").exists(), reason="the system does not tell")
def test_the_warning_is_given_when_a_job_is_made_and_names_the_line_that_makes_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = {line.split(" ")[2] for line in Path("/proc/self/mounts").read_text("utf-8").splitlines()}
    monkeypatch.setattr("cfimages.jobs.locking.NETWORK_FILE_SYSTEMS", kinds)
    for work in (
        lambda: jobs.edit(world.images, world.journal, everything=True, set={"n": 1}),
        lambda: jobs.resume(world.images, world.journal),
        lambda: jobs.sync(world.images, world.folder / "sync.job", world.folder),
        lambda: jobs.resume(world.images, world.journal).undo(world.folder / "undo.job"),
    ):
        with pytest.warns(RuntimeWarning, match="is on a network file system") as warned:
            work()
        assert {warning.filename for warning in warned} == {__file__}


def test_other_file_systems_are_not_warned_of(tmp_path: Path) -> None:
    warn_of_network(tmp_path / "a.job", str(tmp_path / "no such file"))
    warn_of_network(tmp_path / "a.job", os.devnull)


def test_every_kind_can_be_found_by_its_name() -> None:
    kinds = "delete edit upload export inventory restore copy compare orphans quarantine reap sync prune"
    assert set(KINDS) == {*kinds.split(), "undo delete", "undo edit"}


def test_planning_of_ids_goes_on_where_it_was(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cfimages.jobs.selection.CHUNK", 2)
    world.put(*"abcde")
    ids = list("abcde")
    with monkeypatch.context() as patch:
        seen = fail_at(patch, 4)
        with pytest.raises(jobs.JournalError):
            jobs.delete(world.images, world.journal, ids=ids)
    assert seen == [4]
    with pytest.raises(jobs.JobError, match="the same ids"):
        jobs.resume(world.images, world.journal)
    for others in (["x", *ids[1:]], ids[:2]):  # of an iterator, the first are gone, so that nothing can begin anew
        with pytest.raises(InvalidArgumentError, match=r"^ids: not what the journal was planned with.*jobs\.remove"):
            jobs.delete(world.images, world.journal, ids=iter(others))
    assert list(states(jobs.delete(world.images, world.journal, ids=iter(ids)))) == ids
    assert [world.sent(f"GET .*/{id}") for id in ids] == [1, 1, 1, 1, 2]


def test_other_ids_or_sources_than_those_that_were_planned_are_refused(world: World) -> None:
    world.put("a", "b")
    jobs.delete(world.images, world.journal, ids=["a"])
    for ids in (["b"], [], ["a", "b"]):
        with pytest.raises(InvalidArgumentError, match=r"^(ids|source): not what the journal was planned with"):
            jobs.delete(world.images, world.journal, ids=ids)
    assert jobs.delete(world.images, world.journal, ids=iter(["a"])).run().finished
    jobs.edit(world.images, world.folder / "2.job", ids=["a"], set={"n": 1})
    with pytest.raises(InvalidArgumentError, match=r"^(ids|source): not what the journal was planned with"):
        jobs.edit(world.images, world.folder / "2.job", ids=["b"], set={"n": 1})
    jobs.export(world.images, world.folder / "3.job", world.folder / "out", ids=["b"])
    with pytest.raises(InvalidArgumentError, match=r"^(ids|source): not what the journal was planned with"):
        jobs.export(world.images, world.folder / "3.job", world.folder / "out", ids=["c"])
    for name in "xy":
        (world.folder / name).write_bytes(b"\x89PNG\r\n\x1a\n")
    jobs.upload(world.images, world.folder / "4.job", [world.folder / "x"])
    with pytest.raises(InvalidArgumentError, match=r"^(ids|source): not what the journal was planned with"):
        jobs.upload(world.images, world.folder / "4.job", [world.folder / "y"])
    assert jobs.upload(world.images, world.folder / "4.job", [world.folder / "x"]).run().finished


def test_a_plan_without_items_is_replaced_by_another_one(world: World) -> None:
    world.put("a", creator="ada")
    assert jobs.delete(world.images, world.journal, creator="adda").summary().nothing == "nothing matches"
    job = jobs.delete(world.images, world.journal, creator="ada")
    assert list(states(job)) == ["a"]
    assert job.summary().filters == {"creator": "ada"}
    with pytest.raises(InvalidArgumentError, match=r"another plan, or remove this one with jobs\.remove\('.*'\)"):
        jobs.delete(world.images, world.journal, creator="ben")
    jobs.remove(world.journal)
    assert jobs.delete(world.images, world.journal, ids=[]).summary().left == 0
    assert list(states(jobs.delete(world.images, world.journal, ids=["a"]))) == ["a"]


def test_a_plan_that_was_refused_is_replaced_by_another_one(world: World) -> None:
    world.put("used", "unused")
    with pytest.raises(jobs.JobRefusedError, match="matches no file"):
        jobs.orphans(world.images, world.journal, [Text(str(world.folder / "*.html"))], older_than=timedelta(0))
    page = world.folder / "page.md"
    page.write_text("used")
    job = jobs.orphans(world.images, world.journal, [Text(str(page))], older_than=timedelta(0))
    assert list(states(job)) == ["unused"]


def test_a_plan_that_broke_off_is_replaced_by_another_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cfimages.jobs.selection.CHUNK", 2)
    world.put(*"abcde")
    with monkeypatch.context() as patch:
        fail_at(patch, 4)
        with pytest.raises(jobs.JournalError):
            jobs.delete(world.images, world.journal, ids=list("abcde"))
    assert list(states(jobs.delete(world.images, world.journal, ids=["e", "d"]))) == ["e", "d"]


def test_planning_of_a_listing_goes_on_where_it_was(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.sandbox.fill(world.account, 2500)
    with monkeypatch.context() as patch:
        fail_at(patch, 4)
        with pytest.raises(jobs.JournalError):
            deleting(world)
    assert len(states(jobs.resume(world.images, world.journal))) == 2500
    assert world.sent("GET .*/v2.*") == 4


def test_a_token_that_the_service_no_longer_knows_begins_the_listing_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.sandbox.fill(world.account, 2500)
    with monkeypatch.context() as patch:
        fail_at(patch, 4)
        with pytest.raises(jobs.JournalError):
            deleting(world)
    world.spoil("GET .*/v2.*continuation_token=.*", answered(503))
    world.spoil("GET .*/v2.*continuation_token=.*", answered(400, 5400))
    with pytest.raises(APIStatusError):
        jobs.resume(world.images.options(retries=0), world.journal)
    assert len(states(jobs.resume(world.images, world.journal))) == 2500
    assert world.sent("GET .*/v2.*") == 3 + 1 + 1 + 3


@pytest.mark.parametrize("status", [400, 403])
def test_a_token_that_was_just_given_and_is_refused_is_an_error(world: World, status: int) -> None:
    world.sandbox.fill(world.account, 2500)
    world.spoil("GET .*/v2.*continuation_token=.*", answered(status))
    with pytest.raises(APIStatusError):
        deleting(world)
    assert len(states(jobs.resume(world.images, world.journal))) == 2500


def test_the_position_does_not_grow_with_the_images_of_one_moment(world: World) -> None:
    """Each page writes it, so that it would be quadratic."""
    images = [StoredImage(n, f"{n:05}", 1_700_000_000_000, "a.png", {}, "", private=False) for n in range(3000)]
    world.sandbox.store.fill(world.account, images)
    lengths: list[int] = []
    add = Journal.add

    def measured(self: Journal, items: Any, position: Any) -> None:
        lengths.append(len(json.dumps(position)))
        add(self, items, position)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Journal, "add", measured)
        assert len(states(deleting(world))) == 3000
    assert len(lengths) >= 3
    assert max(lengths) < 1000


def test_a_job_says_what_it_is(world: World) -> None:
    assert repr(deleting(world)) == f"Job(delete, {str(world.journal)!r})"
