"""Walks over a whole listing through faults: every way to walk, and what each must come to in the end."""

import asyncio
import gc
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest
from faulty import Faulty
from patience import PATIENCE

from cfimages import APIError, AsyncCloudflareImages, CloudflareImages, Pacer, RetryPolicy
from cfimages.sandbox import Faults, RateLimit, Sandbox
from cfimages.sandbox.limits import Limiter, Verdict

Way = Callable[[Any, int], Any]
"""From a client of either colour and a page size to a pager."""


def numbered(images: Any, size: int) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return images.list_v1(per_page=size)


CREATORS = ["ada", "grace", ""]

WAYS: dict[str, Way] = {
    "list": lambda images, size: images.list(per_page=size),
    "list, oldest first": lambda images, size: images.list(per_page=size, sort_order="asc"),
    "prefetch": lambda images, size: images.list(per_page=size).prefetch(3),
    "both ends": lambda images, size: images.list(per_page=size).concurrent(),
    "both ends, oldest first": lambda images, size: images.list(per_page=size, sort_order="asc").concurrent(),
    "merged": lambda images, size: images.list(per_page=size, creator=CREATORS),
    "merged and concurrent": lambda images, size: images.list(per_page=size, creator=CREATORS).concurrent(2),
    "merged and prefetch": lambda images, size: images.list(per_page=size, creator=CREATORS).prefetch(2),
    "numbered": numbered,
}

RESUMABLE = [way for way in WAYS if way != "numbered"]  # whose pages move while it is walked

LONGEST_WALK = PATIENCE
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
    pacer: Pacer | None = None

    def client(self) -> CloudflareImages:
        return CloudflareImages(self.account, **self._options())

    def async_client(self) -> AsyncCloudflareImages:
        return AsyncCloudflareImages(self.account, **self._options())

    def _options(self) -> dict[str, Any]:
        options = {"base_url": self.base_url, "timeout": self.timeout, "retries": self.retries, "pacer": self.pacer}
        return {"api_token": "t", **options}

    def sync(self, way: Way) -> Walked:
        """Walk in a thread, so that one that hangs is noticed."""
        with self.client() as images, ThreadPoolExecutor(1) as pool:
            return pool.submit(self.walk, images, way).result(LONGEST_WALK)

    def asynchronous(self, way: Way) -> Walked:
        """The same with tasks, none of which is left in the end."""

        async def walk() -> Walked:
            async with self.async_client() as images:
                return await self.async_walk(images, way)

        return asyncio.run(_bounded(walk()))

    def saved(self, way: Way) -> Walked:
        """Walk saving the state behind each page, and go on from it with a new client after each error."""
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(self._saved, way).result(LONGEST_WALK)

    def asynchronously_saved(self, way: Way) -> Walked:
        """The same with tasks."""
        return asyncio.run(_bounded(self._async_saved(way)))

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

    def _saved(self, way: Way) -> Walked:
        walked, state = Walked([], []), None
        while len(walked.errors) < MOST_ERRORS:
            with self.client() as images:
                walk = images.resume(state) if state else way(images, self.size).resumable()
                try:
                    for page in walk:
                        walked.ids.extend(image.id for image in page)
                        state = walk.state
                except APIError as error:
                    walked.errors.append(error)
                else:
                    return walked
        raise AssertionError(f"no end: {walked.errors[-1]!r}")

    async def _async_saved(self, way: Way) -> Walked:
        walked, state = Walked([], []), None
        while len(walked.errors) < MOST_ERRORS:
            async with self.async_client() as images:
                walk = images.resume(state) if state else way(images, self.size).resumable()
                try:
                    async for page in walk:
                        walked.ids.extend(image.id for image in page)
                        state = walk.state
                except APIError as error:
                    walked.errors.append(error)
                else:
                    return walked
        raise AssertionError(f"no end: {walked.errors[-1]!r}")


async def _bounded(walk: Coroutine[Any, Any, Walked]) -> Walked:
    """A walk that does not hang, and leaves no task."""
    async with asyncio.timeout(LONGEST_WALK):
        walked = await walk
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return walked


PACED = {"list": "sync", "both ends": "saved", "merged and concurrent": "asynchronous"}
"""Ways to walk at once within one rate limit, each in a thread with clients of its own."""


def paced(images: int, page: int, faults: Faults) -> tuple[dict[str, list[str]], list[bool]]:
    """What walks give that share a pacer, before a sandbox with a rate limit and faults; which requests it let through.

    What is refused as an injected fault is not among these: it does not reach the sandbox. The pacer has half a second
    more than the limit, since on a busy machine a request may come that much later than the one before it.
    """
    passed: list[bool] = []
    judge = Limiter.judge

    def watched(limiter: Limiter, token: str) -> Verdict:
        verdict = judge(limiter, token)
        passed.append(verdict.allowed)
        return verdict

    with pytest.MonkeyPatch.context() as patch, Sandbox(rate_limit=RateLimit(40, 1)) as sandbox:
        patch.setattr(Limiter, "judge", watched)
        sandbox.fill("full", images)
        with Faulty.before(sandbox, faults) as proxy, ThreadPoolExecutor(len(PACED)) as pool:
            walker = Walker(f"{proxy.url}/client/v4", "full", page, timeout=0.05, pacer=Pacer(40, 1.5))
            walks = {way: pool.submit(getattr(walker, colour), WAYS[way]) for way, colour in PACED.items()}
            return {way: walk.result().ids for way, walk in walks.items()}, passed


def expected(way: Way | str, count: int) -> list[str]:
    """The ids of so many made-up images, in the order of a way."""
    ids = [f"image-{number:07}" for number in range(count)]
    return ids if way in ("list, oldest first", "both ends, oldest first") else ids[::-1]


@contextmanager
def nothing_left() -> Iterator[None]:
    """Around what must leave neither threads nor open files and sockets behind.

    What an earlier test has left may end meanwhile, and the sandbox's side of a connection a moment later than ours.
    """
    threads, files = _threads(), _files()
    yield
    end, pause = time.monotonic() + PATIENCE, 0.001
    while (left := _threads() - threads) or len(_files()) > len(files):
        assert time.monotonic() < end, _described(left, _files() - files)
        gc.collect()
        time.sleep(pause)
        pause = min(2 * pause, 0.5)


def _threads() -> set[threading.Thread]:
    """All threads but those that never got started, and those that the sandbox keeps for its next request."""
    return {thread for thread in threading.enumerate() if thread.is_alive() and not thread.name.startswith("AnyIO")}


def _files() -> set[str]:
    """The open files and sockets, where the system tells: Linux and macOS."""
    folder = Path("/dev/fd")
    return {f"{file.name} -> {_target(file)}" for file in folder.iterdir()} if folder.is_dir() else set()


def _target(file: Path) -> str:
    try:
        return str(file.readlink())
    except OSError:  # the folder's own, which is closed; macOS has no links
        return "?"


def _described(threads: set[threading.Thread], files: set[str]) -> str:
    """What has been left: where each thread stands, and what is open."""
    frames = sys._current_frames()
    stacks = [
        f"{thread}\n{''.join(traceback.format_stack(frames[thread.ident]))}"
        for thread in threads
        if thread.ident in frames
    ]
    return "\n".join(["left behind:", *stacks, *sorted(files)])
