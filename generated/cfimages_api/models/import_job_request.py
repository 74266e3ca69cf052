from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.import_job_request_conflict_behaviour import (
    ImportJobRequestConflictBehaviour,
    check_import_job_request_conflict_behaviour,
)
from ..models.import_job_request_excluded_content_types_item import (
    ImportJobRequestExcludedContentTypesItem,
    check_import_job_request_excluded_content_types_item,
)
from ..types import UNSET, Unset

T = TypeVar("T", bound="ImportJobRequest")

_FIELDS: frozenset[str] = frozenset(
    {
        "sourceId",
        "conflictBehaviour",
        "excludedContentTypes",
        "pathPrefix",
        "rootDirectory",
    }
)


@_attrs_define
class ImportJobRequest:
    source_id: str
    """ Id of the source to import from. """
    conflict_behaviour: ImportJobRequestConflictBehaviour | Unset = UNSET
    """ What to do with an object whose image exists already (by default, skip it). """
    excluded_content_types: list[ImportJobRequestExcludedContentTypesItem] | Unset = UNSET
    """ Content types to leave out. """
    path_prefix: str | Unset = UNSET
    """ What to put before the ids of the images. """
    root_directory: str | Unset = UNSET
    """ Import only objects whose names begin so. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        source_id = self.source_id

        conflict_behaviour: str | Unset = UNSET
        if not isinstance(self.conflict_behaviour, Unset):
            conflict_behaviour = self.conflict_behaviour

        excluded_content_types: list[str] | Unset = UNSET
        if not isinstance(self.excluded_content_types, Unset):
            excluded_content_types = []
            for excluded_content_types_item_data in self.excluded_content_types:
                excluded_content_types_item: str = excluded_content_types_item_data
                excluded_content_types.append(excluded_content_types_item)

        path_prefix = self.path_prefix

        root_directory = self.root_directory

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "sourceId": source_id,
            }
        )
        if conflict_behaviour is not UNSET:
            field_dict["conflictBehaviour"] = conflict_behaviour
        if excluded_content_types is not UNSET:
            field_dict["excludedContentTypes"] = excluded_content_types
        if path_prefix is not UNSET:
            field_dict["pathPrefix"] = path_prefix
        if root_directory is not UNSET:
            field_dict["rootDirectory"] = root_directory

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        source_id = src_dict["sourceId"]

        _conflict_behaviour = src_dict.get("conflictBehaviour", UNSET)
        conflict_behaviour: ImportJobRequestConflictBehaviour | Unset
        if isinstance(_conflict_behaviour, Unset):
            conflict_behaviour = UNSET
        else:
            conflict_behaviour = check_import_job_request_conflict_behaviour(_conflict_behaviour)

        _excluded_content_types = src_dict.get("excludedContentTypes", UNSET)
        excluded_content_types: list[ImportJobRequestExcludedContentTypesItem] | Unset = UNSET
        if _excluded_content_types is not UNSET:
            excluded_content_types = []
            for excluded_content_types_item_data in _excluded_content_types:
                excluded_content_types_item = check_import_job_request_excluded_content_types_item(
                    excluded_content_types_item_data
                )

                excluded_content_types.append(excluded_content_types_item)

        path_prefix = src_dict.get("pathPrefix", UNSET)

        root_directory = src_dict.get("rootDirectory", UNSET)

        import_job_request = cls(
            source_id=source_id,
            conflict_behaviour=conflict_behaviour,
            excluded_content_types=excluded_content_types,
            path_prefix=path_prefix,
            root_directory=root_directory,
        )

        if not _FIELDS.issuperset(src_dict):
            others = {name: value for name, value in src_dict.items() if name not in _FIELDS}
            import_job_request.additional_properties = others
        return import_job_request

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
