"""A sandbox that misbehaves: a proxy before it that spoils some of its answers, the same ones each time.

What becomes of a request is decided by `Faults` without I/O. The proxy only carries it out: it reads whole requests,
passes on those that are to be carried out, and writes what is left of the answers.
"""

import asyncio
import gzip
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.client import responses
from typing import Any, Literal, get_args

import attrs
import h11

Fault = Literal[
    "latency",
    "drip",
    "reset-before",
    "reset-inside",
    "reset-after",
    "close-inside",
    "stall",
    "blackhole",
    "truncated-gzip",
    "corrupt-gzip",
    "wrong-length",
    "rate-limit",
    "server-error",
    "garbage",
    "redirect",
]
"""What can go wrong with one request."""

FAULTS: tuple[Fault, ...] = get_args(Fault)

# Faults that need no answer of the sandbox: the request may have reached it, or not.
_EITHER = frozenset({"reset-before", "blackhole", "server-error", "garbage", "redirect"})

SERVER_ERRORS = (500, 502, 503, 504, *range(520, 531))
"""Statuses of `server-error`: the usual ones, and Cloudflare's own."""

ELSEWHERE = "http://elsewhere.invalid"
"""Where `redirect` leads: a host that cannot exist."""

BACKLOG = 2048
"""Connections that wait to be accepted: as many as uvicorn lets, so that a thousand clients at once are served."""

_PIECES = 10
_CHUNK = 64 * 1024
_LONGEST_HEAD = 64 * 1024


@attrs.frozen
class Incident:
    """What was done to one request."""

    method: str
    target: str
    """Its path, with the query."""
    fault: Fault
    carried_out: bool
    """Whether the sandbox did what it asks for."""


def _several(kinds: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(kinds)


def _known(_faults: object, _attribute: object, kinds: Sequence[str]) -> None:
    if unknown := [kind for kind in kinds if kind not in FAULTS]:
        raise ValueError(f"kinds: {unknown[0]!r} is none of {', '.join(FAULTS)}")
    if not kinds:
        raise ValueError("kinds is empty: leave it out for all of them")


def _share(_faults: object, _attribute: object, rate: float) -> None:
    if not 0 <= rate <= 1:  # NaN too
        raise ValueError(f"rate must be between 0 and 1, not {rate}")


def _seconds(_faults: object, attribute: "attrs.Attribute[Any]", seconds: float) -> None:
    if not 0 <= seconds <= 3600:
        raise ValueError(f"{attribute.name} must be between 0 seconds and an hour, not {seconds}")


@attrs.frozen(kw_only=True)
class Faults:
    """Which faults a sandbox has, and how often.

    What becomes of a request depends on `seed`, its method, its path and query, and how often the same has come
    before; not on what else is going on. So a program meets the same faults in each run.

    - `latency` answers `delay` seconds late; `drip` sends an answer in ten pieces, as far apart.
    - `reset-before`, `reset-inside` and `reset-after` break the connection (RST) before the answer, in the middle of
      it and behind it; `close-inside` ends it (FIN) in the middle.
    - `stall` sends half of an answer and then nothing, `blackhole` nothing at all, until the caller gives up.
    - `truncated-gzip` and `corrupt-gzip` compress the answer and spoil it; `wrong-length` announces too few or too
      many bytes.
    - `rate-limit` is 429, with `Retry-After` as seconds, as a date, or with the `Ratelimit` headers alone.
    - `server-error` is 500, 502, 503, 504 or 520 to 530, with HTML, text, nothing or half of a JSON object.
    - `garbage` is 200 with something that is no answer of the API; `redirect` leads to another host.

    Raises ValueError for an unknown kind or a number out of range.
    """

    kinds: tuple[Fault, ...] = attrs.field(default=FAULTS, converter=_several, validator=_known)
    rate: float = attrs.field(default=0.1, validator=_share)
    """Share of the requests that meet one, from 0 to 1."""
    seed: int = 0
    delay: float = attrs.field(default=0.05, validator=_seconds)
    """Seconds of `latency` and between the pieces of `drip`."""
    retry_after: int = attrs.field(default=1, validator=_seconds)
    """Seconds that `rate-limit` asks to wait."""
    carried_out: bool | None = None
    """Whether the sandbox carries out a request that fails without its answer: one that meets `reset-before`,
    `blackhole`, `server-error`, `garbage` or `redirect`. None: by chance. A `rate-limit` never is, the others are."""

    def incident(self, method: str, target: str, before: int) -> Incident | None:
        """What happens to a request that has come this often before; None: nothing."""
        chance = self.chance(method, target, before)
        if chance.random() >= self.rate:
            return None
        fault = chance.choice(self.kinds)
        carried_out = fault != "rate-limit"
        if fault in _EITHER:
            carried_out = chance.random() < 0.5 if self.carried_out is None else self.carried_out
        return Incident(method, target, fault, carried_out)

    def chance(self, method: str, target: str, before: int, purpose: str = "") -> random.Random:
        """The dice for one request, for one purpose."""
        return random.Random(f"{self.seed} {method} {target} {before} {purpose}")  # noqa: S311 - not for secrets


@attrs.frozen
class _Answer:
    """An answer as it would be right."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def raw(self, body: bytes | None = None, announced: int = 0, encoding: str = "") -> bytes:
        """On the wire; with another body, or announcing so many more bytes than there are."""
        content = self.body if body is None else body
        lines = [
            f"HTTP/1.1 {self.status} {responses.get(self.status, '')}",
            *(f"{name}: {value}" for name, value in self.headers),
        ]
        if encoding:
            lines.append(f"Content-Encoding: {encoding}")
        lines.append(f"Content-Length: {len(content) + announced}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + content


_JSON = ("Content-Type", "application/json")
_HTML = ("Content-Type", "text/html; charset=UTF-8")
_TEXT = ("Content-Type", "text/plain; charset=UTF-8")

_BODIES_OF_ERRORS = (
    (_HTML, b"<!DOCTYPE html><html><head><title>The origin failed</title></head><body>Sorry.</body></html>"),
    (_TEXT, b"error code: made up"),
    (_TEXT, b""),
    (_JSON, b'{"success": false, "errors": [{"code": 1000, "mess'),
)
_GARBAGE = (
    (_HTML, b"<html><title>Log in to the hotel's network</title></html>"),
    (_JSON, b""),
    (_JSON, b'{"success": true, "result": {"ima'),
    (_JSON, b"[]"),
    (_JSON, b'{"success": true, "errors": [], "messages": [], "result": null}'),
    (_JSON, b'{"success": true, "errors": [], "messages": [], "result": {"images": [null, 1, []], "id": 7}}'),
    (_JSON, bytes(range(256))),
)


def _limited(chance: random.Random, seconds: int) -> _Answer:
    """A refusal for too many requests, saying in one of three ways how long to wait."""
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
    said = chance.choice(
        (
            (("Retry-After", str(seconds)),),
            (("Retry-After", when),),
            (("Ratelimit", f'"default";r=0;t={seconds}'), ("Ratelimit-Policy", '"default";q=1200;w=300')),
        )
    )
    body = (
        b'{"success": false, "errors": [{"code": 971, "message": "Too many requests"}], "messages": [], "result": null}'
    )
    return _Answer(429, (_JSON, *said), body)


def _made_up(fault: Fault, chance: random.Random, target: str, retry_after: int) -> _Answer:
    """The answer of a fault that does not need the sandbox's own."""
    if fault == "rate-limit":
        return _limited(chance, retry_after)
    if fault == "redirect":
        return _Answer(chance.choice((301, 302, 303, 307, 308)), (("Location", ELSEWHERE + target),), b"")
    if fault == "garbage":
        kind, body = chance.choice(_GARBAGE)
        return _Answer(200, (kind,), body)
    kind, body = chance.choice(_BODIES_OF_ERRORS)
    return _Answer(chance.choice(SERVER_ERRORS), (kind,), body)


class FaultProxy:
    """Answers at a listening socket for a server on loopback, in a thread: with `Faults` in between.

    `start()` and `stop()` it; `stop` breaks off what is under way, and closes the listener.
    """

    def __init__(self, listener: socket.socket, upstream: tuple[str, int], faults: Faults) -> None:
        self.incidents: list[Incident] = []
        self._listener = listener
        self._upstream = upstream
        self._faults = faults
        self._seen: Counter[tuple[str, str]] = Counter()
        self._under_way: set[asyncio.Task[None]] = set()  # asyncio itself holds tasks only weakly
        self._ready = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve()), name="cfimages-sandbox-faults", daemon=True
        )

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Break off what is under way."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._accepted, sock=self._listener, backlog=BACKLOG)
        self._ready.set()
        await self._stopping.wait()
        self._loop.remove_reader(self._listener)
        await asyncio.sleep(0)  # what has just been accepted begins: a closed server would lose it, socket and all
        server.close()
        while under_way := asyncio.all_tasks() - {asyncio.current_task()}:  # again: one may just have been accepted
            for task in under_way:
                task.cancel()
            await asyncio.wait(under_way)

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._connected(reader, writer))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        task.add_done_callback(lambda _: writer.transport.abort())  # also of one that is cancelled before it begins

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection until either side ends it."""
        writer.transport.set_write_buffer_limits(0)  # so that drain() waits until everything has left
        caller = _Caller(reader, writer)
        try:
            while await self._exchange(caller):
                await writer.drain()
            await writer.drain()
        except (OSError, h11.ProtocolError):
            return  # nobody is left to be answered, or nobody speaks HTTP

    async def _exchange(self, caller: "_Caller") -> bool:
        """Whether the connection stays open after the next request."""
        parser = h11.Connection(h11.SERVER, _LONGEST_HEAD)
        request = await _head(parser, caller.reader)
        if not isinstance(request, h11.Request):
            return False
        method, target = request.method.decode(), request.target.decode()
        before = self._seen[method, target]
        self._seen[method, target] += 1
        incident = self._faults.incident(method, target, before)
        if incident is None:
            caller.writer.write((await self._pass_on(request, await _body(parser, caller.reader))).raw())
            return (b"connection", b"close") not in request.headers
        self.incidents.append(incident)
        chance = self._faults.chance(method, target, before, "how")
        if incident.fault == "reset-before" and not incident.carried_out:
            return caller.reset()  # while the request is still being sent
        body = await _body(parser, caller.reader)
        answer = await self._pass_on(request, body) if incident.carried_out else None
        if answer is None or incident.fault in _EITHER:
            answer = _made_up(incident.fault, chance, target, self._faults.retry_after)
        return await caller.spoil(incident.fault, answer, chance, self._faults.delay)

    async def _pass_on(self, request: h11.Request, body: bytes) -> _Answer:
        """Let the server carry out a request; gives its answer."""
        reader, writer = await asyncio.open_connection(*self._upstream)
        try:
            parser = h11.Connection(h11.CLIENT, _LONGEST_HEAD)
            events = (request, h11.Data(data=body), h11.EndOfMessage())
            writer.write(b"".join(parser.send(event) or b"" for event in events))
            head: h11.Response = await _head(parser, reader)
            content = await _body(parser, reader)
        finally:
            writer.transport.abort()
        headers = tuple(
            (name.decode(), value.decode("latin-1"))
            for name, value in head.headers
            if name not in (b"content-length", b"transfer-encoding", b"connection")
        )
        return _Answer(head.status_code, headers, content)


@attrs.frozen
class _Caller:
    """The side of the caller, and the ways to spoil an answer for it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def reset(self) -> bool:
        """Break the connection, instead of ending it."""
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    async def gone(self) -> bool:
        """Wait until the caller gives up."""
        await self.reader.read()
        return False

    async def spoil(self, fault: Fault, answer: _Answer, chance: random.Random, delay: float) -> bool:
        """Write what is left of an answer; whether the connection stays open."""
        raw = answer.raw()
        half = raw[: len(raw) - (len(answer.body) + 1) // 2]
        match fault:
            case "latency":
                await asyncio.sleep(delay)
                self.writer.write(raw)
            case "drip":
                await self._drip(raw, delay)
            case "reset-before":
                return self.reset()
            case "reset-inside" | "reset-after":
                self.writer.write(half if fault == "reset-inside" else raw)
                await self.writer.drain()
                return self.reset()
            case "close-inside":
                self.writer.write(half)
                return False
            case "stall":
                self.writer.write(half)
                return await self.gone()
            case "blackhole":
                return await self.gone()
            case "truncated-gzip" | "corrupt-gzip":
                self.writer.write(answer.raw(_spoilt(answer.body, fault, chance), encoding="gzip"))
            case "wrong-length":
                self.writer.write(answer.raw(announced=chance.choice((-1, 1)) * ((len(answer.body) + 1) // 2)))
                return chance.random() < 0.5
            case _:
                self.writer.write(raw)
        return True

    async def _drip(self, raw: bytes, delay: float) -> None:
        size = -(-len(raw) // _PIECES)
        for start in range(0, len(raw), size):
            await asyncio.sleep(delay)
            self.writer.write(raw[start : start + size])
            await self.writer.drain()


def _spoilt(body: bytes, fault: Fault, chance: random.Random) -> bytes:
    """A body compressed, and then cut off or with a wrong byte."""
    packed = bytearray(gzip.compress(body, mtime=0))
    place = chance.randrange(len(packed) // 2, len(packed) - 8)  # not in the checksum: that is seldom looked at
    if fault == "truncated-gzip":
        return bytes(packed[:place])
    packed[place] ^= 0xFF
    return bytes(packed)


async def _event(parser: h11.Connection, reader: asyncio.StreamReader) -> Any:
    """The next thing that the other side says, as an event of h11."""
    while (event := parser.next_event()) is h11.NEED_DATA:
        parser.receive_data(await reader.read(_CHUNK))
    return event


async def _head(parser: h11.Connection, reader: asyncio.StreamReader) -> Any:
    """The beginning of a message; of a caller also the end of its connection."""
    while isinstance(event := await _event(parser, reader), h11.InformationalResponse):
        pass
    return event


async def _body(parser: h11.Connection, reader: asyncio.StreamReader) -> bytes:
    """The rest of a message."""
    content = bytearray()
    while isinstance(event := await _event(parser, reader), h11.Data):
        content += event.data
    return bytes(content)
