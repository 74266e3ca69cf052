"""Answers made to harm: each is a typed error or a faithful result, in bounded time and memory."""

import copy
import functools
import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from servers import ONCE, Cut, Run, Script, Server, Stall, answer, run_async, run_sync, seam

from cfimages import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    AsyncPager,
    AuthenticationError,
    CloudflareImages,
    CloudflareImagesError,
    DirectUpload,
    Image,
    InvalidArgumentError,
    Pacer,
    Page,
    Settings,
    SigningKey,
    Usage,
    Variant,
)
from cfimages.http import body as bodies
from cfimages.http import decoding

both = pytest.mark.parametrize("run", [run_sync, run_async], ids=["sync", "async"])
JSON = {"Content-Type": "application/json"}
MIB = 1024 * 1024


@pytest.fixture(params=["with the extra", "without"], scope="module", autouse=True)
def _decoder(request: pytest.FixtureRequest) -> Iterator[None]:
    """All of this holds with the faster decoder and without."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "without":
            patch.setattr(decoding, "fast", lambda: None)
        yield


def failure(run: Run, script: Script, call: str = "get") -> APIError:
    """The error of one call without repetition."""

    def scenario(images: Any) -> Iterator[Any]:
        with pytest.raises(APIError) as caught:
            yield images.get("x") if call == "get" else images.list().take(1)
        errors.append(caught.value)

    errors: list[APIError] = []
    with Server(script) as server:
        run(scenario, base_url=server.address, retries=ONCE)
        assert len(server.received) == 1
    assert len(str(errors[0])) < 1000
    return errors[0]


def enveloped(result: str) -> bytes:
    """An answer with this result, written as it is."""
    return answer(200, f'{{"success": true, "errors": [], "messages": [], "result": {result}}}'.encode(), JSON)


def get(raw: bytes) -> Image:
    with (
        Server(raw) as server,
        CloudflareImages("acc", api_token="canary-5d1f", base_url=server.address, retries=ONCE) as images,
    ):
        return images.get("x")


# --- Size -------------------------------------------------------------------------------------------------------


def bomb(size: int) -> bytes:
    """A gzip file of zeros, made by repeating one block of 16 MiB."""
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    head = packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(16 * MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block * (size // (16 * MIB))


@functools.cache
def bombs() -> dict[str, bytes]:
    once = bomb(1024 * MIB)
    twice = gzip.compress(once)
    return {
        "gzip": answer(200, once, {**JSON, "Content-Encoding": "gzip"}),
        "gzip of an error": answer(500, once, {"Content-Type": "text/html", "Content-Encoding": "gzip"}),
        "gzip of gzip": answer(200, twice, {**JSON, "Content-Encoding": "gzip, gzip"}),
        "gzip in two headers": answer(200, twice, {**JSON, "Content-Encoding": "gzip", "content-encoding": "gzip"}),
        "another compression": answer(200, once, {**JSON, "Content-Encoding": "br"}),
        "one that is none": answer(200, once, {**JSON, "Content-Encoding": "x" * 10_000}),
    }


@both
@pytest.mark.parametrize("name", bombs())
def test_decompression_bomb_is_refused_in_bounded_memory(run: Run, name: str) -> None:
    raw = bombs()[name]
    assert len(raw) < 2 * MIB
    tracemalloc.start()
    try:
        error = failure(run, raw)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    if name == "gzip of an error":
        assert (error.status_code, error.body) == (500, "")
    else:
        assert type(error) is APIResponseValidationError
        assert "larger than 64 MiB" in str(error) or "a way that was not asked for" in str(error)
    assert peak < 2 * bodies.MAX_BODY + 8 * MIB  # zlib copies what it has into one piece


@both
@pytest.mark.parametrize("status", [200, 403, 503])
@pytest.mark.parametrize("length", [True, False], ids=["with its length", "without an end"])
def test_body_without_end_is_read_up_to_the_limit(
    run: Run, status: int, length: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "MAX_BODY", MIB)
    raw = answer(status, b" " * 16 * MIB, JSON)
    error = failure(run, raw if length else Cut(raw.replace(b"Content-Length: 16777216\r\n", b"")))
    if status != 200:
        assert (error.status_code, error.body) == (status, "")
        return
    assert type(error) is APIResponseValidationError
    assert "larger than 1 MiB: request fewer images per page" in str(error)


@both
def test_answer_as_large_as_the_limit_is_read(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = enveloped('{"id": "x"}')
    monkeypatch.setattr(bodies, "MAX_BODY", len(raw.partition(b"\r\n\r\n")[2]))
    with Server(raw) as server:
        assert run(lambda images: images.get("x"), base_url=server.address).id == "x"


@both
def test_unreadable_answer_is_not_asked_for_again(run: Run) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        with pytest.raises(APIResponseValidationError):
            yield images.get("x")

    with Server(answer(200, b"x", {**JSON, "Content-Encoding": "zstd"}), forever=True) as server:
        run(scenario, base_url=server.address)
    assert len(server.received) == 1
    assert server.received[0].headers["accept-encoding"] == "gzip"  # and nothing that grows more


@both
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Encoding": "br"},
        {"Content-Encoding": "zstd", "Content-Type": "image/png"},
        {"Content-Encoding": "gzip"},
    ],
    ids=["br", "zstd", "broken gzip"],
)
def test_refusal_that_cannot_be_read_is_known_by_its_status(run: Run, headers: dict[str, str], streamed: bool) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        request = seam(images).build_request("GET", "/accounts/acc/images/v1/x")
        with pytest.raises(AuthenticationError) as caught:
            yield seam(images).send(request, stream=streamed)
        assert caught.value.body == ""

    class Noting(Pacer):
        def learn(self, status: int, headers: Mapping[str, str], retry_after: float | None) -> None:
            learned.append((status, retry_after))

    learned: list[tuple[int, float | None]] = []
    scripts = [answer(status, b"xx", {**headers, "Retry-After": "0"}) for status in (503, 429, 401)]
    with Server(*scripts) as server:
        run(scenario, base_url=server.address, pacer=Noting())
    assert learned == [(503, 0), (429, 0), (401, 0)]


@both
@pytest.mark.parametrize("status", [200, 404])
def test_compressed_answer_is_read(run: Run, status: int) -> None:
    body = gzip.compress(enveloped('{"id": "x"}').partition(b"\r\n\r\n")[2])
    raw = answer(status, body, {**JSON, "Content-Encoding": "GZIP"})
    if status != 200:
        error = failure(run, raw)
        assert '"id": "x"' in (error.body or "")
        return
    with Server(raw) as server:
        assert run(lambda images: images.get("x"), base_url=server.address).id == "x"


@both
@pytest.mark.parametrize("cut", [1, 10, 20, -9, -8, -1])
def test_compressed_answer_that_is_cut_off_is_told_as_such(run: Run, cut: int) -> None:
    body = gzip.compress(enveloped('{"id": "x"}').partition(b"\r\n\r\n")[2])[:cut]
    error = failure(run, answer(200, body, {**JSON, "Content-Encoding": "gzip"}))
    assert type(error) is APIResponseValidationError
    assert "the compressed body is cut off" in str(error)


@both
@pytest.mark.parametrize("pieces", [1, 2], ids=["in one piece", "in another piece"])
def test_what_follows_the_end_of_a_compressed_answer_is_refused_when_it_comes(run: Run, pieces: int) -> None:
    body = gzip.compress(enveloped('{"id": "x"}').partition(b"\r\n\r\n")[2])
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = [body + b"x"] if pieces == 1 else [body, b"x"]
    begun = head + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    error = failure(run, Stall(begun))  # the end never comes
    assert type(error) is APIResponseValidationError
    assert "data follows the end of the compressed body" in str(error)


@both
def test_stream_of_bytes_compressed_in_another_way_is_refused(run: Run) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        request = seam(images).build_request("GET", "/accounts/acc/images/v1/x/blob")
        with pytest.raises(APIResponseValidationError, match="a way that was not asked for"):
            yield seam(images).send(request, stream=True)

    with Server(answer(200, b"x", {"Content-Type": "image/png", "Content-Encoding": "gzip, gzip"})) as server:
        run(scenario, base_url=server.address)


@both
def test_head_without_end_is_refused(run: Run) -> None:
    error = failure(run, Cut(b"HTTP/1.1 200 OK\r\n" + b"X-A: 1\r\n" * 100_000))
    assert type(error) is APIConnectionError


@both
def test_cookies_are_neither_kept_nor_sent(run: Run) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        yield images.get("x")
        yield images.get("x")

    raw = enveloped('{"id": "x"}').replace(b"\r\n", b"\r\nSet-Cookie: a=b; Path=/\r\n", 1)
    with Server(raw, forever=True) as server:
        run(scenario, base_url=server.address)
    assert [request.headers.get("cookie") for request in server.received] == [None, None]


# --- Shape ------------------------------------------------------------------------------------------------------

DEEP = 100_000
NOT_JSON: dict[str, bytes] = {
    "lists 10^5 deep": enveloped("[" * DEEP + "]" * DEEP),
    "objects 10^5 deep": enveloped('{"a":' * DEEP + "1" + "}" * DEEP),
    "10^5 deep in metadata": enveloped('{"id": "x", "meta": {"a": ' + "[" * DEEP + "]" * DEEP + "}}"),
    "10^5 deep and unclosed": enveloped('{"a":[' * DEEP),
    "1e400": enveloped('{"id": "x", "meta": {"a": 1e400}}'),
    "-1e400": enveloped('{"id": "x", "meta": {"a": -1e400}}'),
    "1 with 400 zeros and a point": enveloped(f'{{"id": "x", "meta": {{"a": 1{"0" * 400}.0}}}}'),
    "NaN": enveloped('{"id": "x", "meta": {"a": NaN}}'),
    "Infinity": enveloped('{"id": "x", "meta": {"a": Infinity}}'),
    "-Infinity": enveloped('{"id": "x", "meta": {"a": -Infinity}}'),
    "an integer of 10^5 digits": enveloped(f'{{"id": "x", "meta": {{"a": 1{"0" * 100_000}}}}}'),
    "a byte that UTF-8 has not": enveloped('{"id": "\0"}').replace(b"\0", b"\xff"),
    "an overlong slash": enveloped('{"id": "\0\0"}').replace(b"\0\0", b"\xc0\xaf"),
    "a surrogate in UTF-8": enveloped('{"id": "\0\0\0"}').replace(b"\0\0\0", b"\xed\xa0\x80"),
    "a character cut in two": enveloped('{"id": "\0"}').replace(b"\0", b"\xe2"),
    "UTF-16": answer(200, '{"success": true, "result": {"id": "x"}}'.encode("utf-16"), JSON),
    "UTF-32": answer(200, '{"success": true, "result": {"id": "x"}}'.encode("utf-32-le"), JSON),
    "a control character": enveloped('{"id": "a\nb"}'),
    "two documents": enveloped("{}") + b"",
    "a comma too many": enveloped('{"id": "x",}'),
    "single quotes": enveloped("{'id': 'x'}"),
    "a comment": enveloped('{"id": "x" /* or not */}'),
    "a bare word": enveloped("{id: 1}"),
    "an escape that is none": enveloped(r'{"id": "\x41"}'),
    "a number with a zero before": enveloped('{"id": "x", "meta": {"a": 01}}'),
    "a number with a plus": enveloped('{"id": "x", "meta": {"a": +1}}'),
    "a number without an end": enveloped('{"id": "x", "meta": {"a": 1.}}'),
    "hexadecimal": enveloped('{"id": "x", "meta": {"a": 0x10}}'),
}
NOT_JSON["two documents"] = answer(200, NOT_JSON["two documents"].partition(b"\r\n\r\n")[2] * 2, JSON)


@both
@pytest.mark.parametrize("name", NOT_JSON)
def test_text_that_is_not_json_or_cannot_be_held_is_a_typed_error(run: Run, name: str) -> None:
    error = failure(run, NOT_JSON[name])
    assert type(error) is APIResponseValidationError
    assert "the response is not JSON (" in str(error)


# text of the metadata, and what has to be read
FAITHFUL: dict[str, tuple[str, Any]] = {
    "300 levels": ('{"a":' * 300 + "1" + "}" * 300, None),
    "2^63": ('{"a": 9223372036854775808}', {"a": 2**63}),
    "2^64": ('{"a": 18446744073709551616}', {"a": 2**64}),
    "-2^70": ('{"a": -1180591620717411303424}', {"a": -(2**70)}),
    "4,000 digits": (f'{{"a": {"9" * 4000}}}', {"a": 10**4000 - 1}),
    "the largest float": ('{"a": 1.7976931348623157e308}', {"a": 1.7976931348623157e308}),
    "the smallest float": ('{"a": 5e-324, "b": 1e-400}', {"a": 5e-324, "b": 0.0}),
    "a key twice": ('{"a": 1, "a": 2}', {"a": 2}),
    "an empty key": ('{"": {"": ""}}', {"": {"": ""}}),
    "NUL": (r'{"a\u0000": "\u0000"}', {"a\0": "\0"}),
    "names of Python": ('{"__class__": 1, "__proto__": {"x": 1}}', {"__class__": 1, "__proto__": {"x": 1}}),
    "a pair of surrogates": (r'{"a": "\ud83d\ude00"}', {"a": "😀"}),
}


@pytest.mark.parametrize("name", FAITHFUL)
def test_what_json_can_say_is_read_as_it_is(name: str) -> None:
    text, value = FAITHFUL[name]
    image = get(enveloped(f'{{"id": "x", "meta": {text}}}'))
    assert image.meta == (json.loads(text) if value is None else value)
    assert Image.from_dict(json.loads(json.dumps(image.to_dict()))) == image


def test_envelope_with_a_key_twice_is_read_by_the_last() -> None:
    assert get(answer(200, '{"success": false, "success": true, "result": 1, "result": {"id": "x"}}', JSON)).id == "x"
    with pytest.raises(APIError):
        get(answer(200, '{"success": true, "success": false, "result": {"id": "x"}}', JSON))


@pytest.mark.slow
def test_a_million_keys_are_read() -> None:
    keys = ",".join(f'"k{n}":{n}' for n in range(1_000_000))
    image = get(enveloped(f'{{"id": "x", {keys}}}'))
    assert len(image.extra) == 1_000_000
    assert len(get(enveloped(f'{{"id": "x", "meta": {{{keys}}}}}')).meta) == 1_000_000
    assert len(repr(image)) < 1000


@pytest.mark.slow
def test_a_great_many_errors_make_a_short_text() -> None:
    entries = ",".join(['{"code": 1000, "message": "No"}'] * 100_000)
    error = failure(run_sync, answer(403, f'{{"success": false, "errors": [{entries}]}}', JSON))
    assert len(error.errors) == 100_000
    assert str(error).count("1000") == 20


@pytest.mark.parametrize("depth", [100, 300, 600, 900, 950, 980, DEEP])
def test_error_of_any_depth_is_told(depth: int) -> None:
    for inner in ("{}", '{{"code": 1, "message": {}}}', '{{"code": 1, "message": {{"a": {}}}}}'):
        nest = inner.format("[" * depth + "]" * depth)
        error = failure(run_sync, answer(400, f'{{"success": false, "errors": [{nest}]}}', JSON))
        assert error.status_code == 400


# --- Text that cannot be sent back ------------------------------------------------------------------------------


async def walked(pager: AsyncPager[Image]) -> list[Image]:
    return [image async for image in pager]


@both
@pytest.mark.parametrize("token", [r"\ud800", r"a\udfffb", r"\ude00\ud83d"])
def test_lone_surrogate_in_a_token_is_a_typed_error(run: Run, token: str) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        with pytest.raises(CloudflareImagesError):
            yield list(images.list()) if run is run_sync else walked(images.list())

    raw = enveloped(f'{{"images": [{{"id": "x"}}], "continuation_token": "{token}"}}')
    with Server(raw, forever=True) as server:
        run(scenario, base_url=server.address, retries=ONCE)
    assert len(server.received) == 1


def test_lone_surrogate_in_an_image_can_be_shown_and_is_not_sent() -> None:
    try:
        image = get(enveloped(r'{"id": "\ud800", "meta": {"a": "\udfff"}, "creator": "\ud800"}'))
    except APIResponseValidationError:
        return  # a decoder that does not read it
    repr(image).encode()
    assert image.meta == {"a": "\udfff"}
    with pytest.raises(InvalidArgumentError):
        image.url(account_hash="Vi7wi5KSItxGFsWRG2Us6Q")
    with CloudflareImages("acc", api_token="canary-5d1f") as images, pytest.raises(InvalidArgumentError):
        images.get(image.id)


def test_token_of_any_text_goes_into_its_parameter_and_nowhere_else() -> None:
    token = "&creator=evil#/../\r\nX: 1\0%00+ é"
    first = enveloped(json.dumps({"images": [{"id": "x"}], "continuation_token": token}))
    with (
        Server(first, enveloped('{"images": []}')) as server,
        CloudflareImages("acc", api_token="canary-5d1f", base_url=server.address) as images,
    ):
        assert len(list(images.list(creator="me"))) == 1
    url = httpx.URL(server.address + server.received[1].target)
    assert dict(url.params) == {
        "continuation_token": token,
        "creator": "me",
        "sort_order": "desc",
        "per_page": "1000",
    }
    assert url.path == "/accounts/acc/images/v2"


# --- Anything ---------------------------------------------------------------------------------------------------

TIME = "2026-11-01T00:00:00Z"
IMAGE = {
    "id": "x",
    "filename": "x.png",
    "meta": {"a": 1},
    "creator": "c",
    "uploaded": TIME,
    "requireSignedURLs": False,
    "variants": ["https://imagedelivery.net/h/x/public"],
    "draft": True,
}
OPTIONS = {"fit": "cover", "metadata": "none", "width": 1, "height": 1}
VARIANT = {"id": "hero", "options": OPTIONS, "neverRequireSignedURLs": True}
TOKEN = {"token": "t", "expiresAt": TIME}

# a call, its right result, and what it gives
CALLS: dict[str, tuple[Callable[[CloudflareImages], Any], Any, type]] = {
    "get": (lambda images: images.get("x"), IMAGE, Image),
    "exists": (lambda images: images.exists("x"), IMAGE, bool),
    "upload": (lambda images: images.upload(b"x"), IMAGE, Image),
    "edit": (lambda images: images.edit("x", creator="c"), IMAGE, Image),
    "delete": (lambda images: images.delete("x"), {}, type(None)),
    "upload_to": (lambda images: images.upload_to("https://a.example/x", b"x"), IMAGE, Image),
    "list": (
        lambda images: next(images.list().pages()),
        {"images": [IMAGE, IMAGE], "continuation_token": "t"},
        Page,
    ),
    "list within times": (
        lambda images: next(images.list(uploaded_since="2026-10-01", uploaded_before="2026-12-01").pages()),
        {"images": [IMAGE, IMAGE], "continuation_token": None},
        Page,
    ),
    "stats": (lambda images: images.stats(), {"count": {"current": 1, "allowed": 2}}, Usage),
    "settings": (lambda images: images.settings(), {"flexible_variants": True}, Settings),
    "edit_settings": (
        lambda images: images.edit_settings(flexible_variants=True),
        {"flexible_variants": True},
        Settings,
    ),
    "direct_upload": (lambda images: images.direct_upload(), {"id": "x", "uploadURL": "https://u"}, DirectUpload),
    "variants.list": (lambda images: images.variants.list(), {"variants": {"hero": VARIANT}}, tuple),
    "variants.get": (lambda images: images.variants.get("hero"), {"variant": VARIANT}, Variant),
    "keys.list": (lambda images: images.keys.list(), {"keys": [{"name": "default", "value": "v"}]}, tuple),
    "batch": (lambda images: images.batch().get("x"), {**TOKEN, **IMAGE}, Image),
}


class Answering(httpx.BaseTransport):
    """Gives one answer to everything, a piece at a time."""

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(self.status, headers=self.headers, stream=httpx.ByteStream(self.body))


def ask(call: Callable[[CloudflareImages], Any], answering: Answering) -> Any:
    with CloudflareImages("acc", api_token="canary-5d1f-token", retries=ONCE, transport=answering) as images:
        return call(images)


def check(value: Any, kind: type) -> None:
    """Every field is of the type that it is said to have."""
    assert isinstance(value, kind)
    match value:
        case Page():
            assert isinstance(value.next_token, str | None)
            for image in value.items:
                check(image, Image)
        case tuple():
            for item in value:
                check(item, Variant if isinstance(item, Variant) else SigningKey)
        case Image():
            assert type(value.id) is str
            assert type(value.require_signed_urls) is type(value.draft) is bool
            json.dumps(value.to_dict())
        case Variant():
            json.dumps(value.to_dict())
        case SigningKey():
            assert isinstance(value.name, str) and isinstance(value.value, str)  # noqa: PT018
        case DirectUpload():
            assert isinstance(value.id, str) and isinstance(value.upload_url, str)  # noqa: PT018
    repr(value)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything in a value of JSON."""
    yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from places(value[key], (*path, key))


ATOMS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-12:00", "0001-01-01", "\ud800"])
)
ANYTHING = st.recursive(
    ATOMS, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner), max_leaves=5
)


@st.composite
def spoilt(draw: st.DrawFn, result: Any) -> Any:
    """An answer of which something is another thing, or missing."""
    whole = {"success": True, "errors": [], "messages": [], "result": copy.deepcopy(result)}
    for _ in range(draw(st.integers(1, 2))):
        *way, last = draw(st.sampled_from([path for path in places(whole) if path]))
        inner: Any = whole
        for key in way:
            inner = inner[key]
        if draw(st.booleans()):
            inner[last] = draw(ANYTHING)
        else:
            del inner[last]
    return whole


@pytest.mark.parametrize("name", CALLS)
def test_right_answer_gives_what_was_asked_for(name: str) -> None:
    call, result, kind = CALLS[name]
    body = json.dumps({"success": True, "result": result}).encode()
    value = ask(call, Answering(200, [(b"Content-Type", b"application/json")], body))
    check(value, kind)
    assert value or kind is type(None)


@both
@pytest.mark.parametrize("result", ["5", "[]", '{"id": 5}'])
def test_an_upload_whose_answer_has_another_shape_is_a_typed_error(run: Run, result: str) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        with pytest.raises(APIResponseValidationError):
            yield images.upload_to(server.address + "/draft", b"bytes", filename="a.png")

    with Server(enveloped(result)) as server:
        run(scenario, base_url=server.address, retries=ONCE)
        assert len(server.received) == 1


@pytest.mark.sweep
@pytest.mark.parametrize("name", CALLS)
@given(data=st.data())
def test_answer_of_another_shape_gives_a_typed_error_or_a_right_result(name: str, data: st.DataObject) -> None:
    call, result, kind = CALLS[name]
    body = json.dumps(data.draw(spoilt(result))).encode()
    try:
        value = ask(call, Answering(200, [(b"Content-Type", b"application/json")], body))
    except APIError as error:
        assert len(str(error)) < 1000  # noqa: PT017 - or else the result is right
    else:
        check(value, kind)


HEADERS = st.sampled_from(
    [
        "Content-Type",
        "Content-Encoding",
        "Content-Length",
        "Location",
        "Retry-After",
        "cf-ray",
        "cf-images",
        "Set-Cookie",
    ]
)
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30) | st.sampled_from(
    [
        "application/json", "text/html; charset=idna", "image/png", "gzip", "deflate", "identity", "9" * 5000, "-1",
        "http://[", "//", "http://xn--a/", "http://xn--zzzzzz/x", "https://" + "a" * 70 + ".example/", "\xff", "err=1",
        "Fri, 31 Dec 9999 23:59:59 -9999", "Mon, 01 Jan 0001 00:00:00 +0000", "a=b; Domain=evil; Max-Age=" + "9" * 400,
    ]
)  # fmt: skip


@example("get", 302, [("location", "http://xn--a/")], b"")
@given(
    st.sampled_from(sorted(CALLS)),
    st.integers(200, 599) | st.sampled_from([200, 200, 302, 401, 429, 503]),
    st.lists(st.tuples(HEADERS, VALUES), max_size=4),
    st.binary(max_size=40) | ANYTHING.map(lambda value: json.dumps(value).encode()),
)
def test_whatever_answers_what_comes_out_is_an_error_of_ours_or_a_right_result(
    name: str, status: int, headers: list[tuple[str, str]], body: bytes
) -> None:
    call, _, kind = CALLS[name]
    try:
        value = ask(call, Answering(status, [(k.encode(), v.encode("latin-1")) for k, v in headers], body))
    except CloudflareImagesError as error:
        text = str(error)
        assert text.isprintable()
        assert len(text) < 1000
    else:
        check(value, kind)


@given(st.lists(st.tuples(HEADERS, VALUES), max_size=3), st.binary(max_size=100))
def test_whatever_is_downloaded_what_comes_out_is_an_error_of_ours(headers: list[tuple[str, str]], body: bytes) -> None:
    class Sink:
        def write(self, chunk: bytes) -> None:
            got.append(chunk)

    got: list[bytes] = []
    answering = Answering(200, [(k.encode(), v.encode("latin-1")) for k, v in headers], body)
    try:
        size = ask(lambda images: images.download("x", Sink()), answering)  # type: ignore[arg-type]  # writes
    except CloudflareImagesError:
        return
    assert size == len(b"".join(got))
