"""What an upload sends: the checked fields of its form, and the opened file."""

import errno
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from inspect import iscoroutinefunction
from io import BufferedReader, BytesIO, FileIO
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypedDict, cast

from cfimages.arguments import (
    RESERVED_IDS as SIBLINGS,
)
from cfimages.arguments import (
    check_bool as boolean,
)
from cfimages.arguments import (
    check_path as path_of,
)
from cfimages.arguments import (
    check_text as unicode_text,
)
from cfimages.arguments import (
    port_problem,
)
from cfimages.arguments import (
    repr_short as shown,
)
from cfimages.errors import InvalidArgumentError
from cfimages.secret import as_secret as hidden
from cfimages.times import Expiry, to_expiry

seekable = lambda f: getattr(f, "seekable", None) is not None and f.seekable()
has_possible_port = lambda a: port_problem(a) is None

MAX_METADATA_BYTES = 1024
"""Bytes of JSON that the service keeps with an image."""
MAX_ID_LENGTH = 1024
"""Characters of an id of one's own."""

ImageFile = bytes | str | os.PathLike[str] | BinaryIO
"""An image to send: its bytes, the path of a file, or a file opened in binary mode."""


class UploadFields(TypedDict, total=False):
    """The text fields of the form, under the generated model's names."""

    id: str
    metadata: str
    creator: str
    require_signed_urls: Literal["true", "false"]


class DirectUploadFields(UploadFields, total=False):
    """The fields of a direct upload's form."""

    expiry: str


def upload_fields(
    *, id: str | None, metadata: Mapping[str, Any] | None, creator: str | None, require_signed_urls: bool
) -> UploadFields:
    """The fields of an upload form.

    Raises InvalidArgumentError for what the service is documented to refuse.
    """
    fields: UploadFields = {}
    boolean("require_signed_urls", require_signed_urls)
    if id is not None:
        fields["id"] = _own_id(id)
        if require_signed_urls:
            raise InvalidArgumentError("require_signed_urls=True: an image with an id of one's own cannot be private")
    if metadata is not None:
        fields["metadata"] = json_object(metadata)
    if creator is not None:
        fields["creator"] = unicode_text("creator", creator)
    if require_signed_urls:
        fields["require_signed_urls"] = "true"
    return fields


MARGIN = timedelta(seconds=10)
"""How far inside its documented bounds an expiry has to be: the request takes time, and clocks differ."""
SHORTEST_EXPIRY = timedelta(minutes=2)
LONGEST_EXPIRY = timedelta(hours=6)


def one_source(file: ImageFile | None, url: str | None, filename: str | None) -> None:
    """Check that an upload has exactly one source, and a name only for a file. Raises InvalidArgumentError."""
    if (file is None) == (url is None):
        raise InvalidArgumentError("file and url: give exactly one of them")
    if file is None and filename is not None:
        raise InvalidArgumentError(f"filename={shown(filename)}: goes with file; with url the service chooses a name")
    if _is_address(file):
        raise InvalidArgumentError("file: is an address, not a path: give it as url, for the service to fetch")


def disguised(file: ImageFile | None) -> ImageFile | None:
    """A file as it is given, or hidden where it is an address by mistake: that may hold a password."""
    return hidden(file) if _is_address(file) else file


def _is_address(file: object) -> bool:
    return isinstance(file, str) and re.match("(?i:https?)://", file) is not None


def address(name: str, url: str) -> str:
    """An http or https address. Raises InvalidArgumentError; it may hold credentials, so no error shows it."""
    url = hidden(url or "")
    if not re.match(r"(?i:https?)://[^/\s]", url) or not url.isprintable() or " " in url:
        raise InvalidArgumentError(f"{name}: must be an http or https address, as text")
    if not has_possible_port(url):
        raise InvalidArgumentError(f"{name}: its port is none (from 0 to 65535)")
    return url


def direct_upload_fields(fields: UploadFields, expiry: Expiry | None, now: datetime) -> DirectUploadFields:
    """The form of a direct upload, never without a field: the service refuses an empty one.

    Raises InvalidArgumentError for an expiry outside the documented bounds, less a margin.
    """
    form: DirectUploadFields = {"require_signed_urls": "false"}
    form.update(cast(DirectUploadFields, fields))
    if expiry is not None:
        moment = to_expiry("expiry", expiry, now=now)
        if not SHORTEST_EXPIRY + MARGIN <= moment - now <= LONGEST_EXPIRY - MARGIN:
            raise InvalidArgumentError(
                f"expiry={shown(expiry)}: must be more than 2 minutes and less than 6 hours away"
                f" (by {MARGIN.seconds} seconds, for the request takes time)"
            )
        form["expiry"] = moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return form


def _own_id(id: str) -> str:
    text = unicode_text("id", id)
    if text in SIBLINGS or text in (".", ".."):
        raise InvalidArgumentError(
            f"id={shown(text)}: such an image could never be read: its address is another thing's"
        )
    if not 1 <= len(text) <= MAX_ID_LENGTH:
        raise InvalidArgumentError(f"id has {len(text)} characters: from 1 to {MAX_ID_LENGTH} are possible")
    if text.startswith("/") or text.endswith("/"):
        raise InvalidArgumentError(f"id={shown(text)}: must neither begin nor end with a slash")
    if re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text):
        raise InvalidArgumentError(f"id={shown(text)}: must not be a UUID: those are the service's to give")
    return text


def json_object(metadata: Mapping[str, Any]) -> str:
    """Metadata as JSON text. Raises InvalidArgumentError for what JSON or the service does not take."""
    if not isinstance(metadata, Mapping):
        raise InvalidArgumentError(f"metadata={shown(metadata)}: must be a mapping")
    try:
        text = json.dumps(dict(metadata), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        size = len(text.encode())
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidArgumentError(f"metadata cannot be written as JSON: {error}") from None
    if size > MAX_METADATA_BYTES:
        raise InvalidArgumentError(f"metadata has {size} bytes of JSON: at most {MAX_METADATA_BYTES} are possible")
    return text


@contextmanager
def opened(file: ImageFile, filename: str | None) -> Iterator[tuple[BinaryIO, str]]:
    """The file to read from and the name to send with it; a file opened here is closed at the end.

    A file of the caller's is sent from its beginning, since a repeated request has to begin again; one that
    cannot seek is read into memory for that. Raises InvalidArgumentError for anything but a file, OSError for a
    path that cannot be read.
    """
    if filename is not None:
        unicode_text("filename", filename)
    if isinstance(file, bytes):
        yield BytesIO(file), filename or "image"
    elif isinstance(file, str | os.PathLike):
        with path_of("file", file).open("rb") as stream:
            yield _rewindable(stream), filename or _base_name(stream.name)
    elif hasattr(file, "read"):
        yield _rewindable(file), filename or _base_name(getattr(file, "name", None)) or "image"
    else:
        raise InvalidArgumentError(f"file={shown(file)}: must be bytes, a path, or a file opened in binary mode")


def _base_name(name: object) -> str:
    """The last part of a file's name, without what the system has in it that is no text; empty for another name."""
    return os.fsencode(Path(name).name).decode(errors="replace") if isinstance(name, str) else ""


def _rewindable(file: BinaryIO) -> BinaryIO:
    """What can be streamed, and again: a plain file on a disk. Of others the bytes.

    Of those, such as pipes, compressed ones or those just written, the size is not what the system says.
    """
    if iscoroutinefunction(file.read):
        raise InvalidArgumentError(f"file={shown(file)}: is asynchronous: give its bytes, or the file that it wraps")
    if not isinstance(file.read(0), bytes):
        raise InvalidArgumentError(f"file={shown(file)}: is opened as text: open it in binary mode ('rb')")
    if isinstance(file, BufferedReader) and isinstance(file.raw, FileIO) and seekable(file):
        steady = _Steady(file)
        if steady.size:  # else the system may not know it
            return cast(BinaryIO, steady)
    if seekable(file):
        file.seek(0)
    content: bytes | None = file.read()
    if content is None:
        raise BlockingIOError(errno.EAGAIN, "the file has no bytes now: open it in blocking mode")
    return BytesIO(content)


class _Steady:
    """A file of which as many bytes are read as it had at first, since that number is sent before them.

    What httpx needs of a file and no more. Reading raises OSError if the number has changed.
    """

    def __init__(self, file: BufferedReader) -> None:
        self._file = file
        self.size = os.fstat(file.fileno()).st_size
        self._left = self.size

    def fileno(self) -> int:
        return self._file.fileno()

    def seekable(self) -> bool:
        return True

    def seek(self, place: int) -> int:
        self._left = self.size - place
        return self._file.seek(place)

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self._left -= len(piece)
        if self._left < 0 or (self._left and not piece):
            raise OSError(f"{self._file.name}: has changed while it was sent: it had {self.size} bytes at first")
        return piece
