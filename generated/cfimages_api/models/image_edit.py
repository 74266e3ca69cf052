from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.image_edit_metadata import ImageEditMetadata


T = TypeVar("T", bound="ImageEdit")

_FIELDS: frozenset[str] = frozenset(
    {
        "creator",
        "metadata",
        "requireSignedURLs",
    }
)


@_attrs_define
class ImageEdit:
    """What to change; what is absent stays."""

    creator: str | Unset = UNSET
    """ The account's own id of whoever the image belongs to. """
    metadata: ImageEditMetadata | Unset = UNSET
    """ All of the new metadata, at most 1,024 bytes of JSON. """
    require_signed_urls: bool | Unset = UNSET
    """ Whether delivery URLs must be signed. A change gives the image a new id. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        creator = self.creator

        metadata: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metadata, Unset):
            metadata = self.metadata.to_dict()

        require_signed_urls = self.require_signed_urls

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if creator is not UNSET:
            field_dict["creator"] = creator
        if metadata is not UNSET:
            field_dict["metadata"] = metadata
        if require_signed_urls is not UNSET:
            field_dict["requireSignedURLs"] = require_signed_urls

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.image_edit_metadata import ImageEditMetadata  # noqa: PLC0415

        creator = src_dict.get("creator", UNSET)

        _metadata = src_dict.get("metadata", UNSET)
        metadata: ImageEditMetadata | Unset
        if isinstance(_metadata, Unset):
            metadata = UNSET
        else:
            metadata = ImageEditMetadata.from_dict(_metadata)

        require_signed_urls = src_dict.get("requireSignedURLs", UNSET)

        image_edit = cls(
            creator=creator,
            metadata=metadata,
            require_signed_urls=require_signed_urls,
        )

        if not _FIELDS.issuperset(src_dict):
            others = {name: value for name, value in src_dict.items() if name not in _FIELDS}
            image_edit.additional_properties = others
        return image_edit

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
