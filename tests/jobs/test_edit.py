"""Editing: what is merged, what is compared before, and what is made of lost answers."""

from typing import Any

import httpx
import pytest
from jobs.worlds import World, answered, lost_after, lost_before, reasons, states
from pictures import PNG

from cfimages import InvalidArgumentError, jobs
from cfimages.jobs.account import ATTEMPTS


def private(world: World, **fields: Any) -> str:
    """An image whose privacy can be changed: one whose id the service has made."""
    image = world.direct.upload(PNG, **fields)
    world.forget()
    return image.id


def test_keys_are_set_and_unset_and_the_others_stay(world: World) -> None:
    world.put("a", metadata={"status": "old", "note": 1, "kept": {"x": True}}, creator="ada")
    world.put("b")
    job = jobs.edit(world.images, world.journal, everything=True, set={"status": "new"}, unset=["note"])
    assert world.effects() == []
    job.run()
    assert world.direct.get("a").meta == {"status": "new", "kept": {"x": True}}
    assert world.direct.get("a").creator == "ada"
    assert world.direct.get("b").meta == {"status": "new"}
    assert sorted(world.effects()) == [("edit", "a", "a"), ("edit", "b", "b")]


def test_what_is_so_already_takes_no_request(world: World) -> None:
    world.put("a", metadata={"status": "new"})
    job = jobs.edit(world.images, world.journal, ids=["a"], set={"status": "new"})
    assert job.summary().left == 0
    job.run()
    assert reasons(job) == {"a": "it has these values already"}
    assert world.sent("PATCH .*") == 0


def test_creators_are_set_and_removed(world: World) -> None:
    world.put("a", creator="ada")
    world.put("b", creator="bob")
    jobs.edit(world.images, world.folder / "1", ids=["a"], set_creator="").run()
    jobs.edit(world.images, world.folder / "2", ids=["b"], set_creator="ben").run()
    assert (world.direct.get("a").creator, world.direct.get("b").creator) == (None, "ben")


def test_privacy_gives_a_new_id_which_the_journal_has(world: World) -> None:
    old = private(world)
    job = jobs.edit(world.images, world.journal, ids=[old], require_signed_urls=True)
    assert job.summary().notes == ("1 get a new id from the service, since their privacy changes; the journal has it",)
    job.run()
    (item,) = job.items("done")
    assert world.ids() == [item.result["id"]]
    assert world.direct.get(item.result["id"]).require_signed_urls


def test_what_the_service_would_refuse_is_refused_when_it_is_planned(world: World) -> None:
    world.put("a", metadata={"long": "x" * 900})
    world.put("b")
    job = jobs.edit(world.images, world.journal, everything=True, set={"y": "y" * 200}, require_signed_urls=True)
    assert dict(job.summary().refused) == {
        "its metadata would be longer than 1,024 bytes": 1,
        "an image with an id of your own cannot be private": 1,
    }
    assert "refused 1: its metadata" in str(job.summary())
    assert states(job) == {"a": "skipped", "b": "skipped"}


def test_an_image_that_was_changed_since_is_not_edited(world: World) -> None:
    world.put("changed", "gone", "so", "anew", metadata={"n": 1})
    job = jobs.edit(world.images, world.journal, everything=True, set={"n": 2})
    world.direct.edit("changed", metadata={"n": 3})
    world.direct.delete("gone")
    world.direct.edit("so", metadata={"n": 2})
    world.direct.delete("anew")
    world.put("anew", metadata={"n": 1})
    job.run()
    assert reasons(job) == {
        "changed": "it was changed since the plan",
        "gone": "it was already gone",
        "so": "it has these values already",
        "anew": "another image was uploaded under its id since the plan",
    }
    assert set(states(job).values()) == {"skipped"}
    assert world.effects("edit") == []


def test_a_boolean_is_no_number(world: World) -> None:
    world.put("a", metadata={"n": 1, "in": [{"n": 0}]})
    job = jobs.edit(world.images, world.journal, everything=True, set={"n": True, "in": [{"n": False}]})
    job.run()
    assert repr(world.direct.get("a").to_dict()["meta"]) == "{'n': True, 'in': [{'n': False}]}"
    same = jobs.edit(world.images, world.folder / "same.job", everything=True, set={"n": True})
    assert reasons(same) == {"a": "it has these values already"}
    later = jobs.edit(world.images, world.folder / "later.job", everything=True, set={"new": 1})
    world.direct.edit("a", metadata={"n": 1, "in": [{"n": False}]})
    later.run()
    assert reasons(later) == {"a": "it was changed since the plan"}
    with pytest.raises(InvalidArgumentError, match="was planned with set="):
        jobs.edit(world.images, world.journal, everything=True, set={"n": 1, "in": [{"n": False}]})


def test_whole_numbers_are_the_same_with_a_decimal_point(world: World) -> None:
    world.put("a", metadata={"n": 1})
    job = jobs.edit(world.images, world.journal, everything=True, set={"n": 1.0})
    assert reasons(job) == {"a": "it has these values already"}


def test_what_is_not_edited_may_have_changed_since(world: World) -> None:
    world.put("a", metadata={"n": 1})
    job = jobs.edit(world.images, world.journal, ids=["a"], set_creator="ada")
    world.direct.edit("a", metadata={"n": 2})
    job.run()
    image = world.direct.get("a")
    assert (image.meta, image.creator) == ({"n": 2}, "ada")


def test_a_lost_answer_is_asked_about(world: World) -> None:
    world.put("a", "b")
    job = jobs.edit(world.images, world.journal, everything=True, set={"n": 2})
    world.spoil("PATCH .*/a", lost_after)
    world.spoil("PATCH .*/b", lost_before)
    job.run()
    assert set(states(job).values()) == {"done"}
    assert sorted(world.effects()) == [("edit", "a", "a"), ("edit", "b", "b")]


def test_an_image_that_somebody_else_edited_after_a_lost_answer_stays_in_doubt(world: World) -> None:
    world.put("a")
    job = jobs.edit(world.images, world.journal, everything=True, set={"n": 2})

    def overtaken(request, send):
        send(request).read()
        world.direct.edit("a", metadata={"n": 3})
        return answered(502)(request, send)

    world.spoil("PATCH .*", overtaken)
    report = job.run()
    assert states(job) == {"a": "in_doubt"}
    assert not report.finished
    assert world.direct.get("a").meta == {"n": 3}


def test_a_lost_new_id_stays_in_doubt_and_the_report_has_candidates(world: World) -> None:
    old = private(world, metadata={"a": 1})
    private(world, metadata={"a": 2})
    job = jobs.edit(world.images, world.journal, ids=[old], require_signed_urls=True)
    world.spoil("PATCH .*", lost_after)
    report = job.run()
    ((_, _, new),) = world.effects("edit")
    assert report.in_doubt[0].result == {"candidates": [new]}
    assert f"in doubt: {old}, perhaps now {new}" in str(report)
    assert job.run().counts["in_doubt"] == 1
    assert len(world.effects("edit")) == 1
    world.spoil("GET .*", lost_before, times=ATTEMPTS)
    report = job.run()
    assert "made up" in str(report.in_doubt[0].reason)
    assert report.in_doubt[0].result == {"candidates": [new]}


def test_a_lost_change_of_privacy_that_never_arrived_is_made(world: World) -> None:
    old = private(world)
    job = jobs.edit(world.images, world.journal, ids=[old], require_signed_urls=True)
    world.spoil("PATCH .*", lost_before)
    job.run()
    assert len(world.effects("edit")) == 1
    assert set(states(job).values()) == {"done"}


def test_a_change_of_privacy_that_arrives_late_stays_in_doubt(world: World) -> None:
    """The first request is carried out between the question and the second one."""
    old = private(world)
    job = jobs.edit(world.images, world.journal, ids=[old], require_signed_urls=True)

    def overtaken(request, send):
        world.direct.edit(old, require_signed_urls=True)
        return send(request)

    world.spoil("PATCH .*", lost_before)
    world.spoil("PATCH .*", overtaken)
    job.run()
    assert set(states(job).values()) == {"in_doubt"}
    assert len(world.effects("edit")) == 1


def test_an_image_without_an_upload_time_has_no_candidates(world: World) -> None:
    old = private(world)

    def timeless(request, send):
        body = {"success": True, "errors": [], "messages": [], "result": {"id": old, "filename": "image"}}
        return httpx.Response(200, json=body, request=request)

    world.spoil("GET .*", timeless, times=2)
    job = jobs.edit(world.images, world.journal, ids=[old], require_signed_urls=True)
    world.spoil("PATCH .*", lost_after)
    job.run()
    (item,) = job.items("in_doubt")
    assert item.result == {"candidates": []}


def test_an_answer_of_a_proxy_is_no_proof_that_an_image_is_missing(world: World) -> None:
    world.put("a", "b")
    job = jobs.edit(world.images, world.journal, everything=True, set={"n": 2})
    world.spoil("PATCH .*/a", answered(404, text="<html>"))
    world.spoil("GET .*/b", answered(404, text="<html>"), times=ATTEMPTS)
    job.run()
    assert set(states(job).values()) == {"failed"}


def test_a_404_that_says_nothing_is_asked_again(world: World) -> None:
    world.put("a")
    job = jobs.edit(world.images, world.journal, everything=True, set={"n": 2})
    world.spoil("GET .*/a", answered(404, text="<html>"), times=ATTEMPTS - 1)
    assert job.run().counts["done"] == 1


def test_an_edit_is_taken_back(world: World) -> None:
    world.put("a", metadata={"n": 1}, creator="ada")
    world.put("b")
    own = private(world, metadata={"n": 1})
    job = jobs.edit(
        world.images, world.journal, everything=True, set={"n": 2}, set_creator="bob", require_signed_urls=None
    )
    job.run()
    world.direct.edit("b", metadata={"n": 7})
    undo = job.undo(world.folder / "undo.job")
    assert undo.kind == "undo edit"
    undo.run()
    assert (world.direct.get("a").meta, world.direct.get("a").creator) == ({"n": 1}, "ada")
    assert (world.direct.get(own).meta, world.direct.get(own).creator) == ({"n": 1}, None)
    assert reasons(undo)["b"] == "it was changed since the plan"
    assert undo.undo(world.folder / "redo.job").run().counts["done"] == 2
    assert world.direct.get("a").meta == {"n": 2}


def test_a_change_of_privacy_is_taken_back_under_the_new_id(world: World) -> None:
    private(world)
    job = jobs.edit(world.images, world.journal, everything=True, require_signed_urls=True)
    job.run()
    jobs.resume(world.images, world.journal).undo(world.folder / "undo.job").run()
    (image,) = world.direct.list()
    assert not image.require_signed_urls


def test_an_undo_is_of_the_same_account(world: World) -> None:
    world.put("a")
    job = jobs.edit(world.images, world.journal, everything=True, set={"n": 2})
    job.run()
    with world.sandbox.client("another", transport=world.wire) as other:
        jobs.edit(other, world.folder / "other.job", ids=[], set={"n": 2})
    (world.folder / "other.job").replace(job.path)
    with pytest.raises(InvalidArgumentError, match="the job belongs to the account another"):
        job.undo(world.folder / "undo.job")
    job = jobs.delete(world.images, world.folder / "delete.job", everything=True)
    with pytest.raises(jobs.JobError, match="cannot be undone"):
        job.undo(world.folder / "undo2.job")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "nothing to change"),
        ({"unset": "a"}, "must be several keys"),
        ({"set": [1]}, "must be a mapping"),
        ({"set": {"a": 1}, "unset": ["a"]}, "both have 'a'"),
        ({"set": {"a": object()}}, "cannot be written as JSON"),
        ({"set": {"a": float("nan")}}, "cannot be written as JSON"),
        ({"set": {"a": "\udcff"}}, "cannot be written as JSON"),
        ({"set_creator": "\udcff"}, "set_creator=.*not valid Unicode text"),
    ],
)
def test_changes_that_are_none_are_refused(world: World, arguments: dict, problem: str) -> None:
    with pytest.raises(InvalidArgumentError, match=problem):
        jobs.edit(world.images, world.journal, everything=True, **arguments)
    assert world.wire.lines == []


def test_a_job_is_undone_on_another_day(world: World) -> None:
    world.put("a", metadata={"n": 1})
    jobs.edit(world.images, world.journal, ids=["a"], set={"n": 2}).run()
    jobs.resume(world.images, world.journal).undo(world.folder / "undo.job").run()
    assert world.images.get("a").meta == {"n": 1}
