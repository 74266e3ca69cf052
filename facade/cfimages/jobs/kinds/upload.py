"""Upload files."""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from cfimages import APIStatusError, ConflictError, Image, InvalidArgumentError
from cfimages.jobs import snapshot
from cfimages.jobs.account import Account, Host
from cfimages.jobs.errors import JobError
from cfimages.jobs.kind import Kind, Step, Work
from cfimages.jobs.patterns import chooser
from cfimages.jobs.records import THERE, Item, Json, NewItem, Outcome, done, failed, in_doubt, is_same, skipped
from cfimages.jobs.same_plan import Seen
from cfimages.jobs.sources import CALLED, RefusedError, Rules, Source, Sources, check_image, key_of, walk

CHUNK = 100
"""Files that are planned together."""


GONE = frozenset({404, 410})
"""Statuses for the URL of a draft that is gone or has expired."""


class Upload(Kind):
    """Upload files, each once.

    An id of one's own says afterwards whether the file arrived. Without one, an id is reserved first: a draft, whose
    address takes a file once. Both are in the journal before the file is sent.
    """

    name = "upload"

    def __init__(self, arguments: Json, rules: Rules | None = None, sources: Sources | None = None) -> None:
        super().__init__(arguments)
        self._rules = rules
        self._sources = sources

    def plan(self, account: Account, position: Any) -> Iterator[Step]:
        """Yield the files."""
        rules, folder = self._rules or _rules_of(self.arguments), self.arguments["folder"]
        if rules is None or (folder is None and self._sources is None):
            raise JobError("the plan is not complete: repeat the call with the same sources and this journal")
        if folder is not None:
            is_chosen = chooser(self.arguments["include"], self.arguments["exclude"])
            paths = filter(is_chosen, walk(Path(folder), position))
            while chunk := list(islice(paths, CHUNK)):
                items = [_item(rules, key_of(path), Source(Path(folder) / path)) for path in chunk]
                yield items, chunk[-1]
            return
        seen = Seen("source", position)
        rest = seen.skip(map(_source, self._sources or ()), str)
        while given := list(islice(rest, CHUNK)):
            yield [_item(rules, source.id or key_of(_relative(source)), source) for source in given], seen.position

    def compare(self, position: Any) -> None:
        """Compare the sources of an iterable."""
        if self._sources is not None:
            Seen("source", position).compare(map(_source, self._sources), str)

    def do(self, item: Item, work: Work) -> Outcome:
        """Upload the file, if it is still the one that was planned."""
        want = item.want or {}
        content = self.content(item, work)
        if isinstance(content, Outcome):
            return content
        if item.image is None and self.arguments["reserve"]:
            return self._reserved(item, work, content)
        try:
            image = work.account.upload(content, id=item.image, filename=want["filename"], **_fields(want))
        except ConflictError as error:
            if item.image is None:
                return failed(str(error))
            return self._taken(item, work) or failed("its id is taken, but there is no such image")
        self.arrived(item, image)
        return done({"id": image.id})

    def ask(self, item: Item, work: Work) -> Outcome | None:
        """Check whether the file arrived."""
        if item.image is not None:
            return self._taken(item, work)
        if not self.arguments["reserve"]:
            return in_doubt(
                "its response was lost, and without a reserved id there is no way to check whether it arrived"
            )
        return _arrived(work)

    def requests(self, left: int, named: int) -> Mapping[Host, int]:
        """Return how many requests items take."""
        return {"batch": left, "upload": left - named if self.arguments["reserve"] else 0}

    def remarks(self, items: Iterable[Item]) -> list[str]:
        """Say what a lost response means if nothing is reserved."""
        if self.arguments["reserve"] or self.arguments["id"] is not None:
            return []
        return ["without reserved ids, an upload whose response is lost stays in doubt: the image may exist or not"]

    # What a kind that uploads something else than files says differently

    def content(self, item: Item, work: Work) -> bytes | Outcome:
        """Return what to send, or why nothing is sent."""
        planned = item.before or {}
        path = Path((item.want or {})["path"])
        content = path.read_bytes() if path.stat().st_size == planned["size"] else b""
        if hashlib.sha256(content).hexdigest() != planned["sha256"]:
            return skipped("the file was changed since the plan")
        return content

    def sha256(self, item: Item, work: Work) -> str:
        """Return the SHA-256 of what is sent for an item."""
        digest: str = (item.before or {})["sha256"]
        return digest

    def reserved(self, item: Item, image_id: str) -> None:
        """Store, outside the journal, the id that an item will have."""

    def arrived(self, item: Item, image: Image) -> None:
        """Store, outside the journal, that the image of an item with a custom id exists."""

    def is_same(self, image: Image, item: Item, work: Work) -> tuple[bool, bool]:
        """Whether an image looks like the planned file, and whether that is certain."""
        key = self.arguments["sha256_key"]
        if key is None:
            return self.looks_same(image, item, work)
        same = image.meta.get(key) == self.sha256(item, work)
        return same, same

    # What they have in common

    def looks_same(self, image: Image, item: Item, work: Work) -> tuple[bool, bool]:
        """Like `is_same`, for an image without a stored hash: read its original."""
        same = looks_like(snapshot.record(image), item.want or {})
        return same, same and original_sha256(image.id, work.account) == self.sha256(item, work)

    def _taken(self, item: Item, work: Work) -> Outcome | None:
        """Return the outcome if an image has the id of an item; None if none has."""
        image = work.account.find(item.image or "")
        if image is None:
            return None
        if image.draft:
            return failed("its id is taken by a draft", final=True)
        same, sure = self.is_same(image, item, work)
        if same and sure:
            self.arrived(item, image)
            return done({"id": image.id}) if work.doubt else skipped(THERE)
        if same and work.doubt:
            return in_doubt("an image of its id, name, creator and metadata is there, but with other bytes")
        return failed(taken(self._differing(image, item, work)), final=True)

    def _differing(self, image: Image, item: Item, work: Work) -> list[str]:
        """Return how an image differs from the planned file. A hash in its metadata stands for its bytes."""
        record, key = snapshot.record(image), self.arguments["sha256_key"]
        if key is None or key not in image.meta:
            return differing(record, item.want or {}) or ["bytes"]
        digest = self.sha256(item, work)
        names = differing({**record, "meta": {**image.meta, key: digest}}, item.want or {})
        return names if image.meta[key] == digest else [*names, "bytes"]

    def _reserved(self, item: Item, work: Work, content: bytes) -> Outcome:
        """Upload to a reserved URL: the noted one, or a new one if it has expired."""
        want = item.want or {}
        for _ in range(2):
            if not work.noted:
                draft = work.account.reserve(**_fields(want))
                work.note({"id": draft.id, "address": draft.upload_url})
            noted = work.noted or {}
            self.reserved(item, noted["id"])
            try:
                work.account.upload_to(noted["address"], content, want["filename"])
            except APIStatusError as error:
                if error.status_code not in GONE and not isinstance(error, ConflictError):
                    raise
                if (outcome := _arrived(work)) is not None:
                    return outcome
                if isinstance(error, ConflictError):
                    return in_doubt("its reserved address was used, but its image is still a draft")
                work.note({})
                continue
            return done({"id": noted["id"]})
        return failed("two reserved addresses in a row had expired")


def _arrived(work: Work) -> Outcome | None:
    """Return that a reserved image exists; None if it is a draft or gone, and the file has to be sent."""
    if not work.noted:
        return None
    image = work.account.find(work.noted["id"])
    if image is None:
        work.note({})
        return None
    return None if image.draft else done({"id": image.id})


def _fields(want: Json) -> Json:
    return {"metadata": want["metadata"], "creator": want["creator"], "require_signed_urls": want["private"]}


def looks_like(record: Json, want: Json) -> bool:
    """Whether an image has the name, creator and metadata that are wanted."""
    return not differing(record, want)


def differing(record: Json, want: Json) -> list[str]:
    """Return which of name, creator and metadata differ from what is wanted."""
    has = {
        "filename": comparable(record.get("filename")),
        "creator": record.get("creator") or "",
        "metadata": snapshot.meta_of(record),
    }
    wanted = {
        "filename": comparable(want["filename"]),
        "creator": want["creator"] or "",
        "metadata": want["metadata"] or {},
    }
    return [name for name, value in has.items() if not is_same(value, wanted[name])]


def comparable(filename: str | None) -> str | None:
    r"""Return a file name for comparing, as it is or as a form has changed it.

    A form percent-encodes quotes and control characters, and may double backslashes.

    >>> comparable('12" disc.png') == comparable("12%22 disc.png")
    True
    >>> comparable("a\\b") == comparable("a\\\\b")
    True
    """
    plain = filename and re.sub(r"\\+", r"\\", filename)
    return plain and re.sub('["\x00-\x1f]', lambda found: f"%{ord(found[0]):02X}", plain)


def taken(names: Iterable[str]) -> str:
    """Return why nothing is uploaded with an id that another image has."""
    return f"its id is taken by another image, which differs in {', '.join(names)}"


def original_sha256(image_id: str, account: Account) -> str:
    """Return the SHA-256 of the original of an image. Raises APIError."""

    def work() -> str:
        digest = hashlib.sha256()
        with account.original(image_id) as chunks:
            for chunk in chunks:
                digest.update(chunk)
        return digest.hexdigest()

    return account.repeated(work)


def _rules_of(arguments: Json) -> Rules | None:
    """Return the rules for images; None if they have functions, which no journal has."""
    if CALLED in (arguments["metadata"], arguments["creator"]):
        return None
    return Rules(
        template=arguments["id"],
        metadata=arguments["metadata"],
        creator=arguments["creator"],
        private=arguments["require_signed_urls"],
        sha256_key=arguments["sha256_key"],
    )


def _item(rules: Rules, key: str, source: Source) -> NewItem:
    """Return the planned item for a file, or the refused one."""
    item = rules.item(key, source)
    if item.state == "planned":
        try:
            check_image(Path(source.path))
        except RefusedError as error:
            return NewItem.refused(key, str(error))
    return item


def _source(given: Any) -> Source:
    if isinstance(given, str | os.PathLike):
        return Source(given)
    if not isinstance(given, Source):
        raise InvalidArgumentError(f"source: {given!r} is neither a Source nor a path")
    return given


def _relative(source: Source) -> str:
    return Path(source.path).as_posix().lstrip("/")
