"""variants, keys, stats, settings, doctor, completion, sandbox, and help."""

import pytest
from cli.conftest import Shell
from click.testing import CliRunner

from cfimages import MetadataKeys
from cfimages.cli.app import COMMANDS, LazyGroup, cli
from cfimages.cli.status import MEANINGS, IncompleteError, Status, first, status_of
from cfimages.sandbox import __main__ as sandbox_command


def test_variants(shell: Shell) -> None:
    assert [row["id"] for row in shell("variants", check=0).rows] == ["public"]
    made = shell("variants", "create", "hero", "--width", "1200", "--height", "600", "--fit", "cover", check=0).row
    assert (made["id"], made["width"], made["fit"]) == ("hero", 1200, "cover")
    assert shell("variants", "get", "hero").row == made
    edited = shell("variants", "edit", "hero", "--width", "10", "--height", "6", "--public", check=0).row
    assert (edited["width"], edited["neverRequireSignedURLs"]) == (10, True)
    assert [row["id"] for row in shell("variants", "list").rows] == ["public", "hero"]
    shell("variants", "delete", "hero", "--yes", check=0)
    shell("variants", "get", "hero", check=1)
    assert "for NAME" in shell("variants", "get", "no such", check=2).err
    shell("variants", "create", "x", "--width", "1", check=2)


def test_keys_show_their_values_only_when_asked(shell: Shell) -> None:
    assert shell("keys", check=0).row == {"name": "default"}
    assert shell("keys", "create", "ours", check=0).row == {"name": "ours"}
    shown = {row["name"]: row["value"] for row in shell("keys", "list", "--show").rows}
    assert set(shown) == {"default", "ours"}
    assert shown["ours"] == next(str(key.value) for key in shell.images.keys.list() if key.name == "ours")
    assert shell("keys", "create", "ours", "--show", check=0).row["value"] != shown["ours"]
    shell("keys", "delete", "ours", "--yes", check=0)
    assert "for NAME" in shell("keys", "delete", "no such", "--yes", check=2).err


def test_stats_and_settings(shell: Shell) -> None:
    shell.put("a")
    assert shell("stats", check=0).row == {"current": 1, "allowed": 100_000}
    assert shell("settings", check=0).row == {"flexible_variants": False}
    assert shell("settings", "--flexible-variants", "true", check=0).row == {"flexible_variants": True}


def test_metadata_keys(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.put("a", metadata={"status": "active", "n": 1})
    assert {row["name"] for row in shell("metadata-keys", check=0).rows} == {"n", "status"}
    monkeypatch.setattr("cfimages.CloudflareImages.metadata_keys", lambda _: MetadataKeys(("n",), truncated=True))
    assert "more names" in shell("metadata-keys", check=0).err


def test_doctor(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.put("a")
    rows = {row["check"]: row for row in shell("doctor", check=0).rows}
    assert all(row["ok"] for row in rows.values())
    assert rows["CLOUDFLARE_API_TOKEN"]["says"] == "set"
    assert rows["the account answers"]["says"] == "1 of 100,000 images"
    assert rows["may edit images"]["says"] == "yes"
    assert shell.ids() == ["a"]
    monkeypatch.delenv("CLOUDFLARE_BATCH_BASE_URL")
    rows = {row["check"]: row for row in shell("doctor", check=0).rows}
    assert "not set" in rows["batch host"]["says"]
    shell.images.delete("a")
    assert "no images" in {row["check"]: row for row in shell("doctor").rows}["may list images"]["says"]
    monkeypatch.delenv("CLOUDFLARE_ACCOUNT_ID")
    assert shell("doctor", check=5).rows[-1]["ok"] is False


def test_a_report_of_doctor_names_nothing(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    working = shell("doctor", "--report", check=0)
    rows = {row["check"]: row["says"] for row in working.rows}
    assert rows["CLOUDFLARE_BASE_URL"] == rows["account"] == rows["CLOUDFLARE_API_TOKEN"] == "set"
    assert "httpx" in rows["version"]
    monkeypatch.setenv("CLOUDFLARE_BASE_URL", "http://127.0.0.1:9/client/v4")
    failing = shell("doctor", "--report", check=3)
    assert "ConnectError at ..." in failing.out
    names = [shell.environment[name] for name in ("CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN")]
    for text in (*names, "127.0.0.1"):
        assert text not in working.out + failing.out


def test_doctor_sees_an_edit_of_nothing(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cfimages.CloudflareImages.edit", lambda *_, **__: None)
    rows = {row["check"]: row for row in shell("doctor").rows}
    assert "unclear" in rows["may edit images"]["says"]


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_completion(shell: Shell, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "_CFIMAGES_COMPLETE" in shell("completion", name, check=0).out
    monkeypatch.setenv("_CFIMAGES_COMPLETE", f"{name}_complete")
    for words, found in (("cfimages inv", "inventory"), ("cfimages jobs un", "undo"), ("cfimages --ver", "--version")):
        *_, last = words.split()
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", last if name == "fish" else str(words.count(" ")))
        assert found in CliRunner().invoke(cli, [], prog_name="cfimages").stdout


def test_a_shell_that_this_click_does_not_know(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("click.shell_completion.get_completion_class", lambda _: None)
    shell("completion", "bash", check=2)


def test_the_sandbox_is_started_with_its_own_options(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox_command, "wait", lambda: None)
    assert "A local Images account runs" in shell("sandbox", "--port", "0", "--fill", "1", check=0).out
    shown = shell("sandbox", "--help", check=0).out
    assert shown.startswith("usage: cfimages sandbox ")
    assert "--delivery-cors" in shown
    port = shell.sandbox.url.rpartition(":")[2]
    taken = shell("sandbox", "--port", port, check=1)
    assert taken.err.endswith(" is in use: choose another, or 0 for a free one (--port)\n")
    assert "another number" not in shell("sandbox", "--db", "no/such/folder/db", check=1).err


def test_help_has_every_command_with_the_summary_it_has_itself(shell: Shell) -> None:
    text = shell("--help", check=0).out
    assert shell("-h").out == text
    assert shell(check=2).out + shell().err == text
    assert shell("--version").out.startswith("cfimages ")
    context = cli.make_context("cfimages", ["list"])
    assert isinstance(cli, LazyGroup)
    assert cli.list_commands(context) == list(COMMANDS)
    for name, (_, summary) in COMMANDS.items():
        assert f"{name} " in text
        assert summary in " ".join(text.split())
        command = cli.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert command.help
        assert shell(name, "--help").status == 0


def test_statuses() -> None:
    assert list(MEANINGS) == list(Status)
    assert first(Status.FAILED, Status.UNFINISHED, Status.DONE) == Status.UNFINISHED
    assert first(Status.USAGE, Status.NO_ACCESS, Status.REFUSED) == Status.NO_ACCESS
    assert first() == Status.DONE
    assert status_of(IncompleteError(Status.FAILED)) == Status.FAILED
    assert status_of(ZeroDivisionError()) is None
