"""Reading generated models, which hold whatever the service sent."""

from typing import Any, TypeVar

from cfimages_api.types import Unset

T = TypeVar("T")


class ShapeError(ValueError):
    """A response has another shape than the API documents. Clients raise it as APIResponseValidationError."""


def require(kind: type[T], name: str, value: object) -> T:
    """Return a value that must be of a kind. Raises ShapeError, with the name of the field.

    >>> require(int, "width", "5")
    Traceback (most recent call last):
    cfimages.models.shape.ShapeError: width is str instead of int
    """
    if not isinstance(value, kind) or _is_number(kind, value):
        found = "missing" if isinstance(value, Unset) else type(value).__name__
        raise ShapeError(f"{name} is {found} instead of {kind.__name__}")
    return value


def _is_number(kind: type[object], value: object) -> bool:
    """Return whether True or False would be taken for a number."""
    return isinstance(value, bool) and kind is not bool


def optional(kind: type[T], value: object) -> T | None:
    """Return a value if it is of the documented kind, else None."""
    return value if isinstance(value, kind) and not _is_number(kind, value) else None


def optional_or_extra(kind: type[T], value: object, name: str, extra: dict[str, Any]) -> T | None:
    """Return a value if it is of the documented kind, else None and keep it in `extra`, so that nothing is lost."""
    if isinstance(value, kind) and not _is_number(kind, value):
        return value
    if value is not None and not isinstance(value, Unset):
        extra[name] = value
    return None
