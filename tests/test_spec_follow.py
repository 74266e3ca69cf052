"""The façade follows openapi.yaml: what it lacks after a change of the description is told by name.

CONTRIBUTING.md says what to do about each.
"""

import re
from typing import get_args

import pytest
from calls import given, methods
from following import CHECKS, ROOT, UNWRAPPED, Facade, takes_only_what_is_generated, unwrapped
from mutations import MUTATIONS
from specs import load


def test_takes_only_what_is_generated() -> None:
    problems = list(takes_only_what_is_generated())
    assert not problems, "\n".join([str(takes_only_what_is_generated.__doc__), *problems])


@pytest.fixture(scope="module")
def facade() -> Facade:
    if any(takes_only_what_is_generated()):
        pytest.skip("the façade cannot be imported: see test_takes_only_what_is_generated")
    return Facade(load(ROOT / "openapi.yaml"))


@pytest.mark.parametrize("name", CHECKS)
def test_the_facade_follows(name: str, facade: Facade) -> None:
    problems = sorted(set(CHECKS[name](facade)))
    assert not problems, "\n".join([f"{name}: {CHECKS[name].__doc__}", *problems])


@pytest.mark.usefixtures("facade")
def test_every_method_is_called_with_every_argument() -> None:
    signatures = {name: set(signature.parameters) - {"self"} for name, signature in methods().items()}
    assert {name: given(name) for name in signatures} == signatures


def test_a_call_is_made_with_every_value_that_an_argument_names(facade: Facade) -> None:
    from cfimages import Fit  # here, since the façade may be what is broken

    made = [outcome.arguments for outcome in facade.outcomes]
    assert {arguments.get("sort_order") for arguments in made} == {None, "asc", "desc"}
    assert {arguments.get("fit") for arguments in made} == {None, *get_args(Fit)}
    assert {arguments.get("require_signed_urls") for arguments in made} == {None, True, False}


def test_an_operation_can_be_left_unwrapped_on_purpose(facade: Facade) -> None:
    larger = Facade(load(ROOT / "openapi.yaml"))
    larger.operations["search_images"] = facade.operations["get_stats"]
    assert [line.split()[1] for line in unwrapped(larger, UNWRAPPED)] == ["search_images"] * 2
    assert not list(unwrapped(larger, {**UNWRAPPED, "search_images": "nobody asked for it"}))
    for entry in ("get_stats", "gone"):
        (line, other) = unwrapped(facade, {**UNWRAPPED, entry: "not true"})
        assert f"UNWRAPPED lists {entry}" in line
        assert f"UNWRAPPED lists {entry}" in other


SEEN_WITHOUT_GENERATING = [
    "a default of what is sent",
    "a field that is sent is only given",
    "a filter that cannot be empty any more",
    "another style of filters",
    "a way to be let in more",
    "a field that is read is only sent",
    "a required text becomes a number",
]


@pytest.mark.parametrize("name", SEEN_WITHOUT_GENERATING)
@pytest.mark.usefixtures("facade")
def test_what_the_generated_package_does_not_show_is_told(name: str) -> None:
    (mutation,) = [mutation for mutation in MUTATIONS if mutation.name == name]
    changed = Facade(mutation.applied(load(ROOT / "openapi.yaml")))
    for check, words in mutation.reported.items():
        assert any(words in line for line in CHECKS[check](changed))


@pytest.mark.usefixtures("facade")
def test_the_token_is_not_blamed_for_the_page_behind_it() -> None:
    (mutation,) = [mutation for mutation in MUTATIONS if mutation.name == "a list that a page may be without"]
    lines = list(CHECKS["every_call_works"](Facade(mutation.applied(load(ROOT / "openapi.yaml")))))
    assert lines
    assert not [line for line in lines if "and the call works with" in line]


def test_each_step_names_what_is_in_its_file() -> None:
    _, _, steps = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("### Let the code follow")
    named = [
        (file, name)
        for file, step in re.findall(r"^- `([\w/]+\.\w+)`: (.+)$", steps, re.MULTILINE)
        for name in re.findall(r"`(\w+)(?:\(\))?`", step)
    ]
    folders = (ROOT, ROOT / "facade" / "cfimages")
    texts = {file: "".join(p.read_text("utf-8") for f in folders if (p := f / file).exists()) for file, _ in named}
    assert ("listing/listing.py", "Listing") in named
    assert [(file, name) for file, name in named if not re.search(rf"\b{name}\b", texts[file])] == []
