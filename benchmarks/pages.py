"""Pages of images as the service gives them, for accounts of any size, made when they are asked for.

All images of a page differ, and every image of an account has an id and an upload time of its own. Pages differ
from each other in a few bytes at known places only: a page is a template into which those are written. A server can
make one before it is asked for.
"""

import json
import random
import uuid
from datetime import UTC, datetime, timedelta

PER_PAGE = 1000

_FIRST_HOUR = datetime(2025, 1, 1, tzinfo=UTC)
_LENGTH = 560  # bytes of an image, filled up by its filename: a page has 560 KB
_ID = "~~~"  # where the number of the page goes in an id
_HOUR = "@" * len("2025-01-01T00")  # each page is one hour of uploads
_VARIANTS = ("public", "hero", "w=80")


class Pages:
    """The images of a page in both orders, and where pages differ."""

    def __init__(self) -> None:
        chance = random.Random(2025)
        images = [_image(slot, chance) for slot in range(PER_PAGE)]
        self._ascending = b",".join(images)
        self._descending = b",".join(reversed(images))
        self._ids = _places(images, _ID)
        self._hours = _places(images, _HOUR)
        self._ready: dict[tuple[int, bool], bytes] = {}

    def body(self, number: int, count: int, *, descending: bool) -> bytes:
        """The JSON of page `number` (from 0) of `count`."""
        which = _which(number, count, descending)
        images = self._ready.pop(which, None) or self._made(*which)
        token = json.dumps(f"{number + 1:064d}" if number + 1 < count else None).encode()
        tail = b'],"continuation_token":' + token + b'},"success":true,"errors":[],"messages":[]}'
        return b"".join((b'{"result":{"images":[', images, tail))

    def single(self) -> bytes:
        """The JSON of the only page of an account with one image."""
        images = self._made(0, False)[:_LENGTH]
        return (
            b'{"result":{"images":['
            + images
            + b'],"continuation_token":null},"success":true,"errors":[],"messages":[]}'
        )

    def prepare(self, number: int, count: int, *, descending: bool) -> None:
        """Make a page for the next time that it is asked for, and for that time only."""
        which = _which(number, count, descending)
        self._ready[which] = self._made(*which)

    def _made(self, place: int, descending: bool) -> bytes:
        images = bytearray(self._descending if descending else self._ascending)
        _write(images, self._ids, f"{place:03x}")
        _write(images, self._hours, f"{_FIRST_HOUR + timedelta(hours=place):%Y-%m-%dT%H}")
        return bytes(images)


def _which(number: int, count: int, descending: bool) -> tuple[int, bool]:
    """The place of a page in the order of upload, and the order of its images."""
    return count - 1 - number if descending else number, descending


def _image(slot: int, chance: random.Random) -> bytes:
    """One image of the template. What differs in length comes between its id and its upload time."""
    name = f"{slot:05x}{_ID}{str(uuid.UUID(int=chance.getrandbits(128), version=4))[8:]}"
    moment = timedelta(hours=1) / PER_PAGE * slot
    minutes, milliseconds = divmod(round(moment.total_seconds() * 1000), 60_000)
    meta = {
        "status": chance.choice(["active", "archived", "draft"]),
        "priority": chance.randrange(10),
        "region": {"name": chance.choice(["eu-west", "us-east", "ap-south"])},
        "sku": f"{chance.randrange(10**6):06d}",
    }
    if slot % 2:
        meta["tags"] = chance.sample(["summer", "sale", "new"], 2)
    image = {
        "id": name,
        "filename": "",
        "meta": meta,
        "creator": None if slot % 5 == 0 else f"user-{chance.randrange(10**6)}",
        "requireSignedURLs": slot % 3 == 0,
        "uploaded": f"{_HOUR}:{minutes:02d}:{milliseconds / 1000:06.3f}Z",
        "variants": [f"https://imagedelivery.net/Vi7wi5KSItxGFsWRG2Us6Q/{name}/{variant}" for variant in _VARIANTS],
    }
    missing = _LENGTH - len(_json(image)) - len(".jpeg")
    image["filename"] = "holiday-pictures-of-the-whole-family-in-the-garden-behind-the-house"[:missing] + ".jpeg"
    written = _json(image)
    assert len(written) == _LENGTH, len(written)
    return written


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _places(images: list[bytes], mark: str) -> list[int]:
    """Where a mark stands in every image: at the same places in all of them."""
    parts = images[0].split(mark.encode())
    ends = [sum(map(len, parts[:n])) + (n - 1) * len(mark) for n in range(1, len(parts))]
    assert all(image[end : end + len(mark)] == mark.encode() for image in images for end in ends)
    return ends


def _write(images: bytearray, places: list[int], text: str) -> None:
    """Write a text at these places into every image."""
    for place in places:
        for at, character in enumerate(text.encode(), place):
            images[at :: _LENGTH + 1] = bytes([character]) * PER_PAGE
