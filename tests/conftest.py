"""What every test needs: an environment without settings of the person who runs it."""

import functools
import gc
import os
import signal
import ssl
from collections.abc import Iterator

import hypothesis
import pytest
from canary import cage as cage
from canary import listened as listened

collect_ignore = ["guided.py", "mutating.py"]  # programs, which need tools of development

# The same examples each time, so that a change is judged by what it does. `make soak` looks for others.
hypothesis.settings.register_profile("quick", deadline=None, derandomize=True, max_examples=20)
hypothesis.settings.register_profile("search", deadline=None, max_examples=1000)
hypothesis.settings.load_profile("quick")


def pytest_collection_finish() -> None:
    """Leave thousands of collected tests out of every later garbage collection: many tests ask for one."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def _clean_environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("CLOUDFLARE_", "SSL_CERT_")) or name.lower().endswith("_proxy"):
                patch.delenv(name)
        yield


@pytest.fixture(autouse=True, scope="session")
def _ctrl_c_interrupts() -> Iterator[None]:
    """Have SIGINT interrupt the tests and what they start: in the background, shells have their programs ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True, scope="session")
def _certificates_are_read_once() -> Iterator[None]:
    """Have clients share a TLS context, as most of them speak plain HTTP: to make one takes longer than most tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", functools.cache(ssl.create_default_context))
        yield
