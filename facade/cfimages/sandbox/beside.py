"""The console for people and the control for tests, and the check of who may use them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from cfimages.sandbox.access import Sessions, is_from_elsewhere, is_known_host
from cfimages.sandbox.console import Console
from cfimages.sandbox.control import Control
from cfimages.sandbox.failures import failure
from cfimages.sandbox.setup import Setup

if TYPE_CHECKING:
    from cfimages.sandbox.server import Sandbox

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Beside:
    """An ASGI application."""

    def __init__(self, sandbox: "Sandbox", setup: Setup, hosts: Sequence[str]) -> None:
        self._hosts = hosts
        self._sessions = Sessions(setup.api_token)
        self._console = Console(sandbox, setup, self._sessions)
        self._control = Control(sandbox)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            return  # nobody is left to be answered
        except Exception as error:  # noqa: BLE001 - whatever fails here, a caller gets an answer
            response = failure(error)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        host = request.headers.get("host", "")
        if not is_known_host(host, self._hosts):
            return PlainTextResponse(
                f"The console and the control are not reached as {host!r}: use localhost or an address, or start the"
                " sandbox with --allow-host NAME.\n",
                421,
            )
        if request.scope["path"].startswith("/control/"):
            if is_from_elsewhere(request):
                return JSONResponse({"error": "this request comes from another site"}, 403)
            if not self._sessions.has(request):
                return JSONResponse({"error": "the token is missing or wrong"}, 401)
            return await self._control.answer(request)
        return await self._console.answer(request)
