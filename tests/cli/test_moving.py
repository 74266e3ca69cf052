"""`cfimages restore`."""

import json

from cli.conftest import Shell
from pictures import PNG


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
    _, *entries = (json.loads(line) for line in (shell.folder / "ids.jsonl").read_text().splitlines())
    assert {entry["id"]: entry["new_id"] for entry in entries} == {key: row["id"] for key, row in rows.items()}
    assert "it is there already" in shell("restore", "out", "--yes", "--map", "ids.jsonl", check=0).err


def test_a_restore_goes_on(shell: Shell) -> None:
    shell.put("a")
    shell("export", "out", check=0)
    shell("delete", "a", check=0)
    shell("restore", "out", "-n", "--journal", "the.job", check=0)
    shell("jobs", "resume", "the.job", "--yes", check=0)
    assert shell.ids() == ["a"]


def test_what_cannot_be_restored_is_said(shell: Shell) -> None:
    assert "is not a folder" in shell("restore", "none", "--yes", check=2).err
    (shell.folder / "empty").mkdir()
    assert "holds nothing that an export has written" in shell("restore", "empty", "--yes", check=2).err
    assert shell.journals() == []
