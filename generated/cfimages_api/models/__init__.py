"""Contains all the data models used in inputs/outputs"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .batch_token import BatchToken
    from .batch_token_response import BatchTokenResponse
    from .config import Config
    from .config_response import ConfigResponse
    from .connectivity import Connectivity
    from .connectivity_request import ConnectivityRequest
    from .connectivity_request_vendor import ConnectivityRequestVendor
    from .connectivity_response import ConnectivityResponse
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
    from .import_job import ImportJob
    from .import_job_request import ImportJobRequest
    from .import_job_request_conflict_behaviour import ImportJobRequestConflictBehaviour
    from .import_job_request_excluded_content_types_item import (
        ImportJobRequestExcludedContentTypesItem,
    )
    from .import_job_response import ImportJobResponse
    from .import_jobs_response import ImportJobsResponse
    from .import_jobs_result import ImportJobsResult
    from .import_log_entry import ImportLogEntry
    from .import_log_response import ImportLogResponse
    from .import_log_result import ImportLogResult
    from .import_progress import ImportProgress
    from .import_progress_response import ImportProgressResponse
    from .import_source import ImportSource
    from .import_source_edit import ImportSourceEdit
    from .import_source_request import ImportSourceRequest
    from .import_source_request_vendor import ImportSourceRequestVendor
    from .import_source_response import ImportSourceResponse
    from .import_source_secret import ImportSourceSecret
    from .import_sources_response import ImportSourcesResponse
    from .import_sources_result import ImportSourcesResult
    from .list_images_v2_sort_order import ListImagesV2SortOrder
    from .metadata_filters import MetadataFilters
    from .metadata_keys import MetadataKeys
    from .metadata_keys_response import MetadataKeysResponse
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
        "Connectivity": ".connectivity",
        "ConnectivityRequest": ".connectivity_request",
        "ConnectivityRequestVendor": ".connectivity_request_vendor",
        "ConnectivityResponse": ".connectivity_response",
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
        "ImportJob": ".import_job",
        "ImportJobRequest": ".import_job_request",
        "ImportJobRequestConflictBehaviour": ".import_job_request_conflict_behaviour",
        "ImportJobRequestExcludedContentTypesItem": ".import_job_request_excluded_content_types_item",
        "ImportJobResponse": ".import_job_response",
        "ImportJobsResponse": ".import_jobs_response",
        "ImportJobsResult": ".import_jobs_result",
        "ImportLogEntry": ".import_log_entry",
        "ImportLogResponse": ".import_log_response",
        "ImportLogResult": ".import_log_result",
        "ImportProgress": ".import_progress",
        "ImportProgressResponse": ".import_progress_response",
        "ImportSource": ".import_source",
        "ImportSourceEdit": ".import_source_edit",
        "ImportSourceRequest": ".import_source_request",
        "ImportSourceRequestVendor": ".import_source_request_vendor",
        "ImportSourceResponse": ".import_source_response",
        "ImportSourceSecret": ".import_source_secret",
        "ImportSourcesResponse": ".import_sources_response",
        "ImportSourcesResult": ".import_sources_result",
        "ListImagesV2SortOrder": ".list_images_v2_sort_order",
        "MetadataFilters": ".metadata_filters",
        "MetadataKeys": ".metadata_keys",
        "MetadataKeysResponse": ".metadata_keys_response",
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
    "Connectivity",
    "ConnectivityRequest",
    "ConnectivityRequestVendor",
    "ConnectivityResponse",
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
    "ImportJob",
    "ImportJobRequest",
    "ImportJobRequestConflictBehaviour",
    "ImportJobRequestExcludedContentTypesItem",
    "ImportJobResponse",
    "ImportJobsResponse",
    "ImportJobsResult",
    "ImportLogEntry",
    "ImportLogResponse",
    "ImportLogResult",
    "ImportProgress",
    "ImportProgressResponse",
    "ImportSource",
    "ImportSourceEdit",
    "ImportSourceRequest",
    "ImportSourceRequestVendor",
    "ImportSourceResponse",
    "ImportSourceSecret",
    "ImportSourcesResponse",
    "ImportSourcesResult",
    "ListImagesV2SortOrder",
    "MetadataFilters",
    "MetadataKeys",
    "MetadataKeysResponse",
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
