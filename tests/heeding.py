"""Which of the inputs that openapi.yaml describes the sandbox ignores: it answers the same with and without them."""

import copy
import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import count
from typing import Any
from urllib.parse import quote

import attrs
import httpx
from calls import Sent
from pictures import PNG
from specs import Operation, Schema, fields, kinds

ONE, TWO = (
    {"id": name, "creator": f"creator-{name}", "metadata": json.dumps({"of": name})} for name in ("logo", "other")
)
SOURCE = {"name": "photos", "bucket": "photos", "vendor": "s3", "secret": {}}
VARIANT = {"id": "hero", "options": {"fit": "crop", "metadata": "keep", "width": 40, "height": 30}}


BAD_REQUEST = 400


@attrs.frozen
class Input:
    """A value for something that can be sent."""

    where: str
    """`query`, `header` or `body`."""
    place: str
    value: Any


@attrs.frozen
class Answer:
    """A status, and each innermost value of the JSON by its place."""

    status: int
    values: Mapping[str, Any]


@attrs.define(slots=False)
class Accounts:
    """Accounts of a sandbox that are all alike. What changes an account has one of its own."""

    http: httpx.Client
    numbers: Iterator[int] = attrs.field(factory=count)
    ids: dict[str, dict[str, str]] = attrs.field(factory=dict)
    """Of each account, the ids that the sandbox has chosen for what is in it, by their names in paths and bodies."""

    def ask(self, sent: Sent, more: Input | None = None) -> Answer:
        """Send what the façade sends, with one thing more or another value of it."""
        account = self._unchanged if sent.operation.method == "get" else self._account()
        if VARIANT["id"] in sent.path.values():
            self.http.post(f"/accounts/{account}/images/v1/variants", json=VARIANT)
        query, headers, body = {**sent.query}, {}, copy.deepcopy(sent.body)
        ids = self.ids[account]
        if isinstance(body, dict):
            body |= {name: value for name, value in ids.items() if name in body}
        if more and more.where == "query":
            query[more.place] = more.value
        elif more and more.where == "header":
            headers[more.place] = str(more.value)
        elif more:
            body = body or {}
            inner = body
            *steps, last = more.place.split(".")
            for step in steps:
                inner = inner.setdefault(step, {})
            inner[last] = more.value
        path = sent.operation.path.format_map({**sent.path, **ids, "account_id": account})
        is_form = sent.headers.get("content-type", "").startswith("multipart/")
        asked = {"params": query, "headers": headers, **_written(body, is_form)}
        answer = _read(self.http.request(sent.operation.method, path, **asked))
        if made := answer.values.get(".result.id"):  # what it is like may not be said at once
            details = _read(self.http.get(f"/accounts/{account}/images/v1/{quote(str(made), safe='')}"))
            answer = Answer(answer.status, {**{f"then{k}": v for k, v in details.values.items()}, **answer.values})
        return answer

    @cached_property
    def _unchanged(self) -> str:
        return self._account()

    def _account(self) -> str:
        account = f"account{next(self.numbers)}"
        for form in (ONE, TWO):
            files = {"file": (f"{form['id']}.png", PNG)}
            self.http.post(f"/accounts/{account}/images/v1", data=form, files=files)
        imports = f"/accounts/{account}/images/v2/sourcingkit"
        source = self.http.post(f"{imports}/sources", json=SOURCE).json()["result"]["id"]
        job = self.http.post(f"{imports}/migrations", json={"sourceId": source}).json()["result"]["id"]
        self.ids[account] = {"source_id": source, "sourceId": source, "import_id": job}
        return account


def _written(body: Any, is_form: bool) -> dict[str, Any]:
    """A body as arguments of httpx."""
    if body is None:
        return {}
    if not is_form:
        return {"json": body}
    parts = {name: ("a.png", PNG) if isinstance(value, bytes) else (None, value) for name, value in body.items()}
    return {"files": {name: part for name, part in parts.items() if isinstance(part[1], str | bytes)}}


def _read(response: httpx.Response) -> Answer:
    try:
        return Answer(response.status_code, dict(_leaves(response.json())))
    except ValueError:
        return Answer(response.status_code, {"": response.text})


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not inner:
        yield place, value
    for key, below in inner:
        yield from _leaves(below, f"{place}.{key}")


def faults(accounts: Accounts, sent: Sent) -> Iterator[str]:
    """What the sandbox does not do of an operation: the inputs that make no difference, or all if it refuses."""
    inputs = [*_inputs(sent.operation)]
    plain, again = accounts.ask(sent), accounts.ask(sent)
    if inputs and plain.status >= BAD_REQUEST:
        yield f"all, it answers {plain.status}"
        return
    for where, place, schema in inputs:
        for value in _candidates(schema, place):
            if _differs(accounts.ask(sent, Input(where, place, value)), value, plain, again):
                break
        else:
            yield place


def _differs(answer: Answer, value: Any, plain: Answer, again: Answer) -> bool:
    """Whether an answer is another than the two that are the same but for what is new each time, such as an id."""
    if answer.status != plain.status or any(isinstance(value, str) and value in str(v) for v in answer.values.values()):
        return True
    fresh = {place for place, value in plain.values.items() if again.values.get(place) != value}
    told = [{p: v for p, v in a.values.items() if p not in fresh} for a in (answer, plain)]
    return told[0] != told[1]


def _inputs(operation: Operation) -> Iterator[tuple[str, str, Schema]]:
    for name, parameter in operation.parameters.items():
        if parameter["in"] in ("query", "header") and "propertyNames" not in parameter["schema"]:
            yield parameter["in"], name, parameter["schema"]
    for schema in operation.body.values():
        yield from (("body", place, field) for place, field in fields(schema))


def _candidates(schema: Schema, place: str) -> Iterator[Any]:
    """Values of which one should make a difference: some that are allowed, and some that are not."""
    yield from schema.get("enum", ())
    if "boolean" in kinds(schema):
        yield from (True, False)
    if {"integer", "number"} & {*kinds(schema)}:
        yield from (schema.get("minimum", 1), schema.get("maximum", 2), schema.get("minimum", 1) - 2)
    if "object" in kinds(schema):
        yield {"of": "another"}
    if "binary" in schema.get("format", ""):
        yield PNG
    yield from (ONE.get(place, f"some-{place}"), '{"of": "another"}', "http://127.0.0.1:9/", "~")
