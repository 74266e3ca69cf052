"""Whole listings through every fault: nothing is lost, nothing comes twice, nothing hangs, nothing is left."""

from collections.abc import Iterator

import pytest
from faulty import Faulty
from patience import PATIENCE
from servers import ONCE
from walks import PACED, RESUMABLE, WAYS, Walker, expected, nothing_left, paced

from cfimages.sandbox import Faults, Sandbox

IMAGES = 60
PAGE = 5


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        running.fill("full", IMAGES)  # and have it answer once: its thread opens files of its own
        Walker(running.base_url, "full", IMAGES, timeout=PATIENCE).sync(WAYS["list"])
        yield running


@pytest.mark.sweep
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow), pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize("colour", ["sync", "asynchronous"])
@pytest.mark.parametrize("way", WAYS)
def test_a_walk_gives_every_image_once_and_in_order(sandbox: Sandbox, way: str, colour: str, seed: int) -> None:
    faults = Faults(seed=seed, rate=0.4, delay=0.001, retry_after=0)
    with nothing_left(), Faulty.before(sandbox, faults) as proxy:
        walker = Walker(f"{proxy.url}/client/v4", "full", PAGE, timeout=0.05)
        walked = getattr(walker, colour)(WAYS[way])
    assert walked.ids == expected(way, IMAGES)
    assert proxy.incidents


@pytest.mark.sweep
@pytest.mark.parametrize("colour", ["saved", pytest.param("asynchronously_saved", marks=pytest.mark.slow)])
@pytest.mark.parametrize("way", RESUMABLE)
def test_a_walk_that_is_saved_goes_on_in_another_client(sandbox: Sandbox, way: str, colour: str) -> None:
    faults = Faults(seed=3, rate=0.4, delay=0.001, retry_after=0)
    with nothing_left(), Faulty.before(sandbox, faults) as proxy:
        walker = Walker(f"{proxy.url}/client/v4", "full", PAGE, timeout=0.05, retries=ONCE)
        walked = getattr(walker, colour)(WAYS[way])
    assert walked.ids == expected(way, IMAGES)
    assert walked.errors


@pytest.mark.realtime
def test_walks_that_share_a_pacer_are_never_refused_whatever_goes_wrong() -> None:
    with nothing_left():
        found, passed = paced(IMAGES, PAGE, Faults(rate=0.3, delay=0.001, retry_after=0))
    assert found == {way: expected(way, IMAGES) for way in PACED}
    assert all(passed)
    assert len(passed) > 40  # so that the limit mattered
