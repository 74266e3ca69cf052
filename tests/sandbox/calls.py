"""What the tests of the protocol ask, and how they read a refusal."""

import httpx
from pictures import PNG


def upload(http: httpx.Client, content: bytes = PNG, name: str = "a.png", **fields: str) -> httpx.Response:
    return http.post("/v1", files={"file": (name, content)}, data=fields)


def refused(response: httpx.Response) -> tuple[int, int, str]:
    """Status, code and message of an answer that says no, in the envelope that belongs to it."""
    body = response.json()
    error = body["errors"][0]
    assert body == {"result": None, "success": False, "errors": body["errors"], "messages": []}
    return response.status_code, error["code"], error["message"]
