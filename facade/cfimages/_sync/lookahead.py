# Generated from facade/cfimages/_async/lookahead.py by `make generate`. Do not edit.
"""Call a function before its results are wanted."""

from collections import deque
from collections.abc import Callable
from itertools import takewhile
from typing import Generic

from cfimages.listing.page import T
from cfimages.parallel import threads


class Lookahead(Generic[T]):
    """A queue of calls of one function, which workers make. The results are taken in the order of the calls.

    When a call fails, those behind it are dropped.
    """

    def __init__(self, function: Callable[[], T], workers: threads.Workers) -> None:
        self._function = function
        self._workers = workers
        self._calls: deque[threads.Work[T]] = deque()

    @property
    def count(self) -> int:
        """Number of calls that have been added, and neither removed nor dropped since."""
        return sum(not call.was_dropped for call in self._calls)

    def fill(self, count: int) -> None:
        """Add calls until there are so many, and let workers make those that they do not make yet."""
        self._calls = deque(takewhile(lambda call: not call.was_dropped, self._calls))
        for _ in range(count - len(self._calls)):
            previous = self._calls[-1] if self._calls else None
            self._calls.append(threads.Work(self._function, self._workers, previous))
        # Up to the first call that no thread can be started for. Otherwise a later call could run before it.
        all(map(self._workers.start, self._calls))

    def first(self) -> T:
        """Wait for the result of the first call. The call is removed if it fails, else it stays: see `remove_first`."""
        call = self._calls[0]
        try:
            return call.result()
        except BaseException:
            if call.has_failed:
                self._calls.popleft()
                for follower in self._calls:
                    follower.drop()
            raise

    def drop_failed(self) -> None:
        """Drop the calls from the first one that has failed, so that `fill` adds them again."""
        self._calls = deque(takewhile(lambda call: not call.has_failed, self._calls))

    def remove_first(self) -> None:
        """Remove the first call, once its result has been used."""
        del self._calls[0]  # not `popleft`: an interruption can come between a call and what follows
