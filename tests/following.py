"""Where the façade has to follow openapi.yaml: each check gives a line for each thing that is missing, by its name.

The checks make every public call against a service that answers from the description, and compare what goes over
the wire, and what the caller is given, with what is described. So they know nothing of how the façade is written, but
for the names it imports. `python -m following FOLDER` runs them on another version of the project's description; the
generated package is the one that is found on the path.
"""

import ast
import asyncio
import importlib
import json
import linecache
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any, get_type_hints

import attrs
import httpx
import jsonschema
import typeguard
from calls import (
    CALLS,
    Arguments,
    Sent,
    Service,
    call,
    received,
    settled,
    settled_async,
    with_every_choice,
)
from heeding import BAD_REQUEST, Accounts, Input, faults
from specs import Answer, Operation, Schema, Variation, example, fields, kinds, load, operations, variations

ROOT = Path(__file__).resolve().parent.parent

Reports = dict[str, list[str]]
"""What each check says, by its name."""

# What the façade leaves out on purpose, with the reason. An entry that has become needless is a problem, too.

UNWRAPPED: dict[str, str] = {}
"""Operations that no method calls; they are reached through `images.api`."""

UNSENT = {
    "upload_image requireSignedURLs='false'": "absent says the same",
}
"""Inputs, or values of an input, that no method sends."""

UNREAD = {
    "result": "an empty object, of answers that only say that all is well",
    "result.expiresAt": "it decides when a batch token is renewed",
    "result.keys[].name": "keys.delete returns nothing",
    "result.keys[].value": "keys.delete returns nothing",
}
"""Places of an answer that no method gives to the caller."""

IN_EVERY_ANSWER = re.compile(r"(errors|messages)\[\]\.")
"""Places that are not looked into: what they have is given only with an error."""

NEEDED = {
    "result.id absent": "an image without an id cannot be used",
    "result.images[].id absent": "the same in a listing",
    "success changed": "false is a refusal",
    "result.keys[].name changed": "keys.create looks the new key up by its name",
}
"""Variations of an answer that the description allows and the façade refuses, by a typed error."""

UNLIMITED = {
    "creator maxLength": "the service refuses it, and may allow more",
    "image_id maxLength": "an id that exists is within the limit",
    "width maximum": "the service refuses it, and may allow more",
    "height maximum": "the service refuses it, and may allow more",
}
"""Limits of an argument that the façade leaves to the service."""


UNHEEDED: dict[str, str] = {}
"""Inputs that the sandbox ignores."""


@attrs.frozen
class Outcome:
    """What came of one call."""

    method: str
    arguments: Arguments
    sent: tuple[Sent, ...]
    strangers: tuple[str, ...]
    result: Any = None
    error: Exception | None = None
    deprecated: bool = False

    @property
    def shown(self) -> str:
        return f"{self.method}({', '.join(self.arguments)})"

    @property
    def effect(self) -> object:
        """All by which a caller or the service could tell this outcome from another."""
        traffic = [(sent.operation.name, sent.path, sent.query, sent.token) for sent in self.sent]
        return self.result, repr(self.error), traffic


class Facade:
    """The façade that is installed, in front of a service that answers as a description says."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        from cfimages import CloudflareImages, RetryPolicy

        self.operations = operations(document)
        described = [document, *document["paths"].values()]
        described += [part for item in document["paths"].values() for part in item.values() if isinstance(part, dict)]
        self.addresses = {part["servers"][0]["url"] for part in described if part.get("servers")}
        self._service = Service(self.operations)
        self._options: Any = {"account_id": "acc", "api_token": "canary-5d1f-token", "retries": RetryPolicy(attempts=1)}
        self._sync = CloudflareImages(transport=httpx.MockTransport(self._respond), **self._options)
        self.asked = ""
        """The address of the request that was made last."""

    def _respond(self, request: httpx.Request) -> httpx.Response:
        self.asked = str(request.url)
        status, media, body = self._service(received(request))
        headers = {"Content-Type": media, "Content-Length": str(len(body))}
        return httpx.Response(status, stream=httpx.ByteStream(body), headers=headers)

    def play(
        self,
        method: str,
        arguments: Arguments,
        chosen: Mapping[str, tuple[Answer, Any]] | None = None,
        *,
        asynchronous: bool = False,
    ) -> Outcome:
        """Make a call, of either client; with other answers than the examples for some operations."""
        self._service.begin(chosen)
        result = error = None
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                if asynchronous:
                    result = asyncio.run(self._play_async(method, arguments))
                else:
                    result = settled(call(self._sync, method, arguments))
                all(_values(result))  # a view reads when it is asked
            except Exception as raised:  # noqa: BLE001 - any of them is an outcome, and told
                result, error = None, raised
        deprecated = any(issubclass(warning.category, DeprecationWarning) for warning in caught)
        sent, strangers = tuple(self._service.sent), tuple(self._service.strangers)
        return Outcome(method, arguments, sent, strangers, result, error, deprecated)

    async def _play_async(self, method: str, arguments: Arguments) -> Any:
        from cfimages import AsyncCloudflareImages

        async with AsyncCloudflareImages(transport=httpx.MockTransport(self._respond), **self._options) as images:
            return await settled_async(call(images, method, arguments))

    def sent_headers(self, outcome: Outcome, **credentials: str) -> set[str]:
        """The names of the headers that a client sends when it makes a call with other credentials."""
        from cfimages import CloudflareImages

        options = {"account_id": "acc", "retries": self._options["retries"], **credentials}
        self._service.begin()
        with CloudflareImages(transport=httpx.MockTransport(self._respond), **options) as images:
            settled(call(images, outcome.method, outcome.arguments))
        return {name.lower() for name in self._service.sent[-1].headers}

    @property
    def working(self) -> list[Outcome]:
        """The first call that works and warns of nothing, if any does: where any will do."""
        return [outcome for outcome in self.outcomes if outcome.sent and not (outcome.error or outcome.deprecated)][:1]

    @cached_property
    def outcomes(self) -> list[Outcome]:
        """Every call, with every choice it offers, of the synchronous client."""
        return [self.play(method, arguments) for method, arguments in with_every_choice(CALLS)]

    @cached_property
    def outcomes_async(self) -> list[Outcome]:
        return [self.play(method, arguments, asynchronous=True) for method, arguments in CALLS]

    @property
    def doubt(self) -> str:
        """What to add to a statement that nothing does a thing, as long as some calls do nothing at all."""
        return " (or only by a call that fails: see every_call_works first)" if any(every_call_works(self)) else ""

    def calls_of(self, operation: Operation) -> list[Outcome]:
        """The first call of each method that reaches an operation."""
        found: dict[str, Outcome] = {}
        for outcome in self.outcomes:
            if operation in [sent.operation for sent in outcome.sent]:
                found.setdefault(outcome.method, outcome)
        return list(found.values())

    def wrapped(self) -> list[Operation]:
        """The operations that any method calls."""
        return [operation for operation in self.operations.values() if self.calls_of(operation)]

    @cached_property
    def variations(self) -> list[tuple[Operation, Variation, list[Outcome], list[Outcome]]]:
        """Each variation of each answer, with what the methods made of the example before, and make of it after."""
        found = []
        for operation in self.wrapped():
            before = [outcome for outcome in self.calls_of(operation) if not outcome.error]
            for answer in operation.answers if before else ():
                for variation in variations(answer.schema) if answer.media == "application/json" else ():
                    if IN_EVERY_ANSWER.match(variation.place):
                        continue
                    chosen = {operation.name: (answer, variation.value)}
                    after = [self.play(outcome.method, outcome.arguments, chosen) for outcome in before]
                    found.append((operation, variation, before, after))
        return found


Check = Callable[[Facade], Iterator[str]]


def takes_only_what_is_generated() -> Iterator[str]:
    """Take the new name instead, or remove the method whose operation is gone."""
    for file, module, name in taken():
        if not _exists(module, name):
            yield f"{file} takes {name} from {module}, where there is no such name now"


@cache
def taken() -> list[tuple[str, str, str]]:
    """What the façade takes from the generated code: file, module and name. Nothing is imported for it."""
    spec = find_spec("cfimages")
    assert spec is not None
    assert spec.origin is not None
    files = sorted(Path(spec.origin).parent.rglob("*.py"))
    return [(file.name, *names) for file in files for names in _names(ast.parse(file.read_text("utf-8")))]


def _names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What a module takes from the generated code: imported, as an attribute of a package, or as `endpoint` by name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "cfimages_api":
            yield from ((str(node.module), alias.name) for alias in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in _PACKAGES:
            yield _PACKAGES[node.value.id], node.attr
        elif isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "endpoint" and node.value:
            yield _PACKAGES["endpoints"], ast.literal_eval(node.value)


_PACKAGES = {"models": "cfimages_api.models", "endpoints": "cfimages_api.api.images"}
"""Generated packages, by the names under which the façade uses them."""


def _exists(module: str, name: str) -> bool:
    """Whether a module has a name, or a package a module of that name."""
    try:
        return hasattr(importlib.import_module(module), name) or find_spec(f"{module}.{name}") is not None
    except ModuleNotFoundError:
        return False


def every_call_works(facade: Facade) -> Iterator[str]:
    """Change the method to what its generated function, or the description, now asks for."""
    for mode, outcomes in (("", facade.outcomes), ("await ", facade.outcomes_async)):
        for outcome in outcomes:
            for stranger in outcome.strangers:
                yield f"{mode}{outcome.shown} sends {stranger}, which is described nowhere"
            if outcome.error and not outcome.strangers:
                yield f"{mode}{outcome.shown} fails{_reason(facade, outcome)}"


def _reason(facade: Facade, outcome: Outcome) -> str:
    """At which operation and field a call fails, as far as that can be found out, and how."""
    lines = _generated_lines(facade, outcome)
    names = [Path(file).stem for file, _ in lines if file.startswith("api/")]
    names += [sent.operation.name for sent in outcome.sent][::-1]
    where = f" at {names[0]}" if names else ""
    code = f" (in {lines[0][0]}: {lines[0][1]})" if lines else ""
    bodies = facade.operations[names[0]].body if names and names[0] in facade.operations else {}
    several = f"; {names[0]} has several content types: {', '.join(bodies)}" if len(bodies) > 1 else ""
    problem = f"{type(outcome.error).__name__}: {outcome.error}"
    return f"{where}: {problem}{code}{several}{_culprit(facade, outcome)}"


def _generated_lines(facade: Facade, outcome: Outcome) -> list[tuple[str, str]]:
    """The lines of the generated package that an exception goes through when the call is made again, innermost first.

    They are traced, since an error of the façade may come without the traceback of what it stands for.
    """
    found: list[tuple[str, str]] = []

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        _, generated, file = frame.f_code.co_filename.replace("\\", "/").rpartition("cfimages_api/")
        if generated and event == "exception":
            found.append((file, linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()))
        return trace if generated else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        facade.play(outcome.method, outcome.arguments)
    finally:
        sys.settrace(before)
    return found


def _culprit(facade: Facade, outcome: Outcome) -> str:
    """The field of an answer with which the call fails, found by trying other values for each."""
    names = [sent.operation.name for sent in outcome.sent]
    # What is asked again has a page that could be read; the next page, which has the least, is no example.
    for operation in [sent.operation for sent in outcome.sent if names.count(sent.operation.name) == 1]:
        for answer in [answer for answer in operation.answers if answer.media == "application/json"][:1]:
            whole = example(answer.schema)
            for place, described, replaced in _replaced(whole):
                for other in (value for value in OTHERS if type(value) is not type(described)):
                    chosen = {operation.name: (answer, replaced(other))}
                    if facade.play(outcome.method, outcome.arguments, chosen).error is None:
                        kinds = (type(value).__name__ for value in (described, other))
                        return "; {} answers {} as {}, and the call works with {}".format(operation.name, place, *kinds)
    return ""


OTHERS = ("2026-11-01T12:00:00Z", 7, True, ["text"], {})
"""A value of each type of JSON."""


def _replaced(value: Any, place: str = "") -> Iterator[tuple[str, Any, Callable[[Any], Any]]]:
    """Each place of a value, with what is there and what makes the value with something else there."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            for below, there, put in _replaced(inner, f"{place}.{key}" if place else key):
                yield below, there, lambda other, key=key, put=put: {**value, key: put(other)}
    elif isinstance(value, list) and value:
        for below, there, put in _replaced(value[0], f"{place}[]"):
            yield below, there, lambda other, put=put: [put(other), *value[1:]]
    if place:
        yield place, value, lambda other: other


def every_operation_is_wrapped(facade: Facade) -> Iterator[str]:
    """Give it a method in both clients, or list it in UNWRAPPED (tests/following.py) with the reason."""
    yield from unwrapped(facade, UNWRAPPED)


def unwrapped(facade: Facade, listed: Mapping[str, str]) -> Iterator[str]:
    modes = {"CloudflareImages": facade.outcomes, "AsyncCloudflareImages": facade.outcomes_async}
    for client, outcomes in modes.items():
        called = {sent.operation.name for outcome in outcomes for sent in outcome.sent}
        for name in facade.operations.keys() - called - listed.keys():
            yield f"operation {name} is called by no method of {client}, and not listed as unwrapped{facade.doubt}"
        for name in listed.keys() & called | listed.keys() - facade.operations.keys():
            yield f"UNWRAPPED lists {name}, which {client} calls or nothing describes: remove the entry"


def every_input_is_offered(facade: Facade) -> Iterator[str]:
    """Give the methods of the operation an argument for it (and CALLS a value), or list it in UNSENT."""
    offered = _offered(facade)
    for operation in facade.wrapped():
        for place, schema in operation.inputs().items():
            name = f"{operation.name} {place}"
            values = offered.get(name, [])
            if not values and name not in UNSENT:
                yield f"{name} can be sent, and no method offers it{facade.doubt}"
            for value in schema.get("enum", ()) if values else ():
                if value not in values and f"{name}={value!r}" not in UNSENT:
                    yield f"{name} can be {value!r}, which no method offers"
    for entry in UNSENT:
        name, _, value = entry.partition("=")
        if name in offered and (not value or value in map(repr, offered[name])):
            yield f"UNSENT lists {entry}, which is sent: remove the entry"


def _offered(facade: Facade) -> dict[str, list[Any]]:
    """Every value that is sent for each input, by operation and place."""
    found: dict[str, list[Any]] = {}
    for outcome in facade.outcomes:
        for sent in outcome.sent:
            for place, value in inputs_of(sent).items():
                found.setdefault(f"{sent.operation.name} {place}", []).append(value)
    return found


def inputs_of(sent: Sent) -> dict[str, Any]:
    """What a request sends, by the place that the description gives it."""
    found: dict[str, Any] = {**sent.path}
    for name, parameter in sent.operation.parameters.items():
        if parameter["in"] == "header" and name in sent.headers:
            found[name] = sent.headers[name]
        elif parameter["in"] == "query":
            if name in sent.query:
                found[name] = sent.query[name]
            elif values := {key: value for key, value in sent.query.items() if _is_member(key, parameter["schema"])}:
                found[name] = values
    for schema in sent.operation.body.values():
        for place, _ in fields(schema):
            value = sent.body
            for step in place.split("."):
                value = value.get(step, _NOTHING) if isinstance(value, dict) else _NOTHING
            if value is not _NOTHING:
                found[place] = value
    return found


_NOTHING = object()


def _is_member(key: str, schema: Schema) -> bool:
    """Whether a parameter is a property of an object that is exploded into the query."""
    return bool(re.search(schema.get("propertyNames", {}).get("pattern", "(?!)"), key))


def every_request_is_as_described(facade: Facade) -> Iterator[str]:
    """Send what the description asks for now."""
    for outcome in facade.outcomes:
        for sent in outcome.sent:
            for fault in _faults(sent):
                yield f"{outcome.shown} sends to {sent.operation.name} what is not described: {fault}"


def _faults(sent: Sent) -> Iterator[str]:
    operation, values = sent.operation, inputs_of(sent)
    for name, parameter in operation.parameters.items():
        if name in values:
            yield from _invalid(name, values[name], parameter["schema"])
        elif parameter.get("required"):
            yield f"{name} is required"
        if name in values and not _is_plain(parameter):
            style = f"style {parameter.get('style', 'form')}, explode {parameter.get('explode', True)}"
            yield f"{name} is written otherwise ({style}); the generated client knows one style only"
    known = {key for value in values.values() if isinstance(value, dict) for key in value} | operation.parameters.keys()
    yield from (f"{name} is no parameter" for name in sent.query.keys() - known)
    media = sent.headers.get("content-type", "").partition(";")[0]
    if sent.body is None:
        if operation.body_required:
            yield f"no body, though one of {', '.join(operation.body)} is required"
        return
    if media not in operation.body:
        yield f"a body of {media or 'nothing'}, not {', '.join(operation.body) or 'none'}"
        return
    schema = operation.body[media]
    body = sent.body if media == "application/json" else _form(sent.body, schema)
    yield from _invalid("body", body, schema)
    if isinstance(body, dict) and "properties" in schema:
        yield from (f"{name} is no field of the body" for name in body.keys() - schema["properties"].keys())
    for name, field in fields(schema):
        if name in values and field.get("readOnly"):
            yield f"{name} is readOnly: the service gives it and does not take it"


def _is_plain(parameter: Mapping[str, Any]) -> bool:
    """Whether a parameter is written in the style that the generated client writes all of its kind in."""
    style, usual = parameter.get("style"), "form" if parameter["in"] == "query" else "simple"
    several = {"array", "object"} & {*kinds(parameter["schema"])}
    return style in (None, usual) and not (several and parameter.get("explode", usual == "form") is (usual != "form"))


def _form(body: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """A form with its texts read as the types that are described; bytes count as text."""
    return {
        name: "bytes" if isinstance(value, bytes) else _read(value, schema.get("properties", {}).get(name, {}))
        for name, value in body.items()
    }


def _read(value: Any, schema: Schema) -> Any:
    if not isinstance(value, str) or {"string", "null"} & {*kinds(schema)} or not kinds(schema):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _invalid(name: str, value: Any, schema: Schema) -> Iterator[str]:
    for error in jsonschema.Draft202012Validator(schema).iter_errors(_read(value, schema)):
        place = ".".join(str(step) for step in (name, *error.absolute_path))
        yield f"{place}: {error.message}"


def no_default_is_described(facade: Facade) -> Iterator[str]:
    """Say the default in words only: generated functions send a default for every input that is left out."""
    for operation in facade.operations.values():
        for place, schema in operation.inputs().items():
            if "default" in schema:
                yield f"{operation.name} {place} has the default {schema['default']!r}, which would always be sent"


def described_filters(facade: Facade) -> jsonschema.Draft202012Validator:
    """What tells whether an object of metadata filters is as described; without a description, any is."""
    meta = facade.operations["list_images_v2"].parameters.get("meta", {"schema": {}})
    return jsonschema.Draft202012Validator(meta["schema"])


def described_operators(facade: Facade) -> set[str]:
    """The operators of metadata filters, with a type and without."""
    described = described_filters(facade)
    words = re.findall(r"[A-Za-z][\w-]*", described.schema.get("propertyNames", {}).get("pattern", ""))
    operators = {*words, *(f"{operator}:{kind}" for operator in words for kind in words)}
    return {operator for operator in operators if described.is_valid({f"meta.a[{operator}]": "1"})}


def every_filter_is_as_described(facade: Facade) -> Iterator[str]:
    """Change the operators or limits of filters in the façade, `Comparison`, and the sandbox."""
    from cfimages import Comparison

    if facade.play("list", {"meta": {"a": 1}}).error:
        return  # every_call_works says so
    described = described_filters(facade)

    def sent(meta: Any) -> list[list[str]]:
        """The conditions of each request that a listing makes."""
        outcome = facade.play("list", {"meta": meta})
        queries = [{k: v for k, v in sent.query.items() if k.startswith("meta.")} for sent in outcome.sent]
        return [] if outcome.error else [[f"{key}={value}" for key, value in query.items()] for query in queries]

    theirs = described_operators(facade)
    words = {operator.partition(":")[0] for operator in theirs} | {*get_type_hints(Comparison)}
    samples = {"string": "x", "number": 1, "boolean": True}
    ours = {
        re.findall(r"\[(.*?)\]", condition)[0]
        for operator in words
        for sample in samples.values()
        for request in sent({"a": {operator: [sample] if operator == "in" else sample}})
        for condition in request
    }
    theirs -= {typed.partition(":")[0] for typed in ours}  # with a type they are meant
    yield from (f"the façade does not offer the operator [{typed}], which is described" for typed in theirs - ours)
    yield from (f"the façade offers the operator [{typed}], which is not described" for typed in ours - theirs)

    for what, limit in FILTER_LIMITS.items():
        most = max((n for n in range(1, MANY) if described.is_valid(limit.described(n))), default=0)
        largest = max((limit.size(request) for request in sent(limit.meta(most)) if request), default=0)
        if most == MANY - 1 and largest < most:
            yield f"the façade sends at most {largest} {what} in a request, and no limit is described"
        elif largest < most:
            yield f"the façade does not send {most} {what} in a request, which are described"
        if most < MANY - 1 and any(limit.size(request) > most for request in sent(limit.meta(most + 1))):
            yield f"the façade sends {most + 1} {what} in a request, described are at most {most}"
    printable = [chr(code) for code in range(33, 127) if chr(code) not in ".["]
    wrong = [c for c in printable if bool(sent({c: 1})) != described.is_valid({f"meta.{c}[eq:number]": "1"})]
    if wrong:
        yield f"the façade and the description differ in whether a field may have {' '.join(wrong)}"


@attrs.frozen
class FilterLimit:
    """A limit of metadata filters."""

    meta: Callable[[int], Any]
    """A filter of a size, as the façade takes it."""
    described: Callable[[int], dict[str, str]]
    """The same as the description has it."""
    size: Callable[[list[str]], int]
    """The size that a request has."""


MANY = 300
"""As much as nobody describes."""

FILTER_LIMITS = {
    "conditions": FilterLimit(
        lambda n: {f"f{i}": 1 for i in range(n)},
        lambda n: {f"meta.f{i}[eq:number]": "1" for i in range(n)},
        len,
    ),
    "levels": FilterLimit(
        lambda n: {".".join("a" * n): 1},
        lambda n: {f"meta.{'.'.join('a' * n)}[eq:number]": "1"},
        lambda request: request[0].partition("[")[0].count("."),
    ),
    "characters of a field": FilterLimit(
        lambda n: {"a" * n: 1},
        lambda n: {f"meta.{'a' * n}[eq:number]": "1"},
        lambda request: len(request[0].partition("[")[0]) - len("meta."),
    ),
    "numbers in `in`": FilterLimit(
        lambda n: {"a": {"in": [*range(n)]}},
        lambda n: {"meta.a[in:number]": "|".join("1" * n)},
        lambda request: request[0].count("|") + 1,
    ),
    "texts in `in`": FilterLimit(
        lambda n: {"a": {"in": [f"x{i}" for i in range(n)]}},
        lambda n: {"meta.a[in:string]": "|".join("x" * n)},
        lambda request: request[0].count("|") + 1,
    ),
}


BOUNDS = {
    "minLength": (0, -1),
    "maxLength": (0, 1),
    "minimum": (0, -1),
    "maximum": (0, 1),
    "exclusiveMinimum": (1, 0),
    "exclusiveMaximum": (-1, 0),
}
"""Of each bound, how far the last that is allowed and the first that is not are from it."""

PROBES = ("a", "A", "0", "a b", "a-b", "a_b", "a.b", "a/b", "\N{LATIN SMALL LETTER E WITH ACUTE}")
"""Texts that a pattern may tell apart."""


def every_limit_is_held(facade: Facade) -> Iterator[str]:
    """Change the limit in the façade, or list it in UNLIMITED to leave it to the service."""
    held, left = set(), set()
    for outcome in facade.outcomes:
        for argument, name, schema in _arguments_of(outcome):
            for bound, allowed, refused in _limits(schema):
                if (name, argument, bound) in held:
                    continue
                held.add((name, argument, bound))
                found = next((each for each in allowed if _is_refused(facade, outcome, argument, each)), None)
                if found is not None:
                    yield f"{outcome.method}: {argument} refuses {found}, but {name} has {bound} {schema[bound]}"
                found = next((each for each in refused if not _is_refused(facade, outcome, argument, each)), None)
                if found is not None:
                    left.add(f"{argument} {bound}")
                    if f"{argument} {bound}" not in UNLIMITED:
                        yield f"{outcome.method}: {argument} allows {found}, but {name} has {bound} {schema[bound]}"
    yield from _needless(facade, "UNLIMITED", UNLIMITED, left)


def _limits(schema: Schema) -> Iterator[tuple[str, Sequence[int | str], Sequence[int | str]]]:
    """Each limit of an input, what it allows, and what it does not: lengths, numbers or texts."""
    for bound, (inside, outside) in BOUNDS.items():
        if bound in schema:
            yield bound, [schema[bound] + inside], [schema[bound] + outside]
    if "pattern" in schema:
        matching = [text for text in PROBES if re.search(schema["pattern"], text)]
        yield "pattern", matching, [text for text in PROBES if text not in matching]


def _arguments_of(outcome: Outcome) -> Iterator[tuple[str, str, Schema]]:
    """Each argument that goes out as it is, with the name and the schema of the input that it becomes."""
    for sent in outcome.sent:
        described = sent.operation.inputs()
        for place, value in inputs_of(sent).items():
            for argument, given in outcome.arguments.items():
                if type(given) in (str, int) and str(given) == str(value):
                    yield argument, f"{sent.operation.name} {place}", described[place]


def _is_refused(facade: Facade, outcome: Outcome, argument: str, limit: int | str) -> bool:
    from cfimages import InvalidArgumentError

    value: Any = limit
    if isinstance(limit, int) and not isinstance(outcome.arguments[argument], int):
        value = "a" * limit
    played = facade.play(outcome.method, {**outcome.arguments, argument: value})
    return isinstance(played.error, InvalidArgumentError)


POSITION = re.compile(r"(^|_)(token|cursor|page|offset)$(?<!per_page)")
TOKEN = re.compile(r"continuation|cursor|next|page_token")


def every_listing_has_a_pager(facade: Facade) -> Iterator[str]:
    """Let the methods of the operation give a Pager that follows the position from page to page."""
    for operation in facade.operations.values():
        asked = [n for n, p in operation.parameters.items() if p["in"] == "query" and POSITION.search(n)]
        told = [
            place
            for answer in operation.answers
            for place, _ in fields(answer.schema)
            if TOKEN.search(place.rpartition(".")[2])
        ]
        if operation.name in UNWRAPPED:
            continue
        if (asked or told) and not any(_walks(outcome, operation, asked) for outcome in facade.outcomes):
            yield f"{operation.name} has {', '.join(asked + told)}, and no pager follows it{facade.doubt}"


def _walks(outcome: Outcome, operation: Operation, asked: list[str]) -> bool:
    """Whether a call asks for another page, at another position than the first."""
    steps = [tuple(sent.query.get(n) for n in asked) for sent in outcome.sent if sent.operation == operation]
    return isinstance(outcome.result, tuple) and len(steps) > 1 and len(set(steps)) == len(steps)


def every_field_is_read(facade: Facade) -> Iterator[str]:
    """Add the field to what the method gives (facade/cfimages/models/), or list it in UNREAD."""
    used: set[str] = set()
    for operation, variation, before, after in facade.variations:
        unseen = all(a.effect == b.effect for a, b in zip(before, after, strict=True))
        if not unseen and variation.how == "changed" and variation.schema.get("writeOnly"):
            yield f"{operation.name} never answers {variation.place} (it is writeOnly), and {before[0].method} gives it"
        if unseen and variation.how == "changed" and variation.place not in UNREAD:
            yield f"{operation.name} answers {variation.place}, and no method gives it to the caller{facade.doubt}"
        used.update({variation.place} if unseen else ())
        for outcome in after:
            for kind, extra in _extras(outcome.result):
                yield f"{operation.name} answers {', '.join(extra)}, which {outcome.method} leaves in {kind}.extra"
    yield from _needless(facade, "UNREAD", UNREAD, used)


def every_answer_is_read(facade: Facade) -> Iterator[str]:
    """Let what the method gives hold what the description allows: another type, None, or a default."""
    for operation in facade.wrapped():
        for answer in operation.answers:
            for known in facade.calls_of(operation):
                outcome = facade.play(known.method, known.arguments, {operation.name: (answer, None)})
                if outcome.error and not known.error:
                    yield f"{outcome.method} cannot read {answer.status} of {operation.name}: {outcome.error}"
    used: set[str] = set()
    for operation, variation, _, after in facade.variations:
        for outcome in after:
            label = f"{operation.name} with {variation.label}"
            used.update({variation.label} if outcome.error else ())
            if outcome.error and variation.label not in NEEDED:
                yield f"{outcome.method} cannot read {label}: {outcome.error}"
            yield from (f"{outcome.method} makes of {label}: {wrong}" for wrong in _wrong_types(outcome.result))
        if variation.how == "changed" and {"enum", "const"} & variation.schema.keys():
            used.add(variation.label)
            if variation.label not in NEEDED:
                yield f"{operation.name} answers {variation.place} as an enumeration: any other value would be refused"
    yield from _needless(facade, "NEEDED", NEEDED, used)


def _needless(facade: Facade, name: str, listed: Iterable[str], used: set[str]) -> Iterator[str]:
    """The entries of a table that make no difference; while calls fail, that cannot be known."""
    if not facade.doubt:
        yield from (f"{name} lists {entry}, which makes no difference: remove the entry" for entry in {*listed} - used)


def _values(result: Any) -> Iterator[Any]:
    """Every value of the façade's own classes in a result."""
    if isinstance(result, Sequence) and not isinstance(result, str | bytes):
        for item in result:
            yield from _values(item)
    elif hints := _hints(type(result)):
        yield result
        yield from _values(tuple(getattr(result, name) for name in hints))


@cache
def _hints(kind: type) -> dict[str, Any]:
    """The fields of one of the façade's own classes, or its properties where it is a view, with their types."""
    if not kind.__module__.startswith("cfimages."):
        return {}
    if attrs.has(kind):
        return get_type_hints(kind)
    properties = {name: member.fget for name, member in vars(kind).items() if isinstance(member, property)}
    return {name: get_type_hints(get)["return"] for name, get in properties.items() if get and name[0] != "_"}


def _extras(result: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for value in _values(result):
        if getattr(value, "extra", None):
            yield type(value).__name__, value.extra


def _wrong_types(result: Any) -> Iterator[str]:
    for value in _values(result):
        for name, hint in _hints(type(value)).items():
            try:
                typeguard.check_type(
                    getattr(value, name), hint, collection_check_strategy=typeguard.CollectionCheckStrategy.ALL_ITEMS
                )
            except typeguard.TypeCheckError as error:
                yield f"{type(value).__name__}.{name}: {error}"


def every_deprecation_is_told(facade: Facade) -> Iterator[str]:
    """Let the method warn with DeprecationWarning, as `list_v1` does, or no longer."""
    for outcome in facade.outcomes:
        for sent in outcome.sent:
            operation, inputs = sent.operation, sent.operation.inputs()
            for name in [p for p in inputs_of(sent) if _is_deprecated(operation, p, inputs)]:
                if not outcome.deprecated:
                    yield f"{operation.name} {name} is deprecated, and {outcome.shown} does not say so"
            if operation.deprecated != outcome.deprecated:
                yield f"{operation.name} is {'' if operation.deprecated else 'not '}deprecated, unlike {outcome.method}"


def _is_deprecated(operation: Operation, place: str, inputs: Mapping[str, Schema]) -> bool:
    return bool(operation.parameters.get(place, {}).get("deprecated") or inputs[place].get("deprecated"))


def the_address_is_as_described(facade: Facade) -> Iterator[str]:
    """Change the address that the façade has for the API (base_url of the client)."""
    for outcome in facade.working:
        facade.play(outcome.method, outcome.arguments)
        address, _, _ = facade.asked.partition("/accounts/")
        for other in facade.addresses - {address}:
            yield f"the API, or a part of it, is at {other}; the façade looks for it at {address}"


def the_credentials_are_as_described(facade: Facade) -> Iterator[str]:
    """Send what a security scheme asks for now, or describe the one that is sent."""
    ours = {"authorization": {"api_token": "canary-5d1f-token"}}
    ours["x-auth-email + x-auth-key"] = {"api_email": "a@b.example", "api_key": "canary-5d1f-key"}
    for operation in facade.wrapped():
        for way in operation.credentials - ours.keys():
            yield f"{operation.name} can be called with {way or 'no credentials'}, which the façade does not offer"
        for way in ours.keys() - operation.credentials:
            yield f"{operation.name} cannot be called with {way}, which the façade sends"
    for outcome in facade.working:
        for way, credentials in ours.items():
            if not facade.sent_headers(outcome, **credentials) >= {*way.split(" + ")}:
                yield f"the façade does not send {way} when it is given {', '.join(credentials)}"


def every_neighbour_is_known(facade: Facade) -> Iterator[str]:
    """Have the façade refuse the name as an image's id, so that it is not taken for an image."""
    from cfimages import InvalidArgumentError

    for operation in facade.operations.values():
        found = re.match(r"/accounts/\{\w+\}/images/v1/(\w+)", operation.path)
        if found and not isinstance(facade.play("get", {"image_id": found[1]}).error, InvalidArgumentError):
            yield f"{operation.name} is at {operation.path}, where the façade would look for an image {found[1]!r}"


HEEDED: set[str] = set()
"""What the sandbox has been found to heed before, as `heeded` has it: it is not asked again."""


def heeded(facade: Facade) -> list[str]:
    """What is heeded if `the_sandbox_heeds_every_input` has nothing to say."""
    operators = [f"meta {operator}" for operator in described_operators(facade)]
    return [*map(_described, sent_to_the_sandbox(facade)), *operators]


def _described(sent: Sent) -> str:
    """What is asked of the sandbox for a request: all but what differs each time, and what is said of the answers."""
    asked = sent.operation
    described = (asked.name, asked.method, asked.path, asked.parameters, asked.body)
    return json.dumps([described, sent.path, sent.query, sent.body], sort_keys=True, default=repr)


def sent_to_the_sandbox(facade: Facade) -> Iterator[Sent]:
    """A request for each operation that any method calls."""
    for operation in facade.wrapped():
        yield next(sent for o in facade.calls_of(operation) for sent in o.sent if sent.operation == operation)


def the_sandbox_heeds_every_input(facade: Facade) -> Iterator[str]:
    """Let the sandbox do what the input asks for, or list it in UNHEEDED with the reason."""
    asked = [sent for sent in sent_to_the_sandbox(facade) if _described(sent) not in HEEDED]
    operators = [operator for operator in described_operators(facade) if f"meta {operator}" not in HEEDED]
    if not asked and not operators:
        return

    from cfimages.sandbox import Sandbox

    used: set[str] = set()
    options: Any = {"headers": ANY_TOKEN, "trust_env": False, "verify": False}  # there is no TLS here
    with Sandbox() as sandbox, httpx.Client(base_url=sandbox.base_url, **options) as http:
        accounts = Accounts(http)
        for sent in asked:
            operation = sent.operation
            for place in faults(accounts, sent):
                used.add(f"{operation.name} {place}")
                if f"{operation.name} {place}" not in UNHEEDED:
                    yield f"the sandbox ignores {place} of {operation.name}"
        listing = Sent(facade.operations["list_images_v2"], {}, {}, httpx.Headers(), None)
        for operator in operators:
            tries = [accounts.ask(listing, Input("query", f"meta.of[{operator}]", value)) for value in ("1", "true")]
            if all(answer.status == BAD_REQUEST for answer in tries):
                yield f"the sandbox does not know the operator [{operator}] of list_images_v2 meta"
    yield from _needless(facade, "UNHEEDED", UNHEEDED, used)


ANY_TOKEN = {"Authorization": "Bearer sandbox"}


CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (
        every_call_works,
        every_operation_is_wrapped,
        every_input_is_offered,
        every_request_is_as_described,
        no_default_is_described,
        every_filter_is_as_described,
        every_limit_is_held,
        every_listing_has_a_pager,
        every_field_is_read,
        every_answer_is_read,
        every_deprecation_is_told,
        every_neighbour_is_known,
        the_address_is_as_described,
        the_credentials_are_as_described,
        the_sandbox_heeds_every_input,
    )
}


def report(root: Path = ROOT) -> Reports:
    """What every check says of a description, by the check's name."""
    if missing := sorted(set(takes_only_what_is_generated())):
        return {takes_only_what_is_generated.__name__: missing}  # without them the façade cannot be imported
    facade = Facade(load(root / "openapi.yaml"))
    return {name: sorted(set(check(facade))) for name, check in CHECKS.items()}


if __name__ == "__main__":
    json.dump(report(Path(sys.argv[1])), sys.stdout)
