"""The arguments of `list_v1`, whose pages have numbers: operation list_images_v1."""

import re
from typing import Any, ClassVar

import attrs
from attrs.converters import optional

from cfimages.arguments import check_positive, check_text, repr_short
from cfimages.errors import InvalidArgumentError
from cfimages.listing.page import Page
from cfimages.listing.part import SinglePartListing
from cfimages.models.image import Image
from cfimages_api import models

MAX_PER_PAGE = 10_000
"""Largest `per_page` that list_images_v1 is documented to accept. It may give fewer images."""


def _creator(creator: str) -> str:
    return check_text("creator", creator)


def _page(page: int) -> int:
    return check_positive("page", page)


def _per_page(per_page: int) -> int:
    return check_positive("per_page", per_page, MAX_PER_PAGE)


@attrs.frozen
class NumberedListing(SinglePartListing[Image]):
    """The arguments of `list_v1`, checked. Its tokens are page numbers. Raises InvalidArgumentError."""

    method: ClassVar[str] = "list_v1"
    endpoint: ClassVar[str] = "list_images_v1"

    creator: str | None = attrs.field(default=None, converter=optional(_creator))
    page: int = attrs.field(default=1, converter=_page)
    """Number of the page at which the listing begins."""
    per_page: int = attrs.field(default=100, converter=_per_page)

    def arguments(self, token: str | None) -> dict[str, Any]:
        """Return the keyword arguments of the generated function for the page with this number."""
        return self.given() | {"page": self._number(token)}

    def read(self, result: models.ImageListV1, token: str | None) -> Page[Image]:
        """Return the page that the result of a response holds. Raises ShapeError if an image has no id.

        Only an empty page is the last: the service may give fewer images than `per_page` on any.
        """
        images = tuple(map(Image.from_generated, result.images))
        following = str(self._number(token) + 1) if images else None
        return Page(images, token, following, result.additional_properties)

    def check_token(self, token: str | None) -> None:
        """Raise InvalidArgumentError, naming `token`, if it is not a page number."""
        self._number(token)

    def _number(self, token: str | None) -> int:
        return self.page if token is None else page_number(token)


def page_number(token: object) -> int:
    """Return a token of this listing as a number. Raises InvalidArgumentError.

    >>> page_number("2")
    2
    """
    if not isinstance(token, str) or not re.fullmatch(r"[1-9][0-9]{0,17}", token):
        raise InvalidArgumentError(f"token={repr_short(token)}: must be a page number, as list_v1 gives it")
    return int(token)
