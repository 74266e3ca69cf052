"""Form fields: what the service is documented to take, and refusals by name."""

from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest

from cfimages import Image, InvalidArgumentError
from cfimages.files.fields import MAX_ID_LENGTH, MAX_METADATA_BYTES, check_expiry, check_metadata
from cfimages.files.forms import fill_form
from cfimages_api.models import DirectUploadRequest, ImageUpload

UNSET: dict[str, Any] = {"id": None, "metadata": None, "creator": None, "require_signed_urls": False}
NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({}, {}),
        ({"id": "a"}, {"id": "a"}),
        ({"id": "folder/picture é.png"}, {"id": "folder/picture é.png"}),
        ({"id": "x" * MAX_ID_LENGTH}, {"id": "x" * MAX_ID_LENGTH}),
        ({"id": "083eb7b2-5392-4565-b69e-aff66acddd0"}, {"id": "083eb7b2-5392-4565-b69e-aff66acddd0"}),
        ({"creator": ""}, {"creator": ""}),
        ({"creator": "me"}, {"creator": "me"}),
        ({"metadata": {}}, {"metadata": "{}"}),
        ({"metadata": {"a": 1, "é": [True, None, 1.5]}}, {"metadata": '{"a":1,"é":[true,null,1.5]}'}),
        ({"metadata": MappingProxyType({"a": {"b": "c"}})}, {"metadata": '{"a":{"b":"c"}}'}),
        ({"require_signed_urls": True}, {"requireSignedURLs": "true"}),
        (
            {"metadata": {"a": 1}, "creator": "me", "require_signed_urls": True},
            {"metadata": '{"a":1}', "creator": "me", "requireSignedURLs": "true"},
        ),
    ],
)
def test_fields(given: dict[str, Any], fields: dict[str, str]) -> None:
    assert fill_form(ImageUpload(), **{**UNSET, **given}).to_dict() == fields


UUID = "083eb7b2-5392-4565-b69e-aff66acddd00"

FIELDS_REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"id": ""}, "id has 0 characters: from 1 to 1024 are allowed"),
    ({"id": "x" * 1025}, "id has 1025 characters: from 1 to 1024 are allowed"),
    ({"id": "/a"}, "id='/a': must neither begin nor end with a slash"),
    ({"id": "a/"}, "id='a/': must neither begin nor end with a slash"),
    ({"id": "/"}, "id='/': must neither begin nor end with a slash"),
    ({"id": UUID}, f"id='{UUID}': must not be a UUID: only the service gives those"),
    ({"id": UUID.upper()}, f"id='{UUID.upper()}': must not be a UUID: only the service gives those"),
    ({"id": 5}, "id=5: must be a string, not int"),
    ({"id": "\ud800"}, "id='\\ud800': not valid Unicode text: surrogates not allowed"),
    (
        {"id": "a", "require_signed_urls": True},
        "require_signed_urls=True: an image with an id of your own cannot be private",
    ),
    ({"creator": 5}, "creator=5: must be a string, not int"),
    ({"creator": "\ud800"}, "creator='\\ud800': not valid Unicode text: surrogates not allowed"),
    ({"metadata": [1]}, "metadata=[1]: must be a mapping"),
    ({"metadata": "{}"}, "metadata='{}': must be a mapping"),
    ({"metadata": {"a": float("nan")}}, "metadata cannot be written as JSON: Out of range float values are not JSON"),
    ({"metadata": {"a": float("inf")}}, "metadata cannot be written as JSON: Out of range float values are not JSON"),
    ({"metadata": {"a": b"x"}}, "metadata cannot be written as JSON: Object of type bytes is not JSON serializable"),
    ({"metadata": {("a",): 1}}, "metadata cannot be written as JSON: keys must be str, int, float, bool or None"),
    ({"metadata": {1: "a", "1": "b"}}, "metadata: the key 1 is not a string"),
    ({"metadata": {None: "a"}}, "metadata: the key None is not a string"),
    ({"metadata": {"a": [{"b": ({True: 1},)}]}}, "metadata: the key True is not a string"),
    ({"id": "config"}, "id='config': the image could never be read: the API uses this name"),
    ({"id": ".."}, "id='..': the image could never be read: the API uses this name"),
    ({"require_signed_urls": 1}, "require_signed_urls=1: must be True or False"),
    ({"metadata": {"a": "\ud800"}}, "metadata cannot be written as JSON: "),
    ({"metadata": {"a": "x" * 1017}}, "metadata has 1025 bytes of JSON: at most 1024 are allowed"),
    ({"metadata": {"a": "é" * 509}}, "metadata has 1026 bytes of JSON: at most 1024 are allowed"),
]


@pytest.mark.parametrize(("given", "message"), FIELDS_REFUSED)
def test_fields_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        fill_form(ImageUpload(), **{**UNSET, **given})
    assert str(caught.value).startswith(message)


def test_metadata_that_contains_itself_is_refused() -> None:
    metadata: dict[str, Any] = {}
    metadata["self"] = metadata
    with pytest.raises(InvalidArgumentError, match="metadata cannot be written as JSON: Circular reference"):
        fill_form(ImageUpload(), **{**UNSET, "metadata": metadata})


def test_metadata_of_the_greatest_size_is_accepted() -> None:
    for text in ("x" * 1016, "é" * 508):
        fields = fill_form(ImageUpload(), **{**UNSET, "metadata": {"a": text}}).to_dict()
        assert len(fields["metadata"].encode()) == MAX_METADATA_BYTES


@pytest.mark.parametrize("metadata", [{}, {"a": {"b": [1, None]}}, MappingProxyType({"a": 1})])
def test_metadata_is_returned_as_plain_data(metadata: Any) -> None:
    checked = check_metadata(metadata)
    assert checked == dict(metadata)
    assert checked is not metadata


def test_the_metadata_of_an_image_can_be_passed_on() -> None:
    image = Image("a", meta={"a": {"b": [1]}})
    assert check_metadata(image.meta) == {"a": {"b": [1]}}
    assert type(check_metadata(image.meta)["a"]) is dict


@pytest.mark.parametrize("message", ["metadata=[1]: must be a mapping", "metadata: the key 1 is not a string"])
def test_metadata_is_refused_alike_where_it_is_not_a_form(message: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        check_metadata([1] if "mapping" in message else {1: 2})  # type: ignore[dict-item,arg-type]  # the point
    assert str(caught.value) == message


def test_a_form_that_requires_no_signature_keeps_what_it_says_of_it() -> None:
    form = DirectUploadRequest(require_signed_urls="false")
    assert fill_form(form, **UNSET).to_dict() == {"requireSignedURLs": "false"}
    private = fill_form(form, **{**UNSET, "require_signed_urls": True})
    assert private.to_dict() == {"requireSignedURLs": "true"}


@pytest.mark.parametrize(
    "expiry", [timedelta(hours=1), NOW + timedelta(hours=1), "2026-11-01T01:00", "2026-11-01T03:00+02:00"]
)
def test_the_expiry_of_a_direct_upload_is_sent_in_utc(expiry: Any) -> None:
    assert check_expiry(expiry, NOW) == "2026-11-01T01:00:00.000Z"


@pytest.mark.parametrize(
    ("expiry", "why"),
    [
        (timedelta(minutes=2), "must be more than 2 minutes and less than 6 hours away"),
        (timedelta(hours=6), "must be more than 2 minutes and less than 6 hours away"),
        (timedelta(0), "has passed"),
        (NOW.replace(tzinfo=None), "has no time zone: use datetime.now(UTC)"),
        ("soon", "not a date: "),
    ],
)
def test_another_expiry_is_refused(expiry: Any, why: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        check_expiry(expiry, NOW)
    assert str(caught.value).startswith(f"expiry={expiry!r}: {why}")
