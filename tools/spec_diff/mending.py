"""What is not valid OpenAPI in a document is left out of it, so that the rest can be read.

What has lost a part is marked: of a marked part, what is not there says nothing.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import validator_for
from openapi_spec_validator.schemas import schema_v30, schema_v31, schema_v32
from referencing import Registry, Resource

Path = tuple[str | int, ...]

UNREAD = "x-unread"
"""The mark of what has lost a part."""

# Not that package's validators: which they are depends on what else is installed.
VERSIONS: Mapping[str, Any] = {"3.0": schema_v30, "3.1": schema_v31, "3.2": schema_v32}
SCHEMAS = Draft202012Validator(Draft202012Validator.META_SCHEMA)
"""From 3.1 on, the schema of OpenAPI leaves JSON Schemas to the one of JSON Schema."""

NEEDED = {"name", "in", "url", "default"}
"""What a parameter, a server or its variable cannot be read without; anything else may be missing."""

MAPS = {
    *("paths", "responses", "content", "headers", "variables", "encoding", "links", "callbacks", "examples"),
    *("schemas", "parameters", "requestBodies", "securitySchemes", "pathItems", "mediaTypes"),
    *("properties", "patternProperties", "dependentSchemas", "$defs", "definitions"),
}
"""Keywords whose value is things by name, not a thing with keywords."""


def mend(document: dict[str, Any], version: str) -> Iterator[tuple[Path, str]]:
    """Leave out of a document what is not valid; yields the place and the problem of each."""
    _write_ranges_in_capitals(document)
    seen: set[tuple[Path, str]] = set()
    while new := {key: problem for key, problem in _problems(document, version) if key not in seen}:
        seen |= new.keys()
        yield from new
        parts = {part for (path, _), problem in new.items() for part in _spoiled(path, problem)}
        for part in sorted(parts, key=_order, reverse=True):  # the last of a list first
            _leave_out(document, part)


def _write_ranges_in_capitals(document: Mapping[str, Any]) -> None:
    """Write ranges of statuses as OpenAPI wants them: `4xx` was published for years."""
    for item in document["paths"].values():
        for operation in item.values() if isinstance(item, Mapping) else ():
            responses = operation.get("responses") if isinstance(operation, Mapping) else None
            if isinstance(responses, dict):
                for status in [s for s in responses if re.fullmatch("[1-5]xx", str(s))]:
                    responses.setdefault(status.upper(), responses.pop(status))


def _problems(document: Mapping[str, Any], version: str) -> Iterator[tuple[tuple[Path, str], ValidationError]]:
    """Each problem of a document, by its place and its words."""
    found: list[tuple[Any, Path]] = [(error, ()) for error in _validator(version).iter_errors(document)]
    if version != "3.0":
        found += [(error, path) for path, part in _schemas(document, ()) for error in SCHEMAS.iter_errors(part)]
    for error, path in found:
        problem = _innermost(error)
        yield ((*path, *problem.absolute_path), " ".join(problem.message.split())), problem


@cache
def _validator(version: str) -> Any:
    """The validator of a version; looking for its anchors once makes it four times as fast."""
    schema = dict(VERSIONS[version])
    registry: Registry[Any] = (Resource.from_contents(schema) @ Registry()).crawl()
    return validator_for(schema)(schema, registry=registry)


def _schemas(node: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every schema that is not within another one."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _schemas(item, (*path, index))
    for name, inner in node.items() if isinstance(node, Mapping) else ():
        if name in ("schema", "itemSchema") or path == ("components", "schemas"):
            yield (*path, name), inner
        else:
            yield from _schemas(inner, (*path, name))


def _innermost(error: ValidationError) -> ValidationError:
    """The problem behind one of several alternatives: of that which comes closest, which is no reference."""
    while error.context:
        likely = [inner for inner in error.context if "'$ref'" not in inner.message] or error.context
        error = max(likely, key=lambda inner: len(inner.absolute_path))
    return error


def _spoiled(path: Path, problem: ValidationError) -> Iterator[Path]:
    """What has to be left out for a problem to be gone."""
    if problem.validator == "required":
        if any(repr(name) in problem.message for name in NEEDED):
            yield path
    elif problem.validator in ("additionalProperties", "unevaluatedProperties"):
        names: Any = problem.instance
        yield from ((*path, name) for name in names if repr(name) in problem.message)
    else:
        yield path


def _order(path: Path) -> list[tuple[int, str]]:
    return [(step, "") if isinstance(step, int) else (-1, step) for step in path]


def _leave_out(document: dict[str, Any], path: Path) -> None:
    """Remove what a path names, if it is still there, and mark what it was a part of."""
    node: Any = document
    owner, named = document, False
    for step in path[:-1]:
        try:
            node = node[step]
        except (LookupError, TypeError):
            return
        named = not named and step in MAPS and isinstance(node, Mapping)
        if isinstance(node, dict) and not named:
            owner = node
    if not path:
        return
    parent: Any = node
    if path[0] == "paths" and len(path) == 2:
        parent[path[1]] = {UNREAD: True}
    elif path[-1] in node if isinstance(node, dict) else isinstance(node, list) and int(path[-1]) < len(node):
        del parent[path[-1]]
        owner[UNREAD] = True
