"""Variants and their rules."""

from typing import Any

import httpx
import pytest
from sandbox.calls import refused, upload

OPTIONS = {"fit": "crop", "metadata": "none", "width": 1, "height": 9999}


def create(http: httpx.Client, name: Any = "hero", **body: Any) -> httpx.Response:
    return http.post("/v1/variants", json={"id": name, "options": OPTIONS} | body)


def result(response: httpx.Response) -> Any:
    body = response.json()
    assert (response.status_code, body) == (
        200,
        {"result": body["result"], "success": True, "errors": [], "messages": []},
    )
    return body["result"]


def test_every_account_has_one(http: httpx.Client) -> None:
    ((name, variant),) = result(http.get("/v1/variants"))["variants"].items()
    assert (name, variant["id"], variant["neverRequireSignedURLs"]) == ("public", "public", False)
    assert set(variant["options"]) == set(OPTIONS)


def test_a_variant_lives(http: httpx.Client) -> None:
    hero = {"id": "hero", "options": OPTIONS, "neverRequireSignedURLs": True}
    assert result(create(http, neverRequireSignedURLs=True)) == {"variant": hero}
    assert result(http.get("/v1/variants/hero")) == {"variant": hero}
    assert result(http.get("/v1/variants"))["variants"]["hero"] == hero
    changed = {**OPTIONS, "fit": "pad", "width": 20}
    edited = http.patch("/v1/variants/hero", json={"options": {**changed, "width": 20.0}})
    assert result(edited) == {"variant": hero | {"options": changed}}
    edited = http.patch("/v1/variants/hero", json={"options": changed, "neverRequireSignedURLs": False})
    assert result(edited)["variant"]["neverRequireSignedURLs"] is False
    assert result(http.delete("/v1/variants/hero")) == {}
    assert list(result(http.get("/v1/variants"))["variants"]) == ["public"]


def test_an_image_has_a_url_for_each(http: httpx.Client) -> None:
    create(http)
    urls = upload(http).json()["result"]["variants"]
    assert [url.rpartition("/")[2] for url in urls] == ["public", "hero"]


def test_the_built_in_one_stays(http: httpx.Client) -> None:
    assert result(http.delete("/v1/variants/public")) == {}
    assert result(http.patch("/v1/variants/public", json={"options": OPTIONS}))["variant"]["options"] == OPTIONS


def test_what_is_missing_is_not_found(http: httpx.Client) -> None:
    expected = (404, 5401, "Variant not found")
    assert refused(http.get("/v1/variants/none")) == expected
    assert refused(http.patch("/v1/variants/none", json={"options": OPTIONS})) == expected
    assert refused(http.delete("/v1/variants/none")) == expected
    assert refused(http.get("/v1/variants/none/flat"))[:2] == (404, 7003)


def test_a_name_is_given_once_and_in_one_account(http: httpx.Client) -> None:
    create(http)
    assert refused(create(http)) == (409, 5409, "Resource already exists")
    other = str(http.base_url).replace("/account-", "/other-account-")
    assert httpx.get(f"{other}v1/variants/hero", headers=http.headers).status_code == 404


def test_there_are_at_most_100(http: httpx.Client) -> None:
    assert {create(http, f"v{number}").status_code for number in range(99)} == {200}
    assert refused(create(http, "more"))[:2] == (400, 5453)
    assert len(result(http.get("/v1/variants"))["variants"]) == 100


def options(**changes: Any) -> dict[str, Any]:
    return {"options": {name: value for name, value in (OPTIONS | changes).items() if value is not None}}


BAD_VARIANTS: list[tuple[dict[str, Any], str]] = [
    ({"id": "a-b"}, "1 to 99 letters and digits"),
    ({"id": "é"}, "1 to 99 letters and digits"),
    ({"id": "a\n"}, "1 to 99 letters and digits"),
    ({"id": ""}, "1 to 99 letters and digits"),
    ({"id": "x" * 100}, "1 to 99 letters and digits"),
    ({"id": 5}, "1 to 99 letters and digits"),
    ({"options": []}, "options is not a JSON object"),
    ({"neverRequireSignedURLs": 1}, "neverRequireSignedURLs must be true or false"),
    ({"neverRequireSignedUrls": True}, "unknown field `neverRequireSignedUrls`"),
    (options(blur=1), "unknown field `blur`"),
    (options(fit=None), "missing field `fit`"),
    (options(metadata=None), "missing field `metadata`"),
    (options(width=None), "missing field `width`"),
    (options(height=None), "missing field `height`"),
    (options(fit="xxx"), "'xxx' is not a supported fit mode"),
    (options(fit=[]), "is not a supported fit mode"),
    (options(metadata="all"), "'all' is not a supported metadata mode"),
    (options(width=0), "width must be"),
    (options(width=10000), "width must be"),
    (options(height=1.5), "height must be"),
    (options(height=True), "height must be"),
    (options(height="5"), "height must be"),
]


@pytest.mark.parametrize(("body", "message"), BAD_VARIANTS)
def test_a_bad_variant_is_refused(http: httpx.Client, body: dict[str, Any], message: str) -> None:
    status, code, said = refused(create(http, **({"name": body["id"]} if "id" in body else body)))
    assert (status, code) == (400, 5400)
    assert message in said
    assert list(result(http.get("/v1/variants"))["variants"]) == ["public"]


def test_all_is_needed(http: httpx.Client) -> None:
    assert "missing field `options`" in refused(http.post("/v1/variants", json={"id": "hero"}))[2]
    assert "missing field `id`" in refused(http.post("/v1/variants", json={"options": OPTIONS}))[2]
    create(http)
    partial = http.patch("/v1/variants/hero", json={"options": {"width": 5}})
    assert refused(partial)[:2] == (400, 5400)
    assert "missing field `options`" in refused(http.patch("/v1/variants/hero", json={}))[2]
    assert result(http.get("/v1/variants/hero"))["variant"]["options"] == OPTIONS
