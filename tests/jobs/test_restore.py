"""Restoring: export and restore into another account are the identity, nothing comes twice, nothing wrong is sent."""

import json
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from jobs.accounts import all_of, content, fill_at_random, spoil_at_random
from jobs.worlds import World, answered, reasons, states
from pictures import PNG
from systems import needs_links

from cfimages import APIError, InvalidArgumentError, jobs
from cfimages.jobs.mapping import IdMap, Mapped
from cfimages.jobs.originals import name_of
from cfimages.jobs.sources import is_uuid
from cfimages.sandbox.store import StoredImage

Renew = Callable[[], World]


def exported(world: World) -> Path:
    folder = world.folder / "out"
    report = jobs.export(world.direct, world.folder / "export.job", folder, everything=True).run()
    assert report.finished
    return folder


def new_ids(folder: Path, world: World) -> dict[str, str]:
    lines = (folder / f"restored-{world.account}.jsonl").read_text("utf-8").splitlines()[1:]
    return {entry["id"]: entry["new_id"] for entry in map(json.loads, lines)}


def record_of(folder: Path, id: str, filename: str = "image") -> Path:
    return folder / f"{name_of(id, filename)}.json"


def changed(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    record = json.loads(path.read_text("utf-8"))
    change(record)
    path.write_text(json.dumps(record), "utf-8")


def test_an_account_comes_back_elsewhere(world: World, renew: Renew) -> None:
    world.put("a/b.png", metadata={"n": 1, "ü": ["x"]}, creator="ada", filename="b.png")
    world.put("plain", content=PNG + b"plain")
    private = world.direct.upload(PNG + b"p", require_signed_urls=True, metadata={"p": 1}).id
    public = world.direct.upload(PNG + b"q").id
    folder, other = exported(world), renew()
    job = jobs.restore(other.images, other.journal, folder)
    summary = job.summary()
    assert (summary.left, summary.requests, other.effects()) == (4, 6, [])
    assert summary.notes[0].startswith("2 get other ids, since the service makes them: ")
    assert job.run().finished
    ids = new_ids(folder, other)
    assert ids.keys() == {"a/b.png", "plain", private, public}
    assert all_of(other) == all_of(world, ids)
    assert (ids["plain"], is_uuid(ids[private]), ids[private] != private) == ("plain", True, True)
    with pytest.raises(jobs.JobError, match="of the kind restore cannot be undone"):
        job.undo(other.folder / "undo.job")


def test_a_second_restore_changes_nothing_whatever_its_journal(world: World, renew: Renew) -> None:
    world.put("a")
    world.direct.upload(PNG, require_signed_urls=True)
    folder, other = exported(world), renew()
    jobs.restore(other.images, other.journal, folder).run()
    other.forget()
    again = jobs.restore(other.images, other.folder / "2.job", folder)
    assert set(reasons(again).values()) == {"it is there already"}
    assert again.run().finished
    assert jobs.resume(other.images, other.journal).run().finished
    (folder / f"restored-{other.account}.jsonl").unlink()
    assert jobs.restore(other.images, other.folder / "3.job", folder).run().counts["skipped"] == 1  # bytes are compared
    assert other.effects("upload") == []


def test_what_was_never_gone_is_not_brought_twice(world: World) -> None:
    kept = world.direct.upload(PNG, metadata={"a": 1}).id  # an id of the service
    edited = world.direct.upload(PNG).id
    folder = exported(world)
    world.direct.edit(edited, metadata={"b": 2})
    job = jobs.restore(world.images, world.journal, folder)
    assert job.run().counts["skipped"] == 2
    assert reasons(job) == {kept: "it is there already", edited: "refused: it is there, and was edited since"}
    assert world.ids() == sorted((kept, edited))


def test_private_images_with_ids_of_ones_own_get_others(world: World, renew: Renew) -> None:
    world.sandbox.store.fill(world.account, [StoredImage(0, "mine", 0, "a.png", {}, None, private=True)])
    folder, other = exported(world), renew()
    jobs.restore(other.images, other.journal, folder).run()
    (image,) = other.direct.list()
    assert new_ids(folder, other) == {"mine": image.id}
    assert (is_uuid(image.id), image.require_signed_urls) == (True, True)


def test_what_is_there_with_other_fields_or_bytes_is_left_alone(world: World, renew: Renew) -> None:
    world.put("fields", "bytes", "edited", "gone")
    folder, other = exported(world), renew()
    other.put("fields", metadata={"n": 1})
    other.put("bytes", content=PNG + b"other")
    job = jobs.restore(other.images, other.journal, folder)
    taken = "its id is taken by another image, which differs in"
    assert reasons(job)["fields"] == f"refused: {taken} metadata"
    job.run()
    assert states(job) == {"fields": "skipped", "bytes": "failed", "edited": "done", "gone": "done"}
    assert reasons(job)["bytes"] == f"{taken} bytes"
    other.direct.edit("edited", metadata={"by": "somebody"})
    other.direct.delete("gone")
    again = jobs.restore(other.images, other.folder / "2.job", folder)
    assert (states(again)["edited"], states(again)["gone"]) == ("skipped", "planned")
    refused = "it was uploaded before, and one of the two was edited since"
    assert again.summary().refused == ((refused, 1), (f"{taken} metadata", 1))


def test_a_job_that_was_left_does_not_bring_again_what_another_brought(world: World, renew: Renew) -> None:
    id = world.direct.upload(PNG).id
    folder, other = exported(world), renew()
    first = jobs.restore(other.images, other.journal, folder)
    other.spoil("POST /upload/.*", answered(500), times=99)
    first.run()
    assert states(first) == {id: "failed"}
    other.rules.clear()
    assert jobs.restore(other.images, other.folder / "2.job", folder).run().counts["done"] == 1
    assert first.run().counts["skipped"] == 1
    assert len(other.ids()) == 1
    assert new_ids(folder, other)[id] == other.ids()[0]


@needs_links
def test_records_that_are_wrong_are_refused(world: World, renew: Renew) -> None:
    names = ["bad", "cut", "list", "link", "lost", "long", "elsewhere", "no-record", "other", "size", "type", "good"]
    world.put(*names)
    folder, other = exported(world), renew()
    record_of(folder, "bad").write_text("[" * 5000, "utf-8")
    record_of(folder, "cut").write_text("{", "utf-8")
    record_of(folder, "list").write_text("[]", "utf-8")
    original = folder / name_of("link", "image")
    original.unlink()
    (world.folder / "secret").write_bytes(PNG)
    original.symlink_to(world.folder / "secret")
    (folder / name_of("lost", "image")).unlink()
    changed(record_of(folder, "long"), lambda record: record["image"].update(meta={"x": "y" * 1100}))
    changed(record_of(folder, "elsewhere"), lambda record: record.update(file="../secret"))
    record_of(folder, "no-record").unlink()
    (folder / name_of("other", "image")).write_bytes(PNG[:-1] + b"!")
    changed(record_of(folder, "size"), lambda record: record.update(size=True))
    changed(record_of(folder, "type"), lambda record: record["image"].update(creator=1))
    job = jobs.restore(other.images, other.journal, folder)
    assert sorted(job.summary().refused) == [
        ("it is not a file", 1),
        ("its file is a link that leads out of the folder", 1),
        ("its file is not the one that was exported", 1),
        ("its metadata is longer than 1,024 bytes", 1),
        ("its record cannot be read", 2),
        ("its record is missing", 1),
        ("its record is not one of an export", 3),
        ("its record is of another file", 1),
    ]
    assert job.run().counts["done"] == 1
    assert other.ids() == ["good"]


def test_of_two_uploads_of_one_id_the_later_is_taken(world: World, renew: Renew) -> None:
    world.put("cat", filename="a.png")
    exported(world)
    world.direct.delete("cat")
    world.put("cat", content=PNG + b"new", filename="a.jpg")
    jobs.export(world.direct, world.folder / "2.job", world.folder / "out", everything=True).run()
    other = renew()
    assert len(list((world.folder / "out").rglob("*.json"))) == 2
    assert jobs.restore(other.images, other.journal, world.folder / "out").run().counts["done"] == 1
    assert content(other, "cat") == PNG + b"new"


def test_a_file_that_changes_after_the_plan_is_not_sent(world: World, renew: Renew) -> None:
    world.put("a")
    folder, other = exported(world), renew()
    job = jobs.restore(other.images, other.journal, folder)
    (folder / name_of("a", "image")).write_bytes(PNG[:-1] + b"!")
    job.run()
    assert reasons(job) == {"a": "the file was changed since the plan"}
    assert other.effects() == []


def test_a_folder_without_an_export_is_refused(world: World) -> None:
    with pytest.raises(InvalidArgumentError, match="does not exist"):
        jobs.restore(world.images, world.journal, world.folder / "none")
    (world.folder / "ab").mkdir()
    (world.folder / "cd").write_text("a file", "utf-8")
    with pytest.raises(InvalidArgumentError, match="holds nothing that an export has written"):
        jobs.restore(world.images, world.journal, world.folder)
    assert (world.wire.lines, world.journal.exists()) == ([], False)


def test_a_map_of_something_else_is_refused(world: World, renew: Renew) -> None:
    world.put("a")
    folder, other, third = exported(world), renew(), renew()
    jobs.restore(other.images, other.journal, folder, map=other.folder / "map").run()
    with pytest.raises(InvalidArgumentError, match=r"map=.* is of another target"):
        jobs.restore(third.images, third.journal, folder, map=other.folder / "map")
    with pytest.raises(InvalidArgumentError, match="is not a map of ids"):
        jobs.restore(third.images, third.journal, folder, map=next(folder.rglob("*.json")))
    with (other.folder / "map").open("a") as file:
        file.write('{"id":1}\n')
    with pytest.raises(InvalidArgumentError, match="has a line that is not one of a map"):
        jobs.restore(other.images, other.folder / "2.job", folder, map=other.folder / "map")
    assert (third.wire.lines, third.journal.exists()) == ([], False)


def test_a_line_of_the_map_that_was_cut_off_is_passed_over(world: World, renew: Renew) -> None:
    first, second = (world.direct.upload(PNG + bytes([n])).id for n in range(2))
    folder, other = exported(world), renew()
    jobs.restore(other.images, other.journal, folder).run()
    file = folder / f"restored-{other.account}.jsonl"
    ids = new_ids(folder, other)
    last = list(ids)[-1]
    file.write_bytes(file.read_bytes()[:-9])
    for id in other.ids():
        if id == ids[last]:
            other.direct.delete(id)
    job = jobs.restore(other.images, other.folder / "2.job", folder)
    assert states(job)[last] == "planned"
    job.run()
    again = jobs.restore(other.images, other.folder / "3.job", folder)
    assert set(states(again).values()) == {"skipped"}
    assert {first, second} == states(again).keys()


@pytest.mark.parametrize("kept", [0, 1, 9, 40, None])
@pytest.mark.parametrize("lost", [b"", b"\0" * 50])
def test_a_map_whose_first_line_was_cut_off_begins_anew(
    world: World, renew: Renew, kept: int | None, lost: bytes
) -> None:
    id = world.direct.upload(PNG).id
    folder, other = exported(world), renew()
    file = folder / f"restored-{other.account}.jsonl"
    jobs.restore(other.images, other.journal, folder).run()
    head = file.read_bytes().splitlines()[0]
    file.write_bytes(head[:kept] + lost)
    jobs.restore(other.images, other.folder / "2.job", folder).run()
    again = jobs.restore(other.images, other.folder / "3.job", folder)
    assert reasons(again) == {id: "it is there already"}


@pytest.mark.parametrize("content", [b"text", b"text\n", b"\0text\n", b"1\n", b"[]\n", b'{"map":2}\n', b'{"id":"a"}\n'])
def test_another_file_is_no_map_and_stays_as_it_is(world: World, renew: Renew, content: bytes) -> None:
    world.put("a")
    folder, other = exported(world), renew()
    (world.folder / "map").write_bytes(content)
    with pytest.raises(InvalidArgumentError, match="is not a map of ids"):
        jobs.restore(other.images, other.journal, folder, map=world.folder / "map")
    assert (world.folder / "map").read_bytes() == content


def test_threads_that_begin_a_map_together_write_one_head(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    map = IdMap(tmp_path / "map", source=None, target="t")
    get = map.get

    def get_while_another_adds(id: str) -> Mapped | None:
        found = get(id)
        if id == "a":
            map.add("b", Mapped("2", None))
        return found

    monkeypatch.setattr(map, "get", get_while_another_adds)
    map.add("a", Mapped("1", None))
    entries = [json.loads(line) for line in (tmp_path / "map").read_text("utf-8").splitlines()]
    assert [entry.get("id") for entry in entries] == [None, "b", "a"]


def test_two_processes_may_begin_a_map_together(tmp_path: Path) -> None:
    maps = [IdMap(tmp_path / "map", source=None, target="t") for _ in range(3)]
    first, second, third = (Mapped(str(n), None) for n in range(3))
    maps[0].add("a", first)
    begun = (tmp_path / "map").read_bytes()
    (tmp_path / "map").unlink()
    maps[1].add("b", second)
    with (tmp_path / "map").open("ab") as file:
        file.write(begun)  # by a process that had seen no file either
    for each in maps[1:]:
        assert (each.get("a"), each.get("b")) == (first, second)
    maps[2].add("c", third)
    assert maps[1].get("c") == third


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 9))])
def test_whatever_goes_wrong_the_account_comes_back_once(world: World, renew: Renew, seed: int) -> None:
    """Random accounts, faults, and journals that are lost."""
    chance = random.Random(seed)
    fill_at_random(world, chance)
    folder, other = exported(world), renew()
    spoil_at_random(other, chance)
    for attempt in range(4):
        journal = other.folder / f"{attempt}.job" if chance.random() < 0.5 else other.journal
        with suppress(APIError):  # while planning
            jobs.restore(other.images, journal, folder).run(workers=chance.choice([1, 4]), stop_after=None)
    other.rules.clear()
    assert jobs.restore(other.images, other.folder / "last.job", folder).run().finished
    ids = new_ids(folder, other)
    assert all_of(other) == all_of(world, ids)
    assert len(other.ids()) == len(world.ids()) == len(other.effects("upload", "complete"))
