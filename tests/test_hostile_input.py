"""Arguments made to harm: each is refused with an error of ours, or sent in its own place and in no other."""

import io
import json
import re
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import pytest
from hostile import ADDRESSES, JUNK, NASTY, TEXTS
from hypothesis import given
from hypothesis import strategies as st
from servers import ONCE, Received, Run, Server, image, run_async, run_sync, said, seam

from cfimages import (
    AsyncCloudflareImages,
    CloudflareImages,
    CloudflareImagesError,
    ConfigurationError,
    InvalidArgumentError,
    account_hash_of,
    sign_url,
)
from cfimages.config import Config, resolve
from cfimages.listing.filters import to_query
from cfimages.sandbox import Sandbox

both = pytest.mark.parametrize("run", [run_sync, run_async], ids=["sync", "async"])

HEADERS = {"host", "accept", "accept-encoding", "connection", "user-agent", "authorization"}


class Recording(httpx.BaseTransport):
    """Keeps each request as it would go over the wire, and says that all is well."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.hosts: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.hosts.append(request.url.host)
        target, body = request.url.raw_path.decode("ascii"), request.read()
        raw = b"".join(k + b": " + v + b"\r\n" for k, v in request.headers.raw)
        assert b"\r" not in raw.replace(b"\r\n", b"") and b"\n" not in raw.replace(b"\r\n", b"")  # noqa: PT018
        self.received.append(Received(request.method, target, request.headers.copy(), body, raw + body, 0))
        result = {"id": "x", "images": [{"id": "x"}], "continuation_token": None, "variant": {}, "keys": []}
        if target.endswith("/blob"):
            return httpx.Response(200, stream=httpx.ByteStream(b"bytes"), headers={"Content-Type": "image/png"})
        return httpx.Response(200, json={"success": True, "result": result})


def sent(call: Callable[[CloudflareImages], Any], account: str = "acc") -> Received | None:
    """The one request of a call; None if it was refused."""
    recording = Recording()
    with CloudflareImages(account, api_token="canary-5d1f", transport=recording, retries=ONCE) as images:
        try:
            call(images)
        except InvalidArgumentError:
            assert not recording.received
            return None
    (request,) = recording.received
    assert recording.hosts == ["api.cloudflare.com"]
    assert request.headers.get_list("host") == ["api.cloudflare.com"]
    assert request.headers.get_list("authorization") == ["Bearer canary-5d1f"]
    assert set(request.headers) - {"content-length", "content-type", "transfer-encoding"} == HEADERS
    assert re.fullmatch(r"[!-~]+", request.target)
    return request


def segments(request: Received) -> list[str]:
    """The path as any server reads it."""
    path = request.target.partition("?")[0]
    assert "/../" not in f"{path}/"
    assert "/./" not in f"{path}/"
    return [unquote(part, errors="strict") for part in path.split("/")]


def query(request: Received) -> dict[str, str]:
    """The query as any server reads it; nothing in it twice."""
    text = request.target.partition("?")[2]
    pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict") if text else []
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


# --- In their place ---------------------------------------------------------------------------------------------


@given(TEXTS, TEXTS)
def test_ids_stay_one_segment_of_the_path(account: str, id: str) -> None:
    try:
        request = sent(lambda images: images.get(id), account)
    except ConfigurationError:
        return
    if request is not None:
        assert segments(request) == ["", "client", "v4", "accounts", account, "images", "v1", id]
        assert query(request) == {}


@given(TEXTS)
def test_each_operation_on_an_image_keeps_to_its_path(id: str) -> None:
    begin = ["", "client", "v4", "accounts", "acc", "images", "v1", id]
    calls: list[tuple[str, Callable[[CloudflareImages], Any], list[str]]] = [
        ("PATCH", lambda images: images.edit(id, creator="c"), begin),
        ("DELETE", lambda images: images.delete(id), begin),
        ("GET", lambda images: images.exists(id), begin),
        ("GET", lambda images: images.download(id, io.BytesIO()), [*begin, "blob"]),
    ]
    for method, call, path in calls:
        if (request := sent(call)) is not None:
            assert (request.method, segments(request)) == (method, path)


@given(TEXTS)
def test_names_stay_one_segment_of_the_path(name: str) -> None:
    for method, call, kind in (
        ("GET", lambda images: images.variants.get(name), "variants"),
        ("DELETE", lambda images: images.variants.delete(name), "variants"),
        ("PUT", lambda images: images.keys.create(name), "keys"),
        ("DELETE", lambda images: images.keys.delete(name), "keys"),
    ):
        try:
            request = sent(call)
        except CloudflareImagesError:
            continue  # the made-up answer is none of a variant
        if request is not None:
            assert (request.method, segments(request)[4:]) == (method, ["acc", "images", "v1", kind, name])


FIELDS = st.sampled_from(["creator", "per_page", "continuation_token", "a", "a.b", "meta", "id", "x]", "x[eq"])
OPERATORS = st.sampled_from(["eq", "in", "gt", "lte", "creator", "eq:string]&creator"])
OPERANDS = TEXTS | st.integers() | st.booleans() | st.floats() | st.lists(TEXTS, max_size=3)
CONDITIONS = OPERANDS | st.dictionaries(OPERATORS, OPERANDS)


@given(
    st.none() | st.dictionaries(FIELDS | TEXTS, CONDITIONS, max_size=3),
    st.none() | TEXTS,
    st.none() | TEXTS,
    st.integers(-1, 10**5),
)
def test_no_argument_of_a_listing_becomes_another_parameter(
    meta: Any, creator: str | None, token: str | None, per_page: int
) -> None:
    def call(images: CloudflareImages) -> Any:
        return next(images.list(meta=meta, creator=creator, per_page=per_page).starting_at(token).pages())

    request = sent(call)
    if request is None:
        return
    parameters = query(request)
    assert parameters.pop("creator", None) == creator
    assert parameters.pop("per_page") == str(per_page)
    assert parameters.pop("sort_order") == "desc"
    assert parameters.pop("continuation_token", None) == (token or None)
    assert parameters == ({} if meta is None else to_query(meta))
    for name in parameters:
        assert re.fullmatch(r"meta\.[\w.]+\[(eq|in|gt|gte|lt|lte):(string|number|boolean)\]", name, re.ASCII)
    assert segments(request)[3:] == ["accounts", "acc", "images", "v2"]


@given(st.none() | TEXTS, st.none() | st.dictionaries(TEXTS, TEXTS, max_size=3), st.none() | TEXTS, st.none() | TEXTS)
def test_no_argument_of_an_upload_becomes_another_field(
    id: str | None, metadata: dict[str, str] | None, creator: str | None, filename: str | None
) -> None:
    request = sent(
        lambda images: images.upload(b"\r\n--bytes", id=id, metadata=metadata, creator=creator, filename=filename)
    )
    if request is None:
        return
    parts = request.parts()
    assert sorted(name for name, _, _ in parts) == [
        name
        for name, value in (("creator", creator), ("file", b""), ("id", id), ("metadata", metadata))
        if value is not None
    ]
    found = {name: content for name, _, content in parts}
    assert found["file"] == b"\r\n--bytes"
    for name, value in (("id", id), ("creator", creator)):
        assert found.get(name) == (None if value is None else value.encode())
    assert json.loads(found.get("metadata", b"null")) == metadata
    assert segments(request)[3:] == ["accounts", "acc", "images", "v1"]


@given(st.none() | st.dictionaries(TEXTS, JUNK, max_size=3), st.none() | TEXTS)
def test_no_argument_of_an_edit_becomes_another_field(metadata: Any, creator: str | None) -> None:
    request = sent(lambda images: images.edit("x", metadata=metadata, creator=creator))
    if request is not None:
        body = {"metadata": metadata, "creator": creator}
        assert json.loads(request.body) == {name: value for name, value in body.items() if value is not None}


@both
def test_the_worst_texts_arrive_in_their_place_over_a_real_connection(run: Run) -> None:
    good = [text for text in NASTY if (text not in ("", ".", "..") and text.isascii()) or text == "é"]

    def scenario(images: Any) -> Any:
        for text in good:
            yield images.get(text)
            pages = images.list(creator=text, meta={"a": text}).pages()
            yield next(pages) if run is run_sync else anext(pages)

    page = said(200, {"success": True, "result": {"images": []}})
    with Server(lambda request: page if "/v2?" in request.target else image(), forever=True) as server:
        run(scenario, base_url=server.address)
    assert len(server.received) == 2 * len(good)
    for text, (one, many) in zip(good, zip(server.received[::2], server.received[1::2], strict=True), strict=True):
        assert segments(one)[-1] == text
        assert (query(many)["creator"], query(many)["meta.a[eq:string]"]) == (text, text)
        for request in (one, many):
            assert set(request.headers) == HEADERS


# --- Only errors of ours ----------------------------------------------------------------------------------------

METHODS: dict[str, tuple[str, ...]] = {
    "list": ("meta", "creator", "sort_order", "per_page", "uploaded_since", "uploaded_before"),
    "list_v1": ("creator", "page", "per_page"),
    "get": ("image_id",),
    "exists": ("image_id",),
    "delete": ("image_id", "missing_ok"),
    "edit": ("image_id", "metadata", "creator", "require_signed_urls"),
    "upload": ("url", "id", "metadata", "creator", "require_signed_urls", "filename", "exist_ok"),
    "direct_upload": ("id", "expiry", "metadata", "creator", "require_signed_urls"),
    "edit_settings": ("flexible_variants",),
    "options": ("timeout", "retries", "pacer", "on_response"),
    "variants.get": ("name",),
    "variants.create": ("name", "width", "height", "fit", "metadata", "never_require_signed_urls"),
    "variants.edit": ("name", "width", "height", "fit", "metadata", "never_require_signed_urls"),
    "variants.delete": ("name",),
    "keys.create": ("name",),
    "keys.delete": ("name",),
}
REQUIRED = {"get", "exists", "delete", "edit", "edit_settings"}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.filterwarnings("ignore:list_v1:DeprecationWarning")
@given(data=st.data())
def test_whatever_a_method_is_given_what_comes_out_is_an_error_of_ours(method: str, data: st.DataObject) -> None:
    needed = method in REQUIRED or "." in method
    arguments = {
        name: data.draw(JUNK, name) for name in METHODS[method] if needed or data.draw(st.booleans(), f"{name}?")
    }
    with CloudflareImages("acc", api_token="canary-5d1f", transport=Recording(), retries=ONCE) as images:
        call: Any = images
        for part in method.split("."):
            call = getattr(call, part)
        try:
            result = call(**arguments)
            if method.startswith("list"):
                next(result.pages())
        except CloudflareImagesError as error:
            assert len(str(error)) < 2000  # noqa: PT017 - or else it was right


@pytest.mark.parametrize("path", ["a\0b", "\ud800\0", "x" * 10_000, ""])
def test_path_that_is_none_is_an_error_of_ours_or_of_the_system(path: str, tmp_path: Path) -> None:
    with CloudflareImages("acc", api_token="canary-5d1f", transport=Recording()) as images:
        for call in (
            lambda: images.upload(path),
            lambda: images.upload_to("https://a.example/x", path),
            lambda: images.download("x", f"{tmp_path}/{path}"),
        ):
            with pytest.raises((CloudflareImagesError, OSError)):
                call()
    assert list(tmp_path.iterdir()) == []


@given(JUNK | TEXTS.map(lambda text: f"https://imagedelivery.net/{text}/{text}/public"), JUNK, JUNK)
def test_whatever_is_to_be_signed_what_comes_out_is_an_error_of_ours_or_the_same_address(
    url: Any, key: Any, expiry: Any
) -> None:
    try:
        signed = sign_url(url, key, expiry=expiry)
    except InvalidArgumentError:
        return
    assert signed.startswith(f"{url}?")
    assert re.fullmatch(r"(exp=\d+&)?sig=[0-9a-f]{64}", signed.removeprefix(f"{url}?"))
    assert urlsplit(signed)[:3] == urlsplit(url)[:3]


@given(JUNK)
def test_whatever_is_asked_for_its_hash_what_comes_out_is_an_error_of_ours_or_text(url: Any) -> None:
    try:
        assert re.fullmatch(r"[\w-]+", account_hash_of(url), re.ASCII)
    except InvalidArgumentError:
        assert not isinstance(url, str) or "/public" not in url


# --- Addresses --------------------------------------------------------------------------------------------------


def this_machine(host: str) -> bool:
    """Whether a host is loopback, as the standard library reads it."""
    name = host.strip("[]").removesuffix(".")
    try:
        return ip_address(name) in map(ip_address, [name]) and str(ip_address(name)).startswith(("127.", "::1"))
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


@given(ADDRESSES)
def test_an_address_is_refused_or_is_where_requests_go(address: str) -> None:
    try:
        config = configured(base_url=address)
    except ConfigurationError:
        return
    meant = urlsplit(address)  # the standard library's reading, not httpx's
    assert meant.scheme in ("http", "https")
    with CloudflareImages("acc", api_token="canary-5d1f", base_url=address) as images:
        url = seam(images).build_request("GET", "/accounts/acc").url
    host = str(meant.hostname)
    assert url.raw_host.decode() == (host if host.isascii() else host.encode("idna").decode())
    assert re.fullmatch(r"[a-z0-9._:-]+", url.raw_host.decode())
    assert url.scheme == meant.scheme
    assert url.port == (None if meant.port in (None, {"http": 80, "https": 443}[url.scheme]) else meant.port)
    assert url.raw_path.decode().endswith("/accounts/acc")
    assert (url.userinfo, url.query, url.fragment) == (b"", b"", "")
    assert url.scheme == "https" or this_machine(host)
    assert config.base_url == config.base_url.rstrip("/")


def configured(**arguments: Any) -> Config:
    unset: dict[str, Any] = dict.fromkeys(["api_token", "api_email", "api_key", "base_url", "batch_base_url"])
    defaults = {**unset, "account_id": "acc", "api_token": "t", "allow_http": False}
    return resolve(**{**defaults, **arguments})


@given(
    st.dictionaries(
        st.sampled_from(
            ["account_id", "api_token", "api_email", "api_key", "base_url", "batch_base_url", "allow_http"]
        ),
        JUNK,
    )
)
def test_whatever_is_configured_what_comes_out_is_an_error_of_ours(arguments: dict[str, Any]) -> None:
    try:
        config = configured(**arguments)
    except ConfigurationError:
        return
    except InvalidArgumentError as error:
        assert "allow_http" in str(error)  # noqa: PT017 - or else it was right
        return
    for name, value in config.credentials.headers.items():
        assert re.fullmatch(r"[A-Za-z-]+: (Bearer )?[!-~]+", f"{name}: {str.__str__(value)}")


VARIABLES = st.sampled_from(
    [
        "ACCOUNT_ID",
        "API_TOKEN",
        "EMAIL",
        "API_KEY",
        "BASE_URL",
        "BATCH_BASE_URL",
        "ALLOW_HTTP",
        "INSECURE",
        "TLS_VERIFY",
    ]
).map("CLOUDFLARE_{}".format)


@given(st.dictionaries(VARIABLES, TEXTS | ADDRESSES | st.sampled_from(["1", "true", "http://evil.example"])))
def test_no_environment_has_credentials_go_in_the_clear(environment: dict[str, str]) -> None:
    asked: list[httpx.URL] = []

    def transport_of(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return httpx.Response(404)

    transport = httpx.MockTransport(transport_of)
    with mock.patch("os.environ", environment):
        try:
            images = CloudflareImages(transport=transport)
            batch = images.batch()
        except ConfigurationError:
            return
    with pytest.raises(CloudflareImagesError):
        images.get("x")
    with pytest.raises(CloudflareImagesError):
        batch.get("x")
    assert asked
    for url in asked:
        assert url.scheme == "https" or this_machine(url.host)


PLAIN = ["http://evil.example", "http://10.0.0.1:8787/client/v4", "http://127.0.0.1.evil.example", "http://localhost.evil.example",
         "http://notlocalhost", "http://128.0.0.1", "http://[::2]", "http://[::ffff:127.0.0.1]", "http://0.0.0.0", "http://2130706433",
         "http://127.1", "HTTP://evil.example"]  # fmt: skip
LOOPBACK = ["http://127.0.0.1", "http://127.255.255.254:1", "http://[::1]:8787/v4", "http://[0:0:0:0:0:0:0:1]", "http://localhost",
            "http://LOCALHOST:80", "http://localhost.", "http://api.localhost", "HTTP://localhost"]  # fmt: skip


@pytest.mark.parametrize("client", [CloudflareImages, AsyncCloudflareImages])
@pytest.mark.parametrize("address", PLAIN)
def test_plain_http_to_another_machine_is_refused_unless_allowed(
    client: Any, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = pytest.raises(ConfigurationError, match=r": plain http would expose secrets .* allow_http=True$")
    with refused:
        client("acc", api_token="canary-5d1f", base_url=address)
    assert client("acc", api_token="canary-5d1f", base_url=address, allow_http=True)
    with refused:
        client("acc", api_token="canary-5d1f", batch_base_url=address)
    assert client("acc", api_token="canary-5d1f", batch_base_url=address, allow_http=True).batch()
    with monkeypatch.context() as variables:
        variables.setenv("CLOUDFLARE_BATCH_BASE_URL", address)
        with refused:
            client("acc", api_token="canary-5d1f")
    monkeypatch.setenv("CLOUDFLARE_BASE_URL", address)
    monkeypatch.setenv("CLOUDFLARE_ALLOW_HTTP", "1")  # there is none
    with refused:
        client("acc", api_token="canary-5d1f")


@pytest.mark.parametrize("address", LOOPBACK)
def test_plain_http_to_this_machine_is_allowed(address: str) -> None:
    assert CloudflareImages("acc", api_token="canary-5d1f", base_url=address, batch_base_url=address).batch()


@both
@pytest.mark.parametrize("address", PLAIN[:3])
def test_plain_http_for_an_upload_is_refused_unless_allowed(run: Run, address: str) -> None:
    def scenario(images: Any) -> Any:
        with pytest.raises(ConfigurationError, match=r"^upload_url: plain http would expose secrets"):
            yield images.upload_to(f"{address}/canary", b"bytes")

    run(scenario)
    with Server(image()) as server:
        # As a proxy, since the host is made up.
        kind = httpx.HTTPTransport if run is run_sync else httpx.AsyncHTTPTransport
        options = {"allow_http": True, "transport": kind(proxy=server.address)}
        assert run(lambda images: images.upload_to(f"{address}/x", b"bytes"), **options).id == "x"


@pytest.mark.parametrize("value", [None, 1, "yes", "true", []])
def test_allowing_is_true_or_false(value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^allow_http=.*must be True or False$"):
        CloudflareImages("acc", api_token="canary-5d1f", allow_http=value)


@given(ADDRESSES)
def test_an_upload_goes_where_its_address_says_without_credentials_or_is_refused(address: str) -> None:
    recording = Recording()
    with CloudflareImages("acc", api_token="canary-5d1f", transport=recording) as images:
        try:
            images.upload_to(address, b"bytes")
        except InvalidArgumentError as error:
            assert not recording.received
            assert len(str(error)) < 300  # noqa: PT017 - or else it was sent
            return
    host = str(urlsplit(address).hostname)
    (sent_to,) = recording.hosts
    assert sent_to.encode("idna") == host.encode("idna")
    assert "authorization" not in recording.received[0].headers or "@" in address  # its own user and password
    assert b"canary-5d1f" not in recording.received[0].raw


def test_sandbox_of_another_address_has_a_client() -> None:
    with Sandbox(host="0.0.0.0") as sandbox, sandbox.client() as images:
        assert images.stats().current == 0
