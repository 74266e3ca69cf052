"""Values of the command line: typed values, conditions, metadata and times.

A value that looks like a JSON number, `true` or `false` is one. With a leading zero, or in double quotes, it is text.
`name:=JSON` takes JSON as it is, as HTTPie does.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import click

_NUMBER = r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?"
_CONDITION = r"\s*(?P<field>[^\s=<>!:]+)(?:\s*(?P<operator>:=|>=|<=|!=|==|=|>|<)|\s+(?P<in>in)(?=\s))(?P<value>.*)"
_SIGNS = ("<", ">", "=")
_PART = r"([0-9]{1,9})\s*([smhdw])"
_DURATION = rf"(?:{_PART}\s*)+"
_RANGES = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

GRAMMAR = "name=value, name>=number (or >, <, <=), 'name in value,value' or name:=JSON"
MAX_EXACT = 2**53
"""Above it, JSON numbers do not distinguish all whole numbers."""


def scalar(text: str, option: str) -> Any:
    """Return a value with its type.

    >>> scalar("2", "--meta"), scalar("02", "--meta"), scalar('"2"', "--meta"), scalar("true", "--meta")
    (2, '02', '2', True)
    """
    text = text.strip()
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch(_NUMBER, text):
        return _checked(raw(text, option), text, option)
    if len(text) > 1 and text[0] == text[-1] == '"':
        return raw(text, option)
    return text


def raw(text: str, option: str) -> Any:
    """Return a JSON value."""

    def refuse(constant: str) -> Any:
        raise ValueError(f"{constant} is not JSON")

    try:
        value = json.loads(text, parse_constant=refuse)
        json.dumps(value, allow_nan=False)  # 1e999 is infinite
    except (ValueError, RecursionError) as error:
        raise click.BadParameter(f"{shown(text)} is not JSON: {error}", param_hint=option) from None
    return value


def conditions(given: Iterable[str]) -> dict[str, Any] | None:
    """Return the filter of all `--meta`; None if there is none.

    >>> conditions(["status=active", "priority>=2", "priority<9", "region in eu,us"])
    {'status': 'active', 'priority': {'gte': 2, 'lt': 9}, 'region': {'in': ['eu', 'us']}}
    """
    fields: dict[str, dict[str, Any]] = {}
    for text in given:
        field, operator, value = _condition(text)
        if operator in fields.setdefault(field, {}):
            raise click.BadParameter(f"{shown(text)}: {field} already has this condition", param_hint="--meta")
        fields[field][operator] = value
    plain = {field: found["eq"] if list(found) == ["eq"] else found for field, found in fields.items()}
    return plain or None


def _condition(text: str) -> tuple[str, str, Any]:
    match = re.fullmatch(_CONDITION, text, re.S)
    operator = match and (match["operator"] or match["in"])
    if not match or operator in ("!=", "=="):
        raise click.BadParameter(f"{shown(text)}: write {GRAMMAR}", param_hint="--meta")
    field, value = match["field"], match["value"]
    if operator == "in":
        parts = list(_split(value, text))
        if signs := [part for part in parts if part.startswith(_SIGNS)]:
            raise click.BadParameter(
                f"{shown(text)}: a value begins with {signs[0][0]}: if it is text, quote it, as in"
                f" {shown(f'{field} in {json.dumps(signs[0], ensure_ascii=False)}')}",
                param_hint="--meta",
            )
        return field, "in", [scalar(part, "--meta") for part in parts]
    if operator == ":=":
        parsed = raw(value, "--meta")
        if isinstance(parsed, dict | list) or parsed is None:
            raise click.BadParameter(
                f"{shown(text)}: must be a string, a number, true or false; for any of several write 'name in a,b'",
                param_hint="--meta",
            )
        return field, "eq", parsed
    if value.lstrip().startswith(_SIGNS):
        raise click.BadParameter(_spelled(field, operator or "", value.strip(), text), param_hint="--meta")
    return field, _RANGES.get(operator or "", "eq"), scalar(value, "--meta")


def _spelled(field: str, operator: str, value: str, text: str) -> str:
    """Return how a condition such as `priority=>8` is written.

    >>> print(_spelled("priority", "=", ">8", "priority=>8"))
    'priority=>8': write 'priority>=8', or 'priority=">8"' if that is text
    """
    rest = value.lstrip("<>= ")
    signs = operator + value[: len(value) - len(rest)]
    right = next((sign for sign in "<>" if sign in signs), "") + ("=" if "=" in signs else "")
    quoted = f"{field}{operator}{json.dumps(value, ensure_ascii=False)}"
    return f"{shown(text)}: write {shown(f'{field}{right}{rest}')}, or {shown(quoted)} if that is text"


def _split(values: str, text: str) -> Iterator[str]:
    """Yield the parts of a list. A comma in double quotes separates nothing."""
    for part in re.findall(r'\s*("(?:[^"\\]|\\.)*"|[^,]*?)\s*(?:,|$)', values + ",")[:-1]:
        if not part or (part[0] == '"') != (part[-1] == '"'):
            raise click.BadParameter(f"{shown(text)}: write 'name in value,value'", param_hint="--meta")
        yield part


def metadata(given: Iterable[str], option: str) -> dict[str, Any]:
    """Return the metadata of all `--set` or similar options.

    >>> metadata(["status=active", 'region:={"name": "eu"}', "note="], "--set")
    {'status': 'active', 'region': {'name': 'eu'}, 'note': ''}
    """
    found: dict[str, Any] = {}
    for text in given:
        match = re.fullmatch(r"\s*(?P<key>[^=]+?)\s*(?P<operator>:=|=)(?P<value>.*)", text, re.S)
        if not match:
            raise click.BadParameter(f"{shown(text)}: write name=value or name:=JSON", param_hint=option)
        key, value = match["key"], match["value"]
        if key in found:
            raise click.BadParameter(f"{shown(text)}: {key} already has a value", param_hint=option)
        found[key] = raw(value, option) if match["operator"] == ":=" else scalar(value, option)
    return found


def moment(text: str | None, option: str, *, now: datetime | None = None) -> datetime | str | None:
    """Return a time: `7d` is seven days ago; a date is left to the SDK.

    >>> moment("1d12h", "--since", now=datetime(2026, 11, 3, tzinfo=UTC)).isoformat()
    '2026-11-01T12:00:00+00:00'
    """
    if text is None:
        return None
    if re.fullmatch(_DURATION, text.strip()):
        try:
            return (now or datetime.now(UTC)) - _length(text, option)
        except OverflowError:
            raise click.BadParameter(f"{shown(text)} is before the first possible date", param_hint=option) from None
    if not re.search("[0-9]{4}", text):
        raise click.BadParameter(
            f"{shown(text)}: write a date such as 2026-11-01 (UTC), or a time before now such as 7d or 1h30m",
            param_hint=option,
        )
    return text


def duration(text: str | None, option: str) -> timedelta | None:
    """Return a length of time.

    >>> duration("1h30m", "--expiry")
    datetime.timedelta(seconds=5400)
    """
    return None if text is None else _length(text, option)


def _length(text: str, option: str) -> timedelta:
    if not re.fullmatch(_DURATION, text.strip()):
        raise click.BadParameter(
            f"{shown(text)}: write a number and s, m, h, d or w, as in 12h or 1h30m", param_hint=option
        )
    try:
        parts = (timedelta(**{_UNITS[unit]: int(number)}) for number, unit in re.findall(_PART, text))
        return sum(parts, timedelta())
    except OverflowError:
        raise click.BadParameter(f"{shown(text)} is too long", param_hint=option) from None


def shown(text: str) -> str:
    """Return text as messages show it: quoted, escaped and not too long."""
    return repr(text if len(text) <= 80 else text[:79] + "…")


def _checked(number: Any, text: str, option: str) -> Any:
    if isinstance(number, int) and abs(number) > MAX_EXACT:
        raise click.BadParameter(
            f"{text} is too large to be kept exactly as a number: quote it to make it text, as in name='\"{text}\"'",
            param_hint=option,
        )
    return number
