"""Jobs that end at each of their moments, and are made and run again: every wanted effect once, and nothing else."""

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from jobs.kills import killed_and_resumed, moments_of
from jobs.worlds import World

from cfimages import CloudflareImages, jobs


class Scenario:
    """A job, the account it finds, and what has to be so afterwards."""

    def arrange(self, world: World) -> None:
        """Put into the account what the job finds there."""

    def work(self, world: World, images: CloudflareImages) -> None:
        """Make the job and run it."""
        raise NotImplementedError

    def judge(self, world: World) -> None:
        """Compare effects, account and journal."""
        raise NotImplementedError


class Deleting(Scenario):
    options: ClassVar[dict[str, Any]] = {}

    def arrange(self, world: World) -> None:
        world.put("a", "b", "c", creator="ada")
        world.put("kept", creator="grace")

    def work(self, world: World, images: CloudflareImages) -> None:
        jobs.delete(images, world.journal, creator="ada", **self.options).run(workers=2)

    def judge(self, world: World) -> None:
        assert sorted(world.effects()) == [("delete", "a"), ("delete", "b"), ("delete", "c")]
        assert world.ids() == ["kept"]
        job = jobs.resume(world.direct, world.journal)
        assert {item.key: item.state for item in job.items()} == dict.fromkeys("abc", "done")


class DeletingUnchecked(Deleting):
    options: ClassVar[dict[str, Any]] = {"recheck": False}


SCENARIOS = [Deleting, DeletingUnchecked]


def sweep(world: World, scenario: Scenario, renew: Callable[[], World]) -> None:
    """Play a scenario once for each of its moments."""
    scenario.arrange(world)
    last = moments_of(world, lambda images: scenario.work(world, images))
    scenario.judge(world)
    assert last > 10
    for at in range(1, last + 1):
        here = renew()
        scenario.arrange(here)
        killed_and_resumed(here, at, lambda images: scenario.work(here, images))  # noqa: B023 - called at once
        try:
            scenario.judge(here)
        except AssertionError as error:
            error.add_note(f"killed at moment {at} of {last}")
            raise


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_job_that_is_killed_at_any_moment_is_finished_by_the_next_run(
    world: World, renew: Callable[[], World], scenario: type[Scenario]
) -> None:
    sweep(world, scenario(), renew)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_without_the_intent_in_the_journal_that_is_noticed(
    world: World, renew: Callable[[], World], monkeypatch: pytest.MonkeyPatch, scenario: type[Scenario]
) -> None:
    """The commit that comes before the requests of a group is what all of this rests on."""
    monkeypatch.setattr("cfimages.jobs.journal.Journal.start", lambda self, items, outcomes: self.settle(outcomes))
    with pytest.raises(AssertionError) as caught:
        sweep(world, scenario(), renew)
    assert "killed at moment" in caught.value.__notes__[0]
