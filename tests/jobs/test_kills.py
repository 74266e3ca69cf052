"""Jobs that end at each of their moments, and are made and run again: every wanted effect once, and nothing else."""

import json
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from jobs.disk import exported
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


class Uploading(Scenario):
    """Under ids of one's own."""

    options: ClassVar[dict[str, Any]] = {"id": "{path}"}

    def arrange(self, world: World) -> None:
        (world.folder / "files").mkdir(exist_ok=True)
        for name in "abc":
            (world.folder / "files" / name).write_bytes(PNG + name.encode())

    def work(self, world: World, images: CloudflareImages) -> None:
        jobs.upload(images, world.journal, world.folder / "files", **self.options).run(workers=2)

    def judge(self, world: World) -> None:
        assert sorted(world.effects()) == [("upload", "a"), ("upload", "b"), ("upload", "c")]
        assert journal_of(world) == dict.fromkeys("abc", "done")


class UploadingReserved(Uploading):
    options: ClassVar[dict[str, Any]] = {}

    def judge(self, world: World) -> None:
        completed = sorted(id for _, id in world.effects("complete"))
        assert world.ids() == completed
        assert len(completed) == 3
        assert sorted(image.filename for image in world.direct.list()) == ["a", "b", "c"]
        job = jobs.resume(world.direct, world.journal)
        assert {item.state for item in job.items()} == {"done"}
        assert sorted(item.result["id"] for item in job.items()) == completed


class UploadingUnreserved(Uploading):
    options: ClassVar[dict[str, Any]] = {"reserve": False}

    def judge(self, world: World) -> None:
        names = sorted(image.filename for image in world.direct.list())
        assert len(set(names)) == len(names) == len(world.effects())
        for item in jobs.resume(world.direct, world.journal).items():
            assert item.state in ("done", "in_doubt")
            assert item.state == "in_doubt" or item.key in names


class DeletingWithBackup(Deleting):
    def work(self, world: World, images: CloudflareImages) -> None:
        jobs.delete(images, world.journal, creator="ada", backup=world.folder / "out").run(workers=2)

    def judge(self, world: World) -> None:
        super().judge(world)
        assert exported(world.folder / "out").keys() == {"a", "b", "c"}


class BringingBack(Scenario):
    def arrange(self, world: World) -> None:
        world.put("a", "b", metadata={"n": 1})
        world.direct.upload(PNG)
        jobs.delete(world.direct, world.folder / "delete.job", everything=True, backup=world.folder / "out").run()
        world.forget()

    def work(self, world: World, images: CloudflareImages) -> None:
        jobs.resume(images, world.folder / "delete.job").undo(world.journal).run(workers=2)

    def judge(self, world: World) -> None:
        assert sorted(world.effects("upload")) == [("upload", "a"), ("upload", "b")]
        assert len(world.effects("complete")) == 1
        assert len(world.ids()) == 3
        assert set(journal_of(world).values()) == {"done"}


class Exporting(Scenario):
    def arrange(self, world: World) -> None:
        world.put("a", "b", "c")

    def work(self, world: World, images: CloudflareImages) -> None:
        jobs.export(images, world.journal, world.folder / "out", everything=True).run(workers=2)

    def judge(self, world: World) -> None:
        assert {id: content for id, (_, content) in exported(world.folder / "out").items()} == dict.fromkeys("abc", PNG)
        assert not list((world.folder / "out").rglob(".*"))
        assert journal_of(world) == dict.fromkeys("abc", "done")


class TakingStock(Scenario):
    def arrange(self, world: World) -> None:
        world.put("a", "b", "c")

    def work(self, world: World, images: CloudflareImages) -> None:
        jobs.inventory(images, world.journal, world.folder / "all.jsonl").run()

    def judge(self, world: World) -> None:
        lines = (world.folder / "all.jsonl").read_text().splitlines()
        assert sorted(json.loads(line)["id"] for line in lines) == ["a", "b", "c"]
        assert journal_of(world) == dict.fromkeys("abc", "done")


CHANGING = [
    Deleting,
    DeletingUnchecked,
    DeletingWithBackup,
    Editing,
    MakingPrivate,
    Uploading,
    UploadingReserved,
    UploadingUnreserved,
    BringingBack,
]
READING = [Exporting, TakingStock]


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


@pytest.mark.parametrize("scenario", CHANGING + READING)
def test_a_job_that_is_killed_at_any_moment_is_finished_by_the_next_run(
    world: World, renew: Callable[[], World], scenario: type[Scenario]
) -> None:
    sweep(world, scenario(), renew)


@pytest.mark.parametrize("scenario", [Deleting, Editing, Uploading, UploadingUnreserved])
def test_without_the_intent_in_the_journal_that_is_noticed(
    world: World, renew: Callable[[], World], monkeypatch: pytest.MonkeyPatch, scenario: type[Scenario]
) -> None:
    """The commit that comes before the requests of a group is what all of this rests on."""
    monkeypatch.setattr("cfimages.jobs.journal.Journal.start", lambda self, items, outcomes: self.settle(outcomes))
    with pytest.raises(AssertionError) as caught:
        sweep(world, scenario(), renew)
    assert "killed at moment" in caught.value.__notes__[0]
