"""One piece of bulk work: `python jobs.py ADDRESS ACCOUNT FOLDER CASE`."""

import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.programs.task import peak
from cfimages import CloudflareImages, jobs
from cfimages.jobs.references import IdFile

WORKERS = 8
EMPTY = "images-0-delay-0"
"""An account that has no images."""


def ids(account: str) -> list[str]:
    """What the account has."""
    return [f"image-{number:07}" for number in range(int(account.split("-")[1]))]


def threads(work: Callable[[Any], object], things: Iterable[Any]) -> None:
    """Do some work for each thing in bare threads."""
    with ThreadPoolExecutor(WORKERS) as pool:
        for _ in pool.map(work, things):
            pass


def plan_delete(images: CloudflareImages, folder: Path) -> jobs.Job:
    """Plan to delete everything, with one request for each."""
    return jobs.delete(images, folder / "the.job", everything=True, recheck=False)


def main() -> None:
    """Do it, and tell the time without starting and planning."""
    address, account, name, case = sys.argv[1:]
    folder = Path(name)
    files = sorted((folder / "files").iterdir()) if (folder / "files").exists() else []
    with CloudflareImages(account, api_token="benchmark", base_url=f"{address}/client/v4") as images:
        begin, cpu = time.perf_counter(), time.process_time()
        if case == "plan":
            plan_delete(images, folder)
        elif case == "delete by a job":
            job = plan_delete(images, folder)
            begin, cpu = time.perf_counter(), time.process_time()
            job.run(workers=WORKERS)
        elif case == "copy by a job":
            with CloudflareImages(EMPTY, api_token="benchmark", base_url=f"{address}/client/v4") as target:
                job = jobs.copy(target, folder / "the.job", source=images, map=folder / "map", everything=True)
                begin, cpu = time.perf_counter(), time.process_time()
                job.run(workers=WORKERS)
        elif case == "quarantine by a job":
            (folder / "used").write_text("\n".join(ids(account)[::2]))
            job = jobs.quarantine(images, folder / "the.job", [IdFile(folder / "used")], older_than=timedelta(0))
            begin, cpu = time.perf_counter(), time.process_time()
            job.run(workers=WORKERS)
        elif case == "delete in threads":
            threads(images.delete, ids(account))
        elif case == "upload by a job":
            job = jobs.upload(images, folder / "the.job", folder / "files", id="{path}")
            begin, cpu = time.perf_counter(), time.process_time()
            job.run(workers=WORKERS)
        elif case == "upload in a loop":
            for path in files:
                images.upload(path, id=path.name)
        elif case == "upload by cloudflare in threads":
            api = official(address)
            threads(lambda path: api.images.v1.create(account_id=account, file=path.read_bytes(), id=path.name), files)
        elif case == "export by a job":
            job = jobs.export(images, folder / "the.job", folder / "out", everything=True)
            begin, cpu = time.perf_counter(), time.process_time()
            job.run(workers=WORKERS)
        elif case == "export in a loop":
            for image in ids(account):
                images.download(image, folder / image)
        elif case == "export by cloudflare in threads":
            api = official(address)
            threads(
                lambda image: (folder / image).write_bytes(
                    api.images.v1.blobs.get(image_id=image, account_id=account).read()
                ),
                ids(account),
            )
        print("seconds", time.perf_counter() - begin)
        print("processor", time.process_time() - cpu)
    print("peak", peak())


def official(address: str) -> Any:
    """The official SDK."""
    from cloudflare import Cloudflare

    return Cloudflare(api_token="benchmark", base_url=f"{address}/client/v4")


if __name__ == "__main__":
    main()
