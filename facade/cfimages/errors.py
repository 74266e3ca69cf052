"""The exceptions of this package.

```
CloudflareImagesError
├── InvalidArgumentError (also a ValueError)     an argument is invalid; raised before any request is sent
│   ├── ConfigurationError                       account, credentials, address
│   └── FilterError                              a metadata filter
├── ClientClosedError                            used after close(), or in another process or event loop
├── PaginationError                              the pages of a listing repeat themselves
├── ImportTimeoutError (also a TimeoutError)     an import has not ended in time
├── NotificationError (also a ValueError)        the body of a webhook is not a notification
│   └── UntrustedNotificationError               a webhook whose secret is missing or wrong
└── APIError
    ├── APIConnectionError                       no response
    │   └── APITimeoutError
    ├── APIResponseValidationError               a response that cannot be read
    └── APIStatusError                           a response that reports an error
        ├── BadRequestError (400)    AuthenticationError (401)    PermissionDeniedError (403)
        ├── NotFoundError (404)      NoRouteError (codes 7000, 7003)     ConflictError (409)
        ├── RequestTooLargeError (413)    UnsupportedMediaTypeError (415)
        ├── UnprocessableEntityError (422)    RateLimitError (429)
        └── ServerError (500 and above, with Cloudflare's own 520-530)
```
"""

import re
from collections.abc import Iterable, Mapping

import attrs

MAX_REASON = 300
"""Characters of an error's reason that its text shows. `body` has all of it."""

MAX_CODES = 20
"""Number of codes that the text of an error shows. `errors` has all of them."""


@attrs.frozen
class ErrorDetail:
    """One error of a response: its code and its message. Source: schema `ResponseInfo`."""

    code: int | None
    """The service's number for the error."""
    message: str
    """What the service says."""
    documentation_url: str | None = None
    """A page about the error."""
    pointer: str | None = None
    """Where in the request the error lies."""


class CloudflareImagesError(Exception):
    """The base of all exceptions of this package. A file that cannot be read or written raises OSError instead."""


class InvalidArgumentError(CloudflareImagesError, ValueError):
    """An argument is invalid. Raised before any request is sent."""


class ConfigurationError(InvalidArgumentError):
    """The account, the credentials or the address is missing, contradictory or unusable."""


class FilterError(InvalidArgumentError):
    """A metadata filter is invalid, or could match something other than it says."""


class ClientClosedError(CloudflareImagesError):
    """The client is closed, or belongs to another process or event loop."""


class PaginationError(CloudflareImagesError):
    """The pages of a listing repeat themselves, so that it would never end.

    `resume_token` is the token at which the walk stopped.
    """

    def __init__(self, reason: str, *, resume_token: str | None = None) -> None:
        super().__init__(reason)
        self.resume_token = resume_token


class ImportTimeoutError(CloudflareImagesError, TimeoutError):
    """An import has not ended within the `timeout` of `imports.wait`. It keeps running."""


class NotificationError(CloudflareImagesError, ValueError):
    """The body of a webhook is not a notification from Cloudflare. Respond with status 400."""


class UntrustedNotificationError(NotificationError):
    """The header `cf-webhook-auth` of a webhook is missing or wrong: anybody may have sent it. Respond with 401."""


class APIError(CloudflareImagesError):
    """A request failed. An attribute that does not apply is None, or empty for `errors`."""

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
        about: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        """What went wrong, in a sentence."""
        self.method = method
        """Method of the request."""
        self.url = url
        """Address of the request, with its query."""
        self.status_code = status_code
        """Status of the response."""
        self.errors: tuple[ErrorDetail, ...] = ()
        """What the service says is wrong, as `ErrorDetail`."""
        self.ray_id = ray_id
        """Cloudflare's id of the request, for a support ticket."""
        self.retry_after = retry_after
        """Seconds to wait before the next attempt, if the service says so."""
        self.body = body
        """Body of the response as text."""
        self.about = about
        """The file or id of the call, if the address does not name it."""
        self.resume_token: str | None = None
        """Token of the page that could not be fetched: `pager.starting_at(error.resume_token)` continues there."""
        found = tuple(errors) if isinstance(errors, Iterable) else (errors,)
        if not all(isinstance(detail, ErrorDetail) for detail in found):
            raise InvalidArgumentError(f"errors={found!r:.200}: must be a list of ErrorDetail")
        self.errors = found

    def __str__(self) -> str:
        where = f"{self.method} {short_path(self.url)}" if self.method and self.url else None
        status = str(self.status_code) if self.status_code is not None else None
        about = one_line(self.about) if self.about else None
        codes = one_line(", ".join(str(e.code) for e in self.errors[:MAX_CODES] if e.code is not None))
        text = ": ".join(part for part in (where, about, status, one_line(self.reason)) if part)
        if codes:
            text += f" (code {codes})"
        if self.ray_id:
            text += f" [cf-ray {one_line(self.ray_id)}]"
        return text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class APIConnectionError(APIError):
    """No response: the service could not be reached, or the connection broke."""


class APITimeoutError(APIConnectionError):
    """No response in time."""


class APIResponseValidationError(APIError):
    """A response cannot be read: it is not JSON, is truncated, or has another shape."""


class APIStatusError(APIError):
    """A response reports an error, by its status or by `success: false`."""


class BadRequestError(APIStatusError):
    """400: the service does not accept the request."""


class AuthenticationError(APIStatusError):
    """401: the credentials are missing or wrong."""


class PermissionDeniedError(APIStatusError):
    """403: the credentials do not allow this, or not for this account."""


class NotFoundError(APIStatusError):
    """404: there is no such image, variant or key."""


class NoRouteError(APIStatusError):
    """Codes 7000 and 7003: the URL does not exist, for example because the account id is wrong."""


class ConflictError(APIStatusError):
    """409: the id or name exists."""


class RequestTooLargeError(APIStatusError):
    """413: the file is larger than the service accepts."""


class UnsupportedMediaTypeError(APIStatusError):
    """415: the service does not accept this kind of file."""


class UnprocessableEntityError(APIStatusError):
    """422: the request is well-formed, but cannot be carried out."""


class RateLimitError(APIStatusError):
    """429: too many requests. `retry_after` says how many seconds to wait, if the service does.

    Also raised, without a status, when a pacer would wait longer than the retry policy allows.
    """


class ServerError(APIStatusError):
    """500 and above: the service failed."""


NO_ROUTE = frozenset({7000, 7003})
"""Codes of an address that leads nowhere."""

_BY_STATUS: Mapping[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    413: RequestTooLargeError,
    415: UnsupportedMediaTypeError,
    422: UnprocessableEntityError,
    429: RateLimitError,
}


def class_for(status_code: int, codes: Iterable[int | None] = ()) -> type[APIStatusError]:
    """Return the class of error for the status and the codes of a response.

    >>> class_for(404).__name__, class_for(404, [7003]).__name__, class_for(526).__name__
    ('NotFoundError', 'NoRouteError', 'ServerError')
    """
    if 400 <= status_code < 500 and NO_ROUTE.intersection(codes):
        return NoRouteError
    return _BY_STATUS.get(status_code, ServerError if status_code >= 500 else APIStatusError)


def is_missing_image(error: NotFoundError) -> bool:
    """Return whether the Images service itself says that there is no such thing.

    A 404 without one of its codes (5400-5499) may come from a proxy on the way.
    """
    return any(detail.code is not None and 5400 <= detail.code < 5500 for detail in error.errors)


def short_path(url: str) -> str:
    """Return the part of an address that tells operations apart, as the reference pages write it.

    >>> short_path("https://api.cloudflare.com/client/v4/accounts/a/images/v2?per_page=10")
    '/accounts/a/images/v2'
    """
    return re.sub(r"^[a-z]+://[^/]*", "", url.partition("?")[0]).removeprefix("/client/v4")


def one_line(text: str) -> str:
    r"""Return text on one line, without control characters and at most `MAX_REASON` characters long.

    >>> one_line("a\n  b")
    'a b'
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * MAX_REASON]).split())
    return line if len(line) <= MAX_REASON else line[: MAX_REASON - 1] + "…"
