"""Checks of what an upload and an edit say about an image."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from cfimages.arguments import RESERVED_IDS, check_text, check_type, repr_short
from cfimages.errors import InvalidArgumentError
from cfimages.times import Expiry, to_expiry

MAX_METADATA_BYTES = 1024
"""Maximum size of an image's metadata, in bytes of JSON."""

MAX_ID_LENGTH = 1024
"""Maximum number of characters of an id that the account chooses."""

MIN_EXPIRY = timedelta(minutes=2)
MAX_EXPIRY = timedelta(hours=6)
"""How far away the expiry of a direct upload may be."""

MARGIN = timedelta(seconds=10)
"""How far inside these bounds an expiry must be: the request takes time, and clocks differ."""


def check_own_id(id: str) -> str:
    """Check an id that the account chooses. Raises InvalidArgumentError for what the service is known to refuse."""
    text = check_text("id", id)
    if text in RESERVED_IDS or text in (".", ".."):
        raise InvalidArgumentError(f"id={repr_short(text)}: the image could never be read: the API uses this name")
    if not 1 <= len(text) <= MAX_ID_LENGTH:
        raise InvalidArgumentError(f"id has {len(text)} characters: from 1 to {MAX_ID_LENGTH} are allowed")
    if text.startswith("/") or text.endswith("/"):
        raise InvalidArgumentError(f"id={repr_short(text)}: must neither begin nor end with a slash")
    if re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text):
        raise InvalidArgumentError(f"id={repr_short(text)}: must not be a UUID: only the service gives those")
    return text


def check_expiry(expiry: Expiry, now: datetime) -> str:
    """Check when a direct upload expires, and return it as the API writes times.

    Raises InvalidArgumentError for a time outside the documented bounds, less a margin.
    """
    moment = to_expiry("expiry", expiry, now=now)
    if not MIN_EXPIRY + MARGIN <= moment - now <= MAX_EXPIRY - MARGIN:
        raise InvalidArgumentError(
            f"expiry={repr_short(expiry)}: must be more than 2 minutes and less than 6 hours away"
            f" (by {MARGIN.seconds} seconds, for the request takes time)"
        )
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_json(metadata: Mapping[str, Any]) -> str:
    """Return metadata as JSON.

    Raises InvalidArgumentError for keys that are not strings, values that JSON does not have, and more than
    `MAX_METADATA_BYTES`.
    """
    check_type("metadata", metadata, Mapping, "a mapping")
    try:
        text = json.dumps(dict(metadata), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        size = len(text.encode())
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidArgumentError(f"metadata cannot be written as JSON: {error}") from None
    if size > MAX_METADATA_BYTES:
        raise InvalidArgumentError(f"metadata has {size} bytes of JSON: at most {MAX_METADATA_BYTES} are allowed")
    _check_keys(metadata)  # after the size, which bounds the depth
    return text


def check_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return metadata as a plain dictionary, as JSON holds it. Raises InvalidArgumentError as `to_json`.

    >>> check_metadata({"size": (4, 3)})
    {'size': [4, 3]}
    """
    return cast(dict[str, Any], json.loads(to_json(metadata)))


def _check_keys(value: object) -> None:
    """Check that keys are text: `json` would write 1 as "1", and with both in a mapping one would be lost."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise InvalidArgumentError(f"metadata: the key {repr_short(key)} is not a string")
            _check_keys(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _check_keys(item)
