"""What an upload job sends: the files of a folder or of an iterable, checked before any request."""

import hashlib
import json
import os
import re
import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from cfimages import InvalidArgumentError
from cfimages.arguments import RESERVED_IDS, check_text
from cfimages.jobs.records import Json, NewItem

MAX_BYTES = 10 * 1024 * 1024
MAX_METADATA_BYTES = 1024
MAX_ID_LENGTH = 1024
MAX_CREATOR_LENGTH = 1024

HEIF_BRANDS = frozenset({b"avif", b"avis", b"heic", b"heim", b"heis", b"heix", b"hevc", b"hevx", b"mif1", b"msf1"})
"""What tells HEIC and AVIF from films, which begin alike."""

PLACEHOLDERS = ("path", "name", "stem", "suffix", "sha256")
"""What the template of an id may have: `{path}`, `{name}`, `{stem}`, `{suffix}`, `{sha256}` or `{sha256:16}`."""

CALLED = "(a function)"
"""What the journal has for an argument that is a function."""


def _is_text(_source: object, attribute: "attrs.Attribute[Any]", value: str | None) -> None:
    if value is not None:
        check_text(attribute.name, value)


@attrs.frozen
class Source:
    """A file to upload."""

    path: str | os.PathLike[str]
    id: str | None = attrs.field(default=None, validator=_is_text)
    """The id of its image; None uses the job's template, if there is one."""
    metadata: Mapping[str, Any] | None = None
    """Its metadata; None uses that of the job."""
    creator: str | None = attrs.field(default=None, validator=_is_text)
    """Its creator; None uses that of the job."""
    filename: str | None = attrs.field(default=None, validator=_is_text)
    """The name to store; None uses that of the file."""


Sources = Iterable[Source | str | os.PathLike[str]]
Metadata = Mapping[str, Any] | Callable[[Path], Mapping[str, Any]]
Creator = str | Callable[[Path], str]
Reading = Callable[[Path], tuple[str, int]]
"""What returns SHA-256 and size of a file that can be uploaded. It raises RefusedError."""


class RefusedError(Exception):
    """A file that cannot be uploaded. The text is the reason, the same for all such files."""


def read(path: Path, known: Callable[[os.stat_result], str | None]) -> tuple[str, os.stat_result, bool]:
    """Return SHA-256 and state of a file that can be uploaded, and whether `known` has said the hash.

    Raises RefusedError.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise RefusedError("its name is not text") from None
    try:
        if not path.is_file():
            raise RefusedError("it is not a file")
        with path.open("rb") as file:
            stat = os.fstat(file.fileno())
            if stat.st_size > MAX_BYTES:
                raise RefusedError("it is larger than 10 MB")
            if not stat.st_size:
                raise RefusedError("it is empty")
            if (digest := known(stat)) is not None:
                return digest, stat, True
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            after = os.fstat(file.fileno())
    except OSError as error:
        raise RefusedError(f"it cannot be read: {error.strerror}") from None
    if (after.st_size, after.st_mtime_ns) != (stat.st_size, stat.st_mtime_ns):
        raise RefusedError("it was changed while it was read")
    return digest, stat, False


def read_all(path: Path) -> tuple[str, int]:
    """Return SHA-256 and size of a file that can be uploaded. Raises RefusedError."""
    digest, stat, _ = read(path, lambda stat: None)
    return digest, stat.st_size


@attrs.frozen
class Rules:
    """How files become images."""

    template: str | None
    metadata: Metadata | None
    creator: Creator | None
    private: bool
    sha256_key: str | None
    reading: Reading = read_all
    """What returns SHA-256 and size of a file."""

    def item(self, key: str, source: Source) -> NewItem:
        """Return the planned item for a file, or the refused one."""
        path = Path(source.path).absolute()
        try:
            digest, size = self.reading(path)
            metadata = self._metadata(source, path, digest)
            want: Json = {
                "path": str(path),
                "filename": source.filename or path.name,
                "metadata": metadata,
                "creator": self._creator(source, path),
                "private": self.private,
            }
            image = source.id
            if image is None and self.template is not None:
                image = fill(self.template, key, path, digest)
            if image is not None:
                check_id(image, self.private)
                if {".", ".."} & {*image.split("/")}:
                    raise RefusedError("a part of its id is . or .., so that no delivery URL leads to it")
        except RefusedError as error:
            return NewItem.refused(key, str(error))
        return NewItem(key, before={"size": size, "sha256": digest}, want=want, image=image)

    def _metadata(self, source: Source, path: Path, digest: str) -> Json | None:
        given = source.metadata
        if given is None:
            given = self.metadata(path) if callable(self.metadata) else self.metadata
        if given is None and self.sha256_key is None:
            return None
        metadata = dict(given or {})
        if self.sha256_key is not None:
            metadata[self.sha256_key] = digest
        return check_metadata(metadata)

    def _creator(self, source: Source, path: Path) -> str | None:
        creator = source.creator
        if creator is None:
            creator = self.creator(path) if callable(self.creator) else self.creator
        if creator is not None and len(creator) > MAX_CREATOR_LENGTH:
            raise RefusedError(f"its creator is longer than {MAX_CREATOR_LENGTH:,} characters")
        return creator


def looks_like_image(path: Path) -> bool:
    """Whether a file begins as one of the formats that the service takes. Raises OSError."""
    with path.open("rb") as file:
        begin = file.read(4096)
    return (
        begin.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"<?xml"))
        or (begin[:4], begin[8:12]) == (b"RIFF", b"WEBP")
        or (begin[4:8] == b"ftyp" and begin[8:12] in HEIF_BRANDS)
        or b"<svg" in begin.replace(b"\0", b"")  # which UTF-16 has
    )


def check_image(path: Path) -> None:
    """Raise RefusedError for a file that begins as none of the formats that the service takes; and OSError."""
    if not looks_like_image(path):
        raise RefusedError("it is not an image in a format that the service accepts")


def as_json(metadata: Metadata | None, creator: Creator | None) -> Json:
    """Return metadata and creator as the journal keeps them. Raises InvalidArgumentError."""
    if not (metadata is None or callable(metadata) or isinstance(metadata, Mapping)):
        raise InvalidArgumentError(f"metadata={metadata!r}: must be a mapping, or a function of a path")
    if not (creator is None or callable(creator)):
        check_text("creator", creator)
    if isinstance(metadata, Mapping):
        try:
            metadata = json.loads(json.dumps(dict(metadata), ensure_ascii=False, allow_nan=False).encode())
        except (TypeError, ValueError) as error:
            raise InvalidArgumentError(f"metadata: cannot be written as JSON: {error}") from None
    return {
        "metadata": CALLED if callable(metadata) else metadata,
        "creator": CALLED if callable(creator) else creator,
    }


def check_template(template: str | None) -> None:
    """Raise InvalidArgumentError for a template of ids that cannot be filled."""
    if template is None:
        return
    check_text("id", template)
    known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        raise InvalidArgumentError(f"id={template!r}: is not a template: {error}") from None
    if not any(name for _, name, _, _ in parts):
        raise InvalidArgumentError(f"id={template!r}: would be the same for all files: use one of {known}")
    for _, name, spec, conversion in (part for part in parts if part[1] is not None):
        if name not in PLACEHOLDERS or conversion:
            raise InvalidArgumentError(f"id={template!r}: has {{{name}}}: use {known}")
        if spec and not (name == "sha256" and re.fullmatch("[1-9][0-9]?", spec) and int(spec) <= 64):
            raise InvalidArgumentError(f"id={template!r}: only {{sha256:1}} to {{sha256:64}} can be cut")


def fill(template: str, key: str, path: Path, digest: str) -> str:
    """Return the id of a file.

    >>> fill("shop/{stem}-{sha256:8}", "a/cat.png", Path("a/cat.png"), "0123456789abcdef")
    'shop/cat-01234567'
    """
    values: dict[str | None, str] = {
        "path": key,
        "name": path.name,
        "stem": path.stem,
        "suffix": path.suffix,
        "sha256": digest,
    }
    parts = string.Formatter().parse(template)
    return "".join(text + values.get(name, "")[: int(spec) if spec else None] for text, name, spec, _ in parts)


def check_id(image: str, private: bool) -> None:
    """Raise RefusedError for an id that the service does not take."""
    if not 1 <= len(image) <= MAX_ID_LENGTH:
        raise RefusedError(f"its id is empty or longer than {MAX_ID_LENGTH:,} characters")
    if image.startswith("/") or image.endswith("/") or image in (".", ".."):
        raise RefusedError("its id begins or ends with a slash, or is only dots")
    if image in RESERVED_IDS:
        raise RefusedError("its id is a name that the API has for something else")
    if is_uuid(image):
        raise RefusedError("its id is a UUID, which only the service can give")
    if private:
        raise RefusedError("an image with an id of your own cannot be private")


def check_metadata(metadata: Json) -> Json:
    """Return metadata as JSON gives them back. Raises RefusedError for what the service does not take."""
    try:
        text = json.dumps(metadata, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError):
        raise RefusedError("its metadata cannot be written as JSON") from None
    if len(text) > MAX_METADATA_BYTES:
        raise RefusedError(f"its metadata is longer than {MAX_METADATA_BYTES:,} bytes")
    kept: Json = json.loads(text)
    return kept


def is_uuid(image_id: str) -> bool:
    """Whether an id has the form of those that the service makes."""
    return re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", image_id) is not None


def key_of(path: str) -> str:
    """Return a path as text, whatever bytes its name has."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def walk(folder: Path, after: str | None) -> Iterator[str]:
    """Yield the files of a folder and those below, as paths relative to it, sorted; only those behind one of them.

    Names that begin with a dot are left out, and links to folders are yielded as files.
    """
    for path in _below(folder, ""):
        if after is None or path.split("/") > after.split("/"):
            yield path


def _below(folder: Path, prefix: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        found = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
    for name, is_folder in found:
        if name.startswith("."):
            continue
        if is_folder:
            yield from _below(folder / name, f"{prefix}{name}/")
        else:
            yield prefix + name
