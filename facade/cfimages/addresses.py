"""Checks of addresses. No error shows one, since it may hold a password or be a secret itself."""

import re
from collections.abc import Sequence
from ipaddress import AddressValueError, IPv4Address, IPv6Address

import httpx

from cfimages.arguments import has_strange_characters
from cfimages.errors import ConfigurationError, InvalidArgumentError

WEB = ("http", "https")

# A host as httpx writes it in ASCII: letters and digits, or an IPv6 address.
_HOST = re.compile(r"([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?|[0-9a-f:.]*:[0-9a-f:.]*")


def address_problem(address: object, schemes: Sequence[str] = WEB) -> str | None:
    """Return what is wrong with an address, or None.

    httpx accepts ports beyond 65535, and a socket takes 65537 for 1.

    >>> address_problem("http://localhost:70000/")
    'port 70000 is out of range (0-65535)'
    """
    *others, last = schemes
    not_an_address = f"must be an {', '.join(others)} or {last} address, as a string"
    if not isinstance(address, str):
        return not_an_address
    if has_strange_characters(address):
        return "must not have spaces, line breaks or invisible characters"
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        return "the host or the port is not valid"
    if url.scheme not in schemes or not url.raw_host:
        return not_an_address
    if not _HOST.fullmatch(url.raw_host.decode()):
        return "the host is not valid"
    if url.port is not None and not 0 <= url.port <= 65535:
        return f"port {str(url.port)[:10]} is out of range (0-65535)"
    return None


def check_url(name: str, url: str) -> str:
    """Check that a URL is an http or https address."""
    if problem := address_problem(url):
        raise InvalidArgumentError(f"{name}: {problem}")
    return url


def check_destination(name: str, url: str, allow_http: bool) -> None:
    """Check a URL that the client itself sends requests to.

    Raises ConfigurationError if httpx cannot decode the host, as it does for each request, and for plain http to
    another machine, unless the caller allows it.
    """
    # No parsed URL in a local variable: its `repr` would show a secret.
    try:
        is_decoded = bool(httpx.URL(url).host)
    except UnicodeError:
        is_decoded = False
    if not is_decoded:
        raise ConfigurationError(f"{name}: the host is not valid")
    if httpx.URL(url).scheme == "http" and not allow_http and not is_loopback(httpx.URL(url).raw_host.decode()):
        raise ConfigurationError(
            f"{name}: plain http would expose secrets on the network: use https, or pass allow_http=True"
        )


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, by its name or number alone."""
    if re.fullmatch(r"([a-z0-9_-]+\.)*localhost\.?", host):
        return True
    try:
        return IPv6Address(host) == IPv6Address("::1") if ":" in host else IPv4Address(host).is_loopback
    except AddressValueError:
        return False
