from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.import_job import ImportJob


T = TypeVar("T", bound="ImportJobsResult")

_FIELDS: frozenset[str] = frozenset(
    {
        "migrations",
    }
)


@_attrs_define
class ImportJobsResult:
    migrations: list[ImportJob]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        migrations = []
        for migrations_item_data in self.migrations:
            migrations_item = migrations_item_data.to_dict()
            migrations.append(migrations_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "migrations": migrations,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.import_job import ImportJob  # noqa: PLC0415

        migrations = []
        _migrations = src_dict["migrations"]
        for migrations_item_data in _migrations:
            migrations_item = ImportJob.from_dict(migrations_item_data)

            migrations.append(migrations_item)

        import_jobs_result = cls(
            migrations=migrations,
        )

        if not _FIELDS.issuperset(src_dict):
            others = {name: value for name, value in src_dict.items() if name not in _FIELDS}
            import_jobs_result.additional_properties = others
        return import_jobs_result

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
