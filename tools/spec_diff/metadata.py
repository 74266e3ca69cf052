"""What may be asked of metadata: the operators and limits of the filter parameter.

The published document has one parameter whose name is a template, and says operators and limits in its prose only.
openapi.yaml has an object whose property names a pattern restricts. Both are read into the same facts here, so that
an operator that comes or goes is seen.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import product
from typing import Any

TEMPLATE = re.compile(r"(?P<prefix>[^<>]+)<.*")
OPERATOR = re.compile(r"`([A-Za-z][\w-]*(?::[A-Za-z]+)?)`")
WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
LIMIT = re.compile(
    rf"(?:max\w*(?: of)?|up to|at most|no more than|limit(?:ed)? (?:of|to)) (\d+|{'|'.join(WORDS)}) "
    r"(?:[a-z]+ )?(filter|condition|level|element|value)",
    re.IGNORECASE,
)
LIMITS = {"filter": "filters", "condition": "filters", "level": "levels", "element": "values", "value": "values"}
MOST = 100


def published(name: str, texts: Iterable[str], schema: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """The prefix and the facts of a parameter whose name is a template, from the prose about it."""
    template = TEMPLATE.fullmatch(name)
    if not template:
        return None
    prose = "\n".join(texts)
    facts: dict[str, Any] = {"type": schema.get("type"), "operators": sorted(set(OPERATOR.findall(prose)))}
    facts["form"] = re.sub(r"<[^<>]*>", "<>", name)
    facts |= {LIMITS[match[2].lower()]: _number(match[1]) for match in LIMIT.finditer(prose)}
    return template["prefix"], facts


def _number(text: str) -> int:
    return int(text) if text.isdigit() else WORDS.index(text.lower()) + 1


def described(schema: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """The prefix and the facts of an object whose property names are restricted, found by trying names."""
    names = schema.get("propertyNames", {}).get("pattern", "")
    prefix = re.match(r"\^([a-z]+)\\\.", names)
    if not prefix:
        return None
    start = f"{prefix[1]}."

    def accepted(name: str) -> bool:
        return re.search(names, name) is not None

    words = sorted(set(re.findall(r"[A-Za-z][\w-]*", names)))
    candidates = [*words, *(f"{operator}:{kind}" for operator, kind in product(words, words))]
    operators = sorted(word for word in candidates if accepted(f"{start}x[{word}]"))
    value = schema.get("additionalProperties", {})
    facts: dict[str, Any] = {"type": value.get("type") if isinstance(value, Mapping) else None, "operators": operators}
    if "maxProperties" in schema:
        facts["filters"] = schema["maxProperties"]
    if operators:  # they were found in names of this form
        facts["form"] = f"{start}<>[<>]"
        facts |= _most("levels", lambda count: accepted(f"{start}{'.'.join('x' * count)}[{operators[0]}]"))
    values = [part["pattern"] for key, part in schema.get("patternProperties", {}).items() if "in" in key]
    if values:
        facts |= _most("values", lambda count: all(re.search(p, "|".join("x" * count)) for p in values))
    return start, facts


def _most(name: str, accepted: Callable[[int], bool]) -> dict[str, int]:
    """The largest number that is accepted; nothing if there is no bound to be found."""
    refused = next((count for count in range(1, MOST + 1) if not accepted(count)), None)
    return {} if refused is None else {name: refused - 1}
