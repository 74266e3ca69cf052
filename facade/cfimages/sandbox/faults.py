"""What can go wrong with a request, and how often. With the same seed, the same requests fail."""

import random
from collections.abc import Iterable, Sequence
from typing import Any, Literal, get_args

import attrs

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

EITHER = frozenset({"reset-before", "blackhole", "server-error", "garbage", "redirect"})
"""Faults that replace the sandbox's answer: the request may have been carried out, or not."""


@attrs.frozen
class Incident:
    """A fault that a request has met."""

    method: str
    target: str
    """Its path, with the query."""
    fault: Fault
    carried_out: bool
    """Whether the sandbox carried it out."""


def _several(kinds: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(kinds)


def _known(_faults: object, _attribute: object, kinds: Sequence[str]) -> None:
    if unknown := [kind for kind in kinds if kind not in FAULTS]:
        raise ValueError(f"kinds: {unknown[0]!r} is none of {', '.join(FAULTS)}")
    if not kinds:
        raise ValueError("kinds is empty: omit it for all of them")


def _share(_faults: object, _attribute: object, rate: float) -> None:
    if not 0 <= rate <= 1:  # NaN too
        raise ValueError(f"rate must be between 0 and 1, not {rate}")


def _seconds(_faults: object, attribute: "attrs.Attribute[Any]", seconds: float) -> None:
    if not 0 <= seconds <= 3600:
        raise ValueError(f"{attribute.name} must be between 0 seconds and an hour, not {seconds}")


@attrs.frozen(kw_only=True)
class Faults:
    """Random faults of a sandbox.

    The fault of a request depends on `seed`, its method, its path and query, and how often the same request has come
    before. It depends on nothing else. So a program meets the same faults in each run.

    - `latency` responds `delay` seconds late. `drip` sends the response in ten pieces, `delay` seconds apart.
    - `reset-before`, `reset-inside` and `reset-after` break the connection (RST) before, in the middle of, or after the
      response. `close-inside` closes it (FIN) in the middle.
    - `stall` sends half of the response and then nothing. `blackhole` sends nothing. Both wait until the caller gives
      up.
    - `truncated-gzip` and `corrupt-gzip` compress the response, then cut it off or change a byte. `wrong-length`
      announces too few or too many bytes.
    - `rate-limit` is 429, with `Retry-After` as seconds, as a date, or with the `Ratelimit` headers alone.
    - `server-error` is 500, 502, 503, 504 or 520 to 530, with HTML, text, nothing or half of a JSON object.
    - `garbage` is 200 with a body that the API never sends. `redirect` leads to another host.

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
    """Whether the sandbox carries out a request that meets `reset-before`, `blackhole`, `server-error`, `garbage` or
    `redirect`. None decides at random. A request that meets `rate-limit` is never carried out, others always are."""

    def incident(self, method: str, target: str, before: int) -> Incident | None:
        """Return the fault of a request that has come this often before, or None."""
        chance = self.chance(method, target, before)
        if chance.random() >= self.rate:
            return None
        fault = chance.choice(self.kinds)
        carried_out = fault != "rate-limit"
        if fault in EITHER:
            carried_out = chance.random() < 0.5 if self.carried_out is None else self.carried_out
        return Incident(method, target, fault, carried_out)

    def chance(self, method: str, target: str, before: int, purpose: str = "") -> random.Random:
        """Return random numbers for one request and one purpose."""
        return random.Random(f"{self.seed} {method} {target} {before} {purpose}")  # noqa: S311 - not for secrets
