"""The request of a job, stored beside its journal, so that `cfimages jobs resume FILE` needs nothing else.

A journal stores neither the ids of a plan nor its confirmation. The file holds no credentials.
"""

import json
import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import attrs

SUFFIX = ".request"


@attrs.frozen
class Request:
    """What was asked for."""

    command: str | None = None
    """The function of `cfimages.jobs` that plans it; None when the plan is complete."""
    arguments: dict[str, Any] = attrs.field(factory=dict)
    """Its arguments, as JSON."""
    folder: str | None = None
    """The working directory, for relative paths."""
    confirmed: bool = False
    """Whether the job may run without asking."""
    moving: tuple[str, ...] = ()
    """Its arguments that are times relative to now."""
    words: tuple[str, ...] = ()
    """The command line that resumes, if the journal is not enough."""
    max_items: int | None = None
    """The maximum number of items: the last --max."""

    @classmethod
    def of(cls, command: str, arguments: dict[str, Any], *, confirmed: bool, max_items: int | None = None) -> Self:
        """Return a request. Times relative to now are stored as absolute times."""
        moving = tuple(key for key, value in arguments.items() if isinstance(value, datetime))
        kept = {key: value.isoformat() if key in moving else value for key, value in arguments.items()}
        return cls(command, kept, str(Path.cwd()), confirmed, moving, max_items=max_items)

    @property
    def given(self) -> dict[str, Any]:
        """The arguments as the function takes them."""
        return {
            key: datetime.fromisoformat(value) if key in self.moving else value for key, value in self.arguments.items()
        }

    @classmethod
    def read(cls, journal: Path) -> Self:
        """Return the request beside a journal; an empty one if there is none that can be read."""
        try:
            kept = json.loads(path_of(journal).read_bytes())
            return cls(
                kept["command"],
                dict(kept["arguments"]),
                kept["folder"],
                bool(kept["confirmed"]),
                tuple(kept["moving"]),
                tuple(kept["words"]),
                kept["max_items"],
            )
        except (OSError, ValueError, KeyError, TypeError):
            return cls()

    def write(self, journal: Path) -> None:
        """Write it beside a journal, readable by its owner only. Raises OSError."""
        path = path_of(journal)
        temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                json.dump(attrs.asdict(self), file)
                file.flush()
                os.fsync(descriptor)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    @staticmethod
    def forget(journal: Path) -> None:
        """Remove the request beside a journal."""
        path_of(journal).unlink(missing_ok=True)


def path_of(journal: Path) -> Path:
    """Return the file beside a journal."""
    return journal.with_name(journal.name + SUFFIX)
