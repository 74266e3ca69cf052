"""Pages, and the pagers that walk them: one decision core without I/O, two loops that fetch.

A pager is a value. It asks for nothing before the first item, never changes, and gives the same walk each time
it is iterated.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Generic, Self, TypeVar

import attrs

from cfimages.errors import APIError, InvalidArgumentError, PaginationError
from cfimages.values import shown

T = TypeVar("T")


@attrs.frozen
class Page(Generic[T]):
    """One page of a listing.

    `continuation_token` is where this page began (None: at the start) and `next_token` where the next one does
    (None: this was the last). Iterating a page gives its items.
    """

    items: tuple[T, ...]
    continuation_token: str | None
    next_token: str | None

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


@attrs.define
class _Walk(Generic[T]):
    """What to ask next: the state of one pass over all pages."""

    token: str | None
    _show: Callable[[Page[T]], Page[T]] | None
    finished: bool = False
    _asked: set[str | None] = attrs.field(factory=set)
    _previous: tuple[T, ...] = ()
    _repeats: int = 0

    def take(self, page: Page[T]) -> Page[T]:
        """Go on behind a fetched page; gives what to show of it.

        A short or empty page is not the end: a filter may leave pages empty in the middle. The end is a token
        that is null, empty or absent. Raises PaginationError where going on could never end.
        """
        if page.items and page.items == self._previous:
            self._repeats += 1
            page = attrs.evolve(page, items=())  # all of them have been shown
        else:
            self._repeats = 0
            self._previous = page.items
        if self._repeats > 1:  # once can happen: as many images were added meanwhile as a numbered page has
            raise PaginationError(
                "the service sends the same page again and again: it does not follow the position it is asked for",
                resume_token=self.token,
            )
        shown = self._show(page) if self._show else page
        self._asked.add(self.token)
        self.token = shown.next_token
        self.finished = not shown.next_token
        return shown

    @contextmanager
    def asking(self) -> Iterator[str | None]:
        """The token to ask with; an error that the asking raises carries it as `resume_token`."""
        if self.token in self._asked:
            raise PaginationError(
                f"the service sent the continuation token {shown(self.token)} a second time: its pages go in a circle",
                resume_token=self.token,
            )
        try:
            yield self.token
        except APIError as error:
            error.resume_token = self.token
            raise


@attrs.frozen
class _PagerBase(Generic[T]):
    """What the two pagers share: where to begin, and what of a page to show."""

    start: str | None = attrs.field(default=None, kw_only=True)
    """The token at which a walk begins; None is the beginning."""
    _show: Callable[[Page[T]], Page[T]] | None = attrs.field(default=None, kw_only=True, alias="show", repr=False)

    def starting_at(self, token: str | None) -> Self:
        """The same listing from a token on: a page's `next_token`, or an error's `resume_token`.

        None is the beginning, so that a program can start without a checkpoint. Raises InvalidArgumentError for
        an empty token, which is the end of a listing and not a place in it.
        """
        if token is not None and (not isinstance(token, str) or not token):
            raise InvalidArgumentError(f"token={shown(token)}: must be a token of a page, or None for the beginning")
        return attrs.evolve(self, start=token)

    def _walk(self) -> _Walk[T]:
        return _Walk(self.start, self._show)


@attrs.frozen
class Pager(_PagerBase[T]):
    """All items of a listing, fetched a page at a time while it is iterated.

    Iterate it for items, `pages()` for pages; each iteration is a new walk from the start. For the first n items
    use `itertools.islice`. Raises in the walk: `APIError` with a `resume_token` from which `starting_at` goes on,
    PaginationError if the service's pages go in a circle.
    """

    _fetch: Callable[[str | None], Page[T]] = attrs.field(alias="fetch", repr=False)

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page.items

    def pages(self) -> Iterator[Page[T]]:
        """The pages of the listing, each with the token to resume behind it."""
        walk = self._walk()
        while not walk.finished:
            with walk.asking() as token:
                page = self._fetch(token)
            yield walk.take(page)


@attrs.frozen
class AsyncPager(_PagerBase[T]):
    """All items of a listing, fetched a page at a time while it is iterated with `async for`.

    Works like `Pager`; `pages()` is an asynchronous iterator.
    """

    _fetch: Callable[[str | None], Awaitable[Page[T]]] = attrs.field(alias="fetch", repr=False)

    async def __aiter__(self) -> AsyncIterator[T]:
        async for page in self.pages():
            for item in page.items:
                yield item

    async def pages(self) -> AsyncIterator[Page[T]]:
        """The pages of the listing, each with the token to resume behind it."""
        walk = self._walk()
        while not walk.finished:
            with walk.asking() as token:
                page = await self._fetch(token)
            yield walk.take(page)
