"""Metadata filters as the service reads them: query parameters to conditions, and whether they hold.

Types are strict: `5` is not `"5"`, and `true` is not `1`. An operator without a type is documented nowhere; here
`eq` and `in` then compare text, and the range operators numbers.
"""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

MAX_CONDITIONS = 5
MAX_LEVELS = 5
MAX_VALUES = 10
MAX_PATH_LENGTH = 100

_TYPES = {
    "eq": ("string", "number", "boolean"),
    "in": ("string", "number"),
    **dict.fromkeys(("gt", "gte", "lt", "lte"), ("number",)),
}

Scalar = str | int | float | bool


class FilterSyntaxError(ValueError):
    """A filter that the service refuses; the text is what it answers."""


@attrs.frozen
class Condition:
    """One condition on one field; `in` has several values, the others one."""

    path: tuple[str, ...]
    operator: str
    values: tuple[Scalar, ...]

    def holds(self, meta: Mapping[str, Any]) -> bool:
        """Whether an image with this metadata meets the condition; a missing field meets none."""
        actual: Any = meta
        for name in self.path:
            if not isinstance(actual, dict) or name not in actual:
                return False
            actual = actual[name]
        return any(_compare(self.operator, actual, value) for value in self.values)


def parse_filters(pairs: Iterable[tuple[str, str]]) -> tuple[Condition, ...]:
    """The conditions among the parameters of a query; others are passed over.

    Raises FilterSyntaxError for anything that looks like a filter and is none: `meta`, `meta.status`, and slips such
    as `Meta.status[eq]`, `metadata.status[eq]` or `status[eq]`, which would otherwise list every image.
    """
    filters = [(key, value) for key, value in pairs if "[" in key or re.match(r"(?i)meta(\w*\W|$)", key)]
    if len(filters) > MAX_CONDITIONS:
        raise FilterSyntaxError(f"Too many metadata filters: {len(filters)} provided, maximum {MAX_CONDITIONS} allowed")
    return tuple(_condition(key, value) for key, value in filters)


def _condition(key: str, text: str) -> Condition:
    parts = re.fullmatch(r"meta\.([^\[\]]*)\[([^\[\]]*)\]", key)
    if not parts:
        raise FilterSyntaxError(f"Malformed metadata filter: '{key}'")
    path, (operator, _, kind) = _path(parts[1]), parts[2].partition(":")
    types = _TYPES.get(operator)
    if types is None or (":" in parts[2] and kind not in types):
        raise FilterSyntaxError(f"Unsupported metadata filter operator: '{parts[2]}'")
    texts = text.split("|") if operator == "in" else [text]
    if len(texts) > MAX_VALUES:
        raise FilterSyntaxError(f"Too many values in metadata filter '{key}': maximum {MAX_VALUES} allowed")
    return Condition(path, operator, tuple(_value(key, kind or types[0], part) for part in texts))


def _path(text: str) -> tuple[str, ...]:
    levels = tuple(text.split("."))
    if len(text) > MAX_PATH_LENGTH or not all(re.fullmatch(r"[A-Za-z0-9_]+", level) for level in levels):
        raise FilterSyntaxError(f"Invalid metadata field: '{text}'")
    if len(levels) > MAX_LEVELS:
        raise FilterSyntaxError(f"Metadata field '{text}' is nested too deeply: maximum {MAX_LEVELS} levels allowed")
    return levels


def _value(key: str, kind: str, text: str) -> Scalar:
    if kind == "boolean":
        if text not in ("true", "false"):
            raise FilterSyntaxError(f"Not a boolean in metadata filter '{key}': '{text}'")
        return text == "true"
    if kind == "number":
        return _number(key, text)
    return text


def _number(key: str, text: str) -> float:
    """A number as JSON writes it; `float()` alone would take `1_000`, ` 5 ` and digits of other scripts as well."""
    parts = re.fullmatch(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", text)
    if not parts or not math.isfinite(float(text)):
        raise FilterSyntaxError(f"Not a number in metadata filter '{key}': '{text}'")
    return float(text) if parts[1] or parts[2] else int(text)


def _compare(operator: str, actual: Any, wanted: Scalar) -> bool:
    if isinstance(wanted, bool) or isinstance(actual, bool):
        return isinstance(wanted, bool) and isinstance(actual, bool) and wanted == actual
    if isinstance(wanted, str):
        return isinstance(actual, str) and wanted == actual
    if not isinstance(actual, int | float):
        return False
    if operator in ("eq", "in"):
        return actual == wanted
    return bool(
        {"gt": actual > wanted, "gte": actual >= wanted, "lt": actual < wanted, "lte": actual <= wanted}[operator]
    )
