"""Faults that are aimed at certain requests."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from pictures import PNG
from sandbox.calls import upload

from cfimages.sandbox import Fault, Faults, Sandbox
from cfimages.sandbox.accounts import account_hash
from cfimages.sandbox.aiming import FaultControl
from cfimages.sandbox.app import App
from cfimages.sandbox.clock import Clock
from cfimages.sandbox.http_server import ServerThread, listen
from cfimages.sandbox.routes import OPERATIONS
from cfimages.sandbox.setup import Setup
from cfimages.sandbox.spoiling import Spoiler
from cfimages.sandbox.store import Store


@pytest.fixture(autouse=True)
def _no_faults(sandbox: Sandbox) -> Iterator[None]:
    yield
    sandbox.faults.clear()


def statuses(http: httpx.Client, count: int, path: str = "/v2") -> list[int]:
    return [http.get(path).status_code for _ in range(count)]


def test_the_second_and_the_third_listing_fail(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.faults.next("GET", "/images/v2", kind="server-error", after=1, times=2, status=503)
    assert statuses(http, 1, "/v1/stats") == [200]
    assert statuses(http, 5) == [200, 503, 503, 200, 200]
    assert sandbox.faults.aimed == ()


def test_each_so_manyth_fails_until_it_is_taken_back(sandbox: Sandbox, http: httpx.Client) -> None:
    aimed = sandbox.faults.next("get", "/images/*", kind="server-error", every=3, times=None, status=500)
    assert statuses(http, 7) == [200, 200, 500, 200, 200, 500, 200]
    assert sandbox.faults.aimed == (aimed,)
    sandbox.faults.cancel(aimed)
    sandbox.faults.cancel(aimed)
    assert statuses(http, 4) == [200] * 4


def test_several_wait_their_turn(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.faults.next(kind="server-error", status=500)
    sandbox.faults.next(kind="server-error", status=502)
    assert statuses(http, 3) == [500, 502, 200]


def test_an_account_has_faults_of_its_own(sandbox: Sandbox, http: httpx.Client, account: str) -> None:
    content = upload(http, id="a").json()["result"]["variants"][0]
    token = http.get("/v1/batch_token").json()["result"]["token"]
    draft = http.post("/v2/direct_upload").json()["result"]["uploadURL"]
    batch = {"url": f"{sandbox.batch_url}/images/v2", "headers": {"Authorization": f"Bearer {token}"}}
    sandbox.faults.next(kind="server-error", times=None, account="another", status=500)
    assert [httpx.get(**batch).status_code, httpx.get(content).status_code, *statuses(http, 1)] == [200] * 3
    sandbox.faults.clear()
    sandbox.faults.next(kind="server-error", times=None, account=account, status=500)
    assert [httpx.get(**batch).status_code, httpx.get(content).status_code, *statuses(http, 1)] == [500] * 3
    assert httpx.post(draft, files={"file": PNG}).status_code == 500
    for authorization in ("Bearer a.b.c", "Bearer a.e30.c", "Bearer none"):
        assert httpx.get(batch["url"], headers={"Authorization": authorization}).status_code == 401


def test_delivery_is_aimed_at_by_its_whole_path(sandbox: Sandbox, http: httpx.Client, account: str) -> None:
    url = upload(http, id="a").json()["result"]["variants"][0]
    sandbox.faults.next("GET", f"/{account_hash(account)}/a/*", kind="close-inside")
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(url)
    assert httpx.get(url).content == PNG


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_request_that_fails_was_carried_out_or_not(
    sandbox: Sandbox, http: httpx.Client, account: str, carried_out: bool
) -> None:
    sandbox.faults.next("POST", kind="reset-before", carried_out=carried_out)
    with pytest.raises(httpx.TransportError):  # which one depends on how much has been sent
        upload(http)
    assert sandbox.store.count(account) == carried_out


def test_random_faults_can_be_switched_on_and_off(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.faults.random = Faults(kinds=("server-error",), rate=1)
    assert http.get("/v2").status_code >= 500
    assert sandbox.faults.random
    sandbox.faults.random = None
    assert statuses(http, 2) == [200, 200]


def test_a_wait_is_as_long_in_every_form(sandbox: Sandbox, http: httpx.Client) -> None:
    forms = set()
    for n in range(30):
        sandbox.faults.next(kind="rate-limit", retry_after=7)
        headers = http.get("/v2", params={"n": n}).headers
        wait = headers.get("retry-after")
        if wait is None:
            forms.add(("headers", headers["ratelimit"]))
        elif wait.isdigit():
            forms.add(("seconds", wait))
        else:
            seconds = (parsedate_to_datetime(wait) - parsedate_to_datetime(headers["date"])).total_seconds()
            forms.add(("date", f"{seconds:.0f}"))
    assert forms == {("headers", '"default";r=0;t=7'), ("seconds", "7"), ("date", "7")}


def test_incidents_tell_what_was_done(sandbox: Sandbox, http: httpx.Client, account: str) -> None:
    sandbox.faults.forget()
    sandbox.faults.next("GET", "/images/v2", kind="garbage", carried_out=True)
    http.get("/v2", params={"per_page": 1})
    (incident,) = sandbox.incidents
    assert (incident.method, incident.fault, incident.carried_out) == ("GET", "garbage", True)
    assert incident.target == f"/client/v4/accounts/{account}/images/v2?per_page=1"


@pytest.mark.parametrize("kind", ["latency", "drip"])
def test_a_caller_that_goes_is_not_waited_for(sandbox: Sandbox, http: httpx.Client, kind: Fault) -> None:
    sandbox.faults.next("GET", kind=kind, delay=3000)
    with pytest.raises(httpx.ReadTimeout):
        http.get("/v2", timeout=0.05)


def test_a_body_that_never_comes_whole_meets_no_fault(sandbox: Sandbox, http: httpx.Client, account: str) -> None:
    def broken() -> Iterator[bytes]:
        yield b"{"
        raise RuntimeError("broken")

    sandbox.faults.next("POST", kind="latency", delay=0)
    with pytest.raises(RuntimeError, match="broken"):
        http.post("/v1/variants", content=broken())
    assert http.get("/v2").status_code == 200


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "late"}, "'late' is none of latency"),
        ({"kind": "latency", "method": "get it"}, "method must be a method such as GET"),
        ({"kind": "latency", "path": "images/v2"}, "path must begin with a slash"),
        ({"kind": "latency", "after": -1}, "after must be between 0"),
        ({"kind": "latency", "times": 0}, "times must be between 1"),
        ({"kind": "latency", "every": 0}, "every must be between 1"),
        ({"kind": "server-error", "status": 404}, "status must be between 500 and 599"),
        ({"kind": "rate-limit", "retry_after": float("nan")}, "retry_after must be between 0 and 3600"),
    ],
)
def test_what_cannot_be_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FaultControl().next(**arguments)


@pytest.mark.parametrize(
    ("method", "path", "account", "message"),
    [
        ("GET", "/imags/v2", None, "path '/imags/v2' is not a path of the API: did you mean '/images/v2'?"),
        ("*", "/images/v3", None, "did you mean '/images/v"),
        ("*", "/images/v2/sourcingkit/source", None, "did you mean '/images/v2/sourcingkit/sources'?"),
        ("GET", "/blob", None, "did you mean '/images/v1/*/blob'?"),
        ("*", "/stats", None, "did you mean '/images/v1/stats'?"),
        ("*", "/nothing", None, "write it as '/images/v2' or '/images/v1/*', without the account"),
        ("GET", "/images/v2?per_page=5", None, "must have no query: write '/images/v2'"),
        ("GET", "/images/v1?page=2", None, "must have no query: write '/images/v1'"),
        (
            "GET",
            "/images/v2/direct_upload",
            None,
            "is not allowed for path '/images/v2/direct_upload', which takes POST",
        ),
        ("PUT", "/images/v2", None, "which takes GET"),
        ("HEAD", "/images/*", None, "which takes DELETE, GET, PATCH, POST, PUT"),
        ("*", "/client/v4/accounts/two/images/v2", "one", "is not of account 'one': leave the account out"),
        ("*", f"/{account_hash('two')}/*", "one", "is not of account 'one'"),
    ],
)  # fmt: skip
def test_what_no_request_can_meet_is_refused(method: str, path: str, account: str | None, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        FaultControl().next(method, path, kind="latency", account=account)


@pytest.mark.parametrize(
    ("method", "path", "account"),
    [
        ("*", "*", None),
        ("*", "/*", "one"),
        ("*", "/images/v[12]", None),
        ("*", "/images/v[!1]", None),
        ("GET", "/images/v?", None),
        ("GET", "/images/v1/a/b.png", None),
        ("GET", "/images/v1/*/blob", None),
        ("PUT", "/images/v1/keys/default", None),
        ("GET", "/client/v4/accounts/one/images/v2", "one"),
        ("GET", "/client/v4/accounts/o%20ne/images/v2", "o ne"),
        ("GET", "/client/v4/accounts/*/images/v2", "one"),
        ("POST", "/batch/images/v1", "one"),
        ("HEAD", f"/{account_hash('one')}/a/public", "one"),
        ("GET", "*/public", None),
        ("OPTIONS", "/upload/*", None),
    ],
)
def test_what_a_request_can_meet_can_be_aimed_at(method: str, path: str, account: str | None) -> None:
    aimed = FaultControl().next(method, path, kind="latency", account=account)
    assert (aimed.method, aimed.path) == (method, path)


def test_the_operations_are_those_of_the_api(http: httpx.Client) -> None:
    described = yaml.safe_load((Path(__file__).parents[2] / "openapi.yaml").read_text("utf-8"))["paths"]
    methods = {"GET", "POST", "PUT", "PATCH", "DELETE"}
    expected = {
        path.removeprefix("/accounts/{account_id}"): methods & {name.upper() for name in item}
        for path, item in described.items()
    }
    assert {path: set(allowed) for path, allowed in OPERATIONS.items()} == expected
    for path, allowed in OPERATIONS.items():
        asked = path.removeprefix("/images").replace("{", "%7B").replace("}", "%7D")
        for method in methods - set(allowed):
            assert http.request(method, asked).status_code == 405, (method, path)


def test_what_was_matched_and_met_is_counted(sandbox: Sandbox, http: httpx.Client) -> None:
    aimed = sandbox.faults.next("GET", "/images/v2", kind="server-error", after=1, times=2)
    other = sandbox.faults.next("POST", kind="latency")
    assert (dict(sandbox.faults.matched), sandbox.faults.unused) == ({aimed: 0, other: 0}, (aimed, other))
    statuses(http, 1)
    assert (sandbox.faults.matched[aimed], sandbox.faults.unused) == (1, (aimed, other))
    statuses(http, 1)
    assert (sandbox.faults.matched[aimed], sandbox.faults.unused) == (2, (other,))
    shown = {
        each["path"]: (each["matched"], each["met"])
        for each in httpx.get(f"{sandbox.url}/control/faults").json()["aimed"]
    }
    assert shown == {"/images/v2": (2, 1), "*": (0, 0)}
    statuses(http, 1)
    assert list(sandbox.faults.matched) == [other]


def test_an_error_has_every_kind_of_body_still(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.faults.next(kind="server-error", times=None, status=521)
    bodies = {http.get("/v2", params={"n": n}).content for n in range(30)}
    assert len(bodies) == 4


@pytest.mark.parametrize("kind", ["latency", "drip"])
def test_stopping_does_not_wait_for_what_is_slow(kind: Fault) -> None:
    before = threading.active_count()
    with Sandbox() as sandbox:
        sandbox.faults.next(kind=kind, delay=3000)
        with socket.create_connection(("127.0.0.1", httpx.URL(sandbox.url).port or 0), 5) as caller:
            caller.sendall(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
            while not sandbox.incidents:
                threading.Event().wait(0.001)
            sandbox.stop()
            assert caller.recv(1) == b""
    assert threading.active_count() == before


def test_an_answer_that_drips_ends_with_who_reads_it(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.faults.next("GET", kind="drip", delay=0.05)
    with http.stream("GET", "/v2") as response:
        assert response.status_code == 200
    assert http.get("/v2").status_code == 200


def test_what_begins_while_it_stops_is_broken_off_too() -> None:
    with closing(Store()) as store:
        faults, clock = FaultControl(), Clock()
        spoiler = Spoiler(App(Setup(store=store, clock=clock)), faults, clock)
        listener = listen("127.0.0.1", 0)
        server = ServerThread(spoiler, listener)
        server.start()
        spoiler.release()
        faults.next(kind="blackhole")
        try:
            with pytest.raises(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{listener.getsockname()[1]}")
        finally:
            server.stop()


def test_it_says_what_is_aimed() -> None:
    faults = FaultControl()
    assert repr(faults) == "<FaultControl: 0 aimed, random None>"
    faults.next(kind="server-error")
    faults.random = Faults(rate=0.5)
    assert repr(faults) == f"<FaultControl: 1 aimed, random {faults.random}>"
