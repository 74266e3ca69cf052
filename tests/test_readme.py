"""Every code block of the README and of the guide runs, and the README's commands exist."""

import logging
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import cfimages
from cfimages import APIError, CloudflareImagesError
from cfimages.sandbox import Sandbox, __main__

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
GUIDE = (ROOT / "docs" / "guide.md").read_text("utf-8")


def blocks(text: str) -> list[tuple[str, str]]:
    """Language and content of each code block."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def python(text: str) -> list[str]:
    return [code for language, code in blocks(text) if language == "python"]


PYTHON = python(README)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An account with a few images in the environment, and a folder with an image file to work in."""
    (tmp_path / "logo.png").write_bytes(PNG)
    monkeypatch.chdir(tmp_path)
    with Sandbox() as sandbox, sandbox.client(account_id="reader") as images:
        images.upload(
            PNG, id="logo", metadata={"status": "active", "priority": 5, "region": {"name": "eu"}}, creator="user123"
        )
        images.upload(PNG, metadata={"status": "archived"})
        monkeypatch.setenv("CLOUDFLARE_BASE_URL", sandbox.base_url)
        monkeypatch.setenv("CLOUDFLARE_BATCH_BASE_URL", sandbox.batch_url)
        monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", "reader")
        monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "token")
        yield tmp_path
    logging.getLogger("cfimages").setLevel(logging.NOTSET)


PRINTED = [
    "/logo/public',)",
    "2 images since November",
    "['logo']",
    "2 images to index\n2 images in all",
    "2",
    "",
    "'brand/logo'",
    "",
]


@pytest.mark.parametrize(("code", "printed"), [*zip(PYTHON, PRINTED, strict=True)], ids=range(len(PYTHON)))
def test_block_runs(account: Path, capsys: pytest.CaptureFixture[str], code: str, printed: str) -> None:
    exec(compile(code, "README.md", "exec"), {"__name__": "__main__"})
    assert printed in capsys.readouterr().out
    if "progress.json" in code:
        assert '"finished": true' in (account / "progress.json").read_text("utf-8")
        exec(compile(code, "README.md", "exec"), {"__name__": "__main__"})
        assert capsys.readouterr().out == "2 images in all\n"


IN_THE_GUIDE = [
    "['logo'] 2\nPager(<list(meta={'region.name': {'in': ['eu', 'uk']}, 'priority': {'gte': 2}}, sort_order=",
    "2 images, 0 of them wanted",
    "logo\n",
    "logo.png {'status': 'draft'}",
    "False\n404",
    "1 images to delete",
    "True",
    "['brand%2F..%2Flogo']",
    "False",
    "",
    "'hero'",
    "2\n",
    "https://img.example.com/cdn-cgi/imagedelivery/MTt4OTd0b0w5aj/logo/public",
    "",
    "",
    "401 200",
    "500 500 True",
]


OF_TESTS = [code for code in python(GUIDE) if "import pytest" in code]
OF_PROGRAMS = [code for code in python(GUIDE) if code not in OF_TESTS]


@pytest.mark.parametrize(
    ("code", "printed"), [*zip(OF_PROGRAMS, IN_THE_GUIDE, strict=True)], ids=range(len(IN_THE_GUIDE))
)
def test_block_of_the_guide_runs(account: Path, capsys: pytest.CaptureFixture[str], code: str, printed: str) -> None:
    exec(compile(code, "guide.md", "exec"), {"__name__": "__main__"})
    assert printed in capsys.readouterr().out


@pytest.mark.slow
def test_the_tests_of_the_guide_pass(tmp_path: Path) -> None:
    (code,) = OF_TESTS
    (tmp_path / "test_guide.py").write_text(code)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert "2 passed" in done.stdout, done.stdout


def test_the_sandbox_of_the_guide_says_what_to_set(
    account: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command, variables = [code for language, code in blocks(GUIDE) if language == "sh"]
    python, option, module, *words = shlex.split(command)
    assert (python, option, module) == ("python", "-m", "cfimages.sandbox")
    words[words.index("8787")] = "0"  # which may be taken here
    monkeypatch.setattr(__main__, "wait", lambda: None)
    __main__.main(words)
    said = re.sub(r"(?<=127.0.0.1:)\d+", "8787", capsys.readouterr().out)
    said = said.replace("'the one you gave'", "'not-a-secret'")
    assert [line.strip() for line in said.splitlines() if "export" in line] == variables.splitlines()


def test_every_error_is_in_the_guide() -> None:
    def tree(kind: type) -> list[str]:
        return [kind.__name__, *(name for child in kind.__subclasses__() for name in tree(child))]

    classes = [name for name in tree(CloudflareImagesError) if name in cfimages.__all__]
    assert sorted(re.findall(r"^\| `(\w+)`", GUIDE.partition("## Errors")[2], re.MULTILINE)) == sorted(classes)
    for name in vars(APIError("reason")):
        assert f"`{name}`" in GUIDE


def test_other_blocks_are_commands_and_a_picture() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    (commands, picture) = [code for language, code in blocks(README) if language != "python"]
    assert [line.split() for line in commands.splitlines()] == [["make", "demo"], ["make", "test"]]
    assert set(re.findall(r"make ([a-z-]+)", README)) <= targets
    for line in picture.splitlines():
        if line[0] != " ":
            assert (ROOT / line.split()[0]).exists()


def test_its_links_lead_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if not link.startswith("http")]
    assert links
    for path, _, section in (link.partition("#") for link in links):
        text = (ROOT / path).read_text("utf-8")
        assert not section or re.search(rf"^#+ {section.replace('-', ' ')}$", text, re.MULTILINE | re.IGNORECASE), (
            section
        )


def test_it_is_short() -> None:
    assert len(README.splitlines()) <= 150
    for block in PYTHON[:1]:
        assert len(block.splitlines()) <= 12


def tour(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    script = str(ROOT / "examples" / "quickstart.py")
    plain = {name: value for name, value in os.environ.items() if not name.startswith("CLOUDFLARE_")}
    command = [sys.executable, "-W", "error", script]
    return subprocess.run(
        command, env={**plain, **environment}, cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.slow
def test_the_tour_runs_without_an_account(tmp_path: Path) -> None:
    done = tour(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Uploaded 30 PNG files" in done.stdout
    assert "by ada: photos/33, photos/27, photos/25, photos/15, photos/13, photos/07, photos/03" in done.stdout
    assert "16 more images, photos/20, photos/21, photos/22 and so on" in done.stdout
    assert re.search(r"Uploaded since .*: 6 images; asking stopped after 1 page", done.stdout)
    assert "NotFoundError: GET /accounts/demo/images/v1/no-such-image: 404: Image not found (code 5404)" in done.stdout
    assert "FilterError: meta['status']['in'] has no values" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_tour_only_reads_an_account_of_the_environment(tmp_path: Path) -> None:
    with Sandbox() as sandbox, sandbox.client(account_id="mine") as images:
        image = images.upload(PNG, id="only")
        done = tour(
            tmp_path,
            CLOUDFLARE_BASE_URL=sandbox.base_url,
            CLOUDFLARE_ACCOUNT_ID="mine",
            CLOUDFLARE_API_TOKEN="token",
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert "reading only" in done.stdout
        assert list(images.list()) == [image]
