"""Reading generated models, which hold whatever the service sent."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import UnionType
from typing import Any, Self, TypeVar, get_args, get_origin

import attrs

from cfimages.frozen import freeze_extra
from cfimages_api.types import Unset

T = TypeVar("T")

API_NAME = "api_name"
"""Key in the metadata of a field whose API name is not its own name in camel case."""


class ShapeError(ValueError):
    """A response has another shape than the API documents. Clients raise it as APIResponseValidationError."""


@attrs.frozen
class ResponseModel:
    """A value of a response. Subclasses have a field for each property of its schema, under its name in snake case."""

    extra: Mapping[str, Any] = attrs.field(factory=dict, kw_only=True, repr=False, hash=False)
    """What the response held beyond the fields, or of another type, under the API's names. Cannot be changed."""

    def __attrs_post_init__(self) -> None:
        # Not a converter: that would run first, and `repr` needs the other fields when it refuses its argument.
        object.__setattr__(self, "extra", freeze_extra(self.extra))

    @classmethod
    def from_generated(cls, generated: Any) -> Self:
        """Return a generated model as one of these.

        A field keeps its default if the response lacks the property, or has it as null or of another type. Raises
        ShapeError for such a field without a default.
        """
        return cls._read(attrs.asdict(generated, recurse=False))

    @classmethod
    def _read(cls, properties: Mapping[str, Any]) -> Self:
        """Return one with these attributes of a generated model. Raises ShapeError as `from_generated`."""
        values = {}
        extra = dict(properties["additional_properties"])
        for field in attrs.fields(cls):
            if field.name == "extra":
                continue
            name = field.metadata.get(API_NAME) or _camel_case(field.name)
            try:
                values[field.name] = _convert(field.type, f"{name} of {cls.__name__}", properties[field.name])
            except ShapeError:
                if field.default is attrs.NOTHING:
                    raise
                keep(properties[field.name], name, extra)
        return cls(**values, extra=extra)


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


def _convert(kind: Any, name: str, value: object) -> Any:
    """Return a value as a field of a type holds it: lists as tuples, times with a time zone. Raises ShapeError."""
    if isinstance(kind, UnionType):  # with None
        kind = get_args(kind)[0]
    if get_origin(kind) is tuple:
        item = get_args(kind)[0]
        return tuple(_convert(item, f"an item in {name}", one) for one in require(list, name, value))
    if issubclass(kind, ResponseModel) and attrs.has(type(value)):
        return kind.from_generated(value)
    return as_aware(require(datetime, name, value)) if kind is datetime else require(kind, name, value)


def as_aware(moment: datetime) -> datetime:
    """Return a time with a time zone: UTC if it has none."""
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def require(kind: type[T], name: str, value: object) -> T:
    """Return a value that must be of a kind. Raises ShapeError, with the name of the field.

    >>> require(int, "width", "5")
    Traceback (most recent call last):
    cfimages.models.shape.ShapeError: width is str instead of int
    """
    expected = optional(kind, value)
    if expected is None:
        found = "missing" if isinstance(value, Unset) else type(value).__name__
        raise ShapeError(f"{name} is {found} instead of {kind.__name__}")
    return expected


def optional(kind: type[T], value: object) -> T | None:
    """Return a value if it is of the documented kind, else None. True and False are no numbers."""
    return value if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)) else None


def keep(value: object, name: str, extra: dict[str, Any]) -> None:
    """Put a value of another type than documented into `extra`, unless it is absent or null."""
    if value is not None and not isinstance(value, Unset):
        extra[name] = value
