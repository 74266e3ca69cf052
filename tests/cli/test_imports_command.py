"""imports: which calls of the SDK the commands make. The sandbox has no imports."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
from cli.conftest import Shell

from cfimages.models.imports import Connectivity, Import, ImportLog, ImportProgress, ImportSource


@pytest.fixture
def imports(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Any:
    fake = MagicMock()
    monkeypatch.setattr("cfimages.CloudflareImages.imports", fake)
    job = Import("i1", "pending", source_id="s1")
    source = ImportSource("s1", name="pictures", bucket="b", vendor="s3")
    fake.list.return_value = [job]
    fake.create.return_value = fake.start.return_value = fake.abort.return_value = job
    fake.logs.return_value = [ImportLog(msg="left out")]
    fake.progress.return_value = ImportProgress("processing")
    fake.wait.return_value = ImportProgress("error")
    fake.sources.list.return_value = [source]
    fake.sources.create.return_value = source
    fake.sources.check.return_value = Connectivity("ok")
    return SimpleNamespace(calls=fake)


def test_imports(shell: Shell, imports: Any) -> None:
    assert shell("imports", "list", check=0).row["status"] == "pending"
    shell("imports", "create", "s1", "--prefix", "p/", "--overwrite", check=0)
    imports.calls.create.assert_called_once_with(
        "s1", conflict_behaviour="overwrite", path_prefix="p/", root_directory=None
    )
    assert "--yes" in shell("imports", "start", "i1", check=4).err
    imports.calls.start.assert_not_called()
    shell("imports", "start", "i1", "--yes", check=0)
    imports.calls.start.assert_called_once_with("i1")
    assert shell("imports", "progress", "i1", check=0).row["status"] == "processing"
    assert shell("imports", "progress", "i1", "--wait", check=1).row["status"] == "error"
    assert shell("imports", "logs", "i1", check=0).row["msg"] == "left out"
    assert shell("imports", "abort", "i1", check=0).row["id"] == "i1"


def test_sources(shell: Shell, imports: Any) -> None:
    assert shell("imports", "sources", "list", check=0).row["bucket"] == "b"
    Path("secret.json").write_text('{"accessKeyId": "canary-5d1f"}')
    words = ["imports", "sources", "create", "pictures", "--bucket", "b", "--vendor", "s3", "--secret-file"]
    assert shell(*words, "secret.json", check=0).row["id"] == "s1"
    imports.calls.sources.create.assert_called_once_with(
        "pictures", bucket="b", vendor="s3", secret={"accessKeyId": "canary-5d1f"}, account=None
    )
    assert "No such file" in shell(*words, "none.json", check=2).err
    for wrong in ("canary-5d1f", "[]"):
        Path("secret.json").write_text(wrong)
        assert "JSON object" in shell(*words, "secret.json", check=2).err
    assert shell("imports", "sources", "check", "s1", check=0).row["status"] == "ok"
    shell("imports", "sources", "delete", "s1", check=0)
    imports.calls.sources.delete.assert_called_once_with("s1")
