"""The bodies of an upload and of an edit."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cfimages.arguments import check_bool, check_text
from cfimages.errors import InvalidArgumentError
from cfimages.files.fields import UploadFields, check_metadata
from cfimages.files.sources import check_one_source, check_url, open_source
from cfimages_api import models
from cfimages_api.types import File


@contextmanager
def upload_form(
    file: object, url: str | None, filename: str | None, fields: UploadFields
) -> Iterator[tuple[models.ImageUpload, str | None]]:
    """Open the source of an upload. Yield the form, and the name that errors give the image.

    Raises InvalidArgumentError unless there is exactly one source.
    """
    check_one_source(file, url, filename)
    own_id = fields.get("id")
    if file is None:
        yield models.ImageUpload(url=check_url("url", url or ""), **fields), own_id
    else:
        with open_source(file, filename) as (stream, name):
            about = name if own_id is None else f"{name} as {own_id!r}"
            yield models.ImageUpload(file=File(payload=stream, file_name=name), **fields), about


def edit_form(
    metadata: Mapping[str, Any] | None, creator: str | None, require_signed_urls: bool | None
) -> models.ImageEdit:
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
