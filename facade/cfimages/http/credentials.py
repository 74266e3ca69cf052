"""The credentials of one origin, which no other gets."""

from collections.abc import Mapping
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

    def is_for(self, url: httpx.URL) -> bool:
        """Return whether a request to an address may carry them."""
        return self.origin == (url.scheme, url.netloc)

    @property
    def secrets(self) -> list[str]:
        """The secrets that a response may repeat."""
        return [value.removeprefix("Bearer ") for value in self.headers.values()]
