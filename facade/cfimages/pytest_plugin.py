"""A plugin for pytest: a local Images account for each test. Needs cfimages with its extra `sandbox`.

pytest finds it automatically. Only the first fixture imports HTTP and the server.
"""

import inspect
import os
import uuid
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, fields
from typing import Any

import pytest

import cfimages.sandbox

MARKER = (
    "cfimages(images=0, faults=(), rate_limit=None, buckets=None, allow_unused_faults=False): what the account of this"
    " test has. images: how many are made up; faults: a Faults, or a list of dicts with the arguments of"
    " Sandbox.faults.next; rate_limit: a RateLimit; buckets: folders that stand for buckets of S3 and R2, by their"
    " names; allow_unused_faults: whether the test may pass although an aimed fault has met no request."
)
_SHOWN_REQUESTS = 10
_PASSED = pytest.StashKey[bool]()


class SandboxAccount:
    """A sandbox account, empty at first, which no other test uses."""

    def __init__(self, sandbox: "cfimages.sandbox.Sandbox", account_id: str) -> None:
        self.sandbox = sandbox
        self.id = account_id

    def add(self, file: Any = None, **description: Any) -> str:
        """Add an image without a request. Arguments and result as for `Sandbox.add`."""
        return self.sandbox.add(file, account=self.id, **description)

    def fill(self, count: int, **description: Any) -> None:
        """Add made-up images. Arguments as for `Sandbox.fill`."""
        self.sandbox.fill(self.id, count, **description)

    def fault(self, method: str = "*", path: str = "*", **how: Any) -> "cfimages.sandbox.AimedFault":
        """Make its next matching requests fail. Arguments and result as for `Sandbox.faults.next`."""
        __tracebackhide__ = True
        return self.sandbox.faults.next(method, path, account=self.id, **how)

    @property
    def pending(self) -> "tuple[cfimages.sandbox.AimedFault, ...]":
        """Its faults that have not happened as often as requested. A fault with `times=None` always stays."""
        return tuple(aimed for aimed in self.sandbox.faults.aimed if aimed.account == self.id)

    @property
    def unused(self) -> "tuple[cfimages.sandbox.AimedFault, ...]":
        """Its faults that no request has met. The test fails at its end if there is one."""
        return tuple(aimed for aimed in self.sandbox.faults.unused if aimed.account == self.id)

    @property
    def requests(self) -> "tuple[cfimages.sandbox.LoggedRequest, ...]":
        """Its requests, the oldest first."""
        from cfimages.sandbox.accounts import account_hash

        names = (self.id, account_hash(self.id))
        return tuple(entry for entry in self.sandbox.requests if entry.account in names)

    def __repr__(self) -> str:
        return f"SandboxAccount({self.id!r})"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", MARKER)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember whether a test has passed. Only then is it an error that its faults are unused."""
    report = yield
    if report.when == "call":
        item.stash[_PASSED] = report.passed
    return report


@pytest.fixture(scope="session")
def cfimages_sandbox() -> "Iterator[cfimages.sandbox.Sandbox]":
    """The sandbox of the session (with pytest-xdist, of the worker). Each test has its own account."""
    with cfimages.sandbox.Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def cfimages_account(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[SandboxAccount]:
    """An empty account for one test. The environment names it, so that clients of the tested code use it."""
    __tracebackhide__ = True
    wanted = _wanted(request.node.iter_markers("cfimages"))
    with ExitStack() as stack:
        if wanted.needs_own_sandbox:
            sandbox = stack.enter_context(
                cfimages.sandbox.Sandbox(
                    faults=None if wanted.has_aimed_faults else wanted.faults,
                    rate_limit=wanted.rate_limit,
                    buckets=wanted.buckets,
                )
            )
        else:
            sandbox = request.getfixturevalue("cfimages_sandbox")
        account = SandboxAccount(sandbox, uuid.uuid4().hex)
        for name in [name for name in os.environ if name.startswith("CLOUDFLARE_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("CLOUDFLARE_BASE_URL", sandbox.base_url)
        monkeypatch.setenv("CLOUDFLARE_BATCH_BASE_URL", sandbox.batch_url)
        monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", account.id)
        monkeypatch.setenv("CLOUDFLARE_API_TOKEN", sandbox.api_token)
        if wanted.images:
            account.fill(wanted.images)
        for fault in wanted.faults if wanted.has_aimed_faults else ():
            account.fault(**fault)
        yield account
        unused = account.unused
        for aimed in account.pending:
            sandbox.faults.cancel(aimed)
        if unused and not wanted.allow_unused_faults and request.node.stash.get(_PASSED, False):
            pytest.fail(_told(unused, account), pytrace=False)


@pytest.fixture
def cfimages_client(cfimages_account: SandboxAccount) -> "Iterator[cfimages.CloudflareImages]":
    """A client of the test's account."""
    with cfimages_account.sandbox.client(cfimages_account.id) as images:
        yield images


@pytest.fixture
def cfimages_async_client(cfimages_account: SandboxAccount) -> "cfimages.AsyncCloudflareImages":
    """An asynchronous client of the test's account: use it with `async with`, which closes it."""
    return cfimages_account.sandbox.async_client(cfimages_account.id)


def _told(unused: "tuple[cfimages.sandbox.AimedFault, ...]", account: SandboxAccount) -> str:
    """Return a message with the unused faults and the last requests."""
    asked = [f"{entry.method} {entry.target}" for entry in account.requests]
    shown = [f"  {each}" for each in asked[-_SHOWN_REQUESTS:]] or ["  none"]
    return "\n".join(
        [
            *(f"The fault {aimed} has met no request of the test." for aimed in unused),
            "Aim it at a request of the test, or mark the test with cfimages(allow_unused_faults=True).",
            f"The account's last requests ({len(asked)} in all):",
            *shown,
        ]
    )


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    """What the marker says."""

    images: int = 0
    faults: Any = ()
    rate_limit: Any = None
    buckets: Any = None
    allow_unused_faults: bool = False

    @property
    def has_aimed_faults(self) -> bool:
        """Whether the faults are for requests of this account, and not random ones of a sandbox."""
        return isinstance(self.faults, list | tuple)

    @property
    def needs_own_sandbox(self) -> bool:
        return not self.has_aimed_faults or self.rate_limit is not None or self.buckets is not None


def _wanted(markers: Iterable[pytest.Mark]) -> _Wanted:
    """Read the markers, the nearest first. An argument of a nearer one counts. Raises UsageError for a wrong one."""
    __tracebackhide__ = True
    names = [field.name for field in fields(_Wanted)]
    given: dict[str, Any] = {}
    for marker in markers:
        if unknown := [*map(repr, marker.args), *(name for name in marker.kwargs if name not in names)]:
            raise pytest.UsageError(f"the marker cfimages has no argument {unknown[0]}: write {'=, '.join(names)}=")
        given = {**marker.kwargs, **given}
    wanted = _Wanted(**given)
    if type(wanted.images) is not int or wanted.images < 0:  # True is no number of images
        raise pytest.UsageError(f"images of the marker cfimages must be a number of images, not {wanted.images!r}")
    if isinstance(wanted.faults, dict) or (
        wanted.has_aimed_faults and not all(isinstance(fault, dict) for fault in wanted.faults)
    ):
        raise pytest.UsageError(
            f"faults of the marker cfimages must be a list of dicts, or a Faults, not {wanted.faults!r}"
        )
    for fault in wanted.faults if wanted.has_aimed_faults else ():
        _check_names(fault)
    return wanted


def _check_names(fault: dict[str, Any]) -> None:
    """Raise UsageError unless a fault of the marker has the arguments of `Sandbox.faults.next`, without the account."""
    __tracebackhide__ = True
    from cfimages.sandbox.aiming import FaultControl

    names = [name for name in inspect.signature(FaultControl.next).parameters if name not in ("self", "account")]
    if unknown := [name for name in fault if name not in names]:
        raise pytest.UsageError(
            f"faults of the marker cfimages: a fault has no argument {unknown[0]!r}: use {', '.join(names)}"
        )
    if "kind" not in fault:
        raise pytest.UsageError(f"faults of the marker cfimages: {fault!r} has no kind, such as 'server-error'")
