"""Work of threads: what was dropped, what was not, and threads that start late."""

import threading

import pytest

from cfimages import ClientClosedError
from cfimages.parallel.threads import Work, Workers


def work(workers: Workers) -> Work[int]:
    return Work(lambda: 5, workers)


def test_work_that_was_dropped_has_no_result() -> None:
    dropped = work(Workers(1))
    dropped.drop()
    with pytest.raises(ClientClosedError, match="the walk is closed"):
        dropped.result()


def test_work_that_has_begun_is_not_dropped() -> None:
    done = work(Workers(1))
    assert done.result() == 5
    done.drop()
    assert (done.result(), done.was_dropped) == (5, False)


def test_a_thread_that_starts_after_it_was_given_up_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    late: list[threading.Thread] = []

    def cannot_start(thread: threading.Thread) -> None:
        late.append(thread)
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", cannot_start)
    workers = Workers(1)
    first, second = work(workers), work(workers)
    assert first.result() == 5  # in this thread
    workers.start(second)
    monkeypatch.undo()
    for thread in late:
        thread.run()
    assert not second.has_begun
    assert second.result() == 5
