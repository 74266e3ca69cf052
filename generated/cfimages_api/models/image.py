from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Image")

_FIELDS: frozenset[str] = frozenset(
    {
        "id",
        "creator",
        "filename",
        "meta",
        "requireSignedURLs",
        "uploaded",
        "variants",
        "draft",
    }
)


@_attrs_define
class Image:
    """An image. The service promises none of the fields, and may add others."""

    id: str | Unset = UNSET
    """ Id of the image, made by the service or chosen at upload. """
    creator: None | str | Unset = UNSET
    """ The account's own id of whoever the image belongs to. """
    filename: None | str | Unset = UNSET
    """ Name of the uploaded file. """
    meta: Any | Unset = UNSET
    """ The account's own data about the image, at most 1,024 bytes of JSON. """
    require_signed_urls: bool | Unset = UNSET
    """ Whether delivery URLs of the image must be signed. """
    uploaded: datetime.datetime | None | Unset = UNSET
    """ When the image was uploaded. """
    variants: list[str] | Unset = UNSET
    """ Delivery URL of each variant of the image. """
    draft: bool | Unset = UNSET
    """ True while a direct upload has not been completed. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        creator: None | str | Unset
        if isinstance(self.creator, Unset):
            creator = UNSET
        else:
            creator = self.creator

        filename: None | str | Unset
        if isinstance(self.filename, Unset):
            filename = UNSET
        else:
            filename = self.filename

        meta = self.meta

        require_signed_urls = self.require_signed_urls

        uploaded: None | str | Unset
        if isinstance(self.uploaded, Unset):
            uploaded = UNSET
        elif isinstance(self.uploaded, datetime.datetime):
            uploaded = self.uploaded.isoformat()
        else:
            uploaded = self.uploaded

        variants: list[str] | Unset = UNSET
        if not isinstance(self.variants, Unset):
            variants = self.variants

        draft = self.draft

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if id is not UNSET:
            field_dict["id"] = id
        if creator is not UNSET:
            field_dict["creator"] = creator
        if filename is not UNSET:
            field_dict["filename"] = filename
        if meta is not UNSET:
            field_dict["meta"] = meta
        if require_signed_urls is not UNSET:
            field_dict["requireSignedURLs"] = require_signed_urls
        if uploaded is not UNSET:
            field_dict["uploaded"] = uploaded
        if variants is not UNSET:
            field_dict["variants"] = variants
        if draft is not UNSET:
            field_dict["draft"] = draft

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        id = src_dict.get("id", UNSET)

        creator = src_dict.get("creator", UNSET)

        filename = src_dict.get("filename", UNSET)

        meta = src_dict.get("meta", UNSET)

        require_signed_urls = src_dict.get("requireSignedURLs", UNSET)

        uploaded = src_dict.get("uploaded", UNSET)
        if isinstance(uploaded, str):
            try:
                uploaded_type_0 = datetime.datetime.fromisoformat(uploaded)

                uploaded = uploaded_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass

        variants = src_dict.get("variants", UNSET)

        draft = src_dict.get("draft", UNSET)

        image = cls(
            id=id,
            creator=creator,
            filename=filename,
            meta=meta,
            require_signed_urls=require_signed_urls,
            uploaded=uploaded,
            variants=variants,
            draft=draft,
        )

        if not _FIELDS.issuperset(src_dict):
            others = {name: value for name, value in src_dict.items() if name not in _FIELDS}
            image.additional_properties = others
        return image

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
