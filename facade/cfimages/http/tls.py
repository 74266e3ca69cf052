"""The certificates that servers are checked against."""

import os
import ssl
from functools import cache
from pathlib import Path

import httpx

from cfimages.errors import ConfigurationError


def ssl_context() -> ssl.SSLContext:
    """Return the TLS context of new connections.

    It trusts certifi's certificates, or those that `trusted_instead` names. Raises ConfigurationError if those cannot
    be read.
    """
    if not (named := trusted_instead()):
        return _usual_context()
    name, path = named
    folders = [Path(folder) for folder in path.split(os.pathsep) if folder] if name == "SSL_CERT_DIR" else []
    if missing := [folder for folder in folders if not folder.is_dir()]:  # OpenSSL would not say so
        raise ConfigurationError(f"{name}={path!r}: {missing[0]} is not a folder")
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        raise ConfigurationError(f"{name}={path!r}: cannot be read: {error}") from error


def trusted_instead() -> tuple[str, str] | None:
    """Return the variable that names the certificates to trust in place of certifi's, and its value, or None."""
    variables = ("SSL_CERT_FILE", "SSL_CERT_DIR")  # the first wins
    return next(((name, os.environ[name]) for name in variables if os.environ.get(name)), None)


@cache
def _usual_context() -> ssl.SSLContext:
    return httpx.create_ssl_context()  # takes 20 ms, and is the same for all clients
