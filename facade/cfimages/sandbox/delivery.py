"""Delivery: an image under its public address, with a signature where one is needed."""

import hashlib
import hmac
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from cfimages.sandbox.conditional import partial
from cfimages.sandbox.images import HARMLESS
from cfimages.sandbox.media import media_type
from cfimages.sandbox.resizing import OptionsError, Rendered, flexible_options, render
from cfimages.sandbox.setup import Setup

MAX_AGE = 172_800
"""Seconds that a browser may keep an image: the documented default."""

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Length, Content-Range, ETag, Cf-Resized, Cf-Images",
}


def deliver(request: Request, setup: Setup, hash: str, id: str, variant: str) -> Response:
    """Return the image, or a refusal in plain text as from the service's delivery host."""
    response = _deliver(request, setup, hash, id, variant)
    if setup.delivery_cors:
        response.headers.update(CORS)
    return response


def _deliver(request: Request, setup: Setup, hash: str, id: str, variant: str) -> Response:
    if request.method not in ("GET", "HEAD"):
        return _refusal(405, 5400, "images are delivered to GET and HEAD", "GET, HEAD")
    store = setup.store
    account = store.accounts.by_hash(hash)
    image = store.get(account.id, id) if account else None
    content = store.content(account.id, id) if account else None
    if account is None or image is None or content is None:
        return _refusal(404, 5404, "Image not found")
    if "=" in variant:
        if not account.flexible_variants:
            return _refusal(403, 9429, "flexible variants are not enabled for this account")
        if image.private:
            return _refusal(403, 9425, "an image that needs a signed URL has no flexible variants")
        try:
            options = flexible_options(variant)
        except OptionsError as error:
            return _refusal(400, 9401, str(error))
        return _answer(request, content, options)
    chosen = store.accounts.variants(account.id).get(variant)
    if chosen is None:
        return _refusal(404, 5401, "Variant not found")
    keys = store.accounts.keys(account.id).values()
    if image.private and not chosen.never_signed and not _is_signed(request, keys, setup.clock.seconds()):
        return _refusal(401, 9425, "this image needs a signed URL, and the signature is missing, wrong or expired")
    return _answer(request, content, chosen.options)


def _answer(request: Request, content: bytes, options: dict[str, object]) -> Response:
    rendered: Rendered = render(content, options, request.headers.get("accept", ""))
    headers = {
        **HARMLESS,
        "Cache-Control": f"public, max-age={MAX_AGE}",
        "Cf-Resized": rendered.note,
        "Content-Type": media_type(rendered.content) or "application/octet-stream",
        "ETag": f'"{hashlib.sha256(rendered.content).hexdigest()[:32]}"',
        "Vary": "Accept",
    }
    return partial(request, rendered.content, headers)


def _is_signed(request: Request, keys: Iterable[str], now: float) -> bool:
    """Whether the address ends with the signature of all that is before, and has not expired."""
    path: bytes = request.scope["raw_path"]
    query: bytes = request.scope["query_string"]
    signed, _, signature = f"?{query.decode('latin-1')}".rpartition("sig=")
    ends = re.findall(r"[?&]exp=([^&]*)", signed)
    if any(not re.fullmatch(r"[0-9]{1,12}", end) or int(end) <= now for end in ends):
        return False
    message = path + signed[:-1].encode("latin-1")
    return any(hmac.compare_digest(_sign(key, message), signature.encode()) for key in keys)


def signed_url(url: str, key: str, expires: int) -> str:
    """Return an address with a signature that ends at a time, in seconds since 1970."""
    url = f"{url}?exp={expires}"
    parts = urlsplit(url)
    return f"{url}&sig={_sign(key, f'{parts.path}?{parts.query}'.encode()).decode()}"


def _sign(key: str, message: bytes) -> bytes:
    return hmac.digest(key.encode(), message, hashlib.sha256).hex().encode()


def _refusal(status: int, code: int, message: str, allow: str | None = None) -> Response:
    """Errors of delivery itself are in one header, those of the store in another."""
    headers = {"cf-resized" if code > 9000 else "cf-images": f"err={code}"}
    return PlainTextResponse(
        f"ERROR {code}: {message}\n", status, headers | ({"allow": allow} if allow else {}), "text/plain;charset=utf-8"
    )
