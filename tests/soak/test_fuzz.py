"""The long version of `tests/sandbox/test_fuzz.py`: other requests each time, and hundreds of each kind."""

from collections.abc import Iterator

import pytest
from fuzzing import MODES, OPERATIONS, fuzz

from cfimages.sandbox import Sandbox

pytestmark = pytest.mark.soak

EXAMPLES = 300


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("label", OPERATIONS)
def test_every_answer_is_as_described(sandbox: Sandbox, label: str, mode: str) -> None:
    account = f"{mode}-{OPERATIONS.index(label)}"
    assert fuzz(sandbox, account, label, mode, EXAMPLES, derandomize=False)
