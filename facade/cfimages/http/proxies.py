"""Which proxy of the environment serves a host."""

import ipaddress
import re
from urllib.request import getproxies

import httpx

from cfimages.addresses import address_problem
from cfimages.errors import ConfigurationError

SCHEMES = ("http", "https", "socks5", "socks5h")


def proxy_for(url: httpx.URL) -> httpx.Proxy | None:
    """Return the proxy for an address, or None if there is none or `NO_PROXY` excludes the host.

    Reads `HTTP_PROXY`, `HTTPS_PROXY` and `ALL_PROXY`, or what the operating system says. Raises ConfigurationError,
    which does not show the proxy: it may hold a password.
    """
    proxies = getproxies()
    name = url.scheme if proxies.get(url.scheme) else "all"
    address = proxies.get(name)
    if not address or _is_excluded(url, proxies.get("no", "")):
        return None
    address = address if "://" in address else f"http://{address}"
    if problem := address_problem(address, SCHEMES):
        raise ConfigurationError(f"the proxy of {name.upper()}_PROXY: {problem}")
    return httpx.Proxy(address)


def _is_excluded(url: httpx.URL, excluded: str) -> bool:
    entries = [entry.strip().lower() for entry in excluded.split(",")]
    port = url.port or (443 if url.scheme == "https" else 80)
    return any(_matches(url.raw_host.decode(), port, entry) for entry in entries if entry)


def _matches(host: str, port: int | None, entry: str) -> bool:
    """Return whether an entry of `NO_PROXY` names a host: `*`, a domain, an address or a range of addresses.

    >>> _matches("10.1.2.3", None, "10.0.0.0/8"), _matches("api.example.com", None, ".example.com")
    (True, True)
    """
    if entry == "*":
        return True
    network = entry.strip("[]") if entry.count(":") > 1 else entry
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:  # one of them is a name
        name, _, entry_port = entry.partition(":")
        if entry_port and entry_port != str(port):
            return False
        return re.search(rf"(^|\.){re.escape(name.removeprefix('*').lstrip('.'))}$", host) is not None
