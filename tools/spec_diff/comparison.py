"""The differences between two trees of operations, and what each means for callers.

Words and weights follow oasdiff: a request must not get narrower, an answer not wider. One thing is otherwise: a new
value of a type that was there before (in an enumeration, past a bound) counts as new in an answer, not as breaking,
since the SDK keeps values that it does not know.
"""

import re
import string
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .wire import Node

BREAKING, NEW, COSMETIC = "breaking", "new", "cosmetic"
PRESENT, EMPTY, ABSENT = "present", "empty", "absent"
EXISTENCE = "existence"

LOWER = {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"}
UPPER = {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "filters", "levels", "values"}
SETS = {"enum", "operators", "security"}
OF_VALUES = {*LOWER, *UPPER, *SETS, "pattern", "multipleOf"}
"""What restricts values, not types."""

KINDS = {
    **dict.fromkeys(("type", "format", "alternatives", "recursion", "contentMediaType", "contentEncoding"), "type"),
    **dict.fromkeys(("enum", "operators"), "enum"),
    **dict.fromkeys((*LOWER, *UPPER, "pattern", "multipleOf", "uniqueItems", "additionalProperties"), "bound"),
    **dict.fromkeys(
        ("style", "explode", "allowReserved", "allowEmptyValue", "content", "encoding", "form"), "encoding"
    ),
    **{name: name for name in ("required", "security", "server", "default")},
    "deprecated": "deprecation",
}
"""What an attribute is a matter of; any other keyword is a `constraint`."""


@dataclass(frozen=True)
class Difference:
    """One difference at one place. Of the two values, None means that the document says nothing."""

    place: str
    kind: str
    attribute: str
    ours: Any
    published: Any
    severity: str
    our_node: Node | None = field(repr=False)
    published_node: Node | None = field(repr=False)
    parent: Node | None = field(repr=False)
    """What holds it in openapi.yaml; nothing holds an operation."""

    @property
    def values(self) -> tuple[Any, Any]:
        """Both values as they are said to people."""
        if self.attribute == "alternatives" and self.our_node and self.published_node:
            return _summary(self.our_node), _summary(self.published_node)
        return self.ours, self.published

    @property
    def our_pointer(self) -> str:
        """Its place in openapi.yaml; of what is not there, the place of what would hold it."""
        node = self.our_node or self.parent
        return node.pointer if node else "#/paths"

    @property
    def published_pointer(self) -> str | None:
        """Its place in the published document; None if it is not there."""
        return self.published_node.pointer if self.published_node else None

    def since(self, published: Any) -> str:
        """What it means if this other value was published before."""
        if self.attribute == EXISTENCE:
            return self.severity
        return _change(self.attribute, published, self.published, _is_answer(self.place))

    @property
    def gone(self) -> Iterator[str]:
        """The places that the published document lacks with it, itself among them."""
        if self.our_node and not self.published_node:
            yield from _within(self.our_node, self.place)


def _summary(node: Node) -> str:
    """The type of something in a few words, with the names of its fields."""
    if "alternatives" in node.facts:
        return " or ".join(_summary(child) for child in node.children.values())
    types = node.facts.get("type", "any")
    names = ", ".join(name.removeprefix(".") for name in node.children)
    return f"{types if isinstance(types, str) else ' or '.join(types)}{f' ({names})' if names else ''}"


def compare(ours: Mapping[str, Node], published: Mapping[str, Node]) -> Iterator[Difference]:
    """Every difference, as a change from ours to the published."""
    for key in [*ours, *(key for key in published if key not in ours)]:
        yield from _nodes(ours.get(key), published.get(key), "", None)


def pairs(ours: Mapping[str, Node], published: Mapping[str, Node]) -> Iterator[tuple[Node, Node]]:
    """Everything that both documents have, each with its counterpart."""
    waiting = [(ours[key], node) for key, node in published.items() if key in ours]
    while waiting:
        left, right = waiting.pop(0)
        yield left, right
        waiting += [
            (other, child)
            for key, child in right.children.items()
            if (other := _counterpart(left, key)) and not _is_one_more(key, left, right)
        ]


def correspondences(ours: Mapping[str, Node], published: Mapping[str, Node]) -> dict[str, str]:
    """The schema of ours that stands where a published one stands, by their references."""
    found: dict[str, str] = {}
    for left, right in pairs(ours, published):
        if _is_component(left) and _is_component(right):
            found.setdefault(right.pointer, left.pointer)
    return found


def shares(ours: Mapping[str, Node], published: Mapping[str, Node]) -> Counter[str]:
    """At how many places each part of ours, by its pointer, is compared."""
    return Counter(left.pointer for left, _ in pairs(ours, published))


def _is_component(node: Node) -> bool:
    return node.pointer.startswith("#/components/schemas/") and node.pointer.count("/") == 3


def _nodes(ours: Node | None, published: Node | None, place: str, parent: Node | None) -> Iterator[Difference]:
    node = ours or published
    if node is None or (published and published.hollow):
        return
    place = _place(place, node.label, parent)
    attributes = [EXISTENCE]
    if ours and published:
        named = [*ours.facts, *(name for name in published.facts if name not in ours.facts)]
        if published.spoiled:
            named = [*published.facts]
        attributes = [name for name in named if ours.facts.get(name) != published.facts.get(name)]
        if _types(ours.facts.get("type")).isdisjoint(_types(published.facts.get("type"))):  # then this is why
            attributes = [name for name in attributes if name in published.facts or name in ("required", "deprecated")]
    for attribute in attributes:
        yield _difference(place, attribute, ours, published, parent)
    if not ours or not published or "alternatives" in attributes:
        return
    keys = [*ours.children, *(key for key in published.children if key not in ours.children)]
    if published.spoiled:
        keys = [key for key in keys if _counterpart(published, key)]
    for key in keys:
        if _holds(ours, key) and _holds(published, key) and not _stands_for_others(key, published):
            pair = _counterpart(ours, key), _counterpart(published, key)
            found = list(_nodes(*pair, place, ours))
            if found and _is_one_more(key, ours, published):  # what is in it is told by itself
                found = list(_nodes(None, pair[1], place, ours))
            yield from found


def _place(before: str, label: str, parent: Node | None) -> str:
    """The place of a child: words, and for what is within a schema `name.name[].name`."""
    if parent and label[0] in ".[<" and parent.label[0] in ".[<":
        return f"{before}{label}"
    return f"{before} {label.removeprefix('.')}".strip()


def _within(node: Node, place: str) -> Iterator[str]:
    yield place
    for child in node.children.values():
        yield from _within(child, _place(place, child.label, node))


def _counterpart(node: Node, key: str) -> Node | None:
    """The child of a name, or what covers it: of an answer the range or the default, of a field `any other field`."""
    if key in node.children:
        return node.children[key]
    if key.startswith("response ") and key != "response default":
        return node.children.get(f"{key[:10]}XX") or node.children.get("response default")
    if key.startswith(".") and (others := node.children.get(".(any)")):
        return replace(others, label=key)
    return None


def _stands_for_others(key: str, published: Node) -> bool:
    """Whether it is a range of statuses of which the published document names single ones instead."""
    return key.endswith("XX") and key not in published.children and any(_statuses(key, published))


def _is_one_more(key: str, ours: Node, published: Node) -> bool:
    """Whether it is a status that only a range of ours covers, which stands for another of the published already."""
    if not key.startswith("response ") or key in ours.children or f"{key[:10]}XX" not in ours.children:
        return False
    return f"{key[:10]}XX" in published.children or key != min(_statuses(key, published))


def _statuses(key: str, node: Node) -> Iterator[str]:
    """The single statuses of an operation that are in the same range."""
    return (name for name in node.children if re.fullmatch(f"{key[:10]}[0-9]{{2}}", name))


def _holds(node: Node, key: str) -> bool:
    """Whether the type of a node allows such a child; if not, the type is the difference."""
    container = {".": "object", "[": "array"}.get(key[0])
    types = node.facts.get("type", ())
    return container is None or container in ([types] if isinstance(types, str) else types)


def _difference(
    place: str, attribute: str, ours: Node | None, published: Node | None, parent: Node | None
) -> Difference:
    answer = _is_answer(place)
    mine: Any
    theirs: Any
    if ours and published:
        mine, theirs = ours.facts.get(attribute), published.facts.get(attribute)
        kind, severity = KINDS.get(attribute, "constraint"), _change(attribute, mine, theirs, answer)
    else:
        mine, theirs = _presence(ours), _presence(published)
        node = ours or published
        kind, severity = (node.kind, _existence(node, theirs, answer)) if node else ("", "")
    return Difference(place, kind, attribute, mine, theirs, severity, ours, published, parent)


def _is_answer(place: str) -> bool:
    return " response " in place


def _presence(node: Node | None) -> str:
    """Whether something is there; a body of which nothing is said is empty."""
    if node is None:
        return ABSENT
    says = any(content.children or content.facts != {"type": "any"} for content in node.children.values())
    return EMPTY if node.kind == "request body" and not says else PRESENT


def _existence(node: Node, published: str, answer: bool) -> str:
    """What it means that something came or went."""
    if published == ABSENT:
        failure = node.kind == "response" and node.label[9:10] not in "123"
        return COSMETIC if failure else BREAKING
    return BREAKING if node.facts.get("required") and not answer else NEW


def _change(attribute: str, ours: Any, published: Any, answer: bool) -> str:
    """What it means that something says something else."""
    if attribute == "deprecated":
        return NEW
    if attribute == "server":
        return BREAKING
    if attribute == "default":
        return COSMETIC if answer or ours is None or published is None else BREAKING
    wider, narrower = _wider(attribute, ours, published), _wider(attribute, published, ours)
    if attribute == "security" or not answer:
        return NEW if wider and not narrower else BREAKING
    if narrower and not wider:
        return COSMETIC
    return NEW if attribute in OF_VALUES else BREAKING


SAMPLES = [
    *(text * n for text in string.printable for n in (1, 2, 20, 50)),
    *(f"a{character}1" for character in string.printable),
    *("", "Aa1", "-a-", "_a_", "2026-11-29", "6f1c9d0e-9a1b-4c3d-8e2f-0123456789ab", "a/b/c.png", "é", "日本"),
]
"""Texts that tell a wider pattern from a narrower one."""


def _patterns_differ(before: str, after: str) -> bool:
    """Whether the second of two patterns lets a sample through that the first does not; true if no sample tells."""
    try:
        accepted = [{text for text in SAMPLES if re.search(pattern, text)} for pattern in (before, after)]
    except re.error:
        return True
    return accepted[0] == accepted[1] or bool(accepted[1] - accepted[0])


def _wider(attribute: str, before: Any, after: Any) -> bool:
    """Whether something gets through after that did not before."""
    if attribute == "type":
        return not _types(after) <= _types(before)
    if before is None or after is None:
        return before is not None
    if attribute == "pattern":
        return _patterns_differ(str(before), str(after))
    if attribute in SETS:
        return any(value not in before for value in after)
    if attribute in LOWER:
        return bool(after < before)
    if attribute in UPPER:
        return bool(after > before)
    return True


def _types(named: Any) -> set[str]:
    every = {"null", "boolean", "integer", "number", "string", "array", "object"}
    types = {named} if isinstance(named, str) else set(named or ())
    if "any" in types:
        return every
    return types - {"never"} | ({"integer"} if "number" in types else set())
