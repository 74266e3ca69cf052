"""Deleting with a backup, and bringing back what was deleted."""

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from jobs.accounts import content
from jobs.disk import exported
from jobs.worlds import World, answered, lost_after, reasons, states
from pictures import PNG

from cfimages import jobs
from cfimages.jobs.account import ATTEMPTS
from cfimages.jobs.originals import name_of
from cfimages.jobs.replacing import replacing
from cfimages.sandbox.store import StoredImage

NEW_TIME = "images that an undo uploads from the backup get a new upload time"


def deleting(world: World, **options: object) -> jobs.Job:
    return jobs.delete(
        world.images, world.journal, everything=True, backup=world.folder / "backup", recheck=False, **options
    )


@pytest.mark.skipif(os.name == "nt", reason="folders cannot be written through to the disk on Windows")
def test_file_and_record_are_on_disk_before_the_delete_goes_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.put("a")
    job = deleting(world)
    assert job.summary().requests == 3
    synced = []
    fsync = os.fsync

    def sync(descriptor: int) -> None:
        fsync(descriptor)
        places = (world.folder / "backup", *(world.folder / "backup").rglob("*"))
        synced.extend(path.name for path in places if os.path.samestat(path.stat(), os.fstat(descriptor)))

    monkeypatch.setattr("os.fsync", sync)
    (item,) = job.items()
    name = Path(name_of("a", "image", (item.before or {})["uploaded"]))

    def deleted(request, send):
        assert (world.folder / "backup" / name).read_bytes() == PNG
        assert (world.folder / "backup" / f"{name}.json").exists()
        original, first, record, second, last = synced
        for part in (original, record):
            assert re.fullmatch(rf"\.{re.escape(name.name[:50])}\S*\.\w+\.part", part)
        assert (first, second, last) == (name.parent.name, name.parent.name, "backup")
        return send(request)

    world.spoil("DELETE .*", deleted)
    assert job.run().counts["done"] == 1


def test_a_backup_keeps_each_upload_of_an_id(world: World) -> None:
    for number in range(2):
        world.put("a", content=PNG + bytes([number]))
        job = jobs.delete(world.images, world.folder / f"{number}.job", ids=["a"], backup=world.folder / "backup")
        assert job.run().counts["done"] == 1
    for number in range(2):
        job = jobs.resume(world.images, world.folder / f"{number}.job").undo(world.folder / f"undo-{number}.job")
        assert job.run().counts["done"] == 1
        assert content(world, "a") == PNG + bytes([number])
        world.direct.delete("a")
    assert jobs.restore(world.images, world.folder / "restore.job", world.folder / "backup").run().counts["done"] == 1
    assert content(world, "a") == PNG + bytes([1])


def test_file_and_record_of_an_export_are_on_disk_when_it_is_done(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put("a")
    job = jobs.export(world.images, world.journal, world.folder / "backup", everything=True)
    synced: list[int] = []
    fsync = os.fsync

    def sync(descriptor: int) -> None:
        fsync(descriptor)
        synced.append(os.fstat(descriptor).st_ino)

    monkeypatch.setattr("os.fsync", sync)
    job.run()
    written = [path for path in (world.folder / "backup").rglob("*") if path.is_file()]
    assert len(written) == 2
    assert {path.stat().st_ino for path in written} <= {*synced}


def backed_up(world: World, journal: str) -> jobs.Job:
    return jobs.delete(world.images, world.folder / journal, everything=True, backup=world.folder / "backup")


def exported_into(world: World, journal: str) -> jobs.Job:
    return jobs.export(world.images, world.folder / journal, world.folder / "backup", everything=True)


@pytest.mark.parametrize("make", [backed_up, exported_into])
def test_two_jobs_that_save_one_image_do_not_spoil_its_file(
    world: World, monkeypatch: pytest.MonkeyPatch, make: Callable[[World, str], jobs.Job]
) -> None:
    """The second one breaks off in the middle of the original, when the first one has just written it."""

    def broken_off(request, send):
        def chunks() -> Iterator[bytes]:
            yield PNG[:4]
            raise httpx.ReadError("made up", request=request)

        return httpx.Response(200, content=chunks(), request=request)

    world.put("a")
    job, other = make(world, "1.job"), make(world, "2.job")
    replace, begun = os.replace, []

    def late(*paths: Path) -> None:
        begun.append(paths)
        if len(begun) == 1:
            world.spoil("GET .*/blob", broken_off, times=99)
            other.run()
        replace(*paths)

    monkeypatch.setattr("os.replace", late)
    assert job.run().counts["done"] == 1
    assert states(other) == {"a": "failed"}
    assert {id: content for id, (_, content) in exported(world.folder / "backup").items()} == {"a": PNG}
    assert not list((world.folder / "backup").rglob(".*"))


def test_an_undo_never_takes_the_backup_of_another_upload(world: World) -> None:
    world.put("a", content=PNG + b"1")
    job = deleting(world)
    job.run()
    folder = world.folder / "backup"
    (record,) = folder.rglob("*.json")
    original = record.with_suffix("")
    target = folder / name_of("a", "image")  # where backups once were
    kept = {**json.loads(record.read_text("utf-8")), "file": target.relative_to(folder).as_posix()}
    original.rename(target)
    record.unlink()
    beside = target.with_name(f"{target.name}.json")
    beside.write_text(json.dumps({**kept, "image": {**kept["image"], "uploaded": "2020-01-01T00:00:00Z"}}), "utf-8")
    undo = jobs.resume(world.images, job.path).undo(world.folder / "undo.job")
    assert reasons(undo) == {"a": "refused: its backup is missing"}
    beside.write_text(json.dumps(kept), "utf-8")
    undo = jobs.resume(world.images, job.path).undo(world.folder / "2.job")
    assert undo.run().counts["done"] == 1
    assert content(world, "a") == PNG + b"1"


def test_an_image_whose_original_cannot_be_read_is_not_deleted(world: World) -> None:
    world.put("gone", "broken")
    job = deleting(world)
    world.spoil("GET .*/broken/blob", answered(404, text="<html>"), times=ATTEMPTS)
    world.spoil("GET .*/gone/blob", answered(404, 5404))
    job.run()
    assert reasons(job)["gone"] == "it was already gone"
    assert states(job) == {"gone": "skipped", "broken": "failed"}
    assert world.effects() == []


def test_what_was_deleted_comes_back(world: World) -> None:
    world.put("a/b", metadata={"n": 1}, creator="ada", filename="b.png")
    uuid = world.direct.upload(PNG + b"u", require_signed_urls=True).id
    job = deleting(world)
    notes = ("1 have ids that the service made: they can only come back under others", NEW_TIME)
    assert job.summary().notes == notes
    world.spoil(".*DELETE .*/a.*", lost_after)
    job.run()
    assert world.ids() == []
    undo = jobs.resume(world.images, world.journal).undo(world.folder / "undo.job")
    assert undo.summary().notes == notes
    assert undo.run().finished
    image = world.direct.get("a/b")
    assert (image.meta, image.creator, image.filename) == ({"n": 1}, "ada", "b.png")
    (other,) = (image for image in world.direct.list() if image.id != "a/b")
    assert other.id != uuid
    assert other.require_signed_urls
    with world.direct.stream(other.id) as chunks:
        assert b"".join(chunks) == PNG + b"u"
    assert jobs.resume(world.images, undo.path).run().finished


def test_what_was_uploaded_first_comes_back_first(world: World) -> None:
    ids = [f"{n}" for n in (3, 1, 4, 0, 2)]
    world.put(*ids)
    listed = [image.id for image in world.direct.list(sort_order="asc")]
    jobs.delete(world.images, world.journal, ids=sorted(ids), backup=world.folder / "backup").run()
    world.forget()
    jobs.resume(world.images, world.journal).undo(world.folder / "undo.job").run(workers=1)
    assert world.effects() == [("upload", id) for id in listed]


def test_private_images_with_ids_of_ones_own_come_back_under_others(world: World) -> None:
    """The service does not make them, but it may have some of old."""
    world.sandbox.store.fill(world.account, [StoredImage(0, "mine", 0, "a.png", {}, None, private=True)])
    world.put("public")
    job = deleting(world)
    notes = ("1 are private under ids of one's own: they can only come back under others", NEW_TIME)
    assert job.summary().notes == notes
    job.run()
    undo = job.undo(world.folder / "undo.job")
    assert undo.summary().notes == notes
    assert undo.summary().requests == 3  # a reserved id takes two
    assert undo.run().counts["done"] == 2
    (other,) = (image for image in world.direct.list() if image.id != "public")
    assert other.id != "mine"
    assert other.require_signed_urls


def test_what_has_no_backup_cannot_come_back(world: World) -> None:
    world.put("a")
    job = deleting(world)
    job.run()
    for path in (world.folder / "backup").rglob("*.json"):
        path.unlink()
    undo = job.undo(world.folder / "undo2.job")
    assert reasons(undo) == {"a": "refused: its backup is missing"}
    world.put("b")
    job = jobs.delete(world.images, world.folder / "2.job", everything=True)
    assert job.summary().notes == ("without a backup, what is deleted cannot be brought back",)
    with pytest.raises(jobs.JobError, match="was run without a backup"):
        job.undo(world.folder / "undo3.job")


def test_the_new_files_of_one_job_have_names_of_their_own_and_are_overwritten(tmp_path: Path) -> None:
    """Long names that begin alike had one new file. A job that was killed left it for good."""
    first, second = tmp_path / f"{'x' * 60}1", tmp_path / f"{'x' * 60}2"
    with replacing(first, "job") as one, replacing(second, "job") as other:
        one.write_bytes(b"1")
        other.write_bytes(b"2")
    one.write_bytes(b"left by a killed job")
    with replacing(first, "job") as again:
        again.write_bytes(b"3")
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == {first: b"3", second: b"2"}
