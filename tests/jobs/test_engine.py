"""Runs: refusals, lost networks, stops, progress, and who may run a job."""

import errno
import os
import sqlite3
import threading
from contextlib import suppress
from typing import Any

import httpx
import pytest
from jobs.worlds import Rule, Wire, World, adding, answered, lost_after, lost_before, reasons, states
from patience import PATIENCE
from pictures import PNG

from cfimages import (
    AsyncCloudflareImages,
    AuthenticationError,
    ClientClosedError,
    CloudflareImages,
    InvalidArgumentError,
    PermissionDeniedError,
    ResponseSummary,
    jobs,
)
from cfimages.jobs.account import ATTEMPTS, Account
from cfimages.jobs.engine import GRACE


def deleting(world: World, *ids: str, **options: Any) -> jobs.Job:
    """A job that deletes some images, with one request for each."""
    world.put(*ids)
    return jobs.delete(world.images, world.journal, everything=True, recheck=False, **options)


def test_429_is_no_attempt_and_all_workers_wait(world: World) -> None:
    job = deleting(world, "a", "b")
    world.spoil("DELETE .*/a", answered(429, 971, {"Retry-After": "30"}), times=3 * ATTEMPTS)
    account = Account(world.images)
    before = account.timing.clock()
    assert job.run().counts["done"] == 2
    assert account.timing.clock() - before >= 30 * 3 * ATTEMPTS


def test_429_while_the_listing_is_read_is_waited_for(world: World) -> None:
    world.put("a")
    world.spoil("GET .*/v2.*", answered(429, 971, {"Retry-After": "3000"}))
    assert states(jobs.delete(world.images, world.journal, everything=True)) == {"a": "planned"}
    job = jobs.delete(world.images, world.folder / "2.job", ids=["a"])
    world.spoil("GET .*/a", answered(429, 971))
    assert job.run().finished


@pytest.mark.parametrize(
    "headers",
    [
        {"Ratelimit": '"default";r=0;t=40', "Ratelimit-Policy": '"default";q=1200;w=300'},
        {"Ratelimit": '"default";r=7;t=40'},
    ],
)
def test_what_any_response_says_of_the_rate_limit_all_workers_obey(world: World, headers: dict[str, str]) -> None:
    job = deleting(world, "a", "b", "c")
    world.spoil("DELETE .*", adding(headers))
    account = Account(world.images)
    before = account.timing.clock()
    assert job.run(workers=1).finished
    assert account.timing.clock() - before >= 40
    assert world.sent("DELETE .*") == 3


def test_a_429_with_headers_of_the_rate_limit_alone_is_obeyed(world: World) -> None:
    job = deleting(world, "a")
    world.spoil("DELETE .*", answered(429, 971, {"Ratelimit": '"default";r=0;t=40'}))
    account = Account(world.images)
    before = account.timing.clock()
    assert job.run().finished
    assert account.timing.clock() - before >= 40


def test_what_the_pages_of_a_listing_say_of_the_rate_limit_is_obeyed(world: World) -> None:
    world.put(*map(str, range(3)))
    world.spoil("GET .*/v2.*", adding({"Ratelimit": '"default";r=0;t=40'}))
    account = Account(world.images)
    before = account.timing.clock()
    planned = account.pager(creator=None).resumable()
    next(planned)
    account.wait_for_turn()
    assert account.timing.clock() - before >= 40


def test_what_the_batch_host_says_does_not_slow_down_the_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDFLARE_BATCH_BASE_URL", world.sandbox.batch_url)
    world.put("a")
    account = Account(world.client())
    world.spoil("GET /batch/.*/a", adding({"Ratelimit": '"batch";r=0;t=40'}))
    before = account.timing.clock()
    assert account.find("a")
    account.wait_for_turn("api")
    account.wait_for_turn("upload")
    assert account.timing.clock() == before
    account.wait_for_turn("batch")
    assert account.timing.clock() - before >= 40


def test_the_limit_that_comes_with_the_token_of_the_batch_host_is_the_one_of_the_api(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDFLARE_BATCH_BASE_URL", world.sandbox.batch_url)
    world.put("a")
    wire = Wire([Rule("GET .*/batch_token", adding({"Ratelimit": '"default";r=0;t=40'}))], tokens=True)
    account = Account(world.client(wire))
    before = account.timing.clock()
    assert account.find("a")
    account.wait_for_turn("batch")
    assert account.timing.clock() == before
    account.wait_for_turn("api")
    assert account.timing.clock() - before >= 40


def test_a_function_of_the_client_is_still_told_of_each_response(world: World) -> None:
    world.put("a")
    told: list[str] = []
    images = world.images.options(on_response=lambda response: told.append(response.method))
    jobs.delete(images, world.journal, everything=True).run()
    assert [method for method in told if method != "GET"] == ["DELETE"]
    assert told.count("GET") == 3  # a page, the token of the batch host, the check


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_change_that_the_function_of_the_client_cannot_note_is_asked_about(world: World, number: int) -> None:
    job = deleting(world, "a")
    told: list[str] = []

    def note(response: ResponseSummary) -> None:
        told.append(response.method)
        if "DELETE" in told:
            raise OSError(number, os.strerror(number), "log.jsonl")

    failing = jobs.resume(world.images.options(on_response=note), world.journal)
    with suppress(OSError):  # a full disk ends the run
        failing.run()
    assert next(job.items()).doubt
    assert job.run().counts["done"] == 1
    assert world.effects() == [("delete", "a")]


def test_an_answer_that_is_always_lost_fails_and_the_next_run_asks_first(world: World) -> None:
    job = deleting(world, "a")
    world.spoil("DELETE .*", answered(502), times=ATTEMPTS)
    assert job.run().counts["failed"] == 1
    assert "502" in str(reasons(job)["a"])
    assert world.sent("DELETE .*") == ATTEMPTS
    world.direct.delete("a")
    assert job.run().counts["done"] == 1


def test_an_item_whose_doubt_cannot_be_asked_about_stays_in_doubt(world: World) -> None:
    job = deleting(world, "a")
    world.spoil("DELETE .*", lost_after)
    world.spoil("GET .*/a", lost_before, times=ATTEMPTS)
    report = job.run()
    assert report.counts["in_doubt"] == 1
    assert "in doubt: a" in str(report)
    assert job.run().counts["done"] == 1
    assert world.effects() == [("delete", "a")]


@pytest.mark.parametrize(
    ("status", "kind"), [(401, AuthenticationError), (403, PermissionDeniedError)], ids=["401", "403"]
)
def test_refused_credentials_stop_the_job_and_nothing_is_lost(world: World, status: int, kind: type) -> None:
    job = deleting(world, *"abcdef")
    world.spoil("DELETE .*", answered(status, 10000), times=99, after=2)
    with pytest.raises(kind):
        job.run(workers=1)
    counts = job.report().counts
    assert (counts["done"], counts["planned"]) == (2, 4)
    world.rules.clear()
    assert job.run().finished
    assert len(world.effects()) == 6


def test_a_lost_network_stops_the_job_after_some_failures(world: World) -> None:
    job = deleting(world, *map(str, range(30)))
    world.spoil(".*", lost_before, times=9999, after=5)
    with pytest.raises(
        jobs.JobStoppedError,
        match=r"stopped after 4 failures in a row, .*made up.*: jobs\.resume\(images, '.*\.job'\)\.run\(\)$",
    ):
        job.run(workers=1, stop_after=4)
    counts = job.report().counts
    assert counts["done"] == 5
    assert counts["in_doubt"] >= 4
    assert counts["planned"] > 0
    world.rules.clear()
    assert job.run().finished
    assert len(world.effects()) == 30


def test_failures_with_successes_between_do_not_stop_a_job(world: World) -> None:
    job = deleting(world, *map(str, range(12)))
    world.spoil(r"DELETE .*/\d?[02468]", answered(400, 5400), times=99)
    report = job.run(workers=1, stop_after=2)
    assert (report.counts["done"], report.counts["failed"]) == (6, 6)
    assert [count for _, _, count in report.reasons] == [6]
    assert len(report.examples[report.reasons[0][1]]) == 3
    world.rules.clear()
    assert job.run(retry_failed=False).counts["failed"] == 6
    assert job.run().finished


def test_hundreds_of_items_fail_in_every_way_and_report_journal_and_account_agree(world: World) -> None:
    """What has a definite answer is as it says; the rest is settled by asking."""
    ways: list[tuple[Any, str]] = [
        (None, "done"),
        (answered(400, 5400), "failed"),
        (answered(404, 5404), "skipped"),
        (answered(404, text="<html>"), "failed"),
        (answered(404, 7003), "failed"),
        (answered(408), "done"),
        (answered(409, 5409), "failed"),
        (answered(413, 5413), "failed"),
        (answered(415, 5455), "failed"),
        (answered(422), "failed"),
        (answered(429, 971), "done"),
        (answered(500, 5550), "done"),
        (answered(503), "done"),
        (answered(520, text="<html>"), "done"),
        (answered(200, text="garbage"), "done"),
        (answered(302, headers={"Location": "http://elsewhere.invalid"}), "done"),
        (lost_before, "done"),
        (lost_after, "done"),
    ]
    ids = [f"{way:02}-{number:02}" for way in range(len(ways)) for number in range(12)]
    job = deleting(world, *ids)
    for id in ids:
        if (spoil := ways[int(id[:2])][0]) is not None:
            world.spoil(f"DELETE .*/{id}", spoil)
    seen: dict[str, str] = {}
    for event in job.events(stop_after=None):
        seen |= {item.key: outcome.state for item, outcome in event.finished}
    expected = {id: ways[int(id[:2])][1] for id in ids}
    assert states(job) == seen == expected
    report = job.report()
    assert {state: count for state, count in report.counts.items() if count} == {
        state: list(expected.values()).count(state) for state in ("done", "skipped", "failed")
    }
    assert sum(count for _, _, count in report.reasons) <= len(ids) - report.counts["done"]
    deleted = [id for id, state in expected.items() if state == "done"]
    assert sorted(world.effects()) == [("delete", id) for id in deleted]
    assert world.ids() == [id for id in ids if id not in deleted]
    assert job.run().counts["failed"] == 0


def test_doubts_that_stay_do_not_keep_a_job_from_the_rest(world: World) -> None:
    (world.folder / "files").mkdir()
    for name in range(9):
        (world.folder / "files" / str(name)).write_bytes(b"\x89PNG\r\n\x1a\n")
    job = jobs.upload(world.images, world.journal, world.folder / "files", reserve=False)
    world.spoil("POST .*", lost_after, times=4)
    with pytest.raises(jobs.JobStoppedError):
        job.run(workers=1, stop_after=4)
    report = job.run(workers=1, stop_after=4)
    assert (report.counts["in_doubt"], report.counts["done"]) == (4, 5)
    assert len(world.effects()) == 9


def test_doubts_that_cannot_be_asked_about_stop_a_job(world: World) -> None:
    job = deleting(world, *map(str, range(9)))
    world.spoil("DELETE .*", lost_after, times=9)
    world.spoil("GET .*", lost_before, times=999)
    for _ in range(2):
        with pytest.raises(jobs.JobStoppedError):
            job.run(workers=1, stop_after=4)
    assert job.report().counts["planned"] > 0
    world.rules.clear()
    assert job.run().finished


def test_without_a_limit_all_may_fail(world: World) -> None:
    job = deleting(world, *map(str, range(30)))
    world.spoil("DELETE .*", answered(400, 5400), times=99)
    assert job.run(stop_after=None).counts["failed"] == 30


def test_a_bug_is_raised_as_what_it_is(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    job = deleting(world, "a", "b")
    with monkeypatch.context() as patch:
        patch.setattr("cfimages.jobs.account.Account.delete", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            job.run(workers=1)
    assert [item.doubt for item in job.items("planned")] == [True, False]
    assert job.run().finished


def test_a_closed_client_stops_the_job(world: World) -> None:
    job = deleting(world, "a")
    world.images.close()
    with pytest.raises(ClientClosedError):
        job.run()
    assert job.report().counts["planned"] == 1


def test_progress_is_told_to_a_function_and_as_an_iterator(world: World) -> None:
    job = deleting(world, *"abcd")
    world.spoil("DELETE .*/b", answered(400, 5400))
    seen: list[jobs.Progress] = []
    job.run(on_progress=seen.append)
    last = seen[-1]
    assert (last.total, last.left, last.done, last.failed, last.remaining) == (4, 0, 3, 1, None)
    assert (seen[0].handled, last.handled) == (seen[0].done + seen[0].failed, 4)
    finished = {item.key: outcome.state for event in seen for item, outcome in event.finished}
    assert finished == {"a": "done", "b": "failed", "c": "done", "d": "done"}
    events = list(job.events())
    assert (events[-1].done, events[-1].left) == (4, 0)


def test_a_run_with_nothing_left_to_do_says_so_with_the_date_of_the_plan(world: World) -> None:
    job = deleting(world, "a", "b")
    with sqlite3.connect(world.journal) as journal:
        journal.execute("UPDATE job SET created = '2020-02-03T04:05:06.000000+00:00'")
    journal.close()
    assert "planned 2020-02-03: 2 to do" in str(job.summary())
    report = job.run()
    assert (report.began_with, str(report)) == (2, "2 done")
    world.put("c")
    again = jobs.delete(world.images, world.journal, everything=True, recheck=False)
    nothing = (
        "nothing to do: the plan of 2020-02-03 is finished; for a new plan, use another journal, or remove this one"
    )
    assert str(again.summary()).splitlines()[-1] == f"  {nothing}"
    report = again.run()
    assert (report.began_with, report.counts["done"]) == (0, 2)
    assert str(report) == f"{nothing}\n2 done"
    assert (str(job.report()), job.report().began_with) == ("2 done", None)
    assert str(job.run()) == f"{nothing}\n2 done"
    assert "is finished" in job.summary().nothing
    assert world.ids() == ["c"]


def test_a_new_plan_without_anything_to_do_says_why(world: World) -> None:
    world.put("a", metadata={"n": 1})
    job = jobs.delete(world.images, world.journal, meta={"n": 2})
    assert job.summary().nothing == "nothing matches"
    assert str(job.summary()).splitlines()[-1] == "  nothing to do: nothing matches"
    assert str(job.run()) == str(job.report()) == "nothing to do: nothing matches"
    again = jobs.delete(world.images, world.journal, meta={"n": 2})
    assert "is finished; for a new plan" in str(again.summary())
    assert "is finished; for a new plan" in str(again.run())
    assert str(again.report()) == "nothing to do"
    job = jobs.edit(world.images, world.folder / "edit.job", meta={"n": 1}, set={"n": 1})
    assert str(job.run()) == "nothing to do: everything is skipped\n1 skipped\n  skipped 1: it has these values already"
    (world.folder / "files").mkdir()
    (world.folder / "files" / "a.png").write_bytes(PNG)
    for name in ("first", "second"):
        job = jobs.sync(world.images, world.folder / f"{name}.job", world.folder / "files")
        report = job.run()
    assert str(report) == "nothing to do: everything is there already\n1 skipped\n  skipped 1: it is there already"
    jobs.inventory(world.images, world.folder / "none.job", world.folder / "none.jsonl", meta={"n": 2}).run()
    assert (world.folder / "none.jsonl").read_text("utf-8") == ""


def test_a_plan_that_is_finished_now_is_no_new_one(world: World) -> None:
    job = deleting(world, "a")
    assert job.summary().nothing == ""
    job.run()
    assert "is finished; for a new plan" in job.summary().nothing


def test_rate_and_remaining_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    job = deleting(world, *"abcd")
    ticks = iter(range(10_000))
    account = Account(world.images)
    monkeypatch.setattr(
        "cfimages.jobs.account.TIMING", type(account.timing)(clock=lambda: float(next(ticks)), wait=account.timing.wait)
    )
    events = [event for event in job.events(workers=1) if event.finished]
    assert events[-1].rate > 0
    assert events[-1].remaining == 0


def test_a_stop_lets_what_is_under_way_come_to_its_end(world: World) -> None:
    job = deleting(world, *map(str, range(40)))

    def stopping(request: httpx.Request, send: Any) -> httpx.Response:
        job.stop()
        return send(request)

    world.spoil("DELETE .*", stopping, after=2)
    report = job.run(workers=1)
    assert report.stopped
    assert str(report).endswith("(stopped)")
    assert (report.counts["done"], report.counts["planned"]) == (3, 37)
    assert [item.attempts for item in job.items("planned")] == [0] * 37
    report = job.run()
    assert (report.finished, report.stopped) == (True, False)


def test_a_stop_before_the_run_has_begun_counts(world: World) -> None:
    job = deleting(world, "a")
    events = job.events()
    job.stop()
    assert [event.done for event in events] == [0]
    assert world.ids() == ["a"]


def test_a_stop_ends_waits(world: World) -> None:
    job = deleting(world, "a", "b")
    waiting = threading.Event()

    def refused(request: httpx.Request, send: Any) -> httpx.Response:
        waiting.set()
        job.stop()
        return answered(429, 971, {"Retry-After": "3000"})(request, send)

    world.spoil("DELETE .*/a", refused)
    world.spoil("DELETE .*/b", lost_after)
    job.run()
    assert states(job)["a"] == "planned"
    assert states(job)["b"] in ("planned", "in_doubt", "done")
    assert job.run().finished
    assert sorted(world.effects()) == [("delete", "a"), ("delete", "b")]


def test_a_stop_while_a_lost_answer_is_waited_on_leaves_a_doubt(world: World) -> None:
    job = deleting(world, "a")

    def lost(request: httpx.Request, send: Any) -> httpx.Response:
        job.stop()
        return lost_after(request, send)

    world.spoil("DELETE .*", lost)
    job.run()
    assert reasons(job) == {"a": "the job was stopped before the account could be asked"}
    assert states(job) == {"a": "in_doubt"}
    assert job.run().finished


def test_what_takes_longer_than_the_grace_is_left_in_doubt(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    job = deleting(world, "waiting", "slow")  # the newest comes first
    release, began = threading.Event(), threading.Event()
    now = [0.0]
    timing = Account(world.images).timing
    monkeypatch.setattr("cfimages.jobs.account.TIMING", type(timing)(clock=lambda: now[0], wait=timing.wait))
    monkeypatch.setattr("cfimages.jobs.engine.HEARTBEAT", 0.01)

    def slow(request: httpx.Request, send: Any) -> httpx.Response:
        began.set()
        assert release.wait(PATIENCE)
        return send(request)

    world.spoil("DELETE .*/slow", slow)
    for _ in job.events(workers=1):
        if began.is_set():
            job.stop()
            now[0] += GRACE / 2 + 0.1
    assert states(job) == {"slow": "started", "waiting": "planned"}
    release.set()
    finish_threads()
    assert job.run().finished
    assert sorted(world.effects()) == [("delete", "slow"), ("delete", "waiting")]


def test_an_iterator_that_is_closed_sends_nothing_more(world: World) -> None:
    job = deleting(world, *map(str, range(40)))
    events = job.events(workers=1)
    next(events)
    events.close()
    finish_threads()
    assert 1 <= world.sent("DELETE .*") < 40
    assert job.run().finished
    assert len(world.effects()) == 40


def test_a_note_that_nobody_writes_any_more_ends_the_worker(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cfimages.jobs.engine.HEARTBEAT", 0.01)  # there is an event before anything is finished
    (world.folder / "files").mkdir()
    for name in "ab":
        (world.folder / "files" / name).write_bytes(b"\x89PNG\r\n\x1a\n")
    job = jobs.upload(world.images, world.journal, world.folder / "files")
    reserved = threading.Event()

    def reserve(request: httpx.Request, send: Any) -> httpx.Response:
        assert reserved.wait(PATIENCE)
        return send(request)

    world.spoil("POST .*direct_upload", reserve, times=2)
    events = job.events()
    next(events)
    events.close()
    reserved.set()
    finish_threads()
    assert world.effects("complete") == []
    assert job.run().finished


def test_a_note_that_cannot_be_written_ends_the_run_before_anything_is_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (world.folder / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    job = jobs.upload(world.images, world.journal, [world.folder / "a.png"])

    def full(*_: object) -> None:
        raise jobs.JournalError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("cfimages.jobs.journal.Journal.settle", full)
        with pytest.raises(jobs.JournalError, match="the disk is full"):
            job.run()
        finish_threads()
    assert world.effects("complete") == []
    assert job.run().finished
    assert len(world.effects("complete")) == 1


def finish_threads() -> None:
    """Wait until no worker is left."""
    for thread in threading.enumerate():
        if thread.name.startswith("cfimages-job"):
            thread.join(PATIENCE)
            assert not thread.is_alive()


def test_a_run_leaves_no_thread_behind(world: World) -> None:
    deleting(world, "a").run()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("cfimages-job")]


@pytest.mark.parametrize("options", [{"workers": 0}, {"workers": True}, {"workers": 1.5}, {"stop_after": 0}])
def test_numbers_that_are_none_are_refused(world: World, options: dict[str, Any]) -> None:
    job = deleting(world, "a")
    with pytest.raises(InvalidArgumentError, match="must be a whole number above 0"):
        job.run(**options)


@pytest.mark.parametrize(
    ("function", "name", "right"),
    [
        (jobs.delete, "before", "uploaded_before"),
        (jobs.edit, "private", "require_signed_urls"),
        (jobs.export, "since", "uploaded_since"),
        (jobs.inventory, "metadata", "meta"),
        (jobs.upload, "meta", "metadata"),
        (jobs.copy, "all", "everything"),
        (jobs.compare, "filter", "meta"),
        (jobs.restore, "journal", "path"),
        (jobs.sync, "template", "id"),
        (jobs.sync, "replce", "replace"),
        (jobs.prune, "metadata", "where"),
        (jobs.prune, "max_deletes", "max_delete"),
        (jobs.gone, "client", "images"),
        (jobs.orphans, "refs", "references"),
        (jobs.quarantine, "filters", "meta"),
        (jobs.reap, "min_age", "after"),
        (jobs.reap, "allow_few", "allow_fewer"),
        (jobs.Job.run, "concurrency", "workers"),
        (jobs.Job.events, "threads", "workers"),
    ],
)
def test_an_argument_with_another_name_is_told_the_right_one(function: Any, name: str, right: str) -> None:
    with pytest.raises(TypeError, match=rf"{function.__name__}\(\) has no argument {name!r}: use {right!r}$"):
        function(**{name: 1})


def test_an_asynchronous_client_is_refused(world: World) -> None:
    client: Any = AsyncCloudflareImages("a", api_token="t")
    with pytest.raises(InvalidArgumentError, match="must be a CloudflareImages"):
        jobs.delete(client, world.journal, everything=True)
    jobs.delete(world.images, world.journal, everything=True)
    with pytest.raises(InvalidArgumentError, match="must be a CloudflareImages"):
        jobs.resume(client, world.journal)


def test_the_batch_host_is_used_for_what_it_offers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDFLARE_BATCH_BASE_URL", world.sandbox.batch_url)
    world.put("a")
    job = jobs.delete(world.images, world.journal, everything=True, backup=world.folder / "backup")
    job.run()
    assert world.sent("(GET|DELETE) /batch/images/v1/a") == 2
    assert world.sent("GET /client/.*blob") == 1
    world.put("b")
    jobs.delete(world.images, world.folder / "2.job", ids=["b"], batch=False).run()
    assert world.sent(".* /batch/.*/b") == 0


def test_without_a_batch_host_the_api_does_it(world: World) -> None:
    world.put("a", "b")
    with CloudflareImages(
        world.account, api_token="t", base_url=world.sandbox.base_url, transport=httpx.HTTPTransport(verify=False)
    ) as images:
        jobs.delete(images, world.journal, everything=True).run()
    assert world.ids() == []


def test_the_summary_reckons_with_the_limits_of_cloudflare(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cfimages.jobs.account.CLOUDFLARE", world.sandbox.url)
    monkeypatch.setenv("CLOUDFLARE_BATCH_BASE_URL", world.sandbox.batch_url)
    world.put("a")
    summary = jobs.delete(world.images, world.journal, everything=True).summary()
    assert summary.seconds == pytest.approx(2 / 150)
    summary = jobs.delete(world.images, world.folder / "2.job", everything=True, batch=False).summary()
    assert summary.seconds == pytest.approx(2 / 3.75)
    job = jobs.delete(world.images, world.folder / "3.job", everything=True, backup=world.folder / "backup")
    assert job.summary().seconds == pytest.approx(1 / 3.75)
    assert "at most four a second" in str(job.summary())
    assert job.run().finished


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_each_state_of_a_run_is_told_once(world: World, workers: int) -> None:
    job = deleting(world, *map(str, range(20)))
    seen: list[jobs.Progress] = []
    job.run(workers=workers, on_progress=seen.append)
    assert [event.left for event in seen].count(0) == 1
    assert sorted(item.key for event in seen for item, _ in event.finished) == sorted(map(str, range(20)))
    assert str(seen[-1]) == "20 of 20: 20 done"
    seen.clear()
    job.run(on_progress=seen.append)
    assert [str(event) for event in seen] == ["20 of 20: 20 done"]


def test_an_event_is_text_for_people() -> None:
    event = jobs.Progress(
        total=1000, left=400, done=590, skipped=0, failed=8, in_doubt=2, rate=12.345678, remaining=32.4
    )
    assert str(event) == "600 of 1,000: 590 done, 8 failed, 2 in doubt, 12.3 a second, 33 s left"
    begun = jobs.Progress(total=3, left=3, done=0, skipped=0, failed=0, in_doubt=0, rate=0.0, remaining=None)
    assert str(begun) == "0 of 3"


def test_reasons_that_differ_only_in_what_they_name_are_one(world: World) -> None:
    ids = [f"pets/{number}" for number in range(6)]
    job = deleting(world, *ids)
    world.spoil("DELETE .*", answered(400, 5400, {"CF-Ray": "8f-ABC"}), times=99)
    report = job.run(workers=1, stop_after=None)
    ((state, reason, count),) = report.reasons
    assert (state, count) == ("failed", 6)
    assert "/images/v1/…: " in reason
    assert report.examples == {reason: tuple(item.key for item in job.items())[:3]}
    assert str(report).splitlines()[-1].endswith(' and 3 more: job.items("failed")')
    assert report.final == 0


def test_a_reason_of_a_single_item_stays_whole(world: World) -> None:
    job = deleting(world, "pets/1")
    world.spoil("DELETE .*", answered(400, 5400), times=99)
    report = job.run()
    assert "pets" in report.reasons[0][1]
    assert str(report).splitlines()[-1] == "    pets/1"
