# Generated from facade/cfimages/_async/pager.py by `make generate`. Do not edit.
"""Pagers: listings as values."""

from collections.abc import Iterator
from typing import Generic, Self

import attrs

import cfimages
from cfimages._sync.calls import Calls
from cfimages._sync.pages import Items, Pages
from cfimages._sync.walks import begin
from cfimages.arguments import check_positive, repr_short
from cfimages.errors import InvalidArgumentError
from cfimages.listing.listing import MAX_CONCURRENT, Listing
from cfimages.listing.page import T
from cfimages.listing.part import PagedListing
from cfimages.parallel import threads


@attrs.frozen(repr=False)
class Pager(Generic[T]):
    """All items of a listing, fetched a page at a time.

    A pager is a value: it never changes, sends nothing until it is iterated, and can be iterated many times, each time
    from the start. Two pagers are equal if their clients and arguments are equal. A pager has no length and no index:
    `take(n)` returns the first items, and `images.stats()` counts the images of the account.

    Raises:
        APIError: While iterating. Its `resume_token` is where `starting_at` goes on.
        PaginationError: While iterating, if the pages of the service repeat themselves.
    """

    _calls: Calls
    _listing: PagedListing[T]
    start: str | None = attrs.field(default=None, kw_only=True)
    """Token at which a walk begins; None for the start of the listing."""
    _prefetch: int = attrs.field(default=0, kw_only=True, alias="prefetch")
    _concurrent: int = attrs.field(default=0, kw_only=True, alias="concurrent")

    def __iter__(self) -> Iterator[T]:
        return Items(self.pages())

    def pages(self) -> Pages[T]:
        """Return an iterator over the pages. Each page has the token of the next one.

        After an error, the iterator requests the same page again. Close it to end a walk early.
        """
        return begin(self._calls, self._listing, self.start, prefetch=self._prefetch, concurrent=self._concurrent)

    def take(self, n: int) -> list[T]:
        """Return the first `n` items, or all if there are fewer.

        It requests only the pages that it needs, one after the other, even with `prefetch` and `concurrent`.

        Raises:
            InvalidArgumentError: `n` is not a positive number.
            APIError: The service cannot be reached, or refuses.
        """
        check_positive("n", n)
        items: list[T] = []
        with begin(self._calls, self._listing.limited(n), self.start) as pages:
            for page in pages:
                items += page.items[: n - len(items)]
                if len(items) == n:
                    break
        return items

    def starting_at(self, token: str | None) -> Self:
        """Return the same listing from a token on.

        Args:
            token: The `next_token` of a page, or the `resume_token` of an error. None is the start of the listing.

        Raises:
            InvalidArgumentError: The token does not belong to this listing.
        """
        self._listing.check_token(token)
        return attrs.evolve(self, start=token)

    def prefetch(self, n: int = 1) -> Self:
        """Return the same listing, which fetches the next `n` pages while the caller works on one.

        This helps if the caller works on a page for about as long as the service takes to send one. Items, order,
        tokens and errors stay the same.

        Raises:
            InvalidArgumentError: `n` is not a positive number, or the listing is concurrent already.
        """
        if self._concurrent:
            raise InvalidArgumentError("prefetch and concurrent are not combined: concurrent fetches ahead by itself")
        return attrs.evolve(self, prefetch=check_positive("n", n, MAX_CONCURRENT))

    def concurrent(self, n: int = 4) -> Self:
        """Return the same listing, which sends up to `n` requests at a time.

        One listing is read from both ends, with two requests at a time. That takes half the time, and keeps half of the
        images in memory. Several listings (several creators, or more than ten values) are read side by side. Items,
        order, tokens and errors stay the same; images with the same upload time may change places.

        Use it for listings that are read to the end. A client of Cloudflare's API without a pacer uses one here.

        Args:
            n: Requests at a time, at most 100.

        Raises:
            InvalidArgumentError: `n` is out of range, the listing is fetched ahead already, or it cannot be concurrent.
        """
        if self._prefetch:
            raise InvalidArgumentError("prefetch and concurrent are not combined: concurrent fetches ahead by itself")
        if not isinstance(self._listing, Listing):
            raise InvalidArgumentError(f"{self._listing.method} cannot be concurrent: only list() can")
        return attrs.evolve(self, concurrent=check_positive("n", n, MAX_CONCURRENT))

    def resumable(self) -> "cfimages.ResumableWalk[T]":
        """Return one walk whose state can be saved after each page, and continued with `images.resume(state)`.

        Raises:
            InvalidArgumentError: The listing comes from `list_v1`, whose pages shift.
        """
        from cfimages.listing.progress import Progress

        if not isinstance(self._listing, Listing):
            raise InvalidArgumentError(f"{self._listing.method} cannot be resumed: only list() can")
        progress = Progress(
            self._calls.account_id,
            self._listing,
            concurrency=self._concurrent,
            prefetch=self._prefetch,
            token=self.start,
        )
        return cfimages.ResumableWalk(self._calls, progress)

    def _repr_html_(self) -> str | None:
        """Return the listing as a notebook shows it: a small grid of the first items.

        It requests one page, of at most 24 images if possible. If the request fails, the error is shown as text. For an
        asynchronous listing, a notebook shows the `repr`.
        """
        from cfimages.models.notebook import MAX_CELLS

        return threads.as_html(lambda: begin(self._calls, self._listing.limited(MAX_CELLS), self.start), repr(self))

    def __repr__(self) -> str:
        options = {"starting_at": self.start, "prefetch": self._prefetch, "concurrent": self._concurrent}
        chained = "".join(f".{name}({repr_short(value)})" for name, value in options.items() if value)
        return f"{type(self).__name__}(<{self._listing.method}({self._listing.repr_arguments()}){chained}>)"
