"""The tree of exceptions, and what they say."""

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cfimages
from cfimages.errors import (
    MAX_REASON,
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
    NoRouteError,
    NotFoundError,
    PaginationError,
    PermissionDeniedError,
    RateLimitError,
    RequestTooLargeError,
    ServerError,
    UnprocessableEntityError,
    UnsupportedMediaTypeError,
    class_for,
    is_missing_image,
    one_line,
    short_path,
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
        (415, UnsupportedMediaTypeError),
        (418, APIStatusError),
        (422, UnprocessableEntityError),
        (429, RateLimitError),
        (499, APIStatusError),
        *((status, ServerError) for status in (500, 501, 502, 503, 504, 520, 526, 530, 599, 999)),
    ],
)
def test_the_status_picks_the_class(status: int, kind: type[APIStatusError]) -> None:
    assert class_for(status) is kind


@pytest.mark.parametrize(
    ("status", "codes", "kind"),
    [
        (404, [7003], NoRouteError),
        (400, [7003, 7000], NoRouteError),
        (404, [5404, None], NotFoundError),
        (500, [7003], ServerError),
        (200, [7003], APIStatusError),
    ],
)
def test_the_codes_tell_an_address_that_leads_nowhere(
    status: int, codes: list[int | None], kind: type[APIStatusError]
) -> None:
    assert class_for(status, codes) is kind
    assert not issubclass(NoRouteError, NotFoundError)


@pytest.mark.parametrize(
    ("codes", "missing"), [([], False), ([5404], True), ([None], False), ([10000], False), ([5399, 5500], False)]
)
def test_only_a_code_of_images_says_that_an_image_is_missing(codes: list[int | None], missing: bool) -> None:
    error = NotFoundError("x", errors=[ErrorDetail(code, "x") for code in codes])
    assert is_missing_image(error) is missing


def test_every_public_exception_is_in_one_tree() -> None:
    assert len(EVERY) == 25
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
        (
            {"method": "POST", "url": URL, "status_code": 409, "about": "a\nb.png"},
            "POST /accounts/acc/images/v1/nope: a b.png: 409: Image not found",
        ),
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
    assert len(text) < 2 * MAX_REASON + 100
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
    fields = {"method", "url", "status_code", "ray_id", "retry_after", "body", "about", "resume_token"}
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
        about="a.png",
    )
    error.resume_token = "t"
    assert len(vars(error)) == 10
    assert None not in vars(error).values()
    assert all(same(error, other) for other in copies(error))


@pytest.mark.parametrize("kind", [kind for kind in EVERY if not issubclass(kind, APIError)])
def test_another_error_survives_pickling_and_copying(kind: type[Exception]) -> None:
    error = kind("what is wrong", **({"resume_token": "t"} if kind is PaginationError else {}))
    assert str(error) == "what is wrong"
    assert all(same(error, other) for other in copies(error))


def test_a_pagination_error_without_a_token_has_none() -> None:
    assert PaginationError("a circle").resume_token is None


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
    assert short_path(url) == part
