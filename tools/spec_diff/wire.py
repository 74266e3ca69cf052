"""The Images operations of a document as a tree of what can be seen on the wire.

Each node has a place in its document, facts (what is said of it) and children by name. Two documents that say the
same in different words have the same tree: server addresses are taken apart, security and parameters inherited,
path parameters counted instead of named.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from . import metadata
from .loading import IMAGES, METHODS, Document
from .mending import UNREAD
from .schemas import Reader, Shape, escape

IGNORED_HEADERS = {"accept", "content-type", "authorization"}  # OpenAPI says so
STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}


@dataclass
class Node:
    """One thing that can be seen on the wire."""

    kind: str
    label: str
    pointer: str
    facts: dict[str, Any] = field(default_factory=dict)
    children: dict[str, "Node"] = field(default_factory=dict)
    source: Any = None
    """What the document says of an operation; otherwise nothing."""
    spoiled: bool = False
    """Whether a part of it cannot be read: what is not there then says nothing."""

    @property
    def hollow(self) -> bool:
        """Whether nothing of it can be read."""
        return self.spoiled and not self.facts and not self.children


def read(document: Document) -> dict[str, Node]:
    """The operations of a document by method and path, the names of path parameters left out."""
    return _Wire(document).operations()


class _Wire:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.reader = Reader(document)

    def operations(self) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for path, reference in self.document.contents["paths"].items():
            item, place = self.document.deref(reference, f"#/paths/{escape(path)}")
            more = item.get("additionalOperations", {})  # since OpenAPI 3.2, under methods of any name
            for method in (*METHODS, *more):
                if method in item or method in more:
                    node = self._operation(path, method, item, place)
                elif UNREAD in item:
                    node = Node("operation", f"{method.upper()} {path}", place, spoiled=True)
                else:
                    continue
                key = re.sub(r"\{[^{}]*\}", "{}", node.label)
                if key in found:
                    self.document.warn(place, f"{node.label} stands there twice")
                else:
                    found[key] = node
        return found

    def _operation(self, path: str, method: str, item: Mapping[str, Any], place: str) -> Node:
        operation, pointer = item.get(method), f"{place}/{method}"
        if operation is None:
            operation = item["additionalOperations"][method]
            pointer = f"{place}/additionalOperations/{escape(method)}"
        server, full = self._address(path, operation.get("servers") or item.get("servers"))
        node = Node("operation", f"{method.upper()} {full}", pointer, {"server": server}, source=operation)
        node.spoiled = UNREAD in operation or UNREAD in item
        if operation.get("deprecated"):
            node.facts["deprecated"] = True
        if (ways := self._security(operation)) is not None:
            node.facts["security"] = ways
        else:
            node.spoiled = True
        for parameter, where in self._parameters(item, place, operation, pointer):
            if parameter.keys() >= {"name", "in"}:
                child = self._parameter(parameter, where, full, operation)
                if child:
                    key, node.children[key] = child
            else:
                node.spoiled = True
        if "requestBody" in operation:
            body, where = self.document.deref(operation["requestBody"], f"{pointer}/requestBody", "content")
            facts = {"required": True} if body.get("required") else {}
            content = self._content(body, where, "request")
            node.children["request"] = Node("request body", "request", where, facts, content, spoiled=UNREAD in body)
        for status, reference in operation.get("responses", {}).items():
            if not status.startswith("x-"):
                response, where = self.document.deref(reference, f"{pointer}/responses/{escape(status)}", "description")
                children = {**self._headers(response, where), **self._content(response, where, "response")}
                label = f"response {status.upper() if status != 'default' else status}"
                node.children[label] = Node("response", label, where, {}, children, spoiled=UNREAD in response)
        return node

    def _address(self, path: str, own: Any) -> tuple[list[str], str]:
        """What stands before /accounts on each server, and the path from there."""
        bases = []
        servers: Sequence[Mapping[str, Any]] = own or self.document.contents.get("servers") or [{"url": ""}]
        for server in servers:
            url = str(server["url"])
            for name, variable in server.get("variables", {}).items():
                url = url.replace(f"{{{name}}}", str(variable["default"]))
            bases.append(url.rstrip("/"))
        start = match.start() if (match := IMAGES.search(path)) else 0
        return sorted({base + path[:start] for base in bases}), path[start:]

    def _security(self, operation: Mapping[str, Any]) -> list[str] | None:
        """Each way to be let in: what has to be sent together. None if that cannot be read."""
        schemes = self.document.contents.get("components", {}).get("securitySchemes", {})
        ways = [
            sorted(self._scheme(name, schemes) for name in way)
            for way in operation.get("security", self.document.contents.get("security", [])) or [{}]
        ]
        return None if any("" in way for way in ways) else sorted({" + ".join(way) or "none" for way in ways})

    def _scheme(self, name: str, schemes: Mapping[str, Any]) -> str:
        """What is sent for a scheme; nothing if that cannot be read."""
        scheme, _ = self.document.deref(schemes.get(name, {}), "", "type")
        if UNREAD in scheme:
            return ""
        if scheme.get("type") == "apiKey":
            return f"{scheme['in']} {scheme['name']}"
        named = scheme.get("scheme") if scheme.get("type") == "http" else scheme.get("type")
        return str(named or f"unknown scheme {name}").lower()

    def _parameters(
        self, item: Mapping[str, Any], place: str, operation: Mapping[str, Any], pointer: str
    ) -> Iterator[tuple[Mapping[str, Any], str]]:
        """The parameters of the operation, and those of its path that it does not replace."""
        found: dict[tuple[str, str], tuple[Mapping[str, Any], str]] = {}
        for owner, where in ((item, place), (operation, pointer)):
            for index, reference in enumerate(owner.get("parameters", ())):
                parameter, target = self.document.deref(reference, f"{where}/parameters/{index}", "name", "in")
                found[parameter.get("in", ""), parameter.get("name", target)] = parameter, target
        yield from found.values()

    def _parameter(
        self, parameter: Mapping[str, Any], pointer: str, path: str, operation: Mapping[str, Any]
    ) -> tuple[str, Node] | None:
        where, name = parameter["in"], parameter["name"]
        if where == "header":
            name = name.lower()
        if where == "header" and name in IGNORED_HEADERS:
            return None
        label = f"{where} {name}"
        schema, schema_pointer, style = self._of_parameter(parameter, pointer)
        facts = {"required": True} if parameter.get("required") else {}
        facts |= {"deprecated": True} if parameter.get("deprecated") else {}
        prose = (str(text.get("description", "")) for text in (parameter, operation))
        target, _ = self.document.deref(schema, schema_pointer)
        target = target if isinstance(target, Mapping) else {}
        filters = metadata.published(name, prose, target) or metadata.described(target)
        if where == "query" and filters:
            label = f"query {filters[0]}(any)"
            return label, Node("parameter", label, pointer, {**facts, **filters[1]})
        shape = self.reader.read(schema, schema_pointer)
        node = self._schema(shape, label, "parameter", "parameter", facts | style(shape))
        node.spoiled = node.spoiled or UNREAD in parameter
        names = re.findall(r"\{([^{}]*)\}", path)
        key = f"path {names.index(name) + 1}" if where == "path" and name in names else label
        return key, replace(node, pointer=pointer)

    def _of_parameter(self, parameter: Mapping[str, Any], pointer: str) -> tuple[Any, str, Any]:
        """The schema of a parameter, its place, and what says how its value is written."""
        if "content" in parameter:
            media, content = next(iter(parameter["content"].items()))
            return content.get("schema", {}), f"{pointer}/content/{escape(media)}/schema", lambda _: {"content": media}
        usual = STYLES.get(parameter["in"], "form")
        style = parameter.get("style", usual)
        explode = parameter.get("explode", style == "form")
        plain = {name: True for name in ("allowReserved", "allowEmptyValue") if parameter.get(name)}

        def written(shape: Shape) -> dict[str, Any]:
            structured = shape.types is None or bool(shape.types & {"array", "object"}) or bool(shape.options)
            unusual = {"style": style} if style != usual else {}
            if structured and explode != (style == "form"):
                unusual["explode"] = explode
            return plain | (unusual if structured else {})

        return parameter.get("schema", {}), f"{pointer}/schema", written

    def _headers(self, response: Mapping[str, Any], pointer: str) -> dict[str, Node]:
        found = {}
        for name, reference in response.get("headers", {}).items():
            header, where = self.document.deref(reference, f"{pointer}/headers/{escape(name)}")
            label = f"header {name.lower()}"
            facts = {"required": True} if header.get("required") else {}
            shape = self.reader.read(header.get("schema", {}), f"{where}/schema")
            found[label] = self._schema(shape, label, "response header", "parameter", facts)
        return found

    def _content(self, owner: Mapping[str, Any], pointer: str, direction: str) -> dict[str, Node]:
        found = {}
        for media, reference in owner.get("content", {}).items():
            label = media.partition(";")[0].strip().lower()
            content, where = self.document.deref(reference, f"{pointer}/content/{escape(media)}")
            shape = self.reader.read(content.get("schema", {}), f"{where}/schema")
            facts = {"encoding": content["encoding"]} if content.get("encoding") else {}
            found[label] = self._schema(shape, label, "content type", direction, facts)
            found[label].spoiled = found[label].spoiled or UNREAD in content
            if shape.never:  # then there is no better place than that of the content type
                found[label].pointer = where
        return found

    def _schema(self, shape: Shape, label: str, kind: str, direction: str, facts: dict[str, Any]) -> Node:
        """A shape as a node. `facts` is what the surroundings say of it."""
        node = Node(kind, label, shape.pointer, dict(facts), spoiled=shape.spoiled)
        node.facts |= visible(shape, direction)
        part = "alternative" if shape.options else f"{'request' if direction == 'parameter' else direction} field"
        for name, option in _labelled(shape.options):
            node.children[name] = self._schema(option, name, part, direction, {})
        if shape.options:
            node.facts["alternatives"] = list(node.children)
        fields = {f".{name}": Shape(shape.pointer) for name in sorted(shape.required)} | dict(shape.fields)
        for name, inner in fields.items():
            needed = {"required": True} if name.removeprefix(".") in shape.required else {}
            node.children[name] = self._schema(inner, name, part, direction, needed)
        return node


def visible(shape: Shape, direction: str) -> dict[str, Any]:
    """What a schema says that can be seen in this direction.

    A default is what the service takes for what is not sent, so there is none in an answer; `readOnly` concerns
    the fields of a request body, `writeOnly` those of an answer; a parameter is text and cannot be null.
    """
    unseen = {"parameter": {"readOnly", "writeOnly"}, "request": {"writeOnly"}, "response": {"default", "readOnly"}}
    facts = {key: value for key, value in shape.facts.items() if key not in unseen[direction] | {UNREAD}}
    types = {name for o in shape.options for name in o.types or ("any",)} if shape.options else shape.types
    if types is not None and direction == "parameter" and types != {"null"}:
        types = types - {"null"}
    names = ["any"] if types is None else sorted(types) or ["never"]
    if not (shape.spoiled and types is None):
        facts["type"] = names[0] if len(names) == 1 else names
    if shape.enum is not None:
        facts["enum"] = list(shape.enum)
    return facts


def _labelled(options: tuple[Shape, ...]) -> Iterator[tuple[str, Shape]]:
    """Each alternative by its type, counted where several are of one type."""
    kinds = ["|".join(sorted(o.types or ("any",))) for o in options]
    numbers = {kind: count(1) for kind in kinds}
    for kind, option in zip(kinds, options, strict=True):
        yield (f"<{kind} {next(numbers[kind])}>" if kinds.count(kind) > 1 else f"<{kind}>"), option
