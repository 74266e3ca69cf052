"""`make spec-diff` as a maintainer and the weekly workflow use it: input, exit codes, reports, what is to be pasted."""

import copy
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import specs
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator
from spec_diff import loading, wire
from spec_diff.__main__ import main

ROOT = Path(__file__).resolve().parent.parent
UPSTREAM = ROOT.parent / "shared" / "upstream"
SPEC = ROOT / "openapi.yaml"
OURS = specs.load(SPEC)
IMAGES = "/accounts/{account_id}/images"

needs_upstream = pytest.mark.skipif(not UPSTREAM.exists(), reason="the published versions are not beside the project")


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """No deviation at all: what is compared is openapi.yaml with a changed copy of itself."""
    path = tmp_path / "deviations.yml"
    path.write_text("deviations: []\n", "utf-8")
    return path


LOAD, READ = loading.load, wire.read
READ_BEFORE: dict[tuple[str, bytes], tuple[loading.Document, dict[Any, Any]]] = {}


@pytest.fixture(autouse=True)
def _a_document_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by each test and for each form of a report: to read and check one takes most of the time of a comparison."""

    def load(source: str) -> loading.Document:
        path = Path(source)
        if not path.is_file():
            return LOAD(source)
        key = source, path.read_bytes()
        if key not in READ_BEFORE:
            document = LOAD(source)
            READ_BEFORE[key] = document, READ(document)
        return READ_BEFORE[key][0]

    def read(document: loading.Document) -> dict[Any, Any]:
        known = [nodes for other, nodes in READ_BEFORE.values() if other is document]
        return known[0] if known else READ(document)

    monkeypatch.setattr(loading, "load", load)
    monkeypatch.setattr(wire, "read", read)


def write(path: Path, document: Any) -> str:
    path.write_text(json.dumps(document), "utf-8")
    return str(path)


def report(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, Any]:
    code = main([*map(str, words), "--format", "json"])
    printed = capsys.readouterr()
    assert printed.err == ""
    return code, json.loads(printed.out)


# Against the published versions


@needs_upstream
def test_nothing_is_unexplained_against_the_newest_version(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = report(capsys, UPSTREAM / "images-2026-10-04.json")
    assert (code, found["differences"], found["stale"], found["warnings"]) == (0, [], [], [])


@needs_upstream
@pytest.mark.parametrize("version", ["2026-07-27", "2024-08-06"])
def test_an_older_version_is_reported_as_what_it_lacks(version: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = report(capsys, UPSTREAM / f"images-{version}.json")
    assert (code, found["warnings"]) == (1, [])
    lacking = {place for d in found["differences"] if d["published"] == "absent" for place in d["places"]}
    assert {place for place in lacking if "sourcingkit" in place or "metadata/keys" in place} == {
        f"{method.upper()} {path}"
        for path, item in OURS["paths"].items()
        for method in item
        if method != "parameters" and ("sourcingkit" in path or "metadata/keys" in path)
    }
    assert (f"GET {IMAGES}/v2 query meta.(any)" in lacking) is (version == "2024-08-06")
    assert (f"POST {IMAGES}/v1 response 2XX application/json result.creator" in lacking) is (version == "2024-08-06")
    one_letter = ("pattern", "^[a-zA-Z0-9]$")
    assert sum((d["attribute"], d["published"]) == one_letter for d in found["differences"]) == 4
    assert {"DELETE"} == {d["places"][0].split()[0] for d in found["differences"] if d["kind"] == "request body"}


@pytest.mark.slow
@needs_upstream
def test_the_whole_document_gives_the_same_report_as_its_images_part(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = json.loads((UPSTREAM / "images-2024-08-06.json").read_text("utf-8"))
    expected = report(capsys, write(tmp_path / "whole", whole))
    for number in range(100):
        whole["paths"][f"/zones/{{zone}}/product{number}"] = {"get": {"$ref": "#/not/looked/at"}}
        whole["components"]["schemas"][f"product{number}"] = {"type": "nonsense"}
    assert report(capsys, write(tmp_path / "whole", whole)) == expected
    (tmp_path / "whole").write_text(yaml.safe_dump(whole), "utf-8")
    assert report(capsys, tmp_path / "whole") == expected


# What is new can be pasted


def operation(document: dict[str, Any], method: str, path: str) -> Any:
    return document["paths"][IMAGES + path][method]


def new_operation(document: dict[str, Any]) -> None:
    template = copy.deepcopy(operation(document, "get", "/v1/{image_id}"))
    document["paths"][IMAGES + "/v1/{image_id}/history"] = {
        "get": {
            **template,
            "operationId": "cloudflare-images-image-history",
            "parameters": [
                {"$ref": "#/components/parameters/account_id"},
                {"$ref": "#/components/parameters/image_id"},
                {"name": "since", "in": "query", "required": True, "schema": {"type": "string", "format": "date"}},
            ],
        }
    }


def new_method(document: dict[str, Any]) -> None:
    document["paths"][IMAGES + "/v1/{image_id}"]["put"] = {
        "deprecated": True,
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ImageEdit"}}},
        },
        "responses": operation(document, "get", "/v1/stats")["responses"],
    }


def everything(document: dict[str, Any]) -> None:
    for addition in ADDITIONS.values():
        if addition is not everything:
            addition(document)


ADDITIONS: dict[str, Any] = {
    "everything": everything,
    "operation": new_operation,
    "method": new_method,
    "parameter": lambda d: operation(d, "get", "/v2")["parameters"].append(
        {"name": "tag", "in": "query", "schema": {"type": "array", "items": {"enum": ["a", "b"], "type": "string"}}}
    ),
    "first parameter": lambda d: operation(d, "get", "/v1/stats").update(
        parameters=[{"name": "X-Unit", "in": "header", "required": True, "schema": {"type": "string"}}]
    ),
    "request body": lambda d: operation(d, "delete", "/v1/{image_id}").update(
        requestBody={"content": {"application/json": {"schema": {"type": "object", "properties": {"force": {}}}}}}
    ),
    "content type": lambda d: operation(d, "patch", "/v1/{image_id}")["requestBody"]["content"].update(
        {"text/csv": {"schema": {"type": "string", "maxLength": 9}}}
    ),
    "response": lambda d: operation(d, "post", "/v1")["responses"].update(
        {"202": {"description": "", "content": {"application/json": {"schema": {"type": ["object", "null"]}}}}}
    ),
    "response header": lambda d: operation(d, "get", "/v1/{image_id}/blob")["responses"]["2XX"].update(
        headers={"ETag": {"schema": {"type": "string"}}}
    ),
    "response field": lambda d: d["components"]["schemas"]["Image"]["properties"].update(
        thumb={"type": "object", "required": ["w"], "properties": {"w": {"type": "integer", "minimum": 1}}}
    ),
    "field of the envelope": lambda d: d["components"]["schemas"]["ImageResponse"]["allOf"].append(
        {
            "type": "object",
            "properties": {"result_info": {"type": "object", "additionalProperties": {"type": "number"}}},
        }
    ),
    "request field": lambda d: d["components"]["schemas"]["VariantOptions"]["properties"].update(
        shade={"anyOf": [{"type": "object", "properties": {"x": {}}}, {"type": "string"}]}
    ),
    "field of a shared envelope": lambda d: d["components"]["schemas"]["ImageResponse"].update(
        properties={"took": {"type": "number"}}
    ),
    "restricted names": lambda d: d["components"]["schemas"]["Config"].update(
        patternProperties={"^x-": {"type": "string"}}
    ),
}


def paste_into(lines: list[str], paste: dict[str, Any], pointers: dict[str, int]) -> None:
    """What a person does: put the lines below the line named, in place of a key that is there."""
    added = paste["yaml"].splitlines()
    key = re.match(r" *([^\s:-][^:]*):", added[0])
    there = pointers.get(f"{paste['pointer']}/{key[1]}") if key else None
    if there:
        indent = len(added[0]) - len(added[0].lstrip())
        end = there
        while end < len(lines) and len(lines[end]) - len(lines[end].lstrip()) > indent:
            end += 1
        lines[there - 1 : end] = added
    else:
        lines[paste["line"] : paste["line"]] = added


@pytest.mark.parametrize(
    "addition",
    [
        pytest.param(addition, marks=() if name in ("parameter", "bound") else pytest.mark.slow, id=name)
        for name, addition in ADDITIONS.items()
    ],
)
def test_what_is_new_comes_as_lines_that_can_be_pasted(
    addition: Any, tmp_path: Path, empty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    published = copy.deepcopy(OURS)
    addition(published)
    words = (write(tmp_path / "published.json", published), "--deviations", empty)
    code, found = report(capsys, *words)
    assert code == 1
    lines = SPEC.read_text("utf-8").splitlines()
    pastes = {json.dumps(paste): paste for difference in found["differences"] for paste in difference["paste"]}
    assert pastes
    pointers = loading.line_numbers("\n".join(lines))
    for paste in sorted(pastes.values(), key=lambda paste: -paste["line"]):
        paste_into(lines, paste, pointers)
    pasted = tmp_path / "openapi.yaml"
    pasted.write_text("\n".join(lines), "utf-8")
    assert report(capsys, *words, "--spec", pasted)[0] == 0
    if addition is everything:
        assert list(OpenAPIV31SpecValidator(loading.parse("\n".join(lines), "")).iter_errors()) == []


def test_what_is_pasted_is_in_our_style_and_words(
    tmp_path: Path, empty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    published = copy.deepcopy(OURS)
    new_operation(published)
    _, found = report(capsys, write(tmp_path / "published.json", published), "--deviations", empty)
    (difference,) = found["differences"]
    assert (
        difference["paste"][0]["yaml"]
        == """\
  /accounts/{account_id}/images/v1/{image_id}/history:
    parameters:
      - $ref: "#/components/parameters/account_id"
      - $ref: "#/components/parameters/image_id"
    get:
      operationId: image_history
      tags: [images]
      summary: (in our own words)
      description: (in our own words)
      parameters:
        - name: since
          in: query
          required: true
          schema:
            type: string
            format: date
      responses:
        "2XX":
          description: (in our own words)
          content:
            application/json:
              schema:
                $ref: "#/components/schemas/ImageResponse"
        "4XX":
          $ref: "#/components/responses/Failure"
        "5XX":
          $ref: "#/components/responses/Failure"
"""
    )


# What has changed is edited by hand


def narrow_one_envelope(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    narrow = {"allOf": [{"$ref": "#/components/schemas/Envelope"}, {"properties": {"success": {"enum": [True]}}}]}
    schemas["StatsResponse"] = {"allOf": [narrow, *schemas["StatsResponse"]["allOf"][1:]]}


def require_two(document: dict[str, Any]) -> None:
    schema = document["components"]["schemas"]["ImportSourceEdit"]
    schema["properties"] |= {"shade": {"type": "string"}, "frame": {"type": "string"}}
    schema["required"] = [*schema["required"], "shade", "frame"]


CHANGES: dict[str, tuple[Any, list[str], list[str]]] = {
    "an enumerated value": (
        lambda d: operation(d, "get", "/v2")["parameters"][2]["schema"].update(enum=["asc", "desc", "random"]), [], [],
    ),
    "a bound": (
        lambda d: d["components"]["schemas"]["ImageEdit"]["properties"]["creator"].update(maxLength=2048), [], [],
    ),
    "a type that is shared": (
        lambda d: d["components"]["schemas"]["Image"]["properties"]["draft"].update(type=["boolean", "null"]),
        ["schemas/Image is used at 5 places, and all of them differ so: edit it there"], [],
    ),
    "one of many that share": (
        narrow_one_envelope,
        ["schemas/Envelope is used at 107 places, 1 of which differ so: an edit of it changes the others too"], [],
    ),
    "a deprecation": (lambda d: operation(d, "get", "/v1/stats").update(deprecated=True), [], []),
    "required fields": (
        require_two,
        ["it is required: add frame to `required`, too", "it is required: add shade to `required`, too"],
        ["frame", "shade"],
    ),
    "security": (lambda d: d.update(security=[{"api_token": []}]), [], []),
    "a server": (lambda d: d.update(servers=[{"url": "https://api.example/v5"}]), [], []),
}  # fmt: skip


@pytest.mark.parametrize(("change", "advice", "pasted"), CHANGES.values(), ids=CHANGES.keys())
def test_a_change_is_told_without_lines_to_paste_but_with_where_else_it_counts(
    change: Any, advice: list[str], pasted: list[str], tmp_path: Path, empty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    published = copy.deepcopy(OURS)
    change(published)
    _, found = report(capsys, write(tmp_path / "published.json", published), "--deviations", empty)
    assert len(found["differences"]) == max(1, len(pasted))
    assert [text for d in found["differences"] for text in d["advice"]] == advice
    assert [paste["yaml"].split(":")[0].strip() for d in found["differences"] for paste in d["paste"]] == pasted
    if advice:
        assert main([str(tmp_path / "published.json"), "--deviations", str(empty)]) == 1
        text = capsys.readouterr().out
        assert all(words in text for words in advice)


def test_the_order_of_properties_does_not_matter(
    tmp_path: Path, empty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def reversed_order(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: reversed_order(value) for key, value in reversed(node.items())}
        return [reversed_order(item) for item in node] if isinstance(node, list) else node

    assert report(capsys, write(tmp_path / "x.json", reversed_order(OURS)), "--deviations", empty)[0] == 0


# Deviations


def one_more_field(document: dict[str, Any]) -> None:
    document["components"]["schemas"]["Image"]["properties"]["thumb"] = {"type": "string"}
    document["components"]["parameters"]["per_page"]["schema"]["maximum"] = 500


def deviations(path: Path, *entries: dict[str, Any]) -> Path:
    why = {"reason": "because", "source": "here"}
    path.write_text(yaml.safe_dump({"deviations": [{**entry, **why} for entry in entries]}), "utf-8")
    return path


def test_what_is_kept_on_purpose_is_not_reported_unless_it_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    published = copy.deepcopy(OURS)
    one_more_field(published)
    kept = deviations(
        tmp_path / "kept.yml",
        {"at": ["* result.thumb", "* result.images[].thumb"], "published": "present"},
        {"at": "* query per_page", "published": {"maximum": 500}, "ours": {"maximum": 10000}},
    )
    words = (tmp_path / "published.json", "--deviations", kept)
    write(words[0], published)
    assert report(capsys, *words)[0] == 0
    published["components"]["parameters"]["per_page"]["schema"]["maximum"] = 400
    write(words[0], published)
    code, found = report(capsys, *words)
    assert code == 1
    assert [(d["published"], d["deviation_line"]) for d in found["differences"]] == [(400, 8)]
    assert found["stale"] == []


def test_a_change_of_what_is_kept_on_purpose_is_weighed_from_what_was_published_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    published = copy.deepcopy(OURS)
    published["components"]["schemas"]["VariantOptions"]["properties"]["fit"]["enum"] = ["cover", "zoom"]
    entry = {"at": "* options.fit", "published": {"enum": ["cover", "crop"]}, "ours": {"enum": None}}
    kept = deviations(tmp_path / "kept.yml", entry, {**entry, "at": "* result.*options.fit"})
    file = write(tmp_path / "published.json", published)
    _, found = report(capsys, file, "--deviations", kept)
    assert [(d["severity"], d["paste"]) for d in found["differences"]] == [("breaking", []), ("new", [])]
    assert main([file, "--deviations", str(kept)]) == 1
    assert "  enum: - crop, + zoom\n" in capsys.readouterr().out


def test_an_entry_that_matches_nothing_is_stale(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = deviations(
        tmp_path / "kept.yml",
        {"at": "* query per_page", "published": {"maximum": 500}, "ours": {"maximum": 10000}},
        {"at": ["* query gone", "* path image_id"], "published": {"required": None}, "ours": {"required": True}},
    )
    code, found = report(capsys, write(tmp_path / "published.json", OURS), "--deviations", kept)
    assert code == 1
    assert found["differences"] == []
    assert [(entry["at"], entry["line"]) for entry in found["stale"]] == [
        ("* query per_page", 2), ("* query gone", 9), ("* path image_id", 9)
    ]  # fmt: skip


def test_what_has_vanished_takes_its_entries_with_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    published = copy.deepcopy(OURS)
    del published["paths"][IMAGES + "/v1/stats"]
    kept = deviations(
        tmp_path / "kept.yml",
        {"at": "* result.count.allowed", "published": {"type": "number"}, "ours": {"type": "integer"}},
    )
    code, found = report(capsys, write(tmp_path / "published.json", published), "--deviations", kept)
    assert (code, [d["places"] for d in found["differences"]]) == (1, [[f"GET {IMAGES}/v1/stats"]])
    assert found["stale"] == []


ACCIDENTS = {
    "per_page": lambda d: d["components"]["parameters"]["per_page"]["schema"].update(minimum=9000),
    "the id of an image": lambda d: d["components"]["schemas"]["Image"]["properties"]["id"].update(maxLength=3),
    "a time": lambda d: d["components"]["schemas"]["Image"]["properties"]["uploaded"].update(type="integer"),
}


@needs_upstream
@pytest.mark.parametrize("accident", ACCIDENTS.values(), ids=ACCIDENTS.keys())
def test_a_change_of_openapi_yaml_at_an_explained_place_is_reported(
    accident: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = copy.deepcopy(OURS)
    accident(ours)
    words = (str(UPSTREAM / "images-2026-10-04.json"), "--spec", write(tmp_path / "openapi.json", ours))
    code, found = report(capsys, *words)
    assert code == 1
    assert all(difference["deviation_line"] for difference in found["differences"])
    assert main([*words]) == 1
    assert "explains only: ours " in capsys.readouterr().out


def test_names_of_path_parameters_do_not_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    published = copy.deepcopy(OURS)
    published["paths"] = json.loads(json.dumps(published["paths"]).replace("{account_id}", "{account}"))
    published["components"]["parameters"]["account_id"]["name"] = "account"
    new = {"get": {"responses": {"200": {"description": "yes"}}}}
    published["paths"][IMAGES.replace("account_id", "account") + "/v9"] = new
    kept = deviations(
        tmp_path / "kept.yml",
        {"at": "GET /accounts/{account_identifier}/images/v9", "published": "present"},
    )
    assert report(capsys, write(tmp_path / "published.json", published), "--deviations", kept)[0] == 0


def test_an_entry_for_what_is_outside_is_stale_when_that_is_gone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kept.yml"
    entry = {"at": "* /accounts/{*}/images/v3*", "reason": "another product", "source": "here"}
    kept.write_text(yaml.safe_dump({"outside": [entry], "deviations": []}), "utf-8")
    published = copy.deepcopy(OURS)
    published["paths"][IMAGES + "/v3"] = {"get": {"responses": {"200": {"description": "yes"}}}}
    assert report(capsys, write(tmp_path / "published.json", published), "--deviations", kept)[0] == 0
    code, found = report(capsys, write(tmp_path / "published.json", OURS), "--deviations", kept)
    assert (code, [(stale["at"], stale["line"]) for stale in found["stale"]]) == (
        1,
        [("* /accounts/{*}/images/v3*", 3)],
    )


def test_every_deviation_has_a_reason_and_a_source() -> None:
    entries = yaml.safe_load((ROOT / "spec-deviations.yml").read_text("utf-8"))
    assert len(entries["deviations"]) >= 30
    for entry in entries["deviations"]:
        assert min(len(entry["reason"]), len(entry["source"])) > 5, entry


# For people


def test_the_text_says_where_and_what(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    published = copy.deepcopy(OURS)
    one_more_field(published)
    kept = deviations(
        tmp_path / "kept.yml", {"at": "* query per_page", "published": {"maximum": 600}, "ours": {"maximum": 10000}}
    )
    file = write(tmp_path / "published.json", published)
    assert main([file, "--deviations", str(kept)]) == 1
    text = capsys.readouterr().out
    line = next(n for n, row in enumerate(SPEC.read_text("utf-8").splitlines(), 1) if row == "    per_page:")
    assert f"openapi.yaml against {file}\n2 unexplained, 0 stale; 0 differences are explained by kept.yml\n" in text
    assert (
        f"""
Breaking for callers (1)

  bound (maximum): 600 → 500
    GET {IMAGES}/v1 query per_page
    GET {IMAGES}/v2 query per_page
    ours:      openapi.yaml:{line} #/components/parameters/per_page
    published: #/components/parameters/per_page
    kept.yml:2 explains only: published maximum 600
    ours says: 10000
"""
        in text
    )
    assert (
        """
    published: #/components/schemas/Image/properties/thumb
"""
        in text
    )
    assert "    |         thumb:\n    |           type: string\n" in text


def test_many_places_are_counted(tmp_path: Path, empty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    published = copy.deepcopy(OURS)
    published["components"]["schemas"]["Envelope"]["properties"]["success"]["type"] = "string"
    assert main([write(tmp_path / "published.json", published), "--deviations", str(empty)]) == 1
    assert re.search(r"… and \d+ more\n", capsys.readouterr().out)


# What cannot be read


def answer(url_path: str) -> tuple[int, bytes]:
    if url_path == "/spec.yaml":
        return 200, SPEC.read_bytes()
    return (404, b"not here") if url_path == "/missing" else (200, b"\xff\xfe")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body = answer(self.path)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_url_is_read(host: str, empty: Path) -> None:
    assert main([f"{host}/spec.yaml", "--deviations", str(empty)]) == 0


NO_DOCUMENT = [("/missing", "the server answered 404"), ("/binary", "this is not UTF-8 text")]


@pytest.mark.parametrize(("path", "problem"), NO_DOCUMENT)
def test_a_url_that_gives_no_document_is_said(
    host: str, path: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refusal(capsys, f"{host}{path}") == f"spec-diff: {host}{path}: {problem}\n"


def test_a_host_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert "http://127.0.0.1:1/x: " in refusal(capsys, "http://127.0.0.1:1/x")
    assert "http://[/x: " in refusal(capsys, "http://[/x")


def test_a_download_is_bounded(host: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(loading, "LARGEST_DOWNLOAD", 10)
    assert "larger than any" in refusal(capsys, f"{host}/spec.yaml")
    monkeypatch.setattr(loading, "DOWNLOAD_SECONDS", -1)
    assert "not there within" in refusal(capsys, f"{host}/spec.yaml")


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main([*words]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert len(printed.err) < 500
    return printed.err


GET = '{"responses": {"200": {"description": ""}}}'


def images(operation: Any = None, **more: Any) -> str:
    paths = {f"{IMAGES}/v1": {"get": operation or json.loads(GET)}}
    return json.dumps({"openapi": "3.0.3", "info": {"title": "", "version": ""}, "paths": paths, **more})


def returning(schema: Any, **more: Any) -> str:
    content = {"application/json": {"schema": schema}}
    return images({"responses": {"200": {"description": "", "content": content}}}, **more)


UNREADABLE = {
    "bad JSON": ('{"openapi": ', "bad JSON in line 1"),
    "bad YAML": ("a: [1,\nb: }", "bad YAML in line 2"),
    "control characters": ("a: \x01", "bad YAML"),
    "lists as keys": ("? [a, b]\n: c", "bad YAML"),
    "nothing": ("", "not an OpenAPI document"),
    "a page": ("<html><body>Moved</body></html>", "not an OpenAPI document"),
    "another description": ('{"swagger": "2.0"}', "not an OpenAPI document"),
    "another version": ('{"openapi": "4.0.0"}', "OpenAPI 4.0.0 is not known"),
    "no paths": ('{"openapi": "3.1.0"}', "no paths"),
    "no Images": ('{"openapi": "3.1.0", "paths": {"/zones": {}}}', "no Images operations"),
    "endless lists": ('{"a":' + "[" * 100_000, "nested too deeply"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "problem"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_document_that_cannot_be_read_is_said_in_one_line(
    text: str, problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "published"
    file.write_text(text, "utf-8")
    message = refusal(capsys, str(file))
    assert message.startswith(f"spec-diff: {file}: ")
    assert problem in message


def test_what_is_odd_in_the_published_document_is_warned_of(
    tmp_path: Path, empty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    published = copy.deepcopy(OURS)
    published["components"]["schemas"]["Image"]["properties"]["id"]["maxLength"] = "long"
    words = (write(tmp_path / "published.json", published), "--deviations", str(empty))
    code, found = report(capsys, *words)
    place = "#/components/schemas/Image/properties/id/maxLength"
    assert (code, found["differences"]) == (1, [])
    assert found["warnings"] == [f"{place}: not valid OpenAPI 3.1: 'long' is not of type 'integer'"]
    assert main([*words]) == 1
    assert f"left out of the comparison (1)\n  {place}: " in capsys.readouterr().out


def test_what_is_odd_in_openapi_yaml_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours = copy.deepcopy(OURS)
    ours["components"]["schemas"]["Image"]["properties"]["id"] = {"$ref": "#/nowhere"}
    message = refusal(capsys, str(SPEC), "--spec", write(tmp_path / "openapi.json", ours))
    assert "openapi.json: #/nowhere: the reference leads nowhere" in message


def test_a_file_that_is_not_there_or_no_text_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "No such file" in refusal(capsys, str(tmp_path / "nothing.json"))
    assert "Is a directory" in refusal(capsys, str(tmp_path))
    (tmp_path / "binary").write_bytes(b"\xff\xfe{}")
    assert "not UTF-8" in refusal(capsys, str(tmp_path / "binary"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("deviations: [", "bad YAML"),
        ("[]", "is not of type 'object'"),
        ("deviations:\n  - {at: x, published: present, reason: y}", "'source' is a required property"),
        ("deviations:\n  - {at: x, published: maybe, reason: y, source: z}", "'maybe' is not"),
        ("deviations:\n  - {at: [], published: present, reason: y, source: z}", "deviations/0/at"),
        ("deviations:\n  - {at: x, published: {type: a}, reason: y, source: z}", "`ours` has to say the same"),
        ("deviations:\n  - {at: x, published: {type: a}, ours: {enum: a}, reason: y, source: z}", "`ours` has to"),
    ],
)
def test_a_broken_list_of_deviations_is_said(
    text: str, problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "deviations.yml"
    file.write_text(text, "utf-8")
    message = refusal(capsys, str(SPEC), "--deviations", str(file))
    assert message.startswith(f"spec-diff: {file}: ")
    assert problem in message


def test_yaml_is_read_as_json_would_say_it() -> None:
    text = "200: no\nday: 2026-07-27\nnone: null\nyes: [true, 1, 1.5, 0o7, '1']\nbase: &b {x: 1}\nmore: {<<: *b}"
    assert loading.parse(text, "") == {
        "200": "no",
        "day": "2026-07-27",
        "none": None,
        "yes": [True, 1, 1.5, "0o7", "1"],
        "base": {"x": 1},
        "more": {"x": 1},
    }
