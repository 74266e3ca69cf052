"""The log of a sandbox's requests, without credentials."""

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

import attrs
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cfimages.sandbox.addresses import ACCOUNT_HASH, account_of, short_path
from cfimages.sandbox.clock import Clock
from cfimages.sandbox.faults import Fault

KEPT = 1000
"""Requests that are kept."""

MAX_KEPT_BYTES = 16 * 1024
"""The longest body that is kept."""

MASK = "***"
_SECRET_BODIES = ("/images/v2/sourcingkit/sources",)
"""Operations whose body holds a secret."""
_SECRET_HEADERS = re.compile(r".*(authorization|cookie|password|apikey|[-_](email|key|secret|token))", re.IGNORECASE)
_SECRET_PARAMETERS = frozenset({"access_token", "api_key", "api_token", "password", "secret", "sig", "token"})


@attrs.frozen(eq=False)
class LoggedRequest:
    """One request and its response. Credentials are masked."""

    number: int
    """Counted from 1 since the start."""
    time: datetime
    """By the sandbox's clock, in UTC."""
    method: str
    path: str
    """The path as it was sent, with escapes. The secret end of the address of a direct upload is masked."""
    query: str
    headers: Mapping[str, str]
    client: str
    """Address of the client."""
    account: str
    """The account's id, or its name in delivery URLs; empty if there is none."""
    status: int | None = None
    """Status of the response; None without a response."""
    duration: float | None = None
    """Seconds until the response was complete; None if it is not."""
    _state: Mapping[str, Any] = attrs.field(factory=dict, repr=False, alias="state")
    _sent: bytes = attrs.field(default=b"", repr=False, alias="sent")
    _answered: bytes = attrs.field(default=b"", repr=False, alias="answered")

    @property
    def fault(self) -> Fault | None:
        """The fault that the request met, if any."""
        return self._state.get("fault")

    @property
    def body(self) -> Any:
        """The JSON body, or the fields of a form; None without one, or if it is very long."""
        if "form" in self._state:
            return dict(self._state["form"])
        return _masked(self.path, _decoded(self._sent), is_body=True)

    @property
    def answer(self) -> Any:
        """The JSON body of the response, or its text; None for an image, or if it is very long."""
        return _masked(self.path, _decoded(self._answered))

    @property
    def agent(self) -> str:
        """The `User-Agent` of the caller."""
        return self.headers.get("user-agent", "")

    @property
    def errors(self) -> str:
        """The errors that the response names, as text; empty if there are none."""
        answer = self.answer
        if isinstance(answer, dict) and isinstance(answer.get("errors"), list):
            return "; ".join(
                f"{error.get('code')} {error.get('message')}" for error in answer["errors"] if isinstance(error, dict)
            )
        return answer if isinstance(answer, str) and self.status is not None and self.status >= 400 else ""

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def __str__(self) -> str:
        """A line for a terminal."""
        parts = [
            f"{self.time:%H:%M:%S} {self.method} {self.target}",
            f"{self.status or 'no answer'} in {(self.duration or 0) * 1000:.0f} ms",
            f"fault {self.fault}" if self.fault else "",
            self.errors.strip(),
        ]
        line = "  ".join(part for part in parts if part)
        return "".join(each if each.isprintable() else "?" for each in line)  # nothing that a terminal would obey


class RequestLog:
    """An ASGI application in front of another, which keeps a log of the requests. Safe to share between threads."""

    def __init__(self, app: ASGIApp, clock: Clock, on_request: Callable[[LoggedRequest], None] | None = None) -> None:
        self._app = app
        self._clock = clock
        self._on_request = on_request
        self._kept: dict[int, LoggedRequest] = {}
        self._count = 0
        self._lock = threading.Lock()

    @property
    def requests(self) -> tuple[LoggedRequest, ...]:
        """The last requests, the oldest first."""
        with self._lock:
            return tuple(self._kept.values())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have one request answered, and keep it: from its beginning, and complete before the answer is."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        began, state = time.perf_counter(), scope["state"]
        entry = self._begin(scope, headers)
        sent, answered = _Kept(headers.get("content-type", "")), _Kept("")
        finished = False

        async def received() -> Message:
            message = await receive()
            sent.add(message.get("body", b""))
            return message

        async def passed_on(message: Message) -> None:
            nonlocal answered, entry
            if message["type"] == "http.response.start":
                answered = _Kept(dict(message["headers"]).get(b"content-type", b"").decode("latin-1"))
                entry = attrs.evolve(entry, status=message["status"])
            else:
                answered.add(message.get("body", b""))
                if not message.get("more_body"):
                    finish()
            await send(message)

        def finish() -> None:
            nonlocal finished
            if not finished:
                finished = True
                duration = time.perf_counter() - began
                bodies = bytes(sent.content), bytes(answered.content)
                done = attrs.evolve(entry, duration=duration, state=dict(state), sent=bodies[0], answered=bodies[1])
                self._finish(done)

        try:
            await self._app(scope, received, passed_on)
        finally:
            finish()

    def _begin(self, scope: Scope, headers: Mapping[str, str]) -> LoggedRequest:
        path = scope["raw_path"].decode("latin-1")
        with self._lock:
            self._count += 1
            entry = LoggedRequest(
                number=self._count,
                time=self._clock.now(),
                method=scope["method"],
                path=masked_path(path),
                query=without_signature(scope["query_string"].decode("latin-1")),
                headers={name: masked_header(name, value) for name, value in headers.items()},
                client=scope["client"][0],
                account=account_of(path, headers.get("authorization", "")),
                state=scope["state"],
            )
            self._kept[entry.number] = entry
            self._kept.pop(entry.number - KEPT, None)
        return entry

    def _finish(self, entry: LoggedRequest) -> None:
        with self._lock:
            if entry.number in self._kept:  # else too many have come meanwhile
                self._kept[entry.number] = entry
        if self._on_request:
            self._on_request(entry)


class _Kept:
    """A body, if it is text and not long."""

    def __init__(self, media_type: str) -> None:
        self.content = bytearray()
        self._wanted = media_type.startswith(("application/json", "text/plain", "text/html"))

    def add(self, part: bytes) -> None:
        if self._wanted:
            self.content += part
            if len(self.content) > MAX_KEPT_BYTES:
                self._wanted = False
                self.content.clear()


def _decoded(content: bytes) -> Any:
    if not content:
        return None
    try:
        return json.loads(content)
    except ValueError:
        return content.decode(errors="replace")


def _masked(path: str, content: Any, *, is_body: bool = False) -> Any:
    """A body without the secrets that operations of the API carry."""
    operation = short_path(path)
    if not isinstance(content, dict):
        is_secret = is_body and operation.startswith(_SECRET_BODIES)  # what cannot be read cannot be masked in part
        return MASK if is_secret and content is not None else content
    result = content.get("result")
    if isinstance(result, dict):
        if "uploadURL" in result:
            return {**content, "result": {**result, "uploadURL": MASK}}
        if operation == "/images/v1/batch_token" and "token" in result:
            return {**content, "result": {**result, "token": MASK}}
        if operation.startswith("/images/v1/keys") and isinstance(result.get("keys"), list):
            keys = [{**key, "value": MASK} if isinstance(key, dict) else key for key in result["keys"]]
            return {**content, "result": {**result, "keys": keys}}
    return {**content, "secret": MASK} if "secret" in content else content


def masked_header(name: str, value: str) -> str:
    """Mask the value of a header that holds a secret, and secrets in the address of a `Referer`.

    >>> masked_header("X-Auth-Key", "abc"), masked_header("Referer", "http://localhost/?token=abc")
    ('***', 'http://localhost/?token=***')
    """
    return MASK if _SECRET_HEADERS.fullmatch(name) else masked_target(value) if name.lower() == "referer" else value


def without_signature(query: str) -> str:
    """Mask the signatures and other secrets in a query, however their name is escaped.

    >>> without_signature("exp=1&sig=abc")
    'exp=1&sig=***'
    """
    parts = []
    for part in query.split("&"):
        name, equals, _ = part.partition("=")
        parts.append(f"{name}={MASK}" if equals and unquote_plus(name).lower() in _SECRET_PARAMETERS else part)
    return "&".join(parts)


def masked_path(path: str) -> str:
    """Mask the secret part in the path of a direct upload.

    >>> masked_path("/upload/t61WdHfIN1aquaVCsr4E93/logo")
    '/upload/t61WdHfIN1aquaVCsr4E93/***'
    """
    return re.sub(rf"^(/upload/{ACCOUNT_HASH}/).+", rf"\1{MASK}", path, flags=re.DOTALL)


def masked_target(target: str) -> str:
    """Mask the signatures in a path with its query, and the address of a direct upload."""
    path, mark, query = target.partition("?")
    return f"{masked_path(path)}{mark}{without_signature(query)}"


def without_password(url: str) -> str:
    """Mask the user and password in an address.

    >>> without_password("http://ada:secret@localhost/a.png")
    'http://***@localhost/a.png'
    """
    return re.sub(r"//[^/?#]*@", f"//{MASK}@", url)
