"""Jobs beside scripts that people write by hand: `python -m benchmarks.by_hand`, or briefly with `--quick`.

All work on the same account, with the same faults of the same seed: one request in twenty fails, some of them after
they were carried out. Each program is started again until its exit status is 0, at most ten times. The scripts are
stand-ins, which `programs/by_hand.py` describes.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import attrs

from benchmarks.jobs_server import PICTURE
from benchmarks.processes import ROOT
from cfimages import CloudflareImages, Image
from cfimages.sandbox import Faults, LoggedRequest, Sandbox

FAULTS = Faults(kinds=("reset-before", "reset-inside", "server-error", "rate-limit"), rate=0.05, seed=17)
MOST_RUNS = 10


@attrs.frozen
class World:
    """A sandbox, a folder, and how many images there are."""

    sandbox: Sandbox
    folder: Path
    count: int

    @contextmanager
    def account(self, name: str = "sandbox") -> Iterator[CloudflareImages]:
        """Give a client to arrange and judge with."""
        with self.sandbox.client(name) as images:
            yield images


def arrange_listing(world: World) -> None:
    """Fill an account: every third image has an id that the service made. Half of them are in use."""
    chance = Random(17)
    used = []
    for number in range(world.count):
        made = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        image_id = made if number % 3 == 0 else f"photos/{number:05}"
        world.sandbox.add(
            id=image_id,
            file=PICTURE + str(number).encode(),
            filename=f"{number:05}.png",
            metadata={"number": number},
            creator=f"user-{number % 7}",
        )
        if number % 2:
            used.append(image_id)
    (world.folder / "used").write_text("\n".join(used))


def arrange_files(world: World) -> None:
    """Upload a folder; then change every tenth file, and add as many."""
    files = world.folder / "files"
    files.mkdir()
    for number in range(world.count):
        (files / f"{number:05}.png").write_bytes(PICTURE + str(number).encode())
    started(world, "by_jobs.py", "sync")
    (world.folder / "sync.job").unlink()
    for number in range(0, world.count, 10):
        (files / f"{number:05}.png").write_bytes(PICTURE + b"changed" + str(number).encode())
        (files / f"new-{number:05}.png").write_bytes(PICTURE + b"new" + str(number).encode())


def judge_orphans(world: World) -> Counter[str]:
    """Count what is gone although it is in use, and what is left although it is not."""
    used = set((world.folder / "used").read_text().split())
    with world.account() as images:
        ids = {image.id for image in images.list()}
    return Counter(missing=len(used - ids), left=len(ids - used))


def judge_copy(world: World) -> Counter[str]:
    """Count images that are missing, there twice, or not as they were."""
    with world.account() as source, world.account("target") as target:
        copies: dict[str | None, list[Image]] = {}
        for image in target.list():
            copies.setdefault(image.filename, []).append(image)
        wrong: Counter[str] = Counter()
        for image in source.list():
            found = copies.get(image.filename, [])
            wrong["missing"] += not found
            wrong["twice"] += max(0, len(found) - 1)
            keeps_id = image.id.startswith("photos/")
            wrong["wrong"] += any(
                (copy.meta, copy.creator) != (image.meta, image.creator) or (keeps_id and copy.id != image.id)
                for copy in found
            )
    return wrong


def judge_sync(world: World) -> Counter[str]:
    """Count files that are missing in the account, and images that are not as their files."""
    wrong: Counter[str] = Counter()
    with world.account() as images:
        ids = {image.id for image in images.list()}
        for path in (world.folder / "files").iterdir():
            if path.name not in ids:
                wrong["missing"] += 1
                continue
            with images.stream(path.name) as chunks:
                wrong["wrong"] += b"".join(chunks) != path.read_bytes()
        wrong["left"] = len(ids) - sum(1 for path in (world.folder / "files").iterdir() if path.name in ids)
    return wrong


def started(world: World, program: str, case: str) -> int:
    """Run a program, and return its exit status."""
    environment = {
        **os.environ,
        "CLOUDFLARE_BASE_URL": world.sandbox.base_url,
        "CLOUDFLARE_BATCH_BASE_URL": world.sandbox.batch_url,
        "CLOUDFLARE_ACCOUNT_ID": "sandbox",
        "CLOUDFLARE_API_TOKEN": "sandbox",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, str(ROOT / "benchmarks" / "programs" / program), case, str(world.folder)]
    return subprocess.run(command, env=environment, stderr=subprocess.DEVNULL, check=False).returncode


CASES: list[tuple[str, str, str, str, Callable[[World], None], Callable[[World], Counter[str]]]] = [
    ("orphans, deleted", "by jobs", "by_jobs.py", "orphans", arrange_listing, judge_orphans),
    ("", "quarantine and reap", "by_jobs.py", "quarantine", arrange_listing, judge_orphans),
    ("", "by hand", "by_hand.py", "orphans", arrange_listing, judge_orphans),
    ("copy", "by jobs", "by_jobs.py", "copy", arrange_listing, judge_copy),
    ("", "by hand", "by_hand.py", "copy", arrange_listing, judge_copy),
    ("sync", "by jobs", "by_jobs.py", "sync", arrange_files, judge_sync),
    ("", "by hand", "by_hand.py", "sync", arrange_files, judge_sync),
]


def main() -> None:
    """Measure, and print a row for each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.by_hand", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything, to see that it works")
    count = 100 if parser.parse_args().quick else 500
    numbers = ("s", "requests", "runs", "status", "missing", "left", "twice", "wrong")
    print(f"{count} images".ljust(40) + "".join(f"{name:>10}" for name in numbers))
    for what, who, program, case, arrange, judge in CASES:
        sent: list[LoggedRequest] = []
        with tempfile.TemporaryDirectory() as folder, Sandbox(on_request=sent.append) as sandbox:
            world = World(sandbox, Path(folder), count)
            arrange(world)
            sandbox.faults.random = FAULTS
            sent.clear()
            begin, runs, status = time.perf_counter(), 0, 1
            while status and runs < MOST_RUNS:
                status = started(world, program, case)
                runs += 1
            seconds, requests = time.perf_counter() - begin, len(sent)
            sandbox.faults.clear()
            wrong = judge(world)
        values = (requests, runs, status, *(wrong[name] for name in numbers[4:]))
        print(f"{what:<20}{who:<20}{seconds:>10.1f}" + "".join(f"{value:>10}" for value in values), flush=True)


if __name__ == "__main__":
    main()
