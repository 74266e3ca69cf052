"""One small request, again and again, in the way that is asked for: `python request.py BASE_URL ACCOUNT WAY`.

Each way asks the same address for a page of one image, decodes its JSON, and reads three fields of the image. What
happens once is left out.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable

from benchmarks.programs.task import read

WARM = 50
COUNT = 500
QUERY: dict[str, str | int] = {"per_page": 1000, "sort_order": "asc"}
HEADERS = {"Authorization": "Bearer benchmark"}


def repeated(request: Callable[[], object]) -> None:
    """Measure requests of a synchronous client."""
    for _ in range(WARM):
        request()
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(COUNT):
        request()
    report(wall, cpu)


async def repeated_async(request: Callable[[], Awaitable[object]]) -> None:
    """Measure requests of an asynchronous client."""
    for _ in range(WARM):
        await request()
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(COUNT):
        await request()
    report(wall, cpu)


def report(wall: float, cpu: float) -> None:
    """Print microseconds for each request."""
    print("request", (time.perf_counter() - wall) / COUNT * 1e6)
    print("request_cpu", (time.process_time() - cpu) / COUNT * 1e6)


def cfimages(base_url: str, account: str) -> None:
    """Measure this SDK."""
    from cfimages import CloudflareImages

    with CloudflareImages(account, api_token="benchmark", base_url=base_url) as client:
        pager = client.list(sort_order="asc")
        repeated(lambda: [read(image) for image in pager])


def httpx(base_url: str, account: str) -> None:
    """Measure httpx."""
    import httpx

    url = f"{base_url}/accounts/{account}/images/v2"
    with httpx.Client(headers=HEADERS) as client:

        def request() -> object:
            images = client.get(url, params=QUERY).raise_for_status().json()["result"]["images"]
            return [(image["id"], image["uploaded"], image["meta"]) for image in images]

        repeated(request)


def cloudflare(base_url: str, account: str) -> None:
    """Measure the official SDK."""
    from cloudflare import Cloudflare

    with Cloudflare(api_token="benchmark", base_url=base_url) as client:

        def request() -> object:
            page = client.images.v2.list(account_id=account, per_page=1000, sort_order="asc")
            return [read(image) for image in page.images or ()]

        repeated(request)


async def cfimages_async(base_url: str, account: str) -> None:
    """Measure this SDK."""
    from cfimages import AsyncCloudflareImages

    async with AsyncCloudflareImages(account, api_token="benchmark", base_url=base_url) as client:
        pager = client.list(sort_order="asc")

        async def request() -> object:
            return [read(image) async for image in pager]

        await repeated_async(request)


async def httpx_async(base_url: str, account: str) -> None:
    """Measure httpx."""
    import httpx

    url = f"{base_url}/accounts/{account}/images/v2"
    async with httpx.AsyncClient(headers=HEADERS) as client:

        async def request() -> object:
            images = (await client.get(url, params=QUERY)).raise_for_status().json()["result"]["images"]
            return [(image["id"], image["uploaded"], image["meta"]) for image in images]

        await repeated_async(request)


async def cloudflare_async(base_url: str, account: str) -> None:
    """Measure the official SDK."""
    from cloudflare import AsyncCloudflare

    async with AsyncCloudflare(api_token="benchmark", base_url=base_url) as client:

        async def request() -> object:
            page = await client.images.v2.list(account_id=account, per_page=1000, sort_order="asc")
            return [read(image) for image in page.images or ()]

        await repeated_async(request)


WAYS = {"cfimages": cfimages, "httpx": httpx, "cloudflare": cloudflare}
ASYNC_WAYS = {"cfimages": cfimages_async, "httpx": httpx_async, "cloudflare": cloudflare_async}


def main() -> None:
    """Measure one way."""
    base_url, account, way, kind = sys.argv[1:]
    if kind == "async":
        asyncio.run(ASYNC_WAYS[way](base_url, account))
    else:
        WAYS[way](base_url, account)


if __name__ == "__main__":
    main()
