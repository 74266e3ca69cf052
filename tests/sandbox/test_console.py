"""The console as a browser without scripts gets it."""

import re
import shutil
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import attrs
import httpx
import pytest
from patience import until
from pictures import PNG
from sandbox.calls import upload

from cfimages.sandbox import Faults, Sandbox
from cfimages.sandbox.console.html import h, join
from cfimages.sandbox.console.reasons import has_failed, why

SAME = {"Sec-Fetch-Site": "same-origin"}
MARKUP = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&lt;"


@pytest.fixture
def browser(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, headers=SAME) as client:
        yield client
    sandbox.faults.clear()


class Tags(HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def text_of(page: httpx.Response) -> str:
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    return unescape(re.sub(r"<[^>]*>", " ", page.text))


def test_the_first_page_tells_what_failed_and_why(browser: httpx.Client, http: httpx.Client, account: str) -> None:
    http.get("/v2", params={"meta.a[not-eq]": "1"})
    page = text_of(browser.get("/"))
    assert f"/accounts/{account}/images/v2?meta.a" in page
    assert "5400 Unsupported metadata filter operator: 'not-eq'" in page


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "hint"),
    [
        (
            "GET",
            "{api}/v2",
            {},
            401,
            "It came without credentials: send a header such as Authorization: Bearer sandbox.",
        ),
        ("GET", "{api}/v2", {"Authorization": "Basic x"}, 401, "Send the token as Authorization: Bearer TOKEN."),
        ("GET", "{batch}/images/v2", {"Authorization": "Bearer x"}, 401, "The batch host takes a token of GET"),
        (
            "GET",
            "{api}/v3",
            {"Authorization": "Bearer x"},
            404,
            "There is no such address: the API is below /client/v4",
        ),
        ("GET", "{api}/v1/none", {"Authorization": "Bearer x"}, 404, "5404 Image not found"),
        ("PUT", "{api}/v2", {"Authorization": "Bearer x"}, 405, "There is such an address, but not for this method."),
        (
            "GET",
            "{api}/v2?meta.status=active",
            {"Authorization": "Bearer x"},
            400,
            "A filter is written as meta.FIELD[OPERATOR]=VALUE or meta.FIELD[OPERATOR:TYPE]=VALUE. Operators are eq, ",
        ),
        (
            "POST",
            "{api}/v1",
            {"Authorization": "Bearer x", "Content-Type": "image/png"},
            415,
            "Send a PNG, JPEG, GIF, WebP or SVG in the field `file` of a form (multipart/form-data).",
        ),
    ],
)
def test_the_first_page_tells_what_to_do(
    browser: httpx.Client, sandbox: Sandbox, account: str,
    method: str, path: str, headers: dict[str, str], status: int, hint: str,
) -> None:  # fmt: skip
    url = path.format(api=f"{sandbox.base_url}/accounts/{account}/images", batch=sandbox.batch_url)
    assert httpx.request(method, url, headers=headers).status_code == status
    number = sandbox.requests[-1].number
    page = browser.get("/")
    row = next(row for row in page.text.split("<tr>") if f"#request-{number}" in row)
    assert hint in unescape(row)
    assert re.search(r"\d+ of the last \d+ requests failed\.", page.text)
    (link,) = re.findall(rf'href="(/console/log[^"]*#request-{number})"', row)
    assert f'id="request-{number}"' in browser.get(link).text
    assert browser.get("/console/failures").text in page.text


def test_what_was_done_on_purpose_and_what_was_given_up_are_told_apart(
    browser: httpx.Client, http: httpx.Client, sandbox: Sandbox
) -> None:
    sandbox.faults.next(kind="server-error", status=503)
    http.get("/v2")
    assert "fault on purpose: server-error" in browser.get("/console/log").text
    entry = attrs.evolve(sandbox.requests[-1], state={}, status=None)
    assert [*map(str, why(entry))] == ['<p class="soft">The caller went away before the answer was complete.</p>']
    assert has_failed(entry)
    assert why(attrs.evolve(entry, duration=None)) == why(attrs.evolve(entry, status=200, answered=b"")) == []


def test_the_first_page_tells_what_to_do_about_an_id_that_is_taken(
    browser: httpx.Client, http: httpx.Client, sandbox: Sandbox
) -> None:
    for status in (200, 409):
        assert http.post("/v1", files={"file": ("a.gif", b"GIF89a")}, data={"id": "taken"}).status_code == status
    row = next(row for row in browser.get("/").text.split("<tr>") if f"#request-{sandbox.requests[-1].number}" in row)
    assert "An id cannot be overwritten: choose another one, or delete the image first." in unescape(row)


def test_the_name_of_a_fault_is_never_that_of_another(browser: httpx.Client, sandbox: Sandbox) -> None:
    names = []
    for _ in range(20):
        sandbox.faults.clear()
        sandbox.faults.next("GET", "/images/v2", kind="latency")
        names += re.findall(r'name="aimed" value="(\w+)"', browser.get("/console/faults").text)
    sandbox.faults.clear()
    kept = sandbox.faults.next("GET", "/images/v2", kind="latency")
    for name in names:
        assert browser.post("/console/faults/cancel", data={"aimed": name}).status_code == 303
    assert (len(set(names)), sandbox.faults.aimed) == (20, (kept,))


def test_a_fault_that_nothing_matches_is_seen_and_taken_back(
    browser: httpx.Client, http: httpx.Client, sandbox: Sandbox
) -> None:
    sandbox.faults.next("GET", "/images/v2", kind="latency", delay=0, times=3, after=1)
    kept = sandbox.faults.next("POST", "/images/v1", kind="latency")
    assert text_of(browser.get("/console/faults")).count("none yet") == 2
    http.get("/v2")
    http.get("/v2")
    page = browser.get("/console/faults")
    assert "2, 1 met it" in page.text
    named = re.findall(r'name="aimed" value="(\w+)"', page.text)
    assert browser.post("/console/faults/cancel", data={"aimed": named[0]}).status_code == 303
    assert sandbox.faults.aimed == (kept,)
    assert browser.post("/console/faults/cancel", data={"aimed": named[0]}).status_code == 303
    assert sandbox.faults.aimed == (kept,)
    refused = browser.post("/console/faults/aim", data={"kind": "latency", "method": "GET", "path": "/imags/v2"})
    assert "did you mean '/images/v2'?" in text_of(refused)


def test_accounts_lead_to_their_images_and_these_to_each(browser: httpx.Client, sandbox: Sandbox, account: str) -> None:
    sandbox.fill(account, 70)
    sandbox.add(account=account, id="a draft", draft=True)
    assert f'href="/console/images?account={account}"' in browser.get("/").text
    first = browser.get("/console/images", params={"account": account})
    assert first.text.count("<li>") == 60
    following = unescape(re.findall(r'href="([^"]*)" rel="next"', first.text)[0])
    assert browser.get(following).text.count("<li>") == 10
    image = browser.get("/console/image", params={"account": account, "id": "image-0000001"})
    assert "photo-1.png" in text_of(image)
    drafts = text_of(browser.get("/console/drafts", params={"account": account}))
    assert "a draft" in drafts
    assert "ended" not in drafts
    assert "The account has 70 images" in text_of(first)
    draft = browser.get("/console/image", params={"account": account, "id": "a draft"})
    assert "draft, without a file" in text_of(draft)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"filters": "meta.priority[gte]=9"}, 2),
        ({"filters": "meta.priority[gte:number]=9\nmeta.status[eq]=active"}, 2),
        ({"creator": "ada"}, 7),
        ({"no_creator": "1"}, 6),
        ({"sort_order": "asc"}, 20),
        ({"filters": "meta.priority[eq:number]=77"}, 0),
    ],
)
def test_images_are_filtered_as_the_api_filters_them(
    browser: httpx.Client, sandbox: Sandbox, account: str, query: dict[str, str], shown: int
) -> None:
    sandbox.fill(account, 20)
    assert browser.get("/console/images", params={"account": account, **query}).text.count("<li>") == shown


@pytest.mark.parametrize("filters", ["meta.a[not-eq]=1", "status=active", "status"])
def test_what_the_api_would_refuse_is_said(browser: httpx.Client, account: str, filters: str) -> None:
    page = browser.get("/console/images", params={"account": account, "filters": filters})
    assert "The API would refuse this" in page.text


def test_a_private_image_has_signed_addresses(browser: httpx.Client, http: httpx.Client, account: str) -> None:
    created = upload(http, requireSignedURLs="true").json()["result"]
    page = browser.get("/console/image", params={"account": account, "id": created["id"]})
    signed = next(v for t, a in Tags(page.text).found if t == "input" and "sig=" in (v := a.get("value") or ""))
    assert httpx.get(signed).content == PNG
    small = browser.get("/console/thumbnail", params={"account": account, "id": created["id"]})
    assert small.content == PNG
    assert small.headers["content-security-policy"].endswith("sandbox")


def test_an_image_can_be_deleted(browser: httpx.Client, http: httpx.Client, account: str) -> None:
    upload(http, id="a/b")
    answer = browser.post("/console/delete", data={"account": account, "id": "a/b"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/console/images?account={account}")
    assert http.get("/v1/a/b").status_code == 404
    assert browser.get("/console/image", params={"account": account, "id": "a/b"}).status_code == 404
    assert browser.get("/console/image").status_code == 404
    assert browser.get("/console/thumbnail").status_code == 404


def test_markup_stays_text_wherever_it_is(browser: httpx.Client, sandbox: Sandbox) -> None:
    account = f"account {MARKUP}"
    sandbox.add(PNG, account=account, id=MARKUP, filename=MARKUP, creator=MARKUP, metadata={MARKUP: [MARKUP]})
    sandbox.add(account=account, id=f"draft {MARKUP}", creator=MARKUP, draft=True)
    api = f"{sandbox.base_url}/accounts/{quote(account, safe='')}/images"
    headers = {"Authorization": "Bearer any", "User-Agent": MARKUP, "X-Other": MARKUP}
    httpx.get(f"{api}/v2", params={f"meta.{MARKUP}": MARKUP}, headers=headers)
    httpx.patch(f"{api}/v1/none", json={MARKUP: MARKUP}, headers=headers)
    sandbox.faults.next("*", f"*{MARKUP}", kind="latency", account=MARKUP)
    places = [
        ("/", {}),
        ("/console/images", {"account": account, "filters": MARKUP, "creator": MARKUP, "sort_order": MARKUP}),
        ("/console/images", {"account": account}),
        ("/console/image", {"account": account, "id": MARKUP}),
        ("/console/drafts", {"account": account}),
        ("/console/log", {"account": MARKUP}),
        ("/console/log", {}),
        ("/console/rows", {"after": MARKUP}),
        ("/console/faults", {}),
    ]
    for path, params in places:
        page = browser.get(path, params=params)
        assert page.status_code == 200
        tags = Tags(page.text).found
        assert [a for t, a in tags if t == "script"] in ([{"src": "/console/script.js", "defer": None}], [])
        assert not [a for _, a in tags if any(name.startswith("on") for name in a)], path
        assert all(str(a["src"]).startswith("/console/") for t, a in tags if t == "img")
        assert not [t for t, _ in tags if t in ("iframe", "object", "style")]
    failed = browser.post("/console/faults/aim", data={"kind": MARKUP})
    assert failed.status_code == 400
    assert "<script>alert" not in failed.text


def test_no_page_loads_anything_from_elsewhere(browser: httpx.Client, sandbox: Sandbox) -> None:
    for path in ("/", "/console/log", "/console/faults", "/console/images?account=a"):
        for _, attributes in Tags(browser.get(path).text).found:
            for name in ("src", "href", "action"):
                assert (attributes.get(name) or "/").startswith(("/", "#")), (path, attributes)
    assert "url(" not in browser.get("/console/style.css").text


def test_every_control_has_a_label(browser: httpx.Client) -> None:
    for path in ("/", "/console/faults", "/console/log", "/console/images?account=a"):
        page = browser.get(path).text
        assert page.startswith('<!DOCTYPE html><html lang="en">')
        bare = re.sub(r"<label>.*?</label>", "", page, flags=re.DOTALL)
        for tag, attributes in Tags(bare).found:
            if tag in ("input", "select", "textarea") and attributes.get("type") != "hidden":
                assert attributes.get("aria-label"), (path, attributes)


def test_the_log_goes_on_from_where_it_was(browser: httpx.Client, http: httpx.Client, account: str) -> None:
    http.get("/v1/first")
    log = browser.get("/console/log", params={"account": account})
    (live,) = [a for t, a in Tags(log.text).found if "data-live" in a]
    http.get("/v1/second")
    http.get("/v2")
    rows = browser.get(f"{live['data-live']}&after={live['data-last']}")
    assert "/v1/second" in rows.text
    assert "/v1/first" not in rows.text
    assert int(rows.headers["x-last"]) == int(live["data-last"] or 0) + 2
    failed = browser.get("/console/rows", params={"after": live["data-last"], "failed": "1", "account": account})
    assert failed.text.count("<tr") == 1
    again = browser.get("/console/rows", params={"after": rows.headers["x-last"], "pending": live["data-last"] or ""})
    assert "/v1/first" in again.text


def test_a_log_without_requests() -> None:
    with Sandbox() as sandbox:
        home = httpx.get(sandbox.url)
        assert "No request has come yet." in home.text
        assert "There is no account yet" in home.text
        assert httpx.get(f"{sandbox.url}/console/log").status_code == 200
        rows = httpx.get(f"{sandbox.url}/console/rows?after=7")
        assert (rows.text, rows.headers["x-last"]) == ("", "7")


def test_a_request_that_is_under_way_is_shown(
    browser: httpx.Client, http: httpx.Client, sandbox: Sandbox, account: str
) -> None:
    sandbox.faults.next("GET", kind="blackhole", account=account)
    shown: list[str] = []

    def look(_: Any) -> None:
        until(lambda: "under way" in browser.get("/console/log", params={"account": account}).text)
        shown.append(browser.get("/console/log", params={"account": account}).text)

    with pytest.raises(httpx.ReadTimeout):
        http.get(
            "/v2",
            timeout=0.2,
            extensions={
                "trace": lambda name, _: look(_) if name == "http11.receive_response_headers.started" else None
            },
        )
    assert "data-pending" in shown[0]


def test_faults_are_switched_from_the_console(
    browser: httpx.Client, http: httpx.Client, sandbox: Sandbox, account: str
) -> None:
    form = {
        "method": "GET",
        "path": "/images/v2",
        "kind": "server-error",
        "status": "503",
        "after": "1",
        "times": "",
        "every": "2",
    }
    assert browser.post("/console/faults/aim", data={**form, "account": account, "delay": "0"}).status_code == 303
    (aimed,) = sandbox.faults.aimed
    assert (aimed.after, aimed.times, aimed.every, aimed.status) == (1, None, 2, 503)
    assert [http.get("/v2").status_code for _ in range(5)] == [200, 200, 503, 200, 503]
    page = browser.get("/console/faults").text
    assert "always" in page
    assert "server-error 503" in page
    browser.post("/console/faults/random", data={"percent": "25", "seed": "7"})
    assert sandbox.faults.random == Faults(rate=0.25, seed=7)
    assert "25% of all requests, seed 7" in browser.get("/console/faults").text
    browser.post("/console/faults/random", data={"percent": "0"})
    assert sandbox.faults.random is None
    browser.post("/console/faults/clear")
    assert sandbox.faults.aimed == ()


@pytest.mark.parametrize(
    "form", [{"kind": "late"}, {"kind": "latency", "after": "x"}, {"kind": "latency", "path": "a"}]
)
def test_a_fault_that_cannot_be_is_said(browser: httpx.Client, form: dict[str, str]) -> None:
    answer = browser.post("/console/faults/aim", data=form)
    assert answer.status_code == 400
    assert "Not done: " in answer.text


def test_what_is_not_there_is_not_found(browser: httpx.Client) -> None:
    assert browser.get("/console/none").status_code == 404
    assert browser.post("/console/none").status_code == 404
    assert browser.put("/console/log").status_code == 405
    assert browser.post("/console/delete", data={"a": "b" * 70_000}).status_code == 413
    assert browser.get("/favicon.ico").status_code == 204
    assert browser.head("/").status_code == 200


def test_a_mistake_of_the_console_is_an_answer(
    browser: httpx.Client, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox.store.accounts, "counts", lambda: 1 / 0)
    assert browser.get("/").status_code == 500


def test_only_text_and_markup_can_be_written() -> None:
    assert join(["<", h("b", 5, [None, ">"])]) == "&lt;<b>5&gt;</b>"
    with pytest.raises(TypeError, match="object is neither"):
        h("p", object())


def test_the_first_page_shows_buckets_and_imports(tmp_path: Path) -> None:
    folder = tmp_path / MARKUP.replace("/", "")
    folder.mkdir()
    (folder / "a.png").write_bytes(PNG)
    with Sandbox() as sandbox, httpx.Client(base_url=sandbox.url, headers=SAME) as browser:
        assert "start the sandbox with --bucket NAME=FOLDER" in text_of(browser.get("/"))
        sandbox.buckets[MARKUP] = sandbox.buckets["gone"] = folder
        with sandbox.client() as images:
            source = images.imports.sources.create(MARKUP, bucket=MARKUP, vendor="s3", secret={"key": "canary"})
            job = images.imports.create(source.id)
            images.imports.start(job.id)
            images.imports.wait(job.id)
        page = browser.get("/")
        assert MARKUP not in page.text
        assert "canary" not in page.text
        assert all(text in text_of(page) for text in (MARKUP, str(folder), "can be read", job.id, "success"))
        shutil.rmtree(folder)
        assert "the folder of bucket 'gone' cannot be read: No such file" in text_of(browser.get("/"))


def test_a_private_image_is_not_told_to_send_credentials(browser: httpx.Client, sandbox: Sandbox) -> None:
    with sandbox.client() as images:
        private = images.upload(b"GIF89a", require_signed_urls=True)
    assert httpx.get(private.url()).status_code == 401
    row = next(row for row in browser.get("/").text.split("<tr>") if f"#request-{sandbox.requests[-1].number}" in row)
    assert "Delivery reads no credentials: give the address that `image.signed_url(key)` returns." in unescape(row)
    assert "It came without credentials" not in row
