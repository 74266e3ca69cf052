"""Usage, metadata keys and settings of an account."""

import attrs

from cfimages.models.shape import API_NAME, ResponseModel


@attrs.frozen
class Usage(ResponseModel):
    """How many images an account has, and may have. Source: schema `ImageCount`."""

    current: int
    """Number of images that the account has."""
    allowed: int
    """Number of images that the account may have."""


@attrs.frozen
class MetadataKeys(ResponseModel):
    """The names that the metadata of images have at their top level. Source: schema `MetadataKeys`."""

    keys: tuple[str, ...]
    """The names. A filter of `list` can use each of them that has only letters A-Z, digits and _."""
    truncated: bool
    """Whether there are more names than these."""


@attrs.frozen
class Settings(ResponseModel):
    """Settings of an account that concern delivery. Other settings are in `extra`. Source: schema `Config`."""

    flexible_variants: bool = attrs.field(default=False, metadata={API_NAME: "flexible_variants"})
    """Whether flexible options can stand in a delivery URL in place of the name of a variant."""
