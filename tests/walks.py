"""Walks over a whole listing through faults: every way to walk, and what each must come to in the end."""

import asyncio
import gc
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from cfimages import APIError, AsyncCloudflareImages, CloudflareImages, RetryPolicy

Way = Callable[[Any, int], Any]
"""From a client of either colour and a page size to a pager."""


def numbered(images: Any, size: int) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return images.list_v1(per_page=size)


WAYS: dict[str, Way] = {
    "list": lambda images, size: images.list(per_page=size),
    "list, oldest first": lambda images, size: images.list(per_page=size, sort_order="asc"),
    "prefetch": lambda images, size: images.list(per_page=size).prefetch(3),
    "both ends": lambda images, size: images.list_all(per_page=size),
    "both ends and prefetch": lambda images, size: images.list_all(per_page=size, sort_order="asc").prefetch(),
    "merged": lambda images, size: images.list_all(per_page=size, creator=["ada", "grace", ""]),
    "numbered": numbered,
}

LONGEST_WALK = 120.0
"""Seconds after which a walk counts as hanging; a long one takes about ten, where nothing else is running."""
MOST_ERRORS = 1000
"""After which a walk counts as not getting on."""


IMPATIENT = RetryPolicy(attempts=2, base=0.001, cap=0.002)


@attrs.frozen
class Walked:
    """What a walk gave, continued after each error as a program would."""

    ids: list[str]
    errors: list[APIError]


@attrs.frozen
class Walker:
    """How to walk: against which server, with which patience."""

    base_url: str
    account: str
    size: int
    timeout: float
    retries: RetryPolicy = IMPATIENT

    def client(self) -> CloudflareImages:
        return CloudflareImages(self.account, **self._options())

    def async_client(self) -> AsyncCloudflareImages:
        return AsyncCloudflareImages(self.account, **self._options())

    def _options(self) -> dict[str, Any]:
        return {"api_token": "t", "base_url": self.base_url, "timeout": self.timeout, "retries": self.retries}

    def sync(self, way: Way) -> Walked:
        """Walk in a thread, so that one that hangs is noticed."""
        with self.client() as images, ThreadPoolExecutor(1) as pool:
            return pool.submit(self.walk, images, way).result(LONGEST_WALK)

    def asynchronous(self, way: Way) -> Walked:
        """The same with tasks, none of which is left in the end."""

        async def bounded() -> Walked:
            async with self.async_client() as images, asyncio.timeout(LONGEST_WALK):
                walked = await self.async_walk(images, way)
                assert asyncio.all_tasks() == {asyncio.current_task()}
                return walked

        return asyncio.run(bounded())

    def walk(self, images: CloudflareImages, way: Way) -> Walked:
        walked, token = Walked([], []), None
        while len(walked.errors) < MOST_ERRORS:
            try:
                for page in way(images, self.size).starting_at(token).pages():
                    walked.ids.extend(image.id for image in page)
            except APIError as error:
                walked.errors.append(error)
                token = error.resume_token
            else:
                return walked
        raise AssertionError(f"no end: {walked.errors[-1]!r}")

    async def async_walk(self, images: AsyncCloudflareImages, way: Way) -> Walked:
        walked, token = Walked([], []), None
        while len(walked.errors) < MOST_ERRORS:
            try:
                async for page in way(images, self.size).starting_at(token).pages():
                    walked.ids.extend(image.id for image in page)
            except APIError as error:
                walked.errors.append(error)
                token = error.resume_token
            else:
                return walked
        raise AssertionError(f"no end: {walked.errors[-1]!r}")


def expected(way: Way | str, count: int) -> list[str]:
    """The ids of so many made-up images, in the order of a way."""
    ids = [f"image-{number:07}" for number in range(count)]
    return ids if way in ("list, oldest first", "both ends and prefetch") else ids[::-1]


@contextmanager
def nothing_left() -> Iterator[None]:
    """Around what must leave neither threads nor open files and sockets behind.

    The sandbox's own threads come and go; its side of a connection may end a moment later than ours.
    """
    threads, files = _threads(), _files()
    yield
    deadline = time.monotonic() + 10
    while (_threads() != threads or _files() > files) and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.01)
    assert _threads() == threads
    assert _files() <= files  # fewer where the sandbox has only now ended what came before


def _threads() -> list[str]:
    alive = [thread.name for thread in threading.enumerate() if thread.is_alive()]  # not those that never got started
    return sorted(name for name in alive if not name.startswith("AnyIO"))


def _files() -> int:
    """How many files and sockets are open, where the system tells: Linux and macOS."""
    folder = Path("/dev/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else 0
