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
    """The top-level names in the metadata of images. Source: schema `MetadataKeys`."""

    keys: tuple[str, ...]
    """The names. `list` can filter by those that have only letters A-Z, digits and _."""
    truncated: bool
    """Whether there are more names than these."""


@attrs.frozen
class Settings(ResponseModel):
    """The delivery settings of an account. Other settings are in `extra`. Source: schema `Config`."""

    flexible_variants: bool = attrs.field(default=False, metadata={API_NAME: "flexible_variants"})
    """Whether delivery URLs can have flexible options instead of a variant name."""
