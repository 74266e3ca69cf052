"""generated/ is exactly what openapi.yaml makes, whatever machine or folder it is made on."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from cfimages_api import Client
from cfimages_api.api.images import upload_image
from cfimages_api.models import ImageResponse, ImageUpload

openapi_python_client = pytest.importorskip("openapi_python_client", reason="the generator is a tool of `make check`")

from templates import GENERATORS_OWN, REPLACEMENTS, Replacement, write  # noqa: E402 - needs the generator

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
TOOL = ROOT / "tools" / "generate.py"


def generate(root: Path, *arguments: str, hash_seed: str = "0") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TOOL), "--root", str(root), *arguments]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what generation reads and writes."""
    for name in ("openapi.yaml", "generator-config.yml"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "generated", tmp_path / "generated", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def content(root: Path) -> dict[str, bytes]:
    folder = root / "generated"
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_generation_is_the_same_everywhere(project: Path) -> None:
    committed = content(project)
    # Neither the settings of an enclosing project, nor leftovers, nor the order of sets may show in the result.
    (project / "pyproject.toml").write_text("[tool.ruff]\nline-length = 40\n", "utf-8")
    shutil.rmtree(project / "generated")
    done = generate(project, hash_seed="12345")
    assert done.returncode == 0, done.stderr
    assert content(project) == committed
    assert "cfimages_api/py.typed" in committed


def test_what_is_committed_passes_the_check(project: Path) -> None:
    done = generate(project, "--check")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_hand_edit_a_stale_file_and_a_missing_one_are_caught(project: Path) -> None:
    package = project / "generated" / "cfimages_api"
    with (package / "client.py").open("a", encoding="utf-8") as file:
        file.write("# by hand\n")
    (package / "models" / "old_model.py").write_text("", "utf-8")
    (package / "py.typed").unlink()
    before = content(project)
    done = generate(project, "--check")
    assert done.returncode == 1
    assert "-# by hand" in done.stderr
    assert "models/old_model.py: stale" in done.stderr
    assert "py.typed: missing" in done.stderr
    assert "make generate" in done.stderr
    assert content(project) == before


def test_a_change_of_the_specification_is_caught(project: Path) -> None:
    spec = project / "openapi.yaml"
    spec.write_text(spec.read_text("utf-8").replace("filename:", "file_title:"), "utf-8")
    done = generate(project, "--check")
    assert done.returncode == 1
    assert "+    file_title:" in done.stderr


def test_a_warning_of_the_generator_is_an_error_and_changes_nothing(project: Path) -> None:
    spec = project / "openapi.yaml"
    fields = "          required: [result]\n          properties:\n"
    contradiction = fields + "            success:\n              type: string\n"
    spec.write_text(spec.read_text("utf-8").replace(fields, contradiction, 1), "utf-8")
    before = content(project)
    done = generate(project)
    assert done.returncode == 1
    assert "the generator failed" in done.stderr
    assert content(project) == before


def test_the_templates_are_the_generators_own_but_for_the_replacements(tmp_path: Path) -> None:
    write(tmp_path / "templates")
    own = {path.relative_to(GENERATORS_OWN): path.read_bytes() for path in GENERATORS_OWN.rglob("*") if path.is_file()}
    changed = {name.as_posix() for name, text in own.items() if (tmp_path / "templates" / name).read_bytes() != text}
    assert changed == {replacement.template for replacement in REPLACEMENTS}
    assert len({replacement.name for replacement in REPLACEMENTS}) == len(REPLACEMENTS)


@pytest.mark.parametrize("text", ["", "a\n", "the line\n  the line\n"], ids=["no template", "no line", "two lines"])
def test_a_replacement_that_does_not_fit_exactly_once_fails_by_its_name(tmp_path: Path, text: str) -> None:
    if text:
        (tmp_path / "a.jinja").write_text(text, "utf-8")
    with pytest.raises(LookupError, match=r"make it lazy: a\.jinja has [02] lines that are 'the line', not 1"):
        Replacement("make it lazy", "a.jinja", "the line", "ours").apply(tmp_path)


def test_a_replacement_replaces_its_line_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "a.jinja").write_text("one\n    the line\nthe line of others\n", "utf-8")
    Replacement("make it lazy", "a.jinja", "the line", "\n  ours\n    and more\n").apply(tmp_path)
    assert (tmp_path / "a.jinja").read_text("utf-8") == "one\n  ours\n    and more\nthe line of others\n"


@pytest.mark.parametrize("status", [200, 201, 202, 206])
def test_any_2xx_is_parsed(status: int) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json={"success": True, "result": {"id": "logo"}})

    transport = httpx.MockTransport(respond)
    client = Client("http://127.0.0.1", httpx_args={"transport": transport})
    done = upload_image.sync_detailed("acc", client=client, body=ImageUpload(url="https://example.com/logo.png"))
    assert done.status_code == status
    assert isinstance(done.parsed, ImageResponse)
    assert done.parsed.result.id == "logo"
