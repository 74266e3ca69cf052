"""What is written on the command line becomes conditions, metadata and times."""

from datetime import UTC, datetime, timedelta
from typing import Any

import click
import pytest

from cfimages.cli.values import conditions, duration, metadata, moment, scalar

NOW = datetime(2026, 11, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2", 2),
        ("-2", -2),
        ("0", 0),
        ("1.50", 1.5),
        ("1e3", 1000.0),
        ("true", True),
        ("false", False),
        ("True", "True"),
        ("null", "null"),
        ("01234", "01234"),
        ("-01", "-01"),
        (".5", ".5"),
        ("+1", "+1"),
        ("NaN", "NaN"),
        ("1_000", "1_000"),
        ('"2"', "2"),
        ('"a\\nb"', "a\nb"),
        ('" a "', " a "),
        ('"', '"'),
        ("", ""),
        ("a=b", "a=b"),
    ],
)
def test_a_value_has_the_type_that_it_looks_like(text: str, value: Any) -> None:
    found = scalar(text, "--meta")
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("given", "meta"),
    [
        ([], None),
        (["status=active"], {"status": "active"}),
        (["status = active"], {"status": "active"}),
        (["zip=01234"], {"zip": "01234"}),
        (['zip="1234"'], {"zip": "1234"}),
        (["zip:=1234"], {"zip": 1234}),
        (['name:="x"'], {"name": "x"}),
        (["priority>=2", "priority<9"], {"priority": {"gte": 2, "lt": 9}}),
        (["a>1", "b<=2.5"], {"a": {"gt": 1}, "b": {"lte": 2.5}}),
        (["region in eu,us"], {"region": {"in": ["eu", "us"]}}),
        (["region.name in eu, us "], {"region.name": {"in": ["eu", "us"]}}),
        (['x in "a,b",c'], {"x": {"in": ["a,b", "c"]}}),
        (['x in "a\\"b"'], {"x": {"in": ['a"b']}}),
        (["n in 1,2"], {"n": {"in": [1, 2]}}),
        (["in in in"], {"in": {"in": ["in"]}}),
        (["priority=1", "priority>=0"], {"priority": {"eq": 1, "gte": 0}}),
        (["url=https://x/?a=b"], {"url": "https://x/?a=b"}),
    ],
)
def test_conditions(given: list[str], meta: dict[str, Any] | None) -> None:
    assert conditions(given) == meta


@pytest.mark.parametrize(
    "given",
    [
        ["status"],
        [""],
        ["=x"],
        ["a!=b"],
        ["a==b"],
        ["a in "],
        ["a in x,,y"],
        ["a in x,"],
        ['a in "x'],
        ["a:=b"],
        ["a:=[1]"],
        ['a:={"gte":1}'],
        ["a:=null"],
        ["a:=NaN"],
        ['a="\\x"'],
        ["a=1e999"],
        ["a=9007199254740993"],
        ["a=1", "a=2"],
        ["a in x", "a in y"],
    ],
)
def test_what_is_no_condition_is_a_usage_error_of_the_option(given: list[str]) -> None:
    with pytest.raises(click.BadParameter) as raised:
        conditions(given)
    assert raised.value.param_hint == "--meta"


def test_metadata() -> None:
    given = ["a=1", "b=x=y", 'c:={"d": [null, 1.0]}', "e=", "f g=h", "list:=[1]"]
    assert metadata(given, "--set") == {"a": 1, "b": "x=y", "c": {"d": [None, 1.0]}, "e": "", "f g": "h", "list": [1]}
    for wrong in (["a"], ["=1"], ["a=1", "a=2"], ["a:=x"], ["a:=" + "[" * 100_000]):
        with pytest.raises(click.BadParameter) as raised:
            metadata(wrong, "--set")
        assert raised.value.param_hint == "--set"
        assert len(str(raised.value)) < 300


def test_times() -> None:
    assert moment(None, "--since") is None
    assert moment("2026-01-01", "--since") == "2026-01-01"
    assert moment("7d", "--since", now=NOW) == NOW - timedelta(days=7)
    assert moment("90s", "--since", now=NOW) == NOW - timedelta(seconds=90)
    assert moment("2 w", "--since", now=NOW) == NOW - timedelta(weeks=2)
    assert isinstance(moment("1h", "--since"), datetime)
    assert moment("1w 2d3h", "--since", now=NOW) == NOW - timedelta(days=9, hours=3)
    assert duration("30m", "--expiry") == timedelta(minutes=30)
    for wrong in ("1", "h", "1y", "999999999w"):
        with pytest.raises(click.BadParameter):
            duration(wrong, "--expiry")
    with pytest.raises(click.BadParameter):
        moment("999999999w", "--since")


@pytest.mark.parametrize(
    ("given", "right", "quoted"),
    [
        ("priority=>8", "priority>=8", 'priority=">8"'),
        ("priority = < 8", "priority<=8", 'priority="< 8"'),
        ("priority>=>8", "priority>=8", 'priority>=">8"'),
        ("priority>>8", "priority>8", 'priority>">8"'),
        ("priority= =8", "priority=8", 'priority="=8"'),
        ("priority in >8,9", "", '">8"'),
    ],
)
def test_a_value_that_begins_as_an_operator_is_refused(given: str, right: str, quoted: str) -> None:
    with pytest.raises(click.BadParameter) as refused:
        conditions([given])
    assert f"'{right}'" in refused.value.message or not right
    assert quoted in refused.value.message


def test_in_quotes_such_a_value_is_text() -> None:
    assert conditions(['a=">8"', 'b in "<1",2']) == {"a": ">8", "b": {"in": ["<1", 2]}}
