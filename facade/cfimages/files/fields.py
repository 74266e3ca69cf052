from cfimages.files._old import json_object as check_metadata


def edit_fields(metadata, creator, require_signed_urls):
    from cfimages.arguments import check_bool, check_text
    from cfimages.errors import InvalidArgumentError
    from cfimages_api import models
    from cfimages_api.types import UNSET

    if metadata is None and creator is None and require_signed_urls is None:
        raise InvalidArgumentError("nothing to change: pass metadata, creator or require_signed_urls")
    if metadata is not None:
        check_metadata(metadata)
    return models.ImageEdit(
        metadata=UNSET if metadata is None else models.ImageEditMetadata.from_dict(metadata),
        creator=UNSET if creator is None else check_text("creator", creator),
        require_signed_urls=UNSET
        if require_signed_urls is None
        else check_bool("require_signed_urls", require_signed_urls),
    )
