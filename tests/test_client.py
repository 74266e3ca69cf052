"""What every public method sends, to the letter, and what it makes of the answer."""

import asyncio
import copy
import email.parser
import email.policy
import inspect
import json
import pickle
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from cfimages import (
    APIResponseValidationError,
    AsyncCloudflareImages,
    AsyncPager,
    AuthenticationError,
    CloudflareImages,
    ConflictError,
    FilterError,
    Image,
    InvalidArgumentError,
    NoRouteError,
    NotFoundError,
    Pacer,
    Pager,
    PaginationError,
    RequestTooLargeError,
    ResponseSummary,
    RetryPolicy,
    Settings,
    UnsupportedMediaTypeError,
    Usage,
)
from cfimages.sandbox import Sandbox

HOST = "https://api.cloudflare.com"
Call = Callable[[Any], Any]


class Service:
    """A transport that records requests and gives prepared results, wrapped in the API's envelope."""

    def __init__(self, *results: Any) -> None:
        self.results = list(results)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        # A copy, as it went out: the credentials are taken from the request afterwards.
        self.requests.append(
            httpx.Request(request.method, request.url, headers=request.headers, content=request.content)
        )
        result = self.results.pop(0)
        return httpx.Response(200, json={"success": True, "errors": [], "messages": [], "result": result})

    @property
    def lines(self) -> list[str]:
        """Method, path and query of each request, as they went out, but for the order of parameters."""
        return [f"{request.method} {sorted_query(request.url.raw_path.decode())}" for request in self.requests]


def sorted_query(address: str) -> str:
    path, mark, query = address.partition("?")
    return path + mark + "&".join(sorted(query.split("&")))


def run_sync(service: Service, call: Call, **options: Any) -> Any:
    transport = httpx.MockTransport(service)
    with CloudflareImages("acc", api_token="canary-5d1f", transport=transport, **options) as images:
        result = call(images)
        return list(result) if isinstance(result, Pager) else result


def run_async(service: Service, call: Call, **options: Any) -> Any:
    async def run() -> Any:
        transport = httpx.MockTransport(service)
        async with AsyncCloudflareImages("acc", api_token="canary-5d1f", transport=transport, **options) as images:
            result = call(images)
            if isinstance(result, AsyncPager):
                return [item async for item in result]
            return await result if inspect.isawaitable(result) else result

    return asyncio.run(run())


both = pytest.mark.parametrize("run", [run_sync, run_async], ids=["sync", "async"])

END = {"images": [], "continuation_token": None}
BASE = "/client/v4/accounts/acc/images"
HERO = {"id": "hero", "options": {"fit": "crop", "metadata": "none", "width": 2, "height": 3, "new": 1}, "more": 2}
KEYS = {"keys": [{"name": "default", "value": "secret"}]}
V1 = "GET /client/v4/accounts/acc/images/v1"
V2 = "GET /client/v4/accounts/acc/images/v2"

GOLDEN: list[tuple[str, Call, list[Any], list[str]]] = [
    ("list", lambda c: c.list(), [END], [f"{V2}?per_page=1000&sort_order=desc"]),
    (
        "list with everything",
        lambda c: c.list(
            meta={
                "status": "active & new",
                "priority": {"gte": 2, "lte": 8.5},
                "region.name": {"in": ["eu-west", "us-east"]},
                "featured": True,
            },
            creator="user 123",
            sort_order="asc",
            per_page=50,
        ),
        [END],
        [
            (
                f"{V2}?per_page=50&sort_order=asc&creator=user+123"
                "&meta.status%5Beq%3Astring%5D=active+%26+new"
                "&meta.priority%5Bgte%3Anumber%5D=2&meta.priority%5Blte%3Anumber%5D=8.5"
                "&meta.region.name%5Bin%3Astring%5D=eu-west%7Cus-east"
                "&meta.featured%5Beq%3Aboolean%5D=true"
            )
        ],
    ),
    ("list without a creator", lambda c: c.list(creator=""), [END], [f"{V2}?per_page=1000&sort_order=desc&creator="]),
    (
        "list sends all filters again with each token",
        lambda c: c.list(meta={"a": "b"}, creator="me", per_page=1),
        [{"images": [{"id": "1"}], "continuation_token": "t/1+="}, {"images": [{"id": "2"}]}],
        [
            f"{V2}?per_page=1&sort_order=desc&creator=me&meta.a%5Beq%3Astring%5D=b",
            f"{V2}?continuation_token=t%2F1%2B%3D&per_page=1&sort_order=desc&creator=me&meta.a%5Beq%3Astring%5D=b",
        ],
    ),
    (
        "list from a token",
        lambda c: c.list().starting_at("there"),
        [END],
        [f"{V2}?continuation_token=there&per_page=1000&sort_order=desc"],
    ),
    (
        "list of several creators",
        lambda c: c.list(creator=["me", ""], per_page=9),
        [END, END],
        [f"{V2}?per_page=9&sort_order=desc&creator=me", f"{V2}?per_page=9&sort_order=desc&creator="],
    ),
    (
        "list with more values than a request has room for",
        lambda c: c.list(meta={"n": {"in": list(range(12))}}),
        [END, END],
        [
            f"{V2}?per_page=1000&sort_order=desc&meta.n%5Bin%3Anumber%5D={'%7C'.join(map(str, range(10)))}",
            f"{V2}?per_page=1000&sort_order=desc&meta.n%5Bin%3Anumber%5D=10%7C11",
        ],
    ),
    (
        "list_v1",
        lambda c: c.list_v1(),
        [{"images": [{"id": "1"}]}, {"images": [{"id": "2"}]}, {"images": []}],
        [f"{V1}?page=1&per_page=100", f"{V1}?page=2&per_page=100", f"{V1}?page=3&per_page=100"],
    ),
    (
        "list_v1 with everything",
        lambda c: c.list_v1(creator="", page=7, per_page=10),
        [{"images": []}],
        [f"{V1}?creator=&page=7&per_page=10"],
    ),
    ("list_v1 from a token", lambda c: c.list_v1().starting_at("4"), [{"images": []}], [f"{V1}?page=4&per_page=100"]),
    ("get", lambda c: c.get("abc-1"), [{"id": "abc-1"}], [f"{V1}/abc-1"]),
    (
        "get escapes all that would leave the segment",
        lambda c: c.get("a/b c?d#e%2F..;é"),
        [{"id": "x"}],
        [f"{V1}/a%2Fb%20c%3Fd%23e%252F..%3B%C3%A9"],
    ),
    ("upload", lambda c: c.upload(b"bytes"), [{"id": "x"}], ["POST /client/v4/accounts/acc/images/v1"]),
    ("upload from a url", lambda c: c.upload(url="https://a.b/c"), [{"id": "x"}], [f"POST {BASE}/v1"]),
    ("edit", lambda c: c.edit("a/b", creator="me"), [{"id": "x"}], [f"PATCH {BASE}/v1/a%2Fb"]),
    ("delete", lambda c: c.delete("a/b"), [{}], [f"DELETE {BASE}/v1/a%2Fb"]),
    ("exists", lambda c: c.exists("a"), [{"id": "a"}], [f"{V1}/a"]),
    ("direct_upload", lambda c: c.direct_upload(), [{"id": "x", "uploadURL": "u"}], [f"POST {BASE}/v2/direct_upload"]),
    ("stats", lambda c: c.stats(), [{"count": {"allowed": 2, "current": 1}}], [f"{V1}/stats"]),
    (
        "metadata_keys",
        lambda c: c.metadata_keys(),
        [{"keys": ["status"], "truncated": False}],
        [f"{V2}/metadata/keys"],
    ),
    ("settings", lambda c: c.settings(), [{"flexible_variants": True}], [f"{V1}/config"]),
    ("edit_settings", lambda c: c.edit_settings(flexible_variants=True), [{}], [f"PATCH {BASE}/v1/config"]),
    ("variants list", lambda c: c.variants.list(), [{"variants": {"hero": HERO}}], [f"{V1}/variants"]),
    ("variants get", lambda c: c.variants.get("hero"), [{"variant": HERO}], [f"{V1}/variants/hero"]),
    (
        "variants create",
        lambda c: c.variants.create("hero", width=2, height=3),
        [{"variant": HERO}],
        [f"POST {BASE}/v1/variants"],
    ),
    (
        "variants edit",
        lambda c: c.variants.edit("hero", width=2, height=3),
        [{"variant": HERO}],
        [f"PATCH {BASE}/v1/variants/hero"],
    ),
    ("variants delete", lambda c: c.variants.delete("hero"), [{}], [f"DELETE {BASE}/v1/variants/hero"]),
    ("keys list", lambda c: c.keys.list(), [KEYS], [f"{V1}/keys"]),
    (
        "keys create",
        lambda c: c.keys.create("second"),
        [{"keys": [*KEYS["keys"], {"name": "second", "value": "new"}]}],
        [f"PUT {BASE}/v1/keys/second"],
    ),
    ("keys delete", lambda c: c.keys.delete("second"), [KEYS], [f"DELETE {BASE}/v1/keys/second"]),
]


@both
@pytest.mark.filterwarnings("ignore:list_v1 is deprecated")
@pytest.mark.parametrize(("call", "results", "lines"), [g[1:] for g in GOLDEN], ids=[g[0] for g in GOLDEN])
def test_golden_request(run: Any, call: Call, results: list[Any], lines: list[str]) -> None:
    service = Service(*results)
    run(service, call)
    assert service.lines == [sorted_query(line) for line in lines]
    assert not service.results
    for request in service.requests:
        assert request.url.host == "api.cloudflare.com"
        assert request.headers["Authorization"] == "Bearer canary-5d1f"
        assert request.headers["Accept"] == "application/json"
        assert request.headers["User-Agent"].startswith("cfimages/0.")


def test_every_public_method_has_a_golden_request() -> None:
    lifecycle = {"close", "options", "account_id", "base_url", "api", "on_response"}
    elsewhere = {"batch", "download", "imports", "resume", "stream", "upload_to"}  # in tests of their own
    methods = {name for name in dir(CloudflareImages) if not name.startswith("_")} - lifecycle - elsewhere
    assert methods == {name.split(" ")[0] for name, *_ in GOLDEN}


def form(request: httpx.Request) -> dict[str, tuple[str | None, str, bytes]]:
    """The parts of a multipart form, read by another implementation than the one that wrote them."""
    head = b"Content-Type: " + request.headers["Content-Type"].encode() + b"\r\n\r\n"
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + request.content)
    parts = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        parts[str(name)] = (part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
    return parts


@both
def test_upload_sends_a_form(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "größe.png"
    path.write_bytes(b"\x89PNG bytes")
    service = Service({"id": "own/id"})
    image = run(service, lambda c: c.upload(path, id="own/id", metadata={"a": {"b": "é"}}, creator="me"))
    assert image == Image("own/id")
    assert form(service.requests[0]) == {
        "file": ("größe.png", "image/png", b"\x89PNG bytes"),
        "id": (None, "text/plain", b"own/id"),
        "metadata": (None, "text/plain", '{"a":{"b":"é"}}'.encode()),
        "creator": (None, "text/plain", b"me"),
    }


@both
def test_upload_of_a_private_image(run: Any) -> None:
    service = Service({"id": "x", "requireSignedURLs": True})
    image = run(service, lambda c: c.upload(b"bytes", require_signed_urls=True, filename="a.jpg"))
    assert image.require_signed_urls
    assert form(service.requests[0]) == {
        "file": ("a.jpg", "image/jpeg", b"bytes"),
        "requireSignedURLs": (None, "text/plain", b"true"),
    }


@both
def test_get_gives_the_image(run: Any) -> None:
    documented = {
        "id": "107b9558-dd06-4bbd-5fef-9c2c16bb7900",
        "creator": "someone",
        "filename": "logo.png",
        "meta": {"key": "value"},
        "requireSignedURLs": True,
        "uploaded": "2014-01-02T02:20:00.123Z",
        "variants": ["https://imagedelivery.net/hash/107b9558-dd06-4bbd-5fef-9c2c16bb7900/thumbnail"],
    }
    image = run(Service(documented), lambda c: c.get(documented["id"]))
    assert image == Image(
        id="107b9558-dd06-4bbd-5fef-9c2c16bb7900",
        creator="someone",
        filename="logo.png",
        meta={"key": "value"},
        require_signed_urls=True,
        uploaded=datetime(2014, 1, 2, 2, 20, 0, 123000, tzinfo=UTC),
        variants=("https://imagedelivery.net/hash/107b9558-dd06-4bbd-5fef-9c2c16bb7900/thumbnail",),
    )
    assert image.to_dict() == documented


REFUSED: list[tuple[str, Call, type[Exception], str]] = [
    ("empty id", lambda c: c.get(""), InvalidArgumentError, "image_id"),
    ("dot", lambda c: c.get("."), InvalidArgumentError, "image_id"),
    ("dots", lambda c: c.get(".."), InvalidArgumentError, "image_id"),
    ("not text", lambda c: c.get(None), InvalidArgumentError, "image_id=None: must be a string"),
    ("surrogate", lambda c: c.get("\ud800"), InvalidArgumentError, "image_id"),
    ("another resource", lambda c: c.get("stats"), InvalidArgumentError, "image_id='stats'"),
    ("sort_order", lambda c: c.list(sort_order="up"), InvalidArgumentError, "sort_order='up': must be one of 'asc'"),
    ("per_page 0", lambda c: c.list(per_page=0), InvalidArgumentError, "per_page=0"),
    ("per_page beyond the limit", lambda c: c.list(per_page=10_001), InvalidArgumentError, "from 1 to 10,000"),
    ("per_page float", lambda c: c.list(per_page=10.0), InvalidArgumentError, "per_page=10.0"),
    ("per_page bool", lambda c: c.list(per_page=True), InvalidArgumentError, "per_page=True"),
    ("creator", lambda c: c.list(creator=5), InvalidArgumentError, "creator=5"),
    ("meta", lambda c: c.list(meta={}), FilterError, "meta is empty"),
    ("window", lambda c: c.list(uploaded_since="2026", uploaded_before="2025"), InvalidArgumentError, "uploaded_since"),
    ("time", lambda c: c.list(uploaded_before="soon"), InvalidArgumentError, "uploaded_before='soon'"),
    ("token", lambda c: c.list().starting_at(""), InvalidArgumentError, "token=''"),
    ("v1 page", lambda c: c.list_v1(page=0), InvalidArgumentError, "page=0"),
    ("v1 token", lambda c: c.list_v1().starting_at("x"), InvalidArgumentError, "token='x'"),
    ("v1 page 0 token", lambda c: c.list_v1().starting_at("0"), InvalidArgumentError, "token='0'"),
    ("upload", lambda c: c.upload(5), InvalidArgumentError, "file=5"),
    ("upload id", lambda c: c.upload(b"x", id="/a"), InvalidArgumentError, "id='/a'"),
    ("upload to another's address", lambda c: c.upload(b"x", id="stats"), InvalidArgumentError, "could never be read"),
    ("upload to the folder", lambda c: c.upload(b"x", id=".."), InvalidArgumentError, "id='..': the image could"),
    ("private?", lambda c: c.upload(b"x", require_signed_urls="false"), InvalidArgumentError, "must be True or False"),
    ("v1 huge token", lambda c: c.list_v1().starting_at("9" * 5000), InvalidArgumentError, "must be a page number"),
    ("two sources", lambda c: c.upload(b"x", url="https://a.b"), InvalidArgumentError, "file and url"),
    ("no source", lambda c: c.upload(), InvalidArgumentError, "file and url"),
    ("url", lambda c: c.upload(url="ftp://user:secret@a.b"), InvalidArgumentError, "url: must be an http or https"),
    ("url with a space", lambda c: c.upload(url="https://a.b/c d"), InvalidArgumentError, "url: must not have spaces"),
    ("nothing to edit", lambda c: c.edit("a"), InvalidArgumentError, "nothing to change"),
    (
        "edit metadata",
        lambda c: c.edit("a", metadata={"a": "x" * 1024}),
        InvalidArgumentError,
        "metadata has 1032 bytes",
    ),
    ("edit flag", lambda c: c.edit("a", require_signed_urls="no"), InvalidArgumentError, "require_signed_urls='no'"),
    ("delete", lambda c: c.delete("keys"), InvalidArgumentError, "image_id='keys'"),
    ("delete nothing", lambda c: c.delete(""), InvalidArgumentError, "image_id=''"),
    ("exists", lambda c: c.exists(".."), InvalidArgumentError, "image_id='..'"),
    ("short expiry", lambda c: c.direct_upload(expiry=timedelta(minutes=2)), InvalidArgumentError, "more than 2 min"),
    ("long expiry", lambda c: c.direct_upload(expiry=timedelta(hours=6)), InvalidArgumentError, "less than 6 hours"),
    ("expiry", lambda c: c.direct_upload(expiry=5), InvalidArgumentError, "expiry=5"),
    ("upload address", lambda c: c.upload_to("file:///x", b"x"), InvalidArgumentError, "upload_url: must be an http"),
    (
        "upload address that cannot be decoded",
        lambda c: c.upload_to("https://xn--a/x", b"x"),
        InvalidArgumentError,
        "upload_url: the host is not valid",
    ),
    ("settings", lambda c: c.edit_settings(flexible_variants="on"), InvalidArgumentError, "flexible_variants='on'"),
    ("variant name", lambda c: c.variants.get("my-variant"), InvalidArgumentError, "name='my-variant'"),
    ("long variant name", lambda c: c.variants.get("x" * 100), InvalidArgumentError, "at most 99"),
    ("width", lambda c: c.variants.create("a", width=0, height=1), InvalidArgumentError, "width=0"),
    (
        "never",
        lambda c: c.variants.create("a", width=1, height=1, never_require_signed_urls="no"),
        InvalidArgumentError,
        "never_require_signed_urls='no': must be True or False",
    ),
    (
        "never again",
        lambda c: c.variants.edit("a", width=1, height=1, never_require_signed_urls=None),
        InvalidArgumentError,
        "never_require_signed_urls=None",
    ),
    ("fit", lambda c: c.variants.create("a", width=1, height=1, fit="big"), InvalidArgumentError, "fit='big'"),
    ("key name", lambda c: c.keys.create("x" * 21), InvalidArgumentError, "at most 20"),
    ("timeout", lambda c: c.options(timeout=0), InvalidArgumentError, "timeout=0"),
    ("retries", lambda c: c.options(retries=-1), InvalidArgumentError, "retries=-1"),
    ("delete what?", lambda c: c.delete("a", missing_ok=1), InvalidArgumentError, "missing_ok=1"),
    ("exist_ok without an id", lambda c: c.upload(b"x", exist_ok=True), InvalidArgumentError, "needs an id"),
]


@both
@pytest.mark.filterwarnings("ignore:list_v1 is deprecated")
@pytest.mark.parametrize(("call", "error", "message"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_bad_input_is_refused_before_anything_is_sent(
    run: Any, call: Call, error: type[Exception], message: str
) -> None:
    service = Service()
    with pytest.raises(error) as caught:
        run(service, call)
    assert message in str(caught.value)
    assert service.requests == []


@both
def test_list_v1_warns_where_it_is_called(run: Any) -> None:
    with pytest.warns(DeprecationWarning, match="use list") as caught:
        run(Service({"images": []}), lambda c: c.list_v1())
    assert [warning.filename for warning in caught] == [__file__]


@both
@pytest.mark.filterwarnings("ignore:list_v1 is deprecated")
def test_list_v1_ends_only_on_an_empty_page(run: Any) -> None:
    service = Service(*({"images": [{"id": str(number)}]} for number in range(3)), {"images": []})
    assert [image.id for image in run(service, lambda c: c.list_v1(per_page=100))] == ["0", "1", "2"]


@both
@pytest.mark.filterwarnings("ignore:list_v1 is deprecated")
def test_list_v1_notices_a_service_that_ignores_the_page(run: Any) -> None:
    service = Service(*[{"images": [{"id": "a"}, {"id": "b"}]}] * 3)
    with pytest.raises(PaginationError, match="same page again and again") as caught:
        run(service, lambda c: c.list_v1())
    assert caught.value.resume_token == "3"


def day(number: int) -> dict[str, str]:
    return {"id": f"day {number}", "uploaded": f"2026-11-{number:02}T00:00:00.000Z"}


WINDOWS: list[tuple[str, dict[str, Any], list[str], int]] = [
    ("after, newest first", {"uploaded_since": "2026-11-04"}, ["day 6", "day 5", "day 4"], 2),
    ("before, newest first", {"uploaded_before": "2026-11-03"}, ["day 2", "day 1"], 3),
    ("between", {"uploaded_since": "2026-11-02", "uploaded_before": "4 Nov 2026"}, ["day 3", "day 2"], 3),
    ("after, oldest first", {"uploaded_since": "2026-11-05", "sort_order": "asc"}, ["day 5", "day 6"], 3),
    ("before, oldest first", {"uploaded_before": "2026-11-02", "sort_order": "asc"}, ["day 1"], 1),
    ("none", {"uploaded_since": "2027-01-01"}, [], 1),
]


@both
@pytest.mark.parametrize(("arguments", "ids", "requests"), [w[1:] for w in WINDOWS], ids=[w[0] for w in WINDOWS])
def test_a_window_of_upload_times_stops_the_asking(
    run: Any, arguments: dict[str, Any], ids: list[str], requests: int
) -> None:
    days = [day(number) for number in range(6, 0, -1)]
    if arguments.get("sort_order") == "asc":
        days.reverse()
    pages = [{"images": days[n : n + 2], "continuation_token": token} for n, token in ((0, "2"), (2, "4"), (4, None))]
    service = Service(*pages)
    assert [image.id for image in run(service, lambda c: c.list(**arguments))] == ids
    assert len(service.requests) == requests


@both
def test_a_client_says_what_it_is_but_no_secret(run: Any) -> None:
    text = run(Service(), repr)
    assert text.endswith("CloudflareImages(<account 'acc' at 'https://api.cloudflare.com/client/v4'>)")


@both
def test_edit_sends_only_what_changes(run: Any) -> None:
    service = Service({"id": "new", "requireSignedURLs": True})
    image = run(service, lambda c: c.edit("old", metadata={"a": [1]}, require_signed_urls=True))
    assert image == Image("new", require_signed_urls=True)
    assert json.loads(service.requests[0].content) == {"metadata": {"a": [1]}, "requireSignedURLs": True}


@both
def test_deleting_gives_nothing(run: Any) -> None:
    assert run(Service({}), lambda c: c.delete("a")) is None


@both
def test_a_direct_upload_never_sends_an_empty_form(run: Any) -> None:
    service = Service({"id": "x", "uploadURL": "https://upload.example/x"})
    draft = run(service, lambda c: c.direct_upload())
    assert (draft.id, draft.upload_url) == ("x", "https://upload.example/x")
    assert "upload.example" not in repr(draft)
    assert form(service.requests[0]) == {"requireSignedURLs": (None, "text/plain", b"false")}


@both
def test_a_direct_upload_with_everything(run: Any) -> None:
    service = Service({"id": "x", "uploadURL": "u"})
    run(service, lambda c: c.direct_upload(id="x", expiry=timedelta(hours=1), metadata={"a": 1}, creator="me"))
    sent = form(service.requests[0])
    expiry = datetime.fromisoformat(sent.pop("expiry")[2].decode())
    assert timedelta(minutes=59) < expiry - datetime.now(UTC) < timedelta(hours=1)
    assert {name: value[2] for name, value in sent.items()} == {
        "id": b"x",
        "metadata": b'{"a":1}',
        "creator": b"me",
        "requireSignedURLs": b"false",
    }


@both
def test_upload_from_a_url_sends_no_file(run: Any) -> None:
    service = Service({"id": "x"})
    run(service, lambda c: c.upload(url="https://user:password@example.com/a b.png".replace(" ", "%20"), creator="me"))
    assert {name: value[2] for name, value in form(service.requests[0]).items()} == {
        "url": b"https://user:password@example.com/a%20b.png",
        "creator": b"me",
    }


@both
def test_variants_come_with_all_that_the_service_says(run: Any) -> None:
    (variant,) = run(Service({"variants": {"hero": HERO}}), lambda c: c.variants.list())
    assert (variant.id, variant.fit, variant.width, variant.height, variant.metadata) == ("hero", "crop", 2, 3, "none")
    assert variant.never_require_signed_urls is False
    assert variant.to_dict() == {**HERO, "neverRequireSignedURLs": False}


@both
def test_a_variant_is_made_of_its_options(run: Any) -> None:
    service = Service({"variant": HERO})
    run(
        service,
        lambda c: c.variants.create(
            "hero", width=2, height=3, fit="crop", metadata="keep", never_require_signed_urls=True
        ),
    )
    assert json.loads(service.requests[0].content) == {
        "id": "hero",
        "options": {"fit": "crop", "metadata": "keep", "width": 2, "height": 3},
        "neverRequireSignedURLs": True,
    }


@both
@pytest.mark.parametrize(
    ("codes", "error"),
    [([5404], None), ([], NotFoundError), ([1], NotFoundError), ([7003, 7000], NoRouteError), ([7000], NoRouteError)],
)
def test_what_does_not_exist_is_the_image_and_neither_the_account_nor_a_proxys_page(
    run: Any, codes: list[int], error: type[Exception] | None
) -> None:
    errors = [{"code": code, "message": "Could not route"} for code in codes]

    def service(_: httpx.Request) -> httpx.Response:
        return httpx.Response(404, json={"success": False, "errors": errors, "messages": [], "result": None})

    if error:
        for call in (lambda c: c.exists("a"), lambda c: c.delete("a", missing_ok=True)):
            with pytest.raises(error) as caught:
                run(service, call)
            assert type(caught.value) is error
    else:
        assert run(service, lambda c: c.exists("a")) is False
        assert run(service, lambda c: c.delete("a", missing_ok=True)) is None
        with pytest.raises(NotFoundError):
            run(service, lambda c: c.delete("a"))


@both
def test_a_code_in_a_header_says_that_an_image_is_missing_too(run: Any) -> None:
    def service(_: httpx.Request) -> httpx.Response:
        return httpx.Response(404, headers={"cf-images": "err=5404"}, text="not found")

    assert run(service, lambda c: c.delete("a", missing_ok=True)) is None


@both
def test_a_key_is_not_shown(run: Any) -> None:
    (key,) = run(Service(KEYS), lambda c: c.keys.list())
    assert (key.name, key.value) == ("default", "secret")
    assert repr(key) == "SigningKey(name='default')"


@both
def test_usage_and_settings(run: Any) -> None:
    assert run(Service({"count": {"allowed": 2, "current": 1}}), lambda c: c.stats()) == Usage(current=1, allowed=2)
    settings = run(Service({"flexible_variants": True, "browser_ttl": 5}), lambda c: c.settings())
    assert settings == Settings(flexible_variants=True, extra={"browser_ttl": 5})
    service = Service({})
    assert run(service, lambda c: c.edit_settings(flexible_variants=False)) == Settings(flexible_variants=False)
    assert json.loads(service.requests[0].content) == {"flexible_variants": False}


@both
def test_creating_a_key_gives_that_key_and_deleting_one_gives_nothing(run: Any) -> None:
    keys = {"keys": [{"name": "default", "value": "old"}, {"name": "second", "value": "new"}]}
    key = run(Service(keys), lambda c: c.keys.create("second"))
    assert (key.name, key.value) == ("second", "new")
    assert run(Service(KEYS), lambda c: c.keys.delete("second")) is None
    with pytest.raises(APIResponseValidationError, match="the response has another shape"):
        run(Service(KEYS), lambda c: c.keys.create("second"))


@both
@pytest.mark.parametrize("status", [200, 201, 202, 299])
def test_any_success_with_an_envelope_is_one(run: Any, status: int) -> None:
    """After an upload, an error would say that the image is not there, although it is."""

    def service(request: httpx.Request) -> httpx.Response:
        result: dict[str, Any] = {"id": "x", "images": [{"id": "x"}]}
        return httpx.Response(status, json={"success": True, "errors": [], "messages": [], "result": result})

    assert run(service, lambda c: c.upload(b"bytes")) == Image("x", extra={"images": [{"id": "x"}]})
    assert run(service, lambda c: c.upload_to("https://upload.example/x", b"bytes")).id == "x"
    assert run(service, lambda c: c.get("x")).id == "x"
    assert [image.id for image in run(service, lambda c: c.list())] == ["x"]


REFUSALS = {
    409: (ConflictError, "Resource already exists"),
    413: (RequestTooLargeError, "Too large"),
    415: (UnsupportedMediaTypeError, "Not an image"),
}


@both
@pytest.mark.parametrize("status", REFUSALS)
def test_a_refused_upload_names_its_file_and_its_id(run: Any, status: int, tmp_path: Path) -> None:
    kind, message = REFUSALS[status]

    def service(_: httpx.Request) -> httpx.Response:
        errors = [{"code": 5000 + status, "message": message}]
        return httpx.Response(status, json={"success": False, "errors": errors, "messages": [], "result": None})

    path = tmp_path / "cat.png"
    path.write_bytes(b"bytes")
    for call, about in (
        (lambda c: c.upload(path), "cat.png"),
        (lambda c: c.upload(path, id="cats/1"), "cat.png as 'cats/1'"),
        (lambda c: c.upload(b"bytes", filename="dog.png"), "dog.png"),
        (lambda c: c.upload(url="https://a.example/secret", id="cats/1"), "cats/1"),
        (lambda c: c.upload_to("https://upload.example/secret", path), "cat.png"),
        (lambda c: c.direct_upload(id="cats/1"), "cats/1"),
    ):
        with pytest.raises(kind) as caught:
            run(service, call)
        assert caught.value.about == about
        assert f": {about}: {status}: {message} (code {5000 + status})" in str(caught.value)
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "environment", "source"),
    [
        ({"api_token": "canary-5d1f"}, {}, "the argument api_token"),
        ({}, {"CLOUDFLARE_API_TOKEN": "canary-5d1f"}, "the variable CLOUDFLARE_API_TOKEN"),
        ({"api_email": "a@b", "api_key": "canary-5d1f"}, {}, "the argument api_key"),
        (
            {},
            {"CLOUDFLARE_EMAIL": "a@b", "CLOUDFLARE_API_KEY": "canary-5d1f"},
            "the variable CLOUDFLARE_API_KEY",
        ),
    ],
)
def test_rejected_credentials_say_where_they_came_from_and_never_what_they_are(
    arguments: dict[str, str], environment: dict[str, str], source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    transport = httpx.MockTransport(lambda _: httpx.Response(401, json={"success": False, "errors": []}))
    images: Any = CloudflareImages("acc", transport=transport, **arguments)  # type: ignore[arg-type]  # all text
    with images, pytest.raises(AuthenticationError) as caught:
        images.get("x")
    assert f"(the credentials came from {source})" in str(caught.value)
    assert "canary" not in str(caught.value)


NAMES: list[tuple[Call, str]] = [
    (lambda c: c.list(metadata={"a": 1}), r"list\(\) has no argument 'metadata': use 'meta'"),
    (lambda c: c.list(limit=10), r"list\(\) has no argument 'limit': for the first ten write list\(...\).take\(10\)$"),
    (lambda c: c.list(uploaded_after="2026"), r"list\(\) has no argument 'uploaded_after': use 'uploaded_since'"),
    (lambda c: c.upload(b"x", exists_ok=True), r"upload\(\) has no argument 'exists_ok': use 'exist_ok'"),
    (lambda c: c.upload(b"x", colour="red"), r"upload\(\) has no argument 'colour': it has file, url, id, metadata, "),
    (lambda c: c.options(max_retries=1), r"options\(\) has no argument 'max_retries': use 'retries'"),
    (lambda c: type(c)("acc", token="t"), r"CloudflareImages\(\) has no argument 'token': use 'api_token'"),
    (lambda c: c.upload(b"x", meta={"a": 1}), r"upload\(\) has no argument 'meta': use 'metadata'"),
    (lambda c: c.edit("x", meta={"a": 1}), r"edit\(\) has no argument 'meta': use 'metadata'"),
    (lambda c: c.direct_upload(meta={"a": 1}), r"direct_upload\(\) has no argument 'meta': use 'metadata'"),
]


@both
@pytest.mark.parametrize(("call", "message"), NAMES)
def test_a_wrong_keyword_is_told_the_right_one(run: Any, call: Call, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        run(Service(), call)


@pytest.mark.parametrize("client", [CloudflareImages, AsyncCloudflareImages])
def test_every_object_says_what_it_is(client: Any) -> None:
    images = client("acc", api_token="canary-5d1f")
    kind = client.__name__.removesuffix("CloudflareImages")
    address = "https://batch.imagedelivery.net"
    assert images.base_url == "https://api.cloudflare.com/client/v4"
    assert images.on_response is None
    assert repr(images.keys) == f"{kind}Keys(<of account 'acc'>)"
    assert repr(images.variants) == f"{kind}Variants(<of account 'acc'>)"
    assert repr(images.batch()) == f"{kind}BatchClient(<account 'acc' at '{address}'>)"
    assert repr(images.list().pages()) == "<pages of a listing>"
    walk = images.list()
    assert repr(iter(walk) if client is CloudflareImages else aiter(walk)) == "<items of a listing>"
    assert repr(images.stream("x")) == f"<{kind}ImageStream of 'x'>"
    assert repr(Pacer()) == "Pacer(<1200 in 300 s>)"
    assert repr(Pacer(None)) == "Pacer(<as the service says>)"


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (lambda: CloudflareImages("acc", api_token="t", timeout=-1), "<CloudflareImages, not made>"),
        (lambda: AsyncCloudflareImages("acc", api_token="t", timeout=-1), "<AsyncCloudflareImages, not made>"),
        (lambda: Pacer(0), "Pacer(<as the service says>)"),
        (lambda: Sandbox(port=-1), "Sandbox('http://127.0.0.1:-1/client/v4', stopped)"),
    ],
)
def test_a_traceback_can_show_what_could_not_be_made(make: Callable[[], object], shown: str) -> None:
    with pytest.raises(ValueError, match=r"timeout|requests|port") as caught:
        make()
    frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
    unmade = [frame.f_locals["self"] for frame in frames if frame.f_code.co_name == "__init__"]
    assert shown in map(repr, unmade)


@both
def test_a_closed_client_looks_closed(run: Any) -> None:
    kept: list[Any] = []
    run(Service(), lambda c: kept.extend([c, c.batch()]))
    for client in kept:
        assert repr(client).endswith(", closed>)")


@pytest.mark.parametrize("client", [CloudflareImages, AsyncCloudflareImages])
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_client_says_what_to_do_instead_of_being_copied(client: Any, copied: Call) -> None:
    with pytest.raises(TypeError, match="a client cannot be copied or pickled: share it, or make one with"):
        copied(client("acc", api_token="canary-5d1f"))


@both
def test_each_response_is_told_to_whoever_wants_to_know(run: Any) -> None:
    told: list[ResponseSummary] = []
    others: list[ResponseSummary] = []
    statuses = iter([503, 200, 404, 200])

    def service(request: httpx.Request) -> httpx.Response:
        status, token = next(statuses), request.headers["Authorization"]
        body = {"success": status == 200, "errors": [], "messages": [], "result": {"id": "x"}}
        return httpx.Response(status, json=body, headers={"cf-ray": "8a1-LHR", "x-repeats": token})

    def play(images: Any) -> Any:
        if isinstance(images, CloudflareImages):
            images.get("x")
            with pytest.raises(NotFoundError):
                images.get("gone")
            return images.options(on_response=others.append).get("x")

        async def asynchronous() -> Image:
            await images.get("x")
            with pytest.raises(NotFoundError):
                await images.get("gone")
            return await images.options(on_response=others.append).get("x")

        return asynchronous()

    run(service, play, on_response=told.append, retries=RetryPolicy(base=0))
    assert [(one.status_code, one.attempt, one.endpoint.rpartition("/")[2]) for one in told] == [
        (503, 1, "x"),
        (200, 2, "x"),
        (404, 1, "gone"),
    ]
    assert [one.status_code for one in others] == [200]
    for one in [*told, *others]:
        assert (one.method, one.ray_id) == ("GET", "8a1-LHR")
        assert one.duration >= 0
        assert one.headers["x-repeats"] == "Bearer [redacted]"


async def noted(_summary: object) -> None:
    """Would never be awaited."""


@pytest.mark.parametrize("client", [CloudflareImages, AsyncCloudflareImages])
@pytest.mark.parametrize("function", [5, noted])
def test_who_is_to_be_told_must_be_a_function(client: Any, function: Any) -> None:
    message = r"^on_response=.*: must be a function, and not a coroutine function$"
    with pytest.raises(InvalidArgumentError, match=message):
        client("acc", api_token="token", on_response=function)
    with pytest.raises(InvalidArgumentError, match=message):
        client("acc", api_token="token").options(on_response=function)


@both
@pytest.mark.parametrize(("found", "accepted"), [({"id": "cat"}, True), ({"id": "cat", "draft": True}, False)])
def test_an_upload_can_accept_that_its_id_exists(run: Any, found: dict[str, Any], accepted: bool) -> None:
    def service(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"success": True, "errors": [], "messages": [], "result": found})
        errors = [{"code": 5409, "message": "Resource already exists"}]
        return httpx.Response(409, json={"success": False, "errors": errors, "messages": [], "result": None})

    if accepted:
        assert run(service, lambda c: c.upload(b"bytes", id="cat", exist_ok=True)) == Image("cat")
    else:
        with pytest.raises(ConflictError):
            run(service, lambda c: c.upload(b"bytes", id="cat", exist_ok=True))
    with pytest.raises(ConflictError):
        run(service, lambda c: c.upload(b"bytes", id="cat"))
