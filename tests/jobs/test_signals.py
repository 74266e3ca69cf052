"""SIGTERM and Ctrl-C while a job runs."""

import os
import signal
import threading
from typing import Any

import httpx
import pytest
from jobs.worlds import World
from patience import PATIENCE

from cfimages import jobs
from cfimages.jobs.signals import stopping_in_order


def send_signal(number: int) -> None:
    """Send this process a signal, from any of its threads. On Windows, `os.kill` would end it."""
    if os.name == "nt":
        signal.raise_signal(number)
    else:
        os.kill(os.getpid(), number)


def interrupted(world: World, *numbers: int) -> jobs.Job:
    """A job during whose third request signals come."""
    world.put(*map(str, range(30)))
    job = jobs.delete(world.images, world.journal, everything=True, recheck=False)

    def signalled(request: httpx.Request, send: Any) -> httpx.Response:
        for number in numbers:
            send_signal(number)
        return send(request)

    world.spoil("DELETE .*", signalled, after=2)
    return job


def test_ctrl_c_stops_in_order_and_then_interrupts(world: World) -> None:
    job = interrupted(world, signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        job.run(workers=1)
    counts = job.report().counts
    assert 3 <= counts["done"] < 30
    assert counts["done"] + counts["planned"] == 30
    assert len(world.effects()) == counts["done"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert job.run().finished


def test_sigterm_stops_in_order_and_then_goes_where_it_went_before(world: World) -> None:
    received = []
    before = signal.signal(signal.SIGTERM, lambda number, _: received.append(number))
    try:
        job = interrupted(world, signal.SIGTERM)
        report = job.run(workers=1)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert received == [signal.SIGTERM]
    assert report.stopped
    assert report.counts["started"] == 0


def test_a_second_signal_ends_at_once(world: World) -> None:
    job = interrupted(world)
    pressed = []

    def press(progress: jobs.Progress) -> None:
        pressed.append(progress)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        job.run(workers=1, on_progress=press)
    assert len(pressed) == 2
    for thread in threading.enumerate():
        if thread.name.startswith("cfimages-job"):
            thread.join(PATIENCE)
    assert job.run().finished
    assert len(world.effects()) == 30


def test_signals_that_are_ignored_stay_ignored() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with stopping_in_order(pytest.fail):
            signal.raise_signal(signal.SIGTERM)
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)


def test_in_other_threads_nothing_is_changed(world: World) -> None:
    world.put("a")
    job = jobs.delete(world.images, world.journal, everything=True)
    reports: list[jobs.Report] = []
    thread = threading.Thread(target=lambda: reports.append(job.run()))
    thread.start()
    thread.join(PATIENCE)
    assert reports[0].finished
