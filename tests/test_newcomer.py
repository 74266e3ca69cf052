"""What somebody new to the SDK gets wrong: each is refused before anything is sent, by words that say what to write."""

import asyncio
import copy
import inspect
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, NoReturn

import httpx
import pytest

from cfimages import (
    APITimeoutError,
    AsyncCloudflareImages,
    ClientClosedError,
    CloudflareImages,
    CloudflareImagesError,
    Image,
    InvalidArgumentError,
    RetryPolicy,
    SigningKey,
    UnsupportedMediaTypeError,
    account_hash_of,
    sign_url,
)
from cfimages.listing.filters import OPERATORS
from cfimages.sandbox import Sandbox

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
IMAGE = Image("logo", variants=["https://imagedelivery.net/hash/logo/public"])
KEY = SigningKey("default", "the-secret-itself")
SHOWN = "Image(id='logo', filename=None, uploaded=None)"
NO_OPERATOR = f"no such operator: use one of {', '.join(OPERATORS)}"
NO_DURATION = "not a date: has no year of four digits: write it as 2026-11-01 or 2026-11-01T14:30+01:00"


def unreachable(request: httpx.Request) -> NoReturn:
    raise AssertionError(f"{request.method} was sent")


def refused_sync(call: Callable[[Any], Any]) -> str:
    with CloudflareImages("acc", api_token="token", transport=httpx.MockTransport(unreachable)) as images:
        with pytest.raises(InvalidArgumentError) as caught:
            call(images)
        return str(caught.value)


def refused_async(call: Callable[[Any], Any]) -> str:
    async def run() -> str:
        transport = httpx.MockTransport(unreachable)
        async with AsyncCloudflareImages("acc", api_token="token", transport=transport) as images:

            async def refuse() -> None:
                result = call(images)
                await result if inspect.isawaitable(result) else None

            with pytest.raises(InvalidArgumentError) as caught:
                await refuse()
            return str(caught.value)

    return asyncio.run(run())


@pytest.mark.parametrize("refused", [refused_sync, refused_async], ids=["sync", "async"])
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: c.get(IMAGE), f"image_id={SHOWN}: must be a string, not Image: pass its id"),
        (lambda c: c.delete(IMAGE), f"image_id={SHOWN}: must be a string, not Image: pass its id"),
        (lambda c: c.edit(IMAGE, creator=""), f"image_id={SHOWN}: must be a string, not Image: pass its id"),
        (lambda c: c.download(IMAGE, "x"), f"image_id={SHOWN}: must be a string, not Image: pass its id"),
        (
            lambda c: c.upload("https://user:password@example.com/logo.png"),
            "file: is an address, not a path: pass it as url, for the service to fetch",
        ),
        (
            lambda c: c.direct_upload(expiry="1h"),
            f"expiry='1h': {NO_DURATION}, or pass a timedelta such as timedelta(hours=1)",
        ),
        (
            lambda c: c.direct_upload(expiry=3600),
            "expiry=3600: must be a datetime, a timedelta such as timedelta(hours=1), or a string",
        ),
        (
            lambda c: c.variants.create("w", width="3", height=3),
            "width='3': must be a whole number, 1 or more",
        ),
        (
            lambda c: c.variants.create("w", width=3, height=3, never_require_signed_urls="no"),
            "never_require_signed_urls='no': must be True or False",
        ),
        (
            lambda c: c.variants.edit("w", width=3, height=3, never_require_signed_urls=None),
            "never_require_signed_urls=None: must be True or False",
        ),
        (
            lambda c: c.list(meta={"region": {"name": "eu"}}),
            f"meta['region']['name']: {NO_OPERATOR}; for a field within it write 'region.name'",
        ),
        (
            lambda c: c.list(meta={"region": ["eu", "us"]}),
            "meta['region']=['eu', 'us']: to match any of several values, write {'in': [...]}",
        ),
        (lambda c: c.upload_to(KEY, PNG), "upload_url: must be an http or https address, as a string"),
        (lambda c: c.upload_to("https://example.com:65537/x", PNG), "upload_url: port 65537 is out of range (0-65535)"),
        (
            lambda c: c.list(uploaded_before=datetime(2026, 11, 1)),  # noqa: DTZ001 - wrong on purpose
            f"uploaded_before={datetime(2026, 11, 1)!r}: has no time zone: use datetime.now(UTC), or add tzinfo",  # noqa: DTZ001
        ),
        (lambda c: c.list(per_page=100_000), "per_page=100000: must be a whole number, from 1 to 10,000"),
        (lambda c: c.upload(PNG, exist_ok=True), "exist_ok=True: needs an id: pass the id that may exist"),
        (lambda c: c.delete("id", missing_ok="yes"), "missing_ok='yes': must be True or False"),
        (
            lambda c: c.list().prefetch().concurrent(),
            "prefetch and concurrent are not combined: concurrent fetches ahead by itself",
        ),
        (
            lambda c: c.options(retries="3"),
            "retries='3': must be a RetryPolicy, or how often to retry a request (0-99)",
        ),
    ],
)
def test_a_wrong_argument_is_refused_with_what_to_write(
    refused: Callable[[Any], str], call: Callable[[Any], Any], message: str
) -> None:
    assert refused(call) == message


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: account_hash_of(IMAGE), "url: not a delivery URL, .*, such as image.variants\\[0\\]"),  # type: ignore[arg-type]  # wrong on purpose
        (lambda: sign_url(IMAGE.variants[0], KEY), r"key: must be the value of a signing key \(key.value\)"),  # type: ignore[arg-type]  # wrong on purpose
        (lambda: IMAGE.signed_url(KEY), r"key: must be the value of a signing key \(key.value\)"),  # type: ignore[arg-type]  # wrong on purpose
    ],
)
def test_a_thing_in_place_of_its_text_is_refused(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"^{message}") as caught:
        call()
    assert KEY.value not in str(caught.value)


@pytest.mark.parametrize("kind", [CloudflareImages, AsyncCloudflareImages])
def test_a_client_made_wrongly_is_called_by_its_name(kind: Any) -> None:
    with pytest.raises(TypeError, match=rf"^{kind.__name__}\(\) has no argument 'token': use 'api_token'$"):
        kind(token="token")
    assert inspect.signature(kind).parameters["timeout"].default == 60.0

    class Own(kind):  # type: ignore[misc]  # of a class that is a parameter
        def __init__(self) -> None:
            super().__init__("acc", api_token="token")

    assert Own().account_id == "acc"


@pytest.mark.parametrize("kind", [CloudflareImages, AsyncCloudflareImages])
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: c.list(metadata={"status": "active"}), r"'metadata'.*'?meta'?"),
        (lambda c: c.list(uploaded_after="2026-11-01"), r"'uploaded_after'.*uploaded_since"),
        (lambda c: c.upload(PNG, meta={}), r"'meta'.*metadata"),
    ],
)
def test_a_wrong_keyword_is_told_the_right_one(kind: Any, call: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):  # noqa: PT012 - a coroutine raises when it is awaited
        result = call(kind("acc", api_token="token"))
        if inspect.iscoroutine(result):
            asyncio.run(result)


@pytest.mark.parametrize("kind", [CloudflareImages, AsyncCloudflareImages])
def test_a_client_is_not_copied(kind: Any) -> None:
    with pytest.raises(TypeError, match="a client cannot be copied or pickled: share it"):
        copy.deepcopy(kind("acc", api_token="token"))


def test_a_stream_that_is_not_entered_says_what_to_write() -> None:
    images = CloudflareImages("acc", api_token="token")
    with pytest.raises(CloudflareImagesError, match="use it in a `with` block"):
        next(images.stream("id"))


def test_a_file_that_is_no_image_is_told_what_is_one() -> None:
    formats = "PNG, JPEG, GIF, WebP, SVG, HEIC and, for Enterprise, AVIF"
    with (
        Sandbox() as sandbox,
        sandbox.client() as images,
        pytest.raises(UnsupportedMediaTypeError, match=rf"documentation of the service names {formats}\) \(code 5455"),
    ):
        images.upload(b"text")


def test_a_wait_for_a_connection_says_that_all_are_in_use() -> None:
    with Sandbox() as sandbox:
        transport = httpx.HTTPTransport(limits=httpx.Limits(max_connections=1))
        with sandbox.client(transport=transport, retries=RetryPolicy(attempts=1)) as images:
            image = images.upload(PNG)
            with (
                images.stream(image.id),
                pytest.raises(APITimeoutError, match="all connections are in use: send fewer") as caught,
            ):
                images.options(timeout=0.01).get(image.id)
    assert caught.value.method == "GET"


def test_an_asynchronous_client_belongs_to_one_event_loop() -> None:
    with Sandbox() as sandbox:
        images = sandbox.async_client()

        async def count() -> int:
            return len([image async for image in images.list()])

        async def once_more(call: Callable[[], Any]) -> None:
            with pytest.raises(ClientClosedError, match="another event loop: make one for each loop"):
                await call()

        with asyncio.Runner() as first, asyncio.Runner() as second:
            assert first.run(count()) == 0
            for call in (
                count,
                images.options(timeout=5).stats,
                images.batch().direct_upload,
            ):
                second.run(once_more(call))
            assert first.run(count()) == 0
            first.run(images.aclose())


def test_it_is_closed_where_it_was_used() -> None:
    with Sandbox() as sandbox:
        images = sandbox.async_client()
        with asyncio.Runner() as first, asyncio.Runner() as second:
            first.run(images.stats())
            with pytest.raises(ClientClosedError, match="another event loop"):
                second.run(images.aclose())
            first.run(images.aclose())


@pytest.mark.parametrize("kind", [CloudflareImages, AsyncCloudflareImages])
def test_a_listing_says_what_it_lists(kind: Any) -> None:
    images = kind("acc", api_token="the-token-itself")
    pager = images.list(meta={"status": "active"}, creator="me", per_page=50)
    name = type(pager).__name__
    listed = "list(meta={'status': 'active'}, creator='me', sort_order='desc', per_page=50)"
    assert repr(pager) == f"{name}(<{listed}>)"
    assert repr(pager.starting_at("t").prefetch(2)) == f"{name}(<{listed}.starting_at('t').prefetch(2)>)"
    assert re.fullmatch(r"\w+Walk\(count=0, last=None, finished=False\)", repr(pager.resumable()))
    with pytest.warns(DeprecationWarning, match="list_v1"):
        assert repr(images.list_v1()) == f"{name}(<list_v1(page=1, per_page=100)>)"
