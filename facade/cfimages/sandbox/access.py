"""Who may use what is beside the API: console and control. No other site may, whatever it makes a browser do."""

import hmac
import secrets
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request

COOKIE = "cfimages_console"


def is_known_host(host: str, allowed: Iterable[str]) -> bool:
    """Return whether a `Host` header names this machine: by an address, which no foreign name can lead to.

    A site could let a name of its own lead here (DNS rebinding): so names are refused but for `localhost` and those
    that are allowed.
    """
    try:
        name = (urlsplit(f"//{host}").hostname or "").lower().rstrip(".")
    except ValueError:
        return False
    if name == "localhost" or name.endswith(".localhost") or name in {each.lower() for each in allowed}:
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def is_from_elsewhere(request: Request) -> bool:
    """Return whether a browser says that another site's page made this request."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None and site not in ("same-origin", "none"):
        return True
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


def is_from_own_page(request: Request) -> bool:
    """Return whether a browser says that a page of this very site made this request."""
    says = "sec-fetch-site" in request.headers or "origin" in request.headers
    return says and not is_from_elsewhere(request)


class Sessions:
    """Who has given the token. Without a token, everybody has."""

    def __init__(self, api_token: str | None) -> None:
        self._api_token = api_token
        self._value = secrets.token_urlsafe(32)  # not the token: a cookie is sent to every port of this machine

    @property
    def needed(self) -> bool:
        """Whether there is a token."""
        return self._api_token is not None

    def begin(self, token: str) -> str | None:
        """Return the value for the cookie, if the token is right."""
        return self._value if self._is_token(token) else None

    def has(self, request: Request) -> bool:
        """Return whether a request comes from who has given the token."""
        if not self.needed:
            return True
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._is_token(bearer.strip())
        return hmac.compare_digest(request.cookies.get(COOKIE, "").encode(), self._value.encode())

    def _is_token(self, token: str) -> bool:
        return self._api_token is None or hmac.compare_digest(token.encode(), self._api_token.encode())
