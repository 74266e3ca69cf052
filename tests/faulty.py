"""Helpers of the tests with faults: a server seen through them."""

from types import TracebackType
from typing import Self

import httpx

from cfimages.sandbox import Faults, Sandbox
from cfimages.sandbox.faults import FaultProxy
from cfimages.sandbox.http_server import listen


class Faulty(FaultProxy):
    """A server on loopback behind faults, for `with`; nothing of the proxy is left behind."""

    def __init__(self, port: int, faults: Faults) -> None:
        listener = listen("127.0.0.1", 0)
        self.port: int = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        super().__init__(listener, ("127.0.0.1", port), faults)

    @classmethod
    def before(cls, sandbox: Sandbox, faults: Faults) -> Self:
        return cls(httpx.URL(sandbox.url).port or 0, faults)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
