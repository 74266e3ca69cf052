"""References: ids are found however they are written; what cannot be read, or is not all, is an error."""

import json
import sqlite3
import sys
import uuid
from contextlib import closing
from html import escape
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from systems import needs_links

from cfimages import InvalidArgumentError, jobs
from cfimages.delivery.urls import delivery_url
from cfimages.jobs.databases import texts_in
from cfimages.jobs.found import MOST_SEGMENTS, Found
from cfimages.jobs.references import Command, IdFile, Ids, References, Sql, Text

UUID = "083eb7b2-5392-4565-b69e-aff66acddd00"
IDS = (
    UUID,
    "cat.png",
    "shop/cat.png",
    "50% off",
    "a b",
    "a&b",
    "ä",
    "a\u0308x",
    "😀/x",
    "x,y",
    "a=b/c",
    "~a",
    "/".join("a" * 40),
    "q?",
)
WAYS = (
    "{}",
    "see {}.",
    "**{}**, or ({})",
    "_{}_",
    '<img src="https://imagedelivery.net/Vi7wi5KSItxGFsWRG2Us6Q/{}/public">',
    "![x](https://imagedelivery.net/Vi7wi5KSItxGFsWRG2Us6Q/{}/w=400,sharpen=3)",
    "url(/cdn-cgi/imagedelivery/hash/{}/public?exp=1&sig=2)",
    "a,{},b",
)


def found_in(*references: References) -> Found:
    found = Found()
    for each in references:
        each.read(found)
    return found


def encodings(id: str) -> list[str]:
    return [
        id,
        quote(id),
        quote(id, safe=""),
        escape(id),
        json.dumps(id)[1:-1],
        json.dumps(id)[1:-1].replace("/", "\\/"),
    ]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("id", IDS)
def test_an_id_is_found_however_it_is_written(id: str, way: str) -> None:
    for written in encodings(id):
        found = Found()
        found.text(f"before\n{way.replace('{}', written)}\nafter")
        assert found.has(id), written
        assert not found.has(f"{id}x")
        nested = Found()
        nested.text(json.dumps({"html": escape(way.replace("{}", written))}))
        assert nested.has(id), written


@given(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(lambda text: text.strip(". /\x00") == text)
)
def test_any_id_is_found_in_its_delivery_url_and_as_a_value(id: str) -> None:
    found = Found()
    found.text(f'<a href="{delivery_url("hash", id, "public")}">')
    assert found.has(id)
    value = Found()
    value.value(id)
    assert value.has(id)


def test_an_address_with_many_parts_is_searched() -> None:
    found = Found()
    found.text("data:image/png;base64," + "/".join("abc" for _ in range(MOST_SEGMENTS)) + "/x/y")
    assert found.has("x/y")
    assert found.has("x")
    assert not found.has("x/z")


def test_half_of_a_pair_of_surrogates_does_no_harm() -> None:
    found = Found()
    found.value("\ud800")
    assert found.count() == 1
    assert not found.has("a")


def test_files_of_ids(tmp_path: Path) -> None:
    (tmp_path / "ids").write_bytes(b"\xef\xbb\xbfa b\r\ncat\n\n  dog\nhttps://imagedelivery.net/h/x%2Fy/public")
    found = found_in(IdFile(tmp_path / "ids"))
    assert all(found.has(id) for id in ("a b", "cat", "dog", "x/y"))
    (tmp_path / "ids").write_text("cat\ndog", encoding="utf-16")
    assert found_in(IdFile(tmp_path / "ids")).has("dog")
    for content in (b"c\0a\0t\0", b"caf\xe9"):
        (tmp_path / "ids").write_bytes(content)
        with pytest.raises(jobs.JobError, match="ids: is not text in UTF-8"):
            found_in(IdFile(tmp_path / "ids"))
    with pytest.raises(jobs.JobError, match="none: is not a readable file"):
        found_in(IdFile(tmp_path / "none"))


@needs_links
def test_texts_of_a_pattern(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in {
        "site/a.md": "one",
        "site/deep/er/b.md": "two",
        "site/.hidden/c.md": "three",
        "site/d.txt": "four",
        "site/x[1].md": "five",
        "other/e.md": "six",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "site/linked").symlink_to(tmp_path / "other")
    (tmp_path / "other/back").symlink_to(tmp_path / "site")
    monkeypatch.chdir(tmp_path)

    def names(pattern: str) -> set[str]:
        found = found_in(Text(pattern))
        return {id for id in ("one", "two", "three", "four", "five", "six") if found.has(id)}

    assert names("site/**/*.md") == {"one", "two", "three", "five", "six"}
    assert names("site/**") == {"one", "two", "three", "four", "five", "six"}
    assert names("site/*.md") == {"one", "five"}
    assert names("site/?.md") == {"one"}
    assert names("*/e.md") == {"six"}
    assert names("site/[!d].*") == {"one"}
    assert names("site/[ad].*") == {"one", "four"}
    assert names(str(tmp_path / "site/a.md")) == {"one"}
    assert names("./site/**/er/*") == {"two"}
    for pattern in ("site/*.html", "site/none.md", "site", "none/*.md", "site/d.txt/*"):
        with pytest.raises(jobs.JobError, match="matches no file"):
            found_in(Text(pattern))
    (tmp_path / "site/broken.md").symlink_to("nowhere")
    with pytest.raises(jobs.JobError, match="is not a readable file"):
        found_in(Text("site/*.md"))


def test_a_pattern_for_a_file_with_ids_is_refused_with_what_to_use(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\n", "utf-8")
    pattern = str(tmp_path / "*.txt")
    with pytest.raises(jobs.JobRefusedError) as caught:
        found_in(IdFile(pattern))
    assert str(caught.value) == f"{pattern}: is not a readable file: for a pattern, use references.Text"
    with pytest.raises(jobs.JobRefusedError, match=r"none\.txt: is not a readable file$"):
        found_in(IdFile(tmp_path / "none.txt"))
    (tmp_path / "[1].txt").write_text("two\n", "utf-8")  # the name of a file
    assert found_in(IdFile(tmp_path / "[1].txt")).has("two")


def test_a_folder_that_cannot_be_read_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.md").write_text("one", "utf-8")
    (tmp_path / "closed").mkdir()
    scandir = __import__("os").scandir

    def scan(path: Path):
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr("os.scandir", scan)
    with pytest.raises(PermissionError):
        found_in(Text(f"{tmp_path}/**/*.md"))


def test_an_id_on_the_edge_of_what_is_read_at_once_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cfimages.jobs.references.CHUNK", 64)
    monkeypatch.setattr("cfimages.jobs.references.OVERLAP", 40)
    for before in range(50, 70):
        (tmp_path / "a").write_text("." * before + f" {UUID} " + "." * 200, "utf-8")
        assert found_in(Text(str(tmp_path / "a"))).has(UUID)


def test_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a ?#b.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE posts (image, body)")
        rows = [("cat", None), (7, "<img src=/cdn-cgi/imagedelivery/h/dog/public>"), (b"bytes", 1.5)]
        connection.executemany("INSERT INTO posts VALUES (?, ?)", rows)
    found = found_in(Sql(f"sqlite:///{path}", "SELECT * FROM posts"))
    assert all(found.has(id) for id in ("cat", "7", "dog", "bytes"))
    monkeypatch.chdir(tmp_path)
    assert found_in(Sql("sqlite:///a ?#b.db", "SELECT image FROM posts")).has("cat")
    for url, query in (
        ("sqlite:///none.db", "SELECT 1"),
        (f"sqlite:///{path}", "SELECT x FROM y"),
        (f"sqlite:///{path}", "DELETE FROM posts"),
    ):
        with pytest.raises(jobs.JobError, match=r"\.db: "):
            found_in(Sql(url, query))
    assert not (tmp_path / "none.db").exists()
    assert found_in(Sql(f"sqlite:///{path}", "SELECT image FROM posts")).has("cat")
    with pytest.raises(InvalidArgumentError, match="url: must be the URL of a database"):
        Sql("app.db", "SELECT 1")


def test_other_databases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sqlalchemy")
    path = tmp_path / "app.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE posts (image)")
        connection.execute("INSERT INTO posts VALUES ('cat')")
    url = f"sqlite+pysqlite:///{path}"
    assert found_in(Sql(url, "SELECT image FROM posts")).has("cat")
    with pytest.raises(jobs.JobError, match="the query failed: no such table: y"):
        found_in(Sql(url, "SELECT x FROM y"))
    with pytest.raises(jobs.JobError, match=r"strange: the query failed: NoSuchModuleError"):
        found_in(Sql("strange://me:secret@host/db", "SELECT 1"))
    monkeypatch.setitem(sys.modules, "psycopg2", None)
    with pytest.raises(jobs.JobError, match=r"2: its driver is not installed: there is no module psycopg2$"):
        found_in(Sql("postgresql+psycopg2://me:secret@host/db", "SELECT 1"))
    assert (
        Sql("postgresql://me:secret@host/db?password=secret", "SELECT 1").description
        == "postgresql://host/db: SELECT 1"
    )
    assert "secret" not in repr(Sql("postgresql://me:secret@host/db", "SELECT 1"))
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(InvalidArgumentError, match="install cfimages with its extra sql"):
        Sql(url, "SELECT 1")


def test_programs(tmp_path: Path) -> None:
    code = "print('cat\\ndog')"
    found = found_in(Command([sys.executable, "-c", code]))
    assert (found.has("cat"), found.has("dog")) == (True, True)
    with pytest.raises(jobs.JobError, match="ended with status 3"):
        found_in(Command([sys.executable, "-c", f"{code}; exit(3)"]))
    with pytest.raises(FileNotFoundError):
        found_in(Command([str(tmp_path / "none")]))
    with pytest.raises(jobs.JobError, match=r"python\S*: is not text in UTF-8"):
        found_in(Command([sys.executable, "-c", r"import sys; sys.stdout.buffer.write(b'\xff')"]))
    for words in ("ls -l", []):
        with pytest.raises(InvalidArgumentError, match=r"words=.*: must be a program"):
            Command(words)


def test_ids_of_the_program() -> None:
    found = found_in(Ids(["a b", "https://imagedelivery.net/h/cat/public"]))
    assert (found.has("a b"), found.has("cat"), found.has("dog")) == (True, True, False)
    for values in ("cat", iter(["cat"]), 1):
        with pytest.raises(InvalidArgumentError, match=r"values=.*: must be a list"):
            Ids(values)  # type: ignore[arg-type]  # the test


def test_descriptions_are_without_secrets(tmp_path: Path) -> None:
    assert [
        each.description
        for each in (Ids(["x"]), IdFile(tmp_path / "i"), Text(f"{tmp_path}/*"), Command(["psql", "secret"]))
    ] == ["ids of the program", f"ids in {tmp_path}/i", f"text of {tmp_path}/*", "output of psql"]


def test_a_description_says_where_a_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a job that goes on in another folder would take the files there for those of its plan."""
    monkeypatch.chdir(tmp_path)
    given = (IdFile("used"), Text("*.md"), Sql("sqlite:///app.db", "SELECT 1"))
    assert all(str(tmp_path) in each.description for each in given)


@pytest.mark.parametrize("way", ["{}", "x {} y", "/a/{}/public", '{{"id": "{}"}}', "image-{}.png", "\\\\x{}", "{{{}}}"])
def test_uuids_are_found_in_every_form(way: str) -> None:
    for form in (UUID, UUID.upper(), UUID.replace("-", ""), UUID.replace("-", "").upper()):
        found = Found()
        found.value(way.format(form))
        assert found.has(UUID), form
        assert not found.has(UUID.replace("8", "9"))


def test_a_blank_may_be_a_plus() -> None:
    found = Found()
    found.text("https://cdn.example/view?image=a+b%2Fc")
    assert found.has("a b/c")
    assert not found.has("a c")
    found = Found()
    found.text("https://imagedelivery.net/h/a+b/public")
    assert found.has("a+b")


def test_bytes_of_a_database(tmp_path: Path) -> None:
    database = tmp_path / "a.db"
    rows = (uuid.UUID(UUID).bytes, "photos/größe.png".encode()[:-1], b"0123456789abcdef", b"cat.png")
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE a (id)")
        connection.executemany("INSERT INTO a VALUES (?)", [(row,) for row in rows])
    query = Sql(f"sqlite:///{database}", "SELECT id FROM a")
    found = found_in(query)
    for id in (UUID, "photos/größe.pn", "0123456789abcdef", "cat.png"):
        assert found.has(id), id
    for wrong in (b"\xff\xfe", b"\xff" * 15, b"\xff" * 17):
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("INSERT INTO a VALUES (?)", (wrong,))
        with pytest.raises(jobs.JobError, match=f"gave {len(wrong)} bytes that are neither a UUID nor text"):
            found_in(query)
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("DELETE FROM a WHERE id = ?", (wrong,))


def test_values_within_values_of_a_database() -> None:
    one = uuid.UUID(UUID)
    for value in (one, [one.bytes], {"a": [memoryview(one.bytes)]}, (UUID.upper(),), {one: None}, bytearray(one.bytes)):
        found = Found()
        for text in texts_in(value):
            found.value(text)
        assert found.has(UUID), value


def test_ids_that_are_no_text_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"values: UUID\(.*\) is not a string"):
        Ids([uuid.UUID(UUID)])  # type: ignore[list-item]  # the test

    class Lazy:
        def __iter__(self):
            yield b"a"

    with pytest.raises(InvalidArgumentError, match="values: b'a' is not a string"):
        found_in(Ids(Lazy()))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://u:se/cret@host/db",
        "postgresql+psycopg://u@host/db?password=secret",
        "postgresql+psycopg://u:se%2Fcret@host:5432/db",
        "postgresql+psycopg://u:[cret@host/db",
    ],
)
def test_a_description_has_no_part_of_a_password(url: str) -> None:
    pytest.importorskip("sqlalchemy")
    assert Sql(url, "SELECT 1").description == "postgresql+psycopg://host/db: SELECT 1"
    assert Sql("sqlite:////a/b.db", "SELECT 1").description == "sqlite:////a/b.db: SELECT 1"


@pytest.mark.parametrize("url", ["postgresql://u:se@cret@host/db", "postgresql://u:se@cr/et@host/db"])
def test_a_password_that_is_cut_in_two_is_refused(url: str) -> None:
    """What stands behind the first @ would be in the error of a driver, as the name of a host."""
    pytest.importorskip("sqlalchemy")
    with pytest.raises(InvalidArgumentError, match="url: has more than one @: write %40") as caught:
        Sql(url, "SELECT 1")
    assert "cr" not in str(caught.value)


@pytest.mark.parametrize("url", ["postgresql://u:secret@host:port/db", "://u:secret@host", "secret", 1])
def test_a_url_that_is_wrong_is_not_repeated(url: str) -> None:
    pytest.importorskip("sqlalchemy")
    with pytest.raises(InvalidArgumentError, match="url: must be the URL of a database") as caught:
        Sql(url, "SELECT 1")
    assert "secret" not in str(caught.value)
