"""Build the sdist and from it the wheel, install that into a fresh environment, and use and type-check it there."""

import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

MOST_BYTES = 650_000

USE = """
import cfimages, cfimages_api
from pathlib import Path
from cfimages_api.api.images import list_images_v2
for package in (cfimages, cfimages_api):
    folder = Path(package.__file__).parent
    assert "site-packages" in folder.parts, folder
    assert (folder / "py.typed").is_file(), folder
try:
    from cfimages.sandbox import Sandbox
except ImportError as error:
    assert "its extra sandbox" in str(error), error
else:
    raise AssertionError("the sandbox must not come without its extra")
print(f"cfimages {cfimages.__version__} works from its wheel")
"""

PLUGIN = """
import pytest

@pytest.mark.cfimages(images=3)
def test_listed(cfimages_client):
    assert len(list(cfimages_client.list())) == 3

@pytest.mark.cfimages(faults=[{"method": "GET", "kind": "server-error"}])
def test_repeated(cfimages_client, cfimages_account):
    assert list(cfimages_client.list()) == []
    assert [entry.fault for entry in cfimages_account.requests] == ["server-error", None]

def test_console(cfimages_sandbox):
    import httpx
    assert httpx.get(f"{cfimages_sandbox.url}/console/style.css").status_code == 200
"""


def run(*command: str | Path, cwd: Path) -> None:
    """Run a command, or stop with what it printed."""
    done = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False)  # noqa: S603 - words of this file
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    print(done.stdout.strip().splitlines()[-1] if done.stdout.strip() else f"{command[0]} is done")


def check_content(wheel: Path) -> None:
    """The wheel holds the two packages and what describes them, and nothing else. It has not grown unnoticed."""
    if (size := wheel.stat().st_size) > MOST_BYTES:
        sys.exit(f"{wheel.name} has {size:,} bytes, more than {MOST_BYTES:,}: see what is in it")
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    strange = {top for top in tops if top not in ("cfimages", "cfimages_api") and not top.endswith(".dist-info")}
    if strange or not {"cfimages", "cfimages_api"} <= tops:
        sys.exit(f"{wheel.name} holds {sorted(tops)}")


def main() -> None:
    """Build, install, use, type-check."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
        (wheel,) = folder.glob("*.whl")
        check_content(wheel)
        venv.create(folder / "env", with_pip=True)
        scripts = folder / "env" / Path(sys.executable).parent.name
        python = scripts / Path(sys.executable).name
        install = (python, "-m", "pip", "install", "-q", "--disable-pip-version-check")
        run(*install, "-c", ROOT / "constraints.txt", wheel, cwd=folder)
        run(python, "-c", USE, cwd=folder)
        run(*install, "-c", ROOT / "constraints.txt", f"{wheel}[sandbox]", "pytest", "pytest-xdist", cwd=folder)
        (folder / "test_plugin.py").write_text(PLUGIN)
        run(python, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", "test_plugin.py", cwd=folder)
        usage = ROOT / "tests" / "typing" / "usage.py"
        run(sys.executable, "-m", "mypy", "--strict", "--python-executable", python, usage, cwd=folder)
        run(sys.executable, "-m", "pyright", "--pythonpath", python, usage, cwd=folder)


if __name__ == "__main__":
    main()
