"""What `make docs` says of a link that leads nowhere."""

from pathlib import Path

import check_site
import pytest
from documents import read


@pytest.mark.parametrize(
    ("link", "dead"),
    [
        ("guide.html", False),
        ("guide.html#count", False),
        ("#top", False),
        ("#", False),
        ("_static/a%20b.css?v=1", False),
        ("https://example.com/nowhere", False),
        ("gone.html", True),
        ("guide.html#gone", True),
        ("#gone", True),
        ("../README.html", True),
        ("", True),
    ],
)
def test_a_link_that_leads_nowhere_is_found(tmp_path: Path, link: str, dead: bool) -> None:
    (tmp_path / "README.html").touch()  # it is not published
    site = tmp_path / "site"
    (site / "_static").mkdir(parents=True)
    (site / "_static" / "a b.css").touch()
    (site / "guide.html").write_text('<h2 id="count">Count</h2>', "utf-8")
    (site / "index.html").write_text(f'<h1 id="top">Top</h1><a href="{link or "sub/"}">', "utf-8")
    assert check_site.dead_links(site) == ([f"index.html: {link or 'sub/'}"] if dead else [])


def test_make_docs_looks_for_them() -> None:
    assert "tools/check_site.py docs/_build" in read("Makefile")
