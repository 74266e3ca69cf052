"""Variants: named sizes in which images are delivered."""

from typing import Any, Literal, Self, get_args

import attrs

from cfimages.arguments import check_alphanumeric, check_choice, check_positive
from cfimages.delivery.urls import MAX_VARIANT_NAME
from cfimages.frozen import thaw
from cfimages.models.shape import API_NAME, ResponseModel
from cfimages_api.models.variant_definition import VariantDefinition
from cfimages_api.models.variant_options import VariantOptions

Fit = Literal["scale-down", "contain", "cover", "crop", "pad"]
"""How an image is fitted into the width and height of a variant."""

KeptMetadata = Literal["keep", "copyright", "none"]
"""Which EXIF data a delivered image keeps."""


@attrs.frozen
class Variant(ResponseModel):
    """A named size in which images are delivered. Source: schema `VariantDefinition`."""

    id: str
    """Name of the variant."""
    fit: str
    """How an image is fitted into width and height: scale-down, contain, cover, crop or pad."""
    width: int
    """Maximum width in pixels."""
    height: int
    """Maximum height in pixels."""
    metadata: str
    """Which EXIF data a delivered image keeps: keep, copyright or none."""
    never_require_signed_urls: bool = attrs.field(default=False, metadata={API_NAME: "neverRequireSignedURLs"})
    """Whether private images are delivered in this variant without a signature."""

    @classmethod
    def from_generated(cls, generated: VariantDefinition) -> Self:
        """Return a generated model as a variant. Raises ShapeError if a field is missing or of another type."""
        properties = attrs.asdict(generated, recurse=False)
        options = attrs.asdict(properties.pop("options"), recurse=False)
        if unknown := options.pop("additional_properties"):
            properties["additional_properties"] = {**generated.additional_properties, "options": unknown}
        return cls._read(properties | options)

    def to_dict(self) -> dict[str, Any]:
        """Return the variant as the API's JSON."""
        extra = thaw(self.extra)
        options = {"fit": self.fit, "width": self.width, "height": self.height, "metadata": self.metadata}
        return {
            "id": self.id,
            "neverRequireSignedURLs": self.never_require_signed_urls,
            **extra,
            "options": options | extra.get("options", {}),
        }


def check_variant_name(name: str) -> str:
    """Check the name of a variant. Raises InvalidArgumentError."""
    return check_alphanumeric("name", name, MAX_VARIANT_NAME)


def variant_options(fit: Fit, metadata: KeptMetadata, width: int, height: int) -> VariantOptions:
    """Return checked options of a variant. Raises InvalidArgumentError."""
    return VariantOptions(
        fit=check_choice("fit", fit, get_args(Fit)),
        metadata=check_choice("metadata", metadata, get_args(KeptMetadata)),
        width=check_positive("width", width),
        height=check_positive("height", height),
    )
