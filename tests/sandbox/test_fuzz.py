"""Whatever is asked, the sandbox answers as openapi.yaml describes. `tests/soak` asks for longer."""

import pytest
from fuzzing import MODES, OPERATIONS, fuzz

from cfimages.sandbox import Sandbox

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("label", OPERATIONS)
def test_every_answer_is_as_described(sandbox: Sandbox, account: str, label: str, mode: str) -> None:
    statuses = fuzz(sandbox, account, label, mode, 8)
    assert mode == "wrong" or 200 in statuses
