"""The Images API over HTTP: routes, envelope, credentials and the service's own errors.

Where the service is documented, this follows it; `cfimages.sandbox` says where the sandbox decides.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import attrs
import python_multipart  # noqa: F401 - without it Starlette would fail at the first upload only, and unclearly
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from cfimages.sandbox.filters import FilterSyntaxError, parse_filters
from cfimages.sandbox.store import Direction, DuplicateError, Position, Store, StoredImage

BASE_PATH = "/client/v4"
MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_FORM_BYTES = MAX_FILE_BYTES + 1024 * 1024
"""The whole form of an upload; what is longer is refused at this point, and the rest of it is thrown away."""
MAX_METADATA_BYTES = 1024
MAX_ID_LENGTH = 1024
MAX_CREATOR_LENGTH = 1024
MAX_PAGE = {"v1": 100, "v2": 1000}
"""Images on one page, whatever is asked for."""


class RefusedError(Exception):
    """An answer that says no."""

    def __init__(self, status: int, *errors: tuple[int, str]) -> None:
        super().__init__(errors[0][1])
        self.status = status
        self.errors = errors


def bad_request(message: str) -> RefusedError:
    """What the service answers to a request it does not understand."""
    return RefusedError(400, (5400, message))


NOT_FOUND = (5404, "Image not found")
TOO_LARGE = (5413, "Image is larger than 10 MB")


class App:
    """The ASGI application: any account id is an account of its own.

    With an `api_token`, no other credentials are accepted; without, any are.
    """

    def __init__(self, store: Store, api_token: str | None = None) -> None:
        self._store = store
        self._api_token = api_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise RuntimeError(f"the sandbox speaks HTTP only, not {scope['type']}")
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except RefusedError as refusal:
            errors = [{"code": code, "message": message} for code, message in refusal.errors]
            response = _envelope(None, refusal.status, errors)
        except ClientDisconnect:
            return  # nobody is left to be answered
        response.headers["cf-ray"] = f"{secrets.token_hex(8)}-SBX"
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        account, version, image_id = _address(request)
        self._authenticate(request.headers)
        handlers: Mapping[str, Handler]
        if image_id:
            handlers = {"GET": self._details, "DELETE": self._delete} if version == "v1" else {}
        else:
            handlers = {"GET": self._list_v1, "POST": self._upload} if version == "v1" else {"GET": self._list_v2}
        if not handlers:
            raise _no_route(request)
        if request.method not in handlers:
            # The service has no answer of its own for a wrong method: it speaks of authentication.
            message = f"{request.method} method not allowed for the api_token authentication scheme"
            raise RefusedError(405, (10000, message))
        return await handlers[request.method](request, account, image_id)

    def _authenticate(self, headers: Mapping[str, str]) -> None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        bearer = token.strip() if scheme.lower() == "bearer" else ""
        if self._api_token is not None:
            accepted = hmac.compare_digest(bearer.encode(), self._api_token.encode())
        else:
            accepted = bool(bearer or (headers.get("x-auth-email") and headers.get("x-auth-key")))
        if not accepted:
            raise RefusedError(401, (10000, "Authentication error"))

    async def _list_v1(self, request: Request, account: str, _image_id: str) -> Response:
        query = request.query_params
        page = _number(query, "page", default=1, most=10**9)
        limit = min(_number(query, "per_page", default=MAX_PAGE["v1"]), MAX_PAGE["v1"])

        def read() -> list[StoredImage]:
            return self._store.page(account, limit=limit, skip=(page - 1) * limit, creator=query.get("creator"))

        images = await run_in_threadpool(read)
        return _envelope({"images": [_image_json(account, image) for image in images]})

    async def _list_v2(self, request: Request, account: str, _image_id: str) -> Response:
        query = request.query_params
        limit = min(_number(query, "per_page", default=MAX_PAGE["v2"]), MAX_PAGE["v2"])
        direction = _direction(query.get("sort_order", "desc"))
        token = query.get("continuation_token")
        behind = _read_token(token, direction) if token else None
        try:
            conditions = parse_filters(query.multi_items())
        except FilterSyntaxError as error:
            raise bad_request(str(error)) from error

        def matches(image: StoredImage) -> bool:
            return all(condition.holds(image.meta) for condition in conditions)

        def read() -> list[StoredImage]:
            return self._store.page(
                account,
                limit=limit + 1,  # one more tells whether there is a next page
                direction=direction,
                behind=behind,
                creator=query.get("creator"),
                matches=matches if conditions else None,
            )

        images = await run_in_threadpool(read)
        shown = images[:limit]
        following = _write_token(shown[-1], direction) if len(images) > limit else None
        return _envelope({"images": [_image_json(account, image) for image in shown], "continuation_token": following})

    async def _details(self, _request: Request, account: str, image_id: str) -> Response:
        image = await run_in_threadpool(self._store.get, account, image_id)
        if image is None:
            raise RefusedError(404, NOT_FOUND)
        return _envelope(_image_json(account, image))

    async def _delete(self, _request: Request, account: str, image_id: str) -> Response:
        if not await run_in_threadpool(self._store.delete, account, image_id):
            raise RefusedError(404, NOT_FOUND)
        return _envelope({})

    async def _upload(self, request: Request, account: str, _image_id: str) -> Response:
        upload = await _read_upload(request)
        image = StoredImage(
            number=0,
            id=upload.id or str(uuid.uuid4()),
            uploaded=int(datetime.now(UTC).timestamp() * 1000),
            filename=upload.filename,
            meta=upload.meta,
            creator=upload.creator,
            private=upload.private,
        )
        try:
            await run_in_threadpool(self._store.insert, account, image, upload.content)
        except DuplicateError:
            raise RefusedError(409, (5409, "Resource already exists")) from None
        return _envelope(_image_json(account, image))


Handler = Callable[[Request, str, str], Awaitable[Response]]


def account_hash(account: str) -> str:
    """The name of an account in delivery URLs, which is not its id."""
    return base64.urlsafe_b64encode(hashlib.sha256(account.encode()).digest())[:22].decode()


def _address(request: Request) -> tuple[str, str, str]:
    """Account, version, and image id or "", from the path as it was sent.

    An id may have its slashes encoded or not; each segment is decoded exactly once.
    """
    raw: bytes = request.scope["raw_path"]
    try:
        segments = [unquote_to_bytes(segment).decode() for segment in raw.split(b"/")]
    except UnicodeDecodeError:
        raise _no_route(request) from None
    match segments:
        case ["", "client", "v4", "accounts", account, "images", "v1" | "v2" as version, *rest] if account:
            return account, version, "/".join(rest)
    raise _no_route(request)


def _no_route(request: Request) -> RefusedError:
    path = request.scope["raw_path"].decode("ascii", "replace").removeprefix(BASE_PATH) or "/"
    return RefusedError(
        404,
        (7003, f"Could not route to {path}, perhaps your object identifier is invalid?"),
        (7000, "No route for that URI"),
    )


def _envelope(result: Any, status: int = 200, errors: list[dict[str, Any]] | None = None) -> Response:
    content = {"result": result, "success": status == 200, "errors": errors or [], "messages": []}
    return JSONResponse(content, status)


def _image_json(account: str, image: StoredImage) -> dict[str, Any]:
    """An image as the service writes it; what it leaves out when empty is left out."""
    uploaded = datetime.fromtimestamp(image.uploaded / 1000, UTC)
    json: dict[str, Any] = {
        "id": image.id,
        "filename": image.filename,
        "uploaded": uploaded.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requireSignedURLs": image.private,
        "variants": [f"https://imagedelivery.net/{account_hash(account)}/{quote(image.id)}/public"],
    }
    if image.meta:
        json["meta"] = image.meta
    if image.creator:
        json["creator"] = image.creator
    if image.draft:
        json["draft"] = True
    return json


def _number(query: Mapping[str, str], name: str, *, default: int, most: int = 10_000) -> int:
    """A whole number from 1 on; the specification says number, so that 10.0 is one."""
    text = query.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,10}(\.0+)?", text) or not 1 <= int(text.partition(".")[0]) <= most:
        raise bad_request(f"Invalid {name}: must be between 1 and {most}")
    return int(text.partition(".")[0])


def _direction(text: str) -> Direction:
    if text == "asc":
        return "asc"
    if text == "desc":
        return "desc"
    raise bad_request("Invalid sort_order: must be asc or desc")


def _write_token(image: StoredImage, direction: Direction) -> str:
    """A token for the place behind an image: it holds whatever is added or removed meanwhile."""
    text = f"{direction}:{image.uploaded}:{image.number}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_token(token: str, direction: Direction) -> Position:
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    except (binascii.Error, ValueError):
        text = ""
    parts = re.fullmatch(r"(asc|desc):(-?\d{1,18}):(\d{1,18})", text, re.ASCII)
    if not parts or parts[1] != direction:
        raise bad_request("Invalid continuation_token")
    return Position(uploaded=int(parts[2]), number=int(parts[3]))


@attrs.frozen
class _Upload:
    """The checked form of an upload."""

    content: bytes
    filename: str | None
    id: str | None
    meta: dict[str, Any]
    creator: str | None
    private: bool


async def _read_upload(request: Request) -> _Upload:
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise RefusedError(415, (5415, "Images must be uploaded as a form, not as raw image data"))
    try:
        async with _form(request) as form:
            file = form.get("file")
            fields = {name: value for name, value in form.items() if isinstance(value, str)}
            if not isinstance(file, UploadFile):
                raise bad_request("Bad request: a file is needed; the sandbox cannot fetch from a url")
            if "url" in fields:
                raise bad_request("Bad request: file and url exclude each other")
            if (file.size or 0) > MAX_FILE_BYTES:  # until here it is on disk, not in memory
                raise RefusedError(413, TOO_LARGE)
            content, filename = await file.read(), file.filename
    except MultiPartException as error:
        raise bad_request(f"Bad request: Error parsing form fields: {error.message}") from error
    if not _is_image(content):
        raise RefusedError(415, (5455, "Unsupported image format"))
    private = _boolean(fields.get("requireSignedURLs", "false"))
    return _Upload(content, filename, _own_id(fields.get("id"), private), _meta(fields), _creator(fields), private)


class _FormParser(MultiPartParser):
    """Starlette's parser, which does not say by itself whether the form came to its end."""

    complete = False

    def on_end(self) -> None:
        self.complete = True


@asynccontextmanager
async def _form(request: Request) -> AsyncGenerator[FormData]:
    """The form of a request, if it is neither too long nor cut off; its files are closed behind."""

    async def body() -> AsyncGenerator[bytes]:
        received = 0
        async for chunk in request.stream():
            received += len(chunk)
            if received > MAX_FORM_BYTES:
                raise RefusedError(413, TOO_LARGE)
            yield chunk
        if not parser.complete:
            raise MultiPartException("incomplete multipart stream")

    parser = _FormParser(request.headers, body(), max_files=1, max_fields=20)
    form = await parser.parse()
    try:
        yield form
    finally:
        await form.close()


def _is_image(content: bytes) -> bool:
    """Whether the first bytes are those of a format that the service takes."""
    return (
        content.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a"))
        or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")
        or content[4:12] in (b"ftypavif", b"ftypavis", b"ftypheic", b"ftypheix", b"ftypmif1")
        or b"<svg" in content[:1024]
    )


def _own_id(id: str | None, private: bool) -> str | None:
    if id is None:
        return None
    if not 1 <= len(id) <= MAX_ID_LENGTH:
        raise bad_request(f"Bad request: id must have 1 to {MAX_ID_LENGTH} characters")
    if id.startswith("/") or id.endswith("/"):
        raise bad_request("Bad request: id must not begin or end with a slash")
    if re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", id):
        raise bad_request("Bad request: id must not be a UUID")
    if private:
        raise bad_request("Bad request: an image with a custom id cannot require signed URLs")
    return id


def _meta(fields: Mapping[str, str]) -> dict[str, Any]:
    text = fields.get("metadata", "{}")
    if len(text.encode()) > MAX_METADATA_BYTES:
        raise bad_request(f"Bad request: metadata must not exceed {MAX_METADATA_BYTES} bytes")
    try:
        meta = json.loads(text)
        # Python reads NaN, 1e999 and half a surrogate pair, which no JSON of an answer can hold.
        json.dumps(meta, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        meta = None
    if not isinstance(meta, dict):
        raise bad_request("Bad request: metadata is not a JSON object")
    return meta


def _creator(fields: Mapping[str, str]) -> str | None:
    creator = fields.get("creator", "")
    if len(creator) > MAX_CREATOR_LENGTH:
        raise bad_request(f"Bad request: creator must not exceed {MAX_CREATOR_LENGTH} characters")
    return creator or None


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise bad_request("Bad request: requireSignedURLs must be true or false")
    return text == "true"
