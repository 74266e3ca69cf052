"""What the README says of the official SDK, shown with it."""

import inspect
import pickle
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from servers import envelope

cloudflare = pytest.importorskip("cloudflare", reason="the official SDK is a tool of `make check`")

pytestmark = pytest.mark.slow

IMAGES = [{"id": "1"}, {"id": "2"}]


def official(handler: Callable[[httpx.Request], httpx.Response], requests: list[httpx.Request]) -> Any:
    def record(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return handler(request)

    return cloudflare.Cloudflare(api_token="x", http_client=httpx.Client(transport=httpx.MockTransport(record)))


def answer(result: Any, status: int = 200, *, success: bool = True) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _request: httpx.Response(status, json=envelope(result, success=success))


def test_its_first_listing_iterates_over_nothing() -> None:
    client = official(answer({"images": IMAGES}), [])
    with pytest.warns(DeprecationWarning, match="deprecated"):
        assert list(client.images.v1.list(account_id="a")) == []


def test_its_second_listing_has_no_paging() -> None:
    requests: list[httpx.Request] = []
    page = official(answer({"images": IMAGES, "continuation_token": "more"}), requests).images.v2.list(account_id="a")
    assert not hasattr(page, "get_next_page")
    assert [image.id for image in page.images] == ["1", "2"]
    assert len(requests) == 1


def test_it_uploads_one_file_a_call() -> None:
    parameters = inspect.signature(cloudflare.Cloudflare(api_token="x").images.v1.create).parameters
    assert {"file", "url"} <= parameters.keys()
    assert not {"files", "folder", "directory"} & parameters.keys()


def test_its_typed_filter_sends_a_placeholder() -> None:
    requests: list[httpx.Request] = []
    client = official(answer({"images": []}), requests)
    client.images.v2.list(account_id="a", meta={"field_operator": "active"})
    assert dict(requests[0].url.params) == {"meta.<field>[<operator>]": "active"}


def test_it_drops_an_empty_creator() -> None:
    requests: list[httpx.Request] = []
    official(answer({"images": []}), requests).images.v2.list(account_id="a", creator="")
    assert "creator" not in requests[0].url.params


def test_it_takes_a_refusal_for_nothing() -> None:
    assert official(answer(None, success=False), []).images.v1.get("id", account_id="a") is None


def test_it_repeats_a_conflict() -> None:
    requests: list[httpx.Request] = []
    client = official(answer(None, 409, success=False), requests).with_options(max_retries=1)
    with pytest.raises(cloudflare.ConflictError):
        client.images.v1.get("id", account_id="a")
    assert len(requests) == 2


def test_its_errors_cannot_be_pickled() -> None:
    client = official(answer(None, 404, success=False), [])
    with pytest.raises(cloudflare.NotFoundError) as caught:
        client.images.v1.get("id", account_id="a")
    with pytest.raises(TypeError):
        pickle.loads(pickle.dumps(caught.value))
