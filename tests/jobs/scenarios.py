"""Jobs that are killed: what the account has before, what is done, and what has to be so afterwards."""

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import httpx
from jobs.disk import exported, write_export
from jobs.worlds import World
from pictures import PNG

from cfimages import CloudflareImages, jobs
from cfimages.jobs.journal import Journal
from cfimages.jobs.kinds.delete import Delete
from cfimages.jobs.references import Ids


def items(world: World) -> list[Any]:
    """What the journal has."""
    with Journal.open(world.journal) as journal:
        return journal.items()


def content_of(world: World, id: str) -> bytes:
    """The original of an image."""
    with world.direct.stream(id) as chunks:
        return b"".join(chunks)


AFTER_A_DELETE = True
"""What `Scenario.carried_out` is for jobs that delete: some garbage is just what the service says after a delete."""


class Scenario:
    """A job on some images, the account it finds, and what has to be so afterwards."""

    workers = 2
    beyond: ClassVar[tuple[str, ...]] = ()
    """Faults that no client can see through."""
    carried_out: ClassVar[bool | None] = None
    """Whether requests are carried out whose answers are lost; None: by chance."""

    cut_off = False
    """Whether an original may end too early, with a length that says that this is all."""

    def __init__(self, count: int = 2) -> None:
        self.names = [f"{number:03}" for number in range(count)]

    def arrange(self, world: World) -> None:
        """Put into the account what the job finds there."""
        world.put(*self.names, metadata={"n": 1}, creator="ada")

    def make(self, images: CloudflareImages, folder: Path) -> jobs.Job:
        """Plan the job."""
        raise NotImplementedError

    def work(self, images: CloudflareImages, folder: Path) -> jobs.Report:
        """Plan the job and run it."""
        return self.make(images, folder).run(workers=self.workers)

    def judge(self, world: World) -> None:
        """Compare effects, account and journal."""
        raise NotImplementedError

    def judge_journal(self, world: World) -> None:
        """Every item is done."""
        assert {item.key: item.state for item in items(world)} == dict.fromkeys(self.names, "done")


class Deleting(Scenario):
    carried_out = AFTER_A_DELETE
    options: ClassVar[dict[str, Any]] = {}

    def arrange(self, world: World) -> None:
        super().arrange(world)
        world.put("kept", creator="grace")

    def make(self, images: CloudflareImages, folder: Path) -> jobs.Job:
        return jobs.delete(images, folder / "the.job", creator="ada", **self.options)

    def judge(self, world: World) -> None:
        assert sorted(world.effects()) == [("delete", name) for name in self.names]
        assert world.ids() == ["kept"]
        self.judge_journal(world)


class DeletingUnchecked(Deleting):
    options: ClassVar[dict[str, Any]] = {"recheck": False}


class DeletingWithBackup(Deleting):
    beyond = ("wrong-length",)

    def make(self, images: CloudflareImages, folder: Path) -> jobs.Job:
        return jobs.delete(images, folder / "the.job", creator="ada", backup=folder / "out")

    def judge(self, world: World) -> None:
        super().judge(world)
        assert {id: content for id, (_, content) in exported(world.folder / "out").items()} == dict.fromkeys(
            self.names, PNG
        )


class BringingBack(Scenario):
    def arrange(self, world: World) -> None:
        super().arrange(world)
        world.direct.upload(PNG)
        backup = world.folder / "out"
        report = jobs.delete(world.direct, world.folder / "delete.job", everything=True, backup=backup).run()
        assert report.finished
        world.forget()

    def make(self, images: CloudflareImages, folder: Path) -> jobs.Job:
        return jobs.Job(images, folder / "delete.job", self._delete(folder), batch=True).undo(folder / "the.job")

    def _delete(self, folder: Path) -> Delete:
        return Delete({"backup": str(folder / "out"), "recheck": True})

    def judge(self, world: World) -> None:
        assert sorted(world.effects("upload")) == [("upload", name) for name in self.names]
        assert len(world.effects("complete")) == 1
        assert len(world.ids()) == len(self.names) + 1
        assert {item.state for item in items(world)} == {"done"}


class Editing(Scenario):
    def make(self, images: CloudflareImages, folder: Path) -> jobs.Job:
        return jobs.edit(images, folder / "the.job", everything=True, set={"m": 2})

    def judge(self, world: World) -> None:
        assert sorted(world.effects()) == [("edit", name, name) for name in self.names]
        assert all(image.meta == {"n": 1, "m": 2} for image in world.direct.list())
        self.judge_journal(world)


class MakingPrivate(Scenario):
    """Whose lost answers cannot be made up for: the new id is among the candidates."""

    def arrange(self, world: World) -> None:
        for _ in self.names:
            world.direct.upload(PNG)
        self.old = set(world.ids())
        world.forget()

    def make(self, images: CloudflareImages, folder: Path) -> jobs.Job:
        return jobs.edit(images, folder / "the.job", everything=True, require_signed_urls=True)

    def judge(self, world: World) -> None:
        edits = {effect[1]: effect[2] for effect in world.effects()}
        assert len(world.effects()) == len(self.names)
        assert edits.keys() == self.old
        for item in items(world):
            if item.state == "in_doubt":
                assert edits[item.key] in item.result["candidates"]
            else:
                assert item.state == "done"
                assert item.result["id"] == edits[item.key]


class Quarantining(Scenario):
    def arrange(self, world: World) -> None:
        super().arrange(world)
        world.put("used")

    def make(self, images: CloudflareImages, folder: Path) -> jobs.Job:
        used = [Ids(["used"])]
        return jobs.quarantine(images, folder / "the.job", used, older_than=timedelta(0))

    def judge(self, world: World) -> None:
        assert sorted(world.effects()) == [("edit", name, name) for name in self.names]
        assert all(world.direct.get(name).meta["quarantine"]["job"] == "the" for name in self.names)
        self.judge_journal(world)


class Reaping(Scenario):
    carried_out = AFTER_A_DELETE

    def arrange(self, world: World) -> None:
        world.put(*self.names, "used", metadata={"quarantine": {"since": "2026-01-01T00:00:00Z"}})

    def make(self, images: CloudflareImages, folder: Path) -> jobs.Job:
        return jobs.reap(images, folder / "the.job", [Ids(["used"])])

    def judge(self, world: World) -> None:
        assert sorted(world.effects()) == [("delete", name) for name in self.names]
        assert world.ids() == ["used"]
        assert {item.key: item.state for item in items(world)} == {
            **dict.fromkeys(self.names, "done"),
            "used": "skipped",
        }


class Uploading(Scenario):
    """Under ids of one's own."""

    options: ClassVar[dict[str, Any]] = {"id": "{path}"}

    def arrange(self, world: World) -> None:
        (world.folder / "files").mkdir(exist_ok=True)
        for name in self.names:
            (world.folder / "files" / name).write_bytes(PNG + name.encode())

    def make(self, images: CloudflareImages, folder: Path) -> jobs.Job:
        return jobs.upload(images, folder / "the.job", folder / "files", **self.options)

    def judge(self, world: World) -> None:
        assert sorted(world.effects()) == [("upload", name) for name in self.names]
        self.judge_journal(world)


class UploadingReserved(Uploading):
    options: ClassVar[dict[str, Any]] = {}

    def judge(self, world: World) -> None:
        completed = sorted(id for _, id in world.effects("complete"))
        assert world.ids() == completed
        assert sorted(image.filename or "" for image in world.direct.list()) == self.names
        self.judge_journal(world)
        assert sorted(item.result["id"] for item in items(world)) == completed


class UploadingUnreserved(Uploading):
    """The risk that one may take: what was lost stays in doubt, but nothing is there twice."""

    options: ClassVar[dict[str, Any]] = {"reserve": False}

    def judge(self, world: World) -> None:
        names = sorted(image.filename or "" for image in world.direct.list())
        assert len(set(names)) == len(names) == len(world.effects())
        for item in items(world):
            assert item.state in ("done", "in_doubt")
            assert item.state == "in_doubt" or item.key in names


class Syncing(Scenario):
    """A new file, and one that replaces an image."""

    def arrange(self, world: World) -> None:
        for name in (*self.names, "changed"):
            (world.folder / "files").mkdir(exist_ok=True)
            (world.folder / "files" / name).write_bytes(PNG + name.encode())
        world.put("changed", metadata={"sha256": "of another file"})

    def make(self, images: CloudflareImages, folder: Path) -> jobs.Job:
        return jobs.sync(images, folder / "the.job", folder / "files", replace=True)

    def judge(self, world: World) -> None:
        assert sorted(world.effects("upload")) == [("upload", name) for name in (*self.names, "changed")]
        assert world.effects("delete") == [("delete", "changed")]
        assert {item.state for item in items(world)} == {"done"}


class SyncingIntoMap(Syncing):
    """The same, where metadata have no room for hashes."""

    def make(self, images: CloudflareImages, folder: Path) -> jobs.Job:
        metadata = {"n": "x" * 950}
        return jobs.sync(
            images, folder / "the.job", folder / "files", replace=True, metadata=metadata, map=folder / "map"
        )

    def judge(self, world: World) -> None:
        super().judge(world)
        again = jobs.sync(
            world.direct, world.folder / "again.job", world.folder / "files", map=world.folder / "map", replace=True
        )
        assert {item.state for item in again.items()} == {"skipped"}


class Pruning(Deleting):
    def arrange(self, world: World) -> None:
        world.put(*self.names, metadata={"sha256": "of a file"})
        (world.folder / "files").mkdir(exist_ok=True)
        (world.folder / "files" / "kept").write_bytes(PNG)
        world.put("kept", metadata={"sha256": hashlib.sha256(PNG).hexdigest()})

    def make(self, images: CloudflareImages, folder: Path) -> jobs.Job:
        return jobs.prune(images, folder / "the.job", folder / "files", everything=True, max_delete="100%")


class Restoring(Scenario):
    """Of images with ids of their own, and of one with another."""

    def arrange(self, world: World) -> None:
        for name in self.names:
            write_export(world.folder / "out", name, PNG, creator="ada")
        write_export(world.folder / "out", str(UUID(int=1)), PNG, requireSignedURLs=True)

    def make(self, images: CloudflareImages, folder: Path) -> jobs.Job:
        return jobs.restore(images, folder / "the.job", folder / "out")

    def judge(self, world: World) -> None:
        assert sorted(world.effects("upload")) == [("upload", name) for name in self.names]
        ((_, other),) = world.effects("complete")
        assert world.ids() == sorted([*self.names, other])
        assert world.direct.get(other).require_signed_urls
        assert {content_of(world, id) for id in world.ids()} == {PNG}
        assert {item.state for item in items(world)} == {"done"}
        again = jobs.restore(world.direct, world.folder / "again.job", world.folder / "out")
        assert {item.state for item in again.items()} == {"skipped"}


class Copying(Scenario):
    """From another account, whose images have ids of their own, but for one; with a variant."""

    def arrange(self, world: World) -> None:
        with self._source(world.direct) as source:
            for name in self.names:
                source.upload(PNG, id=name, creator="ada")
            source.upload(PNG, require_signed_urls=True)
            source.variants.create("v", width=1, height=1)

    def work(self, images: CloudflareImages, folder: Path) -> jobs.Report:
        with self._source(images) as source:
            return self._copy(images, source, folder, "the.job").run(workers=self.workers)

    def judge(self, world: World) -> None:
        assert sorted(world.effects("upload")) == [("upload", name) for name in self.names]
        ((_, other),) = world.effects("complete")
        assert world.ids() == sorted([*self.names, other])
        assert {variant.id for variant in world.direct.variants.list()} == {"public", "v"}
        with self._source(world.direct) as source:
            as_before = {"/settings/flexible_variants", "/variants/public"}
            for item in items(world):
                assert item.state == ("skipped" if item.key in as_before else "done")
            again = self._copy(world.direct, source, world.folder, "again.job")
            assert {item.state for item in again.items()} == {"skipped"}
            self._judge_bytes(world, source)

    def _judge_bytes(self, world: World, source: CloudflareImages) -> None:
        """Compare, and see that the comparison finds what was cut off; if nothing can be, all bytes are there."""
        map = world.folder / "map"
        found = jobs.compare(world.direct, world.folder / "compare.job", source=source, map=map, everything=True)
        found.run(stop_after=None)
        copies = {item.key: item.result["id"] for item in items(world) if item.result}
        for item in found.items():
            is_whole = content_of(world, copies[item.key]) == PNG
            assert is_whole or self.cut_off
            assert item.reason == (None if is_whole else "it differs in its bytes")
            assert item.state == ("done" if is_whole else "failed")

    @staticmethod
    def _source(images: CloudflareImages) -> CloudflareImages:
        return CloudflareImages(
            f"{images.account_id}-source",
            api_token="sandbox",
            base_url=images.base_url,
            transport=httpx.HTTPTransport(verify=False),
        )

    @staticmethod
    def _copy(images: CloudflareImages, source: CloudflareImages, folder: Path, journal: str) -> jobs.Job:
        map = folder / "map"
        return jobs.copy(images, folder / journal, source=source, map=map, everything=True, variants=True)


class Exporting(Scenario):
    beyond = ("wrong-length",)  # half of an original whose length says that it is all

    def make(self, images: CloudflareImages, folder: Path) -> jobs.Job:
        return jobs.export(images, folder / "the.job", folder / "out", everything=True)

    def judge(self, world: World) -> None:
        out = world.folder / "out"
        assert {id: content for id, (_, content) in exported(out).items()} == dict.fromkeys(self.names, PNG)
        assert not list(out.rglob(".*"))
        assert world.effects() == []
        self.judge_journal(world)


class TakingStock(Scenario):
    def make(self, images: CloudflareImages, folder: Path) -> jobs.Job:
        return jobs.inventory(images, folder / "the.job", folder / "all.jsonl")

    def judge(self, world: World) -> None:
        lines = (world.folder / "all.jsonl").read_text("utf-8").splitlines()
        assert sorted(json.loads(line)["id"] for line in lines) == self.names
        assert world.effects() == []
        self.judge_journal(world)


CHANGING = [
    Deleting,
    DeletingUnchecked,
    DeletingWithBackup,
    BringingBack,
    Editing,
    MakingPrivate,
    Uploading,
    UploadingReserved,
    UploadingUnreserved,
    Restoring,
    Copying,
    Quarantining,
    Reaping,
    Syncing,
    SyncingIntoMap,
    Pruning,
]
READING = [Exporting, TakingStock]
EVERY: dict[str, type[Scenario]] = {kind.__name__: kind for kind in CHANGING + READING}
