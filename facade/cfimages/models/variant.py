"""Variants: named sizes in which images are delivered."""

from collections.abc import Mapping
from typing import Any, Literal, Self, get_args

import attrs

from cfimages.arguments import check_alphanumeric, check_choice, check_positive
from cfimages.delivery.urls import MAX_VARIANT_NAME
from cfimages.frozen import freeze, thaw
from cfimages.models.shape import optional_or_extra, require
from cfimages_api.models.variant_definition import VariantDefinition
from cfimages_api.models.variant_options import VariantOptions

Fit = Literal["scale-down", "contain", "cover", "crop", "pad"]
"""How an image is fitted into the width and height of a variant."""

KeptMetadata = Literal["keep", "copyright", "none"]
"""Which EXIF data a delivered image keeps."""


@attrs.frozen
class Variant:
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
    never_require_signed_urls: bool = False
    """Whether private images are delivered in this variant without a signature."""
    extra: Mapping[str, Any] = attrs.field(factory=dict, converter=freeze, repr=False, hash=False)
    """What the response held beyond these fields, under the API's names. Cannot be changed."""

    @classmethod
    def from_generated(cls, variant: VariantDefinition) -> Self:
        """Return a generated model as a variant. Raises ShapeError if a field is missing or of another type."""
        options = variant.options
        extra = dict(variant.additional_properties)
        never = optional_or_extra(bool, variant.never_require_signed_urls, "neverRequireSignedURLs", extra)
        if options.additional_properties:
            extra["options"] = options.additional_properties
        return cls(
            id=require(str, "id of a variant", variant.id),
            fit=require(str, "fit of a variant", options.fit),
            width=require(int, "width of a variant", options.width),
            height=require(int, "height of a variant", options.height),
            metadata=require(str, "metadata of a variant", options.metadata),
            never_require_signed_urls=never or False,
            extra=extra,
        )

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
