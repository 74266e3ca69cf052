"""What is read of a response that refuses."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfimages import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    APITimeoutError,
    ErrorDetail,
    ServerError,
)
from cfimages.http.context import KEY, RequestContext
from cfimages.http.exceptions import details, disconnected, reason_for, strip

NOT_FOUND = ErrorDetail(5404, "Image not found")


def envelope(*errors: Any) -> str:
    return json.dumps({"success": False, "errors": errors, "messages": [], "result": None})


FULL = {"code": 5404, "message": "Image not found", "documentation_url": "https://d", "source": {"pointer": "/p"}}
HTML = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>"
CODED = {"cf-images": "err=5404"}


@pytest.mark.parametrize(
    ("body", "headers", "found"),
    [
        (envelope(FULL), {}, [ErrorDetail(5404, "Image not found", "https://d", "/p")]),
        (envelope({"code": 1, "message": "a"}, {"code": 2}), {}, [ErrorDetail(1, "a"), ErrorDetail(2, "")]),
        (envelope({"message": "a"}), {}, [ErrorDetail(None, "a")]),
        (envelope({"code": 1}), {}, [ErrorDetail(1, "")]),
        (envelope({"code": 1, "message": None}), {}, [ErrorDetail(1, "")]),
        (envelope({"code": "x", "message": 5}), {}, [ErrorDetail(None, "5")]),
        (envelope({"code": 1.5, "message": "a"}), {}, [ErrorDetail(None, "a")]),
        (envelope({"code": True, "message": "a"}), {}, [ErrorDetail(None, "a")]),
        (envelope({"code": 1, "message": "a", "documentation_url": 5, "source": 5}), {}, [ErrorDetail(1, "a")]),
        (envelope({"code": 1, "message": "a", "source": {"pointer": []}}), {}, [ErrorDetail(1, "a")]),
        (envelope("just text"), {}, [ErrorDetail(None, "just text")]),
        (envelope(7), {}, [ErrorDetail(None, "7")]),
        (envelope(FULL), {"cf-images": "err=1"}, [ErrorDetail(5404, "Image not found", "https://d", "/p")]),
        (envelope(), {}, []),
        (envelope(), CODED, [ErrorDetail(5404, "")]),
        ('{"errors": {"code": 1}}', {}, []),
        ('{"errors": null}', {}, []),
        ("null", {}, []),
        ("[1]", {}, []),
        ('{"errors": [', {}, []),
        ("[" * 100_000, {}, []),
        ("", {}, []),
        ("ERROR 5404: Image not found", {}, [NOT_FOUND]),
        ("\n ERROR 5404:Image not found \nmore", {}, [NOT_FOUND]),
        ("ERROR 5404: ", {}, [ErrorDetail(5404, "")]),
        ("ERROR 5404: Image not found", {"cf-images": "err=1"}, [NOT_FOUND]),
        ("ERROR 12345678901: no code is as long", {}, []),
        ("an ERROR 5404: elsewhere", {}, []),
        (" Image not found\n", CODED, [NOT_FOUND]),
        ("Image not found", {"cf-images": "internal=ok err=5404 n=1"}, [NOT_FOUND]),
        ("", CODED, [ErrorDetail(5404, "")]),
        ("Image not found", {"cf-images": "internal=ok"}, []),
        (HTML, {}, []),
        (HTML, CODED, [ErrorDetail(5404, "")]),
        ('{"a": 1}', CODED, [ErrorDetail(5404, "")]),
    ],
)  # fmt: skip
def test_what_an_answer_says_is_wrong(body: str, headers: dict[str, str], found: list[ErrorDetail]) -> None:
    read = details(body, headers)
    assert read == tuple(found)
    assert all(type(detail.code) in (int, type(None)) for detail in read)


def test_a_nest_of_any_depth_is_read_or_passed_over() -> None:
    for depth in range(2, 1000, 3):  # from some depth on, which depends on Python, it can be read but not printed
        nest = "[" * depth + "]" * depth
        assert details(f'{{"errors": [{{"message": {nest}}}]}}', {}) in ((), (ErrorDetail(None, nest),))


@pytest.mark.parametrize(
    ("body", "headers", "phrase", "reason"),
    [
        (envelope(FULL), {}, "Not Found", "Image not found"),
        (envelope({"message": "a"}, {"code": 1}, {"message": "b"}), {}, "Not Found", "a; b"),
        (envelope({"code": 1}), {}, "Bad Request", "Bad Request"),
        (envelope(), {}, "Bad Request", "Bad Request"),
        (envelope(None), {}, "Bad Request", "Bad Request"),
        ("ERROR 5404: Image not found", {}, "Not Found", "Image not found"),
        (HTML, {}, "Bad Gateway", "502 Bad Gateway"),
        (HTML, CODED, "Bad Gateway", "502 Bad Gateway"),
        (HTML.replace("title>", 'TITLE lang="en">', 1), {}, "", "502 Bad Gateway"),
        ("<html><body>x</body></html>", {}, "Bad Gateway", "Bad Gateway"),
        ("<title> \n </title>", {}, "Bad Gateway", "Bad Gateway"),
        ('{"a": 1}', {}, "Bad Gateway", "Bad Gateway"),
        ('{"a": 1}', CODED, "Bad Gateway", "Bad Gateway"),
        ("[1", {}, "Bad Gateway", "Bad Gateway"),
        (" upstream connect error ", {}, "Bad Gateway", "upstream connect error"),
        ("", {}, "Bad Gateway", "Bad Gateway"),
        (" \n", {}, "", "the response does not say why"),
        ("", {}, "", "the response does not say why"),
    ],
)
def test_the_reason_is_what_helps_a_person_most(body: str, headers: dict[str, str], phrase: str, reason: str) -> None:
    assert reason_for(body, details(body, headers), phrase) == reason


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["errors", "code", "message", "source", "pointer", "documentation_url"]), inner
    ),
)  # fmt: skip


@given(
    st.text() | anything.map(json.dumps) | st.lists(anything).map(lambda errors: envelope(*errors)),
    st.dictionaries(st.just("cf-images"), st.text() | st.from_regex("err=[0-9]+")),
)
def test_whatever_an_answer_is_an_error_can_be_made_of_it(body: str, headers: dict[str, str]) -> None:
    found = details(body, headers)
    assert isinstance(found, tuple)
    for detail in found:
        assert isinstance(detail, ErrorDetail)
        assert type(detail.code) in (int, type(None))
        assert type(detail.message) is str
        assert type(detail.documentation_url) in (str, type(None))
        assert type(detail.pointer) in (str, type(None))
    error = ServerError(reason_for(body, found, "Bad Gateway"), status_code=502, errors=found)
    assert str(error).startswith("502")
    assert str(error).isprintable()


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        (httpx.PoolTimeout(""), APITimeoutError, "all connections are in use: send fewer requests at once"),
        (httpx.ReadTimeout(""), APITimeoutError, "no response in time (ReadTimeout at a.example:8443)"),
        (httpx.ConnectError("refused"), APIConnectionError, "refused (ConnectError at a.example:8443)"),
        (httpx.ReadError(""), APIConnectionError, "ReadError (ReadError at a.example:8443)"),
        (httpx.DecodingError("not gzip"), APIResponseValidationError, "the response cannot be decoded: not gzip"),
    ],
)
def test_a_request_without_a_response_says_why(error: httpx.RequestError, kind: type[APIError], reason: str) -> None:
    request = httpx.Request("POST", "https://a.example:8443/x", extensions={KEY: RequestContext(about="cat.png")})
    found = disconnected(request, error)
    assert type(found) is kind
    assert str(found).startswith(f"POST /x: cat.png: {reason}")


def test_a_cause_keeps_neither_frames_nor_the_address_of_a_direct_upload() -> None:
    address = "https://a.example/acc/canary-draft?sig=canary"
    request = httpx.Request("POST", address, extensions={KEY: RequestContext(is_private=True)})
    try:
        try:
            raise ValueError("canary")
        except ValueError as inner:
            raise httpx.ReadError("at https://a.example/acc/canary-draft", request=request) from inner
    except httpx.ReadError as error:
        strip(request, error)
        cause = error
    assert (cause.__traceback__, cause.__cause__, cause.__context__) == (None, None, None)
    assert "canary" not in f"{cause} {cause.request!r}"
    assert str(request.url) == address  # that of the request itself stays
