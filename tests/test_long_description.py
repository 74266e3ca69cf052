"""What the package index shows: the README, without a link that leads nowhere there."""

import re
import shutil
from pathlib import Path

import pytest
from documents import ROOT, read

pytest.importorskip("hatchling", reason="hatchling is a tool of `make check`")
from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager

pytestmark = pytest.mark.slow

FILES = ("pyproject.toml", "README.md", "tools/readme.py", "facade/cfimages/_version.py")


def long_description(folder: Path, urls: str) -> str:
    """Return what a build of the project would show, with these addresses in its pyproject.toml."""
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    without = re.sub(r"^\[project\.urls\]\n([^\[].*\n)*", "", read("pyproject.toml"), flags=re.MULTILINE)
    (folder / "pyproject.toml").write_text(without + urls, "utf-8")
    return ProjectMetadata(str(folder), PluginManager()).core.readme


def links(text: str) -> list[str]:
    return re.findall(r"\]\(([^)]*)\)", text)


def test_links_lead_to_the_files_of_the_release(tmp_path: Path) -> None:
    text = long_description(tmp_path, '[project.urls]\nSource = "https://git.example.com/us/cfimages/"\n')
    of_files = [link for link in links(read("README.md")) if not link.startswith("https:")]
    version = re.findall(r'"(.*)"', read("facade/cfimages/_version.py"))[0]
    base = f"https://git.example.com/us/cfimages/blob/v{version}/"
    assert [link for link in links(text) if link.startswith(base)] == [base + link for link in of_files]
    assert all(link.startswith("https://") for link in links(text))
    assert len(of_files) > 10


def test_without_an_address_links_to_files_are_plain_text(tmp_path: Path) -> None:
    text = long_description(tmp_path, "")
    assert links(text) == [link for link in links(read("README.md")) if link.startswith("https:")]
    assert "- Tutorial: upload, filter, " in text
