"""Imports from buckets of S3 and R2: sources, imports, their progress and their logs."""

from datetime import datetime
from typing import Literal, Self

import attrs

from cfimages.models.shape import API_NAME, ResponseModel
from cfimages_api.models.connectivity import Connectivity as GeneratedConnectivity
from cfimages_api.models.import_job import ImportJob

Vendor = Literal["s3", "r2"]
"""The vendor of a bucket."""

ConflictBehaviour = Literal["skip", "overwrite"]
"""What an import does with an object whose image exists already."""

ImportContentType = Literal[
    "image/jpeg", "image/png", "image/webp", "image/gif", "image/avif", "image/heic", "image/svg+xml"
]
"""A content type that an import can leave out."""

ENDED = frozenset({"success", "error", "aborted"})
"""The statuses of an import that has ended."""


@attrs.frozen
class ImportSource(ResponseModel):
    """A bucket that images are imported from. It holds no credentials. Source: schema `ImportSource`."""

    id: str
    """Id of the source, made by the service."""
    name: str | None = None
    """Name that the account gave it."""
    bucket: str | None = None
    """Name of the bucket."""
    vendor: str | None = None
    """Vendor of the bucket: s3 or r2."""
    region: str | None = None
    """Region of a bucket of S3."""
    created_at: datetime | None = None
    """When the source was created."""
    updated_at: datetime | None = None
    """When the source was last changed."""


@attrs.frozen
class Import(ResponseModel):
    """An import of a bucket, or of a part of it. Source: schema `ImportJob`."""

    id: str
    """Id of the import, made by the service."""
    status: str
    """pending, processing, success, error or aborted."""
    source_id: str | None = None
    """Id of the source; None if the source is gone."""
    conflict_behaviour: str | None = None
    """What to do with an object whose image exists: skip or overwrite."""
    excluded_content_types: tuple[str, ...] = ()
    """Content types that are left out."""
    path_prefix: str | None = None
    """Prefix of the ids of the images."""
    images_path_prefix: str | None = None
    """The same, as the API called it before."""
    root_directory: str | None = None
    """Only objects whose names begin with this prefix are imported."""
    log_stopped: bool = False
    """Whether the log is incomplete, because there was too much to log."""
    created_at: datetime | None = None
    """When the import was created."""
    started_at: datetime | None = None
    """When the service began with it."""
    ended_at: datetime | None = None
    """When it ended; None as long as it has not."""

    @property
    def finished(self) -> bool:
        """Whether the import has ended: with success, with an error, or because it was aborted."""
        return self.status in ENDED or self.ended_at is not None

    @classmethod
    def from_generated(cls, generated: ImportJob) -> Self:
        """Return a generated model as an import. Raises ShapeError if its id or status is not a string."""
        job = super().from_generated(generated)
        return job if job.path_prefix is not None else attrs.evolve(job, path_prefix=job.images_path_prefix)


@attrs.frozen
class ImportProgress(ResponseModel):
    """The progress of an import. A count is None if a response lacks it. Source: schema `ImportProgress`."""

    status: str
    """pending, processing, success, error or aborted."""
    started_at: datetime | None = None
    """When the service began with it."""
    ended_at: datetime | None = None
    """When it ended; None as long as it has not."""
    is_accurate: bool | None = None
    """Whether the counts are exact. If not, they are estimates."""
    scanned_count: int | None = None
    """Objects of the bucket that have been scanned."""
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
    """Objects left out because they are not images."""

    @property
    def finished(self) -> bool:
        """Whether the import has ended: with success, with an error, or because it was aborted."""
        return self.status in ENDED or self.ended_at is not None


@attrs.frozen
class ImportLog(ResponseModel):
    """One entry of the log of an import. Source: schema `ImportLogEntry`."""

    created_at: datetime | None = None
    """When it happened."""
    log_type: str | None = None
    """What happened, such as importSkippedInvalidMedia or migrationComplete."""
    msg: str | None = None
    """What happened, for people."""


@attrs.frozen
class Connectivity(ResponseModel):
    """Whether a bucket can be read with its credentials. Source: schema `Connectivity`."""

    status: str = attrs.field(metadata={API_NAME: "connectivityStatus"})
    """ok or error."""
    code: str | None = None
    """Why it cannot be read, for programs."""
    reason: str | None = None
    """Why it cannot be read, for people."""

    @property
    def ok(self) -> bool:
        """Whether the bucket can be read."""
        return self.status == "ok"

    @classmethod
    def from_generated(cls, generated: GeneratedConnectivity) -> Self:
        """Return a generated model as connectivity. Raises ShapeError if its status is not a string."""
        return cls._read(attrs.asdict(generated, recurse=False) | {"status": generated.connectivity_status})
