"""Where credentials come from, and that they go nowhere else."""

from pathlib import Path

import pytest
from canary import CANARY
from cli.conftest import Shell
from systems import needs_modes

from cfimages.cli.status import Status


@pytest.fixture
def bare(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell without a token in its environment."""
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN")
    return shell


def profiles(shell: Shell, text: str, mode: int = 0o600) -> None:
    folder = shell.folder / "config"
    folder.mkdir(exist_ok=True)
    (folder / "profiles.toml").write_text(text, "utf-8")
    (folder / "profiles.toml").chmod(mode)


def test_a_token_from_a_file(bare: Shell) -> None:
    Path("token").write_text(f"\ufeff{CANARY}\n", "utf-8")
    assert bare("list", "--token-file", "token", check=0).out == ""
    ran = bare("delete", "a", "b", "--token-file", "token", "--journal", "x.job", check=0)
    assert CANARY.encode() not in Path("x.job").read_bytes()
    assert ran.status == 0


@pytest.mark.parametrize("content", [b"", b"two words", b"\xff\xfe\x00"])
def test_a_file_that_holds_no_token(bare: Shell, content: bytes) -> None:
    Path("token").write_bytes(content)
    ran = bare("list", "--token-file", "token", check=Status.NO_ACCESS)
    assert "--token-file token" in ran.err
    assert "words" not in ran.err
    assert "--token-file none" in bare("list", "--token-file", "none", check=Status.NO_ACCESS).err


def test_a_profile(bare: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLOUDFLARE_ACCOUNT_ID")
    account = bare.environment["CLOUDFLARE_ACCOUNT_ID"]
    profiles(bare, f'[work]\naccount_id = "{account}"\napi_token = "{CANARY}"\n[key]\napi_key = "k"\napi_email = "e"\n')
    bare.put("a")
    assert bare("list", "--profile", "work", check=0).row["id"] == "a"
    assert bare("list", "--profile", "work", "--account", "another", check=0).out == ""
    Path("token").write_text(CANARY, "utf-8")
    assert bare("list", "--profile", "key", "--account", account, "--token-file", "token", check=0).row["id"] == "a"
    bare.put("b")
    ran = bare("delete", "a", "b", "--profile", "work", "--account", account, "--allow-http", check=4)
    assert ran.err.splitlines()[-1].endswith(f" --account {account} --profile work --allow-http")
    ran = bare("delete", "a", "b", "--account", account, "--token-file", "token", check=4)
    assert ran.err.splitlines()[-1].endswith(f" --token-file {Path('token').absolute()}")
    ran = bare("doctor", "--profile", "work", "--token-file", "token", check=0)
    assert {"check": "--profile", "ok": True, "says": "work"} in ran.rows
    assert {"check": "--token-file", "ok": True, "says": "token"} in ran.rows


@needs_modes
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o777])
def test_profiles_that_others_can_read_are_refused(bare: Shell, mode: int) -> None:
    profiles(bare, f'[work]\napi_token = "{CANARY}"\n', mode)
    assert "chmod 600" in bare("list", "--profile", "work", check=Status.NO_ACCESS).err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'[work]\napi_token = "{CANARY}', "is not TOML"),
        (f'[other]\napi_token = "{CANARY}"\n', "it has other"),
        ("", "it has none"),
        (f'work = "{CANARY}"', "has no [work]"),
        (f'[work]\ntoken = "{CANARY}"', "token is unknown"),
        ("[work]\napi_token = 1", "api_token must be a non-empty string"),
        ('[work]\napi_token = ""', "api_token must be a non-empty string"),
    ],
)
def test_profiles_that_cannot_be_used(bare: Shell, text: str, said: str) -> None:
    profiles(bare, text)
    assert said in bare("list", "--profile", "work", check=Status.NO_ACCESS).err


def test_profiles_that_cannot_be_read(bare: Shell) -> None:
    assert "No such file" in bare("list", "--profile", "work", check=Status.NO_ACCESS).err
    (bare.folder / "config").mkdir()
    path = bare.folder / "config" / "profiles.toml"
    path.write_bytes(b"\xff")
    path.chmod(0o600)
    assert "is not UTF-8" in bare("list", "--profile", "work", check=Status.NO_ACCESS).err


def test_no_option_takes_a_credential(shell: Shell) -> None:
    for words in (["list"], ["jobs", "resume"], ["doctor"]):
        text = shell(*words, "--help", check=0).out
        assert "--token-file" in text
        assert not {"--token", "--api-token", "--api-key", "--key"} & set(text.replace(",", " ").split())


def test_what_is_set_wrongly(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "space" in shell("list", "--account", "a b", check=Status.NO_ACCESS).err
    monkeypatch.setenv("CLOUDFLARE_BASE_URL", "http://192.0.2.1/")
    assert "plain http" in shell("list", check=Status.NO_ACCESS).err
    monkeypatch.setenv("CLOUDFLARE_BASE_URL", shell.sandbox.url)  # where no API is
    assert shell("list", check=None).status in (Status.FAILED, Status.UNFINISHED, Status.NO_ACCESS)
