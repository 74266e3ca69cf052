"""The bodies of an upload and of an edit."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cfimages.addresses import check_url
from cfimages.arguments import check_bool, check_text, repr_short
from cfimages.errors import InvalidArgumentError
from cfimages.files.fields import UploadFields, check_metadata
from cfimages.files.sources import open_source
from cfimages_api import models
from cfimages_api.types import File


def _check_one_source(file: object, url: object, filename: object) -> None:
    """Check that an upload has exactly one of `file` and `url`, and a filename only with a file."""
    if (file is None) == (url is None):
        raise InvalidArgumentError("file and url: pass exactly one of them")
    if file is None and filename is not None:
        raise InvalidArgumentError(
            f"filename={repr_short(filename)}: goes with file; with url the service chooses the name"
        )
    if isinstance(file, str) and re.match("(?i:https?)://", file):
        raise InvalidArgumentError("file: is an address, not a path: pass it as url, for the service to fetch")


@contextmanager
def upload_form(
    file: object, url: str | None, filename: str | None, fields: UploadFields
) -> Iterator["tuple[models.ImageUpload, str | None]"]:
    """Open the source of an upload. Yield the form, and the name that errors give the image.

    Raises InvalidArgumentError unless there is exactly one source.
    """
    _check_one_source(file, url, filename)
    own_id = fields.get("id")
    if file is None:
        yield models.ImageUpload(url=check_url("url", url or ""), **fields), own_id
    else:
        with open_source(file, filename) as (stream, name):
            about = name if own_id is None else f"{name} as {own_id!r}"
            yield models.ImageUpload(file=File(payload=stream, file_name=name), **fields), about


def edit_form(
    metadata: Mapping[str, Any] | None, creator: str | None, require_signed_urls: bool | None
) -> "models.ImageEdit":
    """Return the body of an edit. Arguments that are None change nothing.

    Raises InvalidArgumentError if all of them are None, or if one is invalid.
    """
    if metadata is None and creator is None and require_signed_urls is None:
        raise InvalidArgumentError("nothing to change: pass metadata, creator or require_signed_urls")
    edit = models.ImageEdit()
    if metadata is not None:
        edit.metadata = models.ImageEditMetadata.from_dict(check_metadata(metadata))
    if creator is not None:
        edit.creator = check_text("creator", creator)
    if require_signed_urls is not None:
        edit.require_signed_urls = check_bool("require_signed_urls", require_signed_urls)
    return edit
