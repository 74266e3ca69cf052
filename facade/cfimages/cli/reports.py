"""What a job says: JSON lines about its items, its plan, and how it ended."""

import json
from typing import TYPE_CHECKING, Any

import attrs
import click

from cfimages.cli.escaping import escaped
from cfimages.cli.output import write_record
from cfimages.cli.words import in_options, option_of

if TYPE_CHECKING:
    from cfimages.jobs import Item, Job, Outcome, Report, Summary


class Rows:
    """JSON lines about items, on standard output. A job does not end because nobody reads them."""

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
        """Write what a plan would do."""
        if self._wanted:
            for item in job.items("planned", "failed", "in_doubt"):
                self.write(row_of(item))


def row_of(item: "Item", outcome: "Outcome | None" = None) -> dict[str, Any]:
    """Return an item as data: what it is about, how far it is, the id of its image, and why."""
    now = outcome or item
    image_id = (now.result or {}).get("id") or item.image
    row = {"item": item.key, "state": now.state, "id": image_id, "reason": now.reason}
    return {name: value for name, value in row.items() if value is not None}


def reasons_of(report: "Report") -> list[dict[str, Any]]:
    """Return why items were skipped, failed or are in doubt, as data: the most frequent reasons."""
    return [{"state": state, "reason": reason, "count": count} for state, reason, count in report.reasons]


def shown(summary: "Summary") -> str:
    """Return a summary as text for a terminal."""
    sample = tuple(map(escaped, summary.sample))
    refused = tuple((escaped(in_options(reason)), count) for reason, count in summary.refused)
    notes = tuple(map(in_options, summary.notes))
    return _escaped_lines(attrs.evolve(summary, sample=sample, refused=refused, notes=notes))


def shown_plan(summary: "Summary") -> str:
    """Return when a plan was made, and by which filters, as text for a terminal."""
    filters = " ".join(
        f"{option_of(name)} {json.dumps(value, ensure_ascii=False)}" for name, value in summary.filters.items()
    )
    return escaped(f"{summary.kind} planned {summary.created[:10]}{f' with {filters}' if filters else ''}")


def shown_report(report: "Report") -> str:
    """Return a report as text for a terminal. Why it was stopped is said elsewhere."""
    reasons = tuple((state, escaped(in_options(reason)), count) for state, reason, count in report.reasons)
    in_doubt = tuple(attrs.evolve(item, key=escaped(item.key)) for item in report.in_doubt)
    return _escaped_lines(attrs.evolve(report, reasons=reasons, in_doubt=in_doubt, stopped=False))


def _escaped_lines(text: object) -> str:
    return "\n".join(map(escaped, str(text).split("\n")))
