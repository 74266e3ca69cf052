"""Names in comprehensions, which Python 3.12 and newer look up in the function around them."""

import symtable
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from documents import ROOT

FOLDERS = ("facade", "generated", "tests", "tools", "benchmarks", "examples")


def comprehensions(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    """Those that Python 3.12 makes a part of the function, as it does not with generators."""
    for child in table.get_children():
        if child.get_name() in ("listcomp", "setcomp", "dictcomp"):
            yield child
            yield from comprehensions(child)


def mixed(table: symtable.SymbolTable) -> set[str]:
    """The names that one comprehension of a function binds, and that are a name from outside elsewhere in it."""
    symbols = [symbol for part in comprehensions(table) for symbol in part.get_symbols()]
    bound = {symbol.get_name() for symbol in symbols if symbol.is_local()}
    outer = {symbol.get_name() for symbol in symbols if symbol.is_global()}
    return bound & (outer | {symbol.get_name() for symbol in table.get_symbols() if symbol.is_free()})


def problems(code: str, name: str) -> set[str]:
    left, found = [symtable.symtable(code, name, "exec")], set()
    while left:
        table = left.pop()
        left += table.get_children()
        if table.get_type() == "function":
            found |= {f"{name}:{table.get_lineno()}: {each}" for each in mixed(table)}
    return found


pytestmark = pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="comprehensions have tables of symbols up to Python 3.11"
)


def test_no_name_of_a_comprehension_means_something_else_in_the_same_function() -> None:
    """Python 3.12.0 to 3.12.3 take a global name for that of the other comprehension; newer ones do so in closures."""
    paths = [path for folder in FOLDERS for path in Path(ROOT, folder).rglob("*.py")]
    assert len(paths) > 500
    assert {problem for path in paths for problem in problems(path.read_text("utf-8"), str(path))} == set()


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ("[x for x in y]; [x(z) for z in y]", True),
        ("[x(z) for z in y]; {x: x for x in y}", True),
        ("[x(z) for z in {x for x in y}]", True),
        ("[x for x in y]; lambda: lambda: x", False),
        ("[x for x in y]; x(1)", False),
        ("[x for x in y]; [x for x in y]", False),
        ("[[x for z in x] for x in y]", False),
        ("x = 1; [x for x in y]; [x for z in y]", False),
        ("[x for x in y]; any(x(z) for z in y)", False),
    ],
)
def test_which_names_are_mixed(body: str, wrong: bool) -> None:
    assert bool(problems(f"def f(y): {body}", "code")) is wrong
    if wrong:
        assert problems(f"def outer(x):\n def f(y): {body}", "code")


def test_a_function_inside_takes_the_name_of_a_comprehension_for_that_outside() -> None:
    assert problems("def outer(x):\n def f(y):\n  [x for x in y]\n  return lambda: x", "code")
