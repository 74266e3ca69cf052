"""Keys with which delivery URLs are signed."""

import attrs

from cfimages.arguments import check_alphanumeric
from cfimages.models.shape import ResponseModel
from cfimages.secret import Confidential, Secret

MAX_NAME = 20
"""Letters and digits in the name of a key."""


def _secret(value: str) -> Secret:  # the argument of `SigningKey` has the type of this one
    return Secret(value)


@attrs.frozen
class SigningKey(Confidential, ResponseModel):
    """A key with which delivery URLs are signed. It cannot be pickled. Source: schema `SigningKey`."""

    name: str
    """Name of the key."""
    value: str = attrs.field(converter=_secret, repr=False)
    """The secret, for `sign_url`. No `repr` shows it; `str(key.value)` returns it."""


def check_key_name(name: str) -> str:
    """Check the name of a key. Raises InvalidArgumentError."""
    return check_alphanumeric("name", name, MAX_NAME)
