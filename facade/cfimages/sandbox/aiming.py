"""Faults that are aimed at certain requests, and the choice of the fault that a request meets."""

import random
import re
import secrets
import threading
from collections import Counter
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import attrs

from cfimages.sandbox.accounts import account_hash
from cfimages.sandbox.addresses import account_of, short_path
from cfimages.sandbox.faults import EITHER, FAULTS, Fault, Faults, Incident
from cfimages.sandbox.routes import check_target


def _known(_aimed: object, _attribute: object, kind: str) -> None:
    if kind not in FAULTS:
        raise ValueError(f"kind: {kind!r} is none of {', '.join(FAULTS)}")


def _method(_aimed: object, _attribute: object, method: str) -> None:
    if method != "*" and not re.fullmatch("[A-Z]+", method):
        raise ValueError(f"method must be a method such as GET, or * for any, not {method!r}")


def _path(_aimed: object, _attribute: object, path: str) -> None:
    if not path.startswith(("/", "*")):
        raise ValueError(f"path must begin with a slash, as in /images/v2, or with *, not {path!r}")


def _number(least: float, most: float) -> Any:
    def check(_aimed: object, attribute: "attrs.Attribute[Any]", value: float | None) -> None:
        if value is not None and not least <= value <= most:  # NaN too
            raise ValueError(f"{attribute.name} must be between {least} and {most}, not {value}")

    return check


@attrs.frozen(eq=False)
class AimedFault:
    """A fault for certain requests. See `FaultControl.next`."""

    method: str = attrs.field(validator=_method)
    path: str = attrs.field(validator=_path)
    kind: Fault = attrs.field(validator=_known, kw_only=True)
    after: int = attrs.field(default=0, validator=_number(0, 10**9), kw_only=True)
    times: int | None = attrs.field(default=1, validator=_number(1, 10**9), kw_only=True)
    every: int = attrs.field(default=1, validator=_number(1, 10**9), kw_only=True)
    account: str | None = attrs.field(default=None, kw_only=True)
    status: int | None = attrs.field(default=None, validator=_number(500, 599), kw_only=True)
    retry_after: int = attrs.field(default=1, validator=_number(0, 3600), kw_only=True)
    delay: float = attrs.field(default=0.05, validator=_number(0, 3600), kw_only=True)
    carried_out: bool = attrs.field(default=False, kw_only=True)
    name: str = attrs.field(factory=secrets.token_hex, init=False, repr=False)
    """What the console calls it. No other fault has this name, nor one of a sandbox that was started before."""

    def __attrs_post_init__(self) -> None:
        check_target(self.method, self.path, self.account)

    def matches(self, method: str, path: str, account: str) -> bool:
        """Return whether it is aimed at such a request; `account` is an id or a name in delivery URLs."""
        return (
            self.method in ("*", method)
            and (fnmatchcase(short_path(path), self.path) or fnmatchcase(path, self.path))
            and (self.account is None or account in (self.account, account_hash(self.account)))
        )

    def hits(self, count: int) -> bool:
        """Return whether the `count`-th matching request meets it, counted from 1."""
        behind = count - self.after
        return behind > 0 and behind % self.every == 0

    def met(self, count: int) -> int:
        """Return how many of the first `count` matching requests have met it."""
        return max(count - self.after, 0) // self.every

    def __str__(self) -> str:
        """Its request and its kind, for messages."""
        return f"{self.method} {self.path} {self.kind}{f' {self.status}' if self.status else ''}"


class Planned(NamedTuple):
    """The fault of one request, and its details."""

    incident: Incident
    chance: random.Random
    retry_after: int
    delay: float
    status: int | None = None


class FaultControl:
    """Which requests of a sandbox fail, and how. Safe to share between threads.

    Aimed faults come first, in the order in which they were given; then random ones, if there are any.
    """

    def __init__(self, random: Faults | None = None) -> None:
        self._lock = threading.Lock()
        self._random = random
        self._aimed: dict[AimedFault, int] = {}  # and how many requests have matched
        self._seen: Counter[tuple[str, str]] = Counter()
        self._incidents: list[Incident] = []

    def next(
        self,
        method: str = "*",
        path: str = "*",
        *,
        kind: Fault,
        after: int = 0,
        times: int | None = 1,
        every: int = 1,
        account: str | None = None,
        status: int | None = None,
        retry_after: int = 1,
        delay: float = 0.05,
        carried_out: bool = False,
    ) -> AimedFault:
        """Make the next matching requests fail.

        >>> faults = FaultControl()
        >>> aimed = faults.next("GET", "/images/v2", kind="server-error", after=1, times=2)

        This makes the second and the third listing from now on fail.

        Args:
            method: The method of the requests; `*` for any.
            path: The path of the operation without the account, such as `/images/v2` or `/images/v1/*`. Or a whole
                path, as for delivery. `*` stands for any number of characters, `?` for one.
            kind: One of `cfimages.sandbox.FAULTS`.
            after: How many matching requests succeed before the first fault.
            times: How many requests fail; None for all from then on.
            every: Only every n-th matching request fails.
            account: Only requests about this account id.
            status: The status of `server-error`, from 500 to 599. Without it, a random one.
            retry_after: Seconds that `rate-limit` asks to wait.
            delay: Seconds of `latency`, and between the pieces of `drip`.
            carried_out: Whether the sandbox carries out a request whose response it replaces or drops. This concerns
                `reset-before`, `blackhole`, `server-error`, `garbage` and `redirect`.

        Returns:
            The fault, for `cancel`.

        Raises:
            ValueError: An argument is out of range, or no request of the protocol has such a method and path.
        """
        __tracebackhide__ = True  # so that pytest shows the test's line instead
        try:
            aimed = AimedFault(
                method.upper(),
                path,
                kind=kind,
                after=after,
                times=times,
                every=every,
                account=account,
                status=status,
                retry_after=retry_after,
                delay=delay,
                carried_out=carried_out,
            )
        except ValueError as error:
            raise error.with_traceback(None) from None  # without the frames of the checks
        self.add(aimed)
        return aimed

    def add(self, aimed: AimedFault) -> None:
        """Add an aimed fault."""
        with self._lock:
            self._aimed[aimed] = 0

    def cancel(self, aimed: AimedFault) -> None:
        """Remove an aimed fault. Does nothing if it is used up."""
        with self._lock:
            self._aimed.pop(aimed, None)

    @property
    def aimed(self) -> tuple[AimedFault, ...]:
        """The aimed faults that are not used up."""
        with self._lock:
            return tuple(self._aimed)

    @property
    def matched(self) -> Mapping[AimedFault, int]:
        """The aimed faults that are not used up, and how many requests have matched each."""
        with self._lock:
            return dict(self._aimed)

    @property
    def unused(self) -> tuple[AimedFault, ...]:
        """The aimed faults that no request has met yet."""
        return tuple(aimed for aimed, count in self.matched.items() if not aimed.met(count))

    @property
    def random(self) -> Faults | None:
        """The random faults; None for none. Can be set."""
        return self._random

    @random.setter
    def random(self, faults: Faults | None) -> None:
        self._random = faults

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """The faults that have happened, the oldest first."""
        with self._lock:
            return tuple(self._incidents)

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._aimed.clear()
            self._random = None

    def forget(self) -> None:
        """Count requests anew, and forget the incidents."""
        with self._lock:
            self._seen.clear()
            self._incidents.clear()

    def __repr__(self) -> str:
        return f"<FaultControl: {len(self.aimed)} aimed, random {self._random}>"

    def plan(self, method: str, target: str, authorization: str = "") -> Planned | None:
        """Count a request, and return its fault, or None."""
        with self._lock:
            planned = self._plan_aimed(method, target, authorization) if self._aimed else None
            if planned is None and self._random is not None:
                planned = self._plan_random(self._random, method, target)
            if planned is not None:
                self._incidents.append(planned.incident)
            return planned

    def _plan_aimed(self, method: str, target: str, authorization: str) -> Planned | None:
        path = target.partition("?")[0]
        account = account_of(path, authorization)
        for aimed in list(self._aimed):
            if not aimed.matches(method, path, account):
                continue
            self._aimed[aimed] += 1
            count = self._aimed[aimed]
            if not aimed.hits(count):
                continue
            if aimed.times is not None and count >= aimed.after + aimed.times * aimed.every:
                del self._aimed[aimed]
            carried_out = aimed.carried_out if aimed.kind in EITHER else aimed.kind != "rate-limit"
            incident = Incident(method, target, aimed.kind, carried_out)
            chance = random.Random(f"{method} {target} {count}")  # noqa: S311 - not for secrets
            return Planned(incident, chance, aimed.retry_after, aimed.delay, aimed.status)
        return None

    def _plan_random(self, faults: Faults, method: str, target: str) -> Planned | None:
        before = self._seen[method, target]
        self._seen[method, target] += 1
        incident = faults.incident(method, target, before)
        if incident is None:
            return None
        chance = faults.chance(method, target, before, "how")
        return Planned(incident, chance, faults.retry_after, faults.delay)
