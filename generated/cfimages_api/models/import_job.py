from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ImportJob")

_FIELDS: frozenset[str] = frozenset(
    {
        "id",
        "status",
        "sourceId",
        "conflictBehaviour",
        "excludedContentTypes",
        "pathPrefix",
        "imagesPathPrefix",
        "rootDirectory",
        "logStopped",
        "createdAt",
        "startedAt",
        "endedAt",
    }
)


@_attrs_define
class ImportJob:
    """An import of a bucket, or of a part of it."""

    id: str
    status: str
    """ One of pending, processing, success, error and aborted. """
    source_id: None | str | Unset = UNSET
    """ Id of the source; null if that is gone. """
    conflict_behaviour: str | Unset = UNSET
    """ What is done with an object whose image exists already, skip or overwrite. """
    excluded_content_types: list[str] | None | Unset = UNSET
    """ Content types that are left out. """
    path_prefix: None | str | Unset = UNSET
    """ What is put before the ids of the images. """
    images_path_prefix: None | str | Unset = UNSET
    """ The same as pathPrefix, by its former name. """
    root_directory: None | str | Unset = UNSET
    """ Only objects whose names begin so are imported. """
    log_stopped: bool | Unset = UNSET
    """ Whether logging has ended because too much was logged. """
    created_at: datetime.datetime | None | Unset = UNSET
    started_at: datetime.datetime | None | Unset = UNSET
    ended_at: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        status = self.status

        source_id: None | str | Unset
        if isinstance(self.source_id, Unset):
            source_id = UNSET
        else:
            source_id = self.source_id

        conflict_behaviour = self.conflict_behaviour

        excluded_content_types: list[str] | None | Unset
        if isinstance(self.excluded_content_types, Unset):
            excluded_content_types = UNSET
        elif isinstance(self.excluded_content_types, list):
            excluded_content_types = self.excluded_content_types

        else:
            excluded_content_types = self.excluded_content_types

        path_prefix: None | str | Unset
        if isinstance(self.path_prefix, Unset):
            path_prefix = UNSET
        else:
            path_prefix = self.path_prefix

        images_path_prefix: None | str | Unset
        if isinstance(self.images_path_prefix, Unset):
            images_path_prefix = UNSET
        else:
            images_path_prefix = self.images_path_prefix

        root_directory: None | str | Unset
        if isinstance(self.root_directory, Unset):
            root_directory = UNSET
        else:
            root_directory = self.root_directory

        log_stopped = self.log_stopped

        created_at: None | str | Unset
        if isinstance(self.created_at, Unset):
            created_at = UNSET
        elif isinstance(self.created_at, datetime.datetime):
            created_at = self.created_at.isoformat()
        else:
            created_at = self.created_at

        started_at: None | str | Unset
        if isinstance(self.started_at, Unset):
            started_at = UNSET
        elif isinstance(self.started_at, datetime.datetime):
            started_at = self.started_at.isoformat()
        else:
            started_at = self.started_at

        ended_at: None | str | Unset
        if isinstance(self.ended_at, Unset):
            ended_at = UNSET
        elif isinstance(self.ended_at, datetime.datetime):
            ended_at = self.ended_at.isoformat()
        else:
            ended_at = self.ended_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "status": status,
            }
        )
        if source_id is not UNSET:
            field_dict["sourceId"] = source_id
        if conflict_behaviour is not UNSET:
            field_dict["conflictBehaviour"] = conflict_behaviour
        if excluded_content_types is not UNSET:
            field_dict["excludedContentTypes"] = excluded_content_types
        if path_prefix is not UNSET:
            field_dict["pathPrefix"] = path_prefix
        if images_path_prefix is not UNSET:
            field_dict["imagesPathPrefix"] = images_path_prefix
        if root_directory is not UNSET:
            field_dict["rootDirectory"] = root_directory
        if log_stopped is not UNSET:
            field_dict["logStopped"] = log_stopped
        if created_at is not UNSET:
            field_dict["createdAt"] = created_at
        if started_at is not UNSET:
            field_dict["startedAt"] = started_at
        if ended_at is not UNSET:
            field_dict["endedAt"] = ended_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        id = src_dict["id"]

        status = src_dict["status"]

        source_id = src_dict.get("sourceId", UNSET)

        conflict_behaviour = src_dict.get("conflictBehaviour", UNSET)

        excluded_content_types = src_dict.get("excludedContentTypes", UNSET)
        if isinstance(excluded_content_types, list):
            try:
                excluded_content_types_type_0 = excluded_content_types

                excluded_content_types = excluded_content_types_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass

        path_prefix = src_dict.get("pathPrefix", UNSET)

        images_path_prefix = src_dict.get("imagesPathPrefix", UNSET)

        root_directory = src_dict.get("rootDirectory", UNSET)

        log_stopped = src_dict.get("logStopped", UNSET)

        created_at = src_dict.get("createdAt", UNSET)
        if isinstance(created_at, str):
            try:
                created_at_type_0 = datetime.datetime.fromisoformat(created_at)

                created_at = created_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass

        started_at = src_dict.get("startedAt", UNSET)
        if isinstance(started_at, str):
            try:
                started_at_type_0 = datetime.datetime.fromisoformat(started_at)

                started_at = started_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass

        ended_at = src_dict.get("endedAt", UNSET)
        if isinstance(ended_at, str):
            try:
                ended_at_type_0 = datetime.datetime.fromisoformat(ended_at)

                ended_at = ended_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass

        import_job = cls(
            id=id,
            status=status,
            source_id=source_id,
            conflict_behaviour=conflict_behaviour,
            excluded_content_types=excluded_content_types,
            path_prefix=path_prefix,
            images_path_prefix=images_path_prefix,
            root_directory=root_directory,
            log_stopped=log_stopped,
            created_at=created_at,
            started_at=started_at,
            ended_at=ended_at,
        )

        if not _FIELDS.issuperset(src_dict):
            others = {name: value for name, value in src_dict.items() if name not in _FIELDS}
            import_job.additional_properties = others
        return import_job

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
