"""The security rules of ruff are on where the SDK is, and each exception says why."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

FORBIDDEN = {
    "S102": "exec(input())",
    "S113": "import requests\nrequests.get('https://x')",
    "S301": "import pickle\npickle.loads(b'')",
    "S311": "import random\nrandom.random()",
    "S324": "import hashlib\nhashlib.md5(b'')",
    "S501": "import httpx\nhttpx.get('https://x', verify=False)",
    "S506": "import yaml\nyaml.load('')",
    "S602": "import subprocess\nsubprocess.run(input(), shell=True)",
}


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["facade/cfimages", "facade/cfimages/sandbox", "tools"])
def test_what_is_dangerous_is_reported(folder: str) -> None:
    command = [sys.executable, "-m", "ruff", "check", "--output-format", "concise", "--stdin-filename"]
    source = "\n".join(FORBIDDEN.values())
    found = subprocess.run(
        [*command, str(ROOT / folder / "made_up.py"), "-"], input=source, capture_output=True, text=True, cwd=ROOT
    )
    assert found.returncode == 1
    assert set(re.findall(r"S\d{3}", found.stdout)) == FORBIDDEN.keys()


def test_each_exception_says_why() -> None:
    files = [file for folder in ("facade", "tools", "examples") for file in (ROOT / folder).rglob("*.py")]
    exceptions = [
        line for file in files for line in file.read_text("utf-8").splitlines() if re.search("noqa:.*S[0-9]", line)
    ]
    assert exceptions
    assert [line for line in exceptions if not re.search(r"noqa: [A-Z0-9, ]+ - \w", line)] == []
