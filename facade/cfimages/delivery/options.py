"""Flexible options: how an image is delivered, written into its URL in place of the name of a variant."""

import re
import sys
from collections.abc import Callable, Mapping
from typing import Literal, Never
from urllib.parse import quote

from cfimages.arguments import check_bool, check_choice, check_text, repr_short
from cfimages.errors import InvalidArgumentError

if sys.version_info >= (3, 12):
    from typing import TypedDict
else:  # Python 3.11: pydantic does not take the one of the standard library
    from typing_extensions import TypedDict

Quality = Literal["high", "medium-high", "medium-low", "low"]
"""A perceptual quality: the service chooses the number."""

Length = int | float
"""A whole number of pixels, or a fraction of the image below 1. An `int` stays one when pydantic reads it."""


class FlexibleOptions(TypedDict, total=False):
    """How an image is delivered: size, crop, format, effects.

    The names are Cloudflare's, with `_` for `-` and `.`. At least one option is needed. They are written in the order
    given. Flexible variants must be enabled for the account, and private images cannot be delivered in them.

    Source: pages "Features" and "Enable flexible variants". `border` and `onerror` of that page do not exist for
    hosted images.
    """

    width: int | Literal["auto"]
    """Width in pixels, 1 or more; `auto` chooses one for the browser."""
    wbreakpoints: list[int] | tuple[int, ...]
    """Widths in pixels that `width="auto"` chooses from, for browsers that send client hints."""
    wmobile: int
    """Width in pixels that `width="auto"` gives to mobile devices, for browsers without client hints."""
    wdesktop: int
    """Width in pixels that `width="auto"` gives to desktop devices, for browsers without client hints."""
    height: int
    """Height in pixels, 1 or more."""
    fit: Literal["scale-down", "contain", "cover", "crop", "aspect-crop", "pad", "squeeze", "scale-up"]
    """How the image is fitted into width and height."""
    gravity: Literal["auto", "face", "left", "right", "top", "bottom"] | tuple[float, float]
    """What stays when the image is cropped: a side, what is detected, or a point as fractions from left and top."""
    zoom: float
    """How close to a face the image is cropped with `gravity="face"`, from 0 to 1."""
    trim: Literal["border"] | tuple[Length, Length, Length, Length]
    """What is cut off first: a border of one colour, or this much at the top, right, bottom and left."""
    trim_border_color: str
    """CSS colour of the border that `trim="border"` cuts off; detected if not given."""
    trim_border_tolerance: int
    """How closely pixels must match the colour of the border, from 0 to 255."""
    trim_border_keep: int
    """Pixels of the border that are kept."""
    trim_top: Length
    """What is cut off at the top."""
    trim_left: Length
    """What is cut off on the left."""
    trim_width: Length
    """Width that is kept, from the left edge."""
    trim_height: Length
    """Height that is kept, from the top edge."""
    rotate: Literal[90, 180, 270]
    """Degrees by which the image is rotated, before it is resized."""
    flip: Literal["h", "v", "hv"]
    """Axes along which the image is mirrored, before it is rotated."""
    dpr: float
    """Device pixels for each pixel of width and height, at most 2."""
    upscale: Literal["interpolate", "generate"]
    """How an image is enlarged: by interpolation, or by a model that generates detail."""
    format: Literal["auto", "avif", "webp", "jpeg", "baseline-jpeg", "json"]
    """Format of what is delivered; `json` delivers a description of the image."""
    quality: int | Quality
    """Quality from 1 to 100, or a perceptual one."""
    slow_connection_quality: int | Quality
    """Quality for browsers that report a slow connection."""
    compression: Literal["fast"]
    """Compress quickly, at the cost of size and quality."""
    metadata: Literal["keep", "copyright", "none"]
    """Which EXIF data is kept."""
    anim: bool
    """Whether an animation is kept; if not, its first frame is delivered."""
    background: str
    """CSS colour behind transparent pixels and padding: a name, `#RRGGBB` or a function such as `rgb(240 40 145)`."""
    segment: Literal["foreground"]
    """Keep the subject, and make the background transparent."""
    blur: int
    """Blur radius, from 0 to 250."""
    sharpen: float
    """Strength, from 0 to 10."""
    brightness: float
    """Factor, 0 or more."""
    contrast: float
    """Factor, 0 or more."""
    gamma: float
    """Factor, 0 or more."""
    saturation: float
    """Factor, 0 or more; 0 removes all colour."""


# A model of pydantic that has options refuses an unknown one instead of dropping it.
setattr(FlexibleOptions, "__pydantic_config__", {"extra": "forbid"})  # noqa: B010 - a TypedDict declares no attributes


def write_options(options: object) -> str:
    """Return flexible options as the last segment of a delivery URL.

    Raises InvalidArgumentError for an option that does not exist, and for a value that the option does not accept.

    >>> write_options({"width": 400, "trim_border_keep": 10})
    'width=400,trim.border.keep=10'
    """
    if not isinstance(options, Mapping) or not options:
        _refuse(f"variant={repr_short(options)}: must be a name or a mapping of options, with at least one")
    return ",".join(_write_option(name, value) for name, value in options.items())


def _write_option(name: object, value: object) -> str:
    if not isinstance(name, str) or name not in OPTIONS:
        ours = re.sub("[-.]", "_", name) if isinstance(name, str) else ""
        hint = f"write it as {ours!r}" if ours in OPTIONS else f"there are {', '.join(OPTIONS)}"
        _refuse(f"variant[{repr_short(name)}]: no such option: {hint}")
    written_name, write = OPTIONS[name]
    return f"{written_name}={write(f'variant[{name!r}]', value)}"


def _refuse(reason: str) -> Never:
    raise InvalidArgumentError(reason)


Writer = Callable[[str, object], str]
"""Checks the value of an option and returns it as text. The first argument is what an error calls the option."""


def _number(low: int, high: int | None = None, *, whole: bool = False) -> Writer:
    highest = sys.float_info.max if high is None else high
    noun = "a whole number" if whole else "a number"
    bounds = f", {low} or more" if high is None else f" from {low} to {high}"

    def write(name: str, value: object) -> str:
        kind = int if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kind) or not low <= value <= highest:
            _refuse(f"{name}={repr_short(value)}: must be {noun}{bounds}")
        return _decimal(value)

    return write


def _decimal(number: float) -> str:
    from decimal import Decimal  # costs a millisecond that few programs need to spend

    return f"{Decimal(str(abs(float(number)))):f}".removesuffix(".0")  # never with an exponent, or as -0


def _length(low: int) -> Writer:
    def write(name: str, value: object) -> str:
        pixels = isinstance(value, int) and not isinstance(value, bool) and low <= value <= sys.float_info.max
        fraction = isinstance(value, float) and (0 < value < 1 or value == low == 0)
        if not isinstance(value, int | float) or not (pixels or fraction):
            _refuse(
                f"{name}={repr_short(value)}: must be a whole number of pixels, {low} or more, or a fraction below 1"
            )
        return _decimal(value)

    return write


def _word(*accepted: object) -> Writer:
    return lambda name, value: str(check_choice(name, value, accepted))


def _word_or(words: tuple[str, ...], noun: str, other: Writer) -> Writer:
    return lambda name, value: (
        check_choice(name, value, words, f", or {noun}") if isinstance(value, str) else other(name, value)
    )


def _several(count: int | None, separator: str, number: Writer) -> Writer:
    def write(name: str, value: object) -> str:
        if not isinstance(value, tuple | list) or not value or len(value) != (count or len(value)):
            _refuse(f"{name}={repr_short(value)}: must be {count or 'a list of'} numbers")
        return separator.join(number(f"{name}[{n}]", item) for n, item in enumerate(value))

    return write


def _flag(name: str, value: object) -> str:
    return "true" if check_bool(name, value) else "false"


def _colour(name: str, value: object) -> str:
    text = check_text(name, value)
    if not re.fullmatch(r"[A-Za-z]+(\([0-9A-Za-z.,%+ -]+\))?|#[0-9A-Fa-f]{3,8}", text):
        _refuse(f"{name}={repr_short(text)}: must be a CSS colour: a name, #RRGGBB or a function: rgb(240 40 145)")
    return quote(text, safe="")


_pixels = _number(1, whole=True)
_quality = _word_or(("high", "medium-high", "medium-low", "low"), "a number from 1 to 100", _number(1, 100, whole=True))
_factor = _number(0)

OPTIONS: Mapping[str, tuple[str, Writer]] = {
    "width": ("width", _word_or(("auto",), "a number of pixels", _pixels)),
    "wbreakpoints": ("wbreakpoints", _several(None, ";", _pixels)),
    "wmobile": ("wmobile", _pixels),
    "wdesktop": ("wdesktop", _pixels),
    "height": ("height", _pixels),
    "fit": ("fit", _word("scale-down", "contain", "cover", "crop", "aspect-crop", "pad", "squeeze", "scale-up")),
    "gravity": (
        "gravity",
        _word_or(("auto", "face", "left", "right", "top", "bottom"), "2 numbers", _several(2, "x", _number(0, 1))),
    ),
    "zoom": ("zoom", _number(0, 1)),
    "trim": ("trim", _word_or(("border",), "4 numbers", _several(4, ";", _length(0)))),
    "trim_border_color": ("trim.border.color", _colour),
    "trim_border_tolerance": ("trim.border.tolerance", _number(0, 255, whole=True)),
    "trim_border_keep": ("trim.border.keep", _number(0, whole=True)),
    "trim_top": ("trim.top", _length(0)),
    "trim_left": ("trim.left", _length(0)),
    "trim_width": ("trim.width", _length(1)),
    "trim_height": ("trim.height", _length(1)),
    "rotate": ("rotate", _word(90, 180, 270)),
    "flip": ("flip", _word("h", "v", "hv")),
    "dpr": ("dpr", _number(0, 2)),
    "upscale": ("upscale", _word("interpolate", "generate")),
    "format": ("format", _word("auto", "avif", "webp", "jpeg", "baseline-jpeg", "json")),
    "quality": ("quality", _quality),
    "slow_connection_quality": ("slow-connection-quality", _quality),
    "compression": ("compression", _word("fast")),
    "metadata": ("metadata", _word("keep", "copyright", "none")),
    "anim": ("anim", _flag),
    "background": ("background", _colour),
    "segment": ("segment", _word("foreground")),
    "blur": ("blur", _number(0, 250, whole=True)),
    "sharpen": ("sharpen", _number(0, 10)),
    "brightness": ("brightness", _factor),
    "contrast": ("contrast", _factor),
    "gamma": ("gamma", _factor),
    "saturation": ("saturation", _factor),
}
"""For each option, its name in a URL and how its value is checked and written."""
