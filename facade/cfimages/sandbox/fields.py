"""The rules for the fields of an image: id, metadata, creator, privacy."""

import json
import re
from collections.abc import Mapping
from typing import Any

from cfimages.sandbox.wire import bad_request, parse_object

MAX_METADATA_BYTES = 1024
MAX_ID_LENGTH = 1024
MAX_CREATOR_LENGTH = 1024
MAX_FILENAME_LENGTH = 255


def is_uuid(id: str) -> bool:
    """Whether it has the form of the service's own ids."""
    return bool(re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", id))


def own_id(id: str | None, private: bool) -> str | None:
    """The id that the account chose, if it chose one."""
    if id is None:
        return None
    if not 1 <= len(id) <= MAX_ID_LENGTH:
        raise bad_request(f"Bad request: id must have 1 to {MAX_ID_LENGTH} characters")
    if id.startswith("/") or id.endswith("/"):
        raise bad_request("Bad request: id must not begin or end with a slash")
    if is_uuid(id):
        raise bad_request("Bad request: id must not be a UUID")
    check_private(id, private)
    return id


def check_private(id: str, private: bool) -> None:
    """Refuse to protect an image whose id can be guessed."""
    if private and not is_uuid(id):
        raise bad_request("Bad request: an image with a custom id cannot require signed URLs")


def number(query: Mapping[str, str], name: str, *, default: int, least: int = 1, most: int = 10_000) -> int:
    """A whole number of a query; the specification says number, so that 10.0 is one."""
    text = query.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,18}(\.0+)?", text) or not least <= int(text.partition(".")[0]) <= most:
        raise bad_request(f"Invalid {name}: must be between {least} and {most}")
    return int(text.partition(".")[0])


def meta_from_text(text: str) -> dict[str, Any]:
    """Metadata as a form carries it."""
    _check_length(text)
    meta = parse_object(text)
    if meta is None:
        raise bad_request("Bad request: metadata is not a JSON object")
    return meta


def meta_from_json(value: Any) -> dict[str, Any]:
    """Metadata as a JSON body carries it."""
    if not isinstance(value, dict):
        raise bad_request("Bad request: metadata is not a JSON object")
    _check_length(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    return value


def _check_length(text: str) -> None:
    if len(text.encode()) > MAX_METADATA_BYTES:
        raise bad_request(f"Bad request: metadata must not exceed {MAX_METADATA_BYTES} bytes")


def creator(value: Any) -> str | None:
    """The creator; empty text means none."""
    if not isinstance(value, str):
        raise bad_request("Bad request: creator is not a string")
    if len(value) > MAX_CREATOR_LENGTH:
        raise bad_request(f"Bad request: creator must not exceed {MAX_CREATOR_LENGTH} characters")
    return value or None


def filename(value: str | None) -> str | None:
    """The name of a file."""
    if value is not None and len(value) > MAX_FILENAME_LENGTH:
        raise bad_request(f"Bad request: filename must not exceed {MAX_FILENAME_LENGTH} characters")
    return value


def private_from_text(text: str) -> bool:
    """Whether signed URLs are required, as a form carries it."""
    if text not in ("true", "false"):
        raise bad_request("Bad request: requireSignedURLs must be true or false")
    return text == "true"


def boolean(name: str, value: Any) -> bool:
    """A boolean of a JSON body."""
    if not isinstance(value, bool):
        raise bad_request(f"Bad request: {name} must be true or false")
    return value
