"""Usage, metadata keys and settings of an account."""

from collections.abc import Mapping
from typing import Any, Self

import attrs

from cfimages.frozen import freeze
from cfimages.models.shape import optional_or_extra, require
from cfimages_api.models.config import Config
from cfimages_api.models.image_count import ImageCount
from cfimages_api.models.metadata_keys import MetadataKeys as GeneratedKeys


@attrs.frozen
class Usage:
    """How many images an account has, and may have. Source: schema `ImageCount`."""

    current: int
    """Number of images that the account has."""
    allowed: int
    """Number of images that the account may have."""
    extra: Mapping[str, Any] = attrs.field(factory=dict, converter=freeze, repr=False, hash=False)
    """What the response held beyond these fields, under the API's names. Cannot be changed."""

    @classmethod
    def from_generated(cls, count: ImageCount) -> Self:
        """Return a generated model as usage. Raises ShapeError if a count is not a whole number."""
        return cls(
            current=require(int, "current count of images", count.current),
            allowed=require(int, "allowed count of images", count.allowed),
            extra=count.additional_properties,
        )


@attrs.frozen
class MetadataKeys:
    """The names that the metadata of images have at their top level. Source: schema `MetadataKeys`."""

    keys: tuple[str, ...]
    """The names. A filter of `list` can use each of them that has only letters A-Z, digits and _."""
    truncated: bool
    """Whether there are more names than these."""
    extra: Mapping[str, Any] = attrs.field(factory=dict, converter=freeze, repr=False, hash=False)
    """What the response held beyond these fields, under the API's names. Cannot be changed."""

    @classmethod
    def from_generated(cls, keys: GeneratedKeys) -> Self:
        """Return a generated model as keys. Raises ShapeError if a key is not text."""
        names = require(list, "keys of metadata", keys.keys)
        return cls(
            keys=tuple(require(str, "a key of metadata", name) for name in names),
            truncated=require(bool, "truncated", keys.truncated),
            extra=keys.additional_properties,
        )


@attrs.frozen
class Settings:
    """Settings of an account that concern delivery. Source: schema `Config`."""

    flexible_variants: bool
    """Whether flexible options can stand in a delivery URL in place of the name of a variant."""
    extra: Mapping[str, Any] = attrs.field(factory=dict, converter=freeze, hash=False)
    """Other settings, under the API's names. Cannot be changed."""

    @classmethod
    def from_generated(cls, config: Config) -> Self:
        """Return a generated model as settings."""
        extra = dict(config.additional_properties)
        flexible = optional_or_extra(bool, config.flexible_variants, "flexible_variants", extra)
        return cls(flexible_variants=flexible or False, extra=extra)
