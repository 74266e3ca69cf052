"""What users hold beside images: read from generated models, immutable, and without secrets in sight."""

import copy
import json
import pickle
import typing
from typing import Any

import attrs
import pytest

from cfimages import DirectUpload, InvalidArgumentError, Settings, SigningKey, Usage, Variant
from cfimages.models.shape import ShapeError, optional, require
from cfimages.models.signing_key import check_key_name
from cfimages.models.variant import check_variant_name, variant_options
from cfimages_api import models

CANARY = "canary-5d1f"
OPTIONS = {"fit": "scale-down", "width": 100, "height": 80, "metadata": "none"}
VARIANT = {"id": "hero", "options": OPTIONS, "neverRequireSignedURLs": True}

READ: dict[str, tuple[Any, Any, dict[str, Any], Any]] = {
    "variant": (
        Variant,
        models.VariantDefinition,
        VARIANT,
        Variant("hero", "scale-down", 100, 80, "none", never_require_signed_urls=True),
    ),
    "key": (SigningKey, models.SigningKey, {"name": "default", "value": CANARY}, SigningKey("default", CANARY)),
    "direct upload": (
        DirectUpload,
        models.DirectUpload,
        {"id": "a", "uploadURL": f"https://upload.example/{CANARY}"},
        DirectUpload("a", f"https://upload.example/{CANARY}"),
    ),
    "usage": (Usage, models.ImageCount, {"current": 1, "allowed": 100}, Usage(1, 100)),
    "settings": (Settings, models.Config, {"flexible_variants": True}, Settings(flexible_variants=True)),
}
every = pytest.mark.parametrize(("kind", "generated", "data", "value"), READ.values(), ids=READ)


@every
def test_it_is_read_from_a_generated_model_and_keeps_what_is_new(
    kind: Any, generated: Any, data: dict[str, Any], value: Any
) -> None:
    assert kind.from_generated(generated.from_dict(data)) == value
    more = kind.from_generated(generated.from_dict({**data, "new": {"a": [1]}}))
    assert more == attrs.evolve(value, extra={"new": {"a": [1]}})
    assert hash(more) == hash(value)


@every
def test_it_cannot_be_changed(kind: Any, generated: Any, data: dict[str, Any], value: Any) -> None:
    more = kind.from_generated(generated.from_dict({**data, "new": {"a": 1}}))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        more.extra = {}
    with pytest.raises(TypeError, match="is read-only"):
        more.extra["new"] = 2
    with pytest.raises(TypeError, match="is read-only"):
        more.extra["new"]["a"] = 2


@every
def test_its_repr_says_what_it_is_and_no_secret(kind: Any, generated: Any, data: dict[str, Any], value: Any) -> None:
    assert repr(value).startswith(f"{kind.__name__}(")
    assert CANARY not in repr(value)
    assert CANARY not in repr(attrs.asdict(value)) or kind is DirectUpload


def test_reprs() -> None:
    assert repr(READ["variant"][3]) == (
        "Variant(id='hero', fit='scale-down', width=100, height=80, metadata='none', never_require_signed_urls=True)"
    )
    assert repr(SigningKey("default", CANARY)) == "SigningKey(name='default')"
    assert repr(DirectUpload("a", "https://u")) == "DirectUpload(id='a')"
    assert repr(Usage(1, 100)) == "Usage(current=1, allowed=100)"
    assert repr(Settings(True, extra={"ttl": 5})) == "Settings(flexible_variants=True)"


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("variant", {"id": 5}, "id of Variant is int instead of str"),
        ("variant", {"options": {**OPTIONS, "width": "5"}}, "width of Variant is str instead of int"),
        ("variant", {"options": {**OPTIONS, "height": True}}, "height of Variant is bool instead of int"),
        ("variant", {"options": {**OPTIONS, "fit": None}}, "fit of Variant is NoneType instead of str"),
        ("variant", {"options": {**OPTIONS, "metadata": []}}, "metadata of Variant is list instead of str"),
        ("key", {"name": 5}, "name of SigningKey is int instead of str"),
        ("key", {"value": None}, "value of SigningKey is NoneType instead of str"),
        ("direct upload", {"id": None}, "id of DirectUpload is NoneType instead of str"),
        ("direct upload", {"uploadURL": 5}, "uploadURL of DirectUpload is int instead of str"),
        ("usage", {"current": "1"}, "current of Usage is str instead of int"),
        ("usage", {"allowed": None}, "allowed of Usage is NoneType instead of int"),
    ],
)
def test_another_shape_is_one_error_that_names_the_field(name: str, change: dict[str, Any], message: str) -> None:
    kind, generated, data, _ = READ[name]
    with pytest.raises(ShapeError, match=f"^{message}$"):
        kind.from_generated(generated.from_dict({**data, **change}))


def test_a_field_that_is_missing_is_said_to_be() -> None:
    with pytest.raises(ShapeError, match=r"^id is missing instead of str$"):
        require(str, "id", models.Image().id)
    assert optional(str, models.Image().id) is None


def test_settings_of_another_type_are_kept() -> None:
    assert Settings.from_generated(models.Config.from_dict({"flexible_variants": "yes", "ttl": 5})) == Settings(
        flexible_variants=False, extra={"flexible_variants": "yes", "ttl": 5}
    )
    assert Settings.from_generated(models.Config.from_dict({})) == Settings(flexible_variants=False)


def test_a_variant_is_written_as_it_came() -> None:
    data = {**VARIANT, "new": 1, "options": {**OPTIONS, "blur": 5}}
    variant = Variant.from_generated(models.VariantDefinition.from_dict(data))
    assert variant.extra == {"new": 1, "options": {"blur": 5}}
    assert variant.to_dict() == data
    assert json.loads(json.dumps(variant.to_dict())) == data


def test_a_direct_upload_is_handed_on() -> None:
    upload = DirectUpload("a", "https://u", extra={"new": [1]})
    for other in (pickle.loads(pickle.dumps(upload)), copy.copy(upload), copy.deepcopy(upload)):
        assert other == upload
        assert other.upload_url == "https://u"


def test_a_signing_key_keeps_its_secret() -> None:
    key = SigningKey("default", CANARY)
    assert key.value == CANARY
    assert str(key.value) == f"{key.value}" == CANARY
    assert CANARY not in repr(key.value)
    with pytest.raises(TypeError, match="SigningKey holds a secret and cannot be pickled"):
        pickle.dumps(key)
    with pytest.raises(TypeError, match="holds a secret"):
        pickle.dumps(key.value)
    assert copy.deepcopy(key) is key


@pytest.mark.parametrize("kind", [Variant, SigningKey, DirectUpload, Usage, Settings])
def test_types_are_known_at_run_time(kind: Any) -> None:
    assert typing.get_type_hints(kind)
    assert "return" in typing.get_type_hints(kind.from_generated)


@pytest.mark.parametrize(("check", "longest"), [(check_variant_name, 99), (check_key_name, 20)])
def test_names_are_letters_and_digits(check: Any, longest: int) -> None:
    assert check("a" * longest) == "a" * longest
    for name in ("", "a-b", "é", "a" * (longest + 1), "a\n"):
        with pytest.raises(InvalidArgumentError) as caught:
            check(name)
        assert str(caught.value) == f"name={name!r}: must be letters A-Z and digits, at most {longest} of them"


def test_options_of_a_variant_are_checked() -> None:
    assert variant_options("pad", "keep", 5, 7).to_dict() == {
        "fit": "pad", "metadata": "keep", "width": 5, "height": 7
    }  # fmt: skip
    bad: list[tuple[Any, str]] = [
        (("squeeze", "keep", 5, 7), "fit='squeeze': must be one of 'scale-down', 'contain', 'cover', 'crop', 'pad'"),
        (("pad", "all", 5, 7), "metadata='all': must be one of 'keep', 'copyright', 'none'"),
        (("pad", "keep", 0, 7), "width=0: must be a whole number, 1 or more"),
        (("pad", "keep", 5, 7.5), "height=7.5: must be a whole number, 1 or more"),
    ]
    for arguments, message in bad:
        with pytest.raises(InvalidArgumentError) as caught:
            variant_options(*arguments)
        assert str(caught.value) == message
