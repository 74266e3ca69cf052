"""Make an account, or a part of it, what a folder is."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Self

from cfimages import CloudflareImages, InvalidArgumentError
from cfimages.jobs import originals, selection, snapshot
from cfimages.jobs.account import Account, Host
from cfimages.jobs.errors import JobRefusedError
from cfimages.jobs.job import Job, planned
from cfimages.jobs.journal import Journal, JournalPath
from cfimages.jobs.kind import Step, Work
from cfimages.jobs.kinds.delete import Delete
from cfimages.jobs.kinds.upload import CHUNK, THERE, Upload
from cfimages.jobs.listed import Listed
from cfimages.jobs.reading import walk as walk_items
from cfimages.jobs.records import Item, Json, NewItem, Outcome, done, skipped
from cfimages.jobs.scratch import Scratch
from cfimages.jobs.sources import Rules, as_json, looks_like_image
from cfimages.jobs.wanted import FILES, Wanted, files_of, is_synced, item_of, paths_of, rules_of

SHA256_KEY = "sha256"
"""The key of the metadata that has the SHA-256 of a file, if no other is given."""


def sync(
    images: CloudflareImages,
    path: JournalPath,
    folder: str | os.PathLike[str],
    *,
    id: str = "{path}",
    prefix: str = "",
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    metadata: Mapping[str, Any] | None = None,
    creator: str | None = None,
    sha256_key: str = SHA256_KEY,
    replace: bool = False,
    backup: str | os.PathLike[str] | None = None,
    batch: bool = True,
) -> Job:
    """Plan to upload the new and changed files of a folder. Nothing is sent before `run`.

    Nothing is deleted, except with `replace`. `prune` deletes images whose files are gone.

    Each image has the SHA-256 of its file in its metadata. A file with the same hash is not sent again. An id cannot
    be overwritten. So for files that change, pass `replace=True`, or put the hash into the id, such as
    `{path}-{sha256:8}`. While an image is replaced, its address has no image for a moment.

    Three kinds of files are refused: those that `upload` refuses, changed ones without `replace`, and those whose id
    belongs to an image that no sync has uploaded.

    Args:
        images: A client of the account.
        path: The journal: a file, which is made if it does not exist.
        folder: The folder. Names that begin with a dot are left out, and links to folders are not followed.
        id: A template for ids, as that of `upload`.
        prefix: How all ids begin. It is also the part of the account that `prune` looks at.
        include: Only files that one of these patterns matches, such as `**/*.png`; none means all.
        exclude: No files that one of these patterns matches.
        metadata: Metadata for each new image.
        creator: The creator of each new image.
        sha256_key: The key of the metadata that has the SHA-256.
        replace: Delete the image of a file that was changed, then upload the file again.
        backup: A folder that gets original and record of each image before it is replaced.
        batch: Use the batch host for what it offers.

    Raises:
        InvalidArgumentError: An argument cannot be used. Raised before any request is sent.
        JournalError: The journal is of another job, or cannot be written.
        JobLockedError: Another process is working on the job.
        APIError: The account cannot be read. Call it again to go on planning.
        OSError: The folder cannot be read.
    """
    if backup is not None and not replace:
        raise InvalidArgumentError("backup: is for replace=True")
    arguments = {
        **files_of(folder, id, prefix, include, exclude, sha256_key),
        **as_json(metadata, creator),
        "replace": replace,
        "backup": None if backup is None else str(Path(backup).absolute()),
    }
    return planned(images, path, Sync(arguments), batch=batch)


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
    sha256_key: str = SHA256_KEY,
    syncs: Iterable[JournalPath] = (),
    max_delete: int | str = "50%",
    allow_empty: bool = False,
    backup: str | os.PathLike[str] | None = None,
    batch: bool = True,
) -> Job:
    """Plan to delete images that a sync has uploaded and whose files are gone from the folder.

    Only images whose id begins with `prefix`, and that have `sha256_key` in their metadata, are looked at. Nothing else
    tells images of this folder from those of another folder, or of an `upload` with the same key: sync each folder with
    a prefix of its own, such as `photos/`, with which no other id begins.

    Run a `sync` with the same arguments first. The job is refused unless every file of the folder can be read, and is
    in the account as it is. Each run reads the folder again, and keeps the image of a file that has come back.

    Args:
        images: A client of the account.
        path: The journal: a file, which is made if it does not exist.
        folder: The folder.
        id: The template of the sync.
        prefix: The prefix of the sync: how all ids begin.
        everything: Look at every image of the account that has the key. Needed if there is no prefix.
        include: The patterns of the sync. They say which files have to be in the account. The image of a file that
            is in the folder is never deleted, whatever the patterns are.
        exclude: The patterns of the sync, in the same way.
        sha256_key: The key of the metadata that has the SHA-256.
        syncs: The journals of syncs of this folder, with the same arguments: that of the last one, and others that are
            still there. What they have uploaded is counted apart, so that a share of `max_delete` protects the other
            images where the folder is the wrong one. Give them whenever you can.
        max_delete: At most so many, or such a share of the images that are looked at, as text: `"10%"`. With `syncs`,
            such a share of the images that these have uploaded, and such a share of the others.
        allow_empty: Accept a folder without files. It may be one that is not mounted.
        backup: A folder that gets original and record of each image before it is deleted, so that `Job.undo` can
            upload them again.
        batch: Use the batch host for what it offers.

    Raises:
        InvalidArgumentError: An argument cannot be used. Raised before any request is sent.
        JobRefusedError: A file cannot be read, or is not in the account; the folder is empty; or it would be too many.
        JournalError: The journal is of another job, or cannot be written.
        JobLockedError: Another process is working on the job.
        APIError: The account cannot be read.
        OSError: The folder cannot be read.
    """
    _most(max_delete, 0)
    if isinstance(syncs, str | os.PathLike):
        raise InvalidArgumentError(f"syncs={str(syncs)!r}: must be several journals, such as [{str(syncs)!r}]")
    if everything and prefix:
        raise InvalidArgumentError("everything=True and prefix: leave one of them out")
    if not everything and prefix == "":
        raise InvalidArgumentError(
            "prefix='': images of other folders could not be told from those of this one, and would be deleted: sync"
            " with a prefix, or say everything=True if the folder has every image of the account that has sha256_key"
        )
    arguments = {
        **files_of(folder, id, prefix, include, exclude, sha256_key),
        "syncs": [str(Path(one).absolute()) for one in syncs],
        "max_delete": max_delete,
        "allow_empty": allow_empty,
        "backup": None if backup is None else str(Path(backup).absolute()),
    }
    for one in arguments["syncs"]:
        _check_sync(Path(one), arguments, images.account_id)
    return planned(images, path, Prune(arguments), batch=batch)


def gone(
    images: CloudflareImages,
    folder: str | os.PathLike[str],
    *,
    id: str = "{path}",
    prefix: str = "",
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    sha256_key: str = SHA256_KEY,
    allow_empty: bool = False,
) -> Iterator[str]:
    """Return the ids of the images that `prune` would delete after a `sync`. Nothing is changed.

    The folder is read at once, the account when the ids are taken.

    Args:
        images: A client of the account.
        folder: The folder.
        id: The template of the sync.
        prefix: The prefix of the sync.
        include: The patterns of the sync.
        exclude: The patterns of the sync.
        sha256_key: The key of the metadata that has the SHA-256.
        allow_empty: Accept a folder without files.

    Raises:
        InvalidArgumentError: An argument cannot be used. Raised before any request is sent.
        JobRefusedError: A file cannot be read, or the folder is empty.
        APIError: The account cannot be read.
        OSError: The folder cannot be read.
    """
    arguments = files_of(folder, id, prefix, include, exclude, sha256_key)
    wanted = Wanted({**arguments, "allow_empty": allow_empty}).read()
    return (
        image.id for image in images.list() if is_synced(snapshot.record(image), arguments) and not wanted.has(image.id)
    )


class Sync(Upload):
    """Upload the files of a folder that are not in the account as they are."""

    name = "sync"

    def __init__(self, arguments: Json) -> None:
        super().__init__({**arguments, "reserve": False})

    @classmethod
    def from_arguments(cls, arguments: Json) -> Self:
        """Return the kind that a journal was written by."""
        return cls(arguments)

    def plan(self, account: Account, position: Any) -> Iterator[Step]:
        """Yield the files."""
        there = Listed(account)
        paths = paths_of(self.arguments, position)
        rules = rules_of(self.arguments)
        while chunk := list(islice(paths, CHUNK)):
            yield [self._planned(path, rules, there) for path in chunk], chunk[-1]

    def compare(self, position: Any) -> None:
        """There is nothing to compare: the folder may have changed since."""

    def content(self, item: Item, work: Work) -> bytes | Outcome:
        """Return the file, after deleting the image that it replaces, if that is still the planned one."""
        content, old = super().content(item, work), (item.before or {}).get("replaces")
        if old is None or isinstance(content, Outcome):
            return content
        return self._made_room(item, old, work) or content

    def ask(self, item: Item, work: Work) -> Outcome | None:
        """Look whether the file arrived; None if the image that it replaces is still there, or gone."""
        old = (item.before or {}).get("replaces")
        if old is None:
            return super().ask(item, work)
        image = work.account.find(item.image or "")
        if image is None or snapshot.is_same_upload(old, image):
            return None
        return super().ask(item, work)

    def requests(self, left: int, named: int) -> Mapping[Host, int]:
        """Return how many requests items take."""
        return {"batch": left}

    def remarks(self, items: Iterable[Item]) -> list[str]:
        """Say which addresses have no image for a moment."""
        notes = ["a sync cannot be undone"]
        if replaced := sum("replaces" in (item.before or {}) for item in items):
            notes.append(
                f"{replaced:,} are replaced: each address has no image between the delete and the upload that follows"
                f" (for longer if that fails), and caches may deliver the old one for long"
            )
        return notes

    def _planned(self, path: str, rules: Rules, there: Listed) -> NewItem:
        item = item_of(self.arguments, rules, path)
        if item.state == "skipped" or item.image is None:
            return item
        found, before, key = there.get(item.image), item.before or {}, self.arguments["sha256_key"]
        if found is None or found.get("draft"):
            return item
        had = snapshot.meta_of(found).get(key)
        if had == before["sha256"]:  # with its image, so that another file with the same id is noticed
            return NewItem(item.key, before, item.want, item.image, "skipped", THERE)
        if had is None:
            return NewItem.refused(item.key, "its id is taken by an image that no sync has uploaded", before)
        if not self.arguments["replace"]:
            return NewItem.refused(item.key, "it was changed, and an id cannot be overwritten: see replace", before)
        if not looks_like_image(Path((item.want or {})["path"])):
            return NewItem.refused(item.key, "it was changed, and does not look like an image", before)
        return NewItem(item.key, {**before, "replaces": found}, item.want, item.image)

    def _made_room(self, item: Item, old: Json, work: Work) -> Outcome | None:
        """Delete the image that is replaced; None if it is gone."""
        image = work.account.find(item.image or "")
        if image is None:
            return None
        if image.meta.get(self.arguments["sha256_key"]) == (item.before or {})["sha256"]:
            return done({"id": image.id}) if work.doubt else skipped(THERE)
        if not snapshot.is_same_upload(old, image) or not snapshot.has_same_metadata(old, image):
            return skipped("the image that it replaces was changed since the plan")
        if self.arguments["backup"] is not None:
            originals.save(work.account, snapshot.record(image), Path(self.arguments["backup"]), backup=True)
        work.account.delete(image.id)
        return None


class Prune(Delete):
    """Delete the images whose files are gone."""

    name = "prune"

    def __init__(self, arguments: Json) -> None:
        super().__init__({**arguments, "recheck": True, "ids": False, **dict.fromkeys(selection.FILTERS)})
        self._wanted = Wanted(self.arguments)

    @classmethod
    def from_arguments(cls, arguments: Json) -> Self:
        """Return the kind that a journal was written by."""
        return cls(arguments)

    def plan(self, account: Account, position: Any) -> Iterator[Step]:
        """Yield the images at once, so that no part of an older plan is left."""
        wanted = self._wanted.read()
        key = self.arguments["sha256_key"]
        brought = self._brought()
        there = 0
        totals, gone = Counter[bool](), Counter[bool]()
        found: list[NewItem] = []
        for items, _ in selection.plan_images(account, self.arguments, None, None, snapshot.as_it_is):
            for item in items:
                record = item.before or {}
                if not is_synced(record, self.arguments):
                    continue
                own = brought.first("SELECT 1 FROM images WHERE id = ?", item.key) is not None
                totals[own] += 1
                there += wanted.get(item.key) == snapshot.meta_of(record)[key]
                if not wanted.has(item.key):
                    gone[own] += 1
                    found.append(NewItem(item.key, before=record))
        if missing := wanted.count() - there:
            raise JobRefusedError(f"{missing:,} files of the folder are not in the account as they are: sync first")
        if isinstance(self.arguments["max_delete"], str):
            for own in (False, True):
                self._check_most(gone[own], totals[own])
        else:
            self._check_most(gone.total(), totals.total())
        yield found, len(found)

    def compare(self, position: Any) -> None:
        """There is nothing to compare."""

    def begin(self, account: Account) -> None:
        """Read the folder again."""
        self._wanted.read()

    def do(self, item: Item, work: Work) -> Outcome:
        """Delete an image, unless its file has come back."""
        if self._wanted.has(item.key):
            return skipped("its file has come back")
        return super().do(item, work)

    def _check_most(self, count: int, total: int) -> None:
        if count > (most := _most(self.arguments["max_delete"], total)):
            raise JobRefusedError(
                f"it would be {count:,} of {total:,} images, and at most {most:,} may be: is it the right folder? See"
                " max_delete"
            )

    def _brought(self) -> Scratch:
        """Return the ids of images that were not there before the syncs of this folder."""
        found = Scratch("CREATE TABLE images (id TEXT PRIMARY KEY) WITHOUT ROWID")
        for path in self.arguments["syncs"]:
            with Journal.open(Path(path)) as journal:
                new = (item.image for item in walk_items(journal, ("done",)) if "replaces" not in (item.before or {}))
                found.execute_all("INSERT OR IGNORE INTO images VALUES (?)", ((image,) for image in new))
        return found


def _check_sync(path: Path, arguments: Json, account_id: str) -> None:
    """Raise InvalidArgumentError for the journal of something else than this sync, and JournalError."""
    with Journal.open(path) as journal:
        job = journal.job
    if (job.kind, job.account) != ("sync", account_id):
        raise InvalidArgumentError(f"syncs: {path}: is not the journal of a sync of this account")
    for name in FILES:
        if job.arguments[name] != arguments[name]:
            raise InvalidArgumentError(f"{name}={arguments[name]!r}: the sync had {job.arguments[name]!r}")


def _most(given: object, total: int) -> int:
    """Return how many may be deleted. Raises InvalidArgumentError."""
    if isinstance(given, str) and given.endswith("%") and given[:-1].isdecimal() and int(given[:-1]) <= 100:
        return total * int(given[:-1]) // 100
    if isinstance(given, int) and not isinstance(given, bool) and given >= 0:
        return given
    raise InvalidArgumentError(f"max_delete={given!r}: must be a number, or a share such as '10%'")
