"""A short run of what `make fuzz` does for minutes."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris has wheels for some systems only")
def test_a_sample_of_each_target(tmp_path: Path) -> None:
    guided = str(Path(__file__).with_name("guided.py"))
    options = ["-runs=100", "-seed=1", "-len_control=0", "-max_len=512"]
    done = subprocess.run([sys.executable, guided, *options], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stderr.count("Done 100 runs") == len(done.stdout.splitlines()) >= 8
