# pyright: reportUnnecessaryTypeIgnoreComment=true
"""How users write calls, checked by mypy --strict and pyright, never run.

A line that ends in `type: ignore[...]` must be refused by both: an ignore that is not needed is an error here.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, assert_type

import httpx

from cfimages import (
    APIError,
    AsyncBatchClient,
    AsyncCloudflareImages,
    AsyncPager,
    AsyncPages,
    BatchClient,
    CloudflareImages,
    DirectUpload,
    ErrorDetail,
    FlexibleOptions,
    Image,
    Import,
    ImportProgress,
    ImportSource,
    MetadataFilter,
    MetadataKeys,
    Pacer,
    Page,
    Pager,
    Pages,
    ResponseSummary,
    ResumableWalk,
    RetryPolicy,
    Settings,
    SigningKey,
    Usage,
    Variant,
    account_hash_of,
    delivery_url,
    sign_url,
)
from cfimages_api.api.images import get_image, list_images_v2
from cfimages_api.models import FailureResponse, ImageResponse


def reading(images: CloudflareImages) -> None:
    assert_type(images.list(), Pager[Image])
    assert_type(list(images.list()), list[Image])
    assert_type(images.list().pages(), Pages[Image])
    assert_type(images.list().take(5), list[Image])
    assert_type(images.list().starting_at("token"), Pager[Image])
    assert_type(images.list_v1(creator="", page=2, per_page=50), Pager[Image])
    image = images.get("id")
    assert_type(image, Image)
    assert_type(image.id, str)
    assert_type(image.filename, str | None)
    assert_type(image.meta, Mapping[str, Any])
    assert_type(image.uploaded, datetime | None)
    assert_type(image.require_signed_urls, bool)
    assert_type(image.variants, tuple[str, ...])
    assert_type(image.extra, Mapping[str, Any])
    assert_type(image.to_dict(), dict[str, Any])
    for page in images.list().pages():
        assert_type(page.items, tuple[Image, ...])
        assert_type(page.token, str | None)
        assert_type(page.next_token, str | None)
    image.id = "other"  # type: ignore[misc]
    images.get(5)  # type: ignore[arg-type]
    images.get()  # type: ignore[call-arg]
    images.delte("id")  # type: ignore[attr-defined]


def listing(images: CloudflareImages) -> None:
    images.list(sort_order="asc", per_page=10, uploaded_since="2026-11-01", uploaded_before=date(2026, 12, 1))
    images.list(sort_order="newest")  # type: ignore[arg-type]
    images.list(per_page="10")  # type: ignore[arg-type]
    images.list(uploaded_since=5)  # type: ignore[arg-type]
    images.list({"status": "active"})  # type: ignore[call-arg]
    images.list(limit=5)  # type: ignore[call-arg]
    images.list().take("5")  # type: ignore[arg-type]


def listing_much(images: CloudflareImages, state: str, pacer: Pacer) -> None:
    assert_type(images.list().prefetch(2), Pager[Image])
    assert_type(images.list(creator=["a", ""], meta={"sku": {"in": ["a"] * 20}}).concurrent(8), Pager[Image])
    images.list(creator=("a", "b"))
    images.list(creator=[5])  # type: ignore[list-item]
    images.list().concurrent("4")  # type: ignore[arg-type]
    walk = images.list().resumable()
    assert_type(walk, ResumableWalk[Image])
    assert_type(images.resume(walk.state), ResumableWalk[Image])
    for page in images.resume(state):
        assert_type(page, Page[Image])
    images.resume(5)  # type: ignore[arg-type]
    assert_type(pacer.take(), float)


def filtering(images: CloudflareImages, status: str, numbers: list[int]) -> None:
    images.list(meta={"status": "active", "priority": 5, "featured": True, "score": 0.5})
    images.list(meta={"status": {"eq": status}, "priority": {"gte": 2, "lte": 8.5}})
    images.list(meta={"region.name": {"in": ["eu", "us"]}, "rating": {"in": (4, 5.5)}, "n": {"in": numbers}})
    prepared: MetadataFilter = {"status": {"in": ["a", "b"]}}
    images.list(meta=prepared)
    images.list(meta={"status": {"not": "active"}})  # type: ignore[dict-item]
    images.list(meta={"priority": {"gte": "2"}})  # type: ignore[dict-item]
    images.list(meta={"priority": {"in": 5}})  # type: ignore[dict-item]
    images.list(meta={"priority": {"in": [{}]}})  # type: ignore[dict-item]
    images.list(meta={"priority": {"in": ["a", 1]}})  # type: ignore[dict-item]
    images.list(meta={"region": {"in": "eu"}})  # type: ignore[dict-item]
    images.list(meta={"priority": None})  # type: ignore[dict-item]
    images.list(meta={5: "active"})  # type: ignore[dict-item]
    images.list(meta="status=active")  # type: ignore[arg-type]


def uploading(images: CloudflareImages, path: Path, response: httpx.Response) -> None:
    assert_type(images.upload(b"bytes", metadata={"a": 1}, creator="me"), Image)
    images.upload(path, id="own/id", filename="name.png", require_signed_urls=False)
    images.upload("photo.png")
    images.upload(bytearray(b"bytes"), id="own", exist_ok=True)
    images.upload(memoryview(b"bytes"))
    images.upload(iter([b"by", b"tes"]))
    images.upload(response)
    with images.stream("id") as original:
        images.upload(original)
    with path.open("rb") as file:
        images.upload(file)
    with path.open(encoding="utf-8") as text:
        images.upload(text)  # type: ignore[arg-type]
    images.upload(5)  # type: ignore[arg-type]


def managing(images: CloudflareImages, file: BinaryIO) -> None:
    assert_type(images.upload(url="https://example.com/a.png"), Image)
    assert_type(images.edit("id", metadata={"a": 1}, require_signed_urls=True), Image)
    assert_type(images.exists("id"), bool)
    assert_type(images.download("id", "a.png"), int)
    images.download("id", Path("a.png"))
    images.download("id", file)
    with images.stream("id") as chunks:
        assert_type(next(iter(chunks)), bytes)
        assert_type(chunks.content_type, str | None)
        assert_type(chunks.size, int | None)
    draft = images.direct_upload(expiry=timedelta(hours=1), id="own")
    assert_type(draft, DirectUpload)
    assert_type(images.upload_to(draft.upload_url, b"bytes"), Image)
    assert_type(images.variants.list(), tuple[Variant, ...])
    assert_type(images.metadata_keys(), MetadataKeys)
    assert_type(images.imports.list(), Pager[Import])
    assert_type([entry.msg for entry in images.imports.logs("id")], list[str | None])
    assert_type(images.imports.sources.create("a", bucket="b", vendor="s3", secret={"key": "x"}), ImportSource)
    images.imports.sources.create("a", bucket="b", vendor="gcs", secret={})  # type: ignore[arg-type]
    images.imports.create("id", excluded_content_types=["image/tiff"])  # type: ignore[list-item]
    assert_type(images.imports.wait("id", timeout=60), ImportProgress)
    assert_type(images.variants.create("hero", width=1, height=1, fit="crop", metadata="none"), Variant)
    assert_type(images.keys.create("name"), SigningKey)
    images.keys.delete("name")
    images.delete("id", missing_ok=True)
    assert_type(images.stats(), Usage)
    assert_type(images.edit_settings(flexible_variants=True), Settings)
    assert_type(images.settings(), Settings)
    with images.batch() as batch:
        assert_type(batch, BatchClient)
        assert_type(batch.list(), Pager[Image])
        batch.stats()  # type: ignore[attr-defined]
    images.delete("a", True)  # type: ignore[call-arg]
    images.edit("id", requireSignedURLs=True)  # type: ignore[call-arg]
    images.variants.create("hero", width=1, height=1, fit="big")  # type: ignore[arg-type]
    images.variants.create("hero", width="1", height=1)  # type: ignore[arg-type]
    images.direct_upload(expiry=60)  # type: ignore[arg-type]
    images.download("id", 5)  # type: ignore[arg-type]


def delivering(image: Image, key: str) -> None:
    assert_type(image.url(), str)
    image.url("thumbnail", account_hash="hash", domain="img.example.com")
    image.url({"width": 400, "height": 300, "fit": "cover", "gravity": (0.5, 0.33), "quality": "high"})
    image.url({"width": "auto", "trim": (1, 2, 3, 4), "anim": False, "slow_connection_quality": 50})
    small: FlexibleOptions = {"width": 100, "sharpen": 0.5, "background": "#fff"}
    assert_type(delivery_url("hash", "id", small, domain="img.example.com"), str)
    assert_type(account_hash_of(image.variants[0]), str)
    assert_type(sign_url(delivery_url("hash", "id"), key, expiry=timedelta(days=1)), str)
    assert_type(image.signed_url(key, "thumbnail", expiry="2027-01-01"), str)
    image.url({"width": "400"})  # type: ignore[arg-type]
    image.url({"fit": "fill"})  # type: ignore[arg-type]
    image.url({"rotate": 45})  # type: ignore[arg-type]
    image.url({"w": 400})  # type: ignore[arg-type]
    image.url({"gravity": "0.5x0.5"})  # type: ignore[arg-type]
    image.url(width=400)  # type: ignore[call-arg]
    image.signed_url(key, small)  # type: ignore[arg-type]
    image.signed_url()  # type: ignore[call-arg]
    sign_url("url", key, expiry=3600)  # type: ignore[arg-type]


def observe(response: ResponseSummary) -> None:
    assert_type(response.status_code, int)
    assert_type(response.headers, Mapping[str, str])
    assert_type(response.ray_id, str | None)
    assert_type(response.duration, float)


def unfit() -> None: ...


def constructing() -> None:
    CloudflareImages("account", api_token="token", timeout=httpx.Timeout(5), retries=RetryPolicy(attempts=1))
    CloudflareImages(transport=httpx.HTTPTransport(http2=True))
    AsyncCloudflareImages(transport=httpx.AsyncHTTPTransport(proxy="http://localhost:3128"))
    CloudflareImages("account", "token")  # type: ignore[call-arg]
    CloudflareImages(timeout=20, retries=3, on_response=observe)
    CloudflareImages(retries="3")  # type: ignore[arg-type]
    CloudflareImages(on_response=unfit)  # type: ignore[arg-type]
    CloudflareImages(timeout=None)  # type: ignore[arg-type]
    CloudflareImages(transport=httpx.AsyncHTTPTransport())  # type: ignore[arg-type]
    with CloudflareImages() as images:
        assert_type(images, CloudflareImages)
        assert_type(images.options(timeout=5, retries=0, on_response=observe), CloudflareImages)
        assert_type(images.account_id, str)


def failing(error: APIError) -> None:
    assert_type(error.status_code, int | None)
    assert_type(error.errors, tuple[ErrorDetail, ...])
    assert_type(error.retry_after, float | None)
    assert_type(error.resume_token, str | None)


def generated(images: CloudflareImages) -> None:
    answer = get_image.sync(images.account_id, "id", client=images.api)
    assert_type(answer, FailureResponse | ImageResponse | None)
    list_images_v2.sync_detailed(images.account_id, client=images.api, sort_order="asc")
    list_images_v2.sync_detailed(images.account_id, client=images.api, sort_order="up")  # type: ignore[arg-type]


async def asynchronous() -> None:
    async with AsyncCloudflareImages() as images:
        assert_type(images, AsyncCloudflareImages)
        assert_type(images.list(), AsyncPager[Image])
        assert_type([image async for image in images.list()], list[Image])
        assert_type(images.list().pages(), AsyncPages[Image])
        assert_type(await images.list().take(5), list[Image])
        assert_type(await images.get("id"), Image)
        assert_type(await images.upload(b"bytes"), Image)
        assert_type(await images.edit("id", creator="me"), Image)
        async with images.stream("id") as chunks:
            assert_type([chunk async for chunk in chunks], list[bytes])
        assert_type(await images.variants.list(), tuple[Variant, ...])
        assert_type(images.imports.sources.list(), AsyncPager[ImportSource])
        assert_type(await images.imports.start("id"), Import)
        async with images.batch() as batch:
            assert_type(batch, AsyncBatchClient)
        for _ in images.list():  # type: ignore[attr-defined]
            pass
        await images.list()  # type: ignore[misc]
