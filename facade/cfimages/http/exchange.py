"""One request with its repetitions: what each outcome means. Neither sends nor waits."""

import logging
import time
from collections.abc import Callable
from http import HTTPStatus

import attrs
import httpx

from cfimages.errors import RateLimitError, endpoint, one_line
from cfimages.http import failures, redaction, sending
from cfimages.http.body import UnreadableBody
from cfimages.http.options import Options, ResponseSummary
from cfimages.http.responses import check_success
from cfimages.http.retries import Failure, Refusal

logger: logging.Logger = logging.getLogger("cfimages")

MAX_WINDOW = 310.0
"""Longest wait in seconds for the window of a pacer: that of Cloudflare's own limit, and some slack."""

_REGISTERED = frozenset(HTTPStatus)

# httpx raises these before anything of the request is sent.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
# These would be the same the next time.
_FINAL = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, UnreadableBody)


@attrs.define
class Exchange:
    """Decide after each attempt whether to return, to repeat or to raise."""

    request: httpx.Request
    carried: sending.Sending
    options: Options
    clock: Callable[[], float] = time.monotonic
    attempt: int = 1
    _started: float = 0.0

    def turn(self) -> float:
        """Return 0 if the pacer lets the request go now, else the seconds to wait. Raises RateLimitError."""
        pacer = self.carried.pacer or self.options.pacer
        delay = pacer.take() if pacer else 0.0
        if not delay:
            self._started = self.clock()
            return 0.0
        longest = self.options.retries.longest_retry_after
        if pacer and (pacer.closed_for() > longest or delay > max(longest, MAX_WINDOW)):
            raise RateLimitError(
                f"the rate limit is reached for {delay:.0f} s, longer than the retry policy waits",
                method=self.request.method,
                url=redaction.address(self.request),
                retry_after=delay,
            )
        logger.info("the rate limit is near: waiting %.1f s", delay)
        return delay

    def failed(self, error: httpx.RequestError) -> float:
        """Return the seconds to wait after an attempt without a response. Raises APIError after the last one.

        `error` is one of `failures.stripped`.
        """
        failure = Failure.NOT_SENT if isinstance(error, _NOT_SENT) else Failure.MAYBE_SENT
        delay = None if isinstance(error, _FINAL) else self._delay(failure)
        if delay is None:
            raise failures.disconnected(self.request, error) from error
        self._log_repeat(type(error).__name__, delay)
        return delay

    def received(self, response: httpx.Response, *, streamed: bool) -> float | None:
        """Return None for a success, else the seconds to wait. Raises APIError after the last attempt."""
        if pacer := self.carried.pacer or self.options.pacer:
            pacer.learn(response.status_code, response.headers, failures.asked_wait(response))
        if self.options.on_response or logger.isEnabledFor(logging.DEBUG):
            self._tell(response)
        if response.is_success:
            check_success(response, streamed=streamed)
            if response.status_code not in _REGISTERED:  # generated code cannot hold it
                response.status_code = 200
            return None
        delay = self._delay(Refusal(response.status_code, failures.asked_wait(response)))
        if delay is None:
            raise failures.refused(response)
        self._log_repeat(str(response.status_code), delay)
        return delay

    def _delay(self, outcome: Failure | Refusal) -> float | None:
        if outcome is not Failure.NOT_SENT and not self.carried.is_replayable:
            return None
        return self.options.retries.delay(self.attempt, self.request.method, outcome)

    def _log_repeat(self, why: str, delay: float) -> None:
        self.attempt += 1
        name, attempts = self._name(), self.options.retries.attempts
        logger.info("%s: %s, attempt %d of %d follows in %.1f s", name, why, self.attempt, attempts, delay)

    def _tell(self, response: httpx.Response) -> None:
        duration = self.clock() - self._started
        ray_id = failures.ray_id(response)
        logger.debug(
            "%s: %d in %.0f ms [cf-ray %s]",
            self._name(),
            response.status_code,
            duration * 1000,
            one_line(ray_id or "-"),
        )
        if self.options.on_response:
            headers = {name: redaction.scrubbed(self.request, value) for name, value in response.headers.items()}
            path = endpoint(redaction.address(self.request))
            self.options.on_response(
                ResponseSummary(
                    self.request.method, path, response.status_code, headers, ray_id, duration, self.attempt
                )
            )

    def _name(self) -> str:
        """Return a request as the log shows it: without its query, which may hold users' data."""
        return f"{self.request.method} {endpoint(redaction.address(self.request))}"
