"""Reading the body of a response piece by piece."""

import httpx
import pytest

from cfimages.http.body import READ_TIMEOUTS, Body


def test_a_body_that_takes_too_long_is_given_up() -> None:
    now = 100.0
    request = httpx.Request("GET", "https://a.example", extensions={"timeout": {"read": 2.0}})
    body = Body(httpx.Response(200, request=request), clock=lambda: now)
    now += READ_TIMEOUTS * 2.0
    body.add(b"in time")
    now += 0.1
    with pytest.raises(httpx.ReadTimeout, match=r"not complete after 10 s"):
        body.add(b"too late")
