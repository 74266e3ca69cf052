"""Dictionaries and lists that cannot be changed."""

from collections.abc import Mapping
from typing import Any, NoReturn, Self

from cfimages.arguments import repr_short
from cfimages.errors import InvalidArgumentError


class FrozenDict(dict[str, Any]):
    """A `dict` that refuses changes. It compares, prints and serializes like a plain one."""

    __slots__ = ()

    def copy(self) -> dict[str, Any]:
        """Return a plain dictionary with the same content."""
        return dict(self)

    def __copy__(self) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)


class FrozenList(list[Any]):
    """A `list` that refuses changes. It compares, prints and serializes like a plain one."""

    __slots__ = ()

    def __copy__(self) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (list(self),)


def _refuse(self: FrozenDict | FrozenList, *_arguments: object, **_keywords: object) -> NoReturn:
    kind = "dict" if isinstance(self, dict) else "list"
    raise TypeError(f"this {kind} is read-only: change a copy, {kind}(...)")


_COMMON = ("__setitem__", "__delitem__", "clear", "pop")
for _kind, _names in (
    (FrozenDict, ("__ior__", "popitem", "setdefault", "update")),
    (FrozenList, ("__iadd__", "__imul__", "append", "extend", "insert", "remove", "reverse", "sort")),
):
    for _name in (*_COMMON, *_names):
        setattr(_kind, _name, _refuse)


_SCALARS = frozenset((str, int, float, bool, type(None)))
_set_item = dict.__setitem__


def freeze(mapping: Mapping[str, Any]) -> FrozenDict:
    """Return a frozen copy of a mapping, nested mappings and lists included.

    >>> freeze({"a": {"b": [1]}})
    {'a': {'b': [1]}}
    """
    frozen = FrozenDict(mapping)
    for name, value in mapping.items():
        if type(value) not in _SCALARS:
            _set_item(frozen, name, freeze_value(value))
    return frozen


def freeze_value(value: Any) -> Any:
    """Return a frozen copy of a value of JSON."""
    if isinstance(value, list):
        is_flat = _SCALARS.issuperset(map(type, value))
        return FrozenList(value if is_flat else [*map(freeze_value, value)])
    return freeze(value) if isinstance(value, (dict, Mapping)) else value


def freeze_extra(extra: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a frozen copy of the `extra` of a model. Raises InvalidArgumentError."""
    if not isinstance(extra, Mapping):
        raise InvalidArgumentError(f"extra={repr_short(extra)}: must be a mapping")
    return freeze(extra)


def thaw(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Return a plain copy of a mapping, nested mappings and lists included.

    >>> type(thaw(freeze({"a": {"b": 1}}))["a"])
    <class 'dict'>
    """
    return {name: _thawed(value) for name, value in mapping.items()}


def _thawed(value: Any) -> Any:
    if isinstance(value, dict | Mapping):
        return thaw(value)
    return [*map(_thawed, value)] if isinstance(value, list) else value
