"""What ends with which exit status: the table of docs/command.md has the meanings."""

from collections.abc import Mapping

import attrs

from cfimages.cli.status import Status


@attrs.frozen
class Case:
    """A command on an account with the images `a` and `b`, and how it ends."""

    status: Status
    words: tuple[str, ...]
    input: str | None = None
    environment: Mapping[str, str] = attrs.field(factory=dict)


def case(status: Status, line: str, input: str | None = None, **environment: str) -> Case:
    return Case(status, tuple(line.split()), input, environment)


NOWHERE = "http://127.0.0.1:9/client/v4"

CASES = (
    case(Status.DONE, "list"),
    case(Status.DONE, "list --meta x=1"),
    case(Status.DONE, "get a b"),
    case(Status.DONE, "delete a"),
    case(Status.DONE, "delete a b --yes"),
    case(Status.DONE, "delete - --yes", "a\nb\n"),
    case(Status.DONE, "delete --everything --dry-run"),
    case(Status.DONE, "delete --meta x=1 --yes"),
    case(Status.DONE, "delete nope nor-this --yes"),
    case(Status.DONE, "edit a b --set x=1 --yes"),
    case(Status.DONE, "export out"),
    case(Status.DONE, "jobs"),
    case(Status.DONE, "--help"),
    case(Status.FAILED, "get a nope"),
    case(Status.FAILED, "delete nope"),
    case(Status.FAILED, "download nope"),
    case(Status.FAILED, "upload no-such-file"),
    case(Status.USAGE, "list --meta x"),
    case(Status.USAGE, "list --no-such-option"),
    case(Status.USAGE, "delete"),
    case(Status.USAGE, "delete --yes --meta x="),
    case(Status.USAGE, "jobs resume no-such-file"),
    case(Status.UNFINISHED, "doctor", CLOUDFLARE_BASE_URL=NOWHERE),
    case(Status.REFUSED, "delete a b"),
    case(Status.REFUSED, "delete a b", "y\n"),
    case(Status.REFUSED, "delete -", "a\nb\n"),
    case(Status.REFUSED, "delete --everything --yes --max 1"),
    case(Status.NO_ACCESS, "list", CLOUDFLARE_API_TOKEN="wrong-token-of-the-test"),
    case(Status.NO_ACCESS, "list", CLOUDFLARE_API_TOKEN=""),
    case(Status.NO_ACCESS, "delete a b --yes", CLOUDFLARE_API_TOKEN="wrong-token-of-the-test"),
    case(Status.NO_ACCESS, "list --profile none"),
)
