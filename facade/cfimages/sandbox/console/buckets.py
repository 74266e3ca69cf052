"""The part of the console about buckets, and imports from them."""

from cfimages.sandbox.console.html import Html, h
from cfimages.sandbox.console.layout import table
from cfimages.sandbox.imports.buckets import BucketError, open_bucket
from cfimages.sandbox.setup import Setup

MAX_ROWS = 100


def buckets(setup: Setup) -> Html:
    """Return the buckets, and the folders that stand for them."""
    rows = [
        h("tr", h("th", name, scope="row"), h("td", str(folder), class_="path"), h("td", _state(setup, name)))
        for name, folder in sorted(setup.buckets.items())
    ]
    if not rows:
        return h("p", "There are none: start the sandbox with --bucket NAME=FOLDER to import from one.", class_="soft")
    return table("Buckets to import from", ("Bucket", "Folder", "State"), rows)


def _state(setup: Setup, name: str) -> Html:
    try:
        open_bucket(setup.buckets, name)
    except BucketError as error:
        return h("span", str(error), class_="bad")
    return h("span", "can be read", class_="good")


def imports(setup: Setup) -> Html | None:
    """Return the last imports of all accounts; None if there are none."""
    with setup.imports.lock:
        found = [(account, job) for account, kept in setup.imports.all() for job in kept.imports.values()]
        rows = [
            h(
                "tr",
                h("th", job.id, scope="row"),
                h("td", account),
                h("td", job.bucket),
                h("td", job.status, class_="bad" if job.status == "error" else None),
                h("td", ", ".join(f"{name} {count}" for name, count in sorted(job.counts.items()))),
                h("td", job.log[-1].message if job.log else ""),
            )
            for account, job in sorted(found, key=lambda each: -each[1].created)[:MAX_ROWS]
        ]
    return table("Imports", ("Import", "Account", "Bucket", "Status", "Counts", "Last entry"), rows) if rows else None
