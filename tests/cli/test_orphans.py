"""`cfimages orphans`: references from everywhere, the report, the marks, and what is deleted in the end."""

import re
import shlex
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from cli.conftest import Shell
from pictures import PNG

NEW = ("--older-than", "0s")


@pytest.fixture
def used(shell: Shell) -> Path:
    """An account with an image in use and one that is not, and a file that says so."""
    shell.put("used", "unused", metadata={"n": 1})
    path = shell.folder / "used.txt"
    path.write_text("https://imagedelivery.net/hash/used/public\n", "utf-8")
    return path


def test_a_report(shell: Shell, used: Path) -> None:
    ran = shell("orphans", "--refs-file", used, *NEW, check=0)
    assert [row["id"] for row in ran.rows] == ["unused"]
    assert ran.err.splitlines()[0] == "1 of 2 images are orphans, and references lead to 1"
    assert re.fullmatch(r"words of the references that may be ids: \d+", ran.err.splitlines()[1])
    ran = shell("orphans", "--refs-file", used, check=0)
    assert (ran.out, ran.err.splitlines()[0]) == ("", "0 of 2 images are orphans, and references lead to 1")
    assert "1 more are left out" in ran.err
    assert "see --older-than" in ran.err
    ran = shell("orphans", "--refs-file", used, *NEW, "--creator", "ada", "--json", check=0)
    assert (ran.out, ran.err) == ("", "Orphans: 0\n")


def test_a_report_is_read_again_from_its_journal(shell: Shell, used: Path) -> None:
    words = ("orphans", "--refs-file", used, *NEW, "--journal", "o.job")
    first, again = shell(*words, check=0), shell(*words, check=0)
    assert again.out == first.out
    assert again.err == "Orphans: 1\n"


def test_a_report_of_too_many_is_refused(shell: Shell, used: Path) -> None:
    ran = shell("orphans", "--refs-file", used, *NEW, "--max", "0", check=4)
    assert [row["id"] for row in ran.rows] == ["unused"]
    assert ran.err.splitlines()[-1] == "Error: 1 are more than --max 0"
    shell("orphans", "--refs-file", used, *NEW, "--max", "1", check=0)


def test_references_of_all_kinds(shell: Shell, used: Path) -> None:
    shell.put("text", "sql", "program", "stdin")
    (shell.folder / "site").mkdir()
    (shell.folder / "site" / "a.md").write_text("![](https://imagedelivery.net/hash/text/public)", "utf-8")
    with closing(sqlite3.connect("app.db")) as connection, connection:
        connection.execute("CREATE TABLE posts (image)")
        connection.execute("INSERT INTO posts VALUES ('sql')")
    words = [
        *(
            "--refs-file",
            used,
            "--refs-text",
            "site/**/*.md",
            "--refs-sql",
            "sqlite:///app.db",
            "SELECT image FROM posts",
        ),
        *("--refs-command", shlex.join([sys.executable, "-c", "print('program')"])),
        *("--refs-file", "-", "--refs-complete", *NEW),
    ]
    assert [row["id"] for row in shell("orphans", *words, input="stdin\n", check=0).rows] == ["unused"]


def test_references_that_may_not_be_all(shell: Shell, used: Path) -> None:
    assert "no references" in shell("orphans", check=2).err
    assert "--refs-complete" in shell("orphans", "--refs-file", "-", input="used", check=2).err
    assert "not UTF-8" in shell("orphans", "--refs-file", "-", "--refs-complete", input=b"\xff", check=2).err
    assert "--refs-command" in shell("orphans", "--refs-command", "a 'b", check=2).err
    assert "--refs-sql" in shell("orphans", "--refs-sql", "app.db", "select 1", check=2).err
    assert "for a pattern, use --refs-text" in shell("orphans", "--refs-file", "*.txt", check=4).err
    dead = shlex.join([sys.executable, "-c", "print('used'); exit(1)"])
    assert "ended with status 1" in shell("orphans", "--refs-command", dead, *NEW).err
    used.write_text("nothing of this account\n", "utf-8")
    ran = shell("orphans", "--refs-file", used, "--quarantine", "--yes", *NEW, check=4)
    assert "nothing refers to any image" in ran.err
    assert shell.meta("unused") == {"n": 1}


@pytest.mark.parametrize(
    "option",
    [
        ("--dry-run",),
        ("--max", "0"),
        ("--creator", "nobody"),
        ("--key", "other"),
        ("--account", "other"),
        ("--refs-text", "site/*.md"),
        ("-q",),
    ],
)
def test_an_option_before_reap_is_refused(shell: Shell, used: Path, option: tuple[str, ...]) -> None:
    """It would have no effect on what is deleted."""
    shell("orphans", "--refs-file", used, "--quarantine", "--yes", *NEW, check=0)
    ran = shell("orphans", *option, "reap", "--refs-file", used, "--after", "0s", "--yes", check=2)
    assert "put options after `reap`" in ran.err
    assert shell.ids() == ["unused", "used"]


def test_mark_and_reap(shell: Shell, used: Path) -> None:
    refs = ("--refs-file", used)
    mark = ("orphans", *refs, "--quarantine", "--journal", "mark.job", *NEW)
    shell(*mark, check=4)  # there is nobody to ask
    ran = shell(*mark, "--yes", "--max", "0", check=4)
    assert "more than --max 0" in ran.err
    assert "--max 1" in ran.err.splitlines()[-1]
    assert shell(*mark, "--yes", "--max", "1", check=0).row["item"] == "unused"
    assert (shell.meta("unused") or {}).keys() == {"n", "quarantine"}
    shell("jobs", "undo", "mark.job", "--yes", check=0)
    assert shell.meta("unused") == {"n": 1}
    shell("orphans", *refs, "--quarantine", "--yes", *NEW, check=0)
    ran = shell("orphans", "reap", *refs, "--yes", check=0)
    assert "skipped 1: its mark is not old enough before" in ran.err
    reap = ("orphans", "reap", *refs, "--after", "0s", "--backup", "reaped", "--journal", "reap.job")
    ran = shell(*reap, "--dry-run", check=0)
    assert shlex.split(ran.err.splitlines()[-1]) == [
        *("cfimages", *map(str, reap[:-1]), str(shell.folder / "reap.job"))
    ]
    for advice in (shell("jobs", "resume", "reap.job", "--yes", check=3), shell("jobs", "show", "reap.job", check=0)):
        assert shlex.split(advice.err.splitlines()[-1]) == [
            *("cfimages", *map(str, reap[:-1]), str(shell.folder / "reap.job"))
        ]
    shell(*reap, "--yes", check=0)
    assert shell.ids() == ["used"]
    shell("jobs", "undo", "reap.job", "--yes", check=0)
    assert shell.ids() == ["unused", "used"]


def test_a_reap_goes_on_with_its_references(shell: Shell, used: Path) -> None:
    shell.put("b", content=PNG)
    shell("orphans", "--refs-file", used, "--quarantine", "--yes", *NEW, check=0)
    reap = ("orphans", "reap", "--refs-file", used, "--after", "0s", "--journal", "reap.job")
    shell(*reap, "--dry-run", check=0)
    used.write_text("https://imagedelivery.net/hash/used/public\nb\n", "utf-8")
    ran = shell(*reap, "--yes", check=0)
    assert {row["item"]: row["state"] for row in ran.rows} == {"unused": "done", "b": "skipped"}
    assert shell.ids() == ["b", "used"]


def test_the_command_that_goes_on_has_no_arguments_of_a_program(shell: Shell, used: Path) -> None:
    program = f"""{shlex.quote(sys.executable)} -c "print('used')  # secret, http://me:"@host"""
    mark = ("orphans", "--refs-command", program, "--quarantine", *NEW, "--journal", "mark.job")
    ran = shell(*mark, "--dry-run", check=0)
    resumed = shell("jobs", "resume", "mark.job", check=3)
    for text in (ran.err, resumed.err):
        words = shlex.split(text.splitlines()[-1])
        assert words[words.index("--refs-command") + 1] == f"{shlex.quote(sys.executable)} ..."
    for path in shell.folder.rglob("*"):
        assert path.is_dir() or b"secret" not in path.read_bytes(), path
    mark = ("orphans", "--refs-command", "./references", "--quarantine", *NEW, "--journal", "2.job")
    script = shell.folder / "references"
    script.write_text(f"#!{sys.executable}\nprint('used')\n", "utf-8")
    script.chmod(0o700)
    assert "--refs-command ./references" in shell(*mark, "--dry-run", check=0).err


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:///app.db", "sqlite:///app.db"),
        ("postgresql://me:se@cr:et/x@host/db?ssl=1&password=secret", "postgresql://me:***@host/db?ssl=1&password=***"),
        ("mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BPWD%3Dsecret", "mssql+pyodbc:///?odbc_connect=***"),
        ("mysql://me@host/db?ssl_passphrase=secret&x=1", "mysql://me@host/db?ssl_passphrase=***&x=1"),
    ],
)
def test_the_command_that_goes_on_has_no_password(
    shell: Shell, used: Path, url: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [("used",)]
    monkeypatch.setattr("cfimages.jobs.databases.check", lambda url, query: None)
    monkeypatch.setattr("cfimages.jobs.databases.described", lambda url: "a database")
    monkeypatch.setattr("cfimages.jobs.databases.rows", lambda url, query: iter(rows))
    mark = ("orphans", "--refs-sql", url, "SELECT image FROM posts", "--quarantine", *NEW, "--journal", "mark.job")
    ran = shell(*mark, "--dry-run", check=0)
    ours = ["cfimages", "orphans", "--refs-sql", said, *mark[3:-1], str(shell.folder / "mark.job")]
    assert sorted(shlex.split(ran.err.splitlines()[-1])) == sorted(ours)
    assert sorted(shlex.split(shell("jobs", "resume", "mark.job", check=3).err.splitlines()[-1])) == sorted(ours)
    for path in shell.folder.rglob("*"):
        assert path.is_dir() or not re.search(rb"se@cr|et/x|secret", path.read_bytes()), path
