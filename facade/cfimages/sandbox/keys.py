"""The endpoints of signing keys. Each answers with all keys of the account."""

import re

from starlette.responses import Response

from cfimages.sandbox.accounts import MAX_KEYS
from cfimages.sandbox.database import LimitError
from cfimages.sandbox.wire import Call, RefusedError, bad_request, envelope, in_thread, limit_reached

MAX_NAME_LENGTH = 20


@in_thread
def list_all(call: Call) -> Response:
    """All keys."""
    return _answer(call)


@in_thread
def put(call: Call) -> Response:
    """A new key, or a new value for one."""
    if not re.fullmatch(rf"[a-zA-Z0-9]{{1,{MAX_NAME_LENGTH}}}", call.name):
        raise bad_request(f"Bad request: the name of a key has 1 to {MAX_NAME_LENGTH} letters and digits")
    try:
        call.store.accounts.put_key(call.account.id, call.name)
    except LimitError:
        raise limit_reached(f"An account has at most {MAX_KEYS} signing keys") from None
    return _answer(call)


@in_thread
def delete(call: Call) -> Response:
    """Remove a key; in place of the last one comes a new one."""
    if not call.store.accounts.remove_key(call.account.id, call.name):
        raise RefusedError(404, (5404, "Signing key not found"))
    return _answer(call)


def _answer(call: Call) -> Response:
    keys = call.store.accounts.keys(call.account.id)
    return envelope({"keys": [{"name": name, "value": value} for name, value in keys.items()]})
