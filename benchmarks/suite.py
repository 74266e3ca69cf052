"""What is measured: sections of cases, each with its contestants, which take turns."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import server
from benchmarks.environments import Environment
from benchmarks.pages import PER_PAGE
from benchmarks.processes import ROOT, Sample, asking, run
from benchmarks.results import Results

_PROGRAMS = ROOT / "benchmarks" / "programs"

SPEED, PLAIN, OFFICIAL, FLOOR = "cfimages + speed", "cfimages", "cloudflare", "floor"
ASYNC_SPEED, ASYNC_PLAIN, GENERATED = "cfimages async + speed", "cfimages async", "cfimages_api alone"
HTTPX, ASYNC_HTTPX, ASYNC_OFFICIAL = "httpx", "httpx async", "cloudflare async"

# The environment and the program of each.
_CONTESTANTS = {
    SPEED: (SPEED, "sdk.py"),
    PLAIN: (PLAIN, "sdk.py"),
    ASYNC_SPEED: (SPEED, "sdk_async.py"),
    ASYNC_PLAIN: (PLAIN, "sdk_async.py"),
    GENERATED: (PLAIN, "generated.py"),
    OFFICIAL: (OFFICIAL, "official.py"),
    FLOOR: (FLOOR, "floor.py"),
}

# Ways to list, as words of the programs.
_CONCURRENT, _PREFETCH = "concurrent", "prefetch"

INSTALLED, IMPORTED, FIRST_PAGE = "installed", "import and a client", "first 1,000 images"
SMALL, ASYNC_SMALL = "a page of one image", "a page of one image, async"
DROPPED, KEPT, RARE_GC = "dropped", "kept", "kept, collected less often"
WHOLE_ACCOUNT = "whole account"
WAITS, COMPUTES = "waits for each page", "computes for each page"
LATENCIES = (50, 150, 300)
SIZES = (1_000, 10_000, 100_000, 1_000_000)
CONNECT = "connect"
_TRANSFERS = (
    CONNECT,
    "upload a path",
    "upload an open file",
    "upload bytes",
    "download to a path",
    "download in chunks",
)
_TRANSFERRED = 10 * 2**20


def of_size(size: int) -> str:
    """The name of a case that has so many images."""
    return f"{size:,} images"


def concurrently(who: str) -> str:
    """The name of a contestant that lists so."""
    return f"{who}, concurrent"


def with_prefetch(who: str) -> str:
    """The name of a contestant that lists so."""
    return f"{who}, prefetch"


@dataclass(frozen=True)
class Case:
    """One thing that one contestant does."""

    what: str
    who: str
    measure: Callable[[], Sample]


@dataclass(frozen=True)
class Suite:
    """All cases. A quick suite does less of everything."""

    environments: Mapping[str, Environment]
    port: int
    folder: Path
    stack: ExitStack
    """What ends with the suite."""
    quick: bool

    def size(self) -> Iterator[Case]:
        """What a fresh environment holds."""
        for who, environment in self.environments.items():
            yield Case(INSTALLED, who, environment.size)

    def start(self) -> Iterator[Case]:
        """The import of a package with a client, and the first page of a process."""
        for who, module in ((SPEED, "cfimages"), (PLAIN, "cfimages"), (OFFICIAL, "cloudflare")):
            yield self._case(IMPORTED, who, "starting.py", module)
        yield Case(IMPORTED, "httpx alone", self._case("", PLAIN, "starting.py", "httpx").measure)
        for who in _CONTESTANTS:
            yield self._listing(FIRST_PAGE, who, pages=1)

    def request(self) -> Iterator[Case]:
        """One small request, again and again."""
        account = server.account(images=1)
        for who, environment, way, kind in (
            (SPEED, SPEED, "cfimages", "sync"),
            (PLAIN, PLAIN, "cfimages", "sync"),
            (HTTPX, PLAIN, "httpx", "sync"),
            (OFFICIAL, OFFICIAL, "cloudflare", "sync"),
            (ASYNC_SPEED, SPEED, "cfimages", "async"),
            (ASYNC_PLAIN, PLAIN, "cfimages", "async"),
            (ASYNC_HTTPX, PLAIN, "httpx", "async"),
            (ASYNC_OFFICIAL, OFFICIAL, "cloudflare", "async"),
        ):
            what = ASYNC_SMALL if kind == "async" else SMALL
            yield Case(what, who, self._case("", environment, "request.py", self._base, account, way, kind).measure)

    def walk(self) -> Iterator[Case]:
        """A long listing, its images dropped or kept."""
        pages = 20 if self.quick else 100
        for who in _CONTESTANTS:
            yield self._listing(DROPPED, who, pages=pages)
        for who in _CONTESTANTS:
            yield self._listing(KEPT, who, "keep", pages=pages)
        for who in (SPEED, PLAIN, OFFICIAL):
            yield self._listing(RARE_GC, who, "keep", "rare-gc", pages=pages)

    def growth(self) -> Iterator[Case]:
        """Listings of growing size."""
        for who in (SPEED, PLAIN):
            for size in SIZES:
                python, program = self.environments[who].python, _PROGRAMS / "growing.py"
                process = asking(python, program, self._base, server.account(images=size))
                yield Case(of_size(size), who, self.stack.enter_context(process))

    def latency(self) -> Iterator[Case]:
        """Listings over a network."""
        pages = 5 if self.quick else 20
        for delay in LATENCIES:
            what = f"{delay} ms per page"
            for who in (SPEED, OFFICIAL):
                yield self._listing(what, who, pages=pages, delay=delay)
            for who in (SPEED, ASYNC_SPEED):
                yield self._listing(what, who, _CONCURRENT, pages=pages, delay=delay)

    def ends(self) -> Iterator[Case]:
        """The whole of an account, over a network."""
        pages = 20 if self.quick else 100
        for who in (SPEED, ASYNC_SPEED):
            yield self._listing(WHOLE_ACCOUNT, who, pages=pages, delay=150)
            yield self._listing(WHOLE_ACCOUNT, who, _CONCURRENT, pages=pages, delay=150)

    def ahead(self) -> Iterator[Case]:
        """A program that has work to do with each page, over a network."""
        pages = 10 if self.quick else 50
        for what, work in ((WAITS, "wait"), (COMPUTES, "compute")):
            for who in (SPEED, ASYNC_SPEED):
                yield self._listing(what, who, work, pages=pages, delay=150)
                yield self._listing(what, who, _PREFETCH, work, pages=pages, delay=150)

    def transfer(self) -> Iterator[Case]:
        """A large file that goes up or down."""
        file = self.folder / "big.png"
        file.write_bytes(b"\x89PNG\r\n\x1a\n".ljust(_TRANSFERRED, b"x"))
        base_url = self.stack.enter_context(_sandbox())
        self._case("", PLAIN, "transfer.py", base_url, str(file), "prepare").measure()
        for what in _TRANSFERS:
            yield self._case(what, PLAIN, "transfer.py", base_url, str(file), what)

    @property
    def _base(self) -> str:
        return f"http://127.0.0.1:{self.port}/client/v4"

    def _case(self, what: str, who: str, program: str, *arguments: str) -> Case:
        python = self.environments[who].python
        return Case(what, who, lambda: run(python, _PROGRAMS / program, *arguments))

    def _listing(self, what: str, who: str, *words: str, pages: int, delay: int = 0) -> Case:
        environment, program = _CONTESTANTS[who]
        python = self.environments[environment].python

        def measure() -> Sample:
            account = server.account(images=pages * PER_PAGE, delay=delay)
            sample = run(python, _PROGRAMS / program, self._base, account, *words)
            return sample | {"requests": float(server.requests(self.port, account))}

        if _CONCURRENT in words:
            who = concurrently(who)
        elif _PREFETCH in words:
            who = with_prefetch(who)
        return Case(what, who, measure)


# By name: how many rounds, and how many of a quick run.
SECTIONS: dict[str, tuple[Callable[[Suite], Iterator[Case]], int, int]] = {
    "size": (Suite.size, 1, 1),
    "start": (Suite.start, 21, 3),
    "request": (Suite.request, 15, 1),
    "walk": (Suite.walk, 7, 1),
    "growth": (Suite.growth, 50, 1),  # so that the longest listing comes to its end
    "latency": (Suite.latency, 2, 1),
    "ends": (Suite.ends, 3, 1),
    "ahead": (Suite.ahead, 3, 1),
    "transfer": (Suite.transfer, 3, 1),
}


def measure(suite: Suite, section: str, results: Results) -> None:
    """Measure all cases of a section in turn, round after round."""
    cases_of, rounds, quick_rounds = SECTIONS[section]
    cases = list(cases_of(suite))
    for _ in range(quick_rounds if suite.quick else rounds):
        for case in cases:
            results.add(section, case.what, case.who, case.measure())


@contextmanager
def _sandbox() -> Iterator[str]:
    """The address of a sandbox in a process of its own."""
    command = [sys.executable, "-m", "cfimages.sandbox", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield next(line.partition("=")[2].strip() for line in process.stdout if "BASE_URL" in line)
        finally:
            process.terminate()
            process.wait()  # it has a last word to say
