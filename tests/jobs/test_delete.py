"""Deleting: what is chosen, what is compared before, and what is made of lost answers."""

import sqlite3
import threading
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import attrs
import pytest
from jobs.worlds import World, answered, fast_timing, garbled, lost_after, lost_before, reasons, states
from patience import PATIENCE

from cfimages import InvalidArgumentError, PermissionDeniedError, Time, jobs


def test_what_a_filter_chooses_is_deleted_and_nothing_else(world: World) -> None:
    world.put("a", "b", creator="ada")
    world.put("c", creator="grace")
    job = jobs.delete(world.images, world.journal, creator="ada")
    assert world.effects() == []
    report = job.run()
    assert sorted(world.effects()) == [("delete", "a"), ("delete", "b")]
    assert world.ids() == ["c"]
    assert report.counts["done"] == 2
    assert report.finished
    assert str(report) == "2 done"


def test_several_creators_are_one_listing(world: World) -> None:
    world.put("a", creator="ada")
    world.put("b", creator="bob")
    world.put("c")
    jobs.delete(world.images, world.journal, creator=["ada", ""]).run()
    assert world.ids() == ["b"]


def test_the_summary_says_what_would_be_done(world: World) -> None:
    world.put(*"abcdefg")
    summary = jobs.delete(world.images, world.journal, everything=True).summary()
    assert (summary.left, summary.requests) == (7, 14)
    assert str(summary) == (
        f"delete in account {world.account}, planned {summary.created[:10]}: 7 to do\n"
        "  14 requests, no rate limit\n  g, f, e, d, c, ...\n"
        "  without a backup, what is deleted cannot be brought back"
    )


def test_without_rechecking_each_takes_one_request(world: World) -> None:
    world.put("a", "b")
    job = jobs.delete(world.images, world.journal, everything=True, recheck=False)
    assert job.summary().requests == 2
    job.run()
    assert world.ids() == []
    assert world.sent("GET .*/images/v1/.*") == 0


def test_a_plan_of_ids_that_cannot_go_on_does_not_wait_for_the_rate_limit(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, waiting, ended = threading.Event(), threading.Event(), list[bool]()

    def wait(event: threading.Event, seconds: float) -> bool:
        waiting.set()
        ended.append(event.wait(PATIENCE))
        return ended[-1]

    def forbidden(request, send):
        begun.set()
        waiting.wait(PATIENCE)
        return answered(403)(request, send)

    def limited(request, send):
        begun.wait(PATIENCE)
        return answered(429, 971, {"Retry-After": "1000"})(request, send)

    monkeypatch.setattr("cfimages.jobs.account.TIMING", attrs.evolve(fast_timing(), wait=wait))
    world.put("a", "b")
    world.spoil("GET .*/a", forbidden)
    world.spoil("GET .*/b", limited)
    with pytest.raises(PermissionDeniedError):
        jobs.delete(world.images, world.journal, ids=["a", "b"])
    assert ended == [True]


def test_of_ids_the_records_are_read_and_missing_ones_are_skipped(world: World) -> None:
    image, _ = world.put("a", "b/c")
    job = jobs.delete(world.images, world.journal, ids=[image, "b/c", "nope", "b/c"])
    assert states(job) == {"a": "planned", "b/c": "planned", "nope": "skipped"}
    assert reasons(job)["nope"] == "there is no such image"
    job.run()
    assert world.ids() == []


def test_an_image_that_is_gone_before_is_skipped(world: World) -> None:
    world.put("a", "b")
    job = jobs.delete(world.images, world.journal, everything=True)
    world.direct.delete("a")
    report = job.run()
    assert states(job) == {"a": "skipped", "b": "done"}
    assert report.reasons == (("skipped", "it was already gone", 1),)


@pytest.mark.parametrize("recheck", [True, False])
def test_an_image_that_goes_between_check_and_delete_is_skipped(world: World, recheck: bool) -> None:
    world.put("a")
    job = jobs.delete(world.images, world.journal, everything=True, recheck=recheck)
    world.spoil("DELETE .*", lambda request, send: world.direct.delete("a") or send(request))
    job.run()
    assert reasons(job) == {"a": "it was already gone"}


def test_an_id_that_was_uploaded_anew_is_not_deleted(world: World) -> None:
    world.put("a")
    job = jobs.delete(world.images, world.journal, everything=True)
    world.direct.delete("a")
    world.put("a")
    job.run()
    assert world.ids() == ["a"]
    assert reasons(job) == {"a": "another image was uploaded under its id since the plan"}


def test_an_image_whose_metadata_was_changed_is_not_deleted(world: World) -> None:
    world.put("a", metadata={"keep": 1})
    job = jobs.delete(world.images, world.journal, everything=True)
    world.direct.edit("a", metadata={"keep": True})
    job.run()
    assert world.ids() == ["a"]
    assert reasons(job) == {"a": "its metadata was changed since the plan"}


@pytest.mark.parametrize("recheck", [True, False])
def test_a_lost_answer_is_asked_about(world: World, recheck: bool) -> None:
    world.put("a", "b")
    job = jobs.delete(world.images, world.journal, everything=True, recheck=recheck)
    world.spoil("DELETE .*/a", lost_after)
    world.spoil("DELETE .*/b", lost_before)
    job.run()
    assert states(job) == {"a": "done", "b": "done"}
    assert sorted(world.effects()) == [("delete", "a"), ("delete", "b")]
    assert world.sent("DELETE .*/a") == 1
    assert world.sent("DELETE .*/b") == 2


@pytest.mark.parametrize("carried_out", [True, False])
@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("text/html", b"<title>Log in to the hotel's network</title>"),
        ("image/png", b"\x89PNG\r\n\x1a\n"),
        ("application/json", b""),
        ("application/json", b"[]"),
        ("application/json", b'{"success": true, "result": {"ima'),
        ("application/json", b'{"success": false, "errors": [], "messages": [], "result": null}'),
    ],
)
def test_an_answer_that_is_none_of_the_service_is_asked_about(
    world: World, carried_out: bool, content_type: str, content: bytes
) -> None:
    world.put("a")
    job = jobs.delete(world.images, world.journal, everything=True, recheck=False)
    world.spoil("DELETE .*", garbled(content_type, content, carried_out=carried_out))
    assert job.run().counts["done"] == 1
    assert world.effects() == [("delete", "a")]
    assert world.sent("GET .*/v1/a") == 1
    assert world.sent("DELETE .*") == (1 if carried_out else 2)


def test_an_image_that_was_uploaded_anew_after_a_lost_delete_stays(world: World) -> None:
    world.put("a")
    job = jobs.delete(world.images, world.journal, everything=True, recheck=False)

    def deleted_and_replaced(request, send):
        send(request).read()
        world.direct.upload(b"\x89PNG\r\n\x1a\n", id="a")
        return answered(502)(request, send)

    world.spoil("DELETE .*/a", deleted_and_replaced)
    job.run()
    assert states(job) == {"a": "done"}
    assert world.ids() == ["a"]


def test_an_answer_of_a_proxy_is_no_proof_that_an_image_is_missing(world: World) -> None:
    world.put("a")
    job = jobs.delete(world.images, world.journal, everything=True, recheck=False)
    world.spoil("DELETE .*/a", answered(404, text="<html>lost</html>"))
    job.run()
    assert states(job) == {"a": "failed"}
    assert world.ids() == ["a"]
    assert job.run().counts["done"] == 1


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "no ids and no filter"),
        ({"ids": "a"}, "must be several"),
        ({"ids": ["a"], "creator": "ada"}, "ids and creator"),
        ({"ids": ["a"], "everything": True}, "ids and everything"),
        ({"everything": True, "meta": {"a": 1}}, "everything=True and meta"),
        ({"meta": {"a": {"unheard": 1}}}, "unheard"),
        ({"uploaded_before": datetime(2026, 1, 1)}, "has no time zone"),  # noqa: DTZ001 - that is it
        ({"ids": [7]}, "neither an id nor an Image"),
    ],
)
def test_arguments_that_choose_nothing_are_refused(world: World, arguments: dict, problem: str) -> None:
    with pytest.raises(InvalidArgumentError, match=problem):
        jobs.delete(world.images, world.journal, **arguments)
    assert world.wire.lines == []


def with_an_item(world: World) -> None:
    """Add an item to the plan: one that has none would be replaced by another plan."""
    with closing(sqlite3.connect(world.journal, isolation_level=None)) as connection:
        connection.execute("INSERT INTO items (key, state) VALUES ('x', 'planned')")


DAY = timedelta(days=1)
MOMENT = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.mark.parametrize("name", ["uploaded_since", "uploaded_before"])
@pytest.mark.parametrize(
    ("planned", "given"),
    [
        ("2026-07-01", "2026-02-01"),
        ("2026-07-01", "2026-08-01"),
        ("2026-07-01", date(2026, 8, 1)),
        (date(2026, 7, 1), "2 Jul 2026"),
        (MOMENT, "2026-07-02"),
        (MOMENT, MOMENT - DAY),
        ("2026-07-01", MOMENT - DAY),
        (MOMENT, MOMENT + DAY),
        ("2026-07-01", MOMENT + DAY),
    ],
)
def test_a_plan_is_not_opened_with_another_time(world: World, name: str, planned: Time, given: Time) -> None:
    world.put("a")
    jobs.delete(world.images, world.journal, **{name: planned})
    with_an_item(world)
    sent = len(world.wire.lines)
    with pytest.raises(InvalidArgumentError, match=f"^{name}='2.* was planned with {name}='2026.*another journal"):
        jobs.delete(world.images, world.journal, **{name: given})
    assert len(world.wire.lines) == sent
    assert jobs.resume(world.images, world.journal).summary().filters == {name: str(planned).replace(" ", "T")}


@pytest.mark.parametrize(
    ("planned", "given"),
    [("2026-07-01", MOMENT), ("1 Jul 2026", date(2026, 7, 1)), (MOMENT, "2026-07-01")],
)
def test_a_plan_is_opened_with_its_own_time(world: World, planned: Time, given: Time) -> None:
    jobs.delete(world.images, world.journal, uploaded_since=planned)
    assert jobs.delete(world.images, world.journal, uploaded_since=given).kind == "delete"


def clock_of(monkeypatch: pytest.MonkeyPatch, *moments: datetime) -> None:
    """Have jobs read these times of day, one after the other."""
    monkeypatch.setattr("cfimages.jobs.account.TIMING", attrs.evolve(fast_timing(), now=iter(moments).__next__))


def test_a_time_reckoned_from_now_may_move_on_and_the_plan_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.put("a")
    now = datetime.now(UTC) + DAY
    clock_of(monkeypatch, now, now, now + 10 * DAY)
    jobs.delete(world.images, world.journal, uploaded_before=now - timedelta(seconds=3))
    world.put("b")
    job = jobs.delete(world.images, world.journal, uploaded_before=now + 10 * DAY)
    job.run()
    assert world.ids() == ["b"]


@pytest.mark.parametrize("name", ["uploaded_since", "uploaded_before"])
@pytest.mark.parametrize("days", [29, 31])
def test_a_plan_is_not_opened_with_a_time_at_another_distance_from_now(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str, days: int
) -> None:
    """Or a later run with `uploaded_since` a week ago would do the plan of a month."""
    now = datetime.now(UTC)
    clock_of(monkeypatch, now, now, now + 2 * DAY)
    jobs.delete(world.images, world.journal, **{name: now - 30 * DAY})
    with_an_item(world)
    with pytest.raises(InvalidArgumentError, match=f"^{name}='2.* was planned with {name}='2.*another journal"):
        jobs.delete(world.images, world.journal, **{name: now + 2 * DAY - days * DAY})


def test_a_time_that_is_left_out_is_another_one(world: World) -> None:
    jobs.delete(world.images, world.journal, creator="ada", uploaded_before="2026-07-01")
    with_an_item(world)
    with pytest.raises(InvalidArgumentError, match=r"^uploaded_before=None: "):
        jobs.delete(world.images, world.journal, creator="ada")
