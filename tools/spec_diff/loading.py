"""Read an OpenAPI document from a file or URL, cut the Images operations out of it, and follow its references."""

import copy
import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import referencing
import yaml
from referencing.exceptions import Unresolvable

from .mending import UNREAD, VERSIONS, mend

IMAGES = re.compile(r"/accounts/\{[^{}/]+\}/images(/|$)")
"""What the path of an Images operation contains."""

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
DOWNLOAD_SECONDS = 120.0
LARGEST_DOWNLOAD = 200 * 2**20
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class InputError(Exception):
    """What was given cannot be read; the text says which, where and why on one line."""


class Yaml12Loader(Loader):  # type: ignore[misc]  # which of the two loaders is only known at run time
    """Plain words as YAML 1.2 reads them: `no` and `2026-07-27` are texts, as they are in JSON."""

    yaml_implicit_resolvers: Mapping[str, Any] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        """A mapping whose keys are texts, also the status codes that somebody did not quote."""
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                key.tag = "tag:yaml.org,2002:str"
        return super().construct_mapping(node, deep)


for pattern, tag, first in (
    (r"true|True|TRUE|false|False|FALSE", "bool", "tTfF"),
    (r"~|null|Null|NULL|", "null", ["~", "n", "N", ""]),
    (r"[-+]?[0-9]+", "int", "-+0123456789"),
    (r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "float", "-+0123456789."),
    (r"<<", "merge", "<"),
):
    Yaml12Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"(?:{pattern})$"), list(first))


@dataclass(frozen=True)
class Document:
    """The Images part of an OpenAPI document."""

    name: str
    contents: Mapping[str, Any]
    lines: Mapping[str, int] = field(default_factory=dict)
    """The line of each JSON pointer, where the text is YAML and short enough to look."""
    warnings: list[str] = field(default_factory=list)
    """What cannot be read and is left out, with its place."""

    @property
    def version(self) -> str:
        """The first two numbers of the version of OpenAPI."""
        return str(self.contents["openapi"])[:3]

    def warn(self, pointer: str, problem: str) -> None:
        """Note what cannot be read, once."""
        warning = f"{pointer}: {shorten(problem)}"
        if warning not in self.warnings:
            self.warnings.append(warning)

    @cached_property
    def _resolver(self) -> Any:
        resource: referencing.Resource[Any] = referencing.Resource.opaque(self.contents)
        return referencing.Registry().with_resource("", resource).resolver()

    def follow(self, reference: str) -> Any:
        """What a reference within the document points to, or what is marked as unread."""
        try:
            return self._resolver.lookup(reference).contents
        except (Unresolvable, ValueError, TypeError):  # the latter two: a step into what has no members
            self.warn(reference, "the reference leads nowhere")
            return {UNREAD: True}

    def deref(self, node: Any, pointer: str, *needed: str) -> tuple[Any, str]:
        """A node and its place, references to other places followed.

        A reference that leads nowhere, in a circle or to what has not `needed` gives what is marked as unread.
        """
        seen: set[str] = set()
        while isinstance(node, Mapping) and isinstance(node.get("$ref"), str):
            pointer = node["$ref"]
            if pointer in seen:
                self.warn(pointer, "the reference leads back to itself")
                return {UNREAD: True}, pointer
            seen.add(pointer)
            node = self.follow(pointer)
        known = isinstance(node, Mapping) and (UNREAD in node or all(name in node for name in needed))
        if seen and not known:
            self.warn(pointer, "the reference leads to something of another kind")
            return {UNREAD: True}, pointer
        return node, pointer


def load(source: str) -> Document:
    """The Images part of the document in a file or at a URL.

    What is not valid in it is left out, with a warning. Raises InputError for what is no OpenAPI document of Images.
    """
    text = _download(source) if re.match(r"https?://", source) else read_file(Path(source))
    contents = parse(text, source)
    _require(isinstance(contents, dict) and "openapi" in contents, source, "this is not an OpenAPI document")
    version = str(contents["openapi"])[:3]
    known = ", ".join(VERSIONS)
    _require(version in VERSIONS, source, f"OpenAPI {contents['openapi']} is not known here, only {known}")
    _require(isinstance(contents.get("paths"), dict), source, "the document has no paths")
    part = _cut(contents, source)
    lines = line_numbers(text) if len(text) < 2**20 and not text.lstrip().startswith("{") else {}
    document = Document(source, part, lines)
    for path, problem in mend(part, version):
        pointer = "/".join(["#", *(str(step).replace("~", "~0").replace("/", "~1") for step in path)])
        document.warn(pointer, f"not valid OpenAPI {version}: {problem}")
    return document


def parse(text: str, source: str) -> Any:
    """What JSON or YAML says."""
    try:
        if text.lstrip().startswith("{"):
            return json.loads(text)
        return yaml.load(text, Loader=Yaml12Loader)  # noqa: S506 - it is the safe loader with other plain words
    except json.JSONDecodeError as error:
        raise InputError(f"{source}: bad JSON in line {error.lineno}: {error.msg}") from error
    except yaml.MarkedYAMLError as error:
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InputError(f"{source}: bad YAML{line}: {error.problem}") from error
    except (yaml.YAMLError, ValueError, TypeError) as error:  # characters YAML forbids; a mapping as a key
        raise InputError(f"{source}: bad YAML: {shorten(str(error))}") from error
    except RecursionError as error:
        raise InputError(f"{source}: nested too deeply") from error


def shorten(text: str) -> str:
    """A text on one line of a length a person reads."""
    flat = " ".join(text.split())
    return flat if len(flat) <= 200 else f"{flat[:90]} … {flat[-90:]}"


def _require(condition: bool, source: str, problem: str) -> None:
    if not condition:
        raise InputError(f"{source}: {problem}")


def read_file(path: Path) -> str:
    """The text of a file. Raises InputError."""
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise InputError(f"{path}: this is not UTF-8 text") from error


def _download(url: str) -> str:
    end = time.monotonic() + DOWNLOAD_SECONDS
    content = bytearray()
    try:
        with httpx.stream("GET", url, timeout=30.0, follow_redirects=True) as response:
            _require(response.is_success, url, f"the server answered {response.status_code}")
            for chunk in response.iter_bytes():
                content += chunk
                _require(time.monotonic() < end, url, f"not there within {DOWNLOAD_SECONDS:.0f} seconds")
                _require(len(content) <= LARGEST_DOWNLOAD, url, "larger than any OpenAPI document")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise InputError(f"{url}: {shorten(str(error)) or type(error).__name__}") from error
    try:
        return content.decode("utf-8")
    except ValueError as error:
        raise InputError(f"{url}: this is not UTF-8 text") from error


def _cut(contents: Mapping[str, Any], source: str) -> dict[str, Any]:
    """The document with its Images paths only, and of its components only what these need."""
    kept = {name: item for name, item in contents["paths"].items() if IMAGES.search(str(name))}
    _require(bool(kept), source, "the document has no Images operations (no path below /accounts/{…}/images)")
    part = {key: value for key, value in contents.items() if key in ("openapi", "info", "servers", "security", "tags")}
    part["paths"] = kept
    components = contents.get("components")
    if not isinstance(components, Mapping):
        return copy.deepcopy(part)
    part["components"] = needed = {key: components[key] for key in ("securitySchemes",) if key in components}
    waiting = [*_references(kept)]
    while waiting:
        steps = waiting.pop().split("/")[:4]
        if len(steps) < 4 or steps[:2] != ["#", "components"]:
            continue  # Document.follow says what is wrong with it, should it be asked
        section, name = steps[2], steps[3].replace("~1", "/").replace("~0", "~")
        found = components.get(section)
        if isinstance(found, Mapping) and name in found and name not in needed.setdefault(section, {}):
            needed[section][name] = found[name]
            waiting += _references(found[name])
    return copy.deepcopy(part)


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = [*node.values()]
    if isinstance(node, list):
        for item in node:
            yield from _references(item)


def line_numbers(text: str) -> dict[str, int]:
    """The line, from 1, of every JSON pointer of a YAML text."""
    found: dict[str, int] = {}

    def visit(node: yaml.Node, pointer: str) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                name = str(key.value).replace("~", "~0").replace("/", "~1")
                found[f"{pointer}/{name}"] = key.start_mark.line + 1
                visit(value, f"{pointer}/{name}")
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                found[f"{pointer}/{index}"] = value.start_mark.line + 1
                visit(value, f"{pointer}/{index}")

    if (root := yaml.compose(text, Loader=Yaml12Loader)) is not None:
        visit(root, "#")
    return found
