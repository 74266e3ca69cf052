"""Every public method of the clients as calls: what it can be given, and a service that answers from a description.

The calls are data, so that the same ones can be made of either client, against any version of openapi.yaml.
"""

import inspect
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from operator import attrgetter
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

import attrs
import httpx
from specs import Answer, Operation, example, least

if TYPE_CHECKING:  # it imports the façade, which may be what is broken
    from servers import Received

Arguments = Mapping[str, Any]

DRAFT = "/draft"
"""Where the file of a draft goes: an address that the service hands out, in no description."""

METADATA = {"status": "active"}

CREDENTIALS = {"accessKeyId": "ours", "secretAccessKey": "canary-5d1f-secret"}

CONTENT_TYPES = ["image/jpeg", "image/png", "image/webp", "image/gif", "image/avif", "image/heic", "image/svg+xml"]

# A value of its own for each text and number, so that it can be found again in what is sent.
CALLS: list[tuple[str, Arguments]] = [
    ("list", {}),
    ("list", {"meta": METADATA, "creator": "someone", "sort_order": "asc", "per_page": 17}),
    ("list", {"uploaded_since": "2001", "uploaded_before": "2101"}),
    ("list_v1", {}),
    ("list_v1", {"creator": "someone", "page": 13, "per_page": 17}),
    ("get", {"image_id": "logo"}),
    ("exists", {"image_id": "logo"}),
    ("upload", {"file": b"bytes"}),
    (
        "upload",
        {
            "file": b"bytes",
            "id": "own",
            "metadata": METADATA,
            "creator": "someone",
            "filename": "a.png",
            "exist_ok": True,
        },
    ),
    ("upload", {"url": "https://images.example/a.png", "require_signed_urls": True}),
    ("edit", {"image_id": "logo", "creator": "someone"}),
    ("edit", {"image_id": "logo", "metadata": METADATA}),
    ("edit", {"image_id": "logo", "metadata": METADATA, "creator": "someone", "require_signed_urls": True}),
    ("delete", {"image_id": "logo"}),
    ("delete", {"image_id": "logo", "missing_ok": True}),
    ("download", {"image_id": "logo", "to": io.BytesIO()}),
    ("direct_upload", {}),
    ("direct_upload", {"id": "own", "expiry": timedelta(hours=1), "metadata": METADATA, "creator": "someone"}),
    ("direct_upload", {"require_signed_urls": True}),
    ("upload_to", {"upload_url": f"https://upload.example{DRAFT}", "file": b"bytes", "filename": "a.png"}),
    ("stats", {}),
    ("settings", {}),
    ("edit_settings", {"flexible_variants": True}),
    ("batch", {}),
    ("variants.list", {}),
    ("variants.get", {"name": "hero"}),
    ("variants.create", {"name": "hero", "width": 40, "height": 30}),
    (
        "variants.create",
        {
            "name": "hero",
            "width": 40,
            "height": 30,
            "fit": "crop",
            "metadata": "keep",
            "never_require_signed_urls": True,
        },
    ),
    ("variants.edit", {"name": "hero", "width": 40, "height": 30}),
    (
        "variants.edit",
        {
            "name": "hero",
            "width": 40,
            "height": 30,
            "fit": "crop",
            "metadata": "keep",
            "never_require_signed_urls": True,
        },
    ),
    ("variants.delete", {"name": "hero"}),
    ("keys.list", {}),
    ("keys.create", {"name": "second"}),
    ("keys.delete", {"name": "second"}),
    ("metadata_keys", {}),
    ("imports.sources.list", {}),
    ("imports.sources.list", {"name": "photos", "per_page": 17}),
    (
        "imports.sources.create",
        {"name": "photos", "bucket": "ours", "vendor": "r2", "secret": CREDENTIALS, "account": "other"},
    ),
    ("imports.sources.get", {"source_id": "bucket"}),
    ("imports.sources.rename", {"source_id": "bucket", "name": "pictures"}),
    ("imports.sources.delete", {"source_id": "bucket"}),
    ("imports.sources.check", {"source_id": "bucket"}),
    (
        "imports.sources.precheck",
        {"bucket": "ours", "vendor": "s3", "secret": CREDENTIALS, "account": "other", "region": "eu-west-1"},
    ),
    ("imports.list", {}),
    ("imports.list", {"per_page": 17}),
    ("imports.create", {"source_id": "bucket"}),
    (
        "imports.create",
        {
            "source_id": "bucket",
            "conflict_behaviour": "overwrite",
            "excluded_content_types": CONTENT_TYPES,
            "path_prefix": "imported/",
            "root_directory": "2026/",
        },
    ),
    ("imports.get", {"import_id": "job"}),
    ("imports.start", {"import_id": "job"}),
    ("imports.abort", {"import_id": "job"}),
    ("imports.delete", {"import_id": "job"}),
    ("imports.progress", {"import_id": "job"}),
    ("imports.logs", {"import_id": "job"}),
    ("imports.logs", {"import_id": "job", "per_page": 17}),
]


@attrs.frozen
class Sent:
    """A request as an operation of the description."""

    operation: Operation
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: httpx.Headers
    body: Any
    """A decoded JSON body, or the text fields and files of a form; None without one."""

    @property
    def token(self) -> str:
        return self.headers.get("Authorization", "")


@attrs.define
class Service:
    """Answers each operation once with what it is told, then with as little as possible: so that every walk ends."""

    operations: Mapping[str, Operation]
    chosen: Mapping[str, tuple[Answer, Any]] = attrs.field(factory=dict)
    """Another answer than the example, by operation."""
    sent: list[Sent] = attrs.field(factory=list)
    strangers: list[str] = attrs.field(factory=list)
    """Requests that are no operation of the description."""

    def begin(self, chosen: Mapping[str, tuple[Answer, Any]] | None = None) -> None:
        """Forget what has been asked before."""
        self.chosen, self.sent, self.strangers = chosen or {}, [], []

    def __call__(self, request: "Received") -> tuple[int, str, bytes]:
        """Status, media type and body."""
        if request.target == DRAFT:
            return self._answer(self.operations["upload_image"], again=False)
        found = self._find(request)
        if found is None:
            self.strangers.append(f"{request.method} {request.target.partition('?')[0]}")
            return 404, "text/plain", b"no such operation"
        again = found.operation in [sent.operation for sent in self.sent]
        self.sent.append(found)
        return self._answer(found.operation, again)

    def _answer(self, operation: Operation, again: bool) -> tuple[int, str, bytes]:
        described = next((a for a in operation.answers), Answer(200, "application/json", {}))
        kind, value = self.chosen.get(operation.name, (described, None))
        if kind.media != "application/json":
            return kind.status, kind.media.replace("*", "png"), b"bytes"
        if again:
            value = least(kind.schema)
        elif value is None:
            value = example(kind.schema)
        return kind.status, kind.media, json.dumps(value).encode()

    def _find(self, request: "Received") -> Sent | None:
        target, _, query = request.target.partition("?")
        path = target.removeprefix("/client/v4")
        if path.startswith("/images/"):  # as on the batch host
            path = f"/accounts/acc{path}"
        for operation in self.operations.values():
            values = operation.matches(request.method, path)
            if values is not None:
                return Sent(operation, values, dict(httpx.QueryParams(query)), request.headers, _body(request))
        return None


def _body(request: "Received") -> Any:
    media = request.headers.get("content-type", "")
    if media.startswith("multipart/form-data"):
        return {name: data if file else data.decode() for name, file, data in request.parts()}
    return json.loads(request.body) if request.body else None


def received(request: httpx.Request) -> "Received":
    """A request of httpx as a server would see it."""
    from servers import Received

    target = request.url.raw_path.decode()
    return Received(request.method, target, httpx.Headers(request.headers), request.read(), b"", 0)


def transport(service: Service) -> httpx.MockTransport:
    """The way to a service without a socket."""

    def handle(request: httpx.Request) -> httpx.Response:
        status, media, body = service(received(request))
        return httpx.Response(status, headers={"Content-Type": media}, content=body)

    return httpx.MockTransport(handle)


def call(images: Any, method: str, arguments: Arguments) -> Any:
    """Call a method by its name, such as `variants.get`."""
    result = attrgetter(method)(images)(**arguments)
    return result.get("logo") if method == "batch" else result


def settled(result: Any) -> Any:
    """What a synchronous call gave, with every page of a listing."""
    return tuple(result.pages()) if hasattr(result, "pages") else result


async def settled_async(result: Any) -> Any:
    """What an asynchronous call gave."""
    if hasattr(result, "pages"):
        return tuple([page async for page in result.pages()])
    return await result if inspect.isawaitable(result) else result


def methods() -> dict[str, inspect.Signature]:
    """Every public method that a client and its parts have, without those that ask nothing of the service."""
    from cfimages import CloudflareImages, Imports, ImportSources, Keys, Variants

    silent = {"close", "options"}
    used = {"stream", "resume", "imports.wait"}  # by download, in place of a listing, and as `progress` again and again
    found = dict(_methods(CloudflareImages, ""))
    found |= dict(_methods(Variants, "variants.")) | dict(_methods(Keys, "keys."))
    found |= dict(_methods(Imports, "imports.")) | dict(_methods(ImportSources, "imports.sources."))
    return {name: signature for name, signature in found.items() if name not in silent | used}


def _methods(kind: type, prefix: str) -> Iterator[tuple[str, inspect.Signature]]:
    for name in dir(kind):
        member = getattr(kind, name)
        if not name.startswith("_") and inspect.isfunction(member):
            yield prefix + name, inspect.signature(member)


def given(method: str) -> set[str]:
    """The arguments that the calls of a method give."""
    return {argument for name, arguments in CALLS if name == method for argument in arguments}


def with_every_choice(calls: Iterable[tuple[str, Arguments]]) -> Iterator[tuple[str, Arguments]]:
    """The calls, and again with each other value of an argument that has but a few."""
    signatures = methods()
    for method, arguments in calls:
        yield method, arguments
        for name, value in arguments.items():
            annotation = signatures[method].parameters[name].annotation
            yield from ((method, {**arguments, name: choice}) for choice in _choices(annotation) if choice != value)


def _choices(annotation: Any) -> tuple[Any, ...]:
    """The values of an annotation that names them, or of one among several."""
    if annotation is bool:
        return (True, False)
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    parts = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else ()
    return tuple(choice for part in parts for choice in _choices(part))
