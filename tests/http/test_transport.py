"""The seam: what every request carries, and what becomes of every answer, over a real socket."""

import asyncio
import importlib
import inspect
import io
import json
import logging
import pkgutil
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from patience import PATIENCE, closing_when
from servers import (
    AT_ONCE,
    ONCE,
    Cut,
    Drip,
    Received,
    Run,
    Script,
    Server,
    Stall,
    answer,
    close,
    image,
    refusal,
    run_async,
    run_sync,
    said,
    seam,
)

import cfimages
import cfimages_api.api
from cfimages import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    APIStatusError,
    APITimeoutError,
    AsyncCloudflareImages,
    AuthenticationError,
    BadRequestError,
    ClientClosedError,
    CloudflareImages,
    CloudflareImagesError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    Pacer,
    PermissionDeniedError,
    RateLimitError,
    RequestTooLargeError,
    RetryPolicy,
    ServerError,
    UnprocessableEntityError,
    UnsupportedMediaTypeError,
)
from cfimages_api.api.images import get_image, list_images_v2, upload_image
from cfimages_api.models import ImageUpload
from cfimages_api.types import File

pytestmark = pytest.mark.usefixtures("listened")  # whatever is answered, nothing is logged that has a secret in it

both = pytest.mark.parametrize("run", [run_sync, run_async], ids=["sync", "async"])

RAY = {"cf-ray": "8a1b2c3d4e5f6071-LHR"}
GET_X = "GET /accounts/acc/images/v1/x"
BLOB = "/accounts/acc/images/v1/x/blob"


def get_x(images: Any) -> Any:
    return images.get("x")


def upload(images: Any) -> Any:
    return images.upload(b"bytes")


def first_page(images: Any) -> Any:
    if isinstance(images, CloudflareImages):
        return next(images.list().pages())
    return anext(images.list().pages())


def failure(run: Run, scenario: Any, *scripts: Script, **options: Any) -> APIError:
    """The error of a scenario that is tried once against these answers."""
    with Server(*scripts) as server, pytest.raises(APIError) as caught:
        run(scenario, base_url=f"{server.address}/client/v4", **{"retries": ONCE, **options})
    assert caught.type.__module__ == "cfimages.errors"
    return caught.value


# --- Answers that are not a success ---------------------------------------------------------------------------

HTML = {"Content-Type": "text/html; charset=UTF-8"}
PLAIN = {"Content-Type": "text/plain"}
DETAILED = {
    "success": False,
    "errors": [{"code": 10000, "message": "Authentication error"}, {"code": 7, "message": "Second"}],
    "messages": [],
    "result": None,
}

SOURCE = {401: " (the credentials came from the argument api_token)"}

# name, answer, class, codes, what the text says between the status and the code or the ray id
REFUSED: list[tuple[str, bytes, type[APIError], list[int | None], str]] = [
    ("HTML 502", answer(502, "<html><title>Bad\n gateway</title><p>x", HTML), ServerError, [], "502: Bad gateway"),
    ("HTML without a title", answer(503, "<html><p>x", HTML, "Busy"), ServerError, [], "503: Busy"),
    *[
        (f"HTML {status}", answer(status, "<html><title>why</title>", HTML), ServerError, [], f"{status}: why")
        for status in range(520, 531)
    ],
    ("599", answer(599, "", {}, "Odd"), ServerError, [], "599: Odd"),
    ("499", answer(499, "", {}, "Odd"), APIStatusError, [], "499: Odd"),
    (
        "plain text with a code",
        answer(404, "ERROR 5404: Image not found\n", PLAIN),
        NotFoundError,
        [5404],
        "404: Image not found (code 5404)",
    ),
    ("plain text", answer(500, "error code: 1101", PLAIN), ServerError, [], "500: error code: 1101"),
    (
        "a header with the code",
        answer(404, "", {"cf-images": "err=5404"}, "Not Found"),
        NotFoundError,
        [5404],
        "404: Not Found (code 5404)",
    ),
    (
        "a header with the code, and a body",
        answer(404, "gone", {"cf-images": "internal=ok err=5404"}),
        NotFoundError,
        [5404],
        "404: gone (code 5404)",
    ),
    ("an empty 500", answer(500), ServerError, [], "500: Phrase"),
    ("an empty 500 without a phrase", answer(500, reason=""), ServerError, [], "500: the response does not say why"),
    (
        "an envelope",
        said(403, DETAILED),
        PermissionDeniedError,
        [10000, 7],
        "403: Authentication error; Second (code 10000, 7)",
    ),
    (
        "an envelope of another shape",
        said(400, {"errors": ["no", {"code": "x"}]}),
        BadRequestError,
        [None, None],
        "400: no",
    ),
    ("JSON that is not the envelope", said(400, [1]), BadRequestError, [], "400: Phrase"),
    ("truncated JSON", answer(500, '{"success": fal'), ServerError, [], "500: Phrase"),
    ("invalid UTF-8", answer(500, b"caf\xe9"), ServerError, [], "500: caf\ufffd"),
    ("200 with success: false", said(200, DETAILED), APIStatusError, [10000, 7], "200: Authentication error; Second"),
    (
        "200 with success: false and no errors",
        said(200, {"success": False, "errors": [], "result": None}),
        APIStatusError,
        [],
        "200: the response does not say why",
    ),
    ("200 with success: false alone", said(200, {"success": False}), APIStatusError, [], "200: the response does not"),
    ("304", answer(304, reason="Not Modified"), APIStatusError, [], "304: Not Modified"),
    ("302 without Location", answer(302, reason="Found"), APIStatusError, [], "302: Found"),
    ("302 with an odd Location", answer(302, "", {"Location": "http://[bad"}), APIError, [], ""),
    ("302 with a Location that is no address", answer(302, "", {"Location": "http://h:port/"}), APIError, [], ""),
    (
        "302 to nothing",
        answer(302, "", {"Location": ""}),
        APIStatusError,
        [],
        "302: redirected elsewhere, which is not",
    ),
    ("300", answer(300, reason="Multiple Choices"), APIStatusError, [], "300: Multiple Choices"),
    *[
        (
            str(status),
            refusal(status, 5000 + status),
            kind,
            [5000 + status],
            f"{status}: No{SOURCE.get(status, '')} (code {5000 + status})",
        )
        for status, kind in {
            400: BadRequestError,
            401: AuthenticationError,
            402: APIStatusError,
            403: PermissionDeniedError,
            404: NotFoundError,
            408: APIStatusError,
            409: ConflictError,
            413: RequestTooLargeError,
            415: UnsupportedMediaTypeError,
            418: APIStatusError,
            422: UnprocessableEntityError,
            429: RateLimitError,
            500: ServerError,
        }.items()
    ],
]


def with_ray(raw: bytes) -> bytes:
    return raw.replace(b"\r\n", f"\r\ncf-ray: {RAY['cf-ray']}\r\n".encode(), 1)


@both
@pytest.mark.parametrize(
    ("raw", "kind", "codes", "says"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_answer_that_says_no(run: Run, raw: bytes, kind: type[APIError], codes: list[int | None], says: str) -> None:
    error = failure(run, get_x, with_ray(raw))
    status = int(raw.split()[1])
    assert isinstance(error, kind)
    if kind is not APIError:
        assert type(error) is kind
        assert (error.status_code, error.ray_id) == (status, RAY["cf-ray"])
        assert error.body == raw.partition(b"\r\n\r\n")[2].decode("utf-8", "replace")
        assert str(error).endswith(f" [cf-ray {RAY['cf-ray']}]")
    assert [detail.code for detail in error.errors] == codes
    assert str(error).startswith(f"{GET_X}: {says}")
    assert "\n" not in str(error)
    assert error.method == "GET"
    assert error.url is not None
    assert error.url.endswith("/client/v4/accounts/acc/images/v1/x")


ENVELOPE = {"success": True, "errors": [], "messages": []}

# name, answer, what the text says; the class is always APIResponseValidationError
INVALID: list[tuple[str, Any, bytes, str]] = [
    ("empty", get_x, answer(200), "200: the response is empty"),
    ("204", get_x, answer(204), "204: the response is empty"),
    ("HTML", get_x, answer(200, "<html>", HTML), "200: the response is not JSON ("),
    ("truncated", get_x, answer(200, '{"success": tr'), "200: the response is not JSON ("),
    (
        "invalid UTF-8",
        get_x,
        answer(200, b'{"success": true, "result": {"id": "\xff"}}'),
        "200: the response is not JSON (",
    ),
    ("endless nesting", get_x, answer(200, "[" * 100_000), "200: the response is not JSON ("),
    *[
        (
            f"not the envelope: {value!r}",
            get_x,
            said(200, value),
            "200: the response is JSON, but not the API's envelope",
        )
        for value in (
            [],
            "text",
            1,
            None,
            {},
            {"success": None},
            {"success": "true"},
            {"success": 1},
            {"result": {"id": "x"}},
        )
    ],
    ("no result", get_x, said(200, ENVELOPE), "200: the response lacks 'result'"),
    ("result null", get_x, said(200, {**ENVELOPE, "result": None}), "200: the response has another shape: "),
    ("result text", get_x, said(200, {**ENVELOPE, "result": "x"}), "200: the response has another shape: "),
    ("result number", get_x, said(200, {**ENVELOPE, "result": 5}), "200: the response has another shape: "),
    ("result list", get_x, said(200, {**ENVELOPE, "result": [1]}), "200: the response has another shape: "),
    (
        "no id",
        get_x,
        said(200, {**ENVELOPE, "result": {}}),
        "200: the response has another shape: an image without an id",
    ),
    (
        "id null",
        get_x,
        said(200, {**ENVELOPE, "result": {"id": None}}),
        "200: the response has another shape: an image without",
    ),
    ("no images", first_page, said(200, {**ENVELOPE, "result": {}}), "200: the response lacks 'images'"),
    (
        "images null",
        first_page,
        said(200, {**ENVELOPE, "result": {"images": None}}),
        "200: the response has another shape: ",
    ),
    (
        "images text",
        first_page,
        said(200, {**ENVELOPE, "result": {"images": "abc"}}),
        "200: the response has another shape: ",
    ),
    (
        "an image without an id",
        first_page,
        said(200, {**ENVELOPE, "result": {"images": [{"id": "a"}, {}]}}),
        "200: the response has another shape: an image without an id",
    ),
    (
        "a token that is not text",
        first_page,
        said(200, {**ENVELOPE, "result": {"images": [], "continuation_token": 7}}),
        "200: the response has another shape: the continuation token 7 is not a string",
    ),
    (
        "an image instead",
        get_x,
        answer(200, b"\x89PNG", {"Content-Type": "image/png"}),
        "200: the response is not JSON (",
    ),
]


@both
@pytest.mark.parametrize(("scenario", "raw", "says"), [row[1:] for row in INVALID], ids=[row[0] for row in INVALID])
def test_success_that_is_not_what_was_promised(run: Run, scenario: Any, raw: bytes, says: str) -> None:
    error = failure(run, scenario, with_ray(raw))
    assert type(error) is APIResponseValidationError
    assert (error.status_code, error.ray_id, error.method) == (int(raw.split()[1]), RAY["cf-ray"], "GET")
    assert error.body == raw.partition(b"\r\n\r\n")[2].decode("utf-8", "replace")
    path = "v1/x" if scenario is get_x else "v2"
    assert str(error).startswith(f"GET /accounts/acc/images/{path}: {says}")
    assert len(str(error)) < 500
    assert "\n" not in str(error)


CHARSETS = ["hex", "base64", "zlib", "rot13", "undefined", "utf-16", "idna", "no-such-charset"]


@both
@pytest.mark.parametrize("charset", CHARSETS)
def test_answer_whose_charset_does_not_decode_is_still_a_typed_error(run: Run, charset: str) -> None:
    error = failure(
        run, get_x, answer(502, "<title>Bad gateway</title>", {"Content-Type": f"text/html; charset={charset}"})
    )
    assert type(error) is ServerError
    assert error.body is not None


LOST: list[tuple[str, Script, type[APIError], str]] = [
    ("closed before the answer", Cut(), APIConnectionError, "RemoteProtocolError"),
    ("reset before the answer", Cut(reset=True), APIConnectionError, "ReadError"),
    ("closed within the head", Cut(b"HTTP/1.1 200 OK\r\nContent-"), APIConnectionError, "RemoteProtocolError"),
    ("closed within the body", Cut(image()[:-5]), APIConnectionError, "RemoteProtocolError"),
    ("closed within the body of an error", Cut(refusal(404)[:-5]), APIConnectionError, "RemoteProtocolError"),
    ("not HTTP", Cut(b"SSH-2.0-OpenSSH_9.6\r\n"), APIConnectionError, "RemoteProtocolError"),
    ("a status that is none", Cut(b"HTTP/1.1 abc OK\r\n\r\n"), APIConnectionError, "RemoteProtocolError"),
    ("stalled before the answer", Stall(), APITimeoutError, "no response in time (ReadTimeout at 127.0.0.1:"),
    ("stalled within the body", Stall(image()[:-5]), APITimeoutError, "no response in time (ReadTimeout at 127.0.0.1:"),
    (
        "not the compression it says",
        answer(200, b"not gzip", {"Content-Encoding": "gzip"}),
        APIResponseValidationError,
        "the response cannot be decoded",
    ),
]


@both
@pytest.mark.parametrize(("script", "kind", "says"), [row[1:] for row in LOST], ids=[row[0] for row in LOST])
def test_no_whole_answer(run: Run, script: Script, kind: type[APIError], says: str) -> None:
    error = failure(run, get_x, script, timeout=0.2 if isinstance(script, Stall) else PATIENCE)
    assert type(error) is kind
    assert str(error).startswith(f"{GET_X}: ")
    assert says in str(error)
    assert (error.method, error.status_code, error.body, error.errors) == ("GET", None, None, ())
    assert isinstance(error.__cause__, httpx.RequestError)


DRIPS = {
    "a body": Drip(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n{"),
    "a body of unknown length": Drip(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"),
    "the body of an error": Drip(b"HTTP/1.1 404 No\r\nContent-Length: 9999\r\n\r\n"),
}


@pytest.mark.realtime
@both
@pytest.mark.parametrize("name", DRIPS)
def test_body_that_comes_a_byte_at_a_time_is_given_up_in_time_and_asked_for_again(run: Run, name: str) -> None:
    with Server(DRIPS[name], image(), forever=True) as server:
        assert run(get_x, base_url=server.address, timeout=0.2).id == "x"
    assert len(server.received) > 1


@pytest.mark.realtime
@both
def test_body_that_comes_a_byte_at_a_time_is_a_timeout(run: Run) -> None:
    error = failure(run, upload, DRIPS["a body"], timeout=0.05)
    assert type(error) is APITimeoutError  # of which kind, test_body.py has: here, a busy machine may be late


@both
@pytest.mark.parametrize(
    ("extensions", "timeout"),
    [
        ({}, {"connect": 5.0, "read": 7.0, "write": 7.0, "pool": 7.0}),
        ({"timeout": {}}, {}),
        ({"timeout": {"read": 2.0}}, {"read": 2.0}),
    ],
)
def test_a_request_without_a_timeout_gets_that_of_the_client(
    run: Run, extensions: dict[str, Any], timeout: dict[str, float]
) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"])
        return httpx.Response(200, json=ENVELOPE)

    def scenario(images: Any) -> Any:
        return seam(images).send(httpx.Request("GET", "https://example.com/x", extensions=extensions))

    seen: list[Any] = []
    assert run(scenario, transport=httpx.MockTransport(respond), timeout=7).json() == ENVELOPE
    assert seen == [timeout]


@both
def test_connection_refused(run: Run) -> None:
    port = unused_port()
    with pytest.raises(APIConnectionError, match=rf"\(ConnectError at 127\.0\.0\.1:{port}\)$") as caught:
        run(get_x, base_url=f"http://127.0.0.1:{port}", retries=ONCE)
    assert type(caught.value) is APIConnectionError


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@both
def test_wrong_answer_of_an_upload_is_told_as_one(run: Run) -> None:
    error = failure(run, upload, refusal(409, 5409, "Resource already exists"))
    assert type(error) is ConflictError
    assert str(error) == "POST /accounts/acc/images/v1: image: 409: Resource already exists (code 5409)"


@both
def test_error_keeps_the_query_in_url_and_out_of_its_text(run: Run) -> None:
    error = failure(run, first_page, refusal(400))
    assert str(error) == "GET /accounts/acc/images/v2: 400: No (code 5404)"
    assert error.url is not None
    assert error.url.endswith("/images/v2?per_page=1000&sort_order=desc")


@both
def test_request_that_cannot_be_written_is_not_sent_and_not_repeated(run: Run, waits: list[float]) -> None:
    def scenario(images: Any) -> Any:
        return seam(images).get("ftp://127.0.0.1/x")

    with pytest.raises(APIConnectionError, match="UnsupportedProtocol"):
        run(scenario, base_url="http://127.0.0.1:1", retries=RetryPolicy())
    assert waits == []


@both
def test_address_too_long_to_be_one_is_refused_with_a_typed_error(run: Run) -> None:
    with Server() as server, pytest.raises(CloudflareImagesError):
        run(lambda images: images.get("x" * 70_000), base_url=server.address)
    assert server.received == []


@both
def test_mistake_on_this_side_of_the_wire_stays_what_it_is(run: Run) -> None:
    class Broken(httpx.BaseTransport, httpx.AsyncBaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            raise TypeError("the transport's own mistake")

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            raise TypeError("the transport's own mistake")

    def scenario(images: Any) -> Iterator[Any]:
        with pytest.raises(TypeError, match=r"^the transport's own mistake$"):
            yield images.get("x")

    run(scenario, base_url="http://127.0.0.1:1", transport=Broken())


@both
def test_credentials_that_the_service_repeats_are_not_shown(run: Run) -> None:
    def echo(request: Received) -> bytes:
        return refusal(403, 9109, f"No: {request.headers['Authorization']}")

    error = failure(run, get_x, echo, api_token="canary-5d1f")
    assert str(error) == f"{GET_X}: 403: No: Bearer [redacted] (code 9109)"
    assert "canary" not in repr(vars(error))


@both
def test_closing_while_a_request_is_prepared_is_told_as_such(run: Run) -> None:
    def clock() -> float:
        if run is run_async:
            closing.append(asyncio.create_task(clients[0].aclose()))
        else:
            clients[0].close()
        return 0.0

    def scenario(images: Any) -> Iterator[Any]:
        clients.append(images)
        with pytest.raises(ClientClosedError):
            yield images.get("x")

    clients: list[Any] = []
    closing: list[Any] = []
    run(scenario, base_url="http://127.0.0.1:1", pacer=Pacer(clock=clock))


@both
def test_another_runtime_error_stays_what_it_is(run: Run) -> None:
    class Broken(httpx.BaseTransport, httpx.AsyncBaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            raise RuntimeError("the transport's own mistake")

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            raise RuntimeError("the transport's own mistake")

    with pytest.raises(RuntimeError, match=r"^the transport's own mistake$"):
        run(get_x, base_url="http://127.0.0.1:1", transport=Broken())


@pytest.mark.parametrize(
    ("client", "transport", "wanted"),
    [
        (CloudflareImages, httpx.AsyncHTTPTransport(), "httpx.BaseTransport"),
        (AsyncCloudflareImages, httpx.HTTPTransport(), "httpx.AsyncBaseTransport"),
        (CloudflareImages, "proxy", "httpx.BaseTransport"),
    ],
)
def test_transport_of_the_other_colour_is_refused(client: Any, transport: Any, wanted: str) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"^transport=.*: must be an {wanted}$"):
        client("acc", api_token="canary-5d1f", transport=transport)


@both
def test_the_cause_of_a_connection_error_holds_no_frames_of_httpcore(run: Run) -> None:
    """They hold the Authorization header. Frames of everything else stay."""
    error = failure(run, get_x, Cut(b"garbage\r\n\r\n"))
    cause = error.__cause__
    assert isinstance(cause, httpx.RemoteProtocolError)
    assert (cause.__cause__, cause.__context__) == (None, None)
    assert error.__traceback__


# --- Redirects ------------------------------------------------------------------------------------------------

KEY = {"api_email": "me@example.org", "api_key": "canary-5d1f-key"}


@both
@pytest.mark.parametrize("credentials", [{}, KEY], ids=["token", "key"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_told_and_never_followed(run: Run, status: int, credentials: dict[str, str]) -> None:
    with Server(image(), forever=True) as elsewhere:
        script = answer(status, "", {"Location": f"{elsewhere.address.replace('127.0.0.1', 'localhost')}/stolen"})

        def scenario(images: Any) -> Iterator[Any]:
            for call in (
                lambda: images.get("x"),
                lambda: images.upload(b"bytes"),
                lambda: seam(images).get("/accounts/acc/images/v1/x"),
                lambda: seam(images).post("/accounts/acc/images/v1", content=b"x"),
            ):
                with pytest.raises(APIStatusError) as caught:
                    yield call()
                assert type(caught.value) is APIStatusError
                assert caught.value.status_code == status
                assert caught.value.reason == f"redirected to localhost:{elsewhere.port}, which is not followed"

        with Server(script, forever=True) as server:
            run(scenario, base_url=server.address, **credentials)
            assert len(server.received) == 4
        assert elsewhere.connections == 0


# --- Authentication -------------------------------------------------------------------------------------------

SECRET_HEADERS = ("authorization", "x-auth-email", "x-auth-key")


@both
@pytest.mark.parametrize(
    ("credentials", "sent"),
    [
        ({"api_token": "canary-5d1f-token"}, {"authorization": "Bearer canary-5d1f-token"}),
        (KEY, {"x-auth-email": "me@example.org", "x-auth-key": "canary-5d1f-key"}),
    ],
    ids=["token", "key"],
)
def test_credentials_go_to_the_service_and_to_no_other_origin(
    run: Run, credentials: dict[str, str], sent: dict[str, str]
) -> None:
    with Server(image(), forever=True) as server, Server(image(), forever=True) as elsewhere:

        def scenario(images: Any) -> Iterator[Any]:
            yield images.get("x")
            yield seam(images).get(f"{server.address}/outside/the/base/path")
            yield seam(images).get(f"{elsewhere.address}/x")
            yield seam(images).get(f"http://localhost:{server.port}/x")

        run(scenario, base_url=f"{server.address}/client/v4", **credentials)
    to_service = server.received[:2]
    to_others = [*server.received[2:], *elsewhere.received]
    assert (len(to_service), len(to_others)) == (2, 2)
    for request in to_service:
        assert {name: request.headers[name] for name in SECRET_HEADERS if name in request.headers} == sent
    for request in to_others:
        assert not [name for name in SECRET_HEADERS if name in request.headers]


@both
def test_each_request_says_who_asks_and_for_what(run: Run) -> None:
    with Server(image()) as server:
        run(get_x, base_url=server.address)
    headers = server.received[0].headers
    assert headers["accept"] == "application/json"
    assert headers["user-agent"].startswith(f"cfimages/{cfimages.__version__} httpx/{httpx.__version__} python/3.")


# --- Retries --------------------------------------------------------------------------------------------------


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that clients wanted to wait; they do not wait them."""
    seconds: list[float] = []

    async def asynchronous(_: object, delay: float) -> None:
        seconds.append(delay)

    monkeypatch.setattr("cfimages.parallel.threads.wait", lambda _, delay: seconds.append(delay))
    monkeypatch.setattr("cfimages.parallel.tasks.wait", asynchronous)
    return seconds


REPEATED: list[tuple[str, Script]] = [
    ("closed", Cut()),
    ("reset", Cut(reset=True)),
    ("cut", Cut(image()[:-5])),
    ("garbage", Cut(b"garbage\r\n\r\n")),
    ("stalled", Stall()),
    *[(str(status), refusal(status)) for status in (408, 429, 500, 502, 503, 504, 520, 524, 530)],
]
NEVER_REPEATED = [301, 400, 401, 403, 404, 409, 410, 413, 422, 425]


@both
@pytest.mark.parametrize(
    "script",
    [pytest.param(row[1], id=row[0], marks=pytest.mark.realtime if row[1] == Stall() else ()) for row in REPEATED],
)
def test_get_is_repeated_until_it_succeeds(run: Run, waits: list[float], script: Script) -> None:
    with Server(script, script, script, image("found")) as server:
        timeout = 0.5 if script == Stall() else PATIENCE
        found = run(get_x, base_url=server.address, retries=RetryPolicy(), timeout=timeout)
    assert found.id == "found"
    assert server.lines == ["GET /accounts/acc/images/v1/x"] * 4
    assert [request.headers["authorization"] for request in server.received] == ["Bearer canary-5d1f-token"] * 4
    assert len(waits) == 3
    for seconds, most in zip(waits, [0.5, 1, 2], strict=True):
        assert most / 2 <= seconds <= most


@both
@pytest.mark.parametrize(("script", "kind"), [(Cut(), APIConnectionError), (refusal(503), ServerError)])
def test_repetition_ends(run: Run, waits: list[float], script: Script, kind: type[APIError]) -> None:
    with Server(script, forever=True) as server, pytest.raises(kind):
        run(get_x, base_url=server.address, retries=RetryPolicy(attempts=3))
    assert len(server.received) == 3
    assert len(waits) == 2


@both
@pytest.mark.parametrize("script", [Cut(), refusal(429), refusal(500)])
def test_one_attempt_is_one_request(run: Run, waits: list[float], script: Script) -> None:
    with Server(script, image()) as server, pytest.raises(APIError):
        run(get_x, base_url=server.address, retries=RetryPolicy(attempts=1))
    assert len(server.received) == 1
    assert waits == []


@both
@pytest.mark.parametrize("status", NEVER_REPEATED)
def test_refusal_is_not_repeated(run: Run, waits: list[float], status: int) -> None:
    with Server(refusal(status), image()) as server, pytest.raises(APIStatusError):
        run(get_x, base_url=server.address, retries=RetryPolicy())
    assert len(server.received) == 1
    assert waits == []


@both
@pytest.mark.parametrize("raw", [answer(200, "<html>"), said(200, {"success": False, "errors": []})])
def test_success_of_another_shape_is_not_repeated(run: Run, raw: bytes) -> None:
    with Server(raw, image()) as server, pytest.raises(APIError):
        run(get_x, base_url=server.address)
    assert len(server.received) == 1


@both
@pytest.mark.parametrize(
    "script",
    [Cut(), Cut(reset=True), Cut(image()[:-5]), Stall(), *map(refusal, [408, 409, 500, 503, 522])],
    ids=["closed", "reset", "cut", "stalled", "408", "409", "500", "503", "522"],
)
def test_upload_that_may_have_arrived_is_not_repeated(run: Run, waits: list[float], script: Script) -> None:
    with Server(script, image()) as server, pytest.raises(APIError):
        run(upload, base_url=server.address, retries=RetryPolicy(), timeout=0.2 if script == Stall() else PATIENCE)
    assert server.lines == ["POST /accounts/acc/images/v1"]
    assert waits == []


CONTENT = bytes(range(256)) * 700  # more than one chunk of a multipart body


@both
@pytest.mark.parametrize("source", ["bytes", "path", "file", "pipe"])
def test_upload_after_429_sends_the_whole_form_again(run: Run, waits: list[float], source: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(CONTENT)

    def scenario(images: Any) -> Iterator[Any]:
        options = {"id": "my/id", "metadata": {"a": "é"}, "creator": "me"}
        if source == "file":
            with path.open("rb") as file:
                file.seek(100)
                yield images.upload(file, **options)
        elif source == "pipe":
            yield images.upload(OneWay(CONTENT), **options)
        else:
            yield images.upload(CONTENT if source == "bytes" else path, **options)

    with Server(
        refusal(429, headers={"Retry-After": "7"}), refusal(429, headers={"Retry-After": "0"}), image()
    ) as server:
        run(scenario, base_url=server.address, retries=RetryPolicy())
    assert waits[0] == 7.0
    assert 0.5 <= waits[1] <= 1.0  # what the policy waits: no service makes it shorter
    name = "picture.png" if source in ("path", "file") else "image"
    expected = [
        ("file", name, CONTENT),
        ("id", None, b"my/id"),
        ("creator", None, b"me"),
        ("metadata", None, '{"a":"é"}'.encode()),
    ]
    assert len(server.received) == 3
    for request in server.received:
        assert request.parts() == expected
        assert int(request.headers["content-length"]) == len(request.body)


class OneWay(io.BytesIO):
    """A file that can only be read onwards, like a pipe."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: Any) -> int:
        raise io.UnsupportedOperation("seek")

    def tell(self) -> int:
        raise io.UnsupportedOperation("tell")


@both
@pytest.mark.parametrize("scenario", [get_x, upload])
def test_connection_refused_is_repeated_for_every_method_since_nothing_was_sent(
    run: Run, waits: list[float], scenario: Any
) -> None:
    with pytest.raises(APIConnectionError):
        run(scenario, base_url=f"http://127.0.0.1:{unused_port()}", retries=RetryPolicy())
    assert len(waits) == 3


@both
def test_retry_after_in_seconds_is_obeyed(run: Run, waits: list[float]) -> None:
    scripts = [refusal(status, headers={"Retry-After": "60"}) for status in (429, 503)]
    with Server(*scripts, image()) as server:
        run(get_x, base_url=server.address, retries=RetryPolicy())
    assert waits == [60.0, 60.0]


@both
def test_retry_after_as_a_date_is_obeyed(run: Run, waits: list[float]) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    with Server(refusal(429, headers={"Retry-After": date}), image()) as server:
        run(get_x, base_url=server.address, retries=RetryPolicy())
    (seconds,) = waits
    assert 30 < seconds <= 40


@both
def test_retry_after_as_a_date_is_by_the_clock_of_the_service(run: Run, waits: list[float]) -> None:
    """This machine's may be an hour behind."""
    there = datetime.now(UTC) + timedelta(hours=1)
    headers = {"Date": format_datetime(there, usegmt=True)}
    headers["Retry-After"] = format_datetime(there + timedelta(seconds=3), usegmt=True)
    with Server(refusal(429, headers=headers), image()) as server:
        run(get_x, base_url=server.address)
    assert waits == [3.0]


@both
@pytest.mark.parametrize("value", ["soon", "nan", "", "Sun, 01 Nov 99999999999999999999 00:00:30 GMT"])
def test_retry_after_that_says_nothing_leaves_the_wait_to_the_policy(run: Run, waits: list[float], value: str) -> None:
    with Server(refusal(429, headers={"Retry-After": value}), image()) as server:
        run(get_x, base_url=server.address, retries=RetryPolicy(base=3))
    (seconds,) = waits
    assert 1.5 <= seconds <= 3


@both
def test_retry_after_beyond_the_limit_is_given_up_at_once(run: Run, waits: list[float]) -> None:
    with (
        Server(refusal(429, headers={"Retry-After": "61"}), image()) as server,
        pytest.raises(RateLimitError) as caught,
    ):
        run(get_x, base_url=server.address, retries=RetryPolicy())
    assert caught.value.retry_after == 61.0
    assert len(server.received) == 1
    assert waits == []


def test_cancelled_wait_for_a_repetition_leaves_the_client_usable() -> None:
    async def scenario(address: str) -> str:
        retries = RetryPolicy(base=30, cap=30)
        async with AsyncCloudflareImages("acc", api_token="canary-5d1f", base_url=address, retries=retries) as images:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(images.get("x"), 0.2)
            return (await images.get("x")).id

    with Server(refusal(503), image("found")) as server:
        assert asyncio.run(scenario(server.address)) == "found"
    assert len(server.received) == 2


def test_cancelled_exchange_leaves_the_client_usable() -> None:
    async def scenario(address: str) -> str:
        async with AsyncCloudflareImages("acc", api_token="canary-5d1f", base_url=address) as images:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(images.get("x"), 0.2)
            return (await images.get("x")).id

    with Server(Stall(), image("found")) as server:
        assert asyncio.run(scenario(server.address)) == "found"
    assert (len(server.received), server.connections) == (2, 2)


# --- Timeouts -------------------------------------------------------------------------------------------------

PARTS = ("connect", "read", "write", "pool")


@pytest.mark.parametrize("client", [CloudflareImages, AsyncCloudflareImages])
@pytest.mark.parametrize(
    ("options", "seconds"),
    [
        ({}, (5.0, 60.0, 60.0, 60.0)),
        ({"timeout": 60}, (5.0, 60, 60, 60)),
        ({"timeout": 2.5}, (2.5, 2.5, 2.5, 2.5)),
        ({"timeout": 3}, (3, 3, 3, 3)),
        ({"timeout": httpx.Timeout(1.0, read=9.0)}, (1.0, 9.0, 1.0, 1.0)),
    ],
)
def test_every_wait_has_an_end(client: Any, options: dict[str, Any], seconds: tuple[float, ...]) -> None:
    images = client("acc", api_token="canary-5d1f", **options)
    assert seam(images).timeout.as_dict() == dict(zip(PARTS, seconds, strict=True))
    request = seam(images).build_request("GET", "/x")
    assert request.extensions["timeout"] == dict(zip(PARTS, seconds, strict=True))
    request = seam(images).build_request("GET", "/x", timeout=7)  # as users of `images.api` may
    assert request.extensions["timeout"] == dict.fromkeys(PARTS, 7)


@pytest.mark.parametrize("client", [CloudflareImages, AsyncCloudflareImages])
@pytest.mark.parametrize(
    "timeout",
    [
        0,
        -1,
        -0.5,
        True,
        float("nan"),
        float("inf"),
        "5",
        (1, 2, 3, 4),
        httpx.Timeout(None),
        httpx.Timeout(5, pool=None),
        httpx.Timeout(5, connect=0),
        httpx.Timeout(5, read=-1),
        4_294_967.4,  # the system counts milliseconds in 32 bits: this would be over after 0.1 s
        1e300,
        10**30,
    ],
    ids=repr,
)
def test_timeout_that_is_none_or_nonsense_is_refused(client: Any, timeout: Any) -> None:
    refused = pytest.raises(InvalidArgumentError, match=r"^timeout.*: must be seconds above 0 and at most 86,400$")
    with refused:
        client("acc", api_token="canary-5d1f", timeout=timeout)
    images = client("acc", api_token="canary-5d1f")
    with refused:
        images.options(timeout=timeout)


@pytest.mark.parametrize("client", [CloudflareImages, AsyncCloudflareImages])
def test_no_timeout_is_refused_by_the_constructor(client: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^timeout=None: must be seconds above 0"):
        client("acc", api_token="canary-5d1f", timeout=None)


@pytest.mark.parametrize("client", [CloudflareImages, AsyncCloudflareImages])
@pytest.mark.parametrize("retries", [-1, 100, True, "no", {"attempts": 1}, RetryPolicy])
def test_retries_must_be_a_policy(client: Any, retries: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^retries=.*: must be a RetryPolicy"):
        client("acc", api_token="canary-5d1f", retries=retries)
    with pytest.raises(InvalidArgumentError, match=r"^retries=.*: must be a RetryPolicy"):
        client("acc", api_token="canary-5d1f").options(retries=retries)


# --- options() and close() ------------------------------------------------------------------------------------


@pytest.mark.parametrize("client", [CloudflareImages, AsyncCloudflareImages])
def test_a_client_waits_a_minute_unless_it_is_told_otherwise(client: Any) -> None:
    assert seam(client("acc", api_token="canary-5d1f")).timeout == httpx.Timeout(60, connect=5)


@both
def test_options_gives_a_copy_on_the_same_connections(run: Run) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        copy = images.options(timeout=5, retries=ONCE)
        assert type(copy) is type(images)
        assert copy.account_id == images.account_id
        assert seam(copy).timeout == httpx.Timeout(5)
        assert seam(images).timeout == httpx.Timeout(PATIENCE)
        yield images.get("x")
        yield copy.get("x")
        with pytest.raises(ServerError):
            yield copy.get("x")
        yield images.get("x")  # repeats, as before

    with Server(image(), image(), refusal(500), refusal(500), image()) as server:
        run(scenario, base_url=server.address)
    assert len(server.received) == 5
    assert server.connections == 1


@both
def test_options_keeps_what_is_not_given(run: Run) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        copy = images.options(timeout=5).options(retries=ONCE).options()
        assert seam(copy).timeout == httpx.Timeout(5)
        with pytest.raises(ServerError):
            yield copy.get("x")

    with Server(refusal(500), image()) as server:
        run(scenario, base_url=server.address)
    assert len(server.received) == 1


@both
@pytest.mark.parametrize("used", [True, False])
def test_closing_a_client_closes_those_made_from_it(run: Run, used: bool) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        copy = images.options(timeout=5)
        if used:
            yield images.get("x")
            yield copy.get("x")
        yield close(images)
        for client in (images, copy, images.options(timeout=1), copy.options(timeout=1)):
            with pytest.raises(ClientClosedError, match="the client is closed"):
                yield client.get("x")
            with pytest.raises(ClientClosedError):
                yield first_page(client)
        yield close(images)  # closing again does nothing
        yield close(copy)

    with Server(image(), forever=True) as server:
        run(scenario, base_url=server.address)
    assert len(server.received) == (2 if used else 0)


@both
def test_closing_a_client_made_with_options_closes_nothing_but_itself(run: Run) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        copy, other = images.options(timeout=5), images.options(timeout=6)
        yield copy.get("x")
        yield close(copy)
        with pytest.raises(ClientClosedError):
            yield copy.get("x")
        assert repr(copy).endswith(", closed>)")
        yield images.get("x")
        yield other.get("x")

    with Server(image(), forever=True) as server:
        run(scenario, base_url=server.address)
    assert (len(server.received), server.connections) == (3, 1)


@both
def test_context_manager_closes(run: Run) -> None:
    kept: list[Any] = []

    def scenario(images: Any) -> Any:
        kept.append(images)
        return images.get("x")

    with Server(image()) as server:
        run(scenario, base_url=server.address)
        again = get_x if run is run_sync else lambda images: asyncio.run(get_x(images))
        with pytest.raises(ClientClosedError):
            again(kept[0])
    assert len(server.received) == 1


@both
def test_closing_while_waiting_for_a_repetition_ends_the_request(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    clients: list[Any] = []

    async def asynchronous(_: object, __: float) -> None:
        await clients[0].aclose()

    monkeypatch.setattr("cfimages.parallel.threads.wait", lambda _, __: clients[0].close())
    monkeypatch.setattr("cfimages.parallel.tasks.wait", asynchronous)

    def scenario(images: Any) -> Iterator[Any]:
        clients.append(images)
        with pytest.raises(ClientClosedError):
            yield images.get("x")

    with Server(refusal(503), image()) as server:
        run(scenario, base_url=server.address)
    assert len(server.received) == 1


# --- The generated client ---------------------------------------------------------------------------------------


def call_through(images: Any, client: Any) -> Any:
    """Ask for an image with a generated function."""
    if isinstance(images, CloudflareImages):
        return get_image.sync("acc", "x", client=client)
    return get_image.asyncio("acc", "x", client=client)


@both
def test_nothing_that_the_generated_client_offers_changes_ours(run: Run) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        kept = images.api
        api = kept.with_headers({"X-Own": "1"}).with_cookies({"own": "1"}).with_timeout(httpx.Timeout(None))
        yield call_through(images, kept)
        yield images.get("x")
        yield images.options(retries=ONCE).get("x")
        with pytest.raises(CloudflareImagesError):
            yield call_through(images, api)

    with Server(image(), forever=True) as server:
        run(scenario, base_url=server.address)
    _, ours, others = server.received
    for request in (ours, others):
        assert not {"x-own", "cookie"} & set(request.headers)


@both
def test_no_timeout_of_the_generated_client_makes_ours_wait_for_ever(run: Run) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        images.api.with_timeout(httpx.Timeout(None))
        for call in (lambda: images.get("x"), lambda: call_through(images, images.api)):
            with pytest.raises(APITimeoutError):
                yield call()

    with Server(Stall(), Stall()) as server:
        run(scenario, base_url=server.address, timeout=0.1, retries=ONCE)


@both
def test_leaving_the_generated_client_leaves_ours_open(run: Run) -> None:
    async def asynchronous(images: Any) -> None:
        async with images.api:
            await call_through(images, images.api)
        await images.get("x")
        await images.options(timeout=5).get("x")

    def scenario(images: Any) -> Any:
        if run is run_async:
            return asynchronous(images)
        with images.api:
            call_through(images, images.api)
        images.get("x")
        return images.options(timeout=5).get("x")

    with Server(image(), forever=True) as server:
        run(scenario, base_url=server.address)
    assert (len(server.received), server.connections) == (3, 1)


# --- The generated functions ----------------------------------------------------------------------------------


def generated_endpoints() -> list[Any]:
    """Every module with an endpoint's functions."""
    names = [
        module.name
        for module in pkgutil.walk_packages(cfimages_api.api.__path__, "cfimages_api.api.")
        if not module.ispkg
    ]
    return [importlib.import_module(name) for name in names]


ENDPOINTS = generated_endpoints()
MADE_UP_BODY = {
    "id": "made-up",
    "options": {"fit": "crop", "metadata": "none", "width": 1, "height": 1},
    "name": "made-up",
    "vendor": "s3",
    "bucket": "made-up",
    "sourceId": "made-up",
    "secret": {"accessKeyId": "made-up", "secretAccessKey": "made-up"},
}
VALUES = {"str": "made-up", "int": 1, "bool": True, "float": 1.0}


def made_up_arguments(function: Any) -> dict[str, Any]:
    """A value for each parameter that must be given."""
    arguments: dict[str, Any] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if name == "client" or parameter.default is not inspect.Parameter.empty:
            continue
        kind = parameter.annotation
        if inspect.isclass(kind) and hasattr(kind, "to_multipart"):
            arguments[name] = kind(file=File(io.BytesIO(b"bytes"), "image")) if hasattr(kind, "file") else kind()
        elif inspect.isclass(kind) and kind.__name__ in VALUES:
            arguments[name] = VALUES[kind.__name__]
        elif inspect.isclass(kind) and hasattr(kind, "from_dict"):
            arguments[name] = kind.from_dict(MADE_UP_BODY)
        else:
            pytest.fail(f"{function.__module__}: no value known for {name}: {kind}")
    return arguments


def test_generated_endpoints_are_found() -> None:
    assert len(ENDPOINTS) >= 4
    assert get_image in ENDPOINTS


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda module: module.__name__.rpartition(".")[2])
@pytest.mark.parametrize("function", ["sync_detailed", "sync", "asyncio_detailed", "asyncio"])
def test_every_generated_function_goes_through_the_seam(endpoint: Any, function: str) -> None:
    call = getattr(endpoint, function)

    def scenario(images: Any) -> Iterator[Any]:
        with pytest.raises(NotFoundError) as caught:
            yield call(client=images.api, **made_up_arguments(call))
        assert caught.value.errors[0].code == 5404

    run = run_async if function.startswith("asyncio") else run_sync
    with Server(refusal(429), refusal(404)) as server:
        run(scenario, base_url=server.address)
    assert len(server.received) == 2
    for request in server.received:
        assert request.headers["authorization"] == "Bearer canary-5d1f-token"
        assert request.headers["user-agent"].startswith("cfimages/")
        assert "boundary=+++" not in request.headers.get("content-type", "")


@pytest.mark.parametrize("function", ["sync_detailed", "sync", "asyncio_detailed", "asyncio"])
def test_generated_function_of_the_other_colour_says_which_client_it_needs(function: str) -> None:
    call = getattr(get_image, function)
    with Server() as server:
        if function.startswith("asyncio"):
            with (
                CloudflareImages("acc", api_token="canary-5d1f", base_url=server.address) as images,
                pytest.raises(CloudflareImagesError, match=r"^use the functions of this client.s own kind"),
            ):
                asyncio.run(call(client=images.api, **made_up_arguments(call)))
        else:
            client = AsyncCloudflareImages("acc", api_token="canary-5d1f", base_url=server.address)
            with pytest.raises(CloudflareImagesError, match=r"^use the functions of this client.s own kind"):
                call(client=client.api, **made_up_arguments(call))
    assert server.connections == 0


@both
def test_generated_function_returns_what_it_read(run: Run) -> None:
    def scenario(images: Any) -> Any:
        function = list_images_v2.sync if run is run_sync else list_images_v2.asyncio
        return function("acc", client=images.api, per_page=10)

    with Server(said(200, {**ENVELOPE, "result": {"images": [{"id": "a"}]}})) as server:
        listing = run(scenario, base_url=server.address)
    assert [image.id for image in listing.result.images] == ["a"]
    assert server.lines == ["GET /accounts/acc/images/v2?per_page=10"]


# --- httpx's own methods on the seam ---------------------------------------------------------------------------


@both
def test_binary_content_needs_no_envelope(run: Run) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        for content_type in ("image/png", "image/svg+xml", "application/octet-stream"):
            response = yield seam(images).get(BLOB)
            assert response.headers["content-type"] == content_type
            assert response.content == b"\x89PNG"

    kinds = ("image/png", "image/svg+xml", "application/octet-stream")
    with Server(*[answer(200, b"\x89PNG", {"Content-Type": kind}) for kind in kinds]) as server:
        run(scenario, base_url=server.address)
    assert len(server.received) == 3


@both
def test_stream_gives_the_bytes_as_they_come(run: Run) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        request = seam(images).build_request("GET", BLOB)
        response = yield seam(images).send(request, stream=True)
        assert not response.is_stream_consumed
        content = yield (response.read() if run is run_sync else response.aread())
        assert content == b"not JSON"
        yield images.get("x")  # on the same connection

    with Server(answer(200, "not JSON"), image()) as server:
        run(scenario, base_url=server.address)
    assert server.connections == 1


@both
def test_stream_that_is_refused_is_read_for_the_error_and_closed(run: Run) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        request = seam(images).build_request("GET", BLOB)
        with pytest.raises(NotFoundError, match=r"404: No \(code 5404\)$"):
            yield seam(images).send(request, stream=True)
        yield images.get("x")

    with Server(refusal(503), refusal(404), image()) as server:
        run(scenario, base_url=server.address)
    assert (len(server.received), server.connections) == (3, 1)


@both
def test_refused_stream_that_cannot_be_decoded_leaves_no_connection_open(run: Run) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        for _ in range(2):
            request = seam(images).build_request("GET", BLOB)
            with pytest.raises(APIError):
                yield seam(images).send(request, stream=True)
        yield images.get("x")

    async_limits = httpx.Limits(max_connections=1)
    kind = httpx.HTTPTransport if run is run_sync else httpx.AsyncHTTPTransport
    bad = answer(500, b"not gzip", {"Content-Encoding": "gzip"})
    with Server(bad, bad, image()) as server:
        run(
            scenario,
            base_url=server.address,
            retries=ONCE,
            timeout=PATIENCE,
            transport=kind(verify=False, limits=async_limits),
        )
    assert len(server.received) == 3


@both
def test_body_that_can_be_sent_only_once_is_not_sent_by_halves(run: Run) -> None:
    """A repetition that is impossible gives a typed error, not one of httpx's."""

    async def asynchronous() -> Any:
        yield b"once"

    def scenario(images: Any) -> Iterator[Any]:
        content = (part for part in [b"once"]) if run is run_sync else asynchronous()
        with pytest.raises(CloudflareImagesError):
            yield seam(images).post("/x", content=content)

    with Server(refusal(429), image()) as server:
        run(scenario, base_url=server.address)
    assert [request.body for request in server.received] == [b"once"]


def test_file_as_the_whole_body_is_not_sent_again() -> None:
    """httpx does not rewind it."""

    def scenario(images: Any) -> None:
        with pytest.raises(RateLimitError):
            seam(images).post("/x", content=io.BytesIO(b"once"))

    with Server(refusal(429), image()) as server:
        run_sync(scenario, base_url=server.address)
    assert [request.body for request in server.received] == [b"once"]


@both
def test_form_whose_file_cannot_be_rewound_is_not_sent_again_without_it(run: Run) -> None:
    """The façade reads such a file first; a caller of the generated function may pass it as it is."""

    def scenario(images: Any) -> Iterator[Any]:
        call = upload_image.sync if run is run_sync else upload_image.asyncio
        with pytest.raises(RateLimitError):
            yield call("acc", client=images.api, body=ImageUpload(file=File(Pipe(b"bytes"), "image")))

    with Server(refusal(429), image()) as server:
        run(scenario, base_url=server.address)
    assert [request.parts() for request in server.received] == [[("file", "image", b"bytes")]]


class Pipe(io.RawIOBase):
    """A file that can only be read onwards, of unknown length."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def read(self, size: int = -1) -> bytes:
        return self._content.read(size)


# --- Multipart forms ------------------------------------------------------------------------------------------

INJECTION = '\r\n--+++\r\nContent-Disposition: form-data; name="creator"\r\n\r\nattacker'


@both
def test_file_and_fields_cannot_inject_other_fields(run: Run) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        yield images.upload(INJECTION.encode(), creator=f"me{INJECTION}")
        form = ImageUpload(file=File(io.BytesIO(INJECTION.encode()), "a"), id=f"id{INJECTION}")
        call = upload_image.sync if run is run_sync else upload_image.asyncio
        yield call("acc", client=images.api, body=form)

    with Server(image(), image()) as server:
        run(scenario, base_url=server.address)
    facade, generated = server.received
    assert facade.parts() == [("file", "image", INJECTION.encode()), ("creator", None, f"me{INJECTION}".encode())]
    assert generated.parts() == [("file", "a", INJECTION.encode()), ("id", None, f"id{INJECTION}".encode())]


@both
def test_boundary_is_random(run: Run) -> None:
    with Server(image(), forever=True) as server:

        def scenario(images: Any) -> Iterator[Any]:
            for _ in range(5):
                yield images.upload(b"x")

        run(scenario, base_url=server.address)
    boundaries = {request.boundary for request in server.received}
    assert len(boundaries) == 5
    for boundary in boundaries:
        assert len(boundary) >= 32


# --- Many at once ---------------------------------------------------------------------------------------------


def mixed(request: Received) -> bytes:
    """An answer that depends on the id asked for: a tenth each of three failures, the rest well."""
    id = request.target.rpartition("/")[2]
    match int(id) % 10:
        case 0:
            return refusal(404, int(id))
        case 1:
            return said(200, {**ENVELOPE, "result": {"id": int(id)}})
        case 2:
            return answer(200, f"not JSON {id}")
    return image(id)


def check_mixed(id: int, outcome: Any) -> None:
    kind = {0: NotFoundError, 1: APIResponseValidationError, 2: APIResponseValidationError}.get(id % 10)
    if kind is None:
        assert outcome.id == str(id)
        return
    assert type(outcome) is kind
    assert outcome.url.endswith(f"/images/v1/{id}")
    assert str(id) in outcome.body


def test_threads_share_a_client_without_mixing_answers() -> None:
    def ask(thread: int) -> list[tuple[int, Any]]:
        ids = [thread * 20 + n for n in range(20)]
        return [(id, get(id)) for id in ids]

    def get(id: int) -> Any:
        try:
            return images.get(str(id))
        except APIError as error:
            return error

    with (
        Server(mixed, forever=True) as server,
        CloudflareImages("acc", api_token="canary-5d1f", base_url=server.address) as images,
        ThreadPoolExecutor(16) as pool,
    ):
        outcomes = [pair for pairs in pool.map(ask, range(16)) for pair in pairs]
    assert len(outcomes) == 320
    for id, outcome in outcomes:
        check_mixed(id, outcome)


def test_tasks_share_a_client_without_mixing_answers() -> None:
    async def scenario(address: str) -> list[Any]:
        async with AsyncCloudflareImages("acc", api_token="canary-5d1f", base_url=address) as images:
            return await asyncio.gather(*[images.get(str(id)) for id in range(50)], return_exceptions=True)

    with Server(mixed, forever=True) as server:
        outcomes = asyncio.run(scenario(server.address))
    assert len(outcomes) == 50
    for id, outcome in enumerate(outcomes):
        check_mixed(id, outcome)


def test_closing_from_another_thread_gives_a_typed_error() -> None:
    with Server(Stall()) as server:
        images = CloudflareImages("acc", api_token="canary-5d1f", base_url=server.address, retries=AT_ONCE, timeout=0.3)
        with closing_when(lambda: server.received, images), pytest.raises(ClientClosedError):
            images.get("x")
    assert len(server.received) == 1


# --- Logging --------------------------------------------------------------------------------------------------


@both
def test_log_has_each_exchange_and_each_repetition_and_nothing_private(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "cfimages")
    private = "canary"

    def scenario(images: Any) -> Iterator[Any]:
        listing = images.list(creator=private, meta={"name": private})
        yield next(listing.pages()) if run is run_sync else anext(listing.pages())
        yield images.upload(private.encode(), metadata={"name": private}, creator=private)

    page = said(200, {**ENVELOPE, "result": {"images": [{"id": "canary"}]}}, RAY)
    with Server(refusal(503, message=private), Cut(), page, image()) as server:
        run(scenario, base_url=server.address, api_token=private)
    lines = [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "cfimages"]
    listing, stored = "GET /accounts/acc/images/v2", "POST /accounts/acc/images/v1"
    assert [level for level, _ in lines] == ["DEBUG", "INFO", "INFO", "DEBUG", "DEBUG"]
    assert lines[0][1].startswith(f"{listing}: 503 in ")
    assert lines[1][1] == f"{listing}: 503, attempt 2 of 4 follows in 0.0 s"
    assert lines[2][1] == f"{listing}: RemoteProtocolError, attempt 3 of 4 follows in 0.0 s"
    assert lines[3][1].startswith(f"{listing}: 200 in ")
    assert lines[3][1].endswith(" ms [cf-ray 8a1b2c3d4e5f6071-LHR]")
    assert lines[4][1].startswith(f"{stored}: 200 in ")
    assert lines[4][1].endswith(" ms [cf-ray -]")
    assert private not in json.dumps(lines)


# --- Proxies --------------------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY"])
def test_proxy_of_the_environment_is_used(run: Run, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(image("by proxy")) as proxy:
        monkeypatch.setenv(variable, proxy.address)
        found = run(get_x, base_url="http://images.example", allow_http=True)
    assert found.id == "by proxy"
    assert proxy.lines == ["GET http://images.example/accounts/acc/images/v1/x"]


@both
def test_proxy_is_asked_for_a_tunnel_to_https_without_credentials(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(answer(403), forever=True) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.address)
        with pytest.raises(APIConnectionError, match="ProxyError"):
            run(upload, base_url="https://images.example")
    assert proxy.lines == ["CONNECT images.example:443"] * 4  # repeated: nothing of the upload was sent
    for request in proxy.received:
        assert b"canary-5d1f-token" not in request.raw


@both
def test_own_transport_is_used_instead_of_the_environments_proxy(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = httpx.HTTPTransport if run is run_sync else httpx.AsyncHTTPTransport
    with Server(image("by proxy")) as proxy, Server(image("direct")) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.address)
        found = run(get_x, base_url=server.address, transport=kind(verify=False))
    assert found.id == "direct"
    assert proxy.connections == 0


@both
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"auth": ("user", "canary-5d1f")}, "auth: is not supported: pass the credentials to the client"),
        ({"auth": None}, "auth: is not supported: pass the credentials to the client"),
        ({"follow_redirects": True}, "follow_redirects: is not supported: a redirect is an error"),
    ],
)
def test_what_the_seam_does_not_support_is_refused(run: Run, arguments: dict[str, Any], message: str) -> None:
    def scenario(images: Any) -> Iterator[Any]:
        http = seam(images)
        request = http.build_request("GET", "/x")
        for call in (lambda: http.get("/x", **arguments), lambda: http.send(request, **arguments)):
            with pytest.raises(InvalidArgumentError) as caught:
                yield call()
            assert str(caught.value) == message
        assert (yield http.get("/x", follow_redirects=False)).status_code == 200

    with Server(image()) as server:
        run(scenario, base_url=server.address)
    assert len(server.received) == 1


@both
@pytest.mark.parametrize("streamed", [False, True])
def test_a_body_of_the_other_kind_is_a_mistake_of_the_transport(run: Run, streamed: bool) -> None:
    class Sync(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            raise AssertionError("it is not read")

    class Async(httpx.AsyncByteStream):
        def __aiter__(self) -> Any:
            raise AssertionError("it is not read")

    def scenario(images: Any) -> Iterator[Any]:
        request = seam(images).build_request("GET", BLOB)
        with pytest.raises(TypeError, match=rf"of the type {name}, which is not an httpx\.{needed}$"):
            yield seam(images).send(request, stream=streamed)

    wrong, needed = (Async, "SyncByteStream") if run is run_sync else (Sync, "AsyncByteStream")
    name = wrong.__name__
    run(scenario, transport=httpx.MockTransport(lambda _: httpx.Response(200, stream=wrong())))
