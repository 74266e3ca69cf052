"""Texts that refer to the files of a sync, rewritten so that they refer to the delivery URLs."""

import hashlib
import json
from pathlib import Path

import pytest
from jobs.worlds import World
from pictures import PNG

from cfimages import InvalidArgumentError, jobs

URL = "https://imagedelivery.net/hash/"
FILES = {"cat.png": "cat.png", "a b/ü (1).png": "a%20b/%C3%BC%20%281%29.png", "deep/dog.png": "deep/dog.png"}


@pytest.fixture
def rewriter(tmp_path: Path) -> jobs.Rewriter:
    urls = {path: f"{URL}{quoted}/public" for path, quoted in FILES.items()}
    return jobs.Rewriter(tmp_path / "img", urls, tmp_path)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("![](img/cat.png)", f"![]({URL}cat.png/public)"),
        ("![](./img/../img/cat.png 'A cat')", f"![]({URL}cat.png/public 'A cat')"),
        ("![](/img/cat.png)", f"![]({URL}cat.png/public)"),
        ("![](<img/deep/dog.png>)", f"![](<{URL}deep/dog.png/public>)"),
        ('<img alt="img/cat.png" src="img/cat.png">', f'<img alt="img/cat.png" src="{URL}cat.png/public">'),
        ("<img TITLE = 'img/cat.png'>", None),
        ('<img src="img/a%20b/%C3%BC%20%281%29.png">', f'<img src="{URL}a%20b/%C3%BC%20%281%29.png/public">'),
        (
            '<img srcset="img/cat.png 1x, img/deep/dog.png 2x, other.png 3x">',
            f'<img srcset="{URL}cat.png/public 1x, {URL}deep/dog.png/public 2x, other.png 3x">',
        ),
        ("a { background: url(img/cat.png) }", f"a {{ background: url({URL}cat.png/public) }}"),
        ('{"image": "img/cat.png"}', f'{{"image": "{URL}cat.png/public"}}'),
        ("img/cat.png", None),
        ("![](cat.png)", None),
        ("![](img/cat.png?v=2)", None),
        ("![](img/none.png) ![](../img/cat.png) ![](https://example.com/img/cat.png)", None),
    ],
)
def test_addresses_are_replaced(rewriter: jobs.Rewriter, tmp_path: Path, text: str, wanted: str | None) -> None:
    assert rewriter.rewritten(f"x\r\n{text}\n", tmp_path / "a.md") == f"x\r\n{wanted or text}\n"


CAT, DOG = f"{URL}cat.png/public", f"{URL}deep/dog.png/public"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("[a]: img/cat.png", f"[a]: {CAT}"),
        ("[d]: ./img/cat.png", f"[d]: {CAT}"),
        ('> [p]: img/cat.png "img/cat.png"', f'> [p]: {CAT} "img/cat.png"'),
        ("[p]:\n  <img/cat.png>\n  (img/cat.png)  ", f"[p]:\n  <{CAT}>\n  (img/cat.png)  "),
        ("[^1]: img/cat.png", None),
        ("[a]: img/cat.png is no definition", None),
        ('![dog](img/deep/dog.png "img/deep/dog.png")', f'![dog]({DOG} "img/deep/dog.png")'),
        ("[x](<img/cat.png> 'img/cat.png')", f"[x](<{CAT}> 'img/cat.png')"),
        ('![see "img/cat.png"](img/cat.png)', f'![see "img/cat.png"]({CAT})'),
        ("[![](img/cat.png)](img/deep/dog.png)", f"[![]({CAT})]({DOG})"),
        ('`![](img/cat.png)` ![](img/cat.png) ``"img/cat.png"``', f'`![](img/cat.png)` ![]({CAT}) ``"img/cat.png"``'),
        ("`open ![](img/cat.png)\n\nclosed` \\`![](img/cat.png)", f"`open ![]({CAT})\n\nclosed` \\`![]({CAT})"),
        ("```md\r\n![](img/cat.png)\r\n\r\n[a]: img/cat.png\r\n````\r\n(img/cat.png)", "(CAT)"),
        ("- x\n  ~~~\n  ```\n  (img/cat.png)\n  ~~~\n(img/cat.png)", "(CAT)"),
        ("```\n![](img/cat.png)", None),
    ],
)
def test_markdown_is_read_as_such(rewriter: jobs.Rewriter, tmp_path: Path, text: str, wanted: str | None) -> None:
    if wanted == "(CAT)":  # only the last one
        wanted = f"{text.removesuffix('(img/cat.png)')}({CAT})"
    assert rewriter.rewritten(f"x\n\n{text}\n", tmp_path / "a.MD") == f"x\n\n{wanted or text}\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("<img src=img/cat.png>", f"<img src={CAT}>"),
        (
            '<p><img alt=img/cat.png src=img/cat.png title="img/cat.png" data-src = img/deep/dog.png ></p>',
            f'<p><img alt=img/cat.png src={CAT} title="img/cat.png" data-src = {DOG} ></p>',
        ),
        ("src=img/cat.png", None),
        ("a < b src=img/cat.png", None),
        ("`<img src='img/cat.png'>`", f"`<img src='{CAT}'>`"),  # of JavaScript, not of Markdown
    ],
)
def test_attributes_need_no_quotes(rewriter: jobs.Rewriter, tmp_path: Path, text: str, wanted: str | None) -> None:
    assert rewriter.rewritten(text, tmp_path / "a.html") == (wanted or text)


def test_what_is_left_is_named(rewriter: jobs.Rewriter, tmp_path: Path) -> None:
    text = (
        "![](img/cat.png) ![](img/new%20one.PNG) `![](img/code.png)` [a](img/cat.png?v=2) (other/a.png) (/img/b.png)\n"
        '![](https://example.com/a.png) ![a.png](img/notes.txt) [a](b.md) [A](#img) "img"\n\n[a]: ./img/a.png'
    )
    page = tmp_path / "a.md"
    names = ["img/new%20one.PNG", "img/cat.png?v=2", "/img/b.png", "./img/a.png"]
    assert rewriter.left(text, page) == rewriter.left(rewriter.rewritten(text, page), page) == names
    without = jobs.Rewriter(rewriter.folder, rewriter.urls)
    assert without.left("(/img/b.png)", page) == []
    tags = "<img src=a.png><img alt='x' src=b.png> <img src='c.png'> <img srcset='d.png 1x, cat.png 2x'>"
    assert rewriter.left(tags, rewriter.folder / "a.md") == ["a.png", "b.png", "c.png", "d.png"]
    assert jobs.Rewriter(rewriter.folder, {}).left(tags, rewriter.folder / "a.md") == []


def test_paths_are_relative_to_the_text(rewriter: jobs.Rewriter, tmp_path: Path) -> None:
    assert rewriter.rewritten("(../img/cat.png)", tmp_path / "site" / "a.md") == f"({URL}cat.png/public)"
    without = jobs.Rewriter(rewriter.folder, rewriter.urls)
    assert without.rewritten("(/img/cat.png)", tmp_path / "a.md") == "(/img/cat.png)"


def test_a_map_has_what_a_sync_has_brought(world: World) -> None:
    folder = world.folder / "img"
    folder.mkdir()
    for name in ("a b.png", "taken.png", "there.png"):
        (folder / name).write_bytes(PNG + name.encode())
    world.put("p/taken.png")
    jobs.sync(world.images, world.folder / "0.job", folder, prefix="p/", include=["there.png"]).run()
    jobs.sync(world.images, world.journal, folder, prefix="p/").run()
    file = world.folder / "urls.jsonl"
    assert jobs.write_url_map(world.images, world.journal, file, variant="hero") == 2
    head, *entries = (json.loads(line) for line in file.read_text("utf-8").splitlines())
    assert head == {"urls": 2, "folder": str(folder), "account": world.account}
    assert entries[0]["sha256"] == hashlib.sha256(PNG + b"a b.png").hexdigest()
    assert [entry["id"] for entry in entries] == ["p/a b.png", "p/there.png"]
    rewriter = jobs.Rewriter.of(file)
    url = rewriter.rewritten("(img/a b.png)", world.folder / "a.md")
    assert url == f"({entries[0]['url']})"
    assert world.direct.get("p/a b.png").url("hero") == entries[0]["url"]


def test_what_is_no_map_is_refused(world: World, tmp_path: Path) -> None:
    world.put("a")
    jobs.delete(world.images, world.journal, everything=True)
    with pytest.raises(InvalidArgumentError, match="is the journal of another kind of job: delete"):
        jobs.write_url_map(world.images, world.journal, tmp_path / "map")
    jobs.sync(world.images, world.folder / "2.job", world.folder, include=["none"]).run()
    (world.folder / "a.png").write_bytes(PNG)
    jobs.sync(world.images, world.folder / "3.job", world.folder, include=["a.png"]).run()
    with pytest.raises(InvalidArgumentError, match="variant="):
        jobs.write_url_map(world.images, world.folder / "3.job", tmp_path / "map", variant="w=1")
    assert not [path for path in tmp_path.iterdir() if "map" in path.name]
    for text in ("", "x", "[]", '{"urls": 2}', '{"urls": 1, "folder": "x"}', '{"urls": 2, "folder": "x"}\n{"path": 1}'):
        (tmp_path / "map").write_text(text, "utf-8")
        with pytest.raises(InvalidArgumentError, match="is not what write_url_map has written"):
            jobs.Rewriter.of(tmp_path / "map", root="x")
