"""What users hold beside images: immutable values."""

from collections.abc import Mapping
from typing import Any, Self

import attrs

from cfimages.image import or_extra
from cfimages.values import Confidential
from cfimages_api.models import Config as GeneratedConfig
from cfimages_api.models import VariantDefinition as GeneratedVariant


def _text(_model: object, attribute: "attrs.Attribute[str]", value: object) -> None:
    """Refuse what is not the text that something is called by, or sent to."""
    if not isinstance(value, str):
        raise TypeError(f"{attribute.name} is not text")


@attrs.frozen
class Variant:
    """A named size in which images are delivered.

    Source: schema `VariantDefinition` of the API reference.
    """

    id: str
    """Its name."""
    fit: str
    """How width and height are meant: scale-down, contain, cover, crop or pad."""
    width: int
    """Pixels at most."""
    height: int
    """Pixels at most."""
    metadata: str
    """Which EXIF data a delivered image keeps: keep, copyright or none."""
    never_require_signed_urls: bool = False
    """Whether private images are delivered in this variant without a signature."""
    extra: Mapping[str, Any] = attrs.field(factory=dict, repr=False, hash=False)
    """What the answer had beyond these fields, under the API's names."""

    @classmethod
    def from_generated(cls, variant: GeneratedVariant) -> Self:
        """The variant that the generated client read."""
        options = variant.options
        extra = dict(variant.additional_properties)
        never = or_extra(variant.never_require_signed_urls, bool, "neverRequireSignedURLs", extra) or False
        if options.additional_properties:
            extra["options"] = dict(options.additional_properties)
        return cls(variant.id, options.fit, options.width, options.height, options.metadata, never, extra)

    def to_dict(self) -> dict[str, Any]:
        """The API's JSON of the variant."""
        options = {"fit": self.fit, "width": self.width, "height": self.height, "metadata": self.metadata}
        return {
            "id": self.id,
            "neverRequireSignedURLs": self.never_require_signed_urls,
            **self.extra,
            "options": {**options, **self.extra.get("options", {})},
        }


@attrs.frozen
class SigningKey(Confidential):
    """A key with which delivery URLs are signed. Its value is a secret, never shown, and the whole never pickled.

    Source: schema `SigningKey` of the API reference.
    """

    name: str = attrs.field(validator=_text)
    value: str = attrs.field(validator=_text, repr=False)
    """The secret itself, for `sign_url`."""
    extra: Mapping[str, Any] = attrs.field(factory=dict, repr=False, hash=False)
    """What the answer had beyond these fields, under the API's names."""


@attrs.frozen
class Usage:
    """How many images an account has, and may have. Source: schema `ImageCount` of the API reference."""

    current: int
    allowed: int
    extra: Mapping[str, Any] = attrs.field(factory=dict, repr=False, hash=False)
    """What the answer had beyond these fields, under the API's names."""


@attrs.frozen
class Settings:
    """Settings of an account that concern delivery. Source: schema `Config` of openapi.yaml."""

    flexible_variants: bool
    """Whether sizes may be written into a delivery URL instead of the name of a variant."""
    extra: Mapping[str, Any] = attrs.field(factory=dict, hash=False)
    """Settings beyond this one, or in another form than it can hold, under the API's names."""

    @classmethod
    def from_generated(cls, config: GeneratedConfig) -> Self:
        """The settings that the generated client read."""
        extra = dict(config.additional_properties)
        return cls(or_extra(config.flexible_variants, bool, "flexible_variants", extra) or False, extra)


@attrs.frozen
class DirectUpload(Confidential):
    """A draft, and the address to which anybody can upload its file, once. Source: schema `DirectUpload`."""

    id: str = attrs.field(validator=_text)
    """The id that the image will have."""
    upload_url: str = attrs.field(validator=_text, repr=False)
    """Where the file goes; who has it can upload, so it is not shown, and the whole not pickled."""
    extra: Mapping[str, Any] = attrs.field(factory=dict, repr=False, hash=False)
    """What the answer had beyond these fields, under the API's names."""
