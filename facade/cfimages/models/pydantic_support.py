"""How pydantic reads and writes an image. Imported when pydantic asks for it."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import core_schema

from cfimages.models.image import Image

_TEXT = {"type": "string"}
_MAYBE_TEXT = {"anyOf": [{"type": "string"}, {"type": "null"}]}

JSON_SCHEMA: dict[str, Any] = {
    "title": "Image",
    "type": "object",
    "properties": {
        "id": _TEXT,
        "filename": _MAYBE_TEXT,
        "meta": {"type": "object"},
        "creator": _MAYBE_TEXT,
        "uploaded": {"type": "string", "format": "date-time"},
        "requireSignedURLs": {"type": "boolean"},
        "variants": {"type": "array", "items": _TEXT},
        "draft": {"type": "boolean"},
    },
    "required": ["id"],
}
"""JSON schema of `Image.to_dict()`."""


def core_schema_of(kind: type[Image]) -> core_schema.CoreSchema:
    """Return a schema that takes an image or its JSON object, and writes `to_dict()`."""

    def read(value: object) -> Image:
        if isinstance(value, kind):
            return value
        if isinstance(value, Mapping):
            return kind.from_dict(value)
        raise ValueError("must be an Image, or the JSON object of one")

    return core_schema.no_info_plain_validator_function(
        read, serialization=core_schema.plain_serializer_function_ser_schema(Image.to_dict)
    )
