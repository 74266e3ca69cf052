# Generated from facade/cfimages/_async/operations.py by `make generate`. Do not edit.
"""The operations on images that both the API and the batch host have."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

import cfimages
from cfimages import endpoints
from cfimages._sync.calls import Calls, ignore
from cfimages._sync.pager import Pager
from cfimages.arguments import check_bool, check_image_id
from cfimages.errors import ConflictError, InvalidArgumentError, NotFoundError, is_missing_image
from cfimages.files.fields import check_expiry
from cfimages.files.forms import edit_form, fill_form, open_upload
from cfimages.files.sources import ImageFile
from cfimages.http.context import RequestContext
from cfimages.keywords import suggest
from cfimages.listing.listing import Creators, Listing, SortOrder
from cfimages.models.image import Image
from cfimages.parallel import threads
from cfimages.secret import as_secret
from cfimages.times import Expiry, Time
from cfimages_api import models

_LIST_NAMES = {
    "after": "uploaded_since",
    "before": "uploaded_before",
    "filter": "meta",
    "filters": "meta",
    "limit": "for the first ten write list(...).take(10)",
    "metadata": "meta",
    "order": "sort_order",
    "page_size": "per_page",
    "since": "uploaded_since",
    "sort": "sort_order",
    "uploaded_after": "uploaded_since",
}
_FIELD_NAMES = {
    "content": "file",
    "custom_id": "id",
    "data": "file",
    "expires": "expiry",
    "image_id": "id",
    "meta": "metadata",
    "name": "filename",
    "path": "file",
    "private": "require_signed_urls",
    "requireSignedURLs": "require_signed_urls",
    "tags": "metadata",
}
"""Names that other packages and the API have for arguments."""


class Operations:
    """List, get, upload, edit and delete images."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def __reduce__(self) -> NoReturn:
        self._calls.__reduce__()

    @property
    def account_id(self) -> str:
        """Id of the account."""
        return self._calls.account_id

    @suggest(**_LIST_NAMES)
    def list(
        self,
        *,
        meta: "cfimages.MetadataFilter | None" = None,
        creator: Creators | None = None,
        sort_order: SortOrder = "desc",
        per_page: int = 1000,
        uploaded_since: Time | None = None,
        uploaded_before: Time | None = None,
    ) -> Pager[Image]:
        """List all images of the account, or those that meet every condition, in upload order.

        It returns immediately. Requests are sent while the result is iterated, one for each page. Several creators, or
        more than ten values, need several listings, which are merged by upload time.

        Args:
            meta: Conditions on the metadata, such as `{"status": "active", "priority": {"gte": 2, "lte": 8}}`.
                `metadata_keys` returns the names of the fields.
            creator: The creator of the images, or several; `""` stands for images without one.
            sort_order: `"desc"`, newest first, or `"asc"`.
            per_page: Images per page, from 1 to 10,000. The service sends at most 1,000. If several listings are
                merged, a page may have more or fewer.
            uploaded_since: Only images uploaded at this time or later. Dates, and strings without a zone, are UTC; a
                naive `datetime` is refused. The service cannot filter by time: pages before the first match are fetched
                and dropped, and the listing ends where nothing more can match.
            uploaded_before: Only images uploaded before this time.

        Raises:
            FilterError: The metadata filter is invalid. Raised before any request is sent.
            InvalidArgumentError: Another argument is invalid. Raised before any request is sent.

        Source: operation list_images_v2.
        """
        listing = Listing(
            meta=meta,
            creator=creator,
            sort_order=sort_order,
            per_page=per_page,
            uploaded_since=uploaded_since,
            uploaded_before=uploaded_before,
        )
        return Pager(self._calls, listing)

    def get(self, image_id: str) -> Image:
        """Return an image, without its bytes.

        Args:
            image_id: The id, as `Image.id` has it. Slashes and any other character are allowed.

        Raises:
            NotFoundError: There is no such image.
            InvalidArgumentError: The id is empty, reserved or not a string. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses.

        Source: operation get_image.
        """
        return self._calls(endpoints.get_image, Image.from_generated, check_image_id(image_id))

    @suggest(**_FIELD_NAMES)
    def upload(
        self,
        file: ImageFile | None = None,
        *,
        url: str | None = None,
        id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        creator: str | None = None,
        require_signed_urls: bool = False,
        filename: str | None = None,
        exist_ok: bool = False,
    ) -> Image:
        """Upload an image, or have the service fetch it from a URL.

        The request is repeated only after 429, or if it was not sent.

        Args:
            file: A path, bytes, a file opened in binary mode, an `httpx.Response`, the `stream` of another image, or an
                iterator of bytes. An open file is sent from its beginning.
            url: Where the service fetches the image, instead of `file`. It may have a user and a password.
            id: A custom id of up to 1,024 characters, with slashes inside. Without it, the service generates one.
            metadata: Data to store with the image, at most 1,024 bytes as JSON. `Image.meta` returns it.
            creator: Your own id of the user that the image belongs to.
            require_signed_urls: Make the image private: delivery URLs must be signed. Not together with `id`.
            filename: The name to store. Without it, the name of the file. Not together with `url`.
            exist_ok: Return the existing image with this `id` instead of raising. Its bytes are not compared.

        Raises:
            InvalidArgumentError: An argument is invalid. Raised before any request is sent.
            ConflictError: The id exists, and `exist_ok` is False or the image is a draft.
            UnsupportedMediaTypeError: The service does not accept this kind of file.
            RequestTooLargeError: The file is too large.
            OSError: The file cannot be read, or changes while it is sent.
            APIError: The service cannot be reached, or refuses.

        Source: operation upload_image.
        """
        url = as_secret(url)
        if check_bool("exist_ok", exist_ok) and id is None:
            raise InvalidArgumentError("exist_ok=True: needs an id: pass the id that may exist")
        body = fill_form(
            models.ImageUpload(), id=id, metadata=metadata, creator=creator, require_signed_urls=require_signed_urls
        )
        source, filename = threads.read_source(file, filename)
        try:
            with open_upload(body, source, url, filename) as about:
                context = RequestContext(about=about, secrets=(url,) if url else ())
                return self._calls(endpoints.upload_image, Image.from_generated, context=context, body=body)
        except ConflictError:
            if not exist_ok or id is None:
                raise
            image = self.get(id)
            if image.draft:
                raise
            return image

    @suggest(**_FIELD_NAMES)
    def edit(
        self,
        image_id: str,
        *,
        metadata: Mapping[str, Any] | None = None,
        creator: str | None = None,
        require_signed_urls: bool | None = None,
    ) -> Image:
        """Change an image, and return the changed image. Its id may have changed.

        The request is repeated only after 429, or if it was not sent.

        Args:
            image_id: The id, as `Image.id` has it.
            metadata: The new metadata, which replaces all of the old. None keeps it.
            creator: The new creator. None keeps it.
            require_signed_urls: Whether delivery URLs must be signed. A change gives the image a new id; the old id no
                longer exists. None keeps it.

        Raises:
            NotFoundError: There is no such image.
            InvalidArgumentError: An argument is invalid, or there is nothing to change. Raised before any request.
            APIError: The service cannot be reached, or refuses.

        Source: operation edit_image.
        """
        segment, body = check_image_id(image_id), edit_form(metadata, creator, require_signed_urls)
        return self._calls(endpoints.edit_image, Image.from_generated, segment, body=body)

    def delete(self, image_id: str, *, missing_ok: bool = False) -> None:
        """Delete an image for good.

        The request is repeated after a lost response, because deleting twice has the same effect.

        Args:
            image_id: The id, as `Image.id` has it. Slashes and any other character are allowed.
            missing_ok: Do nothing if there is no such image.

        Raises:
            NotFoundError: There is no such image, and `missing_ok` is False. Also if the response was lost, and the
                image was gone when the request was repeated.
            InvalidArgumentError: The id is empty, reserved or not a string. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses.

        Source: operation delete_image.
        """
        check_bool("missing_ok", missing_ok)
        segment = check_image_id(image_id)
        try:
            self._calls(endpoints.delete_image, ignore, segment)
        except NotFoundError as error:
            if not (missing_ok and is_missing_image(error)):
                raise

    @suggest(**_FIELD_NAMES)
    def direct_upload(
        self,
        *,
        id: str | None = None,
        expiry: Expiry | None = None,
        metadata: Mapping[str, Any] | None = None,
        creator: str | None = None,
        require_signed_urls: bool = False,
    ) -> "cfimages.DirectUpload":
        """Reserve an image, and return the URL where somebody else can upload its file, once, without credentials.

        Until the file has been uploaded, `get` returns the image with `draft=True`, and `list` leaves it out.

        Args:
            id: A custom id. Without it, the service generates one.
            expiry: When the URL expires: an aware `datetime`, a `timedelta` from now, or a string. Between 2 minutes
                and 6 hours from now; 30 minutes if None.
            metadata: Data to store with the image, at most 1,024 bytes as JSON.
            creator: Your own id of the user that the image belongs to.
            require_signed_urls: Make the image private. Not together with `id`.

        Raises:
            InvalidArgumentError: An argument is invalid. Raised before any request is sent.
            ConflictError: The id exists.
            APIError: The service cannot be reached, or refuses.

        Source: operation create_direct_upload.
        """
        body = fill_form(
            models.DirectUploadRequest(require_signed_urls="false"),  # the service refuses an empty form
            id=id,
            metadata=metadata,
            creator=creator,
            require_signed_urls=require_signed_urls,
        )
        if expiry is not None:
            body.expiry = check_expiry(expiry, datetime.now(UTC))
        return self._calls(
            endpoints.create_direct_upload,
            cfimages.DirectUpload.from_generated,
            context=RequestContext(about=body.id or None),
            body=body,
        )
