"""The batch host and its tokens."""

import base64
import hmac
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pictures import PNG
from sandbox.calls import refused, upload

from cfimages.sandbox import Sandbox


@pytest.fixture
def token(http: httpx.Client) -> str:
    return http.get("/v1/batch_token").json()["result"]["token"]


@pytest.fixture
def fast(sandbox: Sandbox, token: str) -> Iterator[httpx.Client]:
    """A client of the batch host."""
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{sandbox.batch_url}/images", headers=headers) as client:
        yield client


def test_a_token_says_when_it_ends(http: httpx.Client) -> None:
    result = http.get("/v1/batch_token").json()["result"]
    assert set(result) == {"token", "expiresAt"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", result["expiresAt"])
    rest = datetime.fromisoformat(result["expiresAt"]) - datetime.now(UTC)
    assert 3590 < rest.total_seconds() <= 3600
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", result["token"])


def test_it_does_what_the_api_does(http: httpx.Client, fast: httpx.Client, sandbox: Sandbox) -> None:
    assert sandbox.batch_url == f"{sandbox.url}/batch"
    image = upload(fast, id="a/b").json()["result"]
    assert fast.get("/v1/a%2Fb").json()["result"] == image == http.get("/v1/a%2Fb").json()["result"]
    assert fast.patch("/v1/a%2Fb", json={"creator": "me"}).json()["result"] == image | {"creator": "me"}
    query = {"creator": "me", "meta.a[eq:string]": "1"}
    assert fast.get("/v2", params={"creator": "me"}).json()["result"]["images"] == [image | {"creator": "me"}]
    assert fast.get("/v2", params=query).json()["result"]["images"] == []
    url = fast.post("/v2/direct_upload").json()["result"]["uploadURL"]
    assert httpx.post(url, files={"file": ("b.png", PNG)}).status_code == 200
    assert fast.delete("/v1/a%2Fb").json()["result"] == {}
    assert refused(http.get("/v1/a%2Fb"))[:2] == (404, 5404)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1"),
        ("GET", "/v1/a/blob"),
        ("GET", "/v1/stats"),
        ("GET", "/v1/keys"),
        ("PUT", "/v1/keys/a"),
        ("GET", "/v1/variants"),
        ("DELETE", "/v1/variants/a"),
        ("GET", "/v1/config"),
        ("GET", "/v1/batch_token"),
        ("PUT", "/v1/a"),
        ("GET", "/v3"),
    ],
)
def test_it_does_nothing_else(fast: httpx.Client, method: str, path: str) -> None:
    assert refused(fast.request(method, path))[:2] == (404, 7003)


def test_its_paths_have_no_account(fast: httpx.Client, sandbox: Sandbox, account: str) -> None:
    for path in (f"/batch/accounts/{account}/images/v2", f"/batch/client/v4/accounts/{account}/images/v2"):
        assert refused(fast.get(sandbox.url + path))[:2] == (404, 7003)


def test_each_place_has_its_own_credentials(
    http: httpx.Client, fast: httpx.Client, sandbox: Sandbox, token: str
) -> None:
    denied = (401, 10000, "Authentication error")
    assert refused(http.get("/v2", headers={"Authorization": f"Bearer {token}"})) == denied
    others: list[dict[str, str]] = [
        {"Authorization": "Bearer any"},
        {"Authorization": f"Basic {token}"},
        {"Authorization": f"Bearer {token[:-3]}AAA"},
        {"Authorization": "Bearer a.b.c"},
        {"Authorization": "Bearer a.bbbbb.c"},
        {"Authorization": "Bearer a.W10.c"},
        {"Authorization": "Bearer a.eyJzdWIiOiAibm9uZSIsICJleHAiOiA1fQ.c"},
        {"X-Auth-Email": "a@b.c", "X-Auth-Key": "k"},
        {},
    ]
    for headers in others:
        assert refused(httpx.get(f"{sandbox.batch_url}/images/v2", headers=headers)) == denied
    assert fast.get("/v2").status_code == 200


def test_a_token_is_for_one_account(http: httpx.Client, fast: httpx.Client, sandbox: Sandbox, account: str) -> None:
    upload(http, id="mine")
    headers = {"Authorization": "Bearer any"}
    other = httpx.get(f"{sandbox.base_url}/accounts/{account}-other/images/v1/batch_token", headers=headers)
    authorization = f"Bearer {other.json()['result']['token']}"
    assert refused(fast.get("/v1/mine", headers={"Authorization": authorization}))[:2] == (404, 5404)


def test_a_token_of_another_secret_is_not_genuine(fast: httpx.Client, sandbox: Sandbox, account: str) -> None:
    signed = fast.headers["Authorization"].removeprefix("Bearer ").rpartition(".")[0]
    for secret, status in ((b"guess", 401), (sandbox.store.accounts.get(account).secret.encode(), 200)):
        signature = base64.urlsafe_b64encode(hmac.digest(secret, signed.encode(), "sha256")).decode().rstrip("=")
        headers = {"Authorization": f"Bearer {signed}.{signature}"}
        assert fast.get("/v2", headers=headers).status_code == status


@pytest.mark.realtime
def test_a_token_ends() -> None:
    with Sandbox(batch_token_ttl=60, api_token="right") as sandbox:
        url = f"{sandbox.base_url}/accounts/a/images/v1/batch_token"
        result: Any = httpx.get(url, headers={"Authorization": "Bearer right"}).json()["result"]
        headers = {"Authorization": f"Bearer {result['token']}"}
        assert httpx.get(f"{sandbox.batch_url}/images/v2", headers=headers).status_code == 200
        sandbox.clock.advance(61)
        assert refused(httpx.get(f"{sandbox.batch_url}/images/v2", headers=headers))[:2] == (401, 10000)
        assert httpx.get(url, headers=headers).status_code == 401
