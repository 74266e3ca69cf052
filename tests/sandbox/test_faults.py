"""A sandbox that misbehaves: each fault as a plain HTTP client meets it, and that it is the same each time."""

import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest
from faulty import Faulty
from patience import PATIENCE, until
from pictures import PNG
from servers import Cut, Server, answer, needs_ipv6

from cfimages.sandbox import FAULTS, Fault, Faults, Sandbox
from cfimages.sandbox.bad_answers import ELSEWHERE, SERVER_ERRORS

AUTHORIZED = {"Authorization": "Bearer any"}
STATS = "/client/v4/accounts/one/images/v1/stats"

Spoil = Callable[[Faults], Faulty]


@pytest.fixture
def spoil(sandbox: Sandbox) -> Iterator[Spoil]:
    """Puts faults before the sandbox of all tests."""
    with ExitStack() as stack:
        yield lambda faults: stack.enter_context(Faulty.before(sandbox, faults))


BRIEF = httpx.Timeout(PATIENCE, read=0.05)
"""For what never comes."""


def plain(timeout: httpx.Timeout | float = PATIENCE) -> httpx.Client:
    """A client without the SDK, that loses no time on certificates."""
    return httpx.Client(headers=AUTHORIZED, timeout=timeout, transport=httpx.HTTPTransport(verify=False))


def answers(proxy: Faulty, count: int) -> list[httpx.Response]:
    """The answers to so many requests that differ."""
    with plain() as http:
        return [http.get(f"{proxy.url}{STATS}?n={n}") for n in range(count)]


def ask(proxy: Faulty, n: int = 0, timeout: httpx.Timeout | float = PATIENCE) -> httpx.Response:
    with plain(timeout) as http:
        return http.get(f"{proxy.url}{STATS}?n={n}")


def test_without_faults_every_answer_is_right() -> None:
    with Sandbox(faults=Faults(rate=0)) as sandbox, sandbox.client() as images:
        sandbox.fill("sandbox", 30)
        stored = images.upload(PNG, id="a", metadata={"b": 1})
        assert images.get("a") == stored
        assert len(list(images.list(per_page=7))) == 31
        assert b"".join(images_bytes(images, "a")) == PNG
        assert httpx.get(stored.variants[0]).content == PNG  # delivery too is behind the same address
        assert sandbox.incidents == ()


def images_bytes(images: Any, id: str) -> list[bytes]:
    with images.stream(id) as chunks:
        return list(chunks)


def test_a_sandbox_without_faults_has_no_incidents() -> None:
    with Sandbox() as sandbox:
        assert sandbox.incidents == ()


@pytest.mark.parametrize("kind", ["latency", "drip"])
def test_a_slow_answer_is_right_in_the_end(spoil: Spoil, kind: Fault) -> None:
    with pytest.raises(httpx.ReadTimeout):
        ask(spoil(Faults(kinds=(kind,), rate=1, delay=3600)), timeout=BRIEF)
    assert ask(spoil(Faults(kinds=(kind,), rate=1, delay=0.001))).json()["success"]


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("reset-before", httpx.ReadError),
        ("reset-inside", httpx.ReadError),
        ("close-inside", httpx.RemoteProtocolError),
        ("stall", httpx.ReadTimeout),
        ("blackhole", httpx.ReadTimeout),
    ],
)
@pytest.mark.parametrize("carried_out", [True, False])
def test_an_answer_that_breaks_off(spoil: Spoil, kind: Fault, error: type[Exception], carried_out: bool) -> None:
    proxy = spoil(Faults(kinds=(kind,), rate=1, carried_out=carried_out))
    with pytest.raises(error):
        ask(proxy, timeout=BRIEF if error is httpx.ReadTimeout else PATIENCE)


@pytest.mark.parametrize("kind", ["reset-inside", "close-inside", pytest.param("stall", marks=pytest.mark.realtime)])
def test_half_of_an_answer_comes_before_it_breaks_off(spoil: Spoil, kind: Fault) -> None:
    url = spoil(Faults(kinds=(kind,), rate=1)).url + STATS
    got = []
    timeout = httpx.Timeout(PATIENCE, read=1) if kind == "stall" else PATIENCE
    with plain(timeout) as http, http.stream("GET", url) as response, pytest.raises(httpx.TransportError):
        got.extend(response.iter_bytes())
    assert response.status_code == 200
    assert 0 < len(b"".join(got)) < int(response.headers["content-length"])


def test_a_reset_behind_the_answer_leaves_it_whole(spoil: Spoil) -> None:
    proxy = spoil(Faults(kinds=("reset-after",), rate=1))
    assert all(ask(proxy, n).json()["success"] for n in range(5))


def test_truncated_gzip_is_a_beginning(spoil: Spoil) -> None:
    whole, part = ask(spoil(Faults(rate=0))).text, ask(spoil(Faults(kinds=("truncated-gzip",), rate=1)))
    assert part.headers["content-encoding"] == "gzip"
    assert whole != part.text
    assert whole.startswith(part.text)


def test_corrupt_gzip_cannot_be_read(spoil: Spoil) -> None:
    proxy = spoil(Faults(kinds=("corrupt-gzip",), rate=1))
    for n in range(20):
        try:
            text = ask(proxy, n).text
        except httpx.DecodingError:
            continue
        with pytest.raises(ValueError, match="line 1"):
            json.loads(text)


def test_a_wrong_length_is_too_long_or_too_short(spoil: Spoil) -> None:
    proxy = spoil(Faults(kinds=("wrong-length",), rate=1))
    outcomes: set[str] = set()
    for n in range(500):  # on a busy machine, many answers come too late
        if len(outcomes) == 3:
            break
        try:
            response = ask(proxy, n, timeout=BRIEF)
        except httpx.TransportError as error:
            outcomes.add(type(error).__name__)
        else:
            outcomes.add("short")
            assert not response.text.endswith("}")
    assert outcomes == {"RemoteProtocolError", "ReadTimeout", "short"}


def test_too_many_requests_in_three_ways(spoil: Spoil) -> None:
    said = answers(spoil(Faults(kinds=("rate-limit",), rate=1)), 30)
    assert {response.status_code for response in said} == {429}
    waits = [response.headers.get("retry-after") for response in said]
    dates = [parsedate_to_datetime(wait) for wait in waits if wait and not wait.isdigit()]
    assert {wait for wait in waits if wait and wait.isdigit()} == {"1"}
    assert dates
    assert all(abs((date - datetime.now(UTC)).total_seconds()) < 60 for date in dates)
    alone = [response.headers for response in said if "retry-after" not in response.headers]
    assert {(h["ratelimit"], h["ratelimit-policy"]) for h in alone} == {('"default";r=0;t=1', '"default";q=1200;w=300')}


def test_failures_have_every_status_and_every_kind_of_body(spoil: Spoil) -> None:
    said = answers(spoil(Faults(kinds=("server-error",), rate=1)), 150)
    kinds = {response.headers["content-type"].partition(";")[0] for response in said}
    assert {response.status_code for response in said} == set(SERVER_ERRORS)
    assert kinds == {"text/html", "text/plain", "application/json"}
    assert b"" in {response.content for response in said}


def test_garbage_is_a_success_that_is_none(spoil: Spoil) -> None:
    said = answers(spoil(Faults(kinds=("garbage",), rate=1)), 50)
    assert {response.status_code for response in said} == {200}
    assert len({response.content for response in said}) == 7


def test_a_redirect_leads_to_a_host_that_cannot_be(spoil: Spoil) -> None:
    said = answers(spoil(Faults(kinds=("redirect",), rate=1)), 30)
    assert {response.status_code for response in said} == {301, 302, 303, 307, 308}
    assert said[3].headers["location"] == f"{ELSEWHERE}{STATS}?n=3"


@pytest.mark.parametrize("kind", ["reset-before", "blackhole", "server-error", "garbage", "redirect"])
@pytest.mark.parametrize("carried_out", [True, False])
def test_a_request_without_its_answer_was_carried_out_or_not_as_asked(
    spoil: Spoil, sandbox: Sandbox, account: str, kind: Fault, carried_out: bool
) -> None:
    proxy = spoil(Faults(kinds=(kind,), rate=1, carried_out=carried_out))
    assert upload(proxy, account) == [carried_out]
    until(lambda: sandbox.store.count(account) == carried_out)  # also where nobody waits for the answer


@pytest.mark.parametrize("kind", ["latency", "reset-inside", "reset-after", "close-inside", "stall", "wrong-length"])
def test_a_request_whose_answer_is_spoilt_was_carried_out(
    spoil: Spoil, sandbox: Sandbox, account: str, kind: Fault
) -> None:
    assert upload(spoil(Faults(kinds=(kind,), rate=1, carried_out=False)), account) == [True]
    until(lambda: sandbox.store.count(account) == 1)


def test_a_refusal_for_too_many_requests_is_never_carried_out(spoil: Spoil, sandbox: Sandbox, account: str) -> None:
    assert upload(spoil(Faults(kinds=("rate-limit",), rate=1, carried_out=True)), account) == [False]
    assert sandbox.store.count(account) == 0


def upload(proxy: Faulty, account: str) -> list[bool]:
    """Upload an image; gives whether the incidents say that this was carried out."""
    with plain(BRIEF) as http, suppress(httpx.TransportError):
        http.post(f"{proxy.url}/client/v4/accounts/{account}/images/v1", files={"file": PNG})
    until(lambda: proxy.incidents)
    return [incident.carried_out for incident in proxy.incidents]


def walk(proxy: Faulty, numbers: Iterable[int]) -> list[tuple[str, Fault, bool]]:
    """The incidents of many requests, sorted."""
    with plain() as http:
        for n in numbers:
            with suppress(httpx.RequestError):
                http.get(f"{proxy.url}{STATS}?n={n % 50}")
    return sorted((incident.target, incident.fault, incident.carried_out) for incident in proxy.incidents)


def test_the_same_seed_gives_the_same_faults_in_whatever_order(spoil: Spoil) -> None:
    kinds: tuple[Fault, ...] = ("latency", "server-error", "garbage", "rate-limit")  # none that eats the next request
    first, again, other = (spoil(Faults(kinds=kinds, rate=0.3, seed=seed, delay=0)) for seed in (1, 1, 2))
    found = walk(first, range(100))
    assert 15 < len(found) < 45
    assert walk(again, reversed(range(100))) == found
    assert walk(other, range(100)) != found


def test_repetitions_meet_faults_of_their_own() -> None:
    faults = Faults(rate=0.5)
    assert {faults.incident("GET", "/", before) is None for before in range(20)} == {True, False}


def test_every_kind_happens() -> None:
    faults = Faults(rate=1)
    found = [faults.incident("GET", f"/{n}", 0) for n in range(200)]
    assert {incident.fault for incident in found if incident} == set(FAULTS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kinds": ["late"]}, "'late' is none of latency, drip"),
        ({"kinds": []}, "kinds is empty"),
        ({"rate": 1.1}, "rate"),
        ({"rate": float("nan")}, "rate"),
        ({"delay": -1}, "delay"),
        ({"retry_after": 3601}, "retry_after"),
    ],
)
def test_faults_that_cannot_be_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Faults(**arguments)


def test_stopping_breaks_off_what_is_stalled() -> None:
    before = threading.active_count()
    sandbox = Sandbox(faults=Faults(kinds=("blackhole",), rate=1))
    sandbox.start()
    with socket.create_connection(("127.0.0.1", httpx.URL(sandbox.url).port or 0)) as caller:
        caller.sendall(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
        caller.settimeout(PATIENCE)
        until(lambda: sandbox.incidents)
        sandbox.stop()
        assert caller.recv(1) == b""
    assert threading.active_count() == before


def test_a_sandbox_with_faults_starts_again() -> None:
    sandbox = Sandbox(faults=Faults(kinds=("server-error",), rate=1))
    for _ in range(2):
        with sandbox:
            assert httpx.get(sandbox.base_url).status_code >= 500
            assert len(sandbox.incidents) == 1


@needs_ipv6
def test_it_misbehaves_on_ipv6_and_at_a_port_of_ones_choice() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as free:
        port = free.getsockname()[1]
    with Sandbox(host="::1", port=port, faults=Faults(kinds=("garbage",), rate=1)) as sandbox:
        assert sandbox.url == f"http://[::1]:{port}"
        assert httpx.get(sandbox.base_url).status_code == 200


def test_it_does_not_fetch_from_itself_through_its_faults() -> None:
    with Sandbox(faults=Faults(rate=0)) as sandbox:
        answer = httpx.post(
            f"{sandbox.base_url}/accounts/one/images/v1",
            files={"url": (None, f"{sandbox.url}/x".encode())},
            headers=AUTHORIZED,
        )
    assert answer.json()["errors"][0]["code"] == 5454


def through(server: Server, raw: bytes) -> bytes:
    """What comes back for these bytes, without faults, until the connection ends."""
    with (
        Faulty(server.port, Faults(rate=0)) as proxy,
        socket.create_connection(("127.0.0.1", proxy.port), PATIENCE) as caller,
    ):
        caller.sendall(raw)
        return b"".join(iter(lambda: caller.recv(65536), b""))


GET = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def test_what_is_not_http_is_refused() -> None:
    with Server() as server:
        assert through(server, b"\x16\x03\x01 hello\r\n\r\n").startswith(b"HTTP/1.1 400")
    assert server.received == []


def test_a_server_that_has_gone_is_a_connection_that_ends() -> None:
    with Server(Cut()) as server:
        assert through(server, GET) == b""
    assert server.lines == ["GET /"]


def test_a_provisional_answer_is_passed_over() -> None:
    with Server(answer(103) + answer(200, "well")) as server:
        assert through(server, GET) == b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nConnection: close\r\n\r\nwell"
