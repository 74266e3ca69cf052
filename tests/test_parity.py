"""The two clients, and the two pagers, offer the same things in the same words."""

import inspect
from typing import Any

import pytest

from cfimages import AsyncCloudflareImages, AsyncPager, CloudflareImages, Pager
from cfimages.resources import AsyncKeys, AsyncVariants, Keys, Variants

PAIRS = [
    (CloudflareImages, AsyncCloudflareImages),
    (Pager, AsyncPager),
    (Variants, AsyncVariants),
    (Keys, AsyncKeys),
]
CALLED_OTHERWISE = {"aclose": "close", "__aenter__": "__enter__", "__aexit__": "__exit__", "__aiter__": "__iter__"}
TYPES_IN_BOTH_COLOURS = ("self", "transport", "walk")


def surface(kind: type) -> dict[str, inspect.Signature | None]:
    names = [name for name in vars(kind) if not name.startswith("_") or name in ("__init__", *CALLED_OTHERWISE)]
    return {CALLED_OTHERWISE.get(name, name): signature(vars(kind)[name]) for name in names}


def signature(member: Any) -> inspect.Signature | None:
    """Parameters with their annotations and defaults; what comes back differs by colour."""
    if not inspect.isfunction(member):
        return None
    found = inspect.signature(member)
    parameters = [
        parameter.replace(annotation=None) if name in TYPES_IN_BOTH_COLOURS else parameter
        for name, parameter in found.parameters.items()
    ]
    return found.replace(parameters=parameters, return_annotation=None)


@pytest.mark.parametrize(("sync", "asynchronous"), PAIRS, ids=["clients", "pagers", "variants", "keys"])
def test_same_names_and_signatures(sync: type, asynchronous: type) -> None:
    mine = {name: value for name, value in surface(sync).items() if name not in ("__enter__", "__exit__", "__iter__")}
    theirs = {name: value for name, value in surface(asynchronous).items() if name in mine}
    assert mine == theirs
    assert set(surface(asynchronous)) <= set(mine) | {"__enter__", "__exit__", "__iter__"}


@pytest.mark.parametrize("kind", [kind for pair in PAIRS for kind in pair])
def test_everything_public_is_documented(kind: type) -> None:
    for name, member in vars(kind).items():
        if not name.startswith("_"):
            assert inspect.getdoc(member), name
