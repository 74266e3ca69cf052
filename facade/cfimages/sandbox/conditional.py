"""Conditional requests and ranges, as RFC 9110 describes them, for bytes with an entity tag."""

import re
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response


def partial(request: Request, content: bytes, headers: Mapping[str, str]) -> Response:
    """Return all of the bytes, one range of them, or that the caller has them already.

    `headers` has an `ETag`, which is compared with `If-None-Match` and `If-Range`. Several ranges at once are answered
    with everything.
    """
    etag = headers["ETag"]
    known = request.headers.get("if-none-match")
    if known is not None and ("*" in known or etag in re.findall(r'(?:W/)?("[^"]*")', known)):
        return Response(status_code=304, headers={name: headers[name] for name in ("ETag", "Cache-Control", "Vary")})
    whole = Response(content, headers={**headers, "Accept-Ranges": "bytes"})
    asked = re.fullmatch(r"bytes=([0-9]*)-([0-9]*)", request.headers.get("range", ""))
    if not asked or not (asked[1] or asked[2]) or request.headers.get("if-range", etag) != etag:
        return whole
    size = len(content)
    first, last = _bounds(asked[1], asked[2], size)
    if asked[1] and asked[2] and int(asked[1]) > int(asked[2]):
        return whole  # not a range at all
    if first > last:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
    return Response(
        content[first : last + 1],
        206,
        {**headers, "Accept-Ranges": "bytes", "Content-Range": f"bytes {first}-{last}/{size}"},
    )


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """The first and the last byte; `-5` means the last five."""
    if not first:
        return (max(size - int(last), 0), size - 1) if int(last) else (1, 0)
    return int(first), min(int(last), size - 1) if last else size - 1
