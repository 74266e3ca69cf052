"""Sync and prune against a model: random trees, faults, runs that are broken off, and others who change the account."""

import hashlib
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from jobs.accounts import content, spoil_at_random
from jobs.folders import file, prune, sync
from jobs.worlds import World, answered, fast_timing, lost_after, reasons
from patience import PATIENCE
from pictures import PNG

from cfimages import APIError, jobs
from cfimages.jobs.kinds.sync import UNKNOWN

NAMES = [f"{folder}{number}.png" for folder in ("", "ü/", "a/b c/") for number in range(5)]


class Model:
    """A folder, and what the account has to be."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world = world
        self.chance = chance
        self.files: dict[str, bytes] = {}
        self.theirs: dict[str, bytes] = {}
        self.template = chance.choice(["{path}", "{path}-{sha256:8}"])
        options: dict[str, Any] = chance.choice([{"prefix": "p/"}, {"where": {"site": "s"}}, {"creator": "ada"}])
        if chance.random() < 0.5:
            options["map"] = world.folder / "map"
        self.part = {"id": self.template, **options}
        self.fields: dict[str, Any] = {"metadata": {"n": "x" * 930}} if "map" in options else {}

    def id_of(self, name: str) -> str:
        digest = hashlib.sha256(self.files[name]).hexdigest()[:8]
        return self.part.get("prefix", "") + self.template.replace("{path}", name).replace("{sha256:8}", digest)

    def write(self, name: str, content: bytes) -> None:
        file(self.world, name, content.removeprefix(PNG))
        self.files[name] = content

    def remove(self, name: str) -> bytes:
        (self.world.folder / "files" / name).unlink()
        return self.files.pop(name)

    def change_files(self) -> None:
        """Write, remove and rename files."""
        for name in self.chance.sample(NAMES, 6):
            if self.part.get("prefix", "") + name in self.theirs:
                continue
            what = self.chance.choice(["write", "remove", "rename"])
            if name not in self.files or what == "write":
                self.write(name, PNG + bytes([self.chance.randrange(5)]))
            else:
                found = self.remove(name)
                other = self.chance.choice(NAMES)
                if what == "rename" and self.part.get("prefix", "") + other not in self.theirs:
                    self.write(other, found)

    def change_account(self) -> None:
        """Do what others do: delete, edit or upload images, also under ids of the folder."""
        direct = self.world.direct
        for image in self.chance.sample(list(direct.list()), min(2, len(self.world.ids()))):
            if image.id in self.theirs:
                continue
            what = self.chance.choice(["delete", "edit", "upload"])
            if what == "edit":
                direct.edit(image.id, metadata={**image.meta, "e": self.chance.randrange(9)})
                continue
            direct.delete(image.id)
            if what == "upload":
                self.upload_theirs(image.id)
        if self.files and self.chance.random() < 0.3:
            image_id = self.id_of(self.chance.choice(list(self.files)))
            if self.world.image(image_id) is None:
                self.upload_theirs(image_id)

    def upload_theirs(self, image_id: str) -> None:
        named = {name: self.part[name] for name in ("creator",) if name in self.part}
        self.theirs[image_id] = PNG + b"theirs"
        self.world.direct.upload(self.theirs[image_id], id=image_id, metadata=dict(self.part.get("where", {})), **named)

    def work(self, make: Callable[..., jobs.Job], journal: str, **options: Any) -> None:
        """Plan and run, perhaps with others at work meanwhile, and broken off."""
        with suppress(APIError, jobs.JobError):
            job = make(self.world, journal, **self.part, **options)
            if self.chance.random() < 0.5:
                self.change_account()
            events = job.events(workers=2, stop_after=None)
            for count, _ in enumerate(events):
                if count == self.chance.randrange(8):
                    events.close()
            for thread in threading.enumerate():
                if thread.name.startswith("cfimages-job"):
                    thread.join(PATIENCE)

    def settle(self, step: int) -> None:
        """Sync and prune to the end. Files whose ids others have taken are refused, and removed here."""
        job = sync(self.world, f"{step}-last.job", replace=True, **self.part, **self.fields)
        job.run()
        taken = {name for name, reason in reasons(job).items() if (reason or "").removeprefix("refused: ") == UNKNOWN}
        assert {self.id_of(name) for name in taken} == {self.id_of(name) for name in self.files} & self.theirs.keys()
        for name in taken:
            self.remove(name)
        options = {"max_delete": "100%", "allow_empty": True}
        prune(self.world, f"{step}-last-prune.job", **self.part, **options).run()

    def judge(self, step: int) -> None:
        wanted = {self.id_of(name): written for name, written in self.files.items()} | self.theirs
        assert {id: content(self.world, id) for id in self.world.ids()} == wanted
        self.world.forget()
        assert sync(self.world, f"{step}-again.job", replace=True, **self.part, **self.fields).summary().left == 0
        assert self.world.effects() == []


@pytest.mark.parametrize(
    "seed",
    [
        0,
        1,
        *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 10)),
        *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(10, 24)),
    ],
)
def test_the_account_becomes_the_folder_and_nothing_of_others_is_lost(
    world: World, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)
    hours = chance.randrange(2)  # with one, files seem old, so that they are not read again
    timing = attrs.evolve(fast_timing(), now=lambda: datetime.now(UTC) + timedelta(hours=hours))
    monkeypatch.setattr("cfimages.jobs.account.TIMING", timing)
    model = Model(world, chance)
    model.upload_theirs("p/theirs")
    for step in range(4):
        model.change_files()
        spoil_at_random(world, chance)
        world.spoil("DELETE .*", chance.choice([lost_after, answered(500)]), after=chance.randrange(3))
        for attempt in range(2):
            model.work(sync, f"{step}-{attempt}.job", replace=True, **model.fields)
            model.work(prune, f"{step}-{attempt}-prune.job", max_delete="100%")
        world.rules.clear()
        model.settle(step)
        model.judge(step)
