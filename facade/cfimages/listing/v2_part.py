"""One listing that operation list_images_v2 can give: the query of a page, and how a page is read."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import attrs

from cfimages.arguments import repr_short
from cfimages.listing.page import Page
from cfimages.listing.part import Part
from cfimages.listing.window import UploadWindow
from cfimages.models.image import Image
from cfimages.models.shape import ShapeError
from cfimages_api import models


def _pairs(query: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Return a query as it is compared and hashed."""
    return tuple(query.items())


@attrs.frozen
class V2Part(Part[Image]):
    """One listing that operation list_images_v2 can give. Its tokens are those of the service."""

    endpoint: ClassVar[str] = "list_images_v2"
    query: Mapping[str, Any] = attrs.field(eq=_pairs)
    """The arguments of the generated function. `meta` is the pairs of `to_query`."""
    window: UploadWindow | None

    @property
    def descending(self) -> bool:
        """Whether the newest image comes first."""
        return bool(self.query["sort_order"] == "desc")

    def arguments(self, token: str | None) -> dict[str, Any]:
        """Return the keyword arguments of the generated function for the page with this token."""
        arguments = dict(self.query)
        if "meta" in arguments:
            arguments["meta"] = models.MetadataFilters.from_dict(dict(arguments["meta"]))
        if token:
            arguments["continuation_token"] = token
        return arguments

    def read(self, result: models.ImageListV2, token: str | None) -> Page[Image]:
        """Return the page that the result of a response holds.

        Raises ShapeError if an id or the next token is not a string.
        """
        following = result.continuation_token
        if following and not isinstance(following, str):
            raise ShapeError(f"the continuation token {repr_short(following)} is not a string")
        return Page(
            tuple(map(Image.from_generated, result.images)),
            token,
            following or None,
            result.additional_properties,
        )

    def reversed(self) -> Self:
        """Return the same images from the other end."""
        return attrs.evolve(self, query={**self.query, "sort_order": "asc" if self.descending else "desc"})
