"""One import: what becomes of each object of a bucket."""

import logging
from pathlib import PurePosixPath

from cfimages.sandbox import fields
from cfimages.sandbox.database import DuplicateError
from cfimages.sandbox.fetch import MAX_FILE_BYTES
from cfimages.sandbox.imports.buckets import BucketError, Object, objects, open_bucket
from cfimages.sandbox.imports.state import Import
from cfimages.sandbox.setup import Setup
from cfimages.sandbox.store import StoredImage
from cfimages.sandbox.uploads import image_bytes
from cfimages.sandbox.wire import RefusedError

_log = logging.getLogger("cfimages.sandbox")

COUNTS = (
    "scannedCount",
    "importSuccessCount",
    "importErrorsCount",
    "skippedConflictCount",
    "skippedExcludedContentTypeCount",
    "skippedInvalidMediaCount",
    "skippedInvalidNameCount",
    "skippedOversizeCount",
    "skippedStorageClassCount",
    "skippedUnsupportedContentTypeCount",
)

_LOGGED = {
    "importErrorsCount": "importErrorRetryExhaustion",
    "skippedExcludedContentTypeCount": "importSkippedExcludedContentType",
    "skippedInvalidMediaCount": "importSkippedInvalidMedia",
    "skippedOversizeCount": "importSkippedOversized",
    "skippedUnsupportedContentTypeCount": "importSkippedUnsupportedContentType",
}
"""What is logged of an object by the count that it adds to. For the other counts no type is documented."""


class _SkippedError(Exception):
    """An object is not imported."""

    def __init__(self, count: str, reason: str) -> None:
        super().__init__(reason)
        self.count = count


def run(setup: Setup, account: str, job: Import) -> None:
    """Import the objects of a bucket until there are no more, or the import is aborted."""
    status, kind, message = "success", "migrationComplete", "The import is complete"
    try:
        _import_all(setup, account, job)
    except BucketError as error:
        status, kind, message = "error", "migrationError", str(error)
    except Exception as error:  # noqa: BLE001 - whatever fails here, the import has ended
        _log.error("an import failed", exc_info=error)
        status, kind, message = "error", "migrationError", f"The import failed: {error}"
    with setup.imports.lock:
        job.end(status, kind, message, setup.clock.milliseconds())  # unless it was aborted


def _import_all(setup: Setup, account: str, job: Import) -> None:
    folder = open_bucket(setup.buckets, job.bucket)
    for each in objects(folder, job.root_directory or ""):
        if not _import_one(setup, account, job, each):
            return


def _import_one(setup: Setup, account: str, job: Import, each: Object) -> bool:
    """Import an object, or count and log why not. Return False, and do nothing, if the import has been aborted."""
    skipped = None
    image_id, content = (job.path_prefix or "") + each.key, b""
    try:
        content = _content(job, each, image_id)
    except _SkippedError as error:
        skipped = error
    with setup.imports.lock:  # nothing is imported behind an abort
        if job.status != "processing":
            return False
        now = setup.clock.milliseconds()
        if skipped is None:
            image = StoredImage(0, image_id, now, PurePosixPath(each.key).name, {}, None, private=False)
            try:
                setup.store.insert(account, image, content, replace=job.conflict_behaviour == "overwrite")
            except DuplicateError:
                skipped = _SkippedError("skippedConflictCount", "the image exists")
        count = skipped.count if skipped else "importSuccessCount"
        job.counts.update(["scannedCount", count])
        if count in _LOGGED:
            job.note(_LOGGED[count], f"{each.key}: {skipped}", now)
    return True


def _content(job: Import, each: Object, image_id: str) -> bytes:
    """Return the bytes of an object. Raises _SkippedError."""
    kind = each.content_type
    if kind is None:
        raise _SkippedError("skippedUnsupportedContentTypeCount", "its name is not that of an image")
    if kind in job.excluded_content_types:
        raise _SkippedError("skippedExcludedContentTypeCount", f"{kind} is excluded")
    try:
        fields.own_id(image_id, private=False)
        image_id.encode()
    except (RefusedError, UnicodeEncodeError) as error:
        raise _SkippedError("skippedInvalidNameCount", "its name cannot be an id") from error
    try:
        size = each.file.stat().st_size
        if size > MAX_FILE_BYTES:
            raise _SkippedError("skippedOversizeCount", f"it has {size} bytes; at most {MAX_FILE_BYTES} are allowed")
        return image_bytes(each.file.read_bytes())
    except OSError as error:
        raise _SkippedError("importErrorsCount", f"it cannot be read: {error.strerror}") from error
    except RefusedError as error:
        raise _SkippedError("skippedInvalidMediaCount", str(error)) from error
