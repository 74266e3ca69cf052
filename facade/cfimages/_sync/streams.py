# Generated from facade/cfimages/_async/streams.py by `make generate`. Do not edit.
"""The bytes of an image, as they come."""

from collections.abc import Callable, Generator
from typing import Self, cast

import httpx

from cfimages._sync.lifetime import Closable, Lifetime
from cfimages.errors import CloudflareImagesError
from cfimages.http import exceptions
from cfimages.http.responses import check_complete

CHUNK = 64 * 1024
"""Size of a chunk in bytes."""


class ImageStream(Closable):
    """The original of an image in chunks of bytes, for `with` and `for`.

    Entering it sends the request. `upload` accepts it as a file. To keep it open beyond a block, enter it with
    `contextlib.ExitStack`.

    Raises:
        NotFoundError: There is no such image. Raised when the stream is entered.
        APIConnectionError: While iterating, if the connection breaks.
        APIResponseValidationError: While iterating, if bytes are missing, or if there are none.
        ClientClosedError: While iterating, if the client is closed.
    """

    def __init__(self, image_id: str, send: Callable[[], httpx.Response], lifetime: Lifetime) -> None:
        self._image_id = image_id
        self._send = send
        self._lifetime = lifetime
        self._response: httpx.Response | None = None
        self._chunks: Generator[bytes, None, None] | None = None
        self._is_started = False
        self._is_broken = False
        self._is_closed = False

    @property
    def is_started(self) -> bool:
        """Whether bytes were read from it. `upload` then refuses it."""
        return self._is_started

    @property
    def content_type(self) -> str | None:
        """Media type of the image, such as `image/png`; None if the service does not say it."""
        content_type: str | None = self._opened().headers.get("content-type")
        return content_type

    @property
    def size(self) -> int | None:
        """Number of bytes; None if the service does not say it."""
        length = str(self._opened().headers.get("content-length", ""))
        return int(length) if length.isdecimal() and len(length) < 20 else None

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        response = self._opened()
        self._lifetime.check()
        if self._is_closed:
            raise CloudflareImagesError("the stream is closed: read it inside its `with` block")
        if self._is_broken:
            raise exceptions.invalid(response, "the download was interrupted: open a new stream")
        if self._chunks is None:
            self._chunks = cast("Generator[bytes, None, None]", response.iter_bytes(CHUNK))
        self._is_broken = True  # until the chunk is there: a generator that an exception has ended looks complete
        try:
            chunk = self._chunks.__next__()
        except httpx.RequestError as error:
            exceptions.strip(response.request, error)
            self._lifetime.check()  # closed meanwhile
            raise exceptions.disconnected(response.request, error) from error
        except StopIteration:
            self._is_broken = False
            check_complete(response)
            if not self._is_started:
                raise exceptions.invalid(response, "the response is empty") from None
            raise
        self._is_started = True
        self._is_broken = False
        return chunk

    def _opened(self) -> httpx.Response:
        if self._response is None:
            raise CloudflareImagesError("stream() sends its request when it is entered: use it in a `with` block")
        return self._response

    def __enter__(self) -> Self:
        if self._response is not None:
            raise CloudflareImagesError("a stream can be entered once: call stream() again")
        self._response = self._send()
        return self

    def close(self) -> None:
        """End the download."""
        self._is_closed = True
        if self._chunks:
            self._chunks.close()
        if self._response:
            self._response.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._image_id!r}>"
