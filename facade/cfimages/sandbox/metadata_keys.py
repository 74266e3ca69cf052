"""The endpoint that tells which fields of the metadata a filter can name."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from starlette.responses import Response

from cfimages.sandbox.filters import MAX_LEVELS, MAX_PATH_LENGTH
from cfimages.sandbox.wire import Call, envelope, in_thread

MAX_KEYS = 1000


@in_thread
def list_all(call: Call) -> Response:
    """All keys of the account's images in alphabetical order, nested ones with dots; at most as many as documented."""
    found = {key for meta in call.store.distinct_metadata(call.account.id) for key in _keys(meta)}
    keys = sorted(found)
    return envelope({"keys": keys[:MAX_KEYS], "truncated": len(keys) > MAX_KEYS})


def _keys(meta: Mapping[str, Any], parents: tuple[str, ...] = ()) -> Iterator[str]:
    """The paths to values that a filter can compare, as it writes them."""
    for name, value in meta.items():
        path = (*parents, name)
        if not re.fullmatch(r"[A-Za-z0-9_]+", name) or len(path) > MAX_LEVELS:
            continue
        if isinstance(value, dict):
            yield from _keys(value, path)
        elif isinstance(value, str | int | float) and len(key := ".".join(path)) <= MAX_PATH_LENGTH:
            yield key
