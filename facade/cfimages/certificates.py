"""The certificates that servers are checked against: read once, and only when a server is to be checked."""

import os
import ssl
from functools import cached_property
from typing import Any, cast

import httpx


class _Late:
    """Stands for the context that httpx makes, until the first TLS connection asks something of it."""

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return httpx.create_ssl_context()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)


# Making one takes 20 ms, as much as all else that a client needs; left to itself, httpx makes one for each client.
_usual = cast(ssl.SSLContext, _Late())


def verification() -> ssl.SSLContext | bool:
    """What httpx verifies servers by: certifi's certificates, or those that the environment names, read at once.

    The latter may be unreadable, which is to be said before anything is sent, and may change.
    """
    return True if os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR") else _usual
