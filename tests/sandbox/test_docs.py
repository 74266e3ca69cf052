"""What docs/sandbox.md says is so."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cfimages.sandbox import FAULTS, Sandbox, __main__
from cfimages.sandbox import control as control_module

PAGE = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(BLOCKS[0], "sandbox.md", "exec"), {"__name__": "__main__"})
    listed, asked = capsys.readouterr().out.splitlines()
    assert listed == "101"
    assert asked.count("server-error") == 2


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("curl") or not shutil.which("bash"), reason="needs curl and bash")
def test_the_calls_of_curl_work(tmp_path: Path) -> None:
    calls, fault = [code for code in re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL) if "curl" in code]
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    with Sandbox() as sandbox, sandbox.client() as images:
        for code in (calls, fault):
            command = ["bash", "-e", "-c", code.replace("http://127.0.0.1:8787", sandbox.url)]
            done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
            assert done.returncode == 0, done.stderr
        assert [(image.filename, image.meta) for image in images.list()] == [("photo.jpg", {"status": "active"})]
        assert [entry.fault for entry in sandbox.requests[-3:]] == ["server-error", "server-error", None]


@pytest.mark.parametrize("language", ["ts", "go", "php"])
def test_programs_of_other_languages_are_led_to_the_sandbox(language: str) -> None:
    (code,) = re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)
    assert re.findall(r"https?://[^\"']+", code)[0].startswith("http://127.0.0.1:8787/client/v4")
    assert "sandbox" in code


def test_the_tests_pass(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(BLOCKS[1])
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=3)


def test_every_option_and_every_fault_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        __main__.main(["--help"])
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}
    table = PAGE[PAGE.index("| option ") : PAGE.index("## Point")]
    assert set(re.findall(r"`(--[a-z-]+)", table)) | set(re.findall(r", `(--[a-z-]+)", table)) == options
    faults = PAGE[PAGE.index("| kind |") : PAGE.index("## Control")]
    assert set(FAULTS) <= set(re.findall(r"`([a-z-]+)`", faults))


def test_every_call_of_the_control_is_there() -> None:
    source = Path(control_module.__file__).read_text("utf-8")
    calls = re.findall(r'\("([A-Z]+)", "([a-z]+)"\):', source)
    rows = [row.split("|")[1] for row in PAGE.splitlines() if "/control/" in row and row.startswith("|")]
    documented = {
        (method, re.findall(r"/control/([a-z]+)", row)[0]) for row in rows for method in re.findall(r"[A-Z]{3,}", row)
    }
    assert set(calls) == documented


def test_every_field_of_the_log_is_there() -> None:
    with Sandbox() as sandbox, sandbox.client() as images:
        sandbox.faults.next(kind="reset-before")
        sandbox.fill("sandbox", 2)
        first, second = images.list(sort_order="asc")
        entry = control_module.logged(sandbox.requests[0])
        assert (entry["status"], entry["fault"]) == (None, "reset-before")
        assert [f"{image.uploaded:%F %T}" for image in (first, second)] == [
            "2026-01-01 00:00:00",
            "2026-01-01 00:00:01",
        ]
    table = PAGE[PAGE.index("### The request log") :].split("\n\n")[1]
    named = re.findall(r"^\|(.*?)\|", table, flags=re.MULTILINE)[2:]
    assert re.findall(r"`(\w+)`", " ".join(named)) == [*entry]
