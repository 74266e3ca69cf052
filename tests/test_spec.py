"""openapi.yaml is a valid description, covers what the reference pages do, and the façade follows it."""

import ast
import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator

from cfimages import CloudflareImages

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
UPSTREAM = SHARED / "upstream" / "images-2026-07-27.json"
SPEC: dict[str, Any] = yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8"))
OPERATIONS = {
    operation["operationId"]: (method, path, operation)
    for path, item in SPEC["paths"].items()
    for method, operation in item.items()
    if method != "parameters"
}

needs_upstream = pytest.mark.skipif(
    not UPSTREAM.exists(), reason="the published specification is not beside the project"
)


def resolve(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """A schema with its references and intersections merged into one."""
    if "$ref" in schema:
        target: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return resolve(target, document)
    merged: dict[str, Any] = {key: value for key, value in schema.items() if key != "allOf"}
    for part in schema.get("allOf", []):
        other = resolve(part, document)
        properties = {**merged.get("properties", {}), **other.get("properties", {})}
        merged = {**merged, **other, "properties": properties}
    return merged


def parameters(path: str, method: str, document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    item = document["paths"][path]
    found = [resolve(p, document) for p in [*item.get("parameters", []), *item[method].get("parameters", [])]]
    return {parameter["name"]: resolve(parameter["schema"], document) for parameter in found}


def test_it_is_valid_openapi() -> None:
    assert list(OpenAPIV31SpecValidator(SPEC).iter_errors()) == []
    assert SPEC["openapi"].startswith("3.1")


def test_both_kinds_of_credentials_are_accepted() -> None:
    assert SPEC["security"] == [{"api_token": []}, {"api_email": [], "api_key": []}]
    schemes = SPEC["components"]["securitySchemes"]
    assert (schemes["api_token"]["type"], schemes["api_token"]["scheme"]) == ("http", "bearer")
    assert {schemes[name]["name"] for name in ("api_email", "api_key")} == {"X-Auth-Email", "X-Auth-Key"}


def test_every_operation_has_a_generated_module_with_its_parameters() -> None:
    for name, (method, path, _) in OPERATIONS.items():
        module = importlib.import_module(f"cfimages_api.api.images.{name}")
        accepted = set(module.sync_detailed.__annotations__) - {"client", "body", "return"}
        assert accepted == set(parameters(path, method, SPEC)), name


def test_every_operation_is_wrapped() -> None:
    facade = ROOT / "facade" / "cfimages"
    trees = [ast.parse((facade / name).read_text("utf-8")) for name in ("client.py", "resources.py")]
    for variant in ("sync_detailed", "asyncio_detailed"):
        called = {
            node.func.value.attr
            for tree in trees
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == variant
            if isinstance(node.func.value, ast.Attribute)
        }
        assert called == set(OPERATIONS) - STREAMED, variant


STREAMED = {"get_image_blob"}
"""What the façade asks for itself, since the generated function would hold all of an image."""


def test_every_operation_with_a_token_has_a_pager() -> None:
    paged = {
        name for name, (method, path, _) in OPERATIONS.items() if "continuation_token" in parameters(path, method, SPEC)
    }
    assert paged == {"list_images_v2"}
    assert "Source: list_images_v2" in (CloudflareImages.list.__doc__ or "")


def test_every_deviation_has_its_reason() -> None:
    text = (ROOT / "openapi.yaml").read_text("utf-8")
    assert len(re.findall(r"# Deviation: \S.{15,}", text)) >= 15
    assert len(re.findall(r"Deviation", text)) == len(re.findall(r'# Deviation: |"Deviation"', text))


@needs_upstream
def test_its_words_are_our_own() -> None:
    published = set(texts(json.loads(UPSTREAM.read_text("utf-8"))))
    assert not [text for text in texts(SPEC) if len(text.split()) > 4 and text in published]


def texts(node: Any) -> list[str]:
    """Every description and summary, white space folded."""
    if isinstance(node, list):
        return [text for item in node for text in texts(item)]
    if not isinstance(node, dict):
        return []
    own = [" ".join(node[key].split()) for key in ("description", "summary") if isinstance(node.get(key), str)]
    return own + [text for value in node.values() for text in texts(value)]
