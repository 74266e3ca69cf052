"""The tree of exceptions, what they say, and what is read from an answer."""

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cfimages
from cfimages.errors import (
    LONGEST_REASON,
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    CloudflareImagesError,
    ConfigurationError,
    ConflictError,
    ErrorDetail,
    FilterError,
    InvalidArgumentError,
    NotFoundError,
    PaginationError,
    PermissionDeniedError,
    RateLimitError,
    RequestTooLargeError,
    ServerError,
    UnprocessableEntityError,
    class_for,
    details,
    endpoint,
    one_line,
    reason_for,
)

URL = "https://api.cloudflare.com/client/v4/accounts/acc/images/v1/nope?a=b"
EVERY = [
    value
    for value in (getattr(cfimages, name) for name in cfimages.__all__)
    if isinstance(value, type) and issubclass(value, BaseException)
]
API_ERRORS = [kind for kind in EVERY if issubclass(kind, APIError)]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, APIStatusError),
        (301, APIStatusError),
        (400, BadRequestError),
        (401, AuthenticationError),
        (402, APIStatusError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (408, APIStatusError),
        (409, ConflictError),
        (413, RequestTooLargeError),
        (415, APIStatusError),
        (418, APIStatusError),
        (422, UnprocessableEntityError),
        (429, RateLimitError),
        (499, APIStatusError),
        *((status, ServerError) for status in (500, 501, 502, 503, 504, 520, 526, 530, 599, 999)),
    ],
)
def test_the_status_picks_the_class(status: int, kind: type[APIStatusError]) -> None:
    assert class_for(status) is kind


def test_every_public_exception_is_in_one_tree() -> None:
    assert len(EVERY) == 20
    assert all(issubclass(kind, CloudflareImagesError) for kind in EVERY)


@pytest.mark.parametrize(
    ("kind", "parent"),
    [
        (InvalidArgumentError, ValueError),
        (ConfigurationError, InvalidArgumentError),
        (FilterError, InvalidArgumentError),
        (APIConnectionError, APIError),
        (APITimeoutError, APIConnectionError),
        (APIResponseValidationError, APIError),
        (APIStatusError, APIError),
        (NotFoundError, APIStatusError),
        (ServerError, APIStatusError),
    ],
)
def test_a_handler_of_the_parent_catches(kind: type[Exception], parent: type[Exception]) -> None:
    assert issubclass(kind, parent)


@pytest.mark.parametrize("kind", [PaginationError, APIError])
def test_what_is_no_bad_argument_is_no_value_error(kind: type[Exception]) -> None:
    assert not issubclass(kind, ValueError)


def test_a_status_error_is_no_connection_error() -> None:
    assert not issubclass(APIStatusError, APIConnectionError)
    assert not issubclass(APIResponseValidationError, APIStatusError)


NOT_FOUND = ErrorDetail(5404, "Image not found")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            {"method": "GET", "url": URL, "status_code": 404, "errors": [NOT_FOUND], "ray_id": "8a12-LHR"},
            "GET /accounts/acc/images/v1/nope: 404: Image not found (code 5404) [cf-ray 8a12-LHR]",
        ),
        ({}, "Image not found"),
        ({"status_code": 404}, "404: Image not found"),
        ({"method": "GET"}, "Image not found"),
        ({"url": URL}, "Image not found"),
        ({"method": "GET", "url": URL}, "GET /accounts/acc/images/v1/nope: Image not found"),
        ({"ray_id": "8a12\n-LHR"}, "Image not found [cf-ray 8a12 -LHR]"),
        ({"errors": [ErrorDetail(None, "x")]}, "Image not found"),
        (
            {"errors": [ErrorDetail(1, "x"), ErrorDetail(None, "y"), ErrorDetail(2, "z")]},
            "Image not found (code 1, 2)",
        ),
        (
            {"method": "POST", "url": "http://127.0.0.1:8787/client/v4/accounts/a/images/v1", "status_code": 502},
            "POST /accounts/a/images/v1: 502: Image not found",
        ),
    ],
)
def test_the_text_says_what_where_and_which(arguments: dict[str, Any], text: str) -> None:
    error = NotFoundError("Image not found", **arguments)
    assert str(error) == text
    assert repr(error) == f"NotFoundError({text!r})"


def test_an_error_without_a_reason_still_says_where() -> None:
    assert str(APIStatusError("", method="GET", url=URL, status_code=500)) == "GET /accounts/acc/images/v1/nope: 500"


@given(st.text(), st.text())
def test_the_text_is_one_line_without_control_characters(reason: str, ray_id: str) -> None:
    text = str(APIError(reason, method="GET", url=URL, status_code=500, ray_id=ray_id))
    assert text.isprintable()
    assert len(text.splitlines()) == 1
    assert len(text) < 2 * LONGEST_REASON + 100
    text.encode()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        (" a\r\n\tb ", "a b"),
        ("a\x1b[31mb", "a [31mb"),
        ("a\u2028b\x85c\u202ed", "a b c d"),
        ("a\ud800", "a"),
        ("a" * 300, "a" * 300),
        ("a" * 301, "a" * 299 + "…"),
    ],
)
def test_text_is_made_fit_for_a_line(text: str, line: str) -> None:
    assert one_line(text) == line


def test_attributes_that_do_not_apply_are_none() -> None:
    error = APIConnectionError("no route")
    fields = {"method", "url", "status_code", "ray_id", "retry_after", "body", "resume_token"}
    assert {name: getattr(error, name) for name in fields} == dict.fromkeys(fields)
    assert error.errors == ()
    assert error.reason == "no route"


def same(one: BaseException, two: BaseException) -> bool:
    return (type(one), str(one), repr(one), one.args, vars(one)) == (
        type(two), str(two), repr(two), two.args, vars(two),
    )  # fmt: skip


def copies(error: BaseException) -> list[BaseException]:
    pickled = [pickle.loads(pickle.dumps(error, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    return [*pickled, copy.copy(error), copy.deepcopy(error)]


@pytest.mark.parametrize("kind", API_ERRORS)
def test_an_api_error_survives_pickling_and_copying(kind: type[APIError]) -> None:
    error = kind(
        "Image\nnot found",
        method="GET",
        url=URL,
        status_code=404,
        errors=iter([ErrorDetail(5404, "Image not found", "https://d", "/p")]),
        ray_id="8a12-LHR",
        retry_after=1.5,
        body="{\ud800}",
    )
    error.resume_token = "t"
    assert len(vars(error)) == 9
    assert None not in vars(error).values()
    assert all(same(error, other) for other in copies(error))


@pytest.mark.parametrize("kind", [kind for kind in EVERY if not issubclass(kind, APIError)])
def test_another_error_survives_pickling_and_copying(kind: type[Exception]) -> None:
    error = kind("what is wrong", **({"resume_token": "t"} if kind is PaginationError else {}))
    assert str(error) == "what is wrong"
    assert all(same(error, other) for other in copies(error))


def test_a_pagination_error_without_a_token_has_none() -> None:
    assert PaginationError("a circle").resume_token is None


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
        (" \n", {}, "", "the answer does not say why"),
        ("", {}, "", "the answer does not say why"),
    ],
)
def test_the_reason_is_what_helps_a_person_most(body: str, headers: dict[str, str], phrase: str, reason: str) -> None:
    assert reason_for(body, details(body, headers), phrase) == reason


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("https://api.cloudflare.com/client/v4/accounts/a/images/v1/x%2Fy?z=1", "/accounts/a/images/v1/x%2Fy"),
        ("http://127.0.0.1:8787/client/v4/accounts/a", "/accounts/a"),
        ("https://proxy.example/images/client/v4/a", "/images/client/v4/a"),
        ("http://h?x=1", ""),
    ],
)
def test_an_endpoint_is_written_as_in_the_reference(url: str, part: str) -> None:
    assert endpoint(url) == part


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
