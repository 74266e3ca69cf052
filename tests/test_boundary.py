"""The arrows of the architecture: which module may import which."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

import cfimages
import cfimages_api

FACADE = Path(cfimages.__file__).parent
GENERATED = Path(cfimages_api.__file__).parent
MODULES = sorted(path.relative_to(FACADE).with_suffix("").as_posix() for path in FACADE.rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Every module that a file imports, also inside functions and for typing."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 or path.is_relative_to(GENERATED), f"{path.name}: a relative import"
            found.add(node.module or "")
    return found


def own(module: str) -> set[str]:
    return {name.removeprefix("cfimages.") for name in imports(FACADE / f"{module}.py") if name.startswith("cfimages.")}


def test_few_modules_know_the_generated_code() -> None:
    users = {
        module for module in MODULES if any(n.startswith("cfimages_api") for n in imports(FACADE / f"{module}.py"))
    }
    assert users <= {"client", "endpoints", "image", "listing", "models", "pages", "resources", "transport"}
    assert "client" in users


def test_the_generated_code_knows_no_facade() -> None:
    for path in GENERATED.rglob("*.py"):
        assert not {name for name in imports(path) if name.partition(".")[0] == "cfimages"}, path


@pytest.mark.parametrize(
    ("module", "allowed"),
    [
        ("errors", set()),
        ("values", {"errors"}),
        ("filters", {"errors", "values"}),
        ("retries", {"errors", "values"}),
        ("pagination", {"errors", "prefetch", "resuming", "values"}),
        ("resuming", {"errors", "pagination"}),
        ("pacing", {"errors", "values"}),
        ("waiting", set()),
        ("decoding", set()),
        ("prefetch", {"errors", "waiting"}),
        ("ends", {"pagination", "prefetch"}),
        ("merging", {"errors", "pagination", "prefetch", "values"}),
        ("listing", {"errors", "filters", "image", "pages", "pagination", "times", "values"}),
        ("pages", {"decoding", "image", "pagination", "transport", "values"}),
        ("times", {"errors", "values"}),
        ("delivery", {"errors", "times", "values"}),
        ("endpoints", set()),
        ("image", {"delivery", "errors", "times", "values"}),
        ("models", {"image", "values"}),
        ("uploads", {"errors", "times", "values"}),
        ("downloads", {"bodies", "errors", "values"}),
        ("batch", {"errors", "transport", "values"}),
        ("pytest_plugin", {"sandbox", "sandbox.accounts"}),
        ("resources", {"errors", "models", "transport", "values"}),
        ("config", {"errors", "values"}),
        ("bodies", set()),
        ("certificates", set()),
        (
            "transport",
            {
                "_version",
                "bodies",
                "certificates",
                "config",
                "decoding",
                "errors",
                "pacing",
                "retries",
                "values",
                "waiting",
            },
        ),
        (
            "client",
            {
                "config",
                "errors",
                "filters",
                "models",
                "pagination",
                "retries",
                "times",
                "transport",
                "uploads",
                "values",
                "waiting",
                "batch",
                "resuming",
                "downloads",
                "ends",
                "pages",
                "pacing",
                "image",
                "listing",
                "merging",
                "resources",
            },
        ),
    ],
)
def test_arrows_inside_the_facade(module: str, allowed: set[str]) -> None:
    assert own(module) <= allowed


def test_every_module_has_its_arrows() -> None:
    (marker,) = (m for m in test_arrows_inside_the_facade.pytestmark if m.name == "parametrize")  # type: ignore[attr-defined]  # pytest adds it
    listed = {module for module, _ in marker.args[1]}
    plain = {module for module in MODULES if not module.startswith("sandbox/")}
    assert listed == plain - {"__init__", "_version"}


def test_the_sandbox_is_the_other_side_of_the_wire() -> None:
    for module in MODULES:
        if module.startswith("sandbox/"):
            others = {name for name in own(module) if not name.startswith("sandbox")}
            assert others <= ({"client", "pacing", "retries"} if module == "sandbox/sdk" else set()), module


def test_no_private_name_of_the_generated_code_is_used() -> None:
    for module in ("client", "image", "listing", "models", "resources", "transport"):
        for node in ast.walk(ast.parse((FACADE / f"{module}.py").read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cfimages_api"):
                assert not [alias.name for alias in node.names if alias.name.startswith("_")]
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.attr[0] == "_" != node.attr[1]
            ):
                assert node.value.id in ("self", "clone", "other", "paced", "view", "borrowed", "batch", "seam"), (
                    f"{module}: {node.value.id}.{node.attr}"
                )


def test_all_is_every_public_name_in_order() -> None:
    tree = ast.parse((FACADE / "__init__.py").read_text("utf-8"))
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
    for module in (cfimages, cfimages_api.models, cfimages.endpoints):
        with pytest.raises(AttributeError, match="unheard_of"):
            module.unheard_of  # noqa: B018 - asking is the test


def test_what_an_endpoint_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cfimages.endpoints.import_module", lambda _: import_module("cfimages_api.unheard_of"))
    with pytest.raises(ModuleNotFoundError, match=r"cfimages_api\.unheard_of"):
        cfimages.endpoints.get_image  # noqa: B018 - asking is the test
