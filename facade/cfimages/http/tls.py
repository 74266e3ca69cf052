"""The certificates that servers are checked against."""

import os
import ssl
from functools import cache

import httpx

from cfimages.errors import ConfigurationError


def ssl_context() -> ssl.SSLContext:
    """Return the TLS context of new connections.

    It trusts certifi's certificates, or those that `SSL_CERT_FILE` or `SSL_CERT_DIR` name. Raises ConfigurationError
    if those cannot be read.
    """
    if not (os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")):
        return _usual_context()
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        raise ConfigurationError(
            f"the certificates of SSL_CERT_FILE or SSL_CERT_DIR cannot be read: {error}"
        ) from error


@cache
def _usual_context() -> ssl.SSLContext:
    return httpx.create_ssl_context()  # takes 20 ms, and is the same for all clients
