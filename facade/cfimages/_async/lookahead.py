"""Call functions before their results are wanted."""

from collections import deque
from collections.abc import Awaitable, Callable
from itertools import takewhile
from typing import Generic

from cfimages._async.lifetime import AsyncLifetime
from cfimages.errors import ClientClosedError
from cfimages.listing.part import T
from cfimages.parallel import tasks


class AsyncLookahead(Generic[T]):
    """A queue of calls that workers make. Their results are taken in the order in which the calls were added.

    When a call fails, those behind it are dropped.
    """

    def __init__(self, workers: tasks.Workers, lifetime: AsyncLifetime) -> None:
        self._workers = workers
        self._lifetime = lifetime
        self._calls: deque[tasks.Work[T]] = deque()

    @property
    def count(self) -> int:
        """Number of calls that have been added, and neither removed nor dropped since."""
        self._calls = deque(takewhile(lambda call: not call.was_dropped, self._calls))
        return len(self._calls)

    def add(self, function: Callable[[], Awaitable[T]]) -> None:
        """Add a call behind the others."""
        previous = self._calls[-1] if self._calls else None
        self._calls.append(tasks.Work(function, self._workers, previous))

    def start(self) -> None:
        """Let workers make the calls that they do not make yet."""
        for call in self._calls:
            self._workers.start(call)

    def check(self) -> None:
        """Raise ClientClosedError if the walk is closed."""
        self._lifetime.check()

    async def first(self) -> T:
        """Wait for the result of the first call. The call is removed if it fails, else it stays: see `remove_first`."""
        call = self._calls[0]
        try:
            return await call.result()
        except BaseException as error:
            if call.has_failed:
                self._calls.popleft()
                for follower in self._calls:
                    follower.drop()
            if isinstance(error, ClientClosedError):
                self._lifetime.check()  # which says more
            raise

    def remove_first(self) -> None:
        """Remove the first call, once its result has been used."""
        del self._calls[0]  # not `popleft`: an interruption can come between a call and what follows
