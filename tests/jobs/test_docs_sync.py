"""Every block of docs/jobs-sync.md runs, one after the other in one folder."""

import shlex
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from jobs.test_docs import blocks, run_blocks
from jobs.worlds import World
from systems import needs_patch

from cfimages.cli.app import cli

PAGE = (Path(__file__).parents[2] / "docs" / "jobs-sync.md").read_text("utf-8")


def run(line: str) -> str:
    ran = CliRunner().invoke(cli, shlex.split(line)[1:])
    assert ran.exit_code == 0, ran.output
    return ran.stdout


@needs_patch
def test_the_blocks_run(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("cfimages.cli.folders.platformdirs.user_state_path", lambda *_, **__: tmp_path / "state")
    first, second = run_blocks(PAGE, world, monkeypatch, capsys, tmp_path)
    assert first.startswith("2 done\n2 are there\n")
    assert second.count("1 done\n") == 2
    assert "1 are replaced" in second
    command, rewriting = blocks("sh", PAGE)
    run(command)
    assert world.ids() == ["photos/cat.png"]
    text = tmp_path / "index.md"
    text.write_text("![](photos/cat.png)\n", "utf-8")
    for line in rewriting.splitlines()[:3]:
        line, _, file = line.partition(" > ")
        said = run(line)
        if file:
            (tmp_path / file).write_text(said, "utf-8")
    assert text.read_text("utf-8") == f"![]({world.images.get('photos/cat.png').url()})\n"
    subprocess.run(rewriting.splitlines()[3], shell=True, check=True, capture_output=True)
    assert text.read_text("utf-8") == "![](photos/cat.png)\n"
