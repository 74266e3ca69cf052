"""What to ask for next: the state of one pass over the pages of one listing of the service."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Generic

from cfimages.arguments import repr_short
from cfimages.errors import APIError, PaginationError
from cfimages.listing.page import Page
from cfimages.listing.part import Part, T
from cfimages.listing.position import Position


class Walk(Generic[T]):
    """One pass over the pages of a part, from a user's token on. Raises InvalidArgumentError for a bad token.

    Nothing changes before a page has arrived: after an error, `asking` gives the same token again.
    """

    def __init__(self, part: Part[T], start: str | None) -> None:
        self.part: Part[T] = part
        """The listing of the service."""
        self.position: Position = Position.parse(start) if start is not None else Position()
        """Where the next page begins."""
        self.finished: bool = False
        """Whether the last page has arrived."""
        self._window = part.window
        self._asked: set[str | None] = set()
        self._outline: tuple[object, ...] | None = None
        """What tells the previous page that had any items from others."""
        self._repeats = 0

    @property
    def token(self) -> str | None:
        """Token with which a user continues here; None at the beginning and at the end."""
        return self.position.encode()

    @contextmanager
    def asking(self) -> Iterator[str | None]:
        """Provide the service's token for the next page. An error inside gets the `resume_token`.

        Raises PaginationError if that token has been asked for before, since the listing would never end.
        """
        token = self.position.token
        if token in self._asked:
            raise PaginationError(
                f"the service sent the continuation token {repr_short(token)} a second time: its pages go in a circle",
                resume_token=self.token,
            )
        try:
            yield token
        except (APIError, PaginationError) as error:
            error.resume_token = self.token
            raise

    def advance(self, page: Page[T]) -> Page[T]:
        """Continue after a fetched page. Return what a user sees of it.

        A short or empty page is not the end: a filter may leave pages empty in the middle. The end is a page without
        a token for the next one, or one that goes beyond the window. Raises PaginationError if the service repeats a
        page again and again.
        """
        # Any: a part with a window, and a place with a moment, have items with ids and upload times.
        arrived: tuple[Any, ...] = page.items
        items = () if self._is_repeated(page) else arrived
        place = self.position
        following = page.next_token or None
        if self._window is not None:
            items = self._window.select(items)
            if self._window.is_past(arrived):
                following = None
        self._asked.add(place.token)
        self.finished = following is None
        self.position = Position(following)
        if place.moment is None:
            return Page(items, place.token, following, page.extra)
        items, is_beyond = place.drop(items, descending=self.part.descending)
        if following is not None and not is_beyond:
            self.position = Position(following, place.moment, place.ids)
        return Page(items, place.encode(), self.position.encode(), page.extra)

    def _is_repeated(self, page: Page[T]) -> bool:
        """Return whether a page is the previous one again, whose items users have seen.

        Once is possible: numbered pages move when as many images are added meanwhile as a page has.
        """
        if not page.items:
            self._outline, self._repeats = None, 0
            return False
        first: object = getattr(page.items[0], "id", None)
        last: object = getattr(page.items[-1], "id", None)
        outline = page.items if first is None else (len(page.items), first, last)
        if outline != self._outline:
            self._outline, self._repeats = outline, 0
            return False
        self._repeats += 1
        if self._repeats > 1:
            raise PaginationError(
                "the service sends the same page again and again: it does not follow the position it is asked for",
                resume_token=self.token,
            )
        return True
