"""What users hold of an image: read from the API's JSON whatever it is, and written back without loss."""

import copy
import json
import pickle
import typing
import weakref
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from specs import example as example_of
from specs import load, resolved

from cfimages import Image, InvalidArgumentError, sign_url
from cfimages.models.pydantic_support import JSON_SCHEMA
from cfimages.models.shape import ShapeError
from cfimages_api.models import Image as GeneratedImage

DOCUMENTED = {
    "id": "107b9558-dd06-4bbd-5fef-9c2c16bb7900",
    "filename": "logo.png",
    "meta": {"key": "value", "nested": {"n": [1, 2]}},
    "creator": "user123",
    "uploaded": "2014-01-02T02:20:00.123Z",
    "requireSignedURLs": True,
    "variants": ["https://imagedelivery.net/a/1/hero", "https://imagedelivery.net/a/1/thumbnail"],
    "draft": True,
}
UPLOADED = datetime(2014, 1, 2, 2, 20, 0, 123000, tzinfo=UTC)


def test_every_documented_field_is_read() -> None:
    assert Image.from_dict(DOCUMENTED) == Image(
        id="107b9558-dd06-4bbd-5fef-9c2c16bb7900",
        filename="logo.png",
        meta={"key": "value", "nested": {"n": [1, 2]}},
        creator="user123",
        uploaded=UPLOADED,
        require_signed_urls=True,
        variants=("https://imagedelivery.net/a/1/hero", "https://imagedelivery.net/a/1/thumbnail"),
        draft=True,
        extra={},
    )


def test_a_documented_image_is_written_back_as_it_came() -> None:
    assert Image.from_dict(DOCUMENTED).to_dict() == DOCUMENTED


def test_absent_fields_are_none_or_empty() -> None:
    image = Image.from_dict({"id": "a"})
    assert image == Image("a", None, {}, None, None, False, (), False, {})
    assert image.to_dict() == {"id": "a", "requireSignedURLs": False, "variants": []}


@pytest.mark.parametrize("field", [name for name in DOCUMENTED if name != "id"])
def test_null_is_absent(field: str) -> None:
    assert Image.from_dict({"id": "a", field: None}) == Image("a")


def test_empty_texts_are_not_absent() -> None:
    image = Image.from_dict({"id": "a", "filename": "", "creator": ""})
    assert (image.filename, image.creator) == ("", "")
    assert image.to_dict()["filename"] == image.to_dict()["creator"] == ""


@pytest.mark.parametrize(
    ("field", "value", "attribute", "absent"),
    [
        ("filename", 5, "filename", None),
        ("creator", ["a"], "creator", None),
        ("meta", "text", "meta", {}),
        ("meta", "", "meta", {}),
        ("meta", [1], "meta", {}),
        ("meta", 0, "meta", {}),
        ("uploaded", "yesterday", "uploaded", None),
        ("uploaded", "", "uploaded", None),
        ("uploaded", 1793491200, "uploaded", None),
        ("requireSignedURLs", "true", "require_signed_urls", False),
        ("requireSignedURLs", 1, "require_signed_urls", False),
        ("variants", "https://x", "variants", ()),
        ("variants", {"a": "https://x"}, "variants", ()),
        ("draft", "yes", "draft", False),
        ("draft", 0, "draft", False),
        ("invented", {"x": None}, "filename", None),
        ("invented", None, "filename", None),
    ],
)
def test_what_no_field_can_hold_is_kept_and_written_back(field: str, value: Any, attribute: str, absent: Any) -> None:
    image = Image.from_dict({"id": "a", field: value})
    assert image.extra == {field: value}
    assert getattr(image, attribute) == absent
    assert image.to_dict()[field] == value
    assert Image.from_dict(image.to_dict()) == image


@pytest.mark.parametrize(
    ("given", "meta", "extra"),
    [
        ({"metadata": {"a": 1}}, {"a": 1}, {}),
        ({"metadata": {"a": 1}, "meta": {}}, {"a": 1}, {}),
        ({"metadata": {"a": 1}, "meta": None}, {"a": 1}, {}),
        ({"metadata": {"a": 1}, "meta": {"b": 2}}, {"b": 2}, {"metadata": {"a": 1}}),
        ({"metadata": None}, {}, {}),
        ({"metadata": "text"}, {}, {"meta": "text"}),
    ],
)
def test_metadata_is_read_where_meta_says_nothing(
    given: dict[str, Any], meta: dict[str, Any], extra: dict[str, Any]
) -> None:
    image = Image.from_dict({"id": "a", **given})
    assert (image.meta, image.extra) == (meta, extra)
    assert Image.from_dict(image.to_dict()) == image


@pytest.mark.parametrize(
    ("text", "uploaded", "written"),
    [
        ("2014-01-02T02:20:00.123Z", UPLOADED, "2014-01-02T02:20:00.123Z"),
        ("2014-01-02T02:20:00.123456Z", UPLOADED.replace(microsecond=123456), "2014-01-02T02:20:00.123456Z"),
        ("2014-01-02T02:20:00Z", UPLOADED.replace(microsecond=0), "2014-01-02T02:20:00.000Z"),
        ("2014-01-02T04:20:00.123+02:00", UPLOADED, "2014-01-02T02:20:00.123Z"),
        ("2014-01-02T02:20:00.123", UPLOADED, "2014-01-02T02:20:00.123Z"),
        ("2014-01-02 02:20", UPLOADED.replace(microsecond=0), "2014-01-02T02:20:00.000Z"),
        ("2014-01-02", datetime(2014, 1, 2, tzinfo=UTC), "2014-01-02T00:00:00.000Z"),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000Z"),
    ],
)
def test_a_time_is_aware_and_written_in_utc(text: str, uploaded: datetime, written: str) -> None:
    image = Image.from_dict({"id": "a", "uploaded": text})
    assert image.uploaded == uploaded
    assert image.uploaded.utcoffset() is not None
    assert image.to_dict()["uploaded"] == written


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-01:00"])
def test_a_time_that_utc_cannot_hold_does_not_keep_an_image_from_being_written(text: str) -> None:
    image = Image.from_dict({"id": "a", "uploaded": text})
    assert Image.from_dict(image.to_dict()) == image


@pytest.mark.parametrize("data", [{}, {"id": None}, {"id": 5}, {"filename": "a"}])
def test_without_an_id_it_is_no_image(data: dict[str, Any]) -> None:
    with pytest.raises(ShapeError, match=r"^an image without an id$"):
        Image.from_dict(data)


@pytest.mark.parametrize("data", [None, [], "text", 5])
def test_what_is_not_an_object_is_no_image(data: Any) -> None:
    with pytest.raises(ValueError, match=r"^an image that is not a JSON object$"):
        Image.from_dict(data)


def test_reading_leaves_what_is_read_as_it_was() -> None:
    data = {"id": "a", "metadata": {"x": 1}, "filename": 5, "new": [1]}
    before = copy.deepcopy(data)
    Image.from_dict(data)
    assert data == before


def test_a_generated_image_can_be_read_twice() -> None:
    generated = GeneratedImage.from_dict({"id": "a", "metadata": {"x": 1}, "filename": 5, "new": [1]})
    first = Image.from_generated(generated)
    assert first == Image("a", meta={"x": 1}, extra={"filename": 5, "new": [1]})
    assert Image.from_generated(generated) == first


def test_an_image_cannot_be_changed() -> None:
    for name in ("id", "filename", "meta", "variants", "extra", "unheard_of"):
        with pytest.raises(AttributeError):
            setattr(Image("a"), name, "b")


def test_images_are_hashable_and_equal_by_all_fields() -> None:
    one, two, other = (Image.from_dict(data) for data in (DOCUMENTED, DOCUMENTED, {**DOCUMENTED, "meta": {}}))
    assert one == two
    assert one != other
    assert one != "a"
    assert len({one, two, other}) == 2


@pytest.mark.parametrize("field", ["meta", "extra"])
def test_the_mappings_of_an_image_cannot_be_changed(field: str) -> None:
    image = Image.from_dict({**DOCUMENTED, "meta": {"a": {"b": [1]}}, "new": {"b": [1]}})
    mapping = getattr(image, field)
    inner = mapping["a" if field == "meta" else "new"]
    changes: list[Callable[[], object]] = [
        lambda: mapping.update(x=1),
        lambda: mapping.pop("a"),
        lambda: inner.clear(),
        lambda: inner["b"].append(2),
    ]
    for change in changes:
        with pytest.raises(TypeError, match="is read-only"):
            change()
    assert image == Image.from_dict({**DOCUMENTED, "meta": {"a": {"b": [1]}}, "new": {"b": [1]}})


def test_an_image_does_not_share_what_it_was_made_of() -> None:
    meta, extra = {"a": {"b": 1}}, {"new": {"b": 1}}
    image = Image("a", meta=meta, extra=extra)
    meta["a"]["b"] = extra["new"]["b"] = 2
    assert image == Image("a", meta={"a": {"b": 1}}, extra={"new": {"b": 1}})


def test_an_image_can_be_made_of_frozen_mappings_and_written_as_plain_ones() -> None:
    first = Image("a", meta={"a": {"b": 1}}, extra={"new": {"b": 1}})
    second = Image("a", meta=first.meta, extra=first.extra)
    assert second == first
    written = second.to_dict()
    assert type(written["meta"]["a"]) is type(written["new"]) is dict


def test_an_image_can_be_weakly_referenced() -> None:
    image = Image("a")
    assert weakref.ref(image)() is image
    assert list(weakref.WeakSet([image])) == [image]


def test_metadata_are_frozen_once() -> None:
    image = Image.from_dict({"id": "a", "meta": {"a": {"b": [1]}}})
    assert image.meta is image.meta


def test_metadata_as_deep_as_the_service_stores_it_is_read() -> None:
    deep = json.loads('{"a":' + "[" * 500 + "]" * 500 + "}")
    image = Image("a", meta=deep)
    assert image.meta["a"][0]
    assert image.to_dict()["meta"] == deep


PUBLIC_MEMBERS = [
    member.fget if isinstance(member, property) else member
    for name in dir(Image)
    if not name.startswith("_")
    for member in [getattr(Image, name)]
]


@pytest.mark.parametrize("member", [*PUBLIC_MEMBERS, Image.__init__], ids=lambda member: member.__name__)
def test_the_types_of_every_public_member_are_known_at_run_time(member: Any) -> None:
    assert "return" in typing.get_type_hints(member)


@pytest.mark.parametrize("data", [{"id": "a"}, DOCUMENTED, {**DOCUMENTED, "new": {"a": [None]}, "filename": 5}])
def test_an_image_survives_pickling_and_copying(data: dict[str, Any]) -> None:
    image = Image.from_dict(data)
    for other in (pickle.loads(pickle.dumps(image)), copy.copy(image), copy.deepcopy(image)):
        assert other == image
        assert hash(other) == hash(image)


def test_the_repr_is_short() -> None:
    assert repr(Image.from_dict(DOCUMENTED)) == (
        "Image(id='107b9558-dd06-4bbd-5fef-9c2c16bb7900', filename='logo.png',"
        " uploaded=2014-01-02 02:20:00.123000+00:00)"
    )
    assert repr(Image("a")) == "Image(id='a', filename=None, uploaded=None)"


def test_changing_what_was_written_changes_no_image() -> None:
    image = Image.from_dict({**DOCUMENTED, "new": 1})
    written = image.to_dict()
    written["meta"]["nested"]["n"].append(3)
    written["meta"]["key"] = "other"
    written["variants"].clear()
    written["new"] = 2
    assert image == Image.from_dict({**DOCUMENTED, "new": 1})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
metas = st.dictionaries(st.text(max_size=5), json_values, max_size=3)
zones = st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12, minutes=-30))])
known = {*DOCUMENTED, "metadata"}
images = st.builds(
    Image,
    id=st.text(),
    filename=st.none() | st.text(),
    meta=metas,
    creator=st.none() | st.text(),
    uploaded=st.none() | st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=zones),  # noqa: DTZ001
    require_signed_urls=st.booleans(),
    variants=st.lists(st.text(), max_size=3).map(tuple),
    draft=st.booleans(),
    extra=st.dictionaries(st.text(max_size=9).filter(lambda name: name not in known), json_values, max_size=3),
)


@given(images)
def test_what_is_written_is_read_back_alike(image: Image) -> None:
    assert Image.from_dict(image.to_dict()) == image


@example({"id": "", "meta": None, "metadata": None}, {})
@given(
    st.fixed_dictionaries(
        {"id": st.text()},
        optional={name: json_values | st.just(DOCUMENTED.get(name, {"a": 1})) for name in known if name != "id"},
    ),
    st.dictionaries(st.text(max_size=9).filter(lambda name: name not in known), json_values, max_size=2),
)
def test_any_object_with_an_id_is_read_and_loses_nothing(fields: dict[str, Any], unknown: dict[str, Any]) -> None:
    data = {**fields, **unknown}
    image = Image.from_dict(data)
    written = image.to_dict()
    assert Image.from_dict(written) == image
    for name, value in data.items():
        if name not in ("meta", "metadata", "uploaded") and value is not None and (value or name != "draft"):
            assert written[name] == value


PRIVATE = Image.from_dict({**DOCUMENTED, "draft": None})
PUBLIC = Image.from_dict({**PRIVATE.to_dict(), "requireSignedURLs": False})
PLAIN = f"https://imagedelivery.net/a/{PRIVATE.id}"
NO_FLEXIBLE = "variant: flexible options cannot be signed"


def test_the_url_of_an_image_takes_the_hash_from_its_variants() -> None:
    assert PRIVATE.url() == f"{PLAIN}/public"
    assert PUBLIC.url("hero") == f"{PLAIN}/hero"
    assert PUBLIC.url({"width": 5}) == f"{PLAIN}/width=5"
    assert Image("a/b%", variants=PRIVATE.variants).url() == "https://imagedelivery.net/a/a/b%25/public"
    assert Image("i", variants=("no URL", *PRIVATE.variants)).url() == "https://imagedelivery.net/a/i/public"


@pytest.mark.parametrize("base", ["http://127.0.0.1:8787", "https://images.example.com/cdn-cgi/imagedelivery"])
def test_the_url_of_an_image_leads_to_the_host_of_its_variants(base: str) -> None:
    image = Image("a/b%", variants=["no URL", f"{base}/hash/a/b%25/public?x=1"])
    assert image.url("hero") == f"{base}/hash/a/b%25/hero"
    assert image.signed_url("key", "hero") == sign_url(f"{base}/hash/a/b%25/hero", "key")
    assert image.url({"width": 5}, domain="example.com") == (
        "https://example.com/cdn-cgi/imagedelivery/hash/a/b%25/width=5"
    )
    assert image.url(account_hash="other") == "https://imagedelivery.net/other/a/b%25/public"


def test_the_url_of_an_image_on_another_account_and_domain() -> None:
    assert PUBLIC.url("hero", account_hash="other", domain="example.com") == (
        f"https://example.com/cdn-cgi/imagedelivery/other/{PUBLIC.id}/hero"
    )
    assert Image("i").url(account_hash="h") == "https://imagedelivery.net/h/i/public"


@pytest.mark.parametrize("variants", [(), ("no URL",), (None, 5)])
def test_without_a_delivery_url_the_hash_must_be_given(variants: Any) -> None:
    message = r"^account_hash: is required for an image without delivery URLs$"
    image = Image("i", variants=variants)
    with pytest.raises(InvalidArgumentError, match=message):
        image.url()
    with pytest.raises(InvalidArgumentError, match=message):
        image.signed_url("key")
    with pytest.raises(InvalidArgumentError, match=r"^account_hash='': "):
        image.url(account_hash="")


def test_a_signed_url_of_an_image() -> None:
    assert PRIVATE.signed_url("key") == sign_url(f"{PLAIN}/public", "key")
    end = datetime(2100, 1, 1, tzinfo=UTC)
    expected = sign_url(f"https://example.com/cdn-cgi/imagedelivery/h/{PRIVATE.id}/hero", "key", expiry=end)
    assert PRIVATE.signed_url("key", "hero", expiry=end, account_hash="h", domain="example.com") == expected
    assert PRIVATE.signed_url("key", "hero", expiry=timedelta(days=1)).startswith(f"{PLAIN}/hero?exp=")
    assert PRIVATE.signed_url("key", expiry="2100-01-01") == PRIVATE.signed_url("key", expiry=end)


@pytest.mark.parametrize("image", [PRIVATE, PUBLIC])
def test_a_signature_and_flexible_options_are_refused(image: Image) -> None:
    options: Any = {"width": 5}
    with pytest.raises(InvalidArgumentError, match=f"^{NO_FLEXIBLE}"):
        image.signed_url("key", options)


def test_flexible_options_of_a_private_image_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=f"^{NO_FLEXIBLE}"):
        PRIVATE.url({"width": 5})


# --- Every field that is described ------------------------------------------------------------------------------

DOCUMENT = load(Path(__file__).parents[2] / "openapi.yaml")
DESCRIBED = resolved(DOCUMENT["components"]["schemas"]["Image"], DOCUMENT)
WHOLE = example_of(DESCRIBED)
"""The JSON of an image with every field."""


def test_every_field_is_written_copied_and_known_to_pydantic() -> None:
    image = Image.from_dict(WHOLE)
    assert (image.to_dict().keys(), image.extra) == (WHOLE.keys(), {})
    assert pickle.loads(pickle.dumps(image)).to_dict() == image.to_dict()
    assert JSON_SCHEMA["properties"].keys() == WHOLE.keys()


@pytest.mark.parametrize("name", WHOLE)
def test_images_that_differ_in_one_field_are_not_equal(name: str) -> None:
    other = {key: value for key, value in WHOLE.items() if key != name} | ({"id": "another"} if name == "id" else {})
    assert Image.from_dict(WHOLE) == Image.from_dict(WHOLE) != Image.from_dict(other)
