"""The main calls through transports and mocks of others: what httpx-aiohttp, respx, pytest-httpx and vcrpy see."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
import vcr
from httpx_aiohttp import AiohttpTransport
from pytest_httpx import HTTPXMock
from servers import AT_ONCE, Cut, Run, Server, envelope, image, refusal, run_async, run_sync, said

from cfimages import APIConnectionError, AsyncCloudflareImages, CloudflareImages, NotFoundError

both = pytest.mark.parametrize("run", [run_sync, run_async], ids=["sync", "async"])

API = "https://api.cloudflare.com/client/v4/accounts/acc/images"
UPLOAD_PATH = "/acc/one-time-canary?sig=canary"
PAGES = [
    envelope({"images": [{"id": "a"}], "continuation_token": "t"}),
    envelope({"images": [{"id": "b"}], "continuation_token": None}),
]


def all_ids(images: Any) -> Any:
    pager = images.list(per_page=1)
    if isinstance(images, CloudflareImages):
        return [image.id for image in pager]

    async def walk() -> list[str]:
        return [image.id async for image in pager]

    return walk()


def test_through_aiohttp_each_request_goes_where_it_should() -> None:
    async def play(address: str) -> None:
        transport = AiohttpTransport()
        async with AsyncCloudflareImages(
            "acc", api_token="canary-5d1f", base_url=address, retries=AT_ONCE, transport=transport
        ) as images:
            assert (await images.get("a/b")).id == "x"  # after a refusal
            assert await all_ids(images) == ["a", "b"]
            assert (await images.upload(b"bytes", id="own")).id == "own"
            assert (await images.upload_to(f"{address}{UPLOAD_PATH}", b"bytes")).id == "sent"
            assert (await images.edit("x", creator="me")).id == "x"
            await images.delete("x")
            async with images.stream("x") as chunks:
                assert b"".join([chunk async for chunk in chunks]) == b"\x89PNG"
            with pytest.raises(NotFoundError, match=r"404: No \(code 5404\)"):
                await images.get("gone")

    png = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 4\r\n\r\n\x89PNG"
    scripts = [refusal(503), image(), *[said(200, page) for page in PAGES], image("own"), image("sent"), image()]
    with Server(*scripts, said(200, envelope({})), png, refusal(404)) as server:
        asyncio.run(play(server.address))
    assert server.lines == [
        *["GET /accounts/acc/images/v1/a%2Fb"] * 2,
        "GET /accounts/acc/images/v2?per_page=1&sort_order=desc",
        "GET /accounts/acc/images/v2?continuation_token=t&per_page=1&sort_order=desc",
        "POST /accounts/acc/images/v1",
        f"POST {UPLOAD_PATH}",
        "PATCH /accounts/acc/images/v1/x",
        "DELETE /accounts/acc/images/v1/x",
        "GET /accounts/acc/images/v1/x/blob",
        "GET /accounts/acc/images/v1/gone",
    ]
    tokens = [request.headers.get("authorization") for request in server.received]
    assert tokens == [None if line == f"POST {UPLOAD_PATH}" else "Bearer canary-5d1f" for line in server.lines]
    assert server.received[5].parts() == [("file", "image", b"bytes")]


@pytest.mark.parametrize("cut", [Cut(), Cut(reset=True)], ids=["closed", "reset"])
def test_through_aiohttp_nothing_is_sent_twice_that_may_have_been_carried_out(cut: Cut) -> None:
    """httpx-aiohttp raises httpx's ConnectTimeout for each kind of broken connection."""

    async def play(address: str) -> None:
        transport = AiohttpTransport()
        async with AsyncCloudflareImages(
            "acc", api_token="canary-5d1f", base_url=address, retries=AT_ONCE, transport=transport
        ) as images:
            for call in (images.upload(b"bytes"), images.edit("x", creator="me"), images.direct_upload()):
                with pytest.raises(APIConnectionError):
                    await call
            await images.delete("x")

    with Server(cut, cut, cut, cut, said(200, envelope({}))) as server:
        asyncio.run(play(server.address))
    assert server.lines == [
        "POST /accounts/acc/images/v1",
        "PATCH /accounts/acc/images/v1/x",
        "POST /accounts/acc/images/v2/direct_upload",
        *["DELETE /accounts/acc/images/v1/x"] * 2,
    ]


@both
def test_respx_sees_each_request_as_it_goes_out(run: Run) -> None:
    def scenario(images: Any) -> Any:
        assert (yield images.get("x")).id == "x"
        assert (yield all_ids(images)) == ["a", "b"]
        assert (yield images.upload(b"bytes")).id == "new"
        assert (yield images.upload_to(f"https://upload.example{UPLOAD_PATH}", b"bytes")).id == "sent"

    with respx.mock() as router:
        router.get(f"{API}/v1/x").mock(
            side_effect=[httpx.Response(503), httpx.Response(200, json=envelope({"id": "x"}))]
        )
        router.get(f"{API}/v2").mock(side_effect=[httpx.Response(200, json=page) for page in PAGES])
        router.post(f"{API}/v1").respond(200, json=envelope({"id": "new"}))
        sent = router.post(f"https://upload.example{UPLOAD_PATH}").respond(201, json=envelope({"id": "sent"}))
        run(scenario)
        assert "authorization" not in sent.calls.last.request.headers


@both
def test_pytest_httpx_sees_each_request_as_it_goes_out(run: Run, httpx_mock: HTTPXMock) -> None:
    def scenario(images: Any) -> Any:
        assert (yield images.get("x")).id == "x"
        assert (yield all_ids(images)) == ["a", "b"]
        assert (yield images.upload(b"bytes")).id == "new"
        assert (yield images.upload_to(f"https://upload.example{UPLOAD_PATH}", b"bytes")).id == "sent"
        with pytest.raises(NotFoundError):
            yield images.get("gone")

    httpx_mock.add_exception(httpx.ReadTimeout("slow"), url=f"{API}/v1/x")
    httpx_mock.add_response(url=f"{API}/v1/x", json=envelope({"id": "x"}))
    for page in PAGES:
        httpx_mock.add_response(method="GET", url=httpx.URL(f"{API}/v2", params=_query(page)), json=page)
    httpx_mock.add_response(method="POST", url=f"{API}/v1", json=envelope({"id": "new"}))
    httpx_mock.add_response(method="POST", url=f"https://upload.example{UPLOAD_PATH}", json=envelope({"id": "sent"}))
    httpx_mock.add_response(url=f"{API}/v1/gone", status_code=404, text="ERROR 5404: Image not found")
    run(scenario)
    assert len(httpx_mock.get_requests()) == 7


def _query(page: Any) -> dict[str, str]:
    begin = {} if page is PAGES[0] else {"continuation_token": "t"}
    return {**begin, "per_page": "1", "sort_order": "desc"}


@both
def test_vcrpy_records_and_plays_again(run: Run, tmp_path: Path) -> None:
    def scenario(images: Any) -> Any:
        assert (yield images.get("x")).id == "x"
        assert (yield all_ids(images)) == ["a", "b"]
        assert (yield images.upload_to(f"{server.address}{UPLOAD_PATH}", b"bytes")).id == "sent"

    cassette = tmp_path / "cassette.yaml"
    with Server(image(), *[said(200, page) for page in PAGES], image("sent")) as server:
        for _ in ("recording", "playing"):
            with vcr.use_cassette(cassette, match_on=["method", "uri"], filter_headers=["authorization"]):
                run(scenario, base_url=server.address)
        assert len(server.received) == 4  # the second time, nothing was sent
    assert "canary-5d1f" not in cassette.read_text("utf-8")


@both
def test_the_one_time_address_of_an_upload_is_in_no_log(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("", "cfimages", "httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, name)
    with Server(image()) as server:
        run(lambda images: images.upload_to(f"{server.address}{UPLOAD_PATH}", b"bytes"), base_url=server.address)
    assert server.lines == [f"POST {UPLOAD_PATH}"]
    assert caplog.records
    assert not [record for record in caplog.records if "canary" in record.getMessage()]
