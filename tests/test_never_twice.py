"""No request that may have been carried out is sent again, unless its method is idempotent: counted by a server."""

import io
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest
from faulty import Faulty
from patience import until
from servers import Cut, Received, Run, Server, address, run_async, run_sync, said
from walks import IMPATIENT, numbered

from cfimages import (
    APIConnectionError,
    APIError,
    CloudflareImages,
    Imports,
    ImportSources,
    Keys,
    RateLimitError,
    Variants,
)
from cfimages.sandbox import FAULTS, Fault, Faults

IDEMPOTENT = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}
"""Methods that have the same effect the second time."""

both = pytest.mark.parametrize("run", [run_sync, run_async], ids=["sync", "async"])

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(200_000)
"""More than fits into the buffers of a connection, so that it can break while this is being sent."""


def first(pager: Any) -> Any:
    return anext(pager.pages()) if hasattr(pager, "__aiter__") else next(pager.pages())


BUCKET: Any = {"bucket": "b", "vendor": "r2", "secret": {"accessKeyId": "a", "secretAccessKey": "b"}, "account": "c"}

METHODS: dict[str, Callable[[Any], Any]] = {
    "list": lambda images: first(images.list()),
    "prefetch": lambda images: first(images.list().prefetch()),
    "concurrent": lambda images: first(images.list().concurrent()),
    "list_v1": lambda images: first(numbered(images, 10)),
    "get": lambda images: images.get("x"),
    "exists": lambda images: images.exists("x"),
    "download": lambda images: images.download("x", io.BytesIO()),
    "upload": lambda images: images.upload(PICTURE, id="x"),
    "upload of a url": lambda images: images.upload(url="http://127.0.0.1/x.png"),
    "edit": lambda images: images.edit("x", metadata={"a": 1}),
    "delete": lambda images: images.delete("x"),
    "direct_upload": lambda images: images.direct_upload(id="x"),
    "upload_to": lambda images: images.upload_to(f"{address(images)}/upload/x", PICTURE),
    "stats": lambda images: images.stats(),
    "settings": lambda images: images.settings(),
    "edit_settings": lambda images: images.edit_settings(flexible_variants=True),
    "variants.list": lambda images: images.variants.list(),
    "variants.get": lambda images: images.variants.get("x"),
    "variants.create": lambda images: images.variants.create("x", width=1, height=1),
    "variants.edit": lambda images: images.variants.edit("x", width=1, height=1),
    "variants.delete": lambda images: images.variants.delete("x"),
    "keys.list": lambda images: images.keys.list(),
    "keys.create": lambda images: images.keys.create("x"),
    "keys.delete": lambda images: images.keys.delete("x"),
    "metadata_keys": lambda images: images.metadata_keys(),
    "imports.list": lambda images: first(images.imports.list()),
    "imports.get": lambda images: images.imports.get("x"),
    "imports.create": lambda images: images.imports.create("x"),
    "imports.start": lambda images: images.imports.start("x"),
    "imports.abort": lambda images: images.imports.abort("x"),
    "imports.delete": lambda images: images.imports.delete("x"),
    "imports.progress": lambda images: images.imports.progress("x"),
    "imports.logs": lambda images: first(images.imports.logs("x")),
    "imports.sources.list": lambda images: first(images.imports.sources.list()),
    "imports.sources.get": lambda images: images.imports.sources.get("x"),
    "imports.sources.create": lambda images: images.imports.sources.create("x", **BUCKET),
    "imports.sources.rename": lambda images: images.imports.sources.rename("x", "y"),
    "imports.sources.delete": lambda images: images.imports.sources.delete("x"),
    "imports.sources.check": lambda images: images.imports.sources.check("x"),
    "imports.sources.precheck": lambda images: images.imports.sources.precheck(**BUCKET),
    "batch": lambda images: images.batch().get("x"),
    "batch, upload": lambda images: images.batch().upload(PICTURE),
}
READING = {
    *("list", "prefetch", "concurrent", "list_v1", "get", "exists", "download", "stats", "settings", "metadata_keys"),
    *("progress", "logs", "check"),
}
"""The last words of methods that change nothing and may always be repeated; slow tests try them at each position."""

ASKING_NOTHING = {
    *("account_id", "api", "base_url", "close", "on_response", "options"),
    *("variants", "keys", "imports", "imports.sources"),
}
THE_SAME = {"resume": "list", "stream": "download", "imports.wait": "imports.progress"}

WITHOUT_ITS_ANSWER: tuple[Fault, ...] = ("reset-before", "blackhole", "server-error", "garbage", "redirect")
POSITIONS: list[tuple[Fault, bool]] = [
    *((fault, True) for fault in FAULTS),
    *((fault, False) for fault in WITHOUT_ITS_ANSWER),
]
"""Each fault, and whether the request was carried out before it, where that can be either."""


def test_every_method_is_here() -> None:
    parts = {"": CloudflareImages, "variants.": Variants, "keys.": Keys}
    parts |= {"imports.": Imports, "imports.sources.": ImportSources}
    public = {f"{part}{name}" for part, kind in parts.items() for name in dir(kind) if not name.startswith("_")}
    called = {THE_SAME.get(name, name) for name in public - ASKING_NOTHING}
    assert called <= set(METHODS)


def well(request: Received) -> bytes:
    """An answer that some methods can read; what they make of it does not matter here."""
    result: dict[str, Any] = {"id": "x", "images": [], "token": "t", "expiresAt": "2999-01-01T00:00:00Z"}
    return said(200, {"success": True, "errors": [], "messages": [], "result": result})


def play(run: Run, method: Callable[[Any], Any], address: str) -> None:
    with suppress(APIError):
        run(
            method,
            base_url=address,
            batch_base_url=f"{address}/batch",
            retries=IMPATIENT,
            timeout=httpx.Timeout(5, read=0.02),
        )


@pytest.mark.sweep
@both
@pytest.mark.parametrize(
    "method",
    [pytest.param(name, marks=pytest.mark.slow if name.rpartition(".")[2] in READING else ()) for name in METHODS],
)
def test_what_may_have_been_carried_out_is_not_repeated(run: Run, method: str) -> None:
    """Whatever breaks, each time: a method that is not idempotent gets one attempt that is not refused with 429."""
    with Server(well, forever=True) as server:
        for fault, carried_out in POSITIONS:
            faults = Faults(kinds=(fault,), rate=1, carried_out=carried_out, delay=0, retry_after=0)
            with Faulty(server.port, faults) as proxy:
                play(run, METHODS[method], proxy.url)
                until(lambda: proxy.incidents)  # on a busy machine the sender gives up before
            sent = Counter((incident.method, incident.target) for incident in proxy.incidents)
            for (verb, target), times in sent.items():
                repeatable = verb in IDEMPOTENT or fault == "rate-limit"
                assert times <= (IMPATIENT.attempts if repeatable else 1), (verb, target, fault, carried_out)


@both
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", range(2))
def test_one_call_is_carried_out_once_whatever_happens_in_which_order(run: Run, method: str, seed: int) -> None:
    faults = Faults(rate=0.7, seed=seed, delay=0, retry_after=0)
    with Server(well, forever=True) as server, Faulty(server.port, faults) as proxy:
        play(run, METHODS[method], proxy.url)
    for line, times in Counter(server.lines).items():
        assert times <= (IMPATIENT.attempts if line.split()[0] in IDEMPOTENT else 1), line


@both
def test_an_upload_follows_a_refusal_and_then_never_again(run: Run) -> None:
    """Once it has got through, the permission that 429 gave is used up."""
    outcomes = set()
    for seed in range(30):
        with Server(well, forever=True) as server:
            kinds: tuple[Fault, ...] = ("rate-limit", "reset-before", "close-inside")
            faults = Faults(kinds=kinds, rate=1, seed=seed, carried_out=True, retry_after=0)
            with Faulty(server.port, faults) as proxy, pytest.raises(APIError) as caught:
                run(METHODS["upload"], base_url=proxy.url, retries=IMPATIENT)
        *refused, last = [incident.fault for incident in proxy.incidents]
        assert set(refused) <= {"rate-limit"}
        assert len(server.received) == (last != "rate-limit")
        assert isinstance(caught.value, RateLimitError if last == "rate-limit" else APIConnectionError)
        outcomes.add((len(refused), last == "rate-limit"))
    assert outcomes == {(0, False), (1, False), (1, True)}


@both
def test_an_upload_on_a_connection_that_the_server_has_just_ended_is_not_repeated(run: Run) -> None:
    """The client cannot know whether the request had arrived before the end."""

    def scenario(images: Any) -> Any:
        yield images.get("x")
        with pytest.raises(APIConnectionError):
            yield images.upload(PICTURE)

    with Server(well, Cut(), forever=True) as server:
        run(scenario, base_url=server.address)
    assert [request.method for request in server.received] == ["GET", "POST"]


@both
@pytest.mark.parametrize("status", [500, 503])
def test_a_failure_that_speaks_of_credentials_does_not_renew_a_batch_token(run: Run, status: int) -> None:
    """The batch client sends again what was refused for its token; a server that failed has not refused."""

    def failing(request: Received) -> bytes:
        if request.method == "GET":
            return well(request)
        body = {"success": False, "errors": [{"code": 10000, "message": "Authentication error"}], "result": None}
        return said(status, body)

    with Server(failing, forever=True) as server, pytest.raises(APIError):
        run(METHODS["batch, upload"], base_url=server.address, batch_base_url=f"{server.address}/batch")
    assert [request.method for request in server.received] == ["GET", "POST"]
