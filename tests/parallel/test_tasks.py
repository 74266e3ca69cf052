"""Work of tasks: what was dropped, and what was not."""

import asyncio

import httpx
import pytest

from cfimages import ClientClosedError
from cfimages.parallel.tasks import Work, Workers, release


async def five() -> int:
    return 5


def test_work_that_was_dropped_has_no_result() -> None:
    async def scenario() -> None:
        dropped = Work(five, Workers(1))
        dropped.drop()
        with pytest.raises(ClientClosedError, match="the walk is closed"):
            await dropped.result()

    asyncio.run(scenario())


def test_work_that_has_begun_is_not_dropped() -> None:
    async def scenario() -> None:
        may_end = asyncio.Event()

        async def function() -> int:
            work.drop()
            await may_end.wait()
            return 5

        workers = Workers(1)
        work = Work(function, workers)
        workers.start(work)
        await asyncio.sleep(0)
        may_end.set()
        assert await work.result() == 5

    asyncio.run(scenario())


def test_a_transport_is_released_as_a_whole_also_by_a_task_that_is_cancelled() -> None:
    """A walk was cancelled while one of its tasks closed what another had interrupted: connections stayed open."""

    class Transport(httpx.AsyncBaseTransport):
        is_closed = False

        async def aclose(self) -> None:
            closing.set()
            await asyncio.sleep(0)
            self.is_closed = True

    async def main() -> bool:
        transport = Transport()
        task = asyncio.create_task(release(transport))
        await closing.wait()
        task.cancel()
        await asyncio.wait([task])
        return transport.is_closed and task.cancelled()

    closing = asyncio.Event()
    assert asyncio.run(main())


def test_work_that_is_closed_twice_is_cancelled_once() -> None:
    """A second cancellation would interrupt how it ends."""
    interrupted = []

    async def function() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as error:
            interrupted.append(error)
            for _ in range(5):  # as a connection that is closed
                await asyncio.sleep(0)
            interrupted.append("ended")
            raise

    async def main() -> None:
        workers = Workers(1)
        work = Work(function, workers)
        workers.start(work)
        await asyncio.sleep(0)
        await asyncio.gather(workers.aclose(), workers.aclose())

    asyncio.run(main())
    assert len(interrupted) == 2
    assert interrupted[1] == "ended"


def test_work_that_nobody_holds_is_left_out_when_all_is_closed() -> None:
    called = []

    async def function() -> None:
        called.append(1)

    async def main() -> None:
        workers = Workers(1)
        held, forgotten = Work(function, workers), Work(function, workers)
        workers.start(held)
        workers.start(forgotten)
        del forgotten
        await workers.aclose()
        assert held.was_dropped

    asyncio.run(main())
    assert not called


def test_closing_waits_for_what_is_under_way_however_often_it_is_cancelled() -> None:
    """A walk asked again while a task of it still ended, and raised that it was closed."""

    async def ends_slowly() -> int:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            for _ in range(10):
                await asyncio.sleep(0)
            raise
        return 5

    async def main() -> tuple[bool, bool]:
        workers = Workers(1)
        work = Work(ends_slowly, workers)
        workers.start(work)
        await asyncio.sleep(0)
        closing = asyncio.create_task(workers.aclose())
        for _ in range(3):
            await asyncio.sleep(0)
            closing.cancel()
        await asyncio.wait([closing])
        return work.was_dropped, closing.cancelled()

    assert asyncio.run(main()) == (True, True)


def test_work_that_closes_its_own_workers_does_not_wait_for_itself() -> None:
    async def main() -> bool:
        workers = Workers(1)

        async def closes() -> None:
            await workers.aclose()
            await asyncio.sleep(0)

        work = Work(closes, workers)
        workers.start(work)
        with pytest.raises(ClientClosedError):
            await work.result()
        return work.was_dropped

    assert asyncio.run(main())
