"""Delete images that a sync has uploaded and whose files are gone from the folder."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cfimages import CloudflareImages, InvalidArgumentError
from cfimages.jobs import originals, selection, snapshot
from cfimages.jobs.account import Account
from cfimages.jobs.errors import JobRefusedError
from cfimages.jobs.hashes import Hashes
from cfimages.jobs.job import Job, planned
from cfimages.jobs.journal import Journal, JournalPath, absolute
from cfimages.jobs.kind import Step, Work
from cfimages.jobs.kinds.delete import Delete
from cfimages.jobs.kinds.sync import OTHER_NAMES, SHA256_KEY
from cfimages.jobs.part import Part
from cfimages.jobs.reading import walk
from cfimages.jobs.records import Item, Json, NewItem, Outcome, is_same, skipped
from cfimages.jobs.scratch import Scratch
from cfimages.jobs.url_map import UrlMap
from cfimages.jobs.wanted import FILES, Wanted, files_of
from cfimages.keywords import suggest

_OTHER_NAMES = {**OTHER_NAMES, "meta": "where", "metadata": "where", "journals": "syncs", "sync": "syncs"}
"""Names that the arguments have elsewhere."""


@suggest(**_OTHER_NAMES)
def prune(
    images: CloudflareImages,
    path: JournalPath,
    folder: str | os.PathLike[str],
    *,
    id: str = "{path}",
    prefix: str = "",
    everything: bool = False,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    where: Mapping[str, Any] | None = None,
    creator: str | None = None,
    sha256_key: str = SHA256_KEY,
    map: str | os.PathLike[str] | None = None,
    syncs: Iterable[JournalPath] = (),
    max_delete: int | str = "50%",
    allow_empty: bool = False,
    reread: bool = False,
    backup: str | os.PathLike[str] | None = None,
    batch: bool = True,
) -> Job:
    """Plan to delete images that a sync has uploaded and whose files are gone from the folder.

    It considers only images whose id begins with `prefix`, whose metadata and creator match `where` and `creator`, and
    whose SHA-256 is in their metadata or the map. Nothing else tells images of this folder from those of another
    folder, or of an `upload` with the same key. So give each folder its own prefix, such as `photos/`, or its own
    metadata. No other id in the account may begin with that prefix.

    Run a `sync` with the same arguments first. The job is refused unless every file of the folder can be read, and is
    in the account unchanged. Each run reads the folder again, and keeps the image of a file that has come back.

    Args:
        images: A client of the account.
        path: The journal, a file. It is created if it does not exist.
        folder: The folder.
        id: The template of the sync.
        prefix: The prefix of the sync.
        everything: Consider every image of the account that has the key. Required without `prefix`, `where` and
            `creator`.
        include: The patterns of the sync. They say which files must be in the account. The image of a file that is in
            the folder is never deleted, even if no pattern matches the file.
        exclude: The patterns of the sync, as `include`.
        where: The argument `where` of the sync.
        creator: The creator of the sync.
        sha256_key: The key of the metadata that has the SHA-256.
        map: The map of the sync.
        syncs: The journals of syncs of this folder with the same arguments: that of the last sync, and older ones. The
            images that they uploaded are counted separately, so that a share in `max_delete` protects the other images
            if the folder is the wrong one. Pass these journals whenever you can.
        max_delete: How many images may be deleted: a number, or a share of the images considered, such as `"10%"`. With
            `syncs`, the share is checked twice: for the images that these uploaded, and for all others.
        allow_empty: Accept a folder without files, which may be one that is not mounted.
        reread: Reread all files, even those that look unchanged.
        backup: Write the original and the record of each image to this folder before it is deleted, so that `Job.undo`
            can upload them again.
        batch: Use the batch host where possible.

    Raises:
        InvalidArgumentError: An argument is invalid. Raised before any request is sent.
        JobRefusedError: A file cannot be read, or is not in the account; the folder is empty; or too many images would
            be deleted.
        JournalError: The journal belongs to another job, or cannot be written.
        JobLockedError: Another process is working on the job.
        APIError: The account cannot be read.
        OSError: The folder cannot be read.
    """
    _most(max_delete, 0)
    if isinstance(syncs, str | os.PathLike):
        raise InvalidArgumentError(f"syncs={str(syncs)!r}: must be several journals, such as [{str(syncs)!r}]")
    named = [
        name
        for name, value in (("prefix", prefix or None), ("where", where), ("creator", creator))
        if value is not None
    ]
    if everything and named:
        raise InvalidArgumentError(f"everything=True and {named[0]}: use only one of them")
    if not everything and not named:
        raise InvalidArgumentError(
            "prefix='': images of other folders could not be told from those of this one, and would be deleted: sync"
            " with a prefix, where or creator, or say everything=True if the folder has every image of the account"
            " that has sha256_key"
        )
    arguments = {
        **files_of(folder, id, prefix, include, exclude, where, None, creator, sha256_key),
        "map": absolute(map),
        "syncs": [absolute(one) for one in syncs],
        "max_delete": max_delete,
        "allow_empty": allow_empty,
        "backup": originals.place("backup", backup),
    }
    for one in arguments["syncs"]:
        _check_sync(Path(one), arguments, images.account_id)
    hashes = Hashes.beside(Path(path), images.account_id, arguments["folder"], reread=reread)
    return planned(images, path, Prune(arguments, hashes), batch=batch)


@suggest(**_OTHER_NAMES)
def gone(
    images: CloudflareImages,
    folder: str | os.PathLike[str],
    *,
    id: str = "{path}",
    prefix: str = "",
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    where: Mapping[str, Any] | None = None,
    creator: str | None = None,
    sha256_key: str = SHA256_KEY,
    map: str | os.PathLike[str] | None = None,
    allow_empty: bool = False,
    beside: JournalPath | None = None,
) -> Iterator[str]:
    """Return the ids of the images that `prune` would delete after a `sync`. Nothing is changed.

    The folder is read immediately. The account is read while you iterate.

    Args:
        images: A client of the account.
        folder: The folder.
        id: The template of the sync.
        prefix: The prefix of the sync.
        include: The patterns of the sync.
        exclude: The patterns of the sync.
        where: The argument `where` of the sync.
        creator: The creator of the sync.
        sha256_key: The key of the metadata that has the SHA-256.
        map: The map of the sync.
        allow_empty: Accept a folder without files.
        beside: The journal of a sync. Files that have not changed since a sync with this journal, or one in the same
            folder, are not reread.

    Raises:
        InvalidArgumentError: An argument is invalid. Raised before any request is sent.
        JobRefusedError: A file cannot be read, or the folder is empty.
        APIError: The account cannot be read.
        OSError: The folder cannot be read.
    """
    arguments = files_of(folder, id, prefix, include, exclude, where, None, creator, sha256_key)
    hashes = Hashes(None, reread=True)
    if beside is not None:
        hashes = Hashes.beside(Path(beside), images.account_id, arguments["folder"], reread=False)
    urls = None if map is None else UrlMap(Path(map), arguments["folder"], images.account_id).read()
    part = Part(arguments, urls)
    account = Account(images, batch=False)
    wanted = Wanted({**arguments, "allow_empty": allow_empty}, hashes).read(account.timing.now())
    listing = images.list(meta=arguments["where"], creator=creator)
    return (image.id for image in listing if part.is_synced(snapshot.record(image)) and not wanted.has(image.id))


class Prune(Delete):
    """Delete the images whose files are gone."""

    name = "prune"

    def __init__(self, arguments: Json, hashes: Hashes | None = None) -> None:
        filters = {**dict.fromkeys(selection.FILTERS), "meta": arguments["where"], "creator": arguments["creator"]}
        super().__init__({**arguments, "recheck": True, "ids": False, **filters})
        self._wanted = Wanted(self.arguments, hashes or Hashes(None, reread=True))
        self._part = Part(self.arguments, None)

    def check(self, account: Account) -> None:
        """Check the filters, and read the map."""
        super().check(account)
        if self.arguments["map"] is not None:
            urls = UrlMap(Path(self.arguments["map"]), self.arguments["folder"], account.id).read()
            self._part = Part(self.arguments, urls)

    def plan(self, account: Account, position: Any) -> Iterator[Step]:
        """Yield all images together, so that no part of an older plan is left."""
        wanted = self._wanted.read(account.timing.now())
        brought = self._brought()
        there = 0
        totals, gone = Counter[bool](), Counter[bool]()
        found: list[NewItem] = []
        for items, _ in selection.plan_images(account, self.arguments, None, None, snapshot.as_it_is):
            for item in items:
                record = item.before or {}
                if not self._part.is_synced(record):
                    continue
                own = brought.first("SELECT 1 FROM images WHERE id = ?", item.key) is not None
                totals[own] += 1
                there += wanted.get(item.key) == self._part.sha256_of(record)
                if not wanted.has(item.key):
                    gone[own] += 1
                    found.append(NewItem(item.key, before=record))
        if missing := wanted.count() - there:
            raise JobRefusedError(f"{missing:,} files of the folder are missing in the account, or changed: sync first")
        if isinstance(self.arguments["max_delete"], str):
            for own in (False, True):
                self._check_most(gone[own], totals[own])
        else:
            self._check_most(gone.total(), totals.total())
        yield found, len(found)

    def begin(self, account: Account) -> None:
        """Read the folder again."""
        self._wanted.read(account.timing.now())

    def do(self, item: Item, work: Work) -> Outcome:
        """Delete an image, unless its file has come back."""
        if self._wanted.has(item.key):
            return skipped("its file has come back")
        return super().do(item, work)

    def _check_most(self, count: int, total: int) -> None:
        if count > (most := _most(self.arguments["max_delete"], total)):
            enough = f"{-(-100 * count // total)}%" if isinstance(self.arguments["max_delete"], str) else count
            raise JobRefusedError(
                f"{count:,} of {total:,} images would be deleted, and at most {most:,} may be: is it the right folder?"
                f" If so, max_delete={enough!r} allows it"
            )

    def _brought(self) -> Scratch:
        """Return the ids of images that the syncs of this folder uploaded."""
        found = Scratch("CREATE TABLE images (id TEXT PRIMARY KEY) WITHOUT ROWID")
        for path in self.arguments["syncs"]:
            with Journal.open(Path(path)) as journal:
                new = (item.image for item in walk(journal, ("done",)) if "replaces" not in (item.before or {}))
                found.execute_all("INSERT OR IGNORE INTO images VALUES (?)", ((image,) for image in new))
        return found


def _check_sync(path: Path, arguments: Json, account_id: str) -> None:
    """Raise InvalidArgumentError unless the journal is one of this sync, and JournalError."""
    with Journal.open(path) as journal:
        job = journal.job
    if (job.kind, job.account) != ("sync", account_id):
        raise InvalidArgumentError(f"syncs: {path}: is not the journal of a sync of this account")
    for name in FILES:
        if not is_same(job.arguments.get(name), arguments[name]):
            raise InvalidArgumentError(f"{name}={arguments[name]!r}: the sync had {job.arguments.get(name)!r}")


def _most(given: object, total: int) -> int:
    """Return how many may be deleted. Raises InvalidArgumentError."""
    if isinstance(given, str) and given.endswith("%") and given[:-1].isdecimal() and int(given[:-1]) <= 100:
        return total * int(given[:-1]) // 100
    if isinstance(given, int) and not isinstance(given, bool) and given >= 0:
        return given
    raise InvalidArgumentError(f"max_delete={given!r}: must be a number, or a share such as '10%'")
