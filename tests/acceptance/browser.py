"""Hides how a real browser is driven: headless Chromium, by its debugging protocol over a pipe."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

# The browser reads what it is told from descriptor 3 and answers on 4.
LAUNCH = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.dup2(int(sys.argv[2]), 4)
os.execvp(sys.argv[3], sys.argv[3:])
"""
ABOVE_THESE = 10


class Browser:
    """One page of a browser that executes no scripts, with what it asked for and complained of."""

    def __init__(self, told: int, answers: int) -> None:
        """Open an empty page; the browser listens and answers on these pipes."""
        self._told = told
        self._answers = answers
        self._rest = b""
        self._sent = 0
        self._session: dict[str, str] = {}
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self._loaded = 0
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = {"sessionId": attached["sessionId"]}
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setScriptExecutionDisabled", value=True)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Tell the browser to do something, and wait until it has."""
        self._sent += 1
        message = {"id": self._sent, "method": method, "params": parameters, **self._session}
        os.write(self._told, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._sent:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    def open(self, url: str) -> None:
        """Go to a page."""
        self._loaded = 0
        self.call("Page.navigate", url=url)
        self._until_loaded()

    def press(self, key: str, code: int, text: str = "") -> None:
        """Press a key and let it go."""
        pressed = {"key": key, "windowsVirtualKeyCode": code, "text": text}
        self.call("Input.dispatchKeyEvent", type="keyDown", **pressed)
        self.call("Input.dispatchKeyEvent", type="keyUp", **pressed)

    def press_first_button(self) -> None:
        """Go to what can be pressed first, with the keyboard alone, and press it."""
        self._loaded = 0
        self.press("Tab", 9)
        self.press("Enter", 13, "\r")
        self._until_loaded()

    def read(self, expression: str) -> Any:
        """Return what is on the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    def _until_loaded(self) -> None:
        while not self._loaded:
            self._next()

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            more = os.read(self._answers, 1 << 16)
            assert more, "the browser has ended"
            self._rest += more
        text, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        if message.get("method") == "Page.loadEventFired":
            self._loaded += 1
        elif message.get("method") == "Network.requestWillBeSent":
            self.requests.append(message["params"]["request"]["url"])
        elif message.get("method") == "Log.entryAdded":
            self.complaints.append(message["params"]["entry"]["text"])
        return message


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """Run a browser with nothing from before; `profile` is an empty directory."""
    assert CHROMIUM is not None
    reads, told = high_pipe()
    answers, writes = high_pipe()
    options = (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        f"--user-data-dir={profile}",
        "--remote-debugging-pipe",
    )
    process = subprocess.Popen(
        [sys.executable, "-c", LAUNCH, str(reads), str(writes), CHROMIUM, *options],
        pass_fds=(reads, writes),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(reads)
    os.close(writes)
    try:
        yield Browser(told, answers)
    finally:
        process.terminate()
        process.wait(20)
        os.close(told)
        os.close(answers)


def high_pipe() -> tuple[int, int]:
    """Make a pipe whose ends are not descriptors 3 and 4."""
    ends = os.pipe()
    high = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, ABOVE_THESE) for end in ends)
    for end in ends:
        os.close(end)
    return high[0], high[1]
