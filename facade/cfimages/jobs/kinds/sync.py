"""Upload the new files of a folder to a part of an account, and replace the images of changed files."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cfimages import CloudflareImages, Image, InvalidArgumentError
from cfimages.jobs import originals, snapshot
from cfimages.jobs.account import Account, Host
from cfimages.jobs.hashes import Hashes
from cfimages.jobs.job import Job, planned
from cfimages.jobs.journal import JournalPath, absolute
from cfimages.jobs.kind import Step, Work
from cfimages.jobs.kinds.upload import CHUNK, Upload, looks_like
from cfimages.jobs.listed import Listed
from cfimages.jobs.mapping import check_folder
from cfimages.jobs.part import Part
from cfimages.jobs.records import THERE, Item, Json, NewItem, Outcome, done, failed, skipped
from cfimages.jobs.scratch import Scratch
from cfimages.jobs.sources import MAX_METADATA_BYTES, RefusedError, as_json, check_image, check_metadata
from cfimages.jobs.url_map import UrlMap
from cfimages.jobs.wanted import Files, files_of
from cfimages.keywords import suggest

SHA256_KEY = "sha256"
"""The key of the metadata that has the SHA-256 of a file, if no other is given."""
CHANGED = "it was changed, and an id cannot be overwritten: replace=True replaces its image"
"""Why a changed file is refused without `replace`. The command looks for the argument in it."""
UNKNOWN = "its id is taken by an image that no sync has uploaded: delete that image, or sync with another prefix or id"
OTHER_NAMES = {
    "all": "everything",
    "client": "images",
    "delete": "`sync` uploads, and `prune` deletes behind it",
    "directory": "folder",
    "filter": "where",
    "filters": "where",
    "id_prefix": "prefix",
    "journal": "path",
    "meta": "`where` has what the metadata of the folder's images say, `metadata` what new ones get",
    "source": "folder",
    "template": "id",
}
"""Names that the arguments of a sync have elsewhere."""


@suggest(**OTHER_NAMES)
def sync(
    images: CloudflareImages,
    path: JournalPath,
    folder: str | os.PathLike[str],
    *,
    id: str = "{path}",
    prefix: str = "",
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    where: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    creator: str | None = None,
    sha256_key: str = SHA256_KEY,
    map: str | os.PathLike[str] | None = None,
    replace: bool = False,
    reread: bool = False,
    backup: str | os.PathLike[str] | None = None,
    batch: bool = True,
) -> Job:
    """Plan to upload the new and changed files of a folder. Nothing is sent before `run`.

    Nothing is deleted, except with `replace`. `prune` deletes images whose files are gone.

    Each image has the SHA-256 of its file in its metadata. A file with the same hash is not sent again. An id cannot be
    overwritten. So for files that change, pass `replace=True`, or put the hash into the id, as in `{path}-{sha256:8}`.
    While an image is replaced, its URL has no image for a moment.

    A file is reread only if its size, times or inode have changed since an earlier job. A file beside the journal
    stores these values.

    Files that `upload` refuses are refused, and so are changed files without `replace`, and files whose id belongs to
    another image: one that no sync has uploaded, or that does not belong to the folder.

    Args:
        images: A client of the account.
        path: The journal, a file. It is created if it does not exist.
        folder: The folder. Names that begin with a dot are left out, and links to folders are refused.
        id: A template for ids, as for `upload`.
        prefix: The beginning of all ids. It says which images belong to the folder.
        include: Upload only files that match one of these patterns, such as `**/*.png`. Without patterns, all files.
        exclude: Leave out files that match one of these patterns.
        where: Metadata that says which images belong to the folder, such as `{"site": "blog"}`. New images get it.
        metadata: Metadata for each new image.
        creator: The creator of each new image. It also says which images belong to the folder.
        sha256_key: The metadata key of the SHA-256.
        map: A file that stores the SHA-256 if the metadata has no room for it; `write_url_map` adds the URLs.
        replace: Delete the image of a changed file, then upload the file again.
        reread: Reread all files, even those that look unchanged.
        backup: Write the original and the record of each image to this folder before it is replaced.
        batch: Use the batch host where possible.

    Raises:
        InvalidArgumentError: An argument is invalid. Raised before any request is sent.
        JournalError: The journal belongs to another job, or cannot be written.
        JobLockedError: Another process is working on the job.
        APIError: The account cannot be read. Call it again to continue planning.
        OSError: The folder cannot be read.
    """
    if backup is not None and not replace:
        raise InvalidArgumentError("backup: is for replace=True")
    if not isinstance(metadata, Mapping | None):
        raise InvalidArgumentError(f"metadata={metadata!r}: must be a mapping")
    files = files_of(folder, id, prefix, include, exclude, where, metadata, creator, sha256_key)
    arguments = {
        **files,
        **as_json(metadata if files["where"] is None else {**(metadata or {}), **files["where"]}, creator),
        "map": absolute(map),
        "replace": replace,
        "backup": originals.place("backup", backup),
    }
    arguments["has_room"] = _has_room(arguments)
    hashes = Hashes.beside(Path(path), images.account_id, arguments["folder"], reread=reread)
    return planned(images, path, Sync(arguments, hashes), batch=batch)


class Sync(Upload):
    """Upload new and changed files of a folder."""

    name = "sync"

    def __init__(self, arguments: Json, hashes: Hashes | None = None) -> None:
        super().__init__({**arguments, "reserve": False})
        self._hashes = hashes or Hashes(None, reread=True)
        self._urls: UrlMap | None = None
        self._part = Part(arguments, None)

    def check(self, account: Account) -> None:
        """Read the map."""
        if self.arguments["map"] is not None:
            check_folder(Path(self.arguments["map"]))
            self._urls = UrlMap(Path(self.arguments["map"]), self.arguments["folder"], account.id).read()
            self._part = Part(self.arguments, self._urls)

    def plan(self, account: Account, position: Any) -> Iterator[Step]:
        """Yield the files. An interrupted plan starts over; the journal skips the items that it has."""
        with self._hashes.reader(account.timing.now()) as reading:
            files = Files(self.arguments, reading)
        lost = _Lost(files, self._part)
        there = Listed(account, lost.notice)
        for items, last in files.groups(CHUNK):
            yield [self._compared(item, there, lost) for item in items], last

    def content(self, item: Item, work: Work) -> bytes | Outcome:
        """Return the file, after deleting the image that it replaces, if that is still the planned one.

        An image whose hash the map has lost is compared instead.
        """
        content, before = super().content(item, work), item.before or {}
        if isinstance(content, Outcome):
            self._hashes.forget(Path((item.want or {})["path"]))
            if "replaces" in before and work.account.find(item.image or "") is None:
                return failed("its image is gone, and the file was changed since the plan: sync again", final=True)
            return content
        if "unknown" in before:
            return self._taken(item, work) or content
        return self._made_room(item, before["replaces"], work) or content if "replaces" in before else content

    def ask(self, item: Item, work: Work) -> Outcome | None:
        """Check whether the file arrived; None if the image that it replaces still exists, or is gone."""
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
        """Say how many URLs have no image for a moment, how many files were renamed, and what is compared."""
        notes = ["a sync cannot be undone"]
        marks = Counter(mark for item in items for mark in (item.before or {}))
        if replaced := marks["replaces"]:
            notes.append(
                f"{replaced:,} are replaced: each address has no image between the delete and the upload that follows"
                f" (for longer if that fails), and caches may deliver the old one for long"
            )
        if renamed := marks["was"]:
            notes.append(
                f"{renamed:,} were renamed: an id cannot be changed, so that each is uploaded under its new one, and a"
                f" prune deletes the old one"
            )
        if unknown := marks["unknown"]:
            notes.append(
                f"{unknown:,} may be there: the map has no hash of these images, so that originals are read, at most"
                f" four a second on Cloudflare"
            )
        return notes

    def is_same(self, image: Image, item: Item, work: Work) -> tuple[bool, bool]:
        """Whether an image is the planned file, by its hash; without a stored hash, by fields and bytes."""
        record = snapshot.record(image)
        if not self._part.has(record):
            return False, False
        found = self._part.sha256_of(record)
        if found is None and not self.arguments["has_room"]:
            return self.looks_same(image, item, work)
        same = found == self.sha256(item, work)
        return same, same

    def arrived(self, item: Item, image: Image) -> None:
        """Store the hash of an image whose metadata has no room for it."""
        if self._urls is not None and not self.arguments["has_room"]:
            self._urls.add(item.key, (item.before or {})["sha256"], snapshot.record(image))

    def _compared(self, item: NewItem, there: Listed, lost: "_Lost") -> NewItem:
        """Return the planned item of a file."""
        if item.state == "skipped" or item.image is None:
            return item
        found, before = there.get(item.image), item.before or {}
        if found is None:
            if (reason := _no_image(item)) is not None:
                return NewItem.refused(item.key, reason, before)
            was = lost.take(before["sha256"])
            return item if was is None else NewItem(item.key, {**before, "was": was}, item.want, item.image)
        if found.get("draft"):
            return item
        if not self._part.has(found):
            return NewItem.refused(
                item.key, "its id is taken by an image that is not in the part of the folder", before
            )
        had = self._part.sha256_of(found)
        if had == before["sha256"]:  # with its image, so that another file with the same id is noticed
            return NewItem(item.key, before, item.want, item.image, "skipped", THERE)
        if had is None and not self.arguments["has_room"] and looks_like(found, item.want or {}):
            return NewItem(item.key, {**before, "unknown": True}, item.want, item.image)
        if had is None:
            return NewItem.refused(item.key, UNKNOWN, before)
        if not self.arguments["replace"]:
            return NewItem.refused(item.key, CHANGED, before)
        if (reason := _no_image(item)) is not None:
            return NewItem.refused(item.key, f"it was changed, and {reason}", before)
        return NewItem(item.key, {**before, "replaces": found}, item.want, item.image)

    def _made_room(self, item: Item, old: Json, work: Work) -> Outcome | None:
        """Delete the image to replace; None if it is gone."""
        image = work.account.find(item.image or "")
        if image is None:
            return None
        if self._part.sha256_of(snapshot.record(image)) == (item.before or {})["sha256"]:
            return done({"id": image.id}) if work.doubt else skipped(THERE)
        if not (
            snapshot.is_same_upload(old, image)
            and snapshot.has_same_metadata(old, image)
            and snapshot.has_same_creator(old, image)
        ):
            return skipped("the image that it replaces was changed since the plan")
        if self.arguments["backup"] is not None:
            originals.save(work.account, snapshot.record(image), Path(self.arguments["backup"]), backup=True)
        work.account.delete(image.id)
        return None


class _Lost:
    """Synced images whose files are gone. A new file with the hash of one was renamed."""

    def __init__(self, files: Files, part: Part) -> None:
        self._files = files
        self._part = part
        self._found = Scratch(
            "CREATE TABLE images (id TEXT PRIMARY KEY, sha256 TEXT)", "CREATE INDEX images_by_sha256 ON images (sha256)"
        )

    def notice(self, record: Json) -> None:
        """Add an image of the account."""
        if self._part.is_synced(record) and not self._files.has(record["id"]):
            values = (record["id"], str(self._part.sha256_of(record)))
            self._found.execute("INSERT OR IGNORE INTO images VALUES (?, ?)", *values)

    def take(self, sha256: str) -> str | None:
        """Return the id of an image with a hash, once; None if there is none left."""
        row = self._found.first("SELECT id FROM images WHERE sha256 = ?", sha256)
        if row is None:
            return None
        self._found.execute("DELETE FROM images WHERE id = ?", row[0])
        return str(row[0])


def _no_image(item: NewItem) -> str | None:
    """Return why a file cannot be an image; None if it can."""
    try:
        check_image(Path((item.want or {})["path"]))
    except RefusedError as error:
        return str(error)
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    return None


def _has_room(arguments: Json) -> bool:
    """Whether new metadata has room for the hash. Raises InvalidArgumentError if there is no map either."""
    metadata = arguments["metadata"] or {}
    try:
        check_metadata(metadata)
    except RefusedError:
        raise InvalidArgumentError(f"metadata: is longer than {MAX_METADATA_BYTES:,} bytes") from None
    try:
        check_metadata({**metadata, arguments["sha256_key"]: "0" * 64})
    except RefusedError:
        if arguments["map"] is None:
            raise InvalidArgumentError(
                f"metadata: with the hash of a file under {arguments['sha256_key']!r}, they are longer than"
                f" {MAX_METADATA_BYTES:,} bytes: shorten them, or give a map, a file that keeps the hashes instead"
            ) from None
        return False
    return True
