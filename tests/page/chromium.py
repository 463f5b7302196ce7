"""Chromium without a window, told what to do by its own protocol over two pipes: no driver, no port, no network."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wireplan.rim.engines import packages
from wireplan.rim.engines.kinds import System
from wireplan.rim.engines.releases import UnavailableError
from wireplan.rim.trouble import Trouble

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-component-update",
)
PATIENCE = 20_000
"""Milliseconds that something on a page may take to come."""

KEYS = {"Enter": "\r", "Escape": "", "ArrowRight": "", "ArrowDown": "", "Tab": ""}


class MissingError(Exception):
    """There is no Chromium, and none can be had here."""


def program() -> str:
    """Chromium, or a browser made from it; as root on Debian, its package is installed where none is there.

    Raises:
        MissingError: there is none, and it cannot be installed.
    """
    if here := found():
        return here
    try:
        packages.install_system(System("chromium"))
    except (UnavailableError, Trouble) as error:
        raise MissingError(
            f"none of {', '.join(NAMES)} is on PATH, and it was not installed: {error}"
        ) from error
    if here := found():
        return here
    raise MissingError("the package chromium brought no program of that name")


def found() -> str | None:
    """The first of the names that is on PATH."""
    return next((here for name in NAMES if (here := shutil.which(name))), None)


class Browser:
    """A browser and the ends of its pipes. Messages are JSON, each ended by a zero byte."""

    def __init__(self, commands: int, answers: int) -> None:
        self.commands = commands
        self.answers = os.fdopen(answers, "rb", buffering=0)
        self.rest = b""
        self.number = 0
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, session: str | None = None, **parameters: Any) -> Any:
        """Ask for something, keep what happens meanwhile, and return the answer."""
        self.number += 1
        message: dict[str, Any] = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            self.events.append(answer)

    def message(self) -> dict[str, Any]:
        """The next message."""
        while b"\0" not in self.rest:
            more = self.answers.read(1 << 16)
            assert more, "the browser has ended"
            self.rest += more
        text, _, self.rest = self.rest.partition(b"\0")
        found: dict[str, Any] = json.loads(text)
        return found


class Page:
    """A tab, and a person's hand on it."""

    def __init__(self, browser: Browser, width: int = 1400, height: int = 900) -> None:
        self.browser = browser
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        self.browser.events.clear()

    def call(self, method: str, **parameters: Any) -> Any:
        """Ask the tab for something."""
        return self.browser.call(method, self.session, **parameters)

    def open(self, file: Path, fragment: str = "") -> None:
        """Open a file from the disk, and wait until its script has run."""
        self.call("Page.navigate", url=file.as_uri() + fragment)
        self.until(
            "document.readyState === 'complete' && document.querySelector('[role=tab][aria-selected]')"
        )

    def value(self, expression: str) -> Any:
        """What an expression of the page is."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, expression: str) -> None:
        """Wait until an expression of the page is true."""
        asked = (
            "new Promise((done, failed) => { const end = performance.now() + %d; const ask = () => { if (%s) done(true);"
            " else if (performance.now() > end) failed(new Error(%s)); else setTimeout(ask, 20); }; ask(); })"
        )
        self.value(asked % (PATIENCE, expression, json.dumps(f"never: {expression}")))

    def text(self, selector: str) -> str:
        """The text that a person sees there."""
        found: str = self.value(f"document.querySelector({json.dumps(selector)}).innerText")
        return found

    def texts(self, selector: str) -> list[str]:
        """The text of each of them."""
        found: list[str] = self.value(
            f"[...document.querySelectorAll({json.dumps(selector)})].map(each => each.textContent)"
        )
        return found

    def middle(self, selector: str) -> dict[str, float]:
        """Where the middle of an element is in the window."""
        found: dict[str, float] = self.value(
            f"(() => {{ const box = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
            " return { x: box.x + box.width / 2, y: box.y + box.height / 2 }; })()"
        )
        return found

    def click(self, selector: str) -> None:
        """Press and release the mouse there; what lies above it gets the click, as with a person."""
        self.value(f"document.querySelector({json.dumps(selector)}).scrollIntoView?.({{ block: 'nearest' }})")
        place = self.middle(selector)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place)

    def drag(self, start: Mapping[str, float], by: tuple[float, float]) -> None:
        """Take hold of the page and move it."""
        x, y = start["x"], start["y"]
        mouse = "Input.dispatchMouseEvent"
        self.call(mouse, type="mousePressed", button="left", clickCount=1, x=x, y=y)
        for part in (0.5, 1.0):
            self.call(
                mouse, type="mouseMoved", button="left", buttons=1, x=x + by[0] * part, y=y + by[1] * part
            )
        self.call(mouse, type="mouseReleased", button="left", clickCount=1, x=x + by[0], y=y + by[1])

    def wheel(self, at: Mapping[str, float], turn: float) -> None:
        """Turn the wheel; upwards is negative."""
        self.call("Input.dispatchMouseEvent", type="mouseWheel", deltaX=0, deltaY=turn, x=at["x"], y=at["y"])

    def press(self, key: str) -> None:
        """Press a key."""
        text = KEYS.get(key, key)
        extra = {"text": text} if text else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **extra)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def type(self, words: str) -> None:
        """Type words where the cursor is."""
        for letter in words:
            self.press(letter)

    def complaints(self) -> list[str]:
        """What the console says: errors, warnings, what the policy refused."""
        self.value("1")  # what was sent before this answer has come
        wanted = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        return [json.dumps(each["params"]) for each in self.browser.events if each["method"] in wanted]

    def requests(self) -> list[str]:
        """The addresses of all that was asked for."""
        self.value("1")
        asked = (each for each in self.browser.events if each["method"] == "Network.requestWillBeSent")
        return [each["params"]["request"]["url"] for each in asked]


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """A browser with a profile of its own in `folder`, ended at the end."""
    theirs_in, commands = os.pipe()
    answers, theirs_out = os.pipe()
    # The protocol has the descriptors 3 and 4 for its pipes; of shells, not all can dup numbers above 9.
    words = [program(), *FLAGS, f"--user-data-dir={folder}", "--remote-debugging-pipe", "about:blank"]
    script = f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out}'
    with subprocess.Popen(
        ["bash", "-c", script, *words],
        pass_fds=(theirs_in, theirs_out),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        os.close(theirs_in)
        os.close(theirs_out)
        found = Browser(commands, answers)
        try:
            yield found
            found.call("Browser.close")
            process.wait(timeout=30)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(timeout=30)
            found.answers.close()
            os.close(commands)
