"""A real browser without a window, spoken to over a pipe: one start for many pages, and no driver to install."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--headless", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage",
    "--hide-scrollbars", "--disable-extensions", "--disable-sync", "--disable-background-networking",
    "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND", "--window-size=1000,1400",
)  # fmt: skip
PATIENCE = 60.0  # seconds


class Browser:
    """Requests and replies of the DevTools protocol, each ended by a zero byte."""

    def __init__(self, to: int, back: int) -> None:
        self._to, self._back = to, back
        self._number, self._unread = 0, b""
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, session: str = "", **parameters: Any) -> Any:
        """The reply to a request; what happens meanwhile is kept in ``events``."""
        self._number += 1
        request = {"id": self._number, "method": method, "params": parameters}
        data = json.dumps({**request, **({"sessionId": session} if session else {})}).encode() + b"\0"
        while data:
            data = data[os.write(self._to, data) :]
        while True:
            message = self._message()
            if message.get("id") == self._number:
                assert "error" not in message, (method, message["error"])
                return message["result"]
            self.events.append(message)

    def wait_for(self, event: str) -> None:
        """Until something has happened."""
        while not any(message.get("method") == event for message in self.events):
            self.events.append(self._message())

    def _message(self) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._back], [], [], max(0.0, until - time.monotonic()))
            assert ready, "the browser does not answer"
            found = os.read(self._back, 1 << 20)
            assert found, "the browser has ended"
            self._unread += found
        written, _, self._unread = self._unread.partition(b"\0")
        return dict(json.loads(written))


class Page:
    """A page opened from a file."""

    def __init__(self, browser: Browser, path: Path) -> None:
        self._browser = browser
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self._target = target
        self._session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "DOM", "CSS"):
            self._call(f"{domain}.enable")
        browser.events.clear()
        self._call("Page.navigate", url=path.resolve().as_uri())
        browser.wait_for("Page.loadEventFired")
        self.evaluate(
            "Promise.all([...document.fonts].map(font => font.load())).then(() => document.fonts.ready.then(() => 1))"
        )
        sent = (event["params"] for event in browser.events if event["method"] == "Network.requestWillBeSent")
        self.requests = [event["request"]["url"] for event in sent]

    def _call(self, method: str, **parameters: Any) -> Any:
        return self._browser.call(method, self._session, **parameters)

    def evaluate(self, script: str) -> Any:
        """The value of a script in the page."""
        found = self._call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def fonts_of(self, selector: str) -> set[str]:
        """The fonts that the text right in the elements is set in; one of our own is marked by a star."""
        root = self._call("DOM.getDocument")["root"]["nodeId"]
        found = set()
        for node in self._call("DOM.querySelectorAll", nodeId=root, selector=selector)["nodeIds"]:
            for font in self._call("CSS.getPlatformFontsForNode", nodeId=node)["fonts"]:
                found.add(font["familyName"] + ("*" if font["isCustomFont"] else ""))
        return found

    def resize(self, width: int) -> None:
        """Show the page in a window of this width."""
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=1000, deviceScaleFactor=1, mobile=False)

    def look(self, dark: bool = False, whole: bool = False) -> bytes:
        """A picture of what stands first, or of the whole page."""
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self._call("Emulation.setEmulatedMedia", features=scheme)
        found = self._call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        return base64.b64decode(found["data"])

    def printed(self) -> bytes:
        """The page as PDF."""
        return base64.b64decode(self._call("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)["data"])

    def close(self) -> None:
        """Close the page, not the browser."""
        self._browser.call("Target.closeTarget", targetId=self._target)


@contextmanager
def running() -> Iterator[Browser]:
    """A browser, ended at the end."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    assert program, "pages are opened in Chromium: apt-get install chromium"
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        (its_input, to), (back, its_output) = os.pipe(), os.pipe()
        words = [program, *OPTIONS, *root, f"--user-data-dir={profile}"]
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,
            preexec_fn=partial(_as_the_browser_wants_them, its_input, its_output),
        )
        for end in (its_input, its_output):
            os.close(end)
        browser = Browser(to, back)
        try:
            yield browser
            browser.call("Browser.close")
            process.wait(PATIENCE)
        finally:
            process.kill()
            process.wait()
            os.close(to)
            os.close(back)


def _as_the_browser_wants_them(its_input: int, its_output: int) -> None:
    """It reads requests from file 3 and writes replies to file 4."""
    its_input, its_output = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (its_input, its_output))
    os.dup2(its_input, 3)
    os.dup2(its_output, 4)
