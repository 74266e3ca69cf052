"""Pages of the console about images: accounts, a gallery, one image, drafts."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from cfimages.sandbox import images
from cfimages.sandbox.accounts import Account
from cfimages.sandbox.clock import from_unix
from cfimages.sandbox.console.html import Html, h
from cfimages.sandbox.console.layout import Page, address, as_json, choice, copied, fields, labelled, page, table
from cfimages.sandbox.delivery import signed_url
from cfimages.sandbox.media import media_type
from cfimages.sandbox.resizing import render
from cfimages.sandbox.setup import Setup
from cfimages.sandbox.store import StoredImage
from cfimages.sandbox.wire import Call, RefusedError

PER_PAGE = 60
MAX_DRAFTS = 500
_HOUR = 3600


def accounts_table(accounts: Mapping[str, tuple[int, int]]) -> Html:
    """Return the accounts, and how much each has."""
    rows = [
        h(
            "tr",
            h("th", h("a", account, href=address("/console/images", account=account)), scope="row"),
            h("td", f"{count:,}"),
            h("td", h("a", f"{drafts:,}", href=address("/console/drafts", account=account)) if drafts else "0"),
        )
        for account, (count, drafts) in accounts.items()
    ]
    if not rows:
        return h("p", "There is no account yet: one begins to exist when it is first asked for.")
    return table("What each account has", ("Account", "Images", "Drafts"), rows)


def gallery(setup: Setup, query: QueryParams) -> Page:
    """Return the images of an account, filtered as the API filters them."""
    account = query.get("account", "")
    asked = {name: query[name] for name in ("creator", "sort_order", "continuation_token") if query.get(name)}
    if query.get("no_creator"):
        asked["creator"] = ""
    lines = [line.strip() for line in query.get("filters", "").splitlines() if line.strip()]
    pairs = [pair for line in lines for pair in (parse_qsl(line, keep_blank_values=True) or [(line, "")])]
    message = ""
    found: list[StoredImage] = []
    following: str | None = None
    try:
        everything = QueryParams([*asked.items(), ("per_page", str(PER_PAGE)), *_filters(pairs)])
        found, following = images.page(setup.store, account, everything)
    except RefusedError as refusal:
        message = f"The API would refuse this: {refusal}"
    again = {name: query.get(name) for name in ("account", "creator", "no_creator", "sort_order", "filters")}
    more = address("/console/images", **again, continuation_token=following) if following else None
    return page(
        f"Images of {account}",
        _filter_form(query),
        h(
            "p",
            f"The account has {setup.store.count(account):,} images, and ",
            h("a", "drafts", href=address("/console/drafts", account=account)),
            ".",
        ),
        h("ul", [_tile(account, image) for image in found], class_="gallery"),
        None if found or message else h("p", "No image meets this.", class_="soft"),
        h("p", h("a", "Next page", href=more, rel="next")) if more else None,
        message=message,
    )


def _filters(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    for name, _ in pairs:
        if not name.startswith("meta"):
            raise RefusedError(400, (5400, f"'{name}' is no metadata filter: write meta.status[eq]=active"))
    return pairs


def _filter_form(query: QueryParams) -> Html:
    return h(
        "form",
        h("input", type="hidden", name="account", value=query.get("account", "")),
        labelled(
            "Metadata, one condition on each line",
            h(
                "textarea",
                query.get("filters", ""),
                name="filters",
                rows="2",
                cols="38",
                placeholder="meta.status[eq]=active",
                spellcheck="false",
            ),
        ),
        labelled("Creator", h("input", name="creator", value=query.get("creator", ""))),
        h(
            "label",
            h("input", type="checkbox", name="no_creator", checked=bool(query.get("no_creator"))),
            " no creator",
        ),
        labelled("Order", choice("sort_order", ("desc", "asc"), query.get("sort_order", "desc"))),
        h("button", "Filter", type="submit"),
        class_="row",
        action="/console/images",
    )


def _tile(account: str, image: StoredImage) -> Html:
    where = address("/console/image", account=account, id=image.id)
    picture = h("img", src=address("/console/thumbnail", account=account, id=image.id), alt="", loading="lazy")
    facts = [_time(image.uploaded), "private" if image.private else None, image.creator]
    about = h("div", image.id, h("div", " · ".join(fact for fact in facts if fact), class_="soft"))
    return h("li", h("a", picture, about, href=where))


def one(setup: Setup, request: Request) -> Page | None:
    """Return all about an image; None if there is no such one."""
    account_id, image_id = request.query_params.get("account", ""), request.query_params.get("id", "")
    image = setup.store.get(account_id, image_id) if account_id else None
    if image is None:
        return None
    account = setup.store.accounts.get(account_id)
    (json,) = images.as_json(Call(request, setup, account), [image])
    content = setup.store.content(account_id, image_id)
    picture = address("/console/thumbnail", account=account_id, id=image_id, width=640)
    return page(
        image.id,
        h("p", h("a", f"Images of {account_id}", href=address("/console/images", account=account_id))),
        None if content is None else h("img", src=picture, alt="", class_="large"),
        fields(_facts(image, content)),
        h("h2", "Delivery"),
        [_urls(setup, account, image, url) for url in json["variants"]],
        h("h2", "As the API answers"),
        as_json(json),
        h("h2", "Delete"),
        h(
            "form",
            h("input", type="hidden", name="account", value=account_id),
            h("input", type="hidden", name="id", value=image_id),
            h("button", f"Delete {image.id} for good", type="submit", class_="danger"),
            method="post",
            action="/console/delete",
        ),
    )


def _facts(image: StoredImage, content: bytes | None) -> Mapping[str, object]:
    facts: dict[str, Any] = {
        "Id": image.id,
        "File name": image.filename,
        "Uploaded": _time(image.uploaded),
        "Creator": image.creator,
        "Needs a signed URL": "yes" if image.private else "no",
        "State": "draft, without a file" if image.draft else "uploaded",
    }
    if content is not None:
        facts["File"] = f"{len(content):,} bytes, {media_type(content) or 'unknown format'}"
    if image.meta:
        facts["Metadata"] = as_json(image.meta)
    return {name: value for name, value in facts.items() if value is not None}


def _urls(setup: Setup, account: Account, image: StoredImage, url: str) -> list[Html]:
    name = url.rpartition("/")[2]
    shown = [h("h3", name), copied(url, f"address of {name}")]
    if image.private:
        key = next(iter(setup.store.accounts.keys(account.id).values()))
        signed = signed_url(url, key, int(setup.clock.seconds()) + _HOUR)
        shown.append(copied(signed, f"signed address of {name}, for an hour"))
        shown.append(h("a", "Open it signed", href=_local(signed)))
    else:
        shown.append(h("a", "Open it", href=_local(url)))
    return shown


def _local(url: str) -> str:
    """An address without its host."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def drafts(setup: Setup, query: QueryParams) -> Page:
    """Return the direct uploads of an account that wait for their file."""
    account = query.get("account", "")
    now = setup.clock.milliseconds()
    rows = [
        h(
            "tr",
            h("th", h("a", image.id, href=address("/console/image", account=account, id=image.id)), scope="row"),
            h("td", _time(image.uploaded)),
            h("td", _time(expires), h("span", " ended", class_="warn") if expires <= now else None),
            h("td", image.creator or ""),
        )
        for image, expires in setup.store.drafts(account, MAX_DRAFTS)
    ]
    return page(
        f"Drafts of {account}",
        h("p", h("a", f"Images of {account}", href=address("/console/images", account=account))),
        table("Drafts", ("Id", "Made", "Address ends", "Creator"), rows) if rows else h("p", "There are none."),
    )


def thumbnail(setup: Setup, query: QueryParams) -> Response:
    """Return a small version of an image, private or not. If it cannot be made, return the image itself."""
    content = setup.store.content(query.get("account", ""), query.get("id", ""))
    if content is None:
        return Response("there is no such image", 404, media_type="text/plain")
    width = 640 if query.get("width") == "640" else 320
    return images.bytes_of(render(content, {"width": width, "height": width, "fit": "scale-down"}, "").content)


def _time(milliseconds: int) -> str:
    return f"{from_unix(milliseconds / 1000):%Y-%m-%d %H:%M:%S} UTC"
