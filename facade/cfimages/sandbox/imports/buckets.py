"""Buckets that are folders: each file in them is an object, and its path with slashes is the key."""

import os
from collections import UserDict
from collections.abc import Mapping
from os import PathLike
from pathlib import Path

import attrs

MAX_NAME = 128
"""Characters of the name of a bucket."""

_CONTENT_TYPES = {
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".heic": "image/heic",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}

CONTENT_TYPES = frozenset(_CONTENT_TYPES.values())
"""What can be imported."""


@attrs.frozen
class Object:
    """One object of a bucket."""

    key: str
    file: Path

    @property
    def content_type(self) -> str | None:
        """Its type, as the ending of its name says; None if that of no image."""
        return _CONTENT_TYPES.get(self.file.suffix.lower())


class BucketError(Exception):
    """A bucket cannot be read. `code` says why for programs, the text for people."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Buckets(UserDict[str, Path]):
    """The folders that stand for buckets, by the names of the buckets. It can be changed at any time.

    Raises ValueError for a name that no bucket has, and for what is no folder.
    """

    def __setitem__(self, name: str, folder: PathLike[str] | str) -> None:
        path = Path(folder).absolute()
        if not 1 <= len(name) <= MAX_NAME:
            raise ValueError(f"bucket {name!r}: a name has 1 to {MAX_NAME} characters")
        if not path.is_dir():
            raise ValueError(f"bucket {name!r}: {path} is no folder")
        super().__setitem__(name, path)


def open_bucket(buckets: Mapping[str, Path], name: str) -> Path:
    """Return the folder of a bucket. Raises BucketError."""
    if name not in buckets:
        raise BucketError("NoSuchBucket", f"the sandbox has no bucket {name!r}: start it with --bucket {name}=FOLDER")
    try:
        os.scandir(buckets[name]).close()
    except OSError as error:
        raise BucketError("AccessDenied", f"the folder of bucket {name!r} cannot be read: {error.strerror}") from error
    return buckets[name]


def objects(folder: Path, beginning: str) -> list[Object]:
    """Return the objects whose keys begin with a text, in the order of the keys. Raises OSError."""

    def fail(error: OSError) -> None:
        raise error

    found = []
    for parent, _, names in os.walk(folder, onerror=fail):
        for file in (Path(parent, name) for name in names):
            key = file.relative_to(folder).as_posix()
            if key.startswith(beginning) and file.is_file():
                found.append(Object(key, file))
    return sorted(found, key=lambda each: each.key)
