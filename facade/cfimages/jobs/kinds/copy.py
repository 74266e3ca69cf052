"""Copy images from one account to another."""

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cfimages import CloudflareImages, InvalidArgumentError, MetadataFilter, NotFoundError, Time
from cfimages.jobs import selection, snapshot
from cfimages.jobs.account import Account, Host, is_cloudflare, is_missing
from cfimages.jobs.delivering import SETTING, ask_delivery, do_delivery, is_of_delivery, plan_delivery
from cfimages.jobs.errors import JobError
from cfimages.jobs.job import Job, planned
from cfimages.jobs.journal import JournalPath, absolute
from cfimages.jobs.kind import Step, Work
from cfimages.jobs.kinds.transfer import Transfer, differing
from cfimages.jobs.kinds.upload import original_sha256
from cfimages.jobs.listed import Listed
from cfimages.jobs.records import Item, Json, Outcome, failed, skipped
from cfimages.jobs.sources import MAX_BYTES
from cfimages.keywords import suggest

DELIVERED = "delivered"
"""The position of a plan that has variants and settings, and no images yet."""
GONE = "it is no longer in the source"


@suggest(**selection.OTHER_NAMES)
def copy(
    images: CloudflareImages,
    path: JournalPath,
    *,
    source: CloudflareImages,
    map: str | os.PathLike[str],
    variants: bool = False,
    ids: selection.Ids | None = None,
    everything: bool = False,
    meta: MetadataFilter | None = None,
    creator: str | Iterable[str] | None = None,
    uploaded_since: Time | None = None,
    uploaded_before: Time | None = None,
    batch: bool = True,
) -> Job:
    """Plan to copy images from another account into this one. Nothing is sent before `run`.

    Images keep bytes, metadata, creator, privacy and file name. An id that you chose is kept. If the service made the
    id, or the image is private, the copy gets a new id, and the map has both. Images that are there already are
    skipped. If they have other fields or bytes, they are refused: nothing is overwritten. Signing keys are never
    copied.

    An original is never written to the disk. Each worker holds one in memory at a time.

    The journal does not have the credentials of the other account. To go on, call `copy` again with the same journal.

    Args:
        images: A client of the account that gets the images.
        path: The journal: a file, which is made if it does not exist.
        source: A client of the account that has the images. It is only read.
        map: The file that has the new ids, as JSON lines. Keep it: it tells a later copy with another journal which
            images are there under another id.
        variants: First create the variants that the account lacks, and make its setting of flexible variants the
            same. A variant of the same name with other options is refused.
        ids: The ids, or images that were read from the source. The record of each id is read.
        everything: Copy every image of the source. Needed if there are neither ids nor filters.
        meta: Conditions on metadata, as those of `CloudflareImages.list`.
        creator: Only images of this creator, or of these; `""` means images without one.
        uploaded_since: Only images that were uploaded then or later.
        uploaded_before: Only images that were uploaded earlier.
        batch: Use the batch hosts for what they offer.

    Raises:
        InvalidArgumentError: The arguments choose no images, both accounts are the same, or the map is of other
            accounts. Raised before any request is sent.
        JournalError: The journal is of another job, or cannot be written.
        JobLockedError: Another process is working on the job.
        APIError: An account cannot be read. Call it again to go on planning.
    """
    accounts = between(source, images, map)
    choice = selection.choose(
        ids, everything, meta, creator, uploaded_since, uploaded_before, variants=variants, **accounts
    )
    kind = Copy(choice.arguments, source, choice.ids)
    return planned(images, path, kind, batch=batch, moving=choice.moving)


def between(source: CloudflareImages, target: CloudflareImages, map: str | os.PathLike[str]) -> Json:
    """Return which accounts a copy is between, as arguments. Raises InvalidArgumentError."""
    for name, images in (("images", target), ("source", source)):
        if not isinstance(images, CloudflareImages):
            raise InvalidArgumentError(f"{name}={images!r}: must be a CloudflareImages, since jobs are synchronous")
    if (source.account_id, source.base_url) == (target.account_id, target.base_url):
        raise InvalidArgumentError(f"source: is the same account as images: {source.account_id}")
    return {
        "source": source.account_id,
        "source_url": source.base_url,
        "target": target.account_id,
        "map": absolute(map),
    }


class Copy(Transfer):
    """Upload the originals of another account."""

    name = "copy"

    def __init__(
        self, arguments: Json, source: CloudflareImages | None = None, ids: selection.Ids | None = None
    ) -> None:
        super().__init__(arguments)
        self._source = source
        self._ids = ids

    def check(self, account: Account) -> None:
        """Check the map and the filters."""
        super().check(account)
        selection.check(account, self.arguments)

    def begin(self, account: Account) -> None:
        """Check that there is a source."""
        self._from(account)

    def plan(self, account: Account, position: Any) -> Iterator[Step]:
        """Yield variants and settings if they are wanted, then the images."""
        source = self._from(account)
        if position is None and self.arguments["variants"]:
            yield plan_delivery(source, account), DELIVERED
        there = Listed(account)
        yield from selection.plan_images(
            source,
            self.arguments,
            self._ids,
            None if position == DELIVERED else position,
            lambda image: self.planned(snapshot.record(image), there),
            sort_order="asc",  # so that the copies are in the same order
        )

    def compare(self, position: Any) -> None:
        """Compare the ids."""
        selection.compare_ids(self._ids, None if position == DELIVERED else position)

    def do(self, item: Item, work: Work) -> Outcome:
        """Copy an image, create a variant, or change the setting."""
        return do_delivery(item, work) if is_of_delivery(item) else super().do(item, work)

    def ask(self, item: Item, work: Work) -> Outcome | None:
        """Look whether it arrived."""
        return ask_delivery(item, work) if is_of_delivery(item) else super().ask(item, work)

    def requests(self, left: int, named: int) -> Mapping[Host, int]:
        """Return how many requests items take: of each, record and original are read, and the image is sent."""
        return {"api": left, "batch": 2 * left, "upload": left - named}

    def remarks(self, items: Iterable[Item]) -> list[str]:
        """Say what will not be as it was, and what else is changed."""
        notes, others = [], 0
        for item in items:
            if item.key == SETTING:
                notes.append(f"the setting flexible_variants becomes {(item.want or {})['flexible']}")
            elif not is_of_delivery(item):
                others += item.image is None
        if self._source is not None and is_cloudflare(self._source):
            notes.append("originals are read from the API itself: at most four a second on Cloudflare")
        return [*self.notes(others), *notes]

    def content(self, item: Item, work: Work) -> bytes | Outcome:
        """Read the original, then compare its record with the plan: so both are of the same upload."""
        source, before = self._from(work.account), item.before or {}
        try:
            content = source.repeated(lambda: _read(source, item.key))
        except NotFoundError as error:
            if not is_missing(error):
                raise
            return skipped(GONE)
        if len(content) > MAX_BYTES:
            return failed("it is larger than 10 MB", final=True)
        image = source.find(item.key)
        if image is None:
            return skipped(GONE)
        if not snapshot.is_same_upload(before, image):
            return skipped("another image was uploaded under its id since the plan")
        if differing(snapshot.record(image), before):
            return skipped("it was changed since the plan")
        return content

    def sha256(self, item: Item, work: Work) -> str:
        """Return the SHA-256 of the original."""
        return original_sha256(item.key, self._from(work.account))

    def _from(self, account: Account) -> Account:
        if self._source is None:
            raise JobError("a copy needs both accounts: start it again with the same arguments and this journal")
        return account.beside(self._source)


def _read(source: Account, image_id: str) -> bytes:
    """Read an original, or a little more than can be uploaded."""
    content = bytearray()
    with source.original(image_id) as chunks:
        for chunk in chunks:
            content += chunk
            if len(content) > MAX_BYTES:
                break
    return bytes(content)
