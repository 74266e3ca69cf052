"""The tokens that this package makes. They are JSON with a version number, so that they are recognised later."""

import json
from collections.abc import Mapping
from typing import Any

from cfimages.arguments import repr_short
from cfimages.errors import InvalidArgumentError

VERSION = 1
"""Version of these tokens."""

_PREFIX = "cfimages."


def encode_token(kind: str, fields: Mapping[str, Any]) -> str:
    """Return a token of a kind as compact JSON."""
    return json.dumps({f"{_PREFIX}{kind}": VERSION, **fields}, separators=(",", ":"))


def decode_token(token: object) -> tuple[str, Mapping[str, Any]] | None:
    """Return the kind and the fields of a token that this package made, or None for a token of the service.

    Raises InvalidArgumentError, naming `token`, for a token that is damaged or has another version.
    """
    if not isinstance(token, str) or not token:
        raise InvalidArgumentError(f"token={repr_short(token)}: must be a token of a page, or None for the beginning")
    if not (token.lstrip().startswith("{") and f'"{_PREFIX}' in token):
        return None
    try:
        fields = json.loads(token)
        name = next(name for name in fields if name.startswith(_PREFIX))
    except (StopIteration, ValueError, RecursionError) as error:
        raise damaged(token) from error
    version = fields[name]
    if version != VERSION:
        raise InvalidArgumentError(
            f"token={repr_short(token)}: has version {repr_short(version)}, and this release reads version {VERSION}"
        )
    return name.removeprefix(_PREFIX), fields


def damaged(token: str) -> InvalidArgumentError:
    """Return the error about a token that is not as this package made it."""
    return InvalidArgumentError(f"token={repr_short(token)}: is damaged: pass a page's `next_token` unchanged")
