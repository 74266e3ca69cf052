"""Compare what was copied with where it came from."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cfimages import CloudflareImages, MetadataFilter, Time
from cfimages.jobs import selection, snapshot
from cfimages.jobs.account import Account, Host
from cfimages.jobs.errors import JobError
from cfimages.jobs.job import Job, planned
from cfimages.jobs.journal import JournalPath
from cfimages.jobs.kind import Step, Work
from cfimages.jobs.kinds.chosen import Chosen
from cfimages.jobs.kinds.copy import between
from cfimages.jobs.kinds.transfer import differing
from cfimages.jobs.kinds.upload import original_sha256
from cfimages.jobs.mapping import IdMap
from cfimages.jobs.records import TOTALS, Item, Json, NewItem, Outcome, done, failed
from cfimages.jobs.scratch import Scratch
from cfimages.keywords import suggest

ONLY_HERE = "only this account has it"


@suggest(**selection.OTHER_NAMES)
def compare(
    images: CloudflareImages,
    path: JournalPath,
    *,
    source: CloudflareImages,
    map: str | os.PathLike[str],
    hashes: bool = True,
    ids: selection.Ids | None = None,
    everything: bool = False,
    meta: MetadataFilter | None = None,
    creator: str | Iterable[str] | None = None,
    uploaded_since: Time | None = None,
    uploaded_before: Time | None = None,
    batch: bool = True,
) -> Job:
    """Plan to compare images of another account with their copies in this one. It changes nothing.

    An image is `done` if it is in both accounts with the same file name, metadata, creator, privacy and bytes.
    Otherwise it is `failed`, and the reason says what differs. With `everything=True`, `Report.totals` has the number
    of images of both accounts. Images that only this account has are `skipped`, under `/only-here/` and their id.

    Args:
        images: A client of the account that got the images.
        path: The journal: a file, which is made if it does not exist.
        source: A client of the account that the images came from.
        map: The map of the copy, or that of the restore of an export: `restored-ACCOUNT.jsonl` in its folder.
        hashes: Read both originals and compare their SHA-256. For large images, the service may send a near-lossless
            version instead of the original. Then bytes differ although the copy is right.
        ids: The ids, or images that were read from the source. The record of each id is read.
        everything: Compare every image of the source. Needed if there are neither ids nor filters.
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
        ids, everything, meta, creator, uploaded_since, uploaded_before, hashes=hashes, **accounts
    )
    kind = Compare(choice.arguments, source, choice.ids)
    return planned(images, path, kind, batch=batch, moving=choice.moving)


class Compare(Chosen):
    """Compare images of two accounts."""

    name = "compare"
    changes = False

    def __init__(
        self, arguments: Json, source: CloudflareImages | None = None, ids: selection.Ids | None = None
    ) -> None:
        super().__init__(arguments, ids)
        self._source = source
        self._map = IdMap(
            Path(arguments["map"]), source=arguments["source"], target=arguments["target"], or_restored=True
        )

    def check(self, account: Account) -> None:
        """Check the map and the filters."""
        super().check(account)
        self._map.check()

    def begin(self, account: Account) -> None:
        """Check that there is a source."""
        self._from(account)

    def plan(self, account: Account, position: Any) -> Iterator[Step]:
        """Yield the images of the source; of a whole account, also what only the other one has, and both totals.

        For the latter, a plan that was begun is begun anew; the journal passes over what it has.
        """
        source = self._from(account)
        if self.arguments["ids"] or selection.filters_of(self.arguments):
            yield from selection.plan_images(source, self.arguments, self._ids, position, snapshot.as_it_is)
            return
        totals = {"source": 0, "target": 0}
        copies = Scratch("CREATE TABLE copies (id TEXT PRIMARY KEY) WITHOUT ROWID")
        for images, _ in selection.plan_images(source, self.arguments, None, None, snapshot.as_it_is):
            items = list(images)
            totals["source"] += len(items)
            copies.execute_all("INSERT OR IGNORE INTO copies VALUES (?)", ((self._id_of(item),) for item in items))
            yield items, None
        for images, _ in selection.plan_images(account, self.arguments, None, None, snapshot.as_it_is):
            items = [item for item in images if not (item.before or {}).get("draft")]
            totals["target"] += len(items)
            others = [item for item in items if copies.first("SELECT 1 FROM copies WHERE id = ?", item.key) is None]
            yield [NewItem.skipped(f"/only-here/{item.key}", ONLY_HERE, item.before) for item in others], None
        yield [], {TOTALS: totals}

    def do(self, item: Item, work: Work) -> Outcome:
        """Compare an image with its copy."""
        before = item.before or {}
        mapped = self._map.get(item.key)
        now = mapped.id if mapped else item.key
        image = work.account.find(now)
        if image is None or image.draft:
            return failed("it is not in the account", final=True)
        if mapped and mapped.uploaded != before.get("uploaded"):
            return failed("another image was uploaded under its id since it was copied", final=True)
        if names := differing(before, snapshot.record(image)):
            return failed(f"it differs in {', '.join(names)}", final=True)
        if self.arguments["hashes"]:
            source = self._from(work.account)
            if original_sha256(item.key, source) != original_sha256(now, work.account):
                return failed("it differs in its bytes", final=True)
        return done({"id": now})

    def requests(self, left: int, named: int) -> Mapping[Host, int]:
        """Return how many requests items take."""
        originals = left if self.arguments["hashes"] else 0
        # Those of the source count where there is no limit: it has one of its own, at the same time.
        return {"batch": left, "api": originals, "upload": originals}

    def _id_of(self, item: NewItem) -> str:
        mapped = self._map.get(item.key)
        return mapped.id if mapped else item.key

    def _from(self, account: Account) -> Account:
        if self._source is None:
            raise JobError("a comparison needs both accounts: start it again with the same arguments and this journal")
        return account.beside(self._source)
