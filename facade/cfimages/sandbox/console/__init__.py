"""The console of a sandbox: pages for a browser, made on the server. They work without scripts."""

from collections.abc import Callable
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from cfimages.sandbox.access import Sessions, cookie_name, is_from_own_page
from cfimages.sandbox.console import activity, gallery
from cfimages.sandbox.console import buckets as bucket_pages
from cfimages.sandbox.console.html import h
from cfimages.sandbox.console.layout import Page, address, copied, page, written
from cfimages.sandbox.exports import exports
from cfimages.sandbox.setup import Setup

if TYPE_CHECKING:
    from cfimages.sandbox.server import Sandbox

MAX_FORM_BYTES = 64 * 1024
_FILES = {"style.css": "text/css", "script.js": "text/javascript"}


class Console:
    """Answers `/` and `/console/...`."""

    def __init__(self, sandbox: "Sandbox", setup: Setup, sessions: Sessions) -> None:
        self._sandbox = sandbox
        self._setup = setup
        self._sessions = sessions

    async def answer(self, request: Request) -> Response:
        """Answer one request. The host has been checked before."""
        name = request.scope["path"].removeprefix("/").removeprefix("console/")
        if request.method in ("GET", "HEAD") and name in _FILES:
            return Response((files("cfimages.sandbox.console") / name).read_bytes(), media_type=_FILES[name])
        if name == "favicon.ico":
            return Response(status_code=204)
        if request.method == "POST":
            if not is_from_own_page(request):
                return PlainTextResponse("This form was not sent by a page of the console.\n", 403)
            return await self._post(name, request)
        if request.method not in ("GET", "HEAD"):
            return PlainTextResponse("The console knows GET and POST.\n", 405, {"Allow": "GET, HEAD, POST"})
        if not self._sessions.has(request):
            return _login(401)
        return await run_in_threadpool(self._get, name, request)

    def _get(self, name: str, request: Request) -> Response:
        query = request.query_params
        if name == "rows":
            rows, last = activity.rows_after(self._sandbox, query)
            return HTMLResponse(rows, headers={"X-Last": str(last)})
        if name == "failures":
            return HTMLResponse(activity.failures(self._sandbox))
        if name == "thumbnail":
            return gallery.thumbnail(self._setup, query)
        pages: dict[str, Callable[[], Page | None]] = {
            "": lambda: self._overview(request),
            "images": lambda: gallery.gallery(self._setup, query),
            "image": lambda: gallery.one(self._setup, request),
            "drafts": lambda: gallery.drafts(self._setup, query),
            "log": lambda: activity.log(self._sandbox, query),
            "faults": lambda: activity.faults(self._sandbox),
        }
        made = pages[name]() if name in pages else None
        if made is None:
            return self._shown(page("Not found", h("p", "There is no such page, or no such image.")), 404)
        return self._shown(made)

    def _shown(self, made: Page, status: int = 200) -> Response:
        return HTMLResponse(written(made, logout=self._sessions.needed), status)

    def _overview(self, request: Request) -> Page:
        root = str(request.base_url).rstrip("/")
        accounts = self._setup.store.accounts.counts()
        lines = exports(
            f"{root}/client/v4", f"{root}/batch", self._setup.console_account, any_token=not self._sessions.needed
        )
        return page(
            "Overview",
            h("h2", "Failures"),
            h("div", activity.failures(self._sandbox), data_refresh="/console/failures"),
            h("p", h("a", "All requests", href="/console/log")),
            h("h2", "Accounts"),
            gallery.accounts_table(accounts),
            h("h2", "Buckets"),
            bucket_pages.buckets(self._setup),
            bucket_pages.imports(self._setup),
            h("h2", "For a client"),
            [copied(line, name) for name, line in lines.items()],
            here="/",
        )

    async def _post(self, name: str, request: Request) -> Response:
        form = await _form(request)
        if form is None:
            return PlainTextResponse("This form is too long.\n", 413)
        if name == "login":
            session = self._sessions.begin(form.get("token", ""))
            if session is None:
                return _login(401, "This is not the token.")
            response = RedirectResponse("/", 303)
            response.set_cookie(cookie_name(request), session, httponly=True, samesite="strict")
            return response
        if not self._sessions.has(request):
            return _login(401)
        if name == "logout":
            self._sessions.end(request)
            response = RedirectResponse("/", 303)
            response.delete_cookie(cookie_name(request), httponly=True, samesite="strict")
            return response
        return await run_in_threadpool(self._change, name, form)

    def _change(self, name: str, form: dict[str, str]) -> Response:
        if name == "delete":
            self._setup.store.delete(form.get("account", ""), form.get("id", ""))
            return RedirectResponse(address("/console/images", account=form.get("account", "")), 303)
        changes: dict[str, Callable[[], None]] = {
            "faults/aim": lambda: activity.aim(self._sandbox, form),
            "faults/cancel": lambda: activity.cancel(self._sandbox, form),
            "faults/random": lambda: activity.set_random(self._sandbox, form),
            "faults/clear": self._sandbox.faults.clear,
        }
        if name not in changes:
            return PlainTextResponse("There is no such form.\n", 404)
        try:
            changes[name]()
        except ValueError as error:
            return self._shown(activity.faults(self._sandbox, f"Not done: {error}"), 400)
        return RedirectResponse("/console/faults", 303)


def _login(status: int, message: str = "") -> Response:
    form = h(
        "form",
        h(
            "label",
            h("span", "API token"),
            h("input", type="password", name="token", autocomplete="current-password", required=True, autofocus=True),
        ),
        h("button", "Log in", type="submit"),
        method="post",
        action="/console/login",
        class_="row",
    )
    return HTMLResponse(
        written(page("Log in", h("p", "This sandbox was started with --api-token."), form, message=message)), status
    )


async def _form(request: Request) -> dict[str, str] | None:
    """The fields of a form; None if it is too long."""
    content = b""
    async for chunk in request.stream():
        content += chunk
        if len(content) > MAX_FORM_BYTES:
            return None
    return dict(parse_qsl(content.decode(errors="replace"), keep_blank_values=True, max_num_fields=100))
