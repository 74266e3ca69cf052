from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ImportProgress")

_FIELDS: frozenset[str] = frozenset(
    {
        "status",
        "startedAt",
        "endedAt",
        "isAccurate",
        "scannedCount",
        "importSuccessCount",
        "importErrorsCount",
        "skippedConflictCount",
        "skippedExcludedContentTypeCount",
        "skippedInvalidMediaCount",
        "skippedInvalidNameCount",
        "skippedOversizeCount",
        "skippedStorageClassCount",
        "skippedUnsupportedContentTypeCount",
    }
)


@_attrs_define
class ImportProgress:
    status: str
    """ One of pending, processing, success, error and aborted. """
    started_at: datetime.datetime | None | Unset = UNSET
    ended_at: datetime.datetime | None | Unset = UNSET
    is_accurate: bool | Unset = UNSET
    """ Whether the counts are exact; if not, they are estimates. """
    scanned_count: int | Unset = UNSET
    """ Objects of the bucket that have been looked at. """
    import_success_count: int | Unset = UNSET
    """ Objects that are images now. """
    import_errors_count: int | Unset = UNSET
    """ Objects that could not be imported. """
    skipped_conflict_count: int | Unset = UNSET
    """ Objects left out because their image exists. """
    skipped_excluded_content_type_count: int | Unset = UNSET
    """ Objects left out as the import says. """
    skipped_invalid_media_count: int | Unset = UNSET
    """ Objects left out because they cannot be decoded. """
    skipped_invalid_name_count: int | Unset = UNSET
    """ Objects left out because their name cannot be an id. """
    skipped_oversize_count: int | Unset = UNSET
    """ Objects left out because they are too large. """
    skipped_storage_class_count: int | Unset = UNSET
    """ Objects left out because they are archived. """
    skipped_unsupported_content_type_count: int | Unset = UNSET
    """ Objects left out because they are no images. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        status = self.status

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

        is_accurate = self.is_accurate

        scanned_count = self.scanned_count

        import_success_count = self.import_success_count

        import_errors_count = self.import_errors_count

        skipped_conflict_count = self.skipped_conflict_count

        skipped_excluded_content_type_count = self.skipped_excluded_content_type_count

        skipped_invalid_media_count = self.skipped_invalid_media_count

        skipped_invalid_name_count = self.skipped_invalid_name_count

        skipped_oversize_count = self.skipped_oversize_count

        skipped_storage_class_count = self.skipped_storage_class_count

        skipped_unsupported_content_type_count = self.skipped_unsupported_content_type_count

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "status": status,
            }
        )
        if started_at is not UNSET:
            field_dict["startedAt"] = started_at
        if ended_at is not UNSET:
            field_dict["endedAt"] = ended_at
        if is_accurate is not UNSET:
            field_dict["isAccurate"] = is_accurate
        if scanned_count is not UNSET:
            field_dict["scannedCount"] = scanned_count
        if import_success_count is not UNSET:
            field_dict["importSuccessCount"] = import_success_count
        if import_errors_count is not UNSET:
            field_dict["importErrorsCount"] = import_errors_count
        if skipped_conflict_count is not UNSET:
            field_dict["skippedConflictCount"] = skipped_conflict_count
        if skipped_excluded_content_type_count is not UNSET:
            field_dict["skippedExcludedContentTypeCount"] = skipped_excluded_content_type_count
        if skipped_invalid_media_count is not UNSET:
            field_dict["skippedInvalidMediaCount"] = skipped_invalid_media_count
        if skipped_invalid_name_count is not UNSET:
            field_dict["skippedInvalidNameCount"] = skipped_invalid_name_count
        if skipped_oversize_count is not UNSET:
            field_dict["skippedOversizeCount"] = skipped_oversize_count
        if skipped_storage_class_count is not UNSET:
            field_dict["skippedStorageClassCount"] = skipped_storage_class_count
        if skipped_unsupported_content_type_count is not UNSET:
            field_dict["skippedUnsupportedContentTypeCount"] = skipped_unsupported_content_type_count

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        status = src_dict["status"]

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

        is_accurate = src_dict.get("isAccurate", UNSET)

        scanned_count = src_dict.get("scannedCount", UNSET)

        import_success_count = src_dict.get("importSuccessCount", UNSET)

        import_errors_count = src_dict.get("importErrorsCount", UNSET)

        skipped_conflict_count = src_dict.get("skippedConflictCount", UNSET)

        skipped_excluded_content_type_count = src_dict.get("skippedExcludedContentTypeCount", UNSET)

        skipped_invalid_media_count = src_dict.get("skippedInvalidMediaCount", UNSET)

        skipped_invalid_name_count = src_dict.get("skippedInvalidNameCount", UNSET)

        skipped_oversize_count = src_dict.get("skippedOversizeCount", UNSET)

        skipped_storage_class_count = src_dict.get("skippedStorageClassCount", UNSET)

        skipped_unsupported_content_type_count = src_dict.get("skippedUnsupportedContentTypeCount", UNSET)

        import_progress = cls(
            status=status,
            started_at=started_at,
            ended_at=ended_at,
            is_accurate=is_accurate,
            scanned_count=scanned_count,
            import_success_count=import_success_count,
            import_errors_count=import_errors_count,
            skipped_conflict_count=skipped_conflict_count,
            skipped_excluded_content_type_count=skipped_excluded_content_type_count,
            skipped_invalid_media_count=skipped_invalid_media_count,
            skipped_invalid_name_count=skipped_invalid_name_count,
            skipped_oversize_count=skipped_oversize_count,
            skipped_storage_class_count=skipped_storage_class_count,
            skipped_unsupported_content_type_count=skipped_unsupported_content_type_count,
        )

        if not _FIELDS.issuperset(src_dict):
            others = {name: value for name, value in src_dict.items() if name not in _FIELDS}
            import_progress.additional_properties = others
        return import_progress

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
