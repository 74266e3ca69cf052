"""What public annotations say can be read while a program runs, and everything public is documented."""

import inspect
import types
from collections.abc import Iterator
from typing import Any, get_type_hints

import pytest

import cfimages

PUBLIC = {name: getattr(cfimages, name) for name in cfimages.__all__}
CLASSES = {name: value for name, value in PUBLIC.items() if inspect.isclass(value)}


def members(kind: type) -> Iterator[tuple[str, Any]]:
    """The functions of a class, and those of its properties."""
    for name in dir(kind):
        member = inspect.getattr_static(kind, name)
        member = getattr(member, "__func__", member)
        if isinstance(member, property):
            yield name, member.fget
        elif isinstance(member, types.FunctionType) and member.__module__.startswith("cfimages"):
            yield name, member


@pytest.mark.parametrize("name", CLASSES)
def test_annotations_of_every_public_member_can_be_read(name: str) -> None:
    get_type_hints(CLASSES[name])
    for member, function in members(CLASSES[name]):
        if member.startswith("__attrs") or member in ("__setattr__", "__delattr__"):  # attrs makes these
            continue
        hints = get_type_hints(function)
        if not member.startswith("_"):
            assert "return" in hints, member


def test_annotations_of_every_public_function_can_be_read() -> None:
    functions = [value for value in PUBLIC.values() if inspect.isfunction(value)]
    assert functions
    for function in functions:
        assert "return" in get_type_hints(function)


@pytest.mark.parametrize("name", CLASSES)
def test_everything_public_is_documented(name: str) -> None:
    kind = CLASSES[name]
    assert inspect.getdoc(kind)
    for member, function in members(kind):
        if not member.startswith("_"):
            assert inspect.getdoc(function), member


PAIRS = [name for name in CLASSES if f"Async{name}" in CLASSES]


@pytest.mark.parametrize("name", PAIRS)
def test_both_forms_of_a_class_offer_the_same(name: str) -> None:
    sync, asynchronous = (
        {member for member in dir(CLASSES[kind]) if not member.startswith("_")} for kind in (name, f"Async{name}")
    )
    assert {"close" if member == "aclose" else member for member in asynchronous} == sync


def test_the_forms_are_found() -> None:
    assert {"CloudflareImages", "BatchClient", "Pager", "Pages", "Keys", "Variants"} <= set(PAIRS)
