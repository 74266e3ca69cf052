"""Each secret has a canary in it: nothing that a client shows of itself, logs, raises or sends elsewhere sings.

Every public method of both clients, with both kinds of credentials, against a service that is well, one that fails in
each way, and one that repeats what it was sent.
"""

import asyncio
import html
import json
import socket
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import attrs
import pytest
from calls import CALLS, Arguments, call, methods
from canary import CANARY, Cage, forms, shows
from servers import ONCE, Cut, Received, Run, Script, Server, Stall, answer, refusal, run_async, run_sync, said, seam

from cfimages import (
    AsyncCloudflareImages,
    CloudflareImages,
    CloudflareImagesError,
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


@pytest.fixture
def cage() -> Iterator[Cage]:
    """Where all is watched from the beginning of a test to its end."""
    cage = Cage()
    with cage.listening():
        yield cage
    assert cage.looked
    assert not cage.leaks, "\n".join(cage.leaks)


def calls(address: str) -> Iterator[tuple[str, Arguments]]:
    """One call of each method, with as much as it can be given, and with secrets where it takes any."""
    for method, arguments in dict(CALLS).items():
        if method == "upload_to":
            arguments = {**arguments, "upload_url": f"{address}{UPLOAD_PATH}"}
        if method == "batch":
            arguments = {"base_url": f"{address}/batch"}
        yield method, WITH_ITS_OWN_SECRETS.get(method, arguments)


def test_every_method_is_called() -> None:
    assert {method for method, _ in calls("")} == set(methods())


IMAGE = {"id": "x", "filename": "x.png", "uploaded": "2024-01-01T00:00:00Z", "variants": []}
VARIANT = {"id": "hero", "options": {"fit": "crop", "width": 1, "height": 1, "metadata": "none"}}
BATCH_TOKEN = f"{CANARY}-batch-token"
KEY_OF_URLS = f"{CANARY}-key-of-urls"
DRAFT_URL = f"https://upload.example{UPLOAD_PATH}"
RESULTS: dict[str, dict[str, Any]] = {
    "batch_token": {"token": BATCH_TOKEN, "expiresAt": "2999-01-01T00:00:00Z"},
    "direct_upload": {"id": "x", "uploadURL": DRAFT_URL, "unknown": CANARY},
    "keys": {"keys": [{"name": "default", "value": KEY_OF_URLS, "unknown": CANARY}]},
    "stats": {"count": {"current": 1, "allowed": 2}},
    "config": {"flexible_variants": True},
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
        head, _, body = well(request).partition(b"\r\n\r\n")
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


@either
def test_no_method_shows_a_secret_where_all_is_well(run: Run, credentials: dict[str, str], cage: Cage) -> None:
    def scenario(images: Any) -> Any:
        for name, thing in {"client": images, "seam": seam(images), "batch": images.batch(), "keys": images.keys,
                            "auth": seam(images).auth, "api": images.api, "config": images._config}.items():  # fmt: skip
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
        run(scenario, base_url=server.address, **credentials)
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
    with Server(FAILURES[failure], forever=True) as server:
        run(scenario, base_url=server.address, retries=ONCE, timeout=5, **credentials)
    assert len(errors) >= 2
