"""Metadata filters: what each becomes on the wire, and everything that is refused before it gets there."""

import math
import re
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
import jsonschema
import pytest
import specs
from hypothesis import given
from hypothesis import strategies as st

from cfimages.errors import FilterError, InvalidArgumentError
from cfimages.listing.filters import (
    MAX_CONDITIONS,
    MAX_IN_VALUES,
    MAX_LEVELS,
    MAX_PATH_LENGTH,
    OPERATORS,
    Comparison,
    split,
    to_query,
)
from cfimages.sandbox.filters import parse_filters

SPEC = specs.load(Path(__file__).parents[2] / "openapi.yaml")
SCHEMA = jsonschema.Draft202012Validator(SPEC["components"]["schemas"]["MetadataFilters"])


class Status(StrEnum):
    ACTIVE = "active"


class Mixed(str, Enum):  # noqa: UP042 - its str() is its name, unlike that of a StrEnum
    ACTIVE = "active"
    EQ = "eq"
    IN = "in"


class Level(IntEnum):
    HIGH = 3


class Half(float, Enum):
    HALF = 0.5


GOLDEN: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    ("bare text", {"status": "active"}, {"meta.status[eq:string]": "active"}),
    ("bare integer", {"n": 5}, {"meta.n[eq:number]": "5"}),
    ("bare float", {"n": 0.5}, {"meta.n[eq:number]": "0.5"}),
    ("bare true", {"draft": True}, {"meta.draft[eq:boolean]": "true"}),
    ("bare false", {"draft": False}, {"meta.draft[eq:boolean]": "false"}),
    ("eq text", {"a": {"eq": "x"}}, {"meta.a[eq:string]": "x"}),
    ("eq number", {"a": {"eq": 1}}, {"meta.a[eq:number]": "1"}),
    ("eq boolean", {"a": {"eq": True}}, {"meta.a[eq:boolean]": "true"}),
    ("in texts", {"a": {"in": ["x", "y"]}}, {"meta.a[in:string]": "x|y"}),
    ("in numbers", {"a": {"in": [1, 2.5, -3]}}, {"meta.a[in:number]": "1|2.5|-3"}),
    ("in one text", {"a": {"in": ("x",)}}, {"meta.a[in:string]": "x"}),
    ("in a range", {"a": {"in": range(3)}}, {"meta.a[in:number]": "0|1|2"}),
    ("in ten", {"a": {"in": list("abcdefghij")}}, {"meta.a[in:string]": "a|b|c|d|e|f|g|h|i|j"}),
    ("in keeps order and repetitions", {"a": {"in": ["b", "a", "b"]}}, {"meta.a[in:string]": "b|a|b"}),
    ("gt", {"a": {"gt": 1}}, {"meta.a[gt:number]": "1"}),
    ("gte", {"a": {"gte": 1.5}}, {"meta.a[gte:number]": "1.5"}),
    ("a field that ends as an operator", {"a__gte": {"eq": 2}}, {"meta.a__gte[eq:number]": "2"}),
    ("a field that is called as an operator", {"__in": 1, "in": 2, "a_in": 3, "a__isnull": 4},
     {"meta.__in[eq:number]": "1", "meta.in[eq:number]": "2", "meta.a_in[eq:number]": "3",
      "meta.a__isnull[eq:number]": "4"}),
    ("lt", {"a": {"lt": -1}}, {"meta.a[lt:number]": "-1"}),
    ("lte", {"a": {"lte": 0}}, {"meta.a[lte:number]": "0"}),
    (
        "a range of numbers",
        {"priority": {"gte": 2, "lte": 8}},
        {"meta.priority[gte:number]": "2", "meta.priority[lte:number]": "8"},
    ),
    (
        "operators and fields in the order given",
        {"z": {"lt": 9, "gt": 1}, "a": "x"},
        {"meta.z[lt:number]": "9", "meta.z[gt:number]": "1", "meta.a[eq:string]": "x"},
    ),
    ("nested", {"region.name": "eu"}, {"meta.region.name[eq:string]": "eu"}),
    ("five levels", {"a.b.c.d.e": 1}, {"meta.a.b.c.d.e[eq:number]": "1"}),
    ("names of digits and _", {"_": 1, "0.1": 2, "A_b9": 3}, {
        "meta._[eq:number]": "1", "meta.0.1[eq:number]": "2", "meta.A_b9[eq:number]": "3",
    }),
    ("a field named like an operator", {"eq": {"eq": 1}}, {"meta.eq[eq:number]": "1"}),
    ("a hundred characters", {"a" * 100: 1}, {f"meta.{'a' * 100}[eq:number]": "1"}),
    ("text that looks like a number", {"a": "5"}, {"meta.a[eq:string]": "5"}),
    ("text that looks like a boolean", {"a": "true"}, {"meta.a[eq:string]": "true"}),
    ("| in eq", {"a": "x|y", "b": {"eq": "|"}}, {"meta.a[eq:string]": "x|y", "meta.b[eq:string]": "|"}),
    ("text is not touched", {"a": " &=%?#+[]\n\x00"}, {"meta.a[eq:string]": " &=%?#+[]\n\x00"}),
    ("unicode", {"a": "é日😀"}, {"meta.a[eq:string]": "é日😀"}),
    ("zero", {"a": 0, "b": 0.0, "c": -0.0}, {
        "meta.a[eq:number]": "0", "meta.b[eq:number]": "0", "meta.c[eq:number]": "0",
    }),
    ("a float without a fraction", {"a": 2.0}, {"meta.a[eq:number]": "2"}),
    ("a long fraction", {"a": 0.1 + 0.2}, {"meta.a[eq:number]": "0.30000000000000004"}),
    ("a small number", {"a": -1e-7}, {"meta.a[eq:number]": "-0.0000001"}),
    ("the smallest number", {"a": 5e-324}, {"meta.a[eq:number]": "0." + "0" * 323 + "5"}),
    ("a large float", {"a": 1e22}, {"meta.a[eq:number]": "1" + "0" * 22}),
    ("the largest safe integers", {"a": 2**53, "b": -(2**53)}, {
        "meta.a[eq:number]": "9007199254740992", "meta.b[eq:number]": "-9007199254740992",
    }),
    ("a large integer that is exact", {"a": 2**70}, {"meta.a[eq:number]": "1180591620717411303424"}),
    ("text enums", {"a": Status.ACTIVE}, {"meta.a[eq:string]": "active"}),
    ("mixed-in text enums", {"a": Mixed.ACTIVE}, {"meta.a[eq:string]": "active"}),
    ("text enums in in", {"a": {"in": [Mixed.ACTIVE, Status.ACTIVE]}}, {"meta.a[in:string]": "active|active"}),
    ("number enums", {"a": Level.HIGH, "b": Half.HALF}, {"meta.a[eq:number]": "3", "meta.b[eq:number]": "0.5"}),
    ("number enums in in", {"a": {"in": list(Level)}}, {"meta.a[in:number]": "3"}),
    ("text enums as fields", {Status.ACTIVE: 1}, {"meta.active[eq:number]": "1"}),
    ("mixed-in text enums as fields", {Mixed.ACTIVE: 1}, {"meta.active[eq:number]": "1"}),
    ("text enums as operators", {"a": {Mixed.EQ: 1, Mixed.IN: ["x"]}}, {
        "meta.a[eq:number]": "1", "meta.a[in:string]": "x",
    }),
    ("five conditions", {"a": {"gt": 1, "lt": 9}, "b": {"gt": 1, "lt": 9}, "c": 1}, {
        "meta.a[gt:number]": "1", "meta.a[lt:number]": "9", "meta.b[gt:number]": "1", "meta.b[lt:number]": "9",
        "meta.c[eq:number]": "1",
    }),
]  # fmt: skip


@pytest.mark.parametrize(("meta", "query"), [row[1:] for row in GOLDEN], ids=[row[0] for row in GOLDEN])
def test_a_filter_becomes_exactly_this_query(meta: dict[str, Any], query: dict[str, str]) -> None:
    made = to_query(meta)
    assert list(made.items()) == list(query.items())
    assert {type(part) for pair in made.items() for part in pair} == {str}
    SCHEMA.validate(made)


@pytest.mark.parametrize("kind", [dict, OrderedDict, MappingProxyType])
def test_any_mapping_will_do_and_is_left_as_it_was(kind: Any) -> None:
    inner = {"in": ["x", "y"]}
    meta = {"a": kind(inner), "b": 1}
    assert to_query(kind(meta)) == {"meta.a[in:string]": "x|y", "meta.b[eq:number]": "1"}
    assert meta == {"a": kind(inner), "b": 1}
    assert inner == {"in": ["x", "y"]}


ACCEPTED = f"use one of {', '.join(OPERATORS)}"
NO_OPERATOR = f"no such operator: {ACCEPTED}"
NO_NULL = "there is no filter for fields that are null or absent"
BAD_NAME = (
    "a field has only letters A-Z, digits and _, with a dot between levels; filters cannot use other fields."
    " images.metadata_keys() returns the names of the account"
)
UNSORTED = {"x", "y"}
GENERATOR = (x for x in "xy")
NOW = datetime(2026, 11, 1, tzinfo=UTC)

REFUSED: list[tuple[str, Any, str]] = [
    ("None", None, "meta=None: must be a mapping of fields to values or operators"),
    ("text", "status=active", "meta='status=active': must be a mapping of fields to values or operators"),
    ("pairs", [("a", 1)], "meta=[('a', 1)]: must be a mapping of fields to values or operators"),
    ("nothing", {}, "meta is empty, which would filter nothing: pass None to list every image"),
    ("no operator", {"f": {}}, f"meta['f'] has no operator, which would filter nothing: {ACCEPTED}"),
    ("unknown operator", {"f": {"ne": 1}}, f"meta['f']['ne']: {NO_OPERATOR}; for a field within it write 'f.ne'"),
    ("operator in capitals", {"f": {"EQ": 1}}, f"meta['f']['EQ']: {NO_OPERATOR}; for a field within it write 'f.EQ'"),
    ("typed operator", {"f": {"eq:number": 1}}, f"meta['f']['eq:number']: {NO_OPERATOR}"),
    ("operator that is not text", {"f": {1: 1}}, f"meta['f'][1]: {NO_OPERATOR}"),
    ("nested mapping", {"f": {"name": {"eq": 1}}},
     f"meta['f']['name']: {NO_OPERATOR}; for a field within it write 'f.name'"),
    ("one good and one bad operator", {"f": {"eq": 1, "x": 2}},
     f"meta['f']['x']: {NO_OPERATOR}; for a field within it write 'f.x'"),
    ("no value", {"f": None}, f"meta['f']=None: must be a string, a number or a boolean, not NoneType: {NO_NULL}"),
    ("a list as value", {"f": ["x"]}, "meta['f']=['x']: to match any of several values, write {'in': [...]}"),
    ("a set as value", {"f": {"x"}}, "meta['f']={'x'}: to match any of several values, write {'in': [...]}"),
    ("a mapping in eq", {"f": {"eq": {}}}, "meta['f']['eq']={}: must be a string, a number or a boolean, not dict"),
    ("bytes", {"f": b"x"}, "meta['f']=b'x': must be a string, a number or a boolean, not bytes"),
    ("Decimal", {"f": Decimal("1.5")},
     "meta['f']=Decimal('1.5'): must be a string, a number or a boolean, not decimal.Decimal"),
    ("Fraction", {"f": {"gt": Fraction(1, 2)}},
     "meta['f']['gt']=Fraction(1, 2): must be a string, a number or a boolean, not fractions.Fraction"),
    ("complex", {"f": 1j}, "meta['f']=1j: must be a string, a number or a boolean, not complex"),
    ("datetime", {"f": {"gte": NOW}},
     f"meta['f']['gte']={NOW!r}: must be a string, a number or a boolean, not datetime.datetime"),
    ("empty text", {"f": ""}, "meta['f']: an empty string is not documented to match anything"),
    ("lone surrogate", {"f": "a\ud800"}, r"meta['f']='a\ud800': not valid Unicode text: surrogates not allowed"),
    ("NaN", {"f": math.nan}, "meta['f']=nan: not a JSON number"),
    ("inf", {"f": {"lt": math.inf}}, "meta['f']['lt']=inf: not a JSON number"),
    ("-inf", {"f": {"in": [-math.inf]}}, "meta['f']['in']=-inf: not a JSON number"),
    ("2**53+1", {"f": 2**53 + 1},
     "meta['f']=9007199254740993: too large to be compared exactly: JSON numbers have 53 bits"),
    ("-2**53-1", {"f": {"gt": -(2**53) - 1}},
     "meta['f']['gt']=-9007199254740993: too large to be compared exactly: JSON numbers have 53 bits"),
    ("10**400", {"f": 10**400},
     f"meta['f']=1{'0' * 198}…: too large to be compared exactly: JSON numbers have 53 bits"),
    ("gt of a text", {"f": {"gt": "5"}}, "meta['f']['gt']='5': gt takes a number"),
    ("gte of a text", {"f": {"gte": "a"}}, "meta['f']['gte']='a': gte takes a number"),
    ("lt of a boolean", {"f": {"lt": True}}, "meta['f']['lt']=True: lt takes a number"),
    ("lte of a list", {"f": {"lte": [1]}}, "meta['f']['lte']=[1]: must be a string, a number or a boolean, not list"),
    ("in: nothing", {"f": {"in": []}}, "meta['f']['in'] has no values: at least one is needed"),
    ("in: text", {"f": {"in": "xy"}}, "meta['f']['in']='xy': must be a list or tuple of strings or of numbers"),
    ("in: bytes", {"f": {"in": b"xy"}}, "meta['f']['in']=b'xy': must be a list or tuple of strings or of numbers"),
    ("in: bytearray", {"f": {"in": bytearray(b"x")}},
     "meta['f']['in']=bytearray(b'x'): must be a list or tuple of strings or of numbers"),
    ("in: set", {"f": {"in": UNSORTED}},
     f"meta['f']['in']={UNSORTED!r}: must be a list or tuple of strings or of numbers"),
    ("in: generator", {"f": {"in": GENERATOR}},
     f"meta['f']['in']={GENERATOR!r}: must be a list or tuple of strings or of numbers"),
    ("in: mapping", {"f": {"in": {"x": 1}}},
     "meta['f']['in']={'x': 1}: must be a list or tuple of strings or of numbers"),
    ("in: number", {"f": {"in": 1}}, "meta['f']['in']=1: must be a list or tuple of strings or of numbers"),
    ("in: None", {"f": {"in": None}}, "meta['f']['in']=None: must be a list or tuple of strings or of numbers"),
    ("in: booleans", {"f": {"in": [True, False]}}, "meta['f']['in']=[True, False]: must be all strings or all numbers"),
    ("in: number and boolean", {"f": {"in": [1, True]}},
     "meta['f']['in']=[1, True]: must be all strings or all numbers"),
    ("in: text and number", {"f": {"in": ["x", 1]}}, "meta['f']['in']=['x', 1]: must be all strings or all numbers"),
    ("in: None inside", {"f": {"in": ["x", None]}},
     f"meta['f']['in']=None: must be a string, a number or a boolean, not NoneType: {NO_NULL}"),
    ("in: list inside", {"f": {"in": [["x"]]}},
     "meta['f']['in']=['x']: must be a string, a number or a boolean, not list"),
    ("in: empty text", {"f": {"in": ["x", ""]}},
     "meta['f']['in']: an empty string is not documented to match anything"),
    ("in: |", {"f": {"in": ["x", "y|z"]}},
     "meta['f']['in']=['x', 'y|z']: a string with | would be read as two strings: use eq"),
    ("field that is not text", {1: "x"}, "meta: the field 1 is not a string"),
    ("field of bytes", {b"f": "x"}, "meta: the field b'f' is not a string"),
    ("field None", {None: "x"}, "meta: the field None is not a string"),
    *(
        (f"field {name!r}", {name: "x"}, f"meta[{name!r}]: {BAD_NAME}")
        for name in ("", ".", "a.", ".a", "a..b", "a b", "a-b", "a[eq]", "é", "a\n", "a/b", "a:b", "٣", "a|b", "a&b")
    ),
    ("operator in a field", {"rank__gte": 2},
     "meta['rank__gte']: write {'rank': {'gte': 2}}; for a field of this name write {'rank__gte': {'eq': 2}}"),
    ("in in a nested field", {"a.b__in": ["x"]},
     "meta['a.b__in']: write {'a.b': {'in': ['x']}}"),
    ("six levels", {"a.b.c.d.e.f": 1}, "meta['a.b.c.d.e.f']: 6 levels: at most 5 are allowed"),
    ("101 characters", {"a" * 101: 1}, f"meta['{'a' * 101}']: 101 characters: at most 100 are allowed"),
    ("101 characters with a dot", {"a" * 50 + "." + "b" * 50: 1},
     f"meta['{'a' * 50}.{'b' * 50}']: 101 characters: at most 100 are allowed"),
    ("six fields", dict.fromkeys("abcdef", 1), "meta has 6 conditions: at most 5 are allowed"),
    ("six operators", {"a": {"gt": 1, "lt": 9}, "b": {"gt": 1, "lt": 9}, "c": {"gte": 1, "lte": 2}},
     "meta has 6 conditions: at most 5 are allowed"),
    ("five fields of which one has two operators", {**dict.fromkeys("abcd", 1), "e": {"gt": 1, "lt": 9}},
     "meta has 6 conditions: at most 5 are allowed"),
]  # fmt: skip


@pytest.mark.parametrize(("meta", "message"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_cannot_be_said_safely_is_refused(meta: Any, message: str) -> None:
    with pytest.raises(FilterError) as caught:
        to_query(meta)
    assert str(caught.value) == message
    assert isinstance(caught.value, InvalidArgumentError)


@pytest.mark.parametrize(
    "meta",
    [{"f": 10**5000}, {"f": {"gt": -(10**5000)}}, {"f": {"in": [10**5000]}}],
    ids=["eq", "gt", "in"],
)
def test_a_number_too_long_to_be_printed_is_refused(meta: Any) -> None:
    with pytest.raises(FilterError, match=r"^meta\['f'\].*too large to be compared exactly"):
        to_query(meta)


# What is given comes back from the other side of the wire.

names = st.from_regex(r"[A-Za-z0-9_]{1,12}", fullmatch=True).filter(
    lambda name: not re.search("__(eq|in|[gl]te?)$", name)
)
paths = st.lists(names, min_size=1, max_size=MAX_LEVELS).map(".".join).filter(lambda path: len(path) <= MAX_PATH_LENGTH)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
scalars = texts | numbers | st.booleans()
one_ofs = st.lists(texts.filter(lambda text: "|" not in text), min_size=1, max_size=MAX_IN_VALUES) | st.lists(
    numbers, min_size=1, max_size=MAX_IN_VALUES
)
comparisons = st.fixed_dictionaries(
    {}, optional={"eq": scalars, "in": one_ofs, "gt": numbers, "gte": numbers, "lt": numbers, "lte": numbers}
).filter(bool)
filters = st.dictionaries(paths, scalars | comparisons, min_size=1, max_size=MAX_CONDITIONS).filter(
    lambda meta: sum(len(c) if isinstance(c, dict) else 1 for c in meta.values()) <= MAX_CONDITIONS
)

Normal = set[tuple[tuple[str, ...], str, tuple[tuple[type, object], ...]]]


def typed(value: object) -> tuple[type, object]:
    """A value with what JSON tells apart: text, boolean or number."""
    if isinstance(value, bool):
        return bool, value
    return (str, str.__str__(value)) if isinstance(value, str) else (float, float(value))  # type: ignore[arg-type]


def normal(meta: Mapping[str, Any]) -> Normal:
    """The meaning of a filter: its conditions, in no order."""
    return {
        (tuple(path.split(".")), operator, tuple(map(typed, value if operator == "in" else [value])))
        for path, condition in meta.items()
        for operator, value in (condition if isinstance(condition, Mapping) else {"eq": condition}).items()
    }


def sent_and_read(meta: Mapping[str, Any]) -> list[Normal]:
    """The meaning as the sandbox reads it, for either way of writing the address."""
    query = to_query(meta)
    url = httpx.URL("https://h/images/v2", params=query)
    pairs = [parse_qsl(text, True, True) for text in (urlencode(query), url.query.decode())]
    return [
        {(found.path, found.operator, tuple(map(typed, found.values))) for found in parse_filters(read)}
        for read in pairs
    ]


@given(filters)
def test_what_is_read_back_is_what_was_given(meta: dict[str, Any]) -> None:
    SCHEMA.validate(to_query(meta))
    assert sent_and_read(meta) == [normal(meta)] * 2


@pytest.mark.parametrize("meta", [row[1] for row in GOLDEN], ids=[row[0] for row in GOLDEN])
def test_the_meaning_of_every_golden_filter_survives_the_wire(meta: dict[str, Any]) -> None:
    assert sent_and_read(meta) == [normal(meta)] * 2


near_texts = st.sampled_from(["1", "true", "a", "b", "a|b", "1|2", "1.0", "a ", "é", "e\u0301"])
near_numbers = st.sampled_from([0, -0.0, 1, 1.0, 2, 0.1, 1e-1, 10**16, 1e16, 1e-7])
near_scalars = near_texts | near_numbers | st.booleans()
near_lists = st.lists(near_texts.filter(lambda text: "|" not in text), min_size=1, max_size=2) | st.lists(
    near_numbers, min_size=1, max_size=2
)
near_filters = st.dictionaries(
    st.sampled_from(["a", "a.b", "eq"]),
    near_scalars
    | st.fixed_dictionaries({}, optional={"eq": near_scalars, "in": near_lists, "gt": near_numbers}).filter(bool),
    min_size=1,
    max_size=1,
)


@given(near_filters | filters, near_filters | filters)
def test_two_filters_make_the_same_query_exactly_if_they_mean_the_same(
    one: dict[str, Any], two: dict[str, Any]
) -> None:
    assert (to_query(one) == to_query(two)) == (normal(one) == normal(two))


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=3) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.sets(st.integers(), max_size=2)
        | st.dictionaries(
            st.sampled_from([*OPERATORS, "a", "b.c", "é", "", 1]) | st.text(max_size=3), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(junk | st.dictionaries(paths, junk, min_size=1, max_size=2))
def test_anything_else_gives_a_valid_query_or_a_filter_error(meta: Any) -> None:
    try:
        query = to_query(meta)
    except FilterError:
        return
    assert query
    SCHEMA.validate(query)


@given(st.integers() | st.integers(2**53, 2**1100) | st.integers(-(2**1100), -(2**53)))
def test_an_integer_is_sent_as_it_is_or_not_at_all(number: int) -> None:
    try:
        query = to_query({"a": number})
    except FilterError:
        assert abs(number) > 2**53
    else:
        assert query == {"meta.a[eq:number]": str(number)}
        assert float(query["meta.a[eq:number]"]) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_written_without_an_exponent_and_read_back_alike(number: float) -> None:
    text = to_query({"a": number})["meta.a[eq:number]"]
    assert re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", text)
    assert float(text) == number


def test_the_typed_operators() -> None:
    samples = {"string": "x", "number": 1, "boolean": True}
    described = {f"{operator}:{kind}" for operator, kinds in OPERATORS.items() for kind in kinds}
    emitted = set()
    for operator in OPERATORS:
        for sample in samples.values():
            try:
                (name,) = to_query({"f": {operator: [sample] if operator == "in" else sample}})
            except FilterError:
                continue
            emitted.add(name.removeprefix("meta.f[").removesuffix("]"))
    assert emitted == described
    assert described >= {"eq:boolean", "in:string", "gte:number"}


def test_a_mapping_that_has_a_field_twice_is_refused() -> None:
    """As multidicts have: the second condition would silently take the place of the first."""

    class Twice(dict[str, str]):
        def items(self) -> Any:
            return [("a", "x"), ("a", "y")]

    with pytest.raises(FilterError, match="the same condition twice"):
        to_query(Twice(a="x"))


@pytest.mark.parametrize(
    ("meta", "parts"),
    [
        ({"a": "x", "b": {"gt": 1}}, [{"a": "x", "b": {"gt": 1}}]),
        ({"a": {"in": list(range(10))}}, [{"a": {"in": list(range(10))}}]),
        ({"a": {"in": (*range(11),)}}, [{"a": {"in": (*range(10),)}}, {"a": {"in": (10,)}}]),
        (
            {"a": {"in": range(12), "gt": 5}, "b": {"in": list("abcdefghijk")}},
            [
                {"a": {"in": numbers, "gt": 5}, "b": {"in": list(letters)}}
                for numbers in (range(10), range(10, 12))
                for letters in ("abcdefghij", "k")
            ],
        ),
    ],
)
def test_more_values_than_the_service_takes_become_several_filters(meta: Any, parts: list[Any]) -> None:
    assert split(meta) == parts


def test_pydantic_is_told_to_refuse_unknown_operators() -> None:
    """It would drop them, and the filter would match more."""
    assert Comparison.__pydantic_config__ == {"extra": "forbid"}  # type: ignore[attr-defined]  # set from outside
