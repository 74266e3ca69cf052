"""Listings of one size with this SDK, again and again in one process: what an image costs, start-up aside."""

import time
from itertools import islice
from statistics import median

from benchmarks.programs.task import WARM, Task, peak
from cfimages import CloudflareImages

IMAGES = 100_000
"""At least so many in all."""


def main() -> None:
    """List, and print microseconds per image."""
    task = Task()
    (size,) = map(int, task.words)
    walls, cpus = [], []
    with CloudflareImages(task.account, api_token="benchmark", base_url=task.base_url) as client:
        pager = client.list(sort_order="asc")
        for _ in islice(pager, WARM):  # what happens once
            pass
        for _ in range(max(1, IMAGES // size)):
            wall, cpu = time.perf_counter(), time.process_time()
            for _image in pager:
                pass
            walls.append(time.perf_counter() - wall)
            cpus.append(time.process_time() - cpu)
    print("image", median(walls) / size * 1e6)
    print("image_cpu", median(cpus) / size * 1e6)
    print("peak", peak())


if __name__ == "__main__":
    main()
