"""Requests that schemathesis makes of openapi.yaml, right ones and wrong ones, and what any answer must be."""

import itertools
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import specs
from hypothesis import HealthCheck, Phase, given, settings
from pictures import PNG

from cfimages import CloudflareImages
from cfimages.sandbox import Sandbox
from cfimages.sandbox.imports import migrations

DOCUMENT = Path(__file__).parent.parent / "openapi.yaml"
OPERATIONS = [
    f"{method.upper()} {path}"
    for path, item in specs.load(DOCUMENT)["paths"].items()
    for method in item
    if method in specs.METHODS
]
MODES = {"right": "POSITIVE", "wrong": "NEGATIVE"}


@cache
def _schemathesis() -> tuple[Any, dict[str, Any], tuple[Any, ...]]:
    """The package, what it makes of each operation, and its checks; when first needed, since reading it takes long."""
    schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is a tool of `make check`")
    conformance = pytest.importorskip("schemathesis.specs.openapi.checks")
    found = schemathesis.openapi.from_path(str(DOCUMENT)).get_all_operations()
    checks = (
        schemathesis.checks.not_a_server_error,
        conformance.status_code_conformance,
        conformance.content_type_conformance,
        conformance.response_headers_conformance,
        conformance.response_schema_conformance,
    )
    return schemathesis, {operation.ok().label: operation.ok() for operation in found}, checks


# Of what is there, and what can be accepted, so that not all is refused for want of it.
PRESENT = {"image_id": "picture", "variant_id": "thumbnail", "signing_key_name": "default"}
SIZE = {"fit": "cover", "metadata": "none", "width": 10, "height": 10}
BUCKET = {"bucket": "photos", "vendor": "s3", "secret": {}}
SOURCES = "/accounts/{account_id}/images/v2/sourcingkit/sources"
IMPORTS = "/accounts/{account_id}/images/v2/sourcingkit/migrations"
ENDED = (f"DELETE {IMPORTS}/{{import_id}}", f"DELETE {SOURCES}/{{source_id}}")
"""What takes an import that has ended, or none; all else takes one that has not begun."""
RUNNING = f"PATCH {IMPORTS}/{{import_id}}/lifecycle/abort"
ACCEPTED = {
    "POST /accounts/{account_id}/images/v1": {"file": PNG},
    "PATCH /accounts/{account_id}/images/v1/{image_id}": {"creator": "ada"},
    "POST /accounts/{account_id}/images/v1/variants": {"id": "another", "options": SIZE},
    "PATCH /accounts/{account_id}/images/v1/variants/{variant_id}": {"options": SIZE},
    f"POST {SOURCES}": {"name": "photos", **BUCKET},
    f"POST {SOURCES}/connectivity-precheck": BUCKET,
    f"PATCH {SOURCES}/{{source_id}}": {"name": "pictures"},
}


def add_import(images: CloudflareImages, label: str) -> dict[str, str]:
    """Add what an operation on imports takes; gives the ids by their names in paths."""
    source = images.imports.sources.create("photos", bucket="photos", vendor="s3", secret={"accessKeyId": "any"})
    job = images.imports.create(source.id)
    if label in ENDED:
        images.imports.start(job.id)
        images.imports.wait(job.id, every=0.01)
    elif label == RUNNING:
        images.imports.start(job.id)
    return {"source_id": source.id, "import_id": job.id}


def fuzz(sandbox: Sandbox, account: str, label: str, mode: str, examples: int, **options: Any) -> set[int]:
    """Ask a new account for an operation in so many ways; gives the statuses.

    Fails for an answer that is not described.
    """
    with pytest.MonkeyPatch.context() as patch:
        if label == RUNNING:
            patch.setattr(migrations, "run", lambda *_: None)  # an import runs until it is aborted
        return _fuzz(sandbox, account, label, mode, examples, options)


def _fuzz(sandbox: Sandbox, account: str, label: str, mode: str, examples: int, options: Any) -> set[int]:
    schemathesis, operations, checks = _schemathesis()
    generation_mode = getattr(schemathesis.GenerationMode, MODES[mode])
    statuses = set()
    sandbox.fill(account, 20)
    with sandbox.client(account) as images:
        images.upload(PNG, id=PRESENT["image_id"])
        images.variants.create(PRESENT["variant_id"], width=10, height=10)
        ids = {**PRESENT, **add_import(images, label)}
    accepted = {**ACCEPTED, f"POST {IMPORTS}": {"sourceId": ids["source_id"]}}
    present = itertools.cycle((True, False))

    @settings(max_examples=examples, phases=(Phase.generate,), suppress_health_check=list(HealthCheck), **options)
    @given(case=operations[label].as_strategy(generation_mode=generation_mode))
    def ask(case: Any) -> None:
        if next(present):
            case.path_parameters = {name: ids.get(name, account) for name in case.path_parameters}
            case.body = accepted.get(label, case.body) if mode == "right" else case.body
        response = case.call(base_url=sandbox.base_url, headers={"Authorization": "Bearer any"})
        statuses.add(response.status_code)
        case.validate_response(response, checks=checks)

    ask()
    return statuses
