"""Listings of one size with this SDK, one after the other: what an image costs, start-up aside.

A round is 20,000 images, of as many small listings as that takes, or of a part of a long one. Its number is a mean: a
full pass of the garbage collector, which one page in twenty meets, is a part of what images cost in listings of every
size.
"""

import sys
import time
from itertools import chain, islice, repeat

from benchmarks.programs.task import WARM, Task, peak, read
from cfimages import CloudflareImages

ROUND = 20_000
LONGEST = 1_000_000


def main() -> None:
    """Do a round for each line that comes, and print microseconds per image."""
    task = Task()
    with CloudflareImages(task.account, api_token="benchmark", base_url=task.base_url) as client:
        pager = client.list(sort_order="asc")
        for _ in islice(pager, WARM):  # what happens once
            pass
        print(flush=True)
        images = chain.from_iterable(repeat(pager))
        for number, _ in enumerate(sys.stdin, 1):
            wall, cpu = time.perf_counter(), time.process_time()
            for image in islice(images, ROUND):
                read(image)
            print("image", (time.perf_counter() - wall) / ROUND * 1e6)
            print("image_cpu", (time.process_time() - cpu) / ROUND * 1e6)
            if number * ROUND == LONGEST:
                print("peak", peak())
            print(flush=True)


if __name__ == "__main__":
    main()
