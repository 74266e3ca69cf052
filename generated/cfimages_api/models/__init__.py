"""Contains all the data models used in inputs/outputs"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .batch_token import BatchToken
    from .batch_token_response import BatchTokenResponse
    from .config import Config
    from .config_response import ConfigResponse
    from .direct_upload import DirectUpload
    from .direct_upload_request import DirectUploadRequest
    from .direct_upload_response import DirectUploadResponse
    from .empty_response import EmptyResponse
    from .envelope import Envelope
    from .failure_response import FailureResponse
    from .form_boolean import FormBoolean
    from .image import Image
    from .image_count import ImageCount
    from .image_edit import ImageEdit
    from .image_edit_metadata import ImageEditMetadata
    from .image_list_v1 import ImageListV1
    from .image_list_v1_response import ImageListV1Response
    from .image_list_v2 import ImageListV2
    from .image_list_v2_response import ImageListV2Response
    from .image_response import ImageResponse
    from .image_upload import ImageUpload
    from .list_images_v2_sort_order import ListImagesV2SortOrder
    from .metadata_filters import MetadataFilters
    from .response_info import ResponseInfo
    from .response_info_source import ResponseInfoSource
    from .signing_key import SigningKey
    from .signing_keys_response import SigningKeysResponse
    from .signing_keys_result import SigningKeysResult
    from .stats_response import StatsResponse
    from .stats_result import StatsResult
    from .variant_definition import VariantDefinition
    from .variant_edit import VariantEdit
    from .variant_options import VariantOptions
    from .variant_response import VariantResponse
    from .variant_result import VariantResult
    from .variants_by_name import VariantsByName
    from .variants_response import VariantsResponse
    from .variants_result import VariantsResult

else:  # A type checker that saw __getattr__ would take any name for a model.
    _MODULES = {
        "BatchToken": ".batch_token",
        "BatchTokenResponse": ".batch_token_response",
        "Config": ".config",
        "ConfigResponse": ".config_response",
        "DirectUpload": ".direct_upload",
        "DirectUploadRequest": ".direct_upload_request",
        "DirectUploadResponse": ".direct_upload_response",
        "EmptyResponse": ".empty_response",
        "Envelope": ".envelope",
        "FailureResponse": ".failure_response",
        "FormBoolean": ".form_boolean",
        "Image": ".image",
        "ImageCount": ".image_count",
        "ImageEdit": ".image_edit",
        "ImageEditMetadata": ".image_edit_metadata",
        "ImageListV1": ".image_list_v1",
        "ImageListV1Response": ".image_list_v1_response",
        "ImageListV2": ".image_list_v2",
        "ImageListV2Response": ".image_list_v2_response",
        "ImageResponse": ".image_response",
        "ImageUpload": ".image_upload",
        "ListImagesV2SortOrder": ".list_images_v2_sort_order",
        "MetadataFilters": ".metadata_filters",
        "ResponseInfo": ".response_info",
        "ResponseInfoSource": ".response_info_source",
        "SigningKey": ".signing_key",
        "SigningKeysResponse": ".signing_keys_response",
        "SigningKeysResult": ".signing_keys_result",
        "StatsResponse": ".stats_response",
        "StatsResult": ".stats_result",
        "VariantDefinition": ".variant_definition",
        "VariantEdit": ".variant_edit",
        "VariantOptions": ".variant_options",
        "VariantResponse": ".variant_response",
        "VariantResult": ".variant_result",
        "VariantsByName": ".variants_by_name",
        "VariantsResponse": ".variants_response",
        "VariantsResult": ".variants_result",
    }

    def __getattr__(name: str) -> Any:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_MODULES[name], __name__), name)


__all__ = (
    "BatchToken",
    "BatchTokenResponse",
    "Config",
    "ConfigResponse",
    "DirectUpload",
    "DirectUploadRequest",
    "DirectUploadResponse",
    "EmptyResponse",
    "Envelope",
    "FailureResponse",
    "FormBoolean",
    "Image",
    "ImageCount",
    "ImageEdit",
    "ImageEditMetadata",
    "ImageListV1",
    "ImageListV1Response",
    "ImageListV2",
    "ImageListV2Response",
    "ImageResponse",
    "ImageUpload",
    "ListImagesV2SortOrder",
    "MetadataFilters",
    "ResponseInfo",
    "ResponseInfoSource",
    "SigningKey",
    "SigningKeysResponse",
    "SigningKeysResult",
    "StatsResponse",
    "StatsResult",
    "VariantDefinition",
    "VariantEdit",
    "VariantOptions",
    "VariantResponse",
    "VariantResult",
    "VariantsByName",
    "VariantsResponse",
    "VariantsResult",
)
