"""Pages of the console about what happens: requests and faults."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from starlette.datastructures import QueryParams

from cfimages.sandbox.aiming import AimedFault
from cfimages.sandbox.console.html import Html, h, join
from cfimages.sandbox.console.layout import Page, address, as_json, choice, labelled, page, table, tick
from cfimages.sandbox.console.reasons import has_failed, why
from cfimages.sandbox.faults import FAULTS, Faults
from cfimages.sandbox.request_log import LoggedRequest, masked_target

if TYPE_CHECKING:
    from cfimages.sandbox.server import Sandbox

MAX_ROWS = 200
MAX_FAILURES = 10
_AGENT_LENGTH = 30
_HEADINGS = ("No.", "Time, UTC", "Status", "Request", "ms", "Account", "Asked by")
_METHODS = ("*", "GET", "POST", "PATCH", "PUT", "DELETE")


def log(sandbox: "Sandbox", query: QueryParams) -> Page:
    """Return the last requests, the newest first."""
    entries = _chosen(sandbox.requests, query)
    last = sandbox.requests[-1].number if sandbox.requests else 0
    live = address("/console/rows", account=query.get("account"), failed=query.get("failed"), live="1")
    form = h(
        "form",
        labelled("Account", h("input", name="account", value=query.get("account", ""))),
        h(
            "label",
            h("input", type="checkbox", name="failed", value="1", checked=bool(query.get("failed"))),
            " failures only",
        ),
        h("button", "Show", type="submit"),
        class_="row",
        action="/console/log",
    )
    body = [row(entry) for entry in entries[:MAX_ROWS]]
    return page(
        "Requests",
        form,
        h(
            "p",
            h("span", "Load the page again to see newer ones.", data_live_status=True, role="status"),
            " ",
            h("button", "Pause", type="button", data_live_pause=True, hidden=True),
            class_="soft",
        ),
        table("Requests to the API, the newest first", _HEADINGS, body, data_live=live, data_last=str(last)),
        here="/console/log",
    )


def rows_after(sandbox: "Sandbox", query: QueryParams) -> tuple[Html, int]:
    """Return the rows of requests after a number and of those that were under way, and the last number."""
    after = _number(query.get("after", ""))
    pending = {_number(text) for text in query.get("pending", "").split(",")}
    requests = sandbox.requests
    fresh = [entry for entry in requests if entry.number > after or entry.number in pending]
    last = requests[-1].number if requests else after
    return join(row(entry) for entry in _chosen(fresh, query)[:MAX_ROWS]), last


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def failures(sandbox: "Sandbox") -> Html:
    """Return the last requests that failed, and why."""
    requests = sandbox.requests
    failed = [entry for entry in reversed(requests) if has_failed(entry)]
    if not failed:
        told = f"None of the last {len(requests)} requests has failed." if requests else "No request has come yet."
        return h("p", told, class_="good")
    items = [
        h(
            "tr",
            h("td", h("a", entry.number, href=f"/console/log?failed=1#request-{entry.number}")),
            h("td", f"{entry.time:%H:%M:%S}"),
            h("td", _status(entry)),
            h("td", entry.method, " ", entry.target, why(entry), class_="path"),
        )
        for entry in failed[:MAX_FAILURES]
    ]
    return join(
        [
            h("p", f"{len(failed)} of the last {len(requests)} requests failed."),
            table("The last requests that failed", ("No.", "Time, UTC", "Status", "Request, and why it failed"), items),
        ]
    )


def _chosen(entries: Iterable[LoggedRequest], query: QueryParams) -> list[LoggedRequest]:
    """The entries that are asked for, the newest first."""
    account, failed = query.get("account"), query.get("failed")
    return [
        entry
        for entry in reversed(list(entries))
        if (not account or entry.account == account) and (not failed or has_failed(entry))
    ]


def row(entry: LoggedRequest) -> Html:
    """Return a request as a row, with its bodies folded."""
    parts = [("Body", entry.body), ("Answer", entry.answer), ("Headers", dict(entry.headers))]
    more = h("details", h("summary", "Bodies and headers"), [join((h("h3", n), as_json(v))) for n, v in parts if v])
    agent = entry.agent if len(entry.agent) <= _AGENT_LENGTH else f"{entry.agent[:_AGENT_LENGTH]}…"
    return h(
        "tr",
        h("td", entry.number),
        h("td", f"{entry.time:%H:%M:%S}"),
        h("td", _status(entry)),
        h("td", entry.method, " ", entry.target, why(entry), more, class_="path"),
        h("td", "" if entry.duration is None else f"{entry.duration * 1000:.0f}"),
        h("td", entry.account),
        h("td", agent, h("br"), entry.client, class_="soft", title=entry.agent),
        id=f"request-{entry.number}",
        data_pending=entry.duration is None,
    )


def _status(entry: LoggedRequest) -> Html:
    if entry.status is None:
        return h("span", "under way" if entry.duration is None else "✗ no answer", class_="warn")
    bad = entry.status >= 400
    return h("span", f"✗ {entry.status}" if bad else str(entry.status), class_="bad" if bad else "good")


def faults(sandbox: "Sandbox", message: str = "") -> Page:
    """Return the page with the switches for faults."""
    control = sandbox.faults
    incidents = [
        h(
            "tr",
            h("td", i.method, " ", masked_target(i.target), class_="path"),
            h("td", i.fault),
            h("td", "yes" if i.carried_out else "no"),
        )
        for i in reversed(control.incidents[-50:])
    ]
    random = control.random
    return page(
        "Faults",
        h("h2", "Quick switches"),
        h(
            "div",
            _quick(
                "The next listing fails with 503", method="GET", path="/images/v2", kind="server-error", status="503"
            ),
            _quick("The next upload breaks off", method="POST", path="/images/v1", kind="reset-before"),
            _quick("The next request is told to wait", kind="rate-limit", retry_after="5"),
            _quick("Every tenth answer is cut", kind="close-inside", every="10", times=""),
            class_="row",
        ),
        h("h2", "Aim a fault"),
        _aim_form(),
        h("h2", "Aimed and not over"),
        _aimed(control.matched),
        h("h2", "By chance"),
        h("p", f"On: {random.rate:.0%} of all requests, seed {random.seed}." if random else "Off.", class_="soft"),
        _random_form(random),
        h("h2", "Let everything go well"),
        _button("Switch all faults off", "/console/faults/clear"),
        h("h2", "What has been done"),
        table("The last incidents", ("Request", "Fault", "Carried out"), incidents)
        if incidents
        else h("p", "Nothing yet.", class_="soft"),
        here="/console/faults",
        message=message,
    )


def _aimed(matched: Mapping[AimedFault, int]) -> Html:
    """The aimed faults that are not over. One that nothing has matched may be aimed at the wrong requests."""
    if not matched:
        return h("p", "There are none.", class_="soft")
    rows = [
        h(
            "tr",
            h("td", a.method, " ", a.path, class_="path"),
            h("td", a.kind, f" {a.status}" if a.status else None),
            h("td", a.after),
            h("td", "always" if a.times is None else a.times),
            h("td", a.every),
            h("td", a.account or "any"),
            h("td", f"{count}, {a.met(count)} met it" if count else h("span", "none yet", class_="warn")),
            h("td", _button("Take back", "/console/faults/cancel", aimed=a.name)),
        )
        for a, count in matched.items()
    ]
    headings = ("Request", "Fault", "After", "Times", "Every", "Account", "Matching requests", "Change")
    return table("Aimed faults", headings, rows)


def _button(label: str, action: str, **values: str) -> Html:
    hidden = [h("input", type="hidden", name=name, value=value) for name, value in values.items()]
    return h("form", hidden, h("button", label, type="submit"), method="post", action=action)


def _quick(label: str, **values: str) -> Html:
    return _button(label, "/console/faults/aim", **values)


def _aim_form() -> Html:
    def number(name: str, value: str, label: str) -> Html:
        return labelled(label, h("input", name=name, value=value, inputmode="numeric", size="6"))

    return h(
        "form",
        labelled("Method", choice("method", _METHODS, "GET")),
        labelled("Path, * for any part", h("input", name="path", value="/images/v2", required=True)),
        labelled("Fault", choice("kind", FAULTS, "server-error")),
        number("status", "", "Status (server-error)"),
        number("after", "0", "After so many"),
        number("times", "1", "Times (empty: always)"),
        number("every", "1", "Every so many-th"),
        number("retry_after", "1", "Seconds to wait"),
        number("delay", "0.05", "Delay in seconds"),
        labelled("Account", h("input", name="account", value="", placeholder="any")),
        tick("carried_out", "carried out all the same", False),
        h("button", "Aim", type="submit"),
        method="post",
        action="/console/faults/aim",
        class_="row",
    )


def _random_form(random: Faults | None) -> Html:
    rate = f"{random.rate * 100:g}" if random else "10"
    return h(
        "form",
        labelled(
            "Percent of requests, 0 for off", h("input", name="percent", value=rate, inputmode="decimal", size="6")
        ),
        labelled(
            "Seed", h("input", name="seed", value=str(random.seed if random else 0), inputmode="numeric", size="6")
        ),
        h("button", "Set", type="submit"),
        method="post",
        action="/console/faults/random",
        class_="row",
    )


def aim(sandbox: "Sandbox", form: Mapping[str, str]) -> None:
    """Aim the fault that a form describes. Raises ValueError."""
    numbers = {name: int(form[name]) for name in ("status", "after", "every", "retry_after") if form.get(name)}
    if "times" in form:
        numbers["times"] = int(form["times"]) if form["times"] else None  # type: ignore[assignment]  # None: always
    sandbox.faults.next(
        form.get("method", "*"),
        form.get("path", "*"),
        kind=form.get("kind", ""),  # type: ignore[arg-type]  # checked there
        delay=float(form.get("delay") or 0.05),
        account=form.get("account") or None,
        carried_out=bool(form.get("carried_out")),
        **numbers,
    )


def cancel(sandbox: "Sandbox", form: Mapping[str, str]) -> None:
    """Take back the aimed fault that a form names; nothing if it is over."""
    for aimed in sandbox.faults.aimed:
        if aimed.name == form.get("aimed"):
            sandbox.faults.cancel(aimed)


def set_random(sandbox: "Sandbox", form: Mapping[str, str]) -> None:
    """Switch faults by chance on or off. Raises ValueError."""
    rate = float(form.get("percent") or 0) / 100
    faults = Faults(rate=rate, seed=int(form.get("seed") or 0))
    sandbox.faults.random = faults if rate else None
