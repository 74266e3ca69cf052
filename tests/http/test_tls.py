"""Who is at the other end: nothing switches the verification of certificates off but a transport that says so."""

import os
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from canary import CANARY, shows
from servers import ONCE, Run, SecureServer, Server, address, image, run_async, run_sync

from cfimages import (
    APIConnectionError,
    AsyncCloudflareImages,
    CloudflareImages,
    CloudflareImagesError,
    ConfigurationError,
)
from cfimages.sandbox import Sandbox

both = pytest.mark.parametrize("run", [run_sync, run_async], ids=["sync", "async"])
either = pytest.mark.parametrize("client", [CloudflareImages, AsyncCloudflareImages])


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path) -> str:
    """The file of an authority that nobody trusts without being told to."""
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    return str(tmp_path / "authority.pem")


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[SecureServer]:
    with SecureServer(authority.issue_cert("localhost"), image(), forever=True) as running:
        yield running


def get(images: Any) -> Any:
    return images.get("x")


REQUESTS = {
    "get": get,
    "copy": lambda images: images.options(timeout=5).get("x"),
    "upload_to": lambda images: images.upload_to(f"{address(images)}/{CANARY}", b"bytes"),
    "batch": lambda images: images.batch().get("x"),
}
# What switches it off elsewhere, or looks as if it did.
SWITCHES = {
    "SSL_CERT_FILE": "",
    "SSL_CERT_DIR": "",
    "SSL_VERIFY": "0",
    "PYTHONHTTPSVERIFY": "0",
    "CURL_CA_BUNDLE": "",
    "REQUESTS_CA_BUNDLE": "",
    "NODE_TLS_REJECT_UNAUTHORIZED": "0",
    "GIT_SSL_NO_VERIFY": "1",
    "CLOUDFLARE_VERIFY": "false",
    "CLOUDFLARE_INSECURE": "1",
}


def refused(run: Run, server: Server, request: Any = get, **options: Any) -> str:
    """Why no request was sent, not even its first line."""
    with pytest.raises(APIConnectionError, match="CERTIFICATE_VERIFY_FAILED") as caught:
        run(request, base_url=server.address, batch_base_url=f"{server.address}/batch", retries=ONCE, **options)
    assert server.received == []
    return str(caught.value)


@both
@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_who_has_no_trusted_certificate_gets_no_request(run: Run, request_: Any, server: SecureServer) -> None:
    refused(run, server, request_)


@both
def test_an_unknown_authority_is_told_at_once_with_what_to_do(run: Run, server: SecureServer) -> None:
    with pytest.raises(APIConnectionError, match=r"For an authority of your own, name its file in SSL_CERT_FILE$"):
        run(get, base_url=server.address, retries=5)
    assert server.connections == 1
    with pytest.raises(APIConnectionError, match=r"\(ConnectError at localhost:1\)$"):
        run(get, base_url="https://localhost:1", retries=ONCE)


@both
def test_an_unknown_authority_is_told_with_what_was_trusted(
    run: Run, server: SecureServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    said = refused(run, server)
    assert said.endswith(f". The authority should be in SSL_CERT_DIR={str(tmp_path)!r}, after `openssl rehash`")
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    monkeypatch.setenv("SSL_CERT_FILE", str(other))  # it wins
    said = refused(run, server)
    assert said.endswith(f". The authority should be in SSL_CERT_FILE={str(other)!r}")


@both
def test_a_server_without_tls_is_told(run: Run) -> None:
    with (
        Sandbox() as plain,
        pytest.raises(APIConnectionError, match=r"check whether base_url, .*, should begin with http://$"),
    ):
        run(get, base_url=plain.base_url.replace("http:", "https:"), retries=ONCE)


@both
def test_no_variable_switches_verification_off(run: Run, server: SecureServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SWITCHES.items():
        monkeypatch.setenv(name, value)
    refused(run, server)


@both
def test_allowing_plain_http_leaves_verification_on(run: Run, server: SecureServer) -> None:
    refused(run, server, allow_http=True)


@both
def test_a_trusted_authority_is_trusted_for_its_hosts_and_its_time(
    run: Run, authority: trustme.CA, server: SecureServer, trusted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", trusted)
    assert run(get, base_url=server.address).id == "x"
    with SecureServer(authority.issue_cert("other.example")) as other:
        said = refused(run, other)
        assert "Hostname mismatch" in said
        assert "SSL_CERT_FILE" not in said
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with SecureServer(authority.issue_cert("localhost", not_after=yesterday)) as late:
        assert "expired" in refused(run, late)


@both
def test_a_transport_of_the_callers_verifies_as_it_says(run: Run, server: SecureServer) -> None:
    kind = httpx.HTTPTransport if run is run_sync else httpx.AsyncHTTPTransport
    assert run(get, base_url=server.address, transport=kind(verify=False)).id == "x"


@both
def test_a_transport_of_the_callers_trusts_what_the_variable_names(
    run: Run, server: SecureServer, trusted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = httpx.HTTPTransport if run is run_sync else httpx.AsyncHTTPTransport
    refused(run, server, transport=kind())
    monkeypatch.setenv("SSL_CERT_FILE", trusted)
    refused(run, server, transport=kind(trust_env=False))
    assert run(get, base_url=server.address, transport=kind()).id == "x"


@either
@pytest.mark.parametrize("option", ["verify", "cert", "ssl", "trust_env", "insecure", "proxy"])
def test_there_is_no_option_for_it(client: Any, option: str) -> None:
    with pytest.raises(TypeError, match=f"has no argument '{option}'"):
        client("acc", api_token=CANARY, **{option: False})
    with pytest.raises(TypeError, match=f"has no argument '{option}'"):
        client("acc", api_token=CANARY).options(**{option: False})


@both
def test_certificates_that_cannot_be_read_are_told_by_their_variables(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = str(tmp_path / "absent")
    for name, value, problem in (
        ("SSL_CERT_DIR", absent, f"{absent} is not a folder"),
        ("SSL_CERT_DIR", f"{tmp_path}{os.pathsep}{absent}", f"{absent} is not a folder"),
        ("SSL_CERT_FILE", absent, "cannot be read: "),
        ("SSL_CERT_FILE", __file__, "cannot be read: "),
    ):
        monkeypatch.setenv(name, value)
        with pytest.raises(ConfigurationError) as caught:
            run(get, base_url="https://localhost:1")
        assert str(caught.value).startswith(f"{name}={value!r}: {problem}")


def test_the_usual_ones_are_read_once_for_all_clients_and_not_for_plain_http(
    server: SecureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    real = ssl.create_default_context
    monkeypatch.setattr(ssl, "create_default_context", lambda **options: read.append(options) or real(**options))
    with Server(image(), forever=True) as plain:
        run_sync(get, base_url=plain.address)
    assert read == []
    for _ in range(3):
        with pytest.raises(APIConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
            run_sync(get, base_url=server.address, retries=ONCE)
    assert len(read) <= 1  # none where another test has connected already


# --- Plain http -------------------------------------------------------------------------------------------------

DISGUISED = [
    *(f"http://{user}@evil.example" for user in ("localhost", "localhost:80", "127.0.0.1:80")),
    *(f"http://{host}" for host in ("0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "127.0.0.1.")),
    *(f"http://[{host}]" for host in ("::", "::1%25lo", "::127.0.0.1")),
    *(f"http://evil.example{end}.localhost" for end in ("%00", "%2F", "?", "#", "\\@")),
    "http://127.0.0.1%2eevil.example",
    "http://\uff11\uff12\uff17.0.0.1.evil.example",  # digits, but not those of ASCII
    "http://localhost\u3002evil.example",
    "http:\\\\localhost",
    "http:localhost",
]
"""What may pass for this machine, and is another, or depends on who reads it."""


@either
@pytest.mark.parametrize("address", DISGUISED)
def test_no_disguise_passes_for_this_machine(client: Any, address: str) -> None:
    with pytest.raises(ConfigurationError):
        client("acc", api_token=CANARY, base_url=address)


@both
@pytest.mark.parametrize("address", [address for address in DISGUISED if "\\@" not in address])  # that is its user
def test_no_disguise_passes_for_this_machine_in_an_upload(run: Run, address: str) -> None:
    def scenario(images: Any) -> Any:
        with pytest.raises(CloudflareImagesError) as caught:
            yield images.upload_to(f"{address}/x", b"bytes")
        assert not isinstance(caught.value, APIConnectionError), "it was tried"

    run(scenario)


@both
@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"])
def test_what_goes_to_this_machine_in_the_clear_goes_by_no_proxy(
    run: Run, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server() as proxy, Server(image()) as server:
        monkeypatch.setenv(variable, proxy.address)
        assert run(get, base_url=server.address).id == "x"
        assert proxy.connections == 0
    assert shows(server.received[0].raw.decode("latin-1"))
