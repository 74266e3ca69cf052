"""Orphans: only what nothing refers to is reported, marked and deleted, and nothing if the references look wrong."""

import json
import os
import random
import re
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import attrs
import httpx
import pytest
from jobs.accounts import spoil_at_random
from jobs.disk import exported
from jobs.kills import Death, ReapedWire, Reaper, reaped
from jobs.worlds import Send, Spoil, World, adding, answered, fast_timing, lost_after, reasons, states
from patience import PATIENCE
from pictures import PNG

from cfimages import APIError, InvalidArgumentError, jobs
from cfimages.jobs import snapshot
from cfimages.jobs.account import TIMING, Account
from cfimages.jobs.in_use import InUse
from cfimages.jobs.references import Command, IdFile, Ids, References
from cfimages.sandbox.store import StoredImage

NOW = timedelta(0)
Find = Any


def find(
    world: World, function: Find, used: Iterable[str] | References, journal: str = "the.job", **options: Any
) -> Any:
    references = used if isinstance(used, References) else Ids(list(used))
    if function is not jobs.reap:
        options = {"older_than": NOW, **options}
    return function(world.images, world.folder / journal, [references], **options)


def mark(world: World, since: datetime | None = None, key: str = "quarantine") -> dict[str, Any]:
    return {key: {"since": (since or datetime.now(UTC) - timedelta(days=30)).isoformat(), "job": "x"}}


def remembered(world: World) -> dict[str, int]:
    (path,) = world.folder.glob("references-*.json")
    return json.loads(path.read_text("utf-8"))


def test_a_report_has_what_nothing_refers_to(world: World) -> None:
    world.put("used", "unused", "a b")
    world.direct.direct_upload()
    world.forget()
    job = find(world, jobs.orphans, ["used"])
    assert states(job) == {"unused": "planned", "a b": "planned"}
    first, second, *_ = str(job.summary()).splitlines()
    assert first.endswith(": 2 without a reference")
    assert second == "  a b, unused"
    assert (job.summary().requests, job.run().counts["done"], world.effects()) == (0, 2, [])
    assert {item.key for item in jobs.resume(world.images, world.journal).items()} == {"unused", "a b"}
    assert str(job.summary()).splitlines()[0] == first


def test_what_is_new_is_left_out(world: World) -> None:
    old = StoredImage(0, "old", 1_700_000_000_000, "a.png", {}, None, private=False)
    world.sandbox.store.fill(world.account, [old])
    world.put("new", "newer", "used")
    world.direct.direct_upload()
    job = find(world, jobs.orphans, ["used"], older_than=timedelta(days=1))
    assert list(states(job)) == ["old"]
    assert job.summary().notes == (
        "1 of 4 images are orphans, and references lead to 1",
        "words of the references that may be ids: 1",
        "2 more are left out, since they are not old enough: see older_than",
    )
    job = find(world, jobs.quarantine, ["used"], "2.job", older_than=timedelta(days=1))
    new = "not old enough: see older_than"
    assert reasons(job) == {"old": None, "new": new, "newer": new}


def test_a_draft_in_a_listing_is_left_out(world: World) -> None:
    """Whether the service lists drafts is not documented."""

    def with_a_draft(request: httpx.Request, send: Send) -> httpx.Response:
        body = json.loads(send(request).read())
        body["result"]["images"][0]["draft"] = True
        return httpx.Response(200, json=body, request=request)

    world.put("used", "unused", "draft")  # the newest comes first
    world.spoil("GET .*/v2.*", with_a_draft)
    assert states(find(world, jobs.orphans, ["used"])) == {"unused": "planned"}


def test_some_images_can_be_chosen(world: World) -> None:
    world.put("mine", "used", creator="ada")
    world.put("theirs", metadata={"site": "b"})
    assert list(states(find(world, jobs.orphans, ["used"], creator="ada"))) == ["mine"]
    with pytest.raises(jobs.JobError, match="nothing refers to any image"):
        find(world, jobs.orphans, ["used"], "2.job", meta={"site": "b"})


def test_marks_are_set_and_taken_away(world: World) -> None:
    world.put("used", "unused", metadata={"n": 1})
    job = find(world, jobs.quarantine, ["used"])
    assert (job.summary().requests, world.effects()) == (2, [])
    job.run()
    meta = world.direct.get("unused").meta
    assert meta["n"] == 1
    assert datetime.fromisoformat(meta["quarantine"]["since"]) <= datetime.now(UTC)
    assert meta["quarantine"]["job"] == "the"
    assert world.direct.get("used").meta == {"n": 1}
    assert reasons(find(world, jobs.quarantine, ["used"], "2.job")) == {"unused": "it is marked already"}
    assert jobs.resume(world.images, world.journal).undo(world.folder / "undo.job").run().finished
    assert world.direct.get("unused").meta == {"n": 1}


@pytest.mark.parametrize("lost", [False, True])
def test_a_mark_says_when_it_was_set(world: World, lost: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    world.put("used", "unused", metadata={"n": 1})
    used = world.folder / "used"
    used.write_text("used", "utf-8")
    now = [datetime.now(UTC)]
    timing = attrs.evolve(TIMING, now=lambda: now[0], wait=fast_timing().wait)
    monkeypatch.setattr("cfimages.jobs.account.TIMING", timing)
    monkeypatch.setattr("cfimages.jobs.in_use.MOST_SKEW", timedelta(days=99))
    job = find(world, jobs.quarantine, IdFile(used))
    now[0] += timedelta(days=20)
    if lost:
        world.spoil("PATCH .*", lost_after)
    assert job.run().counts["done"] == 1
    since = datetime.fromisoformat(world.direct.get("unused").meta["quarantine"]["since"])
    assert since == now[0].replace(microsecond=0)
    now[0] += timedelta(days=13)
    assert find(world, jobs.reap, IdFile(used), "early.job").summary().left == 0
    now[0] += timedelta(days=1)
    assert find(world, jobs.reap, IdFile(used), "late.job").summary().left == 1
    assert jobs.resume(world.images, world.journal).undo(world.folder / "undo.job").run().counts["done"] == 1
    assert world.direct.get("unused").meta == {"n": 1}


def test_metadata_that_is_no_object_is_left_alone(world: World) -> None:
    assert snapshot.meta_of({"meta": ["x"]}) == snapshot.meta_of({"meta": None}) == snapshot.meta_of({}) == {}
    world.put("used")
    odd: Any = "x"
    world.sandbox.store.fill(world.account, [StoredImage(0, "odd", 0, None, odd, None, private=False)])
    assert reasons(find(world, jobs.quarantine, ["used"])) == {"odd": "refused: its metadata is not an object"}
    assert list(states(find(world, jobs.reap, ["used"], "reap.job"))) == []


def test_a_mark_that_has_no_room_is_refused(world: World) -> None:
    world.put("full", metadata={"x": "y" * 1000})
    world.put("used")
    job = find(world, jobs.quarantine, ["used"])
    assert job.summary().refused == (("with the mark, its metadata is longer than 1,024 bytes", 1),)


def test_what_is_referred_to_since_the_plan_is_not_marked(world: World) -> None:
    world.put("used", "unused", "back")
    used = world.folder / "used"
    used.write_text("used", "utf-8")
    find(world, jobs.quarantine, IdFile(used))
    used.write_text("used\nback", "utf-8")
    find(world, jobs.quarantine, IdFile(used)).run()
    assert reasons(jobs.resume(world.images, world.journal))["back"] == "something refers to it again"
    assert world.effects() == [("edit", "unused", "unused")]


def test_what_was_marked_long_ago_is_deleted(world: World) -> None:
    world.put("due", "back", metadata=mark(world))
    since = datetime.now(UTC) - timedelta(days=13)
    world.put("recent", metadata=mark(world, since))
    soon = since + timedelta(days=14)
    world.put("odd", metadata={"quarantine": "2020-01-01"})
    world.put("used", "unmarked")
    job = find(world, jobs.reap, ["used", "back"])
    assert reasons(job) == {
        "due": None,
        "recent": f"its mark is not old enough before {soon:%Y-%m-%d}",
        "back": "something refers to it again",
        "odd": "refused: its mark does not say since when",
    }
    assert "without a backup" in job.summary().notes[0]
    job.run()
    assert world.effects() == [("delete", "due")]


def test_a_reap_with_a_backup_can_be_undone(world: World) -> None:
    world.put("due", metadata=mark(world, key="q"), content=PNG + b"due")
    world.put("used")
    job = find(world, jobs.reap, ["used"], backup=world.folder / "backup", after=timedelta(days=1), key="q")
    job.run()
    assert exported(world.folder / "backup")["due"][1] == PNG + b"due"
    assert world.ids() == ["used"]
    assert jobs.resume(world.images, world.journal).undo(world.folder / "undo.job").run().finished
    assert world.ids() == ["due", "used"]


def test_what_an_undo_has_brought_back_is_not_deleted_by_the_next_reap(world: World) -> None:
    world.put("due", metadata={"n": 1, **mark(world)})
    world.put("used")
    find(world, jobs.reap, ["used"], backup=world.folder / "backup").run()
    undo = jobs.resume(world.images, world.journal).undo(world.folder / "undo.job")
    world.spoil("POST .*", lost_after)
    assert undo.run().counts["done"] == 1
    assert world.direct.get("due").meta == {"n": 1}
    assert find(world, jobs.reap, ["used"], "2.job").summary().left == 0


def test_references_are_read_again_whenever_a_reap_goes_on(world: World) -> None:
    world.put("a", "b", "c", metadata=mark(world))
    world.put("used")
    used = world.folder / "used"
    used.write_text("used", "utf-8")
    job = find(world, jobs.reap, IdFile(used))
    world.spoil("DELETE .*", answered(500), times=99)
    assert job.run().counts["failed"] == 3
    world.rules.clear()
    used.write_text("used\na", "utf-8")
    report = find(world, jobs.reap, IdFile(used)).run()
    assert (report.counts["done"], report.counts["skipped"]) == (2, 1)
    assert world.ids() == ["a", "used"]
    used.unlink()
    with pytest.raises(jobs.JobError, match="is not a readable file"):
        find(world, jobs.reap, IdFile(used)).run()
    with pytest.raises(jobs.JobError, match="the references must be read again"):
        jobs.resume(world.images, world.journal).run()


def test_what_changes_after_the_plan_is_not_deleted(world: World) -> None:
    world.put("released", "anew", metadata=mark(world))
    world.put("used")
    job = find(world, jobs.reap, ["used"])
    world.direct.edit("released", metadata={})
    world.direct.delete("anew")
    world.put("anew", metadata=mark(world))
    job.run()
    assert set(states(job).values()) == {"skipped"}
    assert world.effects() == []


def test_a_delete_whose_answer_is_lost_is_settled(world: World) -> None:
    world.put("due", metadata=mark(world))
    world.put("used")
    job = find(world, jobs.reap, ["used"])
    world.spoil("DELETE .*", lost_after)
    assert job.run().counts["done"] == 1
    assert world.effects() == [("delete", "due")]


@pytest.mark.parametrize("function", [jobs.orphans, jobs.quarantine, jobs.reap])
def test_references_that_look_wrong_are_refused(world: World, function: Find) -> None:
    world.put("used", *"abcdefgh", metadata=mark(world))
    world.put("unused", metadata=mark(world))
    with pytest.raises(jobs.JobError, match="there are no references"):
        find(world, function, [""])
    with pytest.raises(jobs.JobError, match=r"nothing refers to any image of the account: .*queries: 1; .*: 4\)"):
        find(world, function, ["of another account"])
    job = find(world, function, ["used", *"abcdefgh"])  # nothing was planned, so that the journal can be used
    assert remembered(world) == {"referred": 9, "found": 9}
    with pytest.raises(jobs.JobError, match=r"have 4 words that may be ids, and had 9 .*say allow_fewer=True"):
        find(world, function, ["used", *"abc"], "2.job")
    with pytest.raises(jobs.JobError, match="have 2 images of the account that are referred to, and had 9"):
        find(world, function, ["used", "a", *map(str, range(9))], "3.job")
    assert remembered(world) == {"referred": 9, "found": 9}
    assert states(job)["unused"] == ("skipped" if function is jobs.quarantine else "planned")
    assert states(find(world, function, ["used"], "4.job", allow_fewer=True)).keys() >= {"unused", *"abcdefgh"}
    assert remembered(world) == {"referred": 1, "found": 1}


def test_references_that_shrink_before_a_run_are_refused(world: World) -> None:
    world.put("due", metadata=mark(world))
    world.put(*"abcd")
    used = world.folder / "used"
    used.write_text("a\nb\nc\nd", "utf-8")
    job = find(world, jobs.reap, IdFile(used))
    used.write_text("a", "utf-8")
    with pytest.raises(jobs.JobError, match="have 1 words that may be ids, and had 4 the last time"):
        job.run()
    assert world.effects() == []


def test_a_plan_that_was_refused_is_never_run(world: World) -> None:
    world.put("due", metadata=mark(world))
    for _ in range(2):
        with pytest.raises(jobs.JobError, match="nothing refers to any image"):
            find(world, jobs.reap, ["none"])
    with pytest.raises(jobs.JobError, match="must be read again"):
        jobs.resume(world.images, world.journal)


def test_an_empty_account_has_no_orphans(world: World) -> None:
    assert find(world, jobs.orphans, ["x"]).run().finished


def test_a_wrong_clock_is_refused(world: World) -> None:
    world.put("used", "unused")

    def late(request, send):
        response = send(request)
        response.read()
        response.headers["date"] = "Mon, 30 Nov 2020 10:00:00 GMT"
        return response

    def silent(request, send):
        response = send(request)
        response.read()
        del response.headers["date"]
        return response

    world.spoil("GET .*/stats", late)
    with pytest.raises(jobs.JobError, match="the clock of this machine differs from that of the service by"):
        find(world, jobs.orphans, ["used"])
    world.spoil("GET .*/stats", silent)
    assert list(states(find(world, jobs.orphans, ["used"]))) == ["unused"]


@pytest.mark.parametrize("date", ["yesterday", "", "Mon, 99 Nov 2020 10:00:00 GMT"])
def test_a_date_that_nobody_can_read_counts_as_none(world: World, date: str) -> None:
    world.put("used", "unused")
    world.spoil("GET .*/stats", adding({"date": date}))
    assert list(states(find(world, jobs.orphans, ["used"]))) == ["unused"]


@pytest.mark.parametrize("function", [jobs.orphans, jobs.quarantine, jobs.reap])
@pytest.mark.parametrize(("seconds", "is_refused"), [(-301, True), (-299, False), (299, False), (301, True)])
def test_a_clock_may_differ_by_five_minutes(
    world: World, monkeypatch: pytest.MonkeyPatch, function: Find, seconds: int, is_refused: bool
) -> None:
    world.put("used", metadata=mark(world))
    world.put("unused", metadata=mark(world))
    now = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)  # after the uploads
    monkeypatch.setattr("cfimages.jobs.account.TIMING", attrs.evolve(TIMING, now=lambda: now))
    world.spoil("GET .*/stats", adding({"date": format_datetime(now + timedelta(seconds=seconds), usegmt=True)}))
    if not is_refused:
        assert "unused" in states(find(world, function, ["used"]))
        return
    with pytest.raises(jobs.JobRefusedError, match=r"clock of this machine differs from .* by 0:05:01"):
        find(world, function, ["used"])


@pytest.mark.parametrize("function", [jobs.quarantine, jobs.reap])
def test_a_clock_that_is_wrong_by_now_stops_a_run(world: World, function: Find) -> None:
    world.put("used", metadata=mark(world))
    world.put("unused", metadata={} if function is jobs.quarantine else mark(world))
    job = find(world, function, ["used"])
    world.spoil("GET .*/stats", adding({"date": "Mon, 30 Nov 2020 10:00:00 GMT"}))
    with pytest.raises(jobs.JobRefusedError, match="the clock of this machine differs"):
        job.run()
    assert world.effects() == []


@pytest.mark.parametrize("function", [jobs.orphans, jobs.quarantine, jobs.reap])
def test_a_plan_that_broke_off_is_made_anew_if_the_references_have_changed(
    world: World, monkeypatch: pytest.MonkeyPatch, function: Find
) -> None:
    """What they had at first would else be planned by what they have now, although there are as many."""
    monkeypatch.setattr(Account, "pager", lambda _, **filters: world.images.list(**filters, per_page=2))
    world.put(*"abcdef", metadata=mark(world))
    used = world.folder / "used"
    used.write_text("a\nf")
    world.spoil("GET .*/v2.*", answered(403, 10000), after=1)
    with pytest.raises(APIError):
        find(world, function, IdFile(used))
    used.write_text("a\ne")
    planned = {item.key for item in find(world, function, IdFile(used)).items() if item.state == "planned"}
    assert planned == ({"b", "c", "d", "f"} if function is not jobs.quarantine else set())


def test_a_date_without_a_zone_is_utc(world: World) -> None:
    world.put("used", "unused")
    world.spoil("GET .*/stats", adding({"date": "Mon, 30 Nov 2020 10:00:00 -0000"}))
    with pytest.raises(jobs.JobError, match="the clock of this machine differs from that of the service by"):
        find(world, jobs.orphans, ["used"])


def test_the_question_for_the_date_is_heard_by_all(world: World) -> None:
    world.put("used")
    seen: list[str] = []
    images = world.images.options(on_response=lambda response: seen.append(response.endpoint))
    account = Account(images, timing=fast_timing())
    world.spoil("GET .*/stats", adding({"date": "Mon, 30 Nov 2020 10:00:00 GMT", "ratelimit": '"default";r=0;t=40'}))
    with pytest.raises(jobs.JobError, match="the clock"):
        InUse([Ids(["used"])], world.folder / "memory", allow_fewer=False).read(account)
    assert len(seen) == 1
    before = account.timing.clock()
    account.wait_for_turn()
    assert account.timing.clock() - before >= 40


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"found": "9"}', b'{"found": null}'])
def test_a_memory_that_cannot_be_read_is_refused(world: World, content: bytes) -> None:
    world.put("used", "unused")
    find(world, jobs.orphans, ["used"])
    (path,) = world.folder.glob("references-*.json")
    path.write_bytes(content)
    with pytest.raises(jobs.JobRefusedError, match=rf"{re.escape(str(path))}: cannot be read.*: remove it if"):
        find(world, jobs.orphans, ["used"], "2.job")
    path.unlink()
    assert list(states(find(world, jobs.orphans, ["used"], "2.job"))) == ["unused"]


def test_the_memory_is_on_the_disk_before_it_replaces_the_old_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put("used")
    done: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def synced(descriptor: int) -> None:
        done.append("fsync")
        fsync(descriptor)

    def replaced(path: Path, target: Path) -> Path:
        if target.name.startswith("references-"):
            assert json.loads(path.read_text("utf-8")) == {"referred": 1, "found": 1}
            done.append("replace")
        return replace(path, target)

    monkeypatch.setattr("os.fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    find(world, jobs.orphans, ["used"])
    assert done == ["fsync", "replace", "fsync"]


def test_planning_goes_on_where_it_was(world: World) -> None:
    world.put(*map(str, range(5)))
    world.spoil("GET .*/v2.*", answered(403, 10000))
    with pytest.raises(APIError):
        find(world, jobs.orphans, ["1", "2"])
    assert set(states(find(world, jobs.orphans, ["1", "2"]))) == {"0", "3", "4"}
    assert remembered(world)["referred"] == 2


def test_a_program_that_is_not_there_is_refused(world: World) -> None:
    world.put("a")
    with pytest.raises(jobs.JobRefusedError, match=r"^no-such-program: No such file or directory"):
        jobs.orphans(world.images, world.journal, [Command(["no-such-program"])])


def test_arguments_that_are_wrong_are_refused(world: World) -> None:
    path = world.journal
    for references in (Ids(["a"]), 1):
        with pytest.raises(InvalidArgumentError, match=r"references=.*: must be a list"):
            jobs.orphans(world.images, path, references)  # type: ignore[arg-type]  # the test
    with pytest.raises(InvalidArgumentError, match="references: are empty"):
        jobs.orphans(world.images, path, [])
    with pytest.raises(InvalidArgumentError, match="references: 'a' is not an object"):
        jobs.orphans(world.images, path, ["a"])  # type: ignore[list-item]  # the test
    for wrong in (timedelta(-1), 5):
        with pytest.raises(InvalidArgumentError, match=r"older_than=.*: must be a timedelta"):
            find(world, jobs.orphans, ["a"], older_than=wrong)
        with pytest.raises(InvalidArgumentError, match=r"after=.*: must be a timedelta"):
            find(world, jobs.reap, ["a"], after=wrong)
    with pytest.raises(InvalidArgumentError, match="key='': must be a non-empty string"):
        find(world, jobs.reap, ["a"], key="")
    assert (world.wire.lines, path.exists()) == ([], False)
    world.put("a", "b")
    find(world, jobs.orphans, ["a"])
    with pytest.raises(InvalidArgumentError, match=r"references=.* was planned with"):
        find(world, jobs.orphans, IdFile("x"))


@pytest.mark.parametrize(
    "seed",
    [
        0,
        *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 7)),
        *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(7, 13)),
    ],
)
def test_nothing_that_is_referred_to_is_ever_gone(world: World, seed: int) -> None:
    """Random references that change between plan and run, faults, and images that others change meanwhile."""
    chance = random.Random(seed)
    ids = [f"{chance.choice(['', 'a/', 'a b/'])}{n}" for n in range(30)]
    world.put(*ids)
    used = world.folder / "used"

    def refer(share: float) -> set[str]:
        referred = {id for id in ids if chance.random() < share}
        used.write_text("\n".join(referred), "utf-8")
        return referred

    safe = refer(0.7)
    spoil_at_random(world, chance)
    marked: set[str] = set()
    deleted: set[str] = set()
    for step in range(6):
        function = chance.choice([jobs.quarantine, jobs.reap])
        options = {"after": NOW} if function is jobs.reap else {}
        planned = refer(0.7)
        world.forget()
        try:
            job = find(world, function, IdFile(used), f"{step}.job", **options)
            safe = refer(0.7) | planned if chance.random() < 0.5 else planned
            if safe != planned:
                used.write_text("\n".join(safe), "utf-8")
            touched = chance.choice(ids)
            if chance.random() < 0.3 and touched not in deleted and world.image(touched):
                world.direct.edit(touched, metadata={"n": step})
                world.forget()
            job.run(workers=2, stop_after=None)
        except (APIError, jobs.JobError):
            pass
        changed = {effect[1] for effect in world.effects()}
        assert not changed & safe
        if function is jobs.reap:
            assert changed <= marked
            deleted |= changed
        else:
            marked |= changed
    assert len(world.ids()) == len(ids) - len(deleted)


def meddling(world: World, chance: random.Random, touched: dict[str, dict[str, Any]]) -> Spoil:
    """Somebody edits an image, or uploads another one under its id, before it is read or changed."""

    def spoil(request: httpx.Request, send: Send) -> httpx.Response:
        id = unquote(request.url.raw_path.decode().partition("/v1/")[2])
        if request.method == "GET" and id != "stats" and world.image(id) is not None:
            touched[id] = {"by": "others", "n": chance.randrange(99)}
            if chance.random() < 0.5:
                world.direct.edit(id, metadata=touched[id])
            else:
                world.direct.delete(id)
                world.direct.upload(PNG, id=id, metadata=touched[id])
        return send(request)

    return spoil


@pytest.mark.parametrize(
    "seed",
    [
        0,
        *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 11)),
        *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(11, 25)),
    ],
)
def test_whoever_kills_and_meddles_nothing_that_is_referred_to_is_gone(renew: Callable[[], World], seed: int) -> None:
    """References change before each run, runs are killed at random, and others change images meanwhile.

    What a run changes was referred to neither when it was planned nor when the run began, and is not what others made.
    """
    chance = random.Random(seed)
    here = renew()
    ids = [f"{chance.choice(['', 'a/', 'a b/'])}{n}" for n in range(12)]
    here.put(*ids)
    used = here.folder / "used"
    marked: set[str] = set()

    def refer() -> set[str]:
        return {id for id in ids if chance.random() < 0.4} | {ids[0]}

    for step in range(4):
        function, effect = (jobs.reap, "delete") if step % 2 else (jobs.quarantine, "edit")
        options: dict[str, Any] = {"after": NOW} if step % 2 else {"older_than": NOW}
        touched: dict[str, dict[str, Any]] = {}
        here.rules.clear()
        here.spoil("GET .*/v1/.*", meddling(here, chance, touched), after=chance.randrange(5), times=2)
        planned, now = refer(), set[str]()
        for at in (chance.randrange(10, 60), None):
            used.write_text("\n".join(planned), "utf-8")
            reaper = Reaper(at)
            here.forget()
            with reaped(reaper), suppress(Death):
                images = here.client(ReapedWire(reaper, here.wire))
                job = function(images, here.folder / f"{step}.job", [IdFile(used)], allow_fewer=True, **options)
                now = refer()
                used.write_text("\n".join(now), "utf-8")
                job.run(workers=2, stop_after=None)
            for thread in threading.enumerate():
                if thread.name.startswith("cfimages-job"):
                    thread.join(PATIENCE)
            changed = {change[1] for change in here.effects(effect)} - touched.keys()
            assert not changed & (planned | now)
            assert changed <= marked or function is jobs.quarantine
            marked = (marked | changed) - touched.keys()
        assert {id: image.meta for id in touched if (image := here.image(id))} == touched


def test_two_jobs_at_once_write_one_memory(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one begins when the first one has written its file, and not yet put it in place."""
    world.put("used", "unused")
    replace, begun = os.replace, []

    def late(*paths: Path) -> None:
        begun.append(paths)
        if len(begun) == 1:
            find(world, jobs.orphans, ["used"], "2.job")
        replace(*paths)

    monkeypatch.setattr("os.replace", late)
    find(world, jobs.orphans, ["used"])
    assert (len(begun), remembered(world)["referred"]) == (2, 1)


def test_a_journal_in_another_folder_has_a_memory_of_its_own(world: World, tmp_path: Path) -> None:
    world.put("a")
    (world.folder / "x").mkdir()
    find(world, jobs.orphans, ["a"], "x/the.job")
    assert [path.name for path in (world.folder / "x").glob("*.json")] == [f"references-{world.account}.json"]
