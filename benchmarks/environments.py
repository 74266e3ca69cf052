"""Fresh environments, one for each thing that is compared: all that is installed there is what it needs."""

import subprocess
import sys
import venv
from pathlib import Path

from benchmarks.processes import ROOT, Sample

_REQUIREMENTS = {
    "cfimages": "{wheel}",
    "cfimages + speed": "{wheel}[speed]",
    "cloudflare": "cloudflare",
    "floor": "msgspec",
}


class Environment:
    """A virtual environment with one requirement and what that needs, not even with pip."""

    def __init__(self, folder: Path, requirement: str) -> None:
        venv.create(folder, with_pip=False, symlinks=True)
        self.python = folder / Path(sys.executable).parent.name / Path(sys.executable).name
        pip = (sys.executable, "-m", "pip", "--python", self.python, "install", "-q", "--disable-pip-version-check")
        _run(*pip, "--no-compile", "-c", ROOT / "constraints.txt", requirement)
        packages = next(folder.glob("lib/python*/site-packages"))
        self._bytes = sum(file.stat().st_size for file in packages.rglob("*") if file.is_file())
        self._distributions = len(list(packages.glob("*.dist-info")))
        _run(self.python, "-m", "compileall", "-q", packages)

    def size(self) -> Sample:
        """What was installed, before it was compiled."""
        return {"megabytes": self._bytes / 1e6, "distributions": float(self._distributions)}


def environments(folder: Path) -> dict[str, Environment]:
    """An environment for each thing that is compared; this SDK from its wheel."""
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    (wheel,) = folder.glob("*.whl")
    return {
        name: Environment(folder / name.replace(" ", ""), requirement.format(wheel=wheel))
        for name, requirement in _REQUIREMENTS.items()
    }


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
