"""Jobs that end at each of their moments, and are made and run again: every wanted effect once, and nothing else."""

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from jobs.kills import killed_and_resumed, moments_of
from jobs.worlds import World, states
from pictures import PNG

from cfimages import CloudflareImages, jobs


def journal_of(world: World) -> dict[str, str]:
    """The state of each item."""
    return states(jobs.resume(world.direct, world.journal))


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
        assert journal_of(world) == dict.fromkeys("abc", "done")


class DeletingUnchecked(Deleting):
    options: ClassVar[dict[str, Any]] = {"recheck": False}


class Editing(Scenario):
    def arrange(self, world: World) -> None:
        world.put("a", "b", "c", metadata={"n": 1})

    def work(self, world: World, images: CloudflareImages) -> None:
        jobs.edit(images, world.journal, everything=True, set={"m": 2}).run(workers=2)

    def judge(self, world: World) -> None:
        assert sorted(world.effects()) == [("edit", "a", "a"), ("edit", "b", "b"), ("edit", "c", "c")]
        assert all(image.meta == {"n": 1, "m": 2} for image in world.direct.list())
        assert journal_of(world) == dict.fromkeys("abc", "done")


class MakingPrivate(Scenario):
    def arrange(self, world: World) -> None:
        self.old = {world.direct.upload(PNG).id for _ in range(3)}
        world.forget()

    def work(self, world: World, images: CloudflareImages) -> None:
        jobs.edit(images, world.journal, ids=sorted(self.old), require_signed_urls=True).run(workers=2)

    def judge(self, world: World) -> None:
        edits = {effect[1]: effect[2] for effect in world.effects()}
        assert len(world.effects()) == 3
        assert edits.keys() == self.old
        for item in jobs.resume(world.direct, world.journal).items():
            if item.state == "in_doubt":
                assert edits[item.key] in item.result["candidates"]
            else:
                assert item.state == "done"
                assert item.result["id"] == edits[item.key]


SCENARIOS = [Deleting, DeletingUnchecked, Editing, MakingPrivate]


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
