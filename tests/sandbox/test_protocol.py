"""The service's protocol over a real socket, with a plain HTTP client."""

import json
import re
import socket
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from patience import PATIENCE
from pictures import PNG
from sandbox.calls import refused, upload

from cfimages.sandbox import Sandbox
from cfimages.sandbox.accounts import account_hash
from cfimages.sandbox.store import StoredImage


def listed(http: httpx.Client, **query: Any) -> list[str]:
    """The ids of a whole v2 listing, walked by its tokens."""
    ids: list[str] = []
    while True:
        result = http.get("/v2", params=query).json()["result"]
        ids += [image["id"] for image in result["images"]]
        if result["continuation_token"] is None:
            return ids
        query["continuation_token"] = result["continuation_token"]


def test_an_upload_comes_back_in_the_recorded_form(http: httpx.Client, sandbox: Sandbox, account: str) -> None:
    response = upload(http, id="photos/é 1", metadata='{"a": {"b": 1}}', creator="me")
    body = response.json()
    image = body["result"]
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert re.fullmatch(r"[0-9a-f]{16}-SBX", response.headers["cf-ray"])
    assert body == {"result": image, "success": True, "errors": [], "messages": []}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", image.pop("uploaded"))
    assert image == {
        "id": "photos/é 1",
        "filename": "a.png",
        "requireSignedURLs": False,
        "variants": [f"{sandbox.url}/{account_hash(account)}/photos/%C3%A9%201/public"],
        "meta": {"a": {"b": 1}},
        "creator": "me",
    }


def test_what_is_not_set_is_left_out(http: httpx.Client, sandbox: Sandbox, account: str) -> None:
    image = upload(http, requireSignedURLs="true").json()["result"]
    assert set(image) == {"id", "filename", "uploaded", "requireSignedURLs", "variants"}
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", image["id"])
    assert image["requireSignedURLs"] is True
    assert sandbox.store.content(account, image["id"]) == PNG


def test_a_draft_says_so(http: httpx.Client, sandbox: Sandbox, account: str) -> None:
    sandbox.store.fill(account, [StoredImage(0, "d", 0, None, {}, None, private=False, draft=True)])
    draft = http.get("/v1/d").json()["result"]
    assert (draft["draft"], draft["filename"]) == (True, None)
    assert listed(http) == []


@pytest.mark.parametrize("name", ["a/b/c", "a b", "100%", "a%2Fb", "q?x#y", "größe", "a+b", "a;b=c&d"])
def test_an_id_is_decoded_exactly_once(http: httpx.Client, name: str) -> None:
    assert upload(http, id=name).json()["result"]["id"] == name
    assert http.get(f"/v1/{quote(name, safe='')}").json()["result"]["id"] == name


def test_an_id_may_have_raw_slashes(http: httpx.Client) -> None:
    upload(http, id="a/b/c")
    assert http.get("/v1/a/b/c").json()["result"]["id"] == "a/b/c"
    assert http.delete("/v1/a/b/c").json()["result"] == {}
    assert refused(http.get("/v1/a/b/c")) == (404, 5404, "Image not found")
    assert refused(http.delete("/v1/a/b/c")) == (404, 5404, "Image not found")


CREDENTIALS: list[tuple[dict[str, str], bool]] = [
    ({"Authorization": "Bearer x"}, True),
    ({"Authorization": "bearer x"}, True),
    ({"X-Auth-Email": "a@b.c", "X-Auth-Key": "k"}, True),
    ({}, False),
    ({"Authorization": "Bearer"}, False),
    ({"Authorization": "Basic x"}, False),
    ({"X-Auth-Email": "a@b.c"}, False),
    ({"X-Auth-Key": "k"}, False),
]


@pytest.mark.parametrize(("headers", "accepted"), CREDENTIALS)
def test_credentials_are_needed(sandbox: Sandbox, headers: dict[str, str], accepted: bool) -> None:
    response = httpx.get(f"{sandbox.base_url}/accounts/a/images/v2", headers=headers)
    assert response.is_success is accepted
    if not accepted:
        assert refused(response) == (401, 10000, "Authentication error")


def test_only_the_given_token_is_accepted() -> None:
    with Sandbox(api_token="right") as sandbox:
        url = f"{sandbox.base_url}/accounts/a/images/v2"
        assert httpx.get(url, headers={"Authorization": "Bearer right"}).status_code == 200
        others = [{"Authorization": "Bearer wrong"}, {"X-Auth-Email": "a@b.c", "X-Auth-Key": "right"}, {}]
        assert [httpx.get(url, headers=headers).status_code for headers in others] == [401, 401, 401]


@pytest.mark.parametrize(
    "path",
    [
        "/client/v4",
        "/client/v4/accounts/a/images",
        "/client/v4/accounts/a/images/v3",
        "/client/v4/accounts//images/v2",
        "/client/v4/accounts/a/images/v2/x",
        "/client/v4/accounts/a/images/v1/%FF",
    ],
)
def test_another_path_leads_nowhere(sandbox: Sandbox, path: str) -> None:
    response = httpx.get(sandbox.url + path, headers={"Authorization": "Bearer x"})
    status, code, message = refused(response)
    assert (status, code) == (404, 7003)
    assert message.startswith("Could not route to /")
    assert response.json()["errors"][1] == {"code": 7000, "message": "No route for that URI"}


@pytest.mark.parametrize(("method", "path"), [("PUT", "/v1"), ("DELETE", "/v1"), ("POST", "/v2"), ("POST", "/v1/x")])
def test_another_method_is_refused(http: httpx.Client, method: str, path: str) -> None:
    expected = (405, 10000, f"{method} method not allowed for the api_token authentication scheme")
    assert refused(http.request(method, path)) == expected


BAD_QUERIES = [
    ("/v2", "per_page=0", "Invalid per_page"),
    ("/v2", "per_page=10001", "Invalid per_page"),
    ("/v2", "per_page=ten", "Invalid per_page"),
    ("/v2", "per_page=1.5", "Invalid per_page"),
    ("/v2", "per_page=-1", "Invalid per_page"),
    ("/v2", "per_page=", "Invalid per_page"),
    ("/v2", "sort_order=up", "Invalid sort_order"),
    ("/v2", "continuation_token=xyz", "Invalid continuation_token"),
    ("/v2", "continuation_token=%C3%A9", "Invalid continuation_token"),
    ("/v2", "continuation_token=AAAAA", "Invalid continuation_token"),
    ("/v2", "meta.a[not-eq]=1", "Unsupported metadata filter operator: 'not-eq'"),
    ("/v2", "meta.status=active", "Malformed metadata filter"),
    ("/v1", "meta.status[eq]=active", "Metadata filters are for /images/v2 only"),
    ("/v1", "meta.status=active", "Malformed metadata filter"),
    ("/v1", "page=0", "Invalid page"),
    ("/v1", "per_page=0", "Invalid per_page"),
]


@pytest.mark.parametrize(("path", "query", "message"), BAD_QUERIES)
def test_a_bad_query_is_refused(http: httpx.Client, path: str, query: str, message: str) -> None:
    status, code, said = refused(http.get(f"{path}?{query}"))
    assert (status, code) == (400, 5400)
    assert message in said


def test_too_many_filters_are_refused_in_the_documented_words(http: httpx.Client) -> None:
    query = "&".join(f"meta.f{number}[eq:string]=x" for number in range(6))
    expected = (400, 5400, "Too many metadata filters: 6 provided, maximum 5 allowed")
    assert refused(http.get(f"/v2?{query}")) == expected


def test_v2_walks_in_both_orders(http: httpx.Client, sandbox: Sandbox, account: str) -> None:
    sandbox.fill(account, 25)
    ascending = [f"image-{number:07}" for number in range(25)]
    assert listed(http, sort_order="asc", per_page=7) == ascending
    assert listed(http, per_page="10.0") == ascending[::-1]
    assert listed(http, per_page=25) == ascending[::-1]
    assert listed(http, unknown="parameter") == ascending[::-1]


def test_a_token_holds_for_its_order(http: httpx.Client, sandbox: Sandbox, account: str) -> None:
    sandbox.fill(account, 3)
    token = http.get("/v2", params={"per_page": 1}).json()["result"]["continuation_token"]
    assert http.get("/v2", params={"continuation_token": token}).status_code == 200
    assert refused(http.get("/v2", params={"continuation_token": token, "sort_order": "asc"}))[1] == 5400


def test_a_v2_page_has_at_most_1000_images_and_a_v1_page_100(
    http: httpx.Client, sandbox: Sandbox, account: str
) -> None:
    sandbox.fill(account, 1001)
    first = http.get("/v2", params={"per_page": 10000}).json()["result"]
    assert len(first["images"]) == 1000
    assert first["continuation_token"]
    assert len(http.get("/v1", params={"per_page": 10000}).json()["result"]["images"]) == 100


def test_v1_pages_by_number_newest_first(http: httpx.Client, sandbox: Sandbox, account: str) -> None:
    sandbox.fill(account, 25)

    def page(number: int) -> list[str]:
        result = http.get("/v1", params={"page": number, "per_page": 10}).json()["result"]
        assert set(result) == {"images"}
        return [image["id"] for image in result["images"]]

    assert page(1)[0] == "image-0000024"
    assert page(3) == [f"image-{number:07}" for number in range(4, -1, -1)]
    assert page(4) == []
    assert len(http.get("/v1").json()["result"]["images"]) == 25


def test_creators(http: httpx.Client, sandbox: Sandbox, account: str) -> None:
    sandbox.fill(account, 9)
    assert listed(http, creator="ada", sort_order="asc") == ["image-0000000", "image-0000003", "image-0000006"]
    assert listed(http, creator="") == ["image-0000008", "image-0000005", "image-0000002"]
    assert listed(http, creator="nobody") == []
    assert len(http.get("/v1", params={"creator": ""}).json()["result"]["images"]) == 3


def test_filters_combine_and_page(http: httpx.Client, sandbox: Sandbox, account: str) -> None:
    sandbox.fill(account, 400)
    query = {"meta.status[eq:string]": "active", "meta.priority[in:number]": "3|5", "meta.region.name[eq]": "us-east"}
    images = sandbox.store.page(account, limit=1000, direction="asc")
    wanted = [
        image.id
        for image in images
        if image.meta["status"] == "active"
        and image.meta["priority"] in (3, 5)
        and image.meta["region"]["name"] == "us-east"
    ]
    assert len(wanted) > 15
    assert listed(http, **query, sort_order="asc", per_page=4) == wanted
    assert listed(http, **query, creator="ada") == []


def test_accounts_do_not_mix(http: httpx.Client, sandbox: Sandbox, account: str) -> None:
    upload(http, id="mine")
    other = f"{sandbox.base_url}/accounts/{account}-other/images/v1/mine"
    assert refused(httpx.get(other, headers={"Authorization": "Bearer x"}))[1] == 5404


BAD_UPLOADS: list[tuple[str, dict[str, str], str]] = [
    ("empty id", {"id": ""}, "id must have"),
    ("long id", {"id": "x" * 1025}, "id must have"),
    ("slash before", {"id": "/a"}, "slash"),
    ("slash behind", {"id": "a/"}, "slash"),
    ("uuid", {"id": "107b9558-dd06-4bbd-5fef-9c2c16bb7900"}, "UUID"),
    ("private with id", {"id": "a", "requireSignedURLs": "true"}, "cannot require signed URLs"),
    ("python boolean", {"requireSignedURLs": "True"}, "must be true or false"),
    ("metadata text", {"metadata": "a=b"}, "not a JSON object"),
    ("metadata list", {"metadata": "[1]"}, "not a JSON object"),
    ("metadata not a number", {"metadata": '{"a": NaN}'}, "not a JSON object"),
    ("metadata infinite", {"metadata": '{"a": 1e999}'}, "not a JSON object"),
    ("metadata half a character", {"metadata": '{"a": "\\ud800"}'}, "not a JSON object"),
    ("metadata too deep", {"metadata": "[" * 1000}, "not a JSON object"),
    ("metadata too long", {"metadata": json.dumps({"a": "é" * 600}, ensure_ascii=False)}, "1024 bytes"),
    ("creator", {"creator": "x" * 1025}, "creator must not exceed"),
    ("file and url", {"url": "https://example.com/a.png"}, "exclude each other"),
]


@pytest.mark.parametrize(("fields", "message"), [b[1:] for b in BAD_UPLOADS], ids=[b[0] for b in BAD_UPLOADS])
def test_a_bad_upload_is_refused(http: httpx.Client, fields: dict[str, str], message: str) -> None:
    status, code, said = refused(upload(http, **fields))
    assert (status, code) == (400, 5400)
    assert message in said
    assert listed(http) == []


def test_an_id_is_given_once(http: httpx.Client) -> None:
    assert upload(http, id="a").status_code == 200
    assert refused(upload(http, id="a")) == (409, 5409, "Resource already exists")


def test_an_upload_is_a_form_with_a_file(http: httpx.Client) -> None:
    assert refused(http.post("/v1", content=PNG))[:2] == (415, 5415)
    assert refused(http.post("/v1", json={}))[:2] == (415, 5415)
    assert refused(http.post("/v1", files={"url": (None, "https://example.com")}))[:2] == (400, 5400)
    assert refused(http.post("/v1", files={"id": (None, "a")}))[2] == "Bad request: a file or a url is needed"
    broken = http.post("/v1", content=b"nonsense", headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert refused(broken)[:2] == (400, 5400)
    assert "Error parsing form fields" in refused(broken)[2]


HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + PNG


def test_the_media_type_is_read_in_any_case(http: httpx.Client) -> None:
    headers = {"Content-Type": "Multipart/Form-Data; boundary=x"}
    assert http.post("/v1", content=HEAD + b"\r\n--x--\r\n", headers=headers).status_code == 200


def test_a_form_that_is_cut_off_is_refused(http: httpx.Client) -> None:
    response = http.post("/v1", content=HEAD, headers={"Content-Type": "multipart/form-data; boundary=x"})
    status, code, message = refused(response)
    assert (status, code) == (400, 5400)
    assert "incomplete multipart stream" in message
    assert listed(http) == []


def begun_upload(sandbox: Sandbox, account: str) -> socket.socket:
    """A connection that has sent the beginning of an upload of 100 MB."""
    head = f"POST /client/v4/accounts/{account}/images/v1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n"
    head += "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 100000000\r\n\r\n"
    connection = socket.create_connection(("127.0.0.1", httpx.URL(sandbox.url).port or 0), timeout=PATIENCE)
    connection.sendall(head.encode() + HEAD)
    return connection


def test_a_client_that_hangs_up_leaves_nothing(
    http: httpx.Client, sandbox: Sandbox, account: str, caplog: pytest.LogCaptureFixture
) -> None:
    with begun_upload(sandbox, account) as connection:
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""
    assert listed(http) == []
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_form_that_is_too_long_is_refused_before_its_end(sandbox: Sandbox, account: str) -> None:
    with begun_upload(sandbox, account) as connection:
        connection.sendall(bytes(12 * 1024 * 1024))
        assert connection.recv(12) == b"HTTP/1.1 413"


def test_a_file_has_at_most_10_mb(http: httpx.Client) -> None:
    assert upload(http, PNG.ljust(10 * 1024 * 1024, b"x")).status_code == 200
    assert refused(upload(http, PNG.ljust(10 * 1024 * 1024 + 1, b"x")))[:2] == (413, 5413)


FORMATS = [
    (PNG, True),
    (b"\xff\xd8\xff\xe0", True),
    (b"GIF89a", True),
    (b"GIF87a", True),
    (b"RIFF\0\0\0\0WEBP", True),
    (b"\0\0\0\x1cftypavif", True),
    (b"\0\0\0\x1cftypheic", True),
    (b'<?xml version="1.0"?><svg/>', True),
    (b"", False),
    (b"text", False),
    (b"RIFF\0\0\0\0WAVE", False),
    (b"%PDF-1.7", False),
]


@pytest.mark.parametrize(("content", "accepted"), FORMATS)
def test_only_images_are_accepted(http: httpx.Client, content: bytes, accepted: bool) -> None:
    response = upload(http, content)
    assert response.is_success is accepted
    if not accepted:
        assert refused(response) == (415, 5455, "Unsupported image format")


def test_the_account_hash_is_not_the_account() -> None:
    assert account_hash("a") == account_hash("a") != account_hash("b")
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", account_hash("a"))


def test_other_protocols_are_not_spoken(sandbox: Sandbox) -> None:
    import asyncio

    from cfimages.sandbox.app import App
    from cfimages.sandbox.setup import Setup

    async def nothing(*_: Any) -> Any:
        raise AssertionError("nothing is received or sent")

    with pytest.raises(RuntimeError, match="HTTP only"):
        asyncio.run(App(Setup(store=sandbox.store))({"type": "lifespan"}, nothing, nothing))
