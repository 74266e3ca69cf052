"""What the sandbox keeps of imports: sources and imports of each account, in memory."""

import threading
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable

import attrs

MAX_LOGGED = 1000
"""Entries about objects in one log."""


def _new_id() -> str:
    return str(uuid.uuid4())


@attrs.define
class Source:
    """A bucket that an account imports from. Its credentials are not kept."""

    name: str
    bucket: str
    vendor: str
    created: int
    """Milliseconds since 1970, as all times here."""
    updated: int
    id: str = attrs.field(factory=_new_id)


@attrs.frozen
class LogEntry:
    """Something that happened in an import."""

    created: int
    kind: str
    message: str


@attrs.define
class Import:
    """An import of a bucket. What changes it holds the lock of `Imports`."""

    source_id: str | None
    """None once the source is gone."""
    bucket: str
    conflict_behaviour: str
    excluded_content_types: tuple[str, ...]
    path_prefix: str | None
    root_directory: str | None
    created: int
    id: str = attrs.field(factory=_new_id)
    status: str = "pending"
    started: int | None = None
    ended: int | None = None
    counts: Counter[str] = attrs.field(factory=Counter)
    """By the names that they have in answers."""
    log: list[LogEntry] = attrs.field(factory=list)
    log_stopped: bool = False

    def start(self, now: int) -> None:
        """Begin, and log it."""
        self.status = "processing"
        self.started = self._add("migrationStart", "The import has started", now)

    def end(self, status: str, kind: str, message: str, now: int) -> None:
        """End, unless it has ended."""
        if self.status == "processing":
            self.status = status
            self.ended = self._add(kind, message, now)

    def note(self, kind: str, message: str, now: int) -> None:
        """Log something about an object, unless too much has been logged."""
        self.log_stopped = len(self.log) > MAX_LOGGED  # one entry is that of the start
        if not self.log_stopped:
            self._add(kind, message, now)

    def _add(self, kind: str, message: str, now: int) -> int:
        """Log something at a time of its own, and return that."""
        time = max(now, self.log[-1].created + 1) if self.log else now
        self.log.append(LogEntry(time, kind, message))
        return time


@attrs.define
class AccountImports:
    """The sources and imports of one account by their ids, the oldest first."""

    sources: dict[str, Source] = attrs.field(factory=dict)
    imports: dict[str, Import] = attrs.field(factory=dict)


class Imports:
    """The sources and imports of all accounts, and the threads that import."""

    def __init__(self) -> None:
        self.lock: threading.Lock = threading.Lock()
        """To be held by whoever reads or changes what is here."""
        self._accounts: defaultdict[str, AccountImports] = defaultdict(AccountImports)
        self._threads: list[threading.Thread] = []

    def of(self, account: str) -> AccountImports:
        """Return what an account has."""
        return self._accounts[account]

    def all(self) -> list[tuple[str, AccountImports]]:
        """Return what each account has."""
        return list(self._accounts.items())

    def run(self, work: Callable[[], None]) -> None:
        """Start a thread that does some work."""
        thread = threading.Thread(target=work, name="cfimages-sandbox-import", daemon=True)
        self._threads = [*(each for each in self._threads if each.is_alive()), thread]
        thread.start()

    def stop(self) -> None:
        """Abort what is running, and wait until its threads have ended."""
        with self.lock:
            for account in self._accounts.values():
                for job in account.imports.values():
                    job.end("aborted", "migrationAbort", "The sandbox was stopped", job.created)
        for thread in self._threads:
            thread.join()
