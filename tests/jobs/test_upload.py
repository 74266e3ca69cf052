"""Uploading: what is planned and refused, ids, reserved addresses, and what is made of lost answers."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from jobs.worlds import World, answered, lost_after, lost_before, reasons, states
from pictures import PNG
from systems import is_private, needs_links, needs_names_that_are_no_text

from cfimages import InvalidArgumentError, jobs


def file(world: World, name: str, content: bytes = PNG) -> Path:
    path = world.folder / "files" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def upload(world: World, source: Any = None, **options: Any) -> jobs.Job:
    return jobs.upload(world.images, world.journal, world.folder / "files" if source is None else source, **options)


def test_a_folder_is_uploaded_with_its_paths_as_ids(world: World) -> None:
    file(world, "a.png")
    file(world, "deep/er/b.png")
    file(world, ".hidden/c.png")
    file(world, ".d.png")
    job = upload(world, id="{path}", metadata={"from": "disk"}, creator="ada")
    assert (world.effects(), job.summary().requests) == ([], 2)
    job.run()
    assert world.ids() == ["a.png", "deep/er/b.png"]
    image = world.direct.get("deep/er/b.png")
    assert (image.filename, image.meta, image.creator) == ("b.png", {"from": "disk"}, "ada")


def test_ids_are_made_from_names_and_hashes(world: World) -> None:
    digest = hashlib.sha256(PNG).hexdigest()
    file(world, "cat.png")
    upload(world, id="x/{stem}-{sha256:16}{suffix}", sha256_key="hash").run()
    (image,) = world.direct.list()
    assert (image.id, image.meta) == (f"x/cat-{digest[:16]}.png", {"hash": digest})


@pytest.mark.parametrize("field", ["id", "creator", "filename"])
def test_a_field_of_a_source_that_is_not_text_is_refused(field: str) -> None:
    for value in ("\udcff", 7):
        with pytest.raises(InvalidArgumentError, match=f"{field}=.*(string|text)"):
            jobs.Source("a.png", **{field: value})


def test_sources_have_fields_of_their_own(world: World) -> None:
    one, two = file(world, "1.png"), file(world, "2.png")
    sources = [
        jobs.Source(one, id="one", metadata={"n": 1}, creator="ada", filename="uno.png"),
        two,
        str(two),
    ]
    job = upload(world, sources, metadata=lambda path: {"stem": path.stem}, creator=lambda path: f"of {path.name}")
    assert len(list(job.items())) == 2
    job.run()
    one_image = world.direct.get("one")
    assert (one_image.filename, one_image.meta, one_image.creator) == ("uno.png", {"n": 1}, "ada")
    (other,) = (image for image in world.direct.list() if image.id != "one")
    assert (other.filename, other.meta, other.creator) == ("2.png", {"stem": "2"}, "of 2.png")


def test_without_ids_of_ones_own_each_is_reserved_first(world: World) -> None:
    file(world, "a.png")
    job = upload(world, metadata={"n": 1}, require_signed_urls=True)
    assert job.summary().requests == 2
    job.run()
    ((_, reserved), (_, completed)) = world.effects()
    assert reserved == completed
    image = world.direct.get(completed)
    assert (image.meta, image.filename, image.require_signed_urls, image.draft) == ({"n": 1}, "a.png", True, False)
    (item,) = job.items("done")
    assert item.result == {"id": completed}


def test_without_reserving_the_summary_says_what_is_risked(world: World) -> None:
    file(world, "a.png")
    job = upload(world, reserve=False)
    assert (job.summary().requests, len(job.summary().notes)) == (1, 1)
    world.spoil("POST .*", lost_after)
    assert job.run().counts["in_doubt"] == 1
    assert job.run().counts["in_doubt"] == 1
    assert len(world.effects()) == 1


@needs_links
def test_what_cannot_be_uploaded_is_refused_before_any_request(world: World) -> None:
    file(world, "empty.png", b"")
    file(world, "large.png", bytes(10 * 1024 * 1024 + 1))
    file(world, "uuid-107b9558-dd06-4bbd-5fef-9c2c16bb7900")
    file(world, "ok.png")
    file(world, "notes.txt", b"not an image")
    (world.folder / "files" / "gone.png").symlink_to("nowhere")
    (world.folder / "files" / "loop").symlink_to(".")
    sources = sorted((world.folder / "files").iterdir())
    job = upload(
        world,
        [
            *sources,
            jobs.Source(sources[0].parent / "ok.png", id="x" * 1025),
            jobs.Source(sources[0].parent / "ok.png", id="/x"),
            jobs.Source(sources[0].parent / "ok.png", id="107b9558-dd06-4bbd-5fef-9c2c16bb7900"),
            jobs.Source(sources[0].parent / "ok.png", id="meta", metadata={"x": "y" * 1024}),
            jobs.Source(sources[0].parent / "ok.png", id="none", metadata={"x": object()}),
            jobs.Source(sources[0].parent / "ok.png", id="half", metadata={"x": "\udcff"}),
            jobs.Source(sources[0].parent / "ok.png", id="creator", creator="y" * 1025),
        ],
    )
    assert dict(job.summary().refused) == {
        "it is empty": 1,
        "it is larger than 10 MB": 1,
        "it is not a file": 2,
        "it is not an image in a format that the service accepts": 1,
        "its id is empty or longer than 1,024 characters": 1,
        "its id begins or ends with a slash, or is only dots": 1,
        "its id is a UUID, which only the service can give": 1,
        "its metadata is longer than 1,024 bytes": 1,
        "its metadata cannot be written as JSON": 2,
        "its creator is longer than 1,024 characters": 1,
    }
    assert job.summary().left == 2
    assert world.wire.lines == []


@pytest.mark.parametrize(
    ("begin", "takes"),
    [
        (PNG, True),
        (b"\xff\xd8\xff\xe0", True),
        (b"GIF89a", True),
        (b"RIFF....WEBPVP8 ", True),
        (b"\0\0\0\x1cftypheic", True),
        (b"\0\0\0\x1cftypavif", True),
        (b"<?xml version='1.0'?>", True),
        (b"\xef\xbb\xbf<!-- a drawing -->\n<svg", True),
        ("\ufeff<svg".encode("utf-16-le"), True),
        (b"\0\0\0\x1cftypqt  ", False),
        (b"RIFF....WAVEfmt ", False),
        (b"<!doctype html>", False),
        (b"x", False),
    ],
)
def test_formats_are_told_from_the_first_bytes(world: World, begin: bytes, takes: bool) -> None:
    file(world, "a", begin)
    assert bool(upload(world).summary().left) == takes


def test_patterns_choose_files_of_a_folder(world: World) -> None:
    for name in ("a.png", "a.txt", "b/c.png", "b/Thumbs.db", "b/d/e.jpg"):
        file(world, name)
    job = upload(world, include=["**/*.png", "b/**"], exclude=["**/Thumbs.db", "a.*"])
    assert states(job).keys() == {"b/c.png", "b/d/e.jpg"}
    assert states(jobs.resume(world.images, world.journal)) == states(job)
    with pytest.raises(InvalidArgumentError, match=r"exclude=.*was planned with exclude="):
        upload(world, include=["**/*.png", "b/**"])


def test_a_private_image_cannot_have_an_id_of_its_own(world: World) -> None:
    path = file(world, "a.png")
    job = upload(world, [jobs.Source(path, id="a")], require_signed_urls=True)
    assert dict(job.summary().refused) == {"an image with an id of your own cannot be private": 1}


@needs_names_that_are_no_text
def test_a_file_that_cannot_be_read_or_named_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    file(world, "a.png")
    (world.folder / "files" / "b\udcff.png").write_bytes(PNG)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("hashlib.file_digest", refuse)
    job = upload(world)
    assert reasons(job) == {
        "a.png": "refused: it cannot be read: Permission denied",
        "b\\xff.png": "refused: its name is not text",
    }


def test_files_that_have_one_id_are_all_refused(world: World) -> None:
    for folder in "abc":
        file(world, f"{folder}/same.png")
    file(world, "other.png")
    job = upload(world, id="{name}")
    assert states(job) == {
        "a/same.png": "skipped", "b/same.png": "skipped", "c/same.png": "skipped", "other.png": "planned",
    }  # fmt: skip
    assert dict(job.summary().refused) == {"two files have one id": 3}


def test_a_file_that_changes_after_the_plan_is_skipped(world: World) -> None:
    longer, other, gone = file(world, "longer.png"), file(world, "other.png"), file(world, "gone.png")
    job = upload(world, id="{path}")
    longer.write_bytes(PNG * 2)
    other.write_bytes(PNG[:-1] + b"x")
    gone.unlink()
    job.run()
    assert states(job) == {"longer.png": "skipped", "other.png": "skipped", "gone.png": "failed"}
    assert world.effects() == []


@pytest.mark.parametrize("sha256_key", [None, "hash"])
def test_an_id_that_is_taken_is_compared(world: World, sha256_key: str | None) -> None:
    digest = {"hash": hashlib.sha256(PNG).hexdigest()} if sha256_key else None
    file(world, "same.png")
    file(world, "other.png")
    world.put("same.png", filename="same.png", metadata=digest)
    world.put("other.png", content=PNG + b"x", filename="other.png")
    world.direct.direct_upload(id="draft.png")
    file(world, "draft.png")
    world.forget()
    job = upload(world, id="{path}", sha256_key=sha256_key)
    job.run()
    assert reasons(job) == {
        "same.png": "it is there already",
        "other.png": f"its id is taken by another image, which differs in {'metadata' if sha256_key else 'bytes'}",
        "draft.png": "its id is taken by a draft",
    }
    assert states(job)["same.png"] == "skipped"
    assert world.effects() == []


def test_the_fields_in_which_an_image_with_the_same_id_differs_are_named(world: World) -> None:
    for name in ("meta.png", "all.png", "same.png"):
        file(world, name)
    world.put("same.png", filename="same.png", metadata={"n": 1}, creator="ada")
    world.put("meta.png", filename="meta.png", metadata={"n": True}, creator="ada")
    world.put("all.png", filename="other.png")
    world.forget()
    job = upload(world, id="{path}", metadata={"n": 1}, creator="ada")
    job.run()
    assert reasons(job) == {
        "all.png": "its id is taken by another image, which differs in filename, creator, metadata",
        "meta.png": "its id is taken by another image, which differs in metadata",
        "same.png": "it is there already",
    }
    assert world.effects() == []


def test_a_name_that_a_form_escapes_is_the_same(world: World) -> None:
    for name in ('12" disc.png', "two\nlines.png"):
        file(world, name)
    assert upload(world, id="{path}").run().counts["done"] == 2
    again = jobs.upload(world.images, world.folder / "2.job", world.folder / "files", id="{path}")
    again.run()
    assert set(reasons(again).values()) == {"it is there already"}


def test_a_name_whose_backslashes_a_form_has_doubled_is_the_same(world: World) -> None:
    path = file(world, "a.png")
    world.put("a", content=path.read_bytes(), filename="b\\\\a\x1b.png")
    job = jobs.upload(world.images, world.journal, [jobs.Source(path, id="a", filename="b\\a\x1b.png")])
    job.run()
    assert set(reasons(job).values()) == {"it is there already"}


def test_a_hash_in_the_metadata_stands_for_the_bytes(world: World) -> None:
    for name in ("bytes.png", "both.png"):
        file(world, name)
        world.put(name, filename=name, metadata={"hash": "0" * 64, "n": 1 if name == "bytes.png" else 2})
    world.forget()
    job = upload(world, id="{path}", metadata={"n": 1}, sha256_key="hash")
    job.run()
    taken = "its id is taken by another image, which differs in"
    assert reasons(job) == {"bytes.png": f"{taken} bytes", "both.png": f"{taken} metadata, bytes"}
    assert world.effects() == []


def test_ids_that_are_taken_do_not_stop_a_job(world: World) -> None:
    for number in range(30):
        file(world, f"{number:02}.png")
        if number != 29:
            world.put(f"{number:02}.png", metadata={"by": "somebody"})
    world.forget()
    report = upload(world, id="{path}").run(workers=1, stop_after=4)
    assert (report.counts["failed"], report.counts["done"]) == (29, 1)
    assert world.effects() == [("upload", "29.png")]


@pytest.mark.parametrize("sha256_key", [None, "hash"])
def test_a_lost_answer_is_asked_about(world: World, sha256_key: str | None) -> None:
    file(world, "after.png")
    file(world, "before.png")
    job = upload(world, id="{path}", sha256_key=sha256_key)
    world.spoil("POST .*", lost_after, after=0)
    world.spoil("POST .*", lost_before, after=0)
    job.run()
    assert set(states(job).values()) == {"done"}
    assert sorted(world.effects()) == [("upload", "after.png"), ("upload", "before.png")]


def test_a_near_copy_after_a_lost_answer_stays_in_doubt(world: World) -> None:
    file(world, "a.png")
    job = upload(world, id="{path}")
    world.spoil("POST .*", answered(502))

    def taken(request, send):
        world.direct.upload(PNG + b"x", id="a.png", filename="a.png")
        return answered(502)(request, send)

    world.rules.clear()
    world.spoil("POST .*", taken)
    assert job.run().counts["in_doubt"] == 1


def test_an_id_that_is_taken_and_not_there_fails(world: World) -> None:
    file(world, "a.png")
    job = upload(world, id="{path}")
    world.spoil("POST .*", answered(409, 5409))
    job.run()
    assert reasons(job) == {"a.png": "its id is taken, but there is no such image"}
    file(world, "a.png")
    job = jobs.upload(world.images, world.folder / "2.job", world.folder / "files", reserve=False)
    world.spoil("POST .*", answered(409, 5409))
    job.run()
    assert set(states(job).values()) == {"failed"}


@pytest.mark.parametrize("what", ["POST .*/direct_upload", "POST /upload/.*"])
@pytest.mark.parametrize("spoil", [lost_before, lost_after], ids=["before", "after"])
def test_a_lost_answer_of_a_reserved_upload_is_asked_about(world: World, what: str, spoil: Any) -> None:
    file(world, "a.png")
    job = upload(world)
    world.spoil(what, spoil)
    job.run()
    assert set(states(job).values()) == {"done"}
    assert len(world.effects("complete")) == len(world.ids()) == 1
    assert len(world.effects("reserve")) <= (2 if "direct" in what else 1)


def test_an_address_that_is_over_is_replaced_by_a_new_one(world: World) -> None:
    file(world, "a.png")
    job = upload(world)
    world.spoil("POST /upload/.*", answered(410, 5400))
    job.run()
    assert set(states(job).values()) == {"done"}
    assert [effect[0] for effect in world.effects()] == ["reserve", "reserve", "complete"]


def test_a_draft_that_is_gone_after_a_lost_answer_is_replaced(world: World) -> None:
    file(world, "a.png")
    job = upload(world)

    def gone(request, send):
        world.direct.delete(world.effects("reserve")[0][1])
        return lost_before(request, send)

    world.spoil("POST /upload/.*", gone)
    job.run()
    assert set(states(job).values()) == {"done"}
    assert len(world.effects("reserve")) == 2


def test_addresses_that_are_always_over_fail(world: World) -> None:
    file(world, "a.png")
    job = upload(world)
    world.spoil("POST /upload/.*", answered(404, 5404), times=2)
    job.run()
    assert reasons(job) == {"a.png": "two reserved addresses in a row had expired"}


def test_an_address_that_was_used_is_asked_about(world: World) -> None:
    """The first request is carried out only when the second one comes."""
    file(world, "a.png")
    job = upload(world)

    def late(request, send):
        send(request).read()
        return answered(409, 5409)(request, send)

    world.spoil("POST /upload/.*", late)
    job.run()
    assert set(states(job).values()) == {"done"}
    file(world, "b.png")
    job = jobs.upload(world.images, world.folder / "2.job", [world.folder / "files" / "b.png"])
    world.spoil("POST /upload/.*", answered(409, 5409))
    job.run()
    assert set(states(job).values()) == {"in_doubt"}


def test_an_address_that_refuses_the_file_fails_the_item(world: World) -> None:
    file(world, "a.png", b"<?xml")
    job = upload(world)
    job.run()
    (reason,) = reasons(job).values()
    assert "Unsupported image format" in (reason or "")
    assert "/upload/" not in (reason or "")


def test_the_address_is_nowhere_but_in_the_journal_which_only_its_owner_reads(world: World) -> None:
    file(world, "a.png")
    job = upload(world)
    world.spoil("POST /upload/.*", answered(400, 5400))
    job.run()
    (item,) = job.items()
    assert "/upload/" in item.note["address"]
    assert item.note["address"] not in str(job.report()) + str(job.summary()) + str(reasons(job))
    assert is_private(world.journal)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"id": "same"}, "the same for all"),
        ({"id": "{unheard}"}, "has {unheard}"),
        ({"id": "{path.__class__}"}, "use {path}"),
        ({"id": "{name!r}"}, "has {name}"),
        ({"id": "{name:5}"}, "can be cut"),
        ({"id": "{sha256:65}"}, "can be cut"),
        ({"id": "{"}, "is not a template"),
        ({"id": "{name}", "require_signed_urls": True}, "cannot be private"),
        ({"source": "/nowhere/at/all"}, "does not exist"),
        ({"source": 7}, "must be a folder"),
        ({"source": [7]}, "neither a Source nor a path"),
        ({"metadata": [1]}, "must be a mapping"),
        ({"metadata": {"a": object()}}, "JSON"),
        ({"metadata": {"a": "\udcff"}}, "JSON"),
        ({"creator": 7}, "must be a string"),
        ({"creator": "\udcff"}, "creator=.*not valid Unicode text"),
        ({"id": "\udcff{path}"}, "id=.*not valid Unicode text"),
        ({"sha256_key": "\udcff"}, "sha256_key=.*not valid Unicode text"),
        ({"include": "*.png"}, "must be several patterns"),
        ({"source": [], "exclude": ["*.png"]}, "need a folder as source"),
    ],
)
def test_arguments_that_cannot_be_used_are_refused(world: World, options: dict, problem: str) -> None:
    file(world, "a.png")
    with pytest.raises(InvalidArgumentError, match=problem):
        upload(world, **options)
    assert world.wire.lines == []


def test_planning_goes_on_where_it_was(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cfimages.jobs.kinds.upload.CHUNK", 2)
    for name in ("a/1.png", "a/2.png", "a.png", "b/3.png", "c.png"):
        file(world, name)
    add = jobs.journal.Journal.add

    def once(self: Any, items: Any, position: Any) -> None:
        add(self, items, position)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("cfimages.jobs.journal.Journal.add", once)
        with pytest.raises(KeyboardInterrupt):
            upload(world, id="{path}")
    job = jobs.resume(world.images, world.journal)
    assert list(states(job)) == ["a/1.png", "a/2.png", "a.png", "b/3.png", "c.png"]


@pytest.mark.parametrize("what", ["sources", "function"])
def test_planning_that_needs_its_caller_says_so(world: World, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    monkeypatch.setattr("cfimages.jobs.kinds.upload.CHUNK", 1)
    paths = [file(world, "a.png"), file(world, "b.png"), file(world, "c.png")]
    options: dict[str, Any] = {"metadata": lambda path: {"n": path.name}} if what == "function" else {"source": paths}
    with monkeypatch.context() as patch:
        patch.setattr("cfimages.jobs.journal.Journal.end_planning", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            upload(world, **options)
    with pytest.raises(jobs.JobError, match="the plan is not complete"):
        jobs.resume(world.images, world.journal)
    if what == "sources":
        with pytest.raises(InvalidArgumentError, match=r"^(ids|source): not what the journal was planned with"):
            upload(world, paths[:1])
        with pytest.raises(InvalidArgumentError, match=r"^(ids|source): not what the journal was planned with"):
            upload(world, [*reversed(paths), paths[0]])
    assert upload(world, **options).run().counts["done"] == 3


def test_a_source_with_an_id_of_its_own_takes_one_request(world: World) -> None:
    (one, two) = (world.folder / name for name in ("one.png", "two.png"))
    for path in (one, two):
        path.write_bytes(PNG + path.name.encode())
    job = jobs.upload(world.images, world.journal, [jobs.Source(one, id="one"), two])
    assert job.summary().requests == 3
    job.run()
    assert len(world.wire.lines) == 3
    assert str(job.summary()).splitlines()[1] == "  no requests"
    job = jobs.upload(world.images, world.folder / "single.job", [jobs.Source(one, id="single")])
    assert str(job.summary()).splitlines()[1].startswith("  1 request, ")


def test_what_was_refused_is_named(world: World) -> None:
    folder = world.folder / "photos"
    folder.mkdir()
    for name in "abcde":
        (folder / f"{name}.txt").write_text("text", "utf-8")
    job = jobs.upload(world.images, world.journal, folder, id="{path}")
    summary = job.summary()
    ((reason, count),) = summary.refused
    assert (count, summary.examples) == (5, {reason: ("a.txt", "b.txt", "c.txt")})
    line = '    a.txt, b.txt, c.txt and 2 more: job.items("skipped")'
    assert line in str(summary).splitlines()
    assert line in str(job.run()).splitlines()


def test_what_is_there_already_is_not_named(world: World) -> None:
    folder = world.folder / "photos"
    folder.mkdir()
    (folder / "a.png").write_bytes(PNG)
    jobs.sync(world.images, world.folder / "1.job", folder).run()
    report = jobs.sync(world.images, world.folder / "2.job", folder).run()
    assert report.examples == {}
    assert str(report).splitlines()[-1] == "  skipped 1: it is there already"


def test_a_folder_without_files_says_so(world: World) -> None:
    folder = world.folder / "empty"
    folder.mkdir()
    job = jobs.upload(world.images, world.journal, folder)
    assert job.summary().nothing == "the folder has no files"
    with pytest.raises(InvalidArgumentError, match=r"none': does not exist$"):
        jobs.upload(world.images, world.journal, world.folder / "none")


def test_an_id_that_is_taken_fails_again(world: World) -> None:
    world.put("a.png", content=PNG + b"other")
    folder = world.folder / "photos"
    folder.mkdir()
    (folder / "a.png").write_bytes(PNG)
    job = jobs.upload(world.images, world.journal, folder, id="{path}")
    assert job.run().final == 1
    world.images.delete("a.png")
    report = job.run()
    assert (report.final, report.counts["done"]) == (0, 1)
