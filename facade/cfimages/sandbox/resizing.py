"""Images in other sizes, made by Pillow if it is installed. It is imported with the first one."""

import io
import logging
import re
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from cfimages.sandbox.dimensions import dimensions
from cfimages.sandbox.media import media_type

if TYPE_CHECKING:
    from PIL.Image import Image

_log = logging.getLogger("cfimages.sandbox")

_OPTION = r"[a-z-]+=([^=,()]|\([^=()]*\))+"  # rgb(1,2,3) has commas of its own
_SHORT = {"w": "width", "h": "height", "q": "quality", "f": "format", "g": "gravity"}
_FITS = ("scale-down", "contain", "cover", "crop", "pad", "squeeze")
_FORMATS = {
    "auto": "",
    "avif": "AVIF",
    "webp": "WEBP",
    "jpeg": "JPEG",
    "baseline-jpeg": "JPEG",
    "png": "PNG",
}
_SIDES = {"left": (0.0, 0.5), "right": (1.0, 0.5), "top": (0.5, 0.0), "bottom": (0.5, 1.0), "center": (0.5, 0.5)}
MAX_SIDE = 12_000

NOT_INSTALLED = "sandbox=original;pillow-missing"
"""In the header `Cf-Resized`, where an image should be resized and cannot be."""


class OptionsError(ValueError):
    """Options that cannot be read; the text is what delivery answers."""


class Rendered(NamedTuple):
    """The bytes that are delivered."""

    content: bytes
    note: str
    """For the header `Cf-Resized`."""


def flexible_options(text: str) -> dict[str, Any]:
    """Read the options in an address. Names that are unknown here are passed over. Raises OptionsError."""
    if not re.fullmatch(rf"{_OPTION}(,{_OPTION})*", text):
        raise OptionsError("the options of the flexible variant cannot be read")
    options: dict[str, Any] = {}
    for part in re.split(r",(?![^(]*\))", text):
        name, _, value = part.partition("=")
        options[_SHORT.get(name, name)] = value
    for name in ("width", "height"):
        if options.get(name) == "auto":
            del options[name]
        elif name in options:
            options[name] = _whole(name, options[name], MAX_SIDE)
    if "quality" in options:
        options["quality"] = _quality(options["quality"])
    for name, allowed in (("fit", _FITS), ("format", tuple(_FORMATS))):
        if name in options and options[name] not in allowed:
            raise OptionsError(f"{name} must be one of {', '.join(allowed)}, not {options[name]}")
    return options


def _whole(name: str, text: str, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", text) or not 1 <= int(text) <= most:
        raise OptionsError(f"{name} must be a whole number from 1 to {most}, not {text}")
    return int(text)


def _quality(text: str) -> int:
    named = {"high": 90, "medium-high": 80, "medium-low": 60, "low": 40}
    return named[text] if text in named else _whole("quality", text, 100)


def render(content: bytes, options: dict[str, Any], accept: str) -> Rendered:
    """Return an image with the size, fit and format of a variant, or of options in an address.

    SVG and animations stay as they are, and so does whatever Pillow cannot read.
    """
    kind, size = media_type(content), dimensions(content)
    if kind == "image/svg+xml" or size is None:
        return Rendered(content, "sandbox=original")
    if not _changes(options, size, accept):
        return Rendered(content, "sandbox=original")
    pillow = load_pillow()
    if pillow is None:
        return Rendered(content, NOT_INSTALLED)
    try:
        with pillow.open(io.BytesIO(content)) as image:
            if getattr(image, "is_animated", False):
                return Rendered(content, "sandbox=original;animated")
            made = _fitted(pillow, image, options)
            encoded = _encoded(made, image.format or "PNG", options, accept)
            return Rendered(encoded, f"sandbox={made.width}x{made.height}")
    except (OSError, SyntaxError, ValueError, pillow.DecompressionBombError) as error:
        _log.warning("an image stays as it is: Pillow cannot read it: %s", error)
        return Rendered(content, "sandbox=original;unreadable")


def _changes(options: dict[str, Any], size: tuple[int, int], accept: str) -> bool:
    """Whether the image would not stay as it is."""
    if options.get("fit", "scale-down") == "scale-down" and not _format(options, accept) and "quality" not in options:
        width, height = options.get("width", size[0]), options.get("height", size[1])
        return bool(size[0] > width or size[1] > height)
    return True


@lru_cache
def load_pillow() -> ModuleType | None:
    """Return Pillow's `Image`. If Pillow is not installed, return None, the first time with a warning."""
    try:
        from PIL import Image
    except ImportError:
        _log.warning("images are delivered as they were uploaded: to have them resized, pip install pillow")
        return None
    return Image


def _format(options: dict[str, Any], accept: str) -> str:
    """The format that is asked for; empty for that of the original."""
    if options.get("format") == "auto":
        return next((name.upper() for name in ("avif", "webp") if f"image/{name}" in accept), "")
    return _FORMATS[options.get("format", "auto")]


def _fitted(pillow: ModuleType, image: "Image", options: dict[str, Any]) -> "Image":
    """The image in its new size."""
    from PIL import ImageOps

    turned = ImageOps.exif_transpose(image)
    source = turned.convert("RGBA" if turned.has_transparency_data else "RGB")
    ratio = source.width / source.height
    width, height = options.get("width"), options.get("height")
    if width is None and height is None:
        return source
    box: tuple[int, int] = (
        width or max(1, round((height or 1) * ratio)),
        height or max(1, round((width or 1) / ratio)),
    )
    fit = options.get("fit", "scale-down")
    smaller = box[0] >= source.width and box[1] >= source.height
    if fit == "squeeze":
        return source.resize(box)
    if smaller and fit in ("scale-down", "crop"):
        return source
    if fit in ("cover", "crop"):
        if fit == "crop":  # never enlarged
            box = (min(box[0], source.width), min(box[1], source.height))
        return _cropped(source, box, _gravity(options.get("gravity", "center")))
    scale = min(box[0] / source.width, box[1] / source.height)
    inside = source.resize((max(1, round(source.width * scale)), max(1, round(source.height * scale))))
    if fit != "pad":
        return inside
    canvas: Image = pillow.new("RGBA", box, _color(options.get("background", "white")))
    canvas.paste(inside, ((box[0] - inside.width) // 2, (box[1] - inside.height) // 2))
    return canvas if inside.mode == "RGBA" else canvas.convert("RGB")


def _cropped(source: "Image", box: tuple[int, int], gravity: tuple[float, float]) -> "Image":
    """The part of an image that fills a box."""
    scale = max(box[0] / source.width, box[1] / source.height)
    width, height = box[0] / scale, box[1] / scale
    left, top = (source.width - width) * gravity[0], (source.height - height) * gravity[1]
    return source.resize(box, box=(left, top, left + width, top + height))


def _gravity(text: str) -> tuple[float, float]:
    if found := re.fullmatch(r"(0(?:\.\d+)?|1(?:\.0+)?)x(0(?:\.\d+)?|1(?:\.0+)?)", text):
        return float(found[1]), float(found[2])
    return _SIDES.get(text, (0.5, 0.5))


def _color(text: str) -> Any:
    from PIL import ImageColor

    return ImageColor.getcolor(unquote(text), "RGBA")


def _encoded(image: "Image", original: str, options: dict[str, Any], accept: str) -> bytes:
    wanted = _format(options, accept) or (original if original in ("JPEG", "PNG", "GIF", "WEBP", "AVIF") else "PNG")
    target = io.BytesIO()
    lossy = wanted in ("JPEG", "WEBP", "AVIF")
    made = image.convert("RGB") if wanted == "JPEG" else image
    made.save(target, wanted, **({"quality": options.get("quality", 85)} if lossy else {}))
    return target.getvalue()
