"""Ctrl-C, cancellation, fork, many at once, closing meanwhile: the client stays usable, and nothing keeps running."""

import asyncio
import gc
import io
import itertools
import os
import random
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import anyio
import attrs
import httpcore
import httpx
import pytest
import trustme
from anyio.streams.tls import TLSStream
from faulty import Faulty
from interrupting import Interrupter
from listed import Service, our_threads
from patience import PATIENCE, closing_when, until
from pictures import PNG
from servers import Received, SecureServer, Server, Stall, envelope, refusal, said
from walks import CREATORS, IMPATIENT, LONGEST_WALK, WAYS, Walker, expected, nothing_left

import cfimages
from cfimages import APIError, AsyncCloudflareImages, ClientClosedError, CloudflareImages, RetryPolicy
from cfimages.sandbox import Faults, Sandbox

PICTURE = PNG + bytes(300_000)
IMAGES = 30
PAGE = 10
LONGEST_RETRY = 10 * PATIENCE
FACADE = str(Path(cfimages.__file__).parent)

WORK: dict[str, Callable[[Any], Any]] = {
    "get": lambda images: images.get("image-0000001"),
    "upload": lambda images: images.upload(PICTURE),
    "download": lambda images: images.download("picture", io.BytesIO()),
    "edit": lambda images: images.edit("picture", metadata={"a": 1}),
    "batch": lambda images: images.batch().get("picture"),
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        running.fill("full", IMAGES)
        running.fill("other", IMAGES)
        with running.client("other") as images:
            images.upload(PICTURE, id="picture")
        with sync_client(running.base_url) as images:
            list(images.list())  # its thread opens files of its own
        yield running


def options(base_url: str) -> dict[str, Any]:
    batch = base_url.replace("/client/v4", "/batch")
    return {"api_token": "t", "base_url": base_url, "batch_base_url": batch, "timeout": PATIENCE, "retries": IMPATIENT}


def sync_client(base_url: str, account: str = "full", **others: Any) -> CloudflareImages:
    return CloudflareImages(account, **options(base_url) | others)


def async_client(base_url: str, account: str = "full") -> AsyncCloudflareImages:
    return AsyncCloudflareImages(account, **options(base_url))


# --- Ctrl-C ---------------------------------------------------------------------------------------------------


def real_ctrl_c(test: Any) -> Any:
    """Mark a test that presses a real Ctrl-C."""
    return pytest.mark.realtime(pytest.mark.skipif(os.name == "nt", reason="no program can press Ctrl-C here")(test))


SLOW = Faults(kinds=("latency",), rate=1, delay=0.03)


@contextmanager
def ctrl_c(proxy: Faulty, at: int) -> Iterator[None]:
    """Press Ctrl-C as soon as so many requests are under way or answered."""

    def press() -> None:
        until(lambda: len(proxy.incidents) >= at)
        time.sleep(SLOW.delay / 2)  # until all wait: Python's own starting of threads is not safe from Ctrl-C
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    try:
        yield
        thread.join()  # which is interrupted, if nothing was before
    except KeyboardInterrupt:
        thread.join()
    else:
        pytest.fail("Ctrl-C was lost")


@pytest.fixture
def _collected() -> Iterator[None]:
    yield
    gc.collect()


def connecting(test: Any) -> Any:
    """Mark a test that interrupts a socket while it connects: the garbage collector closes it, and nobody else can.

    It does so before the next test begins.
    """
    return pytest.mark.usefixtures("_collected")(pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")(test))


@real_ctrl_c
@connecting
@pytest.mark.parametrize("at", [1, 3])
@pytest.mark.parametrize("way", WAYS)
def test_ctrl_c_while_a_page_is_fetched(sandbox: Sandbox, way: str, at: int) -> None:
    with nothing_left(), Faulty.before(sandbox, SLOW) as proxy, sync_client(f"{proxy.url}/client/v4") as images:
        for _ in range(2):  # with what the first one leaves
            with ctrl_c(proxy, len(proxy.incidents) + at):
                list(WAYS[way](images, PAGE))
        assert [image.id for image in WAYS[way](images, PAGE)] == expected(way, IMAGES)


@real_ctrl_c
@connecting
@pytest.mark.parametrize("work", WORK)
def test_ctrl_c_while_a_request_is_under_way(sandbox: Sandbox, work: str) -> None:
    with (
        nothing_left(),
        Faulty.before(sandbox, SLOW) as proxy,
        sync_client(f"{proxy.url}/client/v4", "other") as images,
    ):
        for _ in range(4):
            with ctrl_c(proxy, len(proxy.incidents) + 1):
                WORK[work](images)
        WORK[work](images)


@real_ctrl_c
@pytest.mark.parametrize("way", WAYS)
def test_ctrl_c_in_an_event_loop(sandbox: Sandbox, way: str) -> None:
    async def program(address: str) -> None:
        async with async_client(address) as images:
            try:
                async for _ in WAYS[way](images, PAGE):
                    pass
            except asyncio.CancelledError:
                assert asyncio.all_tasks() == {asyncio.current_task()}
                assert [image.id async for image in WAYS[way](images, PAGE)] == expected(way, IMAGES)
                raise

    with nothing_left(), Faulty.before(sandbox, SLOW) as proxy, ctrl_c(proxy, 2):
        asyncio.run(program(f"{proxy.url}/client/v4"))


PROGRAM = """
import sys
from cfimages import CloudflareImages
with CloudflareImages("full", api_token="canary-5d1f", base_url=sys.argv[1]) as images:
    try:
        for image in images.list(per_page=10, creator=["ada", "grace", ""]).concurrent():
            pass
    except KeyboardInterrupt:
        print(len(list(images.list())))
"""


@real_ctrl_c
def test_ctrl_c_in_a_program(sandbox: Sandbox) -> None:
    with Faulty.before(sandbox, Faults(kinds=("latency",), rate=1, delay=0.3)) as proxy:
        command = [sys.executable, "-W", "error", "-c", PROGRAM, f"{proxy.url}/client/v4"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            until(lambda: len(proxy.incidents) >= 2 or process.poll() is not None)
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=LONGEST_WALK)
    assert (output, errors, process.returncode) == (f"{IMAGES}\n", "", 0)


BETWEEN_INTERRUPTIONS = 10.0
"""Seconds. Far more than a request takes."""


@real_ctrl_c
@connecting
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # it may come in a finalizer, too
@pytest.mark.parametrize("way", WAYS)
def test_after_any_interruption_the_next_walk_goes_on(sandbox: Sandbox, way: str) -> None:
    """An exception of a signal handler, as of a time limit, can come anywhere: also where httpcore holds a lock.

    httpcore takes that lock again when it handles the exception. Then only a second exception ends the request.
    """

    class Interrupted(BaseException):
        pass

    def interrupt(*_: object) -> None:
        nonlocal armed, waited
        waited += not armed
        assert waited < LONGEST_WALK / BETWEEN_INTERRUPTIONS, "it hangs"
        armed = False
        raise Interrupted

    chance, armed, count, waited = random.Random(way), False, 0, 0
    handler = signal.signal(signal.SIGALRM, interrupt)
    try:
        with sandbox.client("full") as images:
            while count < 200 // len(WAYS):
                found: list[str] = []
                token, finished = None, False
                while not finished:
                    try:
                        armed = True
                        signal.setitimer(signal.ITIMER_REAL, chance.uniform(0.0001, 0.02), BETWEEN_INTERRUPTIONS)
                        for page in WAYS[way](images, 5).starting_at(token).pages():
                            found, token = [*found, *(image.id for image in page)], page.next_token
                        signal.setitimer(signal.ITIMER_REAL, 0)
                        finished = True
                    except Interrupted:
                        count += 1
                assert [*dict.fromkeys(found)] == expected(way, IMAGES)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)


AHEAD: dict[str, tuple[Callable[[Any], Any], dict[str, str]]] = {
    "prefetch": (lambda images: images.list(per_page=2).prefetch(), {"sort_order": "desc"}),
    "both ends": (lambda images: images.list(per_page=2).concurrent(), {"sort_order": "asc"}),
    "side by side": (lambda images: images.list(per_page=2, creator=CREATORS).concurrent(), {"creator": "grace"}),
}
"""Ways to walk with threads, and what is asked for by them."""

ahead = pytest.mark.parametrize(("ask", "asked"), AHEAD.values(), ids=AHEAD)


@attrs.define
class Stalled:
    """An account that does not answer what threads ask for behind the first page, until it may."""

    asked: dict[str, str]
    may_answer: threading.Event = attrs.field(factory=threading.Event)
    has_stalled: threading.Event = attrs.field(factory=threading.Event)
    service: Service = attrs.field(factory=lambda: Service.of(30, tuple(CREATORS)))

    def client(self) -> CloudflareImages:
        self.service.before = self._before
        return CloudflareImages("acc", api_token="t", transport=self.service.transport())

    def _before(self, request: httpx.Request, _number: int) -> None:
        if "continuation_token" in request.url.params and self.asked.items() <= request.url.params.items():
            self.has_stalled.set()
            assert self.may_answer.wait(PATIENCE)

    def check(self) -> None:
        """Check that the caller has gone on while the request is still under way, in a thread that holds up nothing."""
        assert not self.may_answer.is_set()
        assert our_threads()
        assert all(thread.daemon for thread in our_threads())
        count = len(self.service.requests)
        self.may_answer.set()
        until(lambda: not our_threads())
        assert len(self.service.requests) == count


@ahead
def test_who_leaves_the_loop_goes_on_while_a_request_is_under_way(ask: Any, asked: dict[str, str]) -> None:
    stalled = Stalled(asked)
    with stalled.client() as images:
        for _ in ask(images):
            assert stalled.has_stalled.wait(PATIENCE)
            break
    stalled.check()


@ahead
def test_an_exception_of_the_caller_comes_while_a_request_is_under_way(ask: Any, asked: dict[str, str]) -> None:
    stalled = Stalled(asked)

    def program() -> None:
        with stalled.client() as images:
            for _ in ask(images):
                assert stalled.has_stalled.wait(PATIENCE)
                raise KeyError("a bug of the caller")

    with pytest.raises(KeyError):
        program()
    stalled.check()


@ahead
def test_who_leaves_the_loop_ends_the_wait_for_a_repetition(ask: Any, asked: dict[str, str]) -> None:
    service, refused = Service.of(30, tuple(CREATORS)), threading.Event()

    def refuse(request: httpx.Request, _number: int) -> httpx.Response | None:
        if "continuation_token" not in request.url.params or not asked.items() <= request.url.params.items():
            return None
        refused.set()
        return httpx.Response(503, headers={"Retry-After": f"{LONGEST_RETRY}"})

    service.before = refuse
    policy = RetryPolicy(longest_retry_after=LONGEST_RETRY)
    with CloudflareImages("acc", api_token="t", transport=service.transport(), retries=policy) as images:
        for _ in ask(images):
            assert refused.wait(PATIENCE)
            break
        until(lambda: not our_threads())


@contextmanager
def ctrl_c_while_waiting(stalled: Stalled) -> Iterator[None]:
    """Press Ctrl-C once the caller waits for what does not come."""

    def press() -> None:
        assert stalled.has_stalled.wait(PATIENCE)
        time.sleep(0.1)  # until all wait: Python can miss a signal at the moment when a wait begins
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        yield
    thread.join()


@real_ctrl_c
@ahead
def test_after_ctrl_c_the_caller_goes_on_while_a_request_is_under_way(ask: Any, asked: dict[str, str]) -> None:
    stalled = Stalled(asked)
    with ctrl_c_while_waiting(stalled), stalled.client() as images:
        list(ask(images))
    stalled.check()


@real_ctrl_c
@ahead
def test_a_page_that_was_waited_for_in_vain_comes_the_next_time(ask: Any, asked: dict[str, str]) -> None:
    stalled = Stalled(asked)
    with stalled.client() as images:
        pages = ask(images).pages()
        found: list[Any] = []
        with ctrl_c_while_waiting(stalled):
            for page in pages:
                found.append(page)  # noqa: PERF402 - what came before the interruption is wanted
        stalled.may_answer.set()
        found.extend(pages)
    assert [image.id for page in found for image in page] == stalled.service.ids()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_interruption_while_a_thread_starts_costs_no_page(moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    start, service = threading.Thread.start, Service.of(9)

    def interrupted(thread: threading.Thread) -> None:
        monkeypatch.undo()
        if moment == "after":
            start(thread)
        raise KeyboardInterrupt

    with CloudflareImages("acc", api_token="t", transport=service.transport()) as images:
        pages = images.list(per_page=2).prefetch(2).pages()
        monkeypatch.setattr(threading.Thread, "start", interrupted)
        with pytest.raises(KeyboardInterrupt):
            next(pages)
        assert [image.id for page in pages for image in page] == service.ids()
    until(lambda: not our_threads())


def test_an_interruption_while_a_page_is_awaited_costs_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    may_answer, service = threading.Event(), Service.of(9)

    class Interrupted(SimpleQueue[None]):
        """What a caller waits at for a thread."""

        def get(self, *_: object, **__: object) -> None:
            if may_answer.is_set():
                return super().get()
            may_answer.set()
            raise KeyboardInterrupt

    def stall(_request: httpx.Request, _number: int) -> None:
        assert may_answer.wait(PATIENCE)

    service.before = stall
    with CloudflareImages("acc", api_token="t", transport=service.transport()) as images:
        monkeypatch.setattr("cfimages.parallel.threads.SimpleQueue", Interrupted)
        pages = images.list(per_page=2).prefetch().pages()
        with pytest.raises(KeyboardInterrupt):
            next(pages)
        assert [image.id for page in pages for image in page] == service.ids()
    until(lambda: not our_threads())


IN_TURN: dict[str, Callable[[Any], Any]] = {"pages": lambda pager: pager.pages(), "items": iter}
ASYNC_IN_TURN: dict[str, Callable[[Any], Any]] = {"pages": lambda pager: pager.pages(), "items": aiter}

unanswered = pytest.mark.filterwarnings(  # it may come in a generator's end, too
    "ignore::pytest.PytestUnraisableExceptionWarning"
)
walks_in_turn = pytest.mark.parametrize(
    ("way", "what"),
    [
        *((way, "pages") for way in WAYS if way != "numbered"),
        *((way, "items") for way in ("list", "merged and concurrent")),  # which are taken from any pages alike
    ],
)


@pytest.mark.slow  # several hundred walks
@unanswered
@walks_in_turn
def test_an_interruption_at_any_moment_costs_nothing(way: str, what: str) -> None:
    service = Service.of(5, tuple(CREATORS))

    def walked(images: CloudflareImages, at: int) -> tuple[bool, list[Any]]:
        """Whether the walk was interrupted, and what it gave."""
        iterator, interrupter = IN_TURN[what](WAYS[way](images, 2)), Interrupter(at)
        found: list[Any] = []
        sys.setprofile(interrupter)
        try:
            for one in iterator:
                found.append(one)  # noqa: PERF402 - what came before the interruption is wanted
        except KeyboardInterrupt:
            found.extend(iterator)
        finally:
            sys.setprofile(None)
        return interrupter.left <= 0, found

    address = "https://api.example.com"  # for which walks have no pacer
    with CloudflareImages("acc", api_token="t", base_url=address, transport=service.transport()) as images:
        usual, at, interrupted = list(IN_TURN[what](WAYS[way](images, 2))), 0, True
        while interrupted:
            at += 1
            interrupted, found = walked(images, at)
            assert found == usual, at
    assert at > 50


@pytest.mark.slow
@unanswered
@walks_in_turn
def test_an_interruption_of_a_task_at_any_moment_costs_nothing(way: str, what: str) -> None:
    """By a signal handler that raises an exception, as one with a time limit does."""
    service = Service.of(5, tuple(CREATORS))

    async def walked(images: AsyncCloudflareImages, at: int) -> tuple[bool, list[Any]]:
        iterator, interrupter = ASYNC_IN_TURN[what](WAYS[way](images, 2)), Interrupter(at, asyncio.current_task())
        found: list[Any] = []
        sys.setprofile(interrupter)
        try:
            async for one in iterator:
                found.append(one)  # noqa: PERF401 - what came before the interruption is wanted
        except KeyboardInterrupt:
            found += [one async for one in iterator]
        finally:
            sys.setprofile(None)
        return interrupter.left <= 0, found

    async def scenario() -> int:
        address = "https://api.example.com"
        async with AsyncCloudflareImages(
            "acc", api_token="t", base_url=address, transport=service.async_transport()
        ) as images:
            usual = [one async for one in ASYNC_IN_TURN[what](WAYS[way](images, 2))]
            for at in itertools.count(1):
                interrupted, found = await walked(images, at)
                assert found == usual, at
                if not interrupted:
                    return at
        raise AssertionError

    assert asyncio.run(scenario()) > 50


# --- No threads -------------------------------------------------------------------------------------------------


def plain(images: Any) -> list[Any]:
    """Walks that nobody has asked to have requests under way."""
    return [images.list(per_page=10), images.list(per_page=10, creator=CREATORS)]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The threads that are started."""
    names: list[str] = []
    start = threading.Thread.start

    def told(thread: threading.Thread) -> None:
        if not thread.name.startswith("server"):
            names.append(thread.name)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", told)
    return names


def listing(request: Received) -> bytes:
    """A page of one image, and two more."""
    page = int(httpx.URL(request.target).params.get("continuation_token", 1))
    result = {"images": [{"id": f"{page}"}], "continuation_token": str(page + 1) if page < 3 else None}
    return said(200, envelope(result))


@pytest.fixture(params=["http", "https"])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    """A server that lists."""
    if request.param == "http":
        server = Server(listing, forever=True)
    else:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(tmp_path / "authority.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        server = SecureServer(authority.issue_cert("127.0.0.1"), listing, host="127.0.0.1", forever=True)
    with server:
        yield server


def test_a_listing_starts_no_thread(server: Server, started: list[str]) -> None:
    with sync_client(server.address) as images:
        for pager in plain(images):
            assert {image.id for image in pager} == {"1", "2", "3"}
    assert started == []


def test_an_asynchronous_listing_starts_no_thread_and_no_task_of_ours(server: Server, started: list[str]) -> None:
    ours: list[str] = []

    def factory(loop: asyncio.AbstractEventLoop, work: Any, **named: Any) -> asyncio.Task[Any]:
        if "cfimages" in work.cr_code.co_filename:
            ours.append(work.__qualname__)
        return asyncio.Task(work, loop=loop, **named)

    async def main() -> None:
        asyncio.get_running_loop().set_task_factory(factory)
        async with async_client(server.address) as images:
            for pager in plain(images):
                assert {image.id async for image in pager} == {"1", "2", "3"}

    asyncio.run(main())
    assert started == []
    assert ours == []


# --- Cancellation ---------------------------------------------------------------------------------------------


@attrs.define
class Waits:
    """Counts how often a task and those that it makes wait; cancels it the n-th time."""

    at: int
    count: int = 0
    task: asyncio.Task[Any] | None = None

    def __call__(self, loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
        """As a factory of tasks."""
        return asyncio.Task(Counted(work, self), loop=loop, **options)

    def another(self) -> None:
        self.count += 1
        if self.count == self.at:
            asyncio.get_running_loop().call_soon(self.task.cancel)


@attrs.define
class Counted(Coroutine[Any, Any, Any]):
    """A coroutine that tells of each time it waits."""

    work: Any
    waits: Waits

    def send(self, value: Any) -> Any:
        waited_for = self.work.send(value)
        self.waits.another()
        return waited_for

    def throw(self, *error: Any) -> Any:
        waited_for = self.work.throw(*error)
        self.waits.another()
        return waited_for

    def close(self) -> None:
        self.work.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.work, name)

    def __await__(self) -> Generator[Any, Any, Any]:
        return self.work.__await__()


async def each_wait(work: Callable[[], Awaitable[Any]], check: Callable[[], Awaitable[None]]) -> int:
    """Cancel a piece of work at each of its awaits in turn, and look after each time; gives how many there are."""
    loop = asyncio.get_running_loop()

    async def run() -> Any:
        return await work()

    for at in itertools.count(1):
        waits = Waits(at)
        loop.set_task_factory(waits)
        waits.task = task = asyncio.create_task(run())
        await asyncio.wait([task])
        loop.set_task_factory(None)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        await check()
        if not task.cancelled():
            task.result()
            return at - 1
    raise AssertionError


async def ids(pager: Any) -> list[str]:
    """The ids of a walk that is closed whatever happens."""
    async with pager.pages() as pages:
        return [image.id async for page in pages for image in page]


@pytest.mark.parametrize("way", WAYS)
def test_cancellation_at_every_await_of_a_walk(sandbox: Sandbox, way: str) -> None:
    async def scenario() -> int:
        async with async_client(sandbox.base_url) as images, asyncio.timeout(LONGEST_WALK):

            async def check() -> None:
                assert len(await ids(images.list())) == IMAGES

            return await each_wait(lambda: ids(WAYS[way](images, PAGE)), check)

    with nothing_left():
        assert asyncio.run(scenario()) >= 15


@pytest.mark.parametrize("work", WORK)
def test_cancellation_at_every_await_of_a_method(sandbox: Sandbox, work: str) -> None:
    async def scenario() -> int:
        async with async_client(sandbox.base_url, "other") as images, asyncio.timeout(LONGEST_WALK):

            async def check() -> None:
                await images.get("picture")

            return await each_wait(lambda: WORK[work](images), check)

    with nothing_left():
        assert asyncio.run(scenario()) >= 5


@pytest.mark.realtime
@pytest.mark.parametrize("way", WAYS)
def test_after_any_cancellation_the_next_walk_goes_on(sandbox: Sandbox, way: str) -> None:
    """Also where it comes at the same moment as what was waited for."""
    chance = random.Random(way)

    async def scenario() -> None:
        async with async_client(sandbox.base_url) as images, asyncio.timeout(LONGEST_WALK):
            cancelled = 0
            while cancelled < 200 // len(WAYS):
                walking = asyncio.create_task(ids(WAYS[way](images, 5)))
                asyncio.get_running_loop().call_later(chance.uniform(0, 0.03), walking.cancel)
                await asyncio.wait([walking])
                assert asyncio.all_tasks() == {asyncio.current_task()}
                cancelled += walking.cancelled()
            assert await ids(WAYS[way](images, 5)) == expected(way, IMAGES)

    with nothing_left():
        asyncio.run(scenario())


# --- Fork -----------------------------------------------------------------------------------------------------

FORKING = """
import os, sys, warnings
warnings.simplefilter("ignore")  # newer Pythons warn of a fork beside threads
from cfimages import ClientClosedError, CloudflareImages
images = CloudflareImages("full", api_token="canary-5d1f", base_url=sys.argv[1])
pages = images.list(per_page=10){} .pages()
seen = len(next(pages))
if (child := os.fork()) == 0:
    said = []
    for use in (lambda: next(pages), lambda: images.get("image-0000001"), lambda: images.batch().get("image-0000001")):
        try:
            use()
        except ClientClosedError as error:
            said.append("process" in str(error))
        except Exception as error:
            said.append(error)
    with CloudflareImages("full", api_token="canary-5d1f", base_url=sys.argv[1]) as own:
        said.append(len(list(own.list())))
    images.close()
    print(said, flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(seen + sum(map(len, pages)))
images.close()
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("ahead", ["", ".prefetch()"])
def test_a_forked_child_is_told_to_make_a_client_of_its_own(sandbox: Sandbox, ahead: str) -> None:
    command = [sys.executable, "-c", FORKING.format(ahead), sandbox.base_url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_WALK, check=False)
    assert done.stderr == ""
    told, parent = done.stdout.splitlines()
    assert told.startswith("[True, True, ")
    assert told.endswith(f", {IMAGES}]")
    assert parent == str(IMAGES)


def test_another_process_is_refused_before_anything_is_sent(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    with sync_client(sandbox.base_url) as images:
        walk = images.list(per_page=PAGE).prefetch(2).pages()
        next(walk)
        here = os.getpid()
        with monkeypatch.context() as another:  # which closes nothing: connections belong to the one that made them
            another.setattr(os, "getpid", lambda: here + 1)
            with pytest.raises(ClientClosedError, match="in another process: make a new one after a fork"):
                next(walk)
            with pytest.raises(ClientClosedError, match="in another process: make a new one after a fork"):
                images.get("x")


# --- The end of a program ---------------------------------------------------------------------------------------

ENDING = """
import sys
from cfimages import CloudflareImages
images = CloudflareImages("a", api_token="t", base_url=sys.argv[1])
pages = images.list().prefetch().pages()
next(pages)
sys.stdin.read()
"""


@pytest.mark.realtime
def test_a_program_that_ends_does_not_wait_for_a_retry_that_nobody_wants() -> None:
    refused = threading.Event()

    def refuse(_request: Received) -> bytes:
        refused.set()
        return refusal(429, headers={"Retry-After": "60"})

    page = {"images": [{"id": "x"}], "continuation_token": "t"}
    first = said(200, {"success": True, "errors": [], "messages": [], "result": page})
    with Server(first, refuse, forever=True) as server:
        command = [sys.executable, "-c", ENDING, server.address]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
            assert refused.wait(PATIENCE)
            assert program.communicate("", timeout=59) == (None, "")
    assert len(server.received) == 2


# --- Many at once ---------------------------------------------------------------------------------------------

MANY = Faults(rate=0.2, delay=0.001, retry_after=0, seed=5)


@pytest.mark.slow
def test_many_threads_walk_through_faults_with_one_client(sandbox: Sandbox) -> None:
    ways = [*WAYS, *WAYS]
    with nothing_left(), Faulty.before(sandbox, MANY) as proxy:
        walker = Walker(f"{proxy.url}/client/v4", "full", PAGE, timeout=0.5)
        with walker.client() as images, ThreadPoolExecutor(len(ways)) as pool:
            walks = [pool.submit(walker.walk, images, WAYS[way]) for way in ways]
            found = [walk.result(LONGEST_WALK).ids for walk in walks]
    assert found == [expected(way, IMAGES) for way in ways]


@pytest.mark.slow
def test_many_tasks_walk_through_faults_with_one_client(sandbox: Sandbox) -> None:
    ways = [*WAYS, *WAYS]

    async def scenario(walker: Walker) -> list[list[str]]:
        async with walker.async_client() as images, asyncio.timeout(LONGEST_WALK):
            walks = await asyncio.gather(*(walker.async_walk(images, WAYS[way]) for way in ways))
        return [walked.ids for walked in walks]

    with nothing_left(), Faulty.before(sandbox, MANY) as proxy:
        found = asyncio.run(scenario(Walker(f"{proxy.url}/client/v4", "full", PAGE, timeout=0.5)))
    assert found == [expected(way, IMAGES) for way in ways]


# --- Closing meanwhile ----------------------------------------------------------------------------------------

DRIPPING = Faults(kinds=("drip",), rate=1, delay=0.01)


def test_closing_while_threads_work_is_a_clear_error_in_each(sandbox: Sandbox) -> None:
    def work(way: str) -> str:
        try:
            while True:
                list(WAYS[way](images, PAGE))
        except ClientClosedError as error:
            return str(error)

    with nothing_left(), Faulty.before(sandbox, DRIPPING) as proxy:
        images = sync_client(f"{proxy.url}/client/v4", timeout=0.5)
        with ThreadPoolExecutor(len(WAYS)) as pool:
            said = [pool.submit(work, way) for way in WAYS]
            until(lambda: len(proxy.incidents) >= len(WAYS))
            images.close()
            for outcome in said:
                assert outcome.result(LONGEST_WALK) == "the client is closed"


def test_closing_while_tasks_work_is_a_clear_error_in_each(sandbox: Sandbox) -> None:
    async def work(images: AsyncCloudflareImages, way: str) -> None:
        while True:
            await ids(WAYS[way](images, PAGE))

    async def scenario(proxy: Faulty) -> list[Any]:
        images = async_client(f"{proxy.url}/client/v4")
        tasks = [asyncio.create_task(work(images, way)) for way in WAYS]
        while len(proxy.incidents) < 3:
            await asyncio.sleep(0.001)
        await images.aclose()
        async with asyncio.timeout(LONGEST_WALK):
            return await asyncio.gather(*tasks, return_exceptions=True)

    with nothing_left(), Faulty.before(sandbox, DRIPPING) as proxy:
        outcomes = asyncio.run(scenario(proxy))
    assert [type(outcome) for outcome in outcomes] == [ClientClosedError] * len(WAYS)


def test_closing_while_an_upload_waits_is_a_clear_error() -> None:
    """Although an upload is not repeated: what went wrong is that the client was closed."""
    with Server(Stall()) as server:
        images = sync_client(server.address, timeout=0.3)
        with closing_when(lambda: server.received, images), pytest.raises(ClientClosedError):
            images.upload(b"x")


def drain(chunks: Iterator[bytes], meanwhile: Callable[[], None]) -> None:
    for _ in chunks:
        meanwhile()


def test_closing_while_a_download_runs_is_a_typed_error(sandbox: Sandbox) -> None:
    with nothing_left(), Faulty.before(sandbox, DRIPPING) as proxy:
        images = sync_client(f"{proxy.url}/client/v4", "other", retries=RetryPolicy(attempts=1))
        with pytest.raises((APIError, ClientClosedError)), images.stream("picture") as chunks:
            drain(chunks, images.close)


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (socket, "create_connection"),
        (ssl.SSLContext, "wrap_socket"),
        (httpcore.HTTP11Connection, "__init__"),
        (httpcore.HTTP11Connection, "handle_request"),
    ],
)
def test_closing_while_a_thread_opens_a_connection_sends_nothing(
    server: Server, owner: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name.startswith("wrap") and not isinstance(server, SecureServer):
        pytest.skip("there is no TLS")
    step = getattr(owner, name)

    def late(*arguments: Any, **named: Any) -> Any:
        if not named.get("server_side"):
            images.close()
        return step(*arguments, **named)

    with sync_client(server.address) as images:
        monkeypatch.setattr(owner, name, late)
        with pytest.raises(ClientClosedError, match="the client is closed"):
            list(images.list())
        monkeypatch.undo()
    gc.collect()
    assert server.received == []


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (anyio, "connect_tcp"),
        (TLSStream, "wrap"),
        (httpcore.AsyncHTTP11Connection, "__init__"),
        (httpcore.AsyncHTTP11Connection, "handle_async_request"),
    ],
)
def test_closing_while_a_task_opens_a_connection_sends_nothing(
    server: Server, owner: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name.startswith("wrap") and not isinstance(server, SecureServer):
        pytest.skip("there is no TLS")
    step = getattr(owner, name)

    async def main() -> None:
        async def late(*arguments: Any, **named: Any) -> Any:
            await images.aclose()
            return await step(*arguments, **named)

        def late_at_once(*arguments: Any, **named: Any) -> None:
            with pytest.raises(StopIteration):  # nothing is under way that closing would wait for
                images.aclose().send(None)
            step(*arguments, **named)

        async with async_client(server.address) as images:
            monkeypatch.setattr(owner, name, late_at_once if name == "__init__" else late)
            with pytest.raises(ClientClosedError, match="the client is closed"):
                _ = [image async for image in images.list()]
            monkeypatch.undo()

    asyncio.run(main())
    gc.collect()
    assert server.received == []
