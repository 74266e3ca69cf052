"""imports and their sources, from a folder that stands for a bucket."""

import json
from pathlib import Path

import pytest
from canary import CANARY
from cli.conftest import Shell

BUCKET = ("--bucket", "photos", "--vendor", "s3", "--secret-file", "secret.json")


@pytest.fixture
def source(shell: Shell) -> str:
    """The id of a source."""
    Path("secret.json").write_text(json.dumps({"accessKeyId": CANARY, "secretAccessKey": CANARY}), "utf-8")
    return str(shell("imports", "sources", "create", "pictures", *BUCKET, check=0).row["id"])


def test_an_import_from_its_source_to_its_end(shell: Shell, source: str) -> None:
    assert shell("imports", check=0).rows == []
    made = shell(
        "imports", "create", source, "--prefix", "p/", "--root", "o", "--overwrite", "--exclude", "image/gif", check=0
    ).row
    assert (made["status"], made["source_id"], made["path_prefix"]) == ("pending", source, "p/")
    assert (made["root_directory"], made["conflict_behaviour"]) == ("o", "overwrite")
    assert made["excluded_content_types"] == ["image/gif"]
    job = made["id"]
    assert shell("imports", "get", job, check=0).row == made
    assert shell("imports", "list", check=0).row == made
    assert "--yes" in shell("imports", "start", job, check=4).err
    assert shell("imports", "get", job).row["status"] == "pending"
    shell("imports", "start", job, "--yes", check=0)
    shell.images.imports.wait(job, every=0.01)
    done = shell("imports", "progress", job, "--wait", check=0).row
    assert (done["status"], done["import_success_count"]) == ("success", 1)
    assert shell("imports", "progress", job, check=0).row == done
    assert shell.ids() == ["p/one.png"]
    assert shell("imports", "logs", job, check=0).rows[-1]["log_type"] == "migrationComplete"
    assert shell("imports", "abort", job, check=1).out == ""  # it has ended
    shell("imports", "delete", job, check=0)
    shell("imports", "get", job, check=1)


def test_an_import_that_fails(shell: Shell, source: str) -> None:
    words = ["others" if word == "photos" else word for word in BUCKET]
    other = shell("imports", "sources", "create", "none", *words, check=0).row["id"]
    job = shell("imports", "create", other, check=0).row["id"]
    shell("imports", "start", job, "--yes", check=0)
    shell.images.imports.wait(job, every=0.01)
    assert shell("imports", "progress", job, "--wait", check=1).row["status"] == "error"


def test_an_import_that_is_aborted(shell: Shell, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    job = shell("imports", "create", source, check=0).row["id"]
    monkeypatch.setattr("cfimages.sandbox.imports.migrations.run", lambda *_: None)  # it does not end by itself
    shell("imports", "start", job, "--yes", check=0)
    assert shell("imports", "abort", job, check=0).row["status"] == "aborted"


def test_sources(shell: Shell, source: str) -> None:
    row = shell("imports", "sources", check=0).row
    assert (row["id"], row["name"], row["bucket"], row["vendor"]) == (source, "pictures", "photos", "s3")
    assert shell("imports", "sources", "get", source, check=0).row == row
    assert shell("imports", "sources", "list", "--name", "nothing", check=0).rows == []
    assert shell("imports", "sources", "check", source, check=0).row["status"] == "ok"
    assert shell("imports", "sources", "rename", source, "others", check=0).row["name"] == "others"
    shell("imports", "sources", "delete", source, check=0)
    assert shell("imports", "sources", "list", check=0).rows == []
    assert "for SOURCE" in shell("imports", "sources", "get", "connectivity-precheck", check=2).err


def test_a_bucket_is_tried_before_it_becomes_a_source(shell: Shell, source: str) -> None:
    assert shell("imports", "sources", "precheck", *BUCKET, check=0).row["status"] == "ok"
    words = ["others" if word == "photos" else word for word in BUCKET]
    failed = shell("imports", "sources", "precheck", *words, "--region", "eu-west-1", check=1)
    assert failed.row["status"] == "error"
    words[words.index("s3")] = "r2"
    assert "for --bucket-account" in shell("imports", "sources", "precheck", *words, check=2).err


def test_a_file_that_holds_no_credentials_of_a_bucket(shell: Shell) -> None:
    words = ["imports", "sources", "create", "pictures", *BUCKET]
    assert "No such file" in shell(*words, check=2).err
    for wrong in (CANARY, "[]"):
        Path("secret.json").write_text(wrong, "utf-8")
        assert "JSON object" in shell(*words, check=2).err
