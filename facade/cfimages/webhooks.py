"""The notifications that Cloudflare sends to a webhook, for example after a direct upload.

They are set up in the dashboard: a destination with a secret, and a notification "Images" that goes there. Cloudflare
sends the secret itself in the header `cf-webhook-auth`, so that the address of the webhook must be https.

```
try:
    notification = read_notification(request.body, request.headers, secret)
except UntrustedNotificationError:
    return Response(status=401)
```

Source: pages "Configure webhooks" and "Webhook payload schema".
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from hmac import compare_digest
from typing import Any

import attrs

from cfimages.errors import InvalidArgumentError, NotificationError, UntrustedNotificationError
from cfimages.frozen import freeze, freeze_value
from cfimages.secret import as_secret

HEADER = "cf-webhook-auth"
"""The header that has the secret."""


@attrs.frozen
class Notification:
    """A notification. What it lacks is None. The one that tests a new webhook has only `text`.

    Source: page "Webhook payload schema".
    """

    name: str | None = None
    """Name of the notification."""
    text: str | None = None
    """What happened, for people."""
    data: Any = attrs.field(default=None, converter=freeze_value, hash=False)
    """What happened, for programs, as it came: Cloudflare does not describe it for Images. It cannot be changed."""
    sent: datetime | None = None
    """When it was sent: `ts`, in UTC."""
    account_id: str | None = None
    policy_id: str | None = None
    """Id of the notification in the dashboard."""
    policy_name: str | None = None
    """Name that the account gave it there."""
    alert_type: str | None = None
    """Kind of notification, such as image_notification."""
    alert_correlation_id: str | None = None
    """What notifications about one event have in common."""
    alert_event: str | None = None
    """Such as ALERT_STATE_EVENT_START."""
    extra: Mapping[str, Any] = attrs.field(factory=dict, converter=freeze, repr=False, hash=False)
    """What the body held beyond these fields, or of another type, under Cloudflare's names. Cannot be changed."""


def read_notification(body: bytes, headers: Mapping[str, str], secret: str) -> Notification:
    """Check that a webhook was called by whoever knows its secret, and return what it was sent.

    Args:
        body: The body of the request.
        headers: The headers of the request. Capital and small letters are the same.
        secret: The secret of the webhook, as it was set up in the dashboard.

    Raises:
        UntrustedNotificationError: The secret in the headers is missing or wrong. The body was not looked at.
        NotificationError: The body is not a JSON object.
        InvalidArgumentError: The secret is not text, or empty: anybody would know it.
    """
    secret = as_secret(secret) or ""
    if not secret:
        raise InvalidArgumentError("secret: must be text that is not empty: the secret of the webhook")
    sent = [value for name, value in headers.items() if name.lower() == HEADER]
    if len(sent) != 1 or not compare_digest(sent[0].encode("utf-8", "surrogateescape"), secret.encode()):
        problem = "wrong" if sent else "missing"
        raise UntrustedNotificationError(f"the header {HEADER} is {problem}: the sender does not know the secret")
    return _parse(body)


def _parse(body: bytes) -> Notification:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotificationError(f"the body is not JSON: {error}") from None
    if not isinstance(fields, dict):
        raise NotificationError("the body is not a JSON object")
    text = partial(_text, fields)
    return Notification(
        name=text("name"),
        text=text("text"),
        data=fields.pop("data", None),
        sent=_moment(fields, "ts"),
        account_id=text("account_id"),
        policy_id=text("policy_id"),
        policy_name=text("policy_name"),
        alert_type=text("alert_type"),
        alert_correlation_id=text("alert_correlation_id"),
        alert_event=text("alert_event"),
        extra=fields,
    )


def _text(fields: dict[str, Any], name: str) -> str | None:
    """Take a text out of the fields. Return None if it is absent or null, or something else, which stays there."""
    value = fields.pop(name, None)
    if isinstance(value, str | None):
        return value
    fields[name] = value
    return None


def _moment(fields: dict[str, Any], name: str) -> datetime | None:
    """Take a time in Unix seconds out of the fields. Return None if there is none; something else stays there."""
    seconds = fields.pop(name, None)
    try:
        if isinstance(seconds, int) and not isinstance(seconds, bool):
            return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    if seconds is not None:
        fields[name] = seconds
    return None
