"""The body of an answer as a whole, within a bound of memory and of time, decompressed piece by piece. Without I/O."""

import io
import math
import time
import zlib

import httpx

LARGEST_BODY = 64 * 1024 * 1024
"""Bytes, after decompression, of an answer that is held as a whole. A page of 1,000 images has half a million."""

READ_TIMEOUTS = 5
"""As many of them a whole body may take: each piece has one, and could come just in time, for ever."""

_REUSED = 2**20
"""Bytes; twice as much is more than what a page and the buffers on its way take, and may stay with the process."""

CODING = "gzip"
"""The compression that is asked for. Others can make a thousand times more of the same bytes."""


def reuse_memory() -> None:
    """Have the C library keep the memory of an answer for the next one.

    glibc gives free memory back to the system beyond twice the largest block freed so far, and a page is just about
    that: fetching it anew for each page takes a fifth of what a page costs. Elsewhere it does nothing.
    """
    bytes(_REUSED)


class UnreadableBody(httpx.DecodingError):
    """A body that would be as unreadable the next time: too large, or not compressed in the way asked for."""


def is_compressed(response: httpx.Response) -> bool:
    """Whether a body is compressed. Raises UnreadableBody for a way that was not asked for, also for twice."""
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding not in ("", "identity", CODING):
        raise UnreadableBody("compressed in a way that was not asked for", request=response.request)
    return bool(coding == CODING)


class Body:
    """Collects the pieces of a body as they come over the wire. Raises httpx.DecodingError and httpx.ReadTimeout."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._room = LARGEST_BODY
        patience = response.request.extensions.get("timeout", {}).get("read")  # not if its maker wanted none
        self._seconds = math.inf if patience is None else READ_TIMEOUTS * patience
        self._began = time.monotonic()
        self._whole = io.BytesIO()
        self._unzip = zlib.decompressobj(zlib.MAX_WBITS | 16) if is_compressed(response) else None

    def add(self, piece: bytes) -> None:
        """Take the next piece."""
        if time.monotonic() - self._began > self._seconds:
            raise httpx.ReadTimeout(f"not all of it in {self._seconds:g} s", request=self._response.request)
        if self._unzip:
            try:
                piece = self._unzip.decompress(piece, self._room + 1)
            except zlib.error as error:
                raise httpx.DecodingError(str(error), request=self._response.request) from None
            if self._unzip.unused_data:  # zlib would keep all of it, and copy it with each piece
                raise UnreadableBody("more behind the end of the compressed body", request=self._response.request)
        self._room -= len(piece)
        if self._room < 0:
            text = f"more than {LARGEST_BODY // 1024**2} MiB: ask for fewer at a time"
            raise UnreadableBody(text, request=self._response.request)
        self._whole.write(piece)

    def whole(self) -> httpx.Response:
        """The answer with its body, decompressed."""
        headers = self._response.headers.copy()
        if self._unzip:
            if not self._unzip.eof:
                raise httpx.DecodingError("the compressed body is cut off", request=self._response.request)
            for name in ("Content-Encoding", "Content-Length"):  # they speak of the compressed body
                headers.pop(name, None)
        whole = httpx.Response(
            self._response.status_code,
            headers=headers,
            content=self._whole.getvalue(),
            request=self._response.request,
            extensions=self._response.extensions,
        )
        whole.next_request = self._response.next_request
        whole.elapsed = self._response.elapsed
        return whole
