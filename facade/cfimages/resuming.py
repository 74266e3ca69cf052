"""Walks whose progress can be kept: saved after each page as text, and continued in another process on another day.

A token that the service no longer knows costs requests, but nothing else: the listing begins anew, and what lies
before the last image that was given is dropped. For that the state has the upload time of that image, and the ids of
those of the same moment.
"""

import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, closing
from datetime import datetime
from typing import Generic, Self

import attrs

from cfimages.errors import APIStatusError, InvalidArgumentError
from cfimages.pagination import AsyncPager, ItemT, Origin, Page, Pager

logger = logging.getLogger("cfimages")

TOKEN_REFUSED = frozenset({400, 404, 410, 422})
"""What a service may answer to a token that it does not know: which of them Cloudflare's does is undocumented."""


@attrs.define
class Progress(Generic[ItemT]):
    """How far a walk has come, and what is left of a page. Neither fetches nor waits."""

    origin: Origin
    token: str | None = None
    finished: bool = False
    count: int = 0
    last: str | None = None
    """The id of the last image."""
    moment: datetime | None = None
    """When it was uploaded."""
    ids: set[str] = attrs.field(factory=set)
    """The images of that moment."""
    recovering: bool = False
    """Whether the listing has begun anew, and has not come to that moment yet."""

    @classmethod
    def from_state(cls, state: str) -> Self:
        """The progress that was saved. Raises InvalidArgumentError."""
        try:
            saved = json.loads(state)
            moment = saved["moment"]
            return cls(
                Origin(**saved["origin"]),
                token=_text(saved["token"]),
                finished=bool(saved["finished"]),
                count=int(saved["count"]),
                last=_text(saved["last"]),
                moment=None if moment is None else datetime.fromisoformat(moment),
                ids=set(map(str, saved["ids"])),
                recovering=bool(saved["recovering"]),
            )
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise InvalidArgumentError("state: must be the text that a resumable walk gives as its state") from error

    @property
    def state(self) -> str:
        """All of it, as JSON."""
        fields = attrs.asdict(self, value_serializer=lambda _progress, _field, value: _plain(value))
        return json.dumps(fields)

    def take(self, page: Page[ItemT]) -> Page[ItemT]:
        """Go on behind a page; gives what of it is new."""
        items = tuple(item for item in page.items if self._is_new(item))
        for item in items:
            if item.uploaded != self.moment:
                self.moment = item.uploaded
                self.ids.clear()
            self.ids.add(item.id)
            self.last = item.id
        self.count += len(items)
        self.token, self.finished = page.next_token, page.next_token is None
        return attrs.evolve(page, items=items)

    def _is_new(self, item: ItemT) -> bool:
        if not self.recovering:
            return True
        if item.uploaded == self.moment:
            return item.id not in self.ids
        if item.uploaded and self.moment and (item.uploaded > self.moment) == self.origin.descending:
            return False
        self.recovering = False
        return True

    def recover(self, error: APIStatusError) -> bool:
        """Begin anew if the token was refused; whether that can be done without loss and repetition."""
        lost = self.token is not None and error.status_code in TOKEN_REFUSED
        if not lost or (self.count and self.moment is None):
            return False
        logger.warning(
            "the service does not know the place any more where this walk was (after %d images): the listing begins"
            " anew, and what was given before is passed over",
            self.count,
        )
        self.token, self.recovering = None, self.count > 0
        return True


def _text(value: object) -> str | None:
    if not isinstance(value, str | None):
        raise TypeError("not text")
    return value


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return sorted(value) if isinstance(value, set) else value


class _ResumableBase(Generic[ItemT]):
    """What both walks have: their state, and how far it is."""

    def __init__(self, progress: Progress[ItemT]) -> None:
        self._progress = progress

    @property
    def state(self) -> str:
        """Where this walk is, as JSON text for `resume`: behind the last page that it has given.

        It has the arguments of the listing, and no credentials.
        """
        return self._progress.state

    @property
    def count(self) -> int:
        """How many images have been given since the very beginning."""
        return self._progress.count

    @property
    def last(self) -> str | None:
        """The id of the last one."""
        return self._progress.last

    @property
    def finished(self) -> bool:
        """Whether there is nothing more."""
        return self._progress.finished

    def __repr__(self) -> str:
        return f"{type(self).__name__}(count={self.count}, last={self.last!r}, finished={self.finished})"


class ResumableWalk(_ResumableBase[ItemT]):
    """One walk over a listing, page by page, which can be continued another day: `images.resume(walk.state)`.

    Iterate it once. Save `state` when a page has been worked on: what was not saved comes again. Raises in the walk
    as `Pager`; a token that the service no longer knows is no error, but a warning in the log.
    """

    def __init__(self, pager: Pager[ItemT], progress: Progress[ItemT]) -> None:
        super().__init__(progress)
        self._pager = pager

    def __iter__(self) -> Iterator[Page[ItemT]]:
        progress = self._progress
        while not progress.finished:
            try:
                with closing(self._pager.starting_at(progress.token).pages()) as pages:
                    for page in pages:
                        yield progress.take(page)
            except APIStatusError as error:
                if not progress.recover(error):
                    raise


class AsyncResumableWalk(_ResumableBase[ItemT]):
    """One walk over a listing, for `async for`, which can be continued another day. As `ResumableWalk`."""

    def __init__(self, pager: AsyncPager[ItemT], progress: Progress[ItemT]) -> None:
        super().__init__(progress)
        self._pager = pager

    async def __aiter__(self) -> AsyncIterator[Page[ItemT]]:
        progress = self._progress
        while not progress.finished:
            try:
                async with aclosing(self._pager.starting_at(progress.token).pages()) as pages:
                    async for page in pages:
                        yield progress.take(page)
            except APIStatusError as error:
                if not progress.recover(error):
                    raise
