"""One sandbox for all tests of the command, an account of its own for each, and the command in this process."""

import itertools
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest
from canary import CANARY
from click.testing import CliRunner, Result
from jobs.worlds import fast_timing
from pictures import PNG

from cfimages import CloudflareImages, NotFoundError
from cfimages.cli.app import cli
from cfimages.sandbox import LoggedRequest, Sandbox

_names = itertools.count()


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    bucket = tmp_path_factory.mktemp("bucket")
    (bucket / "one.png").write_bytes(PNG)
    with Sandbox(api_token=CANARY, buckets={"photos": bucket}) as running:
        yield running


@attrs.frozen
class Forked:
    """Where commands in processes of their own can be had at little cost."""

    address: str
    """Where `asking.py` asks for one."""
    folder: Path
    """What has a program `cfimages` that does."""


@pytest.fixture(scope="session")
def forked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forked]:
    tests = Path(__file__).parents[1]
    folder = tmp_path_factory.mktemp("bin")
    address = str(folder / "socket")
    program = folder / "cfimages"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -IS "{tests}/cli/asking.py" "{address}" "$@"\n', "utf-8")
    program.chmod(0o755)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen()
        number = server.fileno()
        command = [sys.executable, "-m", "cli.forking", str(number)]
        process = subprocess.Popen(command, pass_fds=[number], env={**os.environ, "PYTHONPATH": str(tests)})
    with process:
        yield Forked(address, folder)
        process.kill()


@attrs.frozen
class Ran:
    """What a run of the command did."""

    status: int
    out: str
    err: str
    raw: bytes

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def row(self) -> dict[str, Any]:
        (row,) = self.rows
        return row


@attrs.frozen
class Shell:
    """The command, an account, and a folder to work in."""

    images: CloudflareImages
    sandbox: Sandbox
    folder: Path
    environment: Mapping[str, str]

    def __call__(self, *words: str | Path, input: str | bytes | None = None, check: int | None = None) -> Ran:
        """Run the command in this process, and check its exit status if one is given."""
        result: Result = CliRunner().invoke(cli, [str(word) for word in words], input=input, prog_name="cfimages")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        ran = Ran(result.exit_code, result.stdout, result.stderr, result.stdout_bytes)
        assert CANARY not in ran.out + ran.err
        assert check is None or ran.status == check, (ran.status, ran.out, ran.err)
        return ran

    def put(self, *ids: str, content: bytes = PNG, **fields: Any) -> None:
        for id in ids:
            self.images.upload(content, id=id, **fields)

    def ids(self) -> list[str]:
        return sorted(image.id for image in self.images.list())

    def meta(self, id: str) -> dict[str, Any] | None:
        try:
            return dict(self.images.get(id).meta)
        except NotFoundError:
            return None

    def files(self, *names: str) -> Path:
        """Make image files, each with other bytes, in a folder `photos`."""
        for name in names:
            path = self.folder / "photos" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(PNG + name.encode())
        return self.folder / "photos"

    def sent(self) -> int:
        """The number of the last request."""
        return max((entry.number for entry in self.sandbox.requests), default=0)

    def sent_since(self, number: int) -> list[LoggedRequest]:
        """The requests behind the one with this number. The sandbox keeps the last thousand."""
        return [entry for entry in self.sandbox.requests if entry.number > number]

    def journals(self) -> list[Path]:
        """The journals in the state folder."""
        return sorted((self.folder / "state").rglob("*.job"))


@pytest.fixture
def shell(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    account = f"cli-{next(_names)}"
    environment = {
        "CLOUDFLARE_ACCOUNT_ID": account,
        "CLOUDFLARE_API_TOKEN": CANARY,
        "CLOUDFLARE_BASE_URL": sandbox.base_url,
        "CLOUDFLARE_BATCH_BASE_URL": sandbox.batch_url,
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("cfimages.cli.folders.platformdirs.user_state_path", lambda *_, **__: tmp_path / "state")
    monkeypatch.setattr("cfimages.cli.folders.platformdirs.user_config_path", lambda *_, **__: tmp_path / "config")
    monkeypatch.chdir(tmp_path)
    with sandbox.client(account) as images:
        yield Shell(images, sandbox, tmp_path, environment)


Spoil = Callable[..., None]


@pytest.fixture
def spoiled(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Iterator[Spoil]:
    """Have requests for this account go wrong, without waiting for anything."""
    monkeypatch.setattr("cfimages.jobs.account.TIMING", fast_timing())
    monkeypatch.setattr("cfimages.parallel.threads.wait", lambda *_: None)

    def spoil(method: str, path: str, **aimed: Any) -> None:
        shell.sandbox.faults.next(method, path, account=shell.environment["CLOUDFLARE_ACCOUNT_ID"], **aimed)

    yield spoil
    shell.sandbox.faults.clear()
