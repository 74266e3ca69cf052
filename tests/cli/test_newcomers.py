"""What a job says to somebody who does not know it yet: which items, what to do next, and what cannot help."""

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from cli.conftest import Shell
from click.testing import CliRunner

from cfimages import jobs
from cfimages.cli import output
from cfimages.cli.app import cli
from cfimages.cli.requests import Request
from cfimages.jobs.journal import Journal


def last_command(text: str) -> list[str]:
    return shlex.split(text.splitlines()[-1])[1:]


def on_terminal(monkeypatch: pytest.MonkeyPatch, answer: str) -> list[str]:
    """Have questions answered; return them."""
    asked: list[str] = []

    def confirm(question: str, *, stdin_is_list: bool) -> None:
        from cfimages.cli.status import RefusedError

        asked.append(question)
        if answer != "y":
            raise RefusedError("not confirmed: nothing was changed")

    for name in ("changing", "jobs", "keys", "variants", "running"):
        monkeypatch.setattr(f"cfimages.cli.{name}.confirm", confirm)
    return asked


def test_what_was_refused_is_named(shell: Shell) -> None:
    folder = shell.files("a.png")
    for name in ("b.txt", "c.txt", "d.txt", "e.txt"):
        (folder / name).write_text("text", "utf-8")
    words = ["upload", folder, "--id", "{path}", "--journal", "u.job"]
    ran = shell(*words, "--dry-run", check=0)
    named = (
        rf"    b.txt, c.txt, d.txt and 1 more: cfimages jobs show {re.escape(str(shell.folder))}/u.job --state skipped"
    )
    assert re.search(rf"^  refused 4: .*\n{named}$", ran.err, re.MULTILINE)
    assert [row["item"] for row in ran.rows if row["state"] == "skipped"] == ["b.txt", "c.txt", "d.txt", "e.txt"]
    ran = shell(*words, "--yes", check=1)
    assert re.search(rf"^  skipped 4: refused: .*\n{named}$", ran.err, re.MULTILINE)
    shown = shell("jobs", "show", "u.job", "--state", "skipped", "--format", "table", check=0).out
    assert [line.split()[:2] for line in shown.splitlines()[1:]] == [[f"{name}.txt", "skipped"] for name in "bcde"]
    assert shown.split()[:3] == ["item", "state", "reason"]  # no id, since none of them has one


def test_a_larger_plan_is_offered_the_limit_that_it_needs(shell: Shell) -> None:
    shell.put("a", "b", "c")
    ran = shell("delete", "--everything", "--yes", "--max", "2", check=4)
    assert "3 items are more than --max 2" in ran.err
    command = last_command(ran.err)
    assert command[-2:] == ["--max", "3"] or command[-3:] == ["--max", "3", "--yes"]
    shell(*command, "--yes", check=0)
    assert shell.ids() == []
    shell.put("a")
    assert "1 item is more than --max 0" in shell("delete", "--everything", "--yes", "--max", "0", check=4).err
    shell.put("used")
    page = shell.folder / "page.md"
    page.write_text("used", "utf-8")
    words = ["orphans", "--quarantine", "--older-than", "0s", "--refs-text", str(page), "--max", "0", "--yes"]
    ran = shell(*words, check=4)
    assert last_command(ran.err).count("--max") == 1
    shell(*last_command(ran.err), check=0)


def test_what_a_sync_offers_after_a_refusal_works(shell: Shell) -> None:
    folder = shell.files("a.png", "b.png", "c.png")
    words = ["sync", str(folder), "--prefix", "p/", "--delete", "--yes"]
    ran = shell(*words, "--max", "1", check=4)
    shell(*last_command(ran.err), check=0)
    assert shell.ids() == ["p/a.png", "p/b.png", "p/c.png"]
    (folder / "a.png").unlink()
    (folder / "b.png").unlink()
    ran = shell(*words, "--dry-run", "--max", "1", check=4)
    assert "2 images are more than --max 1" in ran.err
    assert last_command(ran.err).count("--max") == 1
    for limit in ("50%", "1"):
        ran = shell(*words, "--max-delete", limit, check=4)
        assert last_command(ran.err).count("--max-delete") == 1
    shell(*last_command(ran.err), check=0)
    assert shell.ids() == ["p/c.png"]
    (folder / "c.png").unlink()
    ran = shell(*words, "--max-delete", "100%", check=4)
    shell(*last_command(ran.err), check=0)
    assert shell.ids() == []


def test_what_fails_again_says_what_to_do_instead(shell: Shell) -> None:
    folder = shell.files("a.png", "b.png")
    shell.put("a.png")
    ran = shell("upload", folder, "--id", "{path}", "--journal", "u.job", "--yes", check=1)
    assert "Run again, it fails again until that is changed: delete the images that have their ids" in ran.err
    assert "    a.png\n" in ran.err
    assert "Run again, it fails" in shell("jobs", "show", "u.job", "--format", "table", check=0).err
    shell("delete", "a.png", "--yes", check=0)
    shell(*last_command(ran.err), check=0)
    assert shell.ids() == ["a.png", "b.png"]


def test_a_plan_that_was_not_complete_is_shown_although_yes_was_given(shell: Shell) -> None:
    """Who is killed while planning has confirmed what nobody has seen."""
    shell.put("a", "b")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cfimages.jobs.planning.plan", None)  # whatever ends the process

        def killed(*_: object, **__: object) -> None:
            raise SystemExit(137)

        patch.setattr("cfimages.jobs.job.plan", killed)
        shell("delete", "--everything", "--journal", "d.job", "--yes")
    ran = shell("jobs", "resume", "d.job", check=4)
    assert "2 to do" in ran.err
    assert shell.ids() == ["a", "b"]
    shell("jobs", "resume", "d.job", "--yes", check=0)
    assert shell.ids() == []


def test_a_job_that_was_killed_at_its_start_is_shown(shell: Shell) -> None:
    path = shell.folder / "d.job"
    Request.of("delete", {"everything": True}, confirmed=False).write(path)
    for content in (None, b""):
        if content is not None:
            path.write_bytes(content)
        ran = shell("jobs", "show", "d.job", check=0)
        assert "delete: planning has only begun" in ran.err
        assert last_command(ran.err) == ["jobs", "resume", str(path)]
    kept = shell.folder / "state" / "jobs"
    kept.mkdir(parents=True, exist_ok=True)
    (kept / "e.job").write_bytes(b"")
    Request.of("edit", {}, confirmed=False).write(kept / "e.job")
    assert shell("jobs", "list", check=0).row["state"] == "planning"
    shell("jobs", "rm", "e", check=0)
    assert list(kept.glob("e.job*")) == []
    shell.put("a")
    shell("jobs", "resume", "d.job", "--yes", check=0)
    assert shell.ids() == []


def test_a_single_delete_asks_too(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.put("a")
    before = shell.sent()
    assert "--yes confirms" in shell("delete", "a", check=4).err
    assert shell.sent() == before
    asked = on_terminal(monkeypatch, "n")
    shell("delete", "a", check=4)
    assert shell.ids() == ["a"]
    on_terminal(monkeypatch, "y")
    assert shell("delete", "a", check=0).err == "Deleted a.\n"
    assert asked == ["Delete a?"]
    assert shell("delete", "a", "--yes", check=0).err == "There is no image a.\n"  # as for several
    assert shell("delete", "a", "--dry-run", check=0).err == "There is no image a.\n"
    shell("delete", "a", "b", "--yes", check=0)


@pytest.mark.parametrize("kind", ["keys", "variants"])
def test_keys_and_variants_are_deleted_when_that_is_confirmed(shell: Shell, kind: str) -> None:
    size = () if kind == "keys" else ("--width", "10", "--height", "10")
    shell(kind, "create", "hero", *size, check=0)
    assert "--yes confirms" in shell(kind, "delete", "hero", check=4).err
    assert "hero" in shell(kind, check=0).out
    shell(kind, "delete", "hero", "--yes", check=0)
    assert "hero" not in shell(kind, check=0).out


def test_removing_the_journal_of_an_unfinished_job_asks(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.put("a")
    path = shell.folder / "x.job"

    def unfinished() -> None:
        jobs.delete(shell.images, path, ids=["a"])
        with Journal.open(path) as journal:
            journal.start(journal.items(), [])

    unfinished()
    assert "x.job: is not done" in shell("jobs", "rm", "x.job", check=4).err
    asked = on_terminal(monkeypatch, "n")
    shell("jobs", "rm", "x.job", check=4)
    assert (asked, path.exists()) == (["Remove it?"], True)
    on_terminal(monkeypatch, "y")
    shell("jobs", "rm", "x.job", check=0)
    for option in ("--yes", "--force"):
        unfinished()
        shell("jobs", "rm", "x.job", option, check=0)
        assert not path.exists()


def test_another_plan_for_a_journal_names_the_way_out(shell: Shell) -> None:
    shell.put("a")
    shell("delete", "--meta", "x=1", "--journal", "d.job", "--yes", check=0)
    shell("delete", "--everything", "--journal", "d.job", "--dry-run", check=0)  # there was nothing in the plan
    ran = shell("delete", "--before", "2100-01-01", "--journal", "d.job", "--dry-run", check=2)
    assert re.search(r"remove\s+this\s+one\s+with\s+`cfimages jobs rm '.*d\.job'`", ran.err)


def test_an_inventory_replaces_no_file_unless_it_is_told_to(shell: Shell) -> None:
    shell.put("a")
    shell("inventory", "x.csv", check=0)
    content = Path("x.csv").read_bytes()
    shell.put("b")
    assert "x.csv: is there already: use --force to replace it" in shell("inventory", "x.csv", check=1).err
    assert Path("x.csv").read_bytes() == content
    shell("inventory", "x.csv", "--force", check=0)
    assert Path("x.csv").read_bytes() != content


def test_why_nothing_is_listed(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shell("list", check=0).err == ""
    monkeypatch.setattr("cfimages.cli.listing.usual_format", lambda: "table")
    assert shell("list", check=0).err == "There are no images.\n"
    ran = shell("list", "--meta", "statsu=active", check=0)
    assert ran.err == "No image matches: `cfimages metadata-keys` lists the fields of metadata.\n"
    assert shell("list", "--creator", "ada", check=0).err == "No image matches.\n"
    shell.put("a")
    assert shell("list", check=0).err == ""


def test_what_is_wrong_with_a_folder(shell: Shell) -> None:
    Path("empty").mkdir()
    assert shell("upload", "empty", "--yes", check=0).err == "nothing to do: the folder has no files\n"
    shell.files("a.png")
    ran = shell("upload", "photos", "--include", "*.gif", "--yes", check=0)
    assert ran.err == "nothing to do: nothing matches\n"
    ran = shell("delete", "--everything", "--journal", "none/x.job", check=2)
    folder = shell.folder / "none"
    said = f"{folder}/x.job: the journal cannot be made in {folder}: there is no such folder"
    assert said in " ".join(ran.err.split())


def commands(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(command, click.Group):
        yield words
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from commands(inner, (*words, name))


@pytest.mark.parametrize("words", list(commands(cli)))
def test_no_summary_of_a_command_is_cut(words: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(cli, [*words, "--help"], prog_name="cfimages", terminal_width=80)
    lines = shown.output.partition("Commands:")[2].splitlines()
    assert lines
    assert [line for line in lines if line.rstrip().endswith("...")] == []


def test_addresses_are_not_broken(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    ran = shell("direct-upload", "--id", "x" * 30, "--format", "table", check=0)
    (line,) = [line for line in ran.out.splitlines() if "http" in line]
    assert re.fullmatch(r"upload_url +http://\S+", line)
    shell("keys", "create", "main", check=0)
    shown = shell("keys", "--show", "--fields", "name,value", "--format", "table", check=0).out
    assert shell.images.keys.list()[0].value in re.findall(r"\S+", shown) or output.GAP in shown


def test_the_list_of_jobs_fits_a_terminal(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    folder = shell.files("a.png")
    (folder / "b.txt").write_text("text", "utf-8")
    shell("upload", folder, "--yes", check=1)
    head, line = shell("jobs", "list", "--format", "table", check=0).out.splitlines()
    assert head.split() == ["job", "kind", "state", "left", "done", "skipped"]
    assert line.split()[1:] == ["upload", "done", "0", "1", "1"]
    row = shell("jobs", "list", "--json", check=0).row
    assert row["changed"] == row["created"][:10]


def test_options_are_named_as_the_command_has_them(shell: Shell) -> None:
    environment = os.environ["CLOUDFLARE_BASE_URL"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLOUDFLARE_BASE_URL", "http://images.example/client/v4")
        ran = shell("list", check=5)
    assert "--allow-http" in ran.err
    assert "allow_http" not in ran.err
    assert os.environ["CLOUDFLARE_BASE_URL"] == environment
