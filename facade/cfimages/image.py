"""What users hold of an image: an immutable value, with None where the API has nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self, TypeVar

from cfimages.errors import InvalidArgumentError
from cfimages.values import hidden
from cfimages_api.models import Image as GeneratedImage
from cfimages_api.types import Unset

if TYPE_CHECKING:
    from cfimages.delivery import FlexibleOptions
    from cfimages.times import Expiry


class Image:
    """An image of the account, without its bytes.

    Two images are equal when all their fields are. Source: schema `Image` of the API reference.
    """

    # A view of what the generated client read: half of what a listing costs would be to copy that.
    __slots__ = ("_generated",)
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
            id, creator, filename, dict(meta or {}), require_signed_urls, uploaded, list(variants), draft
        )
        self._generated.additional_properties = dict(extra or {})

    @classmethod
    def from_generated(cls, image: GeneratedImage) -> Self:
        """The image that the generated client read. Raises ValueError if it has no id."""
        if not isinstance(image.id, str):
            raise ValueError("an image without an id")
        return cls.view_of(image)

    @classmethod
    def view_of(cls, image: GeneratedImage) -> Self:
        """The same of an image that is known to have an id."""
        view = cls.__new__(cls)
        view._generated = image
        return view

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The image of a JSON object as the API gives it, or as `to_dict` does.

        Raises ValueError if it has no id.
        """
        return cls.from_generated(GeneratedImage.from_dict(data))

    @property
    def id(self) -> str:
        """The id, made by the service or chosen at upload."""
        return self._generated.id  # type: ignore[return-value]  # checked by `from_generated`

    @property
    def filename(self) -> str | None:
        """Name of the uploaded file."""
        return _if(str, self._generated.filename)

    @property
    def meta(self) -> Mapping[str, Any]:
        """The account's own data about the image; empty when there is none."""
        return _if(dict, self._meta) or {}

    @property
    def creator(self) -> str | None:
        """The account's own id of whoever the image belongs to."""
        return _if(str, self._generated.creator)

    @property
    def uploaded(self) -> datetime | None:
        """When the image was uploaded, always with a time zone."""
        moment = self._generated.uploaded
        if not isinstance(moment, datetime):
            return None
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)

    @property
    def require_signed_urls(self) -> bool:
        """Whether delivery URLs of the image must be signed."""
        return self._generated.require_signed_urls is True

    @property
    def variants(self) -> tuple[str, ...]:
        """Delivery URL of each variant."""
        return tuple(_if(list, self._generated.variants) or ())

    @property
    def draft(self) -> bool:
        """Whether a direct upload is still to be completed."""
        return self._generated.draft is True

    @property
    def extra(self) -> Mapping[str, Any]:
        """What the answer had beyond these fields, or in another form than they can hold, under the API's names."""
        image = self._generated
        extra = dict(image.additional_properties)
        if not image.meta:
            extra.pop("metadata", None)  # it is `_meta`
        or_extra(image.filename, str, "filename", extra)
        or_extra(self._meta, dict, "meta", extra)
        or_extra(image.creator, str, "creator", extra)
        or_extra(image.uploaded, datetime, "uploaded", extra)
        or_extra(image.require_signed_urls, bool, "requireSignedURLs", extra)
        or_extra(image.variants, list, "variants", extra)
        or_extra(image.draft, bool, "draft", extra)
        return extra

    @property
    def _meta(self) -> Any:
        """The data, whether it comes under the documented name or under that of the upload."""
        image = self._generated
        return image.meta or image.additional_properties.get("metadata", image.meta)

    def _fields(self) -> tuple[Any, ...]:
        """All of it, in the order of the constructor."""
        return (
            self.id,
            self.filename,
            self.meta,
            self.creator,
            self.uploaded,
            self.require_signed_urls,
            self.variants,
            self.draft,
            self.extra,
        )

    def __eq__(self, other: object) -> bool:
        return self._fields() == other._fields() if isinstance(other, Image) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"Image(id={self.id!r}, filename={self.filename!r}, uploaded={self.uploaded})"

    def __reduce__(self) -> tuple[type[Image], tuple[Any, ...]]:
        return type(self), self._fields()

    def to_dict(self) -> dict[str, Any]:
        """The API's JSON of the image, such as `from_dict` reads; fields without a value are left out."""
        fields = {
            "id": self.id,
            "filename": self.filename,
            "meta": dict(self.meta) or None,
            "creator": self.creator,
            "uploaded": self.uploaded and _rfc3339(self.uploaded),
            "requireSignedURLs": self.require_signed_urls,
            "variants": list(self.variants),
            "draft": self.draft or None,
        }
        return {name: value for name, value in fields.items() if value is not None} | dict(self.extra)

    def url(
        self, variant: str | FlexibleOptions = "public", *, account_hash: str | None = None, domain: str | None = None
    ) -> str:
        """The address under which the image is delivered, without a signature.

        - `variant`: a name, or options of which the variant is made on the fly, which private images do not have.
        - `account_hash`: the name of the account in delivery URLs; taken from `variants` if it is not given.
        - `domain`: a host name of one's own, on a Cloudflare zone of the account.

        Raises InvalidArgumentError. Source: pages "Serve uploaded images" and "Enable flexible variants".
        """
        from cfimages.delivery import account_hash_in, delivery_url, refuse_flexible

        if self.require_signed_urls:
            refuse_flexible(variant)
        if account_hash is None and (account_hash := account_hash_in(self.variants)) is None:
            raise InvalidArgumentError("account_hash: must be given for an image that came without delivery URLs")
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
        """The address under which the image is delivered, signed, as a private image needs it.

        - `key`: the value of a signing key, as it stands.
        - `expiry`: a datetime, a timedelta from now, or text; without it the address does not expire.
        - `variant`, `account_hash` and `domain` are those of `url`, but the variant must be a named one.

        Raises InvalidArgumentError. Source: page "Serve private images".
        """
        from cfimages.delivery import refuse_flexible, sign_url

        key = hidden(key)
        refuse_flexible(variant)
        return sign_url(self.url(variant, account_hash=account_hash, domain=domain), key, expiry=expiry)


K = TypeVar("K")


def _if(kind: type[K], value: object) -> K | None:
    """A value if it is of the promised kind."""
    return value if isinstance(value, kind) else None


def or_extra(value: object, kind: type[K], name: str, extra: dict[str, Any]) -> K | None:
    """A field's value if it is of the promised kind; another is kept in `extra`, so that nothing is lost."""
    if isinstance(value, kind):
        return value
    if value is not None and not isinstance(value, Unset):
        extra[name] = value
    return None


def _rfc3339(moment: datetime) -> str:
    """A time as the API writes it: in UTC, to the millisecond unless it is finer.

    >>> _rfc3339(datetime(2026, 11, 1, tzinfo=UTC))
    '2026-11-01T00:00:00.000Z'
    """
    precision = "microseconds" if moment.microsecond % 1000 else "milliseconds"
    with suppress(OverflowError):  # in the first and last hours of all that a datetime can hold
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")
