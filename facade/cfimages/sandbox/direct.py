"""Direct creator uploads: a draft with an address of its own, to which somebody without credentials uploads once."""

import re
from datetime import datetime
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cfimages.sandbox import fields
from cfimages.sandbox.database import DuplicateError
from cfimages.sandbox.images import answer
from cfimages.sandbox.store import ExpiredError
from cfimages.sandbox.uploads import Form, image_bytes, new_image, read_form
from cfimages.sandbox.wire import Call, RefusedError, already_exists, bad_request, envelope

UPLOAD_PATH = "/upload"
SHORTEST, USUAL, LONGEST = 2 * 60_000, 30 * 60_000, 6 * 3_600_000
"""Milliseconds until an address ends; the first and the last are just too short and too long."""


async def create(call: Call) -> Response:
    """A new draft and its address."""
    form = await _form(call)
    draft = new_image(form.texts, now=call.setup.clock.milliseconds(), draft=True)
    expires = _expiry(form.texts.get("expiry"), draft.uploaded)

    def insert() -> Response:
        try:
            call.store.insert_draft(call.account.id, draft, expires)
        except DuplicateError:
            raise already_exists() from None
        url = f"{call.url}{UPLOAD_PATH}/{call.account.hash}/{quote(draft.id, safe='')}"
        return envelope({"id": draft.id, "uploadURL": url})

    return await run_in_threadpool(insert)


async def complete(call: Call) -> Response:
    """The file for a draft."""
    form = await read_form(call.request)
    content, filename = image_bytes(form.content), fields.filename(form.filename)

    now = call.setup.clock.milliseconds()

    def work() -> Response:
        try:
            image = call.store.complete(call.account.id, call.name, content, filename=filename, now=now)
        except DuplicateError:
            raise already_exists() from None
        except ExpiredError:
            raise RefusedError(410, (5400, "Bad request: the time for this upload is over")) from None
        return answer(call, image)

    return await run_in_threadpool(work)


async def _form(call: Call) -> Form:
    """The fields. No body at all is allowed; the service stumbles over a form without any field."""
    headers = call.request.headers
    if "content-type" not in headers and headers.get("content-length", "0") == "0":
        return Form({}, None, None)
    form = await read_form(call.request)
    if form.content is not None:
        raise bad_request("Bad request: the file goes to the uploadURL")
    if not form.texts:
        raise bad_request("Bad request: Error parsing form fields: there are none")
    return form


def _expiry(text: str | None, now: int) -> int:
    if text is None:
        return now + USUAL
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", text, re.ASCII):
            raise ValueError(text)
        expires = int(datetime.fromisoformat(text.upper()).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise bad_request("Bad request: expiry is not a time of RFC 3339") from None
    if not now + SHORTEST < expires < now + LONGEST:
        raise bad_request("Bad request: expiry must be between 2 minutes and 6 hours from now")
    return expires
