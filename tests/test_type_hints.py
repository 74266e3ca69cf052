"""What public annotations say can be read while a program runs, and everything public is documented."""

import ast
import inspect
import types
from collections.abc import Iterator
from importlib import import_module
from typing import Any, TypeVar, get_type_hints

import attrs
import pytest

import cfimages
import cfimages.sandbox
from cfimages.pytest_plugin import SandboxAccount

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


def test_annotations_of_the_sandbox_and_the_plugin_can_be_read() -> None:
    kinds = [getattr(cfimages.sandbox, name) for name in cfimages.sandbox.__all__]
    for kind in [SandboxAccount, *filter(inspect.isclass, kinds)]:
        for _, function in members(kind):
            get_type_hints(function)


@pytest.mark.parametrize("name", [name for name, kind in CLASSES.items() if attrs.has(kind)])
def test_every_argument_of_a_public_class_has_a_type(name: str) -> None:
    """An argument has the type of its converter, and none if that is a class."""
    kind = CLASSES[name]
    assert inspect.signature(kind).parameters.keys() <= get_type_hints(kind.__init__).keys()


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


def annotations(node: ast.AST) -> Iterator[ast.expr]:
    """The annotations of a function, or of the public fields and methods of a class."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        parameters = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        yield from filter(None, [node.returns, *(parameter.annotation for parameter in parameters)])
    elif isinstance(node, ast.ClassDef):
        for member in node.body:
            if isinstance(member, ast.AnnAssign) and not ast.unparse(member.target).startswith("_"):
                yield member.annotation
            elif isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef) and not member.name.startswith("_"):
                yield from annotations(member)


def own_names(module: types.ModuleType, annotation: ast.expr) -> Iterator[str]:
    """The names of ours in an annotation, without type variables and what begins with an underscore."""
    tree = ast.parse(inspect.getsource(module))
    ours = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            ours |= {ast.unparse(target) for target in node.targets}
        elif isinstance(node, ast.ImportFrom) and str(node.module).startswith("cfimages."):
            ours |= {alias.name for alias in node.names}
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) == "Annotated":
        annotation = annotation.slice.elts[0]  # the rest is data
    for node in ast.walk(annotation):
        name = node.id if isinstance(node, ast.Name) else node.value if isinstance(node, ast.Constant) else None
        if name in ours and not isinstance(getattr(module, str(name), None), TypeVar) and not str(name).startswith("_"):
            yield str(name)


@pytest.mark.parametrize("name", [name for name, value in PUBLIC.items() if inspect.isclass(value) or callable(value)])
def test_what_a_public_annotation_names_is_public(name: str) -> None:
    module = import_module(PUBLIC[name].__module__)
    definitions = [node for node in ast.parse(inspect.getsource(module)).body if getattr(node, "name", None) == name]
    found = [annotation for node in definitions for annotation in annotations(node)]
    assert {used for annotation in found for used in own_names(module, annotation)} <= set(cfimages.__all__)


PAIRS = [name for name in CLASSES if f"Async{name}" in CLASSES]


@pytest.mark.parametrize("name", PAIRS)
def test_both_forms_of_a_class_offer_the_same(name: str) -> None:
    sync, asynchronous = (
        {member for member in dir(CLASSES[kind]) if not member.startswith("_")} for kind in (name, f"Async{name}")
    )
    assert {"close" if member == "aclose" else member for member in asynchronous} == sync


def test_the_forms_are_found() -> None:
    assert {"CloudflareImages", "BatchClient", "Pager", "Pages", "Keys", "Variants"} <= set(PAIRS)
