"""Explanations of failed requests, for somebody who is new to the sandbox."""

from collections.abc import Iterator

from cfimages.sandbox.console.html import Html, h
from cfimages.sandbox.request_log import LoggedRequest


def has_failed(entry: LoggedRequest) -> bool:
    """Return whether a request got a fault, no answer, or a status of 400 and above."""
    finished = entry.duration is not None
    return entry.fault is not None or (finished and entry.status is None) or (entry.status or 0) >= 400


def why(entry: LoggedRequest) -> list[Html]:
    """Return what is known about the failure of a request. The list is empty if it succeeded."""
    if entry.fault:
        return [h("p", f"fault on purpose: {entry.fault}", class_="warn")]
    said = [h("p", entry.errors, class_="bad")] if entry.errors else []
    return [*said, *(h("p", hint, class_="soft") for hint in _hints(entry))]


def _hints(entry: LoggedRequest) -> Iterator[str]:
    if entry.status is None and entry.duration is not None:
        yield "The caller went away before the answer was complete."
    elif entry.status == 401 and "9425" in entry.errors:
        yield "Delivery reads no credentials: give the address that `image.signed_url(key)` returns."
    elif entry.status == 401:
        if not {"authorization", "x-auth-key"} & entry.headers.keys():
            yield "It came without credentials: send a header such as Authorization: Bearer sandbox."
        elif entry.path.startswith("/batch/"):
            yield "The batch host takes a token of GET /images/v1/batch_token only, which ends after an hour."
        else:
            yield "Send the token as Authorization: Bearer TOKEN. It must be that of --api-token, if there is one."
    elif entry.status == 404 and "7003" in entry.errors:
        yield "There is no such address: the API is below /client/v4/accounts/ACCOUNT/images/."
    elif entry.status == 405:
        yield "There is such an address, but not for this method."
    elif entry.status == 400 and "metadata filter" in entry.errors:
        yield (
            "A filter is written as meta.FIELD[OPERATOR]=VALUE or meta.FIELD[OPERATOR:TYPE]=VALUE. Operators are eq, "
            "in, gt, gte, lt and lte; types are string, number and boolean."
        )
    elif entry.status == 409 and "already exists" in entry.errors:
        yield "An id cannot be overwritten: choose another one, or delete the image first."
    elif entry.status == 415:
        yield "Send a PNG, JPEG, GIF, WebP or SVG in the field `file` of a form (multipart/form-data)."
