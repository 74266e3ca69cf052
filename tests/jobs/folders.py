"""A folder that is synced, in the folder of a world."""

from pathlib import Path
from typing import Any

from jobs.worlds import World
from pictures import PNG

from cfimages import jobs


def file(world: World, name: str, more: bytes = b"") -> Path:
    path = world.folder / "files" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(PNG + more)
    return path


def sync(world: World, journal: str = "the.job", **options: Any) -> jobs.Job:
    return jobs.sync(world.images, world.folder / journal, world.folder / "files", **options)


def prune(world: World, journal: str = "prune.job", **options: Any) -> jobs.Job:
    named = any(options.get(name) is not None for name in ("where", "creator")) or options.get("prefix")
    options.setdefault("everything", not named)
    return jobs.prune(world.images, world.folder / journal, world.folder / "files", **options)
