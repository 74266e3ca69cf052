"""What `on_response` is told of a response."""

from collections.abc import Callable, Mapping

import attrs


@attrs.frozen
class ResponseSummary:
    """A response without its body. `on_response` is called with it."""

    method: str
    endpoint: str
    """Path of the request, without its query."""
    status_code: int
    headers: Mapping[str, str]
    """The headers of the response, without secrets."""
    ray_id: str | None
    """Cloudflare's id of the request."""
    duration: float
    """Seconds between sending the request and the end of the response. Waits between attempts do not count."""
    attempt: int
    """Number of the attempt, from 1."""


OnResponse = Callable[[ResponseSummary], object]
"""A function that is called with each response, successful or not. Several threads may call it at the same time."""
