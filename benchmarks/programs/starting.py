"""Import a package and make a client: how long it takes, and how many modules it brings."""

import sys
import time

before = len(sys.modules)
begin = time.perf_counter()
match sys.argv[1]:
    case "cfimages":
        from cfimages import CloudflareImages

        CloudflareImages("account", api_token="benchmark")
    case "cloudflare":
        from cloudflare import Cloudflare

        Cloudflare(api_token="benchmark")
    case _:
        import httpx

        httpx.Client()
print("import", (time.perf_counter() - begin) * 1000)
print("modules", len(sys.modules) - before)
