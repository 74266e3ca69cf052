"""The pages of images that answers hold."""

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any

import attrs

from cfimages.image import Image
from cfimages.pagination import LazyItems, Page
from cfimages.transport import parsed
from cfimages.values import shown
from cfimages_api import models
from cfimages_api.types import Response


class Images(LazyItems[Image]):
    """Views of images that the generated client read. Raises ValueError if one has no id."""

    __slots__ = ("_generated", "answer")

    def __init__(self, generated: Sequence[models.Image], answer: bytes = b"") -> None:
        if not {*map(type, map(attrgetter("id"), generated))} <= {str}:  # a loop would take twice as long
            raise ValueError("an image without an id")
        self._generated = generated
        self.answer = answer
        """Where they were read, if that is held: the JSON of a page of `list`."""

    def __len__(self) -> int:
        return len(self._generated)

    def __iter__(self) -> Iterator[Image]:
        return map(Image.view_of, self._generated)

    def __reversed__(self) -> Iterator[Image]:
        return map(Image.view_of, reversed(self._generated))

    def _item(self, place: int) -> Image:
        return Image.view_of(self._generated[place])


class StoredImages(LazyItems[Image]):
    """Images that are read from the answer each time they are gone through, and kept as that until then.

    So they take a third of the memory, and the garbage collector has nothing to look through.
    """

    def __init__(self, answer: bytes, count: int) -> None:
        self._answer = answer
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Image]:
        return iter(self._read())

    def __reversed__(self) -> Iterator[Image]:
        return reversed(self._read())

    def _item(self, place: int) -> Image:
        return self._read()[place]

    def _read(self) -> Images:
        from cfimages.decoding import loads

        return Images(models.ImageListV2Response.from_dict(loads(self._answer)).result.images)


def stored(page: Page[Image]) -> Page[Image]:
    """A page that is to be kept for long."""
    items = page.items
    if not isinstance(items, Images):  # a window has chosen some of them
        return page
    return attrs.evolve(page, items=StoredImages(items.answer, len(items)))


def page_of(answer: Response[Any], token: str | None, *, storable: bool = False) -> Page[Image]:
    """The page of an answer to what was asked with a token; `storable` if it may be `stored`."""
    body: models.ImageListV2Response = parsed(answer)
    following = body.result.continuation_token
    if following and not isinstance(following, str):
        raise TypeError(f"the continuation token {shown(following)} is not text")
    images = Images(body.result.images, answer.content if storable else b"")
    return Page(images, token, following or None, dict(body.result.additional_properties))


def numbered_page_of(answer: Response[Any], token: str | None, number: int) -> Page[Image]:
    """A page of the first listing. Only an empty one is the last: the service caps per_page as it likes."""
    body: models.ImageListV1Response = parsed(answer)
    images = Images(body.result.images)
    return Page(images, token, str(number + 1) if images else None, dict(body.result.additional_properties))
