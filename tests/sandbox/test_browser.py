"""The console in a real browser, with its scripts and without, and pages of other origins."""

import json
import os
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote

import chromium
import httpx
import pytest
from chromium import Browser, Tab

from cfimages.sandbox import Sandbox

SVG = b"""<svg xmlns="http://www.w3.org/2000/svg"><script>document.documentElement.id = "PWNED"</script></svg>"""
RUN = "document.documentElement.id = 'PWNED'"
MARKUP = f"""\"'><script>{RUN}</script><img src=x onerror="{RUN}">"""
HEADERS = {"Authorization": "Bearer any"}
TOKEN = "canary-of-the-browser"
AXE = os.environ.get("AXE")
CONTRAST = 4.5

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(chromium.BINARY is None, reason=chromium.MISSING),
]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(str(chromium.BINARY), tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture
def tab(browser: Browser) -> Tab:
    return browser.tab()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def other_origin(tmp_path: Path) -> Iterator[str]:
    """A page of another origin: a server of its own that answers one empty page."""

    class Empty(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<title>another origin</title>")

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Empty) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()
        thread.join()


def api(sandbox: Sandbox, method: str, path: str, **more: object) -> httpx.Response:
    return httpx.request(method, f"{sandbox.base_url}/accounts/sandbox/images{path}", headers=HEADERS, **more)  # type: ignore[arg-type]  # passed on


def text(tab: Tab, selector: str = "main") -> str:
    return str(tab.run(f"document.querySelector({json.dumps(selector)}).innerText"))


def has_run(tab: Tab) -> bool:
    """Whether a script has left its mark."""
    return bool(tab.run("document.documentElement.id === 'PWNED'"))


def pages(sandbox: Sandbox) -> list[str]:
    """Fill a sandbox, and return all of the console's pages."""
    sandbox.fill("sandbox", 70)
    sandbox.add(id="private", require_signed_urls=True, metadata={"status": "secret"}, creator="ada")
    sandbox.add(id="draft", draft=True)
    api(sandbox, "GET", "/v2", params={"meta.a[not-eq]": 1})
    api(sandbox, "PATCH", "/v1/private", json={"metadta": 1})
    sandbox.faults.next("GET", "/images/v2", kind="rate-limit", after=1)
    return [
        "/",
        "/console/log",
        "/console/faults",
        "/console/images?account=sandbox",
        "/console/images?account=sandbox&filters=nothing",
        "/console/image?account=sandbox&id=private",
        "/console/drafts?account=sandbox",
        "/console/none",
    ]


def test_the_gallery_has_thumbnails_and_filters(sandbox: Sandbox, tab: Tab) -> None:
    pages(sandbox)
    tab.open(sandbox.url)
    tab.follow("main th a")
    assert text(tab, "h1") == "Images of sandbox"
    assert tab.run("document.querySelectorAll('.gallery li').length") == 60
    tab.wait("[...document.images].slice(0, 4).every((image) => image.complete && image.naturalWidth > 0)")
    tab.follow("[rel=next]")
    assert tab.run("document.querySelectorAll('.gallery li').length") == 11
    tab.type("[name=filters]", "meta.status[eq]=secret")
    tab.type("[name=creator]", "ada")
    tab.follow("main form button")
    assert text(tab, ".gallery").splitlines()[0] == "private"
    assert tab.run("document.querySelectorAll('.gallery li').length") == 1
    tab.follow(".gallery a")
    assert text(tab, "h1") == "private"


def test_an_image_is_looked_at_copied_and_deleted(sandbox: Sandbox, tab: Tab) -> None:
    sandbox.add(id="a/b", filename="b.png", require_signed_urls=True)
    tab.open(f"{sandbox.url}/console/image?account=sandbox&id=a%2Fb")
    tab.wait("document.querySelector('.large').naturalWidth > 0")
    assert "b.png" in text(tab)
    signed = tab.run("[...document.querySelectorAll('.copy input')].map((field) => field.value)")[1]
    assert httpx.get(signed).headers["content-type"] == "image/png"
    tab.click(".copy button")
    tab.wait("/Copied|Press Ctrl/.test(document.querySelector('.copy button').textContent)")
    tab.follow("button.danger")
    assert text(tab, "h1") == "Images of sandbox"
    assert sandbox.store.count("sandbox") == 0


def test_the_log_is_live_and_can_be_paused(sandbox: Sandbox, tab: Tab) -> None:
    tab.open(f"{sandbox.url}/console/log")
    tab.wait("document.querySelector('[role=status]').textContent === 'Live.'")
    api(sandbox, "GET", "/v1/first")
    tab.wait("/v1.first.*5404 Image not found/.test(document.querySelector('#request-1')?.textContent)")
    tab.click("[data-live-pause]")
    tab.wait("document.querySelector('[role=status]').textContent === 'Paused.'")
    api(sandbox, "GET", "/v1/second")
    tab.click("[data-live-pause]")
    tab.wait("document.querySelectorAll('tbody tr').length === 2")
    tab.click("#request-2 summary")
    assert '"code": 5404' in text(tab, "#request-2 details")
    sandbox.stop()
    tab.wait("document.querySelector('[role=status]').textContent === 'The sandbox does not answer.'")


def test_a_newcomer_finds_what_failed_on_a_page_that_was_open(sandbox: Sandbox, tab: Tab) -> None:
    tab.open(sandbox.url)
    assert "No request has come yet." in text(tab)
    api(sandbox, "GET", "/v2", params={"meta.a[not-eq]": 1})
    tab.wait("/1 of the last 1 requests failed/.test(document.body.innerText)")
    assert "5400 Unsupported metadata filter operator: 'not-eq'" in text(tab)
    tab.follow("main td a")
    assert tab.run("document.querySelector(':target').id") == "request-1"


def test_faults_are_switched(sandbox: Sandbox, tab: Tab) -> None:
    tab.open(f"{sandbox.url}/console/faults")
    tab.follow("main form button")
    assert api(sandbox, "GET", "/v2").status_code == 503
    for name, value in {"path": "/images/v1/*", "status": "500", "times": "2"}.items():
        tab.run(f"document.querySelector('[name={name}]:not([type=hidden])').value = {json.dumps(value)}")
    tab.follow("main form.row:not(div form) button")
    assert "none yet" in text(tab)
    assert api(sandbox, "GET", "/v1/a").status_code == 500
    tab.open(f"{sandbox.url}/console/faults")
    assert "1, 1 met it" in text(tab)
    tab.follow("td form button")
    assert sandbox.faults.aimed == ()
    tab.run("document.querySelector('[name=path]:not([type=hidden])').value = '/imags/v2'")
    tab.follow("main form.row:not(div form) button")
    assert "did you mean '/images/v2'?" in text(tab, "[role=status]")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_token_is_asked_for(tab: Tab, scripts: bool) -> None:
    if not scripts:
        tab.without_scripts()
    with Sandbox(api_token=TOKEN) as sandbox:
        tab.open(f"{sandbox.url}/console/log")
        assert text(tab, "h1") == "Log in"
        tab.type("[name=token]", "wrong")
        tab.follow("main button")
        assert "This is not the token." in text(tab)
        tab.type("[name=token]", TOKEN)
        tab.press("Enter")
        tab.wait("document.querySelector('h1')?.textContent === 'Overview'")
        (cookie,) = tab.send("Network.getCookies")["cookies"]
        assert (cookie["httpOnly"], cookie["sameSite"], cookie["session"]) == (True, "Strict", True)
        assert TOKEN not in tab.run("document.documentElement.outerHTML + location.href + document.cookie")
        tab.follow("header button")
        assert text(tab, "h1") == "Log in"


def test_markup_in_every_field_stays_text(sandbox: Sandbox, tab: Tab) -> None:
    sandbox.add(SVG, account=MARKUP, id=MARKUP, filename=MARKUP, creator=MARKUP, metadata={MARKUP: MARKUP})
    sandbox.add(account=MARKUP, id=f"draft {MARKUP}", creator=MARKUP, draft=True)
    account = quote(MARKUP, safe="")
    url = f"{sandbox.base_url}/accounts/{account}/images"
    httpx.get(f"{url}/v2?{account}", headers={**HEADERS, "User-Agent": MARKUP, "X-Other": MARKUP})
    httpx.patch(f"{url}/v1/none", headers=HEADERS, json={MARKUP: MARKUP})
    sandbox.faults.next("*", f"*{MARKUP}", kind="latency", account=MARKUP)
    gallery, image = f"/console/images?account={account}", f"/console/image?account={account}&id={account}"
    drafts = f"/console/drafts?account={account}"
    for path in (
        "/",
        gallery,
        f"{gallery}&filters={account}&creator={account}",
        image,
        drafts,
        "/console/log",
        "/console/faults",
    ):
        tab.open(sandbox.url + path)
        tab.run("document.querySelectorAll('details').forEach((each) => { each.open = true })")
        assert "alert" in text(tab) or "PWNED" in text(tab), path
        assert not has_run(tab), path
        assert tab.run("document.querySelectorAll('script').length") == 1
    tab.open(f"{sandbox.url}/console/log")
    httpx.get(f"{url}/v1/{account}/live", headers={**HEADERS, "User-Agent": MARKUP})  # a row that a script puts there
    tab.wait("document.querySelectorAll('tbody tr').length === 3")
    assert not has_run(tab)
    assert tab.run("document.querySelectorAll('img, script').length") == 1


def test_an_image_that_holds_a_script_does_not_run_it(sandbox: Sandbox, tab: Tab, tmp_path: Path) -> None:
    sandbox.add(SVG, id="a")
    delivered = api(sandbox, "GET", "/v1/a").json()["result"]["variants"][0]
    for url in (delivered, f"{sandbox.url}/console/thumbnail?account=sandbox&id=a"):
        tab.open(url)
        assert not has_run(tab)
    (tmp_path / "a.svg").write_bytes(SVG)
    tab.open((tmp_path / "a.svg").as_uri())
    assert has_run(tab)  # as it does elsewhere


def test_everything_but_the_live_parts_works_without_scripts(sandbox: Sandbox, tab: Tab) -> None:
    tab.without_scripts()
    for path in pages(sandbox):
        tab.open(sandbox.url + path)
        assert not tab.run("[...document.querySelectorAll('button')].some((each) => each.offsetParent && "
                           "/Copy|Pause/.test(each.textContent))")  # fmt: skip
    tab.open(f"{sandbox.url}/console/log")
    assert "Load the page again to see newer ones." in text(tab)
    tab.run("document.querySelector('[name=failed]').checked = true")
    tab.follow("main form button")
    assert tab.run("document.querySelectorAll('tbody tr').length") == 2
    tab.click("#request-1 summary")
    assert "5400" in text(tab, "#request-1 details")
    tab.open(f"{sandbox.url}/console/faults")
    tab.follow("main form button")
    assert len(sandbox.faults.aimed) == 2
    tab.open(f"{sandbox.url}/console/image?account=sandbox&id=private")
    tab.follow("button.danger")
    assert sandbox.store.get("sandbox", "private") is None


def test_keys_reach_everything_in_the_order_of_the_page(sandbox: Sandbox, tab: Tab) -> None:
    for path in pages(sandbox):
        tab.open(sandbox.url + path)
        tab.press("Tab")
        assert tab.run("document.activeElement.textContent") == "Skip to content"
        assert tab.run("document.activeElement.getBoundingClientRect().left") >= 0  # it is seen when it has the focus
        tab.run("""window.reached = []; window.wanted = [...document.querySelectorAll(
            'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]')]
            .filter((each) => each.checkVisibility() && !each.closest('.skip'))""")
        for _ in range(tab.run("wanted.length")):
            tab.press("Tab")
            tab.run("reached.push(document.activeElement)")
            style = "getComputedStyle(document.activeElement)"
            assert tab.run(f"{style}.outlineStyle === 'solid' && parseFloat({style}.outlineWidth) >= 2"), path
        assert tab.run("wanted.every((each, n) => each === reached[n])"), path
    tab.open(sandbox.url)
    for _ in range(3):
        tab.press("Tab")
    tab.press("Enter")
    tab.wait("document.querySelector('h1')?.textContent === 'Requests'")


MEASURE = """(() => {
    const rgb = (color) => color.match(/[\\d.]+/g).map(Number);
    const light = (color) => rgb(color).slice(0, 3).map((c) => c / 255)
        .map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
    const ground = (each) => {
        for (; each; each = each.parentElement) {
            const color = getComputedStyle(each).backgroundColor;
            if (rgb(color)[3] !== 0) return color;
        }
        return "rgb(255, 255, 255)";
    };
    const contrast = (each) => {
        const [a, b] = [light(getComputedStyle(each).color), light(ground(each))].sort((x, y) => y - x);
        return (a + 0.05) / (b + 0.05);
    };
    const texts = [...document.body.querySelectorAll("*")].filter((each) => each.getClientRects().length
        && [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
    return {
        least: Math.min(...texts.map(contrast)),
        ground: light(ground(document.body)),
    };
})()"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_in_the_dark_and_in_the_light(sandbox: Sandbox, tab: Tab, scheme: str) -> None:
    tab.prefers(scheme)
    for path in pages(sandbox):
        tab.open(sandbox.url + path)
        measured = tab.run(MEASURE)
        assert (measured["ground"] > 0.5) is (scheme == "light"), path
        assert measured["least"] >= CONTRAST, path


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_is_wider_than_the_window(sandbox: Sandbox, tab: Tab, width: int) -> None:
    tab.width(width)
    for path in pages(sandbox):
        tab.open(sandbox.url + path)
        assert tab.run("document.documentElement.scrollWidth") <= width, path


@pytest.mark.skipif(AXE is None, reason="the environment variable AXE names no axe.min.js, of the npm package axe-core")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(sandbox: Sandbox, tab: Tab, scheme: str) -> None:
    tab.prefers(scheme)
    for path in pages(sandbox):
        tab.open(sandbox.url + path)
        tab.run(Path(str(AXE)).read_text("utf-8"))
        found = tab.run("axe.run().then(({passes, violations}) => [passes.length, violations.map(({id}) => id)])")
        assert found[0] > 15, path
        assert found[1] == [], path


def test_every_page_keeps_to_its_policy(sandbox: Sandbox, tab: Tab) -> None:
    for path in pages(sandbox):
        tab.open(sandbox.url + path)
    told = [each["entry"] for each in tab.events("Log.entryAdded")]
    assert [each["url"] for each in told if "404" not in each["text"]] == []
    assert tab.events("Runtime.exceptionThrown") == []


def test_a_page_of_another_origin_uploads(sandbox: Sandbox, tab: Tab, other_origin: str) -> None:
    draft = api(sandbox, "POST", "/v2/direct_upload").json()["result"]
    tab.open(other_origin)
    answer = tab.run(f"""(async () => {{
        const form = new FormData();
        form.append("file", new Blob([new Uint8Array([71, 73, 70, 56, 57, 97])]), "a.gif");
        const answer = await fetch("{draft["uploadURL"]}",
            {{method: "POST", body: form, headers: {{"X-Requested-With": "test"}}}});
        return await answer.json();
    }})()""")
    assert answer["success"]
    assert "draft" not in api(sandbox, "GET", f"/v1/{draft['id']}").json()["result"]


def test_no_page_of_another_origin_reads_or_drives_anything(sandbox: Sandbox, tab: Tab, other_origin: str) -> None:
    sandbox.add(id="kept")
    tab.open(other_origin)
    refused = tab.run(f"""(async () => {{
        const attempts = [];
        const attempt = (path, options) => attempts.push(fetch("{sandbox.url}" + path, options)
            .then((answer) => answer.type === "opaque" ? "opaque" : path + " was read", () => "refused"));
        for (const path of ["/", "/console/log", "/console/rows", "/control/requests", "/control/faults",
            "/client/v4/accounts/sandbox/images/v2"]) attempt(path, {{credentials: "include"}});
        for (const type of ["text/plain", "application/json", "application/x-www-form-urlencoded"]) {{
            const body = type === "application/x-www-form-urlencoded" ? "kind=garbage" : '{{"kind": "garbage"}}';
            for (const mode of ["cors", "no-cors"]) {{
                const options = {{method: "POST", mode, body, headers: {{"Content-Type": type}}}};
                attempt("/control/faults", options);
                attempt("/console/faults/aim", options);
            }}
        }}
        for (const path of ["/control/snapshots", "/console/faults/clear"])
            attempt(path, {{method: "POST", mode: "no-cors"}});
        attempt("/control/faults", {{method: "DELETE"}});
        attempt("/console/delete", {{method: "POST", mode: "no-cors",
            body: new URLSearchParams({{account: "sandbox", id: "kept"}})}});
        return await Promise.all(attempts);
    }})()""")
    assert set(refused) <= {"refused", "opaque"}
    assert sandbox.faults.aimed == ()
    assert sandbox.store.get("sandbox", "kept")


def test_a_form_of_another_origin_changes_nothing(sandbox: Sandbox, tab: Tab, other_origin: str) -> None:
    sandbox.add(id="kept")
    tab.open(other_origin)
    tab.run(f"""document.body.innerHTML = `<form method="post" action="{sandbox.url}/console/delete">
        <input name="account" value="sandbox"><input name="id" value="kept"><button>Go</button></form>`""")
    tab.follow("button")
    assert "This form was not sent by a page of the console." in text(tab, "body")
    assert sandbox.store.get("sandbox", "kept")


def test_no_other_page_frames_or_shows_anything_of_it(sandbox: Sandbox, tab: Tab, other_origin: str) -> None:
    sandbox.add(id="kept")
    tab.open(other_origin)
    shown = tab.run(f"""(async () => {{
        const frame = document.createElement("iframe");
        frame.src = "{sandbox.url}/console/faults";
        const picture = new Image();
        picture.src = "{sandbox.url}/console/thumbnail?account=sandbox&id=kept";
        document.body.append(frame, picture);
        await new Promise((done) => {{ frame.onload = done; }});
        return await new Promise((done) => {{
            picture.onload = () => done("shown");
            picture.onerror = () => done("refused");
            if (picture.complete) done(picture.naturalWidth ? "shown" : "refused");
        }});
    }})()""")
    assert shown == "refused"
    told = " ".join(each["entry"]["text"] for each in tab.events("Log.entryAdded"))
    assert re.search(r"frame", told, re.IGNORECASE)


def test_a_name_that_was_made_to_lead_here_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    with Browser(str(chromium.BINARY), tmp_path, "--host-resolver-rules=MAP evil.example 127.0.0.1") as rebound:
        tab = rebound.tab()
        tab.open(sandbox.url.replace("127.0.0.1", "evil.example"))
        assert "start the sandbox with --allow-host NAME" in text(tab, "body")
        answer = tab.run("fetch('/control/faults').then((answer) => answer.status)")
        assert answer == 421
