"""Every block of docs/transports.md runs, against the kind of server that it is about."""

import json
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme
from documents import python, read
from servers import Server, envelope, image

MUTUAL_TLS, PROXY, HTTP2, TELEMETRY, MOCK = python(read("docs/transports.md"))


class TLSServer(Server):
    """The test's server behind TLS, which knows what the client showed."""

    def __init__(self, context: ssl.SSLContext, *scripts: Any) -> None:
        super().__init__(*scripts)
        self._context = context
        self.certificates: list[Any] = []
        self.protocols: list[str | None] = []

    def _serve(self, connection: Any, number: int) -> None:
        secure = self._context.wrap_socket(connection, server_side=True)
        self.certificates.append(secure.getpeercert())
        self.protocols.append(secure.selected_alpn_protocol())
        if self.protocols[-1] == "h2":
            with secure:
                serve_http2(secure)
        else:
            super()._serve(secure, number)


def serve_http2(connection: socket.socket) -> None:
    """Answer every request of a connection with an image."""
    import h2.config
    import h2.connection
    import h2.events

    session = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    session.initiate_connection()
    connection.sendall(session.data_to_send())
    while data := connection.recv(65535):
        for event in session.receive_data(data):
            if isinstance(event, h2.events.StreamEnded):
                session.send_headers(event.stream_id, [(":status", "200"), ("content-type", "application/json")])
                session.send_data(event.stream_id, json.dumps(envelope({"id": "logo"})).encode(), end_stream=True)
        connection.sendall(session.data_to_send())


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.fixture(autouse=True)
def _environment(tmp_path: Path, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with certificates, an account, and the tests' authority as the one to trust."""
    monkeypatch.chdir(tmp_path)
    authority.cert_pem.write_to_path("authority.pem")
    certificate = authority.issue_cert("client.example.com")
    certificate.cert_chain_pems[0].write_to_path("client.pem")
    certificate.private_key_pem.write_to_path("client.key")
    monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", "reader")
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "token")
    monkeypatch.setenv("SSL_CERT_FILE", "authority.pem")


def run(code: str) -> None:
    exec(compile(code, "transports.md", "exec"), {"__name__": "__main__"})


def test_mutual_tls(authority: trustme.CA, context: ssl.SSLContext, capsys: pytest.CaptureFixture[str]) -> None:
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    with TLSServer(context, image("logo")) as server:
        run(MUTUAL_TLS.replace("images.example.com", f"localhost:{server.port}"))
    assert capsys.readouterr().out == "logo\n"
    assert ("DNS", "client.example.com") in server.certificates[0]["subjectAltName"]


def test_a_proxy(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDFLARE_BASE_URL", "http://images.localhost/client/v4")  # plain http, as a proxy reads it
    with Server(image("logo")) as proxy:
        run(PROXY.replace("proxy.example.com:3128", f"127.0.0.1:{proxy.port}"))
    assert capsys.readouterr().out == "logo\n"
    assert proxy.lines == ["GET http://images.localhost/client/v4/accounts/reader/images/v1/logo"]
    assert proxy.received[0].headers["proxy-authorization"].startswith("Basic ")


@pytest.mark.slow
def test_http2(context: ssl.SSLContext, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    context.set_alpn_protocols(["h2"])
    with TLSServer(context) as server:
        monkeypatch.setenv("CLOUDFLARE_BASE_URL", f"https://localhost:{server.port}")
        run(HTTP2)
    assert capsys.readouterr().out == "logo\n"
    assert server.protocols == ["h2"]


@pytest.mark.slow
def test_opentelemetry(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(image("logo")) as server:
        monkeypatch.setenv("CLOUDFLARE_BASE_URL", server.address)
        run(TELEMETRY)
    printed = capsys.readouterr().out
    span = json.loads(printed[printed.index("{") : printed.rindex("}") + 1])
    assert span["name"] == "GET"
    assert span["attributes"]["http.url"].endswith("/accounts/reader/images/v1/logo")
    assert "token" not in printed


def test_a_mock(capsys: pytest.CaptureFixture[str]) -> None:
    run(MOCK)
    assert capsys.readouterr().out == "logo\n"
