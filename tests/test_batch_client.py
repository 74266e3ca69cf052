"""The batch host over real sockets: its paths, its token, and nothing of the one host at the other."""

import asyncio
import json
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from patience import PATIENCE, in_time, until
from servers import ONCE, Received, Run, Server, Stall, close, image, refusal, run_async, run_sync, said

from cfimages import (
    APIResponseValidationError,
    APIStatusError,
    APITimeoutError,
    AsyncBatchClient,
    AsyncCloudflareImages,
    BatchClient,
    ClientClosedError,
    CloudflareImages,
    ConfigurationError,
    NotFoundError,
    RetryPolicy,
    ServerError,
)
from cfimages.http.batch_token import MARGIN, BatchToken
from cfimages.secret import Secret

both = pytest.mark.parametrize("run", [run_sync, run_async], ids=["sync", "async"])
END = said(200, {"success": True, "result": {"images": [], "continuation_token": None}})
NOTHING = said(200, {"success": True, "errors": [], "messages": [], "result": {}})


def token(value: str = "batch-1", lasts: timedelta = timedelta(minutes=5)) -> bytes:
    """An answer with a batch token, its end in nanoseconds as recorded."""
    end = (datetime.now(UTC) + lasts).strftime("%Y-%m-%dT%H:%M:%S.%f") + "222Z"
    return said(200, {"success": True, "result": {"token": value, "expiresAt": end}})


def bearers(server: Server) -> list[str]:
    return [request.headers["authorization"] for request in server.received]


def first(pager: Any, images: Any) -> Any:
    return anext(pager.pages()) if isinstance(images, AsyncCloudflareImages) else next(pager.pages())


@both
def test_the_six_operations_go_to_the_batch_host(run: Run) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        fast = images.batch()
        yield fast.upload(b"x")
        yield fast.get("a/b")
        yield fast.edit("a", creator="me")
        yield fast.delete("a")
        yield first(fast.list(creator="me"), images)
        yield fast.direct_upload()
        yield images.get("x")

    draft = said(200, {"success": True, "result": {"id": "x", "uploadURL": "u"}})
    with Server(token(), image()) as api, Server(image(), image(), image(), NOTHING, END, draft) as batch:
        run(scenario, base_url=api.address, batch_base_url=batch.address)
    assert [f"{request.method} {request.target}" for request in batch.received] == [
        "POST /images/v1",
        "GET /images/v1/a%2Fb",
        "PATCH /images/v1/a",
        "DELETE /images/v1/a",
        "GET /images/v2?per_page=1000&sort_order=desc&creator=me",
        "POST /images/v2/direct_upload",
    ]
    assert json.loads(batch.received[2].body) == {"creator": "me"}
    assert bearers(batch) == ["Bearer batch-1"] * 6
    assert [request.target for request in api.received] == [
        "/accounts/acc/images/v1/batch_token",
        "/accounts/acc/images/v1/x",
    ]
    assert bearers(api) == ["Bearer canary-5d1f-token"] * 2


@both
def test_neither_host_sees_the_credentials_of_the_other(run: Run) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        fast = images.batch()
        yield fast.get("x")

    credentials = {"api_email": "canary@example.org", "api_key": "canary-key"}
    with Server(token()) as api, Server(image()) as batch:
        run(scenario, base_url=api.address, batch_base_url=batch.address, **credentials)
    assert b"canary" not in batch.received[0].raw
    assert b"batch-1" not in api.received[0].raw


def test_it_has_the_six_operations_and_nothing_else() -> None:
    for kind in (BatchClient, AsyncBatchClient):
        names = {name for name in dir(kind) if not name.startswith("_")} - {"close", "aclose", "account_id"}
        assert names == {"delete", "direct_upload", "edit", "get", "list", "upload"}


@both
def test_the_token_is_renewed_before_it_ends(run: Run) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        fast = images.batch()
        yield fast.get("x")
        yield fast.get("x")
        yield fast.get("x")

    with Server(token("old", MARGIN), token("new")) as api, Server(image(), image(), image()) as batch:
        run(scenario, base_url=api.address, batch_base_url=batch.address)
    assert bearers(batch) == ["Bearer old", "Bearer new", "Bearer new"]


@both
@pytest.mark.parametrize(("end", "usable"), [("2099-01-01T00:00:00", True), ("soon", False), (None, False)])
def test_an_end_without_a_time_zone_is_utc_and_nonsense_a_typed_error(run: Run, end: Any, usable: bool) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        fast = images.batch()
        if usable:
            assert (yield fast.get("x")).id == "x"
        else:
            with pytest.raises(APIResponseValidationError, match="batch_token"):
                yield fast.get("x")

    answered = said(200, {"success": True, "result": {"token": "batch-1", "expiresAt": end}})
    with Server(answered) as api, Server(image()) as batch:
        run(scenario, base_url=api.address, batch_base_url=batch.address)
    assert len(batch.received) == usable


@both
@pytest.mark.parametrize(("status", "code"), [(401, 9109), (403, 10000)])
def test_the_token_is_renewed_once_when_it_is_rejected(run: Run, status: int, code: int) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        fast = images.batch()
        yield fast.upload(b"bytes")
        with pytest.raises(APIStatusError):
            yield fast.get("x")

    no = refusal(status, code, "Authentication error")
    with Server(token("1"), token("2"), token("3")) as api, Server(no, image(), no, no) as batch:
        run(scenario, base_url=api.address, batch_base_url=batch.address, retries=ONCE)
    assert bearers(batch) == ["Bearer 1", "Bearer 2", "Bearer 2", "Bearer 3"]
    assert batch.received[0].parts() == batch.received[1].parts() == [("file", "image", b"bytes")]


def test_threads_that_wait_for_a_token_share_its_failure() -> None:
    """Those that wait while one asks need not ask again; each gets an error of its own. Who comes later asks."""
    come, recovered = threading.Semaphore(0), threading.Event()

    def fail_when_all_have_come(_: Received) -> bytes:
        if len(api.received) == 1:
            assert all(come.acquire(timeout=PATIENCE) for _ in range(5))
        return token() if recovered.is_set() else refusal(503)

    def ask() -> ServerError:
        come.release()
        with pytest.raises(ServerError) as caught:
            fast.get("x")
        return caught.value

    with (
        Server(fail_when_all_have_come, forever=True) as api,
        Server(image()) as batch,
        CloudflareImages(
            "acc",
            api_token="t",
            base_url=api.address,
            batch_base_url=batch.address,
            retries=RetryPolicy(attempts=2, base=0),
        ) as images,
        ThreadPoolExecutor(5) as threads,
    ):
        fast = images.batch()
        errors = [future.result() for future in [threads.submit(ask) for _ in range(5)]]
        assert 2 <= len(api.received) <= 10
        recovered.set()
        assert fast.get("x").id == "x"
    assert len(set(map(id, errors))) == 5  # each its own, on which a walk can note its place
    assert {str(error) for error in errors} == {str(errors[0])}


def test_tasks_that_wait_for_a_token_share_its_failure() -> None:
    async def main() -> None:
        async with AsyncCloudflareImages(
            "acc", api_token="t", base_url=api.address, batch_base_url=batch.address, retries=ONCE
        ) as images:
            fast = images.batch()
            errors = await asyncio.gather(*[fast.get("x") for _ in range(5)], return_exceptions=True)
            assert [type(error) for error in errors] == [ServerError] * 5
            assert (await fast.get("x")).id == "x"

    with Server(refusal(503), token()) as api, Server(image()) as batch:
        asyncio.run(main())
    assert len(api.received) == 2


@both
def test_a_batch_that_is_closed_asks_for_no_token(run: Run) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        fast = images.batch()
        yield close(fast)
        with pytest.raises(ClientClosedError):
            yield fast.get("x")

    with Server() as api:
        run(scenario, base_url=api.address, batch_base_url=api.address)
    assert api.received == []


@both
def test_options_of_the_client_hold_for_its_batch_and_its_token(run: Run) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        with pytest.raises(APITimeoutError):
            yield images.options(timeout=0.2, retries=ONCE).batch().get("x")
        with pytest.raises(ServerError):
            yield images.options(retries=ONCE).batch().get("x")
        yield images.batch().get("x")

    with Server(Stall(), token(), token()) as api, Server(refusal(503), refusal(503), image()) as batch:
        run(scenario, base_url=api.address, batch_base_url=batch.address)
    assert (len(api.received), len(batch.received)) == (3, 3)


def test_in_another_process_nobody_waits_for_a_token_that_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that asks for it is not there."""
    may_answer = threading.Event()

    def late(_: Received) -> bytes:
        assert may_answer.wait(PATIENCE)
        return token()

    with (
        Server(late) as api,
        Server(image()) as batch,
        CloudflareImages(
            "acc", api_token="t", base_url=api.address, batch_base_url=batch.address, retries=ONCE
        ) as images,
        ThreadPoolExecutor(1) as threads,
    ):
        fast = images.batch()
        asking = threads.submit(fast.get, "x")
        until(lambda: api.received)
        here = os.getpid()
        with monkeypatch.context() as child:
            child.setattr(os, "getpid", lambda: here + 1)
            with pytest.raises(ClientClosedError, match="another process"):
                in_time(lambda: fast.get("x"))
        may_answer.set()
        assert asking.result().id == "x"


@both
def test_another_refusal_renews_nothing(run: Run) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        with pytest.raises(NotFoundError):
            yield images.batch().get("x")

    with Server(token()) as api, Server(refusal(404)) as batch:
        run(scenario, base_url=api.address, batch_base_url=batch.address)
    assert (len(api.received), len(batch.received)) == (1, 1)


@both
def test_the_end_of_a_batch_is_not_the_end_of_the_client(run: Run) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        fast = images.batch()
        yield fast.get("x")
        yield close(fast)
        with pytest.raises(ClientClosedError, match="the batch client is closed"):
            yield fast.get("x")
        yield images.get("x")
        another = images.batch()
        yield close(images)
        with pytest.raises(ClientClosedError):
            yield another.get("x")

    with Server(token(), image()) as api, Server(image()) as batch:
        run(scenario, base_url=api.address, batch_base_url=batch.address)
    assert (len(api.received), len(batch.received)) == (2, 1)


@pytest.mark.parametrize("address", ["batch.example", "ftp://a", "", 5])
def test_a_bad_address_is_refused_when_the_client_is_made(address: Any) -> None:
    with pytest.raises(ConfigurationError, match="batch_base_url"):
        CloudflareImages("acc", api_token="t", batch_base_url=address)


@both
def test_a_client_of_another_address_does_not_guess_its_batch_host(run: Run) -> None:
    def scenario(images: Any) -> None:
        with pytest.raises(ConfigurationError, match="pass batch_base_url or set CLOUDFLARE_BATCH_BASE_URL"):
            images.batch()

    run(scenario, base_url="http://127.0.0.1:1")


def test_a_token_is_not_shown() -> None:
    end = datetime(2026, 11, 1, tzinfo=UTC)
    shown = BatchToken(Secret("canary"), end)
    assert "canary" not in repr(shown)
    assert shown.is_valid(end - MARGIN - timedelta(seconds=1))
    assert not shown.is_valid(end - MARGIN)


@both
@pytest.mark.parametrize("value", ["line\nbreak", "žeton", ""])
def test_a_batch_token_that_no_header_can_hold_is_no_answer(run: Run, value: str) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        with pytest.raises(APIResponseValidationError, match="batch_token"):
            yield images.batch().get("x")

    with Server(token(value)) as api, Server() as batch:
        run(scenario, base_url=api.address, batch_base_url=batch.address)
        assert batch.connections == 0


def test_it_ends_with_its_block() -> None:
    async def asynchronous() -> None:
        async with AsyncCloudflareImages("acc", api_token="t", transport=transport) as images:
            async with images.batch() as batch:
                assert repr(batch).startswith("AsyncBatchClient(<account 'acc' at 'https://batch.imagedelivery.net'>")
            with pytest.raises(ClientClosedError, match="the batch client is closed"):
                await batch.get("x")

    transport = httpx.MockTransport(lambda _: httpx.Response(500))
    asyncio.run(asynchronous())
    with CloudflareImages("acc", api_token="t", transport=transport) as images:
        with images.batch() as batch:
            pass
        assert repr(batch).endswith(", closed>)")
