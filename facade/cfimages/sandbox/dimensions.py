"""How wide and high an image is, read from the head of its file."""

from collections.abc import Callable

from cfimages.sandbox.media import media_type

Size = tuple[int, int]
"""Width and height in pixels."""


def dimensions(content: bytes) -> Size | None:
    """Return the size of an image; None where its file does not say, or has another format."""
    read = _READERS.get(media_type(content) or "")
    try:
        return read(content) if read else None
    except IndexError:  # the file ends early
        return None


def _png(content: bytes) -> Size | None:
    if content[12:16] != b"IHDR":
        return None
    return _big(content, 16, 4), _big(content, 20, 4)


def _gif(content: bytes) -> Size:
    return _little(content, 6, 2), _little(content, 8, 2)


def _jpeg(content: bytes) -> Size | None:
    """The size is in the frame header, behind segments that each say how long they are."""
    place = 2
    while content[place] == 0xFF:
        marker = content[place + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return _big(content, place + 7, 2), _big(content, place + 5, 2)
        place += 2 + _big(content, place + 2, 2) if marker != 0xFF else 1  # 0xFF may be repeated
    return None


def _webp(content: bytes) -> Size | None:
    match content[12:16]:
        case b"VP8X":
            return 1 + _little(content, 24, 3), 1 + _little(content, 27, 3)
        case b"VP8L":
            bits = _little(content, 21, 4)
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case b"VP8 ":
            return _little(content, 26, 2) & 0x3FFF, _little(content, 28, 2) & 0x3FFF
    return None


def _heif(content: bytes) -> Size | None:
    """The largest of the sizes: those of thumbnails and tiles are among them."""
    sizes = []
    place = content.find(b"ispe", 0, 64 * 1024)
    while place >= 0:
        sizes.append((_big(content, place + 8, 4), _big(content, place + 12, 4)))
        place = content.find(b"ispe", place + 4, 64 * 1024)
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


def _big(content: bytes, place: int, length: int) -> int:
    return int.from_bytes(_part(content, place, length), "big")


def _little(content: bytes, place: int, length: int) -> int:
    return int.from_bytes(_part(content, place, length), "little")


def _part(content: bytes, place: int, length: int) -> bytes:
    part = content[place : place + length]
    if len(part) < length:
        raise IndexError(place)
    return part


_READERS: dict[str, Callable[[bytes], Size | None]] = {
    "image/png": _png,
    "image/gif": _gif,
    "image/jpeg": _jpeg,
    "image/webp": _webp,
    "image/avif": _heif,
    "image/heic": _heif,
}
