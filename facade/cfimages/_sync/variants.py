# Generated from facade/cfimages/_async/variants.py by `make generate`. Do not edit.
"""Variants: `images.variants`."""

from typing import Any

from cfimages import endpoints
from cfimages._sync.calls import Resource, ignore
from cfimages.arguments import check_bool
from cfimages.models.variant import Fit, KeptMetadata, Variant, check_variant_name, variant_options
from cfimages_api import models


class Variants(Resource):
    """The variants of an account: named sizes in which images are delivered."""

    def list(self) -> tuple[Variant, ...]:
        """Return all variants of the account.

        Raises:
            APIError: The service cannot be reached, or refuses.

        Source: operation list_variants.
        """
        return self._calls(endpoints.list_variants, _read_all)

    def get(self, name: str) -> Variant:
        """Return a variant.

        Raises:
            NotFoundError: There is no such variant.
            InvalidArgumentError: The name is invalid. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses.

        Source: operation get_variant.
        """
        return self._calls(endpoints.get_variant, _read, check_variant_name(name))

    def create(
        self,
        name: str,
        *,
        width: int,
        height: int,
        fit: Fit = "scale-down",
        metadata: KeptMetadata = "none",
        never_require_signed_urls: bool = False,
    ) -> Variant:
        """Create a variant. An account can have 100.

        Args:
            name: Letters and digits, at most 99.
            width: Pixels, from 1.
            height: Pixels, from 1.
            fit: How the image fits into width and height.
            metadata: Which EXIF data a delivered image keeps.
            never_require_signed_urls: Deliver private images in this variant without a signature.

        Raises:
            ConflictError: The name exists.
            InvalidArgumentError: An argument is invalid. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses.

        Source: operation create_variant.
        """
        body = models.VariantDefinition(
            id=check_variant_name(name),
            options=variant_options(fit, metadata, width, height),
            never_require_signed_urls=check_bool("never_require_signed_urls", never_require_signed_urls),
        )
        return self._calls(endpoints.create_variant, _read, body=body)

    def edit(
        self,
        name: str,
        *,
        width: int,
        height: int,
        fit: Fit = "scale-down",
        metadata: KeptMetadata = "none",
        never_require_signed_urls: bool = False,
    ) -> Variant:
        """Replace all options of a variant. Images in this size are purged from the cache.

        Args:
            name: The name of the variant.
            width: Pixels, from 1.
            height: Pixels, from 1.
            fit: How the image fits into width and height.
            metadata: Which EXIF data a delivered image keeps.
            never_require_signed_urls: Deliver private images in this variant without a signature.

        Raises:
            NotFoundError: There is no such variant.
            InvalidArgumentError: An argument is invalid. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses.

        Source: operation edit_variant.
        """
        segment = check_variant_name(name)
        body = models.VariantEdit(
            options=variant_options(fit, metadata, width, height),
            never_require_signed_urls=check_bool("never_require_signed_urls", never_require_signed_urls),
        )
        return self._calls(endpoints.edit_variant, _read, segment, body=body)

    def delete(self, name: str) -> None:
        """Delete a variant. Images in this size are purged from the cache. Deleting `public` changes nothing.

        `get` may still return the variant for a while.

        Raises:
            NotFoundError: There is no such variant.
            InvalidArgumentError: The name is invalid. Raised before any request is sent.
            APIError: The service cannot be reached, or refuses.

        Source: operation delete_variant.
        """
        self._calls(endpoints.delete_variant, ignore, check_variant_name(name))


def _read(result: Any) -> Variant:
    return Variant.from_generated(result.variant)


def _read_all(result: Any) -> tuple[Variant, ...]:
    return tuple(map(Variant.from_generated, result.variants.additional_properties.values()))
