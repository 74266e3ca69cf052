"""What is served under an image's public address."""

import hashlib
import hmac
import time

import httpx
import pytest
from pictures import PNG
from sandbox.calls import upload

from cfimages.sandbox import Sandbox
from cfimages.sandbox.accounts import account_hash

OPTIONS = {"fit": "crop", "metadata": "none", "width": 1, "height": 1}


def key(http: httpx.Client) -> str:
    return http.get("/v1/keys").json()["result"]["keys"][0]["value"]


def signed(url: str, key: str, exp: object = None) -> str:
    """The same address with a signature, as the service documents it."""
    url = url if exp is None else f"{url}?exp={exp}"
    path = httpx.URL(url).raw_path
    return f"{url}{'?' if exp is None else '&'}sig={hmac.new(key.encode(), path, hashlib.sha256).hexdigest()}"


def refusal(response: httpx.Response) -> tuple[int, str]:
    """Status and the header that names the error."""
    assert response.headers["content-type"] == "text/plain;charset=utf-8"
    error = response.headers.get("cf-resized") or response.headers["cf-images"]
    assert response.text.startswith(f"ERROR {error.removeprefix('err=')}: ")
    return response.status_code, error


def url_of(http: httpx.Client, **fields: str) -> str:
    return upload(http, **fields).json()["result"]["variants"][0]


def soon() -> int:
    return int(time.time()) + 60


@pytest.mark.parametrize("name", ["a", "a/b/c", "100%", "a%2Fb", "q?x#y", "größe 1"])
def test_the_url_of_an_image_leads_to_its_bytes(http: httpx.Client, name: str) -> None:
    url = url_of(http, id=name)
    response = httpx.get(url)
    assert (response.content, response.headers["content-type"]) == (PNG, "image/png")
    assert response.headers["content-length"] == str(len(PNG))
    head = httpx.head(url)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(PNG)))


def test_urls_name_the_host_that_was_asked(http: httpx.Client, sandbox: Sandbox) -> None:
    port = httpx.URL(sandbox.url).port
    upload(http, id="a")
    (url,) = http.get("/v1/a", headers={"Host": f"localhost:{port}"}).json()["result"]["variants"]
    assert url.startswith(f"http://localhost:{port}/")


def test_what_is_missing_is_not_found(http: httpx.Client, sandbox: Sandbox, account: str) -> None:
    url = url_of(http, id="a")
    root = f"{sandbox.url}/{account_hash(account)}"
    assert refusal(httpx.get(f"{root}/b/public")) == (404, "err=5404")
    assert refusal(httpx.get(f"{root}/public")) == (404, "err=5404")
    assert refusal(httpx.get(f"{sandbox.url}/{'x' * 22}/a/public")) == (404, "err=5404")
    assert refusal(httpx.get(f"{root}/a/none")) == (404, "err=5401")
    assert refusal(httpx.post(url)) == (405, "err=5400")


def test_a_draft_is_not_delivered(http: httpx.Client, sandbox: Sandbox, account: str) -> None:
    draft = http.post("/v2/direct_upload").json()["result"]["id"]
    assert refusal(httpx.get(f"{sandbox.url}/{account_hash(account)}/{draft}/public")) == (404, "err=5404")


def test_a_private_image_needs_a_signature(http: httpx.Client) -> None:
    url = url_of(http, requireSignedURLs="true")
    assert refusal(httpx.get(url)) == (401, "err=9425")
    assert httpx.get(signed(url, key(http))).content == PNG
    assert httpx.get(signed(url, key(http), soon())).content == PNG


@pytest.mark.parametrize("end", ["0", "-1", "", "soon", "9" * 13, "\u0665"])
def test_a_signature_ends(http: httpx.Client, end: str) -> None:
    url = url_of(http, requireSignedURLs="true")
    assert refusal(httpx.get(signed(url, key(http), end))) == (401, "err=9425")
    assert refusal(httpx.get(signed(url, key(http), int(time.time())))) == (401, "err=9425")


def test_a_signature_is_for_one_address_and_one_end(http: httpx.Client) -> None:
    url, other = url_of(http, requireSignedURLs="true"), url_of(http, requireSignedURLs="true")
    good = signed(url, key(http), 5)
    forged = [
        good.replace("exp=5", f"exp={soon()}"),
        signed(url, "guess", soon()),
        signed(url, key(http), soon()) + "0",
        signed(url, key(http), soon()).replace("&sig=", "&x"),
        signed(other, key(http)).replace(httpx.URL(other).path, httpx.URL(url).path),
        f"{url}?exp={soon()}&sig=%C3%A9",
        f"{url}?sig=",
    ]
    assert {refusal(httpx.get(address)) for address in forged} == {(401, "err=9425")}


def test_every_key_signs_until_it_is_gone(http: httpx.Client) -> None:
    url, first = url_of(http, requireSignedURLs="true"), key(http)
    http.put("/v1/keys/second")
    second = http.get("/v1/keys").json()["result"]["keys"][1]["value"]
    assert [httpx.get(signed(url, value, soon())).status_code for value in (first, second)] == [200, 200]
    http.put("/v1/keys/default")
    assert [httpx.get(signed(url, value, soon())).status_code for value in (first, second)] == [401, 200]


def test_a_variant_may_need_no_signature(http: httpx.Client) -> None:
    http.post("/v1/variants", json={"id": "open", "options": OPTIONS, "neverRequireSignedURLs": True})
    closed, open_ = upload(http, requireSignedURLs="true").json()["result"]["variants"]
    assert [httpx.get(url).status_code for url in (closed, open_)] == [401, 200]


def test_sizes_in_the_address_are_switched_on_first(http: httpx.Client) -> None:
    url = url_of(http, id="a").removesuffix("public") + "w=400,sharpen=3"
    assert refusal(httpx.get(url)) == (403, "err=9429")
    http.patch("/v1/config", json={"flexible_variants": True})
    assert httpx.get(url).content == PNG
    for options in ("width=400", "background=rgb(1%2C2%2C3),fit=pad", "slow-connection-quality=50"):
        assert httpx.get(url.replace("w=400,sharpen=3", options)).content == PNG
    for options in ("w=400,", "w=", "=5", "w=400,h", "w=400,,h=5", "w=4=5", "W=4"):
        assert refusal(httpx.get(url.replace("w=400,sharpen=3", options))) == (400, "err=9401")


def test_a_private_image_has_no_sizes_in_the_address(http: httpx.Client) -> None:
    http.patch("/v1/config", json={"flexible_variants": True})
    url = url_of(http, requireSignedURLs="true").removesuffix("public") + "w=400"
    assert refusal(httpx.get(url)) == (403, "err=9425")
    assert refusal(httpx.get(signed(url, key(http), soon()))) == (403, "err=9425")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("bytes=0-3", (206, PNG[:4], f"bytes 0-3/{len(PNG)}")),
        ("bytes=260-", (206, PNG[260:], f"bytes 260-263/{len(PNG)}")),
        ("bytes=-5", (206, PNG[-5:], f"bytes 259-263/{len(PNG)}")),
        ("bytes=-500", (206, PNG, f"bytes 0-263/{len(PNG)}")),
        ("bytes=5-999", (206, PNG[5:], f"bytes 5-263/{len(PNG)}")),
        ("bytes=264-", (416, b"", f"bytes */{len(PNG)}")),
        ("bytes=-0", (416, b"", f"bytes */{len(PNG)}")),
        ("bytes=5-2", (200, PNG, None)),
        ("bytes=0-1,3-4", (200, PNG, None)),
        ("bytes=-", (200, PNG, None)),
        ("items=0-1", (200, PNG, None)),
    ],
)
def test_a_range_is_a_part(http: httpx.Client, asked: str, expected: object) -> None:
    response = httpx.get(url_of(http), headers={"Range": asked})
    assert (response.status_code, response.content, response.headers.get("content-range")) == expected


def test_what_is_known_is_not_sent_again(http: httpx.Client) -> None:
    url = url_of(http)
    first = httpx.get(url)
    etag = first.headers["etag"]
    assert first.headers["accept-ranges"] == "bytes"
    assert first.headers["cache-control"] == "public, max-age=172800"
    for known in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        again = httpx.get(url, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert httpx.get(url, headers={"If-None-Match": '"x"'}).status_code == 200
    assert httpx.get(url, headers={"Range": "bytes=0-1", "If-Range": etag}).status_code == 206
    assert httpx.get(url, headers={"Range": "bytes=0-1", "If-Range": '"x"'}).status_code == 200
    head = httpx.head(url)
    assert (head.headers["etag"], head.headers["content-length"], head.content) == (etag, str(len(PNG)), b"")


def test_pages_read_images_only_where_that_is_switched_on(http: httpx.Client) -> None:
    assert "access-control-allow-origin" not in httpx.get(url_of(http)).headers
    with Sandbox(delivery_cors=True) as sandbox:
        sandbox.add(PNG, id="a")
        root = f"{sandbox.url}/{account_hash('sandbox')}"
        for name in ("a", "none"):
            assert httpx.get(f"{root}/{name}/public").headers["access-control-allow-origin"] == "*"
        api = f"{sandbox.base_url}/accounts/sandbox/images/v2"
        assert "access-control-allow-origin" not in httpx.get(api, headers={"Authorization": "Bearer any"}).headers
