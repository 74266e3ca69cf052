"""Pages, and the pagers that walk them: one decision core without I/O, two loops that fetch.

A pager is a value. It asks for nothing before the first item, never changes, and gives the same walk each time
it is iterated.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterator, Mapping, Sequence
from contextlib import aclosing, closing, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar, overload

import attrs

from cfimages.errors import APIError, InvalidArgumentError, PaginationError
from cfimages.values import positive, shown

if TYPE_CHECKING:
    from cfimages.resuming import AsyncResumableWalk, ResumableWalk

T = TypeVar("T")


class Item(Protocol):
    """What such a listing is of."""

    @property
    def id(self) -> str:
        """What no other has."""
        ...

    @property
    def uploaded(self) -> datetime | None:
        """What the listing is sorted by."""
        ...


ItemT = TypeVar("ItemT", bound=Item)


@attrs.frozen(repr=False)
class Page(Generic[T]):
    """One page of a listing.

    `continuation_token` is where this page began (None: at the start) and `next_token` where the next one does
    (None: this was the last). Iterating a page gives its items.
    """

    items: Sequence[T]
    """Like a tuple of them, whether it is one or makes each when it is asked for."""
    continuation_token: str | None
    next_token: str | None
    extra: Mapping[str, Any] = attrs.field(factory=dict, hash=False)
    """What the answer had beside its items and its token, under the API's names; nothing where pages are merged."""

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __repr__(self) -> str:
        first = f", first={getattr(self.items[0], 'id', self.items[0])!r}" if self.items else ""
        return f"Page(<{len(self)} items>{first}, next_token={shown(self.next_token)})"


class LazyItems(Sequence[T]):
    """Items of a page, each made when it is asked for. Equal to the tuple of them; a slice is one."""

    __slots__ = ()

    @abstractmethod
    def _item(self, place: int) -> T:
        """The one at a place, from 0."""

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...

    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        places = range(len(self))
        return tuple(map(self._item, places[index])) if isinstance(index, slice) else self._item(places[index])

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, LazyItems | tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


class Walk(Generic[T]):
    """What to ask next: the state of one pass over all pages, without I/O. `show` says what to show of a page."""

    def __init__(self, start: str | None, show: Callable[[Page[T]], Page[T]] | None = None) -> None:
        self.token = start
        self.finished = False
        self._show = show
        self._asked: set[str | None] = set()
        self._previous: tuple[int, Sequence[T], Sequence[T]] | None = None
        self._repeats = 0

    def take(self, page: Page[T]) -> Page[T]:
        """Go on behind a fetched page; gives what to show of it.

        A short or empty page is not the end: a filter may leave pages empty in the middle. The end is a token
        that is null, empty or absent. Raises PaginationError where going on could never end.
        """
        outline = (len(page.items), page.items[:1], page.items[-1:])  # rather than all, which would be held for long
        if page.items and outline == self._previous:
            self._repeats += 1
            page = attrs.evolve(page, items=())  # all of them have been shown
        else:
            self._repeats = 0
            self._previous = outline
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
        """The token to ask with; an error that the asking raises, of whatever walk, carries it as `resume_token`."""
        if self.token in self._asked:
            raise PaginationError(
                f"the service sent the continuation token {shown(self.token)} a second time: its pages go in a circle",
                resume_token=self.token,
            )
        try:
            yield self.token
        except (APIError, PaginationError) as error:
            error.resume_token = self.token
            raise


Pages = Generator[Page[T], None, None]
AsyncPages = AsyncGenerator[Page[T], None]


def one_walk(walk: Walk[T], fetch: Callable[[str | None], Page[T]]) -> Pages[T]:
    """The pages of a walk, one request after the other."""
    while not walk.finished:
        with walk.asking() as token:
            page = fetch(token)
        yield walk.take(page)
        del page  # else two are held while the next one comes


async def async_one_walk(walk: Walk[T], fetch: Callable[[str | None], Awaitable[Page[T]]]) -> AsyncPages[T]:
    """As `one_walk`."""
    while not walk.finished:
        with walk.asking() as token:
            page = await fetch(token)
        yield walk.take(page)
        del page


@attrs.frozen
class Origin:
    """What a listing was made from, so that it can be made again: plain values, as JSON has them."""

    account_id: str
    method: str
    """Of the client."""
    arguments: Mapping[str, Any]

    @property
    def descending(self) -> bool:
        """Whether the newest comes first."""
        return bool(self.arguments.get("sort_order", "desc") == "desc")


@attrs.frozen(repr=False)
class _PagerBase(Generic[T]):
    """What the two pagers share: where to begin, and how far to be ahead of the caller."""

    start: str | None = attrs.field(default=None, kw_only=True)
    """The token at which a walk begins; None is the beginning."""
    _ahead: int = attrs.field(default=0, kw_only=True, alias="ahead")
    _origin: Origin | None = attrs.field(default=None, kw_only=True, alias="origin")

    def starting_at(self, token: str | None) -> Self:
        """The same listing from a token on: a page's `next_token`, or an error's `resume_token`.

        None is the beginning, so that a program can start without a checkpoint. Raises InvalidArgumentError for
        an empty token, which is the end of a listing and not a place in it.
        """
        if token is not None and (not isinstance(token, str) or not token):
            raise InvalidArgumentError(f"token={shown(token)}: must be a token of a page, or None for the beginning")
        return attrs.evolve(self, start=token)

    def prefetch(self, pages: int = 1) -> Self:
        """The same listing, with so many pages fetched ahead while the caller works on one.

        Worth it where the caller takes about as long for a page as the service does; not for a program that stops
        early, since what was fetched ahead is then fetched in vain, nor for one that only collects. One page is
        enough unless the caller's work comes in bursts. Order, tokens and errors are as without it; a walk that is
        given up waits for the one request under way. Raises InvalidArgumentError.
        """
        return attrs.evolve(self, ahead=positive("pages", pages))

    def __repr__(self) -> str:
        method, arguments = (self._origin.method, self._origin.arguments) if self._origin else ("", {})
        listed = {**arguments, "starting_at": self.start, "prefetch": self._ahead or None}
        words = ", ".join(f"{name}={shown(value)}" for name, value in listed.items() if value is not None)
        return f"{type(self).__name__}(<{method or 'listing'}({words})>)"

    def _known_origin(self) -> Origin:
        if self._origin is None:
            raise InvalidArgumentError("this listing cannot be resumable: only `list` and `list_all` give such")
        return self._origin


@attrs.frozen(repr=False)
class Pager(_PagerBase[T]):
    """All items of a listing, fetched a page at a time while it is iterated.

    Iterate it for items, `pages()` for pages; each iteration is a new walk from the start. For the first n items
    use `itertools.islice`. Raises in the walk: `APIError` with a `resume_token` from which `starting_at` goes on,
    PaginationError if the service's pages go in a circle.
    """

    _walk: Callable[[str | None], Pages[T]] = attrs.field(alias="walk")

    def __iter__(self) -> Iterator[T]:
        with closing(self.pages()) as pages:
            for page in pages:
                yield from page.items
                del page  # else two are held while the next one comes

    def pages(self) -> Pages[T]:
        """The pages of the listing, each with the token to resume behind it."""
        if not self._ahead:
            return self._walk(self.start)
        from cfimages.prefetch import ahead  # threads and tasks, which the first page does not need

        return ahead(self._walk(self.start), self._ahead)

    def resumable(self: Pager[ItemT]) -> ResumableWalk[ItemT]:
        """One walk whose progress can be saved after each page, to be continued with `images.resume`.

        Raises InvalidArgumentError for `list_v1`, whose pages move while it is walked.
        """
        from cfimages.resuming import Progress, ResumableWalk

        return ResumableWalk(self, Progress(self._known_origin(), self.start))


@attrs.frozen(repr=False)
class AsyncPager(_PagerBase[T]):
    """All items of a listing, fetched a page at a time while it is iterated with `async for`.

    Works like `Pager`; `pages()` is an asynchronous iterator.
    """

    _walk: Callable[[str | None], AsyncPages[T]] = attrs.field(alias="walk")

    async def __aiter__(self) -> AsyncIterator[T]:
        async with aclosing(self.pages()) as pages:
            async for page in pages:
                for item in page.items:
                    yield item
                del page

    def pages(self) -> AsyncPages[T]:
        """The pages of the listing, each with the token to resume behind it."""
        if not self._ahead:
            return self._walk(self.start)
        from cfimages.prefetch import async_ahead

        return async_ahead(self._walk(self.start), self._ahead)

    def resumable(self: AsyncPager[ItemT]) -> AsyncResumableWalk[ItemT]:
        """One walk whose progress can be saved after each page. As `Pager.resumable`."""
        from cfimages.resuming import AsyncResumableWalk, Progress

        return AsyncResumableWalk(self, Progress(self._known_origin(), self.start))
