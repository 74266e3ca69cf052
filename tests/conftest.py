"""What every test needs: an environment without settings of the person who runs it."""

import os

import hypothesis
import pytest
from canary import _watched as _watched
from canary import pytest_runtest_makereport as pytest_runtest_makereport

collect_ignore = ["guided.py"]  # needs atheris

# The same examples each time, so that a change is judged by what it does; `make soak` looks for others.
hypothesis.settings.register_profile("same", deadline=None, derandomize=True)
hypothesis.settings.register_profile("search", deadline=None, max_examples=1000)
hypothesis.settings.load_profile("same")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("CLOUDFLARE_", "SSL_CERT_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
