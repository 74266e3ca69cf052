"""Imports from buckets of S3 and R2: sources, imports, their progress and their logs."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, Self, get_args

import attrs

from cfimages.arguments import check_choice, check_segment, check_text, repr_short
from cfimages.errors import InvalidArgumentError
from cfimages.frozen import freeze
from cfimages.models.shape import optional_or_extra, require
from cfimages_api.models.connectivity import Connectivity as GeneratedConnectivity
from cfimages_api.models.import_job import ImportJob
from cfimages_api.models.import_log_entry import ImportLogEntry
from cfimages_api.models.import_progress import ImportProgress as GeneratedProgress
from cfimages_api.models.import_source import ImportSource as GeneratedSource

Vendor = Literal["s3", "r2"]
"""Whose bucket a source is."""

ConflictBehaviour = Literal["skip", "overwrite"]
"""What an import does with an object whose image exists already."""

ImportContentType = Literal[
    "image/jpeg", "image/png", "image/webp", "image/gif", "image/avif", "image/heic", "image/svg+xml"
]
"""A content type that an import can leave out."""

ENDED = frozenset({"success", "error", "aborted"})
"""The statuses of an import that has ended."""

MAX_NAME = 128
"""Characters of the name of a source or a bucket, and of a prefix."""

RESERVED_SOURCE_IDS = frozenset({"connectivity-precheck"})
"""Names that the API has where the id of a source would stand."""


def _extra() -> Any:
    return attrs.field(factory=dict, converter=freeze, repr=False, hash=False)


@attrs.frozen
class ImportSource:
    """A bucket that images are imported from. It holds no credentials. Source: schema `ImportSource`."""

    id: str
    name: str | None = None
    bucket: str | None = None
    """Name of the bucket."""
    vendor: str | None = None
    """Whose bucket it is: s3 or r2."""
    region: str | None = None
    """Region of a bucket of S3."""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    extra: Mapping[str, Any] = _extra()
    """What the response held beyond these fields, under the API's names. Cannot be changed."""

    @classmethod
    def from_generated(cls, source: GeneratedSource) -> Self:
        """Return a generated model as a source. Raises ShapeError if its id is not text."""
        extra = dict(source.additional_properties)
        return cls(
            id=require(str, "id of an import source", source.id),
            name=optional_or_extra(str, source.name, "name", extra),
            bucket=optional_or_extra(str, source.bucket, "bucket", extra),
            vendor=optional_or_extra(str, source.vendor, "vendor", extra),
            region=optional_or_extra(str, source.region, "region", extra),
            created_at=_moment(source.created_at, "createdAt", extra),
            updated_at=_moment(source.updated_at, "updatedAt", extra),
            extra=extra,
        )


@attrs.frozen
class Import:
    """An import of a bucket, or of a part of it. Source: schema `ImportJob`."""

    id: str
    status: str
    """pending, processing, success, error or aborted."""
    source_id: str | None = None
    """Id of the source; None if the source is gone."""
    conflict_behaviour: str | None = None
    """What is done with an object whose image exists already: skip or overwrite."""
    excluded_content_types: tuple[str, ...] = ()
    """Content types that are left out."""
    path_prefix: str | None = None
    """What is put before the ids of the images."""
    images_path_prefix: str | None = None
    """The same, as the API called it before."""
    root_directory: str | None = None
    """Only objects whose names begin so are imported."""
    log_stopped: bool = False
    """Whether the log is incomplete, because there was too much to log."""
    created_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    extra: Mapping[str, Any] = _extra()
    """What the response held beyond these fields, under the API's names. Cannot be changed."""

    @property
    def finished(self) -> bool:
        """Whether the import has ended: with success, with an error, or because it was aborted."""
        return self.status in ENDED or self.ended_at is not None

    @classmethod
    def from_generated(cls, job: ImportJob) -> Self:
        """Return a generated model as an import. Raises ShapeError if its id or status is not text."""
        extra = dict(job.additional_properties)
        former_prefix = optional_or_extra(str, job.images_path_prefix, "imagesPathPrefix", extra)
        prefix = optional_or_extra(str, job.path_prefix, "pathPrefix", extra)
        return cls(
            id=require(str, "id of an import", job.id),
            status=require(str, "status of an import", job.status),
            source_id=optional_or_extra(str, job.source_id, "sourceId", extra),
            conflict_behaviour=optional_or_extra(str, job.conflict_behaviour, "conflictBehaviour", extra),
            excluded_content_types=_texts(job.excluded_content_types, "excludedContentTypes", extra),
            path_prefix=former_prefix if prefix is None else prefix,
            images_path_prefix=former_prefix,
            root_directory=optional_or_extra(str, job.root_directory, "rootDirectory", extra),
            log_stopped=optional_or_extra(bool, job.log_stopped, "logStopped", extra) or False,
            created_at=_moment(job.created_at, "createdAt", extra),
            started_at=_moment(job.started_at, "startedAt", extra),
            ended_at=_moment(job.ended_at, "endedAt", extra),
            extra=extra,
        )


@attrs.frozen
class ImportProgress:
    """How far an import is. A count is None if a response lacks it. Source: schema `ImportProgress`."""

    status: str
    """pending, processing, success, error or aborted."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    is_accurate: bool | None = None
    """Whether the counts are exact. If not, they are estimates."""
    scanned_count: int | None = None
    """Objects of the bucket that have been looked at."""
    import_success_count: int | None = None
    """Objects that are images now."""
    import_errors_count: int | None = None
    """Objects that could not be imported."""
    skipped_conflict_count: int | None = None
    """Objects left out because their image exists already."""
    skipped_excluded_content_type_count: int | None = None
    """Objects left out because the import excludes their content type."""
    skipped_invalid_media_count: int | None = None
    """Objects left out because they cannot be decoded."""
    skipped_invalid_name_count: int | None = None
    """Objects left out because their name cannot be an id."""
    skipped_oversize_count: int | None = None
    """Objects left out because they are too large."""
    skipped_storage_class_count: int | None = None
    """Objects left out because they are archived."""
    skipped_unsupported_content_type_count: int | None = None
    """Objects left out because they are no images."""
    extra: Mapping[str, Any] = _extra()
    """What the response held beyond these fields, under the API's names. Cannot be changed."""

    @property
    def finished(self) -> bool:
        """Whether the import has ended: with success, with an error, or because it was aborted."""
        return self.status in ENDED or self.ended_at is not None

    @classmethod
    def from_generated(cls, progress: GeneratedProgress) -> Self:
        """Return a generated model as progress. Raises ShapeError if its status is not text."""
        extra = dict(progress.additional_properties)

        def count(value: object, name: str) -> int | None:
            return optional_or_extra(int, value, name, extra)

        return cls(
            status=require(str, "status of an import", progress.status),
            started_at=_moment(progress.started_at, "startedAt", extra),
            ended_at=_moment(progress.ended_at, "endedAt", extra),
            is_accurate=optional_or_extra(bool, progress.is_accurate, "isAccurate", extra),
            scanned_count=count(progress.scanned_count, "scannedCount"),
            import_success_count=count(progress.import_success_count, "importSuccessCount"),
            import_errors_count=count(progress.import_errors_count, "importErrorsCount"),
            skipped_conflict_count=count(progress.skipped_conflict_count, "skippedConflictCount"),
            skipped_excluded_content_type_count=count(
                progress.skipped_excluded_content_type_count, "skippedExcludedContentTypeCount"
            ),
            skipped_invalid_media_count=count(progress.skipped_invalid_media_count, "skippedInvalidMediaCount"),
            skipped_invalid_name_count=count(progress.skipped_invalid_name_count, "skippedInvalidNameCount"),
            skipped_oversize_count=count(progress.skipped_oversize_count, "skippedOversizeCount"),
            skipped_storage_class_count=count(progress.skipped_storage_class_count, "skippedStorageClassCount"),
            skipped_unsupported_content_type_count=count(
                progress.skipped_unsupported_content_type_count, "skippedUnsupportedContentTypeCount"
            ),
            extra=extra,
        )


@attrs.frozen
class ImportLog:
    """One entry of the log of an import. Source: schema `ImportLogEntry`."""

    created_at: datetime | None = None
    log_type: str | None = None
    """What happened, such as importSkippedInvalidMedia or migrationComplete."""
    msg: str | None = None
    """What happened, for people."""
    extra: Mapping[str, Any] = _extra()
    """What the response held beyond these fields, under the API's names. Cannot be changed."""

    @classmethod
    def from_generated(cls, entry: ImportLogEntry) -> Self:
        """Return a generated model as an entry."""
        extra = dict(entry.additional_properties)
        return cls(
            created_at=_moment(entry.created_at, "createdAt", extra),
            log_type=optional_or_extra(str, entry.log_type, "logType", extra),
            msg=optional_or_extra(str, entry.msg, "msg", extra),
            extra=extra,
        )


@attrs.frozen
class Connectivity:
    """Whether a bucket can be read with its credentials. Source: schema `Connectivity`."""

    status: str
    """ok or error."""
    code: str | None = None
    """Why it cannot be read, for programs."""
    reason: str | None = None
    """Why it cannot be read, for people."""
    extra: Mapping[str, Any] = _extra()
    """What the response held beyond these fields, under the API's names. Cannot be changed."""

    @property
    def ok(self) -> bool:
        """Whether the bucket can be read."""
        return self.status == "ok"

    @classmethod
    def from_generated(cls, connectivity: GeneratedConnectivity) -> Self:
        """Return a generated model as connectivity. Raises ShapeError if its status is not text."""
        extra = dict(connectivity.additional_properties)
        return cls(
            status=require(str, "connectivityStatus", connectivity.connectivity_status),
            code=optional_or_extra(str, connectivity.code, "code", extra),
            reason=optional_or_extra(str, connectivity.reason, "reason", extra),
            extra=extra,
        )


def check_source_id(source_id: object) -> str:
    """Check that an id addresses an import source and nothing else. Raises InvalidArgumentError."""
    segment = check_segment("source_id", source_id)
    if segment in RESERVED_SOURCE_IDS:
        raise InvalidArgumentError(f"source_id={repr_short(segment)}: the API uses this name for something else")
    return segment


def check_name(name: str, value: object) -> str:
    """Check a name or a prefix of 1 to 128 characters. Raises InvalidArgumentError."""
    text = check_text(name, value)
    if not 1 <= len(text) <= MAX_NAME:
        raise InvalidArgumentError(f"{name}={repr_short(text)}: must have 1 to {MAX_NAME} characters")
    return text


def check_content_types(types: Sequence[ImportContentType]) -> list[ImportContentType]:
    """Check the content types that an import leaves out. Raises InvalidArgumentError."""
    if isinstance(types, str) or not isinstance(types, Sequence):
        raise InvalidArgumentError(
            f"excluded_content_types={repr_short(types)}: must be a list of content types, such as ['image/gif']"
        )
    return [check_choice("excluded_content_types", one, get_args(ImportContentType)) for one in types]


def _moment(value: object, name: str, extra: dict[str, Any]) -> datetime | None:
    """Return a time with a time zone, else None and keep it in `extra`."""
    moment = optional_or_extra(datetime, value, name, extra)
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def _texts(value: object, name: str, extra: dict[str, Any]) -> tuple[str, ...]:
    """Return a list of text, else nothing and keep it in `extra`."""
    texts = optional_or_extra(list, value, name, extra) or []
    if all(isinstance(text, str) for text in texts):
        return tuple(texts)
    extra[name] = texts
    return ()
