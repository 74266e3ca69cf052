from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.import_log_entry import ImportLogEntry


T = TypeVar("T", bound="ImportLogResult")

_FIELDS: frozenset[str] = frozenset(
    {
        "logs",
    }
)


@_attrs_define
class ImportLogResult:
    logs: list[ImportLogEntry]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        logs = []
        for logs_item_data in self.logs:
            logs_item = logs_item_data.to_dict()
            logs.append(logs_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "logs": logs,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.import_log_entry import ImportLogEntry  # noqa: PLC0415

        logs = []
        _logs = src_dict["logs"]
        for logs_item_data in _logs:
            logs_item = ImportLogEntry.from_dict(logs_item_data)

            logs.append(logs_item)

        import_log_result = cls(
            logs=logs,
        )

        if not _FIELDS.issuperset(src_dict):
            others = {name: value for name, value in src_dict.items() if name not in _FIELDS}
            import_log_result.additional_properties = others
        return import_log_result

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
