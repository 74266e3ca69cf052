"""One sandbox for all tests of jobs, which records what changes its accounts; an account of its own for each test."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jobs.effects import Effects
from jobs.worlds import World, fast_timing

from cfimages.sandbox import Sandbox

_names = itertools.count()


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="session")
def effects(sandbox: Sandbox) -> Effects:
    return Effects(sandbox.store)


@pytest.fixture
def world(sandbox: Sandbox, effects: Effects, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An account, a folder, and clients whose requests can be made to go wrong."""
    monkeypatch.setattr("cfimages.jobs.account.TIMING", fast_timing())
    with World(sandbox, effects, f"jobs-{next(_names)}", tmp_path) as here:
        yield here


@pytest.fixture
def renew(world: World, tmp_path: Path) -> Iterator[Callable[[], World]]:
    """Worlds like the first, each with an account and a folder of its own."""
    worlds = []

    def another() -> World:
        folder = tmp_path / str(len(worlds))
        folder.mkdir()
        worlds.append(World(world.sandbox, world._effects, f"jobs-{next(_names)}", folder))
        return worlds[-1]

    yield another
    for here in worlds:
        here.__exit__(None, None, None)
