"""What ends with which exit status. `python tests/cli/statuses.py` writes it into the table of docs/command.md."""

import re
import signal
from collections.abc import Mapping
from pathlib import Path

import attrs

from cfimages.cli.status import MEANINGS, Status

PAGE = Path(__file__).parents[2] / "docs" / "command.md"


@attrs.frozen
class Case:
    """A command on an account with the images `a` and `b`, and how it ends."""

    status: Status
    words: tuple[str, ...]
    when: str | None = None
    """What the page says about it, if it is one of its examples."""
    input: str | None = None
    sent: signal.Signals | None = None
    """What the process gets while it works."""
    environment: Mapping[str, str] = attrs.field(factory=dict)


def case(
    status: Status,
    line: str,
    when: str | None = None,
    *,
    input: str | None = None,
    sent: signal.Signals | None = None,
    **environment: str,
) -> Case:
    return Case(status, tuple(line.split()), when, input, sent, environment)


NOWHERE = "http://127.0.0.1:9/client/v4"

WRONG = "wrong-token-of-the-test"

CASES = (
    case(Status.INTERRUPTED, "delete a b --yes", "while the job runs", sent=signal.SIGINT),
    case(Status.TERMINATED, "delete a b --yes", "while the job runs", sent=signal.SIGTERM),
    case(Status.NO_ACCESS, "list", "the token is wrong", CLOUDFLARE_API_TOKEN=WRONG),
    case(Status.NO_ACCESS, "delete a b --yes", CLOUDFLARE_API_TOKEN=WRONG),
    case(Status.NO_ACCESS, "list", "there is no token", CLOUDFLARE_API_TOKEN=""),
    case(Status.NO_ACCESS, "list --profile none", "there is no such profile"),
    case(Status.REFUSED, "delete a b", "nobody could be asked, and there was no --yes"),
    case(Status.REFUSED, "delete a b", input="y\n"),
    case(Status.REFUSED, "delete -", input="a\nb\n"),
    case(Status.REFUSED, "delete --everything --yes --max 1", "the plan has two images"),
    case(Status.REFUSED, "delete --everything --dry-run --max 1"),
    case(Status.UNFINISHED, "list", "the service does not answer", CLOUDFLARE_BASE_URL=NOWHERE),
    case(Status.UNFINISHED, "export out", CLOUDFLARE_BASE_URL=NOWHERE),
    case(Status.UNFINISHED, "doctor", CLOUDFLARE_BASE_URL=NOWHERE),
    case(Status.USAGE, "delete", "neither ids nor a filter"),
    case(Status.USAGE, "list --meta x", "this is no condition"),
    case(Status.USAGE, "list --no-such-option"),
    case(Status.USAGE, "delete --yes --meta x="),
    case(Status.USAGE, "jobs resume no-such-file", "there is no such journal"),
    case(Status.FAILED, "get a nope", "the second does not exist"),
    case(Status.FAILED, "download nope"),
    case(Status.FAILED, "upload no-such-file", "there is no such file"),
    case(Status.DONE, "list"),
    case(Status.DONE, "list --meta x=1", "no image is like that"),
    case(Status.DONE, "get a b"),
    case(Status.DONE, "delete a --yes"),
    case(Status.DONE, "delete nope --yes"),
    case(Status.REFUSED, "delete a"),
    case(Status.DONE, "delete a b --yes", "both were deleted"),
    case(Status.DONE, "delete - --yes", input="a\nb\n"),
    case(Status.DONE, "delete --everything --dry-run", "nothing was changed"),
    case(Status.DONE, "delete --meta x=1 --yes"),
    case(Status.DONE, "delete nope nor-this --yes", "both are gone already"),
    case(Status.DONE, "edit a b --set x=1 --yes"),
    case(Status.DONE, "export out"),
    case(Status.DONE, "jobs"),
    case(Status.DONE, "--help"),
)


def table() -> str:
    """The table of the page, in Markdown."""
    rows = ["| status | when | for example |", "| --- | --- | --- |"]
    for status, meaning in MEANINGS.items():
        told = [case for case in CASES if case.status == status and case.when is not None]
        examples = "; ".join(f"`cfimages {' '.join(case.words)}`: {case.when}" for case in told)
        rows.append(f"| {int(status)} | {meaning} | {examples} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    text = PAGE.read_text("utf-8")
    PAGE.write_text(re.sub(r"^\| status \|.*\n(\|.*\n)*", lambda _: table(), text, flags=re.MULTILINE), "utf-8")
