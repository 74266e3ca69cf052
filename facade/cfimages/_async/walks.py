"""Begin walks over listings."""

from functools import partial
from typing import Any

from cfimages import endpoints
from cfimages._async.calls import AsyncCalls
from cfimages._async.lifetime import AsyncLifetime
from cfimages._async.pages import AsyncPages, AsyncPrefetchedPages, AsyncWalkPages, Fetch
from cfimages.http.context import DEFAULT, RequestContext
from cfimages.listing.page import Page, T
from cfimages.listing.part import PagedListing, Part
from cfimages.listing.v2_part import V2Part
from cfimages.listing.walk import Walk


def begin(
    calls: AsyncCalls, listing: PagedListing[T], start: str | None, *, prefetch: int = 0, concurrent: int = 0
) -> AsyncPages[T]:
    """Return an iterator over the pages of a listing from a token on. Nothing is sent yet."""
    lifetime = calls.session.lifetime.child("the walk") if prefetch or concurrent > 1 else None
    pacer = calls.pacer_of_walks if concurrent > 1 else None
    fetch: Fetch[T] = partial(_fetch, calls, RequestContext(lifetime=lifetime, pacer=pacer) if lifetime else DEFAULT)
    part, *others = listing.parts
    if others:
        pages = _merged(listing, start, fetch, lifetime, concurrent)
    elif lifetime and concurrent > 1 and isinstance(part, V2Part):
        pages = _from_both_ends(listing, part, start, fetch, lifetime)
    else:
        pages = AsyncWalkPages(Walk(part, start), fetch)
    if lifetime and prefetch:
        pages = AsyncPrefetchedPages(pages, prefetch, lifetime.workers(1), lifetime)
    pages.token = start
    return pages


def _from_both_ends(
    listing: PagedListing[Any], part: V2Part, start: str | None, fetch: Fetch[Any], lifetime: AsyncLifetime
) -> AsyncPages[Any]:
    from cfimages._async.concurrent import AsyncBothEndsPages  # most listings do not need it
    from cfimages.listing.both_ends import BothEnds

    ends = BothEnds(part, part.reversed(), start)
    return AsyncBothEndsPages(ends, fetch, listing.per_page, lifetime)


def _merged(
    listing: PagedListing[Any],
    start: str | None,
    fetch: Fetch[Any],
    lifetime: AsyncLifetime | None,
    concurrent: int,
) -> AsyncPages[Any]:
    from cfimages._async.concurrent import AsyncMergedPages
    from cfimages.listing.merge import Merge

    merge = Merge[Any](len(listing.parts), start, descending=listing.descending)
    walks = {n: Walk(listing.parts[n], token) for n, token in merge.tokens.items()}
    sources: dict[int, AsyncPages[Any]] = {n: AsyncWalkPages(walk, fetch) for n, walk in walks.items()}
    if lifetime and concurrent > 1:
        workers = lifetime.workers(concurrent)
        sources = {n: AsyncPrefetchedPages(pages, 1, workers, lifetime) for n, pages in sources.items()}
    return AsyncMergedPages(merge, sources, lifetime)


async def _fetch(calls: AsyncCalls, context: RequestContext, part: Part[T], token: str | None) -> Page[T]:
    endpoint = getattr(endpoints, part.endpoint)
    read = partial(part.read, token=token)
    return await calls(endpoint, read, context=context, **part.arguments(token))
