"""A credential shows nowhere: in no text, log, pickle or traceback."""

import asyncio
import copy
import logging
import pickle
import reprlib
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest
from servers import ONCE, Cut, Run, Script, Server, Stall, answer, refusal, run_async, run_sync, said, seam

import cfimages
from cfimages import (
    APIError,
    AsyncCloudflareImages,
    CloudflareImages,
    CloudflareImagesError,
    ErrorDetail,
    InvalidArgumentError,
    PaginationError,
    RetryPolicy,
    account_hash_of,
    sign_url,
)
from cfimages.config import resolve
from cfimages.secret import Secret

CANARY = "canary-5d1f"
FACADE = str(Path(cfimages.__file__).parent)
CREDENTIALS = {
    "token": {"api_token": CANARY},
    "key": {"api_email": f"{CANARY}@example.org", "api_key": CANARY},
}
both = pytest.mark.parametrize("run", [run_sync, run_async], ids=["sync", "async"])
either_credential = pytest.mark.parametrize("credentials", CREDENTIALS.values(), ids=CREDENTIALS)


@pytest.mark.parametrize("client", [CloudflareImages, AsyncCloudflareImages])
@either_credential
def test_no_object_shows_the_credentials(client: Any, credentials: dict[str, str]) -> None:
    images = client("acc", **credentials)
    shown: list[Any] = [images, images.options(timeout=5), images.api, images.list(), seam(images)]
    shown += [images.list().pages(), seam(images).headers, vars(images)]
    shown.append(resolve(**{**NOTHING, **credentials}))
    for thing in shown:
        assert CANARY not in repr(thing)
        assert CANARY not in str(thing)
    request = seam(images).build_request("GET", "/x")
    assert CANARY not in repr(request.headers.raw)  # added on the way out, and not before


UNSET = dict.fromkeys(["api_token", "api_email", "api_key", "base_url", "batch_base_url"])
NOTHING: dict[str, Any] = {"account_id": "acc", "allow_http": False, **UNSET}

FAILURES: dict[str, Script] = {
    "closed": Cut(),
    "cut": Cut(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1"),
    "garbage": Cut(b"garbage\r\n\r\n"),
    "stalled": Stall(),
    "gzip": answer(200, b"x", {"Content-Encoding": "gzip"}),
    "empty": answer(200),
    "not JSON": answer(200, "<html>"),
    "not the envelope": said(200, []),
    "success: false": said(200, {"success": False}),
    "no result": said(200, {"success": True}),
    "redirected": answer(302, "", {"Location": "https://elsewhere.example/"}),
    "401": refusal(401, 10000, "Authentication error"),
    "404": refusal(404),
    "429": refusal(429, headers={"Retry-After": "3600"}),
    "500": answer(500, "<html>"),
}


@both
@either_credential
@pytest.mark.parametrize("script", FAILURES.values(), ids=FAILURES)
def test_no_failure_shows_the_credentials(
    run: Run, credentials: dict[str, str], script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("cfimages", "httpx", "httpcore", "asyncio"):
        caplog.set_level(logging.DEBUG, name)

    def scenario(images: Any) -> Any:
        for call in (lambda: images.get("x"), lambda: images.upload(b"bytes")):
            with pytest.raises(APIError) as caught:
                yield call()
            errors.append(caught.value)

    errors: list[APIError] = []
    with Server(script, forever=True) as server:
        run(scenario, base_url=server.address, retries=ONCE, timeout=0.1, **credentials)
    assert any(CANARY.encode() in request.raw for request in server.received)
    assert len(errors) == 2
    for error in errors:
        for text in (str(error), repr(error), repr(vars(error)), "".join(traceback.format_exception(error))):
            assert CANARY not in text
        cause: BaseException | None = error
        while cause is not None:  # errors of httpx keep the request
            if isinstance(cause, httpx.RequestError):
                assert CANARY not in repr(cause.request.headers.raw)
            cause = cause.__cause__ or cause.__context__
        assert CANARY.encode() not in pickle.dumps(error)
    assert caplog.records
    for record in caplog.records:
        assert CANARY not in record.getMessage()
        assert CANARY not in repr(record.args)


@pytest.mark.parametrize("name", ["api_token", "api_key", "api_email"])
@pytest.mark.parametrize("value", [f"{CANARY}\n", f"{CANARY} ", f"{CANARY}é"])
def test_refused_credential_is_not_shown(name: str, value: str) -> None:
    credentials = {"api_email": "me@example.org", "api_key": "key"} if name != "api_token" else {}
    with pytest.raises(CloudflareImagesError) as caught:
        CloudflareImages("acc", **{**credentials, name: value})
    assert CANARY not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__cause__ is None
    assert CANARY.encode() not in pickle.dumps(caught.value)


REFUSED: dict[str, Callable[[Any], object]] = {
    "a token beside": lambda _: CloudflareImages("acc", api_token=CANARY, timeout=0),
    "a token by another name": lambda _: CloudflareImages("acc", token=CANARY),  # type: ignore[call-arg]  # it is wrong
    "an asynchronous upload": lambda _: asyncio.run(AsyncCloudflareImages("acc", api_token="t").upload(url=CANARY)),
    "upload": lambda images: images.upload(url=f"ftp://user:{CANARY}@example.com/a.png"),
    "upload_to": lambda images: images.upload_to(f"ftp://upload.example.com/{CANARY}", b"x"),
    "upload_to, a port": lambda images: images.upload_to(f"https://upload.example.com:70000/{CANARY}", b"x"),
    "sign_url, signed": lambda _: sign_url(f"https://imagedelivery.net/hash/id/public?exp=1&sig={CANARY}", "key"),
    "sign_url, a user": lambda _: sign_url(f"https://user:{CANARY}@imagedelivery.net/hash/id/public", "key"),
    "account_hash_of": lambda _: account_hash_of(f"https://example.com/?sig={CANARY}"),
}


@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED)
def test_a_traceback_with_locals_does_not_show_a_secret_argument(call: Callable[[Any], object]) -> None:
    shown = reprlib.Repr()  # it accepts a client that has not been made
    shown.maxdict = shown.maxother = shown.maxstring = 1000
    with CloudflareImages("acc", api_token="t") as images, pytest.raises((InvalidArgumentError, TypeError)) as caught:
        call(images)
    frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
    ours = [shown.repr(frame.f_locals) for frame in frames if frame.f_code.co_filename.startswith(FACADE)]
    assert ours
    assert CANARY not in "".join(ours)


@both
def test_errors_of_each_kind_survive_pickling(run: Run) -> None:
    errors: list[Any] = [PaginationError("would never end", resume_token="there")]

    def scenario(images: Any) -> Any:
        for _ in range(3):
            with pytest.raises(APIError) as caught:
                yield images.get("x")
            caught.value.resume_token = "there"
            errors.append(caught.value)

    scripts = [refusal(429, headers={"Retry-After": "3600", "cf-ray": "8a1-LHR"}), answer(200), Cut()]
    with Server(*scripts) as server:
        run(scenario, base_url=server.address, retries=RetryPolicy(attempts=1))
    for error in errors:
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert vars(again) == vars(error)
    assert errors[1].errors == (ErrorDetail(5404, "No"),)
    assert attrs.asdict(errors[1].errors[0])["code"] == 5404


def test_a_secret_is_text_that_copies_and_is_not_pickled() -> None:
    secret = Secret(CANARY)
    assert secret == CANARY
    assert CANARY not in repr([secret])
    assert copy.copy(secret) is secret
    assert copy.deepcopy([secret])[0] is secret
    with pytest.raises(TypeError, match=r"^Secret holds a secret and cannot be pickled") as caught:
        pickle.dumps(secret)
    assert CANARY not in str(caught.value)
