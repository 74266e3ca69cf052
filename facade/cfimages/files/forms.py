"""The form of an upload."""

from collections.abc import Iterator
from contextlib import contextmanager

from cfimages.files.fields import UploadFields
from cfimages.files.sources import ImageFile, check_one_source, check_url, open_source
from cfimages_api import models
from cfimages_api.types import File


@contextmanager
def upload_form(
    file: ImageFile | None, url: str | None, filename: str | None, fields: UploadFields
) -> Iterator[tuple[models.ImageUpload, str | None]]:
    """Provide the form of an upload with its file open, and what an error says that it is about.

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
