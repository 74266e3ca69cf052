"""A transport for clients that the generated code would make itself."""

from typing import NoReturn

import httpx

from cfimages.errors import CloudflareImagesError


class Refusing(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Refuse every request: such a client has no credentials, no timeout and no retries."""

    def __init__(self, advice: str) -> None:
        self._advice = advice

    def handle_request(self, request: httpx.Request) -> NoReturn:
        """Raise CloudflareImagesError."""
        raise CloudflareImagesError(self._advice)

    async def handle_async_request(self, request: httpx.Request) -> NoReturn:
        """Raise CloudflareImagesError."""
        raise CloudflareImagesError(self._advice)
