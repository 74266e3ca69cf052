"""Bulk work as scripts do it that people write by hand: `python by_hand.py CASE FOLDER`.

They are stand-ins for public scripts, which cannot be led to a sandbox: each does what is known of one. It pages
through the listing of version 1, and ends with 1 if something failed, to be started again.

- `orphans` deletes what a file of ids does not have, five at a time, and repeats nothing.
- `copy` copies metadata, creator, privacy and ids of one's own, five at a time. It sends each request up to three
  times, takes a 409 for "it is there", and appends what it has copied to a file of JSON lines.
- `sync` uploads files under their relative paths, one by one, and leaves out what the account has.
"""

import json
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

AT_A_TIME = 5
CONFLICT = 409


def account(client: httpx.Client, name: str) -> str:
    """Return the address of the images of an account."""
    return f"{client.base_url}accounts/{name}/images/v1"


def images_of(client: httpx.Client, name: str) -> list[dict[str, Any]]:
    """Page through the listing until a page is empty."""
    found: list[dict[str, Any]] = []
    number = 1
    while page := client.get(account(client, name), params={"page": number, "per_page": 100}).json()["result"][
        "images"
    ]:
        found += page
        number += 1
    return found


def repeated(send: Callable[[], httpx.Response]) -> httpx.Response:
    """Send a request up to three times."""
    for attempt in range(3):
        try:
            response = send()
        except httpx.HTTPError:
            if attempt == 2:
                raise
        else:
            if response.is_success or response.status_code == CONFLICT or attempt == 2:
                return response
        time.sleep(0.5 * 2**attempt)
    raise AssertionError


def all_done(work: Callable[[Any], bool], things: Iterable[Any]) -> bool:
    """Do some work for each thing, and return whether all of it succeeded."""

    def tried(thing: Any) -> bool:
        try:
            return work(thing)
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            print(thing if isinstance(thing, str) else thing["id"], error, file=sys.stderr)
            return False

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return all(list(pool.map(tried, things)))


def orphans(client: httpx.Client, folder: Path) -> bool:
    """Delete what nothing refers to."""
    used = set((folder / "used").read_text().split())
    unused = [image["id"] for image in images_of(client, "sandbox") if image["id"] not in used]
    address = account(client, "sandbox")
    return all_done(lambda one: bool(client.delete(f"{address}/{quote(one, safe='')}").json()["success"]), unused)


def copy(client: httpx.Client, folder: Path) -> bool:
    """Copy what was not copied before."""
    state = folder / "state.jsonl"
    known = set(state.read_text().split()) if state.exists() else set()
    here, there = account(client, "sandbox"), account(client, "target")

    def copied(image: dict[str, Any]) -> bool:
        address = f"{here}/{quote(image['id'], safe='')}"
        blob = repeated(lambda: client.get(f"{address}/blob")).raise_for_status().content
        fields = {"metadata": json.dumps(image["meta"]), "requireSignedURLs": str(image["requireSignedURLs"]).lower()}
        if image.get("creator"):
            fields["creator"] = image["creator"]
        if not is_uuid(image["id"]):
            fields["id"] = image["id"]
        file = {"file": (image["filename"], blob)}
        answer = repeated(lambda: client.post(there, data=fields, files=file))
        if answer.status_code != CONFLICT and not answer.json()["success"]:
            return False
        with state.open("a") as lines:
            lines.write(json.dumps(image["id"]) + "\n")
        return True

    return all_done(copied, [one for one in images_of(client, "sandbox") if json.dumps(one["id"]) not in known])


def sync(client: httpx.Client, folder: Path) -> bool:
    """Upload what the account does not have."""
    known = {image["id"] for image in images_of(client, "sandbox")}
    address = account(client, "sandbox")
    done = True
    for path in sorted((folder / "files").iterdir()):
        if path.name not in known:
            try:
                file = {"file": (path.name, path.read_bytes())}
                done &= client.post(address, data={"id": path.name}, files=file).json()["success"]
            except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
                print(path, error, file=sys.stderr)
                done = False
    return done


def is_uuid(text: str) -> bool:
    """Whether the service made an id."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def main() -> int:
    """Do it, and return the exit status."""
    case, folder = sys.argv[1:]
    headers = {"Authorization": f"Bearer {os.environ['CLOUDFLARE_API_TOKEN']}"}
    with httpx.Client(base_url=os.environ["CLOUDFLARE_BASE_URL"], headers=headers, timeout=60) as client:
        try:
            return not {"orphans": orphans, "copy": copy, "sync": sync}[case](client, Path(folder))
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            print(type(error).__name__, error, file=sys.stderr)
            return 1


if __name__ == "__main__":
    sys.exit(main())
