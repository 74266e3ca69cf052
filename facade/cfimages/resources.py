"""Variants and signing keys: `images.variants` and `images.keys`, synchronous and asynchronous."""

import re
from typing import Any, Literal, get_args

import cfimages_api
from cfimages import endpoints
from cfimages.errors import InvalidArgumentError
from cfimages.models import SigningKey, Variant
from cfimages.transport import parsed, reading
from cfimages.values import MAX_VARIANT_NAME, boolean, one_of, positive, shown, unicode_text
from cfimages_api import models
from cfimages_api.types import Response

Fit = Literal["scale-down", "contain", "cover", "crop", "pad"]
"""How width and height are meant: as bounds, as a frame to fill, and so on."""

KeptMetadata = Literal["keep", "copyright", "none"]
"""Which EXIF data a delivered image keeps."""

MAX_KEY_NAME = 20


class _Resource:
    """A part of an account, over the generated client."""

    def __init__(self, account_id: str, api: cfimages_api.Client) -> None:
        self._account_id = account_id
        self._api = api


class Variants(_Resource):
    """The named sizes in which the images of an account are delivered: `images.variants`."""

    def list(self) -> tuple[Variant, ...]:
        """All variants of the account. Source: list_variants."""
        with reading():
            return _variants(endpoints.list_variants.sync_detailed(self._account_id, client=self._api))

    def get(self, name: str) -> Variant:
        """One variant. Raises NotFoundError, InvalidArgumentError. Source: get_variant."""
        with reading():
            return _variant(
                endpoints.get_variant.sync_detailed(self._account_id, _variant_name(name), client=self._api)
            )

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
        """Add a variant; an account can have 100.

        `width` and `height` are in pixels. `never_require_signed_urls` delivers private images in this variant
        without a signature. Raises ConflictError for a name that exists, InvalidArgumentError. Source:
        create_variant.
        """
        body = models.VariantDefinition(
            _variant_name(name), _options(fit, metadata, width, height), _never(never_require_signed_urls)
        )
        with reading():
            return _variant(endpoints.create_variant.sync_detailed(self._account_id, client=self._api, body=body))

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
        """Replace a variant's options, all of them. Every image in this size is purged from the cache.

        Arguments as `create`. Raises NotFoundError, InvalidArgumentError. Source: edit_variant.
        """
        body = models.VariantEdit(_options(fit, metadata, width, height), _never(never_require_signed_urls))
        segment = _variant_name(name)
        with reading():
            return _variant(
                endpoints.edit_variant.sync_detailed(self._account_id, segment, client=self._api, body=body)
            )

    def delete(self, name: str) -> None:
        """Remove a variant. Every image in this size is purged from the cache; `get` may still find it for a while.

        Deleting `public` changes nothing. Raises NotFoundError, InvalidArgumentError. Source: delete_variant.
        """
        with reading():
            endpoints.delete_variant.sync_detailed(self._account_id, _variant_name(name), client=self._api)


class AsyncVariants(_Resource):
    """The named sizes in which the images of an account are delivered: `images.variants`."""

    async def list(self) -> tuple[Variant, ...]:
        """All variants of the account. Source: list_variants."""
        with reading():
            return _variants(await endpoints.list_variants.asyncio_detailed(self._account_id, client=self._api))

    async def get(self, name: str) -> Variant:
        """One variant. Raises NotFoundError, InvalidArgumentError. Source: get_variant."""
        with reading():
            return _variant(
                await endpoints.get_variant.asyncio_detailed(self._account_id, _variant_name(name), client=self._api)
            )

    async def create(
        self,
        name: str,
        *,
        width: int,
        height: int,
        fit: Fit = "scale-down",
        metadata: KeptMetadata = "none",
        never_require_signed_urls: bool = False,
    ) -> Variant:
        """Add a variant. Arguments and errors as `Variants.create`. Source: create_variant."""
        body = models.VariantDefinition(
            _variant_name(name), _options(fit, metadata, width, height), _never(never_require_signed_urls)
        )
        with reading():
            return _variant(
                await endpoints.create_variant.asyncio_detailed(self._account_id, client=self._api, body=body)
            )

    async def edit(
        self,
        name: str,
        *,
        width: int,
        height: int,
        fit: Fit = "scale-down",
        metadata: KeptMetadata = "none",
        never_require_signed_urls: bool = False,
    ) -> Variant:
        """Replace a variant's options, all of them. Arguments and errors as `Variants.edit`. Source: edit_variant."""
        body = models.VariantEdit(_options(fit, metadata, width, height), _never(never_require_signed_urls))
        segment = _variant_name(name)
        with reading():
            return _variant(
                await endpoints.edit_variant.asyncio_detailed(self._account_id, segment, client=self._api, body=body)
            )

    async def delete(self, name: str) -> None:
        """Remove a variant, as `Variants.delete` does. Source: delete_variant."""
        with reading():
            await endpoints.delete_variant.asyncio_detailed(self._account_id, _variant_name(name), client=self._api)


class Keys(_Resource):
    """The keys with which delivery URLs of private images are signed: `images.keys`."""

    def list(self) -> tuple[SigningKey, ...]:
        """All keys of the account, with their values. Source: list_signing_keys."""
        with reading():
            return _keys(endpoints.list_signing_keys.sync_detailed(self._account_id, client=self._api))

    def create(self, name: str) -> tuple[SigningKey, ...]:
        """Make a key; gives all keys of the account.

        A key of that name gets a new value, and the URLs signed with the old one fail. Repeating the request, which
        the retries may do, has the same effect: the answer has the value that holds. Raises InvalidArgumentError.
        Source: create_signing_key.
        """
        with reading():
            return _keys(
                endpoints.create_signing_key.sync_detailed(self._account_id, _key_name(name), client=self._api)
            )

    def delete(self, name: str) -> tuple[SigningKey, ...]:
        """Remove a key; gives those that are left. URLs signed with it fail.

        The service keeps at least one key: in place of the last it makes another, or refuses. Raises
        NotFoundError, InvalidArgumentError. Source: delete_signing_key.
        """
        with reading():
            return _keys(
                endpoints.delete_signing_key.sync_detailed(self._account_id, _key_name(name), client=self._api)
            )


class AsyncKeys(_Resource):
    """The keys with which delivery URLs of private images are signed: `images.keys`."""

    async def list(self) -> tuple[SigningKey, ...]:
        """All keys of the account, with their values. Source: list_signing_keys."""
        with reading():
            return _keys(await endpoints.list_signing_keys.asyncio_detailed(self._account_id, client=self._api))

    async def create(self, name: str) -> tuple[SigningKey, ...]:
        """Make a key, as `Keys.create` does. Source: create_signing_key."""
        with reading():
            return _keys(
                await endpoints.create_signing_key.asyncio_detailed(self._account_id, _key_name(name), client=self._api)
            )

    async def delete(self, name: str) -> tuple[SigningKey, ...]:
        """Remove a key, as `Keys.delete` does. Source: delete_signing_key."""
        with reading():
            return _keys(
                await endpoints.delete_signing_key.asyncio_detailed(self._account_id, _key_name(name), client=self._api)
            )


def _variant_name(name: str) -> str:
    return _alphanumeric("name", name, MAX_VARIANT_NAME)


def _key_name(name: str) -> str:
    return _alphanumeric("name", name, MAX_KEY_NAME)


def _alphanumeric(argument: str, value: str, longest: int) -> str:
    text = unicode_text(argument, value)
    if not re.fullmatch(r"[A-Za-z0-9]+", text) or len(text) > longest:
        raise InvalidArgumentError(
            f"{argument}={shown(text)}: must be letters A-Z and digits, at most {longest} of them"
        )
    return text


def _options(fit: Fit, metadata: KeptMetadata, width: int, height: int) -> "models.VariantOptions":
    return models.VariantOptions(
        fit=one_of("fit", fit, get_args(Fit)),
        metadata=one_of("metadata", metadata, get_args(KeptMetadata)),
        width=positive("width", width),
        height=positive("height", height),
    )


def _never(require_signed_urls: bool) -> bool:
    return boolean("never_require_signed_urls", require_signed_urls)


def _variant(answer: Response[Any]) -> Variant:
    body: models.VariantResponse = parsed(answer)
    return Variant.from_generated(body.result.variant)


def _variants(answer: Response[Any]) -> tuple[Variant, ...]:
    body: models.VariantsResponse = parsed(answer)
    return tuple(map(Variant.from_generated, body.result.variants.additional_properties.values()))


def _keys(answer: Response[Any]) -> tuple[SigningKey, ...]:
    body: models.SigningKeysResponse = parsed(answer)
    return tuple(SigningKey(key.name, key.value, dict(key.additional_properties)) for key in body.result.keys)
