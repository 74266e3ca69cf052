"""The seam: httpx clients that authenticate, time out, retry and raise, under every generated function.

The generated code sends everything with `client.get_httpx_client().request(...)`, or the asynchronous one. The
client it is given here turns each answer that is not a success into a typed error before generated code reads
it, so that every endpoint behaves the same, also those the façade does not wrap.

What to do after each attempt is decided in `_Exchange`, without I/O; the two clients only send and wait.
"""

import copy
import logging
import os
import platform
import re
import sys
import time
import traceback
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import partial
from http.cookiejar import CookieJar
from types import FrameType, TracebackType
from typing import Any, NoReturn, Self, TypeVar
from urllib.parse import quote

import attrs
import httpx

from cfimages._version import __version__
from cfimages.bodies import CODING, Body, UnreadableBody, is_compressed, reuse_memory
from cfimages.certificates import verification
from cfimages.config import Config
from cfimages.errors import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    APIStatusError,
    APITimeoutError,
    ClientClosedError,
    CloudflareImagesError,
    ConfigurationError,
    InvalidArgumentError,
    class_for,
    details,
    endpoint,
    one_line,
    reason_for,
)
from cfimages.pacing import Pacer
from cfimages.retries import Answer, Failure, RetryPolicy, retry_after
from cfimages.values import Confidential, Secret, seekable, shown
from cfimages.waiting import check_wanted, pause, steps, unbroken
from cfimages_api.types import Response

logger = logging.getLogger("cfimages")

_USER_AGENT = f"cfimages/{__version__} httpx/{httpx.__version__} python/{platform.python_version()}"

LONGEST_TIMEOUT = 24 * 60 * 60
"""Seconds; more is a mistake, and beyond some weeks the operating system cannot count them."""

SHORTEST_SECRET = 8
"""Characters from which on a secret is looked for in answers; what is shorter is a word, as in a test."""

# Failures of which httpx knows that not a byte of the request has left.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
# Failures that would be the same the next time: a request that cannot be written, an answer that cannot be held.
_FINAL = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, UnreadableBody)
# Where a request carries whether its body can be read a second time.
_REPLAYABLE = "cfimages.replayable"
# Where it carries what authenticated it, to keep that out of errors.
_CREDENTIALS = "cfimages.credentials"

# Where to put the answer that the generated code is about to read, so that the error can tell what came when it
# cannot. A context variable, because the generated code between here and `reading` drops the response.
_answers: ContextVar[list[httpx.Response] | None] = ContextVar("cfimages_answers", default=None)


class reading:  # noqa: N801 - used like the function that it would be, did that not restore tracebacks
    """Around a call of a generated function: what it cannot read becomes APIResponseValidationError.

    Errors leave it without our frames inside: those hold what was sent and what came, as bytes.
    """

    def __enter__(self) -> None:
        self._handled = sys.exception()
        self._seen: list[httpx.Response] = []
        self._token = _answers.set(self._seen)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _answers.reset(self._token)
        if isinstance(error, CloudflareImagesError):
            raise error.with_traceback(None)
        if isinstance(error, _MISREADINGS) and self._seen:  # else the mistake is on this side of the wire
            answer = self._seen[-1]
            misread = _misread(answer, error)
            _bare(answer.request, error, self._handled).args = ()  # the message has them, unless they are secrets
            raise misread from None
        if error is not None:  # a Ctrl-C, or what a file of the caller's raises
            raise _without_our_frames(error, self._handled)


# What generated code and our models raise for an answer of another shape.
_MISREADINGS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def _misread(response: httpx.Response, error: BaseException) -> APIResponseValidationError:
    if isinstance(error, KeyError):
        problem = f"the answer lacks {error}"
    elif _is_confidential(response) and not isinstance(error, AttributeError | TypeError):  # whose text may quote it
        problem = "the answer has another shape"
    else:
        problem = f"the answer has another shape: {error}"
    return _invalid(response, problem + _model_of(error))


def _bare(request: httpx.Request, error: BaseException, handled: BaseException | None) -> BaseException:
    """An error and those under it without secrets: without frames, whose locals are the bytes that came and went."""
    for one in _since(handled, error):
        one.__traceback__ = None
        one.args = tuple(scrubbed(request, arg) if isinstance(arg, str) else arg for arg in one.args)
    return error


# Whose frames have what is sent and what came as bytes. Those of a caller's file or transport among them stay.
_OURS = {"cfimages", "cfimages_api", "httpx", "httpcore", "h11", "h2", "anyio", "asyncio", "socket", "ssl"}


def _without_our_frames(error: BaseException, handled: BaseException | None) -> BaseException:
    """An error that may come at any moment, such as a Ctrl-C, and those under it without the frames of sending."""
    for one in _since(handled, error):
        parts, trace = [], one.__traceback__
        while trace:
            parts.append(trace)
            trace = trace.tb_next
        for part in reversed(parts):
            if _package(part.tb_frame) not in _OURS:
                trace = TracebackType(trace, part.tb_frame, part.tb_lasti, part.tb_lineno)
        one.__traceback__ = trace
    return error


def _package(frame: FrameType) -> str:
    """Whose code a frame is of."""
    return str(frame.f_globals.get("__name__")).partition(".")[0]


def _raiser(error: BaseException) -> str:
    """Whose code raised an error."""
    *_, (frame, _line) = traceback.walk_tb(error.__traceback__)
    return _package(frame)


def _since(handled: BaseException | None, error: BaseException) -> Iterable[BaseException]:
    """An error and those under it, less what was already being handled when we were called: that is the caller's."""
    theirs = _chain(handled).keys() - {id(error)}  # a transport may raise again what it raised before
    return _chain(error, theirs).values()


def _chain(error: BaseException | None, without: Collection[int] = ()) -> dict[int, BaseException]:
    """An error and all under it, by their identity: they may go round in a circle, and compare in any way."""
    found: dict[int, BaseException] = {}
    under = [error]
    while under:
        one = under.pop()
        if one is not None and id(one) not in found and id(one) not in without:
            found[id(one)] = one
            under += [one.__cause__, one.__context__]
    return found


def _model_of(error: BaseException) -> str:
    """Which of the generated models was being read when it failed: of a null, Python says only that it is none."""
    trace, model = error.__traceback__, ""
    while trace:
        module = str(trace.tb_frame.f_globals["__name__"])
        if module.startswith("cfimages_api.models."):
            model = f" (in {module.rpartition('.')[2]})"
        trace = trace.tb_next
    return model


def parsed(answer: Response[Any]) -> Any:
    """The model that the generated code makes of a 200; the seam lets nothing else through."""
    return answer.parsed


class Credentials(httpx.Auth):
    """Adds the credentials to requests that go to the API's own origin, and to no other."""

    def __init__(self, base_url: str, headers: Mapping[str, Secret]) -> None:
        self._origin = _origin(httpx.URL(base_url))
        self._headers = headers

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the headers for the time of one exchange."""
        if _origin(request.url) != self._origin:
            yield request
            return
        request.headers.update(self._headers)
        request.extensions[_CREDENTIALS] = self
        try:
            yield request
        finally:  # errors keep the request, and not every header is masked in a repr
            for name in self._headers:
                request.headers.pop(name, None)

    @property
    def secrets(self) -> list[str]:
        """What an answer may have repeated."""
        return [value.removeprefix("Bearer ") for value in self._headers.values()]


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port  # httpx leaves a scheme's default port out


@attrs.define
class _Life:
    """Whether the connections are open, known to all clients that share them."""

    closed: bool = False
    of: "_Life | None" = None
    """The connections that these are borrowed from."""
    process: int = attrs.field(factory=os.getpid)
    loop: object = None
    """The event loop of the first request."""

    @property
    def over(self) -> bool:
        """Whether the connections themselves are closed, and not only what borrows them."""
        return (self.of or self).closed

    def check(self) -> None:
        """Raise ClientClosedError if they are not."""
        if self.of:
            self.of.check()
        if os.getpid() != self.process:  # two processes on one connection would take each other's answers
            raise ClientClosedError("the client was made in another process: after a fork, make a new one")
        if self.closed:
            raise ClientClosedError("the client has been closed, or one that shares its connections (see options())")

    def check_loop(self, running: object) -> None:
        """Raise ClientClosedError in another event loop than before: asyncio's connections stay in theirs."""
        connections = self.of or self
        if connections.loop is None:
            connections.loop = running
        elif connections.loop is not running:
            raise ClientClosedError("the client has been used in another event loop: make one client for each loop")


@attrs.define
class _Exchange:
    """One request with its repetitions: what each outcome means. Neither sends nor waits."""

    policy: RetryPolicy
    request: httpx.Request
    handled: BaseException | None = attrs.field(factory=sys.exception)
    """What the caller was handling already: it hangs on what is raised here, but is none of ours."""
    attempt: int = 1
    started: float = attrs.field(init=False)
    """When the last attempt began, after the wait for its turn."""

    def failed(self, error: httpx.RequestError) -> float:
        """Seconds to wait after an attempt whose bare error this is; raises the typed one when it was the last."""
        failure = Failure.NOT_SENT if isinstance(error, _NOT_SENT) else Failure.MAYBE_SENT
        delay = None if isinstance(error, _FINAL) else self._delay(failure)
        if delay is None:
            raise typed(self.request, error) from error
        self._repeat(type(error).__name__, delay)
        return delay

    def answered(self, response: httpx.Response, *, streamed: bool, pacer: Pacer | None = None) -> float | None:
        """None when the answer is a success, else seconds to wait; raises the typed error when it was the last."""
        self._log(response)
        if pacer:
            pacer.learn(response.status_code, response.headers, _retry_after(response))
        if response.is_success:
            if not (streamed and _is_image(response, if_unsaid=True)):
                _check(response)
                if streamed:
                    raise _invalid(response, "the answer is JSON where bytes were expected")
            if (answers := _answers.get()) is not None:
                answers.append(response)
            return None
        delay = self._delay(Answer(response.status_code, _retry_after(response)))
        if delay is None:
            raise _refused(response)
        self._repeat(str(response.status_code), delay)
        return delay

    def _delay(self, outcome: Failure | Answer) -> float | None:
        if outcome is not Failure.NOT_SENT and not is_replayable(self.request):
            return None
        return self.policy.delay(self.attempt, self.request.method, outcome)

    def _repeat(self, why: str, delay: float) -> None:
        self.attempt += 1
        logger.info(
            "%s: %s, attempt %d of %d follows in %.1f s",
            _name(self.request),
            why,
            self.attempt,
            self.policy.attempts,
            delay,
        )

    def _log(self, response: httpx.Response) -> None:
        if not logger.isEnabledFor(logging.DEBUG):  # what follows takes its time
            return
        milliseconds = (time.monotonic() - self.started) * 1000
        ray_id = one_line(_ray_id(response) or "-")
        logger.debug("%s: %d in %.0f ms [cf-ray %s]", _name(self.request), response.status_code, milliseconds, ray_id)


class SyncSeam(httpx.Client):
    """The httpx client under the generated functions. Thread-safe, as httpx's is."""

    def __init__(
        self,
        config: Config,
        *,
        timeout: float | httpx.Timeout,
        retries: RetryPolicy,
        transport: httpx.BaseTransport | None,
        pacer: Pacer | None,
    ) -> None:
        _check_transport(transport, httpx.BaseTransport)
        _open(partial(super().__init__, timeout=_timeout(timeout), transport=transport, **_settings(config)))
        self.retries = _policy(retries)
        self.pacer = _pacer(pacer)
        self._life = _Life()

    def with_options(
        self,
        timeout: float | httpx.Timeout | None = None,
        retries: RetryPolicy | None = None,
        pacer: Pacer | None = None,
    ) -> Self:
        """A copy with other options on the same connections."""
        return _with_options(self, timeout, retries, pacer)

    def build_request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Request:
        """Like httpx's, with a random boundary for a multipart form. Raises InvalidArgumentError."""
        return _built(partial(super().build_request, method, url, **_prepared(options)))

    def send(self, request: httpx.Request, *, stream: bool = False, **options: Any) -> httpx.Response:
        """Send until it succeeds or must not be repeated. Never follows a redirect.

        Raises APIError, and ClientClosedError after `close()`.
        """
        exchange = _Exchange(self.retries, request)
        delay: float | None
        while True:
            self._wait_for_turn()
            exchange.started = time.monotonic()
            try:
                response = self._send_once(request, stream=stream, **options)
            except httpx.RequestError as error:
                _bare(request, error, exchange.handled)  # whatever is raised in its place will hold it
                self._life.check()  # closed by another thread meanwhile
                delay = exchange.failed(error)
            except BaseException as error:
                _without_our_frames(error, exchange.handled)
                if isinstance(error, RuntimeError):
                    self._life.check()
                raise
            else:
                delay = exchange.answered(response, streamed=stream, pacer=self.pacer)
                if delay is None:
                    return response
            self._wait(delay)

    def _wait_for_turn(self) -> None:
        self._life.check()
        check_wanted()
        while delay := _turn(self.pacer):
            self._wait(delay)

    def _wait(self, seconds: float) -> None:
        for step in steps(seconds):
            pause(step)
            self._life.check()

    def _send_once(self, request: httpx.Request, *, stream: bool, **options: Any) -> httpx.Response:
        with _broken(request):
            with _locating(request):
                response = super().send(request, **{**options, "stream": True, "follow_redirects": False})
            response = self._received(response, streamed=stream)
        if self._life.over and (connection := response.extensions.get("network_stream")):
            connection.close()  # it was opened while the others were closed, and nobody knows of it
        return response

    def _received(self, response: httpx.Response, *, streamed: bool) -> httpx.Response:
        """The answer with its whole body, unless that is to be streamed."""
        try:
            if _stays_open(response, streamed):
                return response
            body = Body(response)
            for piece in response.iter_raw():
                body.add(piece)
            return body.whole()
        except BaseException as error:
            response.close()
            if response.is_success or not isinstance(error, httpx.DecodingError):
                raise
            return _without_body(response)

    def close(self) -> None:
        """Close the connections, for every client that shares them."""
        self._life.closed = True
        super().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        self.close()


class AsyncSeam(httpx.AsyncClient):
    """The httpx client under the generated asynchronous functions."""

    def __init__(
        self,
        config: Config,
        *,
        timeout: float | httpx.Timeout,
        retries: RetryPolicy,
        transport: httpx.AsyncBaseTransport | None,
        pacer: Pacer | None,
    ) -> None:
        _check_transport(transport, httpx.AsyncBaseTransport)
        _open(partial(super().__init__, timeout=_timeout(timeout), transport=transport, **_settings(config)))
        self.retries = _policy(retries)
        self.pacer = _pacer(pacer)
        self._life = _Life()

    def with_options(
        self,
        timeout: float | httpx.Timeout | None = None,
        retries: RetryPolicy | None = None,
        pacer: Pacer | None = None,
    ) -> Self:
        """A copy with other options on the same connections."""
        return _with_options(self, timeout, retries, pacer)

    def build_request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Request:
        """Like httpx's, with a random boundary for a multipart form. Raises InvalidArgumentError."""
        return _built(partial(super().build_request, method, url, **_prepared(options)))

    async def send(self, request: httpx.Request, *, stream: bool = False, **options: Any) -> httpx.Response:
        """Send until it succeeds or must not be repeated. Never follows a redirect.

        Raises APIError, and ClientClosedError after `aclose()`.
        """
        exchange = _Exchange(self.retries, request)
        delay: float | None
        while True:
            await self._wait_for_turn()
            exchange.started = time.monotonic()
            try:
                attempt = self._send_once(request, stream=stream, **options)
                response = await unbroken(attempt, httpx.Response.aclose)
            except httpx.RequestError as error:
                _bare(request, error, exchange.handled)  # whatever is raised in its place will hold it
                self._life.check()  # closed by another task meanwhile
                delay = exchange.failed(error)
            except BaseException as error:
                _without_our_frames(error, exchange.handled)
                if isinstance(error, RuntimeError):
                    self._life.check()
                raise
            else:
                delay = exchange.answered(response, streamed=stream, pacer=self.pacer)
                if delay is None:
                    return response
            await self._wait(delay)

    async def _wait_for_turn(self) -> None:
        from asyncio import get_running_loop  # here and below, 20 ms that a synchronous program need not spend

        self._life.check()
        self._life.check_loop(get_running_loop())
        while delay := _turn(self.pacer):
            await self._wait(delay)

    async def _wait(self, seconds: float) -> None:
        from asyncio import sleep

        for step in steps(seconds):
            await sleep(step)
            self._life.check()

    async def _send_once(self, request: httpx.Request, *, stream: bool, **options: Any) -> httpx.Response:
        with _locating(request):
            response = await super().send(request, **{**options, "stream": True, "follow_redirects": False})
        response = await self._received(response, streamed=stream)
        if self._life.over and (connection := response.extensions.get("network_stream")):
            await connection.aclose()
        return response

    async def _received(self, response: httpx.Response, *, streamed: bool) -> httpx.Response:
        """The answer with its whole body, unless that is to be streamed."""
        try:
            if _stays_open(response, streamed):
                return response
            body = Body(response)
            async for piece in response.aiter_raw():
                body.add(piece)
            return body.whole()
        except BaseException as error:
            await response.aclose()
            if response.is_success or not isinstance(error, httpx.DecodingError):
                raise
            return _without_body(response)

    async def aclose(self) -> None:
        """Close the connections, for every client that shares them. Raises ClientClosedError in another event loop."""
        from asyncio import get_running_loop

        self._life.closed = True
        self._life.check_loop(get_running_loop())
        await super().aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *reason: object) -> None:
        await self.aclose()


class WrongMode(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Stands where a generated client would make an httpx client of its own, without credentials or timeout."""

    def __init__(self, advice: str) -> None:
        self._advice = advice

    def handle_request(self, request: httpx.Request) -> NoReturn:
        """Refuse."""
        raise CloudflareImagesError(self._advice)

    async def handle_async_request(self, request: httpx.Request) -> NoReturn:
        """Refuse."""
        raise CloudflareImagesError(self._advice)


def typed(request: httpx.Request, error: httpx.RequestError) -> APIError:
    """Our error for one of httpx's: no answer, or one that broke off."""
    method, url = request.method, scrubbed(request, str(request.url))
    what = scrubbed(request, str(error)) or type(error).__name__
    where = f"{type(error).__name__} at {scrubbed(request, request.url.netloc.decode())}"
    if isinstance(error, httpx.PoolTimeout):
        reason = "no connection came free in time, all are in use: send fewer requests at once, or wait longer"
        return APITimeoutError(f"{reason} (PoolTimeout)", method=method, url=url)
    if isinstance(error, httpx.TimeoutException):
        return APITimeoutError(f"no answer in time ({where})", method=method, url=url)
    if isinstance(error, httpx.DecodingError):
        return APIResponseValidationError(f"the answer cannot be decoded: {what}", method=method, url=url)
    return APIConnectionError(f"{what} ({where})", method=method, url=url)


@contextmanager
def receiving(seam: SyncSeam | AsyncSeam, response: httpx.Response) -> Iterator[None]:
    """Around the reading of a piece of a streamed body: a broken one is a typed error. It is never asked for again."""
    handled = sys.exception()  # by the caller, at this piece
    seam._life.check()
    try:
        yield
    except httpx.RequestError as error:
        bare = _bare(response.request, error, handled)
        seam._life.check()  # closed by another meanwhile
        raise typed(response.request, error) from bare


def _stays_open(response: httpx.Response, streamed: bool) -> bool:
    """Whether the body of an answer is not to be read here: bytes to stream, or what a transport had in memory."""
    if response.is_stream_consumed:
        return True
    if not streamed or not _is_image(response, if_unsaid=True):
        return False
    is_compressed(response)  # for its check: httpx decompresses a stream, in whatever way
    return True


def _without_body(response: httpx.Response) -> httpx.Response:
    """A closed answer that is no success, as if it had no body: what it means is in its status and its headers."""
    response.headers.pop("Content-Encoding", None)
    return Body(response).whole()


_IMAGE = re.compile("image/|(application|binary)/octet-stream")


def _is_image(response: httpx.Response, *, if_unsaid: bool) -> bool:
    """Whether an answer is the bytes of a whole image: as its type says, or as given where it has none."""
    kind = str(response.headers.get("content-type", "")).strip().lower()
    return response.status_code == 200 and (bool(_IMAGE.match(kind)) if kind else if_unsaid)


def _turn(pacer: Pacer | None) -> float:
    """Seconds to wait before a request may be sent, or before asking again."""
    delay = pacer.take() if pacer else 0.0
    if delay:
        logger.info("the rate limit is near: waiting %.1f s", delay)
    return delay


def _name(request: httpx.Request) -> str:
    """A request for the log: without its query, which may hold what users store about images."""
    return f"{request.method} {endpoint(str(request.url))}"


def _check_transport(transport: object, wanted: type) -> None:
    if not isinstance(transport, wanted | None):
        raise InvalidArgumentError(f"transport={shown(transport)}: must be an httpx.{wanted.__name__}")


class _NoCookies(CookieJar):
    """Keeps nothing: the API needs no cookies, and a jar grows with whatever comes, and warns of what it cannot."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Leave them."""


def _settings(config: Config) -> dict[str, Any]:
    return {
        "base_url": config.base_url,
        "auth": Credentials(config.base_url, config.credentials),
        "headers": {"User-Agent": _USER_AGENT, "Accept": "application/json", "Accept-Encoding": CODING},
        "cookies": _NoCookies(),
        "verify": verification(),
        # Plain http is for this machine, and a proxy of the environment is another, which would see all of it.
        "mounts": {} if config.allow_http else {"http://": None},
    }


def _open(make: Callable[[], None]) -> None:
    """Make an httpx client. Raises ConfigurationError where the environment has what httpx cannot use."""
    reuse_memory()
    try:
        make()
    except ImportError as error:
        problem = str(error)
    except (ValueError, httpx.InvalidURL):  # whose text may have the proxy's password
        problem = "a proxy of the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY) is not an address"
    except OSError as error:
        problem = f"the certificates of the environment (SSL_CERT_FILE, SSL_CERT_DIR) cannot be read: {error}"
    else:
        return
    raise ConfigurationError(problem)  # here, where no frame of those errors hangs on it


def _timeout(timeout: float | httpx.Timeout) -> httpx.Timeout:
    """A timeout that ends: waiting for ever is not offered."""
    parts = timeout.as_dict().values() if isinstance(timeout, httpx.Timeout) else (timeout,)
    for seconds in parts:
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= LONGEST_TIMEOUT:
            raise InvalidArgumentError(
                f"timeout={shown(timeout)}: must be seconds above 0, at most a day, or an httpx.Timeout of such"
            )
    return httpx.Timeout(timeout)


def _policy(retries: RetryPolicy) -> RetryPolicy:
    if not isinstance(retries, RetryPolicy):
        raise InvalidArgumentError(f"retries={shown(retries)}: must be a RetryPolicy, such as RetryPolicy(attempts=2)")
    return retries


Seam = TypeVar("Seam", bound=SyncSeam | AsyncSeam)


def _pacer(pacer: Pacer | None) -> Pacer | None:
    if not isinstance(pacer, Pacer | None):
        raise InvalidArgumentError(f"pacer={shown(pacer)}: must be a Pacer, such as Pacer()")
    return pacer


def _with_options(
    seam: Seam, timeout: float | httpx.Timeout | None, retries: RetryPolicy | None, pacer: Pacer | None
) -> Seam:
    clone = copy.copy(seam)  # shares the pool and the life; httpx keeps options in plain attributes
    if timeout is not None:
        clone.timeout = _timeout(timeout)
    if retries is not None:
        clone.retries = _policy(retries)
    if pacer is not None:
        clone.pacer = pacer
    return clone


def _built(build: Callable[[], httpx.Request]) -> httpx.Request:
    """Build a request: what httpx cannot make an address of is a bad argument."""
    try:
        return build()
    except (httpx.InvalidURL, UnicodeEncodeError) as error:
        problem = str(error).partition(":")[0]  # behind the colon is a part of what may be a secret
    raise InvalidArgumentError(f"the address of the request cannot be built: {problem}")  # without that error's frames


@contextmanager
def _locating(request: httpx.Request) -> Iterator[None]:
    """Around httpx's reading of where a redirect leads, which lets the errors of some host names through."""
    try:
        yield
    except UnicodeError as error:
        if _raiser(error) not in ("idna", "encodings", "httpx"):
            raise
        raise httpx.RemoteProtocolError("the address of a redirect has no valid host", request=request) from error


@contextmanager
def _broken(request: httpx.Request) -> Iterator[None]:
    """Around an exchange: on a connection that a Ctrl-C has left unfinished, h11 and httpcore find asserted untrue."""
    try:
        yield
    except AssertionError as error:
        if _raiser(error) not in ("h11", "httpcore"):
            raise  # it is of a transport or a file of the caller's
        problem = "the connection was left unfinished by an interruption"
        raise httpx.RemoteProtocolError(problem, request=request) from error


def lend(seam: SyncSeam | AsyncSeam, kind: type[Seam], base_url: str) -> Seam:
    """A seam of another kind on the same connections, for another host and without the credentials."""
    borrowed = kind.__new__(kind)
    vars(borrowed).update(vars(seam))  # as copy.copy does
    borrowed.base_url = base_url
    borrowed.auth = httpx.Auth()  # adds nothing
    borrowed.pacer = None  # the limit is the account's
    borrowed._life = _Life(of=seam._life)
    return borrowed


class PrivateURL(Confidential, httpx.URL):
    """An address with which anybody can do something: sent as it is, and shown, also by httpx, without its path."""

    @property
    def secrets(self) -> list[str]:
        """What an answer may have repeated: the longest first."""
        return [self.raw_path.decode(), self.path, self.path.rpartition("/")[2], self.query.decode()]

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc.decode()}/[redacted]"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


def is_replayable(request: httpx.Request) -> bool:
    """Whether the body of a request can be read a second time."""
    return bool(request.extensions.get(_REPLAYABLE, True))


def _prepared(options: dict[str, Any]) -> dict[str, Any]:
    """The options of a request, knowing whether its body can be sent again, and without a known boundary.

    The generator writes a constant multipart boundary, with which a file or a field could end its part and begin
    another; httpx chooses a random one when none is given.
    """
    files = options.get("files") or ()
    extensions = {**(options.get("extensions") or {}), _REPLAYABLE: _replayable(options.get("content"), files)}
    headers = httpx.Headers(options.get("headers"))
    if headers.get("Content-Type", "").startswith("multipart/form-data"):  # also of a form without a field
        del headers["Content-Type"]
    return {**options, "headers": headers, "extensions": extensions}


def _replayable(content: Any, files: Any) -> bool:
    """Whether a body can be read a second time: not a generator's, nor a file's that cannot go back."""
    if not isinstance(content, bytes | str | None):
        return False  # also a file: as the content itself, httpx does not take it back to its beginning
    fields = files.values() if isinstance(files, Mapping) else [field for _, field in files]
    sources = [field[1] if isinstance(field, tuple) else field for field in fields]
    return all(isinstance(source, bytes | str) or seekable(source) for source in sources)


def _check(response: httpx.Response) -> None:
    """A success must say so: raises a typed error for anything but a JSON envelope with `success: true`.

    Binary content, such as a downloaded image, has no envelope.
    """
    if _is_image(response, if_unsaid=False):
        return
    if response.status_code != 200:  # the API has no other success; generated code would make None of it
        raise _invalid(response, "a success of a kind that the API does not have")
    success = _success(response)
    if success is None:
        raise _invalid(response, "the answer is JSON, but not the API's envelope")
    if not success:
        raise _refused(response)


def _success(response: httpx.Response) -> bool | None:
    """What the envelope of an answer says; None if it is none. The frame of an error has not the answer in it."""
    envelope = _decode(response)
    success = envelope.get("success") if isinstance(envelope, dict) else None
    return success if isinstance(success, bool) else None


def _decode(response: httpx.Response) -> Any:
    """The JSON of an answer, decoded once: generated code that asks again is given the same object."""
    from cfimages.decoding import loads  # what it imports is wanted only once there is an answer

    try:
        decoded = loads(response.content)
    except (ValueError, RecursionError) as error:
        problem = f"is not JSON ({error})" if response.content else "is empty"
    else:
        response.json = lambda **_options: decoded  # type: ignore[method-assign]  # this one response, not the class
        return decoded
    raise _invalid(response, f"the answer {problem}")  # here, where the error that holds the text does not hang on it


def _facts(response: httpx.Response) -> dict[str, Any]:
    """What every error about an answer carries.

    The body is read as UTF-8 whatever charset it claims: a charset can fail to decode, and an error must not.
    """
    return {
        "method": response.request.method,
        "url": scrubbed(response.request, str(response.request.url)),
        "status_code": response.status_code,
        "ray_id": _ray_id(response),
        "body": "[withheld: it may hold secrets]" if _is_confidential(response) else _text(response),
    }


def _refused(response: httpx.Response) -> APIStatusError:
    body = _text(response)
    errors = details(body, response.headers)
    if response.next_request is not None:
        reason = f"redirected to {response.next_request.url.host}, which is not followed"
    else:
        reason = reason_for(body, errors, "" if response.is_success else response.reason_phrase)
    return class_for(response.status_code)(
        scrubbed(response.request, reason), errors=errors, retry_after=_retry_after(response), **_facts(response)
    )


def _text(response: httpx.Response) -> str:
    """The body, less any secrets that what answered may have repeated in it."""
    return scrubbed(response.request, response.content.decode("utf-8", "replace"))


# A signature of an address, also of one within HTML, and a user with a password.
_SECRET_PARTS = re.compile(r"(?<=[?&;]sig=)[0-9A-Za-z%_-]+|(?<=://)[^/\s@]+(?=@)")


def scrubbed(request: httpx.Request, text: str) -> str:
    """A text for an error or a log without what is secret in the request, should what answered have repeated it."""
    for holder in (request.extensions.get(_CREDENTIALS), request.url):
        for secret in holder.secrets if isinstance(holder, Credentials | PrivateURL) else ():
            if len(secret) >= SHORTEST_SECRET:
                text = text.replace(secret, "[redacted]").replace(quote(secret, safe=""), "[redacted]")
    return _SECRET_PARTS.sub("[redacted]", text)


# The operations whose answers are secrets: signing keys, a token, an address for an upload.
_CONFIDENTIAL = re.compile(r"/images/(v1/keys|v1/batch_token|v2/direct_upload)(/|$)")


def _is_confidential(response: httpx.Response) -> bool:
    return response.is_success and bool(_CONFIDENTIAL.search(response.request.url.path))


def _ray_id(response: httpx.Response) -> str | None:
    ray_id = response.headers.get("cf-ray")
    return None if ray_id is None else scrubbed(response.request, ray_id)


def _invalid(response: httpx.Response, reason: str) -> APIResponseValidationError:
    return APIResponseValidationError(scrubbed(response.request, reason), **_facts(response))


def _retry_after(response: httpx.Response) -> float | None:
    return retry_after(response.headers, datetime.now(UTC))
