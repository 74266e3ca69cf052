"""Jobs that end at each of their moments, and are made and run again: every wanted effect once, and nothing else."""

import threading
from collections.abc import Callable, Iterable

import pytest
from jobs.kills import Death, ReapedWire, Reaper, reaped
from jobs.scenarios import (
    CHANGING,
    READING,
    Deleting,
    Editing,
    Exporting,
    Scenario,
    Syncing,
    Uploading,
    UploadingReserved,
)
from jobs.worlds import World
from patience import PATIENCE

from cfimages.jobs.journal import Journal

QUICK = (Deleting, Editing, Uploading, UploadingReserved, Syncing, Exporting)
"""One of each kind of work. The others take four times as long, and are slow tests."""


def each(scenarios: Iterable[type[Scenario]]) -> pytest.MarkDecorator:
    """Have a test take each of these, with those that are not of `QUICK` among the slow tests."""
    params = [pytest.param(kind, marks=() if kind in QUICK else pytest.mark.slow) for kind in scenarios]
    return pytest.mark.parametrize("scenario", params)


def play(world: World, scenario: Scenario, at: int | None) -> int:
    """Do the work of a scenario until a moment; how many moments there were."""
    reaper = Reaper(at)
    with reaped(reaper):
        try:
            scenario.work(world.client(ReapedWire(reaper)), world.folder)
        finally:
            for thread in threading.enumerate():
                if thread.name.startswith("cfimages-job"):
                    thread.join(PATIENCE)
    return reaper.moments


def sweep(world: World, scenario: Scenario, renew: Callable[[], World], *, every: int = 1) -> None:
    """Play a scenario once for each of its moments, and then to its end.

    With a single item, what is behind one commit or request is also what is before the next: `every` second moment is
    enough.
    """
    scenario.arrange(world)
    last = play(world, scenario, None)
    scenario.judge(world)
    assert last >= 10
    for at in sorted({*range(1, last + 1, every), last}):
        here = renew()
        scenario.arrange(here)
        try:
            play(here, scenario, at)
        except Death:
            play(here, scenario, None)
        try:
            scenario.judge(here)
        except AssertionError as error:
            error.add_note(f"killed at moment {at} of {last}")
            raise


@pytest.mark.sweep
@each(CHANGING + READING)
def test_a_job_that_is_killed_at_any_moment_is_finished_by_the_next_run(
    world: World, renew: Callable[[], World], scenario: type[Scenario]
) -> None:
    sweep(world, scenario(1), renew, every=2)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", CHANGING + READING)
def test_a_job_of_several_items_that_is_killed_at_any_moment_is_finished_by_the_next_run(
    world: World, renew: Callable[[], World], scenario: type[Scenario]
) -> None:
    sweep(world, scenario(2), renew)


@pytest.mark.slow
@each(kind for kind in CHANGING if kind is not UploadingReserved)
def test_without_the_intent_in_the_journal_that_is_noticed(
    world: World, renew: Callable[[], World], monkeypatch: pytest.MonkeyPatch, scenario: type[Scenario]
) -> None:
    """The commit that comes before the requests of a group is what all of this rests on."""
    monkeypatch.setattr("cfimages.jobs.journal.Journal.start", lambda self, items, outcomes: self.settle(outcomes))
    assert_noticed(world, renew, scenario)


def test_without_the_reserved_id_in_the_journal_that_is_noticed(
    world: World, renew: Callable[[], World], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the intent of an upload whose id the service makes."""
    settle = Journal.settle
    monkeypatch.setattr(Journal, "settle", lambda self, outcomes, notes=(): settle(self, outcomes))
    assert_noticed(world, renew, UploadingReserved)


def assert_noticed(world: World, renew: Callable[[], World], scenario: type[Scenario]) -> None:
    """Check that a sweep finds a moment after which something is wrong."""
    with pytest.raises(AssertionError) as caught:
        sweep(world, scenario(1), renew, every=2)
    assert "killed at moment" in caught.value.__notes__[0]
