"""Direct uploads: drafts, and the URLs to which their files are sent."""

from collections.abc import Mapping
from typing import Any, Self

import attrs

from cfimages.frozen import freeze
from cfimages.models.shape import require
from cfimages_api.models.direct_upload import DirectUpload as GeneratedDirectUpload


@attrs.frozen
class DirectUpload:
    """A draft, and the URL to which anybody can upload its file, once. Source: schema `DirectUpload`.

    It can be pickled, since it exists to be handed on. Whoever has it can upload.
    """

    id: str
    """Id that the image will have."""
    upload_url: str = attrs.field(repr=False)
    """Where the file goes. No `repr` shows it."""
    extra: Mapping[str, Any] = attrs.field(factory=dict, converter=freeze, repr=False, hash=False)
    """What the response held beyond these fields, under the API's names. Cannot be changed."""

    @classmethod
    def from_generated(cls, upload: GeneratedDirectUpload) -> Self:
        """Return a generated model as a direct upload. Raises ShapeError if its id or URL is not text."""
        return cls(
            id=require(str, "id of a direct upload", upload.id),
            upload_url=require(str, "uploadURL of a direct upload", upload.upload_url),
            extra=upload.additional_properties,
        )
