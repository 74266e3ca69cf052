"""The endpoints of imports, which the API calls migrations."""

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cfimages.sandbox.imports.buckets import CONTENT_TYPES
from cfimages.sandbox.imports.running import COUNTS, run
from cfimages.sandbox.imports.sources import find, name, page
from cfimages.sandbox.imports.state import Import
from cfimages.sandbox.wire import Call, RefusedError, bad_request, conflict, envelope, in_thread, timestamp

CONFLICT_BEHAVIOURS = ("skip", "overwrite")


@in_thread
def list_all(call: Call) -> Response:
    """A page of imports, the oldest first."""
    with call.setup.imports.lock:
        found = list(call.setup.imports.of(call.account.id).imports.values())
        return envelope({"migrations": [_json(job) for job in page(call, found)]})


async def create(call: Call) -> Response:
    """A new import, which is pending."""
    given = await call.json("sourceId", "conflictBehaviour", "excludedContentTypes", "pathPrefix", "rootDirectory")
    behaviour = given.get("conflictBehaviour", "skip")
    if behaviour not in CONFLICT_BEHAVIOURS:
        raise bad_request(f"Bad request: conflictBehaviour must be one of {', '.join(CONFLICT_BEHAVIOURS)}")
    excluded = given.get("excludedContentTypes", [])
    if not isinstance(excluded, list) or not all(isinstance(each, str) and each in CONTENT_TYPES for each in excluded):
        raise bad_request(f"Bad request: excludedContentTypes must be a list of {', '.join(sorted(CONTENT_TYPES))}")
    texts = {field: name(given, field) if field in given else None for field in ("pathPrefix", "rootDirectory")}
    source_id = name(given, "sourceId")

    def add() -> Response:
        with call.setup.imports.lock:
            source = find(call, source_id)
            job = Import(
                source_id=source.id,
                bucket=source.bucket,
                conflict_behaviour=behaviour,
                excluded_content_types=tuple(excluded),
                path_prefix=texts["pathPrefix"],
                root_directory=texts["rootDirectory"],
                created=call.setup.clock.milliseconds(),
            )
            call.setup.imports.of(call.account.id).imports[job.id] = job
            return envelope(_json(job))

    return await run_in_threadpool(add)


@in_thread
def details(call: Call) -> Response:
    """One import."""
    with call.setup.imports.lock:
        return envelope(_json(_find(call)))


@in_thread
def delete(call: Call) -> Response:
    """Remove an import that has ended."""
    with call.setup.imports.lock:
        job = _find(call)
        if job.ended is None:
            raise conflict(f"The import is {job.status}: only one that has ended can be deleted")
        del call.setup.imports.of(call.account.id).imports[job.id]
    return envelope({})


@in_thread
def progress(call: Call) -> Response:
    """What has become of how many objects."""
    with call.setup.imports.lock:
        job = _find(call)
        counts = {count: job.counts[count] for count in COUNTS}
        return envelope({"status": job.status, **_times(job), "isAccurate": True, **counts})


@in_thread
def start(call: Call) -> Response:
    """Begin an import that is pending, in a thread of its own."""
    with call.setup.imports.lock:
        job = _find(call)
        if job.status != "pending":
            raise conflict(f"The import is {job.status}: only one that is pending can be started")
        job.start(call.setup.clock.milliseconds())
        call.setup.imports.run(lambda: run(call.setup, call.account.id, job))
        return envelope(_json(job))


@in_thread
def abort(call: Call) -> Response:
    """End an import that is running."""
    with call.setup.imports.lock:
        job = _find(call)
        if job.status != "processing":
            raise conflict(f"The import is {job.status}: only one that is processing can be aborted")
        job.end("aborted", "migrationAbort", "The import was aborted", call.setup.clock.milliseconds())
        return envelope(_json(job))


@in_thread
def logs(call: Call) -> Response:
    """A page of what an import has logged, the oldest first."""
    with call.setup.imports.lock:
        entries = page(call, _find(call).log)
    shown = [{"createdAt": timestamp(each.created), "logType": each.kind, "msg": each.message} for each in entries]
    return envelope({"logs": shown})


def _find(call: Call) -> Import:
    job = call.setup.imports.of(call.account.id).imports.get(call.name)
    if job is None:
        raise RefusedError(404, (5404, "Import not found"))
    return job


def _json(job: Import) -> dict[str, Any]:
    return {
        "id": job.id,
        "sourceId": job.source_id,
        "status": job.status,
        "conflictBehaviour": job.conflict_behaviour,
        "excludedContentTypes": list(job.excluded_content_types),
        "pathPrefix": job.path_prefix,
        "imagesPathPrefix": job.path_prefix,
        "rootDirectory": job.root_directory,
        "logStopped": job.log_stopped,
        "createdAt": timestamp(job.created),
        **_times(job),
    }


def _times(job: Import) -> dict[str, str | None]:
    """When an import was started and has ended."""
    return {
        "startedAt": None if job.started is None else timestamp(job.started),
        "endedAt": None if job.ended is None else timestamp(job.ended),
    }
