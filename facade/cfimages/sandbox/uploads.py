"""The forms of uploads, and the images that come of them."""

import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import python_multipart  # noqa: F401 - without it Starlette would fail at the first upload only, and unclearly
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from cfimages.sandbox import fields
from cfimages.sandbox.dimensions import dimensions
from cfimages.sandbox.fetch import MAX_FILE_BYTES, TOO_LARGE, fetch
from cfimages.sandbox.media import media_type
from cfimages.sandbox.request_log import without_password
from cfimages.sandbox.store import StoredImage
from cfimages.sandbox.wire import RefusedError, bad_request

MAX_FORM_BYTES = MAX_FILE_BYTES + 1024 * 1024
"""The whole form of an upload; what is longer is refused at this point, and the rest of it is thrown away."""

MAX_SIDE = 12_000
MAX_PIXELS = 100_000_000
_WITHOUT_MAX_SIDE = ("image/webp", "image/avif")


@attrs.frozen
class Form:
    """A form as it was sent."""

    texts: dict[str, str]
    content: bytes | None
    """Of the field `file`, if there was one."""
    filename: str | None


async def read_form(request: Request) -> Form:
    """The form of a request; every field may be missing."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise RefusedError(415, (5415, "Images must be uploaded as a form, not as raw image data"))
    try:
        async with _parsed(request) as form:
            file = form.get("file")
            texts = {name: value for name, value in form.items() if isinstance(value, str)}
            request.state.form = _summary(texts, file)
            if not isinstance(file, UploadFile):
                return Form(texts, None, None)
            if (file.size or 0) > MAX_FILE_BYTES:  # until here it is on disk, not in memory
                raise RefusedError(413, TOO_LARGE)
            return Form(texts, await file.read(), file.filename)
    except MultiPartException as error:
        raise bad_request(f"Bad request: Error parsing form fields: {error.message}") from error


async def content_of(form: Form, request: Request) -> tuple[bytes, str | None]:
    """The bytes and the file name that a form holds or, by `url`, points to."""
    url = form.texts.get("url")
    if form.content is None and url is None:
        raise bad_request("Bad request: a file or a url is needed")
    if form.content is not None and url is not None:
        raise bad_request("Bad request: file and url exclude each other")
    content, filename = (form.content, form.filename) if url is None else await fetch(url, request)
    return image_bytes(content), fields.filename(filename)


def image_bytes(content: bytes | None) -> bytes:
    """The bytes of a file, if there is one and it is an image."""
    if content is None:
        raise bad_request("Bad request: a file is needed")
    if media_type(content) is None:
        raise RefusedError(415, (5455, "Unsupported image format"))
    width, height = dimensions(content) or (0, 0)
    if max(width, height) > MAX_SIDE and media_type(content) not in _WITHOUT_MAX_SIDE:
        raise bad_request(f"Bad request: the image has {width} x {height} pixels; a side has at most {MAX_SIDE}")
    if width * height > MAX_PIXELS:
        raise bad_request(f"Bad request: the image has {width * height} pixels; at most {MAX_PIXELS} are allowed")
    return content


def new_image(texts: dict[str, str], *, now: int, draft: bool = False) -> StoredImage:
    """The image that the fields of a form describe."""
    private = fields.private_from_text(texts.get("requireSignedURLs", "false"))
    return StoredImage(
        number=0,
        id=fields.own_id(texts.get("id"), private) or str(uuid.uuid4()),
        uploaded=now,
        filename=None,
        meta=fields.meta_from_text(texts.get("metadata", "{}")),
        creator=fields.creator(texts.get("creator", "")),
        private=private,
        draft=draft,
    )


def _summary(texts: dict[str, str], file: object) -> dict[str, Any]:
    """A form for the request log."""
    shown: dict[str, Any] = {name: without_password(value) for name, value in texts.items()}
    if isinstance(file, UploadFile):
        shown["file"] = {"filename": file.filename, "bytes": file.size}
    return shown


class _FormParser(MultiPartParser):
    """Starlette's parser, which does not say by itself whether the form came to its end."""

    complete = False

    def on_end(self) -> None:
        self.complete = True


@asynccontextmanager
async def _parsed(request: Request) -> AsyncGenerator[FormData]:
    """The form of a request, if it is neither too long nor cut off; its files are closed behind."""

    async def body() -> AsyncGenerator[bytes]:
        received = 0
        async for chunk in request.stream():
            received += len(chunk)
            if received > MAX_FORM_BYTES:
                raise RefusedError(413, TOO_LARGE)
            yield chunk
        if not parser.complete:
            raise MultiPartException("incomplete multipart stream")

    parser = _FormParser(request.headers, body(), max_files=1, max_fields=20)
    form = await parser.parse()
    try:
        yield form
    finally:
        await form.close()
