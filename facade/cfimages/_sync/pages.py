# Generated from facade/cfimages/_async/pages.py by `make generate`. Do not edit.
"""Iterate over the pages of a listing."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
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

    After an error, the next call asks for the same page again. Close it to end requests that are under way.
    """

    _is_finished = False
    _lifetime: Lifetime | None = None
    """Of a walk that fetches ahead."""

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Page[T]:
        page = None if self._is_finished else self.next_page()
        if page is None:
            self._is_finished = True
            raise StopIteration
        return page

    @abstractmethod
    def next_page(self) -> Page[T] | None:
        """Return the next page, or None after the last one."""

    def start(self) -> None:
        """Send the first requests, where pages are fetched ahead."""

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
        if walk.finished:
            return None
        with walk.asking() as token:
            page = self._fetch(walk.part, token)
        page = walk.advance(page)
        self._is_finished = walk.finished
        return page


class PrefetchedPages(Pages[T]):
    """Fetch the next pages of a walk while the caller works on one."""

    def __init__(self, pages: Pages[T], count: int, workers: threads.Workers, lifetime: Lifetime) -> None:
        self._lifetime: Lifetime = lifetime
        self._pages = pages
        self._count = count
        self._workers = workers
        self._works: deque[threads.Work[Page[T] | None]] = deque()

    def start(self) -> None:
        """Have `count` pages under way."""
        while len(self._works) < self._count:
            self._works.append(threads.Work(self._pages.next_page, self._workers))
        for work in self._works:  # also those whose start was interrupted
            work.start()

    def next_page(self) -> Page[T] | None:
        """Return the next page, or None after the last one."""
        self._lifetime.check()
        self.start()
        page = first_result(self._works, self._lifetime)
        if page is not None:
            self.start()
        return page


def first_result(works: deque[threads.Work[T]], lifetime: Lifetime) -> T:
    """Wait for the first work and remove it. After its error, drop those that have not begun.

    Where the caller is interrupted, the work stays the first.
    """
    try:
        result = works[0].result()
    except BaseException as error:
        if works[0].has_failed:
            works.popleft()
            kept = [work for work in works if not work.drop()]
            works.clear()
            works.extend(kept)
        if isinstance(error, ClientClosedError):
            lifetime.check()  # which says more
        raise
    works.popleft()
    return result
