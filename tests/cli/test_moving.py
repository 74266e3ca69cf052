"""`cfimages restore` and `cfimages copy`."""

import json
import shlex
from collections.abc import Iterator

import pytest
from cli.conftest import Shell
from pictures import PNG

from cfimages import CloudflareImages, jobs


@pytest.fixture
def source(shell: Shell) -> Iterator[CloudflareImages]:
    """Another account."""
    with shell.sandbox.client(f"{shell.images.account_id}-source") as images:
        yield images


def test_an_export_is_restored(shell: Shell) -> None:
    shell.put("a", "b/c", metadata={"n": 1})
    private = shell.images.upload(PNG, require_signed_urls=True).id
    shell("export", "out", check=0)
    shell("delete", "--everything", "--yes", check=0)
    ran = shell("restore", "out", "--dry-run", check=0)
    assert "1 get other ids" in ran.err
    assert {row["item"] for row in ran.rows} == {"a", "b/c", private}
    assert shell.ids() == []
    shell("restore", "out", check=4)  # there is nobody to ask
    rows = {row["item"]: row for row in shell("restore", "out", "--yes", "--map", "ids.jsonl", check=0).rows}
    assert shell.ids() == sorted(row["id"] for row in rows.values())
    assert shell.meta("b/c") == {"n": 1}
    _, *entries = (json.loads(line) for line in (shell.folder / "ids.jsonl").read_text("utf-8").splitlines())
    assert {entry["id"]: entry["new_id"] for entry in entries} == {key: row["id"] for key, row in rows.items()}
    assert "it is there already" in shell("restore", "out", "--yes", "--map", "ids.jsonl", check=0).err


def test_a_restore_goes_on(shell: Shell) -> None:
    shell.put("a")
    shell("export", "out", check=0)
    shell("delete", "a", "--yes", check=0)
    shell("restore", "out", "-n", "--journal", "the.job", check=0)
    shell("jobs", "resume", "the.job", "--yes", check=0)
    assert shell.ids() == ["a"]


def test_what_cannot_be_restored_is_said(shell: Shell) -> None:
    assert "does not exist" in shell("restore", "none", "--yes", check=2).err
    (shell.folder / "empty").mkdir()
    assert "has no files of an export" in shell("restore", "empty", "--yes", check=2).err
    assert shell.journals() == []


def test_an_account_is_copied(shell: Shell, source: CloudflareImages) -> None:
    source.upload(PNG, id="a", metadata={"n": 1})
    private = source.upload(PNG, require_signed_urls=True).id
    source.variants.create("v", width=1, height=1)
    words = ("copy", "--everything", "--from-account", source.account_id, "--variants")
    ran = shell(*words, "--dry-run", check=0)
    assert "1 get other ids" in ran.err
    assert shell.ids() == []
    again = shlex.split(ran.err.splitlines()[-1])
    assert again[:-1] == ["cfimages", *words, "--journal"]
    shell(*again[1:], check=4)
    rows = {row["item"]: row for row in shell(*again[1:], "--yes", "--verify", check=0).rows}
    assert rows.keys() == {"a", private, "/variants/v"}
    assert len(shell.ids()) == 2
    assert {variant.id for variant in shell.images.variants.list()} == {"public", "v"}
    (kept,) = (shell.folder / "state").rglob("maps/*.jsonl")
    assert private in kept.read_text("utf-8")
    assert "it is there already" in shell(*words, "--yes", check=0).err
    assert len(shell.ids()) == 2


def test_a_copy_that_was_confirmed_goes_on_without_asking(shell: Shell, source: CloudflareImages) -> None:
    for name in "abc":
        source.upload(PNG, id=name, creator="ada")
    words = ("copy", "--creator", "ada", "--from-account", source.account_id, "--journal", "the.job", "--no-batch")
    shell(*words, check=4)
    to_go_on = ["cfimages", *words[:5], "--no-batch", "--journal", str(shell.folder / "the.job")]
    for advice in (shell("jobs", "resume", "the.job", "--yes", check=3), shell("jobs", "show", "the.job", check=0)):
        assert shlex.split(advice.err.splitlines()[-1]) == to_go_on
    assert "the journal does not have everything that this job needs" in shell("jobs", "resume", "the.job", check=3).err
    assert "more than --max 2" in shell(*words, "--max", "2", "--yes", check=4).err
    shell.put("b", content=PNG + b"other")
    ran = shell(*words, "--max", "3", check=1)
    assert shlex.join(to_go_on[-2:]) in ran.err.splitlines()[-1]
    assert "--max 3" in ran.err.splitlines()[-1]
    shell.images.delete("b")
    shell(*words, check=0)
    assert shell.ids() == ["a", "b", "c"]
    assert shell("jobs", "resume", "the.job", check=0).rows == []


def test_a_copy_that_a_program_planned_is_given_as_a_command(shell: Shell, source: CloudflareImages) -> None:
    source.upload(PNG, id="a")
    jobs.copy(shell.images, "the.job", source=source, map="map", everything=True)
    ran = shell("jobs", "resume", "the.job", check=3)
    assert ran.err.splitlines()[-1] == f"  cfimages copy ... --journal {shell.folder / 'the.job'}"


def test_a_copy_has_a_source(shell: Shell, source: CloudflareImages) -> None:
    assert "no source" in shell("copy", "--everything", check=2).err
    assert "no ids and no filter" in shell("copy", "--from-account", "x", check=2).err
    same = shell("copy", "a", "--from-account", shell.images.account_id, check=2)
    assert "is the same account" in same.err


def test_accounts_are_compared(shell: Shell, source: CloudflareImages) -> None:
    source.upload(PNG, id="a", creator="ada")
    private = source.upload(PNG, require_signed_urls=True).id
    words = ("--everything", "--from-account", source.account_id)
    shell("copy", *words, "--yes", check=0)
    rows = {row["item"]: row["state"] for row in shell("compare", *words, check=0).rows}
    assert rows == {"a": "done", private: "done"}
    source.upload(PNG, id="b")
    shell.put("b", content=PNG + b"other")
    assert "it differs in its bytes" in shell("compare", *words, check=1).err
    ran = shell("compare", *words, "--no-bytes", "--dry-run", check=0)
    again = shlex.split(ran.err.splitlines()[-1])
    assert again[:-1] == ["cfimages", "compare", *words, "--no-bytes", "--journal"]
    shell(*again[1:], check=0)
    assert [row["item"] for row in shell("compare", "--creator", "ada", *words[1:], check=0).rows] == ["a"]
    assert "no source" in shell("compare", "a", check=2).err
    assert "no ids and no filter" in shell("compare", *words[1:], check=2).err


def test_a_restore_is_compared_with_the_account_of_the_export(shell: Shell, source: CloudflareImages) -> None:
    private = source.upload(PNG, require_signed_urls=True).id
    jobs.export(source, shell.folder / "export.job", shell.folder / "out", everything=True).run()
    shell("restore", "out", "--map", "ids.jsonl", "--yes", check=0)
    words = ("compare", "--everything", "--from-account", source.account_id, "--map", "ids.jsonl")
    assert [row["item"] for row in shell(*words, check=0).rows] == [private]
    jobs.compare(shell.images, "the.job", source=source, map="ids.jsonl", everything=True)
    ran = shell("jobs", "resume", "the.job", check=3)
    assert ran.err.splitlines()[-1] == f"  cfimages compare ... --journal {shell.folder / 'the.job'}"
