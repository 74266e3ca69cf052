"""The YAML that takes what is new into openapi.yaml, in its style and without a word of the published document."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from .comparison import ABSENT, EXISTENCE, Difference
from .loading import Document
from .schemas import escape
from .wire import Node

ENVELOPE = "#/components/schemas/Envelope"
FAILURE = "#/components/responses/Failure"
KEYWORDS = {"[]": "items", ".(any)": "additionalProperties", ".(name)": "propertyNames"}
OWN_WORDS = "(in our own words)"
OF_PARAMETER = ("required", "deprecated", "style", "explode", "allowReserved", "allowEmptyValue", "content")
BESIDE_SCHEMA = {"required", "alternatives", "encoding", "recursion", *OF_PARAMETER} - {"deprecated"}


@dataclass(frozen=True)
class Paste:
    """Lines to add in openapi.yaml within what a pointer names; a key that is there already is replaced."""

    pointer: str
    yaml: str


class _Dumper(yaml.SafeDumper):
    """Lists are indented below their key, short ones of plain values stand on one line."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> yaml.SequenceNode:
        plain = all(isinstance(item, str | int | float | bool | None) for item in sequence)
        return super().represent_sequence(tag, sequence, plain)


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    quoted = text[:1] in "#0123456789"  # what a plain word cannot begin with, or what could be taken for a number
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, '"' if quoted else None)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(list, lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data))


class Paster:
    """Writes YAML for one comparison."""

    def __init__(self, document: Document, correspondences: Mapping[str, str]) -> None:
        self.document = document
        self.ours = correspondences

    def pastes(self, difference: Difference) -> list[Paste]:
        """What to add for a difference; nothing if nothing is new in it."""
        node = difference.published_node
        if node is None or difference.published == ABSENT or difference.attribute != EXISTENCE:
            return []
        return self._added(node, difference)

    def _added(self, node: Node, difference: Difference) -> list[Paste]:
        if node.kind == "operation":
            return [self._operation(node)]
        parent = difference.parent
        if parent is None or not node.label.startswith((".", "[")):
            return self._part(node, parent.pointer) if parent else []
        if node.label in KEYWORDS or node.label.startswith(".{"):
            return [self._paste(parent.pointer, self._members({node.label: node}))]
        return [self._into(self._with_properties(parent.pointer), "properties", {node.label[1:]: self._schema(node)})]

    def _with_properties(self, pointer: str) -> str:
        """The place of an object's properties: of an intersection the last part that has some."""
        schema = self._at(pointer)
        parts = schema.get("allOf", []) if isinstance(schema, Mapping) and "properties" not in schema else []
        found = [index for index, part in enumerate(parts) if isinstance(part, Mapping) and "properties" in part]
        return f"{pointer}/allOf/{found[-1]}" if found else pointer

    def _part(self, node: Node, pointer: str) -> list[Paste]:
        """What is added to an operation, a body or an answer."""
        if node.kind == "parameter":
            return [self._into(pointer, "parameters", [self._parameter(node)])]
        if node.kind == "request body":
            return [self._paste(pointer, {"requestBody": self._request(node)})]
        if node.kind == "response":
            return [self._into(pointer, "responses", dict([self._response(node)]))]
        if node.kind == "response header":
            return [self._into(pointer, "headers", {node.label[7:]: {"schema": self._schema(node)}})]
        if node.kind == "content type":
            return [self._into(pointer, "content", {node.label: self._media(node)})]
        return []

    def _operation(self, node: Node) -> Paste:
        method, path = node.label.split(" ")
        name = re.sub(r"\W+", "_", str(node.source.get("operationId", path)).removeprefix("cloudflare-images-")).strip(
            "_"
        )
        parameters = [child for child in node.children.values() if child.kind == "parameter"]
        of_path = [self._parameter(child) for child in parameters if child.label.startswith("path ")]
        others = [self._parameter(child) for child in parameters if not child.label.startswith("path ")]
        responses = [child for child in node.children.values() if child.kind == "response"]
        operation: dict[str, Any] = {
            "operationId": name,
            "tags": ["images"],
            **({"deprecated": True} if node.facts.get("deprecated") else {}),
            "summary": OWN_WORDS,
            "description": OWN_WORDS,
            **({"parameters": others} if others else {}),
            **({"requestBody": self._request(node.children["request"])} if "request" in node.children else {}),
            "responses": self._responses(responses),
        }
        if self._has(FAILURE):
            operation["responses"] |= {status: {"$ref": FAILURE} for status in ("4XX", "5XX")}
        ours = next((p for p in self.document.contents["paths"] if _nameless(p) == _nameless(path)), None)
        if ours is not None:
            return self._paste(f"#/paths/{escape(ours)}", {method.lower(): operation})
        item = {"parameters": of_path} if of_path else {}
        return self._paste("#/paths", {path: {**item, method.lower(): operation}})

    def _parameter(self, node: Node) -> dict[str, Any]:
        where, _, name = node.label.partition(" ")
        for key, own in self.document.contents.get("components", {}).get("parameters", {}).items():
            if (own["in"], own["name"]) == (where, name):
                return {"$ref": f"#/components/parameters/{key}"}
        said = {key: node.facts[key] for key in OF_PARAMETER if key in node.facts and key != "content"}
        schema = self._schema(node)
        schema.pop("deprecated", None)
        if "content" in node.facts:
            return {"name": name, "in": where, **said, "content": {node.facts["content"]: {"schema": schema}}}
        return {"name": name, "in": where, **said, "schema": schema}

    def _request(self, node: Node) -> dict[str, Any]:
        content = {child.label: self._media(child) for child in node.children.values()}
        return {**node.facts, "content": content}

    def _responses(self, nodes: list[Node]) -> dict[str, Any]:
        """All responses; the only success stands for any other, as everywhere in openapi.yaml."""
        found = dict(self._response(node) for node in nodes)
        successes = [status for status in found if status.startswith("2")]
        return {"2XX" if [status] == successes else status: response for status, response in found.items()}

    def _response(self, node: Node) -> tuple[str, dict[str, Any]]:
        status = node.label.removeprefix("response ")
        if status[0] in "45" and self._has(FAILURE):
            return status, {"$ref": FAILURE}
        contents = {child.label: self._media(child) for child in node.children.values() if child.kind == "content type"}
        return status, {"description": OWN_WORDS, **({"content": contents} if contents else {})}

    def _media(self, node: Node) -> dict[str, Any]:
        encoding = {"encoding": node.facts["encoding"]} if "encoding" in node.facts else {}
        return {"schema": self._schema(node), **encoding}

    def _schema(self, node: Node) -> dict[str, Any]:
        if node.pointer in self.ours:
            return {"$ref": self.ours[node.pointer]}
        if node.facts.get("alternatives"):
            return {"anyOf": [self._schema(child) for child in node.children.values()]}
        if {".success", ".errors", ".messages", ".result"} <= node.children.keys() and self._has(ENVELOPE):
            result = {"type": "object", "required": ["result"], **self._members({".result": node.children[".result"]})}
            return {"allOf": [{"$ref": ENVELOPE}, result]}
        said = {key: value for key, value in node.facts.items() if key not in BESIDE_SCHEMA}
        if said.get("type") == "never":
            return {"not": {}}
        kind = {"type": said.pop("type")} if said.get("type") != "any" else {}
        said.pop("type", None)
        required = [name[1:] for name, child in node.children.items() if name[0] == "." and child.facts.get("required")]
        return {**kind, **said, **({"required": required} if required else {}), **self._members(node.children)}

    def _members(self, children: Mapping[str, Node]) -> dict[str, Any]:
        members: dict[str, Any] = {}
        for name, child in children.items():
            schema = self._schema(child)
            if name in KEYWORDS:
                members[KEYWORDS[name]] = schema
            elif name.startswith(".{"):
                members.setdefault("patternProperties", {})[name[2:-1]] = schema
            else:
                members.setdefault("properties", {})[name[1:]] = schema
        return members

    def _into(self, pointer: str, key: str, what: Any) -> Paste:
        """An addition to a collection, or the collection where there is none."""
        there = self._at(pointer)
        if isinstance(there, Mapping) and key in there:
            return self._paste(f"{pointer}/{key}", what)
        return self._paste(pointer, {key: what})

    def _paste(self, pointer: str, what: Any) -> Paste:
        text = yaml.dump(what, Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True)
        indent = "  " * pointer.count("/")
        return Paste(pointer, "".join(f"{indent}{line}" for line in text.splitlines(keepends=True)))

    def _has(self, pointer: str) -> bool:
        return self._at(pointer) is not None

    def _at(self, pointer: str) -> Any:
        node: Any = self.document.contents
        for step in pointer.split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            node = node.get(name) if isinstance(node, Mapping) else node[int(name)] if isinstance(node, list) else None
        return node


def _nameless(path: str) -> str:
    return re.sub(r"\{[^{}]*\}", "{}", path)
