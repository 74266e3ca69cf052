"""An account of the sandbox, a folder, and clients whose requests can be made to go wrong."""

import re
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import attrs
import httpx
from jobs.effects import Effect, Effects
from pictures import PNG

from cfimages import CloudflareImages, Image, NotFoundError
from cfimages.jobs import Job
from cfimages.jobs.account import Timing
from cfimages.sandbox import Sandbox

Send = Callable[[httpx.Request], httpx.Response]
Spoil = Callable[[httpx.Request, Send], httpx.Response]
"""What happens to a request instead of its being sent."""


def fast_timing() -> Timing:
    """A clock that only waiting moves on."""
    now = [0.0]
    lock = threading.Lock()

    def wait(event: threading.Event, seconds: float) -> bool:
        with lock:
            now[0] += seconds
        return event.is_set()

    return Timing(clock=lambda: now[0], wait=wait, jitter=lambda: 1.0)


def lost_before(request: httpx.Request, send: Send) -> httpx.Response:
    """The connection breaks before the request arrives."""
    raise httpx.ConnectError("made up", request=request)


def lost_after(request: httpx.Request, send: Send) -> httpx.Response:
    """The request is carried out, and the connection breaks before the answer."""
    send(request).read()
    raise httpx.ReadError("made up", request=request)


def answered(
    status: int, code: int | None = None, headers: Mapping[str, str] | None = None, *, text: str | None = None
) -> Spoil:
    """The request is not carried out, and answered."""

    def spoil(request: httpx.Request, send: Send) -> httpx.Response:
        if text is not None:
            return httpx.Response(status, text=text, headers=headers, request=request)
        errors = [] if code is None else [{"code": code, "message": "made up"}]
        body = {"success": False, "errors": errors, "messages": [], "result": None}
        return httpx.Response(status, json=body, headers=headers, request=request)

    return spoil


def garbled(content_type: str, content: bytes, *, carried_out: bool) -> Spoil:
    """The request is carried out or not, and answered with 200 and this."""

    def spoil(request: httpx.Request, send: Send) -> httpx.Response:
        if carried_out:
            send(request).read()
        return httpx.Response(200, content=content, headers={"content-type": content_type}, request=request)

    return spoil


def adding(headers: Mapping[str, str]) -> Spoil:
    """The request is carried out, and its answer has more headers."""

    def spoil(request: httpx.Request, send: Send) -> httpx.Response:
        response = send(request)
        response.headers.update(headers)
        return response

    return spoil


def cut_in_half(request: httpx.Request, send: Send) -> httpx.Response:
    """The answer has half of a pair of surrogates wherever an image has the text `HALF`."""
    response = send(request)
    content = response.read().replace(b"HALF", rb"\ud83d")
    headers = {"content-type": response.headers["content-type"]}
    return httpx.Response(response.status_code, content=content, headers=headers, request=request)


@attrs.define
class Rule:
    """What happens to some of the requests that look like this, such as `DELETE .*/cat`."""

    pattern: str
    spoil: Spoil
    times: int = 1
    """To how many of them."""
    after: int = 0
    """How many of them pass before."""
    seen: int = 0

    def holds(self, line: str) -> bool:
        if not re.fullmatch(self.pattern, line):
            return False
        self.seen += 1
        return self.after < self.seen <= self.after + self.times


class Wire(httpx.BaseTransport):
    """Sends requests on, but for those that a rule spoils, and records their lines."""

    def __init__(self, rules: list[Rule], *, tokens: bool = False) -> None:
        self._inner = httpx.HTTPTransport(verify=False)  # there is no TLS here, and reading certificates takes long
        self._rules = rules
        self._tokens = tokens
        self._lock = threading.Lock()
        self.lines: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        line = f"{request.method} {request.url.raw_path.decode()}"
        if request.url.path.endswith("/batch_token") and not self._tokens:
            return self._send(request)  # few tests are about the token of the batch host
        with self._lock:
            self.lines.append(line)
            rule = next((rule for rule in self._rules if rule.holds(line)), None)
        return rule.spoil(request, self._send) if rule else self._send(request)

    def _send(self, request: httpx.Request) -> httpx.Response:
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


class World:
    """What a test of jobs has."""

    def __init__(self, sandbox: Sandbox, effects: Effects, account: str, folder: Path) -> None:
        self.sandbox = sandbox
        self.account = account
        self.folder = folder
        self.journal = folder / "the.job"
        self.rules: list[Rule] = []
        self._effects = effects
        self._clients: list[CloudflareImages] = []
        self.wire = Wire(self.rules)
        self.images = self.client()
        """The client that jobs are given: its requests go over `wire`."""
        self.direct = sandbox.client(account, transport=httpx.HTTPTransport(verify=False))
        """A client to arrange and look with."""
        self._clients.append(self.direct)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients:
            client.close()

    def client(self, transport: httpx.BaseTransport | None = None) -> CloudflareImages:
        client = self.sandbox.client(self.account, transport=transport or self.wire)
        self._clients.append(client)
        return client

    def spoil(self, pattern: str, spoil: Spoil, *, times: int = 1, after: int = 0) -> None:
        """Have requests go wrong, such as `DELETE .*/cat`."""
        self.rules.append(Rule(pattern, spoil, times, after))

    def put(self, *ids: str, content: bytes = PNG, **fields: Any) -> list[Image]:
        """Upload images, without a trace among the effects."""
        images = [self.direct.upload(content, id=id, **fields) for id in ids]
        self.forget()
        return images

    def ids(self) -> list[str]:
        """The ids of the account, sorted."""
        return sorted(image.id for image in self.direct.list())

    def image(self, id: str) -> Image | None:
        try:
            return self.direct.get(id)
        except NotFoundError:
            return None

    def effects(self, *kinds: str) -> list[Effect]:
        """What has changed the account."""
        return self._effects.of(self.account, *kinds)

    def forget(self) -> None:
        self._effects.forget(self.account)

    def sent(self, pattern: str) -> int:
        """How many requests looked like this."""
        return sum(bool(re.fullmatch(pattern, line)) for line in self.wire.lines)


def states(job: Job) -> dict[str, str]:
    """The state of each item, by its key."""
    return {item.key: item.state for item in job.items()}


def reasons(job: Job) -> dict[str, str | None]:
    """Why each item is as it is, by its key."""
    return {item.key: item.reason for item in job.items()}
