"""JSON Schema as what it lets through: references followed, intersections and alternatives worked out.

Of OpenAPI 3.0 and 3.1 alike. `oneOf` counts as `anyOf`, since each value on the wire is the same; a schema with
`properties` is one of an object, one with `items` one of an array, whether it says so or not.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

from .loading import Document
from .mending import UNREAD

LARGEST = 20_000
"""Schemas read before a part counts as one that refers to itself in too many ways."""

TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
KEYWORDS = {
    "string": ("minLength", "maxLength", "pattern", "format", "contentMediaType", "contentEncoding"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "format"),
    "array": ("minItems", "maxItems", "uniqueItems", "prefixItems", "contains"),
    "object": ("minProperties", "maxProperties", "additionalProperties", "unevaluatedProperties"),
}
"""What says something of values of one type; of others it says nothing."""

WORKED_OUT = {
    *("$ref", "type", "nullable", "enum", "const", "allOf", "anyOf", "oneOf", "required"),
    *("properties", "patternProperties", "propertyNames", "items"),
}
SAYS_NOTHING = {
    *("title", "description", "example", "examples", "externalDocs", "xml", "discriminator"),
    *("$comment", "$schema", "$id", "$anchor", "$dynamicAnchor", "$defs", "definitions"),
}
WITHOUT_EFFECT: Mapping[str, Any] = {
    **dict.fromkeys(("minLength", "minItems", "minProperties"), 0),
    **dict.fromkeys(("uniqueItems", "deprecated", "readOnly", "writeOnly"), False),
    "additionalProperties": True,
}
STRICTER: Mapping[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), min),
}


@dataclass(frozen=True)
class Shape:
    """What values a schema lets through. No types: any value; an empty set of types: none."""

    pointer: str
    types: frozenset[str] | None = None
    enum: tuple[Any, ...] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, "Shape"] = field(default_factory=dict)
    """By `.name` the properties, by `[]` the items, by `.(any)` any other property."""
    required: frozenset[str] = frozenset()
    options: tuple["Shape", ...] = ()
    """The alternatives, each complete in itself; then all of the above is empty."""

    @property
    def never(self) -> bool:
        """Whether no value gets through."""
        return self.types is not None and not self.types

    @property
    def spoiled(self) -> bool:
        """Whether a part of the schema cannot be read."""
        return UNREAD in self.facts

    @property
    def anything(self) -> bool:
        """Whether every value gets through."""
        return self == Shape(self.pointer)

    @property
    def signature(self) -> str:
        """The same text for the same shape, wherever it is written."""
        return json.dumps(self._plain(), sort_keys=True, default=str)

    def _plain(self) -> list[Any]:
        types = None if self.types is None else sorted(self.types)
        fields = {name: shape._plain() for name, shape in self.fields.items()}
        return [types, self.enum, self.facts, fields, sorted(self.required), [o._plain() for o in self.options]]


class Reader:
    """Reads the schemas of one document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._read = 0

    def read(self, schema: Any, pointer: str) -> Shape:
        """The shape of a schema at a place."""
        self._read = 0
        return self._shape(schema, pointer, ())

    def _shape(self, schema: Any, pointer: str, trail: tuple[str, ...]) -> Shape:
        self._read += 1
        if self._read > LARGEST:
            self.document.warn(pointer, "its schemas refer to one another in too many ways")
            return _unread(pointer)
        if isinstance(schema, bool):
            return Shape(pointer, types=None if schema else frozenset())
        parts = []
        if "$ref" in schema:
            referred = self._referred(schema["$ref"], trail)
            if self.document.version == "3.0" or len(schema) == 1:  # 3.0: what stands beside $ref does not count
                return referred
            parts = [referred]
        parts += [self._shape(part, f"{pointer}/allOf/{i}", trail) for i, part in enumerate(schema.get("allOf", ()))]
        shape = reduce(intersect, parts, self._own(schema, pointer, trail))
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                options = [self._shape(o, f"{pointer}/{keyword}/{i}", trail) for i, o in enumerate(schema[keyword])]
                shape = intersect(shape, union(options, pointer))
        if schema.get("nullable") is True and "type" not in schema and not shape.anything:  # as it is meant
            shape = union([shape, Shape(pointer, frozenset({"null"}))], pointer)
        return replace(shape, pointer=pointer)

    def _referred(self, reference: str, trail: tuple[str, ...]) -> Shape:
        if reference in trail:
            return Shape(reference, facts={"recursion": len(trail) - trail.index(reference)})
        target = self.document.follow(reference)
        if not isinstance(target, Mapping | bool):
            self.document.warn(reference, "the reference leads to what is no schema")
            return _unread(reference)
        return replace(self._shape(target, reference, (*trail, reference)), pointer=reference)

    def _own(self, schema: Mapping[str, Any], pointer: str, trail: tuple[str, ...]) -> Shape:
        """What a schema says itself, outside of references, intersections and alternatives."""
        fields = {
            f".{name}": self._shape(part, f"{pointer}/properties/{escape(name)}", trail)
            for name, part in schema.get("properties", {}).items()
        }
        for pattern, part in schema.get("patternProperties", {}).items():
            fields[f".{{{pattern}}}"] = self._shape(part, f"{pointer}/patternProperties/{escape(pattern)}", trail)
        for keyword, key in (("items", "[]"), ("additionalProperties", ".(any)"), ("propertyNames", ".(name)")):
            if isinstance(schema.get(keyword), Mapping):
                part = self._shape(schema[keyword], f"{pointer}/{keyword}", trail)
                fields |= {} if part.anything else {key: part}
        facts = self._facts(schema)
        facts |= {key: self._spelled_out(value, trail) for key, value in facts.items() if key != "default"}
        shape = Shape(pointer, _types(schema), None, facts, fields, frozenset(schema.get("required", ())))
        if "enum" in schema or "const" in schema:
            values = schema["enum"] if "enum" in schema else [schema["const"]]
            null = [None] if schema.get("nullable") is True else []  # an enumeration is often left without it
            shape = _restrict(shape, [*values, *null])
        return _settle(shape)

    def _facts(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        skipped = WORKED_OUT | SAYS_NOTHING
        facts = {key: value for key, value in schema.items() if key not in skipped and not key.startswith("x-")}
        if isinstance(facts.get("additionalProperties"), Mapping):
            del facts["additionalProperties"]
        for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
            if isinstance(facts.get(exclusive), bool):  # the way of 3.0
                facts |= {exclusive: facts.pop(bound)} if facts.pop(exclusive) and bound in facts else {}
        if facts.get("contentMediaType") == "application/octet-stream":  # the way of 3.1
            facts |= {"format": "binary"}
            del facts["contentMediaType"]
        facts = {key: value for key, value in facts.items() if WITHOUT_EFFECT.get(key, "something") != value}
        return facts | ({UNREAD: True} if UNREAD in schema else {})

    def _spelled_out(self, value: Any, trail: tuple[str, ...]) -> Any:
        """What a keyword that is not worked out here says, references followed and words left out."""
        if isinstance(value, list):
            return [self._spelled_out(item, trail) for item in value]
        if not isinstance(value, Mapping):
            return value
        reference = value.get("$ref")
        if isinstance(reference, str) and reference not in trail:
            return self._spelled_out(self.document.follow(reference), (*trail, reference))
        return {key: self._spelled_out(item, trail) for key, item in value.items() if key not in SAYS_NOTHING}


def _unread(pointer: str) -> Shape:
    return Shape(pointer, facts={UNREAD: True})


def escape(name: str) -> str:
    """A name as one step of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def intersect(left: Shape, right: Shape) -> Shape:
    """What both let through; its place is that of the right, which is written later and says more."""
    if left.options or right.options:
        pairs = [intersect(a, b) for a in left.options or (left,) for b in right.options or (right,)]
        return union(pairs, right.pointer)
    facts = dict(left.facts)
    for key, value in right.facts.items():
        if key in facts and facts[key] != value:
            both = {str(facts[key]), str(value)}
            value = STRICTER[key](facts[key], value) if key in STRICTER else " and ".join(sorted(both))
        facts[key] = value
    fields = dict(left.fields)
    for name, shape in right.fields.items():
        fields[name] = intersect(fields[name], shape) if name in fields else shape
    types = _common(left.types, right.types)
    merged = Shape(right.pointer, types, left.enum, facts, fields, left.required | right.required)
    for values in (left.enum, right.enum):
        null = [None] if merged.types is None or "null" in merged.types else []
        merged = merged if values is None else _restrict(merged, [*values, *null])
    return _settle(merged)


def union(options: Iterable[Shape], pointer: str) -> Shape:
    """What any of the alternatives lets through, in one form whatever their order and nesting."""
    flat = {o.signature: o for option in options for o in option.options or (option,) if not o.never}
    if any(o.spoiled for o in flat.values()):
        return _unread(pointer)
    if any(o.anything for o in flat.values()):
        return Shape(pointer)
    null = {key for key, o in flat.items() if o == Shape(o.pointer, frozenset({"null"}))}
    rest = [o for key, o in flat.items() if key not in null]
    if not rest:
        return Shape(pointer, frozenset({"null"}) if null else frozenset())
    merged = rest[0] if len(rest) == 1 else _alike(rest, pointer)
    if merged is None:
        return Shape(pointer, options=tuple(flat[key] for key in sorted(flat)))
    if null and merged.types is not None:
        merged = replace(merged, types=merged.types | {"null"})
    return merged


def _alike(options: list[Shape], pointer: str) -> Shape | None:
    """One shape for alternatives that are nothing but types, or nothing but lists of values."""
    if any(o.facts or o.fields or o.required or o.types is None for o in options):
        return None
    if len({o.enum is None for o in options}) > 1:
        return None
    types = frozenset(name for o in options for name in o.types or ())
    if options[0].enum is None:
        return Shape(pointer, types)
    values = {json.dumps(value, sort_keys=True): value for o in options for value in o.enum or ()}
    return Shape(pointer, types, tuple(values[key] for key in sorted(values)))


def _types(schema: Mapping[str, Any]) -> frozenset[str] | None:
    named = schema.get("type")
    if named is None:
        implied = {"properties": "object", "items": "array"}
        found = frozenset(name for keyword, name in implied.items() if keyword in schema)
        return found or None
    types = frozenset([named] if isinstance(named, str) else named)
    return types | {"null"} if schema.get("nullable") is True else types


def _common(left: frozenset[str] | None, right: frozenset[str] | None) -> frozenset[str] | None:
    if left is None or right is None:
        return right if left is None else left
    integers = any("integer" in one and "number" in other for one, other in ((left, right), (right, left)))
    return left & right | (frozenset({"integer"}) if integers else frozenset())


def _restrict(shape: Shape, values: list[Any]) -> Shape:
    """A shape that lets only these values through."""
    kinds = {json.dumps(value, sort_keys=True): TYPES.get(type(value), "null") for value in values}
    types = _common(shape.types, frozenset(kinds.values()))
    kept = {
        json.dumps(value, sort_keys=True): value
        for value in values
        if value is not None and (shape.enum is None or value in shape.enum)
        if (kind := TYPES[type(value)]) in (types or ()) or (kind == "integer" and "number" in (types or ()))
    }
    if not kept:
        return replace(shape, types=_common(types, frozenset({"null"})), enum=None)
    return replace(shape, types=types, enum=tuple(kept[key] for key in sorted(kept)))


def _settle(shape: Shape) -> Shape:
    """Without what says nothing of the types that are left. Nothing gets through if what is required cannot be."""
    types, facts = shape.types, dict(shape.facts)
    if types is None:
        return shape
    if any((part := shape.fields.get(f".{name}")) is not None and part.never for name in shape.required):
        types -= {"object"}
    kinds = types | ({"number"} if "integer" in types else set())
    silent = {key for kind, keys in KEYWORDS.items() if kind not in kinds for key in keys}
    silent -= {key for kind in kinds for key in KEYWORDS.get(kind, ())}
    facts = {key: value for key, value in facts.items() if key not in silent}
    if types <= {"integer", "null"}:  # more than 0 is from 1
        if "exclusiveMinimum" in facts:
            facts["minimum"] = max(facts.pop("exclusiveMinimum") + 1, facts.get("minimum", float("-inf")))
        if "exclusiveMaximum" in facts:
            facts["maximum"] = min(facts.pop("exclusiveMaximum") - 1, facts.get("maximum", float("inf")))
    containers = {".": "object", "[": "array"}
    fields = {name: part for name, part in shape.fields.items() if containers[name[0]] in types}
    required = shape.required if "object" in types else frozenset()
    enum = shape.enum if types else None
    return replace(shape, types=types, facts=facts if types else {}, fields=fields, required=required, enum=enum)
