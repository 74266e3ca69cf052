"""Authenticate requests to one origin, and to no other."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.cookiejar import CookieJar
from typing import Self

import attrs
import httpx

from cfimages.secret import Secret


@attrs.frozen
class Credentials:
    """The headers that authenticate requests to an origin."""

    origin: tuple[str, bytes]
    """Scheme and host with port."""
    headers: Mapping[str, Secret] = attrs.field(repr=False)
    source: str
    """Where the credentials came from: an argument or a variable."""

    @classmethod
    def of(cls, base_url: str, headers: Mapping[str, Secret], source: str) -> Self:
        """Return the credentials of an address."""
        url = httpx.URL(base_url)
        return cls((url.scheme, url.netloc), headers, source)

    @property
    def secrets(self) -> list[str]:
        """The secrets that a response may repeat."""
        return [value.removeprefix("Bearer ") for value in self.headers.values()]


@contextmanager
def authenticated(request: httpx.Request, credentials: Credentials | None) -> Iterator[None]:
    """Add the headers of the credentials while the request is sent to their origin.

    They are removed again, because exceptions keep the request.
    """
    if credentials is None or credentials.origin != (request.url.scheme, request.url.netloc):
        yield
        return
    request.headers.update(credentials.headers)
    try:
        yield
    finally:
        for name in credentials.headers:
            del request.headers[name]


class NoCookies(CookieJar):
    """Keep no cookie. The API needs none."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Ignore the cookies of a response."""
