"""The endpoints of images: list, upload, details, edit, delete, download."""

import base64
import binascii
import re
import uuid
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import attrs
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.responses import Response

from cfimages.sandbox import fields
from cfimages.sandbox.database import DuplicateError
from cfimages.sandbox.filters import Condition, FilterSyntaxError, parse_filters
from cfimages.sandbox.media import media_type
from cfimages.sandbox.store import Direction, Position, Store, StoredImage
from cfimages.sandbox.uploads import content_of, new_image, read_form
from cfimages.sandbox.wire import Call, already_exists, bad_request, envelope, image_not_found, in_thread, timestamp

MAX_PAGE = {"v1": 100, "v2": 1000}
"""Images on one page, whatever is asked for."""

HARMLESS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
"""For bytes that somebody has uploaded: an SVG file may hold scripts."""


@in_thread
def list_v1(call: Call) -> Response:
    """A page by its number."""
    query = call.request.query_params
    if _conditions(query):
        raise bad_request("Metadata filters are for /images/v2 only")
    page = fields.number(query, "page", default=1, most=10**9)
    limit = min(fields.number(query, "per_page", default=MAX_PAGE["v1"]), MAX_PAGE["v1"])
    images = call.store.page(call.account.id, limit=limit, skip=(page - 1) * limit, creator=query.get("creator"))
    return envelope({"images": as_json(call, images)})


@in_thread
def list_v2(call: Call) -> Response:
    """A page behind a token, of images that meet the filters."""
    images, following = page(call.store, call.account.id, call.request.query_params)
    return envelope({"images": as_json(call, images), "continuation_token": following})


def page(store: Store, account: str, query: QueryParams) -> tuple[list[StoredImage], str | None]:
    """Return the images of a page, and the token of the next. Raises RefusedError."""
    limit = min(fields.number(query, "per_page", default=MAX_PAGE["v2"]), MAX_PAGE["v2"])
    direction = _direction(query.get("sort_order", "desc"))
    token = query.get("continuation_token")
    conditions = _conditions(query)

    def matches(image: StoredImage) -> bool:
        return all(condition.holds(image.meta) for condition in conditions)

    images = store.page(
        account,
        limit=limit + 1,  # one more tells whether there is a next page
        direction=direction,
        behind=_read_token(token, direction) if token else None,
        creator=query.get("creator"),
        matches=matches if conditions else None,
    )
    shown = images[:limit]
    return shown, _write_token(shown[-1], direction) if len(images) > limit else None


async def upload(call: Call) -> Response:
    """A new image, from a file or a URL."""
    form = await read_form(call.request)
    image = new_image(form.texts, now=call.setup.clock.milliseconds())
    content, filename = await content_of(form, call.request)
    image = attrs.evolve(image, filename=filename)

    def insert() -> Response:
        try:
            call.store.insert(call.account.id, image, content)
        except DuplicateError:
            raise already_exists() from None
        return answer(call, image)

    return await run_in_threadpool(insert)


@in_thread
def details(call: Call) -> Response:
    """One image, or draft."""
    return answer(call, call.store.get(call.account.id, call.name))


async def edit(call: Call) -> Response:
    """Change what is given; an image whose protection changes gets a new id, since its old URLs must end."""
    given = await call.json("creator", "metadata", "requireSignedURLs")
    changes: dict[str, Any] = {}
    if "creator" in given:
        changes["creator"] = fields.creator(given["creator"])
    if "metadata" in given:
        changes["meta"] = fields.meta_from_json(given["metadata"])
    if "requireSignedURLs" in given:
        changes["private"] = fields.boolean("requireSignedURLs", given["requireSignedURLs"])

    def change(image: StoredImage) -> StoredImage:
        changed = attrs.evolve(image, **changes)
        if changed.private == image.private:
            return changed
        fields.check_private(image.id, changed.private)
        return attrs.evolve(changed, id=str(uuid.uuid4()))

    def work() -> Response:
        return answer(call, call.store.change(call.account.id, call.name, change))

    return await run_in_threadpool(work)


@in_thread
def delete(call: Call) -> Response:
    """Remove an image, or draft."""
    if not call.store.delete(call.account.id, call.name):
        raise image_not_found()
    return envelope({})


@in_thread
def blob(call: Call) -> Response:
    """The bytes as they were uploaded."""
    content = call.store.content(call.account.id, call.name)
    if content is None:
        raise image_not_found()
    return bytes_of(content)


def bytes_of(content: bytes) -> Response:
    """The answer with the bytes of an image. No browser runs scripts in it."""
    return Response(content, media_type=media_type(content) or "application/octet-stream", headers=HARMLESS)


def answer(call: Call, image: StoredImage | None) -> Response:
    """The answer that is about one image."""
    if image is None:
        raise image_not_found()
    return envelope(as_json(call, [image])[0])


def as_json(call: Call, images: Iterable[StoredImage]) -> list[dict[str, Any]]:
    """Images as the service writes them."""
    variants = list(call.store.accounts.variants(call.account.id))
    root = f"{call.url}/{call.account.hash}"
    return [_image_json(root, variants, image) for image in images]


def _image_json(root: str, variants: list[str], image: StoredImage) -> dict[str, Any]:
    """An image; what the service leaves out when empty is left out."""
    url = f"{root}/{quote(image.id)}"
    json: dict[str, Any] = {
        "id": image.id,
        "filename": image.filename,
        "uploaded": timestamp(image.uploaded),
        "requireSignedURLs": image.private,
        "variants": [f"{url}/{variant}" for variant in variants],
    }
    if image.meta:
        json["meta"] = image.meta
    if image.creator:
        json["creator"] = image.creator
    if image.draft:
        json["draft"] = True
    return json


def _conditions(query: QueryParams) -> tuple[Condition, ...]:
    try:
        return parse_filters(query.multi_items())
    except FilterSyntaxError as error:
        raise bad_request(str(error)) from error


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
