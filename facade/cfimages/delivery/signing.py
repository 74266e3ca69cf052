"""Signed delivery URLs."""

import hmac
import math
import re
from datetime import UTC, datetime
from urllib.parse import unquote

from cfimages.delivery.urls import NO_FLEXIBLE_VARIANT, NOT_A_DELIVERY_URL, PATTERN
from cfimages.errors import InvalidArgumentError
from cfimages.secret import as_secret
from cfimages.times import Expiry, to_datetime, to_expiry

# Characters that every client sends unchanged, so that the path that is signed is the path that arrives.
_UNCHANGED = re.compile(r"([A-Za-z0-9/._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+")


def sign_url(url: str, key: str, *, expiry: Expiry | None = None, now: datetime | None = None) -> str:
    """Return a delivery URL with the signature that a private image needs.

    Args:
        url: A URL of a named variant, as `delivery_url` returns it. Its host may be any.
        key: The value of a signing key, `SigningKey.value`.
        expiry: When the URL expires: an aware datetime, a timedelta from now, or a string (UTC without a time zone).
            Rounded up to a second. Without it, the URL never expires.
        now: The current time as an aware datetime; by default that of the system clock.

    Raises:
        InvalidArgumentError: An argument is invalid. The message shows neither the key nor the URL.

    Source: page "Serve private images".

    >>> sign_url("https://imagedelivery.net/hash/id/public", "key", expiry="2100-01-01")[:64]
    'https://imagedelivery.net/hash/id/public?exp=4102444800&sig=6f6b'
    """
    key, url = as_secret(key) or "", as_secret(url) or ""  # a traceback with locals shows neither
    path = _path_to_sign(url)
    if not re.fullmatch("[!-~]+", key):
        raise InvalidArgumentError(
            "key: must be the value of a signing key (key.value): text without spaces, line breaks or accents"
        )
    query = ""
    if expiry is not None:
        present = datetime.now(UTC) if now is None else to_datetime("now", now)
        query = f"?exp={math.ceil(to_expiry('expiry', expiry, now=present).timestamp())}"
    signature = hmac.digest(key.encode(), f"{path}{query}".encode(), "sha256").hex()
    return f"{url}{query}{'&' if query else '?'}sig={signature}"


def _path_to_sign(url: str) -> str:
    """Return the path of a URL that can be signed. Raises InvalidArgumentError for any other."""
    if re.match(r"[^?]*\?(.*&)?(sig|exp)=", url, re.DOTALL):  # `search` would take quadratic time
        raise InvalidArgumentError("url: already has a signature or an expiry: sign the URL without them")
    if "?" in url:
        raise InvalidArgumentError("url: has a query, but only the path and the expiry are signed")
    match = PATTERN.fullmatch(url)
    if not match or any(unquote(part) in (".", "..") for part in match["path"].split("/")):
        raise InvalidArgumentError(NOT_A_DELIVERY_URL)
    if not _UNCHANGED.fullmatch(match["path"]):
        raise InvalidArgumentError(
            "url: has characters that clients percent-encode: encode them first, as delivery_url does"
        )
    if "=" in unquote(match["variant"]):
        raise InvalidArgumentError(NO_FLEXIBLE_VARIANT)
    return match["path"]
