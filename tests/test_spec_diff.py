"""What `make spec-diff` sees and what it makes of it, on small documents."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from spec_diff import comparison, loading, wire

PATH = "/accounts/{account}/images/things/{thing}"
GET, PUT, TYPE = f"GET {PATH}", f"PUT {PATH}", "application/json"
ANSWER, BODY = f"{GET} response 200 {TYPE}", f"{PUT} request {TYPE}"

Edit = Callable[[dict[str, Any]], Any]

BASE: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Things", "version": "1"},
    "servers": [{"url": "https://api.example/v4"}],
    "security": [{"token": []}],
    "paths": {
        PATH: {
            "parameters": [{"$ref": "#/components/parameters/account"}],
            "get": {
                "operationId": "get_thing",
                "parameters": [
                    {"name": "thing", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 9}},
                    {"name": "size", "in": "query", "schema": {"type": "integer", "minimum": 1, "default": 5}},
                    {"name": "order", "in": "query", "schema": {"type": "string", "enum": ["asc", "desc"]}},
                    {"name": "ids", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                ],
                "responses": {
                    "200": {
                        "description": "",
                        "headers": {"X-Left": {"schema": {"type": "integer"}}},
                        "content": {TYPE: {"schema": {"$ref": "#/components/schemas/Thing"}}},
                    },
                    "4XX": {"description": "", "content": {"text/plain": {"schema": {"type": "string"}}}},
                },
            },
            "put": {
                "operationId": "put_thing",
                "parameters": [{"name": "thing", "in": "path", "required": True, "schema": {"type": "string"}}],
                "requestBody": {"content": {TYPE: {"schema": {"$ref": "#/components/schemas/Change"}}}},
                "responses": {"204": {"description": ""}},
            },
        }
    },
    "components": {
        "parameters": {"account": {"name": "account", "in": "path", "required": True, "schema": {"type": "string"}}},
        "securitySchemes": {
            "token": {"type": "http", "scheme": "bearer"},
            "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
        },
        "schemas": {
            "Thing": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"type": "string", "maxLength": 36},
                    "count": {"type": "integer"},
                    "kind": {"type": "string", "enum": ["a", "b"]},
                    "note": {"type": "string", "nullable": True},
                    "at": {"type": "string", "format": "date-time"},
                    "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 5},
                    "either": {"anyOf": [{"type": "object", "properties": {"x": {}}}, {"type": "string"}]},
                    "parent": {"$ref": "#/components/schemas/Thing"},
                    "extra": {"type": "object", "additionalProperties": {"type": "integer"}},
                },
            },
            "Change": {
                "type": "object",
                "required": ["kind"],
                "properties": {
                    "kind": {"type": "string", "pattern": "^[a-z]+$"},
                    "count": {"type": "number", "minimum": 0, "exclusiveMinimum": True},
                    "flag": {"type": "boolean", "default": False},
                },
            },
        },
    },
}
THING = BASE["components"]["schemas"]["Thing"]


def changed(*edits: Edit) -> dict[str, Any]:
    document = copy.deepcopy(BASE)
    for edit in edits:
        edit(document)
    return document


def put(path: str, value: Any) -> Edit:
    """Set what a path of keys, separated by blanks, names; `…` stands for the path of the operations."""

    def edit(document: dict[str, Any]) -> None:
        roots = {"…": document["paths"][PATH], **document["components"]["schemas"]}
        node: Any = document["components"]["schemas"] if " " not in path else document
        *steps, last = path.split()
        for index, step in enumerate(steps):
            node = roots[step] if not index else node[int(step)] if isinstance(node, list) else node[step]
        if value is DROP:
            del node[last]
        else:
            node[last] = value

    return edit


DROP: Any = object()


def found(ours: dict[str, Any], published: dict[str, Any]) -> list[str]:
    trees = [wire.read(loading.Document("x", contents)) for contents in (ours, published)]
    return [
        f"{d.severity}: {d.place}: {d.kind} {d.attribute} {json.dumps(d.ours)} → {json.dumps(d.published)}"
        for d in comparison.compare(*trees)
    ]


def add_parameter(**said: Any) -> Edit:
    return lambda d: d["paths"][PATH]["get"]["parameters"].append({"name": "new", "in": "query", **said})


GONE, CAME = '"present" → "absent"', '"absent" → "present"'

CHANGES: list[tuple[Edit, list[str]]] = [
    # operations, servers, security
    (put("… get", DROP), [f"breaking: {GET}: operation existence {GONE}"]),
    (put("… post", BASE["paths"][PATH]["put"]), [f"new: POST {PATH}: operation existence {CAME}"]),
    (put("… get deprecated", True), [f"new: {GET}: deprecation deprecated null → true"]),
    (
        put("… get servers", [{"url": "https://other.example/v4"}]),
        [f'breaking: {GET}: server server ["https://api.example/v4"] → ["https://other.example/v4"]'],
    ),
    (
        put("… get security", [{"token": []}, {"key": []}]),
        [f'new: {GET}: security security ["bearer"] → ["bearer", "header X-Key"]'],
    ),
    (
        put("… get security", [{"token": [], "key": []}]),
        [f'breaking: {GET}: security security ["bearer"] → ["bearer + header X-Key"]'],
    ),
    (put("… get security", []), [f'breaking: {GET}: security security ["bearer"] → ["none"]']),
    # parameters
    (add_parameter(schema={"type": "string"}), [f"new: {GET} query new: parameter existence {CAME}"]),
    (add_parameter(required=True, schema={}), [f"breaking: {GET} query new: parameter existence {CAME}"]),
    (
        put("… get parameters 1 name", "length"),
        [
            f"breaking: {GET} query size: parameter existence {GONE}",
            f"new: {GET} query length: parameter existence {CAME}",
        ],
    ),
    (put("… get parameters 1 required", True), [f"breaking: {GET} query size: required required null → true"]),
    (put("… get parameters 0 schema maxLength", 99), [f"new: {GET} path thing: bound maxLength 9 → 99"]),
    (put("… get parameters 0 schema maxLength", 5), [f"breaking: {GET} path thing: bound maxLength 9 → 5"]),
    (put("… get parameters 1 schema minimum", 3), [f"breaking: {GET} query size: bound minimum 1 → 3"]),
    (put("… get parameters 1 schema minimum", DROP), [f"new: {GET} query size: bound minimum 1 → null"]),
    (put("… get parameters 1 schema type", "number"), [f'new: {GET} query size: type type "integer" → "number"']),
    (put("… get parameters 1 schema default", 9), [f"breaking: {GET} query size: default default 5 → 9"]),
    (put("… get parameters 1 schema default", DROP), [f"cosmetic: {GET} query size: default default 5 → null"]),
    (put("… get parameters 1 deprecated", True), [f"new: {GET} query size: deprecation deprecated null → true"]),
    (
        put("… get parameters 2 schema enum", ["asc", "desc", "random"]),
        [f'new: {GET} query order: enum enum ["asc", "desc"] → ["asc", "desc", "random"]'],
    ),
    (
        put("… get parameters 2 schema enum", ["asc"]),
        [f'breaking: {GET} query order: enum enum ["asc", "desc"] → ["asc"]'],
    ),
    (put("… get parameters 3 explode", False), [f"breaking: {GET} query ids: encoding explode null → false"]),
    (
        put("… get parameters 3 style", "pipeDelimited"),
        [f'breaking: {GET} query ids: encoding style null → "pipeDelimited"'],
    ),
    # bodies of requests
    (put("… put requestBody required", True), [f"breaking: {PUT} request: required required null → true"]),
    (put("… put requestBody", DROP), [f"breaking: {PUT} request: request body existence {GONE}"]),
    (
        put("… get requestBody", {"content": {TYPE: {}}}),
        [f'new: {GET} request: request body existence "absent" → "empty"'],
    ),
    (
        lambda d: d["paths"][PATH]["put"]["requestBody"]["content"].update(
            {"text/csv": {"schema": {"type": "string"}}}
        ),
        [f"new: {PUT} request text/csv: content type existence {CAME}"],
    ),
    (put("Change properties more", {"type": "string"}), [f"new: {BODY} more: request field existence {CAME}"]),
    (put("Change properties flag", DROP), [f"breaking: {BODY} flag: request field existence {GONE}"]),
    (
        put("Change required", ["kind", "more"]),
        [f"breaking: {BODY} more: request field existence {CAME}"],
    ),
    (put("Change required", ["kind", "flag"]), [f"breaking: {BODY} flag: required required null → true"]),
    (put("Change required", []), [f"new: {BODY} kind: required required true → null"]),
    (
        put("Change properties kind pattern", "^[a-z]$"),
        [f'breaking: {BODY} kind: bound pattern "^[a-z]+$" → "^[a-z]$"'],
    ),
    (
        put("Change properties count exclusiveMinimum", False),
        [
            f"new: {BODY} count: bound exclusiveMinimum 0 → null",
            f"breaking: {BODY} count: bound minimum null → 0",
        ],
    ),
    (put("Change properties flag readOnly", True), [f"breaking: {BODY} flag: constraint readOnly null → true"]),
    (put("Change additionalProperties", False), [f"breaking: {BODY}: bound additionalProperties null → false"]),
    # answers
    (put("… get responses 200", DROP), [f"breaking: {GET} response 200: response existence {GONE}"]),
    (put("… get responses 4XX", DROP), [f"cosmetic: {GET} response 4XX: response existence {GONE}"]),
    (put("… get responses 202", {"description": ""}), [f"new: {GET} response 202: response existence {CAME}"]),
    (
        put("… get responses 400", {"description": ""}),
        [f"new: {GET} response 400: response existence {CAME}"],
    ),
    (
        put("… get responses 200 headers X-Left schema type", "string"),
        [f'breaking: {GET} response 200 header x-left: type type "integer" → "string"'],
    ),
    (put("Thing properties extra", DROP), [f"breaking: {ANSWER} extra: response field existence {GONE}"]),
    (put("Thing properties name", {}), [f"new: {ANSWER} name: response field existence {CAME}"]),
    (put("Thing properties id type", "integer"), [f'breaking: {ANSWER} id: type type "string" → "integer"']),
    (put("Thing properties id type", DROP), [f'breaking: {ANSWER} id: type type "string" → "any"']),
    (put("Thing properties count type", "number"), [f'breaking: {ANSWER} count: type type "integer" → "number"']),
    (put("Thing properties id nullable", True), [f'breaking: {ANSWER} id: type type "string" → ["null", "string"]']),
    (
        put("Thing properties note nullable", False),
        [f'cosmetic: {ANSWER} note: type type ["null", "string"] → "string"'],
    ),
    (put("Thing properties id maxLength", 99), [f"new: {ANSWER} id: bound maxLength 36 → 99"]),
    (put("Thing properties id maxLength", 9), [f"cosmetic: {ANSWER} id: bound maxLength 36 → 9"]),
    (
        put("Thing properties kind enum", ["a", "b", "c"]),
        [f'new: {ANSWER} kind: enum enum ["a", "b"] → ["a", "b", "c"]'],
    ),
    (put("Thing properties at format", "date"), [f'breaking: {ANSWER} at: type format "date-time" → "date"']),
    (
        put("Thing properties tags items type", "integer"),
        [f'breaking: {ANSWER} tags[]: type type "string" → "integer"'],
    ),
    (put("Thing required", []), [f"breaking: {ANSWER} id: required required true → null"]),
    (put("Thing required", ["id", "count"]), [f"cosmetic: {ANSWER} count: required required null → true"]),
    (
        put("Thing properties extra additionalProperties type", "string"),
        [f'breaking: {ANSWER} extra.(any): type type "integer" → "string"'],
    ),
    (
        put("Thing properties either anyOf 0 properties", {"y": {}}),
        [
            f"breaking: {ANSWER} either<object>.x: response field existence {GONE}",
            f"new: {ANSWER} either<object>.y: response field existence {CAME}",
        ],
    ),
    (
        put("Thing properties either anyOf 1 type", "integer"),
        [
            f'breaking: {ANSWER} either: type type ["object", "string"] → ["integer", "object"]',
            f'breaking: {ANSWER} either: type alternatives ["<object>", "<string>"] → ["<integer>", "<object>"]',
        ],
    ),
    (
        put("Thing properties parent", {"type": "object"}),
        [
            f"breaking: {ANSWER} parent: type recursion 1 → null",
            f'cosmetic: {ANSWER} parent: type type "any" → "object"',
        ],
    ),
    (
        put("Thing allOf", [{"properties": {"id": {"type": "integer"}}}]),
        [f'cosmetic: {ANSWER}: type type "object" → "never"'],
    ),
    (
        put("Thing properties kind not", {"enum": ["a"]}),
        [f'cosmetic: {ANSWER} kind: constraint not null → {{"enum": ["a"]}}'],
    ),
]


@pytest.mark.parametrize(("edit", "expected"), CHANGES, ids=[lines[0].replace(PATH, "") for _, lines in CHANGES])
def test_a_change_is_reported_with_its_place_kind_and_weight(edit: Edit, expected: list[str]) -> None:
    assert found(BASE, changed(edit)) == expected


def rename_path(document: dict[str, Any]) -> None:
    document["paths"] = json.loads(json.dumps(document["paths"]).replace("{thing}", "{t}").replace('"thing"', '"t"'))


def move_prefix(document: dict[str, Any]) -> None:
    document["servers"] = [{"url": "https://{host}/", "variables": {"host": {"default": "api.example"}}}]
    document["paths"] = {f"/v4{path}": item for path, item in document["paths"].items()}


def newest(document: dict[str, Any]) -> None:
    """The same in the words of 3.1."""
    document["openapi"] = "3.1.0"
    document["components"]["schemas"]["Thing"]["properties"]["note"] = {"type": ["null", "string"]}
    document["components"]["schemas"]["Change"]["properties"]["count"] = {"type": "number", "exclusiveMinimum": 0}


def split(document: dict[str, Any]) -> None:
    """Half of Thing behind two references and an intersection."""
    schemas = document["components"]["schemas"]
    properties = schemas["Thing"]["properties"]
    schemas["Half"] = {"type": "object", "properties": {"count": {}, "kind": properties.pop("kind")}}
    schemas["Other"] = {"$ref": "#/components/schemas/Half"}
    schemas["Thing"]["allOf"] = [{"$ref": "#/components/schemas/Other"}, {"required": ["id"]}]


def move_parameters(document: dict[str, Any]) -> None:
    item = document["paths"][PATH]
    item["get"]["parameters"].append(item.pop("parameters")[0])
    item["put"]["parameters"].insert(0, {"$ref": "#/components/parameters/account"})


SAME: dict[str, Edit] = {
    "path parameters renamed": rename_path,
    "the prefix in the path instead of in the server": move_prefix,
    "3.1 instead of 3.0": newest,
    "references and intersections": split,
    "parameters of the path at the operations": move_parameters,
    "security at the operation": put("… get security", [{"token": []}]),
    "another name of the security scheme": lambda d: (
        d.update(security=[{"bearer": []}]),
        d["components"]["securitySchemes"].update(bearer=d["components"]["securitySchemes"].pop("token")),
    ),
    "one enumerated value each": put("Thing properties kind", {
        "anyOf": [{"enum": ["b"]}, {"enum": ["a"], "type": "string"}]
    }),
    "null as an alternative": put("Thing properties note", {"oneOf": [{"type": "string"}, {"enum": [None]}]}),
    "the order of alternatives": put("Thing properties either anyOf", THING["properties"]["either"]["anyOf"][::-1]),
    "oneOf instead of anyOf": put("Thing properties either", {"oneOf": THING["properties"]["either"]["anyOf"]}),
    "one alternative": put("Thing properties at", {"anyOf": [{"type": "string", "format": "date-time"}]}),
    "more than 0 of whole numbers": put("… get parameters 1 schema", {
        "type": "integer", "default": 5, "minimum": 0, "exclusiveMinimum": True
    }),
    "descriptions, titles, examples, extensions": put("Thing properties id", {
        **THING["properties"]["id"], "description": "An id.", "title": "Id", "example": "x", "x-secret": True
    }),
    "a default in an answer": put("Thing properties count default", 0),
    "readOnly in an answer": put("Thing properties id readOnly", True),
    "null in a query": put("… get parameters 2 schema nullable", True),
    "a status that a range covers": put("… get responses 404", BASE["paths"][PATH]["get"]["responses"]["4XX"]),
    "a character set": lambda d: d["paths"][PATH]["put"]["requestBody"].update(
        content={"application/JSON; charset=utf-8": d["paths"][PATH]["put"]["requestBody"]["content"][TYPE]}
    ),
    "what is the default anyway": lambda d: (
        d["paths"][PATH]["get"]["parameters"][3].update(style="form", explode=True),
        d["components"]["schemas"]["Thing"].update(additionalProperties=True, minProperties=0),
    ),
    "the tags of operations": put("… get tags", ["things"]),
    "headers that OpenAPI ignores": lambda d: d["paths"][PATH]["get"]["parameters"].append(
        {"name": "Accept", "in": "header", "schema": {}}
    ),
    "other operations": lambda d: d["paths"].update({"/accounts/{a}/streams": {"get": {"responses": {}}}}),
}  # fmt: skip


@pytest.mark.parametrize("edit", SAME.values(), ids=SAME.keys())
def test_other_words_for_the_same_are_no_difference(edit: Edit, tmp_path: Path) -> None:
    file = tmp_path / "published.json"
    file.write_text(json.dumps(changed(edit)), "utf-8")
    trees = [wire.read(loading.Document("x", BASE)), wire.read(loading.load(str(file)))]
    assert list(comparison.compare(*trees)) == []
    assert list(comparison.compare(*reversed(trees))) == []


def test_a_range_of_ours_stands_for_a_published_status() -> None:
    answers = BASE["paths"][PATH]["get"]["responses"]
    of_ranges = changed(put("… get responses", {"2XX": answers["200"], "4XX": answers["4XX"]}))
    assert found(of_ranges, BASE) == []
    two = changed(put("… get responses 203", answers["200"]))
    assert found(of_ranges, two) == []
    text = put("… get responses 203", {"description": "", "content": {"text/plain": {}}})
    assert found(of_ranges, changed(text)) == [f"new: {GET} response 203: response existence {CAME}"]
    none = changed(put("… get responses", {"4XX": answers["4XX"]}))
    assert found(of_ranges, none) == [f"breaking: {GET} response 2XX: response existence {GONE}"]


HALF = {"$ref": "#/components/schemas/Half"}
EQUAL: list[tuple[Any, Any]] = [
    ({"const": "a"}, {"type": "string", "enum": ["a"]}),
    ({"type": "string", "format": "binary"}, {"type": "string", "contentMediaType": "application/octet-stream"}),
    ({"anyOf": [{}, {"type": "string"}]}, True),
    ({"anyOf": [False, {"type": "string"}]}, {"type": "string"}),
    ({"anyOf": [{"oneOf": [HALF, {"type": "integer"}]}, {"type": "null"}]}, {"type": ["integer", "null", "string"]}),
    ({"allOf": [{"type": "string"}, {"type": "integer"}]}, False),
    ({"allOf": [{"type": "number"}, {"type": "integer"}]}, {"type": "integer"}),
    ({"allOf": [{"maximum": 5}, {"maximum": 9}], "type": "integer"}, {"type": "integer", "exclusiveMaximum": 6}),
    ({"allOf": [{"pattern": "a"}, {"pattern": "b"}]}, {"allOf": [{"pattern": "b"}, {"pattern": "a"}]}),
    ({"allOf": [{"enum": ["a", "b"]}, {"enum": ["b", "c"]}]}, {"const": "b"}),
    ({**HALF, "minLength": 2}, {"type": "string", "minLength": 2}),
    ({"not": HALF}, {"not": {"type": "string"}}),
    ({"type": "object", "minLength": 2, "maximum": 3}, {"type": "object"}),
    ({"type": "object", "propertyNames": {"maxLength": 3}}, {"propertyNames": {"maxLength": 3}, "properties": {}}),
]


@pytest.mark.parametrize(("left", "right"), EQUAL)
def test_schemas_that_let_the_same_through_are_equal(left: Any, right: Any) -> None:
    half = put("Half", {"type": "string", "description": "Half."})
    documents = [changed(newest, half, put("Thing properties at", schema)) for schema in (left, right)]
    assert found(*documents) == []


def test_nullable_beside_an_intersection_counts_as_it_is_meant() -> None:
    note = {"allOf": [{"type": "string"}], "nullable": True}
    assert found(BASE, changed(put("Thing properties note", note))) == []


def test_what_stands_beside_a_reference_does_not_count_in_3_0() -> None:
    half = put("Half", {"type": "string", "nullable": True})
    assert found(BASE, changed(half, put("Thing properties note", {**HALF, "minLength": 2}))) == []


def test_a_change_in_what_is_not_worked_out_is_seen() -> None:
    documents = [
        changed(put("Half", {"type": name}), put("Thing properties kind not", HALF)) for name in ("object", "array")
    ]
    assert found(*documents) == [f'breaking: {ANSWER} kind: constraint not {{"type": "object"}} → {{"type": "array"}}']


SAID_ELSEWHERE = {
    *("openapi", "info title", "info version", "components securitySchemes key type"),
    *("components securitySchemes key in", "components securitySchemes key name"),
    *("… get operationId", "… put operationId"),
    *("… get responses 200 description", "… get responses 4XX description", "… put responses 204 description"),
}
"""What cannot be seen on the wire, or is not used."""


def leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from leaves(value, (*path, key))
    if not isinstance(node, dict | list):
        yield path


def another(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else f"{value}x"


def test_no_change_of_any_value_passes_silently() -> None:
    silent = set()
    for path in leaves(BASE):
        document = copy.deepcopy(BASE)
        node: Any = document
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] = another(node[path[-1]])
        published = loading.Document("x", document)
        differences = list(comparison.compare(wire.read(loading.Document("x", BASE)), wire.read(published)))
        if not differences and not published.warnings:
            silent.add(" ".join(map(str, path)).replace(f"paths {PATH}", "…"))
    assert silent == SAID_ELSEWHERE


def read(document: dict[str, Any], tmp_path: Path) -> tuple[list[str], list[str]]:
    """The differences of a published document, and what could not be read in it."""
    file = tmp_path / "published.json"
    file.write_text(json.dumps(document), "utf-8")
    published = loading.load(str(file))
    differences = comparison.compare(wire.read(loading.Document("x", BASE)), wire.read(published))
    return [f"{d.place}: {d.attribute} → {d.published}" for d in differences], published.warnings


def test_schemas_that_refer_to_one_another_without_end_spoil_their_own_part(tmp_path: Path) -> None:
    names = [f"S{i}" for i in range(12)]
    everything = {"properties": {name: {"$ref": f"#/components/schemas/{name}"} for name in names}}
    tangled = changed(
        lambda d: d["components"]["schemas"].update(dict.fromkeys(names, everything)),
        put("Thing properties kind", everything),
        put("Thing properties count maximum", 9),
    )
    differences, warnings = read(tangled, tmp_path)
    assert f"{ANSWER} count: maximum → 9" in differences
    assert any("too many ways" in warning for warning in warnings)


GETS = "#/paths/~1accounts~1{account}~1images~1things~1{thing}/get"
ODD: dict[str, tuple[Edit, str]] = {
    "a keyword": (put("Thing properties count maximum", "many"), "#/components/schemas/Thing/properties/count/maximum"),
    "a type": (put("Thing properties count type", 5), "#/components/schemas/Thing/properties/count/type"),
    "a schema": (put("Thing properties kind", ["x"]), "#/components/schemas/Thing/properties/kind"),
    "a component": (put("Change", 5), "#/components/schemas/Change"),
    "an unknown keyword": (put("… get surprise", 1), GETS),
    "a parameter without a name": (put("… get parameters 1 name", DROP), f"{GETS}/parameters/1"),
    "a parameter in another place": (put("… get parameters 1 in", "mind"), f"{GETS}/parameters/1/in"),
    "a response": (put("… get responses 200", "fine"), f"{GETS}/responses/200"),
    "a status": (put("… get responses maybe", {"description": ""}), f"{GETS}/responses"),
    "a body": (put("… put requestBody content", []), f"{GETS[:-3]}put/requestBody/content"),
    "an operation": (put("… get", []), GETS),
    "a path": (lambda d: d["paths"].update({PATH: []}), GETS[:-4]),
    "a dangling reference": (
        put("Thing properties kind", {"$ref": "#/components/schemas/X"}),
        "#/components/schemas/X",
    ),
    "a remote reference": (put("Thing properties kind", {"$ref": "https://x.example/y"}), "https://x.example/y"),
    "a circle of references": (
        lambda d: (
            d["components"]["parameters"].update(a={"$ref": "#/components/parameters/a"}),
            d["paths"][PATH]["get"]["parameters"].append({"$ref": "#/components/parameters/a"}),
        ),
        "#/components/parameters/a: the reference leads back to itself",
    ),
    "a reference to what is no schema": (put("Thing properties kind", {"$ref": "#/info/title"}), "#/info/title"),
    "a reference to what is no response": (put("… get responses 200", {"$ref": "#/info"}), "#/info"),
    "a security scheme": (
        lambda d: d["components"]["securitySchemes"].update(token={"$ref": "#/nowhere"}),
        "#/nowhere",
    ),
}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
@pytest.mark.parametrize(("odd", "place"), ODD.values(), ids=ODD.keys())
def test_an_odd_place_is_warned_of_and_spoils_its_own_part_only(
    odd: Edit, place: str, version: str, tmp_path: Path
) -> None:
    document = changed(*([] if version == "3.0.3" else [newest]), put("… put deprecated", True), odd)
    document["openapi"] = version
    differences, warnings = read(document, tmp_path)
    assert any(warning.startswith(place) for warning in warnings), warnings
    assert differences == ([] if place == GETS[:-4] else [f"{PUT}: deprecated → True"])


def test_statuses_in_small_letters_are_read(tmp_path: Path) -> None:
    document = changed(lambda d: d["paths"][PATH]["get"]["responses"].update({"4xx": {"description": ""}}))
    del document["paths"][PATH]["get"]["responses"]["4XX"]
    assert read(document, tmp_path) == ([f"{GET} response 4XX text/plain: existence → absent"], [])


def test_an_operation_under_a_method_of_its_own_is_seen(tmp_path: Path) -> None:
    operation = {"operationId": "purge", "responses": {"200": {"description": ""}}}
    document = changed(newest, lambda d: d["paths"][PATH].update(additionalOperations={"PURGE": operation}))
    document["openapi"] = "3.2.0"
    assert read(document, tmp_path) == ([f"{GET.replace('GET', 'PURGE')}: existence → present"], [])


def test_a_path_that_is_published_twice_is_warned_of(tmp_path: Path) -> None:
    document = changed(lambda d: d["paths"].update({PATH.replace("{thing}", "{id}"): d["paths"][PATH]}))
    differences, warnings = read(document, tmp_path)
    assert differences == []
    assert any("stands there twice" in warning for warning in warnings)


def test_a_wider_pattern_is_not_breaking() -> None:
    one, many = (changed(put("… get parameters 0 schema pattern", p)) for p in ("^[a-z]$", "^[a-z]+$"))
    assert found(one, many) == [f'new: {GET} path thing: bound pattern "^[a-z]$" → "^[a-z]+$"']
    assert found(many, one) == [f'breaking: {GET} path thing: bound pattern "^[a-z]+$" → "^[a-z]$"']
    for other in ("^[b-z{]+$", "^(?=[a-z]+$)", "(", "^[a-z]+(?!Q)$"):  # neither, the same, no pattern, not known
        published = changed(put("… get parameters 0 schema pattern", other))
        assert [line.partition(":")[0] for line in found(many, published)] == ["breaking"], other


def test_a_type_that_replaces_alternatives_says_what_it_has() -> None:
    plain = changed(put("Thing properties either", {"type": "object", "properties": {"name": {}, "size": {}}}))
    differences = comparison.compare(*(wire.read(loading.Document("x", document)) for document in (BASE, plain)))
    (values,) = [d.values for d in differences if d.attribute == "alternatives"]
    assert values[1] == "object (name, size)"
    assert " or " in values[0]


def test_a_response_that_nothing_satisfies_is_one_difference() -> None:
    yes, no = (
        {"type": "object", "required": ["ok"], "properties": {"ok": {"enum": [value]}}} for value in (True, False)
    )
    assert found(BASE, changed(put("Thing", {"allOf": [yes, no]}))) == [
        f'cosmetic: {ANSWER}: type type "object" → "never"'
    ]


PROSE = """Ask for `meta.<field>[<operator>]`.
- `eq` / `eq:string`: the same
- `gt:number`: more
Maximum 5 metadata filters, maximum 5 levels, max 10 elements. `meta.x[eq]=1`"""
FILTERS = {
    "name": "meta",
    "in": "query",
    "schema": {
        "type": "object",
        "maxProperties": 5,
        "propertyNames": {"pattern": r"^meta\.[a-z]+(\.[a-z]+){0,4}\[(eq(:string)?|gt:number|in)\]$"},
        "patternProperties": {r"\[in\]$": {"pattern": r"^[^|]+(\|[^|]+){0,9}$"}},
        "additionalProperties": {"type": "string"},
    },
}


@pytest.mark.parametrize(
    ("prose", "expected"),
    [
        (f"{PROSE} `in`", []),
        (PROSE, ["breaking: … enum operators"]),
        (f"{PROSE} `in` `lt:number`", ["new: … enum operators"]),
        (f"{PROSE} `in` `startsWith`", ["new: … enum operators"]),
        (f"{PROSE} `in` `not-in:string`", ["new: … enum operators"]),
        (f"{PROSE} `in`".replace("10 el", "20 el"), ["new: … bound values"]),
        (f"{PROSE} `in`".replace("5 levels", "3 levels"), ["breaking: … bound levels"]),
        (f"{PROSE} `in`".replace("5 metadata filters", "6 filters"), ["new: … bound filters"]),
        (f"{PROSE} `in`".replace("Maximum 5 metadata filters", "Up to ten filters"), ["new: … bound filters"]),
        (f"{PROSE} `in`".replace("Maximum 5 metadata filters", "up to five conditions"), []),
        ("", ["breaking: … enum operators", *(f"new: … bound {name}" for name in ("filters", "levels", "values"))]),
    ],
)
def test_operators_and_limits_of_metadata_are_read_from_prose(prose: str, expected: list[str]) -> None:
    parameter = {"name": "meta.<field>[<operator>]", "in": "query", "description": prose, "schema": {"type": "string"}}
    ours, published = (
        changed(lambda d, p=p: d["paths"][PATH]["get"]["parameters"].append(p)) for p in (FILTERS, parameter)
    )
    lines = found(ours, published)
    place = f"{GET} query meta.(any):"
    assert [
        line.replace(place, "…").partition(" [")[0].partition(" 5")[0].partition(" 10")[0] for line in lines
    ] == expected


def test_another_form_of_the_names_of_filters_is_seen() -> None:
    ours, published = (
        changed(add_parameter(schema={"type": "string"}, description=f"{PROSE} `in`", name=name))
        for name in ("meta.<field>[<operator>]", "meta.<field>.<operator>")
    )
    assert found(ours, published) == [f'breaking: {GET} query meta.(any): encoding form "meta.<>[<>]" → "meta.<>.<>"']
