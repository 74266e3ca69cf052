"""A model of an account: images that come in pages of a listing, without a server. Tokens are places, not numbers."""

import json
import random
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Self

import attrs

from cfimages.listing.both_ends import BothEnds
from cfimages.listing.merge import Merge
from cfimages.listing.page import Page
from cfimages.listing.part import Part
from cfimages.listing.walk import Walk
from cfimages.listing.window import UploadWindow

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(second: int) -> datetime:
    return START + timedelta(seconds=second)


@attrs.frozen
class Photo:
    """An image of the model."""

    number: int
    uploaded: datetime | None
    creator: str = ""

    @property
    def id(self) -> str:
        return f"i{self.number:03}"


@attrs.frozen
class Listed(Part[Photo]):
    """A listing that the model can give."""

    endpoint: ClassVar[str] = "model"
    descending: bool = True
    window: UploadWindow | None = None
    creator: str | None = None

    def arguments(self, token: str | None) -> dict[str, Any]:
        raise NotImplementedError

    def read(self, body: Any, token: str | None) -> Page[Photo]:
        raise NotImplementedError

    def reversed(self) -> Self:
        return attrs.evolve(self, descending=not self.descending)


@attrs.define
class Account:
    """Images, sorted by upload time. Those of one moment come in an order of their own in each direction, if asked."""

    photos: list[Photo]
    per_page: int = 3
    shuffled: bool = False
    before: Callable[["Account", int], None] = lambda _account, _number: None
    """Called before each request, with its number from 1."""
    asked: list[tuple[bool, str | None]] = attrs.field(factory=list)

    @classmethod
    def of(cls, seconds: Iterable[int], **options: Any) -> Self:
        return cls([Photo(number, at(second)) for number, second in enumerate(seconds)], **options)

    def key(self, photo: Photo, listed: Listed) -> tuple[float, float]:
        assert photo.uploaded
        sign = -1 if listed.descending else 1
        tie = sign * photo.number
        if self.shuffled:
            tie = random.Random(f"{photo.number} {listed.descending}").random()
        return sign * photo.uploaded.timestamp(), tie

    def all(self, listed: Listed) -> list[Photo]:
        """All images of a listing, in its order."""
        photos = [photo for photo in self.photos if listed.creator in (None, photo.creator)]
        return sorted(photos, key=lambda photo: self.key(photo, listed))

    def fetch(self, listed: Listed, token: str | None) -> Page[Photo]:
        self.asked.append((listed.descending, token))
        self.before(self, len(self.asked))
        place = tuple(json.loads(token)) if token else (float("-inf"), 0.0)
        left = [photo for photo in self.all(listed) if self.key(photo, listed) > place]
        items = tuple(left[: self.per_page])
        following = json.dumps(self.key(items[-1], listed)) if len(left) > self.per_page else None
        return Page(items, token, following)


def walk(account: Account, listed: Listed, start: str | None = None) -> Iterator[Page[Photo]]:
    """The pages of a plain walk."""
    state = Walk(listed, start)
    while not state.finished:
        yield state.advance(account.fetch(listed, state.ask()))


def from_both_ends(
    account: Account, listed: Listed, start: str | None = None, schedule: Callable[[], int] = lambda: 0
) -> Iterator[Page[Photo]]:
    """The pages from both ends. `schedule` says how many of the pages under way arrive before the near one."""
    ends = BothEnds(listed, listed.reversed(), start)
    near, far = ends.near, listed.reversed()
    under_way: list[Walk[Photo]] = []
    arrived: list[Page[Photo]] = []

    def arrive(count: int) -> None:
        for state in under_way[:count]:
            if state.finished:
                continue
            arrived.append(state.advance(account.fetch(far, state.ask())))
        del under_way[:count]

    while not ends.finished:
        while len(under_way) + len(arrived) < 2 and ends.needs_far(len(under_way) + len(arrived)):
            under_way.append(ends.far)
        arrive(schedule())
        page = account.fetch(listed, near.ask())
        if not arrived:
            arrive(1)
        yield ends.advance(page, arrived.pop(0) if arrived else None)
    while ends.needs_late:
        ends.advance_late(ends.late.advance(account.fetch(far, ends.late.ask())))
    if ends.met:
        yield from rest(ends, account.per_page)


def rest(ends: BothEnds[Photo], per_page: int) -> Iterator[Page[Photo]]:
    """The pages after the ends have met."""
    while (page := ends.next_rest(per_page)) is not None:
        yield page


def merged(account: Account, parts: list[Listed], start: str | None = None) -> Iterator[Page[Photo]]:
    """The pages of several listings as one."""
    merge = Merge[Photo](len(parts), start, descending=parts[0].descending)
    pages = {n: walk(account, parts[n], place) for n, place in merge.tokens.items()}
    while not merge.finished:
        while (n := merge.wanted()) is not None:
            merge.advance(n, next(pages[n]))
        yield merge.emit()


def ids(pages: Iterable[Page[Photo]]) -> list[str]:
    """The ids of all images of some pages."""
    return [photo.id for page in pages for photo in page]
