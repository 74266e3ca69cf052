"""Jobs in processes of their own, killed with SIGKILL: at each of their moments, and at random ones through faults.

`make check` plays a sample, `make soak` all of it.
"""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from faulty import Faulty
from jobs.scenarios import EVERY, Scenario
from jobs.worlds import World

from cfimages.sandbox import FAULTS, Faults

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")

RUNS = 40
"""Runs after which a job has to be through, however many of its requests go wrong."""
RANDOM_KILLS = 200


class Zygote:
    """Starts processes that work on scenarios."""

    def __init__(self) -> None:
        tests = Path(__file__).parents[1]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "jobs.zygote"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(tests)},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=30)

    def run(self, *, delay: float | None = None, **order: Any) -> int:
        """Start a process, kill it after some seconds, and return how it ended."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({**order, "delay": delay}) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        assert code in (0, 1, 3, signal.SIGKILL), "see what the process has written"
        return code


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    with Zygote() as running:
        yield running


def finish(zygote: Zygote, order: dict[str, Any]) -> None:
    """Run until all is done; what stays in doubt gets its chances too."""
    doubts = 0
    for _ in range(RUNS):
        code = zygote.run(**order, at=None)
        doubts += code == 3
        if code == 0 or doubts > 3:
            return


def order_of(world: World, scenario: Scenario, base_url: str) -> dict[str, Any]:
    return {
        "scenario": type(scenario).__name__,
        "count": len(scenario.names),
        "account": world.account,
        "folder": str(world.folder),
        "base_url": base_url,
    }


def killed_at(zygote: Zygote, world: World, kind: type[Scenario], at: int) -> bool:
    """Kill a job at a moment and finish it; whether it came to that moment."""
    scenario = kind()
    scenario.arrange(world)
    order = order_of(world, scenario, world.sandbox.base_url)
    reached = zygote.run(**order, at=at) == signal.SIGKILL
    finish(zygote, order)
    scenario.judge(world)
    return reached


def killed_at_random(zygote: Zygote, world: World, kind: type[Scenario], seed: int) -> None:
    """Kill a job again and again while faults spoil its requests, and finish it."""
    chance = random.Random(f"{kind.__name__} {seed}")
    scenario = kind(chance.choice((5, 20, 60)))
    scenario.workers = chance.choice((1, 3, 8))
    scenario.arrange(world)
    kinds = chance.sample([fault for fault in FAULTS if fault not in scenario.beyond], 4)
    scenario.cut_off = "wrong-length" in kinds
    rate = chance.choice((0.0, 0.1, 0.3))
    carried_out = scenario.carried_out if "garbage" in kinds else None
    faults = Faults(kinds=kinds, rate=rate, seed=seed, delay=0.001, retry_after=0, carried_out=carried_out)
    with Faulty.before(world.sandbox, faults) as proxy:
        order = order_of(world, scenario, f"{proxy.url}/client/v4")
        for _ in range(chance.choice((1, 1, 3))):
            zygote.run(**order, at=None, delay=chance.random() * 0.6)
        finish(zygote, order)
    scenario.judge(world)


@pytest.mark.slow
@pytest.mark.parametrize("kind", EVERY)
def test_a_sample_of_kills(zygote: Zygote, renew: Callable[[], World], kind: str) -> None:
    for at in (3, 8, 13):
        killed_at(zygote, renew(), EVERY[kind], at)
    killed_at_random(zygote, renew(), EVERY[kind], seed=0)


@pytest.mark.soak
@pytest.mark.parametrize("kind", EVERY)
def test_killed_at_every_moment(zygote: Zygote, renew: Callable[[], World], kind: str) -> None:
    at = 1
    while killed_at(zygote, renew(), EVERY[kind], at):
        at += 1
    assert at > 10


@pytest.mark.soak
@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("seed", range(1, RANDOM_KILLS + 1))
def test_killed_at_random_moments(zygote: Zygote, world: World, kind: str, seed: int) -> None:
    killed_at_random(zygote, world, EVERY[kind], seed)
