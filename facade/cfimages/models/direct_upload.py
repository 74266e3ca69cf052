"""Direct uploads: drafts, and the URLs to which their files are sent."""

import attrs

from cfimages.models.shape import API_NAME, ResponseModel


@attrs.frozen
class DirectUpload(ResponseModel):
    """A draft, and the URL to which anybody can upload its file, once. Source: schema `DirectUpload`.

    It can be pickled, since it is meant to be passed on. Whoever has it can upload.
    """

    id: str
    """Id that the image will have."""
    upload_url: str = attrs.field(repr=False, metadata={API_NAME: "uploadURL"})
    """The URL to upload to. No `repr` shows it."""
