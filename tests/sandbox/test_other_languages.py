"""What docs/sandbox.md shows for other languages does what it should, where the language is installed."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pictures import PNG

from cfimages.sandbox import Sandbox

PAGE = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text("utf-8")
PACKAGES = Path(os.environ.get("NODE_PATH", "no packages"))

pytestmark = pytest.mark.slow


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        running.add(PNG, id="one", metadata={"status": "active"})
        running.add(PNG, id="two")
        yield running


def code(language: str, sandbox: Sandbox, number: int = 0) -> str:
    """One of the examples in a language, with the address of this sandbox."""
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)
    found = [block for block in blocks if "http://127.0.0.1:8787/c" in block]
    return found[number].replace("http://127.0.0.1:8787", sandbox.url)


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def needs(program: str) -> None:
    if not shutil.which(program):
        pytest.skip(f"there is no {program} on the PATH")


def test_curl(sandbox: Sandbox, tmp_path: Path) -> None:
    needs("sh")
    needs("curl")
    (tmp_path / "photo.jpg").write_bytes(PNG)
    text = run(tmp_path, "sh", "-ec", code("sh", sandbox))
    decoder = json.JSONDecoder()
    uploaded, end = decoder.raw_decode(text)
    listed, _ = decoder.raw_decode(text[end:])
    assert uploaded["result"]["meta"] == {"status": "active"}
    assert {image["id"] for image in listed["result"]["images"]} == {uploaded["result"]["id"], "one"}


def test_curl_aims_a_fault(sandbox: Sandbox, tmp_path: Path) -> None:
    needs("sh")
    needs("curl")
    run(tmp_path, "sh", "-ec", code("sh", sandbox, 1))
    listing = f"{sandbox.base_url}/accounts/a/images/v2"
    assert [httpx.get(listing, headers={"Authorization": "Bearer a"}).status_code for _ in range(3)] == [503, 503, 200]


def test_typescript(sandbox: Sandbox, tmp_path: Path) -> None:
    needs("node")
    if not (PACKAGES / "cloudflare").is_dir():
        pytest.skip("NODE_PATH names no folder with the npm package cloudflare")
    (tmp_path / "node_modules").symlink_to(PACKAGES.resolve())
    (tmp_path / "example.mjs").write_text(
        code("ts", sandbox), "utf-8"
    )  # it has no annotations, so it is JavaScript too
    assert run(tmp_path, "node", "example.mjs") == "{ allowed: 100000, current: 2 }\n"


def test_go(sandbox: Sandbox, tmp_path: Path) -> None:
    needs("go")
    (tmp_path / "example.go").write_text(code("go", sandbox), "utf-8")
    answer = json.loads(run(tmp_path, "go", "run", "example.go"))
    assert answer["result"] == {"count": {"allowed": 100_000, "current": 2}}


def test_php(sandbox: Sandbox, tmp_path: Path) -> None:
    needs("php")
    guzzle = "<?php require 'GuzzleHttp/autoload.php';"
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "autoload.php").write_text(guzzle, "utf-8")
    if subprocess.run(["php", "vendor/autoload.php"], cwd=tmp_path, capture_output=True).returncode:
        pytest.skip("PHP finds no GuzzleHttp/autoload.php on its include_path")
    (tmp_path / "example.php").write_text(code("php", sandbox), "utf-8")
    assert sorted(run(tmp_path, "php", "example.php").split()) == ["one", "two"]
