"""list, get, url, download: data on standard output, everything else on standard error."""

import csv
import io
import json
from pathlib import Path

import httpx
import pytest
from cli.conftest import Shell
from pictures import PNG


def test_list_filters(shell: Shell) -> None:
    shell.put("a", metadata={"status": "active", "priority": 1}, creator="ada")
    shell.put("b", metadata={"status": "active", "priority": 3}, creator="grace")
    shell.put("c", metadata={"zip": "0123"})

    def ids(*words: str) -> list[str]:
        return sorted(shell("list", *words, "--format", "ids", check=0).out.split())

    assert ids() == ["a", "b", "c"]
    assert ids("--meta", "status=active", "--meta", "priority>=2") == ["b"]
    assert ids("--meta", "priority in 1,3") == ["a", "b"]
    assert ids("--meta", "zip=0123") == ["c"]
    assert ids("--creator", "ada", "--creator", "") == ["a", "c"]
    assert ids("--since", "1h") == ["a", "b", "c"]
    assert ids("--before", "1h") == []
    assert ids("--before", "2020-01-01") == []
    assert ids("--concurrency", "2") == ids("--concurrency", "1") == ["a", "b", "c"]
    assert shell("list", "--limit", "2", "--sort", "asc", "--format", "ids").out == "a\nb\n"


def test_a_limit_above_a_page(shell: Shell) -> None:
    shell.put("a", "b")
    assert len(shell("list", "--limit", "1001", check=0).rows) == 2


def test_formats(shell: Shell) -> None:
    shell.put("a", metadata={"n": 1, "deep": {"x": "é"}})
    (row,) = shell("list").rows
    assert row["id"] == "a"
    assert row["meta"] == {"n": 1, "deep": {"x": "é"}}
    assert shell("list", "--json", "--fields", "id,meta.deep.x,meta.no.where").row == {
        "id": "a",
        "meta.deep.x": "é",
        "meta.no.where": None,
    }
    lines = list(csv.reader(io.StringIO(shell("list", "--format", "csv").out)))
    assert lines[0] == ["id", "filename", "uploaded", "creator", "requireSignedURLs", "meta", "draft"]
    assert lines[1][0] == "a"
    assert json.loads(lines[1][5]) == {"n": 1, "deep": {"x": "é"}}
    table = shell("list", "--format", "table").out.splitlines()
    assert table[0].split() == ["id", "uploaded", "creator", "meta"]
    assert table[1].startswith("a ")


def test_a_table_goes_on_below_its_header(shell: Shell) -> None:
    shell.sandbox.fill(shell.environment["CLOUDFLARE_ACCOUNT_ID"], 150)
    lines = shell("list", "--format", "table", "--fields", "id,creator").out.splitlines()
    assert len(lines) == 151
    assert [line.split()[0] for line in lines[:2]] == ["id", "image-0000149"]


def test_an_id_with_a_control_character_goes_through_null_only(shell: Shell) -> None:
    odd = "a\nb\x1b[31m"
    shell.sandbox.add(account=shell.environment["CLOUDFLARE_ACCOUNT_ID"], id=odd)
    failed = shell("list", "--format", "ids", check=1)
    assert failed.out == ""
    assert "use -0" in failed.err
    assert "\x1b" not in failed.err
    assert shell("list", "-0", check=0).raw == odd.encode() + b"\0"
    table = shell("list", "--format", "table", "--fields", "id").out
    assert "\x1b" not in table
    assert r"a\nb\x1b[31m" in table
    assert shell("list").row["id"] == odd
    assert shell("get", "-", "-0", input=odd + "\0", check=0).row["id"] == odd
    assert shell("delete", "-", "-0", "--yes", input=odd + "\0", check=0).rows[0]["state"] == "done"
    assert shell.ids() == []


@pytest.mark.parametrize(
    "words",
    [
        ["list", "--json", "--format", "csv"],
        ["list", "--null", "--json"],
        ["list", "--fields", "size"],
        ["list", "--meta", "a=1", "--meta", "b=1", "--meta", "c=1", "--meta", "d=1", "--meta", "e=1", "--meta", "f=1"],
        ["list", "--limit", "0"],
        ["list", "extra"],
        ["get"],
        ["url"],
        ["download"],
        ["get", "--from", "no-such-file"],
        ["url", "a", "--expiry", "1h"],
        ["url", "a", "--sign", "nobody"],
        ["download", "a", "b", "-o", "-"],
        ["get", "stats"],
        ["unheard-of"],
        ["completion", "tcsh"],
    ],
)
def test_usage_errors(shell: Shell, words: list[str]) -> None:
    ran = shell(*words, check=2)
    assert ran.out == ""
    assert "Error: " in ran.err


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["--meta", "a-b=1"], "--meta"),
        (["--meta", "x="], "--meta"),
        (["--meta", "x>=y"], "--meta"),
        (["--since", "some day"], "--since"),
        (["--before", "7 fortnights"], "--before"),
        (["--since", "9999999d"], "--since"),
        (["--since", "1d", "--before", "2d"], "--since"),
        (["--before", "13/13/2026"], "--before"),
        (["--creator", "\ud800"], "--creator"),
    ],
)
def test_what_the_sdk_refuses_names_the_option(shell: Shell, words: list[str], option: str) -> None:
    assert f"for {option}" in shell("list", *words, check=2).err


def test_get_goes_on_after_one_that_is_missing(shell: Shell) -> None:
    shell.put("a", "b")
    ran = shell("get", "a", "nope", "b", check=1)
    assert [row["id"] for row in ran.rows] == ["a", "b"]
    assert "404" in ran.err
    Path("ids.txt").write_bytes(b"a\r\n\nb\n")
    assert [row["id"] for row in shell("get", "--from", "ids.txt", check=0).rows] == ["a", "b"]
    assert shell("get", "-", input="a\0b\0", check=2).out == ""
    assert shell("get", "-", input=b"\xff\n", check=2).out == ""


def test_url(shell: Shell) -> None:
    shell.put("a b", "c")
    shown = shell("url", "a b", "c", check=0).out.splitlines()
    assert [line.rpartition("/")[0].rpartition("/")[2] for line in shown] == ["a%20b", "c"]
    assert shell("url", "c", "--variant", "width=40,fit=cover").out.endswith("/c/width=40,fit=cover\n")
    assert shell("url", "nope", "--account-hash", "h4sh", "--domain", "example.com", check=0).out == (
        "https://example.com/cdn-cgi/imagedelivery/h4sh/nope/public\n"
    )
    signed = shell("url", "c", "--sign", "default", "--expiry", "1h", "--json", check=0).row
    assert signed["id"] == "c"
    assert "sig=" in signed["url"]
    assert "exp=" in signed["url"]
    hidden = shell.images.edit(shell.images.upload(PNG).id, require_signed_urls=True).id
    plain = shell("url", hidden, check=0).out.strip()
    sealed = shell("url", hidden, "--sign", "default", check=0).out.strip()
    assert [httpx.get(address).status_code for address in (*shown, plain, sealed)] == [200, 200, 401, 200]
    assert "--variant" in shell("url", "c", "--variant", "no such", check=2).err


def test_download(shell: Shell) -> None:
    shell.put("a", filename="photo.PNG")
    shell.put("dir/b", ".hidden", filename="../../etc/x.sh;rm")
    assert shell("download", "a", check=0).row == {"id": "a", "file": "a.PNG", "bytes": len(PNG)}
    assert Path("a.PNG").read_bytes() == PNG
    again = shell("download", "a", check=1)
    assert "--force" in again.err
    shell("download", "a", "--force", check=0)
    Path("out").mkdir()
    ran = shell("download", "dir/b", ".hidden", "nope", "-o", "out", check=1)
    assert [row["file"] for row in ran.rows] == ["out/dir%2Fb", "out/%2Ehidden"]
    assert shell("download", "a", "-o", "-", check=0).raw == PNG
    assert shell("download", "nope", "-o", "-", check=1).raw == b""
    shell("download", "a", "-o", "other.png", check=0)
    assert Path("other.png").read_bytes() == PNG
