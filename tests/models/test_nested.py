"""An object within an object of an answer is read by the class that the field names."""

from typing import Any

import attrs

from cfimages.models.shape import ResponseModel


@attrs.define
class GeneratedSize:
    """As the generator writes it."""

    width: Any
    additional_properties: dict[str, Any] = attrs.field(factory=dict)


@attrs.define
class GeneratedPicture:
    """As the generator writes it."""

    size: Any
    sizes: Any = attrs.field(factory=list)
    additional_properties: dict[str, Any] = attrs.field(factory=dict)


@attrs.frozen
class Size(ResponseModel):
    """An object within another."""

    width: int | None = None


@attrs.frozen
class Picture(ResponseModel):
    """An object with others inside."""

    size: Size | None = None
    sizes: tuple[Size, ...] = ()


def test_an_object_within_an_object_is_read() -> None:
    small, odd = GeneratedSize(5), GeneratedSize(True, {"depth": 3})
    picture = Picture.from_generated(GeneratedPicture(small, [small, odd]))
    assert picture.size == Size(5)
    assert picture.sizes == (Size(5), Size(None, extra={"width": True, "depth": 3}))
    assert picture.extra == {}


def test_what_is_no_such_object_is_kept() -> None:
    assert Picture.from_generated(GeneratedPicture("5x5")) == Picture(extra={"size": "5x5"})
    assert Picture.from_generated(GeneratedPicture(None)) == Picture()
