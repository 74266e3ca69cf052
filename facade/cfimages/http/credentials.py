"""Authenticate requests to the API's own origin, and to no other."""

from collections.abc import Generator, Mapping
from http.cookiejar import CookieJar

import httpx

from cfimages.secret import Secret

KEY = "cfimages.credentials"
"""Where a request carries what authenticated it, to keep that out of errors."""


class Credentials(httpx.Auth):
    """Add the headers that authenticate a request.

    They are removed when the response has come, because errors keep the request.
    """

    def __init__(self, base_url: str, headers: Mapping[str, Secret], source: str) -> None:
        self._origin = _origin(httpx.URL(base_url))
        self._headers = headers
        self.source = source
        """Where the credentials came from: an argument or a variable."""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the headers for the time of one attempt."""
        if _origin(request.url) != self._origin:
            yield request
            return
        request.headers.update(self._headers)
        request.extensions[KEY] = self
        try:
            yield request
        finally:
            for name in self._headers:
                request.headers.pop(name, None)

    @property
    def secrets(self) -> list[str]:
        """The secrets that a response may repeat."""
        return [value.removeprefix("Bearer ") for value in self._headers.values()]


class NoCookies(CookieJar):
    """Keep no cookie. The API needs none."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Ignore the cookies of a response."""


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port  # httpx drops the default port of a scheme
