"""Direct creator uploads."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pictures import PNG
from sandbox.calls import refused, upload

from cfimages.sandbox import Sandbox
from cfimages.sandbox.accounts import account_hash
from cfimages.sandbox.store import StoredImage


def direct(http: httpx.Client, **fields: str) -> httpx.Response:
    return http.post("/v2/direct_upload", files={name: (None, value) for name, value in fields.items()} or None)


def send(url: str, content: bytes = PNG, name: str = "a.png") -> httpx.Response:
    return httpx.post(url, files={"file": (name, content)})


def stored(sandbox: Sandbox, account: str, image_id: str) -> StoredImage:
    image = sandbox.store.get(account, image_id)
    assert image is not None
    return image


def test_a_draft_becomes_an_image_once(http: httpx.Client, sandbox: Sandbox, account: str) -> None:
    body = direct(http, id="a/é", metadata='{"a": 1}', creator="me").json()
    result = body["result"]
    assert body == {"result": result, "success": True, "errors": [], "messages": []}
    assert result == {"id": "a/é", "uploadURL": f"{sandbox.url}/upload/{account_hash(account)}/a%2F%C3%A9"}
    draft = http.get("/v1/a%2F%C3%A9").json()["result"]
    assert (draft["draft"], draft["filename"], draft["meta"], draft["creator"]) == (True, None, {"a": 1}, "me")
    assert http.get("/v2").json()["result"]["images"] == []
    image = send(result["uploadURL"]).json()["result"]
    assert image == http.get("/v1/a%2F%C3%A9").json()["result"]
    assert ("draft" not in image, image["filename"], image["meta"]) == (True, "a.png", {"a": 1})
    assert image["uploaded"] > draft["uploaded"]
    assert [listed["id"] for listed in http.get("/v2").json()["result"]["images"]] == ["a/é"]
    assert http.get("/v1/a%2F%C3%A9/blob").content == PNG
    assert refused(send(result["uploadURL"], b"GIF89a")) == (409, 5409, "Resource already exists")
    assert http.get("/v1/a%2F%C3%A9/blob").content == PNG


def test_it_needs_no_body_but_a_form_has_fields(http: httpx.Client) -> None:
    result = http.post("/v2/direct_upload").json()["result"]
    assert result["uploadURL"].endswith(f"/{result['id']}")
    assert len(result["id"]) == 36
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    empty = http.post("/v2/direct_upload", content=b"--x--\r\n", headers=headers)
    assert refused(empty)[:2] == (400, 5400)
    assert refused(http.post("/v2/direct_upload", json={"id": "a"}))[:2] == (415, 5415)


def test_of_many_at_once_one_is_first(http: httpx.Client) -> None:
    url = direct(http, id="a").json()["result"]["uploadURL"]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: send(url, PNG + bytes([number])).status_code, range(8)))
    assert sorted(answers) == [200] + [409] * 7
    assert http.get("/v1/a/blob").content[-1] == answers.index(200)


def test_a_private_draft_becomes_a_private_image(http: httpx.Client) -> None:
    result = direct(http, requireSignedURLs="true").json()["result"]
    assert send(result["uploadURL"]).json()["result"]["requireSignedURLs"] is True


def after(**duration: float) -> str:
    return (datetime.now(UTC) + timedelta(**duration)).isoformat()


def test_it_ends_after_half_an_hour(http: httpx.Client, sandbox: Sandbox, account: str) -> None:
    image_id = direct(http, creator="me").json()["result"]["id"]
    created = stored(sandbox, account, image_id).uploaded
    assert expires(sandbox, account, image_id) == created + 30 * 60 * 1000


def expires(sandbox: Sandbox, account: str, image_id: str) -> int:
    return next(end for draft, end in sandbox.store.drafts(account, 10) if draft.id == image_id)


def test_its_end_is_read_in_every_form_of_the_standard(http: httpx.Client, sandbox: Sandbox, account: str) -> None:
    end = datetime.now(UTC).replace(microsecond=250_000) + timedelta(hours=1)
    there = end.astimezone(tz=datetime.strptime("+0530", "%z").tzinfo)
    for text in (
        there.isoformat(),
        f"{end:%Y-%m-%dT%H:%M:%S}.250000000Z",
        f"{end:%Y-%m-%dt%H:%M:%S}.25z",
    ):
        image_id = direct(http, expiry=text).json()["result"]["id"]
        assert expires(sandbox, account, image_id) == int(end.timestamp() * 1000)


BAD_FIELDS: list[tuple[dict[str, str], str]] = [
    ({"expiry": after(seconds=119)}, "between 2 minutes and 6 hours"),
    ({"expiry": after(hours=7)}, "between 2 minutes and 6 hours"),
    ({"expiry": after(hours=-1)}, "between 2 minutes and 6 hours"),
    ({"expiry": "tomorrow"}, "not a time of RFC 3339"),
    ({"expiry": ""}, "not a time of RFC 3339"),
    ({"expiry": "2026-11-20T10:00:00"}, "not a time of RFC 3339"),
    ({"expiry": "2026-13-20T10:00:00Z"}, "not a time of RFC 3339"),
    ({"expiry": "0001-01-01T00:00:00+23:59"}, "between 2 minutes and 6 hours"),
    ({"id": "107b9558-dd06-4bbd-5fef-9c2c16bb7900"}, "UUID"),
    ({"id": "a", "requireSignedURLs": "true"}, "cannot require signed URLs"),
    ({"metadata": "a=b"}, "not a JSON object"),
]


@pytest.mark.parametrize(("fields", "message"), BAD_FIELDS)
def test_a_bad_field_is_refused(http: httpx.Client, fields: dict[str, str], message: str) -> None:
    status, code, said = refused(direct(http, **fields))
    assert (status, code) == (400, 5400)
    assert message in said


def test_a_file_goes_elsewhere(http: httpx.Client) -> None:
    assert "uploadURL" in refused(http.post("/v2/direct_upload", files={"file": ("a.png", PNG)}))[2]


def test_an_id_is_taken_by_a_draft(http: httpx.Client) -> None:
    url = direct(http, id="a").json()["result"]["uploadURL"]
    assert refused(direct(http, id="a"))[:2] == (409, 5409)
    assert refused(upload(http, id="a"))[:2] == (409, 5409)
    assert send(url).status_code == 200


def test_an_upload_that_comes_too_late_is_refused(http: httpx.Client, sandbox: Sandbox, account: str) -> None:
    now = int(datetime.now(UTC).timestamp() * 1000)
    draft = StoredImage(0, "a", now, None, {}, None, private=False, draft=True)
    sandbox.store.insert_draft(account, draft, expires=now)
    http.get("/v1/a")
    assert refused(send(f"{sandbox.url}/upload/{account_hash(account)}/a"))[:2] == (410, 5400)
    assert http.get("/v1/a").json()["result"]["draft"] is True


def test_only_drafts_take_files(http: httpx.Client, sandbox: Sandbox, account: str) -> None:
    upload(http, id="a")
    there = f"{sandbox.url}/upload/{account_hash(account)}"
    assert refused(send(f"{there}/a")) == (404, 5404, "Image not found")
    assert refused(send(f"{there}/b")) == (404, 5404, "Image not found")
    assert refused(send(f"{sandbox.url}/upload/nowhere/b")) == (404, 5404, "Image not found")


def test_a_deleted_draft_takes_no_file(http: httpx.Client) -> None:
    result = direct(http, id="a").json()["result"]
    assert http.delete("/v1/a").status_code == 200
    assert refused(send(result["uploadURL"]))[:2] == (404, 5404)


def test_an_edited_draft_stays_one(http: httpx.Client) -> None:
    result = http.post("/v2/direct_upload").json()["result"]
    edited = http.patch(f"/v1/{result['id']}", json={"creator": "me"}).json()["result"]
    assert (edited["creator"], edited["draft"]) == ("me", True)
    assert send(result["uploadURL"]).json()["result"]["creator"] == "me"


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        ({"files": {"image": ("a.png", PNG)}}, 400, 5400),
        ({"files": {"file": ("a.txt", b"text")}}, 415, 5455),
        ({"files": {"file": ("a.png", PNG.ljust(10 * 1024 * 1024 + 1))}}, 413, 5413),
        ({"content": PNG}, 415, 5415),
    ],
)
def test_a_bad_file_leaves_the_draft(http: httpx.Client, arguments: dict[str, Any], status: int, code: int) -> None:
    url = direct(http, id="a").json()["result"]["uploadURL"]
    assert refused(httpx.post(url, **arguments))[:2] == (status, code)
    assert refused(httpx.get(url))[:2] == (405, 10000)
    assert send(url).status_code == 200


def test_a_page_may_send_the_file(http: httpx.Client) -> None:
    url = http.post("/v2/direct_upload").json()["result"]["uploadURL"]
    origin = {"Origin": "http://localhost:3000"}
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-requested-with"}
    preflight = httpx.options(url, headers=origin | asked)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert preflight.headers["access-control-allow-headers"] == "*"
    for status in (200, 409):
        answer = httpx.post(url, files={"file": ("a.png", PNG)}, headers=origin)
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, "*")
    assert "access-control-allow-origin" not in http.options("/v2/direct_upload", headers=origin | asked).headers
    assert "access-control-allow-origin" not in http.post("/v2/direct_upload", headers=origin).headers
