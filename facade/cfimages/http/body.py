"""The complete body of a response, within a limit of size and time. Decompressed piece by piece."""

import io
import math
import time
import zlib
from collections.abc import Callable

import httpx

from cfimages.http.responses import APIResponse

MAX_BODY = 64 * 1024 * 1024
"""Largest body in bytes, after decompression. A page of 1,000 images has half a million."""

READ_TIMEOUTS = 5
"""A complete body may take this many read timeouts. Each piece has one of its own."""

CODING = "gzip"
"""The only compression that requests accept. Others can expand a thousand times more."""


class UnreadableBody(httpx.DecodingError):
    """A body that would be as unreadable the next time: too large, or compressed in another way."""


def is_compressed(response: httpx.Response) -> bool:
    """Return whether a body is compressed. Raises UnreadableBody for a coding that was not asked for."""
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding not in ("", "identity", CODING):
        raise UnreadableBody("compressed in a way that was not asked for", request=response.request)
    return bool(coding == CODING)


class Body:
    """Collect the pieces of a body. Raises httpx.DecodingError and httpx.ReadTimeout."""

    def __init__(self, response: httpx.Response, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._response = response
        self._clock = clock
        self._room = MAX_BODY
        read = response.request.extensions.get("timeout", {}).get("read")
        self._seconds = math.inf if read is None else READ_TIMEOUTS * read
        self._began = clock()
        self._content = io.BytesIO()
        self._unzip = zlib.decompressobj(zlib.MAX_WBITS | 16) if is_compressed(response) else None

    def add(self, piece: bytes) -> None:
        """Add the next piece."""
        request = self._response.request
        if self._clock() - self._began > self._seconds:
            raise httpx.ReadTimeout(f"not complete after {self._seconds:g} s", request=request)
        if self._unzip:
            try:
                piece = self._unzip.decompress(piece, self._room + 1)
            except zlib.error as error:
                raise httpx.DecodingError(str(error), request=request) from None
            if self._unzip.unused_data:
                raise UnreadableBody("data follows the end of the compressed body", request=request)
        self._room -= len(piece)
        if self._room < 0:
            text = f"larger than {MAX_BODY // 1024**2} MiB: request fewer images per page"
            raise UnreadableBody(text, request=request)
        self._content.write(piece)

    def complete(self) -> APIResponse:
        """Return the response with its body, decompressed."""
        if self._unzip and not self._unzip.eof:
            raise httpx.DecodingError("the compressed body is cut off", request=self._response.request)
        return APIResponse.of(self._response, self._content.getvalue())
