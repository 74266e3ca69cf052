"""Which images a metadata filter of the service matches, and which filters it refuses."""

import pytest

from cfimages.sandbox.filters import Condition, FilterSyntaxError, parse_filters

META = {
    "text": "5",
    "number": 5,
    "real": 0.5,
    "yes": True,
    "no": False,
    "null": None,
    "list": [5],
    "region": {"name": "eu", "zone": {"id": 3}},
}

TRUTH = [
    ("text[eq:string]", "5", True),
    ("text[eq:number]", "5", False),
    ("text[eq]", "5", True),
    ("number[eq:number]", "5", True),
    ("number[eq:number]", "5.0", True),
    ("number[eq:string]", "5", False),
    ("number[eq]", "5", False),
    ("number[eq:boolean]", "true", False),
    ("real[eq:number]", "5e-1", True),
    ("real[gt:number]", "-1.5E+3", True),
    ("yes[eq:boolean]", "true", True),
    ("yes[eq:boolean]", "false", False),
    ("yes[eq:number]", "1", False),
    ("yes[eq:string]", "true", False),
    ("no[eq:boolean]", "false", True),
    ("no[eq:number]", "0", False),
    ("no[lte:number]", "1", False),
    ("null[eq:string]", "null", False),
    ("null[lt:number]", "1", False),
    ("list[eq:number]", "5", False),
    ("region.name[eq:string]", "eu", True),
    ("region.zone.id[eq:number]", "3", True),
    ("region[eq:string]", "eu", False),
    ("region.name.first[eq:string]", "eu", False),
    ("missing[eq:string]", "", False),
    ("text[in:string]", "4|5", True),
    ("text[in]", "4|5", True),
    ("text[in:string]", "4|6", False),
    ("number[in:number]", "4|5", True),
    ("number[in:string]", "4|5", False),
    ("number[gt:number]", "4", True),
    ("number[gt:number]", "5", False),
    ("number[gte]", "5", True),
    ("number[gte:number]", "5.01", False),
    ("number[lt:number]", "6", True),
    ("number[lt]", "5", False),
    ("number[lte:number]", "5", True),
    ("number[lte:number]", "-5", False),
    ("text[gte:number]", "1", False),
]


@pytest.mark.parametrize(("key", "value", "holds"), TRUTH)
def test_types_are_strict(key: str, value: str, holds: bool) -> None:
    (condition,) = parse_filters([(f"meta.{key}", value)])
    assert condition.holds(META) is holds


def test_conditions_are_read_and_other_parameters_passed_over() -> None:
    pairs = [("per_page", "5"), ("meta.a.b[in:number]", "1|2.5"), ("creator", "meta"), ("metadata", "x")]
    assert parse_filters(pairs) == (Condition(("a", "b"), "in", (1, 2.5)),)


REFUSED = [
    ("meta.status[not-eq]", "x", "Unsupported metadata filter operator: 'not-eq'"),
    ("meta.status[eq:date]", "x", "Unsupported metadata filter operator: 'eq:date'"),
    ("meta.status[eq:]", "x", "Unsupported metadata filter operator: 'eq:'"),
    ("meta.status[gt:string]", "x", "Unsupported metadata filter operator: 'gt:string'"),
    ("meta.status[in:boolean]", "true", "Unsupported metadata filter operator: 'in:boolean'"),
    ("meta.status[]", "x", "Unsupported metadata filter operator: ''"),
    ("meta.status", "x", "Malformed metadata filter: 'meta.status'"),
    ("meta", "x", "Malformed metadata filter: 'meta'"),
    ("meta.", "x", "Malformed metadata filter: 'meta.'"),
    ("meta[status]", "x", "Malformed metadata filter: 'meta[status]'"),
    ("meta.status[eq", "x", "Malformed metadata filter: 'meta.status[eq'"),
    ("metadata.status[eq]", "x", "Malformed metadata filter: 'metadata.status[eq]'"),
    ("meta_status[eq]", "x", "Malformed metadata filter: 'meta_status[eq]'"),
    ("Meta.status[eq]", "x", "Malformed metadata filter: 'Meta.status[eq]'"),
    ("status[eq]", "x", "Malformed metadata filter: 'status[eq]'"),
    ("filter[meta.status]", "x", "Malformed metadata filter: 'filter[meta.status]'"),
    ("creator[]", "x", "Malformed metadata filter: 'creator[]'"),
    ("meta.<field>[<operator>]", "x", "Invalid metadata field: '<field>'"),
    ("meta.a-b[eq]", "x", "Invalid metadata field: 'a-b'"),
    ("meta.a..b[eq]", "x", "Invalid metadata field: 'a..b'"),
    (f"meta.{'a' * 101}[eq]", "x", "Invalid metadata field"),
    ("meta.a.b.c.d.e.f[eq]", "x", "nested too deeply: maximum 5 levels"),
    ("meta.a[in]", "|".join("abcdefghijk"), "Too many values in metadata filter 'meta.a[in]': maximum 10"),
    ("meta.a[eq:boolean]", "yes", "Not a boolean in metadata filter 'meta.a[eq:boolean]': 'yes'"),
    ("meta.a[eq:number]", "", "Not a number"),
    ("meta.a[eq:number]", "five", "Not a number"),
    ("meta.a[gt]", "nan", "Not a number"),
    ("meta.a[gt]", "1e999", "Not a number"),
    ("meta.a[gt]", "9" * 400, "Not a number"),
    ("meta.a[gt]", "1_000", "Not a number"),
    ("meta.a[gt]", " 5 ", "Not a number"),
    ("meta.a[gt]", "\u0665", "Not a number"),
    ("meta.a[gt]", "05", "Not a number"),
    ("meta.a[in:number]", "1||2", "Not a number"),
]


@pytest.mark.parametrize(("key", "value", "message"), REFUSED)
def test_a_bad_filter_is_refused_and_never_passed_over(key: str, value: str, message: str) -> None:
    with pytest.raises(FilterSyntaxError) as caught:
        parse_filters([(key, value)])
    assert message in str(caught.value)


def test_more_than_five_conditions_are_refused() -> None:
    pairs = [(f"meta.f{number}[eq]", "x") for number in range(6)]
    assert len(parse_filters(pairs[:5])) == 5
    with pytest.raises(FilterSyntaxError, match="Too many metadata filters: 6 provided, maximum 5 allowed"):
        parse_filters(pairs)
