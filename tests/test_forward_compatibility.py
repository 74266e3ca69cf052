"""Yesterday's SDK against tomorrow's answers: it goes on and loses nothing, or names what is missing.

Tomorrow comes in two ways: as every change that one place of an answer can undergo, and as the mutated descriptions.
"""

import asyncio
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import attrs
import pytest
from calls import DRAFT, Arguments, Service, call, settled, settled_async, transport
from following import NEEDED, ROOT, Facade
from mutations import MUTATIONS, Mutation
from servers import ONCE
from specs import Answer, Operation, Variation, example, load, variations

from cfimages import APIResponseValidationError, AsyncCloudflareImages, CloudflareImages
from cfimages.frozen import thaw

pytestmark = pytest.mark.filterwarnings("ignore:list_v1 is deprecated")

TODAY = load(ROOT / "openapi.yaml")
FACADE = Facade(TODAY)
WITH_JSON = {
    name: operation for name, operation in FACADE.operations.items() if operation.answers[0].media == "application/json"
}
NEWS = {"deep": ["news of tomorrow", 1.5, None]}

STRICT = {
    "id": "an image without an id",  # also where it is no text
    "continuation_token": "is not a string",  # going on without it would lose images
    "expiresAt": "fromisoformat",  # of a batch token
    "success": "not the API's envelope",
    "": "not the API's envelope",
}
"""Places that must be of the type that is described, and how the typed error says so."""

KEY = ("name", "value")
WITH_SECRETS = {
    "create_direct_upload": ("id", "uploadURL"),
    "create_signing_key": KEY,
    "delete_signing_key": KEY,
    "get_batch_token": ("token", "expiresAt"),
    "list_signing_keys": KEY,
}
"""Places that must be text in answers of which an error says nothing but what is not there."""

WRONG_TYPE = re.compile(r": [\w ]+ is \w+ instead of \w+$")
"""How an error names what must be of another type."""

SILENT = {"exists", "delete", "variants.delete", "keys.delete", "imports.delete", "imports.sources.delete"}
"""Methods that give nothing of the answer."""

WRAPPERS = {
    "variants.list",
    "variants.get",
    "variants.create",
    "variants.edit",
    "keys.list",
    "keys.create",
    "stats",
}
"""Methods that give what is inside of `result`; what may come beside it is only in `images.api`."""

Try = tuple[str, Arguments, Operation, Answer, Any]
"""A method and its arguments, and what one operation answers to it."""


def played(service: Service, tries: list[Try]) -> list[Any]:
    """What each try gives, or the typed error it raises, by the synchronous client."""
    with CloudflareImages(transport=transport(service), **OPTIONS) as images:
        return [_outcome(lambda t=t: settled(_begun(service, images, t))) for t in tries]


def played_async(service: Service, tries: list[Try]) -> list[Any]:
    """The same by the asynchronous client."""

    async def run() -> list[Any]:
        async with AsyncCloudflareImages(transport=transport(service), **OPTIONS) as images:
            return [await _outcome_async(service, images, t) for t in tries]

    return asyncio.run(run())


ADDRESS = "https://service.example"
OPTIONS: Any = {
    "account_id": "acc",
    "base_url": ADDRESS,
    "batch_base_url": ADDRESS,
    "api_token": "canary-5d1f-token",
    "retries": ONCE,
}

both = pytest.mark.parametrize("play", [played, played_async], ids=["sync", "async"])


def _begun(service: Service, images: Any, this: Try) -> Any:
    method, arguments, operation, answer, value = this
    service.begin({operation.name: (answer, value)})
    here = {"upload_url": ADDRESS + DRAFT, "base_url": ADDRESS}
    return call(images, method, {name: here.get(name, value) for name, value in arguments.items()})


def fitting(operation: Operation, arguments: Arguments, value: Any) -> Any:
    """A response that goes with the arguments: that of a new key has to have its name."""
    if operation.name != "create_signing_key":
        return value
    return json.loads(json.dumps(value).replace("some-name", arguments["name"]))


def _outcome(do: Callable[[], Any]) -> Any:
    try:
        return do()
    except APIResponseValidationError as error:
        return error


async def _outcome_async(service: Service, images: Any, this: Try) -> Any:
    try:
        return await settled_async(_begun(service, images, this))
    except APIResponseValidationError as error:
        return error


def calls_of(operation: Operation) -> list[tuple[str, Arguments]]:
    """A call of each method that reads what an operation answers."""
    found = [(outcome.method, outcome.arguments) for outcome in FACADE.calls_of(operation)]
    if operation.name == "upload_image":
        found.append(("upload_to", {"upload_url": DRAFT, "file": b"bytes"}))
    return found


@attrs.frozen
class Change:
    """An answer of tomorrow: where it differs from the example, how, and what is new in it."""

    place: str
    how: str
    value: Any
    new: Any = None

    @property
    def name(self) -> str:
        return self.place.rpartition(".")[2].removesuffix("[]")


def changes(value: Any, place: str = "") -> Iterator[Change]:
    """Every change that one place of an answer can undergo."""
    if isinstance(value, dict):
        yield Change(place, "has a new field", {**value, "tomorrow": NEWS}, NEWS)
        for key, inner in value.items():
            below = f"{place}.{key}" if place else key
            yield Change(below, "is absent", {k: v for k, v in value.items() if k != key})
            for change in changes(inner, below):
                yield attrs.evolve(change, value={**value, key: change.value})
    elif isinstance(value, list):
        for change in changes(value[0], f"{place}[]"):
            yield attrs.evolve(change, value=[change.value])
    yield Change(place, "is null", None)
    for other in (1.5, "news of tomorrow", NEWS, ["news of tomorrow"], True):
        if type(other) is not type(value):
            yield Change(place, f"is a {type(other).__name__}", other, other)


def told(result: Any) -> Any:
    """All that a caller can find in a result, as JSON."""
    if isinstance(result, str):
        return str.__str__(result)  # also of a Secret
    if isinstance(result, datetime):
        return result.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if hasattr(result, "to_dict"):
        return result.to_dict()
    if attrs.has(type(result)):
        return [told(getattr(result, field.name)) for field in attrs.fields(type(result))]
    return [told(item) for item in result] if isinstance(result, tuple) else thaw({"it": result})["it"]


def holds(value: Any, wanted: Any) -> bool:
    """Whether a value is somewhere in a JSON value."""
    if value == wanted and type(value) is type(wanted):
        return True
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return any(holds(item, wanted) for item in inner)


def is_kept(method: str, operation: Operation, place: str) -> bool:
    """Whether a method gives what comes at a place: all of `result`, where it gives anything."""
    if method in SILENT or operation.name == "get_batch_token" or (method in WRAPPERS and place == "result"):
        return False
    return place.startswith("result")


@pytest.mark.sweep
@both
@pytest.mark.parametrize("operation", WITH_JSON.values(), ids=WITH_JSON)
def test_any_change_of_one_place_of_an_answer(operation: Operation, play: Any) -> None:
    (answer,) = operation.answers
    whole = example(answer.schema)
    optional = {v.place for v in variations(answer.schema) if v.how == "absent"}
    tried = [
        c
        for c in changes(whole)
        if c.value is not None  # it would stand for the example
        and (operation.name == "get_image" or not c.place.startswith(("errors[", "messages[")))
    ]
    containers = {c.place for c in tried if c.how == "has a new field"} | {
        c.place.removesuffix("[]") for c in tried if c.place.endswith("[]")
    }
    for method, arguments in calls_of(operation):
        results = play(
            Service(FACADE.operations),
            [(method, arguments, operation, answer, fitting(operation, arguments, c.value)) for c in tried],
        )
        for change, result in zip(tried, results, strict=True):
            label = f"{method}, where {change.place or 'the answer'} {change.how}: {result}"
            if not isinstance(result, APIResponseValidationError):
                if change.new is not None and is_kept(method, operation, change.place):
                    assert holds(told(result), change.new), label
            elif operation.name in WITH_SECRETS and change.name in WITH_SECRETS[operation.name]:
                assert re.search(f"has another shape|lacks '{change.name}'", result.reason), label
            elif WRONG_TYPE.search(result.reason):
                assert re.search("is (null|a )", change.how), label
            elif change.name in STRICT:
                assert re.search(STRICT[change.name], str(result)) or f"lacks '{change.name}'" in str(result), label
            elif change.how == "is absent":
                assert change.place not in optional, label
                assert f"lacks '{change.name}'" in str(result), label
            else:
                assert change.place in containers, label
                assert re.search("has another shape|lacks '", result.reason), label


def new_answers(mutation: Mutation) -> Iterator[tuple[Operation, Answer, Variation]]:
    """What the operations of today may answer only after a mutation: the example, and its new variations."""
    for operation in Facade(mutation.applied(TODAY)).operations.values():
        today = FACADE.operations.get(operation.name)
        for answer in operation.answers if today and today.answers != operation.answers else ():
            if answer.media == "application/json" and answer.status == 200:
                known = {v.label for a in today.answers for v in variations(a.schema)} if today else set()
                yield operation, answer, Variation("", "", example(answer.schema))
                for variation in variations(answer.schema):
                    if variation.label not in known:
                        yield operation, answer, variation


TOMORROW = {mutation.name: (mutation, found) for mutation in MUTATIONS if (found := list(new_answers(mutation)))}


@both
@pytest.mark.parametrize("name", TOMORROW)
def test_answers_of_a_mutated_description(name: str, play: Any) -> None:
    mutation, found = TOMORROW[name]
    tries = [
        (m, a, o, answer, fitting(o, a, v.value))
        for o, answer, v in found
        for m, a in calls_of(FACADE.operations[o.name])
    ]
    labels = [v.label for o, _, v in found for _ in calls_of(FACADE.operations[o.name])]
    refusals = set()
    for this, label, result in zip(tries, labels, play(Service(FACADE.operations), tries), strict=True):
        method, _, operation, _, value = this
        if isinstance(result, APIResponseValidationError):
            assert label in NEEDED or (mutation.yesterday and mutation.yesterday in str(result)), (label, str(result))
            refusals.add(label not in NEEDED)
        elif method not in SILENT and operation.name != "get_batch_token":
            given = told(result)
            lost = [leaf for leaf in leaves(value["result"]) if leaf is not None and not holds(given, leaf)]
            unseen = [f"{which}-{mutation.unseen}" for which in ("some", "other")]
            assert not [leaf for leaf in lost if leaf not in unseen], (method, label, given)
    assert (True in refusals) == bool(mutation.yesterday)


def leaves(value: Any) -> Iterator[Any]:
    """The innermost values of a JSON value."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    if inner is None:
        yield value
    for item in inner or ():
        yield from leaves(item)


def test_tomorrow_is_of_every_kind() -> None:
    assert len(TOMORROW) >= 15
    kinds = {change.how for change in changes(example(WITH_JSON["get_image"].answers[0].schema))}
    assert {"has a new field", "is absent", "is null", "is a float", "is a str", "is a dict", "is a list"} <= kinds
