"""Jobs from the command line: planned, shown, confirmed, run, resumed, undone."""

import csv
import json
import re
import shlex
import signal
from pathlib import Path

import attrs
import pytest
from cli.conftest import Shell, Spoil
from pictures import PNG
from systems import is_private

from cfimages import APIError, jobs
from cfimages.cli.progress import RunningProgress
from cfimages.cli.requests import Request
from cfimages.cli.status import TerminatedError
from cfimages.jobs.locking import locked


def test_one_image_is_changed_at_once(shell: Shell) -> None:
    shell.put("a", metadata={"x": 1, "y": "2"}, creator="ada")
    assert shell("edit", "a", "--set", "x=2", "--set", 'z:={"k":[1]}', "--unset", "y", check=0).row["meta"] == {
        "x": 2,
        "z": {"k": [1]},
    }
    assert shell("edit", "a", "--set", "x=true", check=0).row["meta"]["x"] is True
    assert shell("edit", "a", "--set-creator", "", check=0).row.get("creator") is None
    before = shell.sent()
    shell("edit", "a", "--set", "x=true", "--set-creator", "", "--public", check=0)
    assert [entry.method for entry in shell.sent_since(before)] == ["GET"]  # it has these values already
    assert "Would edit a" in shell("edit", "a", "--set", "q=1", "--dry-run", check=0).err
    assert "Would delete a" in shell("delete", "a", "-n", check=0).err
    assert shell.ids() == ["a"]
    assert shell("delete", "a", "--yes", check=0).out == ""
    assert shell("delete", "a", "--yes", check=0).out == ""
    assert shell("edit", "a", "--set", "x=1", check=1).out == ""
    assert shell("delete", "stats", "--yes", check=2).out == ""
    shell.put("a")
    assert "value for --set: metadata has" in shell("edit", "a", "--set", f"x={'y' * 1024}", check=2).err
    assert "value for --set-creator: " in shell("edit", "a", "--set-creator", "\udcff", check=2).err
    assert shell.journals() == []


def test_privacy_gives_a_new_id(shell: Shell) -> None:
    image = shell.images.upload(PNG)
    row = shell("edit", image.id, "--private", check=0).row
    assert row["requireSignedURLs"] is True
    assert row["id"] != image.id


def test_upload_one(shell: Shell) -> None:
    folder = shell.files("a.png")
    row = shell("upload", folder / "a.png", "--id", "a", "--meta", "x=1", "--creator", "ada", check=0).row
    assert (row["id"], row["filename"], row["meta"], row["creator"]) == ("a", "a.png", {"x": 1}, "ada")
    assert shell("upload", folder / "a.png", "--id", "a", check=1).out == ""
    assert shell("upload", folder / "a.png", "--id", "a", "--exist-ok", check=0).row["id"] == "a"
    assert shell("upload", folder / "a.png", "--private", check=0).row["requireSignedURLs"] is True
    assert "Would upload" in shell("upload", folder / "a.png", "-n", check=0).err
    assert shell("upload", "https://127.0.0.1:1/x.png", "-n", check=0).out == ""
    assert "no-such.png: No such file" in shell("upload", "no-such.png", check=1).err
    assert len(shell.ids()) == 2
    assert shell.journals() == []


def test_upload_from_an_address(shell: Shell) -> None:
    for option in ("--journal", "x.job"), ("--max", "0"), ("--sha256-key", "sha256"):
        assert "not for a URL" in shell("upload", "http://127.0.0.1:1/x.png", *option, check=2).err
    ran = shell("upload", "http://127.0.0.1:1/x.png", "--id", "x", check=1)
    assert "x.png" not in ran.err or "Error" in ran.err
    assert shell.ids() == []


def test_an_address_to_upload_to(shell: Shell) -> None:
    row = shell("direct-upload", "--id", "a", "--meta", "x=1", "--creator", "ada", "--expiry", "1h", check=0).row
    assert shell.images.get("a").draft
    shell.images.upload_to(row["upload_url"], PNG)
    image = shell.images.get("a")
    assert (image.draft, image.creator, image.meta) == (False, "ada", {"x": 1})
    assert shell("direct-upload", check=0).row["id"] != "a"
    assert "for --id" in shell("direct-upload", "--id", "stats", check=2).err
    assert "for --expiry" in shell("direct-upload", "--expiry", "1s", check=2).err


def test_upload_a_folder(shell: Shell) -> None:
    folder = shell.files("a.png", "sub/b c.png")
    (folder / "empty.png").touch()
    ran = shell("upload", folder, "--id", "p/{path}", "--meta", "n=1", "--yes", check=1)  # one is refused
    assert {(row["item"], row["id"], row["state"]) for row in ran.rows} == {
        ("a.png", "p/a.png", "done"),
        ("sub/b c.png", "p/sub/b c.png", "done"),
    }
    assert shell.ids() == ["p/a.png", "p/sub/b c.png"]
    assert shell.meta("p/a.png") == {"n": 1}
    (folder / "empty.png").unlink()
    again = shell("upload", folder, "--id", "p/{path}", "--meta", "n=1", "--yes", check=0)
    assert {row["state"] for row in again.rows} == {"skipped"}
    assert len(shell.ids()) == 2


def test_upload_what_patterns_choose(shell: Shell) -> None:
    folder = shell.files("a.png", "sub/b.png", "sub/c.jpg", "notes.txt")
    words = ("upload", folder, "--id", "{path}", "--include", "**/*.png", "--include", "*.txt", "--exclude", "a.*")
    shell(*words, "--exclude", "**/*.txt", "--yes", check=0)
    assert shell.ids() == ["sub/b.png"]


def test_upload_files_of_a_list(shell: Shell) -> None:
    folder = shell.files("a.png", "b.png")
    ran = shell("upload", "-", "--yes", input=f"photos/a.png\n{folder}/b.png\n", check=0)
    assert [row["state"] for row in ran.rows] == ["done", "done"]
    assert len(shell.ids()) == 2
    shell("upload", folder / "a.png", "--id", "{stem}-{sha256:4}", "--yes", check=0)
    assert any(id.startswith("a-") for id in shell.ids())
    assert "is a folder" in shell("upload", folder, folder / "a.png", "--yes", check=2).err
    assert "--exist-ok" in shell("upload", folder, "--exist-ok", "--id", "{path}", check=2).err
    assert "for --id" in shell("upload", folder, "--id", "same", check=2).err
    assert shell("upload", check=2).out == ""
    shell("upload", folder, "--id", "{path}", "--private", "--yes", check=2)


@pytest.mark.parametrize(
    "words",
    [
        ["delete"],
        ["edit", "--set", "x=1"],
        ["edit", "a"],
        ["edit", "a", "--set", "x=1", "--unset", "x"],
        ["edit", "a", "--set", "x"],
        ["delete", "a", "--meta", "x=1"],
        ["delete", "a", "--everything"],
        ["delete", "--everything", "--since", "1d"],
        ["delete", "--meta", "x!=1", "--yes"],
        ["delete", "--meta", "x=", "--yes"],
        ["delete", "--creator", "a", "--journal", "no/such/folder/x.job"],
        ["export", "out", "a", "--meta", "x=1"],
        ["inventory", "out.txt"],
        ["inventory", "out.csv", "--everything", "--since", "1d"],
        ["export", "out", "a", "--everything"],
        ["upload", "a.png", "--include", "*.png"],
        ["jobs", "resume", "no-such.job"],
        ["jobs", "show", "no-such.job"],
        ["jobs", "rm", "no-such.job"],
        ["jobs", "rm"],
        ["jobs", "rm", "no-such.job", "--done"],
        ["jobs", "rm", "--done", "--force"],
        ["jobs", "rm", "--older-than", "soon"],
        ["jobs", "undo", "no-such.job"],
    ],
)
def test_usage_errors_change_nothing(shell: Shell, words: list[str]) -> None:
    shell.put("a")
    before = shell.sent()
    ran = shell(*words, check=2)
    assert ran.out == ""
    assert "Error: " in ran.err
    assert shell.sent() == before
    assert not list(shell.folder.rglob("*.job*"))


def test_nothing_is_changed_unless_it_is_confirmed(shell: Shell) -> None:
    shell.put("a", "b")
    for words in (["delete", "--everything"], ["delete", "a", "b"], ["edit", "a", "b", "--set", "x=1"]):
        ran = shell(*words, check=4)
        assert "--yes" in ran.err
        assert ran.err.splitlines()[-1].startswith("  cfimages jobs resume ")
    assert shell("delete", "-", input="a\nb\n", check=4).out == ""
    assert shell("delete", "--everything", "--yes", "--max", "1", check=4).out == ""
    assert shell.ids() == ["a", "b"]
    assert shell.meta("a") == {}


def test_a_dry_run_can_be_run(shell: Shell) -> None:
    shell.put("a", "b", "c")
    ran = shell("delete", "a", "b", "--dry-run", "--yes", check=0)
    assert [(row["item"], row["state"]) for row in ran.rows] == [("a", "planned"), ("b", "planned")]
    assert "2 to do" in ran.err
    assert shell.ids() == ["a", "b", "c"]
    (journal,) = shell.journals()
    assert ran.err.splitlines()[-1] == f"  cfimages jobs resume {journal} --yes"
    assert "--yes" in shell("jobs", "resume", journal, check=4).err  # it was never confirmed
    assert shell("jobs", "resume", journal.stem, "--yes", check=0).rows[0]["state"] == "done"
    assert shell.ids() == ["c"]
    assert shell("jobs", "resume", journal, check=0).out == ""


def test_what_a_dry_run_offers_asks_unless_yes_was_given(shell: Shell) -> None:
    shell.put("a", "b")
    ran = shell("delete", "--everything", "--journal", "d.job", "--dry-run", check=0)
    command = shlex.split(ran.err.splitlines()[-1])
    assert command == ["cfimages", "jobs", "resume", str(shell.folder / "d.job")]
    assert shlex.split(shell(*command[1:], check=4).err.splitlines()[-1]) == command
    assert shell.ids() == ["a", "b"]


def test_a_plan_is_shown_although_yes_was_given(shell: Shell) -> None:
    shell.put("a", "b")
    ran = shell("edit", "--everything", "--set", "x=1", "--yes", check=0)
    (journal,) = shell.journals()
    assert "2 to do" in ran.err
    assert f"  journal: {journal}\n" in ran.err
    assert shell("edit", "--everything", "--set", "x=2", "--yes", "--quiet", check=0).err == ""


def test_a_plan_is_not_run_with_another_time(shell: Shell) -> None:
    shell.put("a")
    shell("delete", "--before", "2100-01-01", "--journal", "d.job", "--dry-run", check=0)
    before = Request.read(Path("d.job"))
    ran = shell("delete", "--before", "2099-01-01", "--journal", "d.job", "--yes", check=2)
    assert "Invalid value for --before: " in ran.err
    assert "2100-01-01" in ran.err
    assert "2099-01-01" in ran.err
    assert "uploaded_before" not in ran.err
    assert Request.read(Path("d.job")) == before
    assert shell.ids() == ["a"]
    ran = shell("delete", "--before", "2100-01-01", "--journal", "d.job", "--yes", check=0)
    assert re.search(r'^delete planned \d{4}-\d\d-\d\d with --before "2100-01-01"$', ran.err, re.M)
    assert shell.ids() == []


def test_a_plan_may_be_run_with_a_relative_time_that_has_moved_on(shell: Shell) -> None:
    shell.put("a")
    shell("delete", "--since", "9d", "--journal", "d.job", "--dry-run", check=0)
    assert (
        "Invalid value for --since: " in shell("delete", "--since", "10d", "--journal", "d.job", "--yes", check=2).err
    )
    ran = shell("delete", "--since", "9d", "--journal", "d.job", "--yes", check=0)
    assert ' with --since "' in ran.err
    assert shell.ids() == []


def test_a_journal_that_is_finished_is_said_to_be_even_to_those_who_want_no_messages(shell: Shell) -> None:
    shell.put("a")
    words = ["delete", "--before", "2100-01-01", "--journal", "d.job", "--yes", "-q"]
    assert shell(*words, check=0).err == ""
    shell.put("b")
    ran = shell(*words, check=0)
    assert re.fullmatch(r"Nothing to do: .*d.job was planned \d{4}-\d\d-\d\d. For a new plan, .*\n", ran.err)
    assert shell.ids() == ["b"]
    shell("inventory", "all.csv", "--journal", "i.job", check=0)
    assert "Nothing to do" in shell("inventory", "all.csv", "--journal", "i.job", "-q", check=0).err


def test_a_plan_that_breaks_off_keeps_its_relative_time(shell: Shell, spoiled: Spoil) -> None:
    shell.put("a")
    spoiled("GET", "*", kind="server-error", times=None)
    for _ in range(2):  # the second time is later
        shell("delete", "--since", "9d", "--journal", "d.job", "--yes", check=3)
    shell.sandbox.faults.clear()
    shell("jobs", "resume", "d.job", "--yes", check=0)
    assert shell.ids() == []


def test_what_was_confirmed_goes_on_without_asking(shell: Shell) -> None:
    shell.put("a", "b", "c")
    for at in ("ids", "planned"):
        journal = shell.folder / f"{at}.job"
        request = Request.of("delete", {"ids": ["a", "b"] if at == "ids" else ["c"]}, confirmed=True)
        if at == "planned":
            jobs.delete(shell.images, journal, ids=["c"])
            request = Request(confirmed=True)
        request.write(journal)
        assert {row["state"] for row in shell("jobs", "resume", journal, check=0).rows} == {"done"}
        assert not list(shell.folder.glob(f"{at}.job.request"))
    assert shell.ids() == []


def test_nothing_to_do(shell: Shell) -> None:
    assert shell("delete", "--meta", "x=1", "--yes", check=0).out == ""
    assert shell("delete", "--meta", "x=1", check=0).err == "nothing to do: nothing matches\n"
    shell("delete", "no", "such", "--yes", check=0)
    shell("delete", "-", input="", check=0)
    shell("inventory", "all.csv", check=0)
    assert Path("all.csv").exists()


def test_delete_with_a_backup_is_undone(shell: Shell) -> None:
    shell.put("a", "b", metadata={"x": 1})
    shell("delete", "a", "b", "--backup", "kept", "--journal", "the.job", "--yes", check=0)
    assert shell.ids() == []
    assert shell("jobs", "undo", "the.job", check=4).out == ""
    assert len(shell("jobs", "undo", "the.job", "--yes", check=0).rows) == 2
    assert shell.ids() == ["a", "b"]
    assert shell.meta("b") == {"x": 1}


def test_edit_is_undone(shell: Shell) -> None:
    shell.put("a", "b", metadata={"x": 1})
    assert len(shell("edit", "--meta", "x=1", "--set", "x=2", "--journal", "e.job", "--yes", check=0).rows) == 2
    assert shell.meta("a") == {"x": 2}
    shell("jobs", "undo", "e.job", "--journal", "u.job", "--yes", check=0)
    assert shell.meta("a") == {"x": 1}
    shell("jobs", "undo", "u.job", "--yes", check=0)
    assert shell.meta("a") == {"x": 2}
    shell("export", "out", "--journal", "x.job", check=0)
    assert "cannot be undone" in shell("jobs", "undo", "x.job", check=2).err


def test_export_and_inventory_do_not_ask(shell: Shell) -> None:
    shell.put("a", "b", metadata={"x": 1})
    shell.put("c")
    assert len(shell("export", "out", "--meta", "x=1", check=0).rows) == 2
    assert len(list(Path("out").rglob("*.json"))) == 2
    shell("export", "out", check=0)
    assert len(list(Path("out").rglob("*.json"))) == 3
    shell("export", "one", "c", check=0)
    assert len(list(Path("one").rglob("*.json"))) == 1
    assert len(shell("export", "again", "--everything", check=0).rows) == 3
    shell("inventory", "all.jsonl", "--everything", check=0)
    assert [json.loads(line)["id"] for line in Path("all.jsonl").read_text("utf-8").splitlines()] == ["c", "b", "a"]
    assert shell("export", "other", "--max", "1", check=4).out == ""


def test_jobs_are_listed_shown_and_removed(shell: Shell) -> None:
    shell.put("a", "b")
    assert shell("jobs", check=0).out == ""
    shell("delete", "a", "b", "--yes", check=0)
    shell("delete", "--everything", "-n", check=0)
    shell.put("c")
    shell("edit", "c", "--set", "x=1", "--max", "1", "-n", check=0)
    rows = shell("jobs", "list", check=0).rows
    assert [(row["kind"], row["state"], row["done"], row["left"]) for row in rows] == [
        ("delete", "done", 2, 0),
        ("delete", "done", 0, 0),
        ("edit", "planned", 0, 1),
    ]
    assert shell("jobs").rows == rows
    assert shell("jobs", "--fields", "job").rows == [{"job": row["job"]} for row in rows]
    assert "resume" in shell("jobs", "--help", check=0).out
    assert "resume" in shell("jobs", "-h", check=0).out
    assert "planned" in shell("jobs", "list", "--format", "table").out
    first, last = rows[0]["file"], rows[-1]["job"]
    shown = shell("jobs", "show", last, "--format", "table", check=0)
    assert "edit in account" in shown.out
    assert shown.err.splitlines()[-1] == f"  cfimages jobs resume {rows[-1]['file']}"
    assert shell("jobs", "show", first, check=0).row["done"] == 2
    assert [row["item"] for row in shell("jobs", "show", first, "--items").rows] == ["a", "b"]
    assert shell("jobs", "show", first, "--state", "done").rows[1] == {"item": "b", "state": "done"}
    assert shell("jobs", "show", first, "--state", "failed").rows == []
    shell("jobs", "rm", first, last, check=0)
    assert len(shell.journals()) == 1
    shell.journals()[0].with_name("broken.job").write_text("this is no journal", "utf-8")
    ran = shell("jobs", "list", check=1)
    assert len(ran.rows) == 1
    assert "broken.job" in ran.err
    assert shell("jobs", "rm", "broken.job", check=2).out == ""  # no other file is lost


def test_a_job_is_shown_with_the_reasons(shell: Shell) -> None:
    folder = shell.files("a.png", "b.png")
    shell.put("a.png", metadata={"n": 1})
    shell("upload", folder, "--id", "{path}", "--journal", "u.job", "--yes", check=1)
    reason = "its id is taken by another image, which differs in filename, metadata"
    row = shell("jobs", "show", "u.job", check=0).row
    assert row["reasons"] == [{"state": "failed", "reason": reason, "count": 1}]
    assert list(row)[:-1] == list(shell("jobs", "list", check=0).row)
    assert f"failed 1: {reason}" in shell("jobs", "show", "u.job", "--format", "table", check=0).out
    head, line = csv.reader(shell("jobs", "show", "u.job", "--format", "csv", check=0).out.splitlines())
    assert json.loads(dict(zip(head, line, strict=True))["reasons"]) == row["reasons"]


def test_journals_of_jobs_that_are_done_are_removed(shell: Shell) -> None:
    shell.put("a", "b", "c")
    shell("delete", "a", "nope", "--yes", check=0)
    shell("delete", "nope", "such", "--journal", "elsewhere.job", "--yes", check=0)
    shell("delete", "b", "c", "-n", check=0)
    assert "nothing was changed; use --yes to confirm" in shell("jobs", "rm", "--done", check=4).err
    assert shell("jobs", "rm", "--older-than", "1d", check=0).err == "There is none.\n"
    assert len(shell("jobs").rows) == 3
    shell("jobs", "rm", "--done", "--older-than", "0s", "--yes", check=0)
    assert [row["state"] for row in shell("jobs").rows] == ["planned"]
    assert shell("jobs", "rm", "--older-than", "0s", "--yes", check=0).err == "There is none.\n"
    (path,) = shell.journals()
    with locked(path):
        assert shell("jobs", "rm", "--older-than", "0s", "--force", "--yes", check=0).err == "There is none.\n"
    shell("jobs", "rm", "--older-than", "0s", "--force", "--yes", check=0)
    assert shell.journals() == []
    path.with_name("broken.job").write_text("this is no journal", "utf-8")
    assert "broken.job" in shell("jobs", "rm", "--done", "--yes", check=1).err
    assert path.with_name("broken.job").exists()


def test_journals_elsewhere_are_listed(shell: Shell) -> None:
    shell.put("a", "b")
    kept = shell.folder / "kept"
    kept.mkdir()
    shell("delete", "a", "--journal", "kept/one.job", "--yes", check=0)
    shell("delete", "--everything", "--journal", kept / "two.job", "-n", check=0)
    shell("delete", "--everything", "--journal", kept / "two.job", "-n", check=0)
    rows = shell("jobs", "list", check=0).rows
    assert [(row["job"], row["file"], row["state"]) for row in rows] == [
        (str(kept / name), str(kept / name), state) for name, state in (("one.job", "done"), ("two.job", "planned"))
    ]
    shell("jobs", "rm", rows[0]["job"], check=0)
    assert [row["job"] for row in shell("jobs", "list", check=0).rows] == [rows[1]["job"]]


def test_a_file_that_is_no_journal_is_not_listed(shell: Shell) -> None:
    shell.put("a")
    Path("mine.csv").write_text("id,name\n" * 100, "utf-8")
    assert "not a database" in shell("delete", "--everything", "--journal", "mine.csv", "--yes", check=2).err
    assert shell("jobs", "list", check=0).rows == []
    assert Path("mine.csv").read_text("utf-8") == "id,name\n" * 100


def test_a_state_folder_that_cannot_be_written(shell: Shell) -> None:
    shell.put("a", "b")
    (shell.folder / "state").write_text("no folder", "utf-8")
    ran = shell("delete", "a", "b", "--journal", "x.job", "--yes", check=0)
    assert "`cfimages jobs list` will not have this job" in ran.err
    assert "state/jobs: " in shell("delete", "--everything", "--yes", check=1).err


def test_a_job_that_is_not_done_is_not_removed(shell: Shell) -> None:
    shell.put("a")
    job = jobs.delete(shell.images, "x.job", ids=["a"])
    assert job.summary().left == 1
    with locked(Path("x.job")):
        assert shell("jobs", "show", "x.job").row["state"] == "running"
        assert "another process" in shell("jobs", "rm", "x.job", check=4).err
        assert "another process" in shell("jobs", "resume", "x.job", "--yes", check=4).err
    Path("x.job.lock").unlink()
    Path("x.job.lock").mkdir()  # as in a folder that cannot be written to
    assert shell("jobs", "show", "x.job").row["state"] == "planned"
    Path("x.job.lock").rmdir()
    shell("jobs", "rm", "x.job", check=0)  # nothing was begun
    assert list(shell.folder.glob("x.job*")) == []


def test_an_item_that_fails_does_not_stop_the_others(shell: Shell, spoiled: Spoil) -> None:
    shell.put("good", "bad")
    spoiled("DELETE", "/images/v1/bad", kind="server-error", times=4)
    ran = shell("delete", "good", "bad", "--yes", check=1)
    assert {(row["item"], row["state"]) for row in ran.rows} == {("good", "done"), ("bad", "failed")}
    command = shlex.split(ran.err.splitlines()[-1])
    assert shell("jobs", "show", command[-1], check=0).row["state"] == "unfinished"
    assert "is unfinished" in shell("jobs", "rm", command[-1], check=4).err
    assert shell(*command[1:], check=0).row["state"] == "done"
    assert shell.ids() == []


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_a_job_in_order(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, status: int
) -> None:
    shell.put(*map(str, range(40)))

    sent = []

    def show(*_: object) -> None:
        if not sent:
            sent.append(number)
            signal.raise_signal(number)

    monkeypatch.setattr(RunningProgress, "show", show)
    ran = shell("delete", "--everything", "--yes", "--quiet", "--concurrency", "1", check=status)
    assert 0 < len(shell.ids()) < 40
    *_, line = ran.err.splitlines()
    assert line.startswith("  cfimages jobs resume ")
    shell(*shlex.split(line)[1:], check=0)
    assert shell.ids() == []


@pytest.mark.parametrize(("error", "status"), [(KeyboardInterrupt, 130), (TerminatedError, 143)])
def test_a_signal_while_a_job_is_planned_or_asked_about(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, error: type[BaseException], status: int
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise error

    shell.put("a", "b")
    for name, options in (("jobs.delete", ["--yes"]), ("cli.running.confirm", [])):
        with monkeypatch.context() as patch:
            patch.setattr(f"cfimages.{name}", interrupted)
            ran = shell("delete", "a", "b", *options, check=status)
        assert "nothing was changed" in ran.err
        assert shell.ids() == ["a", "b"]
        assert ran.err.splitlines()[-1].startswith("  cfimages jobs resume ")
    shell(*shlex.split(ran.err.splitlines()[-1])[1:], "--yes", check=0)
    assert shell.ids() == []


def test_a_job_goes_on_although_nobody_reads_its_lines(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    for error, status in ((BrokenPipeError(), 0), (OSError(28, "No space left on device"), 1)):

        def write(_: object, error: OSError = error) -> None:
            raise error

        monkeypatch.setattr("cfimages.cli.reports.write_record", write)
        shell.put("a", "b")
        ran = shell("delete", "a", "b", "--yes", check=status)
        assert ran.err.count("No space left on device") == status
        assert shell.ids() == []


def test_a_job_writes_no_lines_on_a_terminal(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cfimages.cli.running.usual_format", lambda: "table")
    shell.put("a", "b")
    assert shell("delete", "a", "b", "-n", check=0).out == ""
    assert len(shell("delete", "a", "b", "-n", "--json", check=0).rows) == 2
    assert shell("delete", "a", "b", "--yes", check=0).out == ""


def test_what_is_in_doubt_is_unfinished(shell: Shell, spoiled: Spoil) -> None:
    shell.put("a", "b")
    spoiled("DELETE", "/images/v1/a", kind="reset-before", carried_out=True)
    spoiled("GET", "/images/v1/a", kind="server-error", times=None, after=2)
    ran = shell("delete", "a", "b", "--yes", check=3)
    assert {(row["item"], row["state"]) for row in ran.rows} == {("a", "in_doubt"), ("b", "done")}
    shell.sandbox.faults.clear()
    command = shlex.split(ran.err.splitlines()[-1])
    assert shell(*command[1:], check=0).row == {"item": "a", "state": "done"}


def test_a_plan_that_breaks_off_goes_on(shell: Shell, spoiled: Spoil) -> None:
    shell.put("a", "b", "c")
    spoiled("GET", "/images/v1/*", kind="server-error", times=None, after=1)
    ran = shell("delete", "-", "--yes", input="a\nb\nc\n", check=3)
    assert ran.out == ""
    assert "the plan is not finished" in ran.err.lower()
    shell.sandbox.faults.clear()
    command = shlex.split(ran.err.splitlines()[-1])
    assert shell("jobs", "show", command[-1], check=0).row["state"] == "planning"
    assert "3 to do" in shell(*command[1:], check=4).err  # nobody has seen the plan
    assert len(shell(*command[1:], "--yes", check=0).rows) == 3
    assert shell.ids() == []


def test_a_plan_of_a_program_that_breaks_off_again_is_listed(shell: Shell, spoiled: Spoil) -> None:
    shell.put("a", "b")
    spoiled("GET", "/images/v1/*", kind="server-error", times=None)
    with pytest.raises(APIError):
        jobs.delete(shell.images, "d.job", ids=["a", "b"])
    assert shell("jobs", "list", check=0).rows == []
    ran = shell("delete", "a", "b", "--journal", "d.job", "--yes", check=3)
    assert ran.err.splitlines()[-1] == f"  cfimages jobs resume {shell.folder / 'd.job'}"
    assert shell("jobs", "list", check=0).row["state"] == "planning"


@pytest.mark.parametrize(
    ("error", "status"),
    [(jobs.JournalDamagedError("d.job: is damaged"), 2), (jobs.JournalError("d.job: cannot be read: busy"), 3)],
    ids=["damaged", "busy"],
)
def test_a_damaged_journal_is_not_to_be_resumed(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, error: jobs.JournalError, status: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    shell.put("a", "b")
    with monkeypatch.context() as patch:
        patch.setattr("cfimages.jobs.Job.run", fail)
        ran = shell("delete", "--everything", "--journal", "d.job", "--yes", check=status)
    assert ran.err.count(str(error)) == 1
    assert ("To resume" in ran.err) is (status == 3)


def test_a_plan_for_which_the_disk_has_no_room_goes_on(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.put("a", "b")
    with monkeypatch.context() as patch:
        patch.setattr("cfimages.jobs.journal._INSERT", "SELECT no_room(?, ?, ?, ?, ?, ?)")
        ran = shell("delete", "a", "b", "--yes", check=3)
    assert "cannot be written" in ran.err
    command = shlex.split(ran.err.splitlines()[-1])
    assert len(shell(*command[1:], "--yes", check=0).rows) == 2
    assert shell.ids() == []


def test_many_failures_in_a_row_stop_a_job(shell: Shell, spoiled: Spoil) -> None:
    shell.sandbox.fill(shell.environment["CLOUDFLARE_ACCOUNT_ID"], 40)
    spoiled("DELETE", "*", kind="server-error", times=None)
    ran = shell("delete", "--everything", "--yes", check=3)
    assert "failures in a row" in ran.err
    assert ran.err.splitlines()[-1].startswith("  cfimages jobs resume")


def test_a_listing_that_breaks_off_is_unfinished(shell: Shell, spoiled: Spoil) -> None:
    spoiled("GET", "/images/v2", kind="server-error", times=None, status=500)
    assert shell("list", check=3).out == ""


@pytest.mark.parametrize("words", [["list"], ["get", "a"], ["stats"], ["delete", "a", "b", "--yes"], ["doctor"]])
def test_wrong_credentials(shell: Shell, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "wrong-token-of-the-test")
    ran = shell(*words, check=5)
    assert "wrong-token" not in ran.out + ran.err
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN")
    said = "".join(attrs.astuple(shell(*words, check=5))[1:3])
    assert "give --token-file or --profile, or set CLOUDFLARE_API_TOKEN" in said
    assert "api_" not in said
    monkeypatch.delenv("CLOUDFLARE_ACCOUNT_ID")
    said = "".join(attrs.astuple(shell(*words, check=5))[1:3])
    assert "give --account or --profile, or set CLOUDFLARE_ACCOUNT_ID" in said


def test_credentials_that_end_meanwhile(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.put("a", "b")
    jobs.delete(shell.images, "x.job", ids=["a", "b"])
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "wrong-token-of-the-test")
    ran = shell("jobs", "resume", "x.job", "--yes", check=5)
    assert ran.err.splitlines()[-1].startswith("  cfimages jobs resume")
    assert shell.ids() == ["a", "b"]


def test_log_and_verbose(shell: Shell) -> None:
    shell.put("a", "b")
    ran = shell("delete", "a", "b", "--yes", "--verbose", "--log-json", "log.jsonl", "--quiet", check=0)
    assert "DELETE /batch/images/v1/a: 200" in ran.err or "DELETE" in ran.err
    events = [json.loads(line) for line in Path("log.jsonl").read_text("utf-8").splitlines()]
    assert [event["event"] for event in events if event["event"] != "response"] == [
        "planned",
        "item",
        "item",
        "report",
        "end",
    ]
    assert events[-1]["status"] == 0
    assert is_private(Path("log.jsonl"))
    shell("get", "nope", "--log-json", "log.jsonl", check=1)
    assert json.loads(Path("log.jsonl").read_text("utf-8").splitlines()[-1])["status"] == 1
    shell("get", "a", "--log-json", "no/such/log", check=2)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_log_that_cannot_be_written_does_not_end_the_work(shell: Shell) -> None:
    shell.put("a", "b", "c")
    ran = shell("delete", "a", "b", "--yes", "--log-json", "/dev/full", check=1)
    assert ran.err.count("Error: /dev/full: No space left on device: nothing more is logged") == 1
    assert {row["item"]: row["state"] for row in ran.rows} == {"a": "done", "b": "done"}
    assert shell("list", "--format", "ids", "--log-json", "/dev/full", check=1).out == "c\n"
    assert "No space left" in shell("get", "nope", "--log-json", "/dev/full", check=1).err


def test_without_the_batch_host(shell: Shell) -> None:
    shell.put("a", "b")
    before = shell.sent()
    ran = shell("delete", "a", "b", "--no-batch", "-n", check=0)
    assert ran.err.splitlines()[-1].endswith(" --no-batch")
    assert not [entry for entry in shell.sent_since(before) if entry.path.startswith("/batch")]
    shell("delete", "a", "b", "--yes", "--concurrency", "1", check=0)
    assert shell.ids() == []
