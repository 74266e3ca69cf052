"""What can go wrong, as a tree of exceptions, and the one function that picks the class for an answer.

```
CloudflareImagesError
├── InvalidArgumentError (also a ValueError)     refused before anything is sent
│   ├── ConfigurationError                       account, credentials, address
│   └── FilterError                              a metadata filter
├── ClientClosedError                            used after close(), or in another process or event loop
├── PaginationError                              the service's pages do not make a sequence
└── APIError
    ├── APIConnectionError                       no answer
    │   └── APITimeoutError
    ├── APIResponseValidationError               an answer that is not what was promised
    └── APIStatusError                           an answer that says no
        ├── BadRequestError (400)    AuthenticationError (401)    PermissionDeniedError (403)
        ├── NotFoundError (404)      ConflictError (409)          RequestTooLargeError (413)
        ├── UnprocessableEntityError (422)    RateLimitError (429)
        └── ServerError (500 and above, with Cloudflare's own 520-530)
```
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

LONGEST_REASON = 300
"""Characters of an error's reason that its text shows; `body` has all of it."""


MOST_CODES = 20
"""Errors of an answer whose codes its text shows; `errors` has all of them."""

LONGEST_PAGE = 64 * 1024
"""Characters of an HTML page in which its title is looked for."""


@attrs.frozen
class ErrorDetail:
    """One error of an answer: the service's number for it and what it says.

    Source: `ResponseInfo` of the API reference.
    """

    code: int | None
    message: str
    documentation_url: str | None = None
    pointer: str | None = None
    """Where in the request the error lies, when the service says so."""


class CloudflareImagesError(Exception):
    """Anything this SDK raises of its own. A file that cannot be read or written stays an OSError."""


class InvalidArgumentError(CloudflareImagesError, ValueError):
    """An argument that cannot be sent; nothing was."""


class ConfigurationError(InvalidArgumentError):
    """A missing, contradictory or unusable account, credential or address."""


class FilterError(InvalidArgumentError):
    """A metadata filter that cannot be said safely."""


class ClientClosedError(CloudflareImagesError):
    """The client, or one that shares its connections, has been closed, or belongs to another process or loop."""


class PaginationError(CloudflareImagesError):
    """The pages of the service do not make a sequence: going on would never end.

    `resume_token` is the token at which the walk stopped.
    """

    def __init__(self, reason: str, *, resume_token: str | None = None) -> None:
        super().__init__(reason)
        self.resume_token = resume_token


class APIError(CloudflareImagesError):
    """A request that did not give what was asked for.

    Every attribute that does not apply is None (`errors` is empty), so that a handler can read them all.
    """

    def __init__(
        self,
        reason: str,
        *,
        method: str | None = None,
        url: str | None = None,
        status_code: int | None = None,
        errors: Iterable[ErrorDetail] = (),
        ray_id: str | None = None,
        retry_after: float | None = None,
        body: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.method = method
        """Method of the request."""
        self.url = url
        """Whole address of the request, with its query."""
        self.status_code = status_code
        """Status of the answer."""
        self.errors = tuple(errors)
        """What the service says is wrong, as `ErrorDetail`."""
        self.ray_id = ray_id
        """Cloudflare's id of the exchange, for a support ticket."""
        self.retry_after = retry_after
        """Seconds the service asks to wait."""
        self.body = body
        """The answer as text."""
        self.resume_token: str | None = None
        """Token of the page that could not be fetched: `pager.starting_at(error.resume_token)` goes on there."""

    def __str__(self) -> str:
        where = f"{self.method} {endpoint(self.url)}" if self.method and self.url else None
        status = str(self.status_code) if self.status_code is not None else None
        codes = one_line(", ".join(str(e.code) for e in self.errors[:MOST_CODES] if e.code is not None))
        text = ": ".join(part for part in (where, status, one_line(self.reason)) if part)
        if codes:
            text += f" (code {codes})"
        if self.ray_id:
            text += f" [cf-ray {one_line(self.ray_id)}]"
        return text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class APIConnectionError(APIError):
    """No answer: the service could not be reached, or the connection broke."""


class APITimeoutError(APIConnectionError):
    """No answer in time."""


class APIResponseValidationError(APIError):
    """An answer that is not what the API promises: not JSON, cut off, or of another shape."""


class APIStatusError(APIError):
    """An answer that says no, by its status or by `success: false`."""


class BadRequestError(APIStatusError):
    """400: the service does not accept the request."""


class AuthenticationError(APIStatusError):
    """401: the credentials are missing or wrong."""


class PermissionDeniedError(APIStatusError):
    """403: the credentials do not allow this, or not for this account."""


class NotFoundError(APIStatusError):
    """404: no such image, or other thing."""


class ConflictError(APIStatusError):
    """409: it exists already."""


class RequestTooLargeError(APIStatusError):
    """413: more bytes than the service accepts."""


class UnprocessableEntityError(APIStatusError):
    """422: understood, but not possible."""


class RateLimitError(APIStatusError):
    """429: too many requests; `retry_after` says how many seconds to wait, if the service does."""


class ServerError(APIStatusError):
    """500 and above: the service failed."""


_BY_STATUS: Mapping[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    413: RequestTooLargeError,
    422: UnprocessableEntityError,
    429: RateLimitError,
}


def class_for(status_code: int) -> type[APIStatusError]:
    """The class of error for a status.

    >>> class_for(404).__name__, class_for(526).__name__, class_for(418).__name__
    ('NotFoundError', 'ServerError', 'APIStatusError')
    """
    return _BY_STATUS.get(status_code, ServerError if status_code >= 500 else APIStatusError)


def details(body: str, headers: Mapping[str, str]) -> tuple[ErrorDetail, ...]:
    """What an answer says is wrong: from its JSON envelope, else from the service's plain-text form.

    >>> details("ERROR 5404: Image not found", {})
    (ErrorDetail(code=5404, message='Image not found', documentation_url=None, pointer=None),)
    """
    return _from_envelope(body) or _from_text(body, headers)


def reason_for(body: str, errors: Iterable[ErrorDetail], phrase: str) -> str:
    """What to tell a person: the service's messages, else the title of its page, else its text."""
    if messages := "; ".join(error.message for error in errors if error.message):
        return messages
    title = re.search(r"<title[^<>]*>\s*([^<\s][^<]*)", body[:LONGEST_PAGE], re.IGNORECASE)
    return (title[1] if title else _prose(body)) or phrase or "the answer does not say why"


def endpoint(url: str) -> str:
    """The part of an address that tells endpoints apart, as the reference pages write it.

    >>> endpoint("https://api.cloudflare.com/client/v4/accounts/a/images/v2?per_page=10")
    '/accounts/a/images/v2'
    """
    return re.sub(r"^[a-z]+://[^/]*", "", url.partition("?")[0]).removeprefix("/client/v4")


def one_line(text: str) -> str:
    r"""Text made fit for one line of a log: no line breaks or control characters, and not too long.

    >>> one_line("a\n  b")
    'a b'
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * LONGEST_REASON]).split())
    return line if len(line) <= LONGEST_REASON else line[: LONGEST_REASON - 1] + "…"


def _from_envelope(body: str) -> tuple[ErrorDetail, ...]:
    try:
        envelope = json.loads(body)
        entries = envelope.get("errors") if isinstance(envelope, dict) else None
        return tuple(map(_detail, entries)) if isinstance(entries, list) else ()
    except (ValueError, RecursionError):  # the latter also for a nest that can be read, but not printed
        return ()


def _detail(entry: Any) -> ErrorDetail:
    """One entry of an envelope's errors, whatever it turns out to be."""
    if not isinstance(entry, dict):
        return ErrorDetail(code=None, message="" if entry is None else str(entry))
    source = entry.get("source")
    return ErrorDetail(
        code=code if type(code := entry.get("code")) is int else None,
        message=str(entry.get("message") or ""),
        documentation_url=_text(entry.get("documentation_url")),
        pointer=_text(source.get("pointer")) if isinstance(source, dict) else None,
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _from_text(body: str, headers: Mapping[str, str]) -> tuple[ErrorDetail, ...]:
    """`ERROR 5404: Image not found`, and the header `cf-images: err=5404` that comes with it."""
    if said := re.match(r"\s*ERROR (\d{1,9}): ?(.*)", body):
        return (ErrorDetail(code=int(said[1]), message=said[2].strip()),)
    if coded := re.search(r"err=(\d{1,9})", headers.get("cf-images", "")):
        return (ErrorDetail(code=int(coded[1]), message=_prose(body)),)
    return ()


def _prose(body: str) -> str:
    """What a body says, if it is neither HTML nor JSON."""
    text = body.strip()
    return "" if text.startswith(("<", "{", "[")) else text
