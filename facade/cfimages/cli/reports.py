"""Output of a job: JSON lines of its items, its plan, and its report."""

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from cfimages.cli.escaping import escaped
from cfimages.cli.output import write_record
from cfimages.cli.words import in_options, option_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cfimages.jobs import Item, Job, Outcome, Report, State, Summary


REFUSED = "refused: "
"""How the reasons of items begin that were refused by the plan."""
_FINAL = {
    "upload": "delete the images that have their ids, or upload with another --id, as a new job",
    "restore": "delete the images that have their ids",
    "copy": "see what each of them needs",
    "compare": "correct the copies, or copy them again",
    "sync": "see what each of them needs, and sync again, as a new job",
}
"""What to do about items that a retry does not change, by the kind of job."""


class Rows:
    """JSON lines of items on standard output. A job continues even if nobody reads them."""

    def __init__(self, *, wanted: bool) -> None:
        self._wanted = wanted
        self.failed: bool = False
        """Whether they could not be written."""

    def write(self, row: dict[str, Any]) -> None:
        """Write a line."""
        if not self._wanted:
            return
        try:
            write_record(row)
        except OSError as error:
            self._wanted = False
            if not isinstance(error, BrokenPipeError):
                self.failed = True
                click.echo(f"Error: standard output: {error.strerror}", err=True)

    def write_items(self, job: "Job") -> None:
        """Write the items of a plan."""
        if self._wanted:
            for item in job.items("planned", "skipped", "failed", "in_doubt"):
                if item.state != "skipped" or (item.reason or "").startswith(REFUSED):
                    self.write(row_of(item))


def row_of(item: "Item", outcome: "Outcome | None" = None) -> dict[str, Any]:
    """Return an item as data: key, state, id of its image, and reason."""
    now = outcome or item
    image_id = (now.result or {}).get("id") or item.image
    row = {"item": item.key, "state": now.state, "id": image_id, "reason": now.reason}
    return {name: value for name, value in row.items() if value is not None}


def reasons_of(report: "Report") -> list[dict[str, Any]]:
    """Return why items were skipped, failed or are in doubt, as data: the most frequent reasons."""
    return [{"state": state, "reason": reason, "count": count} for state, reason, count in report.reasons]


def shown(summary: "Summary", journal: Path) -> str:
    """Return a summary as text for a terminal."""
    sample = tuple(map(escaped, summary.sample))
    refused = tuple((escaped(in_options(reason)), count) for reason, count in summary.refused)
    notes = tuple(map(in_options, summary.notes))
    examples = _examples(summary.examples)
    changed = attrs.evolve(summary, sample=sample, refused=refused, notes=notes, examples=examples)
    return _escaped_lines(f"{changed.text(_all_of(journal))}\n  journal: {escaped(str(journal))}")


def shown_plan(summary: "Summary") -> str:
    """Return when a plan was made, and by which filters, as text for a terminal."""
    filters = " ".join(
        f"{option_of(name)} {json.dumps(value, ensure_ascii=False)}" for name, value in summary.filters.items()
    )
    return escaped(f"{summary.kind} planned {summary.created[:10]}{f' with {filters}' if filters else ''}")


def shown_report(report: "Report", journal: Path) -> str:
    """Return a report as text for a terminal, without why the job was stopped."""
    reasons = tuple((state, escaped(in_options(reason)), count) for state, reason, count in report.reasons)
    in_doubt = tuple(attrs.evolve(item, key=escaped(item.key)) for item in report.in_doubt)
    examples = _examples(report.examples)
    changed = attrs.evolve(report, reasons=reasons, in_doubt=in_doubt, stopped=False, examples=examples)
    return _escaped_lines(changed.text(_all_of(journal)))


def are_more(count: int, what: str, most: int) -> str:
    """Return a message that there are more than --max allows.

    >>> are_more(1, "item", 0)
    '1 item is more than --max 0'
    """
    return (
        f"{count:,} {what} is more than --max {most}" if count == 1 else f"{count:,} {what}s are more than --max {most}"
    )


def going_on(report: "Report", kind: str, command: str) -> str:
    """Return how to resume an unfinished job: by a command, if that can change anything."""
    counts = report.counts
    if not report.final or report.final != sum(counts[state] for state in ("planned", "started", "failed", "in_doubt")):
        return f"To resume:\n  {command}"
    what = "it fails" if report.final == 1 else "they fail"
    return f"Run again, {what} again until that is changed: {_FINAL[kind]}. Then:\n  {command}"


def _examples(examples: "Mapping[str, tuple[str, ...]]") -> dict[str, tuple[str, ...]]:
    return {escaped(in_options(reason)): tuple(map(escaped, keys)) for reason, keys in examples.items()}


def _all_of(journal: Path) -> "Callable[[State], str]":
    from cfimages.cli.journals import name_of

    name = shlex.quote(name_of(journal))
    return lambda state: f"cfimages jobs show {name} --state {state}"


def _escaped_lines(text: str) -> str:
    return "\n".join(map(escaped, text.split("\n")))
