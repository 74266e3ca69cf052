"""What the sandbox has acknowledged outlives it. `tests/soak` kills it for hundreds of rounds."""

from pathlib import Path

import pytest
from served import killed_at_random


@pytest.mark.slow
def test_what_was_acknowledged_is_there_after_a_kill(tmp_path: Path) -> None:
    rounds = (killed_at_random(tmp_path / "db.sqlite", seed) for seed in range(50))
    assert next(acknowledged for acknowledged in rounds if acknowledged)  # some are killed before the first answer
