"""One request per process, without retries, as commands of others work: `list TOKEN` and `delete ID`.

A listing is written as `active ID` and `archived ID`, and ends with `token TOKEN`.
"""

import os
import sys
from urllib.parse import quote

import httpx


def main() -> int:
    """Send the request, and return the exit status."""
    what, word = sys.argv[1:]
    base = f"{os.environ['CLOUDFLARE_BASE_URL']}/accounts/{os.environ['CLOUDFLARE_ACCOUNT_ID']}/images"
    headers = {"Authorization": f"Bearer {os.environ['CLOUDFLARE_API_TOKEN']}"}
    try:
        if what == "delete":
            return httpx.delete(f"{base}/v1/{quote(word, safe='')}", headers=headers).is_error
        query = {"per_page": "1000"} | ({"continuation_token": word} if word != "-" else {})
        page = httpx.get(f"{base}/v2", params=query, headers=headers).raise_for_status().json()["result"]
    except (httpx.HTTPError, ValueError):
        return 1
    for image in page["images"]:
        print(image["meta"]["status"], image["id"])
    print("token", page["continuation_token"] or "end")
    return 0


if __name__ == "__main__":
    sys.exit(main())
