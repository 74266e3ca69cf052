"""openapi.yaml is a valid description and covers what the reference pages do."""

import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from specs import load, resolved

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
UPSTREAM = SHARED / "upstream" / "images-2026-10-04.json"
SPEC = load(ROOT / "openapi.yaml")
OPERATIONS = {
    operation["operationId"]: (method, path, operation)
    for path, item in SPEC["paths"].items()
    for method, operation in item.items()
    if method != "parameters"
}

needs_upstream = pytest.mark.skipif(
    not UPSTREAM.exists(), reason="the published specification is not beside the project"
)


def parameters(path: str, method: str, document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    item = document["paths"][path]
    found = [resolved(p, document) for p in [*item.get("parameters", []), *item[method].get("parameters", [])]]
    return {parameter["name"]: resolved(parameter["schema"], document) for parameter in found}


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


def test_every_component_is_used() -> None:
    """What an operation that is gone has left would still be generated."""
    used = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(SPEC)))
    components = {f"#/components/{kind}/{name}" for kind, parts in SPEC["components"].items() for name in parts}
    assert {c for c in components - used if "/securitySchemes/" not in c} == set()


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
