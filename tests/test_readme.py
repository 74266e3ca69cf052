"""Every code block of the README, the guide and the tutorial runs, and so does each line of the README's table."""

import ast
import inspect
import logging
import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from documents import ROOT, blocks, python, read
from pictures import PNG

import cfimages
from cfimages import APIError, CloudflareImages, CloudflareImagesError, jobs
from cfimages.parallel import threads
from cfimages.sandbox import Sandbox, __main__

README = read("README.md")
PROGRAMS = [code for code in python(README) if "def test_" not in code]
GUIDE = read("docs/guide.md")
TUTORIAL = read("docs/tutorial.md")


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An account with a few images and a bucket in the environment, and a folder with an image file to work in."""
    (tmp_path / "logo.png").write_bytes(PNG)
    (tmp_path / "bucket").mkdir()
    for name, content in {"beach.png": PNG, "notes.txt": b"text"}.items():
        (tmp_path / "bucket" / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    wait = threads.wait
    monkeypatch.setattr(threads, "wait", lambda event, seconds: wait(event, min(seconds, 0.01)))
    with Sandbox(buckets={"photos": tmp_path / "bucket"}) as sandbox, sandbox.client(account_id="reader") as images:
        images.upload(
            PNG, id="logo", metadata={"status": "active", "priority": 5, "region": {"name": "eu"}}, creator="ada"
        )
        images.upload(PNG, metadata={"status": "archived"})
        monkeypatch.setenv("CLOUDFLARE_BASE_URL", sandbox.base_url)
        monkeypatch.setenv("CLOUDFLARE_BATCH_BASE_URL", sandbox.batch_url)
        monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", "reader")
        monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "token")
        yield tmp_path
    logging.getLogger("cfimages").setLevel(logging.NOTSET)


def run(code: str) -> dict[str, Any]:
    """Run a block, and return its names."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(code, "example.py", "exec"), names)
    return names


def test_the_example_gives_pages_and_checkpoints(account: Path, capsys: pytest.CaptureFixture[str]) -> None:
    example = PROGRAMS[0]
    assert len(example.splitlines()) <= 14
    run(example)
    assert capsys.readouterr().out == "['logo']\nnext page: None\n"


def test_each_block_of_the_readme_shows_something_in_the_sandbox_that_it_names(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = re.search(r"`python -m cfimages\.sandbox ([^`]+)`", README)
    assert command
    shown = []

    def work() -> None:
        for name, value in re.findall(r"export (\w+)=(\S+)", capsys.readouterr().out):
            monkeypatch.setenv(name, value)
        for code in PROGRAMS:
            run(code)
            shown.append(capsys.readouterr().out)

    monkeypatch.setattr(__main__, "wait", work)
    __main__.main(["--port", "0", *command[1].split()])
    listed, counted, read = shown
    assert len(re.findall(r"'image-\d{7}'", listed)) == 22
    assert counted == "150 images of the last 30 days\n"
    assert read.startswith("GET /accounts/sandbox/images/v1/logo: 404: Image not found (code 5404)")
    assert read.endswith("\n300 images\n")


IN_THE_README = ["2 images of the last 30 days\n", "/logo/public',)\n2 images\n"]


@pytest.mark.parametrize(
    ("code", "printed"), [*zip(PROGRAMS[1:], IN_THE_README, strict=True)], ids=range(len(IN_THE_README))
)
def test_block_of_the_readme_runs(account: Path, capsys: pytest.CaptureFixture[str], code: str, printed: str) -> None:
    run(code)
    assert capsys.readouterr().out.endswith(printed)


TABLE = [line.split(" | ", 1) for line in README.splitlines() if re.match(r"\| [^|]+ \| `[^`]+` \|$", line)]


def test_each_line_of_the_table_runs(account: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results: dict[str, Any] = {}
    (account / "photos").mkdir()
    (account / "photos" / "cat.png").write_bytes(PNG)
    (account / "site").mkdir()
    (account / "site" / "index.md").write_text("![](logo)", "utf-8")
    with CloudflareImages() as images:
        names = {
            "images": images,
            "jobs": jobs,
            "Counter": Counter,
            "saved": None,
            "datetime": datetime,
            "timedelta": timedelta,
            "UTC": UTC,
        }
        for wish, code in TABLE:
            line = code.removesuffix(" |").strip("`")
            if isinstance(ast.parse(line).body[0], ast.Expr):
                results[wish] = eval(line, names)
            else:
                exec(line, names)
        assert len(results["| see the newest ten"]) == 2
        assert [image.id for image in results["| filter by metadata and creator"]] == []  # it was edited meanwhile
        assert results["| count images by creator"] == {"ada": 1, None: 1}
        assert list(results["| list images older than a month"]) == []
        assert len(list(results["| list everything in about half the time"])) == 5  # those uploaded meanwhile too
        assert sum(len(page) for page in names["walk"]) == 5
        assert results["| upload a file, unless its id exists"].creator == "ada"
        assert results["| upload a folder with progress, and survive a crash"].counts["done"] == 1
        assert images.exists("cat.png")
        assert results["| delete old images, with a backup"].counts["done"] == 0
        assert results["| export everything"].counts["done"] == 3
        assert results["| restore an export"].finished
        assert images.exists("photos/cat.png")
        assert "0 without a reference" in str(results["| find images that nothing refers to"])
        assert results["| change the metadata"].meta == {"status": "archived"}
        assert results["| download an image"] == len(PNG)
        assert results["| let a browser upload"].startswith("http")
        assert "sig=" in results["| upload a private image and sign its URL"]
    assert len(TABLE) == 19
    assert "logo" in capsys.readouterr().out  # of the loop


IN_THE_GUIDE = [
    "(<account 'reader' at '",
    "logo\n",
    "2 images, next page: None\n",
    "2 this week\nuploaded_since=datetime.datetime(2026, 11, 1, 0, 0): has no time zone: use datetime.now(UTC)",
    "['logo'] 2\nPager(<list(meta={'region.name': {'in': ('eu', 'uk')}, 'priority': {'gte': 2}}, sort_order=",
    "2 images, 1 active\n[(None, 1), ('ada', 1)]\n",
    "2 images, 0 of them wanted\n",
    "",
    "2 images to index\n2 images in all\n",
    "True True\n",
    "logo.png {'status': 'draft'} ada\n",
    "False\n404\n",
    "1 images to delete\n",
    "image/png True\n",
    "['brand%2F..%2Flogo']\n",
    "False\n",
    "",
    (
        "success 1 of 2\nmigrationStart The import has started\nimportSkippedUnsupportedContentType notes.txt: its name"
        " is not that of an image\nmigrationComplete The import is complete\n"
    ),
    "'hero'",
    "2\n",
    "https://img.example.com/cdn-cgi/imagedelivery/MTt4OTd0b0w5aj/logo/public\n",
    "",
    "GET /accounts/reader/images/v1/logo 200 attempt 1\n",
    "401 200\n",
    "500 500 True\n",
]


OF_PROGRAMS = [code for code in python(GUIDE) if "def test_" not in code]


@pytest.mark.parametrize(
    ("code", "printed"), [*zip(OF_PROGRAMS, IN_THE_GUIDE, strict=True)], ids=range(len(IN_THE_GUIDE))
)
def test_block_of_the_guide_runs(account: Path, capsys: pytest.CaptureFixture[str], code: str, printed: str) -> None:
    run(code)
    assert printed in capsys.readouterr().out
    if "progress.json" in code:
        assert '"finished": true' in (account / "progress.json").read_text("utf-8")
        run(code)
        assert capsys.readouterr().out == "2 images in all\n"


@pytest.mark.parametrize(("page", "printed"), [("docs/index.md", "'eu'}}\n"), ("docs/errors.md", "")])
def test_block_of_the_page_runs(account: Path, capsys: pytest.CaptureFixture[str], page: str, printed: str) -> None:
    (code,) = python(read(page))
    run(code)
    assert capsys.readouterr().out.endswith(printed)


def test_the_tutorial_runs_from_its_first_block_to_its_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with Sandbox() as sandbox:
        monkeypatch.setenv("CLOUDFLARE_BASE_URL", sandbox.base_url)
        monkeypatch.setenv("CLOUDFLARE_BATCH_BASE_URL", sandbox.batch_url)
        monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", "reader")
        monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "token")
        said = []
        for code in python(TUTORIAL):
            run(code)
            said.append(capsys.readouterr().out)
    uploaded, listed, refused, resumed, deleted, missing = said
    assert "trips/07" in uploaded
    assert listed.startswith("25 images\n['trips/25', 'trips/23', 'trips/21']\n")
    assert refused.startswith("meta['priority']['above']: no such operator")
    assert resumed == "10 images, then the power fails\n15 images were left\n"
    assert deleted.endswith("20 images are left\n")
    assert "404: Image not found" in missing


@pytest.mark.slow
@pytest.mark.parametrize(("page", "passed"), [(README, 1), (GUIDE, 2)], ids=["readme", "guide"])
def test_the_tests_of_the_page_pass(tmp_path: Path, page: str, passed: int) -> None:
    (code,) = (code for code in python(page) if "def test_" in code)
    (tmp_path / "test_page.py").write_text(code, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert f"{passed} passed" in done.stdout, done.stdout


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
    said = said.replace("# CLOUDFLARE_API_TOKEN: the token you gave", "export CLOUDFLARE_API_TOKEN='not-a-secret'")
    assert [line.strip() for line in said.splitlines() if "export" in line] == variables.splitlines()


def test_every_error_is_in_the_table_with_what_to_do() -> None:
    def tree(kind: type) -> list[str]:
        return [kind.__name__, *(name for child in kind.__subclasses__() for name in tree(child))]

    classes = [name for name in tree(CloudflareImagesError) if name in cfimages.__all__]
    errors = read("docs/errors.md")
    rows = [line.split(" | ") for line in errors.splitlines() if line.startswith("| `")]
    assert sorted(re.findall(r"^\| `(\w+)`", errors, re.MULTILINE)) == sorted(classes)
    assert all(what_to_do.strip() for _, _, what_to_do, *_ in rows)
    for name in vars(APIError("reason")):
        assert f"`{name}`" in errors


def test_every_argument_of_a_client_is_in_the_guide() -> None:
    section = GUIDE.partition("## Create a client")[2].partition("\n## ")[0]
    rows = [line.partition(" | ")[0] for line in section.splitlines() if line.startswith("| `")]
    assert re.findall(r"`(\w+)`", " ".join(rows)) == list(inspect.signature(CloudflareImages).parameters)


def test_its_commands_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    commands, install = [code for language, code in blocks(README) if language == "sh"]
    assert re.findall(r"^make (\w+)", commands, re.MULTILINE) == ["demo", "test"]
    assert set(re.findall(r"`make ([a-z-]+)", README)) <= targets
    (environment,) = re.findall(r"-m venv (\S+)", install)
    assert f"\n/{environment}/\n" in read(".gitignore")
    assert f" {environment} " not in re.findall(r"^\trm -rf (.*)$", read("Makefile"), re.MULTILINE)[0]
    extras = set(re.findall(r"\w+", install.partition("[")[2].partition("]")[0]))
    assert extras == set(
        re.findall(
            r"^(\w+) = \[$",
            read("pyproject.toml").partition("optional-dependencies]")[2].partition("[dependency-groups]")[0],
            re.MULTILINE,
        )
    )


OF_THE_SITE = [path for path in sorted(ROOT.glob("docs/**/*.md")) if "_build" not in path.parts]
DOCUMENTS = [
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md"),
    *(path.relative_to(ROOT).as_posix() for path in OF_THE_SITE),
]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    for link in re.findall(r"\]\(\s*([^)\s]+)\)", read(name)):
        if link.startswith("http"):
            continue
        path, _, section = link.partition("#")
        text = ((ROOT / name).parent / path if path else ROOT / name).read_text("utf-8")
        headings = {
            re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
            for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
        }
        assert not section or section in headings, link


@pytest.mark.parametrize("name", DOCUMENTS)
def test_files_that_are_named_exist(name: str) -> None:
    named = re.findall(r"`((?:tests|tools|benchmarks|examples|facade|docs|\.github)/[\w./-]+\.\w+)`", read(name))
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_it_is_short() -> None:
    assert len(README.splitlines()) <= 175


def tour(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    script = str(ROOT / "examples" / "quickstart.py")
    plain = {name: value for name, value in os.environ.items() if not name.startswith("CLOUDFLARE_")}
    command = [sys.executable, "-W", "error", script]
    variables = {**plain, "TMPDIR": str(folder), **environment}
    return subprocess.run(command, env=variables, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.slow
def test_the_tour_runs_without_an_account(tmp_path: Path) -> None:
    done = tour(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "['photos/34', 'photos/33', 'photos/27', 'photos/25'" in done.stdout
    assert "10 images, up to photos/09\n10 more images\n" in done.stdout
    assert "NotFoundError: GET /accounts/demo/images/v1/no-such-image: 404: Image not found (code 5404)" in done.stdout
    assert "FilterError: meta['status']['in'] has no values" in done.stdout
    assert re.search(r"1000 of 1000 images, although \d+ requests failed", done.stdout)
    assert "\n28 done\n" in done.stdout
    (sheet,) = tmp_path.iterdir()
    assert str(sheet) in done.stdout
    assert sheet.read_text("utf-8").count("<figure") == 36
    assert max(map(len, done.stdout.splitlines())) < 200


@pytest.mark.slow
@pytest.mark.parametrize("count", [0, 1])
def test_the_tour_only_reads_an_account_of_the_environment(tmp_path: Path, count: int) -> None:
    with Sandbox() as sandbox, sandbox.client(account_id="mine") as images:
        kept = [images.upload(PNG, id=str(number)) for number in range(count)]
        done = tour(
            tmp_path,
            CLOUDFLARE_BASE_URL=sandbox.base_url,
            CLOUDFLARE_ACCOUNT_ID="mine",
            CLOUDFLARE_API_TOKEN="token",
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert "The environment names the account mine. The tour only reads it." in done.stdout
        assert list(images.list()) == kept
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_tour_says_which_variable_is_missing(tmp_path: Path) -> None:
    done = tour(tmp_path, CLOUDFLARE_ACCOUNT_ID="mine")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("ConfigurationError: no credentials: pass api_token or set CLOUDFLARE_API_TOKEN")
    assert done.stderr.endswith("\nTo see the demo on a local account: unset CLOUDFLARE_ACCOUNT_ID\n")
