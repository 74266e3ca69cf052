"""Images, without their bytes."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Self

import cfimages
from cfimages.arguments import check_type, repr_short
from cfimages.errors import InvalidArgumentError
from cfimages.frozen import FrozenDict, freeze, thaw
from cfimages.models.shape import ShapeError, as_aware, keep, optional
from cfimages.secret import as_secret
from cfimages.times import Expiry
from cfimages_api.models.image import Image as GeneratedImage

_NO_PROPERTIES = FrozenDict()


class Image:
    """An image of the account, without its bytes. It cannot be changed.

    Two images are equal when all their fields are. A notebook shows an image with a thumbnail, a pydantic model takes
    it as a field, and FastAPI returns it as its JSON. Source: schema `Image`.
    """

    # A view of the generated model: to copy its fields would cost half of what a listing costs.
    __slots__ = ("__weakref__", "_generated")
    __match_args__ = ("id",)

    def __init__(
        self,
        id: str,
        filename: str | None = None,
        meta: Mapping[str, Any] | None = None,
        creator: str | None = None,
        uploaded: datetime | None = None,
        require_signed_urls: bool = False,
        variants: Iterable[str] = (),
        draft: bool = False,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self._generated = GeneratedImage(
            id=id,
            creator=creator,
            filename=filename,
            require_signed_urls=require_signed_urls,
            uploaded=uploaded,
            draft=draft,
        )
        for name, value, kind, accepted in (
            ("id", id, str, "text"),
            ("filename", filename, str | None, "text or None"),
            ("meta", meta, Mapping | None, "a mapping or None"),
            ("creator", creator, str | None, "text or None"),
            ("uploaded", uploaded, datetime | None, "a datetime or None"),
            ("require_signed_urls", require_signed_urls, bool, "True or False"),
            ("draft", draft, bool, "True or False"),
            ("extra", extra, Mapping | None, "a mapping or None"),
        ):
            check_type(name, value, kind, accepted)
        if isinstance(variants, str) or not isinstance(variants, Iterable):
            raise InvalidArgumentError(f"variants={repr_short(variants)}: must be a list of delivery URLs")
        self._generated.meta = thaw(meta or {})
        self._generated.variants = list(variants)
        self._generated.additional_properties = thaw(extra or {})

    @classmethod
    def from_generated(cls, image: GeneratedImage) -> Self:
        """Return a view of a generated model. Raises ShapeError if it has no id."""
        if not isinstance(image.id, str):
            raise ShapeError("an image without an id")
        if not image.additional_properties:
            image.additional_properties = _NO_PROPERTIES  # saves 64 bytes for each image that is kept
        view = cls.__new__(cls)
        view._generated = image
        return view

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the image that a JSON object describes.

        Args:
            data: The JSON of an image in a response of the API, or what `to_dict` returned.

        Raises:
            ValueError: It is not a mapping, or has no id.

        Source: schema `Image`.
        """
        if not isinstance(data, Mapping):
            raise ShapeError("an image that is not a JSON object")
        return cls.from_generated(GeneratedImage.from_dict(data))

    @property
    def id(self) -> str:
        """Id of the image, made by the service or chosen at upload."""
        return self._generated.id  # type: ignore[return-value]  # checked by `from_generated`

    @property
    def filename(self) -> str | None:
        """Name of the uploaded file."""
        return optional(str, self._generated.filename)

    @property
    def meta(self) -> Mapping[str, Any]:
        """The account's own metadata of the image; empty if there is none. A `dict` that cannot be changed."""
        image = self._generated
        if isinstance(image.meta, FrozenDict):
            return image.meta
        raw = self._raw_meta
        if not isinstance(raw, dict):
            return FrozenDict()
        frozen = freeze(raw)
        if raw is image.meta:
            image.meta = frozen  # most programs read it more than once
        return frozen

    @property
    def creator(self) -> str | None:
        """The account's own id of the user that the image belongs to."""
        return optional(str, self._generated.creator)

    @property
    def uploaded(self) -> datetime | None:
        """When the image was uploaded, with a time zone.

        The API sends it with every image, also a draft. None if the response has no valid time (`extra` then has the
        value), or if the `Image` was made without one.
        """
        moment = optional(datetime, self._generated.uploaded)
        return moment and as_aware(moment)

    @property
    def require_signed_urls(self) -> bool:
        """Whether the image is private: delivery URLs must be signed."""
        return self._generated.require_signed_urls is True

    @property
    def variants(self) -> tuple[str, ...]:
        """Delivery URL of each variant."""
        return tuple(optional(list, self._generated.variants) or ())

    @property
    def draft(self) -> bool:
        """Whether the image is a direct upload whose file has not been sent yet."""
        return self._generated.draft is True

    @property
    def extra(self) -> Mapping[str, Any]:
        """Fields of the response that are not listed here, or of another type. Cannot be changed."""
        image = self._generated
        extra = dict(image.additional_properties)
        if not image.meta:
            extra.pop("metadata", None)  # it is `_raw_meta`
        documented = {
            "filename": (str, image.filename),
            "meta": (dict, self._raw_meta),
            "creator": (str, image.creator),
            "uploaded": (datetime, image.uploaded),
            "requireSignedURLs": (bool, image.require_signed_urls),
            "variants": (list, image.variants),
            "draft": (bool, image.draft),
        }
        for name, (kind, value) in documented.items():
            if not isinstance(value, kind):
                keep(value, name, extra)
        return freeze(extra)

    @property
    def _raw_meta(self) -> Any:
        """The metadata, under the documented name or, as some responses have it, under the name of the upload form."""
        image = self._generated
        return image.meta or image.additional_properties.get("metadata", image.meta)

    def __eq__(self, other: object) -> bool:
        return _fields(self) == _fields(other) if isinstance(other, Image) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"Image(id={self.id!r}, filename={self.filename!r}, uploaded={self.uploaded})"

    def _repr_html_(self) -> str:
        """Return the image as a notebook shows it."""
        from cfimages.models.notebook import image_card

        return image_card(self)

    def __reduce__(self) -> tuple[type["Image"], tuple[Any, ...]]:
        return type(self), _fields(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the image as the API's JSON, which `from_dict` reads. Fields without a value are left out."""
        fields = {
            "id": self.id,
            "filename": self.filename,
            "meta": thaw(self.meta) or None,
            "creator": self.creator,
            "uploaded": self.uploaded and _rfc3339(self.uploaded),
            "requireSignedURLs": self.require_signed_urls,
            "variants": list(self.variants),
            "draft": self.draft or None,
        }
        return {name: value for name, value in fields.items() if value is not None} | thaw(self.extra)

    def url(
        self,
        variant: "str | cfimages.FlexibleOptions" = "public",
        *,
        account_hash: str | None = None,
        domain: str | None = None,
    ) -> str:
        """Return the URL under which the image is delivered, without a signature.

        Args:
            variant: The name of a variant, or flexible options, which private images do not support.
            account_hash: The account hash in delivery URLs. Without it, host and hash come from `variants`; in the
                sandbox, they are those of the sandbox.
            domain: A host name of your own, on a Cloudflare zone of the account.

        Raises:
            InvalidArgumentError: An argument is invalid, or the account hash is not known.

        Source: pages "Serve uploaded images" and "Enable flexible variants".
        """
        from cfimages.delivery.urls import NO_FLEXIBLE_VARIANT, base_in, delivery_url, url_below

        if self.require_signed_urls and isinstance(variant, Mapping):
            raise InvalidArgumentError(NO_FLEXIBLE_VARIANT)
        if account_hash is None:
            base = base_in(self.variants)
            if base is None:
                raise InvalidArgumentError("account_hash: must be given for an image that came without delivery URLs")
            if domain is None:
                return url_below(base, self.id, variant)
            account_hash = base.rpartition("/")[2]
        return delivery_url(account_hash, self.id, variant, domain=domain)

    def signed_url(
        self,
        key: str,
        variant: str = "public",
        *,
        expiry: Expiry | None = None,
        account_hash: str | None = None,
        domain: str | None = None,
    ) -> str:
        """Return the signed URL under which a private image is delivered.

        Args:
            key: The value of a signing key, `SigningKey.value`.
            variant: The name of a variant.
            expiry: When the URL expires: an aware datetime, a timedelta from now, or text (UTC if it has no time zone).
                Without it, the URL never expires.
            account_hash: The account hash in delivery URLs. Without it, host and hash come from `variants`; in the
                sandbox, they are those of the sandbox.
            domain: A host name of your own, on a Cloudflare zone of the account.

        Raises:
            InvalidArgumentError: An argument is invalid, or the account hash is not known.

        Source: page "Serve private images".
        """
        from cfimages.delivery.signing import sign_url

        key = as_secret(key) or ""
        return sign_url(self.url(variant, account_hash=account_hash, domain=domain), key, expiry=expiry)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Return how pydantic reads and writes an image. Only pydantic calls this."""
        from cfimages.models.pydantic_support import core_schema_of

        return core_schema_of(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> dict[str, Any]:
        """Return the JSON schema of an image. Only pydantic calls this."""
        from cfimages.models.pydantic_support import JSON_SCHEMA

        return JSON_SCHEMA


_fields = attrgetter(
    "id", "filename", "meta", "creator", "uploaded", "require_signed_urls", "variants", "draft", "extra"
)
"""Returns all fields of an image, in the order of the constructor."""


def _rfc3339(moment: datetime) -> str:
    """Return a time as the API writes it: in UTC, to the millisecond unless it is more precise.

    >>> _rfc3339(datetime(2026, 11, 1, tzinfo=UTC))
    '2026-11-01T00:00:00.000Z'
    """
    precision = "microseconds" if moment.microsecond % 1000 else "milliseconds"
    with suppress(OverflowError):  # within a day of the first or last datetime
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")
