"""Checks of arguments: what passes comes back as plain data, what does not is refused by name."""

import os
from collections.abc import Callable
from enum import Enum, StrEnum
from typing import Any

import pytest

from cfimages import CloudflareImagesError, ImportSource, InvalidArgumentError
from cfimages.addresses import address_problem, check_url
from cfimages.arguments import (
    MAX_REPR,
    RESERVED_IDS,
    check_bool,
    check_choice,
    check_choices,
    check_image_id,
    check_name,
    check_path,
    check_positive,
    check_seconds,
    check_segment,
    check_source_id,
    check_text,
    repr_short,
)
from cfimages.keywords import suggest
from cfimages.secret import as_secret


class MixedIn(str, Enum):  # noqa: UP042 - its str() is its name, unlike that of a StrEnum
    DOG = "dog"
    ASC = "asc"


class Text(StrEnum):
    DOG = "dog"


class Subclass(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "another text"


@pytest.mark.parametrize("check", [check_text, check_segment])
@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (" ", " "),
        ("a/b?c#d%e", "a/b?c#d%e"),
        ("...", "..."),
        ("./", "./"),
        ("\x00\n", "\x00\n"),
        ("é日😀", "é日😀"),
        (MixedIn.DOG, "dog"),
        (Text.DOG, "dog"),
        (Subclass("a"), "a"),
    ],
)
def test_text_comes_back_as_plain_text(check: Callable[[str, object], str], value: str, text: str) -> None:
    given = check("creator", value)
    assert given == text
    assert type(given) is str


@pytest.mark.parametrize("check", [check_text, check_segment])
@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "creator=None: must be a string, not NoneType"),
        (1, "creator=1: must be a string, not int"),
        (b"a", "creator=b'a': must be a string, not bytes"),
        (["a"], "creator=['a']: must be a string, not list"),
        ("a\ud800", r"creator='a\ud800': not valid Unicode text: surrogates not allowed"),
    ],
)
def test_what_is_not_text_is_refused(check: Callable[[str, object], str], value: object, message: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        check("creator", value)
    assert str(caught.value) == message
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, CloudflareImagesError)


def test_an_empty_text_is_text() -> None:
    assert check_text("creator", "") == ""


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_a_segment_that_would_change_the_address_is_refused(value: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        check_segment("image_id", value)
    assert str(caught.value) == f"image_id={value!r}: would address something else: pass the complete id"


@pytest.mark.parametrize("value", [1, 2, 10**20])
def test_a_positive_number_comes_back(value: int) -> None:
    assert check_positive("per_page", value) == value


@pytest.mark.parametrize("value", [0, -1, True, False, 1.0, "1", None, float("nan"), [1]])
def test_anything_but_a_positive_whole_number_is_refused(value: object) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        check_positive("per_page", value)
    assert str(caught.value) == f"per_page={value!r}: must be a whole number, 1 or more"


def test_a_number_too_long_to_be_written_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"^per_page=<int too long to print>: must be a whole number"):
        check_positive("per_page", 10**5000)


@pytest.mark.parametrize("value", ["asc", "desc", MixedIn.ASC])
def test_an_accepted_value_comes_back_as_it_was_accepted(value: str) -> None:
    given = check_choice("sort_order", value, ("asc", "desc"))
    assert str(given) == value  # what is sent: str() of a text enum would be its name
    assert type(given) is str


@pytest.mark.parametrize("value", ["ASC", "", None, 1, ["asc"], {}])
def test_a_value_that_is_not_accepted_is_refused(value: Any) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        check_choice("sort_order", value, ("asc", "desc"))
    assert str(caught.value) == f"sort_order={value!r}: must be one of 'asc', 'desc'"


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\n", r"'a\n'"),
        ("a" * (MAX_REPR - 2), f"'{'a' * (MAX_REPR - 2)}'"),
        ("a" * (MAX_REPR - 1), f"'{'a' * (MAX_REPR - 2)}…"),
        (10**5000, "<int too long to print>"),
        (nested(100_000), "<list too long to print>"),
    ],
    ids=["escaped", "longest", "cut", "huge number", "deeply nested"],
)
def test_a_refused_value_is_shown_in_few_characters(value: object, text: str) -> None:
    assert repr_short(value) == text


def test_a_path_in_bytes_is_a_path() -> None:
    class InBytes(os.PathLike[bytes]):
        def __fspath__(self) -> bytes:
            return b"a/\xff"

    assert os.fsencode(check_path("file", InBytes())) == b"a/\xff"  # type: ignore[arg-type]  # beyond what is promised


@pytest.mark.parametrize("path", ["a\0b", "\ud800"])
def test_a_path_that_no_system_has_is_refused(path: str) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^file=.*: has a character that no path can have$"):
        check_path("file", path)


def test_a_number_may_have_a_maximum() -> None:
    assert check_positive("per_page", 1000, 1000) == 1000
    with pytest.raises(InvalidArgumentError) as caught:
        check_positive("per_page", 1001, 1000)
    assert str(caught.value) == "per_page=1001: must be a whole number, from 1 to 1,000"


@pytest.mark.parametrize("name", sorted(RESERVED_IDS))
def test_a_name_that_the_api_uses_is_no_id_of_an_image(name: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        check_image_id(name)
    assert str(caught.value) == f"image_id={name!r}: the API uses this name for something else"
    assert check_image_id(f"{name}/a") == f"{name}/a"


def test_something_with_an_id_is_told_to_pass_the_id() -> None:
    class WithId:
        id = "a"

    with pytest.raises(InvalidArgumentError, match=r": must be a string, not WithId: pass its id$"):
        check_text("image_id", WithId())


@pytest.mark.parametrize("value", [0, 1, None, "true", []])
def test_what_is_not_a_boolean_is_refused(value: object) -> None:
    assert check_bool("missing_ok", True) is True
    with pytest.raises(InvalidArgumentError) as caught:
        check_bool("missing_ok", value)
    assert str(caught.value) == f"missing_ok={value!r}: must be True or False"


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("http://localhost", None),
        ("http://localhost:0/", None),
        ("http://[::1]:65535/a:b", None),
        ("http://localhost:/", None),
        ("http://localhost:65536", "port 65536 is out of range (0-65535)"),
        ("http://localhost:" + "9" * 4000, "port 9999999999 is out of range (0-65535)"),
        ("http://localhost:" + "9" * 5000, "the host or the port is not valid"),
        ("http://localhost:-1", "port -1 is out of range (0-65535)"),
        ("http://localhost:http", "the host or the port is not valid"),
        ("http://[::1", "the host or the port is not valid"),
        ("http://[a]:80", "the host or the port is not valid"),
    ],
)
def test_what_is_wrong_with_an_address_is_said(address: str, problem: str | None) -> None:
    assert address_problem(address) == problem


class Thing:
    @suggest(token="api_token")
    def __init__(self, *, api_token: str = "") -> None:
        self.api_token = api_token

    @suggest(metadata="meta", limit="write list()[:10]")
    def list(self, first: int = 0, *, meta: int = 0) -> int:
        """List."""
        return first + meta


def test_an_argument_under_its_own_name_is_passed_on() -> None:
    assert Thing(api_token="t").list(1, meta=5) == 6
    assert (Thing.list.__name__, Thing.list.__doc__) == ("list", "List.")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Thing().list(metadata=5), "list() has no argument 'metadata': use 'meta'"),
        (lambda: Thing().list(metta=5), "list() has no argument 'metta': use 'meta'"),
        (lambda: Thing().list(colour=5), "list() has no argument 'colour': it has first, meta"),
        (lambda: Thing().list(limit=5), "list() has no argument 'limit': write list()[:10]"),
        (lambda: Thing(token="t"), "Thing() has no argument 'token': use 'api_token'"),
    ],
)
def test_an_argument_that_does_not_exist_is_told_the_right_one(call: Callable[[], object], message: str) -> None:
    with pytest.raises(TypeError) as caught:
        call()
    assert str(caught.value) == message


@pytest.mark.parametrize("value", [0, -1, True, "1", None, float("nan"), float("inf"), 10**400])
def test_what_is_no_number_of_seconds_is_refused(value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^wait=.*: must be seconds above 0"):
        check_seconds("wait", value, 60)
    assert check_seconds("wait", 0.5, 60) == 0.5
    with pytest.raises(InvalidArgumentError, match=r"^wait=61: must be seconds above 0 and at most 60$"):
        check_seconds("wait", 61, 60)


@pytest.mark.parametrize(
    ("check", "value", "message"),
    [
        (check_source_id, "", "source_id='': would address something else: pass the complete id"),
        (
            check_source_id,
            "connectivity-precheck",
            "source_id='connectivity-precheck': the API uses this name for something else",
        ),
        (
            check_source_id,
            ImportSource("s"),
            (
                "source_id=ImportSource(id='s', name=None, bucket=None, vendor=None, region=None, created_at=None, "
                "updated_at=None): must be a string, not ImportSource: pass its id"
            ),
        ),
        (lambda value: check_name("bucket", value), "", "bucket='': must have 1 to 128 characters"),
        (lambda value: check_choices("types", value, ("a", "b")), "a", "types='a': must be a list, such as ['a']"),
        (lambda value: check_choices("types", value, ("a", "b")), None, "types=None: must be a list, such as ['a']"),
        (lambda value: check_choices("types", value, ("a", "b")), ["c"], "types='c': must be one of 'a', 'b'"),
    ],
)
def test_bad_arguments_of_imports_are_refused(check: Any, value: object, message: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        check(value)
    assert str(caught.value) == message


def test_names_have_up_to_128_characters() -> None:
    assert check_name("name", "x" * 128) == "x" * 128
    with pytest.raises(InvalidArgumentError, match="must have 1 to 128 characters"):
        check_name("name", "x" * 129)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.png?b=c#d",
        "HTTP://EXAMPLE.com:8080",
        "https://user:password@example.com/",
        "http://[::1]:80/a",
        "https://bücher.example/ä",
        "https://xn--bcher-kva.example.",
        "https://xn--ls8h.la",
        "https://xn--strae-oqa.de",
        "http://127.0.0.1:65535",
    ],
)
def test_an_address_is_returned_as_it_is(url: str) -> None:
    assert check_url("url", url) == url


FORM = "must be an http or https address, as a string"
SPACED = "must not have spaces, line breaks or invisible characters"
HOST = "the host is not valid"
HOST_OR_PORT = "the host or the port is not valid"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", FORM), (None, FORM), (5, FORM), (b"https://canary", FORM), ("ftp://canary", FORM), ("canary", FORM),
        ("https:///canary", FORM), ("//canary", FORM),
        ("https://canary/a b", SPACED), ("https://canary/\n", SPACED), ("https://canary/\ud800", SPACED),
        ("http://xn--\xe9/canary", HOST_OR_PORT),
        ("http://a..b/canary", HOST), ("http://.canary", HOST), (f"http://{'a' * 64}.canary", HOST),
        ("http://[canary/", HOST), ("http://@/canary", FORM),
        ("http://canary:65536", "port 65536 is out of range (0-65535)"),
        ("http://canary:-1", "port -1 is out of range (0-65535)"),
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_one_is_refused_without_being_shown(url: Any, why: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        check_url("upload_url", as_secret(url) or "")
    assert str(caught.value) == f"upload_url: {why}"
