"""The URLs under which images are delivered."""

import re
from collections.abc import Iterable
from urllib.parse import quote

from cfimages.arguments import check_alphanumeric, check_text, repr_short
from cfimages.delivery.flexible_options import FlexibleOptions, write_options
from cfimages.errors import InvalidArgumentError
from cfimages.secret import as_secret

DELIVERY_HOST = "imagedelivery.net"
DELIVERY_PATH = "/cdn-cgi/imagedelivery"
"""What precedes the account hash in a URL on a domain of one's own."""

MAX_VARIANT_NAME = 99
"""Maximum number of characters in the name of a variant."""

NOT_A_DELIVERY_URL = (
    "url: not a delivery URL, https://<host>/<account hash>/<image id>/<variant>, such as image.variants[0]"
)

NO_FLEXIBLE_VARIANT = "variant: flexible options cannot be signed: private images are delivered in named variants only"

PATTERN = re.compile(
    r"(?i:https?)://[^/?#@\\\s]+"
    rf"(?P<path>({DELIVERY_PATH})?/(?P<hash>(?!cdn-cgi/)[A-Za-z0-9_-]+)/[^?#]+/(?P<variant>[^/?#]+))"
)
"""A delivery URL without query and fragment, on any host."""


def delivery_url(
    account_hash: str, image_id: str, variant: str | FlexibleOptions = "public", *, domain: str | None = None
) -> str:
    """Return the URL under which an image is delivered.

    Args:
        account_hash: The account hash in delivery URLs, which is not the account id. `account_hash_of` finds it.
        image_id: The id, as `Image.id` gives it.
        variant: The name of a variant, or flexible options.
        domain: A host name of your own, on a Cloudflare zone of the account.

    Raises:
        InvalidArgumentError: An argument is invalid.

    Source: pages "Serve uploaded images", "Serve images from custom domains" and "Enable flexible variants".

    >>> delivery_url("Vi7wi5KSItxGFsWRG2Us6Q", "50% off/logo.png", "thumbnail", domain="example.com")
    'https://example.com/cdn-cgi/imagedelivery/Vi7wi5KSItxGFsWRG2Us6Q/50%25%20off/logo.png/thumbnail'
    >>> delivery_url("Vi7wi5KSItxGFsWRG2Us6Q", "logo", {"width": 400, "sharpen": 3})
    'https://imagedelivery.net/Vi7wi5KSItxGFsWRG2Us6Q/logo/width=400,sharpen=3'
    """
    base = f"https://{DELIVERY_HOST}" if domain is None else f"https://{_check_domain(domain)}{DELIVERY_PATH}"
    return url_below(f"{base}/{_check_account_hash(account_hash)}", image_id, variant)


def url_below(base: str, image_id: str, variant: str | FlexibleOptions) -> str:
    """Return the URL of an image, for what precedes the id. Raises InvalidArgumentError for the others."""
    if isinstance(variant, str):
        last = check_alphanumeric("variant", variant, MAX_VARIANT_NAME, ", or a mapping of options")
    else:
        last = write_options(variant)
    return f"{base}/{_quote_image_id(image_id)}/{last}"


def account_hash_of(url: str) -> str:
    """Return the account hash in a delivery URL.

    Args:
        url: A delivery URL, such as those in `Image.variants`. Its host may be any.

    Raises:
        InvalidArgumentError: It is not a delivery URL.

    Source: page "Serve uploaded images".

    >>> account_hash_of("https://imagedelivery.net/Vi7wi5KSItxGFsWRG2Us6Q/logo/public")
    'Vi7wi5KSItxGFsWRG2Us6Q'
    """
    url = as_secret(url) or ""  # it may have a signature
    base = base_in([url])
    if base is None:
        raise InvalidArgumentError(NOT_A_DELIVERY_URL)
    return base.rpartition("/")[2]


def base_in(urls: Iterable[object]) -> str | None:
    """Return what precedes the id in the first delivery URL among these, up to the account hash; or None."""
    matches = (PATTERN.fullmatch(re.split(r"[?#]", url)[0]) for url in urls if isinstance(url, str))
    return next((match.string[: match.end("hash")] for match in matches if match), None)


def _check_account_hash(value: object) -> str:
    text = check_text("account_hash", value)
    if re.fullmatch(r"[0-9a-f]{32}", text):
        raise InvalidArgumentError(
            f"account_hash={repr_short(text)}: looks like an account id; the hash is the one in delivery URLs"
        )
    if text == "cdn-cgi" or not re.fullmatch(r"[A-Za-z0-9_-]+", text):
        raise InvalidArgumentError(f"account_hash={repr_short(text)}: must be letters A-Z, digits, - and _")
    return text


def _quote_image_id(value: object) -> str:
    text = check_text("image_id", value)
    parts = text.split("/")
    if not parts[0] or not parts[-1]:
        raise InvalidArgumentError(f"image_id={repr_short(text)}: must neither be empty nor begin or end with a slash")
    if "." in parts or ".." in parts:
        raise InvalidArgumentError(
            f"image_id={repr_short(text)}: would address something else, as a part of it is . or .."
        )
    return quote(text)


def _check_domain(value: object) -> str:
    text = check_text("domain", value)
    label = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    if len(text) > 253 or not re.fullmatch(rf"({label}\.)+(?=[A-Za-z]){label}", text):
        raise InvalidArgumentError(f"domain={repr_short(text)}: must be a host name alone, such as images.example.com")
    return text
