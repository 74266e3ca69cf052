"""Sync and prune: the account becomes what the folder is, nothing is sent twice, and nothing else is deleted."""

import errno
import hashlib
import os
import random
import re
from contextlib import suppress
from pathlib import Path

import pytest
from jobs.accounts import content, spoil_at_random
from jobs.disk import exported
from jobs.folders import file, prune, sync
from jobs.worlds import World, answered, garbled, lost_after, reasons, states
from pictures import PNG

from cfimages import APIError, InvalidArgumentError, jobs
from cfimages.jobs.kinds.sync import UNKNOWN


def test_a_folder_is_uploaded_once(world: World) -> None:
    file(world, "a.png")
    file(world, "deep/b c.png")
    file(world, ".hidden.png")
    job = sync(world, metadata={"n": 1}, creator="ada")
    assert (job.summary().requests, job.summary().notes, world.effects()) == (2, ("a sync cannot be undone",), [])
    assert job.run().finished
    image = world.direct.get("deep/b c.png")
    digest = hashlib.sha256(PNG).hexdigest()
    assert (image.meta, image.creator, image.filename) == ({"n": 1, "sha256": digest}, "ada", "b c.png")
    world.forget()
    again = sync(world, "2.job")
    assert set(reasons(again).values()) == {"it is there already"}
    assert again.run().finished
    assert jobs.resume(world.images, world.journal).run().finished
    assert world.effects() == []


def test_the_files_and_ids_that_are_wanted(world: World) -> None:
    for name in ("a.png", "b.jpg", "raw/c.png", "raw/deep/d.png"):
        file(world, name)
    sync(world, id="{stem}-{sha256:4}", prefix="x/{y}/", include=["*.png", "raw/**"], exclude=["raw/deep/*"]).run()
    digest = hashlib.sha256(PNG).hexdigest()[:4]
    assert world.ids() == [f"x/{{y}}/a-{digest}", f"x/{{y}}/c-{digest}"]


def test_what_was_changed_is_refused_or_replaced(world: World) -> None:
    file(world, "a.png")
    file(world, "b.txt")
    sync(world).run()
    world.forget()
    file(world, "a.png", b"new")
    (world.folder / "files" / "b.txt").write_bytes(b"no image")
    refused = sync(world, "2.job")
    reason = "it was changed, and an id cannot be overwritten: replace=True replaces its image"
    assert refused.summary().refused == ((reason, 2),)
    job = sync(world, "3.job", replace=True, backup=world.folder / "old")
    assert (
        reasons(job)["b.txt"] == "refused: it was changed, and it is not an image in a format that the service accepts"
    )
    assert job.summary().notes[1].startswith("1 are replaced: each address has no image")
    assert job.run().finished
    assert world.effects() == [("delete", "a.png"), ("upload", "a.png")]
    assert content(world, "a.png") == PNG + b"new"
    assert exported(world.folder / "old")["a.png"][1] == PNG
    assert sync(world, "4.job", replace=True).summary().left == 0


def test_a_backup_keeps_each_image_that_was_replaced(world: World) -> None:
    for number in range(3):
        file(world, "a.png", bytes([number]))
        sync(world, f"{number}.job", replace=True, backup=world.folder / "old").run()
    kept = list((world.folder / "old").rglob("*.png"))
    assert {path.read_bytes() for path in kept} == {PNG + bytes([0]), PNG + bytes([1])}
    assert len(kept) == len(list((world.folder / "old").rglob("*.json"))) == 2
    world.direct.delete("a.png")
    jobs.restore(world.images, world.folder / "restore.job", world.folder / "old").run()
    assert content(world, "a.png") == PNG + bytes([1])


def test_with_the_hash_in_the_id_a_change_is_a_new_image(world: World) -> None:
    options = {"id": "{path}-{sha256:8}"}
    file(world, "a.png")
    sync(world, **options).run()
    (old,) = world.ids()
    file(world, "a.png", b"new")
    sync(world, "2.job", **options).run()
    assert len(world.ids()) == 2
    prune(world, **options).run()
    (new,) = world.ids()
    assert new != old


def test_images_of_others_are_left_alone(world: World) -> None:
    file(world, "a.png")
    world.put("a.png", "theirs")
    job = sync(world, replace=True)
    assert job.summary().refused == (
        (
            UNKNOWN,
            1,
        ),
    )
    with pytest.raises(jobs.JobError, match="1 files of the folder are not in the account as they are: sync first"):
        prune(world)
    (world.folder / "files" / "a.png").unlink()
    file(world, "b.png")
    sync(world, "2.job").run()
    assert prune(world).summary().left == 0


@pytest.mark.parametrize("seen", ["metadata", "creator", "upload", "gone", "there"])
def test_what_others_change_after_the_plan_is_not_replaced(world: World, seen: str) -> None:
    file(world, "a.png")
    sync(world).run()
    path = file(world, "a.png", b"new")
    job = sync(world, "2.job", replace=True)
    if seen == "metadata":
        world.direct.edit("a.png", metadata={"sha256": "x", "n": 1})
    elif seen == "creator":
        world.direct.edit("a.png", creator="bob")
    else:
        world.direct.delete("a.png")
    if seen == "upload":
        world.put("a.png", metadata={"sha256": "x"})
    if seen == "there":
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        world.put("a.png", content=path.read_bytes(), metadata={"sha256": digest})
    world.forget()
    job.run()
    assert reasons(job) == {
        "a.png": {
            "metadata": "the image that it replaces was changed since the plan",
            "creator": "the image that it replaces was changed since the plan",
            "upload": "the image that it replaces was changed since the plan",
            "gone": None,
            "there": "it is there already",
        }[seen]
    }
    assert world.effects() == ([("upload", "a.png")] if seen == "gone" else [])


@pytest.mark.parametrize("request_", ["DELETE .*", "POST .*"])
def test_a_lost_answer_while_replacing_is_settled(world: World, request_: str) -> None:
    file(world, "a.png")
    sync(world).run()
    world.forget()
    file(world, "a.png", b"new")
    job = sync(world, "2.job", replace=True)
    world.spoil(request_, lost_after)
    assert job.run().counts["done"] == 1
    assert world.effects() == [("delete", "a.png"), ("upload", "a.png")]
    assert content(world, "a.png") == PNG + b"new"


def test_another_image_under_the_id_after_a_lost_answer_is_left_alone(world: World) -> None:
    file(world, "a.png")
    sync(world).run()
    file(world, "a.png", b"new")
    job = sync(world, "2.job", replace=True)

    def delete(request, send):
        send(request).read()
        world.put("a.png", metadata={"sha256": "x"})
        return lost_after(request, lambda request: __import__("httpx").Response(200))

    world.spoil("DELETE .*", delete)
    job.run()
    assert states(job) == {"a.png": "failed"}
    assert world.direct.get("a.png").meta == {"sha256": "x"}


def test_a_file_that_changes_after_the_plan_replaces_nothing(world: World) -> None:
    file(world, "a.png")
    sync(world).run()
    world.forget()
    file(world, "a.png", b"new")
    job = sync(world, "2.job", replace=True)
    file(world, "a.png", b"newer")
    job.run()
    assert reasons(job) == {"a.png": "the file was changed since the plan"}
    assert world.effects() == []


def test_a_file_that_changes_after_its_image_was_deleted_has_failed(world: World) -> None:
    """Else the job would look finished, and the address would have no image."""
    file(world, "a.png")
    sync(world).run()
    world.forget()
    file(world, "a.png", b"new")
    job = sync(world, "2.job", replace=True)
    world.spoil("POST .*", answered(400))
    job.run()
    file(world, "a.png", b"newer")
    job.run()
    assert states(job) == {"a.png": "failed"}
    assert reasons(job) == {"a.png": "its image is gone, and the file was changed since the plan: sync again"}
    assert sync(world, "3.job").run().counts["done"] == 1
    assert world.effects() == [("delete", "a.png"), ("upload", "a.png")]


def test_a_delete_that_was_answered_but_not_carried_out_is_noticed(world: World) -> None:
    """The upload behind it meets the old image, and the next run deletes that."""
    file(world, "a.png")
    sync(world).run()
    file(world, "a.png", b"new")
    world.forget()
    job = sync(world, "2.job", replace=True)
    said = b'{"success": true, "errors": [], "messages": [], "result": null}'
    world.spoil("DELETE .*", garbled("application/json", said, carried_out=False))
    job.run()
    assert reasons(job) == {"a.png": "its id is taken by another image, which differs in bytes"}
    job.run()
    assert states(job) == {"a.png": "done"}
    assert world.effects() == [("delete", "a.png"), ("upload", "a.png")]


def test_two_files_with_one_id_are_refused_although_one_is_there(world: World) -> None:
    file(world, "one/a.png")
    sync(world, id="{name}").run()
    file(world, "two/a.png", b"other")
    job = sync(world, "2.job", id="{name}", replace=True)
    assert job.summary().refused == (("two files have one id", 2),)
    with pytest.raises(jobs.JobError, match=r"two/a.png: has the same id as another file"):
        prune(world, id="{name}")


@pytest.mark.skipif(os.name == "nt", reason="files cannot have such names on Windows")
def test_names_that_are_hard(world: World) -> None:
    names = []
    for name in ["A.png", "a.png", "ä.png", "a\u0308.png", "x" * 250 + ".png", "..png/a.png", "con", "a#?b%.png"]:
        if not (world.folder / "files" / name).exists():  # as on macOS, where some of them are the same
            file(world, name, bytes([len(names)]))
            names.append(name)
    (world.folder / "files" / "loop").symlink_to(world.folder / "files")
    (world.folder / "files" / "self").symlink_to(world.folder / "files" / "self")
    job = sync(world)
    assert job.run().counts["done"] == len(names) - 1  # one begins with a dot
    assert {reason for reason, _ in job.summary().refused} == {"it is not a file"}
    for number, name in enumerate(names):
        if not name.startswith("."):
            assert content(world, name) == PNG + bytes([number])


def test_what_is_gone_from_the_folder_is_deleted(world: World) -> None:
    for name in ("a.png", "b.png", "c.png"):
        file(world, name)
    sync(world, prefix="p/").run()
    world.put("p/theirs", "other", metadata={"n": 1})
    world.put("q/ours", metadata={"sha256": "x"})
    (world.folder / "files" / "b.png").unlink()
    job = prune(world, prefix="p/", backup=world.folder / "old")
    assert states(job) == {"p/b.png": "planned"}
    job.run()
    assert world.effects() == [("delete", "p/b.png")]
    assert jobs.resume(world.images, job.path).undo(world.folder / "undo.job").run().finished
    assert "p/b.png" in world.ids()


def test_images_of_other_folders_are_only_looked_at_if_that_is_said(world: World) -> None:
    file(world, "a.png")
    other = world.folder / "other"
    other.mkdir()
    (other / "b.png").write_bytes(PNG)
    sync(world, prefix="a/").run()
    jobs.sync(world.images, world.folder / "2.job", other, prefix="b/").run()
    jobs.upload(world.images, world.folder / "3.job", other, id="{path}", sha256_key="sha256").run()
    world.forget()
    with pytest.raises(InvalidArgumentError, match=r"prefix='': images of other folders could not be told"):
        prune(world, everything=False)
    with pytest.raises(InvalidArgumentError, match="everything=True and prefix: leave one of them out"):
        prune(world, everything=True, prefix="a/")
    assert world.effects() == []
    assert prune(world, prefix="a/").summary().left == 0
    assert set(
        states(
            prune(world, "all.job", prefix="", everything=True, sha256_key="sha256", max_delete="100%", id="a/{path}")
        )
    ) == {
        "b/b.png",
        "b.png",
    }


def test_what_the_sync_has_uploaded_does_not_count_in_the_share(world: World) -> None:
    for number in range(4):
        file(world, f"{number}.png")
    sync(world, "old.job", prefix="p/").run()
    (world.folder / "files").rename(world.folder / "right")
    for number in range(10):
        file(world, f"wrong/{number}.png")
    sync(world, prefix="p/").run()
    world.forget()
    with pytest.raises(jobs.JobError, match="4 of 4 images would be deleted, and at most 2 may be"):
        prune(world, prefix="p/", syncs=[world.journal])
    for options, said in (
        ({"prefix": "q/"}, "prefix='q/': the sync had 'p/'"),
        ({"prefix": "p/", "id": "{name}"}, "id='{name}': the sync had '{path}'"),
    ):
        with pytest.raises(InvalidArgumentError, match=re.escape(said)):
            prune(world, "2.job", syncs=[world.journal], **options)
    with pytest.raises(InvalidArgumentError, match="is not the journal of a sync of this account"):
        prune(world, "2.job", syncs=[world.folder / "prune.job"], prefix="p/")
    assert world.effects() == []
    assert prune(world, "4.job", prefix="p/", syncs=[world.journal], max_delete=4).run().counts["done"] == 4


def test_what_was_replaced_or_there_counts_in_the_share(world: World) -> None:
    for name in ("a.png", "b.png", "c.png", "d.png"):
        file(world, name)
    sync(world, "old.job").run()
    file(world, "a.png", b"new")
    file(world, "new.png")
    (world.folder / "files" / "d.png").unlink()
    sync(world, replace=True).run()
    with pytest.raises(jobs.JobError, match="1 of 4 images would be deleted"):
        prune(world, syncs=[world.journal], max_delete="24%")
    assert states(prune(world, "2.job", syncs=[world.journal], max_delete="25%")) == {"d.png": "planned"}


def test_a_wrong_folder_that_was_synced_more_than_once_deletes_nothing(world: World) -> None:
    for number in range(4):
        file(world, f"{number}.png")
    sync(world, "old.job", prefix="p/").run()
    (world.folder / "files").rename(world.folder / "right")
    for number in range(10):
        file(world, f"wrong/{number}.png")
    sync(world, "1.job", prefix="p/").run()
    sync(world, "2.job", prefix="p/").run()
    syncs = [world.folder / "1.job", world.folder / "2.job"]
    with pytest.raises(jobs.JobError, match="4 of 4 images would be deleted, and at most 2 may be"):
        prune(world, prefix="p/", syncs=syncs)


def test_what_the_syncs_of_the_folder_have_uploaded_is_counted_apart(world: World) -> None:
    for number in range(4):
        file(world, f"{number}.png")
    sync(world).run()
    (world.folder / "files" / "0.png").unlink()
    assert states(prune(world, syncs=[world.journal], max_delete="25%")) == {"0.png": "planned"}
    (world.folder / "files" / "1.png").unlink()
    with pytest.raises(jobs.JobError, match="2 of 4 images would be deleted, and at most 1 may be"):
        prune(world, "2.job", syncs=[world.journal], max_delete="25%")


@pytest.mark.parametrize("id", ["{path}", "{path}-{sha256:8}"])
def test_images_of_files_that_patterns_leave_out_are_kept(world: World, id: str) -> None:
    for name in ("a.png", "raw/b.png", "raw/gone.png"):
        file(world, name)
    sync(world, id=id).run()
    world.forget()
    (world.folder / "files" / "raw" / "gone.png").unlink()
    file(world, "raw/never.png")
    (world.folder / "files" / "raw" / "empty.png").touch()
    job = prune(world, id=id, exclude=["raw/*"])
    assert [key[:12] for key in states(job)] == ["raw/gone.png"]
    (world.folder / "files" / "raw" / "b.png").unlink()
    assert prune(world, "2.job", id=id, include=["a.png"], max_delete="100%").summary().left == 2
    file(world, "raw/gone.png")
    job.run()
    assert set(reasons(job).values()) == {"its file has come back"}
    assert world.effects() == []


def test_a_file_that_is_left_out_and_cannot_be_read_keeps_its_image(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    file(world, "a.png")
    file(world, "raw/b.png")
    sync(world).run()
    sync(world, "hash.job", prefix="h/", id="{path}-{sha256:8}").run()
    world.forget()
    is_file = Path.is_file

    def closed(path: Path) -> bool:
        if path.name == "b.png":
            raise PermissionError(errno.EACCES, "Permission denied")
        return is_file(path)

    monkeypatch.setattr(Path, "is_file", closed)
    only = {"exclude": ["raw/*"], "max_delete": "100%"}
    assert set(states(prune(world, **only))) == {key for key in world.ids() if key.startswith("h/")}
    with pytest.raises(jobs.JobError, match=r"raw/b.png: .*it cannot be read: Permission denied: nothing is deleted"):
        prune(world, "2.job", **only, prefix="h/", id="{path}-{sha256:8}")


def test_what_is_gone_is_known_before_the_sync(world: World) -> None:
    for name in ("a.png", "raw/b.png", "c.png"):
        file(world, name)
    sync(world, prefix="p/").run()
    world.put("p/theirs", metadata={"n": 1})
    world.put("q/theirs", metadata={"sha256": "x"})
    (world.folder / "files" / "a.png").unlink()
    file(world, "new.png")
    world.forget()
    assert list(jobs.gone(world.images, world.folder / "files", prefix="p/", exclude=["raw/*"])) == ["p/a.png"]
    with pytest.raises(jobs.JobError, match="has no files: is it mounted"):
        jobs.gone(world.images, world.folder / "files", include=["none"])
    options = {"prefix": "p/", "include": ["none"], "allow_empty": True}
    assert list(jobs.gone(world.images, world.folder / "files", **options)) == ["p/a.png"]
    assert world.effects() == []


def test_what_comes_back_is_kept(world: World) -> None:
    file(world, "a.png")
    file(world, "b.png")
    sync(world).run()
    world.forget()
    (world.folder / "files" / "b.png").unlink()
    job = prune(world)
    file(world, "b.png", b"new")
    job.run()
    assert reasons(job) == {"b.png": "its file has come back"}
    assert world.effects() == []


def test_nothing_is_deleted_if_the_folder_looks_wrong(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(10):
        file(world, f"{number}.png")
    sync(world).run()
    world.forget()
    files = world.folder / "files"
    for number in range(6):
        (files / f"{number}.png").unlink()
    with pytest.raises(jobs.JobError, match="6 of 10 images would be deleted, and at most 5 may be"):
        prune(world, "1.job")
    with pytest.raises(jobs.JobError, match="at most 3 may be"):
        prune(world, "2.job", max_delete=3)
    (files / "7.png").write_bytes(b"")
    with pytest.raises(jobs.JobError, match=r"7.png: refused: it is empty: nothing is deleted"):
        prune(world, "3.job")
    file(world, "7.png", b"new")
    with pytest.raises(jobs.JobError, match="1 files of the folder are not in the account as they are"):
        prune(world, "4.job")
    file(world, "7.png")
    job = prune(world, "5.job", max_delete="60%")
    files.rename(world.folder / "away")
    with pytest.raises(FileNotFoundError):
        job.run()
    files.mkdir()
    with pytest.raises(jobs.JobError, match="has no files: is it mounted"):
        job.run()
    with pytest.raises(jobs.JobError, match="has no files: is it mounted"):
        prune(world, "6.job", max_delete="100%")
    assert world.effects() == []
    assert prune(world, "7.job", max_delete="100%", allow_empty=True).run().counts["done"] == 10


def test_a_folder_that_is_unmounted_in_the_middle_is_an_error(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    file(world, "a/a.png")
    file(world, "b/b.png")
    sync(world).run()
    world.forget()
    scandir = __import__("os").scandir

    def scan(path: Path):
        if Path(path).name == "b":
            raise OSError(errno.EIO, "Input/output error")
        return scandir(path)

    monkeypatch.setattr("os.scandir", scan)
    for make in (lambda: sync(world, "2.job"), lambda: prune(world)):
        with pytest.raises(OSError, match="Input/output"):
            make()
    assert world.effects() == []


def test_arguments_that_are_wrong_are_refused(world: World) -> None:
    with pytest.raises(InvalidArgumentError, match="does not exist"):
        sync(world)
    file(world, "a.png")
    for options, said in (
        ({"id": "x"}, "would be the same for all files"),
        ({"prefix": 1}, "prefix=1: must be text"),
        ({"prefix": "\udcff"}, "prefix=.*not valid Unicode text"),
        ({"sha256_key": ""}, "must not be empty"),
        ({"include": "*.png"}, "must be several patterns"),
        ({"backup": "x"}, "backup: is for replace=True"),
    ):
        with pytest.raises(InvalidArgumentError, match=said):
            sync(world, **options)
    with pytest.raises(InvalidArgumentError, match=r"syncs='the.job': must be several journals"):
        prune(world, syncs="the.job")
    for most in ("x", "101%", -1, True, None):
        with pytest.raises(InvalidArgumentError, match=r"max_delete=.*: must be a number, or a share"):
            prune(world, max_delete=most)
    assert (world.wire.lines, world.journal.exists()) == ([], False)
    job = sync(world)
    with pytest.raises(InvalidArgumentError, match=r"prefix='x/': .* was planned with"):
        sync(world, prefix="x/")
    with pytest.raises(jobs.JobError, match="of the kind sync cannot be undone"):
        job.undo(world.folder / "undo.job")


@pytest.mark.parametrize(
    "seed",
    [
        0,
        *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 7)),
        *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(7, 13)),
    ],
)
def test_the_account_becomes_the_folder(world: World, seed: int) -> None:
    """Random trees that change, faults, and journals that are lost."""
    chance = random.Random(seed)
    world.put("theirs", "p/theirs", metadata={"n": 1})
    template = chance.choice(["{path}", "{path}-{sha256:8}"])
    options = {"id": template, "prefix": "p/"}
    names = [f"{chance.choice(['', 'ü/', 'a/b c/'])}{number}.png" for number in range(15)]
    model: dict[str, bytes] = {}
    for step in range(4):
        for name in chance.sample(names, 6):
            if name in model and chance.random() < 0.5:
                (world.folder / "files" / name).unlink()
                del model[name]
            else:
                more = bytes([chance.randrange(4)])
                file(world, name, more)
                model[name] = PNG + more
        spoil_at_random(world, chance)
        world.spoil("DELETE .*", chance.choice([lost_after, answered(500)]), after=chance.randrange(3))
        for attempt in range(2):
            with suppress(APIError, jobs.JobError):
                sync(world, f"{step}-{attempt}.job", replace=True, **options).run(workers=2, stop_after=None)
                prune(world, f"prune-{step}-{attempt}.job", max_delete="100%", **options).run(
                    workers=2, stop_after=None
                )
        world.rules.clear()
        sync(world, f"{step}-last.job", replace=True, **options).run()
        prune(world, f"prune-{step}-last.job", max_delete="100%", allow_empty=True, **options).run()
        ids = [id for id in world.ids() if not id.endswith("theirs")]
        assert len(ids) == len(model)
        digests = {name: hashlib.sha256(bytes_).hexdigest()[:8] for name, bytes_ in model.items()}
        for name, bytes_ in model.items():
            assert (
                content(world, "p/" + template.replace("{path}", name).replace("{sha256:8}", digests[name])) == bytes_
            )
        world.forget()
        assert sync(world, f"{step}-again.job", replace=True, **options).run().counts["done"] == 0
        assert world.effects() == []
    assert {"theirs", "p/theirs"} <= set(world.ids())
