"""A headless Chromium for tests, driven over the DevTools protocol through two pipes."""

import base64
import json
import os
import select
import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from patience import until

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "chrome-headless-shell")
FOUND = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
BINARY = None if os.name == "nt" else FOUND  # its pipes are of another kind there
MISSING = (
    "there is no Chromium that can be driven: install one, or let the environment variable CHROMIUM name its program"
)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--window-size=1280,900",
    "--remote-debugging-pipe",
)
ANSWER_SECONDS = 60.0
# Chromium reads commands from file descriptor 3 and writes to 4.
LAUNCH = """
import fcntl, os, sys
commands, answers = (fcntl.fcntl(int(fd), fcntl.F_DUPFD, 10) for fd in sys.argv[1:3])
os.dup2(commands, 3)
os.dup2(answers, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
_KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32}


class DevToolsError(Exception):
    """What Chromium says no to."""


class Browser:
    """A running Chromium, with a profile of its own. Use it with `with`."""

    def __init__(self, binary: str, profile: Path, *flags: str) -> None:
        commands, self._commands = os.pipe()
        self._answers, answers = os.pipe()
        command = [sys.executable, "-c", LAUNCH, str(commands), str(answers), binary, *FLAGS, *flags]
        command += [f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(
            command, pass_fds=(commands, answers), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(commands)
        os.close(answers)
        self._left = b""
        self._count = 0
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.send("Browser.close")
            self._process.wait(20)
        finally:
            self._process.kill()
            self._process.wait()
            os.close(self._commands)
            os.close(self._answers)

    def send(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Send a command, and return its result. Events that come meanwhile are kept."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters} | (
            {"sessionId": session} if session else {}
        )
        content = json.dumps(message).encode() + b"\0"
        while content:
            content = content[os.write(self._commands, content) :]
        while (answer := self._read()).get("id") != self._count:
            self.events.append(answer)
        if "error" in answer:
            raise DevToolsError(f"{method}: {answer['error']['message']}")
        return dict(answer["result"])

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._left:
            if not select.select([self._answers], [], [], ANSWER_SECONDS)[0]:
                raise DevToolsError("Chromium does not answer")
            part = os.read(self._answers, 1 << 20)
            if not part:
                raise DevToolsError("Chromium has ended")
            self._left += part
        message, _, self._left = self._left.partition(b"\0")
        return dict(json.loads(message))

    def tab(self) -> "Tab":
        """Open a tab with cookies and storage of its own."""
        context = self.send("Target.createBrowserContext")["browserContextId"]
        target = self.send("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        return Tab(self, self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])


class Tab:
    """A page of the browser."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session
        self.send("Page.enable")
        self.send("Runtime.enable")
        self.send("Log.enable")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command to the page."""
        return self._browser.send(method, self._session, **parameters)

    def events(self, method: str) -> list[dict[str, Any]]:
        """Return what the page has told of one kind so far."""
        self.send("Runtime.evaluate", expression="0")  # what has been told before comes before the answer
        return [
            event["params"]
            for event in self._browser.events
            if event.get("sessionId") == self._session and event["method"] == method
        ]

    def open(self, url: str) -> None:
        """Go to an address, and wait until the page has loaded."""
        result = self.send("Page.navigate", url=url)
        if "errorText" in result:
            raise DevToolsError(f"{url}: {result['errorText']}")
        self.wait("location.href !== 'about:blank' && document.readyState === 'complete'")

    def run(self, script: str) -> Any:
        """Return the value of an expression, or what its promise ends with."""
        answer = self.send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True
        )
        if "exceptionDetails" in answer:
            raise DevToolsError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def wait(self, script: str) -> None:
        """Wait until an expression is true, also across a change of the page."""

        def holds() -> bool:
            try:
                return bool(self.run(script))
            except DevToolsError as error:
                if "context" in str(error) or "navigated" in str(error):
                    return False
                raise

        until(holds)

    def follow(self, selector: str) -> None:
        """Press a link or a button that leads to another page, and wait for that."""
        self.run("window.leaving = true")
        self.click(selector)
        self.wait("!window.leaving && document.readyState === 'complete'")

    def click(self, selector: str) -> None:
        """Press an element where it is seen, as a mouse would."""
        found = f"document.querySelector({json.dumps(selector)})"
        self.run(f"{found}.scrollIntoView({{block: 'center', behavior: 'instant'}})")
        box = self.run(
            f"(({{x, y, width, height}}) => [x + width / 2, y + height / 2])({found}.getBoundingClientRect())"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    def type(self, selector: str, text: str) -> None:
        """Write into a field."""
        self.run(f"document.querySelector({json.dumps(selector)}).focus()")
        self.send("Input.insertText", text=text)

    def press(self, key: str) -> None:
        """Press a key."""
        code = _KEYS[key]
        more = {"text": "\r"} if key == "Enter" else {"text": key} if key == " " else {}
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **more)

    def prefers(self, scheme: str) -> None:
        """Let the system prefer dark or light."""
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def without_scripts(self) -> None:
        """Let no page run a script from now on. `run` still works."""
        self.send("Emulation.setScriptExecutionDisabled", value=True)

    def width(self, pixels: int) -> None:
        """Make the window as wide as that."""
        self.send("Emulation.setDeviceMetricsOverride", width=pixels, height=900, deviceScaleFactor=1, mobile=False)

    def picture(self, path: Path) -> None:
        """Write a picture of the whole page."""
        shot = self.send("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))
