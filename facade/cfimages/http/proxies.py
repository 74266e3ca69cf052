"""Which proxy of the environment serves a host."""

from urllib.request import getproxies, proxy_bypass

import httpx

from cfimages.addresses import address_problem
from cfimages.errors import ConfigurationError

SCHEMES = ("http", "https", "socks5", "socks5h")


def proxy_for(url: httpx.URL) -> httpx.Proxy | None:
    """Return the proxy for an address, or None if there is none or `NO_PROXY` excludes the host.

    Reads `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, or what the operating system says. Raises
    ConfigurationError, which does not show the proxy: it may hold a password.
    """
    proxies = getproxies()
    name = url.scheme if proxies.get(url.scheme) else "all"
    address = proxies.get(name)
    port = url.port or (443 if url.scheme == "https" else 80)
    if not address or proxy_bypass(f"{url.raw_host.decode()}:{port}"):
        return None
    address = address if "://" in address else f"http://{address}"
    if problem := address_problem(address, SCHEMES):
        raise ConfigurationError(f"the proxy of {name.upper()}_PROXY: {problem}")
    return httpx.Proxy(address)
