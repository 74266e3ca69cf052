"""One pass over the pages of a listing of the service: which page to ask for next."""

from typing import Any, Generic

import attrs

from cfimages.arguments import repr_short
from cfimages.errors import PaginationError
from cfimages.listing.page import Page, T
from cfimages.listing.part import Part
from cfimages.listing.position import Position


@attrs.frozen
class WalkState:
    """How far a walk has come."""

    position: Position
    """Where the next page begins."""
    finished: bool = False
    """Whether the last page has arrived."""
    fingerprint: tuple[object, ...] | None = None
    """What identifies the last page, if it had items."""
    repeats: int = 0
    """How many pages in a row have repeated that one."""
    pages: int = 0
    """Number of pages that have arrived."""


class Walk(Generic[T]):
    """One pass over the pages of a part, from a user's token on. Raises InvalidArgumentError for a bad token.

    Nothing changes before a page has arrived: after an error, `ask` gives the same token again.
    """

    def __init__(self, part: Part[T], start: str | None) -> None:
        self.part: Part[T] = part
        """The listing of the service."""
        self.state: WalkState = WalkState(Position.parse(start) if start is not None else Position())
        """How far the walk has come. Replaced as a whole: an interruption leaves the old one or the new one."""
        self._asked: dict[str | None, int] = {}
        """The tokens that have been asked for, each with the number of pages that had arrived before."""

    @property
    def finished(self) -> bool:
        """Whether the last page has arrived."""
        return self.state.finished

    def ask(self) -> str | None:
        """Return the service's token for the next page.

        Raises PaginationError if the token was that of an earlier page: the listing would never end.
        """
        token, pages = self.state.position.token, self.state.pages
        if self._asked.setdefault(token, pages) != pages:
            raise PaginationError(
                f"the service sent the continuation token {repr_short(token)} a second time: its pages would never end"
            )
        return token

    def advance(self, page: Page[T]) -> Page[T]:
        """Continue after a fetched page. Return the page for users. Raises PaginationError as `follow`."""
        self.state, for_users = self.follow(page)
        return for_users

    def follow(self, page: Page[T]) -> tuple[WalkState, Page[T]]:
        """Return the state after a fetched page, and the page for users. Change nothing.

        The page for users lacks the items outside of the window, those before the position, and those of a page that
        repeats the one before. The last page is the one without a token for the next one, or the first that goes beyond
        the window. A page without items may have others behind it.

        Raises PaginationError if the service sends the same page three times in a row.
        """
        # `Any`, because T does not promise the `id` and `uploaded` that items of a window or of a position have.
        arrived: tuple[Any, ...] = page.items
        start, following = self.state.position, page.next_token or None
        fingerprint, repeats, items = None, 0, arrived
        if arrived:
            first_id: object = getattr(arrived[0], "id", None)
            fingerprint = arrived if first_id is None else (len(arrived), first_id, arrived[-1].id)
        if fingerprint is not None and fingerprint == self.state.fingerprint:
            # Once is possible: numbered pages move when as many images are added meanwhile as a page has.
            repeats, items = self.state.repeats + 1, ()
            if repeats > 1:
                raise PaginationError(
                    "the service sends the same page again and again: it does not follow the position it is asked for"
                )
        if window := self.part.window:
            items = window.select(items)
            if window.is_past(arrived, descending=self.part.descending):
                following = None
        position = Position(following)
        if start.moment is None:
            is_whole = items is arrived and (page.token, page.next_token) == (start.token, following)
            for_users = page if is_whole else Page(items, start.token, following, page.extra)
        else:
            items, is_beyond = start.drop(items, descending=self.part.descending)
            if following is not None and not is_beyond:
                position = Position(following, start.moment, start.ids)
            for_users = Page(items, start.encode(), position.encode(), page.extra)
        return WalkState(position, following is None, fingerprint, repeats, self.state.pages + 1), for_users
