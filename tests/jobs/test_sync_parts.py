"""The part of the account that belongs to a folder, hashes in a map, and files that were renamed."""

import hashlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from jobs.accounts import content
from jobs.folders import file, prune, sync
from jobs.worlds import Send, World, lost_after, reasons, states
from pictures import PNG
from systems import needs_long_paths

from cfimages import InvalidArgumentError, jobs
from cfimages.jobs.kinds.sync import UNKNOWN

LONG = {"n": "x" * 950}
"""Metadata that have no room for a hash."""
THERE = "it is there already"


def map_of(world: World) -> Path:
    return world.folder / "urls.jsonl"


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


# The part of the account


@pytest.mark.parametrize("part", [{"where": {"site": "blog"}}, {"creator": "ada"}, {"where": {"n": 1, "b": True}}])
def test_the_part_of_the_account_is_named_by_metadata_or_creator(world: World, part: dict[str, Any]) -> None:
    world.put("theirs", metadata={"sha256": "x", "site": "shop", "n": True, "b": True}, creator="bob")
    file(world, "a.png")
    file(world, "b.png")
    sync(world, metadata={"k": 1}, **part).run()
    image = world.direct.get("a.png")
    wanted = {"k": 1, **part.get("where", {}), "sha256": hashlib.sha256(PNG).hexdigest()}
    assert (dict(image.meta), image.creator) == (wanted, part.get("creator"))
    world.forget()
    assert sync(world, "2.job", metadata={"k": 1}, **part).summary().left == 0
    (world.folder / "files" / "a.png").unlink()
    assert list(jobs.gone(world.images, world.folder / "files", **part)) == ["a.png"]
    assert prune(world, **part).run().counts["done"] == 1
    assert world.effects() == [("delete", "a.png")]


def test_images_without_a_creator_can_be_the_part(world: World) -> None:
    world.put("theirs", metadata={"sha256": "x"}, creator="bob")
    path = file(world, "a.png")
    sync(world, creator="").run()
    path.unlink()
    assert states(prune(world, creator="", allow_empty=True, max_delete="100%")) == {"a.png": "planned"}


@pytest.mark.parametrize("part", [{"where": {"site": "blog"}}, {"creator": "ada"}])
def test_an_image_of_another_part_is_left_alone(world: World, part: dict[str, Any]) -> None:
    path = file(world, "a.png")
    digest = hashlib.sha256(PNG).hexdigest()
    world.put("a.png", metadata={"sha256": digest, "site": "shop"}, creator="bob")
    job = sync(world, replace=True, **part)
    assert job.summary().refused == (("its id is taken by an image that is not in the part of the folder", 1),)
    path.unlink()
    file(world, "b.png")
    late = sync(world, "2.job", **part)
    world.put("b.png", metadata={"sha256": digest, "site": "shop"}, creator="bob")
    late.run()
    assert reasons(late) == {"b.png": "its id is taken by another image, which differs in filename, creator, metadata"}
    assert world.effects() == []


def test_a_filter_that_the_service_does_not_heed_deletes_nothing_else(world: World) -> None:
    def unfiltered(request: httpx.Request, send: Send) -> httpx.Response:
        return send(httpx.Request(request.method, request.url.copy_with(query=None), headers=request.headers))

    world.put("theirs", metadata={"sha256": "x", "site": "shop"}, creator="bob")
    path = file(world, "a.png")
    part = {"where": {"site": "blog"}, "creator": "ada"}
    sync(world, **part).run()
    path.unlink()
    file(world, "b.png")
    sync(world, "2.job", **part).run()
    world.spoil("GET .*images/v2.*", unfiltered, times=9)
    assert states(prune(world, max_delete="100%", **part)) == {"a.png": "planned"}
    assert world.sent("GET .*images/v2.*site.*") == 1


def test_a_prune_needs_the_part_of_its_sync(world: World) -> None:
    file(world, "a.png")
    sync(world, where={"site": "blog"}).run()
    with pytest.raises(InvalidArgumentError, match=r"where=\{'site': 'shop'\}: the sync had \{'site': 'blog'\}"):
        prune(world, where={"site": "shop"}, syncs=[world.journal])
    for part in ({"where": {"site": "blog"}}, {"creator": "ada"}):
        with pytest.raises(InvalidArgumentError, match=f"everything=True and {next(iter(part))}: use only one of them"):
            prune(world, everything=True, **part)
    with pytest.raises(InvalidArgumentError, match="prefix, where or creator"):
        prune(world, everything=False)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"where": {}}, "where is empty"),
        ({"where": "site"}, r"where='site': must be a mapping"),
        ({"where": {"n": {"gte": 1}}}, r"where\['n'\]={'gte': 1}: must be a value that new images get too"),
        ({"where": {"n": None}}, r"where\['n'\]=None: must be a value"),
        ({"where": {"a.b": 1}}, r"where\['a.b'\]: must be a key of the metadata"),
        ({"where": {"a b": 1}}, r"where\['a b'\]: a field has only letters"),
        ({"where": {"sha256": "x"}}, r"where\['sha256'\]: new images would have another value"),
        ({"where": {"n": 1}, "metadata": {"n": True}}, r"where\['n'\]: new images would have another value"),
        ({"creator": ["ada"]}, r"creator=\['ada'\]: must be a string"),
        ({"metadata": lambda path: {}}, "metadata=.*: must be a mapping"),
        ({"metadata": {"n": "x" * 1024}}, "metadata: is longer than 1,024 bytes"),
        ({"metadata": LONG}, "shorten them, or give a map, a file that keeps the hashes instead"),
    ],
)
def test_arguments_that_are_wrong_are_refused(world: World, options: dict[str, Any], said: str) -> None:
    file(world, "a.png")
    with pytest.raises(InvalidArgumentError, match=said):
        sync(world, **options)
    assert (world.wire.lines, world.journal.exists()) == ([], False)


# Hashes in a map


def test_hashes_are_in_the_map_where_metadata_have_no_room(world: World) -> None:
    options = {"metadata": LONG, "map": map_of(world)}
    for name in ("a.png", "b.png", "c.png"):
        file(world, name, name.encode())
    sync(world, **options).run()
    image = world.direct.get("a.png")
    assert dict(image.meta) == LONG
    head, *entries = lines(map_of(world))
    assert head == {"urls": 2, "folder": str(world.folder / "files"), "account": world.account}
    assert {entry["id"] for entry in entries} == {"a.png", "b.png", "c.png"}
    world.forget()
    job = sync(world, "2.job", **options)
    assert set(reasons(job).values()) == {THERE}
    assert jobs.write_url_map(world.images, job.path, map_of(world)) == 3
    assert all(entry["url"] and entry["uploaded"] for entry in lines(map_of(world))[1:])
    part = sync(world, "3.job", include=["a.png"], **options)
    assert jobs.write_url_map(world.images, part.path, map_of(world)) == 1
    assert sync(world, "4.job", **options).summary().left == 0
    assert world.effects() == []
    file(world, "a.png", b"new")
    assert sync(world, "5.job", **options).summary().refused[0][0].startswith("it was changed, and an id")
    sync(world, "6.job", replace=True, **options).run()
    assert content(world, "a.png") == PNG + b"new"
    assert sync(world, "7.job", **options).summary().left == 0
    (world.folder / "files" / "b.png").unlink()
    assert list(jobs.gone(world.images, world.folder / "files")) == []
    assert list(jobs.gone(world.images, world.folder / "files", map=map_of(world))) == ["b.png"]
    world.forget()
    assert prune(world, map=map_of(world)).run().counts["done"] == 1
    assert world.effects() == [("delete", "b.png")]


def test_a_map_is_used_though_there_is_room(world: World) -> None:
    file(world, "a.png")
    sync(world, map=map_of(world)).run()
    assert not map_of(world).exists()
    map_of(world).touch()
    job = sync(world, "2.job", map=map_of(world))
    assert job.summary().left == 0
    jobs.write_url_map(world.images, job.path, map_of(world))
    assert sync(world, "3.job", map=map_of(world)).summary().left == 0


@pytest.mark.parametrize("listed", [False, True])
def test_an_id_that_a_draft_has_is_taken(world: World, *, listed: bool) -> None:
    """Whether the service lists drafts is not documented."""

    def with_the_draft(request: httpx.Request, send: Send) -> httpx.Response:
        body = json.loads(send(request).read())
        body["result"]["images"][0] |= {"id": "a.png", "draft": True}
        return httpx.Response(200, json=body, request=request)

    file(world, "a.png")
    world.put("other")
    world.direct.direct_upload(id="a.png")
    if listed:
        world.spoil("GET .*/v2.*", with_the_draft)
    job = sync(world)
    job.run()
    assert reasons(job) == {"a.png": "its id is taken by a draft"}


def test_a_hash_is_of_one_upload_only(world: World) -> None:
    file(world, "a.png")
    options = {"metadata": LONG, "map": map_of(world), "replace": True}
    sync(world, **options).run()
    world.direct.delete("a.png")
    world.put("a.png", content=PNG + b"theirs")
    assert sync(world, "2.job", **options).summary().refused == (
        (
            UNKNOWN,
            1,
        ),
    )


def test_a_map_that_is_lost_is_made_anew_from_the_originals(world: World) -> None:
    options = {"metadata": LONG, "map": map_of(world), "replace": True}
    for name in ("a.png", "b.png", "c.png"):
        file(world, name)
    sync(world, **options).run()
    map_of(world).unlink()
    world.direct.delete("b.png")
    world.put("b.png", content=PNG + b"theirs", metadata=LONG, filename="b.png")
    world.forget()
    with pytest.raises(jobs.JobRefusedError, match="3 files of the folder are missing in the account, or changed"):
        prune(world, map=map_of(world))
    job = sync(world, "2.job", **options)
    assert job.summary().notes[1] == (
        "3 may be there: the map has no hash of these images, so that originals are read, at most four a second on"
        " Cloudflare"
    )
    world.direct.delete("c.png")
    job.run()
    assert reasons(job) == {
        "a.png": THERE,
        "b.png": "its id is taken by another image, which differs in bytes",
        "c.png": None,
    }
    assert world.effects("upload") == [("upload", "c.png")]
    assert states(sync(world, "3.job", **options)) == {"a.png": "skipped", "b.png": "planned", "c.png": "skipped"}


def test_a_hash_that_another_sync_has_written_is_not_written_again(world: World) -> None:
    options = {"metadata": LONG, "map": map_of(world)}
    file(world, "a.png")
    sync(world, **options).run()
    map_of(world).unlink()
    assert states(sync(world, "2.job", **options)) == {"a.png": "planned"}
    sync(world, "3.job", **options).run()
    written = map_of(world).read_bytes()
    assert reasons(sync(world, "2.job", **options)) == {"a.png": None}
    sync(world, "2.job", **options).run()
    assert map_of(world).read_bytes() == written


@pytest.mark.parametrize("cut", [b'{"path":"x', b"\0\0\0"])
def test_a_line_of_the_map_that_was_cut_off_is_passed_over(world: World, cut: bytes) -> None:
    options = {"metadata": LONG, "map": map_of(world)}
    file(world, "a.png")
    sync(world, **options).run()
    with map_of(world).open("ab") as map_:
        map_.write(cut)
    file(world, "b.png", b"b")
    sync(world, "2.job", **options).run()
    assert sync(world, "3.job", **options).summary().left == 0
    assert jobs.Rewriter.of(map_of(world)).urls == {}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such a name")
def test_a_file_whose_name_is_not_text_can_be_left_out(world: World) -> None:
    file(world, "a.png")
    with open(os.fsencode(world.folder / "files") + b"/\xff.txt", "wb"):  # noqa: PTH123 - a path has no bytes
        pass
    job = sync(world, id="{name}", exclude=["*.txt"])
    assert (states(job), job.run().counts["done"]) == ({"a.png": "planned"}, 1)
    assert prune(world, id="{name}", exclude=["*.txt"]).summary().left == 0


@pytest.mark.parametrize("cut", [b"", b'{"u', b'{"urls":2,"folder":"/ho', b"\0\0\0", b'{"urls":2\0\0\0'])
def test_a_map_whose_first_line_was_cut_off_is_begun_anew(world: World, cut: bytes) -> None:
    options = {"metadata": LONG, "map": map_of(world)}
    map_of(world).write_bytes(cut)
    file(world, "a.png")
    with pytest.raises(InvalidArgumentError, match="is not what write_url_map has written"):
        jobs.Rewriter.of(map_of(world))
    job = sync(world, **options)
    job.run()
    file(world, "b.png", b"b")
    sync(world, "2.job", **options).run()
    assert sync(world, "3.job", **options).summary().left == 0
    assert jobs.write_url_map(world.images, job.path, map_of(world)) == 1
    assert jobs.Rewriter.of(map_of(world)).urls.keys() == {"a.png"}


def test_a_map_that_was_removed_since_the_plan_is_begun_anew(world: World) -> None:
    options = {"metadata": LONG, "map": map_of(world)}
    file(world, "a.png")
    sync(world, **options).run()
    file(world, "b.png", b"b")
    job = sync(world, "2.job", **options)
    map_of(world).unlink()
    job.run()
    assert [entry.get("path") for entry in lines(map_of(world))] == [None, "b.png"]


def test_a_map_that_two_processes_have_begun_is_read(world: World) -> None:
    options = {"metadata": LONG, "map": map_of(world)}
    file(world, "a.png")
    sync(world, **options).run()
    head, line = map_of(world).read_bytes().splitlines(keepends=True)
    map_of(world).write_bytes(head + head + line)
    again = sync(world, "2.job", **options)
    assert states(again) == {"a.png": "skipped"}
    assert jobs.write_url_map(world.images, again.path, map_of(world)) == 1
    assert [entry.get("path") for entry in lines(map_of(world))] == [None, "a.png"]


def test_two_processes_that_write_a_map_do_not_write_one_file(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one begins when the first one has written its file, and not yet put it in place."""
    (world.folder / "files").mkdir()
    map_, job = map_of(world), sync(world)
    replace, begun = os.replace, []

    def late(source: str, target: str) -> None:
        begun.append(source)
        if len(begun) == 1:
            assert jobs.write_url_map(world.images, job.path, map_) == 0
        replace(source, target)

    monkeypatch.setattr("os.replace", late)
    assert jobs.write_url_map(world.images, job.path, map_) == 0
    assert len(set(begun)) == 2
    assert [entry["urls"] for entry in lines(map_)] == [2]
    assert not list(world.folder.glob(".*"))


def test_the_map_of_something_else_is_refused(world: World) -> None:
    file(world, "a.png")
    for head, said in (
        ({"urls": 2, "folder": "/other", "account": world.account}, "is of another folder: /other, not"),
        ({"urls": 2, "folder": str(world.folder / "files"), "account": "x"}, "is of another account: x, not"),
        ({"map": 1}, "is not what write_url_map has written"),
    ):
        map_of(world).write_text(json.dumps(head) + "\n", "utf-8", newline="\n")
        for make in (sync, prune):
            with pytest.raises(InvalidArgumentError, match=said):
                make(world, map=map_of(world))
    job = sync(world)
    job.run()
    with pytest.raises(InvalidArgumentError, match="is not what write_url_map has written"):
        jobs.write_url_map(world.images, job.path, map_of(world))
    assert map_of(world).read_text("utf-8") == '{"map": 1}\n'


@pytest.mark.parametrize("replace", [False, True])
def test_a_lost_answer_where_the_hash_is_kept_nowhere_yet_is_settled(world: World, *, replace: bool) -> None:
    options = {"metadata": LONG, "map": map_of(world), "replace": replace}
    file(world, "a.png", b"old")
    if replace:
        sync(world, "old.job", **options).run()
        file(world, "a.png", b"new")
    world.forget()
    job = sync(world, **options)
    world.spoil("POST .*", lost_after)
    assert job.run().counts["done"] == 1
    assert world.effects("upload") == [("upload", "a.png")]
    assert sync(world, "2.job", **options).summary().left == 0


def test_ids_that_a_copy_has_mapped_are_read(world: World, tmp_path: Path) -> None:
    map_ = tmp_path / "map"
    head = b'{"map":1,"source":"a","target":"b"}\n'
    line = b'{"id":"%b","new_id":"%b","uploaded":null}\n'
    map_.write_bytes(head + line % (b"x", b"1") + line % (b"y", b"2") + b'{"id":"z","new\n' + line % (b"x", b"3"))
    with map_.open("ab") as more:
        more.write(b'{"id":"z"')
    assert jobs.new_ids(map_) == {"x": "3", "y": "2"}
    for begun in (b'{"map":1,"so\n', b'{"map":1,"source":"a","tar\n', b"\0\0\n"):
        map_.write_bytes(begun + head + line % (b"x", b"1"))
        assert jobs.new_ids(map_) == {"x": "1"}
    for other in (b"x\n", b'{"urls":2}\n', b"{}\n", line % (b"x", b"1")):
        map_.write_bytes(other)
        with pytest.raises(InvalidArgumentError, match="is not a map of ids"):
            jobs.new_ids(map_)
    with pytest.raises(FileNotFoundError):
        jobs.new_ids(tmp_path / "none")


# Renames


def renamed(job: jobs.Job) -> str | None:
    return next((note.split(":")[0] for note in job.summary().notes if "renamed" in note), None)


def move(world: World, name: str, other: str) -> None:
    target = world.folder / "files" / other
    target.parent.mkdir(exist_ok=True)
    (world.folder / "files" / name).rename(target)


def test_a_renamed_file_keeps_an_id_that_does_not_name_it(world: World) -> None:
    file(world, "a.png")
    sync(world, id="{sha256}").run()
    world.forget()
    move(world, "a.png", "deep/b.png")
    job = sync(world, "2.job", id="{sha256}")
    assert reasons(job) == {"deep/b.png": THERE}
    assert prune(world, id="{sha256}").summary().left == 0
    assert world.effects() == []


@pytest.mark.parametrize("options", [{}, {"metadata": LONG, "map": Path("map")}, {"where": {"n": 1}}])
def test_the_summary_says_how_many_files_were_renamed(
    world: World, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(world.folder)
    for name in ("a.png", "b.png", "c.png", "left/d.png"):
        file(world, name, name.encode())
    sync(world, prefix="p/", **options).run()
    move(world, "a.png", "new/a.png")
    move(world, "b.png", "new/b.png")
    file(world, "copy of c.png", b"c.png")
    file(world, "copy of d.png", b"left/d.png")
    file(world, "second a.png", b"a.png")
    file(world, "quite new.png", b"new")
    job = sync(world, "2.job", prefix="p/", exclude=["left/*"], **options)
    assert renamed(job) == "2 were renamed"
    assert job.summary().left == 6
    job.run()
    kept = {name: value for name, value in options.items() if name != "metadata"}
    assert set(states(prune(world, prefix="p/", exclude=["left/*"], **kept))) == {"p/a.png", "p/b.png"}


def test_files_that_change_places_are_changed_and_not_renamed(world: World) -> None:
    for name in ("a.png", "b.png"):
        file(world, name, name.encode())
    sync(world).run()
    move(world, "a.png", "x.png")
    move(world, "b.png", "a.png")
    move(world, "x.png", "b.png")
    job = sync(world, "2.job", replace=True)
    assert (renamed(job), job.run().counts["done"]) == (None, 2)
    assert content(world, "a.png") == PNG + b"b.png"


# Folders and accounts that change meanwhile


@pytest.mark.skipif(os.name == "nt", reason="a folder with an open file cannot be moved on Windows")
def test_a_folder_that_is_unmounted_while_it_is_read_deletes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.png", "b.png", "c/c.png"):
        file(world, name)
    sync(world).run()
    world.forget()
    files, digest = world.folder / "files", __import__("hashlib").file_digest

    def unmounting(file: Any, name: str) -> Any:
        found = digest(file, name)
        if files.exists():
            files.rename(world.folder / "away")
        return found

    monkeypatch.setattr("hashlib.file_digest", unmounting)
    for make in (lambda: sync(world, "2.job"), lambda: prune(world, max_delete="100%")):
        with pytest.raises((OSError, jobs.JobRefusedError)):
            make()
        (world.folder / "away").rename(files)
    assert world.effects() == []


def test_a_folder_that_is_unmounted_after_the_plan_replaces_and_deletes_nothing_else(world: World) -> None:
    for name in ("a.png", "b.png"):
        file(world, name)
    sync(world).run()
    world.forget()
    file(world, "a.png", b"new")
    (world.folder / "files" / "b.png").unlink()
    job = sync(world, "2.job", replace=True)
    (world.folder / "files").rename(world.folder / "away")
    assert job.run().counts["failed"] == 1
    assert world.effects() == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda world: world.direct.edit("b.png", metadata={"n": 1}), "its metadata was changed since the plan"),
        (lambda world: world.direct.edit("b.png", creator="bob"), "its creator was changed since the plan"),
        (lambda world: world.direct.delete("b.png"), "it was already gone"),
    ],
)
def test_what_others_change_after_the_plan_is_not_deleted(
    world: World, change: Callable[[World], Any], reason: str
) -> None:
    file(world, "a.png")
    file(world, "b.png")
    sync(world).run()
    (world.folder / "files" / "b.png").unlink()
    job = prune(world)
    change(world)
    world.forget()
    job.run()
    assert reasons(job) == {"b.png": reason}
    assert world.effects() == []


@needs_long_paths
def test_names_that_no_address_can_have_are_refused(world: World) -> None:
    file(world, "a.png")
    for name in ("config", "stats"):
        file(world, name)
    for number in range(5):
        file(world, f"{'d' * 250}/{'e' * 250}/{number}{'n' * 200}.png")
        file(world, "/".join([str(number) * 250] * 5))
    job = sync(world)
    assert dict(job.summary().refused) == {
        "its id is a name that the API has for something else": 2,
        "its id is empty or longer than 1,024 characters": 5,
    }
    assert job.run().counts["done"] == 6
    for number, prefix in enumerate(("../", "a/../b/", "./")):
        refused = sync(world, f"{number}.job", prefix=prefix, include=["a.png"])
        assert dict(refused.summary().refused) == {
            "a part of its id is . or .., so that no delivery URL leads to it": 1
        }


def test_files_that_are_no_images_are_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    file(world, "a.png")
    (world.folder / "files" / "notes.txt").write_text("notes", "utf-8")
    reason = "it is not an image in a format that the service accepts"
    assert sync(world).summary().refused == ((reason, 1),)

    def gone(path: Path) -> None:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr("cfimages.jobs.kinds.sync.check_image", gone)
    assert sync(world, "2.job").summary().refused == (("it cannot be read: No such file or directory", 2),)
