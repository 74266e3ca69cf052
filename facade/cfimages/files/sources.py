"""What an upload reads: bytes, a path, a file, a response or a stream."""

import errno
import os
import re
from collections.abc import AsyncIterable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from inspect import iscoroutinefunction
from io import BufferedReader, BytesIO, FileIO, IOBase, TextIOBase, UnsupportedOperation
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

from cfimages.arguments import check_path, check_text, repr_short
from cfimages.errors import InvalidArgumentError


class Readable(Protocol):
    """Anything with a `read()` that returns all its bytes, such as an open file or an `httpx.Response`."""

    def read(self) -> bytes:
        """Return all bytes."""
        ...


class AsyncReadable(Protocol):
    """Anything with an asynchronous `read()`, such as an upload that FastAPI received."""

    async def read(self) -> bytes:
        """Return all bytes."""
        ...


ImageFile = bytes | bytearray | memoryview | str | os.PathLike[str] | Readable | Iterable[bytes]
"""An image to upload: bytes, a path, a file opened in binary mode, anything else with a `read()`, or chunks of bytes. A
file on disk is streamed; everything else is read into memory first."""

AsyncImageFile = ImageFile | AsyncReadable | AsyncIterable[bytes]
"""An `ImageFile`, or one that is read asynchronously. Only the asynchronous client takes the latter."""


def source_name(file: object, filename: str | None = None) -> str:
    """Return the name under which a file is sent: `filename`, else its own name, else `image`.

    A file that a web framework received has its name as `filename`; `name` is then the field of the form.
    """
    if filename is not None:
        check_text("filename", filename)
    received = None if isinstance(file, IOBase) else getattr(file, "filename", None)
    names = (file, received, getattr(file, "name", None))
    name = next((name for name in names if isinstance(name, str | os.PathLike) and name), None)
    if not filename and name:
        filename = re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", Path(os.fsdecode(name)).name)
    return filename or "image"


@contextmanager
def open_source(file: object, filename: str | None = None) -> Iterator[tuple[BinaryIO, str]]:
    """Open what is to be uploaded, and yield a binary file that httpx can send twice, and its name.

    A file of the caller's is read from its beginning, and left open. Raises InvalidArgumentError for anything that is
    not an `ImageFile`, and OSError for a path that cannot be read.
    """
    name = source_name(file, filename)
    if is_async_source(file):
        raise InvalidArgumentError(
            f"file={repr_short(file)}: is asynchronous: pass its bytes, or use AsyncCloudflareImages"
        )
    if isinstance(file, str | os.PathLike):
        with check_path("file", file).open("rb") as opened:
            yield _sendable(opened, file), name
    else:
        yield _sendable(file, file), name


def is_async_source(file: object) -> bool:
    """Return whether a file can only be read asynchronously. `collect` reads it."""
    stream = getattr(file, "stream", None)  # of an httpx.Response
    return _is_only_async(file) or _is_only_async(stream) or iscoroutinefunction(getattr(file, "read", None))


def _is_only_async(value: object) -> bool:
    return isinstance(value, AsyncIterable) and not isinstance(value, Iterable)


async def collect(file: Any) -> bytes:
    """Read an asynchronous file from its beginning. Raises InvalidArgumentError if it does not give bytes."""
    _check_download(file)
    read = getattr(file, "aread", None) or getattr(file, "read", None)
    if iscoroutinefunction(read):
        with _explained(file):
            if iscoroutinefunction(getattr(file, "seek", None)):
                with suppress(UnsupportedOperation):  # a pipe, which is read from where it is
                    await file.seek(0)
            content = await read()
        return _to_bytes(file, content)
    return _join(file, [chunk async for chunk in file])


def _sendable(file: object, given: object) -> BinaryIO:
    """Return a file of known size that can be sent twice: a file on a disk as it is, of anything else its bytes.

    Errors name what was `given`: the path of a file that was opened here.
    """
    _check_download(file)
    if steady := _steady(file):
        return steady
    content = _content(file)
    if not content:
        is_known = isinstance(given, str | os.PathLike | bytes | bytearray | memoryview)
        problem = "is empty" if is_known else "has no bytes: it is empty, or was read before"
        shown = os.fspath(given) if isinstance(given, os.PathLike) else given
        raise InvalidArgumentError(f"file={repr_short(shown)}: {problem}")
    return BytesIO(content)


def _check_download(file: object) -> None:
    """Raise InvalidArgumentError for the response of a request that failed, and for a stream that was read from."""
    if getattr(file, "is_error", None) is True:
        raise InvalidArgumentError(f"file={repr_short(file)}: is an error response")
    if getattr(file, "is_started", None) is True:
        raise InvalidArgumentError(f"file={repr_short(file)}: pass it before anything is read from it")


def _content(file: object) -> bytes:
    if isinstance(file, bytes | bytearray | memoryview):
        return bytes(file)
    if hasattr(file, "read"):
        return _read_all(file)
    if isinstance(file, Iterable) and not isinstance(file, str | Mapping):
        return _join(file, file)
    raise InvalidArgumentError(
        f"file={repr_short(file)}: must be bytes, a path, a file opened in binary mode, or chunks of bytes"
    )


def _steady(file: object) -> BinaryIO | None:
    """Return a plain file on a disk for streaming, else None: pipes and the like do not know their size."""
    if isinstance(file, BufferedReader) and isinstance(file.raw, FileIO) and not file.closed and file.seekable():
        steady = _SteadyFile(file)
        if steady.size:  # the system does not know the size of every file
            return cast(BinaryIO, steady)
    return None


class _SteadyFile:
    """A file that must keep its size while it is sent, since the size is sent first.

    It has what httpx needs of a file. Reading raises OSError if the size has changed.
    """

    def __init__(self, file: BufferedReader) -> None:
        self._file = file
        self.size = os.fstat(file.fileno()).st_size
        self.seek(0)

    def fileno(self) -> int:
        return self._file.fileno()

    def seekable(self) -> bool:
        return True

    def seek(self, place: int) -> int:
        self._left = self.size - place
        return self._file.seek(place)

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        self._left -= len(chunk)
        if self._left < 0 or (self._left and not chunk):
            raise OSError(f"{self._file.name}: changed while it was sent: it had {self.size} bytes at first")
        return chunk


def _read_all(file: Any) -> bytes:
    if isinstance(file, TextIOBase):
        raise InvalidArgumentError(f"file={repr_short(file)}: is opened as text: open it in binary mode ('rb')")
    with _explained(file):
        if hasattr(file, "seekable") and file.seekable():
            file.seek(0)
        content = file.read()
    return _to_bytes(file, content)


@contextmanager
def _explained(file: object) -> Iterator[None]:
    """Raise what a file that is closed, consumed or not readable raises as InvalidArgumentError."""
    try:
        yield
    except (TypeError, ValueError, RuntimeError) as error:
        raise InvalidArgumentError(f"file={repr_short(file)}: cannot be read: {error}") from error


def _to_bytes(file: object, content: object) -> bytes:
    if content is None:
        raise BlockingIOError(errno.EAGAIN, "the file has no bytes now: open it in blocking mode")
    if not isinstance(content, bytes | bytearray | memoryview):
        kind = type(content).__name__
        raise InvalidArgumentError(f"file={repr_short(file)}: its read() returned {kind} instead of bytes")
    return bytes(content)


def _join(file: object, chunks: Iterable[object]) -> bytes:
    content = bytearray()
    for chunk in chunks:
        if not isinstance(chunk, bytes | bytearray | memoryview):
            kind = type(chunk).__name__
            raise InvalidArgumentError(f"file={repr_short(file)}: must yield bytes, not {kind}")
        content += chunk
    return bytes(content)
