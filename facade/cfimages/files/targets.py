"""Where the bytes of a downloaded image go, and whether all of them came."""

import errno
import io
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from inspect import iscoroutinefunction
from pathlib import Path
from typing import BinaryIO

from cfimages.arguments import check_path as path_of
from cfimages.arguments import repr_short as shown
from cfimages.errors import InvalidArgumentError

Target = str | os.PathLike[str] | BinaryIO
"""Where to write an image: the path of a file, or a file opened in binary mode."""


@contextmanager
def writing(to: Target) -> Iterator[BinaryIO]:
    """The file to write to. One given by path appears when all is written, and not at all after an error.

    It keeps the mode of a file that it replaces; a symbolic link stays, and what it points to is replaced. A device, a
    pipe and an open descriptor (`/dev/stdout`, `/proc/self/fd/5`) are written to as they stand. Raises
    InvalidArgumentError for anything but a path or a file, OSError where it cannot be written.
    """
    if isinstance(to, str | os.PathLike):
        path = path_of("to", to)
        with _as_it_stands(path) or _beside(path) as file:
            yield file
    elif not hasattr(to, "write"):
        raise InvalidArgumentError(f"to={shown(to)}: must be a path, or a file opened in binary mode")
    elif isinstance(to, io.TextIOBase) or iscoroutinefunction(to.write):
        raise InvalidArgumentError(f"to={shown(to)}: must be opened in binary mode ('wb'), and not be asynchronous")
    else:
        yield to


_DESCRIPTOR = re.compile(r"(?:/dev/fd|/proc/[0-9]+(?:/task/[0-9]+)?/fd)/[0-9]+")


def _as_it_stands(path: Path) -> BinaryIO | None:
    """What is at a path if it is nothing to replace: a device, a pipe, an open descriptor. None if it is a file.

    Who has a descriptor of a file goes on writing to that file, and would lose it with all that was written. So:
    a descriptor of this program is used itself, as by `>&1` in a shell, and keeps its place between what comes before
    and after. Opened by its path it would have a place of its own on Linux, and write over one or the other: of
    another program there is no more than that, and adding to the end keeps at least what is there.
    """
    if not path.exists():
        return None
    descriptor = _descriptor(path)
    if descriptor is None:
        return None if path.is_file() else path.open("wb")  # a folder too, which the system refuses to open
    if str(descriptor.parent) in map(os.path.realpath, ("/proc/self/fd", "/dev/fd")):
        return os.fdopen(int(descriptor.name), "wb", closefd=False)
    return path.open("ab")


def _descriptor(path: Path) -> Path | None:
    """The open descriptor that a path leads to, one link after the other, as `/proc/7/fd/1`; None if to none."""
    while not _DESCRIPTOR.fullmatch(str(path := Path(os.path.realpath(path.parent), path.name))):
        if not path.is_symlink():
            return None
        path = path.parent / path.readlink()
    return path


@contextmanager
def _beside(path: Path) -> Iterator[BinaryIO]:
    """A new file in the same folder, which takes the name of `path` at the end: on one disk that is one step."""
    target = Path(os.path.realpath(path))
    # 50 characters are at most 200 bytes, and with the rest a name may have 255.
    part = target.with_name(f".{target.name[:50]}.{secrets.token_hex(8)}.part")
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    # Narrow from the beginning: who has opened it then can also read what comes later.
    create = partial(os.open, mode=0o666 if mode is None else 0o600)
    try:
        with open(part, "xb", opener=create) as file:
            if mode is not None:
                part.chmod(mode)
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


open_target = writing
write_all = write_whole
