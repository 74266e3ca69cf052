"""Each secret has a canary in it: nothing that a client shows of itself, logs, raises or sends elsewhere sings.

Every public method of both clients, with both kinds of credentials, against a service that is well, one that fails in
each way, and one that repeats what it was sent.
"""

import asyncio
import base64
import html
import json
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import attrs
import httpx
import pytest
from calls import CALLS, Arguments, call, methods, settled, settled_async
from canary import CANARY, Cage, shows
from patience import closing_when
from servers import ONCE, Cut, Received, Run, Script, Server, Stall, answer, refusal, run_async, run_sync, said, seam

from cfimages import (
    APIConnectionError,
    AsyncCloudflareImages,
    ClientClosedError,
    CloudflareImages,
    CloudflareImagesError,
    ConfigurationError,
    InvalidArgumentError,
    account_hash_of,
    sign_url,
)

TOKEN = {"api_token": f"{CANARY}/token+1"}
KEY = {"api_email": f"{CANARY}@example.org", "api_key": f"{CANARY}-key"}
RUNS = {"sync, token": (run_sync, TOKEN), "async, key": (run_async, KEY)}
UPLOAD_PATH = f"/upload/{CANARY}-path/{CANARY}-draft?sig={CANARY}"
SIGNED = f"https://user:{CANARY}@images.example/a.png?exp=1&sig={CANARY}"
WITH_ITS_OWN_SECRETS = {"upload": {"url": SIGNED, "creator": "someone"}}

either = pytest.mark.parametrize(("run", "credentials"), RUNS.values(), ids=RUNS)


def calls(address: str) -> Iterator[tuple[str, Arguments]]:
    """One call of each method, with as much as it can be given, and with secrets where it takes any."""
    for method, arguments in dict(CALLS).items():
        if method == "upload_to":
            arguments = {**arguments, "upload_url": f"{address}{UPLOAD_PATH}"}
        yield method, WITH_ITS_OWN_SECRETS.get(method, arguments)


VARIOUS = ("list", "upload", "download", "direct_upload", "upload_to", "batch")
"""Methods that send in ways of their own."""


def test_every_method_is_called() -> None:
    assert {method for method, _ in calls("")} == set(methods())


IMAGE = {"id": "x", "filename": "x.png", "uploaded": "2024-01-01T00:00:00Z", "variants": []}
VARIANT = {"id": "hero", "options": {"fit": "crop", "width": 1, "height": 1, "metadata": "none"}}
BATCH_TOKEN = f"{CANARY}-batch-token"
KEY_OF_URLS = f"{CANARY}-key-of-urls"
DRAFT_URL = f"https://upload.example{UPLOAD_PATH}"
SOURCE = {"id": "x", "name": "photos", "bucket": "photos", "vendor": "s3"}
IMPORT = {**SOURCE, "status": "success", "connectivityStatus": "ok"}
RESULTS: dict[str, dict[str, Any]] = {
    "sourcingkit": {**IMPORT, "sources": [SOURCE], "migrations": [IMPORT], "logs": [{"logType": "default"}]},
    "batch_token": {"token": BATCH_TOKEN, "expiresAt": "2999-01-01T00:00:00Z"},
    "direct_upload": {"id": "x", "uploadURL": DRAFT_URL, "unknown": CANARY},
    "metadata/keys": {"keys": ["status"], "truncated": False},
    "keys": {"keys": [{"name": name, "value": KEY_OF_URLS, "unknown": CANARY} for name in ("default", "second")]},
    "stats": {"count": {"current": 1, "allowed": 2}},
    "settings": {"flexible_variants": True},
    "variants": {"variant": VARIANT, "variants": {"hero": VARIANT}},
}
"""By a word of the path; any other is about images."""


def well(request: Received) -> bytes:
    """An answer that every method can read."""
    if request.target.endswith("/blob"):
        return answer(200, b"bytes", {"Content-Type": "image/png"})
    result = next((result for word, result in RESULTS.items() if f"/{word}" in request.target), {**IMAGE, "images": []})
    return said(200, {"success": True, "errors": [], "messages": [], "result": result})


ALL = ("id", "token", "expiresAt", "uploadURL", "keys", "images", "count", "variant", "variants")


def _unfit(envelope: dict[str, Any]) -> Any:
    return {key: f"{value}\r\n" if key == "token" else value for key, value in envelope.get("result", {}).items()}


def badly(change: Callable[[dict[str, Any]], object]) -> Script:
    """The good answer with something changed in it."""

    def script(request: Received) -> bytes:
        _head, _, body = well(request).partition(b"\r\n\r\n")
        envelope = json.loads(body) if body != b"bytes" else {}
        change(envelope)
        return said(200, envelope)

    return script


BLANK_LINE = "\r\n\r\n"


def sung(request: Received) -> str:
    """All that was sent, and its head once more as it would be in an address."""
    sent = request.raw.decode("latin-1")
    return f"{sent} {quote(sent.partition(BLANK_LINE)[0], safe='')}"


FAILURES: dict[str, Script] = {
    "stalled": Stall(),
    "closed": Cut(),
    "reset": Cut(reset=True),
    "cut": Cut(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1"),
    "garbage": Cut(b"garbage\r\n\r\n"),
    "gzip": answer(200, b"x", {"Content-Encoding": "gzip"}),
    "empty": answer(200),
    "not JSON": answer(200, "<html>"),
    "cut JSON": lambda request: answer(200, well(request).partition(b"\r\n\r\n")[2][:-1]),
    "success: false": badly(lambda envelope: envelope.update(success=False)),
    "results in a list": badly(lambda envelope: envelope.update(result=[envelope.get("result")])),
    "results as text": badly(lambda envelope: envelope.update(result=json.dumps(envelope))),
    "results as the values": badly(lambda envelope: envelope.update(result=dict.fromkeys(ALL, envelope.get("result")))),
    "token that no header holds": badly(lambda envelope: envelope.update(result=_unfit(envelope))),
    "400": refusal(400, 5400, "Bad request"),
    "401": refusal(401, 10000, "Authentication error"),
    "403": refusal(403, 9109, "Unauthorized to access requested resource"),
    "404": refusal(404),
    "409": refusal(409),
    "413": answer(413, "<html><title>413</title>"),
    "422": refusal(422),
    "429": refusal(429, headers={"Retry-After": "3600"}),
    "500": answer(500, "<html>"),
    "520": answer(520, "error code: 520"),
    "repeats it as a message": lambda request: refusal(401, 10000, f"not allowed: {sung(request)}"),
    "repeats it as a page": lambda request: answer(502, f"<title>{html.escape(sung(request))}</title>"),
    "repeats it as text": lambda request: answer(503, f"ERROR 5403: {sung(request)}"),
    "repeats it in a success": lambda request: answer(200, sung(request)),
}


def things(images: Any) -> dict[str, object]:
    """A client, and what it is made of."""
    return {
        "client": images,
        "copy": images.options(timeout=5),
        "batch": images.batch(),
        "keys": images.keys,
        "api": images.api,
        "seam": seam(images),
        "headers": seam(images).headers,
        "request": seam(images).build_request("GET", "/x"),
    }


@either
def test_no_method_shows_a_secret_where_all_is_well(run: Run, credentials: dict[str, str], cage: Cage) -> None:
    def scenario(images: Any) -> Any:
        for name, thing in things(images).items():
            cage.show(name, thing)
        for method, arguments in calls(server.address):
            result = call(images, method, arguments)
            if hasattr(result, "pages"):
                cage.show(method, result)
                result = next(result.pages()) if run is run_sync else anext(result.pages())
            result = yield result
            cage.show(f"result of {method}", result)
            for part in result if isinstance(result, tuple) else ():
                cage.show(f"part of the result of {method}", part)
            results[method] = result

    results: dict[str, Any] = {}
    with Server(well, forever=True) as server:
        run(scenario, base_url=server.address, batch_base_url=f"{server.address}/batch", **credentials)
    assert all(any(shows(value) for value in [r.raw.decode("latin-1")]) for r in server.received)
    assert results["keys.list"][0].value == KEY_OF_URLS
    assert results["direct_upload"].upload_url == DRAFT_URL
    _credentials_stayed(server.received)


def _credentials_stayed(received: list[Received]) -> None:
    """What authenticates is where it belongs, and in no other part of a request, nor at the upload's address."""
    for request in received:
        if request.target == UPLOAD_PATH:
            assert not {"authorization", "x-auth-key", "x-auth-email"} & set(request.headers)
        elif request.target.startswith("/batch/"):
            assert request.headers["authorization"] == f"Bearer {BATCH_TOKEN}"
            assert not {"x-auth-key", "x-auth-email"} & set(request.headers)


@pytest.mark.sweep
@either
@pytest.mark.parametrize("failure", FAILURES)
def test_no_method_shows_a_secret_when_it_fails(
    run: Run, credentials: dict[str, str], failure: str, cage: Cage
) -> None:
    def scenario(images: Any) -> Any:
        for method, arguments in calls(server.address):
            try:
                result = call(images, method, arguments)
                if hasattr(result, "pages"):
                    result = next(result.pages()) if run is run_sync else anext(result.pages())
                cage.show(f"result of {method}", (yield result))
            except CloudflareImagesError as error:
                errors.append(error)
                cage.catch(method, error)

    errors: list[CloudflareImagesError] = []
    timeout = 0.01 if failure == "stalled" else 5
    with Server(FAILURES[failure], forever=True) as server:
        run(
            scenario,
            base_url=server.address,
            batch_base_url=f"{server.address}/batch",
            retries=ONCE,
            timeout=timeout,
            **credentials,
        )
    assert len(errors) >= 2


@either
@pytest.mark.parametrize("status", [200, 301, 302, 303, 307, 308])
def test_no_answer_leads_a_client_to_another_host(
    run: Run, credentials: dict[str, str], status: int, cage: Cage
) -> None:
    """Neither a redirect nor an absolute link to a next page, in whatever form."""

    def elsewhere_next(request: Received) -> bytes:
        to = f"{elsewhere.address}/next"
        result = {**IMAGE, "images": [IMAGE], "next": to, "continuation_token": to, "result_info": {"next": to}}
        envelope = {"success": True, "errors": [], "result": result, "next": to, "links": {"next": to}}
        return said(status, envelope, {"Location": to, "Link": f'<{to}>; rel="next"', "Refresh": f"0; url={to}"})

    def scenario(images: Any) -> Any:
        for method, arguments in calls(server.address):
            with suppress(CloudflareImagesError):
                result = call(images, method, arguments)
                yield settled(result) if run is run_sync else settled_async(result)

    with Server(elsewhere_next, forever=True) as server, Server() as elsewhere:
        run(scenario, base_url=server.address, batch_base_url=f"{server.address}/batch", retries=ONCE, **credentials)
        assert len(server.received) >= 20
        assert elsewhere.connections == 0


REFUSED: dict[str, Callable[[], object]] = {
    "token with a line break": lambda: CloudflareImages("acc", api_token=f"{CANARY}\n"),
    "token as bytes": lambda: CloudflareImages("acc", api_token=CANARY.encode()),  # type: ignore[arg-type]  # a mistake
    "token in a list": lambda: AsyncCloudflareImages("acc", api_token=[CANARY]),  # type: ignore[arg-type]  # a mistake
    "key without e-mail": lambda: CloudflareImages("acc", api_key=CANARY),
    "e-mail without key": lambda: CloudflareImages("acc", api_email=f"{CANARY}@example.org"),
    "all at once": lambda: CloudflareImages("acc", api_token=CANARY, api_email=CANARY, api_key=CANARY),
    "another option": lambda: CloudflareImages("acc", api_token=CANARY, timeout=-1),
    "no account": lambda: CloudflareImages(api_token=CANARY),
    "plain http": lambda: CloudflareImages("acc", api_token=CANARY, base_url="http://evil.example"),
    "upload to another scheme": lambda: made().upload_to(f"ftp://a.b/{CANARY}", b""),
    "upload in the clear": lambda: made().upload_to(f"http://a.b/{CANARY}", b""),
    "upload to a broken address": lambda: made().upload_to(f"https://a..b/{CANARY}", b""),
    "upload to a bad port": lambda: made().upload_to(f"https://a.b:{CANARY}/{CANARY}", b""),
    "upload of nothing": lambda: made().upload_to(f"https://a.b/{CANARY}", 5),  # type: ignore[arg-type]  # a mistake
    "upload of two things": lambda: made().upload(b"bytes", url=SIGNED),
    "upload of an address as a path": lambda: made().upload(f"https://u:{CANARY}@a.b"),
    "upload from another scheme": lambda: made().upload(url=f"ftp://u:{CANARY}@a.b"),
    "upload from bytes": lambda: made().upload(url=SIGNED.encode()),  # type: ignore[arg-type]  # a mistake
    "signing what is signed": lambda: sign_url(SIGNED, CANARY),
    "signing nothing": lambda: sign_url("", CANARY),
    "signing with another key": lambda: sign_url("https://a.b/hash/id/public", f"{CANARY} "),
    "signing until nonsense": lambda: sign_url("https://a.b/hash/id/public", CANARY, expiry="nonsense"),
    "signing with a resized variant": lambda: sign_url(f"https://a.b/hash/{CANARY}/w=1", CANARY),
    "no delivery URL": lambda: account_hash_of(SIGNED),
}


def made() -> CloudflareImages:
    return CloudflareImages("acc", transport=httpx.MockTransport(httpx.Response), **TOKEN)


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
def test_no_refused_argument_is_shown(refused: Callable[[], object], cage: Cage) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        refused()
    cage.catch("a refusal", caught.value)


PROXIES: dict[str, Script] = {
    "asks for a password": answer(407, "Proxy Authentication Required"),
    "refuses": answer(403),
    "repeats": lambda request: answer(502, sung(request), reason="Bad Gateway"),
    "breaks": Cut(),
    "garbage": Cut(b"garbage\r\n\r\n"),
    "does not speak TLS": Cut(b"HTTP/1.1 200 OK\r\n\r\nno TLS"),
}


@either
@pytest.mark.parametrize("proxy", PROXIES.values(), ids=PROXIES)
def test_no_proxy_is_given_a_secret_but_its_own(
    run: Run, credentials: dict[str, str], proxy: Script, cage: Cage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked for a tunnel, and can read nothing of what goes through."""

    def scenario(images: Any) -> Any:
        for method, arguments in calls("https://images.example"):
            if method not in VARIOUS:
                continue
            try:
                result = call(images, method, arguments)
                yield settled(result) if run is run_sync else settled_async(result)
            except APIConnectionError as error:
                errors.append(error)
                cage.catch(method, error)

    errors: list[APIConnectionError] = []
    with Server(proxy, forever=True) as server:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:{CANARY}@127.0.0.1:{server.port}")
        run(
            scenario,
            base_url="https://images.example",
            batch_base_url="https://images.example/batch",
            retries=ONCE,
            transport=None,
            **credentials,
        )
    own = base64.b64encode(f"user:{CANARY}".encode()).decode()
    assert len(errors) == len(VARIOUS)
    for request in server.received:
        assert request.method == "CONNECT"
        assert not shows(request.raw.decode("latin-1").replace(own, ""))


@pytest.mark.parametrize("address", [f"http://user:{CANARY}/@a", f"nowhere://user:{CANARY}@a", f"http://{CANARY}:port"])
def test_no_unusable_proxy_is_shown(address: str, cage: Cage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address)
    with pytest.raises(ConfigurationError) as caught:
        CloudflareImages("acc", **TOKEN)
    cage.catch("a proxy", caught.value)


# --- Interruptions ----------------------------------------------------------------------------------------------


BEGUN = pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"], ids=["head", "body"])


@BEGUN
def test_no_client_that_another_thread_closes_shows_what_was_being_sent(cage: Cage, begun: bytes) -> None:
    with Server(Stall(begun)) as server:
        images = CloudflareImages(
            "acc", base_url=server.address, batch_base_url=f"{server.address}/batch", timeout=0.3, **TOKEN
        )
        with closing_when(lambda: server.received, images), pytest.raises(ClientClosedError) as caught:
            images.get("x")
    cage.catch("a closed client", caught.value)


@BEGUN
def test_no_client_that_another_task_closes_shows_what_was_being_sent(cage: Cage, begun: bytes) -> None:
    async def play() -> None:
        async with AsyncCloudflareImages(
            "acc", base_url=server.address, batch_base_url=f"{server.address}/batch", **TOKEN
        ) as images:
            asking = asyncio.create_task(images.get("x"))
            while not server.received:
                await asyncio.sleep(0.001)
            await images.aclose()
            with pytest.raises(ClientClosedError) as caught:
                await asking
            cage.catch("a closed client", caught.value)

    with Server(Stall(begun)) as server:
        asyncio.run(play())


def test_no_cancellation_shows_what_was_being_sent(cage: Cage) -> None:
    async def play() -> None:
        async with AsyncCloudflareImages(
            "acc", base_url=server.address, batch_base_url=f"{server.address}/batch", **TOKEN
        ) as images:
            for method, arguments in calls(server.address):
                if method in VARIOUS:
                    with pytest.raises(TimeoutError) as caught:
                        await asyncio.wait_for(settled_async(call(images, method, arguments)), 0.02)
                    cage.catch(method, caught.value)

    with Server(Stall(), forever=True) as server:
        asyncio.run(play())


# --- The cage itself --------------------------------------------------------------------------------------------


@attrs.frozen
class Shown:
    secret: str


def logged(cage: Cage) -> None:
    logging.getLogger("httpcore.http11").debug("%r", [CANARY])


def logged_with_an_error(cage: Cage) -> None:
    try:
        raise ValueError(CANARY)
    except ValueError:
        logging.getLogger("cfimages").exception("failed")


def warned(cage: Cage) -> None:
    warnings.warn(f"do not use {CANARY}", stacklevel=1)


def caused(cage: Cage) -> None:
    error = RuntimeError("clean")
    error.__context__ = ValueError(CANARY)
    cage.catch("an error", error)


@pytest.mark.parametrize(
    "show",
    [
        logged,
        logged_with_an_error,
        warned,
        caused,
        lambda cage: cage.show("a value", Shown(CANARY)),
        lambda cage: cage.search("an output", CANARY.encode().hex()),
        lambda cage: cage.search("an output", base64.b64encode(f"user:{CANARY}:".encode())),
        lambda cage: cage.search("an output", "".join(f"%{byte:02x}" for byte in CANARY.encode())),
    ],
)
def test_whatever_shows_the_canary_is_found(show: Callable[[Cage], None]) -> None:
    cage = Cage()
    with cage.listening():
        logging.getLogger("httpx").debug("clean")
    assert (cage.looked > 0, cage.leaks) == (True, [])
    with cage.listening():
        show(cage)
    assert cage.leaks
