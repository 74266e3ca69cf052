"""The sandbox as a program: starting, stopping, persisting, its command line, its missing extra."""

import asyncio
import io
import os
import re
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from patience import PATIENCE
from pictures import PNG
from served import Served
from servers import needs_ipv6

import cfimages.sandbox
from cfimages import AsyncCloudflareImages, NotFoundError, Pacer, ResponseSummary, ServerError
from cfimages.sandbox import Faults, Sandbox, __main__, store
from cfimages.sandbox.database import Database


def test_it_starts_and_stops_again_and_again() -> None:
    before = threading.active_count()
    sandbox = Sandbox()
    for _ in range(3):
        with sandbox:
            assert httpx.get(sandbox.base_url).status_code == 404
        with pytest.raises(httpx.ConnectError):
            httpx.get(sandbox.url)
    assert threading.active_count() == before


def test_it_can_be_started_once_and_stopped_often() -> None:
    sandbox = Sandbox()
    sandbox.start()
    with pytest.raises(RuntimeError, match="already running"):
        sandbox.start()
    sandbox.stop()
    sandbox.stop()
    with pytest.raises(RuntimeError, match="not running"):
        sandbox.store.count("one")


def test_a_taken_port_is_an_error_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        sandbox = Sandbox(port=taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            sandbox.start()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"api_token": ""}, "api_token is empty"),
        ({"port": 65536}, "port"),
        ({"rate_limit": 5}, "rate_limit must be a RateLimit, .* not 5"),
        ({"faults": {"kind": "stall"}}, "faults must be a Faults, .* not {'kind'"),
        ({"batch_token_ttl": -1}, "batch_token_ttl"),
        ({"batch_token_ttl": float("nan")}, "batch_token_ttl"),
    ],
)
def test_what_cannot_be_served_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        Sandbox(**arguments)


def test_its_clients_take_a_transport() -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(404, json={"result": None, "success": False, "errors": [], "messages": []})

    with (
        Sandbox() as sandbox,
        sandbox.client(transport=httpx.MockTransport(answer)) as images,
        pytest.raises(NotFoundError),
    ):
        images.get("a")


def test_its_clients_take_what_other_clients_take(sandbox: Sandbox) -> None:
    seen: list[ResponseSummary] = []

    async def asked() -> None:
        async with sandbox.async_client(retries=0, on_response=seen.append, timeout=PATIENCE) as images:
            await images.stats()

    asyncio.run(asked())
    with sandbox.client(retries=0, on_response=seen.append, timeout=PATIENCE) as images:
        images.stats()
        sandbox.faults.next(kind="server-error")
        with pytest.raises(ServerError):
            images.stats()
    assert [summary.status_code < 300 for summary in seen] == [True, True, False]


def test_a_port_in_use_says_how_to_choose_another(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    port = httpx.URL(sandbox.url).port or 0
    message = f"port {port} of 127.0.0.1 is in use: choose another, or 0 for a free one"
    with pytest.raises(OSError, match=message):
        Sandbox(port=port).start()
    with pytest.raises(SystemExit):
        __main__.main(["--port", str(port)])
    assert capsys.readouterr().err.endswith(f"{message} (--port)\n")


def test_a_time_without_zone_is_refused(sandbox: Sandbox, account: str) -> None:
    with pytest.raises(ValueError, match=r"start has no time zone: use datetime.now\(UTC\)"):
        sandbox.fill(account, 1, start=datetime(2026, 5, 1))  # noqa: DTZ001 - that is what is tested


def test_it_listens_on_loopback_only() -> None:
    with Sandbox() as sandbox:
        assert sandbox.url.startswith("http://127.0.0.1:")
        assert sandbox.base_url == f"{sandbox.url}/client/v4"


@needs_ipv6
def test_it_speaks_ipv6() -> None:
    with Sandbox(host="::1") as sandbox:
        assert sandbox.url.startswith("http://[::1]:")
        assert httpx.get(sandbox.base_url).status_code == 404


def test_its_text_shows_no_token() -> None:
    sandbox = Sandbox(api_token="canary")
    assert repr(sandbox) == "Sandbox('http://127.0.0.1:0/client/v4', stopped)"
    with sandbox:
        assert repr(sandbox) == f"Sandbox({sandbox.base_url!r}, running)"


def test_a_file_outlives_the_server(tmp_path: Path) -> None:
    path = tmp_path / "images.sqlite"
    with Sandbox(path) as sandbox, sandbox.client() as images:
        stored = images.upload(PNG, id="kept", metadata={"a": 1})
        port = httpx.URL(sandbox.url).port or 0
    with Sandbox(path, port=port) as sandbox, sandbox.client() as images:
        assert list(images.list()) == [stored]
        assert sandbox.store.content("sandbox", "kept") == PNG


def test_its_clients_carry_its_token() -> None:
    with Sandbox(api_token="canary") as sandbox, sandbox.client("mine") as images:
        assert list(images.list()) == []
        assert images.account_id == "mine"


def test_its_clients_go_past_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async def listed(sandbox: Sandbox) -> list[str]:
        async with sandbox.async_client() as images:
            return [image.id async for image in images.list()]

    with Sandbox() as sandbox, sandbox.client() as images:
        assert list(images.list()) == []
        assert asyncio.run(listed(sandbox)) == []


def test_its_asynchronous_clients_carry_its_token() -> None:
    async def listed(sandbox: Sandbox) -> list[str]:
        async with sandbox.async_client("mine") as images:
            await images.upload(PNG, id="a")
            return [image.id async for image in images.list()]

    with Sandbox(api_token="canary") as sandbox:
        assert asyncio.run(listed(sandbox)) == ["a"]


@pytest.mark.slow
def test_a_hundred_thousand_images_are_made_up_the_same_each_time(sandbox: Sandbox, account: str) -> None:
    sandbox.fill(account, 100_000)
    assert sandbox.store.count(account) == 100_000
    with sandbox.client(account) as images:
        first = next(iter(images.list(sort_order="asc", per_page=1)))
        assert first.to_dict()["uploaded"] == "2026-01-01T00:00:00.000Z"
        assert first.meta["region"] == {"name": "eu-west", "zone": 0}
        images.download(first.id, file := io.BytesIO())
        assert file.getvalue().startswith(b"\x89PNG")


@pytest.mark.slow
def test_fifty_clients_at_once(sandbox: Sandbox, account: str) -> None:
    def work(number: int) -> int:
        with sandbox.client(account) as images:
            images.upload(PNG, id=f"from/{number}")
            return sum(1 for image in images.list(per_page=7) if image.id.startswith("from/"))

    with ThreadPoolExecutor(50) as pool:
        counts = list(pool.map(work, range(50)))
    assert max(counts) == 50
    assert sandbox.store.count(account) == 50


@pytest.mark.slow
@pytest.mark.parametrize("faults", [None, Faults(rate=0)], ids=["plain", "behind faults"])
def test_hundreds_of_connections_at_once(faults: Faults | None) -> None:
    """As many as the usual limit of open files lets both sides have in one process."""
    everybody = asyncio.Barrier(300)

    async def ask(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await everybody.wait()
        writer.write(b"GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        return answer[:12]

    async def ask_all(port: int) -> list[bytes]:
        async with asyncio.timeout(30):
            return await asyncio.gather(*(ask(port) for _ in range(everybody.parties)))

    with Sandbox(faults=faults) as sandbox:
        answers = asyncio.run(ask_all(httpx.URL(sandbox.url).port or 0))
    assert answers == [b"HTTP/1.1 404"] * 300


def test_the_command_line_says_how_to_reach_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []

    def look() -> None:
        url = next(line.split("=")[1] for line in capsys.readouterr().out.splitlines() if "BASE_URL" in line)
        headers = {"Authorization": "Bearer t"}
        counted.append(len(httpx.get(f"{url}/accounts/mine/images/v2", headers=headers).json()["result"]["images"]))

    monkeypatch.setattr(__main__, "wait", look)
    __main__.main(["--port", "0", "--fill", "12", "--account", "mine", "--api-token", "t"])
    __main__.main(["--port", "0"])
    assert counted == [12, 0]


@pytest.mark.parametrize(
    "arguments",
    [["--fill", "-5"], ["--fill", "many"], ["--account="], ["--account", "a/b"], ["--account", " a"], ["--fil", "3"]],
)
def test_the_command_line_refuses_what_makes_no_sense(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(__main__, "wait", lambda: None)
    with pytest.raises(SystemExit) as caught:
        __main__.main(["--port", "0", *arguments])
    assert caught.value.code == 2
    assert arguments[0].partition("=")[0] in capsys.readouterr().err


def test_without_the_extra_the_command_line_says_so_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith(("cfimages.sandbox.", "starlette"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(vars(cfimages.sandbox), "Sandbox", raising=False)
    monkeypatch.setitem(sys.modules, "starlette", None)
    with pytest.raises(SystemExit) as caught:
        __main__.main(["--port", "0"])
    said = "python -m cfimages.sandbox: the sandbox needs starlette: install cfimages with its extra sandbox\n"
    assert (caught.value.code, *capsys.readouterr()) == (1, "", said)


def test_the_package_has_its_names_and_no_others() -> None:
    assert set(cfimages.sandbox.__all__) <= set(dir(cfimages.sandbox))
    assert not hasattr(cfimages.sandbox, "Sandboks")


def test_importing_the_package_needs_no_server() -> None:
    code = "import sys, cfimages.sandbox; print(*{'starlette', 'uvicorn', 'PIL'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


@pytest.mark.parametrize(
    ("host", "url"),
    [("0.0.0.0", "http://127.0.0.1:1"), ("::", "http://[::1]:1"), ("192.168.0.7", "http://192.168.0.7:1")],
)
def test_its_address_can_be_opened_whatever_it_is_bound_to(host: str, url: str) -> None:
    assert Sandbox(host=host, port=1).url == url


RUNNING = """
import sys, urllib.request
from cfimages.sandbox import Sandbox

def loaded():
    rare = {"PIL", "PIL.Image", "difflib", "cfimages._sync.client", "cfimages.sandbox.control"}
    return sorted(name for name in sys.modules if name in rare or name.startswith("cfimages.sandbox.console"))

def ask(url):
    return urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": "Bearer any"})).read()

with Sandbox() as sandbox:
    sandbox.add(id="a")
    sandbox.faults.next("GET", "/images/v2", kind="latency")
    ask(f"{sandbox.base_url}/accounts/sandbox/images/v1/a")
    print(loaded())
    ask(sandbox.url)
    print("cfimages.sandbox.console.layout" in loaded(), "PIL" in loaded())
"""


def test_a_running_sandbox_imports_the_console_and_pillow_only_when_they_are_wanted() -> None:
    done = subprocess.run([sys.executable, "-c", RUNNING], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "True False"]


def test_the_batch_host_of_its_clients_is_its_own(sandbox: Sandbox, account: str) -> None:
    async def uploaded_and_listed() -> list[str]:
        async with sandbox.async_client(account) as images, images.batch() as fast:
            await fast.upload(PNG, id="b")
            return [image.id async for image in fast.list()]

    with sandbox.client(account) as images, images.batch() as fast:
        fast.upload(PNG, id="a")
    assert asyncio.run(uploaded_and_listed()) == ["b", "a"]


def test_the_command_line_can_be_given_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(__main__, "wait", lambda: None)
    for _ in range(2):
        __main__.main(["--port", "0", "--fill", "12", "--db", str(tmp_path / "db.sqlite")])
    assert "Account sandbox was filled before and stays as it is: 12 images." in capsys.readouterr().out


@pytest.mark.parametrize("count", [1, 61])
def test_the_images_of_the_command_line_end_now_and_begin_two_months_ago(count: int) -> None:
    now = datetime(2027, 3, 1, tzinfo=UTC)
    with Sandbox() as sandbox, sandbox.client("mine") as images:
        sandbox.clock.set(now)
        __main__.fill(sandbox, "mine", count)
        uploaded = [image.uploaded for image in images.list()]
    step = timedelta(days=60) / count
    for number, moment in enumerate(uploaded):
        assert moment is not None
        assert abs(now - number * step - moment) < timedelta(seconds=5)
    assert len(uploaded) == count


@pytest.mark.parametrize("arguments", [["--port", "99999"], ["--api-token", ""], ["--db", "{folder}", "--port", "0"]])
def test_the_command_line_says_what_cannot_be_served(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        __main__.main([argument.format(folder=tmp_path) for argument in arguments])
    assert caught.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith("python -m cfimages.sandbox: ")
    assert "--db" not in arguments or f"--db {tmp_path}: unable to open" in said


@pytest.mark.realtime
@pytest.mark.skipif(os.name == "nt", reason="signals are of another kind")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_leaves_a_single_file(tmp_path: Path, how: signal.Signals) -> None:
    with Served(tmp_path / "db.sqlite") as served:
        with served.client() as images:
            images.upload(PNG, id="kept")
        served.process.send_signal(how)
        output, errors = served.process.communicate(timeout=PATIENCE)
    assert (served.process.returncode, output, errors) == (0, "\nStopped.\n", "")
    assert [file.name for file in tmp_path.iterdir()] == ["db.sqlite"]  # what SQLite keeps beside it is in it


@pytest.mark.parametrize(
    ("arguments", "warned"),
    [
        ([], False),
        (["--host", "localhost"], False),
        (["--host", "0.0.0.0"], True),
        (["--host", "0.0.0.0", "--api-token", "t"], False),
    ],
)
def test_it_warns_of_others_who_could_reach_it(
    arguments: list[str], warned: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(__main__, "wait", lambda: None)
    __main__.main(["--port", "0", *arguments])
    warning = "Warning: other machines may reach 0.0.0.0, and any token is accepted.\n"
    assert capsys.readouterr().err == (warning if warned else "")


def test_its_clients_take_a_pacer(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Pacer] = []
    monkeypatch.setattr(Pacer, "take", lambda pacer: asked.append(pacer) or 0.0)

    async def list_all(images: AsyncCloudflareImages) -> None:
        async with images:
            assert [image async for image in images.list()] == []

    one, other = Pacer(), Pacer()
    with Sandbox() as sandbox:
        with sandbox.client(pacer=one) as images:
            assert list(images.list()) == []
        asyncio.run(list_all(sandbox.async_client(pacer=other)))
    assert [pacer is one for pacer in asked] == [True, False]


def test_it_says_that_it_stopped(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(__main__, "wait", interrupt)
    __main__.main(["--port", "0"])
    assert capsys.readouterr().out.endswith("\nStopped.\n")


def test_it_waits_for_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[threading.Event] = []
    monkeypatch.setattr(threading.Event, "wait", lambda event: waited.append(event))
    __main__.wait()
    assert len(waited) == 1


def test_another_missing_module_is_not_taken_for_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("cfimages.sandbox")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlite3", None)
    with pytest.raises(ModuleNotFoundError, match="sqlite3"):
        from cfimages.sandbox import Sandbox  # noqa: F401 - the import is what is tested


@pytest.mark.parametrize("missing", ["starlette", "uvicorn", "python_multipart"])
def test_a_missing_extra_is_named(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("cfimages.sandbox", missing))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImportError, match=rf"the sandbox needs {missing}: install cfimages with its extra sandbox"):
        from cfimages.sandbox import Sandbox  # noqa: F401 - the import is what is tested


def test_it_writes_a_line_for_each_request(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def ask() -> None:
        url = next(line.split("=")[1] for line in capsys.readouterr().out.splitlines() if "BASE_URL" in line)
        httpx.get(f"{url}/accounts/a/images/v1/%1b?sig=canary", headers={"Authorization": "Bearer canary"})
        httpx.patch(f"{url}/accounts/a/images/v1/x", json={"\x1b[31m\n": 1}, headers={"Authorization": "Bearer canary"})

    monkeypatch.setattr(__main__, "wait", ask)
    __main__.main(["--port", "0", "--log-requests"])
    first, second = capsys.readouterr().out.splitlines()
    assert "GET /client/v4/accounts/a/images/v1/%1b?sig=***  404 in " in first
    assert second.endswith("5400 Bad request: unknown field `?[31m?`")
    assert "canary" not in first


def test_it_says_where_its_console_is(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def look() -> None:
        console = next(part for part in capsys.readouterr().out.split() if part.startswith("http"))
        assert "cfimages sandbox" in httpx.get(console).text

    monkeypatch.setattr(__main__, "wait", look)
    __main__.main(["--port", "0"])


def lines_of_the_console(url: str, **headers: str) -> list[str]:
    """The lines that the console offers for copying."""
    return [unescape(line) for line in re.findall(r'<input value="([^"]*)"', httpx.get(url, headers=headers).text)]


@pytest.mark.parametrize("account", ["shop", "a';touch made;'$(touch made)"])
def test_its_console_offers_what_the_terminal_prints(
    account: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "db.sqlite"
    with Sandbox(path) as before:
        before.add(account="alpha")
    seen: list[list[str]] = []

    def look() -> None:
        first, *printed = capsys.readouterr().out.splitlines()
        console = next(part for part in first.split() if part.startswith("http"))
        seen.append([line.strip() for line in printed])
        assert seen[-1] == lines_of_the_console(console)

    monkeypatch.setattr(__main__, "wait", look)
    __main__.main(["--port", "0", "--db", str(path), "--account", account])
    (lines,) = seen
    assert [shlex.split(line) for line in lines[2:]] == [
        ["export", f"CLOUDFLARE_ACCOUNT_ID={account}"],
        ["export", "CLOUDFLARE_API_TOKEN=sandbox"],
    ]


def test_a_token_that_was_given_is_not_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def look() -> None:
        first, *printed = capsys.readouterr().out.splitlines()
        console = next(part for part in first.split() if part.startswith("http"))
        offered = lines_of_the_console(console, Authorization="Bearer right")
        assert [line.strip() for line in printed] == offered
        assert "right" not in "".join(offered)
        assert shlex.split(offered[-1], comments=True) == []

    monkeypatch.setattr(__main__, "wait", look)
    __main__.main(["--port", "0", "--api-token", "right"])


@pytest.mark.parametrize("arguments", [[], ["--fill", "3"]])
def test_the_command_line_says_that_another_program_holds_the_file(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "db.sqlite"
    with Sandbox(path) as before:
        before.add(account="full")
    monkeypatch.setattr(store, "Database", lambda path: Database(path, patience=0))
    account = "full" if arguments else "new"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(SystemExit) as caught:
            __main__.main(["--port", "0", "--db", str(path), "--account", account, *arguments])
    assert caught.value.code == 1
    assert capsys.readouterr().err == f"python -m cfimages.sandbox: --db {path}: database is locked\n"
