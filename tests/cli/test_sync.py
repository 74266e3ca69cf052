"""`cfimages sync`: what it uploads, replaces and deletes, and what it refuses to delete."""

import shlex
import subprocess

import pytest
from cli.conftest import Shell, Spoil
from pictures import PNG
from systems import needs_modes, needs_patch


def test_a_folder_is_synced(shell: Shell) -> None:
    folder = shell.files("a.png", "sub/b c.png", "raw/c.png")
    words = ("sync", folder, "--prefix", "p/", "--exclude", "raw/*", "--meta", "n=1", "--creator", "ada")
    assert "2 to do" in shell(*words, "--dry-run", "--delete", check=0).err
    assert shell.ids() == []
    rows = shell(*words, "--yes", check=0).rows
    assert {row["id"] for row in rows} == {"p/a.png", "p/sub/b c.png"}
    assert (shell.meta("p/a.png") or {})["n"] == 1
    before = shell.sent()
    assert shell(*words, "--yes", check=0).rows == []
    assert {entry.method for entry in shell.sent_since(before)} <= {"GET"}


def test_changes_and_deletes(shell: Shell) -> None:
    folder = shell.files("a.png", "b.png", "c.png")
    shell("sync", folder, "--yes", check=0)
    (folder / "a.png").write_bytes(PNG + b"new")
    (folder / "b.png").unlink()
    words = ["sync", str(folder), "--delete", "--everything", "--yes"]
    ran = shell(*words, check=4)  # nothing was changed
    assert "it was changed, and an id cannot be overwritten: --replace replaces its image" in ran.err
    assert "Nothing was deleted, because not all of the sync is done. To replace, sync and delete:" in ran.err
    assert shlex.split(ran.err.splitlines()[-1]) == ["cfimages", *words, "--replace"]
    assert len(shell.ids()) == 3
    ran = shell("sync", folder, "--yes", "--delete", "--everything", "--replace", "--max-delete", "0", check=3)
    assert "at most 0 may be: is it the right folder? If so, --max-delete 1 allows it" in ran.err
    assert len(shell.ids()) == 3
    shell("sync", folder, "--delete", "--everything", "--replace", check=4)  # there is nobody to ask
    shell("sync", folder, "--yes", "--delete", "--everything", "--replace", "--backup", "old", check=0)
    assert shell.ids() == ["a.png", "c.png"]
    (done,) = (row for row in shell("jobs", "list").rows if (row["kind"], row["done"]) == ("prune", 1))
    shell("jobs", "undo", done["job"], "--yes", check=0)
    assert shell.ids() == ["a.png", "b.png", "c.png"]


def test_a_sync_alone_says_nothing_of_deletes(shell: Shell) -> None:
    folder = shell.files("a.png")
    shell("sync", folder, "--yes", check=0)
    (folder / "a.png").write_bytes(PNG + b"new")
    ran = shell("sync", folder, "--yes", check=1)
    assert "cannot be overwritten" in ran.err
    assert "delete" not in ran.err.lower()


def test_a_journal_that_cannot_be_read_holds_no_delete_up(shell: Shell) -> None:
    folder = shell.files("a.png", "b.png")
    shell("sync", folder, "--yes", check=0)
    shell.journals()[0].with_name("broken.job").write_text("no journal", "utf-8")
    (folder / "b.png").unlink()
    shell("sync", folder, "--yes", "--delete", "--everything", check=0)
    assert shell.ids() == ["a.png"]


def test_an_empty_folder_deletes_nothing(shell: Shell) -> None:
    folder = shell.files("a.png")
    shell("sync", folder, "--yes", check=0)
    (folder / "a.png").unlink()
    assert "is it mounted" in shell("sync", folder, "--yes", "--delete", "--everything", check=4).err
    assert shell.ids() == ["a.png"]
    shell("sync", folder, "--yes", "--delete", "--everything", "--allow-empty", "--max-delete", "100%", check=0)
    assert shell.ids() == []


def test_a_dry_run_shows_what_would_be_deleted(shell: Shell) -> None:
    folder = shell.files("a.png", "b.png")
    shell.put("theirs", metadata={"n": 1})
    shell("sync", folder, "--prefix", "p/", "--yes", check=0)
    (folder / "a.png").unlink()
    (folder / "new.png").write_bytes(PNG + b"new")
    words = ("sync", folder, "--prefix", "p/", "--delete")
    before = shell.ids()
    ran = shell(*words, "--dry-run", check=0)
    assert {row["id"]: row.get("reason") for row in ran.rows} == {
        "p/new.png": None,
        "p/a.png": "the folder has no such file",
    }
    assert "Then 1 would be deleted: p/a.png" in ran.err
    assert shlex.split(ran.err.splitlines()[-1]) == ["cfimages", *map(str, words)]
    assert shell.ids() == before


def test_a_sync_whose_files_are_refused_says_that_nothing_was_deleted(shell: Shell) -> None:
    folder = shell.files("a.png", "b.png")
    shell("sync", folder, "--prefix", "p/", "--yes", check=0)
    (folder / "a.png").unlink()
    (folder / "b.png").write_bytes(b"")
    for more in ("--yes", "--dry-run"):
        ran = shell("sync", folder, "--prefix", "p/", "--delete", more, check=4)
        assert "Nothing was deleted, because not all of the sync is done. Once that is corrected:" in ran.err
        assert "--replace" not in ran.err
    assert shell.ids() == ["p/a.png", "p/b.png"]


def test_a_sync_that_has_uploaded_and_may_not_delete_is_unfinished(shell: Shell, spoiled: Spoil) -> None:
    folder = shell.files("a.png", "b.png")
    words = ("sync", folder, "--prefix", "p/", "--delete", "--yes")
    shell(*words, check=0)
    (folder / "a.png").write_bytes(PNG + b"changed")
    (folder / "new.png").write_bytes(PNG + b"new")
    (folder / "b.png").unlink()
    ran = shell(*words, check=3)
    assert shell.ids() == ["p/a.png", "p/b.png", "p/new.png"]
    spoiled("POST", "*", kind="server-error", times=None)
    shell(*words, "--replace", check=3)
    assert shell.ids() == ["p/b.png", "p/new.png"]  # that is not "nothing was changed"
    shell.sandbox.faults.clear()
    command = shlex.split(ran.err.splitlines()[-1])
    assert command[-1] == "--replace"
    shell(*command[1:], check=0)
    assert shell.ids() == ["p/a.png", "p/new.png"]


def test_a_wrong_folder_deletes_nothing(shell: Shell) -> None:
    shell("sync", shell.files("a.png", "b.png"), "--prefix", "p/", "--yes", check=0)
    wrong = shell.folder / "wrong"
    wrong.mkdir()
    for number in range(9):
        (wrong / f"{number}.png").write_bytes(PNG)
    ran = shell("sync", wrong, "--prefix", "p/", "--delete", "--yes", check=3)  # for it has uploaded something
    assert "2 of 2 images would be deleted, and at most 1 may be" in ran.err
    assert "Nothing was deleted. To sync and delete:" in ran.err
    assert len(shell.ids()) == 11
    shell("sync", wrong, "--prefix", "p/", "--delete", "--yes", check=4)  # again, as a timer would
    assert len(shell.ids()) == 11


def test_a_sync_that_was_planned_goes_on(shell: Shell) -> None:
    folder = shell.files("a.png")
    shell("sync", folder, "--journal", "the.job", "-n", check=0)
    shell("jobs", "resume", "the.job", "--yes", check=0)
    assert shell.ids() == ["a.png"]


def test_what_is_wrong_is_said(shell: Shell) -> None:
    folder = shell.files("a.png")
    assert "--allow-empty needs --delete" in shell("sync", folder, "--allow-empty", check=2).err
    assert "--everything needs --delete" in shell("sync", folder, "--everything", check=2).err
    assert "use only one" in shell("sync", folder, "--delete", "--everything", "--prefix", "p/", check=2).err
    assert "--delete needs --prefix" in shell("sync", folder, "--delete", "--yes", check=2).err
    assert "--max-delete" in shell("sync", folder, "--prefix", "p/", "--delete", "--max-delete", "x", check=2).err
    assert "DIR" in shell("sync", "none", "--yes", check=2).err
    assert "same for all files" in shell("sync", folder, "--id", "x", "--yes", check=2).err
    assert shell.ids() == []


@needs_modes
@needs_patch
def test_texts_are_rewritten_and_taken_back(shell: Shell) -> None:
    folder = shell.files("a.png", "b.png")
    shell("sync", folder, "--yes", "--map", "urls.jsonl", check=0)
    text = "![](photos/a.png)\r\nline\r\n<img src='photos/b.png'>"
    page, other = shell.folder / "a.md", shell.folder / "b.md"
    page.write_bytes(text.encode())
    page.chmod(0o640)
    other.write_text("nothing", "utf-8")
    ran = shell("rewrite", "a.md", "b.md", "--map", "urls.jsonl", "-n", check=0)
    assert "1 of 2 files would be changed" in ran.err
    assert page.read_bytes() == text.encode()
    assert shell("rewrite", "a.md", "b.md", "--map", "urls.jsonl", check=0).raw == ran.raw
    assert b"photos/" not in page.read_bytes()
    assert page.read_bytes().count(shell.images.get("a.png").url().rpartition("/a.png/")[0].encode()) == 2
    assert page.stat().st_mode & 0o777 == 0o640
    (shell.folder / "change.patch").write_bytes(ran.raw)
    subprocess.run(["patch", "-R", "-p0", "--binary", "-i", "change.patch"], check=True, capture_output=True)
    assert page.read_bytes() == text.encode()
    assert "stay" not in ran.err
    other.write_text("![](photos/new.png)\n[c]: photos/new.png\n", "utf-8")
    said = shell("rewrite", "b.md", "--map", "urls.jsonl", check=0).err
    assert "0 of 1 files" in said
    assert "that stay, since the map has no URL for them: 2, such as 'photos/new.png'." in said


def test_a_map_has_the_other_files_if_one_is_refused(shell: Shell) -> None:
    folder = shell.files("a.png")
    (folder / "notes.txt").write_text("no image", "utf-8")
    for more in ([], ["--prefix", "p/", "--delete"]):
        ran = shell("sync", folder, *more, "--yes", "--map", "urls.jsonl", check=3 if more else 1)
        assert "urls.jsonl has 1 files." in ran.err
        (shell.folder / "urls.jsonl").unlink()
    shell("sync", folder, "--map", "urls.jsonl", "--prefix", "q/", check=4)
    assert not (shell.folder / "urls.jsonl").exists()


def test_a_map_without_a_folder_is_refused_before_anything_is_sent(shell: Shell) -> None:
    ran = shell("sync", shell.files("a.png"), "--map", "none/urls.jsonl", "--yes", check=2)
    assert "--map" in ran.err
    assert "its folder does not exist" in ran.err
    assert shell.ids() == []
    assert shell.journals() == []


def test_a_wrong_variant_is_named_by_its_option(shell: Shell) -> None:
    ran = shell("sync", shell.files("a.png"), "--map", "urls.jsonl", "--variant", "no/variant", "--yes", check=2)
    assert "--variant" in ran.err


def test_a_map_that_cannot_be_written_hides_nothing(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "urls.jsonl")

    monkeypatch.setattr("cfimages.jobs.write_url_map", full)
    folder = shell.files("a.png", "b.png")
    assert "No space left" in shell("sync", folder, "--prefix", "p/", "--map", "urls.jsonl", "--yes", check=1).err
    (folder / "a.png").unlink()
    was = (folder / "b.png").read_bytes()
    (folder / "b.png").write_bytes(b"")  # is refused
    ran = shell("sync", folder, "--prefix", "p/", "--delete", "--map", "urls.jsonl", "--yes", check=4)
    assert "No space left" in ran.err
    assert "Nothing was deleted, because not all of the sync is done. Once that is corrected:" in ran.err
    (folder / "b.png").write_bytes(was)
    ran = shell("sync", folder, "--prefix", "p/", "--delete", "--map", "urls.jsonl", "--yes", check=1)
    assert "No space left" in ran.err
    assert "Nothing was deleted, because the map was not written." in ran.err
    assert shell.ids() == ["p/a.png", "p/b.png"]


def test_what_cannot_be_rewritten_is_said(shell: Shell) -> None:
    (shell.folder / "map").write_text("x", "utf-8")
    assert "--map" in shell("rewrite", "a.md", "--map", "map", check=2).err
    shell("sync", shell.files("a.png"), "--yes", "--map", "urls.jsonl", check=0)
    (shell.folder / "bytes").write_bytes(b"\xff")
    ran = shell("rewrite", "none", "bytes", "--map", "urls.jsonl", check=1)
    assert "No such file" in ran.err
    assert "is not text in UTF-8" in ran.err


def test_the_part_of_the_account_is_named(shell: Shell) -> None:
    folder = shell.files("a.png", "b.png")
    shell.put("theirs", metadata={"sha256": "x", "site": "shop"})
    words = ("sync", folder, "--where", "site=blog", "--creator", "ada", "--yes", "--delete")
    shell(*words, check=0)
    assert (shell.meta("a.png") or {})["site"] == "blog"
    (folder / "a.png").unlink()
    shell(*words, check=0)
    assert shell.ids() == ["b.png", "theirs"]
    shell("sync", folder, "--creator", "", "--yes", "--delete", check=4)  # b.png is of ada
    assert "--where" in shell("sync", folder, "--where", "a.b=1", "--yes", check=2).err
    assert "--where: use only one" in shell(*words, "--everything", check=2).err


def test_hashes_are_in_the_map_where_there_is_no_room(shell: Shell) -> None:
    folder = shell.files("a.png", "b.png")
    words = ("sync", folder, "--prefix", "p/", "--meta", f"n={'x' * 950}", "--yes")
    refused = shell(*words, check=2)
    assert "give a map" in refused.err
    assert "--meta" in refused.err
    for _ in range(2):
        before = shell.sent()
        shell(*words, "--map", "urls.jsonl", check=0)
    assert {entry.method for entry in shell.sent_since(before)} <= {"GET"}
    (folder / "a.png").unlink()
    assert "Then 1 would be deleted" in shell(*words, "--map", "urls.jsonl", "--delete", "-n", check=0).err
    shell(*words, "--map", "urls.jsonl", "--delete", check=0)
    assert shell.ids() == ["p/b.png"]
    (shell.folder / "other").write_text("x", "utf-8")
    assert "--map" in shell(*words, "--map", "other", check=2).err


def test_all_files_are_read_again(shell: Shell) -> None:
    folder = shell.files("a.png")
    for _ in range(2):
        shell("sync", folder, "--prefix", "p/", "--reread", "--delete", "--yes", check=0)
    assert shell.ids() == ["p/a.png"]
