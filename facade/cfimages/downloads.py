"""Where the bytes of a downloaded image go, and whether all of them came."""

import errno
import io
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import iscoroutinefunction
from pathlib import Path
from typing import BinaryIO

import httpx

from cfimages.bodies import is_compressed
from cfimages.errors import APIResponseValidationError, InvalidArgumentError
from cfimages.values import path_of, shown

Target = str | os.PathLike[str] | BinaryIO
"""Where to write an image: the path of a file, or a file opened in binary mode."""


@contextmanager
def writing(to: Target) -> Iterator[BinaryIO]:
    """The file to write to. One given by path appears when all is written, and not at all after an error.

    It keeps the mode of a file that it replaces; a symbolic link stays, and what it points to is replaced. A path at
    which there is a device or a pipe is written to as it stands. Raises InvalidArgumentError for anything
    but a path or a file, OSError where it cannot be written.
    """
    if isinstance(to, str | os.PathLike):
        path = path_of("to", to)
        is_special = path.exists() and not path.is_file()  # a folder too, which the system refuses to open
        with path.open("wb") if is_special else _beside(path) as file:
            yield file
    elif not hasattr(to, "write"):
        raise InvalidArgumentError(f"to={shown(to)}: must be a path, or a file opened in binary mode")
    elif isinstance(to, io.TextIOBase) or iscoroutinefunction(to.write):
        raise InvalidArgumentError(f"to={shown(to)}: must be opened in binary mode ('wb'), and not be asynchronous")
    else:
        yield to


@contextmanager
def _beside(path: Path) -> Iterator[BinaryIO]:
    """A new file in the same folder, which takes the name of `path` at the end: on one disk that is one step."""
    target = Path(os.path.realpath(path))
    # 50 characters are at most 200 bytes, and with the rest a name may have 255.
    part = target.with_name(f".{target.name[:50]}.{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as file:
            if target.exists():
                part.chmod(stat.S_IMODE(target.stat().st_mode))  # before there is anything to read
            yield file
        part.replace(target)
    except BaseException as error:
        if isinstance(error, OSError) and error.filename == str(part):
            error.filename = str(path)  # the caller knows of no other
        if os.path.lexists(part):  # also where there is no folder to look into
            part.unlink()
        raise


def write_whole(file: BinaryIO, chunk: bytes) -> int:
    """Write all of a chunk, also to a file that takes less of it at a time; gives its length. Raises OSError."""
    left = chunk
    while left:
        written = file.write(left)
        if not isinstance(written, int) and not isinstance(file, io.RawIOBase):
            break  # not all that is like a file counts
        if not written:
            raise BlockingIOError(errno.EAGAIN, "the file takes no bytes now: open it in blocking mode")
        left = left[written:]
    return len(chunk)


def check_coding(response: httpx.Response) -> None:
    """Raise APIResponseValidationError for compressed bytes: they were not asked for, and their end is not checked."""
    if is_compressed(response):
        raise _invalid(response, "the bytes came compressed, which was not asked for")


def check_length(response: httpx.Response) -> None:
    """Raise APIResponseValidationError unless as many bytes came as the answer said it has."""
    promised = response.headers.get("content-length")
    if promised is not None and promised.lstrip("0") != str(response.num_bytes_downloaded).lstrip("0"):
        raise _invalid(response, f"{response.num_bytes_downloaded} of {promised} bytes came")


def _invalid(response: httpx.Response, reason: str) -> APIResponseValidationError:
    return APIResponseValidationError(
        reason,
        method=response.request.method,
        url=str(response.request.url),
        status_code=response.status_code,
        ray_id=response.headers.get("cf-ray"),
    )
