"""Images that nothing refers to: find them, mark them, and delete those marked long ago."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import attrs

from cfimages import CloudflareImages, Image, InvalidArgumentError, MetadataFilter
from cfimages.jobs import originals, selection, snapshot
from cfimages.jobs.account import Account, Host
from cfimages.jobs.errors import JobError
from cfimages.jobs.in_use import InUse
from cfimages.jobs.job import Job, planned
from cfimages.jobs.journal import JournalPath
from cfimages.jobs.kind import Step, Work
from cfimages.jobs.kinds.chosen import Chosen
from cfimages.jobs.kinds.delete import Delete
from cfimages.jobs.kinds.edit import Edit
from cfimages.jobs.records import Item, Json, NewItem, Outcome, skipped
from cfimages.jobs.references import References
from cfimages.jobs.same_plan import OtherPlanError
from cfimages.jobs.sources import RefusedError, check_metadata
from cfimages.keywords import suggest

KEY = "quarantine"
"""The key of the metadata that marks an image, if no other is given."""
_OTHER_NAMES = {
    "client": "images",
    "filter": "meta",
    "filters": "meta",
    "journal": "path",
    "metadata": "meta",
    "min_age": "older_than",
    "refs": "references",
    "uploaded_before": "older_than",
}
"""Names that the arguments have elsewhere."""
AGAIN = "something refers to it again"
TOO_NEW = "not old enough: see older_than"


@suggest(**_OTHER_NAMES)
def orphans(
    images: CloudflareImages,
    path: JournalPath,
    references: Iterable[References],
    *,
    older_than: timedelta = timedelta(days=1),
    meta: MetadataFilter | None = None,
    creator: str | Iterable[str] | None = None,
    allow_fewer: bool = False,
    batch: bool = True,
) -> Job:
    """Plan a report of the images that nothing refers to: these are its items. It changes nothing.

    The summary also counts the orphans that `older_than` leaves out.

    An image is referred to if its id, or one of its delivery URLs, is anywhere in the references. In doubt, it counts
    as referred to. Drafts are left out.

    The job is refused if there are no references, if none is to an image of the account, or if there are fewer than
    half as many as last time. Their number is stored beside the journal, for each account. The clock of this machine
    must not differ from the service's by more than five minutes.

    Args:
        images: A client of the account.
        path: The journal, a file. It is created if it does not exist.
        references: The places that refer to images: objects of the classes of `cfimages.jobs.references`.
        older_than: Only images that were uploaded longer ago. Newer ones may not be referred to yet.
        meta: Only images whose metadata meets these conditions.
        creator: Only images of this creator, or of these creators; `""` stands for images without one.
        allow_fewer: Accept fewer than half as many references as the last time.
        batch: Use the batch host where possible.

    Raises:
        InvalidArgumentError: An argument is invalid. Raised before any request is sent.
        JobRefusedError: The references look incomplete, or the clock is wrong.
        JournalError: The journal belongs to another job, or cannot be written.
        JobLockedError: Another process is working on the job.
        APIError: The account cannot be read. Call it again to continue planning.
        OSError: A file of the references cannot be read.
    """
    arguments, in_use = _given(images, path, references, older_than, meta, creator, allow_fewer=allow_fewer)
    return planned(images, path, Orphans(arguments, in_use), batch=batch)


@suggest(**_OTHER_NAMES)
def quarantine(
    images: CloudflareImages,
    path: JournalPath,
    references: Iterable[References],
    *,
    key: str = KEY,
    older_than: timedelta = timedelta(days=1),
    meta: MetadataFilter | None = None,
    creator: str | Iterable[str] | None = None,
    allow_fewer: bool = False,
    batch: bool = True,
) -> Job:
    """Plan to mark the images that nothing refers to, so that `reap` can delete them later.

    The mark is a metadata key with the time and the job. Other keys stay, and images are delivered as before. Each run
    reads the references again. `Job.undo` removes the marks.

    Args:
        images: A client of the account.
        path: The journal, a file. It is created if it does not exist.
        references: The places that refer to images: objects of the classes of `cfimages.jobs.references`.
        key: The key of the metadata.
        older_than: Only images that were uploaded longer ago. Newer ones may not be referred to yet.
        meta: Only images whose metadata meets these conditions.
        creator: Only images of this creator, or of these creators; `""` stands for images without one.
        allow_fewer: Accept fewer than half as many references as the last time.
        batch: Use the batch host where possible.

    Raises: As `orphans`.
    """
    arguments, in_use = _given(images, path, references, older_than, meta, creator, allow_fewer=allow_fewer)
    arguments |= {"key": _key(key), "job": Path(path).stem[:40]}
    return planned(images, path, Quarantine(arguments, in_use), batch=batch)


@suggest(**{**_OTHER_NAMES, "older_than": "after", "min_age": "after", "uploaded_before": "after"})
def reap(
    images: CloudflareImages,
    path: JournalPath,
    references: Iterable[References],
    *,
    after: timedelta = timedelta(days=14),
    key: str = KEY,
    backup: str | os.PathLike[str] | None = None,
    meta: MetadataFilter | None = None,
    creator: str | Iterable[str] | None = None,
    allow_fewer: bool = False,
    batch: bool = True,
) -> Job:
    """Plan to delete the images that `quarantine` marked long enough ago, if still nothing refers to them.

    Each run reads the references again. A marked image that is referred to again is skipped, and the report names it.
    An image that was edited or uploaded again since the plan was made is skipped, too.

    Args:
        images: A client of the account.
        path: The journal, a file. It is created if it does not exist.
        references: The places that refer to images: objects of the classes of `cfimages.jobs.references`.
        after: Only images that were marked longer ago.
        key: The key of the metadata.
        backup: A folder that gets the original and the record of each image before it is deleted, so that `Job.undo`
            can upload them again, without their marks.
        meta: Only images whose metadata meets these conditions.
        creator: Only images of this creator, or of these creators; `""` stands for images without one.
        allow_fewer: Accept fewer than half as many references as the last time.
        batch: Use the batch host where possible.

    Raises: As `orphans`.
    """
    arguments, in_use = _given(images, path, references, timedelta(0), meta, creator, allow_fewer=allow_fewer)
    arguments |= {
        "key": _key(key),
        "after": _seconds("after", after),
        "backup": originals.place("backup", backup),
    }
    return planned(images, path, Reap(arguments, in_use), batch=batch)


class Orphans(Chosen):
    """Report images that nothing refers to. The plan is the report."""

    name = "orphans"
    changes = False

    def __init__(self, arguments: Json, in_use: InUse | None = None) -> None:
        super().__init__(arguments)
        self._in_use = in_use
        self._count = self._too_new = 0

    def plan(self, account: Account, position: Any) -> Iterator[Step]:
        """Yield the images that nothing refers to."""
        return _walk(
            account, self.arguments, self._in_use, position, orphan=self._orphan, referred=_nothing, new=self._new
        )

    def remarks(self, items: Iterable[Item]) -> list[str]:
        """Say how many images and references there are, and how many were left out, if they have just been read."""
        if self._in_use is None or self._in_use.seen is None:
            return []
        total, referred = self._in_use.seen
        notes = [
            f"{self._count:,} of {total:,} images are orphans, and references lead to {referred:,}",
            f"words of the references that may be ids: {self._in_use.found:,}",
        ]
        return [*notes, *([f"{self._too_new:,} more are left out, since they are {TOO_NEW}"] if self._too_new else [])]

    def do(self, item: Item, work: Work) -> Outcome:  # pragma: no cover - `finish` leaves no item for it
        """Do nothing: the plan is the report."""
        raise NotImplementedError

    def requests(self, left: int, named: int) -> Mapping[Host, int]:
        """Return no requests: the plan has sent all of them."""
        return {}

    def finish(self, items: Iterator[Item]) -> bool:
        """There is nothing to do."""
        return True

    def _orphan(self, image_id: str, record: Json, now: datetime) -> list[NewItem]:
        self._count += 1
        return [NewItem(image_id, before=record)]

    def _new(self, image_id: str, record: Json) -> list[NewItem]:
        self._too_new += 1
        return []


class Quarantine(Edit):
    """Mark images that nothing refers to."""

    name = "quarantine"

    def __init__(self, arguments: Json, in_use: InUse | None = None) -> None:
        super().__init__(arguments)
        self._in_use = in_use

    def plan(self, account: Account, position: Any) -> Iterator[Step]:
        """Yield the images that nothing refers to."""
        return _walk(
            account, self.arguments, self._in_use, position, orphan=self._marked, referred=_nothing, new=_skipped
        )

    def begin(self, account: Account) -> None:
        """Read the references again."""
        _needed(self._in_use).read(account)

    def do(self, item: Item, work: Work) -> Outcome:
        """Mark an image, unless something now refers to it. The mark has the time of marking, not of planning."""
        if _needed(self._in_use).has(item.key):
            return skipped(AGAIN)
        want = self._since((item.want or {})["metadata"], _text(work.account.timing.now()))
        return super().do(attrs.evolve(item, want={"metadata": want}), work)

    def is_so(self, now: Json, want: Json) -> bool:
        """Whether an image has the mark, at any time."""
        mark = now["metadata"].get(self.arguments["key"])
        since = mark.get("since") if isinstance(mark, dict) else None
        return super().is_so(now, {"metadata": self._since(want["metadata"], since)})

    def result(self, image: Image) -> Json:
        """Return what the journal stores, including the mark."""
        return {**super().result(image), "meta": dict(image.meta)}

    def _since(self, metadata: Json, since: str | None) -> Json:
        key = self.arguments["key"]
        return {**metadata, key: {**metadata[key], "since": since}}

    def _marked(self, image_id: str, record: Json, now: datetime) -> list[NewItem]:
        meta, key = record.get("meta") or {}, self.arguments["key"]
        if not isinstance(meta, dict):
            return [NewItem.refused(image_id, "its metadata is not an object", record)]
        if key in meta:
            return [NewItem.skipped(image_id, "it is marked already", record)]
        want = {**meta, key: {"since": _text(now), "job": self.arguments["job"]}}
        try:
            check_metadata(want)
        except RefusedError as error:
            return [NewItem.refused(image_id, f"with the mark, {error}", record)]
        return [NewItem(image_id, before=record, want={"metadata": want})]


class Reap(Delete):
    """Delete images that were marked long ago, if still nothing refers to them."""

    name = "reap"

    def __init__(self, arguments: Json, in_use: InUse | None = None) -> None:
        super().__init__({**arguments, "recheck": True})
        self.unset: str | None = arguments["key"]  # else the next reap would delete what an undo has brought back
        self._in_use = in_use

    def plan(self, account: Account, position: Any) -> Iterator[Step]:
        """Yield the images that were marked long enough ago, and that nothing refers to."""
        return _walk(
            account, self.arguments, self._in_use, position, orphan=self._due, referred=self._back, new=_nothing
        )

    def begin(self, account: Account) -> None:
        """Read the references again."""
        _needed(self._in_use).read(account)

    def do(self, item: Item, work: Work) -> Outcome:
        """Delete an image, unless something now refers to it."""
        return skipped(AGAIN) if _needed(self._in_use).has(item.key) else super().do(item, work)

    def _due(self, image_id: str, record: Json, now: datetime) -> list[NewItem]:
        mark = snapshot.meta_of(record).get(self.arguments["key"])
        if mark is None:
            return []
        try:
            marked_for = now - datetime.fromisoformat(mark["since"])
        except (TypeError, KeyError, ValueError):
            return [NewItem.refused(image_id, "its mark does not say since when", record)]
        left = self.arguments["after"] - marked_for.total_seconds()
        if left > 0:
            due = _text(now + timedelta(seconds=left))
            return [NewItem.skipped(image_id, f"its mark is not old enough before {due[:10]}", record)]
        return [NewItem(image_id, before=record)]

    def _back(self, image_id: str, record: Json) -> list[NewItem]:
        if self.arguments["key"] not in snapshot.meta_of(record):
            return []
        return [NewItem.skipped(image_id, AGAIN, record)]


Kept = Callable[[str, Json], list[NewItem]]
Orphan = Callable[[str, Json, datetime], list[NewItem]]


def _walk(
    account: Account, arguments: Json, given: InUse | None, position: Any, *, orphan: Orphan, referred: Kept, new: Kept
) -> Iterator[Step]:
    """Yield the items of all images: orphans, those that are too new, and others.

    Raises JobRefusedError, and OtherPlanError if the references have changed since the plan was begun.

    An interrupted plan starts over, since all images have to be counted; the journal skips the items that it has.
    """
    in_use = _needed(given)
    in_use.read(account)
    now = account.timing.now()
    old = now - timedelta(seconds=arguments["older_than"])
    count = total = 0
    if position not in (None, in_use.digest):
        raise OtherPlanError("references: have changed since the plan was begun")
    for items, _ in selection.plan_images(account, arguments, None, None, snapshot.as_it_is):
        found: list[NewItem] = []
        for item in items:
            record = item.before or {}
            total += 1
            if in_use.has(item.key):
                count += 1
                found += referred(item.key, record)
            elif not record.get("draft"):
                found += orphan(item.key, record, now) if _is_older(record, old) else new(item.key, record)
        yield found, in_use.digest
    if total:
        in_use.check_referred(count, total)


def _given(
    images: CloudflareImages,
    path: JournalPath,
    references: Iterable[References],
    older_than: timedelta,
    meta: MetadataFilter | None,
    creator: str | Iterable[str] | None,
    *,
    allow_fewer: bool,
) -> tuple[Json, InUse]:
    """Return the arguments for the journal, and the references."""
    if isinstance(references, References) or not isinstance(references, Iterable):
        raise InvalidArgumentError(f"references={references!r}: must be a list of references")
    given = list(references)
    for one in given:
        if not isinstance(one, References):
            raise InvalidArgumentError(f"references: {one!r} is not an object from cfimages.jobs.references")
    if not given:
        raise InvalidArgumentError("references: are empty: every image would be an orphan")
    everything = meta is None and creator is None
    chosen = selection.choose(None, everything, meta, creator, None, None).arguments
    filters = "" if everything else "-" + _short_hash(chosen)
    memory = Path(path).absolute().with_name(f"references-{quote(images.account_id, safe='')}{filters}.json")
    arguments = {
        **chosen,
        "older_than": _seconds("older_than", older_than),
        "references": [one.description for one in given],
    }
    return arguments, InUse(given, memory, allow_fewer=allow_fewer)


def _needed(in_use: InUse | None) -> InUse:
    if in_use is None:
        raise JobError("the references must be read again: repeat the call with the same arguments and this journal")
    return in_use


def _nothing(image_id: str, record: Json) -> list[NewItem]:
    return []


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _skipped(image_id: str, record: Json) -> list[NewItem]:
    return [NewItem.skipped(image_id, TOO_NEW, record)]


def _is_older(record: Json, moment: datetime) -> bool:
    """Whether an image was uploaded before a moment; False if that is unknown."""
    uploaded = record.get("uploaded")
    return uploaded is not None and datetime.fromisoformat(uploaded) <= moment


def _seconds(name: str, duration: object) -> float:
    if not isinstance(duration, timedelta) or duration < timedelta(0):
        raise InvalidArgumentError(f"{name}={duration!r}: must be a timedelta, and not negative")
    return duration.total_seconds()


def _key(key: object) -> str:
    if not isinstance(key, str) or not key:
        raise InvalidArgumentError(f"key={key!r}: must be a non-empty string")
    return key


def _short_hash(value: Json) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:8]
