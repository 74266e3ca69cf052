"""A dictionary that cannot be changed."""

from collections.abc import Mapping
from typing import Any, NoReturn, Self


class FrozenDict(dict[str, Any]):
    """A `dict` that refuses changes. It compares, prints and serializes like a plain one.

    A nested list or dictionary is copied when it is frozen: changing the original changes nothing here.
    """

    __slots__ = ()

    def copy(self) -> dict[str, Any]:
        """Return a plain dictionary with the same content."""
        return dict(self)

    def __copy__(self) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)


def _refuse(self: FrozenDict, *_arguments: object, **_keywords: object) -> NoReturn:
    raise TypeError("this mapping cannot be changed: make a dict of it and change that")


for _name in ("__setitem__", "__delitem__", "__ior__", "clear", "pop", "popitem", "setdefault", "update"):
    setattr(FrozenDict, _name, _refuse)


_SCALARS = frozenset((str, int, float, bool, type(None)))


def freeze(mapping: Mapping[str, Any]) -> FrozenDict:
    """Return a frozen copy of a mapping, nested mappings included.

    >>> freeze({"a": {"b": 1}})
    {'a': {'b': 1}}
    """
    frozen = FrozenDict(mapping)
    if not _SCALARS.issuperset(map(type, frozen.values())):  # most metadata is flat
        for key, value in frozen.items():
            if type(value) not in _SCALARS:
                dict.__setitem__(frozen, key, _frozen(value))
    return frozen


def thaw(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Return a plain copy of a mapping, nested mappings included.

    >>> type(thaw(freeze({"a": {"b": 1}}))["a"])
    <class 'dict'>
    """
    return {name: _thawed(value) for name, value in mapping.items()}


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return freeze(value)
    return list(map(_frozen, value)) if isinstance(value, list) else value


def _thawed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return thaw(value)
    return list(map(_thawed, value)) if isinstance(value, list) else value
