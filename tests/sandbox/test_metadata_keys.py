"""Which fields of the metadata a filter can name."""

import httpx
from sandbox.calls import refused

from cfimages.sandbox import Sandbox


def test_the_fields_of_all_images_are_told(sandbox: Sandbox, http: httpx.Client, account: str) -> None:
    sandbox.add(account=account, metadata={"status": "active", "region": {"name": "eu", "zone": 1}, "tags": ["a"]})
    sandbox.add(account=account, metadata={"featured": True, "no-key": 1, "x" * 101: 1, "nothing": None})
    sandbox.add(account=account, metadata={"a": {"b": {"c": {"d": {"e": 1, "f": {"g": 1}}}}}})
    sandbox.add(account=account, metadata={"of_a_draft": 1}, draft=True)
    keys = ["a.b.c.d.e", "featured", "region.name", "region.zone", "status"]
    assert http.get("/v2/metadata/keys").json()["result"] == {"keys": keys, "truncated": False}
    for key in keys:
        assert http.get("/v2", params={f"meta.{key}[eq]": "?"}).status_code == 200


def test_a_thousand_are_told(sandbox: Sandbox, http: httpx.Client, account: str) -> None:
    sandbox.add(account=account, metadata={f"key{n}": n for n in range(1001)})
    result = http.get("/v2/metadata/keys").json()["result"]
    assert (len(result["keys"]), result["truncated"]) == (1000, True)


def test_an_empty_account_has_none(http: httpx.Client) -> None:
    assert http.get("/v2/metadata/keys").json()["result"] == {"keys": [], "truncated": False}
    assert refused(http.post("/v2/metadata/keys"))[:2] == (405, 10000)
    assert refused(http.get("/v2/metadata"))[:2] == (404, 7003)
