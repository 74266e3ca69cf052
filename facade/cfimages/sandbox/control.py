"""The control of a sandbox over HTTP, for tests in other languages: JSON to `/control/...`.

It does what `Sandbox` does in Python. docs/sandbox.md has a table of the requests.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import attrs
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cfimages.sandbox.aiming import AimedFault
from cfimages.sandbox.database import DuplicateError, Snapshot
from cfimages.sandbox.faults import Faults
from cfimages.sandbox.request_log import LoggedRequest, masked_target
from cfimages.sandbox.wire import parse_object

if TYPE_CHECKING:
    from cfimages.sandbox.server import Sandbox

MAX_BODY_BYTES = 16 * 1024 * 1024


class ControlError(Exception):
    """A call that cannot be carried out; the text says why."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Control:
    """Answers `/control/...`."""

    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox
        self._snapshots: dict[str, Snapshot] = {}

    async def answer(self, request: Request) -> Response:
        """Answer one request. Whether it is allowed has been checked before."""
        path: str = request.scope["path"]
        name = path.removeprefix("/control/")
        calls: dict[tuple[str, str], Callable[[Any], Any]] = {
            ("GET", "faults"): self._faults,
            ("POST", "faults"): self._aim,
            ("PUT", "faults"): self._set_random,
            ("DELETE", "faults"): self._clear_faults,
            ("GET", "buckets"): lambda _: {"buckets": [*self._sandbox.buckets]},
            ("GET", "requests"): lambda _: {"requests": [logged(entry) for entry in self._sandbox.requests]},
            ("GET", "clock"): self._clock,
            ("PUT", "clock"): self._set_clock,
            ("POST", "clock"): self._advance,
            ("DELETE", "clock"): self._reset_clock,
            ("POST", "images"): self._add,
            ("POST", "fill"): self._fill,
            ("POST", "snapshots"): self._snapshot,
            ("POST", "restore"): self._restore,
        }
        call = calls.get((request.method, name))
        if call is None:
            return JSONResponse({"error": f"there is no {request.method} {path}"}, 404)
        try:
            body = await _body(request) if request.method in ("POST", "PUT") else {}
            return JSONResponse(await run_in_threadpool(call, body))
        except ControlError as error:
            return JSONResponse({"error": str(error)}, error.status)
        except DuplicateError as error:
            return JSONResponse({"error": f"an image with this id exists: {error}"}, 409)
        except (TypeError, ValueError, binascii.Error) as error:
            return JSONResponse({"error": str(error)}, 400)

    def _faults(self, _: object) -> dict[str, Any]:
        faults = self._sandbox.faults
        return {
            "aimed": [
                {**_aimed(aimed), "matched": count, "met": aimed.met(count)} for aimed, count in faults.matched.items()
            ],
            "random": attrs.asdict(faults.random) if faults.random else None,
            "incidents": [
                {**attrs.asdict(incident), "target": masked_target(incident.target)}
                for incident in faults.incidents[-1000:]
            ],
        }

    def _aim(self, body: dict[str, Any]) -> dict[str, Any]:
        _only(body, *_names(AimedFault))
        kind = body.pop("kind", None)
        if not isinstance(kind, str):
            raise ControlError("kind is needed, such as server-error")
        method, path = _text(body, "method", "*"), _text(body, "path", "*")
        return {"aimed": _aimed(self._sandbox.faults.next(method, path, kind=kind, **body))}  # type: ignore[arg-type]  # checked there

    def _set_random(self, body: dict[str, Any]) -> dict[str, Any]:
        _only(body, *_names(Faults))
        self._sandbox.faults.random = Faults(**body)
        return self._faults(None)

    def _clear_faults(self, _: object) -> dict[str, Any]:
        self._sandbox.faults.clear()
        return self._faults(None)

    def _clock(self, _: object) -> dict[str, Any]:
        return {"now": self._sandbox.clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")}

    def _set_clock(self, body: dict[str, Any]) -> dict[str, Any]:
        self._sandbox.clock.set(_time("now", body))
        return self._clock(None)

    def _advance(self, body: dict[str, Any]) -> dict[str, Any]:
        seconds = body.get("seconds")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise ControlError("seconds is needed, a number")
        self._sandbox.clock.advance(seconds)
        return self._clock(None)

    def _reset_clock(self, _: object) -> dict[str, Any]:
        self._sandbox.clock.reset()
        return self._clock(None)

    def _add(self, body: dict[str, Any]) -> dict[str, Any]:
        described = ("account", "id", "filename", "metadata", "creator", "require_signed_urls", "draft")
        _only(body, "file", "uploaded", *described)
        given = {name: value for name, value in body.items() if name in described}
        if "uploaded" in body:
            given["uploaded"] = _time("uploaded", body)
        file = base64.b64decode(_text(body, "file", ""), validate=True) or None
        return {"id": self._sandbox.add(file, **given)}

    def _fill(self, body: dict[str, Any]) -> dict[str, Any]:
        _only(body, "account", "count", "start", "prefix", "metadata", "creator")
        count = body.get("count")
        if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= 10**7:
            raise ControlError("count is needed, a whole number from 0 to 10,000,000")
        account = _text(body, "account", "sandbox")
        more: dict[str, Any] = {name: body[name] for name in ("prefix", "metadata", "creator") if name in body}
        if "start" in body:
            more["start"] = _time("start", body)
        self._sandbox.fill(account, count, **more)
        return {"count": self._sandbox.store.count(account)}

    def _snapshot(self, _: object) -> dict[str, Any]:
        name = str(len(self._snapshots) + 1)
        self._snapshots[name] = self._sandbox.snapshot()
        return {"snapshot": name}

    def _restore(self, body: dict[str, Any]) -> dict[str, Any]:
        snapshot = self._snapshots.get(_text(body, "snapshot", ""))
        if snapshot is None:
            raise ControlError("there is no such snapshot", 404)
        self._sandbox.restore(snapshot)
        return {}


def logged(entry: LoggedRequest) -> dict[str, Any]:
    """Return a request of the log as JSON."""
    return {
        "number": entry.number,
        "time": entry.time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "method": entry.method,
        "path": entry.path,
        "query": entry.query,
        "headers": dict(entry.headers),
        "account": entry.account,
        "status": entry.status,
        "duration": entry.duration,
        "fault": entry.fault,
        "body": entry.body,
        "answer": entry.answer,
    }


async def _body(request: Request) -> dict[str, Any]:
    content = b""
    async for chunk in request.stream():
        content += chunk
        if len(content) > MAX_BODY_BYTES:
            raise ControlError(f"the body is longer than {MAX_BODY_BYTES} bytes", 413)
    if not content:
        return {}
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise ControlError("the body must be JSON, with Content-Type: application/json", 415)
    body = parse_object(content)
    if body is None:
        raise ControlError("the body is not a JSON object")
    return body


_TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    **dict.fromkeys(("after", "times", "every", "status", "retry_after", "seed"), ((int,), "a whole number")),
    **dict.fromkeys(("rate", "delay"), ((int, float), "a number")),
    **dict.fromkeys(("account", "id", "filename", "creator", "prefix"), ((str,), "a string")),
    **dict.fromkeys(("carried_out", "require_signed_urls", "draft"), ((bool,), "true or false")),
    "metadata": ((dict,), "an object"),
    "kinds": ((list,), "a list"),
}
_NULLABLE = ("times", "account", "status", "carried_out", "id", "filename", "creator", "metadata")


def _only(body: Mapping[str, Any], *names: str) -> None:
    """Check names and types of fields; their values are checked by who takes them."""
    for name, value in body.items():
        if name not in names:
            raise ControlError(f"{name} is unknown; known are {', '.join(names)}")
        kinds, what = _TYPES.get(name, ((object,), ""))
        if value is None and name in _NULLABLE:
            continue
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds and object not in kinds):
            raise ControlError(f"{name} must be {what}")


def _aimed(aimed: AimedFault) -> dict[str, Any]:
    return attrs.asdict(aimed, filter=lambda field, _: field.init)


def _names(kind: type) -> list[str]:
    return [field.name for field in attrs.fields(kind) if field.init]


def _text(body: dict[str, Any], name: str, default: str) -> str:
    value = body.pop(name, default)
    if not isinstance(value, str):
        raise ControlError(f"{name} must be a string")
    return value


def _time(name: str, body: dict[str, Any]) -> datetime:
    value = body.get(name)
    if not isinstance(value, str):
        raise ControlError(f"{name} is needed, a time such as 2026-05-01T12:00:00Z")
    return datetime.fromisoformat(value)
