"""Exports and inventories: what is on disk afterwards."""

import csv
import errno
import hashlib
import json
import sqlite3
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
from jobs.disk import exported
from jobs.worlds import World, answered, cut_in_half, lost_after, lost_before, reasons, states
from pictures import PNG

from cfimages import InvalidArgumentError, jobs
from cfimages.jobs.account import ATTEMPTS
from cfimages.jobs.originals import name_of
from cfimages.jobs.references import Ids

needs_pyarrow = pytest.mark.skipif(find_spec("pyarrow") is None, reason="pyarrow is a tool of `make check`")

HARD_IDS = ("a/b", "A/B", "..", "../../etc/passwd", "con", "\\x", "ä", "a\u0308", "x" * 300, "cat.png", "\n", ".hidden")


def test_originals_and_records_are_written(world: World) -> None:
    world.put("a/b.png", metadata={"n": 1}, creator="ada", filename="b.png")
    world.put("c", content=PNG + b"c", creator="bob")
    folder = world.folder / "out"
    job = jobs.export(world.images, world.journal, folder, creator="ada")
    assert not folder.exists()
    assert job.summary().requests == 1
    job.run()
    record, content = exported(folder)["a/b.png"]
    assert content == PNG
    assert record["sha256"] == hashlib.sha256(PNG).hexdigest()
    assert record["image"]["meta"] == {"n": 1}
    assert record["file"].endswith(".png")
    assert list(exported(folder)) == ["a/b.png"]
    assert [path.name for path in folder.rglob(".*")] == []


def test_a_file_is_no_folder_for_originals(world: World) -> None:
    file = world.folder / "logo.png"
    file.write_bytes(PNG)
    refs = [Ids(["a"])]
    works: list[tuple[str, Callable[[], object]]] = [
        ("folder", lambda: jobs.export(world.images, world.journal, file, everything=True)),
        ("backup", lambda: jobs.delete(world.images, world.journal, everything=True, backup=file)),
        ("backup", lambda: jobs.reap(world.images, world.journal, refs, backup=file)),
        ("backup", lambda: jobs.sync(world.images, world.journal, world.folder, replace=True, backup=file)),
        ("backup", lambda: jobs.prune(world.images, world.journal, world.folder, everything=True, backup=file)),
    ]
    for name, work in works:
        with pytest.raises(InvalidArgumentError, match=f"^{name}='.*logo.png': is not a folder$"):
            work()
    assert not world.journal.exists()


def test_names_stay_in_the_folder_and_apart(tmp_path: Path) -> None:
    names = [name_of(image, "p.PNG") for image in HARD_IDS]
    assert len({name.lower() for name in names}) == len(HARD_IDS)
    for name in names:
        assert (tmp_path / name).resolve().parent.parent == tmp_path.resolve()
        assert name.isascii()
        assert len(name) < 100
        assert name.endswith(".png")
    assert name_of("a", "x.exe") == name_of("a", None)


def test_a_second_export_fetches_what_is_missing_or_was_uploaded_anew(world: World) -> None:
    world.put("same", "gone", "cut", "broken", "anew")
    folder = world.folder / "out"
    jobs.export(world.images, world.journal, folder, everything=True).run()
    (folder / name_of("gone", "image")).unlink()
    (folder / name_of("cut", "image")).write_bytes(PNG[:9])
    (folder / f"{name_of('broken', 'image')}.json").write_text("[", "utf-8")
    world.direct.delete("anew")
    world.put("anew", content=PNG + b"new")
    job = jobs.export(world.images, world.folder / "2.job", folder, everything=True)
    assert states(job) == {
        "same": "skipped", "gone": "planned", "cut": "planned", "broken": "planned", "anew": "planned",
    }  # fmt: skip
    job.run()
    assert exported(folder)["anew"][1] == PNG + b"new"
    assert exported(folder)["cut"][1] == PNG
    assert world.sent("GET .*/same/blob") == 1


def test_what_another_export_has_written_since_the_plan_is_not_fetched_again(world: World) -> None:
    world.put("a")
    folder = world.folder / "out"
    job = jobs.export(world.images, world.journal, folder, everything=True)
    assert states(job) == {"a": "planned"}
    jobs.export(world.images, world.folder / "2.job", folder, everything=True).run()
    assert job.run().counts["done"] == 1
    assert world.sent("GET .*/a/blob") == 1


def test_an_image_that_is_gone_is_skipped_and_a_proxy_is_not_believed(world: World) -> None:
    world.put("a", "b")
    job = jobs.export(world.images, world.journal, world.folder / "out", everything=True)
    world.direct.delete("a")
    world.spoil("GET .*/b/blob", answered(404, text="<html>"), times=ATTEMPTS)
    job.run()
    assert reasons(job)["a"] == "it was already gone"
    assert states(job) == {"a": "skipped", "b": "failed"}


def test_what_breaks_off_is_fetched_again(world: World) -> None:
    world.put("a", "b")
    job = jobs.export(world.images, world.journal, world.folder / "out", everything=True)
    world.spoil("GET .*/a/blob", lost_before, times=2)
    world.spoil("GET .*/b/blob", lost_after)
    job.run()
    assert {content for _, content in exported(world.folder / "out").values()} == {PNG}
    assert job.report().counts["done"] == 2


def test_a_full_disk_stops_the_job_and_nothing_is_lost(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.put(*"abc")
    job = jobs.export(world.images, world.journal, world.folder / "out", everything=True)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", full)
        with pytest.raises(OSError, match="No space left"):
            job.run(workers=1)
    assert job.report().counts["planned"] == 3
    assert job.run().counts["done"] == 3


def test_an_export_goes_on_after_a_bug_and_cannot_be_undone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.put("a")
    job = jobs.export(world.images, world.journal, world.folder / "out", everything=True)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            job.run()
    job = jobs.resume(world.images, world.journal)
    assert job.run().counts["done"] == 1
    with pytest.raises(jobs.JobError, match="of the kind export cannot be undone"):
        job.undo(world.folder / "undo.job")


def rows(file: Path) -> list[dict]:
    """The records of an inventory."""
    if file.suffix == ".jsonl":
        return [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    if file.suffix == ".csv":
        with file.open(newline="", encoding="utf-8") as opened:
            found = list(csv.DictReader(opened))
    elif file.suffix == ".parquet":
        from pyarrow import parquet

        found = parquet.read_table(file).to_pylist()
    else:
        connection = sqlite3.connect(file)
        connection.row_factory = sqlite3.Row
        found = [dict(row) for row in connection.execute("SELECT * FROM images")]
        connection.close()
    return [{**row, "meta": json.loads(row["meta"])} for row in found]


@pytest.mark.parametrize(
    "suffix",
    [".jsonl", ".csv", ".sqlite", pytest.param(".parquet", marks=needs_pyarrow)],
)
def test_an_inventory_has_a_record_of_each_image(world: World, suffix: str) -> None:
    world.put("a", metadata={"n": {"m": 1}}, creator="ada")
    world.put("ü\nb")
    file = world.folder / f"all{suffix}"
    job = jobs.inventory(world.images, world.journal, file)
    assert not file.exists()
    assert job.summary().requests == 0
    assert job.run().counts["done"] == 2
    found = {row["id"]: row for row in rows(file)}
    assert found.keys() == {"a", "ü\nb"}
    assert found["a"]["meta"] == {"n": {"m": 1}}
    assert found["a"]["creator"] == "ada"
    before = file.read_bytes()
    jobs.resume(world.images, world.journal).run()
    assert len(rows(file)) == len(found)
    assert suffix == ".parquet" or file.read_bytes() == before
    assert [path.name for path in world.folder.iterdir() if ".part" in path.name] == []


def test_an_inventory_in_a_folder_that_is_missing_names_the_file(world: World) -> None:
    world.put("a")
    file = world.folder / "no" / "all.csv"
    with pytest.raises(FileNotFoundError) as caught:
        jobs.inventory(world.images, world.journal, file).run()
    assert caught.value.filename == str(file)


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".sqlite", pytest.param(".parquet", marks=needs_pyarrow)])
def test_an_inventory_has_also_what_utf8_cannot_say(world: World, suffix: str) -> None:
    world.put("a", metadata={"title": "é HALF"}, creator="HALF")
    world.spoil("GET .*", cut_in_half, times=99)
    file = world.folder / f"all{suffix}"
    assert jobs.inventory(world.images, world.journal, file).run().counts["done"] == 1
    (found,) = rows(file)
    assert (found["meta"], found["creator"]) == (
        {"title": "é \ud83d"},
        "\ud83d" if suffix == ".jsonl" else "\\ud83d",
    )


def test_a_delete_keeps_what_utf8_cannot_say(world: World) -> None:
    world.put("a", "b", metadata={"title": "é HALF"})
    world.spoil("GET .*", cut_in_half, times=99)
    marked = jobs.edit(world.images, world.folder / "edit.job", ids=["a"], set={"n": 1})
    assert marked.run().counts["failed"] == 1
    assert "metadata cannot be written as JSON" in str(reasons(marked)["a"])
    job = jobs.delete(world.images, world.journal, everything=True, backup=world.folder / "backup")
    assert job.run().counts["done"] == 2
    assert [(item.before or {})["meta"] for item in job.items()] == [{"title": "é \ud83d"}] * 2
    assert exported(world.folder / "backup")["a"][0]["image"]["meta"] == {"title": "é \ud83d"}


def test_an_inventory_that_the_disk_has_no_room_for_is_written_by_the_next_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put("a")
    file = world.folder / "all.csv"
    file.write_text("of yesterday", "utf-8")
    job = jobs.inventory(world.images, world.journal, file)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space left"):
            job.run()
    assert file.read_text("utf-8") == "of yesterday"
    assert job.run().finished
    assert len(file.read_text("utf-8").splitlines()) == 2


def test_an_inventory_of_some_images_and_of_none(world: World) -> None:
    world.put("a", creator="ada")
    world.put("b")
    jobs.inventory(world.images, world.journal, world.folder / "ada.jsonl", creator="ada").run()
    assert [row["id"] for row in rows(world.folder / "ada.jsonl")] == ["a"]
    jobs.inventory(world.images, world.folder / "2.job", world.folder / "none.csv", creator="nobody").run()
    assert rows(world.folder / "none.csv") == []


def test_a_format_that_is_unknown_or_cannot_be_written_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidArgumentError, match=r"must end with one of \.jsonl"):
        jobs.inventory(world.images, world.journal, "all.xlsx")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(InvalidArgumentError, match=r"install cfimages with its extra parquet"):
        jobs.inventory(world.images, world.journal, "all.parquet")
