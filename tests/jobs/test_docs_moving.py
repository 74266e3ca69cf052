"""Every block of docs/jobs-moving.md runs, one after the other in one folder."""

from pathlib import Path

import pytest
from jobs.test_docs import run_blocks
from jobs.worlds import World

PAGE = (Path(__file__).parents[2] / "docs" / "jobs-moving.md").read_text("utf-8")


def test_the_blocks_run(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    world.put("theirs", metadata={"n": 1})
    world.direct.upload(b"\x89PNG\r\n\x1a\n")
    compared = "2 done\n  images: 2 in the source, 2 in this account\n"
    printed = ["2 done\n", "2 images; theirs\n", compared, compared]
    for said, end in zip(run_blocks(PAGE, world, monkeypatch, capsys, tmp_path), printed, strict=True):
        assert said.endswith(end)
