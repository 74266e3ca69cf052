"""The functions that make jobs."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cfimages import CloudflareImages, InvalidArgumentError, MetadataFilter, Time
from cfimages.arguments import check_text
from cfimages.jobs.errors import JournalError, why_no_folder
from cfimages.jobs.job import Job, planned
from cfimages.jobs.journal import Journal, JournalPath, absolute
from cfimages.jobs.kind import Kind
from cfimages.jobs.kinds.compare import Compare
from cfimages.jobs.kinds.copy import Copy
from cfimages.jobs.kinds.delete import Delete, UndoDelete
from cfimages.jobs.kinds.edit import Edit, UndoEdit, changes
from cfimages.jobs.kinds.export import Export
from cfimages.jobs.kinds.inventory import Inventory
from cfimages.jobs.kinds.orphans import Orphans, Quarantine, Reap
from cfimages.jobs.kinds.prune import Prune
from cfimages.jobs.kinds.restore import Restore
from cfimages.jobs.kinds.sync import Sync
from cfimages.jobs.kinds.upload import Upload
from cfimages.jobs.originals import place
from cfimages.jobs.patterns import check_patterns
from cfimages.jobs.selection import OTHER_NAMES, Ids, choose
from cfimages.jobs.sources import Creator, Metadata, Rules, Sources, as_json, check_template
from cfimages.jobs.tables import check_format
from cfimages.keywords import suggest

KINDS: dict[str, type[Kind]] = {
    kind.name: kind
    for kind in (
        Delete,
        UndoDelete,
        Edit,
        UndoEdit,
        Upload,
        Export,
        Inventory,
        Restore,
        Copy,
        Compare,
        Orphans,
        Quarantine,
        Reap,
        Sync,
        Prune,
    )
}
"""Every kind of job, by the name that journals have."""

_UPLOAD_NAMES = {
    "client": "images",
    "folder": "source",
    "journal": "path",
    "meta": "metadata",
    "private": "require_signed_urls",
    "template": "id",
}
"""Names that the arguments of uploads have elsewhere."""


def resume(images: CloudflareImages, path: JournalPath, *, batch: bool = True) -> Job:
    """Open a job from its journal, and complete its plan if necessary.

    Args:
        images: A client of the account that it was planned for.
        path: The journal.
        batch: Use the batch host where possible.

    Raises:
        JournalError: There is no such journal, or it is of another account.
        JobLockedError: Another process is working on the job.
        JobError: The plan is not complete, and the journal does not have its ids: call the original function again.
    """
    with Journal.open(Path(path)) as journal:
        job = journal.job
    if job.kind not in KINDS:
        raise JournalError(f"{path}: is of a kind of job that this version does not know: {job.kind}")
    return planned(images, path, KINDS[job.kind](job.arguments), batch=batch)


@suggest(**OTHER_NAMES)
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
    backup: str | os.PathLike[str] | None = None,
    batch: bool = True,
) -> Job:
    """Plan to delete images, chosen by ids or filters. Nothing is deleted before `run`.

    Called again with the same journal, it opens the job, or continues planning it. The plan stays as it was. Other
    arguments are refused, except a `datetime` that has moved with the current time.

    Args:
        images: A client of the account.
        path: The journal, a file. It is created if it does not exist.
        ids: The ids, or images that were read from the account. The record of each id is read.
        everything: Delete every image of the account. Required without ids and filters.
        meta: Conditions on metadata, as those of `CloudflareImages.list`.
        creator: Only images of this creator, or of these creators; `""` stands for images without one.
        uploaded_since: Only images uploaded at this time or later.
        uploaded_before: Only images uploaded before this time.
        recheck: Before each delete, read the image and compare upload time, metadata and creator with the plan.
        backup: A folder for the original and the record of each image. Both are on disk before the image is deleted,
            and `Job.undo` can upload them again.
        batch: Use the batch host where possible.

    Raises:
        InvalidArgumentError: The arguments choose no images, or differ from the journal's plan. Raised before any
            request is sent.
        JournalError: The journal belongs to another kind of job or another account, or cannot be written.
        JobLockedError: Another process is working on the job.
        APIError: The account cannot be read. Call it again to continue planning.
    """
    choice = choose(
        ids, everything, meta, creator, uploaded_since, uploaded_before, recheck=recheck, backup=place("backup", backup)
    )
    return planned(images, path, Delete(choice.arguments, choice.ids), batch=batch, moving=choice.moving)


@suggest(**OTHER_NAMES, private="require_signed_urls")
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
    """Plan to edit images, chosen by ids or filters. Nothing is changed before `run`.

    The service can only replace the metadata of an image as a whole. So each image is read just before its edit, and
    skipped if it has changed since the plan. A change that another program makes between the read and the write is
    lost.

    Args:
        images: A client of the account.
        path: The journal, a file. It is created if it does not exist.
        set: Metadata keys to set, with their values.
        unset: Metadata keys to remove.
        set_creator: The new creator; `""` removes it.
        require_signed_urls: Make the images private, or public. A change gives an image a new id, which the journal
            has.
        ids: The ids, or images that were read from the account. The record of each id is read.
        everything: Edit every image of the account. Required without ids and filters.
        meta: Conditions on metadata, as those of `CloudflareImages.list`.
        creator: Only images of this creator, or of these creators; `""` stands for images without one.
        uploaded_since: Only images uploaded at this time or later.
        uploaded_before: Only images uploaded before this time.
        batch: Use the batch host where possible.

    Raises:
        InvalidArgumentError: The arguments choose no images, change nothing, or differ from the journal's plan. Raised
            before any request is sent.
        JournalError: The journal belongs to another kind of job or another account, or cannot be written.
        JobLockedError: Another process is working on the job.
        APIError: The account cannot be read. Call it again to continue planning.
    """
    changed = changes(set, unset, set_creator, require_signed_urls)
    choice = choose(ids, everything, meta, creator, uploaded_since, uploaded_before, **changed)
    return planned(images, path, Edit(choice.arguments, choice.ids), batch=batch, moving=choice.moving)


@suggest(**_UPLOAD_NAMES)
def upload(
    images: CloudflareImages,
    path: JournalPath,
    source: str | os.PathLike[str] | Sources,
    *,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    id: str | None = None,
    metadata: Metadata | None = None,
    creator: Creator | None = None,
    require_signed_urls: bool = False,
    sha256_key: str | None = None,
    reserve: bool = True,
    batch: bool = True,
) -> Job:
    """Plan to upload files. All files are read and checked. Nothing is sent before `run`.

    The plan has the files that exist when it is made. Later files need another journal.

    Files that the service would not accept are refused before anything is sent. The summary counts them:

    - files that are empty, larger than 10 MB or unreadable, or whose name is not text
    - files whose first bytes are not those of a PNG, JPEG, GIF, WebP, SVG, HEIC or AVIF
    - ids that the service does not accept, or that two files have
    - metadata of more than 1,024 bytes

    Args:
        images: A client of the account.
        path: The journal, a file. It is created if it does not exist.
        source: A folder, whose files are uploaded except those whose names begin with a dot; or an iterable of paths
            and `Source` objects.
        include: Upload only files of the folder that match one of these patterns, such as `**/*.png`. Without patterns,
            all files.
        exclude: Leave out files of the folder that match one of these patterns, such as `**/Thumbs.db`.
        id: A template for ids, with `{path}`, `{name}`, `{stem}`, `{suffix}`, `{sha256}` or `{sha256:16}`. A path is
            relative to the folder, or as you passed it. Without a template, the service generates the ids.
        metadata: Metadata for each image, or a function of the file's absolute path.
        creator: The creator of each image, or a function of the file's absolute path.
        require_signed_urls: Whether the images are private. Not together with `id`.
        sha256_key: Metadata key for the SHA-256 of the file. After a lost response, it tells whether the file was
            uploaded.
        reserve: If the service generates the id, reserve it first, with another request. Then a lost response leaves no
            doubt.
        batch: Use the batch host where possible.

    Raises:
        InvalidArgumentError: An argument is invalid, or differs from the journal's plan. Raised before any request is
            sent.
        JournalError: The journal belongs to another kind of job or another account, or cannot be written.
        JobLockedError: Another process is working on the job.
        OSError: The folder cannot be read.
    """
    check_template(id)
    if id is not None and require_signed_urls:
        raise InvalidArgumentError("id and require_signed_urls=True: an image with an id of your own cannot be private")
    if sha256_key is not None:
        check_text("sha256_key", sha256_key)
    folder, sources = _source(source)
    patterns = check_patterns(include, exclude)
    if folder is None and any(patterns.values()):
        raise InvalidArgumentError("include and exclude: need a folder as source")
    arguments = {
        "folder": folder,
        **patterns,
        "id": id,
        **as_json(metadata, creator),
        "require_signed_urls": require_signed_urls,
        "sha256_key": sha256_key,
        "reserve": reserve,
    }
    rules = Rules(id, metadata, creator, require_signed_urls, sha256_key)
    return planned(images, path, Upload(arguments, rules, sources), batch=batch)


@suggest(**OTHER_NAMES, directory="folder")
def export(
    images: CloudflareImages,
    path: JournalPath,
    folder: str | os.PathLike[str],
    *,
    ids: Ids | None = None,
    everything: bool = False,
    meta: MetadataFilter | None = None,
    creator: str | Iterable[str] | None = None,
    uploaded_since: Time | None = None,
    uploaded_before: Time | None = None,
) -> Job:
    """Plan to write originals and records to a folder, chosen by ids or filters.

    Each image becomes a file and a JSON record with its SHA-256. File names consist of the plain characters of the id,
    and a hash of it. A later job with the same folder fetches images that are missing there, or were uploaded again.
    For a large image, the service may send a near-lossless version instead of the original.

    Args:
        images: A client of the account.
        path: The journal, a file. It is created if it does not exist.
        folder: Where the files go. It is created if it does not exist.
        ids: The ids, or images that were read from the account. The record of each id is read.
        everything: Export every image of the account. Required without ids and filters.
        meta: Conditions on metadata, as those of `CloudflareImages.list`.
        creator: Only images of this creator, or of these creators; `""` stands for images without one.
        uploaded_since: Only images uploaded at this time or later.
        uploaded_before: Only images uploaded before this time.

    Raises:
        InvalidArgumentError: The arguments choose no images, or differ from the journal's plan. Raised before any
            request is sent.
        JournalError: The journal belongs to another kind of job or another account, or cannot be written.
        JobLockedError: Another process is working on the job.
        APIError: The account cannot be read. Call it again to continue planning.
    """
    choice = choose(ids, everything, meta, creator, uploaded_since, uploaded_before, folder=place("folder", folder))
    return planned(images, path, Export(choice.arguments, choice.ids), batch=False, moving=choice.moving)


@suggest(**OTHER_NAMES)
def inventory(
    images: CloudflareImages,
    path: JournalPath,
    file: str | os.PathLike[str],
    *,
    meta: MetadataFilter | None = None,
    creator: str | Iterable[str] | None = None,
    uploaded_since: Time | None = None,
    uploaded_before: Time | None = None,
) -> Job:
    """Plan to write the records of all images, or of those that filters choose, to one file.

    The plan reads the listing into the journal, and can be resumed after an interruption. `run` writes the file,
    completely or not at all. Records have no delivery URLs.

    Args:
        images: A client of the account.
        path: The journal, a file. It is created if it does not exist.
        file: The file. Its suffix sets the format: `.jsonl`, `.csv`, `.sqlite`, or `.parquet`, which needs the extra
            `parquet`.
        meta: Conditions on metadata, as those of `CloudflareImages.list`.
        creator: Only images of this creator, or of these creators; `""` stands for images without one.
        uploaded_since: Only images uploaded at this time or later.
        uploaded_before: Only images uploaded before this time.

    Raises:
        InvalidArgumentError: The format is unknown, a filter is wrong, or an argument differs from the journal's plan.
            Raised before any request is sent.
        JournalError: The journal belongs to another kind of job or another account, or cannot be written.
        JobLockedError: Another process is working on the job.
        APIError: The account cannot be read. Call it again to continue planning.
    """
    check_format(Path(file))
    filters = (meta, creator, uploaded_since, uploaded_before)
    choice = choose(None, filters.count(None) == len(filters), *filters, file=absolute(file))
    return planned(images, path, Inventory(choice.arguments), batch=False, moving=choice.moving)


def _source(source: Any) -> tuple[str | None, Sources | None]:
    if not isinstance(source, str | os.PathLike):
        if not isinstance(source, Iterable):
            raise InvalidArgumentError(f"source={source!r}: must be a folder, or an iterable of paths")
        return None, source
    if not Path(source).is_dir():
        hint = f"; give a single file as [{str(source)!r}]" if Path(source).exists() else ""
        raise InvalidArgumentError(f"source={str(source)!r}: {why_no_folder(source)}{hint}")
    return absolute(source), None
