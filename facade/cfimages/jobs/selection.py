"""Which images a job is about: those of a listing, or those of given ids."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from cfimages import Image, InvalidArgumentError, RateLimitError
from cfimages.jobs.account import Account
from cfimages.jobs.errors import JobError
from cfimages.jobs.kind import Step
from cfimages.jobs.records import Json, NewItem
from cfimages.times import to_datetime

READERS = 8
"""Threads that read the records of given ids while planning."""
CHUNK = 500
"""Ids that are planned together."""

Time = datetime | date | str
Ids = Iterable[str | Image]


def selection(
    *,
    ids: Ids | None,
    everything: bool,
    meta: Mapping[str, Any] | None,
    creator: str | Iterable[str] | None,
    uploaded_since: Time | None,
    uploaded_before: Time | None,
) -> Json:
    """Return the arguments that choose images, as JSON for the journal.

    Raises InvalidArgumentError for none at all, unless `everything` says that all are meant.
    """
    filters: Json = {
        "meta": None if meta is None else dict(meta),
        "creator": creator if creator is None or isinstance(creator, str) else list(creator),
        "uploaded_since": _time_text("uploaded_since", uploaded_since),
        "uploaded_before": _time_text("uploaded_before", uploaded_before),
    }
    given = [name for name, value in filters.items() if value is not None]
    if isinstance(ids, str):
        raise InvalidArgumentError(f"ids={ids!r}: must be several, such as [{ids!r}]")
    if ids is not None and (given or everything):
        raise InvalidArgumentError(f"ids and {(given or ['everything'])[0]}: give ids, or filters, but not both")
    if ids is None and not given and not everything:
        raise InvalidArgumentError("no ids and no filter: say everything=True if every image of the account is meant")
    if everything and given:
        raise InvalidArgumentError(f"everything=True and {given[0]}: leave one of them out")
    return {"ids": ids is not None, **filters}


FILTERS = ("meta", "creator", "uploaded_since", "uploaded_before")


def check(account: Account, arguments: Json) -> None:
    """Raise InvalidArgumentError for filters that no listing takes."""
    account.pager(**{name: arguments[name] for name in FILTERS})


def plan_images(
    account: Account,
    arguments: Json,
    ids: Ids | None,
    position: Any,
    item: Callable[[Image], NewItem],
) -> Iterator[Step]:
    """Yield the images that arguments choose, as items."""
    if arguments["ids"]:
        yield from _of_ids(account, ids, position, item)
    else:
        yield from _of_listing(account, {name: arguments[name] for name in FILTERS}, position, item)


def record(image: Image) -> Json:
    """Return what the plan keeps of an image: its record, without delivery URLs."""
    kept = image.to_dict()
    kept.pop("variants", None)
    return kept


def as_it_is(image: Image) -> NewItem:
    """Return an image as an item with its record."""
    return NewItem(image.id, before=record(image))


def is_same_upload(before: Json, image: Image) -> bool:
    """Whether an image is the one that was planned, and not one that was uploaded anew under its id."""
    return bool(before.get("uploaded") == record(image).get("uploaded"))


def has_same_metadata(before: Json, image: Image) -> bool:
    """Whether the metadata of an image is as it was planned."""
    meta: Json = before.get("meta", {})
    return meta == dict(image.meta)


def _of_listing(account: Account, filters: Json, position: Any, item: Callable[[Image], NewItem]) -> Iterator[Step]:
    walk = account.pager(**filters).resumable() if position is None else account.resume(position)
    while not walk.finished:
        try:
            for page in walk:
                yield map(item, page), walk.state
                account.wait_for_turn()
        except RateLimitError as error:
            account.wait(error.retry_after or 1.0)
            walk = account.resume(walk.state)


def _of_ids(account: Account, ids: Ids | None, position: Any, item: Callable[[Image], NewItem]) -> Iterator[Step]:
    if ids is None:
        raise JobError("planning was not finished, and only its caller has the ids: make the job again with them")
    seen = Seen(position)

    def planned(given: str | Image) -> NewItem:
        image = given if isinstance(given, Image) else account.find(given)
        if image is None:
            return NewItem.skipped(str(given), "there is no such image")
        return item(image)

    with ThreadPoolExecutor(READERS) as readers:
        rest = seen.skip(ids, _id_text)
        while chunk := list(islice(rest, CHUNK)):
            items = list(readers.map(planned, chunk))
            yield items, seen.position


def compare_ids(ids: Ids | None, position: Any) -> None:
    """Raise JobError for other ids than those that were planned; None is any."""
    if ids is not None:
        Seen(position).compare(ids, _id_text)


class Seen:
    """How much of an iterable has been planned, and a hash of it, so that another one is noticed."""

    def __init__(self, position: Any) -> None:
        self._count: int = position[0] if position else 0
        self._expected: str | None = position[1] if position else None
        self._taken = 0
        self._hash = hashlib.sha256()

    @property
    def position(self) -> Any:
        """Where planning goes on behind everything that has been taken."""
        return [self._taken, self._hash.hexdigest()]

    def skip(self, given: Iterable[Any], text: Callable[[Any], str]) -> Iterator[Any]:
        """Yield what has not been planned yet. Raises JobError for another iterable than at first."""
        for thing in given:
            if self._taken == self._count:
                self._check()
            self._hash.update(text(thing).encode("utf-8", "surrogatepass") + b"\0")
            self._taken += 1
            if self._taken > self._count:
                yield thing
        if self._taken <= self._count:
            self._check()

    def compare(self, given: Iterable[Any], text: Callable[[Any], str]) -> None:
        """Raise JobError for another iterable than the one that was planned."""
        for _ in self.skip(given, text):
            raise JobError(OTHERS)

    def _check(self) -> None:
        if self._expected is not None and self.position != [self._count, self._expected]:
            raise JobError(OTHERS)


OTHERS = "what is to be planned is not what was planned in this journal: use another one"


def _id_text(given: Any) -> str:
    if isinstance(given, Image):
        return given.id
    if not isinstance(given, str):
        raise InvalidArgumentError(f"ids: {given!r} is neither an id nor an Image")
    return given


def _time_text(name: str, moment: Time | None) -> str | None:
    if isinstance(moment, datetime) and moment.tzinfo is None:
        raise InvalidArgumentError(f"{name}={moment!r}: has no time zone: use datetime.now(UTC) or the like")
    return moment.isoformat() if isinstance(moment, date) else moment  # a datetime is a date


TIMES = ("uploaded_since", "uploaded_before")


def moving(uploaded_since: Time | None, uploaded_before: Time | None) -> frozenset[str]:
    """Return which times may have moved on since the plan: those that are a `datetime`, often reckoned from now."""
    given = zip(TIMES, (uploaded_since, uploaded_before), strict=True)
    return frozenset(name for name, moment in given if isinstance(moment, datetime))


def check_times(path: Path, kept: Json, given: Json, moving: Collection[str]) -> None:
    """Raise InvalidArgumentError for a time that is not the one of a plan, unless it is later and may have moved on."""
    for name in TIMES:
        before, now = kept.get(name), given.get(name)
        if before == now:
            continue
        if before is not None and now is not None:
            planned, wanted = to_datetime(name, before), to_datetime(name, now)
            if wanted == planned or (wanted > planned and name in moving):
                continue
        raise InvalidArgumentError(
            f"{name}={now!r}: {path} was planned with {name}={before!r}: use another journal for another plan"
        )


def same_arguments(kept: Json, given: Json) -> str | None:
    """Return the name of an argument that differs from what a journal has, times aside; None if there is none."""
    for name in kept.keys() | given.keys():
        if kept.get(name) != given.get(name) and name not in TIMES:
            return name
    return None


def filters_of(arguments: Json) -> Json:
    """Return the filters among the arguments that a journal has."""
    return {name: arguments[name] for name in FILTERS if arguments.get(name) is not None}
