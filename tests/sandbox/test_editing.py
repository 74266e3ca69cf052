"""Changing and downloading an image."""

from typing import Any

import httpx
import pytest
from pictures import PNG
from sandbox.calls import refused, upload


def edit(http: httpx.Client, image_id: str, **body: Any) -> dict[str, Any]:
    response = http.patch(f"/v1/{image_id}", json=body)
    assert response.status_code == 200, response.text
    return response.json()["result"]


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        ({}, {}),
        ({"creator": "you"}, {"creator": "you"}),
        ({"metadata": {"b": [2]}}, {"meta": {"b": [2]}}),
        ({"requireSignedURLs": False}, {}),
        ({"creator": "you", "metadata": {"c": "é"}}, {"creator": "you", "meta": {"c": "é"}}),
    ],
)
def test_only_what_is_given_changes(http: httpx.Client, body: dict[str, Any], changed: dict[str, Any]) -> None:
    before = upload(http, id="a/b", metadata='{"a": 1}', creator="me").json()["result"]
    assert edit(http, "a%2Fb", **body) == before | changed
    assert http.get("/v1/a%2Fb").json()["result"] == before | changed


def test_what_is_emptied_is_left_out(http: httpx.Client) -> None:
    upload(http, id="a", metadata='{"a": 1}', creator="me")
    assert not {"creator", "meta"} & set(edit(http, "a", creator="", metadata={}))


def test_another_protection_gives_another_id(http: httpx.Client) -> None:
    before = upload(http).json()["result"]
    private = edit(http, before["id"], requireSignedURLs=True, creator="me")
    assert private["id"] != before["id"]
    assert (private["requireSignedURLs"], private["creator"]) == (True, "me")
    assert private["uploaded"] == before["uploaded"]
    assert refused(http.get(f"/v1/{before['id']}")) == (404, 5404, "Image not found")
    assert http.get(f"/v1/{private['id']}/blob").content == PNG
    assert edit(http, private["id"], requireSignedURLs=True)["id"] == private["id"]
    assert edit(http, private["id"], requireSignedURLs=False)["id"] not in (before["id"], private["id"])


BAD_EDITS: list[tuple[Any, str]] = [
    ({"requireSignedURLs": True}, "cannot require signed URLs"),
    ({"requireSignedURLs": "true"}, "requireSignedURLs must be true or false"),
    ({"creator": None}, "creator is not a string"),
    ({"creator": "x" * 1025}, "creator must not exceed"),
    ({"metadata": None}, "metadata is not a JSON object"),
    ({"metadata": {"a": "é" * 600}}, "metadata must not exceed 1024 bytes"),
    ({"meta": {}}, "unknown field `meta`"),
    ([], "not a JSON object"),
    ({"creator": "x" * 65536}, "longer than 65536 bytes"),
]


@pytest.mark.parametrize(("body", "message"), BAD_EDITS)
def test_a_bad_edit_is_refused_and_changes_nothing(http: httpx.Client, body: Any, message: str) -> None:
    before = upload(http, id="a", creator="me").json()["result"]
    status, code, said = refused(http.patch("/v1/a", json=body))
    assert (status, code) == (400, 5400)
    assert message in said
    assert http.get("/v1/a").json()["result"] == before


def test_a_body_that_is_no_json_is_refused(http: httpx.Client) -> None:
    upload(http, id="a")
    assert refused(http.patch("/v1/a", content=b"{"))[:2] == (400, 5400)
    assert refused(http.patch("/v1/a"))[:2] == (400, 5400)


def test_what_is_missing_cannot_be_edited(http: httpx.Client) -> None:
    assert refused(http.patch("/v1/a", json={"creator": "me"})) == (404, 5404, "Image not found")


FORMATS = [
    (PNG, "image/png"),
    (b"\xff\xd8\xff\xe0", "image/jpeg"),
    (b"GIF89a", "image/gif"),
    (b"RIFF\0\0\0\0WEBP", "image/webp"),
    (b"\0\0\0\x1cftypavif", "image/avif"),
    (b"\0\0\0\x1cftypheic", "image/heic"),
    (b'<?xml version="1.0"?><svg/>', "image/svg+xml"),
]


@pytest.mark.parametrize(("content", "media_type"), FORMATS)
def test_a_download_is_the_bytes_themselves(http: httpx.Client, content: bytes, media_type: str) -> None:
    upload(http, content, id="a/b")
    response = http.get("/v1/a%2Fb/blob")
    assert (response.content, response.headers["content-type"]) == (content, media_type)
    assert response.headers["content-length"] == str(len(content))
    assert http.get("/v1/a/b/blob").content == content


def test_an_id_may_end_like_the_path_of_a_download(http: httpx.Client) -> None:
    upload(http, id="a/blob")
    assert http.get("/v1/a%2Fblob").json()["result"]["id"] == "a/blob"
    upload(http, id="blob")
    assert http.get("/v1/blob").json()["result"]["id"] == "blob"


def test_what_is_missing_or_a_draft_cannot_be_downloaded(http: httpx.Client) -> None:
    draft = http.post("/v2/direct_upload").json()["result"]["id"]
    for image_id in ("missing", draft):
        assert refused(http.get(f"/v1/{image_id}/blob")) == (404, 5404, "Image not found")
