"""What a hostile caller gives: texts that mean something to some parser, and values of every type."""

import datetime
import decimal

from hypothesis import strategies as st

# fmt: off
NASTY = [
    "", ".", "..", "../x", "a/../b", "./a", "a/..", "..\\", "%2e%2e", "..%2f", "%2F", "%", "%zz", "%00", "?", "#",
    "a?b=c", "a#b", "&", "=", ";", "|", "+", " ", "a b", "\"", "'", "[", "@", ":", "a&creator=evil",
    "meta.x[eq:string]=1", "creator", "a\r\nX-Evil: 1", "\r\n\r\nGET /evil HTTP/1.1\r\nHost: evil\r\n\r\n", "a\nb",
    "\t", "\x00", "\x7f", "\x85", "a\xa0", "\ud800", "a\udfff", "\uff0e\uff0e", "\uff0f", "\u2024\u2024", "\u2025",
    "\u2215", "\u202ea", "\u200b", "\u2028", "\ufeff", "\xe9", "e\u0301", "\U0001d482", "@evil.example",
    "//evil.example/", "\\\\evil.example", "http://evil.example/", "<script>", "{account_id}", "{0}", "%s", "$HOME",
    "`id`", "x" * 5000,
]
HOSTS = [
    "api.cloudflare.com", "127.0.0.1", "localhost", "[::1]", "evil.example", "127.0.0.1.evil.example",
    "localhost.evil.example", "a..b", "-a", "a_b", "xn--a", "a%2eb", "a\\b", "a@b", "user:pass@a",
    "localhost@evil.example", "evil.example#localhost", "127.1", "0x7f.1", "2130706433", "017700000001", "0.0.0.0",
    "[::]", "[::ffff:127.0.0.1]", "[::1%25lo]", "\xe9.example", "\uff41pi.cloudflare.com",
    "api\u3002cloudflare\u3002com", "localho\u017ft", "\u24dbocalhost", "\u2024\u2024",
]
# fmt: on

TEXTS = st.sampled_from(NASTY) | st.text(max_size=20) | st.lists(st.sampled_from(NASTY), max_size=3).map("".join)

ADDRESSES = TEXTS | st.builds(
    lambda *parts: "".join(parts),
    st.sampled_from(
        ["https://", "http://", "HTTP://", "https:", "//", "file://", "ws://", "http:\\\\", " http://", ""]
    ),
    st.sampled_from(HOSTS) | TEXTS,
    st.sampled_from(["", ":", ":0", ":80", ":443", ":65536", ":-1", ":x"]),
    st.sampled_from(["", "/", "/client/v4", "/../x", "//", "?a=b", "#x", "/a?b#c", "/\xe9", "/ "]) | TEXTS,
)

ODD = [
    10**5000,
    -(10**5000),
    object(),
    object,
    decimal.Decimal("NaN"),
    1j,
    frozenset(),
    datetime.date.max,
    datetime.timedelta.max,
]

JUNK = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | TEXTS
    | st.binary(max_size=5)
    | st.datetimes()
    | st.lists(TEXTS, max_size=2)
    | st.dictionaries(TEXTS, TEXTS | st.integers() | st.floats(), max_size=2)
    | st.sampled_from(ODD)
)
