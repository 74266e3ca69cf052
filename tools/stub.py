"""Make facade/cfimages/__init__.pyi, which tells type checkers the public names, from the table in __init__.py."""

import ast
from pathlib import Path

HEADER = "# Generated from facade/cfimages/__init__.py by `make generate`. Do not edit.\n"


def to_stub(source: str) -> str:
    """Return the stub of a module that has a table of modules and their names, `_MODULES`."""
    table = next(
        ast.literal_eval(node.value)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_MODULES"
    )
    names = [
        (module, name) for module, listed in {"_version": "__version__", **table}.items() for name in listed.split()
    ]
    imports = sorted(f"from cfimages.{module} import {name} as {name}\n" for module, name in names)
    return HEADER + "".join(imports)


def write_stub(root: Path, output: Path) -> None:
    """Write the stub to a file that does not exist yet."""
    for path in root.glob("facade/cfimages/__init__.py"):
        output.write_text(to_stub(path.read_text("utf-8")), "utf-8")
