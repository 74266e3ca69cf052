"""docs/howto/ten-jobs.md: each program and each command runs, and is as short as it was meant to be."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from documents import blocks, read
from patience import until
from pictures import PNG
from servers import Server, envelope, said

from cfimages import CloudflareImages, jobs
from cfimages.sandbox import Sandbox

PAGE = read("docs/howto/ten-jobs.md")
SECTIONS = [section.partition("\n") for section in PAGE.split("\n## ")[1:]]
PROGRAMS: dict[str, str] = {
    title: code for title, _, text in SECTIONS for language, code in blocks(text) if language == "python"
}
COMMANDS = [code for language, code in blocks(PAGE) if language == "sh"]
UPLOAD, COUNT, DELETE, ORPHANS, BACKUP, COPY, FASTAPI, PYTEST, ADDRESSES, PROXY = PROGRAMS.values()

LINES = {
    "Upload a folder, with progress": 14,
    "Count images by creator": 2,
    "Delete old images, safely": 8,
    "Find images that nothing refers to": 3,
    "Back up an account, even if the program is killed": 13,
    "Copy an account into another one": 10,
    "List images in a FastAPI app": 16,
    "Test your own code with pytest": 8,
    "Let a browser upload, and sign the URL of a private image": 8,
    "Work behind a proxy": 8,
}
"""The most lines that a program may have, without imports and empty lines."""


@pytest.mark.parametrize("title", LINES)
def test_a_program_is_short(title: str) -> None:
    lines = [line for line in PROGRAMS[title].splitlines() if line and not re.match(r"import |from ", line)]
    assert len(lines) <= LINES[title]


def test_there_are_ten() -> None:
    assert list(PROGRAMS) == list(LINES)
    assert len(LINES) == 10


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CloudflareImages]:
    """An account in the environment with two images, and files to work with."""
    for name in ("logo.png", "photos/cats/tom.png", "photos/dog.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(PNG + name.encode())
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.md").write_text("![](kept)", "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with Sandbox() as sandbox, sandbox.client(account_id="reader") as images:
        sandbox.clock.advance(timedelta(days=-3))
        images.upload(PNG, id="kept", creator="ada")
        images.upload(PNG, id="unused")
        sandbox.clock.reset()
        monkeypatch.setenv("CLOUDFLARE_BASE_URL", sandbox.base_url)
        monkeypatch.setenv("CLOUDFLARE_BATCH_BASE_URL", sandbox.batch_url)
        monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", "reader")
        monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "token")
        yield images


def run(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(code, "job.py", "exec"), names)
    return names


def test_a_folder_is_uploaded(account: CloudflareImages, capsys: pytest.CaptureFixture[str]) -> None:
    run(UPLOAD)
    assert capsys.readouterr().out.endswith("2 of 2\n2 done\n")
    assert account.get("cats/tom.png").meta == {"status": "active"}


def test_images_are_counted(account: CloudflareImages, capsys: pytest.CaptureFixture[str]) -> None:
    run(COUNT)
    assert sorted(eval(capsys.readouterr().out), key=str) == [("ada", 1), (None, 1)]


@pytest.mark.parametrize(("answer", "left"), [("no", 2), ("yes", 0)])
def test_what_is_old_is_deleted_if_one_agrees(
    account: CloudflareImages, monkeypatch: pytest.MonkeyPatch, answer: str, left: int
) -> None:
    monkeypatch.setattr("builtins.input", lambda _question: answer)
    run(DELETE.replace("days=30", "days=2"))  # they are three days old
    assert account.stats().current == left
    assert len(list(Path().glob("deleted/**/*.json"))) == 2 - left
    if answer == "yes":
        (undo,) = re.findall(r"`(jobs\.resume\(.*\.run\(\))`", PAGE)
        (journal,) = Path().glob("old-*.job")
        eval(undo.replace("old-2026-11-30.job", journal.name), {"images": account, "jobs": jobs})
        assert sorted(image.id for image in account.list()) == ["kept", "unused"]


def test_orphans_are_found(account: CloudflareImages, capsys: pytest.CaptureFixture[str]) -> None:
    run(ORPHANS)
    assert capsys.readouterr().out == "['unused']\n"


def originals() -> int:
    return len(list(Path("backup").glob("**/*.json")))


@pytest.mark.slow
def test_a_backup_that_was_killed_goes_on(account: CloudflareImages) -> None:
    for number in range(120):
        account.upload(PNG, id=f"{number}")
    Path("backup.py").write_text(BACKUP, "utf-8")
    with subprocess.Popen([sys.executable, "backup.py"]) as program:
        until(lambda: originals() > 3)
        program.kill()
    assert 3 < originals() < 122
    done = subprocess.run([sys.executable, "backup.py"], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "122 done\n"
    assert originals() == 122


def test_an_account_is_copied(
    account: CloudflareImages, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OLD_TOKEN", "token")
    monkeypatch.setenv("NEW_TOKEN", "token")
    run(COPY.replace('"old"', '"reader"'))
    copied, *_, compared, counted = capsys.readouterr().out.splitlines()
    assert (copied, compared) == ("2 done, 2 skipped", "2 done")  # skipped: a variant and a setting
    assert counted == "  images: 2 in the source, 2 in this account"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Using `httpx` with `starlette.testclient`")
def test_an_app_lists_images(account: CloudflareImages) -> None:
    from fastapi.testclient import TestClient

    with TestClient(run(FASTAPI)["app"]) as browser:
        assert [image["id"] for image in browser.get("/images").json()] == ["unused", "kept"]
        assert [image["id"] for image in browser.get("/images", params={"creator": "ada"}).json()] == ["kept"]


@pytest.mark.slow
def test_a_test_passes(tmp_path: Path) -> None:
    (tmp_path / "test_job.py").write_text(PYTEST, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "test_job.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert "1 passed" in done.stdout, done.stdout


def test_addresses_are_made(account: CloudflareImages, capsys: pytest.CaptureFixture[str]) -> None:
    run(ADDRESSES)
    upload_url, signed_url = capsys.readouterr().out.splitlines()
    account.upload_to(upload_url, PNG)
    assert account.stats().current == 4
    assert "&sig=" in signed_url


def test_a_proxy_is_used(account: CloudflareImages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDFLARE_BASE_URL", "http://images.localhost/client/v4")  # plain http, as a proxy reads it
    with Server(said(200, envelope({"count": {"current": 2, "allowed": 100}}))) as proxy:
        run(PROXY.replace("proxy.example.com:3128", f"127.0.0.1:{proxy.port}"))
    assert proxy.lines == ["GET http://images.localhost/client/v4/accounts/reader/images/v1/stats"]


@pytest.mark.slow
def test_the_commands_run(account: CloudflareImages) -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    printed = []
    for command in COMMANDS[:-1]:  # the last one needs a proxy
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", command],
            env=environment, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        printed.append(done.stdout)
    uploaded, counted, deleted, orphans, exported, addresses = printed
    assert len(uploaded.splitlines()) == 2
    assert '1 {"creator": "ada"}' in counted
    assert deleted == ""
    assert "unused" in [json.loads(line)["id"] for line in orphans.splitlines()]
    assert len(exported.splitlines()) == originals() == 4
    assert "&sig=" in addresses.splitlines()[-1]


@pytest.mark.slow
def test_the_command_uses_the_proxy_of_the_environment(tmp_path: Path) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.endswith("_PROXY")},
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "CLOUDFLARE_BASE_URL": "https://images.localhost",
        "CLOUDFLARE_ACCOUNT_ID": "reader",
        "CLOUDFLARE_API_TOKEN": "token",
    }
    with Server(said(407, {}), forever=True) as proxy:
        command = COMMANDS[-1].replace("proxy.example.com:3128", f"127.0.0.1:{proxy.port}")
        done = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, check=False, timeout=60)
    assert proxy.lines[0] == "CONNECT images.localhost:443"
    assert done.returncode != 0
