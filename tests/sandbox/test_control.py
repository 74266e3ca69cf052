"""The control of a sandbox over HTTP, for tests in other languages."""

import base64
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pictures import PNG

from cfimages.sandbox import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def control(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{sandbox.url}/control") as client:
        yield client


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=f"{sandbox.base_url}/accounts/one/images", headers={"Authorization": "Bearer any"}
    ) as client:
        yield client


def test_faults_are_aimed_and_taken_back(control: httpx.Client, http: httpx.Client) -> None:
    aimed = {"method": "GET", "path": "/images/v2", "kind": "server-error", "status": 503, "after": 1, "times": 2}
    assert control.post("/faults", json=aimed).json()["aimed"]["times"] == 2
    assert [http.get("/v2").status_code for _ in range(4)] == [200, 503, 503, 200]
    state = control.get("/faults").json()
    assert (state["aimed"], state["random"], len(state["incidents"])) == ([], None, 2)
    assert control.put("/faults", json={"rate": 1, "kinds": ["server-error"]}).json()["random"]["rate"] == 1
    assert http.get("/v2").status_code >= 500
    assert control.delete("/faults").json()["random"] is None
    assert http.get("/v2").status_code == 200


def test_a_fault_without_an_end(control: httpx.Client, http: httpx.Client) -> None:
    control.post("/faults", json={"kind": "server-error", "status": 500, "times": None, "account": None})
    assert [http.get("/v2").status_code for _ in range(3)] == [500] * 3


def test_incidents_show_no_signature(sandbox: Sandbox, control: httpx.Client) -> None:
    sandbox.faults.next(kind="garbage")
    httpx.get(f"{sandbox.url}/{'x' * 22}/a/public?exp=1&sig=canary")
    assert "sig=canary" in sandbox.incidents[0].target
    assert control.get("/faults").json()["incidents"][0]["target"].endswith("exp=1&sig=***")
    assert "canary" not in httpx.get(f"{sandbox.url}/console/faults").text


def test_requests_are_told(control: httpx.Client, http: httpx.Client) -> None:
    http.patch("/v1/a", json={"creator": "ada"})
    (entry,) = control.get("/requests").json()["requests"]
    assert (entry["method"], entry["status"], entry["account"], entry["body"]) == (
        "PATCH",
        404,
        "one",
        {"creator": "ada"},
    )
    assert entry["headers"]["authorization"] == "***"
    assert entry["answer"]["errors"][0]["code"] == 5404


def test_the_clock_is_moved(control: httpx.Client, sandbox: Sandbox) -> None:
    assert control.put("/clock", json={"now": "2026-05-01T12:00:00Z"}).json()["now"].startswith("2026-05-01T12:00:00")
    assert control.post("/clock", json={"seconds": 3600}).json()["now"].startswith("2026-05-01T13:00:00")
    assert control.get("/clock").json()["now"].startswith("2026-05-01T13:00:00")
    control.delete("/clock")
    assert not control.get("/clock").json()["now"].startswith("2026-05-01T")


def test_images_are_added_and_put_back(control: httpx.Client, http: httpx.Client) -> None:
    file = base64.b64encode(PNG).decode()
    image = {"account": "one", "id": "a", "file": file, "uploaded": "2026-05-01T12:00:00Z", "metadata": {"n": 1}}
    assert control.post("/images", json=image).json() == {"id": "a"}
    assert http.get("/v1/a").json()["result"]["meta"] == {"n": 1}
    assert http.get("/v1/a/blob").content == PNG
    assert control.post("/images", json=image).status_code == 409
    snapshot = control.post("/snapshots").json()
    assert control.post("/fill", json={"account": "one", "count": 3, "start": "2026-01-01T00:00:00Z"}).json() == {
        "count": 4
    }
    assert control.post("/fill", json={"count": 1}).json() == {"count": 1}
    http.delete("/v1/a")
    assert control.post("/restore", json=snapshot).json() == {}
    assert [i["id"] for i in http.get("/v2").json()["result"]["images"]] == ["a"]
    assert control.post("/restore", json={"snapshot": "2"}).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("POST", "/faults", {}, "kind is needed"),
        ("POST", "/faults", {"kind": "late"}, "'late' is none of"),
        ("POST", "/faults", {"kind": "latency", "path": "/imags/v2"}, "did you mean '/images/v2'?"),
        ("POST", "/faults", {"kind": "latency", "afer": 1}, "afer is unknown; known are method, path, kind"),
        ("POST", "/faults", {"kind": "latency", "after": "1"}, "after must be a whole number"),
        ("POST", "/faults", {"kind": "latency", "after": True}, "after must be a whole number"),
        ("POST", "/faults", {"kind": "server-error", "status": 503.5}, "status must be a whole number"),
        ("POST", "/faults", {"kind": "latency", "account": 5}, "account must be a string"),
        ("POST", "/faults", {"kind": "latency", "delay": None}, "delay must be a number"),
        ("POST", "/faults", {"kind": "reset-before", "carried_out": 1}, "carried_out must be true or false"),
        ("PUT", "/faults", {"kinds": "latency"}, "kinds must be a list"),
        ("POST", "/images", {"account": 5}, "account must be a string"),
        ("POST", "/images", {"metadata": []}, "metadata must be an object"),
        ("POST", "/images", {"draft": True, "file": "R0lGODlh"}, "a draft has no file"),
        ("POST", "/fill", {"count": 1, "size": 1}, "size is unknown"),
        ("POST", "/faults", {"kind": "latency", "path": 1}, "path must be a string"),
        ("PUT", "/faults", {"rate": 2}, "rate must be between"),
        ("PUT", "/faults", {"rates": 2}, "rates is unknown"),
        ("PUT", "/faults", {"rate": "2"}, "rate must be a number"),
        ("POST", "/fill", {"count": 1, "start": 5}, "start is needed"),
        ("PUT", "/clock", {}, "now is needed"),
        ("PUT", "/clock", {"now": "soon"}, "Invalid isoformat"),
        ("POST", "/clock", {}, "seconds is needed"),
        ("POST", "/images", {"meta": {}}, "meta is unknown"),
        ("POST", "/images", {"file": "?"}, "base64"),
        ("POST", "/fill", {"count": -1}, "count is needed"),
    ],
)
def test_what_makes_no_sense_is_said(
    control: httpx.Client, method: str, path: str, body: dict[str, Any], message: str
) -> None:
    answer = control.request(method, path, json=body)
    assert answer.status_code == 400
    assert message in answer.json()["error"]


def test_what_is_no_json_is_said(control: httpx.Client) -> None:
    json = {"Content-Type": "application/json"}
    assert control.post("/faults", content=b"[]", headers=json).json() == {"error": "the body is not a JSON object"}
    assert control.get("/none").status_code == 404
    assert control.post("/faults", content=b" " * (17 * 2**20), headers=json).status_code == 413


def test_a_caller_that_goes_is_not_answered(sandbox: Sandbox, control: httpx.Client) -> None:
    with socket.create_connection(("127.0.0.1", httpx.URL(sandbox.url).port or 0)) as caller:
        caller.sendall(b"POST /control/fill HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
    assert control.get("/faults").status_code == 200


def test_the_buckets_are_named(sandbox: Sandbox, control: httpx.Client, tmp_path: Path) -> None:
    assert control.get("/buckets").json() == {"buckets": []}
    sandbox.buckets["photos"] = tmp_path
    assert control.get("/buckets").json() == {"buckets": ["photos"]}
