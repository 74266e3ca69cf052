"""The bodies of an upload, a direct upload and an edit."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from cfimages.addresses import check_url
from cfimages.arguments import check_bool, check_text, repr_short
from cfimages.errors import InvalidArgumentError
from cfimages.files.fields import check_metadata, check_own_id, to_json
from cfimages.files.sources import open_source
from cfimages_api import models
from cfimages_api.types import File

FormT = TypeVar("FormT", "models.ImageUpload", "models.DirectUploadRequest")


def fill_form(
    form: FormT,
    *,
    id: str | None,
    metadata: Mapping[str, Any] | None,
    creator: str | None,
    require_signed_urls: bool,
) -> FormT:
    """Set the fields of a form that are given, and return it. Raises InvalidArgumentError for an invalid one."""
    check_bool("require_signed_urls", require_signed_urls)
    if id is not None:
        form.id = check_own_id(id)
        if require_signed_urls:
            raise InvalidArgumentError("require_signed_urls=True: an image with an id of your own cannot be private")
    if metadata is not None:
        form.metadata = to_json(metadata)
    if creator is not None:
        form.creator = check_text("creator", creator)
    if require_signed_urls:
        form.require_signed_urls = "true"
    return form


@contextmanager
def open_upload(
    form: "models.ImageUpload", file: object, url: str | None, filename: str | None
) -> Iterator[str | None]:
    """Put the source of an upload into its form. Yield the name that errors give the image.

    Raises InvalidArgumentError unless there is exactly one source.
    """
    if (file is None) == (url is None):
        raise InvalidArgumentError("file and url: pass exactly one of them")
    if file is None and filename is not None:
        raise InvalidArgumentError(
            f"filename={repr_short(filename)}: goes with file; with url the service chooses the name"
        )
    if isinstance(file, str) and re.match("(?i:https?)://", file):
        raise InvalidArgumentError("file: is an address, not a path: pass it as url, for the service to fetch")
    own_id = form.id or None
    if file is None:
        form.url = check_url("url", url or "")
        yield own_id
    else:
        with open_source(file, filename) as (stream, name):
            form.file = File(payload=stream, file_name=name)
            yield name if own_id is None else f"{name} as {own_id!r}"


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
