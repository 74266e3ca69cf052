"""openapi.yaml as tests read it: its operations, and values that its schemas allow."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import attrs
import yaml

Schema = Mapping[str, Any]

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")


def load(path: Path) -> dict[str, Any]:
    """The document as it is written."""
    document: dict[str, Any] = yaml.load(path.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return document


@attrs.frozen
class Answer:
    """What an operation is described to answer when all is well."""

    status: int
    media: str
    schema: Schema


@attrs.frozen
class Operation:
    """One operation, without references."""

    name: str
    method: str
    path: str
    deprecated: bool
    parameters: Mapping[str, Schema]
    """Parameter objects by name, those of the path included."""
    body: Mapping[str, Schema]
    """The schema of the body by media type."""
    body_required: bool
    credentials: frozenset[str]
    """Each way to be let in, by the headers that it takes together, such as `x-auth-email + x-auth-key`."""
    answers: tuple[Answer, ...]

    def matches(self, method: str, path: str) -> dict[str, str] | None:
        """The values of the path's parameters, if a request is one of this operation."""
        found = _pattern(self.path).fullmatch(path) if method.lower() == self.method else None
        return found and {name: unquote(value) for name, value in found.groupdict().items()}

    def inputs(self) -> dict[str, Schema]:
        """The schema of each thing that can be sent, by its place: parameters, and fields of the body."""
        found = {name: parameter["schema"] for name, parameter in self.parameters.items()}
        for schema in self.body.values():
            found |= dict(fields(schema))
        return found


@cache
def _pattern(path: str) -> re.Pattern[str]:
    """What the paths are like that a templated path stands for."""
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path)))


def fields(schema: Schema, place: str = "") -> Iterator[tuple[str, Schema]]:
    """The named fields of an object and of the objects in it, the innermost only."""
    for option in options(schema):
        for name, inner in option.get("properties", {}).items():
            below = [*fields(inner, f"{place}{name}.")]
            yield from below or [(f"{place}{name}", inner)]


def operations(document: Mapping[str, Any]) -> dict[str, Operation]:
    """The operations of a document by their ids; those with fewer parameters in the path come first."""
    plain = resolved(document, document)
    schemes = plain.get("components", {}).get("securitySchemes", {})

    def credentials(own: Mapping[str, Any]) -> frozenset[str]:
        ways = own.get("security", plain.get("security", [])) or [{}]
        return frozenset(" + ".join(sorted(_sent_for(schemes.get(name, {})) for name in way)) for way in ways)

    found = [
        _operation(path, method, item, credentials(item[method]))
        for path, item in plain["paths"].items()
        for method in METHODS
        if method in item
    ]
    return {operation.name: operation for operation in sorted(found, key=lambda o: o.path.count("{"))}


def _sent_for(scheme: Mapping[str, Any]) -> str:
    """What a security scheme has a client send: a header, or the scheme's type where it is none."""
    if scheme.get("type") == "http" and scheme.get("scheme") == "bearer":
        return "authorization"
    return str(scheme["name"]).lower() if scheme.get("in") == "header" else str(scheme.get("type", "nothing"))


def _operation(path: str, method: str, item: Mapping[str, Any], credentials: frozenset[str]) -> Operation:
    own = item[method]
    return Operation(
        own["operationId"],
        method,
        path,
        own.get("deprecated", False),
        {p["name"]: _with_schema(p) for p in [*item.get("parameters", []), *own.get("parameters", [])]},
        {media: content.get("schema", {}) for media, content in own.get("requestBody", {}).get("content", {}).items()},
        own.get("requestBody", {}).get("required", False),
        credentials,
        tuple(
            Answer(200 if status.upper() == "2XX" else int(status), media, content.get("schema", {}))
            for status, answer in own["responses"].items()
            if re.fullmatch("2([0-9]{2}|XX)", status, re.IGNORECASE)
            for media, content in answer.get("content", {"application/json": {}}).items()
        ),
    )


def _with_schema(parameter: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter with its schema, also where it has that under a content type."""
    content = next(iter(parameter.get("content", {}).values()), {})
    return {"schema": content.get("schema", {}), **parameter}


def resolved(node: Any, document: Mapping[str, Any], known: dict[str, Any] | None = None) -> Any:
    """A part of a document with its references and intersections written out. `known` are references written out.

    A schema within itself is open there.
    """
    known = {} if known is None else known
    if isinstance(node, list):
        return [resolved(item, document, known) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        reference = node["$ref"]
        if reference not in known:
            target: Any = document
            for part in reference.removeprefix("#/").split("/"):
                target = target[part]
            known[reference] = {}
            known[reference] = resolved(target, document, known)
        return known[reference]
    own = {key: resolved(value, document, known) for key, value in node.items() if key != "allOf"}
    merged: dict[str, Any] = {}
    for part in [*(resolved(part, document, known) for part in node.get("allOf", [])), own]:
        joined = {key: {**merged[key], **part[key]} for key in ("properties",) if key in merged and key in part}
        if isinstance(part.get("required"), list):  # of an object; that of a parameter is yes or no
            joined["required"] = [*merged.get("required", []), *part["required"]]
        merged = {**merged, **part, **joined}
    return merged


MOMENTS = ("2026-11-01T12:00:00.123Z", "2099-11-01T12:00:00.123456789Z")
TEXTS = {
    "date-time": MOMENTS,
    "date": ("2026-11-01", "2099-11-01"),
    "uuid": ("6f1c9d0e-9a1b-4c3d-8e2f-0123456789ab", "6f1c9d0e-9a1b-4c3d-8e2f-0123456789ac"),
    "uri": ("https://imagedelivery.net/hash/a/public", "https://imagedelivery.net/hash/b/public"),
    "name": ("second", "third"),  # keys.create looks the new key up by its name
    "expiresAt": MOMENTS[::-1],  # described in words, not by a format; a token that has ended would be renewed
}
"""Two texts of each format that is more than text, or for a field of that name."""


def options(schema: Schema) -> list[Schema]:
    """The alternatives of a schema, each with what is said beside them; a schema without any is the only one."""
    for keyword in ("oneOf", "anyOf"):
        if keyword in schema:
            beside = {key: value for key, value in schema.items() if key != keyword}
            return [each for option in schema[keyword] for each in options({**beside, **option})]
    return [schema]


def _options_with_value(schema: Schema) -> list[Schema]:
    """The alternatives of a schema but null, if it has others."""
    found = options(schema)
    return [option for option in found if kinds(option) != ["null"]] or found[:1]


def kinds(schema: Schema) -> list[str]:
    """The types of JSON that a schema allows; none if it says nothing of it."""
    named = [option.get("type", []) for option in options(schema)]
    return [kind for types in named for kind in ([types] if isinstance(types, str) else types)]


def _two(schema: Schema, name: str) -> tuple[Any, Any]:
    """Two different values of a schema that is neither an object with fields nor an array."""
    if values := schema.get("enum") or ([schema["const"]] if "const" in schema else []):
        return values[0], values[-1]
    kind = next((kind for kind in kinds(schema) if kind != "null"), None)
    lowest = schema.get("minimum", 1)
    by_kind: dict[str | None, tuple[Any, Any]] = {
        "string": TEXTS.get(name) or TEXTS.get(schema.get("format", "")) or (f"some-{name}", f"other-{name}"),
        "integer": (lowest + 1, lowest + 2),
        "number": (lowest + 0.5, lowest + 1.5),
        "boolean": (True, False),
        "null": (None, None),
    }
    return by_kind.get(kind, ({"key": "some"}, {"key": "other"}))


def example(schema: Schema, name: str = "value") -> Any:
    """A value with everything that the schema, or its first alternative, names."""
    schema = _options_with_value(schema)[0]
    if "properties" in schema:
        return {key: example(inner, key) for key, inner in schema["properties"].items()}
    if isinstance(schema.get("additionalProperties"), dict):
        return {"*": example(schema["additionalProperties"], name)}
    if "array" in kinds(schema):
        return [example(schema.get("items", {}), name)]
    return _two(schema, name)[0]


def least(schema: Schema) -> Any:
    """A value with as little as the schema allows."""
    if "null" in kinds(schema):
        return None
    schema = options(schema)[0]
    if "properties" in schema:
        return {key: least(schema["properties"][key]) for key in schema.get("required", [])}
    if kinds(schema) in (["array"], ["string"]):
        return [] if kinds(schema) == ["array"] else ""
    return {} if isinstance(schema.get("additionalProperties"), dict) else example(schema)


@attrs.frozen
class Variation:
    """An example that differs in one place: changed, null or absent there."""

    place: str
    how: str
    value: Any
    schema: Schema = attrs.field(factory=dict, repr=False)
    """What the description says of the place."""

    @property
    def label(self) -> str:
        return f"{self.place} {self.how}"


def variations(schema: Schema, place: str = "", name: str = "value") -> Iterator[Variation]:
    """Each way in which what the schema allows can differ from its example, one at a time."""
    if "null" in kinds(schema) and kinds(schema) != ["null"]:
        yield Variation(place, "null", None)
    for option in _options_with_value(schema):
        yield from _variations(option, place, name)


def _variations(schema: Schema, place: str, name: str) -> Iterator[Variation]:
    """The variations of a schema without alternatives."""
    if "properties" in schema:
        whole = example(schema, name)
        for key, inner in schema["properties"].items():
            below = f"{place}.{key}" if place else key
            for found in variations(inner, below, key):
                yield attrs.evolve(found, value={**whole, key: found.value})
            if key not in schema.get("required", []):
                yield Variation(below, "absent", {k: v for k, v in whole.items() if k != key})
    elif isinstance(schema.get("additionalProperties"), dict):
        for found in variations(schema["additionalProperties"], f"{place}.*", name):
            yield attrs.evolve(found, value={"*": found.value})
    elif "array" in kinds(schema):
        for found in variations(schema.get("items", {}), f"{place}[]", name):
            yield attrs.evolve(found, value=[found.value])
    else:
        yield Variation(place, "changed", _two(schema, name)[1], schema)
