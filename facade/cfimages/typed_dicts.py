"""The `TypedDict` that pydantic takes, so that its models can have filters and options as fields."""

import sys

if sys.version_info >= (3, 12):
    from typing import TypedDict as TypedDict
else:  # pydantic does not take the one of the standard library of Python 3.11
    from typing_extensions import TypedDict as TypedDict


def refuse_unknown_keys(kind: type) -> None:
    """Have pydantic refuse a key that a TypedDict does not have. It would drop it."""
    setattr(kind, "__pydantic_config__", {"extra": "forbid"})  # noqa: B010 - a TypedDict declares no attributes
