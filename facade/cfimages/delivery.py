"""Addresses under which images are delivered, plain and signed. Pure: nothing is sent."""

import hmac
import math
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal, Never, TypedDict
from urllib.parse import quote, unquote

from cfimages.errors import InvalidArgumentError
from cfimages.times import Expiry, to_datetime, to_expiry
from cfimages.values import MAX_VARIANT_NAME, boolean, hidden, one_of, shown, unicode_text

DELIVERY_HOST = "imagedelivery.net"
DELIVERY_PATH = "/cdn-cgi/imagedelivery"
"""What precedes the account hash on a domain of one's own."""

Quality = Literal["high", "medium-high", "medium-low", "low"]
"""A quality as it is perceived, for which the service chooses the number."""


class FlexibleOptions(TypedDict, total=False):
    """How an image is to be delivered, written into its address instead of the name of a variant.

    An account has to enable flexible variants, and private images have none. At least one option is needed; they
    are written in the order given. Source: pages "Features" and "Enable flexible variants".
    """

    width: int | Literal["auto"]
    """Pixels, from 1 on; auto is what suits the browser."""
    height: int
    """Pixels, from 1 on."""
    fit: Literal["scale-down", "contain", "cover", "crop", "aspect-crop", "pad", "squeeze"]
    """How width and height are meant."""
    gravity: Literal["auto", "face", "left", "right", "top", "bottom"] | tuple[float, float]
    """What stays when the image is cropped: a side, what is found, or a point as fractions from the left and top."""
    zoom: float
    """From 0 to 1: how close to a face it is cropped, with gravity face."""
    trim: tuple[int, int, int, int]
    """Pixels to cut off first: top, right, bottom, left."""
    rotate: Literal[90, 180, 270]
    """Degrees."""
    flip: Literal["h", "v", "hv"]
    """Mirrored horizontally, vertically or both, before it is rotated."""
    dpr: float
    """Device pixels per pixel of width and height."""
    upscale: Literal["interpolate", "generate"]
    """How an image is made larger."""
    format: Literal["auto", "avif", "webp", "jpeg", "baseline-jpeg", "json"]
    """Format of what is delivered; json is a description of the image instead."""
    quality: int | Quality
    """From 1 to 100, or as it is perceived."""
    slow_connection_quality: int | Quality
    """The quality for browsers that report a slow connection."""
    compression: Literal["fast"]
    """Made quicker, but larger and worse."""
    metadata: Literal["keep", "copyright", "none"]
    """Which EXIF data stays."""
    anim: bool
    """Whether an animation stays one."""
    background: str
    """A CSS colour: a name, `#RRGGBB` or a function such as `rgb(240 40 145)`."""
    segment: Literal["foreground"]
    """The subject alone, on a transparent background."""
    blur: float
    """Radius, from 1 to 250."""
    sharpen: float
    """Strength, from 0 to 10."""
    brightness: float
    """Factor, 0 or more."""
    contrast: float
    """Factor, 0 or more."""
    gamma: float
    """Factor, 0 or more."""
    saturation: float
    """Factor, 0 or more; 0 is greys."""


def delivery_url(
    account_hash: str, image_id: str, variant: str | FlexibleOptions = "public", *, domain: str | None = None
) -> str:
    """The address of an image in a variant.

    - `account_hash`: the name of the account in delivery URLs, which is not its id; `account_hash_of` finds it.
    - `variant`: a name, or options of which the variant is made on the fly.
    - `domain`: a host name of one's own, on a Cloudflare zone of the account.

    Raises InvalidArgumentError. Source: pages "Serve uploaded images", "Serve images from custom domains" and
    "Enable flexible variants".

    >>> delivery_url("Vi7wi5KSItxGFsWRG2Us6Q", "50% off/logo.png", "thumbnail", domain="example.com")
    'https://example.com/cdn-cgi/imagedelivery/Vi7wi5KSItxGFsWRG2Us6Q/50%25%20off/logo.png/thumbnail'
    >>> delivery_url("Vi7wi5KSItxGFsWRG2Us6Q", "logo", {"width": 400, "sharpen": 3})
    'https://imagedelivery.net/Vi7wi5KSItxGFsWRG2Us6Q/logo/width=400,sharpen=3'
    """
    base = f"https://{DELIVERY_HOST}" if domain is None else f"https://{_host(domain)}{DELIVERY_PATH}"
    last = _name(variant) if isinstance(variant, str) else _written(variant)
    return f"{base}/{_hash(account_hash)}/{_path(image_id)}/{last}"


def account_hash_of(url: str) -> str:
    """The account hash in a delivery URL, such as those in an image's `variants`.

    Raises InvalidArgumentError if it is no delivery URL; its host may be any. Source: page "Serve uploaded images".

    >>> account_hash_of("https://imagedelivery.net/Vi7wi5KSItxGFsWRG2Us6Q/logo/public")
    'Vi7wi5KSItxGFsWRG2Us6Q'
    """
    url = hidden(url or "")
    return account_hash_in([url]) or _refuse(NO_DELIVERY_URL)


def account_hash_in(urls: Iterable[object]) -> str | None:
    """The account hash in the first delivery URL among these, or None."""
    parsed = (_URL.fullmatch(re.split(r"[?#]", url)[0]) for url in urls if isinstance(url, str))
    return next((found["hash"] for found in parsed if found), None)


def sign_url(url: str, key: str, *, expiry: Expiry | None = None, now: datetime | None = None) -> str:
    """A delivery URL with the signature that a private image asks for.

    - `url`: as `delivery_url` makes it, with a named variant; its host may be any.
    - `key`: the value of a signing key, as it stands.
    - `expiry`: a datetime, a timedelta from now, or text, rounded up to a second; without it the URL does not expire.
    - `now`: the current time, if not the clock's.

    Raises InvalidArgumentError, which shows neither the key nor the URL. Source: page "Serve private images".

    >>> sign_url("https://imagedelivery.net/hash/id/public", "key", expiry="2100-01-01")[:64]
    'https://imagedelivery.net/hash/id/public?exp=4102444800&sig=6f6b'
    """
    url, key = hidden(url or ""), hidden(key or "")
    if problem := _unsignable(url):
        _refuse(problem)
    path = _path_of(url)
    if not re.fullmatch("[!-~]+", key):
        _refuse("key: must be the value of a signing key (key.value): text without spaces, line breaks or accents")
    end = ""
    if expiry is not None:
        present = datetime.now(UTC) if now is None else to_datetime("now", now)
        end = f"?exp={math.ceil(to_expiry('expiry', expiry, now=present).timestamp())}"
    signature = hmac.digest(key.encode(), f"{path}{end}".encode(), "sha256").hex()
    return f"{url}{end}{'&' if end else '?'}sig={signature}"


def refuse_flexible(variant: str | FlexibleOptions) -> None:
    """Check that a variant is one that private images have. Raises InvalidArgumentError."""
    if isinstance(variant, Mapping):
        _refuse(NO_FLEXIBLE_VARIANT)


NO_DELIVERY_URL = (
    "url: not a delivery URL, https://<host>/<account hash>/<image id>/<variant>, such as image.variants[0]"
)
NO_FLEXIBLE_VARIANT = (
    "variant: flexible options do not go with a signature: an image that needs one is delivered in named variants only"
)

_URL = re.compile(
    r"(?i:https?)://[^/?#@\\\s]+"
    rf"(?P<path>({DELIVERY_PATH})?/(?P<hash>(?!cdn-cgi/)[A-Za-z0-9_-]+)/[^?#]+/(?P<variant>[^/?#]+))"
)
# What every client sends as it stands, so that the path that is signed is the path that arrives.
_STABLE = re.compile(r"([A-Za-z0-9/._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+")


def _refuse(reason: str) -> Never:
    raise InvalidArgumentError(reason)


def _path_of(url: str) -> str:
    """The path of a URL that can be signed."""
    return url[url.index("/", len("https://")) :]


def _unsignable(url: str) -> str | None:
    """Why a URL cannot be signed. It raises nothing, since its frame has what may be a signed URL."""
    address, mark, query = url.partition("?")
    if mark:
        if re.search(r"(^|&)(sig|exp)=", query):
            return "url: has a signature or an expiry already: sign the URL without them"
        return "url: has a query, and what is signed is the path and the expiry alone"
    found = _URL.fullmatch(address)
    if not found or any(unquote(part) in (".", "..") for part in found["path"].split("/")):
        return NO_DELIVERY_URL
    if not _STABLE.fullmatch(found["path"]):
        return "url: has characters that are percent-encoded on the way: encode them first, as delivery_url does"
    return NO_FLEXIBLE_VARIANT if "=" in unquote(found["variant"]) else None


def _hash(value: object) -> str:
    text = unicode_text("account_hash", value)
    if re.fullmatch(r"[0-9a-f]{32}", text):
        _refuse(f"account_hash={shown(text)}: looks like an account id; the hash is the one in delivery URLs")
    if text == "cdn-cgi" or not re.fullmatch(r"[A-Za-z0-9_-]+", text):
        _refuse(f"account_hash={shown(text)}: must be letters A-Z, digits, - and _")
    return text


def _path(value: object) -> str:
    text = unicode_text("image_id", value)
    parts = text.split("/")
    if not parts[0] or not parts[-1]:
        _refuse(f"image_id={shown(text)}: must neither be empty nor begin or end with a slash")
    if "." in parts or ".." in parts:
        _refuse(f"image_id={shown(text)}: would address something else, as a part of it is . or ..")
    return quote(text)


def _host(value: object) -> str:
    text = unicode_text("domain", value)
    label = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    if len(text) > 253 or not re.fullmatch(rf"({label}\.)+(?=[A-Za-z]){label}", text):
        _refuse(f"domain={shown(text)}: must be a host name alone, such as images.example.com")
    return text


def _name(variant: str) -> str:
    text = unicode_text("variant", variant)
    if not re.fullmatch(rf"[A-Za-z0-9]{{1,{MAX_VARIANT_NAME}}}", text):
        _refuse(
            f"variant={shown(text)}: must be at most {MAX_VARIANT_NAME} letters A-Z and digits, or a mapping of options"
        )
    return text


def _written(options: object) -> str:
    """The options as one segment of a path."""
    if not isinstance(options, Mapping) or not options:
        _refuse(f"variant={shown(options)}: must be a name or a mapping of options, with at least one")
    parts = []
    for name, value in options.items():
        if name not in _OPTIONS:
            _refuse(f"variant[{shown(name)}]: no such option: there are {', '.join(_OPTIONS)}")
        parts.append(f"{name.replace('_', '-')}={_OPTIONS[name](f'variant[{name!r}]', value)}")
    return ",".join(parts)


_Writer = Callable[[str, object], str]
"""Checks the value of the option of that name, and writes it."""


def _number(low: int, high: int | None = None, *, whole: bool = False) -> _Writer:
    most = sys.float_info.max if high is None else high
    noun = "a whole number" if whole else "a number"
    bounds = f", {low} or more" if high is None else f" from {low} to {high}"

    def write(name: str, value: object) -> str:
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or (whole and not isinstance(value, int))
            or not low <= value <= most
        ):
            _refuse(f"{name}={shown(value)}: must be {noun}{bounds}")
        return f"{Decimal(str(abs(float(value)))):f}".removesuffix(".0")  # never with an exponent, or as -0

    return write


def _word(*accepted: object) -> _Writer:
    return lambda name, value: str(one_of(name, value, accepted))


def _word_or(words: tuple[str, ...], noun: str, other: _Writer) -> _Writer:
    return lambda name, value: (
        one_of(name, value, words, f", or {noun}") if isinstance(value, str) else other(name, value)
    )


def _several(count: int, separator: str, number: _Writer) -> _Writer:
    def write(name: str, value: object) -> str:
        if not isinstance(value, tuple | list) or len(value) != count:
            _refuse(f"{name}={shown(value)}: must be {count} numbers")
        return separator.join(number(f"{name}[{n}]", item) for n, item in enumerate(value))

    return write


def _flag(name: str, value: object) -> str:
    return "true" if boolean(name, value) else "false"


def _colour(name: str, value: object) -> str:
    text = unicode_text(name, value)
    if not re.fullmatch(r"[A-Za-z]+(\([0-9A-Za-z.,%+ -]+\))?|#[0-9A-Fa-f]{3,8}", text):
        _refuse(f"{name}={shown(text)}: must be a CSS colour: a name, #RRGGBB or a function such as rgb(240 40 145)")
    return quote(text, safe="")


_pixels = _number(1, whole=True)
_quality = _word_or(("high", "medium-high", "medium-low", "low"), "a number from 1 to 100", _number(1, 100, whole=True))
_factor = _number(0)

_OPTIONS: Mapping[str, _Writer] = {
    "width": _word_or(("auto",), "a number of pixels", _pixels),
    "height": _pixels,
    "fit": _word("scale-down", "contain", "cover", "crop", "aspect-crop", "pad", "squeeze"),
    "gravity": _word_or(
        ("auto", "face", "left", "right", "top", "bottom"), "two numbers", _several(2, "x", _number(0, 1))
    ),
    "zoom": _number(0, 1),
    "trim": _several(4, ";", _number(0, whole=True)),
    "rotate": _word(90, 180, 270),
    "flip": _word("h", "v", "hv"),
    "dpr": _factor,
    "upscale": _word("interpolate", "generate"),
    "format": _word("auto", "avif", "webp", "jpeg", "baseline-jpeg", "json"),
    "quality": _quality,
    "slow_connection_quality": _quality,
    "compression": _word("fast"),
    "metadata": _word("keep", "copyright", "none"),
    "anim": _flag,
    "background": _colour,
    "segment": _word("foreground"),
    "blur": _number(1, 250),
    "sharpen": _number(0, 10),
    "brightness": _factor,
    "contrast": _factor,
    "gamma": _factor,
    "saturation": _factor,
}
