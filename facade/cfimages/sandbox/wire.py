"""Shared by every endpoint: the call, the envelope, and refusals."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import attrs
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cfimages.sandbox.accounts import Account
from cfimages.sandbox.clock import from_unix
from cfimages.sandbox.setup import Setup
from cfimages.sandbox.store import Store

MAX_JSON_BYTES = 64 * 1024


class RefusedError(Exception):
    """A refusal."""

    def __init__(self, status: int, *errors: tuple[int, str], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(errors[0][1])
        self.status = status
        self.errors = errors
        self.headers: Mapping[str, str] = headers or {}


def bad_request(message: str) -> RefusedError:
    """What the service answers to a request it does not understand."""
    return RefusedError(400, (5400, message))


def image_not_found() -> RefusedError:
    """There is no image of that id."""
    return RefusedError(404, (5404, "Image not found"))


def already_exists() -> RefusedError:
    """Return the refusal of an id or name that exists."""
    return RefusedError(409, (5409, "Resource already exists"))


def conflict(message: str) -> RefusedError:
    """Return the refusal of a call that the current state does not allow."""
    return RefusedError(409, (5409, message))


def limit_reached(message: str) -> RefusedError:
    """The account has as many as it may have."""
    return RefusedError(400, (5453, message))


@attrs.frozen
class Call:
    """One request with what it is about."""

    request: Request
    setup: Setup
    account: Account
    name: str = ""
    """Of the image, variant, key, source or import in the path; empty if there is none."""

    @property
    def store(self) -> Store:
        """What is kept."""
        return self.setup.store

    @property
    def url(self) -> str:
        """The address of the sandbox, as the caller has written it."""
        return str(self.request.base_url).rstrip("/")

    async def json(self, *fields: str) -> dict[str, Any]:
        """The body, a JSON object with no other fields than these."""
        body = b""
        async for chunk in self.request.stream():
            body += chunk
            if len(body) > MAX_JSON_BYTES:
                raise bad_request(f"Bad request: the body is longer than {MAX_JSON_BYTES} bytes")
        content = parse_object(body)
        if content is None:
            raise bad_request("Bad request: the body is not a JSON object")
        check_fields(content, *fields)
        return content


Handler = Callable[[Call], Awaitable[Response]]


def in_thread(work: Callable[[Call], Response]) -> Handler:
    """Run a handler that uses the store, but not the body, in a thread."""

    async def handler(call: Call) -> Response:
        return await run_in_threadpool(work, call)

    return handler


def envelope(result: Any, status: int = 200, errors: list[dict[str, Any]] | None = None) -> Response:
    """Return the JSON envelope of a response."""
    content = {"result": result, "success": status == 200, "errors": errors or [], "messages": []}
    return JSONResponse(content, status)


def timestamp(milliseconds: int) -> str:
    """A time as answers have it."""
    return from_unix(milliseconds / 1000).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_object(text: str | bytes) -> dict[str, Any] | None:
    """A JSON object, or None if it is none."""
    try:
        content = json.loads(text)
        # Python reads NaN, 1e999 and half a surrogate pair, which no JSON of an answer can hold.
        json.dumps(content, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def check_fields(content: dict[str, Any], *known: str) -> None:
    """Refuse a field that is none of these, since a misspelt one would silently change nothing."""
    for name in content:
        if name not in known:
            raise bad_request(f"Bad request: unknown field `{name}`")
