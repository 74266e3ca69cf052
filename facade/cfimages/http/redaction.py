"""Keep secrets out of errors and logs."""

import re
from urllib.parse import quote

import httpx

from cfimages.http.context import context_of

MIN_SECRET = 8
"""Shorter secrets are not searched for: they are words, as in tests."""

# The signature of an address, also within HTML, and a user with a password.
_SECRET_PARTS = re.compile(r"(?<=[?&;]sig=)[0-9A-Za-z%_-]+|(?<=://)[^/\s@]+(?=@)")

# Operations whose responses are secrets: signing keys, a token, an address for an upload.
_CONFIDENTIAL = re.compile(r"/images/(v1/keys|v1/batch_token|v2/direct_upload)(/|$)")


def scrubbed(request: httpx.Request, text: str) -> str:
    """Return text without the secrets of the request, as they are and percent-encoded."""
    for secret in _secrets(request):
        if len(secret) >= MIN_SECRET:
            text = text.replace(secret, "[redacted]").replace(quote(secret, safe=""), "[redacted]")
    return _SECRET_PARTS.sub("[redacted]", text)


def address(request: httpx.Request) -> str:
    """Return the address of a request as an error shows it."""
    if context_of(request).is_private:
        return f"{request.url.scheme}://{request.url.netloc.decode()}/[redacted]"
    return scrubbed(request, str(request.url))


def is_confidential(response: httpx.Response) -> bool:
    """Return whether the body of a response is a secret itself."""
    return response.is_success and bool(_CONFIDENTIAL.search(response.request.url.path))


def _secrets(request: httpx.Request) -> list[str]:
    context = context_of(request)
    found = [*(context.credentials.secrets if context.credentials else ()), *context.secrets]
    if context.is_private:
        url = request.url
        found += [url.raw_path.decode(), url.path, url.path.rpartition("/")[2], url.query.decode()]
    return found
