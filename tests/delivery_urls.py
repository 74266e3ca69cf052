"""What the tests of delivery URLs share."""

from typing import Any

import pytest
from hypothesis import strategies as st

from cfimages import InvalidArgumentError

HASH = "Vi7wi5KSItxGFsWRG2Us6Q"
BASE = f"https://imagedelivery.net/{HASH}"


def refusal(function: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(InvalidArgumentError) as caught:
        function(*args, **kwargs)
    return str(caught.value)


def id_is_possible(id: str) -> bool:
    return not (id[:1] in ("", "/") or id[-1] == "/" or {".", ".."} & set(id.split("/")))


odd = st.text(st.characters(codec="utf-8") | st.sampled_from("%./?#\\:@&=;, \n"), min_size=1, max_size=20)
ids = odd.filter(id_is_possible)
hashes = st.from_regex(r"[A-Za-z0-9_-]{22}", fullmatch=True)
names = st.from_regex(r"[A-Za-z0-9]{1,99}", fullmatch=True)
domains = st.none() | st.sampled_from(["example.com", "img.example.co.uk"])
