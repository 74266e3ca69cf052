"""What a response means: whether it is complete, a success, an image."""

import re
from typing import Any, Self

import httpx

from cfimages.http import failures

_IMAGE = re.compile("image/|(application|binary)/octet-stream")


class APIResponse(httpx.Response):
    """A complete response. Its JSON is decoded once."""

    _decoded: Any = None
    _is_decoded = False

    @classmethod
    def of(cls, response: httpx.Response, headers: httpx.Headers, content: bytes) -> Self:
        """Return a response with this body."""
        return cls(
            response.status_code,
            headers=headers,
            content=content,
            request=response.request,
            extensions=response.extensions,
        )

    def json(self, **_options: Any) -> Any:
        """Return the decoded body. Raises APIResponseValidationError if it is not JSON."""
        if self._is_decoded:
            return self._decoded
        from cfimages.http.decoding import loads  # its imports are needed only once there is a response

        try:
            self._decoded = loads(self.content)
            self._is_decoded = True
        except (ValueError, RecursionError) as error:
            problem = f"is not JSON ({error})" if self.content else "is empty"
        else:
            return self._decoded
        raise failures.invalid(self, f"the response {problem}")  # outside: that error holds the text


def detach_location(response: httpx.Response) -> None:
    """Move the Location header of a redirect to the extensions. A redirect is never followed."""
    if "location" in response.headers:
        response.extensions[failures.LOCATION] = response.headers.pop("location")


def is_image(response: httpx.Response, *, if_unsaid: bool) -> bool:
    """Return whether a response is a whole image. `if_unsaid` decides where it has no content type."""
    kind = str(response.headers.get("content-type", "")).strip().lower()
    return response.status_code == 200 and (bool(_IMAGE.match(kind)) if kind else if_unsaid)


def check_success(response: httpx.Response, *, streamed: bool) -> None:
    """Check that a successful status comes with an image, or with an envelope that says `success: true`.

    Raises APIResponseValidationError, or APIStatusError for `success: false`.
    """
    if (streamed or "json" not in response.headers.get("content-type", "")) and is_image(response, if_unsaid=streamed):
        return
    envelope = response.json()
    success = envelope.get("success") if isinstance(envelope, dict) else None
    if not isinstance(success, bool):
        raise failures.invalid(response, "the response is JSON, but not the API's envelope")
    if not success:
        raise failures.refused(response)
    if streamed:
        raise failures.invalid(response, "the response is JSON where an image was expected")


def check_complete(response: httpx.Response) -> None:
    """Check that as many bytes were downloaded as the response announced. Raises APIResponseValidationError."""
    promised = response.headers.get("content-length")
    received = response.num_bytes_downloaded
    in_memory = response.is_closed and not received  # a transport had the body in memory: nothing was counted
    if promised is not None and not in_memory and promised.strip().lstrip("0") != str(received).lstrip("0"):
        raise failures.invalid(response, f"{received} of {promised} bytes were received")
