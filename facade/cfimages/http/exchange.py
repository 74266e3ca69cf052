"""One request with its repetitions: what each outcome means. Neither sends nor waits."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus

import attrs
import httpx

from cfimages.errors import RateLimitError, one_line, short_path
from cfimages.http import exceptions, redaction
from cfimages.http.body import UnreadableBody
from cfimages.http.context import RequestContext
from cfimages.http.options import Options
from cfimages.http.responses import says_success
from cfimages.http.retries import Failure, Refusal, retry_after
from cfimages.http.summary import ResponseSummary

logger: logging.Logger = logging.getLogger("cfimages")

MAX_WINDOW = 310.0
"""Longest wait in seconds for the window of a pacer: that of Cloudflare's own limit, and some slack."""

_REGISTERED = frozenset(HTTPStatus)

# httpcore raises these before anything of the request is sent.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
# These would be the same the next time.
_FINAL = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, UnreadableBody)


def failure_of(error: httpx.RequestError) -> Failure:
    """Return whether the service may have carried out a request that failed. Call it before `exceptions.strip`.

    A transport over another library than httpcore can give other meanings to the exceptions of httpx: httpx-aiohttp
    raises ConnectTimeout for a connection that broke after the request was sent.
    """
    origin = error.__cause__ or error.__context__
    is_known = origin is None or type(origin).__module__ == "httpcore"
    return Failure.NOT_SENT if is_known and isinstance(error, _NOT_SENT) else Failure.MAYBE_SENT


def _now() -> datetime:
    return datetime.now(UTC)


@attrs.define
class Exchange:
    """Decide after each attempt whether to return, to repeat or to raise."""

    request: httpx.Request
    context: RequestContext
    options: Options
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = _now
    attempt: int = 1
    _started: float = 0.0

    def wait_for_pacer(self) -> float:
        """Return 0 if the pacer lets the request go now, else the seconds to wait. Raises RateLimitError."""
        pacer = self.context.pacer or self.options.pacer
        delay = pacer.take() if pacer else 0.0
        if not delay:
            self._started = self.clock()
            return 0.0
        longest = self.options.retries.longest_retry_after
        if pacer and (pacer.closed_for() > longest or delay > max(longest, MAX_WINDOW)):
            raise RateLimitError(
                f"the rate limit is reached for {delay:.0f} s, longer than longest_retry_after allows",
                method=self.request.method,
                url=redaction.address(self.request),
                retry_after=delay,
            )
        logger.info("the rate limit is near: waiting %.1f s", delay)
        return delay

    def failed(self, error: httpx.RequestError, failure: Failure) -> float:
        """Return the seconds to wait after an attempt without a response. Raises APIError after the last attempt.

        `error` becomes the cause of that exception: call `exceptions.strip` on it before.
        """
        is_final = isinstance(error, _FINAL) or exceptions.is_untrusted(error)
        delay = None if is_final else self._delay(failure)
        if delay is None:
            raise exceptions.disconnected(self.request, error) from error
        self._repeat(type(error).__name__, delay)
        return delay

    def received(self, response: httpx.Response) -> float | None:
        """Return None for a success, else the seconds to wait. Raises APIError after the last attempt."""
        if pacer := self.context.pacer or self.options.pacer:
            pacer.learn(response.status_code, response.headers, self._retry_after(response))
        if self.options.on_response or logger.isEnabledFor(logging.DEBUG):
            self._report(response)
        if response.is_success and says_success(response):
            if response.status_code not in _REGISTERED:  # generated code cannot hold it
                response.status_code = 200
            return None
        asked = self._retry_after(response)
        delay = self._delay(Refusal(response.status_code, asked))
        if delay is None:
            raise exceptions.refused(response, asked)
        self._repeat(str(response.status_code), delay)
        return delay

    def _delay(self, outcome: Failure | Refusal) -> float | None:
        if outcome is not Failure.NOT_SENT and not self.context.is_replayable:
            return None
        return self.options.retries.delay(self.attempt, self.request.method, outcome)

    def _retry_after(self, response: httpx.Response) -> float | None:
        return retry_after(response.headers, self.now())

    def _repeat(self, why: str, delay: float) -> None:
        """Count the next attempt, and log that it follows."""
        self.attempt += 1
        name, attempts = self._name(), self.options.retries.attempts
        logger.info("%s: %s, attempt %d of %d follows in %.1f s", name, why, self.attempt, attempts, delay)

    def _report(self, response: httpx.Response) -> None:
        """Log a response, and pass its summary to `on_response`."""
        duration = self.clock() - self._started
        ray_id = exceptions.ray_id(response)
        text = "%s: %d in %.0f ms [cf-ray %s]"
        logger.debug(text, self._name(), response.status_code, duration * 1000, one_line(ray_id or "-"))
        if self.options.on_response:
            headers = {name: redaction.scrubbed(self.request, value) for name, value in response.headers.items()}
            path = short_path(redaction.address(self.request))
            self.options.on_response(
                ResponseSummary(
                    self.request.method, path, response.status_code, headers, ray_id, duration, self.attempt
                )
            )

    def _name(self) -> str:
        """Return the request as the log has it: without its query, which may hold users' data."""
        return f"{self.request.method} {short_path(redaction.address(self.request))}"
