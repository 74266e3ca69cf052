"""The endpoints of the sources of imports. Any credentials will do, and none are kept."""

import re
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cfimages.sandbox import fields
from cfimages.sandbox.imports.buckets import MAX_NAME, BucketError, open_bucket
from cfimages.sandbox.imports.state import Source
from cfimages.sandbox.wire import Call, RefusedError, bad_request, conflict, envelope, in_thread, timestamp

T = TypeVar("T")

VENDORS = ("s3", "r2")
MAX_ACCOUNT_LENGTH = 32


@in_thread
def list_all(call: Call) -> Response:
    """A page of sources, the oldest first; `name` is a part of their names."""
    part = call.request.query_params.get("name", "")
    with call.setup.imports.lock:
        found = [each for each in call.setup.imports.of(call.account.id).sources.values() if part in each.name]
        return envelope({"sources": [_json(each) for each in page(call, found)]})


async def create(call: Call) -> Response:
    """A new source. Its bucket is not looked at."""
    given = await call.json("name", "bucket", "vendor", "secret", "account")
    _check_bucket(given)
    now = call.setup.clock.milliseconds()
    source = Source(name(given, "name"), given["bucket"], given["vendor"], created=now, updated=now)

    def add() -> Response:
        with call.setup.imports.lock:
            call.setup.imports.of(call.account.id).sources[source.id] = source
            return envelope(_json(source))

    return await run_in_threadpool(add)


@in_thread
def details(call: Call) -> Response:
    """One source."""
    with call.setup.imports.lock:
        return envelope(_json(find(call, call.name)))


async def rename(call: Call) -> Response:
    """Change the name."""
    new = name(await call.json("name"), "name")

    def change() -> Response:
        with call.setup.imports.lock:
            source = find(call, call.name)
            source.name, source.updated = new, call.setup.clock.milliseconds()
            return envelope(_json(source))

    return await run_in_threadpool(change)


@in_thread
def delete(call: Call) -> Response:
    """Remove a source, unless an import that has not ended uses it."""
    with call.setup.imports.lock:
        source = find(call, call.name)
        kept = call.setup.imports.of(call.account.id)
        users = [job for job in kept.imports.values() if job.source_id == source.id]
        if any(job.ended is None for job in users):
            raise conflict("The source is used by an import that has not ended")
        for job in users:
            job.source_id = None
        del kept.sources[source.id]
    return envelope({})


@in_thread
def check(call: Call) -> Response:
    """Whether the bucket of a source can be read."""
    with call.setup.imports.lock:
        bucket = find(call, call.name).bucket
    return _connectivity(call, bucket)


async def precheck(call: Call) -> Response:
    """Whether a bucket can be read."""
    given = await call.json("bucket", "vendor", "secret", "account", "region")
    _check_bucket(given)
    region = given.get("region")
    if region is not None and not (isinstance(region, str) and re.fullmatch(r"[a-z0-9-]+", region)):
        raise bad_request("Bad request: region must be small letters, digits and hyphens, such as eu-west-1")
    return await run_in_threadpool(_connectivity, call, given["bucket"])


def page(call: Call, found: list[T]) -> list[T]:
    """Return what `offset` and `limit` leave of a list."""
    query = call.request.query_params
    offset = fields.number(query, "offset", default=0, least=0, most=10**18 - 1)
    return found[offset : offset + fields.number(query, "limit", default=25, most=100)]


def name(given: dict[str, Any], field: str) -> str:
    """Return a name of a JSON body. Raises RefusedError."""
    value = given.get(field)
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_NAME:
        raise bad_request(f"Bad request: {field} must be text of 1 to {MAX_NAME} characters")
    return value


def find(call: Call, id: str) -> Source:
    """Return a source. Raises RefusedError."""
    source = call.setup.imports.of(call.account.id).sources.get(id)
    if source is None:
        raise RefusedError(404, (5404, "Import source not found"))
    return source


def _check_bucket(given: dict[str, Any]) -> None:
    """Check the fields that say which bucket is meant, and how it is read. Raises RefusedError."""
    name(given, "bucket")
    vendor, account = given.get("vendor"), given.get("account")
    if vendor not in VENDORS:
        raise bad_request(f"Bad request: vendor must be one of {', '.join(VENDORS)}")
    if not isinstance(given.get("secret"), dict):
        raise bad_request("Bad request: secret must be a JSON object")
    if account is None and vendor == "r2":
        raise bad_request("Bad request: a bucket of R2 needs account")
    if account is not None and not (
        isinstance(account, str) and re.fullmatch(rf"[^\s/]{{1,{MAX_ACCOUNT_LENGTH}}}", account)
    ):
        raise bad_request(f"Bad request: account must be an id of 1 to {MAX_ACCOUNT_LENGTH} characters")


def _connectivity(call: Call, bucket: str) -> Response:
    try:
        open_bucket(call.setup.buckets, bucket)
    except BucketError as error:
        return envelope({"connectivityStatus": "error", "code": error.code, "reason": str(error)})
    return envelope({"connectivityStatus": "ok", "code": None, "reason": None})


def _json(source: Source) -> dict[str, Any]:
    return {
        "id": source.id,
        "name": source.name,
        "bucket": source.bucket,
        "vendor": source.vendor,
        "region": None,
        "createdAt": timestamp(source.created),
        "updatedAt": timestamp(source.updated),
    }
