"""Every block of docs/jobs-orphans.md runs, one after the other in one folder."""

import shlex
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from jobs.test_docs import blocks, run_blocks
from jobs.worlds import World

from cfimages.cli.app import cli
from cfimages.jobs import references

PAGE = (Path(__file__).parents[2] / "docs" / "jobs-orphans.md").read_text("utf-8")


def test_the_blocks_run(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    world.put("text", "sql", "file", "unused")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "a.md").write_text("![](https://imagedelivery.net/hash/text/public)", "utf-8")
    (tmp_path / "used.txt").write_text("file\n", "utf-8")
    with closing(sqlite3.connect(tmp_path / "app.db")) as connection, connection:
        connection.execute("CREATE TABLE posts (image)")
        connection.execute("INSERT INTO posts VALUES ('sql')")
    monkeypatch.setattr("cfimages.cli.folders.platformdirs.user_state_path", lambda *_, **__: tmp_path / "state")
    printed = ["['unused']\n", "2 done\nmark\n", "2 done\n2 done\n"]
    report, marked = run_blocks(PAGE, world, monkeypatch, capsys, tmp_path)
    assert report.endswith(printed[0])
    assert marked.startswith(printed[1])
    assert marked.endswith(printed[2])
    (commands,) = blocks("sh", PAGE)
    for command in commands.splitlines():
        ran = CliRunner().invoke(cli, shlex.split(command)[1:])
        assert ran.exit_code == 0, ran.output
    assert world.ids() == ["text"]


def test_the_page_has_the_classes() -> None:
    for name in references.__all__:
        assert name == "References" or f"| `{name}(" in PAGE
