"""What was asked: everything that helps to find a mistake, and no credentials."""

import json
import queue
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
from patience import PATIENCE
from pictures import PNG
from sandbox.calls import upload

from cfimages.sandbox import Sandbox, request_log
from cfimages.sandbox.request_log import MAX_KEPT_BYTES, LoggedRequest

SEEN: list[LoggedRequest] = []


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(on_request=SEEN.append) as running:
        yield running


def last(sandbox: Sandbox) -> LoggedRequest:
    return sandbox.requests[-1]


def test_a_request_and_its_answer_are_kept(sandbox: Sandbox, http: httpx.Client, account: str) -> None:
    http.get("/v2", params={"per_page": "0", "creator": "ada"}, headers={"User-Agent": "test/1"})
    entry = last(sandbox)
    assert (entry.method, entry.path, entry.query) == (
        "GET",
        f"/client/v4/accounts/{account}/images/v2",
        "per_page=0&creator=ada",
    )
    assert (entry.status, entry.account, entry.agent, entry.client, entry.fault) == (
        400,
        account,
        "test/1",
        "127.0.0.1",
        None,
    )
    assert entry.errors == "5400 Invalid per_page: must be between 1 and 10000"
    assert entry.answer["success"] is False
    assert entry.body is None
    assert entry.duration > 0
    assert SEEN[-1] is entry
    assert sandbox.requests == (*sandbox.requests[:-1], entry)
    text = str(entry)
    assert f"GET {entry.target}  400 in " in text
    assert text.endswith(entry.errors)


@pytest.mark.parametrize(
    "name",
    ["Authorization", "Proxy-Authorization", "Cookie", "X-Auth-Key", "X-Auth-User-Service-Key", "X-Api-Key",
     "Cf-Access-Client-Secret", "Cf-Access-Token", "X-Auth-Email", "Apikey", "X-Password"],
)  # fmt: skip
def test_no_header_shows_a_secret(sandbox: Sandbox, http: httpx.Client, name: str) -> None:
    http.get("/v2", headers={name: "canary", "X-Other": "seen"})
    assert last(sandbox).headers[name.lower()] == "***"
    assert last(sandbox).headers["x-other"] == "seen"
    page = httpx.get(f"{sandbox.url}/console/log").text + httpx.get(f"{sandbox.url}/control/requests").text
    assert "canary" not in page


@pytest.mark.parametrize("name", ["sig", "token", "api_token", "access_token", "%61pi_key", "Secret", "password"])
def test_no_address_shows_a_secret(sandbox: Sandbox, http: httpx.Client, name: str) -> None:
    http.get(f"/v2?per_page=5&{name}=canary", headers={"Referer": f"http://localhost/a?b=c&{name}=canary"})
    assert last(sandbox).query == f"per_page=5&{name}=***"
    assert last(sandbox).headers["referer"] == f"http://localhost/a?b=c&{name}=***"


def test_bodies_are_kept_as_what_they_mean(sandbox: Sandbox, http: httpx.Client) -> None:
    http.patch("/v1/none", json={"creator": "ada"})
    assert last(sandbox).body == {"creator": "ada"}
    http.patch("/v1/none", content=b"no json", headers={"Content-Type": "application/json"})
    assert last(sandbox).body == "no json"
    upload(http, id="a", metadata='{"n": 1}')
    assert last(sandbox).body == {"id": "a", "metadata": '{"n": 1}', "file": {"filename": "a.png", "bytes": len(PNG)}}
    http.patch("/v1/a", json={"creator": "a" * MAX_KEPT_BYTES})
    assert last(sandbox).body is None
    image = http.get("/v1/a").json()["result"]["variants"][0]
    httpx.get(image)
    assert (last(sandbox).answer, last(sandbox).errors) == (None, "")
    httpx.get(image.replace("/a/", "/b/"))
    assert last(sandbox).errors == "ERROR 5404: Image not found\n"


def test_a_fault_is_named(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.faults.next(kind="reset-before")
    with pytest.raises(httpx.ReadError):
        http.get("/v2")
    assert (last(sandbox).status, last(sandbox).fault) == (None, "reset-before")
    assert "no answer" in str(last(sandbox))
    assert "fault reset-before" in str(last(sandbox))


def test_no_credential_is_kept(sandbox: Sandbox, http: httpx.Client) -> None:
    secret = "canary-of-the-log"
    http.get("/v1/stats", headers={"Authorization": f"Bearer {secret}", "X-Auth-Key": secret, "Cookie": secret})
    http.post("/v1", files={"url": (None, f"http://ada:{secret}@127.0.0.1:1/a.png")})
    httpx.get(f"{sandbox.url}/{'x' * 22}/a/public?exp=1&sig={secret}&%73ig={secret}")
    token = http.get("/v1/batch_token").json()["result"]["token"]
    key = http.get("/v1/keys").json()["result"]["keys"][0]["value"]
    http.get("/v1/keys/none")
    kept = sandbox.requests[-6:]
    shown = json.dumps([[str(e), repr(e), dict(e.headers), e.query, e.body, e.answer] for e in kept])
    for hidden in (secret, token, key):
        assert hidden not in shown
    assert kept[0].headers["authorization"] == "***"
    assert kept[2].query == "exp=1&sig=***&%73ig=***"
    assert kept[3].answer["result"]["token"] == "***"
    assert kept[4].answer["result"]["keys"] == [{"name": "default", "value": "***"}]


def test_the_address_of_a_direct_upload_is_not_kept(sandbox: Sandbox, http: httpx.Client) -> None:
    url = http.post("/v2/direct_upload", files={"id": (None, "avatars/canary 7")}).json()["result"]["uploadURL"]
    httpx.post(url, files={"file": ("a.png", PNG)}).raise_for_status()
    sandbox.faults.next("POST", "/upload/*", kind="server-error")
    httpx.post(url, files={"file": ("a.png", PNG)})
    made, sent, failed = sandbox.requests[-3:]
    secret = url.partition("/upload/")[2].partition("/")[2]
    assert "canary" in secret
    for shown in (str(made), sent.path, str(sent), str(failed)):
        assert secret not in shown
    assert (made.answer["result"]["uploadURL"], sent.path[-4:]) == ("***", "/***")
    for page in ("/", "/console/log", "/console/faults", "/control/requests", "/control/faults"):
        assert secret not in httpx.get(f"{sandbox.url}{page}").text


def test_the_secret_of_a_source_is_not_kept_if_it_cannot_be_read(sandbox: Sandbox, http: httpx.Client) -> None:
    for body in (b'{"secret": {"secretAccessKey": "canary-8"}', b'[{"secret": "canary-8"}]'):
        for path in ("/v2/sourcingkit/sources", "/v2/sourcingkit/sources/connectivity-precheck"):
            http.post(path, content=body, headers={"Content-Type": "application/json"})
            assert last(sandbox).body == "***"


def test_what_is_asked_beside_the_api_is_not_kept(sandbox: Sandbox, http: httpx.Client) -> None:
    http.get("/v2")
    before = len(sandbox.requests)
    httpx.get(sandbox.url)
    assert len(sandbox.requests) == before


def test_only_the_last_requests_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_log, "KEPT", 2)
    answered: queue.Queue[str] = queue.Queue()
    with (
        Sandbox(on_request=lambda entry: answered.put(entry.path)) as sandbox,
        httpx.Client(base_url=sandbox.url) as http,
    ):
        sandbox.faults.next(kind="blackhole")
        with socket.create_connection(("127.0.0.1", http.base_url.port or 0)) as caller:
            caller.sendall(b"GET /first HTTP/1.1\r\nHost: x\r\n\r\n")
            while not sandbox.requests:
                threading.Event().wait(0.001)
            for name in ("second", "third", "fourth"):
                http.get(f"/{name}")
        assert [answered.get(timeout=PATIENCE) for _ in range(4)] == ["/second", "/third", "/fourth", "/first"]
        assert [(entry.number, entry.path) for entry in sandbox.requests] == [(3, "/third"), (4, "/fourth")]
