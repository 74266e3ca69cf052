"""The plugin for pytest, as another project's tests use it."""

import subprocess
import sys

import pytest

TESTS = """
import asyncio
import os

import pytest
from cfimages import CloudflareImages, RateLimitError, RetryPolicy, ServerError
from cfimages.sandbox import Faults, RateLimit

ONCE = RetryPolicy(attempts=1)


def test_code_that_makes_its_own_client(cfimages_account):
    assert "CLOUDFLARE_API_KEY" not in os.environ
    cfimages_account.add(b"GIF89a", id="a", metadata={"n": 1})
    with CloudflareImages() as images, images.batch() as fast:
        assert [image.id for image in images.list()] == ["a"]
        assert fast.get("a").meta == {"n": 1}
    assert [entry.path.rpartition("/")[2] for entry in cfimages_account.requests] == ["v2", "batch_token", "a"]


@pytest.mark.parametrize("turn", [1, 2])
def test_each_has_an_account_of_its_own(cfimages_client, cfimages_account, turn):
    assert list(cfimages_client.list()) == []
    cfimages_client.upload(b"GIF89a", id="a")
    assert repr(cfimages_account) == f"SandboxAccount({cfimages_client.account_id!r})"


@pytest.mark.cfimages(images=5, faults=[{"method": "GET", "path": "/images/v2", "kind": "server-error"}])
def test_images_and_faults(cfimages_client):
    once = cfimages_client.options(retries=ONCE)
    with pytest.raises(ServerError):
        list(once.list())
    assert len(list(once.list())) == 5


@pytest.mark.cfimages(faults=[{"path": "/images/v2", "kind": "server-error"}])
def test_a_fault_that_has_not_come_is_pending(cfimages_account, cfimages_client, cfimages_sandbox):
    of_another = cfimages_sandbox.faults.next(kind="server-error", account="another")
    aimed = cfimages_account.fault("GET", "/images/v1/stats", kind="latency", delay=0)
    assert cfimages_account.pending == (cfimages_sandbox.faults.aimed[0], aimed)
    cfimages_client.stats()
    assert [fault.path for fault in cfimages_account.pending] == ["/images/v2"]
    with pytest.raises(ServerError):
        list(cfimages_client.options(retries=ONCE).list())
    assert cfimages_account.pending == ()
    cfimages_sandbox.faults.cancel(of_another)


@pytest.mark.cfimages(faults=[{"kind": "server-error", "times": None}], allow_unused_faults=True)
def test_a_fault_that_would_last(cfimages_account):
    pass


def test_faults_end_with_their_test(cfimages_sandbox, cfimages_client):
    assert cfimages_sandbox.faults.aimed == ()
    cfimages_sandbox.faults.next(kind="latency", account="another")
    assert list(cfimages_client.list()) == []


@pytest.mark.cfimages(faults=Faults(kinds=("server-error",), rate=1))
def test_random_faults(cfimages_client, cfimages_account, cfimages_sandbox):
    assert cfimages_account.sandbox is not cfimages_sandbox
    with pytest.raises(ServerError):
        cfimages_client.options(retries=ONCE).get("a")


@pytest.mark.cfimages(rate_limit=RateLimit(1, 60))
def test_a_rate_limit(cfimages_client):
    once = cfimages_client.options(retries=ONCE)
    once.stats()
    with pytest.raises(RateLimitError):
        once.stats()


@pytest.mark.cfimages(images=5, allow_unused_faults=True)
class TestOfSeveralMarkers:
    @pytest.mark.cfimages(faults=[{"kind": "server-error"}])
    def test_arguments_of_both_count(self, cfimages_account, cfimages_client):
        assert len(cfimages_account.pending) == 1
        assert cfimages_account.sandbox.store.count(cfimages_account.id) == 5

    @pytest.mark.cfimages(images=7)
    def test_the_nearer_counts(self, cfimages_client):
        assert len(list(cfimages_client.list())) == 7


@pytest.mark.cfimages(buckets={"photos": os.path.dirname(__file__)})
def test_buckets(cfimages_client, cfimages_account):
    assert [*cfimages_account.sandbox.buckets] == ["photos"]
    assert cfimages_client.imports.sources.precheck(bucket="photos", vendor="s3", secret={"a": "b"}).ok


def test_a_bucket_for_one_test(cfimages_sandbox, cfimages_client, monkeypatch, tmp_path):
    monkeypatch.setitem(cfimages_sandbox.buckets, "photos", tmp_path)
    assert cfimages_client.imports.sources.precheck(bucket="photos", vendor="s3", secret={"a": "b"}).ok


def test_asynchronous(cfimages_async_client):
    async def listed():
        async with cfimages_async_client as images:
            return [image.id async for image in images.list()]

    assert asyncio.run(listed()) == []
"""


@pytest.fixture(autouse=True)
def _no_other_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load this plugin alone: importing all that are installed takes longer than the tests."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "cfimages.pytest_plugin")


def test_it_works_in_another_project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Installing the package is enough: pytest finds the plugin by its entry point."""
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    monkeypatch.delenv("PYTEST_PLUGINS")
    monkeypatch.setenv("CLOUDFLARE_API_KEY", "left over")
    pytester.makepyfile(TESTS)
    result = pytester.runpytest_inprocess("--strict-markers", "-p", "no:cacheprovider", "-p", "no:schemathesis")
    result.assert_outcomes(passed=14)


def test_a_project_can_have_a_sandbox_of_its_own(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
        import pytest
        from cfimages.sandbox import Sandbox

        @pytest.fixture(scope="session")
        def cfimages_sandbox():
            with Sandbox(api_token="secret") as sandbox:
                yield sandbox
        """)
    pytester.makepyfile("""
        from cfimages import CloudflareImages

        def test_code_that_makes_its_own_client(cfimages_account):
            with CloudflareImages() as images:
                assert list(images.list()) == []
        """)
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_a_marker_that_cannot_be_read_says_what_it_takes(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest

        @pytest.mark.cfimages(image=5)
        def test_a(cfimages_account): ...

        @pytest.mark.cfimages(5)
        def test_b(cfimages_account): ...

        @pytest.mark.cfimages(images="5")
        def test_c(cfimages_account): ...

        @pytest.mark.cfimages(images=-5)
        def test_d(cfimages_account): ...

        @pytest.mark.cfimages(faults=["stall"])
        def test_e(cfimages_account): ...

        @pytest.mark.cfimages(faults={"kind": "stall"})
        def test_f(cfimages_account): ...

        @pytest.mark.cfimages(rate_limit=5)
        def test_g(cfimages_account): ...

        @pytest.mark.cfimages(images=True)
        def test_h(cfimages_account): ...

        @pytest.mark.cfimages(faults=[{"kinds": "stall"}])
        def test_i(cfimages_account): ...

        @pytest.mark.cfimages(faults=[{"kind": "stall", "account": "a"}])
        def test_j(cfimages_account): ...

        @pytest.mark.cfimages(faults=[{"path": "/images/v2"}])
        def test_k(cfimages_account): ...
        """)
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(errors=11)
    for said in (
        "*images of the marker cfimages must be a number of images, not '5'",
        "*images of the marker cfimages must be a number of images, not -5",
        "*faults of the marker cfimages must be a list of dicts, or a Faults, not ['stall']",
        "*faults of the marker cfimages must be a list of dicts, or a Faults, not {'kind': 'stall'}",
        "*images of the marker cfimages must be a number of images, not True",
        "*UsageError: faults of the marker cfimages: a fault has no argument 'kinds': use method, path, kind, after, *",
        "*UsageError: faults of the marker cfimages: a fault has no argument 'account': use method, path, kind, *",
        "*UsageError: faults of the marker cfimages: {'path': '/images/v2'} has no kind, such as 'server-error'",
        "*rate_limit must be a RateLimit, such as RateLimit(requests=10, seconds=1), not 5",
    ):
        result.stdout.fnmatch_lines([said.replace("[", "[[]")])
    wanted = ": write images=, faults=, rate_limit=, buckets=, allow_unused_faults="
    result.stdout.fnmatch_lines(
        [f"*the marker cfimages has no argument {given}{wanted}" for given in ("image", "5")], consecutive=False
    )


def test_a_mistake_shows_the_line_of_the_test_and_none_of_the_plugin(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest

        @pytest.mark.cfimages(image=5)
        def test_marker(cfimages_account): ...

        @pytest.mark.cfimages(faults=[{"kinds": "latency"}])
        def test_fault_of_the_marker(cfimages_account): ...

        @pytest.mark.cfimages(faults=[{"kind": "latency", "path": "/imags/v2"}])
        def test_path_of_the_marker(cfimages_account): ...

        def test_path(cfimages_account):
            cfimages_account.fault("GET", "/imags/v2", kind="latency")

        def test_name(cfimages_account):
            cfimages_account.fault("GET", "/images/v2", kinds="latency")

        def test_kind(cfimages_sandbox):
            cfimages_sandbox.faults.next("GET", "/images/v2", kind="late")
        """)
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(failed=3, errors=3)
    assert [line for line in result.outlines if line.startswith(">")] == [
        '>       cfimages_account.fault("GET", "/imags/v2", kind="latency")',
        '>       cfimages_account.fault("GET", "/images/v2", kinds="latency")',
        '>       cfimages_sandbox.faults.next("GET", "/images/v2", kind="late")',
    ]


UNUSED = """
import pytest

@pytest.mark.cfimages(faults=[{"path": "/images/v1/stats", "kind": "server-error", "status": 503}])
def test_marked(cfimages_client):
    cfimages_client.exists("a")

def test_aimed_in_the_test(cfimages_account):
    cfimages_account.fault("POST", kind="latency", times=None)

def test_met_once_of_twice(cfimages_client, cfimages_account):
    cfimages_account.fault("GET", kind="latency", delay=0, times=2)
    cfimages_client.stats()

def test_taken_back(cfimages_account, cfimages_sandbox):
    cfimages_sandbox.faults.cancel(cfimages_account.fault(kind="latency"))

def test_that_fails_by_itself(cfimages_account):
    cfimages_account.fault(kind="latency")
    raise RuntimeError("by itself")

def test_that_is_skipped(cfimages_account):
    cfimages_account.fault(kind="latency")
    pytest.skip("today")

@pytest.mark.cfimages(faults=[{"path": "/imags/v2", "kind": "latency"}])
def test_misspelt(cfimages_account): ...
"""


def test_a_fault_that_no_request_has_met_fails_the_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(UNUSED)
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=4, failed=1, skipped=1, errors=3)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_marked*",
            "The fault ?* /images/v1/stats server-error 503 has met no request of the test.",
            "Aim it at a request of the test, or mark the test with cfimages(allow_unused_faults=True).",
            "The account's last requests (1 in all):",
            "  GET /client/v4/accounts/*/images/v1/a",
            "*ERROR at teardown of test_aimed_in_the_test*",
            "The fault POST ?* latency has met no request of the test.",
            "The account's last requests (0 in all):",
            "  none",
            "*ERROR at setup of test_misspelt*",
            "E * ValueError: path '/imags/v2' is not a path of the API: did you mean '/images/v2'?",
        ]
    )


def test_an_interrupted_test_is_not_blamed_for_its_faults(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        def test_interrupted(cfimages_account):
            cfimages_account.fault(kind="latency")
            raise KeyboardInterrupt
        """)
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", no_reraise_ctrlc=True)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.no_fnmatch_line("*has met no request*")
    result.stderr.no_fnmatch_line("*has met no request*")


def test_faults_of_a_test_that_is_not_called_are_not_missed(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(UNUSED)
    result = pytester.runpytest_inprocess("--setup-only", "-p", "no:cacheprovider", "-k", "test_marked")
    result.assert_outcomes()


def test_a_test_that_is_expected_to_fail_may_leave_faults(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest

        @pytest.mark.xfail(reason="known")
        @pytest.mark.cfimages(faults=[{"kind": "latency"}])
        def test_known(cfimages_account):
            raise RuntimeError

        @pytest.mark.skip
        @pytest.mark.cfimages(faults=[{"kind": "latency"}])
        class TestClass:
            def test_skipped(self, cfimages_account): ...
        """)
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(xfailed=1, skipped=1)


def test_it_tells_of_itself(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("--markers")
    result.stdout.fnmatch_lines(
        ["@pytest.mark.cfimages(images=0, faults=(), rate_limit=None, buckets=None, allow_unused_faults=False)*"]
    )


def test_loading_it_imports_no_more_than_the_two_packages_themselves() -> None:
    code = "import sys, cfimages, pytest; before = set(sys.modules); import cfimages.pytest_plugin; "
    code += "print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "cfimages.pytest_plugin cfimages.sandbox\n"
