"""What a response means: whether it is complete, a success, an image."""

import re
from typing import Any, Self

import httpx

from cfimages.http import exceptions

# The path of the bytes of an image. An image, a key or a variant may have the name `blob`.
_BYTES = re.compile(rb"[^?]*/images/v1/(?!keys/|variants/)[^/?]+/blob(\?|$)")

_IMAGE = re.compile("$|image/|(application|binary)/octet-stream")


_UNDECODED = object()


class APIResponse(httpx.Response):
    """A complete response. Its JSON is decoded once."""

    _decoded: Any = _UNDECODED

    @classmethod
    def of(cls, response: httpx.Response, content: bytes) -> Self:
        """Return a response with this body, which is not compressed."""
        about_the_body = (b"content-encoding", b"content-length")
        return cls(
            response.status_code,
            headers=[(name, value) for name, value in response.headers.raw if name.lower() not in about_the_body],
            content=content,
            request=response.request,
            extensions=response.extensions,
        )

    def json(self, **_options: Any) -> Any:
        """Return the decoded body. Raises APIResponseValidationError if it is not JSON."""
        if self._decoded is not _UNDECODED:
            return self._decoded
        from cfimages.http.decoding import loads  # its imports are needed only once there is a response

        try:
            self._decoded = loads(self.content)
        except (ValueError, RecursionError) as error:
            problem = f"is not JSON ({error})" if self.content else "is empty"
        else:
            return self._decoded
        raise exceptions.invalid(self, f"the response {problem}")  # outside: that error holds the text


def wants_image(request: httpx.Request) -> bool:
    """Return whether the method and the address of a request ask for the bytes of an image."""
    return request.method == "GET" and bool(_BYTES.match(request.url.raw_path))


def has_image(response: httpx.Response) -> bool:
    """Return whether the status and the content type of a response are those of an image. It need not have a type."""
    content_type = response.headers.get("content-type", "").strip().lower()
    return response.status_code == 200 and bool(_IMAGE.match(content_type))


def says_success(response: httpx.Response) -> bool:
    """Return whether a response with a successful status is one: an image, or an envelope with `success: true`.

    Raises APIResponseValidationError for anything but what its request asks for.
    """
    expects_image = wants_image(response.request)
    if expects_image and has_image(response):
        return True
    envelope = response.json()
    success = envelope.get("success") if isinstance(envelope, dict) else None
    if not isinstance(success, bool):
        raise exceptions.invalid(response, "the response is JSON, but not the API's envelope")
    if success and expects_image:
        raise exceptions.invalid(response, "the response is JSON where an image was expected")
    return success


def check_complete(response: httpx.Response) -> None:
    """Check that as many bytes were downloaded as the response announced. Raises APIResponseValidationError."""
    promised = response.headers.get("content-length")
    received = response.num_bytes_downloaded
    in_memory = response.is_closed and not received  # a transport had the body in memory: nothing was counted
    if promised is not None and not in_memory and promised.strip().lstrip("0") != str(received).lstrip("0"):
        raise exceptions.invalid(response, f"{received} of {promised} bytes were received")
