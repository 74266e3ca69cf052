"""Variants and the setting for flexible variants, as items of a copy."""

from typing import Any

from cfimages import ConflictError, Variant
from cfimages.jobs.account import Account
from cfimages.jobs.kind import Work
from cfimages.jobs.records import Item, Json, NewItem, Outcome, done, failed, in_doubt, skipped

SETTING = "/settings/flexible_variants"
OTHER = "a variant of this name has other options there"


def plan_delivery(source: Account, target: Account) -> list[NewItem]:
    """Return an item for each variant, and one for the setting. No id of an image begins with a slash, as they do."""
    there = {variant.id: variant for variant in target.read(lambda images: images.variants.list())}
    items = [_planned(variant, there) for variant in source.read(lambda images: images.variants.list())]
    here, now = (account.read(lambda images: images.settings()).flexible_variants for account in (source, target))
    if here == now:
        return [NewItem.skipped(SETTING, "it has these values already"), *items]
    return [NewItem(SETTING, before={"flexible": now}, want={"flexible": here}), *items]


def is_of_delivery(item: Item) -> bool:
    """Whether an item is a variant or the setting."""
    return item.key == SETTING or "variant" in (item.want or {})


def do_delivery(item: Item, work: Work) -> Outcome:
    """Create a variant, or change the setting. Raises as `Kind.do`."""
    want: Any = item.want or {}
    if item.key == SETTING:
        if work.account.read(lambda images: images.settings()).flexible_variants != (item.before or {})["flexible"]:
            return skipped("it was changed since the plan")
        work.account.change(lambda images: images.edit_settings(flexible_variants=want["flexible"]))
        return done()
    try:
        work.account.change(lambda images: images.variants.create(want["variant"], **want["options"]))
    except ConflictError:
        return ask_delivery(item, work) or failed("its name is taken, but there is no such variant")
    return done()


def ask_delivery(item: Item, work: Work) -> Outcome | None:
    """Check whether it has these values already; None if not, and nothing prevents it."""
    want: Any = item.want or {}
    if item.key == SETTING:
        is_so = work.account.read(lambda images: images.settings()).flexible_variants == want["flexible"]
        return done() if is_so else None
    for variant in work.account.read(lambda images: images.variants.list()):
        if variant.id == want["variant"]:
            if _options(variant) == want["options"]:
                return done() if work.doubt else skipped("it is there already")
            return in_doubt(OTHER) if work.doubt else failed(OTHER, final=True)
    return None


def _planned(variant: Variant, there: dict[str, Variant]) -> NewItem:
    key = f"/variants/{variant.id}"
    if variant.extra:
        return NewItem.refused(key, "this version of cfimages does not know all options of the variant")
    if variant.id not in there:
        return NewItem(key, want={"variant": variant.id, "options": _options(variant)})
    if _options(there[variant.id]) != _options(variant):
        return NewItem.refused(key, OTHER)
    return NewItem.skipped(key, "it is there already")


def _options(variant: Variant) -> Json:
    return {
        "width": variant.width,
        "height": variant.height,
        "fit": variant.fit,
        "metadata": variant.metadata,
        "never_require_signed_urls": variant.never_require_signed_urls,
    }
