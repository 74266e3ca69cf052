"""Notifications of a webhook: whose they are is checked first, then they are read."""

import hmac
import json
import pickle
import subprocess
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from cfimages import (
    InvalidArgumentError,
    Notification,
    NotificationError,
    UntrustedNotificationError,
    read_notification,
    webhooks,
)

CANARY = "canary-5d1f"
BODY = {
    "name": "Image uploaded",
    "text": "An image was uploaded.",
    "data": {"images": [{"id": "a"}]},
    "ts": 1796000000,
    "account_id": "acc",
    "policy_id": "p",
    "policy_name": "Our images",
    "alert_type": "image_notification",
    "alert_correlation_id": "c",
    "alert_event": "ALERT_STATE_EVENT_START",
}


def read(body: Any, **headers: str) -> Notification:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_notification(data, headers or {"cf-webhook-auth": CANARY}, CANARY)


def test_the_documented_envelope_is_typed_and_the_data_as_it_came() -> None:
    notification = read(BODY)
    assert notification == Notification(
        name="Image uploaded",
        text="An image was uploaded.",
        data={"images": [{"id": "a"}]},
        sent=datetime.fromtimestamp(1796000000, UTC),
        account_id="acc",
        policy_id="p",
        policy_name="Our images",
        alert_type="image_notification",
        alert_correlation_id="c",
        alert_event="ALERT_STATE_EVENT_START",
    )
    assert notification.extra == {}
    assert repr(notification).startswith("Notification(name='Image uploaded', text='An image was uploaded.', data={")
    assert pickle.loads(pickle.dumps(notification)) == notification
    assert hash(notification) == hash(read({**BODY, "data": None}))
    with pytest.raises(TypeError, match="is read-only"):
        notification.data["images"] = []
    with pytest.raises(TypeError, match="is read-only"):
        notification.data["images"].clear()


def test_a_test_of_a_new_webhook_has_a_text_only() -> None:
    assert read({"text": "Hello"}) == Notification(text="Hello")


@pytest.mark.parametrize("data", [[1], "text", 5, None])
def test_data_of_any_kind_is_kept(data: Any) -> None:
    notification = read({"data": data})
    assert notification.data == data
    if isinstance(data, list):
        with pytest.raises(TypeError, match="is read-only"):
            notification.data.append(2)


@pytest.mark.parametrize("ts", ["1796000000", True, 1.5, 10**30])
def test_what_is_new_or_of_another_type_is_kept(ts: Any) -> None:
    notification = read({"ts": ts, "name": 5, "alert_event": None, "new": {"a": 1}})
    assert notification == Notification(extra={"ts": ts, "name": 5, "new": {"a": 1}})


@pytest.mark.parametrize("name", ["cf-webhook-auth", "CF-Webhook-Auth", "Cf-Webhook-Auth"])
def test_the_name_of_the_header_has_no_case(name: str) -> None:
    assert read({"text": "x"}, **{"content-type": "application/json", name: CANARY}).text == "x"
    body = b'{"text": "x"}'
    assert read_notification(body, httpx.Headers({name: CANARY}), CANARY).text == "x"


@pytest.mark.parametrize(
    ("headers", "problem"),
    [
        ({"content-type": "application/json"}, "missing"),
        ({"cf-webhook-auth": ""}, "wrong"),
        ({"cf-webhook-auth": CANARY.upper()}, "wrong"),
        ({"cf-webhook-auth": CANARY + " "}, "wrong"),
        ({"cf-webhook-auth": "é\udcff"}, "wrong"),
        ({"cf-webhook-auth": CANARY, "Cf-Webhook-Auth": "other"}, "wrong"),
    ],
)
def test_a_secret_that_is_missing_or_wrong_is_refused_before_the_body_is_read(
    headers: dict[str, str], problem: str
) -> None:
    with pytest.raises(UntrustedNotificationError) as caught:
        read(b"not JSON", **headers)
    error = f"the header cf-webhook-auth is {problem}: the sender does not know the secret"
    assert str(caught.value) == error
    assert isinstance(caught.value, NotificationError)


def test_secrets_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(sent: bytes, secret: bytes) -> bool:
        compared.append((sent, secret))
        return hmac.compare_digest(sent, secret)

    monkeypatch.setattr(webhooks, "compare_digest", compare)
    read({"text": "x"})
    assert compared == [(CANARY.encode(), CANARY.encode())]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[1]", b'"text"', b"null", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(NotificationError, match=r"^the body is not ") as caught:
        read(body)
    assert not isinstance(caught.value, UntrustedNotificationError)


@pytest.mark.parametrize("secret", ["", None, CANARY.encode()])
def test_a_secret_that_anybody_knows_is_refused(secret: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^secret: must be a non-empty string") as caught:
        read_notification(b"{}", {"cf-webhook-auth": ""}, secret)
    assert CANARY not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "headers",
    [
        None,
        [("cf-webhook-auth", CANARY)],
        {b"host": b"example.com", b"cf-webhook-auth": CANARY.encode()},
        {"Cf-Webhook-Auth": [CANARY]},
    ],
    ids=["none", "pairs", "bytes", "several values"],
)
def test_headers_in_another_form_are_named_as_an_argument(headers: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^headers: must be a mapping of names to strings, such as request"):
        read_notification(b"{}", headers, CANARY)


def test_no_frame_of_ours_shows_the_secret() -> None:
    with pytest.raises(NotificationError) as caught:
        read_notification(b"{}", {}, CANARY)
    frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
    ours = [frame for frame in frames if "webhooks.py" in frame and "test_webhooks" not in frame]
    assert ours
    assert not [frame for frame in ours if CANARY in frame]


def test_it_needs_no_http() -> None:
    code = "import sys; from cfimages import read_notification; print(*{'httpx', 'cfimages_api'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
