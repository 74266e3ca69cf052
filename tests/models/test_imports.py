"""Imports from buckets as users hold them: read from generated models, immutable, nothing lost."""

import typing
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from cfimages import (
    Connectivity,
    Import,
    ImportLog,
    ImportProgress,
    ImportSource,
    MetadataKeys,
)
from cfimages.models.shape import ShapeError
from cfimages_api import models

TIME = "2026-11-29T12:00:00Z"
AT = datetime(2026, 11, 29, 12, tzinfo=UTC)
COUNTS = {
    "scannedCount": 1,
    "importSuccessCount": 2,
    "importErrorsCount": 3,
    "skippedConflictCount": 4,
    "skippedExcludedContentTypeCount": 5,
    "skippedInvalidMediaCount": 6,
    "skippedInvalidNameCount": 7,
    "skippedOversizeCount": 8,
    "skippedStorageClassCount": 9,
    "skippedUnsupportedContentTypeCount": 10,
}

READ: dict[str, tuple[Any, Any, dict[str, Any], Any]] = {
    "source": (
        ImportSource,
        models.ImportSource,
        {
            "id": "s",
            "name": "photos",
            "bucket": "b",
            "vendor": "s3",
            "region": "eu-west-1",
            "createdAt": TIME,
            "updatedAt": TIME,
        },
        ImportSource("s", "photos", "b", "s3", "eu-west-1", AT, AT),
    ),
    "import": (
        Import,
        models.ImportJob,
        {
            "id": "i",
            "status": "pending",
            "sourceId": "s",
            "conflictBehaviour": "skip",
            "excludedContentTypes": ["image/gif"],
            "pathPrefix": "p/",
            "imagesPathPrefix": "p/",
            "rootDirectory": "r",
            "logStopped": True,
            "createdAt": TIME,
            "startedAt": TIME,
            "endedAt": TIME,
        },
        Import("i", "pending", "s", "skip", ("image/gif",), "p/", "p/", "r", True, AT, AT, AT),
    ),
    "progress": (
        ImportProgress,
        models.ImportProgress,
        {"status": "success", "startedAt": TIME, "endedAt": TIME, "isAccurate": False, **COUNTS},
        ImportProgress("success", AT, AT, False, *range(1, 11)),
    ),
    "log": (
        ImportLog,
        models.ImportLogEntry,
        {"createdAt": TIME, "logType": "default", "msg": "said"},
        ImportLog(AT, "default", "said"),
    ),
    "connectivity": (
        Connectivity,
        models.Connectivity,
        {"connectivityStatus": "error", "code": "c", "reason": "r"},
        Connectivity("error", "c", "r"),
    ),
    "metadata keys": (
        MetadataKeys,
        models.MetadataKeys,
        {"keys": ["a", "b"], "truncated": True},
        MetadataKeys(("a", "b"), truncated=True),
    ),
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
    with pytest.raises(TypeError, match="is read-only"):
        more.extra["new"] = 2
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        more.extra = {}


@every
def test_its_repr_says_what_it_is(kind: Any, generated: Any, data: dict[str, Any], value: Any) -> None:
    assert repr(value).startswith(f"{kind.__name__}(")
    assert typing.get_type_hints(kind)
    assert "return" in typing.get_type_hints(kind.from_generated)


@every
def test_what_has_another_type_is_kept_in_extra(kind: Any, generated: Any, data: dict[str, Any], value: Any) -> None:
    needed = {"id", "status", "connectivityStatus", "keys", "truncated"}
    odd = {name: {"odd": True} for name in data if name not in needed}
    found = kind.from_generated(generated.from_dict({**data, **odd}))
    assert found.extra == odd
    absent = kind.from_generated(generated.from_dict({name: data[name] for name in data if name in needed}))
    assert absent.extra == {}


@pytest.mark.parametrize("name", COUNTS)
def test_true_is_no_count(name: str) -> None:
    generated = models.ImportProgress.from_dict({"status": "success", name: True})
    assert ImportProgress.from_generated(generated) == ImportProgress("success", extra={name: True})


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("source", {"id": 5}, "id of ImportSource is int instead of str"),
        ("import", {"id": None}, "id of Import is NoneType instead of str"),
        ("import", {"status": 5}, "status of Import is int instead of str"),
        ("progress", {"status": 5}, "status of ImportProgress is int instead of str"),
        ("connectivity", {"connectivityStatus": None}, "connectivityStatus of Connectivity is NoneType instead of str"),
        ("metadata keys", {"keys": "ab"}, "keys of MetadataKeys is str instead of list"),
        ("metadata keys", {"keys": ["a", 5]}, "an item in keys of MetadataKeys is int instead of str"),
        ("metadata keys", {"truncated": 1}, "truncated of MetadataKeys is int instead of bool"),
    ],
)
def test_another_shape_is_one_error_that_names_the_field(name: str, change: dict[str, Any], message: str) -> None:
    kind, generated, data, _ = READ[name]
    with pytest.raises(ShapeError, match=f"^{message}$"):
        kind.from_generated(generated.from_dict({**data, **change}))


def test_times_without_a_zone_are_utc() -> None:
    generated = models.ImportLogEntry.from_dict({"createdAt": "2026-11-29T12:00:00"})
    assert ImportLog.from_generated(generated).created_at == AT


@pytest.mark.parametrize(
    ("data", "prefix", "former"),
    [
        ({"imagesPathPrefix": "old/"}, "old/", "old/"),
        ({"pathPrefix": None, "imagesPathPrefix": "old/"}, "old/", "old/"),
        ({"pathPrefix": "new/", "imagesPathPrefix": "old/"}, "new/", "old/"),
        ({"pathPrefix": "new/"}, "new/", None),
        ({}, None, None),
    ],
)
def test_a_prefix_is_read_under_its_former_name_too(
    data: dict[str, Any], prefix: str | None, former: str | None
) -> None:
    found = Import.from_generated(models.ImportJob.from_dict({"id": "i", "status": "pending", **data}))
    assert (found.path_prefix, found.images_path_prefix, found.extra) == (prefix, former, {})


def test_content_types_that_are_not_all_text_are_kept() -> None:
    data = {"id": "i", "status": "pending", "excludedContentTypes": ["image/gif", 5]}
    found = Import.from_generated(models.ImportJob.from_dict(data))
    assert (found.excluded_content_types, found.extra) == ((), {"excludedContentTypes": ["image/gif", 5]})


@pytest.mark.parametrize("kind", [lambda **fields: Import("i", **fields), ImportProgress])
@pytest.mark.parametrize(
    ("fields", "finished"),
    [
        ({"status": "pending"}, False),
        ({"status": "processing"}, False),
        ({"status": "success"}, True),
        ({"status": "error"}, True),
        ({"status": "aborted"}, True),
        ({"status": "paused"}, False),
        ({"status": "out of quota", "ended_at": AT}, True),
    ],
)
def test_an_import_has_ended_by_its_status_or_with_a_time(kind: Any, fields: dict[str, Any], finished: bool) -> None:
    assert kind(**fields).finished is finished


def test_a_bucket_is_readable_only_if_ok() -> None:
    assert [Connectivity(status).ok for status in ("ok", "error", "unknown")] == [True, False, False]
