"""Contains all the data models used in inputs/outputs"""

from .envelope import Envelope
from .failure_response import FailureResponse
from .form_boolean import FormBoolean
from .image import Image
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

__all__ = (
    "Envelope",
    "FailureResponse",
    "FormBoolean",
    "Image",
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
)
