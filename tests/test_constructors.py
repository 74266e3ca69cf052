"""What the constructors of public classes refuse: by name, and without harm to whoever looks at the traceback."""

import inspect
import traceback
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import attrs
import pytest

import cfimages
from cfimages import APIError, CloudflareImagesError, ErrorDetail, Image, Page, SigningKey, Variant

OPTIONAL = "must be {} or None"


@pytest.mark.parametrize(
    ("argument", "value", "accepted"),
    [
        ("id", 5, "must be a string"),
        ("id", None, "must be a string"),
        ("filename", b"logo.png", OPTIONAL.format("a string")),
        ("meta", 5, OPTIONAL.format("a mapping")),
        ("meta", [("a", 1)], OPTIONAL.format("a mapping")),
        ("creator", 5, OPTIONAL.format("a string")),
        ("uploaded", "2026-11-01", OPTIONAL.format("a datetime")),
        ("require_signed_urls", "no", "must be True or False"),
        ("variants", "https://a", "must be a list of delivery URLs"),
        ("variants", None, "must be a list of delivery URLs"),
        ("draft", 1, "must be True or False"),
        ("extra", 5, OPTIONAL.format("a mapping")),
    ],
)
def test_an_image_is_made_of_what_its_fields_hold(argument: str, value: Any, accepted: str) -> None:
    with pytest.raises(cfimages.InvalidArgumentError) as caught:
        Image(**{"id": "a", argument: value})
    assert str(caught.value) == f"{argument}={value!r}: {accepted}"


def test_the_details_of_an_error_are_checked() -> None:
    detail = ErrorDetail(code=5404, message="no")
    assert APIError("x", errors=iter([detail])).errors == (detail,)
    for errors in (5, "text", [5]):
        with pytest.raises(cfimages.InvalidArgumentError, match=r"^errors=\(.*\): must be a list of ErrorDetail$"):
            APIError("x", errors=errors)  # type: ignore[arg-type]  # that is the test


class Odd:
    """What no argument is."""


REQUIRED = {
    "AsyncCloudflareImages": {"account_id": "acc", "api_token": "token"},
    "CloudflareImages": {"account_id": "acc", "api_token": "token"},
}
CLASSES = {
    name: kind
    for name in cfimages.__all__
    if inspect.isclass(kind := getattr(cfimages, name))
    and (issubclass(kind, APIError) or attrs.has(kind) or name in ("Image", "Pacer", *REQUIRED))
}
"""All that a user makes. The others, such as pagers, are what methods of a client return."""


def locals_of(error: BaseException) -> Iterator[object]:
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_globals.get("__name__") != __name__:
            yield from frame.f_locals.copy().values()


@pytest.mark.parametrize("name", CLASSES)
def test_what_a_constructor_refuses_is_named_and_can_be_looked_at(name: str) -> None:
    kind = CLASSES[name]
    parameters = inspect.signature(kind).parameters
    required = {each.name: "x" for each in parameters.values() if each.default is each.empty} | REQUIRED.get(name, {})
    made = 0
    refused: list[tuple[str, CloudflareImagesError]] = []
    for parameter in parameters:
        for value in (5, Odd(), "text", [1], None, b"x"):
            try:
                kind(**{**required, parameter: value})
                made += 1
            except CloudflareImagesError as error:
                refused.append((parameter, error))
    assert made, "nothing was accepted"
    for parameter, error in refused:
        assert parameter in str(error)
        assert all(map(repr, locals_of(error)))


@pytest.mark.parametrize(
    "make",
    [
        lambda extra: Page((), None, None, extra),
        lambda extra: SigningKey("name", "value", extra=extra),
        lambda extra: Variant("a", "pad", 1, 1, "none", extra=extra),
        lambda extra: cfimages.Notification(extra=extra),
    ],
)
def test_what_is_beyond_the_fields_is_a_mapping(make: Any) -> None:
    assert make({"a": [1]}).extra == {"a": [1]}
    with pytest.raises(cfimages.InvalidArgumentError, match=r"^extra=5: must be a mapping$"):
        make(5)


def test_an_image_that_is_half_made_can_be_shown() -> None:
    with pytest.raises(cfimages.InvalidArgumentError) as caught:
        Image("a", uploaded=datetime(2026, 11, 1), meta=5)  # type: ignore[arg-type]  # noqa: DTZ001 - a naive one is taken
    halves = [value for value in locals_of(caught.value) if isinstance(value, Image)]
    assert [repr(half) for half in halves] == ["Image(id='a', filename=None, uploaded=2026-11-01 00:00:00+00:00)"]
