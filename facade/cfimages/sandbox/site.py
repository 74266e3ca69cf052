"""The application at the sandbox's address: the API, the console and the control."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Receive, Scope, Send

from cfimages.sandbox.setup import Setup

if TYPE_CHECKING:
    from cfimages.sandbox.server import Sandbox

_OWN = (b"/control/", b"/console/")
_OF_BROWSERS = (b"/", b"/favicon.ico")


class Site:
    """An ASGI application. Console and control are imported on first use."""

    def __init__(self, api: ASGIApp, sandbox: "Sandbox", setup: Setup, hosts: Sequence[str]) -> None:
        self._api = api
        self._sandbox = sandbox
        self._setup = setup
        self._hosts = hosts
        self._own: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path: bytes = scope["raw_path"]
        if path in _OF_BROWSERS or path.startswith(_OWN):
            if self._own is None:
                from cfimages.sandbox.beside import Beside

                self._own = Beside(self._sandbox, self._setup, self._hosts)
            await self._own(scope, receive, send)
            return
        await self._api(scope, receive, send)
