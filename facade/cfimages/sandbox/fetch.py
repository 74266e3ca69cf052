"""Uploads from a URL: the sandbox fetches from this machine only, so that a test can serve the file."""

import asyncio
from urllib.parse import unquote

import httpx
from starlette.requests import Request

from cfimages.sandbox.hosts import is_loopback
from cfimages.sandbox.wire import RefusedError, bad_request

MAX_FILE_BYTES = 10 * 1024 * 1024
TOO_LARGE = (5413, "Image is larger than 10 MB")
FETCH_SECONDS = 10.0


async def fetch(text: str, request: Request) -> tuple[bytes, str | None]:
    """The bytes behind a URL, and the last part of its path as their name."""
    url = _address(text, request)
    try:
        async with asyncio.timeout(FETCH_SECONDS):
            content = await _read(url)
    except (httpx.HTTPError, TimeoutError) as error:
        raise bad_request(f"Bad request: the file could not be fetched: {error!r}") from error
    return content, unquote(url.path.rpartition("/")[2]) or None


def _address(text: str, request: Request) -> httpx.URL:
    try:
        url = httpx.URL(text)
        host, port = url.host, 80 if url.port is None else url.port
    except (httpx.InvalidURL, UnicodeError) as error:  # the latter of a host in another script
        raise bad_request(f"Bad request: not a url: {error}") from error
    if not 0 < port < 65536:
        raise bad_request(f"Bad request: port {port} is out of range (1-65535)")
    if url.scheme not in ("http", "https"):
        raise bad_request("Bad request: only http and https urls can be fetched")
    if not is_loopback(host):
        raise bad_request("Bad request: the sandbox fetches from loopback addresses only, such as 127.0.0.1")
    if url.port and url.port in ((request.scope["server"] or ("", 0))[1], request.url.port):  # inside and outside
        raise RefusedError(400, (5454, "The service does not fetch from its own delivery host"))
    return url


async def _read(url: httpx.URL) -> bytes:
    content = b""
    # Neither proxies and passwords of the environment nor redirects, which could lead elsewhere. Bytes as they are
    # sent: what is unpacked could be of any size.
    async with (
        httpx.AsyncClient(trust_env=False, timeout=FETCH_SECONDS, headers={"Accept-Encoding": "identity"}) as client,
        client.stream("GET", url) as response,
    ):
        if response.status_code != 200:
            raise bad_request(f"Bad request: the origin answered {response.status_code}")
        async for chunk in response.aiter_raw():
            content += chunk
            if len(content) > MAX_FILE_BYTES:
                raise RefusedError(413, TOO_LARGE)
    return content
