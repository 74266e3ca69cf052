"""Listings of one size with this SDK, again and again in one process: what an image costs, start-up aside.

The mean, and not the median of the listings: a full pass of the garbage collector, which one listing of a page in
twenty meets, is a part of what images cost in listings of every size.
"""

import time
from itertools import islice

from benchmarks.programs.task import WARM, Task, peak
from cfimages import CloudflareImages

IMAGES = 100_000
"""At least so many in all."""


def main() -> None:
    """List, and print microseconds per image."""
    task = Task()
    (size,) = map(int, task.words)
    with CloudflareImages(task.account, api_token="benchmark", base_url=task.base_url) as client:
        pager = client.list(sort_order="asc")
        for _ in islice(pager, WARM):  # what happens once
            pass
        times = max(1, IMAGES // size)
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(times):
            for _image in pager:
                pass
        print("image", (time.perf_counter() - wall) / (times * size) * 1e6)
        print("image_cpu", (time.process_time() - cpu) / (times * size) * 1e6)
    print("peak", peak())


if __name__ == "__main__":
    main()
