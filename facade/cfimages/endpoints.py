"""The generated endpoint modules of the API, each imported when it is first used.

They and their models are most of what importing everything costs, and a program that lists needs one of them.
"""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cfimages_api.api.images import abort_import as abort_import
    from cfimages_api.api.images import check_import_source as check_import_source
    from cfimages_api.api.images import create_direct_upload as create_direct_upload
    from cfimages_api.api.images import create_import as create_import
    from cfimages_api.api.images import create_import_source as create_import_source
    from cfimages_api.api.images import create_signing_key as create_signing_key
    from cfimages_api.api.images import create_variant as create_variant
    from cfimages_api.api.images import delete_image as delete_image
    from cfimages_api.api.images import delete_import as delete_import
    from cfimages_api.api.images import delete_import_source as delete_import_source
    from cfimages_api.api.images import delete_signing_key as delete_signing_key
    from cfimages_api.api.images import delete_variant as delete_variant
    from cfimages_api.api.images import edit_config as edit_config
    from cfimages_api.api.images import edit_image as edit_image
    from cfimages_api.api.images import edit_import_source as edit_import_source
    from cfimages_api.api.images import edit_variant as edit_variant
    from cfimages_api.api.images import get_batch_token as get_batch_token
    from cfimages_api.api.images import get_config as get_config
    from cfimages_api.api.images import get_image as get_image
    from cfimages_api.api.images import get_import as get_import
    from cfimages_api.api.images import get_import_progress as get_import_progress
    from cfimages_api.api.images import get_import_source as get_import_source
    from cfimages_api.api.images import get_stats as get_stats
    from cfimages_api.api.images import get_variant as get_variant
    from cfimages_api.api.images import list_images_v1 as list_images_v1
    from cfimages_api.api.images import list_images_v2 as list_images_v2
    from cfimages_api.api.images import list_import_logs as list_import_logs
    from cfimages_api.api.images import list_import_sources as list_import_sources
    from cfimages_api.api.images import list_imports as list_imports
    from cfimages_api.api.images import list_metadata_keys as list_metadata_keys
    from cfimages_api.api.images import list_signing_keys as list_signing_keys
    from cfimages_api.api.images import list_variants as list_variants
    from cfimages_api.api.images import precheck_import_source as precheck_import_source
    from cfimages_api.api.images import start_import as start_import
    from cfimages_api.api.images import upload_image as upload_image
else:

    def __getattr__(name: str) -> ModuleType:
        module = f"cfimages_api.api.images.{name}"
        try:
            endpoint = globals()[name] = import_module(module)
        except ModuleNotFoundError as error:
            if error.name != module:  # something that the endpoint needs
                raise
            raise AttributeError(f"the generated code has no endpoint {name}") from error
        return endpoint
