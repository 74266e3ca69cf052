"""Frozen dictionaries and lists: like plain ones in all but that they cannot be changed."""

import copy
import json
import pickle
from collections import OrderedDict
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest

from cfimages.frozen import FrozenDict, FrozenList, freeze, thaw

NESTED = {"a": {"b": {"c": 1}}, "d": [{"e": 1}, [2]], "f": None}


@pytest.mark.parametrize("mapping", [{}, {"a": 1, "b": None}, NESTED, MappingProxyType(NESTED), OrderedDict(NESTED)])
def test_a_frozen_mapping_is_an_equal_dictionary(mapping: Any) -> None:
    frozen = freeze(mapping)
    assert isinstance(frozen, dict)
    assert frozen == dict(mapping)
    assert repr(frozen) == repr(dict(mapping))
    assert json.loads(json.dumps(frozen)) == dict(mapping)
    assert {**frozen} == dict(mapping)
    assert thaw(frozen) == dict(mapping)


CHANGES: dict[str, Callable[[Any], Any]] = {
    "set": lambda frozen: frozen.__setitem__("x", 1),
    "delete": lambda frozen: frozen.__delitem__("x"),
    "or": lambda frozen: frozen.__ior__({"x": 1}),
    "update": lambda frozen: frozen.update(x=1),
    "pop": lambda frozen: frozen.pop("x", None),
    "popitem": lambda frozen: frozen.popitem(),
    "setdefault": lambda frozen: frozen.setdefault("x", 1),
    "clear": lambda frozen: frozen.clear(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_it_refuses_every_change(change: Callable[[Any], Any]) -> None:
    frozen = freeze({"x": {"x": 1}, "list": [{"x": 1}]})
    for mapping in (frozen, frozen["x"], frozen["list"][0]):
        with pytest.raises(TypeError, match=r"^this dict is read-only: change a copy, dict\(\.\.\.\)$"):
            change(mapping)


CHANGES_OF_A_LIST: dict[str, Callable[[Any], Any]] = {
    "set": lambda frozen: frozen.__setitem__(0, 1),
    "set slice": lambda frozen: frozen.__setitem__(slice(0, 1), [1]),
    "delete": lambda frozen: frozen.__delitem__(0),
    "add": lambda frozen: frozen.__iadd__([1]),
    "multiply": lambda frozen: frozen.__imul__(2),
    "append": lambda frozen: frozen.append(1),
    "extend": lambda frozen: frozen.extend([1]),
    "insert": lambda frozen: frozen.insert(0, 1),
    "pop": lambda frozen: frozen.pop(),
    "remove": lambda frozen: frozen.remove(1),
    "reverse": lambda frozen: frozen.reverse(),
    "sort": lambda frozen: frozen.sort(),
    "clear": lambda frozen: frozen.clear(),
}


@pytest.mark.parametrize("change", CHANGES_OF_A_LIST.values(), ids=CHANGES_OF_A_LIST)
def test_a_list_refuses_every_change(change: Callable[[Any], Any]) -> None:
    frozen = freeze({"list": [1, [1]], "a": {"list": [1]}})
    for values in (frozen["list"], frozen["list"][1], frozen["a"]["list"]):
        with pytest.raises(TypeError, match=r"^this list is read-only: change a copy, list\(\.\.\.\)$"):
            change(values)
    assert frozen == {"list": [1, [1]], "a": {"list": [1]}}


def test_it_shares_nothing_with_what_it_was_made_of() -> None:
    original: Any = {"a": {"b": 1}, "c": [1]}
    frozen = freeze(original)
    original["a"]["b"] = 2
    original["c"].append(2)
    assert frozen == {"a": {"b": 1}, "c": [1]}


def test_thawing_makes_plain_dictionaries_all_the_way_down() -> None:
    thawed = thaw(freeze(NESTED))
    assert {type(thawed), type(thawed["a"]), type(thawed["a"]["b"]), type(thawed["d"][0])} == {dict}
    assert type(thawed["d"]) is type(thawed["d"][1]) is list


def test_it_is_copied_and_pickled() -> None:
    frozen = freeze(NESTED)
    assert copy.copy(frozen) is frozen
    for other in (copy.deepcopy(frozen), pickle.loads(pickle.dumps(frozen))):
        assert other == frozen
        assert type(other) is type(other["a"]) is type(other["d"][0]) is FrozenDict
        assert type(other["d"]) is type(other["d"][1]) is FrozenList
    assert type(frozen.copy()) is type(frozen | {}) is dict
    assert copy.copy(frozen["d"]) is frozen["d"]
    assert type(frozen["d"].copy()) is type(frozen["d"] + [1]) is list
