"""The account as jobs use it: each request is paced, and retried where that is safe; lost responses are recognised.

No other module of jobs sends requests. A job does not use the client's retries: the reaction to a lost response depends
on the item, and waits must end when the job is stopped.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar

import attrs

from cfimages import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    AuthenticationError,
    BatchClient,
    CloudflareImages,
    ConfigurationError,
    DirectUpload,
    Image,
    NotFoundError,
    Pacer,
    Pager,
    PermissionDeniedError,
    RateLimitError,
    ResponseSummary,
)
from cfimages.errors import is_missing_image

T = TypeVar("T")
Host = Literal["api", "batch", "upload"]
"""Where requests go: Cloudflare's API, its batch host, or the addresses of direct uploads."""

CLOUDFLARE = "https://api.cloudflare.com/"

BATCH_REQUESTS = 200
"""Requests per second that the batch host accepts of one token."""
API_RATE, BATCH_RATE = 3.75, 150.0
"""Requests per second that the pacers let through, over a long time."""

ATTEMPTS = 4
"""How many times to send a request whose responses are lost."""
LONGEST_BACKOFF = 8.0
RESERVED_FOR = timedelta(hours=2)
"""How long a reserved URL is valid: less than the maximum, since clocks differ."""


def _now() -> datetime:
    return datetime.now(UTC)


@attrs.frozen
class Timing:
    """Clocks, waiting and randomness of a job."""

    clock: Callable[[], float] = time.monotonic
    """Seconds."""
    wait: Callable[[threading.Event, float], bool] = threading.Event.wait
    """Wait for an event for at most so many seconds; return whether it is set."""
    jitter: Callable[[], float] = random.random
    """Numbers from 0 to 1."""
    now: Callable[[], datetime] = _now
    """The time of day, with its zone."""


TIMING = Timing()


class LostAnswerError(Exception):
    """A request that changes something may have been carried out, but its response is lost."""

    def __init__(self, cause: APIError | OSError) -> None:
        super().__init__(str(cause))


class InterruptedWaitError(Exception):
    """The job was stopped while a request waited to be sent."""


STOPPING = (AuthenticationError, PermissionDeniedError)
"""Errors that every further request would raise too. The request was not carried out."""


def is_lost(error: APIError) -> bool:
    """Whether a request may have been carried out although there is no answer that says so."""
    if isinstance(error, APIConnectionError | APIResponseValidationError):
        return True
    status = error.status_code or 0
    return not 400 <= status < 500 or status == 408


def is_missing(error: APIError) -> bool:
    """Whether the service says that there is no such image; a proxy's 404 has no code of Images."""
    return isinstance(error, NotFoundError) and is_missing_image(error)


def is_unclear(error: APIError) -> bool:
    """Whether an error leaves open if an image exists: the answer is lost, or it is a 404 that is not from Images."""
    return is_lost(error) or (isinstance(error, NotFoundError) and not is_missing(error))


def is_cloudflare(images: CloudflareImages) -> bool:
    """Return whether a client uses the service itself, with its limits, and not a sandbox."""
    return images.base_url.startswith(CLOUDFLARE)


def heard(
    images: CloudflareImages, hear: Callable[[ResponseSummary], object], *, retries: int | None = None
) -> CloudflareImages:
    """Return a client that also calls `hear` with each response, with other retries unless they are None."""
    others = images.on_response

    def tell(response: ResponseSummary) -> None:
        hear(response)
        if others is not None:
            others(response)

    return images.options(retries=retries, on_response=tell)


def _batch_of(images: CloudflareImages) -> BatchClient | None:
    """Return the client of the batch host, or None if its address is not known."""
    try:
        return images.batch()
    except ConfigurationError:
        return None


class Account:
    """The account of a client, for the threads of one job.

    `stopping` ends every wait; after `abandon()` nothing is sent any more.
    """

    def __init__(
        self,
        images: CloudflareImages,
        *,
        batch: bool = True,
        timing: Timing | None = None,
        journal: Path | None = None,
    ) -> None:
        self.timing: Timing = timing or TIMING
        self.writer: str | None = None if journal is None else str(journal.absolute())
        """Distinguishes the temporary files of the job from those of other jobs, in every run."""
        self.id: str = images.account_id
        self.base_url: str = images.base_url
        self.stopping: threading.Event = threading.Event()
        self._abandoned = threading.Event()
        self._batch = batch
        self._others: dict[CloudflareImages, Account] = {}
        self._others_lock = threading.Lock()
        limited = is_cloudflare(images)
        clock = self.timing.clock
        self._pacers: dict[Host, Pacer] = {
            "api": Pacer(clock=clock) if limited else Pacer(None, 1.0, clock=clock),
            "batch": Pacer(BATCH_REQUESTS if limited else None, 1.0, clock=clock),
            "upload": Pacer(None, 1.0, clock=clock),
        }
        self._images = heard(images, self._hear("api"))
        self._once = heard(images, self._hear("api"), retries=0)
        self._uploading = heard(images, self._hear("upload"), retries=0)
        fast = _batch_of(heard(images, self._hear("batch"), retries=0)) if batch else None
        self._fast: CloudflareImages | BatchClient = fast or self._once
        if fast is None:
            self._pacers["batch"] = self._pacers["api"]
        self.rates: Mapping[Host, float | None] = {
            "api": API_RATE if limited else None,
            "batch": (BATCH_RATE if fast else API_RATE) if limited else None,
            "upload": None,
        }
        """Requests per second of each host; None where no limit is known."""

    def abandon(self) -> None:
        """Send nothing more."""
        self.stopping.set()
        self._abandoned.set()

    def beside(self, images: CloudflareImages) -> "Account":
        """Return the account of another client, with rate limits of its own, that stops together with this one."""
        with self._others_lock:
            if (other := self._others.get(images)) is None:
                other = self._others[images] = Account(images, batch=self._batch, timing=self.timing)
                other.stopping, other._abandoned = self.stopping, self._abandoned
        return other

    # Reading

    def read(self, request: Callable[[CloudflareImages], T]) -> T:
        """Read something other than images from the API itself."""
        return self._repeated("api", lambda: request(self._once))

    def pager(self, **filters: Any) -> Pager[Image]:
        """Return the listing that filters choose, from the API itself: filters of the batch host are not documented.

        Raises InvalidArgumentError.
        """
        return self._images.list(**filters)

    def find(self, image_id: str) -> Image | None:
        """Read the record of an image; None if there is none."""
        try:
            return self._repeated("batch", lambda: self._fast.get(image_id))
        except NotFoundError as error:
            if is_missing(error):
                return None
            raise

    @contextmanager
    def original(self, image_id: str) -> Iterator[Iterator[bytes]]:
        """Open the original of an image. Use it inside `repeated`, which retries an interrupted download."""
        with self._once.stream(image_id) as chunks:
            yield chunks

    def repeated(self, work: Callable[[], T]) -> T:
        """Do work that only reads. Retry it if the response is lost, and wait if the service says so."""
        return self._repeated("api", work)

    # Changing: each of these raises LostAnswerError where the request may have been carried out

    def delete(self, image_id: str) -> bool:
        """Delete an image; False if there is none."""
        try:
            self._change("batch", lambda: self._fast.delete(image_id))
        except NotFoundError as error:
            if is_missing(error):
                return False
            raise
        return True

    def edit(self, image_id: str, **changes: Any) -> Image:
        """Edit an image."""
        return self._change("batch", lambda: self._fast.edit(image_id, **changes))

    def upload(self, content: bytes, **fields: Any) -> Image:
        """Upload an image."""
        return self._change("batch", lambda: self._fast.upload(content, **fields))

    def reserve(self, **fields: Any) -> DirectUpload:
        """Reserve a draft, and a URL for its file. If the response is lost, so is the draft, which no listing shows."""
        return self._change("batch", lambda: self._fast.direct_upload(expiry=RESERVED_FOR, **fields))

    def upload_to(self, address: str, content: bytes, filename: str) -> Image:
        """Upload the file of a draft."""
        return self._change("upload", lambda: self._uploading.upload_to(address, content, filename=filename))

    def change(self, request: Callable[[CloudflareImages], T]) -> T:
        """Change something other than an image, at the API itself."""
        return self._change("api", lambda: request(self._once))

    # Waiting

    def wait(self, seconds: float) -> None:
        """Wait. Raises InterruptedWaitError if the job is stopped."""
        if self.timing.wait(self.stopping, seconds):
            raise InterruptedWaitError

    def wait_for_turn(self, host: Host = "api") -> None:
        """Wait until the pacer of a host lets a request go. Raises InterruptedWaitError."""
        pacer = self._pacers[host]
        while (seconds := pacer.take()) > 0:
            self.wait(seconds)
        if self._abandoned.is_set():
            raise InterruptedWaitError

    def slow_down(self, error: RateLimitError, refused: int, host: Host = "api") -> None:
        """Delay all requests to a host after 429, longer after each one in a row."""
        pacer = self._pacers[host]
        pacer.learn(429, {}, error.retry_after)
        pacer.learn(429, {}, self._backoff(refused))

    def back_off(self, attempt: int) -> None:
        """Wait before another attempt. Raises InterruptedWaitError."""
        self.wait(self._backoff(attempt))

    def _hear(self, host: Host) -> Callable[[ResponseSummary], None]:
        """Return the function that passes rate limit headers to the pacer of a host. `slow_down` handles 429."""

        def hear(response: ResponseSummary) -> None:
            said_by: Host = "api" if response.endpoint.endswith("/batch_token") else host
            self._pacers[said_by].learn(200, response.headers, None)

        return hear

    def _backoff(self, attempt: int) -> float:
        ceiling = min(LONGEST_BACKOFF, 0.5 * 2.0 ** min(attempt - 1, 10))
        return ceiling / 2 + ceiling / 2 * self.timing.jitter()

    def _repeated(self, host: Host, request: Callable[[], T]) -> T:
        attempt = 1
        while True:
            try:
                return self._after_429(host, request)
            except APIError as error:
                if attempt == ATTEMPTS or not is_unclear(error):
                    raise
            self.back_off(attempt)
            attempt += 1

    def _change(self, host: Host, request: Callable[[], T]) -> T:
        try:
            return self._after_429(host, request)
        except APIError as error:
            if is_lost(error):
                raise LostAnswerError(error) from error
            raise
        except OSError as error:  # of the client's `on_response`, which cannot write down that an answer came
            raise LostAnswerError(error) from error

    def _after_429(self, host: Host, request: Callable[[], T]) -> T:
        """Send a request when the pacer of its host allows it, and again after 429, which is not an attempt."""
        refused = 0
        while True:
            self.wait_for_turn(host)
            try:
                return request()
            except RateLimitError as error:
                refused += 1
                self.slow_down(error, refused, host)
