"""Queries of databases: every row is read, the query is taken as it is written, and nothing is changed.

Those of servers need some, whose URLs are in TEST_DATABASES, with blanks between: `postgresql+psycopg://...
mysql+pymysql://...`. Each has to be an empty database.
"""

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from cfimages import InvalidArgumentError, jobs
from cfimages.jobs.databases import rows
from cfimages.jobs.found import Found
from cfimages.jobs.references import Sql

A_UUID = "0c7d2ed9-8cf5-4a2e-9a1e-3f1e0a5c1b2d"
CHANGES = [
    "INSERT INTO posts (image) VALUES ('evil')",
    "INSERT INTO posts (image) VALUES ('evil') RETURNING image",
    "DELETE FROM posts",
    "DELETE FROM posts RETURNING image",
    "UPDATE posts SET image = 'evil'",
    "CREATE TABLE evil (a int)",
    "DROP TABLE posts",
    "TRUNCATE posts",
]
"""What a query must not do. Some of it is no SQL everywhere."""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "app.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE posts (image)")
        connection.executemany("INSERT INTO posts VALUES (?)", [("cat",), ("a:b 100%s",)])
    return path


@pytest.fixture(params=["sqlite", "sqlite+pysqlite"])
def url(request: pytest.FixtureRequest, database: Path) -> str:
    if request.param != "sqlite":
        pytest.importorskip("sqlalchemy")
    return f"{request.param}:///{database}"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT image FROM posts WHERE image LIKE '%:b 100%s'",
        "SELECT image FROM posts WHERE image = 'a:b 100%s';\n",
        "SELECT image FROM posts WHERE image != ';' AND image != 'cat' -- :x; %s\nLIMIT 1",
    ],
)
def test_a_query_is_taken_as_it_is_written(url: str, query: str) -> None:
    assert [tuple(row) for row in rows(url, query)][:1] == [("a:b 100%s",)]


@pytest.mark.parametrize("query", CHANGES)
def test_a_query_changes_nothing(url: str, query: str) -> None:
    with pytest.raises(jobs.JobRefusedError):
        list(rows(url, query))
    assert {row[0] for row in rows(url, "SELECT image FROM posts")} == {"cat", "a:b 100%s"}


def test_a_statement_without_rows_is_refused(url: str) -> None:
    with pytest.raises(jobs.JobRefusedError, match="the query returns no rows: it must read"):
        list(rows(url, "SAVEPOINT x"))


def test_other_databases_are_read_as_they_are(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sqlalchemy")
    monkeypatch.setattr("cfimages.jobs.databases.READ_ONLY", {})
    assert len(list(rows(f"sqlite+pysqlite:///{database}", "SELECT image FROM posts"))) == 2


@pytest.mark.parametrize("query", ["SELECT 1; SELECT 2", "SELECT ';'; -- x\nSELECT 2", "SELECT 1;;SELECT 2"])
def test_several_statements_are_refused(url: str, query: str) -> None:
    """Drivers give the rows of one of them, and do not say so."""
    with pytest.raises(InvalidArgumentError, match="query: has several statements: use an Sql object for each"):
        Sql(url, query)


@pytest.mark.parametrize("query", ["", " ", None, 1])
def test_a_query_that_is_none_is_refused(url: str, query: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"query=.*: must be a query, as a string"):
        Sql(url, query)


@pytest.mark.parametrize("error", [TypeError("got 'secret'"), AttributeError("'secret'")])
def test_an_option_that_the_driver_does_not_know_is_refused(
    database: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    sqlalchemy = pytest.importorskip("sqlalchemy")

    def connect() -> None:
        raise error

    monkeypatch.setattr(sqlalchemy, "create_engine", lambda *_, **__: SimpleNamespace(connect=connect))
    with pytest.raises(jobs.JobRefusedError, match="the driver does not accept an option of the URL") as caught:
        list(rows(f"sqlite+pysqlite:///{database}?nonsense=secret", "SELECT 1"))
    assert "secret" not in str(caught.value)


SERVERS = os.environ.get("TEST_DATABASES", "").split()


@pytest.fixture(params=SERVERS or [pytest.param("", marks=pytest.mark.skip(reason="TEST_DATABASES is not set"))])
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    import sqlalchemy
    from sqlalchemy import text

    engine = sqlalchemy.create_engine(request.param)
    is_postgresql = engine.dialect.name == "postgresql"
    types = "u uuid, b bytea, j jsonb, a text[]" if is_postgresql else "u varchar(36), b varbinary(16), j json, a text"
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS posts"))
        connection.execute(
            text(f"CREATE TABLE posts (image varchar(99), body text, n bigint, d numeric(9, 2), {types})")
        )
        connection.execute(
            text("INSERT INTO posts VALUES ('cat', :body, 7, 12.30, :u, :b, :j, :a)"),
            {
                "body": '<a href="https://imagedelivery.net/h/dog/public">100% :x %s</a>',
                "u": A_UUID,
                "b": UUID(A_UUID.replace("0", "9")).bytes,
                "j": '{"img": ["jpeg-1", {"k": "größe/x"}]}',
                "a": ["one-1"] if is_postgresql else "one-1",
            },
        )
        connection.execute(text("INSERT INTO posts (image) VALUES ('größe')"))
    yield request.param
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE posts"))
    engine.dispose()


def test_a_server_is_read(server: str) -> None:
    found = Found()
    Sql(server, "SELECT * FROM posts").read(found)
    ids = ("cat", "dog", "7", "12.30", A_UUID, A_UUID.replace("0", "9"), "jpeg-1", "größe/x", "one-1", "größe")
    assert {id for id in ids if not found.has(id)} == set()
    assert not found.has("nope")
    query = "SELECT image FROM posts WHERE body LIKE '%100% :x %s%'"
    assert [tuple(row) for row in rows(server, query)] == [("cat",)]


@pytest.mark.parametrize("query", [*CHANGES, "COMMIT", "SELECT x FROM y"])
def test_a_server_changes_nothing(server: str, query: str) -> None:
    with pytest.raises(jobs.JobRefusedError) as caught:
        list(rows(server, query))
    assert server.rpartition(":")[0].rpartition(":")[2].partition("@")[0] not in str(caught.value)
    assert sorted(row[0] for row in rows(server, "SELECT image FROM posts")) == ["cat", "größe"]


def test_a_server_that_refuses_the_password_is_an_error_without_it(server: str) -> None:
    import sqlalchemy

    url = sqlalchemy.make_url(server).set(password="of nobody").render_as_string(hide_password=False)
    with pytest.raises(jobs.JobRefusedError, match="the query failed") as caught:
        list(rows(url, "SELECT 1"))
    assert "nobody" not in str(caught.value)


@pytest.mark.slow
def test_a_long_result_of_a_server_takes_no_memory(server: str) -> None:
    resource = pytest.importorskip("resource")
    if "mysqlconnector" in server:
        pytest.skip("it reads all rows at once")
    union = " UNION ALL ".join(f"SELECT {n} AS n" for n in range(10))
    digits = ", ".join(f"({union}) AS t{n}" for n in range(6))
    query = f"SELECT '{'x' * 100}' FROM {digits}"

    def peak() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << (20 if sys.platform == "darwin" else 10))

    assert sum(1 for _ in rows(server, f"{query} LIMIT 1000")) == 1000
    before = peak()
    assert sum(1 for _ in rows(server, query)) == 1_000_000
    assert peak() - before < 20
