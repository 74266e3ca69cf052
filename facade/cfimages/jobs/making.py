"""The functions that make jobs."""

from collections.abc import Iterable, Mapping
from typing import Any

from cfimages import CloudflareImages, MetadataFilter
from cfimages.jobs.job import Job, JournalPath, plan, reopen
from cfimages.jobs.kind import Kind
from cfimages.jobs.kinds.delete import Delete
from cfimages.jobs.kinds.edit import Edit, UndoEdit, changes
from cfimages.jobs.selection import Ids, Time, selection

KINDS: dict[str, type[Kind]] = {kind.name: kind for kind in (Delete, Edit, UndoEdit)}
"""Every kind of job, by the name that journals have."""


def resume(images: CloudflareImages, path: JournalPath, *, batch: bool = True) -> Job:
    """Open a job by its journal alone, and finish its plan if it was not finished.

    Args:
        images: A client of the account that it was planned for.
        path: The journal.
        batch: Use the batch host for what it offers.

    Raises:
        JournalError: There is no such journal, or it is of another account.
        JobLockedError: Another process is working on the job.
        JobError: Planning needs what only its caller has, such as ids: make the job again with them.
    """
    return reopen(images, path, KINDS, batch=batch)


def delete(
    images: CloudflareImages,
    path: JournalPath,
    *,
    ids: Ids | None = None,
    everything: bool = False,
    meta: MetadataFilter | None = None,
    creator: str | Iterable[str] | None = None,
    uploaded_since: Time | None = None,
    uploaded_before: Time | None = None,
    recheck: bool = True,
    batch: bool = True,
) -> Job:
    """Plan to delete images: those of ids, or those that filters choose. Nothing is deleted before `run`.

    Called again with the same journal, it opens the job, or goes on planning it. The plan stays as it was, also
    where `uploaded_before` has moved on.

    Args:
        images: A client of the account.
        path: The journal, a file that is made if it is not there.
        ids: The ids, or images that were read from the account. Of each id the record is read.
        everything: Delete every image of the account. Needed if there are neither ids nor filters.
        meta: Conditions on metadata, as those of `CloudflareImages.list`.
        creator: Only images of this creator, or of these; `""` means images without one.
        uploaded_since: Only images that were uploaded then or later.
        uploaded_before: Only images that were uploaded earlier.
        recheck: Before each delete, read the image and compare upload time and metadata with the plan.
        batch: Use the batch host for what it offers.

    Raises:
        InvalidArgumentError: The arguments do not choose images. Raised before any request is sent.
        JournalError: The journal is of another job, or cannot be written.
        JobLockedError: Another process is working on the job.
        APIError: The account cannot be read. Call it again to go on planning.
    """
    chosen = selection(
        ids=ids,
        everything=everything,
        meta=meta,
        creator=creator,
        uploaded_since=uploaded_since,
        uploaded_before=uploaded_before,
    )
    return plan(images, path, Delete({**chosen, "recheck": recheck}, ids), batch=batch)


def edit(
    images: CloudflareImages,
    path: JournalPath,
    *,
    set: Mapping[str, Any] | None = None,
    unset: Iterable[str] = (),
    set_creator: str | None = None,
    require_signed_urls: bool | None = None,
    ids: Ids | None = None,
    everything: bool = False,
    meta: MetadataFilter | None = None,
    creator: str | Iterable[str] | None = None,
    uploaded_since: Time | None = None,
    uploaded_before: Time | None = None,
    batch: bool = True,
) -> Job:
    """Plan to edit images: those of ids, or those that filters choose. Nothing is changed before `run`.

    The service replaces all metadata of an image at once. So each is read just before, and skipped if it is not as
    it was planned; what another program changes between the reading and the writing is lost.

    Args:
        images: A client of the account.
        path: The journal, a file that is made if it is not there.
        set: Keys of the metadata, with the values that they get.
        unset: Keys of the metadata to remove.
        set_creator: The creator that the images get; `""` removes it.
        require_signed_urls: Whether they are private. A change gives an image a new id, which the journal keeps.
        ids: The ids, or images that were read from the account. Of each id the record is read.
        everything: Edit every image of the account. Needed if there are neither ids nor filters.
        meta: Conditions on metadata, as those of `CloudflareImages.list`.
        creator: Only images of this creator, or of these; `""` means images without one.
        uploaded_since: Only images that were uploaded then or later.
        uploaded_before: Only images that were uploaded earlier.
        batch: Use the batch host for what it offers.

    Raises:
        InvalidArgumentError: The arguments choose no images or change nothing. Raised before any request is sent.
        JournalError: The journal is of another job, or cannot be written.
        JobLockedError: Another process is working on the job.
        APIError: The account cannot be read. Call it again to go on planning.
    """
    chosen = selection(
        ids=ids,
        everything=everything,
        meta=meta,
        creator=creator,
        uploaded_since=uploaded_since,
        uploaded_before=uploaded_before,
    )
    changed = changes(set, unset, set_creator, require_signed_urls)
    return plan(images, path, Edit({**chosen, **changed}, ids), batch=batch)
