"""The layers of the façade: which folder may import which, and how much one module holds."""

import ast
import io
import itertools
import re
import sys
import tokenize
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
import pytest

import cfimages
import cfimages_api
from cfimages import CloudflareImages

FACADE = Path(cfimages.__file__).parent
GENERATED = Path(cfimages_api.__file__).parent
MODULES = sorted(FACADE.rglob("*.py"))

BOTTOM_UP = ("", "delivery", "models", "files", "http", "listing", "parallel", "_async", "_sync", "jobs", "cli")
"""The folders, from the bottom; "" is the modules beside them. The sandbox stands apart, behind the wire."""

MODULE_OF = {
    node.names[0].name: node.module
    for node in ast.parse((FACADE / "__init__.pyi").read_text("utf-8")).body
    if isinstance(node, ast.ImportFrom)
}
"""The module of each public name."""

MAX_LINES = 300
"""Lines of code of one module, without docstrings, comments and blank lines."""

MAX_CALLS = 60
"""Calls of our functions for one page of one image."""


def imports(path: Path) -> set[str]:
    """Every module that a file imports, also inside functions, for type checkers, and as `cfimages.Name`."""
    text = path.read_text("utf-8")
    found = {str(MODULE_OF[name]) for name in re.findall(r"\bcfimages\.(\w+)", text) if name in MODULE_OF}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
            found |= {f"{node.module}.{alias.name}" for alias in node.names if node.module == "cfimages"}
    return found


def folder(module: str) -> str:
    """The folder of a module of ours, such as `http` for `cfimages.http.retries`."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and (FACADE / parts[1]).is_dir() else ""


def test_every_folder_has_its_layer() -> None:
    folders = {path.name for path in FACADE.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert folders <= {*BOTTOM_UP, "sandbox"}


def test_a_folder_imports_only_what_stands_below_it() -> None:
    above = []
    for path in MODULES:
        here = path.relative_to(FACADE).parts[0] if path.parent != FACADE else ""
        if here == "sandbox" or path.name in ("pytest_plugin.py", "__init__.py"):  # the latter names all, lazily
            continue
        if path == FACADE / "__main__.py":
            here = "cli"  # of which it is the other name
        for module in imports(path):
            there = folder(module) if module.startswith("cfimages.") else here
            if (here, there) == ("cli", "sandbox"):  # which it starts
                continue
            if there not in BOTTOM_UP or BOTTOM_UP.index(there) > BOTTOM_UP.index(here):
                above.append(f"{path.relative_to(FACADE)} imports {module}")
            if {here, there} == {"_async", "_sync"}:
                above.append(f"{path.relative_to(FACADE)} imports {module}, its other form")
    assert not above


def test_only_one_module_of_the_sandbox_knows_the_sdk() -> None:
    users = {
        path.name
        for path in (FACADE / "sandbox").rglob("*.py")
        for module in imports(path)
        if module.startswith("cfimages.") and folder(module) != "sandbox"
    }
    assert users <= {"server.py"}  # which makes clients of its accounts


def test_the_generated_code_knows_no_facade() -> None:
    for path in GENERATED.rglob("*.py"):
        assert not {name for name in imports(path) if name.partition(".")[0] == "cfimages"}, path


def test_what_is_imported_is_declared() -> None:
    """`anyio`, `h11` and `httpcore` come with httpx today, and may not tomorrow."""
    declared = {"attr", "attrs", "httpx", "dateutil", "cfimages", "cfimages_api"}
    declared |= {"msgspec", "pydantic_core", "typing_extensions"}  # guarded, or imported because pydantic asks
    extras = {"click", "platformdirs", "pyarrow", "rich"}  # of the jobs and the command
    for path in MODULES:
        if not {"sandbox", "pytest_plugin.py"} & {*path.relative_to(FACADE).parts}:
            roots = {name.partition(".")[0] for name in imports(path)}
            own = extras if {"cli", "jobs"} & {*path.relative_to(FACADE).parts} else set()
            assert roots - sys.stdlib_module_names <= declared | own, path


def test_generated_models_are_filled_by_keyword() -> None:
    """So the order of properties in openapi.yaml means nothing to the façade."""
    by_position = []
    for path in MODULES:
        nodes = [*ast.walk(ast.parse(path.read_text("utf-8")))]
        generated = {
            alias.asname or alias.name
            for node in nodes
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cfimages_api.models.")
            for alias in node.names
        }
        called = [(ast.unparse(node.func), node) for node in nodes if isinstance(node, ast.Call) and node.args]
        by_position += [
            f"{path.relative_to(FACADE)}:{node.lineno} fills {name} by position"
            for name, node in called
            if name in generated or re.fullmatch(r"models\.\w+", name)
        ]
    assert not by_position


def test_nothing_uses_private_attributes_of_httpx() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200))
    objects = (httpx.Client(transport=transport), httpx.Request("GET", "http://a"), httpx.Response(200))
    private = {name for one in objects for name in dir(one) if re.match("_[^_]", name)}
    used = []
    for path in MODULES:
        nodes = [*ast.walk(ast.parse(path.read_text("utf-8")))]
        kinds = [node for node in nodes if isinstance(node, ast.ClassDef)]
        own_kinds = [kind for kind in kinds if not any("httpx." in ast.unparse(base) for base in kind.bases)]
        own = {id(node) for kind in own_kinds for node in ast.walk(kind) if getattr(node, "id", None) == "self"}
        used += [
            f"{path.relative_to(FACADE)}:{node.lineno} uses {ast.unparse(node)}"
            for node in nodes
            if isinstance(node, ast.Attribute) and node.attr in private and id(node.value) not in own
        ]
    assert not used


def code_lines(path: Path) -> int:
    """Lines with code on them, without docstrings, comments and blank lines."""
    text = path.read_text("utf-8")
    skipped = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    found: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in skipped:
            found.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            found.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(found)


def test_no_module_is_long() -> None:
    generated = FACADE / "_sync"
    long = {path.name: code_lines(path) for path in MODULES if generated not in path.parents}
    assert {name: lines for name, lines in long.items() if lines > MAX_LINES} == {}


def test_a_page_of_one_image_takes_few_calls_of_ours() -> None:
    image = {
        "id": "a",
        "filename": "f",
        "meta": {"x": 1},
        "uploaded": "2026-01-01T00:00:00Z",
        "variants": ["https://v"],
    }
    page = {"success": True, "errors": [], "messages": [], "result": {"images": [image], "continuation_token": None}}
    called: list[str] = []

    def profile(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and Path(frame.f_code.co_filename).is_relative_to(FACADE):
            called.append(f"{Path(frame.f_code.co_filename).name}:{frame.f_code.co_qualname}")

    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=page))
    with CloudflareImages("acc", api_token="canary-5d1f", transport=transport) as images:
        for _ in range(2):
            list(images.list())  # the first ones import what they need
        before = sys.getprofile()
        sys.setprofile(profile)
        try:
            found = list(images.list())
        finally:
            sys.setprofile(before)
    assert [image.id for image in found] == ["a"]
    assert 0 < len(called) <= MAX_CALLS, called


def test_all_is_every_public_name_in_order() -> None:
    tree = ast.parse((FACADE / "__init__.pyi").read_text("utf-8"))
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cfimages")
        for alias in node.names
    }
    assert set(cfimages.__all__) == imported
    assert cfimages.__all__ == sorted(cfimages.__all__) == dir(cfimages)
    for name in cfimages.__all__:
        getattr(cfimages, name)
    for module in (cfimages, cfimages_api.models, import_module("cfimages.endpoints")):
        with pytest.raises(AttributeError, match="unheard_of"):
            module.unheard_of  # noqa: B018 - asking is the test


def test_what_an_endpoint_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoints: Any = import_module("cfimages.endpoints")
    monkeypatch.setattr("cfimages.endpoints.import_module", lambda _: import_module("cfimages_api.unheard_of"))
    with pytest.raises(ModuleNotFoundError, match=r"cfimages_api\.unheard_of"):
        endpoints.get_webp  # noqa: B018 - asking is the test


ARCHITECTURE = (Path(__file__).parent.parent / "docs/architecture.md").read_text("utf-8")


def defined(tree: ast.AST, prefix: str = "") -> Iterator[str]:
    """The names of what a module or a class defines, with those of the classes around it."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + node.name
            yield from defined(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            yield from (
                prefix + ast.unparse(target) for target in getattr(node, "targets", [getattr(node, "target", node)])
            )


def test_the_table_of_the_architecture_says_where_things_are() -> None:
    rows = re.findall(r"^\| [^|]* \| (`.*`) \|$", ARCHITECTURE, re.MULTILINE)
    assert len(rows) > 15
    for row in rows:
        names: set[str] = set()
        for code in re.findall("`([^`]+)`", row):
            if code.endswith(".py"):
                names = set(defined(ast.parse((FACADE / code).read_text("utf-8"))))
            else:
                assert code in names or any(name.endswith(f".{code}") for name in names), row


def test_the_steps_of_the_architecture_name_what_there_is() -> None:
    ours = {
        qualified
        for path in MODULES
        for name in defined(ast.parse(path.read_text("utf-8")))
        for qualified in (name, f"{path.stem}.{name}")
    }
    ways = re.findall(r"^## (?:What|How) .*?(?=^## )", ARCHITECTURE, re.MULTILINE | re.DOTALL)
    steps = [re.findall(r"^[0-9]+\. .*\n(?:  +.*\n)*", way, re.MULTILINE) for way in ways]
    assert [0 < len(each) <= 12 for each in steps] == [True, True]
    for step in itertools.chain(*steps):
        named = [code for code in re.findall("`([^`]+)`", step) if re.fullmatch(r"[A-Za-z]\w*(\.\w+)?", code)]
        assert set(named) - ours <= {"Image", "list_images_v2.asyncio_detailed", "send", "resume_token"}, step
