"""`--max`: a plan with more items is not run, and neither is it when it goes on."""

import shlex

import pytest
from cli.conftest import Ran, Shell, Spoil
from pictures import PNG


def advice(ran: Ran) -> list[str]:
    """The words of the command that the last line says."""
    return shlex.split(ran.err.splitlines()[-1])


def test_a_dry_run_says_that_there_are_too_many(shell: Shell) -> None:
    shell.put("a", "b", "c")
    for more in (["--dry-run"], ["--dry-run", "--yes"], []):
        ran = shell("delete", "--everything", "--max", "2", *more, check=4)
        assert "Error: 3 items are more than --max 2: nothing was changed" in ran.err
        (journal,) = [path for path in shell.journals() if str(path) in ran.err]
        yes = ["--yes"] if "--yes" in more else []
        assert advice(ran) == ["cfimages", "jobs", "resume", str(journal), "--max", "3", *yes]
    assert len(shell("delete", "--everything", "--max", "2", "-n", check=4).rows) == 3  # they are shown
    assert shell.ids() == ["a", "b", "c"]
    ran = shell("delete", "--everything", "--max", "3", "-n", check=0)
    assert "more than" not in ran.err
    shell(*advice(ran)[1:], "--yes", check=0)
    assert shell.ids() == []


@pytest.mark.parametrize("dry", [["--dry-run"], ["--yes"]])
def test_a_plan_that_goes_on_keeps_its_limit(shell: Shell, dry: list[str]) -> None:
    shell.put("a", "b", "c")
    ran = shell("delete", "--everything", "--max", "2", "--journal", "d.job", *dry, check=4)
    assert advice(ran)[:6] == ["cfimages", "jobs", "resume", str(shell.folder / "d.job"), "--max", "3"]
    assert "more than --max 2" in shell("jobs", "resume", "d.job", "--yes", check=4).err
    again = ("delete", "--everything", "--journal", "d.job", "--yes")
    assert "more than --max 2" in shell(*again, check=4).err
    assert shell.ids() == ["a", "b", "c"]
    shell("jobs", "resume", "d.job", "--yes", "--max", "3", check=0)
    assert shell.ids() == []


def test_an_interrupted_job_repeats_its_limit(shell: Shell, spoiled: Spoil) -> None:
    shell.sandbox.fill(shell.environment["CLOUDFLARE_ACCOUNT_ID"], 40)
    spoiled("DELETE", "*", kind="server-error", times=None)
    ran = shell("delete", "--everything", "--yes", "--max", "40", check=3)
    assert advice(ran)[-2:] == ["--max", "40"]
    shell.sandbox.faults.clear()
    shell(*advice(ran)[1:], check=0)
    assert shell.ids() == []


def test_a_sync_and_its_deletes_are_limited(shell: Shell) -> None:
    folder = shell.files("a.png", "b.png", "c.png")
    words = ("sync", folder, "--prefix", "p/", "--delete")
    ran = shell(*words, "--max", "2", "--dry-run", check=4)
    assert "3 items are more than --max 2" in ran.err
    assert advice(ran) == ["cfimages", *map(str, words), "--max", "3"]
    assert "3 items are more than --max 2" in shell("sync", folder, "--max", "2", "-n", check=4).err
    shell(*words, "--max", "3", "--yes", check=0)
    for name in ("a.png", "b.png"):
        (folder / name).unlink()
    (folder / "d.png").write_bytes(PNG + b"d")
    ran = shell(*words, "--max", "1", "--dry-run", check=4)
    assert "Then 2 would be deleted" in ran.err
    assert "Error: 2 images are more than --max 1" in ran.err
    assert advice(ran) == ["cfimages", *map(str, words), "--max", "2"]
    assert len(shell.ids()) == 3
    shell(*words, "--max", "2", "--max-delete", "100%", "--dry-run", check=0)


def test_an_undo_is_limited(shell: Shell) -> None:
    shell.put("a", "b")
    shell("delete", "a", "b", "--backup", "kept", "--journal", "d.job", "--yes", check=0)
    assert "2 items are more than --max 1" in shell("jobs", "undo", "d.job", "--max", "1", "-n", check=4).err
    assert shell.ids() == []


def test_marks_are_limited(shell: Shell) -> None:
    shell.put("used", "unused", "other")
    (shell.folder / "used.txt").write_text("used\n", "utf-8")
    mark = ("orphans", "--refs-file", "used.txt", "--older-than", "0s", "--quarantine", "--journal", "mark.job")
    for more in ("-n", "--yes"):
        ran = shell(*mark, "--max", "1", more, check=4)
        assert "2 items are more than --max 1" in ran.err
        assert shlex.join(advice(ran)).count("--max 2") == 1
        ran = shell(*mark, "--yes", check=4)
        assert "more than --max 1" in ran.err
        assert shlex.join(advice(ran)).count("--max") == 1
    assert shell.meta("unused") == {}
    shell(*mark, "--max", "2", "--yes", check=0)
