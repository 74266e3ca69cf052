"""The answers of faults that do not need the sandbox's own."""

import random
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import NamedTuple

from cfimages.sandbox.aiming import Planned

SERVER_ERRORS = (500, 502, 503, 504, *range(520, 531))
"""Statuses of `server-error`: the usual ones, and Cloudflare's own."""

ELSEWHERE = "http://elsewhere.invalid"
"""Where `redirect` leads: a host that cannot exist."""


class Answer(NamedTuple):
    """An answer as it would be right."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


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


def bad_answer(planned: Planned, now: datetime) -> Answer:
    """Return the answer of a fault that does not need the sandbox's own. `now` is what its `Date` will say."""
    chance, fault = planned.chance, planned.incident.fault
    if fault == "rate-limit":
        return _limited(chance, planned.retry_after, now)
    if fault == "redirect":
        location = ("Location", ELSEWHERE + planned.incident.target)
        return Answer(chance.choice((301, 302, 303, 307, 308)), (location,), b"")
    if fault == "garbage":
        kind, body = chance.choice(_GARBAGE)
        return Answer(200, (kind,), body)
    kind, body = chance.choice(_BODIES_OF_ERRORS)
    status = chance.choice(SERVER_ERRORS)
    return Answer(planned.status or status, (kind,), body)


def _limited(chance: random.Random, seconds: int, now: datetime) -> Answer:
    """A refusal for too many requests, saying in one of three ways how long to wait."""
    said = chance.choice(
        (
            (("Retry-After", str(seconds)),),
            (("Retry-After", format_datetime(now + timedelta(seconds=seconds), usegmt=True)),),
            (("Ratelimit", f'"default";r=0;t={seconds}'), ("Ratelimit-Policy", '"default";q=1200;w=300')),
        )
    )
    body = (
        b'{"success": false, "errors": [{"code": 971, "message": "Too many requests"}], "messages": [], "result": null}'
    )
    return Answer(429, (_JSON, *said), body)
