"""Flexible options: how an image is delivered, written into its URL in place of the name of a variant."""

import re
import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints
from urllib.parse import quote

import attrs

from cfimages.arguments import repr_short
from cfimages.errors import InvalidArgumentError
from cfimages.typed_dicts import TypedDict, refuse_unknown_keys

Quality = Literal["high", "medium-high", "medium-low", "low"]
"""A perceptual quality: the service chooses the number."""

Length = int | float
"""A whole number of pixels, or a fraction of the image below 1. An `int` stays one when pydantic reads it."""


@attrs.frozen
class _Values:
    """The values of an option beside the words in its type."""

    accepted: str
    """What an error says that is accepted."""
    write: Callable[[Any], str | None]
    """Returns a value as a URL has it, or None if it is not accepted."""


def _number(low: int, high: int | None = None, *, whole: bool = False) -> _Values:
    highest = sys.float_info.max if high is None else high
    noun = "a whole number" if whole else "a number"
    bounds = f", {low} or more" if high is None else f" from {low} to {high}"

    def write(value: Any) -> str | None:
        return _decimal(value) if _is_number(value, int if whole else int | float) and low <= value <= highest else None

    return _Values(noun + bounds, write)


def _is_number(value: object, kind: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _decimal(number: float) -> str:
    from decimal import Decimal  # costs a millisecond that few programs need to spend

    return f"{Decimal(str(abs(float(number)))):f}".removesuffix(".0")  # never with an exponent, or as -0


def _length(low: int) -> _Values:
    def write(value: Any) -> str | None:
        pixels = _is_number(value, int) and low <= value <= sys.float_info.max
        fraction = isinstance(value, float) and (0 < value < 1 or value == low == 0)
        return _decimal(value) if pixels or fraction else None

    return _Values(f"a whole number of pixels, {low} or more, or a fraction below 1", write)


def _several(count: int | None, separator: str, values: _Values) -> _Values:
    def write(value: Any) -> str | None:
        if not isinstance(value, tuple | list) or not value or len(value) != (count or len(value)):
            return None
        written = [text for item in value if (text := values.write(item)) is not None]
        return separator.join(written) if len(written) == len(value) else None

    return _Values(f"{count or 'a list or tuple'} of: {values.accepted}", write)


def _colour(value: object) -> str | None:
    pattern = r"[A-Za-z]+(\([0-9A-Za-z.,%+ -]+\))?|#[0-9A-Fa-f]{3,8}"
    return quote(value, safe="") if isinstance(value, str) and re.fullmatch(pattern, value) else None


_PIXELS = _number(1, whole=True)
_COLOUR = _Values("a CSS colour: a name, #RRGGBB or a function: rgb(240 40 145)", _colour)
_FLAG = _Values("True or False", lambda value: str(value).lower() if isinstance(value, bool) else None)


class FlexibleOptions(TypedDict, total=False):
    """How an image is delivered: size, crop, format, effects.

    The names are Cloudflare's, with `_` for `-` and `.`. At least one option is required. They are written in the order
    given. Flexible variants must be enabled for the account, and do not work for private images.

    Source: pages "Features" and "Enable flexible variants". `border` and `onerror` of that page do not exist for
    hosted images.
    """

    width: Annotated[int | Literal["auto"], _PIXELS]
    """Width in pixels, 1 or more; `auto` chooses one for the browser."""
    wbreakpoints: Annotated[list[int] | tuple[int, ...], _several(None, ";", _PIXELS)]
    """Widths in pixels that `width="auto"` chooses from, for browsers that send client hints."""
    wmobile: Annotated[int, _PIXELS]
    """Width in pixels that `width="auto"` gives to mobile devices, for browsers without client hints."""
    wdesktop: Annotated[int, _PIXELS]
    """Width in pixels that `width="auto"` gives to desktop devices, for browsers without client hints."""
    height: Annotated[int, _PIXELS]
    """Height in pixels, 1 or more."""
    fit: Literal["scale-down", "contain", "cover", "crop", "aspect-crop", "pad", "squeeze", "scale-up"]
    """How the image is fitted into width and height."""
    gravity: Annotated[
        Literal["auto", "face", "left", "right", "top", "bottom"] | tuple[float, float],
        _several(2, "x", _number(0, 1)),
    ]
    """What stays when the image is cropped: a side, what is detected, or a point as fractions from left and top."""
    zoom: Annotated[float, _number(0, 1)]
    """How close to a face the image is cropped with `gravity="face"`, from 0 to 1."""
    trim: Annotated[Literal["border"] | tuple[Length, Length, Length, Length], _several(4, ";", _length(0))]
    """What is cut off first: a border of one colour, or this much at the top, right, bottom and left."""
    trim_border_color: Annotated[str, _COLOUR]
    """CSS colour of the border that `trim="border"` cuts off; detected if not given."""
    trim_border_tolerance: Annotated[int, _number(0, 255, whole=True)]
    """How closely pixels must match the colour of the border, from 0 to 255."""
    trim_border_keep: Annotated[int, _number(0, whole=True)]
    """Pixels of the border that are kept."""
    trim_top: Annotated[Length, _length(0)]
    """What is cut off at the top."""
    trim_left: Annotated[Length, _length(0)]
    """What is cut off on the left."""
    trim_width: Annotated[Length, _length(1)]
    """Width that is kept, from the left edge."""
    trim_height: Annotated[Length, _length(1)]
    """Height that is kept, from the top edge."""
    rotate: Literal[90, 180, 270]
    """Degrees by which the image is rotated, before it is resized."""
    flip: Literal["h", "v", "hv"]
    """Axes along which the image is mirrored, before it is rotated."""
    dpr: Annotated[float, _number(0, 2)]
    """Device pixels for each pixel of width and height, at most 2."""
    upscale: Literal["interpolate", "generate"]
    """How an image is enlarged: by interpolation, or by a model that generates detail."""
    format: Literal["auto", "avif", "webp", "jpeg", "baseline-jpeg", "json"]
    """Format of what is delivered; `json` delivers a description of the image."""
    quality: Annotated[int | Quality, _number(1, 100, whole=True)]
    """Quality from 1 to 100, or a perceptual one."""
    slow_connection_quality: Annotated[int | Quality, _number(1, 100, whole=True)]
    """Quality for browsers that report a slow connection."""
    compression: Literal["fast"]
    """Compress quickly, at the cost of size and quality."""
    metadata: Literal["keep", "copyright", "none"]
    """Which EXIF data is kept."""
    anim: Annotated[bool, _FLAG]
    """Whether an animation is kept; if not, its first frame is delivered."""
    background: Annotated[str, _COLOUR]
    """CSS colour behind transparent pixels and padding: a name, `#RRGGBB` or a function such as `rgb(240 40 145)`."""
    segment: Literal["foreground"]
    """Keep the subject, and make the background transparent."""
    blur: Annotated[int, _number(0, 250, whole=True)]
    """Blur radius, from 0 to 250."""
    sharpen: Annotated[float, _number(0, 10)]
    """Strength, from 0 to 10."""
    brightness: Annotated[float, _number(0)]
    """Factor, 0 or more."""
    contrast: Annotated[float, _number(0)]
    """Factor, 0 or more."""
    gamma: Annotated[float, _number(0)]
    """Factor, 0 or more."""
    saturation: Annotated[float, _number(0)]
    """Factor, 0 or more; 0 removes all colour."""


refuse_unknown_keys(FlexibleOptions)


def write_options(options: object) -> str:
    """Return flexible options as the last segment of a delivery URL.

    Raises InvalidArgumentError for an option that does not exist, and for a value that the option does not accept.

    >>> write_options({"width": 400, "trim_border_keep": 10})
    'width=400,trim.border.keep=10'
    """
    if not isinstance(options, Mapping) or not options:
        raise InvalidArgumentError(
            f"variant={repr_short(options)}: must be a name or a mapping of options, with at least one"
        )
    return ",".join(_write_option(name, value) for name, value in options.items())


def _write_option(name: object, value: object) -> str:
    known = _accepted_values()
    if not isinstance(name, str) or name not in known:
        ours = re.sub("[-.]", "_", name) if isinstance(name, str) else ""
        hint = f"write it as {ours!r}" if ours in known else f"there are {', '.join(known)}"
        raise InvalidArgumentError(f"variant[{repr_short(name)}]: no such option: {hint}")
    words, values = known[name]
    written = str(words[words.index(value)]) if value in words else values and values.write(value)
    if written is None:
        accepted = [f"one of {', '.join(map(repr, words))}"] if words else []
        accepted += [values.accepted] if values else []
        raise InvalidArgumentError(f"variant[{name!r}]={repr_short(value)}: must be {', or '.join(accepted)}")
    return f"{name.replace('_', '.' if name.startswith('trim') else '-')}={written}"


@cache
def _accepted_values() -> Mapping[str, tuple[tuple[object, ...], _Values | None]]:
    """Return for each option the words in its type, and its other values."""
    annotated = get_type_hints(FlexibleOptions, include_extras=True)
    found = {}
    for name, kind in get_type_hints(FlexibleOptions).items():
        literals = [part for part in (kind, *get_args(kind)) if get_origin(part) is Literal]
        words = tuple(word for literal in literals for word in get_args(literal))
        found[name] = words, getattr(annotated[name], "__metadata__", (None,))[0]
    return found
