"""The command is a thin layer: it uses what users of the SDK use."""

import ast
from pathlib import Path

import cfimages.cli

PUBLIC = {"cfimages", "cfimages.jobs", "cfimages._version", "cfimages.sandbox.__main__"}


def test_the_command_uses_the_public_api_only() -> None:
    for path in Path(cfimages.cli.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                module = node.module or ""
                ours = module.startswith("cfimages") and not module.startswith("cfimages.cli")
                assert not ours or module in PUBLIC, f"{path.name}: {module}"
            elif isinstance(node, ast.Import):
                allowed_names = {"cfimages"}
                names = {alias.name for alias in node.names if alias.name.startswith("cfimages")}
                assert names <= allowed_names, f"{path.name}: {names}"
