"""The sandbox as a server: in a thread for tests and demos, or in the foreground."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import httpx

from cfimages.sandbox.app import BASE_PATH, App
from cfimages.sandbox.batch import BATCH_PATH
from cfimages.sandbox.faults import FaultProxy, Faults, Incident
from cfimages.sandbox.http_server import ServerThread, listen
from cfimages.sandbox.limits import RateLimit
from cfimages.sandbox.store import Store, StoredImage

if TYPE_CHECKING:
    from cfimages.sandbox.sdk import AsyncCloudflareImages, CloudflareImages, Pacer, RetryPolicy

ANY_TOKEN = "sandbox"  # noqa: S105 - no secret
"""What clients send where any token is accepted."""


class Sandbox:
    """A local Cloudflare Images account behind the real HTTP protocol, for tests and demos.

    Use it with `with`, or `start()` and `stop()`: it then answers from a thread. `db` is an SQLite file, made if
    missing; None keeps everything in memory. It binds to loopback, and to a free port unless one is given. With an
    `api_token` it accepts only that one; without, any credentials. Batch tokens end after `batch_token_ttl` seconds.
    With a `rate_limit` it refuses what is too fast, as the service does; `RateLimit()` is the documented one.
    With `faults` it misbehaves, so that a program can be tested against that.

    Raises OSError where the port is taken, sqlite3.Error for a file that is no database, ValueError for an empty
    token, a port that is none or a negative time.
    """

    def __init__(
        self,
        db: Path | str | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        api_token: str | None = None,
        batch_token_ttl: float = 3600.0,
        rate_limit: RateLimit | None = None,
        faults: Faults | None = None,
    ) -> None:
        if api_token == "":  # as from an unset variable; it would let everybody in
            raise ValueError("api_token is empty: leave it out to accept any credentials")
        if not 0 <= port <= 65535:
            raise ValueError(f"port must be between 0 and 65535, not {port}")
        if not 0 <= batch_token_ttl <= 365 * 86400:  # NaN too
            raise ValueError(f"batch_token_ttl must be between 0 seconds and a year, not {batch_token_ttl}")
        self._db = db
        self._host = host
        self._port = port
        self._api_token = api_token
        self._batch_token_ttl = batch_token_ttl
        self._rate_limit = rate_limit
        self._faults = faults
        self._proxy: FaultProxy | None = None
        self._running: tuple[Store, ServerThread] | None = None

    @property
    def url(self) -> str:
        """Where it answers, e.g. `http://127.0.0.1:8787`."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def base_url(self) -> str:
        """The `base_url` for a client."""
        return self.url + BASE_PATH

    @property
    def batch_url(self) -> str:
        """Where it is the batch host: `https://batch.imagedelivery.net` of the service."""
        return self.url + BATCH_PATH

    @property
    def store(self) -> Store:
        """What it holds, beside the protocol. Raises RuntimeError unless it runs."""
        if self._running is None:
            raise RuntimeError("the sandbox is not running: use it with `with`, or start() it")
        return self._running[0]

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """What has been done to which requests since the start, because of its `faults`."""
        return tuple(self._proxy.incidents) if self._proxy else ()

    def client(
        self,
        account_id: str = "sandbox",
        *,
        timeout: float | httpx.Timeout = 60.0,
        retries: "RetryPolicy | None" = None,
        transport: httpx.BaseTransport | None = None,
        pacer: "Pacer | None" = None,
    ) -> "CloudflareImages":
        """Return a client of one of its accounts; any account id is one. Arguments as `CloudflareImages`.

        It goes straight to the sandbox, whatever proxy the environment names, and so does its `batch()`.
        """
        from cfimages.sandbox import sdk

        options = {"timeout": timeout, "retries": retries, "transport": transport, "pacer": pacer}
        return sdk.client(account_id, self.batch_url, self._access() | options)

    def async_client(
        self,
        account_id: str = "sandbox",
        *,
        timeout: float | httpx.Timeout = 60.0,
        retries: "RetryPolicy | None" = None,
        transport: httpx.AsyncBaseTransport | None = None,
        pacer: "Pacer | None" = None,
    ) -> "AsyncCloudflareImages":
        """Return an asynchronous client of one of its accounts. Arguments as `AsyncCloudflareImages`."""
        from cfimages.sandbox import sdk

        options = {"timeout": timeout, "retries": retries, "transport": transport, "pacer": pacer}
        return sdk.async_client(account_id, self.batch_url, self._access() | options)

    def _access(self) -> dict[str, Any]:
        return {"api_token": self._api_token or ANY_TOKEN, "base_url": self.base_url}

    def fill(self, account_id: str, count: int, *, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        """Give an account `count` made-up images of one pixel, one uploaded each second from `start` on.

        They are the same every time: ids `image-0000000` and so on, metadata with four fields (one nested), two
        creators or none. A `start` without a time zone is UTC. 100,000 take about a second. Raises DuplicateError if
        the account has some of them already.
        """
        if start.tzinfo is None:
            start = start.replace(tzinfo=UTC)
        self.store.fill(account_id, _made_up(count, start))

    def start(self) -> None:
        """Begin to answer. Raises RuntimeError if it does already."""
        if self._running is not None:
            raise RuntimeError("the sandbox is running already")
        store = Store(self._db)
        try:
            listener = listen(self._host, self._port)
        except BaseException:
            store.close()
            raise
        self._port = listener.getsockname()[1]
        self._proxy = None
        if self._faults:
            outside, listener = listener, listen("127.0.0.1", 0)
            self._proxy = FaultProxy(outside, listener.getsockname(), self._faults)
            self._proxy.start()
        server = ServerThread(App(store, self._api_token, self._batch_token_ttl, self._rate_limit), listener)
        server.start()
        self._running = (store, server)

    def stop(self) -> None:
        """Finish what is being answered, then stop. Does nothing if it does not run."""
        if self._running is None:
            return
        store, server = self._running
        if self._proxy:
            self._proxy.stop()
        server.stop()
        store.close()
        self._running = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"Sandbox({self.base_url!r}, {'running' if self._running else 'stopped'})"


def _made_up(count: int, start: datetime) -> Iterator[StoredImage]:
    first = int(start.timestamp() * 1000)
    regions, creators = ("eu-west", "us-east", "ap-south"), ("ada", "grace", None)
    for number in range(count):
        yield StoredImage(
            number=number,
            id=f"image-{number:07}",
            uploaded=first + number * 1000,
            filename=f"photo-{number}.png",
            meta={
                "status": "active" if number % 4 else "archived",
                "priority": number % 10,
                "featured": number % 7 == 0,
                "region": {"name": regions[number % 3], "zone": number % 5},
            },
            creator=creators[number % 3],
            private=number % 11 == 0,
        )
