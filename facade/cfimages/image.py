"""What users hold of an image: an immutable value, with None where the API has nothing."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self, TypeVar

import attrs

from cfimages.errors import InvalidArgumentError
from cfimages.values import hidden
from cfimages_api.models import Image as GeneratedImage
from cfimages_api.types import Unset

if TYPE_CHECKING:
    from cfimages.delivery import FlexibleOptions
    from cfimages.times import Expiry


@attrs.frozen
class Image:
    """An image of the account, without its bytes.

    Two images are equal when all their fields are. Source: schema `Image` of the API reference.
    """

    id: str
    """The id, made by the service or chosen at upload."""
    filename: str | None = attrs.field(default=None, hash=False)
    """Name of the uploaded file."""
    meta: Mapping[str, Any] = attrs.field(factory=dict, repr=False, hash=False)
    """The account's own data about the image; empty when there is none."""
    creator: str | None = attrs.field(default=None, repr=False, hash=False)
    """The account's own id of whoever the image belongs to."""
    uploaded: datetime | None = attrs.field(default=None, repr=str, hash=False)
    """When the image was uploaded, always with a time zone."""
    require_signed_urls: bool = attrs.field(default=False, repr=False, hash=False)
    """Whether delivery URLs of the image must be signed."""
    variants: tuple[str, ...] = attrs.field(default=(), repr=False, hash=False)
    """Delivery URL of each variant."""
    draft: bool = attrs.field(default=False, repr=False, hash=False)
    """Whether a direct upload is still to be completed."""
    extra: Mapping[str, Any] = attrs.field(factory=dict, repr=False, hash=False)
    """What the answer had beyond these fields, or in another form than they can hold, under the API's names."""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The image of a JSON object as the API gives it, or as `to_dict` does.

        Raises ValueError if it has no id.
        """
        return cls.from_generated(GeneratedImage.from_dict(data))

    @classmethod
    def from_generated(cls, image: GeneratedImage) -> Self:
        """The image that the generated client read. Raises ValueError if it has no id."""
        if not isinstance(image.id, str):
            raise ValueError("an image without an id")
        extra = dict(image.additional_properties)
        meta = image.meta if image.meta or "metadata" not in extra else extra.pop("metadata")
        return cls(
            image.id,
            or_extra(image.filename, str, "filename", extra),
            or_extra(meta, dict, "meta", extra) or {},
            or_extra(image.creator, str, "creator", extra),
            _aware(or_extra(image.uploaded, datetime, "uploaded", extra)),
            or_extra(image.require_signed_urls, bool, "requireSignedURLs", extra) or False,
            tuple(or_extra(image.variants, list, "variants", extra) or ()),
            or_extra(image.draft, bool, "draft", extra) or False,
            extra,
        )

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


def or_extra(value: object, kind: type[K], name: str, extra: dict[str, Any]) -> K | None:
    """A field's value if it is of the promised kind; another is kept in `extra`, so that nothing is lost."""
    if isinstance(value, kind):
        return value
    if value is not None and not isinstance(value, Unset):
        extra[name] = value
    return None


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def _rfc3339(moment: datetime) -> str:
    """A time as the API writes it: in UTC, to the millisecond unless it is finer.

    >>> _rfc3339(datetime(2026, 11, 1, tzinfo=UTC))
    '2026-11-01T00:00:00.000Z'
    """
    precision = "microseconds" if moment.microsecond % 1000 else "milliseconds"
    with suppress(OverflowError):  # in the first and last hours of all that a datetime can hold
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")
