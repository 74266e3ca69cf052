"""What a program is to do, and what it tells of it. Imports next to nothing: it is part of what is measured."""

import sys
import time
from collections.abc import Iterable
from operator import attrgetter

PER_PAGE = 1000

# After so many images a walk is steady: what happens once is behind it.
WARM = 10 * PER_PAGE
BUSY = 0.15

read = attrgetter("id", "uploaded", "meta")
"""Read of an image what every program reads."""


class Task:
    """The arguments of a program: the address, the account, and words that say what to do with its images.

    `keep` holds all images until the end; `wait` and `compute` spend 150 ms on each page, without and with the
    processor; `rare-gc` lets the garbage collector run less often.
    """

    def __init__(self) -> None:
        self.base_url, self.account, *words = sys.argv[1:]
        self.words = frozenset(words)
        self.kept: list[object] | None = [] if "keep" in words else None
        self._marks: list[tuple[int, float, float]] = []
        if "rare-gc" in words:
            import gc

            gc.set_threshold(100_000, 20, 100)
        self._began = time.perf_counter()

    def consume(self, images: Iterable[object]) -> None:
        """Go through images, and read some of each."""
        kept = self.kept
        for count, image in enumerate(images, 1):
            read(image)
            if kept is not None:
                kept.append(image)
            if count % PER_PAGE == 0:
                self.mark(count)
                self.work()

    def mark(self, count: int) -> None:
        """Note when so many images had come."""
        self._marks.append((count, time.perf_counter(), time.process_time()))

    def work(self) -> None:
        """Do something with a page."""
        if "wait" in self.words:
            time.sleep(BUSY)
        elif "compute" in self.words:
            end = time.perf_counter() + BUSY
            while time.perf_counter() < end:
                pass

    def report(self) -> None:
        """Print, in milliseconds, how soon the first page was there and what each one behind the warm-up cost."""
        count, wall, cpu = self._marks[-1]
        print("first", (self._marks[0][1] - self._began) * 1000)
        warm_count, warm_wall, warm_cpu = next((mark for mark in self._marks if mark[0] == WARM), self._marks[-1])
        if pages := (count - warm_count) // PER_PAGE:
            print("page", (wall - warm_wall) / pages * 1000)
            print("page_cpu", (cpu - warm_cpu) / pages * 1000)
        print("peak", peak())


def peak() -> float:
    """The most memory that this process has had, in MiB."""
    try:
        with open("/proc/self/status", encoding="utf-8") as status:  # noqa: PTH123 - pathlib would be an import
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
    except FileNotFoundError:  # not Linux, whose getrusage counts what started a program as part of it
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)
