# Generated from facade/cfimages/_async/pages.py by `make generate`. Do not edit.
"""Iterate over the pages of a listing."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from itertools import takewhile
from types import TracebackType
from typing import Generic, Self

from cfimages._sync.lifetime import Lifetime
from cfimages.errors import ClientClosedError
from cfimages.listing.page import Page
from cfimages.listing.part import Part, T
from cfimages.listing.walk import Walk
from cfimages.parallel import threads

Fetch = Callable[[Part[T], str | None], Page[T]]
"""Fetches the page with a token of the service."""


class Pages(ABC, Generic[T]):
    """The pages of one walk over a listing.

    After an error, the next call asks for the same page again, and nothing is fetched ahead until then. Close it to end
    requests that are under way.
    """

    _is_finished = False
    _lifetime: Lifetime | None = None
    """Of a walk that fetches ahead."""

    def __iter__(self) -> Self:
        return self

    def __repr__(self) -> str:
        return f"<pages of a listing{', finished' if self._is_finished else ''}>"

    def __next__(self) -> Page[T]:
        try:
            page = None if self._is_finished else self.next_page()
        except BaseException:
            if self._lifetime:
                self._lifetime.drop_work()
            raise
        if page is None:
            self._is_finished = True
            raise StopIteration
        return page

    @abstractmethod
    def next_page(self) -> Page[T] | None:
        """Return the next page, or None after the last one."""

    def start(self) -> None:
        """Send the first requests, where pages are fetched ahead."""

    def check(self) -> None:
        """Raise ClientClosedError if the walk is closed."""
        if self._lifetime:
            self._lifetime.check()

    def close(self) -> None:
        """End the walk, and the requests that it has under way."""
        self._is_finished = True
        if self._lifetime:
            self._lifetime.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class WalkPages(Pages[T]):
    """Fetch one page after the other."""

    def __init__(self, walk: Walk[T], fetch: Fetch[T]) -> None:
        self._walk = walk
        self._fetch = fetch

    def next_page(self) -> Page[T] | None:
        """Return the next page, or None after the last one."""
        walk = self._walk
        if walk.state.finished:
            return None
        with walk.asking() as token:
            page = self._fetch(walk.part, token)
        page = walk.advance(page)
        self._is_finished = walk.state.finished
        return page


class Ahead(Generic[T]):
    """Calls that workers make ahead of the time when their results are wanted, in order.

    Calls behind one that has failed are dropped.
    """

    def __init__(self, workers: threads.Workers, lifetime: Lifetime) -> None:
        self._workers = workers
        self._lifetime = lifetime
        self._works: deque[threads.Work[T]] = deque()

    @property
    def count(self) -> int:
        """Number of calls that have been added, and not removed or dropped since."""
        self._works = deque(takewhile(lambda work: not work.was_dropped, self._works))
        return len(self._works)

    def add(self, function: Callable[[], T]) -> None:
        """Add a call behind the others."""
        previous = self._works[-1] if self._works else None
        self._works.append(threads.Work(function, self._workers, previous))

    def start(self) -> None:
        """Have the calls under way. Nothing happens to those that are already."""
        for work in self._works:
            work.start()

    def first(self) -> T:
        """Wait for the result of the first call. One that fails is removed."""
        work = self._works[0]
        try:
            return work.result()
        except BaseException as error:
            if work.has_failed:
                self._works.popleft()
                for follower in self._works:
                    follower.drop()
            if isinstance(error, ClientClosedError):
                self._lifetime.check()  # which says more
            raise

    def remove_first(self) -> None:
        """Remove the first call, once its result has been used."""
        self._works.popleft()


class PrefetchedPages(Pages[T]):
    """Fetch the next pages of a walk while the caller works on one."""

    def __init__(self, pages: Pages[T], count: int, workers: threads.Workers, lifetime: Lifetime) -> None:
        self._lifetime = lifetime
        self._pages = pages
        self._count = count
        self._ahead: Ahead[Page[T] | None] = Ahead(workers, lifetime)

    def start(self) -> None:
        """Have `count` pages under way."""
        self._start(self._count)

    def _start(self, count: int) -> None:
        for _ in range(count - self._ahead.count):
            self._ahead.add(self._pages.next_page)
        self._ahead.start()

    def next_page(self) -> Page[T] | None:
        """Return the next page, or None after the last one."""
        self.check()
        self.start()
        page = self._ahead.first()
        if page is not None:
            self._start(self._count + 1)
        self._ahead.remove_first()
        return page
