"""Jobs that end at each of their moments, and are made and run again: every wanted effect once, and nothing else."""

import threading
from collections.abc import Callable

import pytest
from jobs.kills import Death, ReapedWire, Reaper, reaped
from jobs.scenarios import CHANGING, READING, Deleting, Editing, Scenario, Uploading, UploadingUnreserved
from jobs.worlds import World


def play(world: World, scenario: Scenario, at: int | None) -> int:
    """Do the work of a scenario until a moment; how many moments there were."""
    reaper = Reaper(at)
    with reaped(reaper):
        try:
            scenario.work(world.client(ReapedWire(reaper)), world.folder)
        finally:
            for thread in threading.enumerate():
                if thread.name.startswith("cfimages-job"):
                    thread.join(10)
    return reaper.moments


def sweep(world: World, scenario: Scenario, renew: Callable[[], World], step: int = 1) -> None:
    """Play a scenario once for each of its moments, or every `step`th, and then to its end."""
    scenario.arrange(world)
    last = play(world, scenario, None)
    scenario.judge(world)
    assert last > 10
    for at in range(1, last + 1, step):
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


@pytest.mark.parametrize("step", [3, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("scenario", CHANGING + READING)
def test_a_job_that_is_killed_at_any_moment_is_finished_by_the_next_run(
    world: World, renew: Callable[[], World], scenario: type[Scenario], step: int
) -> None:
    sweep(world, scenario(), renew, step)


@pytest.mark.parametrize("scenario", [Deleting, Editing, Uploading, UploadingUnreserved])
def test_without_the_intent_in_the_journal_that_is_noticed(
    world: World, renew: Callable[[], World], monkeypatch: pytest.MonkeyPatch, scenario: type[Scenario]
) -> None:
    """The commit that comes before the requests of a group is what all of this rests on."""
    monkeypatch.setattr("cfimages.jobs.journal.Journal.start", lambda self, items, outcomes: self.settle(outcomes))
    with pytest.raises(AssertionError) as caught:
        sweep(world, scenario(), renew)
    assert "killed at moment" in caught.value.__notes__[0]
