"""Ctrl-C, cancellation, fork, many at once, closing meanwhile: the client stays usable, and nothing keeps running."""

import asyncio
import io
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import anyio
import attrs
import h11
import httpx
import pytest
from faulty import Faulty
from patience import PATIENCE, closing_when, until
from pictures import PNG
from servers import Received, Run, Server, Stall, address, image, refusal, run_async, run_sync, said
from walks import IMPATIENT, LONGEST_WALK, WAYS, Walker, expected, nothing_left

from cfimages import (
    APIConnectionError,
    APIError,
    AsyncCloudflareImages,
    ClientClosedError,
    CloudflareImages,
    RetryPolicy,
)
from cfimages.prefetch import close_at_rest
from cfimages.sandbox import Faults, Sandbox
from cfimages.waiting import stopping, unbroken

both = pytest.mark.parametrize("run", [run_sync, run_async], ids=["sync", "async"])

PICTURE = PNG + bytes(300_000)
IMAGES = 30
PAGE = 10

WORK: dict[str, Callable[[Any], Any]] = {
    "get": lambda images: images.get("image-0000001"),
    "upload": lambda images: images.upload(PICTURE),
    "download": lambda images: images.download("picture", io.BytesIO()),
    "edit": lambda images: images.edit("picture", metadata={"a": 1}),
    "batch": lambda images: images.batch(base_url=f"{address(images)[:-10]}/batch").get("picture"),
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        running.fill("full", IMAGES)
        running.fill("other", IMAGES)
        with running.client("other") as images:
            images.upload(PICTURE, id="picture")
        Walker(running.base_url, "full", IMAGES, timeout=5).sync(WAYS["list"])  # its thread opens files of its own
        yield running


def sync_client(base_url: str, account: str = "full", **options: Any) -> CloudflareImages:
    """A client that runs out of connections as soon as one is not given back."""
    transport = httpx.HTTPTransport(verify=False, limits=httpx.Limits(max_connections=3))
    settings: dict[str, Any] = {"timeout": PATIENCE, "retries": IMPATIENT, **options}
    return CloudflareImages(account, api_token="canary-5d1f", base_url=base_url, transport=transport, **settings)


def async_client(base_url: str, account: str = "full") -> AsyncCloudflareImages:
    transport = httpx.AsyncHTTPTransport(verify=False, limits=httpx.Limits(max_connections=3))
    return AsyncCloudflareImages(
        account, api_token="canary-5d1f", base_url=base_url, transport=transport, timeout=PATIENCE, retries=IMPATIENT
    )


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


# A socket that is interrupted while it connects is closed by the garbage collector, and nobody else can.
connecting = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


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
import sys, threading
from cfimages import CloudflareImages
with CloudflareImages("full", api_token="canary-5d1f", base_url=sys.argv[1]) as images:
    try:
        for image in images.list_all(per_page=10, creator=["ada", "grace", ""]).prefetch():
            pass
    except KeyboardInterrupt:
        print(len(list(images.list())), threading.active_count())
"""


@real_ctrl_c
def test_ctrl_c_in_a_program(sandbox: Sandbox) -> None:
    with Faulty.before(sandbox, Faults(kinds=("latency",), rate=1, delay=0.3)) as proxy:
        command = [sys.executable, "-W", "error", "-c", PROGRAM, f"{proxy.url}/client/v4"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            until(lambda: len(proxy.incidents) >= 2 or process.poll() is not None)
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=LONGEST_WALK)
    assert (output, errors, process.returncode) == (f"{IMAGES} 1\n", "", 0)


def test_a_walk_that_is_given_up_sends_nothing_more() -> None:
    """It waits for the one request that is under way, and no other walk of it begins another."""

    def handle(_: httpx.Request) -> httpx.Response:
        sent.append(len(sent))
        if len(sent) > len(creators):  # each has a first page
            under_way.set()
            assert stopping.get()[0].wait(LONGEST_WALK)
        page = {"images": [{"id": f"{len(sent)}"}], "continuation_token": f"{len(sent)}"}
        return httpx.Response(200, json={"success": True, "errors": [], "messages": [], "result": page})

    sent: list[int] = []
    under_way = threading.Event()
    creators = ["ada", "grace", "mary"]
    with nothing_left(), CloudflareImages("a", api_token="t", transport=httpx.MockTransport(handle)) as images:
        pages: Any = images.list_all(creator=creators, concurrency=1).prefetch().pages()
        next(pages)
        assert under_way.wait(LONGEST_WALK)
        pages.close()
    assert len(sent) == len(creators) + 1


def test_a_connection_that_ctrl_c_has_left_unfinished_is_like_a_broken_one() -> None:
    """h11 asserts what holds unless it has been interrupted; the connection is then dropped by the pool."""

    class Interrupted(httpx.HTTPTransport):
        left = 1

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if self.left:
                self.left -= 1
                h11._connection._body_framing(b"GET", None)  # type: ignore[arg-type]  # asserts that it is a request
            return super().handle_request(request)

    options = {"account_id": "a", "api_token": "t", "retries": IMPATIENT}
    with Server(image(), image()) as server:
        with CloudflareImages(base_url=server.address, transport=Interrupted(verify=False), **options) as images:
            assert images.get("x").id == "x"
        with (
            CloudflareImages(base_url=server.address, transport=Interrupted(verify=False), **options) as images,
            pytest.raises(APIConnectionError, match="left unfinished by an interruption"),
        ):
            images.upload(b"x")
    assert server.lines == ["GET /accounts/a/images/v1/x"]


@both
@pytest.mark.parametrize("error", [AssertionError("wrong path"), UnicodeError("no name")])
def test_what_a_transport_of_the_callers_finds_wrong_is_theirs(run: Run, error: Exception) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        raise error

    asked: list[str] = []
    with pytest.raises(type(error)) as caught:
        run(lambda images: images.get("x"), transport=httpx.MockTransport(handle))
    assert caught.value is error
    assert asked == ["/client/v4/accounts/acc/images/v1/x"]
    assert caught.traceback[-1].name == "handle"


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
    return [image.id async for image in pager]


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


def test_what_comes_although_it_was_cancelled_is_undone() -> None:
    undone = []

    async def work() -> str:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return "an answer"

    async def undo(result: str) -> None:
        undone.append(result)

    async def scenario() -> None:
        task = asyncio.create_task(unbroken(work(), undo))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())
    assert undone == ["an answer"]


def test_a_second_cancellation_waits_for_the_end_too() -> None:
    ended = []

    async def work(may_end: asyncio.Event) -> None:
        with anyio.CancelScope(shield=True):
            await may_end.wait()
        ended.append(True)
        await asyncio.sleep(0)

    async def scenario() -> None:
        may_end = asyncio.Event()
        task = asyncio.create_task(unbroken(work(may_end)))
        for _ in range(3):
            await asyncio.sleep(0)
            task.cancel()
        may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(scenario())
    assert ended == [True]


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
    for use in (lambda: next(pages), lambda: images.get("image-0000001"), images.batch(base_url=sys.argv[1]).stats):
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
        monkeypatch.setattr(os, "getpid", lambda: here + 1)
        with pytest.raises(ClientClosedError, match="another process: begin one"):
            next(walk)
        with pytest.raises(ClientClosedError, match="another process: after a fork, make a new one"):
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


def test_many_threads_walk_through_faults_with_one_client(sandbox: Sandbox) -> None:
    ways = [*WAYS, *WAYS]
    with nothing_left(), Faulty.before(sandbox, MANY) as proxy:
        walker = Walker(f"{proxy.url}/client/v4", "full", PAGE, timeout=0.5)
        with walker.client() as images, ThreadPoolExecutor(len(ways)) as pool:
            walks = [pool.submit(walker.walk, images, WAYS[way]) for way in ways]
            found = [walk.result(LONGEST_WALK).ids for walk in walks]
    assert found == [expected(way, IMAGES) for way in ways]


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
                assert outcome.result(LONGEST_WALK).startswith("the client has been closed")


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


def test_a_connection_that_is_opened_after_the_close_is_closed_with_its_request() -> None:
    class Late(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            images.close()
            return super().handle_request(request)

    class AsyncLate(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await others.aclose()
            return await super().handle_async_request(request)

    with Server(image(), image()) as server, nothing_left():
        images = CloudflareImages("a", api_token="canary-5d1f", base_url=server.address, transport=Late(verify=False))
        assert images.get("x").id == "x"
        others = AsyncCloudflareImages(
            "a", api_token="canary-5d1f", base_url=server.address, transport=AsyncLate(verify=False)
        )
        assert asyncio.run(others.get("x")).id == "x"


def test_a_generator_that_a_thread_is_still_in_is_not_closed() -> None:
    """As after two Ctrl-C in a row: it ends by itself, and the second Ctrl-C is what the caller sees."""

    def pages() -> Iterator[None]:
        close_at_rest(running)
        yield

    running = pages()
    assert list(running) == [None]
