"""Who may use console and control: no page of another site, whatever name leads here."""

from collections.abc import Iterator

import httpx
import pytest

from cfimages.sandbox import Sandbox
from cfimages.sandbox.access import is_known_host

TOKEN = "canary-of-the-console"
SAME = {"Sec-Fetch-Site": "same-origin"}
PLACES = ["/", "/console/log", "/control/faults"]


@pytest.fixture(scope="module")
def locked() -> Iterator[Sandbox]:
    with Sandbox(api_token=TOKEN, allowed_hosts=["Sandbox"]) as running:
        yield running


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:8787",
        "a.localhost:1",
        "127.0.0.1:8787",
        "[::1]:8787",
        "192.168.0.7",
        "sandbox:8787",
        "localhost.",
    ],
)
def test_this_machine_is_known(host: str) -> None:
    assert is_known_host(host, ["Sandbox"])


@pytest.mark.parametrize(
    "host",
    [
        "localhost/control/faults",
        "evil.example@localhost",
        "localhost?x",
        "localhost#x",
        "localhost\\x",
        "localhost:x",
        "localhost:1:2",
        " localhost",
        "[localhost]",
        "evil.example",
        "localhost.evil.example",
        "",
        "127.0.0.1.evil.example",
        "[::1",
        "sandbox.evil.example",
    ],
)
def test_a_name_of_somebody_else_is_not(host: str) -> None:
    assert not is_known_host(host, ["Sandbox"])


def test_a_host_that_holds_a_path_leads_nowhere(sandbox: Sandbox) -> None:
    headers = {"Host": "127.0.0.1/control/clock?", "Authorization": "Bearer any"}
    assert httpx.get(f"{sandbox.url}/console/log", headers=headers).status_code == 421


@pytest.mark.parametrize("path", PLACES)
def test_a_name_that_was_made_to_lead_here_is_refused(sandbox: Sandbox, path: str) -> None:
    answer = httpx.get(sandbox.url + path, headers={"Host": "evil.example"})
    assert answer.status_code == 421
    assert "--allow-host" in answer.text
    api = f"{sandbox.base_url}/accounts/a/images/v2"
    assert httpx.get(api, headers={"Host": "sandbox", "Authorization": "Bearer any"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
def test_no_other_page_can_send_the_forms_of_the_console(sandbox: Sandbox, headers: dict[str, str]) -> None:
    answer = httpx.post(f"{sandbox.url}/console/faults/aim", data={"kind": "garbage"}, headers=headers)
    assert (answer.status_code, sandbox.faults.aimed) == (403, ())


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Origin": "http://[::1"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_no_other_page_can_use_the_control(sandbox: Sandbox, headers: dict[str, str]) -> None:
    answer = httpx.post(f"{sandbox.url}/control/faults", json={"kind": "garbage"}, headers=headers)
    assert (answer.status_code, sandbox.faults.aimed) == (403, ())
    text = httpx.post(
        f"{sandbox.url}/control/faults", content=b'{"kind": "garbage"}', headers={"Content-Type": "text/plain"}
    )
    assert (text.status_code, sandbox.faults.aimed) == (415, ())


@pytest.mark.parametrize("path", PLACES)
def test_no_page_may_be_framed_or_run_scripts_of_others(sandbox: Sandbox, path: str) -> None:
    headers = httpx.get(sandbox.url + path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["x-frame-options"] == "DENY"
    assert "access-control-allow-origin" not in headers


def test_with_a_token_everything_asks_for_it(locked: Sandbox) -> None:
    cookie = f"cfimages_console_{httpx.URL(locked.url).port}"
    for path in (
        "/",
        "/console/log",
        "/console/rows",
        "/console/failures",
        "/console/images?account=a",
        "/console/thumbnail",
        "/control/requests",
    ):
        assert httpx.get(locked.url + path).status_code == 401, path
        assert httpx.get(locked.url + path, headers={"Cookie": f"{cookie}=x"}).status_code == 401
    for path in ("delete", "logout", "faults/aim", "faults/cancel", "faults/clear"):
        assert httpx.post(f"{locked.url}/console/{path}", headers=SAME).status_code == 401
    assert httpx.get(f"{locked.url}/console/style.css").status_code == 200
    assert httpx.get(f"{locked.url}/control/faults", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert httpx.get(f"{locked.url}/control/faults", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_who_gives_the_token_is_let_in_until_they_leave(locked: Sandbox) -> None:
    with httpx.Client(base_url=locked.url, headers=SAME) as browser:
        wrong = browser.post("/console/login", data={"token": "guess"})
        assert (wrong.status_code, "not the token" in wrong.text) == (401, True)
        login = browser.post("/console/login", data={"token": TOKEN})
        cookie = login.headers["set-cookie"]
        assert (login.status_code, login.headers["location"]) == (303, "/")
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        home = browser.get("/")
        assert home.status_code == 200
        for path in ("/console/log", "/console/faults", "/console/images?account=a", "/console/none"):
            assert "Log out" in browser.get(path).text
        assert TOKEN not in cookie + home.text + browser.get("/console/log").text
        kept = {"Cookie": cookie.partition(";")[0]}
        assert httpx.get(locked.url, headers=kept).status_code == 200
        with httpx.Client(base_url=locked.url, headers=SAME) as other:
            other.post("/console/login", data={"token": TOKEN})
            assert [*other.cookies.values()] != [*browser.cookies.values()]
            assert browser.post("/console/logout").status_code == 303
            assert browser.get("/").status_code == 401
            assert httpx.get(locked.url, headers=kept).status_code == 401  # whoever has copied the cookie
            assert other.get("/").status_code == 200


def test_sandboxes_side_by_side_do_not_log_each_other_out(locked: Sandbox) -> None:
    with Sandbox(api_token=TOKEN) as second, httpx.Client(headers=SAME) as browser:
        for each in (locked, second):
            browser.post(f"{each.url}/console/login", data={"token": TOKEN})
        assert [browser.get(each.url).status_code for each in (locked, second)] == [200, 200]
        browser.post(f"{second.url}/console/logout")
        assert [browser.get(each.url).status_code for each in (locked, second)] == [200, 401]


@pytest.mark.parametrize("host", ["sandbox", "sandbox:9", "[::1]", "[::1]:9", "sandbox:99999"])
def test_a_session_belongs_to_the_port_that_the_browser_sees(locked: Sandbox, host: str) -> None:
    headers = SAME | {"Host": host}
    login = httpx.post(f"{locked.url}/console/login", data={"token": TOKEN}, headers=headers)
    cookie = {"Cookie": login.headers["set-cookie"].partition(";")[0]}
    assert httpx.get(locked.url, headers=headers | cookie).status_code == 200
    assert httpx.get(locked.url, headers={"Host": "sandbox:1"} | cookie).status_code == 401


def test_a_cookie_that_cannot_be_read_is_none(locked: Sandbox) -> None:
    assert httpx.get(locked.url, headers={"Cookie": 'a=b; ;;="; cfimages_console_'}).status_code == 401
