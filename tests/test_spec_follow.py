"""The façade follows openapi.yaml: what it lacks after a change of the description is told by name.

CONTRIBUTING.md says what to do about each.
"""

import pytest
from calls import given, methods
from following import CHECKS, ROOT, Facade, imports_only_what_is_generated, unwrapped
from specs import load


@pytest.fixture(scope="module")
def facade() -> Facade:
    return Facade(load(ROOT / "openapi.yaml"))


def test_imports_only_what_is_generated() -> None:
    assert not list(imports_only_what_is_generated())


@pytest.mark.parametrize("name", CHECKS)
def test_the_facade_follows(name: str, facade: Facade) -> None:
    problems = sorted(set(CHECKS[name](facade)))
    assert not problems, "\n".join([f"{name}: {CHECKS[name].__doc__}", *problems])


def test_every_method_is_called_with_every_argument() -> None:
    signatures = {name: set(signature.parameters) - {"self"} for name, signature in methods().items()}
    assert {name: given(name) for name in signatures} == signatures


def test_an_operation_can_be_left_unwrapped_on_purpose(facade: Facade) -> None:
    facade_without = Facade(load(ROOT / "openapi.yaml"))
    extra = facade_without.operations["get_stats"]
    facade_without.operations["search_images"] = extra
    assert len(list(unwrapped(facade_without, {}))) == 2
    assert not list(unwrapped(facade_without, {"search_images": "by hand"}))
    (stale, *_) = unwrapped(facade, {"get_stats": "no longer true"})
    assert "get_stats" in stale
