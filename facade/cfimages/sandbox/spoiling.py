"""Faults in front of an application: drop requests, or spoil responses."""

import asyncio
import gzip
import random
import socket
import struct
import threading
from contextlib import suppress
from datetime import datetime
from email.utils import format_datetime
from typing import NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cfimages.sandbox.aiming import FaultControl, Planned
from cfimages.sandbox.bad_answers import Answer, bad_answer
from cfimages.sandbox.clock import Clock
from cfimages.sandbox.faults import EITHER, Fault

_PIECES = 9


class Spoiler:
    """An ASGI application in front of another, with faults in between. It needs the server's `Connection`."""

    def __init__(self, app: ASGIApp, control: FaultControl, clock: Clock) -> None:
        self._app = app
        self._control = control
        self._clock = clock
        self._under_way: set[tuple[asyncio.AbstractEventLoop, asyncio.Transport]] = set()
        self._released = False
        self._lock = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or not."""
        query = scope["query_string"]
        target = (scope["raw_path"] + (b"?" + query if query else b"")).decode("latin-1")
        authorization = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        planned = self._control.plan(scope["method"], target, authorization)
        if planned is None:
            await self._app(scope, receive, send)
            return
        state = scope["state"]
        state["fault"] = planned.incident.fault
        entry = (asyncio.get_running_loop(), state["connection"])
        with self._lock:
            self._under_way.add(entry)
            if self._released:
                state["connection"].abort()
        try:
            await self._spoil(planned, _Caller(scope, receive, send, state["connection"]))
        finally:
            with self._lock:
                self._under_way.discard(entry)

    def release(self) -> None:
        """Abort stalled and slow responses. Called from another thread."""
        with self._lock:
            self._released = True
            for loop, transport in self._under_way:
                loop.call_soon_threadsafe(transport.abort)

    async def _spoil(self, planned: Planned, caller: "_Caller") -> None:
        fault, carried_out = planned.incident.fault, planned.incident.carried_out
        if fault == "reset-before" and not carried_out:
            await caller.reset()  # while the request is still being sent
            return
        answer = await self._carry_out(caller) if carried_out else None
        if carried_out and answer is None:
            return  # the caller has gone meanwhile
        if not carried_out:
            await caller.read_body()
        if answer is None or fault in EITHER:
            now = self._clock.now()
            answer = _dated(bad_answer(planned, now), now)
        await caller.spoil(fault, answer, planned.chance, planned.delay)

    async def _carry_out(self, caller: "_Caller") -> Answer | None:
        """Return the response of the application, or None without one."""
        kept: list[Message] = []

        async def keep(message: Message) -> None:
            kept.append(message)

        await self._app(caller.scope, caller.receive, keep)
        if not kept:
            return None
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in kept[0]["headers"])
        body = b"".join(message.get("body", b"") for message in kept[1:])
        return Answer(kept[0]["status"], tuple(h for h in headers if h[0].lower() != "content-length"), body)


def _dated(answer: Answer, now: datetime) -> Answer:
    """Add the time, which a `Retry-After` that is a date counts from."""
    return answer._replace(headers=(("Date", format_datetime(now, usegmt=True)), *answer.headers))


class _Caller(NamedTuple):
    """The side of the caller, and the ways to spoil an answer for it."""

    scope: Scope
    receive: Receive
    send: Send
    transport: asyncio.Transport

    async def read_body(self) -> None:
        """Read the body of the request, and throw it away."""
        while (await self.receive()).get("more_body"):
            pass

    async def gone(self) -> None:
        """Wait until the connection ends."""
        kind = ""
        while kind != "http.disconnect":
            kind = (await self.receive())["type"]

    async def reset(self) -> None:
        """Break the connection, instead of ending it."""
        linger = struct.pack("ii", 1, 0)
        with suppress(OSError):  # the caller was quicker
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.transport.abort()
        await self.gone()

    async def end(self) -> None:
        """End the connection when everything has been written."""
        self.transport.close()
        await self.gone()

    async def pause(self, seconds: float) -> bool:
        """Wait; return whether the caller is still connected."""
        going = asyncio.create_task(self.gone())
        done, _ = await asyncio.wait({going}, timeout=seconds)
        if done:
            return False
        going.cancel()
        await asyncio.wait({going})
        return True

    async def begin(self, answer: Answer, length: int) -> None:
        """Write status and headers, which announce so many bytes."""
        headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in answer.headers]
        headers.append((b"content-length", b"%d" % length))
        await self.send({"type": "http.response.start", "status": answer.status, "headers": headers})

    async def write(self, body: bytes) -> None:
        """Write some of the body, and wait until it has left."""
        self.transport.set_write_buffer_limits(0)
        await self.send({"type": "http.response.body", "body": body, "more_body": True})
        await self.send({"type": "http.response.body", "body": b"", "more_body": True})

    async def finish(self, body: bytes = b"") -> None:
        """Write the rest of the body."""
        await self.send({"type": "http.response.body", "body": body})

    async def whole(self, answer: Answer) -> None:
        """Write an answer as it is."""
        await self.begin(answer, len(answer.body))
        await self.finish(answer.body)

    async def spoil(self, fault: Fault, answer: Answer, chance: random.Random, delay: float) -> None:
        """Write what is left of an answer."""
        length = len(answer.body)
        half = answer.body[: length // 2]
        match fault:
            case "latency":
                if await self.pause(delay):
                    await self.whole(answer)
            case "drip":
                await self._drip(answer, delay)
            case "reset-before":
                await self.reset()
            case "reset-after":
                await self.begin(answer, length)
                await self.write(answer.body)
                await self.finish()
                await self.reset()
            case "reset-inside" | "close-inside" | "stall":
                await self.begin(answer, length)
                await self.write(half)
                await {"reset-inside": self.reset, "close-inside": self.end, "stall": self.gone}[fault]()
            case "blackhole":
                await self.gone()
            case "truncated-gzip" | "corrupt-gzip":
                headers = (*answer.headers, ("Content-Encoding", "gzip"))
                await self.whole(answer._replace(headers=headers, body=_spoilt(answer.body, fault, chance)))
            case "wrong-length":
                await self._write_with_wrong_length(answer, chance)
            case _:
                await self.whole(answer)

    async def _drip(self, answer: Answer, delay: float) -> None:
        size = -(-len(answer.body) // _PIECES) or 1
        if not await self.pause(delay):
            return
        await self.begin(answer, len(answer.body))
        for start in range(0, len(answer.body), size):
            if not await self.pause(delay):
                return
            await self.write(answer.body[start : start + size])
        await self.finish()

    async def _write_with_wrong_length(self, answer: Answer, chance: random.Random) -> None:
        """Announce too few bytes or too many; then end the connection or not."""
        length = len(answer.body)
        wrong = length + chance.choice((-1, 1)) * ((length + 1) // 2)
        stays = chance.random() < 0.5
        await self.begin(answer, wrong)
        if wrong > length:
            await self.write(answer.body)
            await (self.gone() if stays else self.end())
            return
        await self.finish(answer.body[:wrong])
        self.transport.write(answer.body[wrong:])
        if not stays:
            self.transport.close()


def _spoilt(body: bytes, fault: Fault, chance: random.Random) -> bytes:
    """A body compressed, and then cut off or with a wrong byte."""
    packed = bytearray(gzip.compress(body, mtime=0))
    place = chance.randrange(len(packed) // 2, len(packed) - 8)  # not in the checksum: that is seldom looked at
    if fault == "truncated-gzip":
        return bytes(packed[:place])
    packed[place] ^= 0xFF
    return bytes(packed)
