"""Keys with which delivery URLs are signed."""

from collections.abc import Mapping
from typing import Any, Self

import attrs

from cfimages.arguments import check_alphanumeric
from cfimages.frozen import freeze
from cfimages.models.shape import require
from cfimages.secret import Confidential, Secret
from cfimages_api.models.signing_key import SigningKey as GeneratedSigningKey


def _secret(value: str) -> Secret:
    return Secret(value)


@attrs.frozen
class SigningKey(Confidential):
    """A key with which delivery URLs are signed. It cannot be pickled. Source: schema `SigningKey`."""

    name: str
    value: str = attrs.field(converter=_secret, repr=False)
    """The secret, for `sign_url`. No `repr` shows it; `str(key.value)` returns it."""
    extra: Mapping[str, Any] = attrs.field(factory=dict, converter=freeze, repr=False, hash=False)
    """What the response held beyond these fields, under the API's names. Cannot be changed."""

    @classmethod
    def from_generated(cls, key: GeneratedSigningKey) -> Self:
        """Return a generated model as a key. Raises ShapeError if its name or value is not text."""
        return cls(
            name=require(str, "name of a signing key", key.name),
            value=require(str, "value of a signing key", key.value),
            extra=key.additional_properties,
        )


MAX_NAME = 20
"""Letters and digits in the name of a key."""


def check_key_name(name: str) -> str:
    """Check the name of a key. Raises InvalidArgumentError."""
    return check_alphanumeric("name", name, MAX_NAME)
