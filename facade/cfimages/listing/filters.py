"""Metadata filters as data, and the query parameters they become.

A filter is a mapping in the shape of Cloudflare's Workers binding: field to value, or field to operators.

>>> to_query({"status": "active", "priority": {"gte": 2, "lte": 8}, "region.name": {"in": ["eu", "us"]}})
... # doctest: +NORMALIZE_WHITESPACE
{'meta.status[eq:string]': 'active',
 'meta.priority[gte:number]': '2', 'meta.priority[lte:number]': '8',
 'meta.region.name[in:string]': 'eu|us'}

Every operator is sent with its type, because the documentation does not say what an untyped operator matches. What
cannot be expressed safely is refused: a filter that silently filters nothing, followed by a bulk delete, loses images.
"""

import itertools
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from cfimages.arguments import check_text, is_sequence, repr_short
from cfimages.errors import FilterError, InvalidArgumentError
from cfimages.typed_dicts import TypedDict, refuse_unknown_keys

MAX_CONDITIONS = 5
"""Conditions in one filter; each operator of a field counts."""
MAX_LEVELS = 5
"""Levels of a nested field, as in `a.b.c.d.e`."""
MAX_IN_VALUES = 10
"""Values of one `in` in a request. `split` makes several filters of more."""
MAX_PATH_LENGTH = 100
"""Characters of a field's path, dots included."""

OPERATORS: dict[str, tuple[str, ...]] = {
    "eq": ("string", "number", "boolean"),
    "in": ("string", "number"),
    **dict.fromkeys(("gt", "gte", "lt", "lte"), ("number",)),
}
"""The operators, and what each compares with, under the names that the service has for types."""

_KINDS = {"string": "a string", "number": "a number", "boolean": "True or False"}

Scalar = str | int | float | bool

Values = list[str] | list[int] | list[float] | tuple[str, ...] | tuple[float, ...]
"""The values of an `in`. Not a `Sequence`, which text is, too: `{"in": "eu"}` would be accepted."""

Comparison = TypedDict(
    "Comparison",
    {
        "eq": Scalar,
        "in": Values,
        "gt": float,
        "gte": float,
        "lt": float,
        "lte": float,
    },
    total=False,
)
"""Operators on one field; several must all hold. Range operators and numbers compare with numbers only."""

refuse_unknown_keys(Comparison)

MetadataFilter = Mapping[str, Scalar | Comparison]
"""Field (levels joined with dots) to a value, which it must equal, or to a `Comparison`. All must hold."""


def to_query(meta: MetadataFilter) -> dict[str, str]:
    """Return the query parameters of a filter, one for each condition, in the order given.

    An `in` may have at most `MAX_IN_VALUES` values: `split` the filter first. Raises FilterError for a condition that
    the service would misread or refuse, or whose meaning is not documented.

    Source: list_images_v2, parameter `meta`; field names and limits as documented for the Workers binding.
    """
    if not isinstance(meta, Mapping):
        raise FilterError(f"meta={repr_short(meta)}: must be a mapping of fields to values or operators")
    if not meta:
        raise FilterError("meta is empty, which would filter nothing: pass None to list every image")
    conditions = [
        (f"meta.{_path(field)}[{suffix}]", text)
        for field, condition in meta.items()
        for suffix, text in _conditions(field, condition)
    ]
    if len(conditions) > MAX_CONDITIONS:
        raise FilterError(f"meta has {len(conditions)} conditions: at most {MAX_CONDITIONS} are allowed")
    query = dict(conditions)
    if len(query) < len(conditions):  # a multidict can have a field twice
        raise FilterError("meta has the same condition twice")
    return query


def split(meta: MetadataFilter) -> list[MetadataFilter]:
    """Return filters that the service can be asked with, and that together match what this one matches.

    There are several if an `in` has more than `MAX_IN_VALUES` values. `to_query` must have accepted the filter.

    >>> split({"status": "active", "sku": {"in": list(range(12))}})
    [{'status': 'active', 'sku': {'in': [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]}}, {'status': 'active', 'sku': {'in': [10, 11]}}]
    """
    choices = [[(field, part) for part in _split(condition)] for field, condition in meta.items()]
    return [dict(chosen) for chosen in itertools.product(*choices)]


def _split(condition: Any) -> list[Any]:
    if not isinstance(condition, Mapping) or "in" not in condition:
        return [condition]
    values = condition["in"]
    return [{**condition, "in": values[n : n + MAX_IN_VALUES]} for n in range(0, len(values), MAX_IN_VALUES)]


def _path(field: object) -> str:
    if not isinstance(field, str):
        raise FilterError(f"meta: the field {repr_short(field)} is not a string")
    levels = field.split(".")
    if not all(re.fullmatch(r"[A-Za-z0-9_]+", level) for level in levels):
        raise FilterError(
            f"meta[{repr_short(field)}]: a field has only letters A-Z, digits and _, with a dot between levels;"
            " filters cannot use other fields. images.metadata_keys() returns the names of the account"
        )
    if len(levels) > MAX_LEVELS:
        raise FilterError(f"meta[{repr_short(field)}]: {len(levels)} levels: at most {MAX_LEVELS} are allowed")
    if len(field) > MAX_PATH_LENGTH:
        raise FilterError(f"meta[{repr_short(field)}]: {len(field)} characters: at most {MAX_PATH_LENGTH} are allowed")
    return str.__str__(field)  # the value of a text enum, not its name


def _conditions(field: str, condition: object) -> Iterator[tuple[str, str]]:
    """Yield the typed operator and the value of each condition on one field."""
    if not isinstance(condition, Mapping):
        _refuse_suffix(field, condition)
    if isinstance(condition, list | tuple | set | frozenset):
        raise FilterError(
            f"meta[{repr_short(field)}]={repr_short(condition)}: to match any of several values, write {{'in': [...]}}"
        )
    if not isinstance(condition, Mapping):
        kind, text = _scalar(f"meta[{repr_short(field)}]", condition)
        yield f"eq:{kind}", text
        return
    if not condition:
        raise FilterError(
            f"meta[{repr_short(field)}] has no operator, which would filter nothing: use one of {', '.join(OPERATORS)}"
        )
    for operator, value in condition.items():
        where = f"meta[{repr_short(field)}][{repr_short(operator)}]"
        if operator not in OPERATORS:
            name = isinstance(operator, str) and operator.isidentifier()
            nested = f"; for a field within it write {repr_short(f'{field}.{operator}')}" if name else ""
            raise FilterError(f"{where}: no such operator: use one of {', '.join(OPERATORS)}{nested}")
        if operator == "in":
            kind, text = _one_of(where, value)
        else:
            kind, text = _scalar(where, value)
        if kind not in OPERATORS[operator]:
            accepted = " or ".join(_KINDS[each] for each in OPERATORS[operator])
            raise FilterError(f"{where}={repr_short(value)}: {operator} takes {accepted}")
        yield f"{str.__str__(operator)}:{kind}", text


def _refuse_suffix(field: object, condition: object) -> None:
    """Refuse a field such as `priority__gte`, as Django writes an operator: the service has no field of that name."""
    name, _, operator = str(field).rpartition("__")
    if not name or operator not in OPERATORS:
        return
    problem = f"meta[{repr_short(field)}]: write {repr_short({name: {operator: condition}})}"
    if isinstance(condition, Scalar):
        problem += f"; for a field of this name write {repr_short({field: {'eq': condition}})}"
    raise FilterError(problem)


def _one_of(where: str, values: object) -> tuple[str, str]:
    if not is_sequence(values):
        raise FilterError(f"{where}={repr_short(values)}: must be a list or tuple of strings or of numbers")
    if not values:
        raise FilterError(f"{where} has no values: at least one is needed")
    scalars = [_scalar(where, value) for value in values]
    kinds = {kind for kind, _ in scalars}
    if len(kinds) > 1 or not kinds <= set(OPERATORS["in"]):
        raise FilterError(f"{where}={repr_short(values)}: must be all strings or all numbers")
    if any("|" in text for _, text in scalars):
        raise FilterError(f"{where}={repr_short(values)}: a string with | would be read as two strings: use eq")
    return kinds.pop(), "|".join(text for _, text in scalars)


def _scalar(where: str, value: object) -> tuple[str, str]:
    """Return the service's name for the type of a value, and the value as text."""
    if isinstance(value, bool):  # before int, which it is too
        return "boolean", "true" if value else "false"
    if isinstance(value, int | float):
        return "number", _number(where, value)
    if isinstance(value, str):
        if not value:
            raise FilterError(f"{where}: an empty string is not documented to match anything")
        return "string", _text(where, value)
    kind = type(value)
    name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"  # as numpy.bool
    problem = f"{where}={repr_short(value)}: must be a string, a number or a boolean, not {name}"
    if value is None:
        problem += ": there is no filter for fields that are null or absent"
    raise FilterError(problem)


def _text(where: str, value: str) -> str:
    try:
        return check_text(where, value)
    except InvalidArgumentError as error:
        raise FilterError(str(error)) from None


def _number(where: str, value: float) -> str:
    """Return a number in plain decimal notation, which every parser reads alike."""
    if isinstance(value, float) and not math.isfinite(value):
        raise FilterError(f"{where}={repr_short(value)}: not a JSON number")
    if isinstance(value, int):
        return _integer(where, int(value))
    from decimal import Decimal  # a millisecond that few programs need to spend

    number = float(value)
    return _integer(where, int(number)) if number.is_integer() else format(Decimal(repr(number)), "f")


def _integer(where: str, value: int) -> str:
    try:
        exact = int(float(value)) == value
    except OverflowError:
        exact = False
    if not exact:
        raise FilterError(f"{where}={repr_short(value)}: too large to be compared exactly: JSON numbers have 53 bits")
    return str(value)
