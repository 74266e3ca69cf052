"""A dictionary that cannot be changed."""

from collections.abc import Mapping
from typing import Any, NoReturn, Self


class FrozenDict(dict[str, Any]):
    """A `dict` that refuses changes. It compares, prints and serializes like a plain one.

    A nested list or dictionary is copied when it is frozen: changing the original changes nothing here.
    """

    __slots__ = ()

    def _refuse(self, *_arguments: object, **_keywords: object) -> NoReturn:
        raise TypeError("this mapping cannot be changed: make a dict of it and change that")

    __setitem__ = __delitem__ = __ior__ = _refuse  # type: ignore[assignment]  # refusing is the point
    clear = pop = popitem = setdefault = update = _refuse  # type: ignore[assignment]  # as above

    def copy(self) -> dict[str, Any]:  # type: ignore[override]  # a copy can be changed
        """Return a plain dictionary with the same content."""
        return dict(self)

    def __copy__(self) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)


def freeze(mapping: Mapping[str, Any]) -> FrozenDict:
    """Return a frozen copy of a mapping, nested mappings included."""
    return FrozenDict({key: _frozen(value) for key, value in mapping.items()})


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return freeze(value)
    return [_frozen(item) for item in value] if isinstance(value, list) else value
