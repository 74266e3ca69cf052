"""The Images API over HTTP: which path leads where, and who may go there.

This follows the documentation of the service. docs/sandbox.md says what the sandbox does where nothing is documented.
"""

import asyncio
import hmac
import re
import secrets
from collections.abc import Mapping
from email.utils import format_datetime
from typing import Literal
from urllib.parse import unquote_to_bytes

import attrs
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from cfimages.sandbox import batch, direct, images, keys, metadata_keys, settings, variants
from cfimages.sandbox.accounts import Account
from cfimages.sandbox.delivery import deliver
from cfimages.sandbox.failures import failure
from cfimages.sandbox.imports import migrations, sources
from cfimages.sandbox.limits import CODE, Limiter
from cfimages.sandbox.setup import Setup
from cfimages.sandbox.wire import Call, Handler, RefusedError, envelope, image_not_found

BASE_PATH = "/client/v4"

BODY_SECONDS = 60.0
"""How long the next part of a body may take."""

_HANDLERS: dict[str, dict[str, Handler]] = {
    "images": {"GET": images.list_v1, "POST": images.upload},
    "images v2": {"GET": images.list_v2},
    "image": {"GET": images.details, "PATCH": images.edit, "DELETE": images.delete},
    "blob": {"GET": images.blob},
    "metadata keys": {"GET": metadata_keys.list_all},
    "direct upload": {"POST": direct.create},
    "variants": {"GET": variants.list_all, "POST": variants.create},
    "variant": {"GET": variants.details, "PATCH": variants.edit, "DELETE": variants.delete},
    "keys": {"GET": keys.list_all},
    "key": {"PUT": keys.put, "DELETE": keys.delete},
    "stats": {"GET": settings.stats},
    "config": {"GET": settings.config, "PATCH": settings.edit_config},
    "batch_token": {"GET": batch.issue},
    "sources": {"GET": sources.list_all, "POST": sources.create},
    "source": {"GET": sources.details, "PATCH": sources.rename, "DELETE": sources.delete},
    "source connectivity": {"GET": sources.check},
    "connectivity-precheck": {"POST": sources.precheck},
    "migrations": {"GET": migrations.list_all, "POST": migrations.create},
    "migration": {"GET": migrations.details, "DELETE": migrations.delete},
    "migration lifecycle": {"GET": migrations.progress},
    "migration lifecycle start": {"PATCH": migrations.start},
    "migration lifecycle abort": {"PATCH": migrations.abort},
    "migration logs": {"GET": migrations.logs},
}
_BATCH_HANDLERS: dict[str, dict[str, Handler]] = {
    "images": {"POST": images.upload},
    "images v2": _HANDLERS["images v2"],
    "image": _HANDLERS["image"],
    "direct upload": _HANDLERS["direct upload"],
}
_UPLOAD_HANDLERS: dict[str, Handler] = {"POST": direct.complete}

_CORS = {"Access-Control-Allow-Origin": "*"}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}


@attrs.frozen
class _Target:
    """What a path names. With "delivery" and "upload", the account is the one in delivery URLs."""

    place: Literal["api", "batch", "upload", "delivery"]
    account: str
    resource: str
    name: str = ""


class App:
    """The ASGI application: any account id is an account of its own."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._limiter = Limiter(setup.rate_limit, setup.clock.seconds) if setup.rate_limit else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise RuntimeError(f"the sandbox speaks HTTP only, not {scope['type']}")
        request = Request(scope, _in_time(receive))
        headers: dict[str, str] = {}
        try:
            target = _target(request)
            if target.place == "upload":  # a page may send the file: nothing else may be asked from a page
                headers = dict(_CORS)
            headers |= self._count(request, target)
            response = await self._answer(request, target)
        except RefusedError as refusal:
            errors = [{"code": code, "message": message} for code, message in refusal.errors]
            response = envelope(None, refusal.status, errors)
            headers |= refusal.headers
        except ClientDisconnect:
            return  # nobody is left to be answered
        except Exception as error:  # noqa: BLE001 - whatever fails here, a caller gets an answer of the service
            response = failure(error)
        response.headers.update(headers)
        response.headers["date"] = format_datetime(self._setup.clock.now(), usegmt=True)
        response.headers["cf-ray"] = f"{secrets.token_hex(8)}-SBX"
        await response(scope, receive, send)

    def _count(self, request: Request, target: _Target) -> dict[str, str]:
        """Count a request of the API; gives the headers that say how it stands."""
        if self._limiter is None or target.place != "api":
            return {}
        verdict = self._limiter.judge(request.headers.get("authorization") or request.headers.get("x-auth-key", ""))
        if not verdict.allowed:
            too_fast = (CODE, "Please wait and consider throttling your request speed")
            raise RefusedError(429, too_fast, headers=verdict.headers)
        return verdict.headers

    async def _answer(self, request: Request, target: _Target) -> Response:
        if target.place == "upload" and request.method == "OPTIONS":
            return Response(status_code=204, headers=_PREFLIGHT)
        if target.place == "delivery":
            parts = (target.account, target.name, target.resource)
            return await run_in_threadpool(deliver, request, self._setup, *parts)
        handler = _handler(request, target)
        account = await run_in_threadpool(self._account, target, request.headers)
        return await handler(Call(request, self._setup, account, target.name))

    def _account(self, target: _Target, headers: Mapping[str, str]) -> Account:
        """The account that a request is about, if its credentials are right for the place it was sent to."""
        accounts = self._setup.store.accounts
        if target.place == "upload":
            if account := accounts.by_hash(target.account):
                return account
            raise image_not_found()
        scheme, _, credentials = headers.get("authorization", "").partition(" ")
        bearer = credentials.strip() if scheme.lower() == "bearer" else ""
        token = batch.read_token(accounts, bearer, self._setup.clock.seconds())
        if target.place == "batch":
            if token is not None and not token.expired:
                return token.account
        elif token is None and self._accepts(bearer, headers):
            return accounts.get(target.account)
        raise RefusedError(401, (10000, "Authentication error"))

    def _accepts(self, bearer: str, headers: Mapping[str, str]) -> bool:
        if self._setup.api_token is not None:
            return hmac.compare_digest(bearer.encode(), self._setup.api_token.encode())
        return bool(bearer or (headers.get("x-auth-email") and headers.get("x-auth-key")))


def _in_time(receive: Receive) -> Receive:
    """Receive a body, unless its next part takes too long."""

    async def received() -> Message:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                return await receive()
        except TimeoutError:
            raise RefusedError(408, (5408, "The request was too slow"), headers={"connection": "close"}) from None

    return received


def _handler(request: Request, target: _Target) -> Handler:
    """What answers a request of that method there."""
    if target.place == "batch":  # what the batch host does not do is not there
        handler = _BATCH_HANDLERS.get(target.resource, {}).get(request.method)
        if handler is None:
            raise _no_route(request)
        return handler
    handlers = _UPLOAD_HANDLERS if target.place == "upload" else _HANDLERS[target.resource]
    if request.method not in handlers:
        # The service has no answer of its own for a wrong method: it speaks of authentication.
        message = f"{request.method} method not allowed for the api_token authentication scheme"
        raise RefusedError(405, (10000, message))
    return handlers[request.method]


def _target(request: Request) -> _Target:
    """What the path names, as it was sent: each segment is decoded exactly once.

    An id may have its slashes encoded or not.
    """
    raw: bytes = request.scope["raw_path"]
    try:
        segments = [unquote_to_bytes(segment).decode() for segment in raw.split(b"/")]
    except UnicodeDecodeError:
        raise _no_route(request) from None
    match segments:
        case ["", "client", "v4", "accounts", account, "images", *rest] if account:
            resource, name = _resource(request, rest)
            return _Target("api", account, resource, name)
        case ["", "batch", "images", *rest]:
            resource, name = _resource(request, rest)
            return _Target("batch", "", resource, name)
        case ["", "upload", account, *rest]:
            return _Target("upload", account, "draft", "/".join(rest))
        case ["", account, *rest, variant] if re.fullmatch(r"[A-Za-z0-9_-]{22}", account):
            return _Target("delivery", account, variant, "/".join(rest))
    raise _no_route(request)


def _resource(request: Request, segments: list[str]) -> tuple[str, str]:
    """The kind of thing behind `images/`, and its name if it has one."""
    match segments:
        case ["v1"] | ["v1", ""]:
            return "images", ""
        case ["v2"] | ["v2", ""]:
            return "images v2", ""
        case ["v2", "direct_upload"]:
            return "direct upload", ""
        case ["v2", "metadata", "keys"]:
            return "metadata keys", ""
        case ["v2", "sourcingkit", "sources" | "migrations" as resource]:
            return resource, ""
        case ["v2", "sourcingkit", "sources", "connectivity-precheck" as resource]:
            return resource, ""
        case ["v2", "sourcingkit", "sources" | "migrations" as kind, name, *rest]:
            if (part := " ".join([kind.removesuffix("s"), *rest])) in _HANDLERS:
                return part, name
        case ["v1", "batch_token" | "config" | "keys" | "stats" | "variants" as resource]:
            return resource, ""
        case ["v1", "keys" | "variants" as resource, name]:
            return resource.removesuffix("s"), name
        case ["v1", "keys" | "variants", *_]:
            pass
        case ["v1", first, *rest, "blob"]:
            return "blob", "/".join([first, *rest])
        case ["v1", *rest]:
            return "image", "/".join(rest)
    raise _no_route(request)


def _no_route(request: Request) -> RefusedError:
    path = request.scope["raw_path"].decode("ascii", "replace").removeprefix(BASE_PATH) or "/"
    return RefusedError(
        404,
        (7003, f"Could not route to {path}, perhaps your object identifier is invalid?"),
        (7000, "No route for that URI"),
    )
