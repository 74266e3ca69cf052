"""generated/ is exactly what openapi.yaml makes, whatever machine or folder it is made on."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

openapi_python_client = pytest.importorskip("openapi_python_client", reason="the generator is a tool of `make check`")

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
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
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


TEMPLATES = sorted((ROOT / "templates").rglob("*.jinja"))


@pytest.mark.parametrize("template", TEMPLATES, ids=[path.name for path in TEMPLATES])
def test_a_template_replaces_the_one_it_was_made_from(template: Path) -> None:
    """After an update of the generator: compare the two, carry over what changed, and write the new sum."""
    own = Path(openapi_python_client.__file__).parent / "templates" / template.relative_to(ROOT / "templates")
    noted = re.search(r"sha256 ([0-9a-f]{64})", template.read_text("utf-8"))
    assert noted, "the template does not say what it replaces"
    assert noted[1] == hashlib.sha256(own.read_bytes()).hexdigest()
