"""Images that are added without requests: made-up ones, and those that a test describes."""

import io
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from os import PathLike
from pathlib import Path
from typing import Any

from cfimages.sandbox.store import StoredImage

Metadata = Mapping[str, Any] | Callable[[int], Mapping[str, Any]]
Creator = str | Callable[[int], str | None]

START = datetime.fromisoformat("2026-01-01T00:00:00Z")
"""When the first made-up image was uploaded, unless one says otherwise."""


def milliseconds(name: str, when: datetime) -> int:
    """Return a time as milliseconds since 1970. Raises ValueError if it has no time zone."""
    if when.tzinfo is None:
        raise ValueError(f"{name} has no time zone: use datetime.now(UTC) or datetime(..., tzinfo=UTC)")
    return int(when.timestamp() * 1000)


def read(file: bytes | str | PathLike[str] | io.BufferedIOBase | None) -> tuple[bytes | None, str | None]:
    """Return the bytes of a file, and its name if it has one; None for a made-up image."""
    if file is None or isinstance(file, bytes):
        return file, None
    if isinstance(file, str | PathLike):
        return Path(file).read_bytes(), Path(file).name
    return file.read(), None


def described(
    *,
    uploaded: int,
    id: str | None,
    filename: str | None,
    metadata: Mapping[str, Any] | None,
    creator: str | None,
    require_signed_urls: bool,
    draft: bool,
) -> StoredImage:
    """Return an image that a test describes. It need not be one that the service would accept.

    Raises ValueError for an empty id.
    """
    if id == "":
        raise ValueError("id is empty: leave it out for one of the sandbox's own")
    return StoredImage(
        number=0,
        id=id or str(uuid.uuid4()),
        uploaded=uploaded,
        filename=filename,
        meta=dict(metadata or {}),
        creator=creator,
        private=require_signed_urls,
        draft=draft,
    )


def made_up(
    count: int,
    start: datetime,
    interval: timedelta,
    prefix: str,
    metadata: Metadata | None,
    creator: Creator | None,
) -> Iterator[StoredImage]:
    """Yield images that are the same every time. Raises ValueError for a negative number of them."""
    if count < 0:
        raise ValueError(f"count must not be negative, not {count}")
    first, step = milliseconds("start", start), int(interval.total_seconds() * 1000)
    meta_of = metadata if callable(metadata) else (lambda _: metadata) if metadata is not None else _metadata
    creator_of = creator if callable(creator) else (lambda _: creator) if creator is not None else _creator
    return (
        StoredImage(
            number=number,
            id=f"{prefix}{number:07}",
            uploaded=first + number * step,
            filename=f"photo-{number}.png",
            meta=dict(meta_of(number)),
            creator=creator_of(number),
            private=False,  # a private image cannot have an id of its own
        )
        for number in range(count)
    )


def _metadata(number: int) -> Mapping[str, Any]:
    return {
        "status": "active" if number % 4 else "archived",
        "priority": number % 10,
        "featured": number % 7 == 0,
        "region": {"name": ("eu-west", "us-east", "ap-south")[number % 3], "zone": number % 5},
    }


def _creator(number: int) -> str | None:
    return ("ada", "grace", None)[number % 3]
