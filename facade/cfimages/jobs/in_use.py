"""Which images are referred to, and whether the references are plausible."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

from cfimages import ResponseSummary
from cfimages.jobs.account import Account, heard
from cfimages.jobs.errors import JobRefusedError
from cfimages.jobs.found import Found
from cfimages.jobs.references import References
from cfimages.jobs.replacing import replacing

MOST_SKEW = timedelta(minutes=5)
"""How much the clock of this machine may differ from that of the service."""


class InUse:
    """References, read again in each run, and compared with their number last time."""

    def __init__(self, references: Sequence[References], memory: Path, *, allow_fewer: bool) -> None:
        self._references = references
        self._memory = memory
        self._allow_fewer = allow_fewer
        self._found = Found()
        self.seen: tuple[int, int] | None = None
        """How many images were examined, and how many are referred to, once they are counted."""

    def read(self, account: Account) -> None:
        """Read all references. Raises JobRefusedError if they are implausible, or the clock is wrong."""
        _check_clock(account)
        found = Found()
        for references in self._references:
            try:
                references.read(found)
            except OSError as error:
                raise JobRefusedError(f"{error.filename or references.description}: {error.strerror}") from error
        count = found.count()
        if not count:
            raise JobRefusedError("there are no references: every image would be an orphan")
        self._check("found", count, "words that may be ids")
        self._found = found

    @property
    def found(self) -> int:
        """How many different things were found that may be ids."""
        return self._found.count()

    @property
    def digest(self) -> str:
        """A hash of these references."""
        return self._found.digest()

    def has(self, image_id: str) -> bool:
        """Whether something refers to an image."""
        return self._found.has(image_id)

    def check_referred(self, count: int, total: int) -> None:
        """Store how many images of the account are referred to. Raises JobRefusedError for too few.

        Args:
            count: How many are referred to.
            total: How many were examined.
        """
        if not count:
            raise JobRefusedError(
                f"nothing refers to any image of the account: none of its {total:,} is in the references"
                f" (files, lists and queries: {self._found.places:,}; words that may be ids: {self.found:,}):"
                " check that they are complete, and those of this account"
            )
        self._check("referred", count, "images of the account that are referred to")
        self.seen = total, count
        with replacing(self._memory) as part:
            part.write_text(json.dumps({"referred": count, "found": self.found}), encoding="utf-8")

    def _check(self, name: str, count: int, what: str) -> None:
        before = self._remembered().get(name, 0)
        if count * 2 < before and not self._allow_fewer:
            raise JobRefusedError(
                f"the references have {count:,} {what}, and had {before:,} the last time: some may be missing;"
                " if none are missing, say allow_fewer=True"
            )

    def _remembered(self) -> dict[str, int]:
        try:
            kept = json.loads(self._memory.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError):
            kept = None
        if not isinstance(kept, dict) or not all(type(number) is int for number in kept.values()):
            raise JobRefusedError(
                f"{self._memory}: cannot be read, so that it does not say how many references there were the last time:"
                " remove it if you are sure that none are missing"
            )
        return kept


def _check_clock(account: Account) -> None:
    """Raise JobRefusedError if the clock of this machine is wrong: it decides which image is old enough."""
    seen: list[ResponseSummary] = []
    account.read(lambda images: heard(images, seen.append).stats())
    moment = _date_of(seen[-1])
    if moment is None:
        return
    differs = abs(account.timing.now() - moment)
    if differs > MOST_SKEW:
        raise JobRefusedError(f"the clock of this machine differs from that of the service by {differs}: set it first")


def _date_of(response: ResponseSummary) -> datetime | None:
    """Return the `Date` of a response; None if it is missing or invalid."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    try:
        moment = parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
