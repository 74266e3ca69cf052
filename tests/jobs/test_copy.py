"""Copying between accounts: each image once, conflicts left alone, the source only read; and comparing afterwards."""

import json
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import attrs
import pytest
from jobs.accounts import all_of, content, fill_at_random, spoil_at_random
from jobs.worlds import World, answered, lost_after, reasons, states
from pictures import PNG

from cfimages import APIError, AuthenticationError, InvalidArgumentError, RateLimitError, Variant, jobs
from cfimages.jobs.account import Account, InterruptedWaitError
from cfimages.jobs.sources import is_uuid
from cfimages.sandbox.store import StoredImage

Renew = Callable[[], World]


def copy(world: World, other: World, journal: str = "the.job", **options: Any) -> jobs.Job:
    options = {"everything": True, "map": other.folder / "map", **options}
    return jobs.copy(other.images, other.folder / journal, source=world.images, **options)


def compare(world: World, other: World, journal: str = "compare.job", **options: Any) -> jobs.Job:
    options = {"everything": True, "map": other.folder / "map", **options}
    return jobs.compare(other.images, other.folder / journal, source=world.images, **options)


def new_ids(other: World) -> dict[str, str]:
    lines = (other.folder / "map").read_text("utf-8").splitlines()[1:]
    return {entry["id"]: entry["new_id"] for entry in map(json.loads, lines)}


def test_an_account_is_copied(world: World, renew: Renew) -> None:
    world.put("a/b.png", metadata={"n": 1}, creator="ada", filename="b.png")
    private = world.direct.upload(PNG + b"p", require_signed_urls=True, metadata={"p": 1}).id
    public = world.direct.upload(PNG + b"q").id
    world.sandbox.store.fill(world.account, [StoredImage(0, "mine", 0, "a.png", {}, None, private=True)])
    world.forget()
    other = renew()
    job = copy(world, other)
    assert (job.summary().left, job.summary().requests, other.effects()) == (4, 15, [])
    assert job.summary().notes[0].startswith("3 get other ids")
    assert job.run().finished
    ids = new_ids(other)
    assert all_of(other) == all_of(world, ids)
    assert ids["a/b.png"] == "a/b.png"
    assert all(is_uuid(ids[id]) and ids[id] != id for id in (private, public, "mine"))
    assert world.effects() == []
    assert not [path for path in other.folder.iterdir() if path.suffix not in ("", ".job", ".lock")]
    with pytest.raises(jobs.JobError, match="of the kind copy cannot be undone"):
        job.undo(other.folder / "undo.job")


def test_a_map_without_a_folder_is_refused_before_anything_is_planned(world: World, renew: Renew) -> None:
    world.put("a")
    other = renew()
    jobs.export(world.images, world.journal, other.folder / "export", everything=True).run()
    nowhere = other.folder / "none" / "map"
    for work in (
        lambda: copy(world, other, map=nowhere),
        lambda: jobs.restore(other.images, other.journal, other.folder / "export", map=nowhere),
        lambda: jobs.sync(other.images, other.journal, other.folder, map=nowhere),
    ):
        with pytest.raises(InvalidArgumentError, match=r"^map='.*': its folder does not exist$"):
            work()
    assert not other.journal.exists()


def test_a_second_copy_changes_nothing_and_reads_no_original(world: World, renew: Renew) -> None:
    world.put("a")
    id = world.direct.upload(PNG, require_signed_urls=True).id
    other = renew()
    copy(world, other).run()
    other.forget()
    reads = world.sent("GET .*/blob")
    again = copy(world, other, "2.job")
    assert reasons(again) == {"a": "it is there already", id: "it is there already"}
    assert again.run().finished
    assert copy(world, other).run().finished
    assert (other.effects(), world.sent("GET .*/blob")) == ([], reads)


def test_images_are_copied_and_restored_in_the_order_of_their_uploads(world: World, renew: Renew) -> None:
    for id in ("3", "1", "4", "0", "2"):
        world.put(id)
    listed = [image.id for image in world.direct.list(sort_order="asc")]
    uploads = [("upload", id) for id in listed]
    first, second = renew(), renew()
    copy(world, first).run(workers=1)
    assert first.effects() == uploads
    folder = world.folder / "out"
    jobs.export(world.direct, world.journal, folder, everything=True).run()
    jobs.restore(second.images, second.journal, folder).run(workers=1)
    assert second.effects() == uploads


def test_a_restore_is_compared_with_the_account_of_the_export(world: World, renew: Renew) -> None:
    world.put("a", "b", metadata={"n": 1})
    id = world.direct.upload(PNG, require_signed_urls=True).id
    folder, other = world.folder / "out", renew()
    jobs.export(world.direct, world.journal, folder, everything=True).run()
    jobs.restore(other.images, other.journal, folder).run()
    map = folder / f"restored-{other.account}.jsonl"
    other.direct.edit("b", metadata={})
    job = compare(world, other, map=map)
    job.run()
    assert reasons(job) == {"a": None, "b": "it differs in metadata", id: None}
    with pytest.raises(InvalidArgumentError, match="another source: a folder, by a restore; not of "):
        copy(world, other, "2.job", map=map)
    copy(world, other, "3.job").run()
    with pytest.raises(InvalidArgumentError, match=r"another source: .*; not of a folder, by a restore$"):
        jobs.restore(other.images, other.folder / "4.job", folder, map=other.folder / "map")


def test_some_images_are_copied(world: World, renew: Renew) -> None:
    world.put("a", creator="ada")
    world.put("b")
    other = renew()
    copy(world, other, everything=False, creator="ada").run()
    assert other.ids() == ["a"]
    job = copy(world, other, "2.job", everything=False, ids=["b", "none"])
    assert states(job) == {"b": "planned", "none": "skipped"}
    assert copy(world, other, "2.job", everything=False, ids=["b", "none"]).run().finished
    assert other.ids() == ["a", "b"]
    with pytest.raises(InvalidArgumentError, match="ids: not what the journal was planned with"):
        copy(world, other, "2.job", everything=False, ids=["c"])


def test_what_is_there_is_left_alone(world: World, renew: Renew) -> None:
    world.put("fields", "bytes", "same")
    other = renew()
    other.put("fields", metadata={"n": 1})
    other.put("bytes", content=PNG + b"other")
    other.put("same")
    job = copy(world, other)
    assert reasons(job)["fields"] == "refused: its id is taken by another image, which differs in metadata"
    job.run()
    assert states(job) == {"fields": "skipped", "bytes": "failed", "same": "skipped"}
    assert other.effects() == []


def test_what_changes_after_the_plan_is_not_copied(world: World, renew: Renew) -> None:
    world.put("edited", "anew", "gone", "gone-while-read", "kept")
    other = renew()
    job = copy(world, other)
    world.direct.edit("edited", metadata={"n": 1})
    world.direct.delete("anew")
    world.put("anew", content=PNG + b"new")
    world.direct.delete("gone")

    def delete(request, send):
        response = send(request)
        response.read()
        world.direct.delete("gone-while-read")
        return response

    world.spoil("GET .*/gone-while-read/blob", delete)
    job.run()
    assert reasons(job) == {
        "edited": "it was changed since the plan",
        "anew": "another image was uploaded under its id since the plan",
        "gone": "it is no longer in the source",
        "gone-while-read": "it is no longer in the source",
        "kept": None,
    }
    assert other.effects() == [("upload", "kept")]


def test_variants_and_the_setting_come_first(world: World, renew: Renew) -> None:
    world.put("a")
    world.direct.edit_settings(flexible_variants=True)
    other = renew()
    for name in ("same", "other", "new", "lost", "raced", "clash"):
        world.direct.variants.create(name, width=10, height=20, fit="cover", metadata="copyright")
    other.direct.variants.create("same", width=10, height=20, fit="cover", metadata="copyright")
    other.direct.variants.create("other", width=11, height=20)
    job = copy(world, other, variants=True)
    first, *_ = job.items()
    assert first.key == "/settings/flexible_variants"
    assert "the setting flexible_variants becomes True" in job.summary().notes
    assert job.summary().refused == (("a variant of this name has other options there", 1),)
    other.direct.variants.create("raced", width=10, height=20, fit="cover", metadata="copyright")
    other.direct.variants.create("clash", width=1, height=1)
    other.spoil("POST .*/variants", lost_after, times=2)
    other.spoil("PATCH .*/config", lost_after)
    job.run(workers=1)
    assert {key: state for key, state in states(job).items() if key != "a"} == {
        "/settings/flexible_variants": "done",
        "/variants/public": "skipped",
        "/variants/same": "skipped",
        "/variants/other": "skipped",
        "/variants/new": "done",
        "/variants/lost": "done",
        "/variants/raced": "skipped",
        "/variants/clash": "failed",
    }
    assert other.direct.settings().flexible_variants
    made = {variant.id: variant for variant in other.direct.variants.list()}
    assert made["new"] == next(variant for variant in world.direct.variants.list() if variant.id == "new")
    assert (made["other"].width, made["clash"].width) == (11, 1)
    again = copy(world, other, "2.job", variants=True)
    assert states(again)["/settings/flexible_variants"] == "skipped"


def test_a_variant_of_a_later_version_is_not_copied(
    world: World, renew: Renew, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Variant.from_generated
    monkeypatch.setattr(
        Variant, "from_generated", lambda found: attrs.evolve(known(found), extra={"options": {"x": 1}})
    )
    job = copy(world, renew(), variants=True)
    assert job.summary().refused == (("this version of cfimages does not know all options of the variant", 1),)


def test_a_variant_that_is_taken_and_gone_again_fails(world: World, renew: Renew) -> None:
    world.direct.variants.create("v", width=1, height=1)
    other = renew()
    job = copy(world, other, variants=True)
    other.spoil("POST .*/variants", answered(409, 5426))
    job.run()
    assert reasons(job)["/variants/v"] == "its name is taken, but there is no such variant"


def test_the_summary_tells_the_limits_of_the_service(
    world: World, renew: Renew, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cfimages.jobs.kinds.copy.is_cloudflare", lambda images: True)
    job = copy(world, renew())
    assert job.summary().notes[-1] == "originals are read from the API itself: at most four a second on Cloudflare"


def test_a_setting_that_somebody_changed_meanwhile_is_left_alone(world: World, renew: Renew) -> None:
    other = renew()
    world.direct.edit_settings(flexible_variants=True)
    job = copy(world, other, variants=True)
    other.direct.edit_settings(flexible_variants=True)
    job.run()
    assert reasons(job)["/settings/flexible_variants"] == "it was changed since the plan"


def test_an_original_that_is_too_large_fails(world: World, renew: Renew, monkeypatch: pytest.MonkeyPatch) -> None:
    world.put("a")
    monkeypatch.setattr("cfimages.jobs.kinds.copy.MAX_BYTES", 100)
    job = copy(world, renew())
    job.run()
    assert reasons(job) == {"a": "it is larger than 10 MB"}


def test_each_account_has_limits_of_its_own_and_both_stop_together(world: World, renew: Renew) -> None:
    other = renew()
    account = Account(other.images)
    source = account.beside(world.images)
    assert account.beside(world.images) is source
    account.slow_down(RateLimitError("too fast", retry_after=40), refused=1)
    before = account.timing.clock()
    source.wait_for_turn()
    assert account.timing.clock() == before
    account.wait_for_turn()
    assert account.timing.clock() - before >= 40
    account.abandon()
    with pytest.raises(InterruptedWaitError):
        source.wait_for_turn()
    assert source.stopping.is_set()


def test_credentials_of_the_source_that_are_refused_end_the_job(world: World, renew: Renew) -> None:
    world.put("a", "b")
    other = renew()
    job = copy(world, other)
    world.spoil("GET .*/blob", answered(401, 10000), times=9)
    with pytest.raises(AuthenticationError):
        job.run()
    assert job.report().counts["planned"] == 2
    world.rules.clear()
    assert job.run().counts["done"] == 2


def test_a_proxy_is_not_believed(world: World, renew: Renew) -> None:
    world.put("a")
    job = copy(world, renew())
    world.spoil("GET .*/blob", answered(404, text="<html>"), times=99)
    job.run()
    assert states(job) == {"a": "failed"}


def test_a_copy_needs_two_accounts(world: World, renew: Renew) -> None:
    world.put("a")
    other, third = renew(), renew()
    with pytest.raises(InvalidArgumentError, match="is the same account as images"):
        copy(world, world)
    with pytest.raises(InvalidArgumentError, match="source=1: must be a CloudflareImages"):
        jobs.copy(other.images, other.journal, source=1, map="map", everything=True)  # type: ignore[arg-type]  # the test
    with pytest.raises(InvalidArgumentError, match="images=None: must be a CloudflareImages"):
        jobs.copy(None, other.journal, source=world.images, map="map", everything=True)  # type: ignore[arg-type]  # the test
    assert not other.journal.exists()
    copy(world, other).run()
    compare(world, other)
    for journal in ("the.job", "compare.job"):
        with pytest.raises(jobs.JobError, match="needs both accounts"):
            jobs.resume(other.images, other.folder / journal).run()
    assert jobs.resume(other.images, other.journal).report().finished
    with pytest.raises(InvalidArgumentError, match=r"map=.* was planned with"):
        copy(third, other, map=other.folder / "map2")
    with pytest.raises(InvalidArgumentError, match="is of another source"):
        copy(third, other, "3.job")


def test_a_plan_goes_on_where_it_was(world: World, renew: Renew) -> None:
    world.put(*map(str, range(5)))
    world.direct.variants.create("v", width=1, height=1)
    world.direct.edit_settings(flexible_variants=True)
    for fails in ("GET .*/variants", "GET .*/v2.*"):
        other = renew()
        world.spoil(fails, answered(403, 10000))
        with pytest.raises(APIError):
            copy(world, other, variants=True)
        assert copy(world, other, variants=True).run().finished
        assert (len(other.ids()), len(other.direct.variants.list())) == (5, 2)
        assert other.direct.settings().flexible_variants


def test_a_name_that_a_form_escapes_is_the_same(world: World, renew: Renew) -> None:
    world.put("a")
    stored = StoredImage(0, "quoted", 0, '12" disc.png', {}, None, private=False)
    world.sandbox.store.fill(world.account, [stored])
    other = renew()
    copy(world, other).run()
    job = compare(world, other)
    assert job.run().counts["done"] == 2
    assert set(reasons(copy(world, other, "2.job")).values()) == {"it is there already"}


def test_a_boolean_is_no_number(world: World, renew: Renew) -> None:
    world.put("a", metadata={"n": 1})
    other = renew()
    copy(world, other).run()
    other.direct.edit("a", metadata={"n": True})
    job = compare(world, other)
    job.run()
    assert reasons(job) == {"a": "it differs in metadata"}
    world.put("late", metadata={"n": 1})
    job = copy(world, other, "2.job", everything=False, creator="")
    world.direct.edit("late", metadata={"n": True})
    job.run()
    assert reasons(job)["late"] == "it was changed since the plan"


def test_a_comparison_finds_what_differs(world: World, renew: Renew) -> None:
    world.put("same", "fields", "bytes", "gone", "anew", "later")
    other = renew()
    id = world.direct.upload(PNG, require_signed_urls=True).id
    copy(world, other).run()
    assert compare(world, other, "0.job").run().counts["done"] == 7
    other.direct.edit("fields", metadata={"n": 1}, creator="ada")
    for name in ("bytes", "gone"):
        other.direct.delete(name)
    other.put("bytes", content=PNG + b"other")
    world.direct.delete("anew")
    world.put("anew")
    job = compare(world, other)
    assert job.summary().requests == 21
    job.run()
    assert reasons(job) == {
        "same": None,
        "fields": "it differs in metadata, creator",
        "bytes": "it differs in its bytes",
        "gone": "it is not in the account",
        "anew": "another image was uploaded under its id since it was copied",
        "later": None,
        id: None,
    }
    assert other.effects() == []
    fields = compare(world, other, "2.job", hashes=False, everything=False, ids=["bytes"])
    assert fields.summary().requests == 1
    assert compare(world, other, "2.job", hashes=False, everything=False, ids=["bytes"]).run().counts["done"] == 1


def test_differences_do_not_stop_a_comparison_but_requests_that_fail_do(world: World, renew: Renew) -> None:
    world.put(*map(str, range(6)))
    other = renew()
    assert compare(world, other).run(workers=1, stop_after=3).counts["failed"] == 6
    other.spoil("GET .*", answered(400), times=999)
    with pytest.raises(jobs.JobStoppedError, match="stopped after 3 failures in a row"):
        compare(world, other).run(workers=1, stop_after=3)


def test_what_was_there_before_is_compared_by_its_bytes_after_a_lost_answer(world: World, renew: Renew) -> None:
    world.put("a")
    other = renew()
    job = copy(world, other)
    other.spoil("POST .*", lost_after)
    assert job.run().counts["done"] == 1
    assert content(other, "a") == PNG
    assert other.effects() == [("upload", "a")]


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 9))])
def test_whatever_goes_wrong_the_copy_is_the_account(world: World, renew: Renew, seed: int) -> None:
    """Random accounts, faults of both, and journals that are lost."""
    chance = random.Random(seed)
    fill_at_random(world, chance)
    other = renew()
    for each in (world, other):
        spoil_at_random(each, chance)
    for attempt in range(4):
        journal = f"{attempt}.job" if chance.random() < 0.5 else "the.job"
        with suppress(APIError):  # while planning
            copy(world, other, journal).run(workers=chance.choice([1, 4]), stop_after=None)
    world.rules.clear()
    other.rules.clear()
    assert copy(world, other, "last.job").run().finished
    assert compare(world, other).run().finished
    assert all_of(other) == all_of(world, new_ids(other))
    assert len(other.ids()) == len(world.ids()) == len(other.effects("upload", "complete"))


def test_a_comparison_of_whole_accounts_counts_both_and_names_what_only_the_target_has(
    world: World, renew: Renew
) -> None:
    world.put("a", "b", "c", creator="ada")
    world.direct.upload(PNG, require_signed_urls=True)
    other = renew()
    copy(world, other).run()
    other.put("mine", "too")
    other.direct.delete("c")
    other.direct.direct_upload()
    job = compare(world, other)
    report = job.run()
    assert report.totals == {"source": 4, "target": 5}
    assert "\n  images: 4 in the source, 5 in this account\n" in str(report)
    assert jobs.read(job.path).report.totals == report.totals
    others = {item.key: item.reason for item in job.items("skipped")}
    assert others == dict.fromkeys(("/only-here/mine", "/only-here/too"), "only this account has it")
    assert (report.counts["done"], report.counts["failed"]) == (3, 1)
    some = compare(world, other, "some.job", everything=False, creator="ada")
    assert (some.run().totals, {item.key for item in some.items()}) == ({}, {"a", "b", "c"})


def test_a_comparison_whose_planning_failed_counts_all(world: World, renew: Renew) -> None:
    world.put("a", "b")
    other = renew()
    copy(world, other).run()
    other.put("mine")
    other.spoil("GET .*/v2.*", answered(403, 10000))
    with pytest.raises(APIError):
        compare(world, other)
    job = compare(world, other)
    assert job.run().totals == {"source": 2, "target": 3}
    assert states(job) == {"a": "done", "b": "done", "/only-here/mine": "skipped"}
