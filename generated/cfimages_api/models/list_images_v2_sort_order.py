from typing import Literal

ListImagesV2SortOrder = Literal["asc", "desc"]

LIST_IMAGES_V2_SORT_ORDER_VALUES: set[ListImagesV2SortOrder] = {
    "asc",
    "desc",
}


def check_list_images_v2_sort_order(value: str) -> ListImagesV2SortOrder:
    if value in LIST_IMAGES_V2_SORT_ORDER_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LIST_IMAGES_V2_SORT_ORDER_VALUES!r}")
