"""The notifications that Cloudflare sends to a webhook, for example after a direct upload.

Set them up in the dashboard: a destination with a secret, and a notification "Images" for it. The URL of the webhook
must be https, because Cloudflare sends the secret itself in the header `cf-webhook-auth`.

```
try:
    notification = read_notification(request.body, request.headers, secret)
except UntrustedNotificationError:
    return Response(status=401)
```

Source: pages "Configure webhooks" and "Webhook payload schema".
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Any

import attrs

from cfimages.errors import InvalidArgumentError, NotificationError, UntrustedNotificationError
from cfimages.frozen import freeze_extra, freeze_value
from cfimages.secret import as_secret

HEADER = "cf-webhook-auth"
"""The header that has the secret."""


@attrs.frozen
class Notification:
    """A notification. A missing field is None. The notification that tests a new webhook has only `text`.

    Source: page "Webhook payload schema".
    """

    name: str | None = None
    """Name of the notification."""
    text: str | None = None
    """What happened, for people."""
    data: Any = attrs.field(default=None, converter=freeze_value, hash=False)
    """What happened, for programs. Cloudflare does not document it for Images. Read-only."""
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
    """An id that notifications about one event share."""
    alert_event: str | None = None
    """Such as ALERT_STATE_EVENT_START."""
    extra: Mapping[str, Any] = attrs.field(factory=dict, converter=freeze_extra, repr=False, hash=False)
    """Fields of the body that are not listed here, or of another type. Read-only."""


def read_notification(body: bytes, headers: Mapping[str, str], secret: str) -> Notification:
    """Check the secret of a request to a webhook, and return the notification.

    Args:
        body: The body of the request.
        headers: The headers of the request. Their names are case-insensitive.
        secret: The secret of the webhook, as it was set up in the dashboard.

    Raises:
        UntrustedNotificationError: The secret in the headers is missing or wrong. The body is not read.
        NotificationError: The body is not a JSON object.
        InvalidArgumentError: The secret is empty or not a string, or the headers are not a mapping of names to strings.
    """
    secret = as_secret(secret) or ""
    if not secret:
        raise InvalidArgumentError("secret: must be a non-empty string: the secret of the webhook")
    items: Iterable[tuple[Any, Any]] = headers.items() if hasattr(headers, "items") else [(HEADER, None)]
    sent: list[Any] = [value for name, value in items if _decoded(name).lower() == HEADER]
    if not all(isinstance(value, str) for value in sent):
        raise InvalidArgumentError("headers: must be a mapping of names to strings, such as request.headers")
    if len(sent) != 1 or not compare_digest(sent[0].encode("utf-8", "surrogateescape"), secret.encode()):
        problem = "wrong" if sent else "missing"
        raise UntrustedNotificationError(f"the header {HEADER} is {problem}: the sender does not know the secret")
    return _parse(body)


def _decoded(name: object) -> str:
    """Return the name of a header, which some frameworks give as bytes."""
    return name.decode("latin-1") if isinstance(name, bytes) else str(name)


def _parse(body: bytes) -> Notification:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotificationError(f"the body is not JSON: {error}") from None
    if not isinstance(fields, dict):
        raise NotificationError("the body is not a JSON object")
    texts = [field.name for field in attrs.fields(Notification) if field.type == str | None]
    known: dict[str, Any] = {name: fields.pop(name, None) for name in texts if isinstance(fields.get(name), str | None)}
    sent = _moment(fields.get("ts"))
    if sent or fields.get("ts") is None:
        fields.pop("ts", None)
    return Notification(**known, data=fields.pop("data", None), sent=sent, extra=fields)


def _moment(seconds: object) -> datetime | None:
    """Return the time of Unix seconds, or None for anything else."""
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
