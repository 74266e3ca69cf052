"""The account as jobs use it: each request paced, repeated where that is safe, and its lost answers told apart.

No other module of jobs sends anything. A job repeats by itself instead of by the client's policy,
because what is done about a lost answer depends on the item, and because waits have to end when the job is stopped.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Literal, TypeVar

import attrs

from cfimages import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    AuthenticationError,
    BatchClient,
    CloudflareImages,
    DirectUpload,
    Image,
    NotFoundError,
    Pacer,
    Pager,
    PermissionDeniedError,
    RateLimitError,
    ResumableWalk,
)
from cfimages.jobs.calls import base_url_of, batch_of, is_cloudflare, pager_of, without_retries

T = TypeVar("T")
Host = Literal["api", "batch", "upload"]
"""Where requests go: Cloudflare's API, its batch host, or the addresses of direct uploads."""

BATCH_REQUESTS = 200
"""Requests per second that the batch host accepts of one token."""
API_RATE, BATCH_RATE = 3.75, 150.0
"""Requests per second that the pacers let through, over a long time."""

ATTEMPTS = 4
"""How often a request is sent whose answers are lost."""
LONGEST_BACKOFF = 8.0
RESERVED_FOR = timedelta(hours=2)
"""How long a reserved address is good for: not the longest that is possible, since clocks differ."""


@attrs.frozen
class Timing:
    """Clock, waiting and randomness of a job."""

    clock: Callable[[], float] = time.monotonic
    """Seconds."""
    wait: Callable[[threading.Event, float], bool] = threading.Event.wait
    """Wait for an event for so many seconds at most; whether it is set."""
    jitter: Callable[[], float] = random.random
    """Numbers from 0 to 1."""


TIMING = Timing()


class LostAnswerError(Exception):
    """A request that changes something may have been carried out, and its answer is lost."""

    def __init__(self, cause: APIError) -> None:
        super().__init__(str(cause))


class InterruptedWaitError(Exception):
    """The job has been stopped while something was waiting to be sent."""


STOPPING = (AuthenticationError, PermissionDeniedError)
"""Errors that every further request would meet too. The request that met one was not carried out."""


def is_lost(error: APIError) -> bool:
    """Whether a request may have been carried out although there is no answer that says so."""
    if isinstance(error, APIConnectionError | APIResponseValidationError):
        return True
    status = error.status_code or 0
    return not 400 <= status < 500 or status == 408


def is_missing(error: APIError) -> bool:
    """Whether the service says that there is no such image; a proxy's 404 has no code of Images."""
    return isinstance(error, NotFoundError) and any(5400 <= (detail.code or 0) < 5500 for detail in error.errors)


class Account:
    """The account of a client, for the threads of one job.

    `stopping` ends every wait; after `abandon()` nothing is sent any more.
    """

    def __init__(self, images: CloudflareImages, *, batch: bool = True, timing: Timing | None = None) -> None:
        self.timing: Timing = timing or TIMING
        self.id: str = images.account_id
        self.base_url: str = base_url_of(images)
        self.stopping: threading.Event = threading.Event()
        self._abandoned = threading.Event()
        self._batch = batch
        self._others: dict[int, Account] = {}
        self._others_lock = threading.Lock()
        self._once = once = without_retries(images)
        limited = is_cloudflare(images)
        self._images = images
        clock = self.timing.clock
        self._hosts: dict[Host, tuple[CloudflareImages | BatchClient, Pacer]] = {
            "api": (once, Pacer(clock=clock) if limited else Pacer(None, 1.0, clock=clock)),
            "upload": (once, Pacer(None, 1.0, clock=clock)),
        }
        fast = batch_of(once) if batch else None
        batch_pacer = Pacer(BATCH_REQUESTS if limited else None, 1.0, clock=clock)
        self._hosts["batch"] = (fast, batch_pacer) if fast else self._hosts["api"]
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
            if (other := self._others.get(id(images))) is None:
                other = self._others[id(images)] = Account(images, batch=self._batch, timing=self.timing)
                other.stopping, other._abandoned = self.stopping, self._abandoned
        return other

    # Reading

    def read(self, request: Callable[[CloudflareImages], T]) -> T:
        """Read something else than images from the API itself."""
        return self._repeated("api", lambda: request(self._once))

    def pager(self, **filters: Any) -> Pager[Image]:
        """The listing that filters choose. It goes to the API itself: of the batch host, filters are not documented.

        Raises InvalidArgumentError.
        """
        return pager_of(self._images, **filters)

    def resume(self, state: str) -> ResumableWalk[Image]:
        """The walk that was left with this state."""
        return self._images.resume(state)

    def find(self, image_id: str) -> Image | None:
        """Read the record of an image; None if there is none."""
        images, _ = self._hosts["batch"]
        try:
            return self._repeated("batch", lambda: images.get(image_id))
        except NotFoundError as error:
            if is_missing(error):
                return None
            raise

    @contextmanager
    def original(self, image_id: str) -> Iterator[Iterator[bytes]]:
        """Open the original of an image, inside of `repeated`: what breaks off is asked for again."""
        with self._once.stream(image_id) as chunks:
            yield chunks

    def repeated(self, work: Callable[[], T]) -> T:
        """Do reading work, again where its answer is lost, and later where the service says so."""
        return self._repeated("api", work)

    # Changing: each of these raises LostAnswerError where the request may have been carried out

    def delete(self, image_id: str) -> bool:
        """Delete an image; False if there is none."""
        try:
            self._change("batch", lambda images: images.delete(image_id))
        except NotFoundError as error:
            if is_missing(error):
                return False
            raise
        return True

    def edit(self, image_id: str, **changes: Any) -> Image:
        """Edit an image."""
        return self._change("batch", lambda images: images.edit(image_id, **changes))

    def upload(self, content: bytes, **fields: Any) -> Image:
        """Upload an image."""
        return self._change("batch", lambda images: images.upload(content, **fields))

    def reserve(self, **fields: Any) -> DirectUpload:
        """Make a draft, and an address for its file. If the answer is lost, so is the draft: it never shows."""
        return self._change("batch", lambda images: images.direct_upload(expiry=RESERVED_FOR, **fields))

    def upload_to(self, address: str, content: bytes, filename: str) -> Image:
        """Upload the file of a draft."""
        return self._change("upload", lambda _: self._once.upload_to(address, content, filename=filename))

    def change(self, request: Callable[[CloudflareImages], T]) -> T:
        """Change something else than an image, at the API itself."""
        return self._change("api", lambda _: request(self._once))

    # Waiting

    def wait(self, seconds: float) -> None:
        """Wait. Raises InterruptedWaitError if the job is stopped."""
        if self.timing.wait(self.stopping, seconds):
            raise InterruptedWaitError

    def wait_for_turn(self, host: Host = "api") -> None:
        """Wait until the pacer of a host lets a request go. Raises InterruptedWaitError."""
        pacer = self._hosts[host][1]
        while (seconds := pacer.take()) > 0:
            self.wait(seconds)
        if self._abandoned.is_set():
            raise InterruptedWaitError

    def back_off(self, attempt: int) -> None:
        """Wait before another attempt. Raises InterruptedWaitError."""
        self.wait(self._backoff(attempt))

    def _backoff(self, attempt: int) -> float:
        ceiling = min(LONGEST_BACKOFF, 0.5 * 2.0 ** min(attempt - 1, 10))
        return ceiling / 2 + ceiling / 2 * self.timing.jitter()

    def _repeated(self, host: Host, request: Callable[[], T]) -> T:
        attempt = 1
        while True:
            try:
                return self._after_429(host, request)
            except APIError as error:
                if attempt == ATTEMPTS or not is_lost(error):
                    raise
            self.back_off(attempt)
            attempt += 1

    def _change(self, host: Host, request: Callable[[CloudflareImages | BatchClient], T]) -> T:
        images, _ = self._hosts[host]
        try:
            return self._after_429(host, lambda: request(images))
        except APIError as error:
            if is_lost(error):
                raise LostAnswerError(error) from error
            raise

    def _after_429(self, host: Host, request: Callable[[], T]) -> T:
        """Send a request when the pacer of its host lets it, and again after 429: that is no attempt."""
        refused = 0
        while True:
            self.wait_for_turn(host)
            try:
                return request()
            except RateLimitError as error:
                refused += 1
                wait = max(error.retry_after or 0.0, self._backoff(refused))
                self._hosts[host][1].learn(429, {}, wait)  # so that every worker waits
