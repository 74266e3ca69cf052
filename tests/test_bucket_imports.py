"""Imports from buckets, and the keys of metadata, in both colours against a service that answers as described."""

import inspect
import json
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import httpx
import jsonschema
import pytest
from servers import Run, close, run_async, run_sync
from specs import Operation, example, load, operations

from cfimages import (
    APIError,
    APIResponseValidationError,
    AsyncCloudflareImages,
    ClientClosedError,
    CloudflareImages,
    Connectivity,
    Import,
    ImportTimeoutError,
    InvalidArgumentError,
    MetadataKeys,
)
from cfimages.config import DEFAULT_BASE_URL
from cfimages.parallel import tasks, threads

CANARY = "canary-5d1f/+key"
SECRET = {"accessKeyId": "canary-5d1f-id", "secretAccessKey": CANARY}
DESCRIBED = operations(load(Path(__file__).parent.parent / "openapi.yaml"))
both = pytest.mark.parametrize("run", [run_sync, run_async], ids=["sync", "async"])


@attrs.define
class Service:
    """Answers each operation with its example, or with the results that it is told, one after the other."""

    results: dict[str, list[Any]] = attrs.field(factory=dict)
    headers: dict[str, str] = attrs.field(factory=dict)
    """Of each answer."""
    sent: list[tuple[str, str, dict[str, str], Any]] = attrs.field(factory=list)
    """Operation, last part of the path, query and body of each request."""

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.respond)

    def respond(self, request: httpx.Request) -> httpx.Response:
        operation = self._find(request)
        body = json.loads(request.read()) if request.content else None
        self._check(operation, request, body)
        self.sent.append((operation.name, request.url.path.rpartition("/")[2], dict(request.url.params), body))
        answer = operation.answers[0]
        value = example(answer.schema) | {"success": True}
        if operation.name in self.results:
            value["result"] = self.results[operation.name].pop(0)
            if isinstance(value["result"], httpx.Response):
                return value["result"]
        return httpx.Response(200, json=value, headers=self.headers)

    def _find(self, request: httpx.Request) -> Operation:
        path = request.url.path.removeprefix("/client/v4")
        return next(one for one in DESCRIBED.values() if one.matches(request.method, path) is not None)

    def _check(self, operation: Operation, request: httpx.Request, body: Any) -> None:
        for name, value in request.url.params.items():
            schema = operation.parameters[name]["schema"]
            jsonschema.validate(int(value) if schema["type"] == "integer" else value, schema)
        if operation.body:
            schema = operation.body["application/json"]
            jsonschema.validate(body, schema)
            assert body.keys() <= schema["properties"].keys()
        else:
            assert body is None


Call = tuple[Callable[[Any], Any], str, str, dict[str, str], Any]
CALLS: dict[str, Call] = {
    "list sources": (
        lambda i: i.imports.sources.list(name="pho", per_page=3).take(2),
        "list_import_sources",
        "sources",
        {"limit": "2", "name": "pho"},
        None,
    ),
    "create source": (
        lambda i: i.imports.sources.create("photos", bucket="b", vendor="r2", secret=SECRET, account="acc"),
        "create_import_source",
        "sources",
        {},
        {"name": "photos", "bucket": "b", "vendor": "r2", "secret": SECRET, "account": "acc"},
    ),
    "create source of s3": (
        lambda i: i.imports.sources.create("photos", bucket="b", vendor="s3", secret=SECRET),
        "create_import_source",
        "sources",
        {},
        {"name": "photos", "bucket": "b", "vendor": "s3", "secret": SECRET},
    ),
    "get source": (lambda i: i.imports.sources.get("s"), "get_import_source", "s", {}, None),
    "rename source": (
        lambda i: i.imports.sources.rename("s", "other"),
        "edit_import_source",
        "s",
        {},
        {"name": "other"},
    ),
    "delete source": (lambda i: i.imports.sources.delete("s"), "delete_import_source", "s", {}, None),
    "check source": (lambda i: i.imports.sources.check("s"), "check_import_source", "connectivity", {}, None),
    "precheck": (
        lambda i: i.imports.sources.precheck(bucket="b", vendor="s3", secret=SECRET, region="eu-west-1"),
        "precheck_import_source",
        "connectivity-precheck",
        {},
        {"bucket": "b", "vendor": "s3", "secret": SECRET, "region": "eu-west-1"},
    ),
    "precheck of r2": (
        lambda i: i.imports.sources.precheck(bucket="b", vendor="r2", secret=SECRET, account="acc"),
        "precheck_import_source",
        "connectivity-precheck",
        {},
        {"bucket": "b", "vendor": "r2", "secret": SECRET, "account": "acc"},
    ),
    "list": (lambda i: i.imports.list().take(1), "list_imports", "migrations", {"limit": "1"}, None),
    "create": (
        lambda i: i.imports.create("s"),
        "create_import",
        "migrations",
        {},
        {"sourceId": "s", "conflictBehaviour": "skip"},
    ),
    "create with everything": (
        lambda i: i.imports.create(
            "s",
            conflict_behaviour="overwrite",
            excluded_content_types=("image/gif", "image/avif"),
            path_prefix="p/",
            root_directory="r",
        ),
        "create_import",
        "migrations",
        {},
        {
            "sourceId": "s",
            "conflictBehaviour": "overwrite",
            "excludedContentTypes": ["image/gif", "image/avif"],
            "pathPrefix": "p/",
            "rootDirectory": "r",
        },
    ),
    "get": (lambda i: i.imports.get("i"), "get_import", "i", {}, None),
    "start": (lambda i: i.imports.start("i"), "start_import", "start", {}, None),
    "abort": (lambda i: i.imports.abort("i"), "abort_import", "abort", {}, None),
    "delete": (lambda i: i.imports.delete("i"), "delete_import", "i", {}, None),
    "progress": (lambda i: i.imports.progress("i"), "get_import_progress", "lifecycle", {}, None),
    "logs": (lambda i: i.imports.logs("i").take(1), "list_import_logs", "logs", {"limit": "1"}, None),
    "metadata keys": (lambda i: i.metadata_keys(), "list_metadata_keys", "keys", {}, None),
}


@both
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_each_call_is_the_operation_as_described(run: Run, call: Call) -> None:
    method, operation, path, query, body = call
    service = Service(
        {
            "list_import_sources": [{"sources": [{"id": "a"}, {"id": "b"}]}],
        }
    )
    run(method, transport=service.transport)
    assert service.sent == [(operation, path, query, body)]


@both
def test_what_calls_return(run: Run) -> None:
    service = Service(
        {
            "list_imports": [{"migrations": [{"id": "i", "status": "pending"}]}, {"migrations": []}],
            "check_import_source": [{"connectivityStatus": "error", "code": "403", "reason": "no such bucket"}],
            "list_metadata_keys": [{"keys": ["status"], "truncated": False}],
            "start_import": [{"id": "i", "status": "processing"}],
        }
    )

    def scenario(images: Any) -> Any:
        assert (yield images.imports.list().take(5)) == [Import("i", "pending")]
        assert (yield images.imports.sources.check("s")) == Connectivity("error", "403", "no such bucket")
        assert (yield images.metadata_keys()) == MetadataKeys(("status",), truncated=False)
        assert (yield images.imports.start("i")).status == "processing"
        assert (yield images.imports.delete("i")) is None

    run(scenario, transport=service.transport)
    assert [sent[2] for sent in service.sent[:2]] == [{"limit": "5"}, {"limit": "5", "offset": "1"}]


def test_pages_have_offsets_as_tokens() -> None:
    def result(*ids: str) -> dict[str, Any]:
        return {"sources": [{"id": id} for id in ids]}

    service = Service({"list_import_sources": [result("a", "b"), result("c"), result(), result("c"), result()]})
    with CloudflareImages("acc", api_token="token-of-tests", transport=service.transport) as images:
        pager = images.imports.sources.list()
        pages = list(pager.pages())
        assert [[source.id for source in page] for page in pages] == [["a", "b"], ["c"], []]
        assert [page.next_token for page in pages] == ["2", "3", None]
        assert [source.id for source in pager.starting_at(pages[0].next_token)] == ["c"]
        assert repr(pager.starting_at("2")) == "Pager(<imports.sources.list(per_page=100).starting_at('2')>)"
        assert pager == images.imports.sources.list()
        assert hash(pager) == hash(images.imports.sources.list())
        assert pager != images.imports.sources.list(name="a")
        for refused in (pager.concurrent, pager.resumable):
            with pytest.raises(InvalidArgumentError, match=r"^imports\.sources\.list cannot be .*: only list\(\) can$"):
                refused()


def test_logs_are_fetched_ahead_too() -> None:
    logs = [{"logs": [{"msg": "a"}, {"msg": "b"}]}, {"logs": [{"msg": "c"}]}, {"logs": []}]
    service = Service({"list_import_logs": logs})
    with CloudflareImages("acc", api_token="token-of-tests", transport=service.transport) as images:
        assert [entry.msg for entry in images.imports.logs("i").prefetch()] == ["a", "b", "c"]


def progress(status: str, **fields: Any) -> dict[str, Any]:
    return {"status": status, **fields}


class Time:
    """A clock that goes on while one waits. A wait that is longer than `longest` closes what waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.longest = float("inf")
        self.waits: list[float] = []
        for module, wait in ((threads, self._wait), (tasks, self._wait_async)):
            monkeypatch.setattr(module, "wait", wait)
            monkeypatch.setattr(module, "monotonic", lambda: self.now)

    def _wait(self, event: Any, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds
        if seconds > self.longest:
            event.set()

    async def _wait_async(self, event: Any, seconds: float) -> None:
        self._wait(event, seconds)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    return Time(monkeypatch)


@both
@pytest.mark.parametrize("status", ["success", "error", "aborted"])
def test_waiting_ends_with_the_import(run: Run, time: Time, status: str) -> None:
    statuses = ["pending", "processing", "processing", status]
    service = Service({"get_import_progress": [progress(one, scannedCount=7) for one in statuses]})

    def scenario(images: Any) -> Any:
        found = yield images.imports.wait("i", timeout=60)
        assert (found.status, found.scanned_count, found.finished) == (status, 7, True)

    run(scenario, transport=service.transport)
    assert time.waits == [5.0, 5.0, 5.0]


@both
def test_waiting_has_an_end(run: Run, time: Time) -> None:
    service = Service({"get_import_progress": [progress("processing")] * 10})

    def scenario(images: Any) -> Any:
        with pytest.raises(ImportTimeoutError) as caught:
            yield images.imports.wait("i", timeout=7, every=3)
        assert str(caught.value) == "the import 'i' is 'processing' after 7 s: it keeps running, so wait again"
        assert isinstance(caught.value, TimeoutError)

    run(scenario, transport=service.transport)
    assert time.waits == [3, 3, 1]
    assert len(service.sent) == 4


@both
def test_waiting_ends_with_the_client(run: Run, time: Time) -> None:
    service = Service({"get_import_progress": [progress("processing")] * 2})

    def scenario(images: Any) -> Any:
        yield close(images)
        with pytest.raises(ClientClosedError):
            yield images.imports.wait("i")

    run(scenario, transport=service.transport)
    assert not service.sent

    def interrupted(images: Any) -> Any:
        time.longest = 0
        with pytest.raises(ClientClosedError):
            yield images.imports.wait("i")

    run(interrupted, transport=service.transport)
    assert len(service.sent) == 1


@both
def test_waiting_keeps_to_the_rate_limit(run: Run, time: Time) -> None:
    service = Service(
        {"get_import_progress": [progress("processing")] * 4}, {"Ratelimit-Policy": '"default";q=2;w=300'}
    )
    time.longest = 0.5

    def scenario(images: Any) -> Any:
        with pytest.raises(ClientClosedError):
            yield images.imports.wait("i", every=0.5)

    run(scenario, transport=service.transport, base_url=DEFAULT_BASE_URL)
    assert len(service.sent) == 2
    assert time.waits[:2] == [0.5, 0.5]
    assert time.waits[2] > 100


@both
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda i: i.wait("i", timeout=0), "timeout=0: must be seconds above 0"),
        (lambda i: i.wait("i", timeout=float("inf")), "timeout=inf: must be seconds above 0"),
        (lambda i: i.wait("i", timeout=float("nan")), "timeout=nan: must be seconds above 0"),
        (lambda i: i.wait("i", every=True), "every=True: must be seconds above 0 and at most 86,400"),
        (lambda i: i.wait("i", every=86401), "every=86401: must be seconds above 0 and at most 86,400"),
        (lambda i: i.wait(".."), "import_id='..': would address something else: pass the complete id"),
        (lambda i: i.get(5), "import_id=5: must be a string, not int"),
        (lambda i: i.create("s", conflict_behaviour="ask"), "conflict_behaviour='ask': must be one of 'skip', 'over"),
        (lambda i: i.create("s", path_prefix=""), "path_prefix='': must have 1 to 128 characters"),
        (lambda i: i.create("s", root_directory=""), "root_directory='': must have 1 to 128 characters"),
        (lambda i: i.sources.rename("s", ""), "name='': must have 1 to 128 characters"),
        (
            lambda i: i.sources.create("a", bucket="b", vendor="r2", secret=SECRET),
            "account=None: a bucket of R2 needs the id of the account that has it",
        ),
        (
            lambda i: i.sources.create("a", bucket="b", vendor="gcs", secret=SECRET),
            "vendor='gcs': must be one of 's3', 'r2'",
        ),
        (
            lambda i: i.sources.precheck(bucket="b", vendor="r2", secret=SECRET, account=5),
            "account=5: must be a string, not int",
        ),
        (
            lambda i: i.sources.precheck(bucket="b", vendor="s3", secret=SECRET, region=5),
            "region=5: must be a string, not int",
        ),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_sent(run: Run, call: Any, message: str) -> None:
    service = Service()

    def scenario(images: Any) -> Any:
        with pytest.raises(InvalidArgumentError) as caught:
            yield call(images.imports)
        assert str(caught.value).startswith(message)

    run(scenario, transport=service.transport)
    assert not service.sent


def _untold(error: BaseException, *, frames: bool = True) -> None:
    """Check that neither the error nor one of our frames shows a credential."""
    told = [str(error), repr(error), repr(vars(error))]
    formatted = traceback.TracebackException.from_exception(error, capture_locals=True).format() if frames else ()
    told += [frame for frame in formatted if "/tests/" not in frame.partition(", line ")[0]]
    for text in told:
        for value in (CANARY, json.dumps(CANARY), SECRET["accessKeyId"]):
            assert value not in text


@both
@pytest.mark.parametrize(
    "secret",
    [None, {}, CANARY, [CANARY], {"key": CANARY.encode()}, {"key": ""}, {5: CANARY}, {"key": CANARY + "\ud800"}],
)
def test_credentials_that_are_no_texts_are_refused_without_showing_them(run: Run, secret: Any) -> None:
    def scenario(images: Any) -> Any:
        for call in (images.imports.sources.create, images.imports.sources.precheck):
            names = {"name": "a"} if "name" in inspect.signature(call).parameters else {}
            with pytest.raises(
                InvalidArgumentError, match=r"^secret: must be a mapping of names to strings, such"
            ) as caught:
                yield call(**names, bucket="b", vendor="s3", secret=secret)
            _untold(caught.value)

    run(scenario, transport=Service().transport)


@both
@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (400, json.dumps({"success": False, "errors": [{"code": 1, "message": f"bad key {CANARY}"}]}), APIError),
        (400, f"no such key: {SECRET['accessKeyId']}", APIError),
        (200, CANARY, APIResponseValidationError),
        (200, json.dumps({"success": True, "result": {"id": 5, "name": CANARY}}), APIResponseValidationError),
    ],
    ids=["refused", "text", "not JSON", "another shape"],
)
def test_no_error_shows_the_credentials_that_the_service_repeats(
    run: Run, status: int, text: str, kind: type[APIError]
) -> None:
    def scenario(images: Any) -> Any:
        with pytest.raises(kind) as caught:
            yield images.imports.sources.create("a", bucket="b", vendor="s3", secret=SECRET)
        _untold(caught.value, frames="name" not in text)  # of which a frame has the response as it is

    run(scenario, transport=httpx.MockTransport(lambda _: httpx.Response(status, text=text)))


@both
def test_reprs_say_what_they_are(run: Run) -> None:
    def scenario(images: Any) -> Any:
        prefix = "Async" if isinstance(images, AsyncCloudflareImages) else ""
        assert repr(images.imports) == f"{prefix}Imports(<of account 'acc'>)"
        assert repr(images.imports.sources) == f"{prefix}ImportSources(<of account 'acc'>)"
        assert repr(images.imports.logs("i")) == f"{prefix}Pager(<imports.logs(per_page=100, import_id='i')>)"
        return ()
        yield

    run(scenario, transport=Service().transport)
