"""What is to be reached, and whether it is."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.results import Results
from benchmarks.suite import (
    ASYNC_HTTPX,
    ASYNC_OFFICIAL,
    ASYNC_PLAIN,
    ASYNC_SMALL,
    ASYNC_SPEED,
    DROPPED,
    FIRST_PAGE,
    FLOOR,
    HTTPX,
    IMPORTED,
    KEPT,
    OFFICIAL,
    PLAIN,
    SIZES,
    SMALL,
    SPEED,
    WAITS,
    WHOLE_ACCOUNT,
    concurrently,
    of_size,
    with_prefetch,
)

Measured = Callable[[Results], float | None]


@dataclass(frozen=True)
class Goal:
    """One number, and the most or the least that it may be."""

    what: str
    measured: Measured
    bound: float
    is_least: bool = False
    withdrawn: float | None = None
    """A stricter goal that was set first."""

    def is_reached(self, value: float) -> bool:
        """Whether a number is good enough."""
        return value >= self.bound if self.is_least else value <= self.bound


def _ratio(section: str, case: str, metric: str, who: str, to: str) -> Measured:
    return lambda results: results.ratio(section, case, who, metric, to=to)


def _cpu_of_request(who: str, to: str) -> Measured:
    return _ratio("request", ASYNC_SMALL if who == ASYNC_PLAIN else SMALL, "request_cpu", who, to)


def _more_memory(who: str) -> Measured:
    def more(results: Results) -> float | None:
        few, many = (results.median("growth", of_size(size), who, "peak") for size in (10_000, 1_000_000))
        return None if few is None or many is None else many - few

    return more


def _spread_of_cost(who: str) -> Measured:
    def spread(results: Results) -> float | None:
        least = of_size(SIZES[0])
        costs = [results.ratio("growth", of_size(size), who, "image_cpu", to=who, to_case=least) for size in SIZES]
        known = [cost for cost in costs if cost is not None]
        return max(known) / min(known) if len(known) == len(SIZES) else None

    return spread


_REQUEST = "CPU of one small request"
_LIST = "100,000 images, whole process"
_WORK = "150 ms per page, and the program waits 150 ms for each"
_WHOLE = "150 ms per page, 100 pages"

GOALS = (
    Goal(
        f"{_LIST}: {OFFICIAL} to {SPEED}",
        _ratio("walk", DROPPED, "wall", OFFICIAL, SPEED),
        1.15,
        is_least=True,
        withdrawn=1.9,
    ),
    Goal(
        f"{_LIST}: {OFFICIAL} to {PLAIN}",
        _ratio("walk", DROPPED, "wall", OFFICIAL, PLAIN),
        1.1,
        is_least=True,
        withdrawn=1.5,
    ),
    Goal(f"{_LIST}: {SPEED} to {FLOOR}", _ratio("walk", DROPPED, "wall", SPEED, FLOOR), 4, withdrawn=2.4),
    Goal(f"{IMPORTED}: {PLAIN} to {OFFICIAL}", _ratio("start", IMPORTED, "import", PLAIN, OFFICIAL), 0.52),
    Goal(
        f"first page of a process: {PLAIN} to {OFFICIAL}",
        _ratio("start", FIRST_PAGE, "wall", PLAIN, OFFICIAL),
        0.57,
        withdrawn=0.44,
    ),
    Goal(
        f"first page of a process: {SPEED} to {OFFICIAL}",
        _ratio("start", FIRST_PAGE, "wall", SPEED, OFFICIAL),
        0.57,
        withdrawn=0.44,
    ),
    Goal(f"{_REQUEST}: {PLAIN} to {HTTPX}", _cpu_of_request(PLAIN, HTTPX), 1.2),
    Goal(f"{_REQUEST}: {ASYNC_PLAIN} to {ASYNC_HTTPX}", _cpu_of_request(ASYNC_PLAIN, ASYNC_HTTPX), 1.3),
    Goal(f"{_REQUEST}: {PLAIN} to {OFFICIAL}", _cpu_of_request(PLAIN, OFFICIAL), 0.65),
    Goal(
        f"{_REQUEST}: {ASYNC_PLAIN} to {ASYNC_OFFICIAL}",
        _cpu_of_request(ASYNC_PLAIN, ASYNC_OFFICIAL),
        0.95,
        withdrawn=0.65,
    ),
    Goal(f"memory of 1,000,000 images over 10,000, MiB: {PLAIN}", _more_memory(PLAIN), 5),
    Goal(f"memory of 1,000,000 images over 10,000, MiB: {SPEED}", _more_memory(SPEED), 5),
    Goal(f"peak of 100,000 images kept: {PLAIN} to {OFFICIAL}", _ratio("walk", KEPT, "peak", PLAIN, OFFICIAL), 0.62),
    Goal(f"peak of 100,000 images kept: {SPEED} to {OFFICIAL}", _ratio("walk", KEPT, "peak", SPEED, OFFICIAL), 0.62),
    Goal(f"{_WORK}: prefetch to none", _ratio("ahead", WAITS, "wall", with_prefetch(SPEED), SPEED), 0.55),
    Goal(
        f"{_WORK}: async prefetch to none",
        _ratio("ahead", WAITS, "wall", with_prefetch(ASYNC_SPEED), ASYNC_SPEED),
        0.55,
    ),
    Goal(
        f"{_WHOLE}: concurrent to one after the other",
        _ratio("ends", WHOLE_ACCOUNT, "wall", concurrently(SPEED), SPEED),
        0.6,
        withdrawn=0.55,
    ),
    Goal(
        f"{_WHOLE}: async concurrent to one after the other",
        _ratio("ends", WHOLE_ACCOUNT, "wall", concurrently(ASYNC_SPEED), ASYNC_SPEED),
        0.6,
        withdrawn=0.55,
    ),
    Goal(
        f"{_WHOLE}: requests, concurrent to one after the other",
        _ratio("ends", WHOLE_ACCOUNT, "requests", concurrently(SPEED), SPEED),
        1.05,
    ),
    Goal(
        f"CPU per image, 1,000 to 1,000,000 images, most to least: {PLAIN}", _spread_of_cost(PLAIN), 1.2, withdrawn=1.1
    ),
    Goal(
        f"CPU per image, 1,000 to 1,000,000 images, most to least: {SPEED}", _spread_of_cost(SPEED), 1.2, withdrawn=1.1
    ),
)
