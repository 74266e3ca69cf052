"""The endpoints of variants, and their rules."""

import re
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cfimages.sandbox import fields
from cfimages.sandbox.accounts import MAX_VARIANTS, PUBLIC, Variant
from cfimages.sandbox.database import DuplicateError, LimitError
from cfimages.sandbox.wire import (
    Call,
    RefusedError,
    already_exists,
    bad_request,
    check_fields,
    envelope,
    in_thread,
    limit_reached,
)

FITS = ("scale-down", "contain", "cover", "crop", "pad")
METADATA = ("keep", "copyright", "none")
MAX_SIDE = 9999
MAX_NAME_LENGTH = 99


@in_thread
def list_all(call: Call) -> Response:
    """All variants by name."""
    variants = call.store.accounts.variants(call.account.id)
    return envelope({"variants": {name: _json(variant) for name, variant in variants.items()}})


async def create(call: Call) -> Response:
    """A new variant."""
    given = await call.json("id", "options", "neverRequireSignedURLs")
    never_signed = fields.boolean("neverRequireSignedURLs", given.get("neverRequireSignedURLs", False))
    variant = Variant(_name(_needed(given, "id")), _options(given), never_signed)

    def add() -> Response:
        try:
            call.store.accounts.add_variant(call.account.id, variant)
        except DuplicateError:
            raise already_exists() from None
        except LimitError:
            raise limit_reached(f"An account has at most {MAX_VARIANTS} variants") from None
        return _answer(variant)

    return await run_in_threadpool(add)


@in_thread
def details(call: Call) -> Response:
    """One variant."""
    return _answer(call.store.accounts.variants(call.account.id).get(call.name))


async def edit(call: Call) -> Response:
    """Replace the options, all of them; `neverRequireSignedURLs` stays unless it is given."""
    given = await call.json("options", "neverRequireSignedURLs")
    options = _options(given)
    never_signed = None
    if "neverRequireSignedURLs" in given:
        never_signed = fields.boolean("neverRequireSignedURLs", given["neverRequireSignedURLs"])

    def change() -> Response:
        return _answer(call.store.accounts.change_variant(call.account.id, call.name, options, never_signed))

    return await run_in_threadpool(change)


@in_thread
def delete(call: Call) -> Response:
    """Remove a variant; the built-in one stays, and the answer does not say so."""
    if call.name != PUBLIC and not call.store.accounts.remove_variant(call.account.id, call.name):
        raise _not_found()
    return envelope({})


def _answer(variant: Variant | None) -> Response:
    if variant is None:
        raise _not_found()
    return envelope({"variant": _json(variant)})


def _not_found() -> RefusedError:
    return RefusedError(404, (5401, "Variant not found"))


def _json(variant: Variant) -> dict[str, Any]:
    return {"id": variant.name, "options": variant.options, "neverRequireSignedURLs": variant.never_signed}


def _name(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(rf"[a-zA-Z0-9]{{1,{MAX_NAME_LENGTH}}}", value):
        raise bad_request(f"Bad request: the name of a variant has 1 to {MAX_NAME_LENGTH} letters and digits")
    return value


def _options(given: dict[str, Any]) -> dict[str, Any]:
    options = _needed(given, "options")
    if not isinstance(options, dict):
        raise bad_request("Bad request: options is not a JSON object")
    check_fields(options, "fit", "metadata", "width", "height")
    return {
        "fit": _one_of(options, "fit", FITS, "fit mode"),
        "metadata": _one_of(options, "metadata", METADATA, "metadata mode"),
        "width": _side(options, "width"),
        "height": _side(options, "height"),
    }


def _one_of(options: dict[str, Any], name: str, allowed: tuple[str, ...], what: str) -> str:
    value = _needed(options, name)
    if value not in allowed:
        raise bad_request(f"Bad request: '{value}' is not a supported {what}: {', '.join(allowed)} are")
    return str(value)


def _side(options: dict[str, Any], name: str) -> int:
    value = _needed(options, name)
    whole = isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
    if not whole or not 1 <= value <= MAX_SIDE:
        raise bad_request(f"Bad request: {name} must be a whole number between 1 and {MAX_SIDE}")
    return int(value)


def _needed(given: dict[str, Any], name: str) -> Any:
    if name not in given:
        raise bad_request(f"Bad request: missing field `{name}`")
    return given[name]
