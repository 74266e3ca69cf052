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
from typing import Any, Generic, Self

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
    """How far the images go in upload time."""
    ids: set[str] = attrs.field(factory=set)
    """The images of that moment."""
    complete: bool = attrs.field(default=attrs.Factory(lambda progress: progress.token is None, takes_self=True))
    """Whether these are all that lie before the place where this walk is; unknown where it began at a token."""
    in_order: bool = True
    """Whether every image had an upload time, and not one before those of the others."""
    recovering: bool = False
    """Whether the listing has begun anew, and has not come to that moment yet."""
    _recovered: int | None = attrs.field(default=None, init=False)
    """How many images there were when the listing last began anew."""

    @classmethod
    def from_state(cls, state: str) -> Self:
        """The progress that was saved. Raises InvalidArgumentError."""
        try:
            saved = json.loads(state)
            moment = _moment(saved["moment"])
            if saved["recovering"] and not moment:
                raise ValueError("no moment to go on behind")
            return cls(
                Origin(**saved["origin"]),
                token=_text(saved["token"]),
                finished=bool(saved["finished"]),
                count=int(saved["count"]),
                last=_text(saved["last"]),
                moment=moment,
                ids=set(map(str, saved["ids"])),
                complete=bool(saved["complete"]),
                in_order=bool(saved["in_order"]),
                recovering=bool(saved["recovering"]),
            )
        except (KeyError, OverflowError, TypeError, ValueError, RecursionError) as error:
            problem = "must be the text that a resumable walk gives as its state, and all of it"
            raise InvalidArgumentError(f"state: {problem}") from error

    @property
    def state(self) -> str:
        """All of it, as JSON."""
        return json.dumps(attrs.asdict(self, filter=_is_saved, value_serializer=_plain))

    def take(self, page: Page[ItemT]) -> Page[ItemT]:
        """Go on behind a page; gives what of it is new."""
        items = tuple(item for item in page.items if self._is_new(item))
        for item in items:
            self._follow(item)
        self.count += len(items)
        self.token, self.finished = page.next_token, page.next_token is None
        return attrs.evolve(page, items=items)

    def _follow(self, item: ItemT) -> None:
        self.last = item.id
        if item.uploaded is None or self._is_before(item.uploaded):
            self.in_order = False
            return
        if item.uploaded != self.moment:
            self.complete = self.complete or self.moment is not None
            self.moment = item.uploaded
            self.ids.clear()
        self.ids.add(item.id)

    def _is_before(self, uploaded: datetime) -> bool:
        """Whether the listing has a moment strictly before the one it has come to."""
        if self.moment is None:
            return False
        return uploaded > self.moment if self.origin.descending else uploaded < self.moment

    def _is_new(self, item: ItemT) -> bool:
        if not self.recovering or item.uploaded is None:  # without its time, it was not among those before
            return True
        if self._is_before(item.uploaded) or item.id in self.ids:
            return False
        self.recovering = item.uploaded == self.moment
        return True

    def recover(self, error: APIStatusError) -> bool:
        """Begin anew if the token was refused; whether that can be done without loss and repetition."""
        lost = self.token is not None and error.status_code in TOKEN_REFUSED
        if not lost or not (self.complete and self.in_order) or self.count == self._recovered:
            return False  # the last: it does not get on, as where every token is refused
        logger.warning(
            "the service does not know the place any more where this walk was (after %d images): the listing begins"
            " anew, and what was given before is passed over",
            self.count,
        )
        self.token, self.recovering, self._recovered = None, self.count > 0, self.count
        return True


def _text(value: object) -> str | None:
    if not isinstance(value, str | None):
        raise TypeError("not text")
    return value


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    moment = datetime.fromisoformat(value)
    if not moment.tzinfo:
        raise ValueError("a time without an offset")
    return moment


def _is_saved(attribute: "attrs.Attribute[object]", _value: object) -> bool:
    return attribute.init


def _plain(_progress: object, _attribute: object, value: object) -> object:
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
    as `Pager`; a token that the service no longer knows is no error, but a warning in the log. It is an error where
    beginning anew could lose or repeat images: not one has come since the last time, some have no upload time or are
    not in its order, or the walk began at a token and all since have the same upload time.
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
