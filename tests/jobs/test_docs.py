"""Every block of docs/jobs.md runs, one after the other in one folder."""

import inspect
import json
import re
import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import attrs
import pytest
from jobs.worlds import World

from cfimages import jobs
from cfimages.jobs import sources
from cfimages.jobs.journal import TWO_FILES
from cfimages.jobs.originals import name_of
from cfimages.sandbox.store import StoredImage

PAGE = (Path(__file__).parents[2] / "docs" / "jobs.md").read_text("utf-8")

PRINTED = [
    "requests, no rate limit\n  theirs\n  without a backup, what is deleted cannot be brought back\n1 done\n",
    "nothing to do: nothing matches\n",
    "1 done\n1 done\n3 done\n",
    "1 refused: it is empty\n2 uploaded\n",
    "1 done\ncats\n",
    "new True\nactive True\nother True\n",
    "3 done\n",
    "3/3: 3 done, 0 skipped, 0 failed\n",
    "3 done, 0 left, 0 failed\n3 done\n",
    "finished\n",
]


def blocks(language: str, page: str = PAGE) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def run_blocks(
    page: str, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
) -> Iterator[str]:
    """Run the blocks of a page in a folder, and yield what each of them printed."""
    monkeypatch.chdir(folder)
    for name, value in {
        "CLOUDFLARE_BASE_URL": world.sandbox.base_url,
        "CLOUDFLARE_BATCH_BASE_URL": world.sandbox.batch_url,
        "CLOUDFLARE_ACCOUNT_ID": world.account,
        "CLOUDFLARE_API_TOKEN": "token",
    }.items():
        monkeypatch.setenv(name, value)
    for code in blocks("python", page):
        exec(compile(code, "page", "exec"), {"__name__": "__main__"})
        yield capsys.readouterr().out


def test_the_blocks_run(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    old = StoredImage(0, "theirs", 1_700_000_000_000, "a.png", {}, "user123", private=False)
    world.sandbox.store.fill(world.account, [old])
    world.put("new", creator="user123")
    world.put("active", metadata={"status": "active", "draft_of": 1})
    world.put("other")
    for said, printed in zip(run_blocks(PAGE, world, monkeypatch, capsys, tmp_path), PRINTED, strict=True):
        assert said.endswith(printed)
    assert world.ids() == ["active", "cats/kit.png", "cats/leo.png", "cats/tom.png", "new", "other"]
    assert world.direct.get("active").meta == {"status": "active", "draft_of": 1}
    assert len((tmp_path / "stock.csv").read_text("utf-8").splitlines()) == 4

    (commands,) = blocks("sh")
    found = []
    for command in commands.splitlines():
        program, file, query = shlex.split(command)
        assert program == "sqlite3"
        connection = sqlite3.connect(file)
        found.append(connection.execute(query).fetchall())
        connection.close()
    (before,) = found[2]
    assert (found[:2], before[0]) == ([[("done", 1)], []], "active")


def test_the_page_has_the_schema(world: World) -> None:
    jobs.delete(world.images, world.journal, everything=True)
    with closing(sqlite3.connect(world.journal)) as connection:
        job, items = (
            [name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))]
            for table in ("job", "items")
        )
    for name in job:
        assert f"`{name}`" in PAGE
    described = PAGE.partition("Table `items`")[2]
    assert re.findall(r"^\| `(\w+)` \| (?!\w+ images)", described, re.MULTILINE) == items


def test_the_page_has_the_fields_of_events() -> None:
    rows = re.findall(
        r"^\| (`.*?) \|", PAGE.partition("| field of an event")[2].partition("`events()`")[0], re.MULTILINE
    )
    assert re.findall(r"`(\w+)`", " ".join(rows)) == [field.name for field in attrs.fields(jobs.Progress)]


def test_the_page_has_the_fields_of_a_summary() -> None:
    rows = re.findall(r"^\| (`.*?) \|", PAGE.partition("| field of a summary")[2].partition("\n\n")[0], re.MULTILINE)
    fields = {field.name for field in attrs.fields(jobs.Summary)} | {"left"}
    assert set(re.findall(r"`(\w+)`", " ".join(rows))) == fields


def test_the_page_has_the_arguments_of_each_job() -> None:
    kinds, arguments = (
        PAGE.partition(head)[2].partition("\n\n")[0] for head in ("| job | what it does |", "| job | arguments |")
    )
    filters = "`meta`, `creator`, `uploaded_since`, `uploaded_before`"
    named = {
        name: re.findall(r"`(\w+)`", row.replace("*filters*", filters))
        for name, row in re.findall(r"^\| `jobs\.(\w+)` \| (.*) \|$", arguments, re.MULTILINE)
    }
    assert list(named) == re.findall(r"^\| `jobs\.(\w+)`", kinds, re.MULTILINE)
    assert named == {name: [*inspect.signature(getattr(jobs, name)).parameters][2:] for name in named}


def test_the_page_has_all_that_an_upload_refuses() -> None:
    table = PAGE.partition("| of | reasons |")[2].partition("\n\n")[0]
    found = [*re.findall(r'RefusedError\(f?"(.*?)"\)', inspect.getsource(sources)), TWO_FILES]
    assert len(found) == table.count("·") + 3
    for reason in found:
        said = re.sub(r"\{(\w+):,\}", lambda name: f"{getattr(sources, name[1]):,}", reason)
        assert said.replace("{error.strerror}", "…") in table


def test_the_page_has_the_fields_of_a_status() -> None:
    rows = re.findall(r"^\| (`.*?) \|", PAGE.partition("| field of a status")[2].partition("\n\n")[0], re.MULTILINE)
    fields = {field.name for field in attrs.fields(jobs.JobStatus)} | {"counts", "unfinished"}
    assert set(re.findall(r"`(\w+)`", " ".join(rows))) == fields


def test_the_page_has_a_name_as_exports_make_them() -> None:
    (name,) = re.findall(r"`(ce/\S+\.png)`", PAGE)
    assert re.fullmatch(r"[0-9a-f]{2}/cats-tom-[0-9a-f]{16}\.png", name)
    assert name == name_of("cats/tom.png", "tom.png")


def test_the_page_has_a_record_as_exports_make_them(world: World) -> None:
    record = json.loads(*blocks("json"))
    content = b"\x89PNG\r\n\x1a\ncats/tom.png"
    world.direct.upload(content, id="cats/tom.png", filename="tom.png", metadata={"from": "disk"})
    jobs.export(world.images, world.journal, world.folder / "out", everything=True).run()
    kept = json.loads((world.folder / "out" / f"{record['file']}.json").read_text("utf-8"))
    record["image"]["uploaded"] = kept["image"]["uploaded"]
    assert json.dumps(kept) == json.dumps(record)
