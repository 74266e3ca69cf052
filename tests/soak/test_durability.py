"""The long version of `tests/sandbox/test_durability.py`: hundreds of kills, all of one file."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from served import killed_at_random

pytestmark = pytest.mark.soak

ROUNDS = 300


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Path]:
    found: list[int] = []
    request.node.found = found
    yield tmp_path_factory.mktemp("durability") / "db.sqlite"
    writer = request.config.get_terminal_writer()
    with request.config.pluginmanager.get_plugin("capturemanager").global_and_fixture_disabled():
        writer.line(f"\n{len(found)} kills; {sum(found):,} images as they had been acknowledged")


@pytest.mark.parametrize("seed", range(100, 100 + ROUNDS))
def test_what_was_acknowledged_is_there_after_a_kill(db: Path, seed: int, request: pytest.FixtureRequest) -> None:
    request.node.parent.found.append(killed_at_random(db, seed))
