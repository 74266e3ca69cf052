"""The console in a real browser: markup in every field runs nothing, and the log is live."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from cfimages.sandbox import Sandbox

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=4000",
)
SVG = b"""<svg xmlns="http://www.w3.org/2000/svg"><script>document.documentElement.id = "PWNED"</script></svg>"""
RUN = "document.documentElement.id = 'PWNED'"
MARKUP = f"""\"'><script>{RUN}</script><img src=x onerror="{RUN}">"""

Look = Callable[[str], str]


def has_run(page: str) -> bool:
    """Whether a script has left its mark."""
    return bool(re.search(r'<(html|svg)[^>]* id="PWNED"', page))


pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")]


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """Give the document at an address as it is after its scripts have run."""

    def run(url: str) -> str:
        command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", url]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    return run


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def test_markup_runs_nothing(sandbox: Sandbox, look: Look) -> None:
    sandbox.add(SVG, account=MARKUP, id=MARKUP, filename=MARKUP, creator=MARKUP, metadata={MARKUP: MARKUP})
    account = quote(MARKUP, safe="")
    httpx.get(f"{sandbox.base_url}/accounts/{account}/images/v2?{account}", headers={"User-Agent": MARKUP})
    image = f"/console/image?account={account}&id={account}"
    for path in ("/", f"/console/images?account={account}", image, "/console/log", "/console/faults"):
        page = look(sandbox.url + path)
        assert "cfimages sandbox</title>" in page
        assert not has_run(page)


def test_an_image_that_holds_a_script_does_not_run_it(sandbox: Sandbox, look: Look, tmp_path: Path) -> None:
    sandbox.add(SVG, id="a")
    headers = {"Authorization": "Bearer any"}
    answer = httpx.get(f"{sandbox.base_url}/accounts/sandbox/images/v1/a", headers=headers).json()
    assert not has_run(look(answer["result"]["variants"][0]))
    assert not has_run(look(f"{sandbox.url}/console/thumbnail?account=sandbox&id=a"))
    (tmp_path / "a.svg").write_bytes(SVG)
    assert has_run(look((tmp_path / "a.svg").as_uri()))  # as it does elsewhere


def test_the_log_is_live(sandbox: Sandbox, look: Look) -> None:
    page = look(f"{sandbox.url}/console/log")
    assert re.search(r'role="status"[^>]*>Live\.<', page)
    assert re.search(r"<button type=\"button\" data-live-pause=\"\"[^>]*>Pause", page)


def test_a_page_of_another_origin_uploads(sandbox: Sandbox, look: Look, tmp_path: Path) -> None:
    with httpx.Client(headers={"Authorization": "Bearer any"}) as http:
        draft = http.post(f"{sandbox.base_url}/accounts/sandbox/images/v2/direct_upload").json()["result"]
        page = tmp_path / "page.html"
        page.write_text(
            f"""<title>waiting</title><script>
            const form = new FormData();
            form.append("file", new Blob([new Uint8Array([71, 73, 70, 56, 57, 97])]), "a.gif");
            fetch("{draft["uploadURL"]}", {{method: "POST", body: form, headers: {{"X-Requested-With": "test"}}}})
                .then((answer) => answer.json())
                .then((answer) => {{ document.title = "success " + answer.success; }})
                .catch((error) => {{ document.title = String(error); }});
        </script>""",
            "utf-8",
        )
        assert "<title>success true</title>" in look(page.as_uri())
        details = http.get(f"{sandbox.base_url}/accounts/sandbox/images/v1/{draft['id']}").json()
    assert "draft" not in details["result"]


def test_no_page_of_another_origin_can_use_the_control(sandbox: Sandbox, look: Look, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        f"""<title>waiting</title><script>
        const ask = (path, type) => fetch("{sandbox.url}" + path,
            {{method: "POST", mode: "no-cors", body: '{{"kind": "garbage"}}', headers: {{"Content-Type": type}}}});
        Promise.allSettled([ask("/control/faults", "text/plain"), ask("/control/faults", "application/json"),
            ask("/console/faults/aim", "application/x-www-form-urlencoded")])
            .then(() => {{ document.title = "asked"; }});
    </script>""",
        "utf-8",
    )
    assert "<title>asked</title>" in look(page.as_uri())
    assert sandbox.faults.aimed == ()
    assert sandbox.requests == ()
