"""Where the bytes of a downloaded image go, and whether all of them came."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import httpx

from cfimages.errors import APIResponseValidationError, InvalidArgumentError
from cfimages.values import path_of, shown

Target = str | os.PathLike[str] | BinaryIO
"""Where to write an image: the path of a file, or a file opened in binary mode."""


@contextmanager
def writing(to: Target) -> Iterator[BinaryIO]:
    """The file to write to. One given by path appears when all is written, and not at all after an error.

    Raises InvalidArgumentError for anything but a path or a file, OSError where it cannot be written.
    """
    if isinstance(to, str | os.PathLike):
        with _beside(path_of("to", to)) as file:
            yield file
    elif hasattr(to, "write"):
        yield to
    else:
        raise InvalidArgumentError(f"to={shown(to)}: must be a path, or a file opened in binary mode")


@contextmanager
def _beside(path: Path) -> Iterator[BinaryIO]:
    """A new file in the same folder, which takes the name of `path` at the end: on one disk that is one step."""
    part = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as file:
            yield file
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def check_length(response: httpx.Response) -> None:
    """Raise APIResponseValidationError unless as many bytes came as the answer said it has."""
    promised = response.headers.get("content-length")
    if promised is not None and promised.lstrip("0") != str(response.num_bytes_downloaded).lstrip("0"):
        raise APIResponseValidationError(
            f"{response.num_bytes_downloaded} of {promised} bytes came",
            method=response.request.method,
            url=str(response.request.url),
            status_code=response.status_code,
            ray_id=response.headers.get("cf-ray"),
        )
