"""Who may use the console and the control: no page of another web site, whatever it makes a browser do."""

import hmac
import re
import secrets
from collections.abc import Iterable
from ipaddress import ip_address

from starlette.requests import Request


def is_known_host(host: str, allowed: Iterable[str]) -> bool:
    """Return whether a `Host` header is an address, `localhost`, or one of the allowed names.

    Other names are refused: a web site could make a name of its own lead here (DNS rebinding).
    """
    found = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^\[\]:/?#@\\\s]+)(:[0-9]{1,5})?", host)
    if found is None:
        return False
    name = found[1].strip("[]").lower().rstrip(".")
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
    return origin is not None and origin.partition("://")[2] != request.headers.get("host")


def is_from_own_page(request: Request) -> bool:
    """Return whether a browser says that a page of this sandbox made this request."""
    says = "sec-fetch-site" in request.headers or "origin" in request.headers
    return says and not is_from_elsewhere(request)


def cookie_name(request: Request) -> str:
    """Return the name of the session's cookie.

    Browsers send a cookie to every port of its host. The port in the name keeps sandboxes side by side apart. It is the
    port that the browser sees, which a container may map to another.
    """
    port = re.search(r":([0-9]+)$", request.headers.get("host", ""))
    return f"cfimages_console_{port[1]}" if port else "cfimages_console"


class Sessions:
    """The browsers that have logged in with the token. Without a token, nobody has to."""

    def __init__(self, api_token: str | None) -> None:
        self._api_token = api_token
        self._begun: set[str] = set()

    @property
    def needed(self) -> bool:
        """Whether there is a token."""
        return self._api_token is not None

    def begin(self, token: str) -> str | None:
        """Begin a session if the token is right, and return the value of its cookie."""
        if not self._is_token(token):
            return None
        value = secrets.token_urlsafe(32)  # not the token: a cookie is sent to every port of this machine
        self._begun.add(value)
        return value

    def end(self, request: Request) -> None:
        """End the session of a request: its cookie is not accepted any more."""
        self._begun.discard(request.cookies.get(cookie_name(request), ""))

    def has(self, request: Request) -> bool:
        """Return whether a request has the token, or the cookie of a session."""
        if not self.needed:
            return True
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._is_token(bearer.strip())
        given = request.cookies.get(cookie_name(request), "").encode()
        return any(hmac.compare_digest(given, value.encode()) for value in tuple(self._begun))

    def _is_token(self, token: str) -> bool:
        return self._api_token is None or hmac.compare_digest(token.encode(), self._api_token.encode())
