"""A sandbox that is told a token lets in nobody without it, by any way, and nothing happens to what it holds."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from pictures import PNG
from sandbox.calls import refused
from specs import Operation, load, operations

from cfimages.sandbox import Sandbox

TOKEN = "right-token"
OFFERED = {"list_images_v2", "get_image", "upload_image", "edit_image", "delete_image", "create_direct_upload"}
OPERATIONS = operations(load(Path(__file__).parents[2] / "openapi.yaml")).values()
WRONG = {
    "none": {},
    "empty": {"Authorization": ""},
    "empty token": {"Authorization": "Bearer"},
    "wrong token": {"Authorization": "Bearer wrong"},
    "token and more": {"Authorization": f"Bearer {TOKEN}x"},
    "half a token": {"Authorization": f"Bearer {TOKEN[:5]}"},
    "other case": {"Authorization": f"Bearer {TOKEN.upper()}"},
    "wrong scheme": {"Authorization": f"Basic {TOKEN}"},
    "no scheme": {"Authorization": TOKEN},
    "global key": {"X-Auth-Email": "me@example.org", "X-Auth-Key": "key"},
    "token as the key": {"X-Auth-Email": "me@example.org", "X-Auth-Key": TOKEN},
    "key without e-mail": {"X-Auth-Key": TOKEN},
    "token as a cookie": {"Cookie": f"api_token={TOKEN}"},
}


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("credentials") / "db.sqlite"


@pytest.fixture(scope="module")
def guarded(db: Path) -> Iterator[Sandbox]:
    with Sandbox(db, api_token=TOKEN) as running:
        with running.client("a") as images:
            images.upload(PNG, id="x", metadata={"n": 1})
            images.variants.create("x", width=1, height=1)
            images.keys.create("x")
        yield running


def held(db: Path) -> list[str]:
    """All that is in the file."""
    with closing(sqlite3.connect(db)) as connection:
        return list(connection.iterdump())


@pytest.mark.parametrize("headers", WRONG.values(), ids=WRONG)
def test_no_operation_is_open_to_wrong_credentials(guarded: Sandbox, db: Path, headers: dict[str, str]) -> None:
    before = held(db)
    with httpx.Client(headers=headers) as http:
        for operation in OPERATIONS:
            path = re.sub(r"\{\w+\}", "x", operation.path.replace("{account_id}", "a"))
            answer = http.request(operation.method, guarded.base_url + path, files={"file": PNG})
            assert refused(answer) == (401, 10000, "Authentication error"), operation.name
            answer = http.request(
                operation.method, guarded.batch_url + path.removeprefix("/accounts/a"), files={"file": PNG}
            )
            assert refused(answer)[0] == (401 if is_offered(operation) else 404), operation.name
    assert held(db) == before


def is_offered(operation: Operation) -> bool:
    """Whether the batch host has an operation: those of `BatchClient`."""
    return operation.name in OFFERED
