"""Uploads from a URL."""

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from patience import PATIENCE
from pictures import PNG
from sandbox.calls import refused

from cfimages.sandbox import Sandbox, fetch

SEEN: list[dict[str, str]] = []
GIVEN_UP = threading.Event()


class Files(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        SEEN.append({name.lower(): value for name, value in self.headers.items()})
        if self.path == "/slow":
            GIVEN_UP.wait(PATIENCE)
        status = {"/gone": 404, "/away": 302}.get(self.path.partition("?")[0], 200)
        content = {"/large": PNG.ljust(10 * 1024 * 1024 + 1), "/text": b"text"}.get(self.path, PNG)
        self.send_response(status)
        self.send_header("Location", "/a.png")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        with contextlib.suppress(OSError):  # the sandbox hangs up when it has seen enough
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def from_url(http: httpx.Client, url: str, **fields: str) -> httpx.Response:
    return http.post("/v1", files={name: (None, value) for name, value in {"url": url, **fields}.items()})


def test_the_file_is_fetched(http: httpx.Client, origin: str) -> None:
    image = from_url(http, f"http://{origin}/a/b%20c.png?x=1", id="a", metadata='{"a": 1}').json()["result"]
    assert (image["id"], image["filename"], image["meta"]) == ("a", "b c.png", {"a": 1})
    assert http.get("/v1/a/blob").content == PNG
    assert from_url(http, f"http://{origin}/").json()["result"]["filename"] is None


def test_a_url_may_hold_a_password(http: httpx.Client, origin: str) -> None:
    port = origin.partition(":")[2]
    assert from_url(http, f"http://user:pass@localhost:{port}/a.png").status_code == 200
    assert SEEN[-1]["authorization"] == "Basic dXNlcjpwYXNz"
    assert SEEN[-1]["accept-encoding"] == "identity"


REFUSED = [
    ("http://{origin}/gone", 400, 5400, "the origin answered 404"),
    ("http://{origin}/away", 400, 5400, "the origin answered 302"),
    ("http://{origin}/text", 415, 5455, "Unsupported image format"),
    ("http://{origin}/large", 413, 5413, "larger than 10 MB"),
    ("http://127.0.0.1:1/a.png", 400, 5400, "could not be fetched: ConnectError"),
    ("https://{origin}/a.png", 400, 5400, "could not be fetched: ConnectError"),
    ("https://example.com/a.png", 400, 5400, "loopback addresses only"),
    ("http://127.0.0.1.example.com/a.png", 400, 5400, "loopback addresses only"),
    ("http://10.0.0.1/a.png", 400, 5400, "loopback addresses only"),
    ("http://169.254.169.254/a.png", 400, 5400, "loopback addresses only"),
    ("ftp://127.0.0.1/a.png", 400, 5400, "only http and https"),
    ("file:///etc/passwd", 400, 5400, "only http and https"),
    ("", 400, 5400, "only http and https"),
    ("http://[::1", 400, 5400, "not a url"),
    ("{sandbox}/hash/a/public", 400, 5454, "own delivery host"),
]


@pytest.mark.parametrize(("url", "status", "code", "message"), REFUSED)
def test_what_cannot_be_fetched_is_refused(
    http: httpx.Client, sandbox: Sandbox, origin: str, url: str, status: int, code: int, message: str
) -> None:
    answer = refused(from_url(http, url.format(origin=origin, sandbox=sandbox.url)))
    assert answer[:2] == (status, code)
    assert message in answer[2]
    assert http.get("/v2").json()["result"]["images"] == []


def test_the_environment_leads_nowhere_else(http: httpx.Client, origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with httpx.Client(base_url=http.base_url, headers=http.headers, trust_env=False) as client:
        assert from_url(client, f"http://{origin}/a.png").status_code == 200


def test_a_slow_origin_is_given_up(http: httpx.Client, origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "FETCH_SECONDS", 0.1)
    try:
        assert "could not be fetched" in refused(from_url(http, f"http://{origin}/slow"))[2]
    finally:
        GIVEN_UP.set()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:65536/a",
        "http://127.0.0.1:-1/a",
        "http://127.0.0.1:0/a",
        "http://xn--/a.png",
        "http://\u00df.\ud7ff/",
    ],
)
def test_an_address_that_cannot_be_is_refused(http: httpx.Client, url: str) -> None:
    status, code, message = refused(from_url(http, url))
    assert (status, code) == (400, 5400)
    assert "url" in message or "port" in message or "loopback" in message
