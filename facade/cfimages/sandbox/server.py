"""The sandbox as an object: its settings, its start and its stop."""

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import httpx

import cfimages
from cfimages.sandbox import filling
from cfimages.sandbox.aiming import FaultControl
from cfimages.sandbox.app import BASE_PATH, App
from cfimages.sandbox.batch import BATCH_PATH
from cfimages.sandbox.clock import Clock
from cfimages.sandbox.database import Snapshot
from cfimages.sandbox.direct import USUAL
from cfimages.sandbox.faults import Faults, Incident
from cfimages.sandbox.http_server import ServerThread, listen
from cfimages.sandbox.imports.buckets import Buckets
from cfimages.sandbox.imports.state import Imports
from cfimages.sandbox.limits import RateLimit
from cfimages.sandbox.request_log import LoggedRequest, RequestLog
from cfimages.sandbox.setup import Setup
from cfimages.sandbox.site import Site
from cfimages.sandbox.spoiling import Spoiler
from cfimages.sandbox.store import Store

ANY_TOKEN = "sandbox"  # noqa: S105 - no secret
"""What clients send where any token is accepted."""

_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - what is bound to, for what to open


class _Running(NamedTuple):
    """What exists between start and stop."""

    store: Store
    imports: Imports
    server: ServerThread
    log: RequestLog
    spoiler: Spoiler


class Sandbox:
    """A local Cloudflare Images account behind the real HTTP protocol, for tests and demos.

    Use it with `with`, or call `start()` and `stop()`. It responds from a thread.

    Args:
        db: An SQLite file, created if missing; None keeps everything in memory.
        host: The address to bind to, by default loopback.
        port: The port; 0 for a free one.
        api_token: The only token that it accepts. Without it, any credentials are accepted.
        batch_token_ttl: Seconds until a batch token expires.
        rate_limit: Refuse requests above this rate, as the service does. `RateLimit()` is the documented limit.
        faults: Random faults. You can aim others at any time: see `Sandbox.faults`.
        on_request: Called with each request after its response, in the server's thread.
        delivery_cors: Send CORS headers with delivered images.
        console_account: The account id that the console suggests to clients.
        buckets: Folders that act as S3 and R2 buckets for imports, by bucket name.
        allowed_hosts: Host names for the console and the control API, besides `localhost` and IP addresses.

    Raises:
        OSError: The port is in use. Raised by `start()`.
        sqlite3.Error: The file is not a database. Raised by `start()`.
        TypeError: `rate_limit` or `faults` is of another type.
        ValueError: The token is empty, the port is out of range, a time is negative, or a bucket is not a folder.
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
        on_request: Callable[[LoggedRequest], None] | None = None,
        delivery_cors: bool = False,
        console_account: str = "sandbox",
        buckets: Mapping[str, PathLike[str] | str] | None = None,
        allowed_hosts: Sequence[str] = (),
    ) -> None:
        self._host = host
        self._port = port
        self._running: _Running | None = None
        if api_token == "":  # as from an unset variable; it would let everybody in
            raise ValueError("api_token is empty: omit it to accept any credentials")
        if not 0 <= port <= 65535:
            raise ValueError(f"port {port} is out of range (0-65535)")
        if not isinstance(rate_limit, RateLimit | None):
            raise TypeError(
                f"rate_limit must be a RateLimit, such as RateLimit(requests=10, seconds=1), not {rate_limit!r}"
            )
        if not isinstance(faults, Faults | None):
            raise TypeError(f"faults must be a Faults, such as Faults(rate=0.1), not {faults!r}")
        if not 0 <= batch_token_ttl <= 365 * 86400:  # NaN too
            raise ValueError(f"batch_token_ttl must be between 0 seconds and a year, not {batch_token_ttl}")
        self._buckets = Buckets()
        for name, folder in (buckets or {}).items():
            self._buckets[name] = folder
        self._db = db
        self._settings: dict[str, Any] = {
            "api_token": api_token,
            "batch_token_ttl": batch_token_ttl,
            "rate_limit": rate_limit,
            "delivery_cors": delivery_cors,
            "console_account": console_account,
            "buckets": self._buckets,
        }
        self._on_request = on_request
        self._allowed_hosts = tuple(allowed_hosts)
        self._faults = FaultControl(faults)
        self._clock = Clock()

    @property
    def url(self) -> str:
        """Its URL, such as `http://127.0.0.1:8787`, which is also that of the console.

        If it is bound to all addresses of the machine, this is the loopback address.
        """
        host = _LOOPBACK.get(self._host, self._host)
        host = f"[{host}]" if ":" in host else host
        return f"http://{host}:{self._port}"

    @property
    def base_url(self) -> str:
        """The `base_url` for a client."""
        return self.url + BASE_PATH

    @property
    def batch_url(self) -> str:
        """The `batch_base_url` for a client, in place of `https://batch.imagedelivery.net`."""
        return self.url + BATCH_PATH

    @property
    def api_token(self) -> str:
        """The `api_token` for a client: the only one that is accepted, or `sandbox` if any is."""
        return str(self._settings["api_token"] or ANY_TOKEN)

    @property
    def faults(self) -> FaultControl:
        """Its faults, as in `sandbox.faults.next("GET", "/images/v2", kind="server-error")`."""
        return self._faults

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """The faults that requests have met since the start."""
        return self._faults.incidents

    @property
    def buckets(self) -> Buckets:
        """The folders that act as buckets. It can be changed: `sandbox.buckets["photos"] = tmp_path`."""
        return self._buckets

    @property
    def clock(self) -> Clock:
        """Its clock, which can be moved."""
        return self._clock

    @property
    def store(self) -> Store:
        """Direct access to what it stores. Raises RuntimeError unless it runs."""
        return self._started.store

    @property
    def requests(self) -> tuple[LoggedRequest, ...]:
        """The last 1,000 requests, finished or in progress, the oldest first. Raises RuntimeError unless it runs."""
        return self._started.log.requests

    def client(
        self,
        account_id: str = "sandbox",
        *,
        timeout: float | httpx.Timeout = 60.0,
        retries: "int | cfimages.RetryPolicy" = 3,
        transport: httpx.BaseTransport | None = None,
        pacer: "cfimages.Pacer | None" = None,
        on_response: "cfimages.OnResponse | None" = None,
    ) -> "cfimages.CloudflareImages":
        """Return a client for an account; any account id works. Arguments as for `CloudflareImages`.

        It sends its requests directly to the sandbox, even if the environment names a proxy. So does its `batch()`.
        """
        return cfimages.CloudflareImages(
            account_id,
            **self._access(),
            timeout=timeout,
            retries=retries,
            transport=transport,
            pacer=pacer,
            on_response=on_response,
        )

    def async_client(
        self,
        account_id: str = "sandbox",
        *,
        timeout: float | httpx.Timeout = 60.0,
        retries: "int | cfimages.RetryPolicy" = 3,
        transport: httpx.AsyncBaseTransport | None = None,
        pacer: "cfimages.Pacer | None" = None,
        on_response: "cfimages.OnResponse | None" = None,
    ) -> "cfimages.AsyncCloudflareImages":
        """Return an asynchronous client for an account. Arguments as for `AsyncCloudflareImages`."""
        return cfimages.AsyncCloudflareImages(
            account_id,
            **self._access(),
            timeout=timeout,
            retries=retries,
            transport=transport,
            pacer=pacer,
            on_response=on_response,
        )

    def _access(self) -> dict[str, Any]:
        return {
            "api_token": self.api_token,
            "base_url": self.base_url,
            "batch_base_url": self.batch_url,
            "allow_http": True,
        }

    def add(
        self,
        file: bytes | str | PathLike[str] | io.BufferedIOBase | None = None,
        *,
        account: str = "sandbox",
        id: str | None = None,
        filename: str | None = None,
        uploaded: datetime | None = None,
        metadata: Mapping[str, Any] | None = None,
        creator: str | None = None,
        require_signed_urls: bool = False,
        draft: bool = False,
    ) -> str:
        """Add an image without a request, even one that the service would not accept.

        Args:
            file: The bytes, a path, or an open file; without one, the image is a grey pixel.
            account: The account id.
            id: The id; without one, it is a UUID.
            filename: The name of the file, by default that of the path.
            uploaded: When it was uploaded, by default now by the sandbox's clock.
            metadata: The metadata, a JSON object.
            creator: The creator.
            require_signed_urls: Whether delivery needs a signature.
            draft: Add a draft without a file, which a direct upload can complete within half an hour.

        Returns:
            The id.

        Raises:
            DuplicateError: An image with this id exists.
            ValueError: `uploaded` has no time zone, the id is empty, or a draft was given a file.
            OSError: The file cannot be read.
        """
        if draft and file is not None:
            raise ValueError("a draft has no file")
        content, name = filling.read(file)
        now = self._clock.milliseconds()
        image = filling.described(
            uploaded=now if uploaded is None else filling.milliseconds("uploaded", uploaded),
            id=id,
            filename=filename or name,
            metadata=metadata,
            creator=creator,
            require_signed_urls=require_signed_urls,
            draft=draft,
        )
        self.store.accounts.get(account)
        if draft:
            self.store.insert_draft(account, image, now + USUAL)
        elif content is None:
            self.store.fill(account, [image])
        else:
            self.store.insert(account, image, content)
        return image.id

    def fill(
        self,
        account_id: str,
        count: int,
        *,
        start: datetime = filling.START,
        interval: timedelta = timedelta(seconds=1),
        prefix: str = "image-",
        metadata: filling.Metadata | None = None,
        creator: filling.Creator | None = None,
    ) -> None:
        """Add made-up images of one pixel, the same every time. 100,000 take about a second.

        Args:
            account_id: The account.
            count: How many images.
            start: When the first was uploaded.
            interval: The time between two images.
            prefix: The beginning of their ids; seven digits follow.
            metadata: The metadata of all images, or a function of an image's number, from 0. By default there are four
                fields, one of them nested.
            creator: The creator of all images, or such a function. By default it is `ada`, `grace` or none.

        Raises:
            DuplicateError: The account already has some of them; none is added.
            ValueError: `count` is negative, or `start` has no time zone.
        """
        self.store.fill(account_id, filling.made_up(count, start, interval, prefix, metadata, creator))

    def snapshot(self) -> Snapshot:
        """Return the state of all accounts: images, drafts, variants, keys and settings."""
        return self.store.snapshot()

    def restore(self, snapshot: Snapshot) -> None:
        """Restore all accounts from a snapshot, which can be restored any number of times.

        Raises:
            sqlite3.OperationalError: Another program holds the file.
        """
        self.store.restore(snapshot)

    def start(self) -> None:
        """Start the server. Raises RuntimeError if it runs already."""
        if self._running is not None:
            raise RuntimeError("the sandbox is already running")
        store = Store(self._db)
        try:
            listener = listen(self._host, self._port)
        except BaseException:
            store.close()
            raise
        self._port = listener.getsockname()[1]
        self._faults.forget()
        setup = Setup(store=store, clock=self._clock, **self._settings)
        spoiler = Spoiler(App(setup), self._faults, self._clock)
        log = RequestLog(spoiler, self._clock, self._on_request)
        server = ServerThread(Site(log, self, setup, (self._host, *self._allowed_hosts)), listener)
        server.start()
        self._running = _Running(store, setup.imports, server, log, spoiler)

    def stop(self) -> None:
        """Finish the requests in progress, then stop. Does nothing if it is not running."""
        if self._running is None:
            return
        running, self._running = self._running, None
        running.spoiler.release()
        running.server.stop()
        running.imports.stop()
        running.store.close()

    @property
    def _started(self) -> _Running:
        if self._running is None:
            raise RuntimeError("the sandbox is not running: use it with `with`, or start() it")
        return self._running

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"Sandbox({self.base_url!r}, {'running' if self._running else 'stopped'})"
