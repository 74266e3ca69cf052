"""A canary in every secret of the tests, and who looks for it: in objects, errors, logs and warnings."""

import base64
import logging
import pickle
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import httpx
import pytest

from cfimages import DirectUpload

CANARY = "canary-5d1f"
"""A part of each secret, so that whatever shows one shows this."""

SHOUTING = ("", "cfimages", "httpx", "httpcore", "asyncio")
"""The loggers that are set to their loudest; the first is the root."""


def forms(secret: str) -> set[str]:
    """How a secret may be written: as it is, percent-encoded, in hex, and within base64 of something longer."""
    raw = secret.encode()
    encoded = {base64.b64encode(raw[start:]).decode()[:-4] for start in range(3)}
    return {secret, quote(secret, safe=""), "".join(f"%{byte:02x}" for byte in raw), raw.hex(), *encoded}


NEEDLES = forms(CANARY)


def shows(text: str) -> bool:
    """Whether a text has the canary in it."""
    return any(needle in text for needle in NEEDLES)


class Cage(logging.Handler):
    """Listens to logs and looks at what it is shown; `leaks` says where the canary was."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.leaks: list[str] = []
        self.looked = 0

    def search(self, where: str, *shown: object) -> None:
        """Look through texts and bytes, and the repr of anything else."""
        for one in shown:
            self.looked += 1
            text = one.decode("latin-1") if isinstance(one, bytes) else one if type(one) is str else repr(one)
            if shows(text):
                self.leaks.append(f"{where}: {text[:300]}")

    def emit(self, record: logging.LogRecord) -> None:
        """Look through a line of a log, and what it was made of."""
        self.search(f"log of {record.name}", record.getMessage(), record.args, record.exc_text or "")
        if record.exc_info and record.exc_info[1]:
            self.catch(f"log of {record.name}", record.exc_info[1])

    def show(self, where: str, value: object) -> None:
        """Look through what a value shows of itself, and whether it can be kept."""
        self.search(f"repr of {where}", repr(value), *attributes(value))
        if not isinstance(value, str):
            self.search(f"text of {where}", str(value))
        if isinstance(value, DirectUpload):  # it exists to be handed on
            return
        try:
            self.search(f"pickle of {where}", pickle.dumps(value))
        except (TypeError, AttributeError) as error:  # refused
            self.search(f"refusal of {where}", str(error))

    def catch(self, where: str, error: BaseException) -> None:
        """Look through an error and those under it: texts, attributes, pickle, and the frames of httpx and httpcore.

        Frames of ours may hold what they work with. Those of the libraries hold the headers that are sent.
        """
        for one in chain(error):
            name = f"{type(one).__name__} of {where}"
            self.search(name, str(one), repr(one), one.args, vars(one), getattr(one, "__notes__", ()))
            if isinstance(one, httpx.RequestError):
                self.search(f"request of {name}", one._request and one._request.headers.raw)
                if one.__traceback__ and one is not error:
                    self.leaks.append(f"{name}: it still has the frames of httpx")
        self.search(f"traceback of {where}", "".join(traceback.format_exception(error)))
        try:
            self.search(f"pickle of {where}", pickle.dumps(error))
        except TypeError as refusal:
            self.search(f"refusal of {where}", str(refusal))

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Around what is to be watched: logs at every level, and warnings."""
        with shouting(self), warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield
        for warning in caught:
            self.search("a warning", str(warning.message))


def chain(error: BaseException) -> list[BaseException]:
    """An error and all under it, also those that a traceback leaves out."""
    found: list[BaseException] = []
    queue: list[BaseException | None] = [error]
    while queue:
        one = queue.pop()
        if one is not None and one not in found:
            found.append(one)
            queue += [one.__cause__, one.__context__]
    return found


def attributes(value: object) -> tuple[object, ...]:
    """The attributes of an object of ours, and the headers of a request."""
    if isinstance(value, httpx.RequestError):
        return attributes(value._request)
    if isinstance(value, httpx.Request):
        return value.headers.raw, value.url
    ours = type(value).__module__.startswith("cfimages") and not isinstance(value, str | type | httpx.URL)
    return (vars(value),) if ours and hasattr(value, "__dict__") else ()


@contextmanager
def shouting(listener: logging.Handler) -> Iterator[None]:
    """Around what is to be heard by a handler at every level."""
    loggers = [logging.getLogger(name) for name in SHOUTING]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    loggers[0].addHandler(listener)
    try:
        yield
    finally:
        loggers[0].removeHandler(listener)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@pytest.fixture
def cage() -> Iterator[Cage]:
    """Watch all logs, at their loudest, and all warnings of a test; it fails if anything showed the canary."""
    cage = Cage()
    with cage.listening():
        yield cage
    assert cage.looked
    assert not cage.leaks, "\n".join(cage.leaks)


@pytest.fixture
def listened() -> Iterator[None]:
    """Hear all logs of a test at their loudest; it fails if anything logged showed the canary."""
    cage = Cage()
    with shouting(cage):
        yield
    assert not cage.leaks, "\n".join(cage.leaks)
