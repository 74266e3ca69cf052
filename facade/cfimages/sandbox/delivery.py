"""Delivery: the bytes of an image under its public address, with a signature where one is needed.

Nothing is made smaller: every variant is the file as it was uploaded.
"""

import hashlib
import hmac
import re
import time
from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from cfimages.sandbox.images import bytes_of
from cfimages.sandbox.store import Store

_OPTION = r"[a-z-]+=([^=,()]|\([^=()]*\))+"  # rgb(1,2,3) has commas of its own


def deliver(request: Request, store: Store, hash: str, id: str, variant: str) -> Response:
    """The image, or a refusal in plain text as from the service's delivery host."""
    if request.method not in ("GET", "HEAD"):
        return _refusal(405, 5400, "images are delivered to GET and HEAD", "GET, HEAD")
    account = store.accounts.by_hash(hash)
    image = store.get(account.id, id) if account else None
    content = store.content(account.id, id) if account else None
    if account is None or image is None or content is None:
        return _refusal(404, 5404, "Image not found")
    if "=" in variant:
        return _flexible(content, variant, allowed=account.flexible_variants, private=image.private)
    chosen = store.accounts.variants(account.id).get(variant)
    if chosen is None:
        return _refusal(404, 5401, "Variant not found")
    if image.private and not chosen.never_signed and not _is_signed(request, store.accounts.keys(account.id).values()):
        return _refusal(401, 9425, "this image needs a signed URL, and the signature is missing, wrong or expired")
    return bytes_of(content)


def _flexible(content: bytes, options: str, *, allowed: bool, private: bool) -> Response:
    """The image for sizes that stand in the address; which options there are is not checked."""
    if not allowed:
        return _refusal(403, 9429, "flexible variants are not enabled for this account")
    if private:
        return _refusal(403, 9425, "an image that needs a signed URL has no flexible variants")
    if not re.fullmatch(rf"{_OPTION}(,{_OPTION})*", options):
        return _refusal(400, 9401, "the options of the flexible variant cannot be read")
    return bytes_of(content)


def _is_signed(request: Request, keys: Iterable[str]) -> bool:
    """Whether the address ends with the signature of all that is before, and has not expired."""
    path: bytes = request.scope["raw_path"]
    query: bytes = request.scope["query_string"]
    signed, _, signature = f"?{query.decode('latin-1')}".rpartition("sig=")
    ends = re.findall(r"[?&]exp=([^&]*)", signed)
    if any(not re.fullmatch(r"[0-9]{1,12}", end) or int(end) <= time.time() for end in ends):
        return False
    message = path + signed[:-1].encode("latin-1")
    return any(hmac.compare_digest(_sign(key, message), signature.encode()) for key in keys)


def _sign(key: str, message: bytes) -> bytes:
    return hmac.digest(key.encode(), message, hashlib.sha256).hex().encode()


def _refusal(status: int, code: int, message: str, allow: str | None = None) -> Response:
    """Errors of delivery itself are in one header, those of the store in another."""
    headers = {"cf-resized" if code > 9000 else "cf-images": f"err={code}"}
    return PlainTextResponse(
        f"ERROR {code}: {message}\n", status, headers | ({"allow": allow} if allow else {}), "text/plain;charset=utf-8"
    )
