"""The official SDK drives the sandbox, method by method, wherever that package itself works."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pictures import PNG
from sandbox.calls import upload

from cfimages.sandbox import Sandbox

cloudflare = pytest.importorskip("cloudflare", reason="the official SDK is a tool of `make check`")

pytestmark = pytest.mark.slow

OPTIONS = {"fit": "crop", "metadata": "none", "width": 300, "height": 200}


@pytest.fixture
def images(sandbox: Sandbox) -> Iterator[Any]:
    with cloudflare.Cloudflare(api_token="x", base_url=sandbox.base_url, max_retries=0) as client:
        yield client.images


def test_pages(http: httpx.Client, images: Any, account: str) -> None:
    for number in range(5):
        upload(http, id=f"a/{number}", metadata=json.dumps({"status": "active" if number % 2 else "old"}))
    ids: list[str] = []
    token: Any = cloudflare.NOT_GIVEN
    while True:
        page = images.v2.list(account_id=account, per_page=2, sort_order="asc", continuation_token=token)
        ids += [image.id for image in page.images]
        if not (token := page.continuation_token):
            break
    assert ids == [f"a/{number}" for number in range(5)]
    query = {"meta.status[eq:string]": "active"}
    assert [image.id for image in images.v2.list(account_id=account, extra_query=query).images] == ["a/3", "a/1"]
    with pytest.raises(cloudflare.BadRequestError):
        images.v2.list(account_id=account, meta={"field_operator": "active"})


def test_the_old_list_arrives_and_is_not_found_by_the_package(http: httpx.Client, images: Any, account: str) -> None:
    upload(http, id="a")
    with pytest.warns(DeprecationWarning, match="deprecated"):
        page = images.v1.list(account_id=account)
    assert list(page) == []  # it reads `items`
    assert [image["id"] for image in page.result.images] == ["a"]


def test_its_upload_works_without_metadata_and_loses_it_otherwise(images: Any, account: str) -> None:
    image = images.v1.create(account_id=account, file=("a.png", PNG), id="a", creator="me", require_signed_urls=False)
    assert (image.id, image.filename, image.creator, image.require_signed_urls) == ("a", "a.png", "me", False)
    assert image.meta is None
    assert image.variants[0].endswith("/a/public")
    # It sends a field `metadata.status` where the service wants `metadata` with JSON.
    assert images.v1.create(account_id=account, file=PNG, metadata={"status": "active"}).meta is None


def test_its_upload_from_a_url(images: Any, account: str) -> None:
    with pytest.raises(cloudflare.BadRequestError) as caught:
        images.v1.create(account_id=account, url="https://example.com/a.png")
    assert "loopback" in caught.value.errors[0].message


def test_one_image(http: httpx.Client, images: Any, account: str) -> None:
    upload(http, id="a/1", metadata='{"status": "active"}')
    image = images.v1.get("a/1", account_id=account)
    assert (image.id, image.meta, image.filename) == ("a/1", {"status": "active"}, "a.png")
    image = images.v1.edit("a/1", account_id=account, creator="me", metadata={"b": 2})
    assert (image.id, image.creator, image.meta) == ("a/1", "me", {"b": 2})
    assert images.v1.blobs.get("a/1", account_id=account).read() == PNG
    images.v1.delete("a/1", account_id=account)
    with pytest.raises(cloudflare.NotFoundError) as caught:
        images.v1.get("a/1", account_id=account)
    assert caught.value.errors[0].code == 5404


def test_a_change_of_protection(http: httpx.Client, images: Any, account: str) -> None:
    before = upload(http).json()["result"]["id"]
    image = images.v1.edit(before, account_id=account, require_signed_urls=True)
    assert (image.id != before, image.require_signed_urls) == (True, True)


def test_usage(http: httpx.Client, images: Any, account: str) -> None:
    upload(http)
    count = images.v1.stats.get(account_id=account).count
    assert (count.allowed, count.current) == (100_000, 1)


def test_keys(images: Any, account: str) -> None:
    assert [key.name for key in images.v1.keys.list(account_id=account).keys] == ["default"]
    keys = images.v1.keys.update("second", account_id=account).keys
    assert [(key.name, len(key.value)) for key in keys] == [("default", 32), ("second", 32)]
    assert [key.name for key in images.v1.keys.delete("default", account_id=account).keys] == ["second"]


def test_variants(images: Any, account: str) -> None:
    made = images.v1.variants.create(account_id=account, id="hero", options=OPTIONS, never_require_signed_urls=True)
    assert (made.variant.id, made.variant.never_require_signed_urls) == ("hero", True)
    assert made.variant.options.to_dict() == OPTIONS
    assert images.v1.variants.list(account_id=account).variants.hero.options.to_dict() == OPTIONS
    edited = images.v1.variants.edit("hero", account_id=account, options={**OPTIONS, "fit": "pad"})
    assert edited.variant.options.fit == "pad"
    assert images.v1.variants.get("hero", account_id=account).variant.to_dict() == edited.variant.to_dict()
    images.v1.variants.delete("hero", account_id=account)
    with pytest.raises(cloudflare.NotFoundError) as caught:
        images.v1.variants.get("hero", account_id=account)
    assert caught.value.errors[0].code == 5401


def test_direct_uploads(images: Any, account: str) -> None:
    expiry = datetime.now(UTC) + timedelta(hours=1)
    draft = images.v2.direct_uploads.create(account_id=account, id="a/b", creator="me", expiry=expiry)
    assert (draft.id, draft.upload_url.rpartition("/")[2]) == ("a/b", "a%2Fb")
    assert images.v1.get("a/b", account_id=account).to_dict()["draft"] is True
    assert httpx.post(draft.upload_url, files={"file": ("a.png", PNG)}).status_code == 200
    assert images.v1.get("a/b", account_id=account).filename == "a.png"


def test_its_direct_upload_without_options_sends_a_form_that_the_service_refuses(images: Any, account: str) -> None:
    with pytest.raises(cloudflare.BadRequestError):
        images.v2.direct_uploads.create(account_id=account)
