"""The images of a job: those of a listing, or those with given ids."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from itertools import islice
from typing import Any, Literal, NamedTuple

from cfimages import APIStatusError, Image, InvalidArgumentError, RateLimitError, Time
from cfimages.jobs.account import Account
from cfimages.jobs.errors import JobError
from cfimages.jobs.kind import Step
from cfimages.jobs.records import Json, NewItem
from cfimages.jobs.same_plan import OtherPlanError, Seen, moving

READERS = 8
"""Threads that read the records of given ids while planning."""
CHUNK = 500
"""Ids that are planned together."""
TOKEN_REFUSED = frozenset({400, 404, 410, 422})
"""Statuses with which the service may refuse an expired token."""

Ids = Iterable[str | Image]

OTHER_NAMES = {
    "after": "uploaded_since",
    "all": "everything",
    "before": "uploaded_before",
    "client": "images",
    "filter": "meta",
    "filters": "meta",
    "journal": "path",
    "metadata": "meta",
    "since": "uploaded_since",
    "uploaded_after": "uploaded_since",
}
"""Names of these arguments in other packages."""


class Choice(NamedTuple):
    """The choice of a job's images."""

    arguments: Json
    """The arguments for the journal: these and the others of the job."""
    ids: Ids | None
    moving: frozenset[str]
    """The times that may have moved in a later call."""


def choose(
    ids: Ids | None,
    everything: bool,
    meta: Mapping[str, Any] | None,
    creator: str | Iterable[str] | None,
    uploaded_since: Time | None,
    uploaded_before: Time | None,
    **others: Any,
) -> Choice:
    """Return the choice of a job, with its other arguments. They are in the order in which its function has them.

    Raises InvalidArgumentError for none at all, unless `everything` says that all are meant.
    """
    filters: Json = {
        "meta": None if meta is None else dict(meta),
        "creator": creator if creator is None or isinstance(creator, str) else list(creator),
        "uploaded_since": _time_text("uploaded_since", uploaded_since),
        "uploaded_before": _time_text("uploaded_before", uploaded_before),
    }
    given = [name for name, value in filters.items() if value is not None]
    if isinstance(ids, str):
        raise InvalidArgumentError(f"ids={ids!r}: must be several, such as [{ids!r}]")
    if ids is not None and (given or everything):
        raise InvalidArgumentError(f"ids and {(given or ['everything'])[0]}: give ids, or filters, but not both")
    if ids is None and not given and not everything:
        raise InvalidArgumentError("no ids and no filter: pass everything=True to choose every image of the account")
    if everything and given:
        raise InvalidArgumentError(f"everything=True and {given[0]}: use only one of them")
    return Choice({"ids": ids is not None, **filters, **others}, ids, moving(uploaded_since, uploaded_before))


FILTERS = ("meta", "creator", "uploaded_since", "uploaded_before")


def check(account: Account, arguments: Json) -> None:
    """Raise InvalidArgumentError for invalid filters."""
    account.pager(**{name: arguments[name] for name in FILTERS})


def plan_images(
    account: Account,
    arguments: Json,
    ids: Ids | None,
    position: Any,
    item: Callable[[Image], NewItem],
    *,
    sort_order: Literal["asc", "desc"] = "desc",
) -> Iterator[Step]:
    """Yield the images that arguments choose, as items: those of filters by upload time, those of ids as given."""
    if arguments["ids"]:
        yield from _of_ids(account, ids, position, item)
    else:
        filters = {name: arguments[name] for name in FILTERS}
        yield from _of_listing(account, {**filters, "sort_order": sort_order}, position, item)


def _of_listing(account: Account, filters: Json, position: Any, item: Callable[[Image], NewItem]) -> Iterator[Step]:
    """Yield the pages of a listing; `position` is the token of one.

    If the service no longer knows the token of an earlier run, the listing is read from its beginning. The journal
    passes over what it has. So a position stays small, however many images have one upload time.
    """
    pager = account.pager(**filters)
    pages = pager.starting_at(position).pages()
    refused = 0
    while True:
        account.wait_for_turn()
        try:
            page = next(pages, None)
        except RateLimitError as error:
            refused += 1
            account.slow_down(error, refused)
            continue
        except APIStatusError as error:
            if position is None or error.status_code not in TOKEN_REFUSED:
                raise
            pages, position = pager.pages(), None
            continue
        if page is None:
            return
        refused, position = 0, None
        yield map(item, page), page.next_token


def _of_ids(account: Account, ids: Ids | None, position: Any, item: Callable[[Image], NewItem]) -> Iterator[Step]:
    if ids is None:
        raise JobError("the plan is not complete: repeat the call with the same ids and this journal")
    seen = Seen("ids", position)

    def planned(given: str | Image) -> NewItem:
        image = given if isinstance(given, Image) else account.find(given)
        if image is None:
            return NewItem.skipped(str(given), "there is no such image")
        return item(image)

    with ThreadPoolExecutor(READERS) as readers:
        try:
            rest = seen.skip(ids, _id_text)
            while chunk := list(islice(rest, CHUNK)):
                yield list(readers.map(planned, chunk)), seen.position
        except OtherPlanError:  # no reader is at work, and another plan may be made
            raise
        except BaseException:
            account.abandon()  # else the end of the readers, which may wait for the rate limit, would be waited for
            raise


def compare_ids(ids: Ids | None, position: Any) -> None:
    """Raise InvalidArgumentError for ids that differ from the plan; None matches any."""
    if ids is not None:
        Seen("ids", position).compare(ids, _id_text)


def _id_text(given: Any) -> str:
    if isinstance(given, Image):
        return given.id
    if not isinstance(given, str):
        raise InvalidArgumentError(f"ids: {given!r} is neither an id nor an Image")
    return given


def _time_text(name: str, moment: Time | None) -> str | None:
    if isinstance(moment, datetime) and moment.tzinfo is None:
        raise InvalidArgumentError(f"{name}={moment!r}: has no time zone: use datetime.now(UTC) or the like")
    return moment.isoformat() if isinstance(moment, date) else moment  # a datetime is a date


def filters_of(arguments: Json) -> Json:
    """Return the filters among the arguments that a journal has."""
    return {name: arguments[name] for name in FILTERS if arguments.get(name) is not None}
