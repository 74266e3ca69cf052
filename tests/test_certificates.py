"""Servers are verified, by the certificates of the environment or of certifi, which are read when they are needed."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

import httpx
import pytest
import trustme
from servers import ONCE, Run, Server, image, run_async, run_sync

from cfimages import APIConnectionError, CloudflareImages, ConfigurationError
from cfimages.certificates import _Late, verification

both = pytest.mark.parametrize("run", [run_sync, run_async], ids=["sync", "async"])


class Handler(StreamRequestHandler):
    """Answers with one image."""

    def handle(self) -> None:
        if self.rfile.readline():
            self.server.asked += 1
            self.wfile.write(image())


class TLSServer(ThreadingTCPServer):
    """Counts what it is asked over TLS."""

    asked = 0

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that do not trust it."""


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[TLSServer]:
    """Its certificate is signed by the authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with TLSServer(("localhost", 0), Handler) as running:
        running.socket = context.wrap_socket(running.socket, server_side=True, do_handshake_on_connect=False)
        thread = Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def ask(run: Run, server: TLSServer) -> Any:
    def scenario(images: Any) -> Iterator[Any]:
        return (yield images.get("x"))

    return run(scenario, base_url=f"https://localhost:{server.server_address[1]}", retries=ONCE)


@both
def test_a_server_that_the_environment_vouches_for_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, authority: trustme.CA, server: TLSServer, run: Run
) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    assert ask(run, server).id == "x"


@both
def test_a_server_that_nobody_vouches_for_is_not(server: TLSServer, run: Run) -> None:
    with pytest.raises(APIConnectionError, match="certificate verify failed"):
        ask(run, server)
    assert not server.asked


def test_certificates_that_cannot_be_read_are_said_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for file in (tmp_path / "absent.pem", Path(__file__)):
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        with pytest.raises(ConfigurationError, match=r"certificates of the environment .* cannot be read"):
            CloudflareImages("acc", api_token="canary-5d1f")


def test_the_usual_ones_are_read_once_for_all_clients_and_not_for_plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    real = httpx.create_ssl_context
    monkeypatch.setattr("httpx.create_ssl_context", lambda: read.append(1) or real())
    monkeypatch.setattr("cfimages.certificates._usual", _Late())  # as if nothing had been asked yet
    with Server(image(), forever=True) as plain:
        run_sync(lambda images: images.get("x"), base_url=plain.address)
    assert read == []
    for _ in range(2):
        assert verification().verify_mode is ssl.CERT_REQUIRED
    assert read == [1]
