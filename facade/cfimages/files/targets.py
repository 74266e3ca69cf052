"""Where a download writes."""

import errno
import io
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from inspect import iscoroutinefunction
from pathlib import Path
from typing import BinaryIO

from cfimages.arguments import check_path, repr_short
from cfimages.errors import InvalidArgumentError

Target = str | os.PathLike[str] | BinaryIO
"""Where to write an image: the path of a file, or a file opened in binary mode."""


@contextmanager
def open_target(to: Target) -> Iterator[BinaryIO]:
    """Open the file to write to.

    A file given by its path is written beside the path and takes its place at the end; after an error, what was there
    stays. It keeps the mode of the file that it replaces. A symbolic link stays, and its target is replaced. Devices,
    pipes and open descriptors (`/dev/stdout`, `/proc/self/fd/5`) are written to directly.

    A file that is a mount of its own, as containers mount single files, cannot be replaced. The new content is copied
    into it at the end: a program that reads it meanwhile sees a part, and if copying fails, the old content is lost.

    Raises InvalidArgumentError for anything but a path or a binary file, and OSError for a path that cannot be written.
    """
    if isinstance(to, str | os.PathLike):
        path = check_path("to", to)
        if os.fspath(to).endswith(("/", "/.", os.sep, f"{os.sep}.")):  # which `Path` drops
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(to))
        with _open_directly(path) or _open_beside(path) as file:
            yield file
    elif not hasattr(to, "write"):
        raise InvalidArgumentError(f"to={repr_short(to)}: must be a path, or a file opened in binary mode")
    elif isinstance(to, io.TextIOBase) or iscoroutinefunction(to.write):
        raise InvalidArgumentError(f"to={repr_short(to)}: must be opened in binary mode ('wb'), and not asynchronous")
    elif isinstance(to, io.IOBase) and (to.closed or not to.writable()):
        problem = "is closed" if to.closed else "is opened for reading: open it in binary mode ('wb')"
        raise InvalidArgumentError(f"to={repr_short(to)}: {problem}")
    else:
        yield to


def write_all(file: BinaryIO, chunk: bytes) -> int:
    """Write all of a chunk, also to a file that takes a part of it at a time. Return its length.

    An OSError, such as that of a full disk, names the file.
    """
    left = chunk
    while left:
        try:
            written = file.write(left)
        except OSError as error:
            name = getattr(file, "name", None)
            if error.filename is None and isinstance(name, str | os.PathLike):
                error.filename = os.fspath(name)
            raise
        if not isinstance(written, int) and not isinstance(file, io.RawIOBase):
            break  # some objects with a `write` return nothing
        if not written:
            raise BlockingIOError(errno.EAGAIN, "the file takes no bytes now: open it in blocking mode")
        left = left[written:]
    return len(chunk)


_DESCRIPTOR = re.compile(r"(?:/dev/fd|/proc/[0-9]+(?:/task/[0-9]+)?/fd)/[0-9]+")


def _open_directly(path: Path) -> BinaryIO | None:
    """Open what cannot be replaced: a device, a pipe, an open descriptor. Return None for a file or nothing.

    A descriptor of this program is used itself, as `>&1` in a shell does. Opened by its path on Linux, it would have a
    position of its own and overwrite what is there. A descriptor of another program can only be opened by its path:
    appending keeps what is there.
    """
    if not path.exists():
        return None
    descriptor = _descriptor(path)
    if descriptor is None:
        return None if path.is_file() else path.open("wb", buffering=0)  # a folder too: the system refuses it
    if str(descriptor.parent) in map(os.path.realpath, ("/proc/self/fd", "/dev/fd")):
        return os.fdopen(int(descriptor.name), "wb", buffering=0, closefd=False)
    return path.open("ab", buffering=0)


def _descriptor(path: Path) -> Path | None:
    """Return the open descriptor that a path leads to through links, such as `/proc/7/fd/1`, or None."""
    while not _DESCRIPTOR.fullmatch(str(path := Path(os.path.realpath(path.parent), path.name))):
        if not path.is_symlink():
            return None
        path = path.parent / path.readlink()
    return path


@contextmanager
def _open_beside(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file in the same folder, and move it to `path` at the end."""
    target = Path(os.path.realpath(path))
    # 50 characters are at most 200 bytes, and a name has at most 255.
    temporary = target.with_name(f".{target.name[:50]}.{secrets.token_hex(8)}.part")
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    # Narrow from the beginning: whoever opens it before chmod could read what is written after.
    opener = partial(os.open, mode=0o666 if mode is None else 0o600)
    try:
        with open(temporary, "xb", buffering=0, opener=opener) as file:
            if mode is not None:
                temporary.chmod(mode)
            yield file
        _move(temporary, target)
    except BaseException as error:
        if isinstance(error, OSError) and error.filename == str(temporary):
            error.filename = str(path)  # the caller knows of no other
        if os.path.lexists(temporary):  # not if its folder does not exist
            temporary.unlink()
        raise


def _move(temporary: Path, target: Path) -> None:
    try:
        temporary.replace(target)
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        # The target is a mount point. A new file cannot take its place, but its content can be replaced.
        shutil.copyfile(temporary, target)
        temporary.unlink()
