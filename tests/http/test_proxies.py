"""Which proxy of the environment serves a host, whatever else its variables hold."""

import sys
from typing import Any

import httpx
import pytest
from servers import Run, Server, image, needs_ipv6, run_async, run_sync

from cfimages import APIConnectionError, AsyncCloudflareImages, CloudflareImages, ConfigurationError
from cfimages.http.proxies import proxy_for

both = pytest.mark.parametrize("run", [run_sync, run_async], ids=["sync", "async"])

PROXY = "http://proxy.example:3128"
API = "https://api.cloudflare.com/client/v4"


@pytest.mark.parametrize(
    ("excluded", "address", "proxied"),
    [
        ("", API, True),
        ("*", API, False),
        ("cloudflare.com", API, False),
        (".cloudflare.com", API, False),
        ("flare.com", API, True),
        ("API.Cloudflare.COM , other", API, False),
        ("api.cloudflare.com:443", "https://api.cloudflare.com:8443", True),
        ("api.cloudflare.com:8443", "https://api.cloudflare.com:8443", False),
        # What container runtimes and VPNs set.
        ("fd00::/8,[::1],::1,fe80::%eth0/10", API, True),
        ("10.0.0.0/8,192.168.0.0/16,.local,169.254/16,[fd00::1]:8080", API, True),
        ("10.1.2.3", "https://10.1.2.3", False),
        ("::1", "https://[::1]", False),
        ("api.cloudflare.com:443", API, False),
        (",, ,", API, True),
        ("(", API, True),
    ],
)
def test_no_proxy_names_hosts_and_domains(
    excluded: str, address: str, proxied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", excluded)
    proxy = proxy_for(httpx.URL(address))
    assert (None if proxy is None else str(proxy.url)) == (PROXY if proxied else None)


@pytest.mark.parametrize("excluded", ["fd00::/8", "[::1]", "::1/128,fe80::/10,10.0.0.0/8", "[fd00::]/8", "1.2.3.4:x"])
@pytest.mark.parametrize("client", [CloudflareImages, AsyncCloudflareImages])
def test_no_entry_of_no_proxy_keeps_a_client_from_being_made(
    client: Any, excluded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", excluded)
    for proxy in ("", PROXY):
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        for address in (API, "http://127.0.0.1:1", "http://[::1]:1"):
            assert client("acc", api_token="canary-5d1f", base_url=address)


@both
@pytest.mark.parametrize("excluded", ["fd00::/8,[::1]", "*"])
def test_this_machine_is_reached_whatever_no_proxy_holds(
    run: Run, excluded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", excluded)
    monkeypatch.setenv("ALL_PROXY", PROXY)
    with Server(image()) as server:
        assert run(lambda images: images.get("x"), base_url=server.address).id == "x"


@pytest.mark.parametrize(
    ("variables", "address", "proxy"),
    [
        ({"HTTPS_PROXY": PROXY}, API, PROXY),
        ({"ALL_PROXY": PROXY}, API, PROXY),
        ({"HTTPS_PROXY": PROXY, "ALL_PROXY": "http://other.example"}, API, PROXY),
        ({"HTTP_PROXY": PROXY}, API, None),
        ({"HTTPS_PROXY": "proxy.example:3128"}, API, PROXY),
    ],
)
def test_the_variable_of_the_scheme_goes_first(
    variables: dict[str, str], address: str, proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    found = proxy_for(httpx.URL(address))
    assert (None if found is None else str(found.url)) == proxy


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("ftp://user:canary@a", "must be an http, https, socks5 or socks5h address"),
        ("http://user:canary@a:port", "the host or the port is not valid"),
        ("http://user:canary@a:99999", "port 99999 is out of range"),
        ("nowhere://canary", "must be an http, https, socks5 or socks5h address"),
        ("http://user:canary@", "must be an http, https, socks5 or socks5h address"),
    ],
)
def test_a_proxy_that_is_none_is_told_by_its_variable_and_not_shown(
    address: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address)
    with pytest.raises(ConfigurationError, match=rf"^the proxy of HTTPS_PROXY: {problem}") as caught:
        CloudflareImages("acc", api_token="token")
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


@both
def test_a_proxy_that_cannot_be_reached_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:canary@127.0.0.1:1")
    with pytest.raises(
        APIConnectionError, match=r"\(ConnectError at images\.example through the proxy 127\.0\.0\.1:1\)$"
    ):
        run(lambda images: images.get("x"), base_url="https://images.example", retries=0)


@both
def test_a_proxy_that_needs_another_package_says_which(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "socksio", None)  # type: ignore[arg-type]  # as if it were not installed
    with pytest.raises(ConfigurationError, match=r"the proxy cannot be used: .*socksio"):
        run(lambda images: images.get("x"), base_url="https://images.example")


@needs_ipv6
@both
def test_this_machine_is_reached_by_its_number_in_ipv6(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "[::1]")
    with pytest.raises(Exception, match=r"ConnectError at \[::1\]"):
        run(lambda images: images.get("x"), base_url="http://[::1]:1", retries=0)
