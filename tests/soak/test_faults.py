"""The long version of `tests/test_faults.py`: 100,000 images, every way to walk, hundreds of seeds."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import attrs
import pytest
from faulty import Faulty
from walks import PACED, RESUMABLE, WAYS, Walker, expected, nothing_left, paced

from cfimages.sandbox import Faults

pytestmark = pytest.mark.soak

IMAGES = 100_000
PAGE = 1000
SEEDS = 300
COLOURS = ("sync", "asynchronous", "saved", "asynchronously_saved")


@attrs.define
class Tally:
    """What all walks together met."""

    walks: int = 0
    incidents: Counter[str] = attrs.field(factory=Counter)
    errors: Counter[str] = attrs.field(factory=Counter)


@pytest.fixture(scope="module")
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    tally = Tally()
    yield tally
    writer = request.config.get_terminal_writer()
    with request.config.pluginmanager.get_plugin("capturemanager").global_and_fixture_disabled():
        writer.line(f"\n{tally.walks} walks of {IMAGES:,} images met {tally.incidents.total():,} faults")
        writer.line(f"faults: {dict(tally.incidents)}")
        writer.line(f"errors that walks were continued after: {dict(tally.errors)}")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Of a sandbox in a process of its own: here, it would compete with the walks for the interpreter."""
    command = [sys.executable, "-m", "cfimages.sandbox", "--port", "0", "--fill", str(IMAGES), "--account", "full"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            said = "".join(process.stdout.readline() for _ in range(5))
            yield int(re.search(r"127\.0\.0\.1:(\d+)", said)[1])
        finally:
            process.terminate()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_long_walk_gives_every_image_once_and_in_order(port: int, tally: Tally, seed: int) -> None:
    way = RESUMABLE[seed % len(RESUMABLE)]  # not by numbers, whose pages have 100 images at most
    colour, rate = COLOURS[seed // len(RESUMABLE) % 4], (0.1, 0.2, 0.3)[seed // len(RESUMABLE) // 4 % 3]
    faults = Faults(seed=seed, rate=rate, delay=0.002, retry_after=0)
    with nothing_left(), Faulty(port, faults) as proxy:
        walked = getattr(Walker(f"{proxy.url}/client/v4", "full", PAGE, timeout=0.5), colour)(WAYS[way])
    assert walked.ids == expected(way, IMAGES)
    assert proxy.incidents
    tally.walks += 1
    tally.incidents.update(incident.fault for incident in proxy.incidents)
    tally.errors.update(type(error).__name__ for error in walked.errors)


@pytest.mark.parametrize("seed", range(10))
def test_long_walks_that_share_a_pacer_are_never_refused_whatever_goes_wrong(seed: int) -> None:
    with nothing_left():
        found, passed = paced(600, 5, Faults(seed=seed, rate=(0.1, 0.2, 0.3)[seed % 3], delay=0.002, retry_after=0))
    assert found == {way: expected(way, 600) for way in PACED}
    assert all(passed)
