"""Make the exceptions of this package from responses and from the exceptions of httpx."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from cfimages.errors import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    ErrorDetail,
    NoRouteError,
    class_for,
)
from cfimages.http.context import PROXY, context_of
from cfimages.http.redaction import address, is_confidential, scrubbed
from cfimages.http.tls import trusted_instead
from cfimages.models.shape import optional

MAX_PAGE = 64 * 1024
"""Characters of an HTML page in which its title is searched for."""

UNSUPPORTED_FORMAT = 5455
"""Code of a file that the service does not accept as an image."""

FORMATS = "PNG, JPEG, GIF, WebP, SVG, HEIC and, for Enterprise, AVIF"
"""What can be uploaded. Source: page "Limits"."""


def is_untrusted(error: httpx.RequestError) -> bool:
    """Return whether the certificate of the other end could not be verified. It will not be the next time either."""
    return isinstance(error, httpx.ConnectError) and "CERTIFICATE_VERIFY_FAILED" in str(error)


def strip(request: httpx.Request, error: httpx.RequestError) -> None:
    """Remove the traceback, the cause, the context and all secrets from an httpx exception.

    The frames of httpcore hold the Authorization header.
    """
    is_private = context_of(request).is_private
    error.request = httpx.Request(request.method, address(request)) if is_private else request
    error.__traceback__ = error.__cause__ = error.__context__ = None
    error.args = tuple(scrubbed(request, arg) if isinstance(arg, str) else arg for arg in error.args)


def disconnected(request: httpx.Request, error: httpx.RequestError) -> APIError:
    """Return the exception for a request without a response."""
    what = scrubbed(request, str(error)) or type(error).__name__
    where = f"{type(error).__name__} at {scrubbed(request, request.url.netloc.decode())}"
    if proxy := request.extensions.get(PROXY):
        where += f" through the proxy {proxy}"
    facts: dict[str, Any] = {"method": request.method, "url": address(request), "about": context_of(request).about}
    if isinstance(error, httpx.PoolTimeout):
        reason = "all connections are in use: send fewer requests at once, or wait longer"
        return APITimeoutError(f"{reason} (PoolTimeout)", **facts)
    if isinstance(error, httpx.TimeoutException):
        return APITimeoutError(f"no response in time ({where})", **facts)
    if isinstance(error, httpx.DecodingError):
        return APIResponseValidationError(f"the response cannot be decoded: {what}", **facts)
    return APIConnectionError(f"{what} ({where}){_advice_on_tls(error)}", **facts)


def _advice_on_tls(error: httpx.RequestError) -> str:
    """Return what to do about a certificate or a server without TLS, or ""."""
    text = str(error)
    if "WRONG_VERSION_NUMBER" in text or "RECORD_LAYER_FAILURE" in text:
        which = "base_url, or the address of the proxy,"
        return f". The other end does not speak TLS: check whether {which} should begin with http://"
    if not is_untrusted(error) or not re.search("issuer|self.signed|first certificate", text):
        return ""
    if not (named := trusted_instead()):
        return ". For an authority of your own, name its file in SSL_CERT_FILE"
    name, path = named
    rehash = ", after `openssl rehash`" if name == "SSL_CERT_DIR" else ""
    return f". The authority should be in {name}={path!r}{rehash}"


def refused(response: httpx.Response, retry_after: float | None) -> APIStatusError:
    """Return the exception for a response that is not a success."""
    body = _text(response)
    errors = details(body, response.headers)
    location = response.headers.get("location")
    if location is None or not response.is_redirect:
        reason = reason_for(body, errors, "" if response.is_success else response.reason_phrase)
    else:
        host = re.match(r"(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//([^/?#\s]{1,255})", location)
        where = f"to {host[1].rpartition('@')[2]}" if host else "elsewhere"
        reason = f"redirected {where}, which is not followed"
    kind = class_for(response.status_code, (detail.code for detail in errors))
    credentials = context_of(response.request).credentials
    if kind is AuthenticationError and credentials:
        reason += f" (the credentials came from {credentials.source})"
    elif kind is NoRouteError and re.match(r"(?!.*/client/v4/).*/accounts/", response.request.url.path):
        reason += " (base_url usually ends with /client/v4)"
    elif any(detail.code == UNSUPPORTED_FORMAT for detail in errors):
        reason += f" (the documentation of the service names {FORMATS})"
    return kind(scrubbed(response.request, reason), errors=errors, retry_after=retry_after, **_facts(response))


def invalid(response: httpx.Response, reason: str) -> APIResponseValidationError:
    """Return the exception for a response that is not what the API promises."""
    return APIResponseValidationError(scrubbed(response.request, reason), **_facts(response))


def misshapen(response: httpx.Response, error: Exception) -> APIResponseValidationError:
    """Return the exception for a response that the generated code or our models cannot read."""
    if isinstance(error, KeyError):
        problem = f"the response lacks {error}"
    elif is_confidential(response) and not isinstance(error, AttributeError | TypeError):  # its text may quote a secret
        problem = "the response has another shape"
    else:
        problem = f"the response has another shape: {error}"
    return invalid(response, problem)


def ray_id(response: httpx.Response) -> str | None:
    """Return Cloudflare's id of a request, or None."""
    value = response.headers.get("cf-ray")
    return None if value is None else scrubbed(response.request, value)


def details(body: str, headers: Mapping[str, str]) -> tuple[ErrorDetail, ...]:
    """Return the errors that a response names: in its JSON envelope, else in the service's plain-text form.

    >>> details("ERROR 5404: Image not found", {})
    (ErrorDetail(code=5404, message='Image not found', documentation_url=None, pointer=None),)
    """
    return _from_envelope(body) or _from_text(body, headers)


def reason_for(body: str, errors: Iterable[ErrorDetail], phrase: str) -> str:
    """Return the service's messages, else the title of its HTML page, else its text."""
    if messages := "; ".join(error.message for error in errors if error.message):
        return messages
    title = re.search(r"<title[^<>]*>\s*([^<\s][^<]*)", body[:MAX_PAGE], re.IGNORECASE)
    return (title[1] if title else _prose(body)) or phrase or "the response does not say why"


def _facts(response: httpx.Response) -> dict[str, Any]:
    return {
        "method": response.request.method,
        "url": address(response.request),
        "status_code": response.status_code,
        "ray_id": ray_id(response),
        "body": "[withheld: it may hold secrets]" if is_confidential(response) else _text(response),
        "about": context_of(response.request).about,
    }


def _text(response: httpx.Response) -> str:
    """Return the body as UTF-8, whatever charset it claims, without secrets that it repeats."""
    try:
        content = response.content
    except httpx.ResponseNotRead:  # it is being streamed
        return ""
    return scrubbed(response.request, content.decode("utf-8", "replace"))


def _from_envelope(body: str) -> tuple[ErrorDetail, ...]:
    try:
        envelope = json.loads(body)
        entries = envelope.get("errors") if isinstance(envelope, dict) else None
        return tuple(map(_detail, entries)) if isinstance(entries, list) else ()
    except (ValueError, RecursionError):  # also for nesting that can be read, but not printed
        return ()


def _detail(entry: Any) -> ErrorDetail:
    if not isinstance(entry, dict):
        return ErrorDetail(code=None, message="" if entry is None else str(entry))
    source = entry.get("source")
    return ErrorDetail(
        code=optional(int, entry.get("code")),
        message=str(entry.get("message") or ""),
        documentation_url=optional(str, entry.get("documentation_url")),
        pointer=optional(str, source.get("pointer")) if isinstance(source, dict) else None,
    )


def _from_text(body: str, headers: Mapping[str, str]) -> tuple[ErrorDetail, ...]:
    """Read `ERROR 5404: Image not found`, or the header `cf-images: err=5404`."""
    if said := re.match(r"\s*ERROR (\d{1,9}): ?(.*)", body):
        return (ErrorDetail(code=int(said[1]), message=said[2].strip()),)
    if coded := re.search(r"err=(\d{1,9})", headers.get("cf-images", "")):
        return (ErrorDetail(code=int(coded[1]), message=_prose(body)),)
    return ()


def _prose(body: str) -> str:
    """Return a body that is neither HTML nor JSON."""
    text = body.strip()
    return "" if text.startswith(("<", "{", "[")) else text
