"""Results to report, and a headless Chromium that is driven over a pipe."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pytest
import tifffile

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.io.label_files import write_labels
from napari_nuclei.io.tables import write_table
from napari_nuclei.scale.records.run_record import make_run_record, write_run_record

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

PROGRAM = next(filter(None, map(shutil.which, NAMES)), None)
"""Path of Chromium; None if it is not installed."""

TIMEOUT = 60.0
"""Longest time to wait for an answer, in seconds."""


class Browser:
    """A page in a headless Chromium.

    Attributes
    ----------
    problems : list of str
        Errors of scripts, of the console and of the security policy; and requests to
        the network.
    """

    def __init__(self, width: int = 1366, height: int = 768) -> None:
        assert PROGRAM is not None
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        read_here, write_there = os.pipe()
        read_there, write_here = os.pipe()
        # Chromium reads from file descriptor 3 and writes to 4.
        script = f'exec "$@" 3<&{read_there} 4>&{write_there}'
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"]
        options += ["--remote-debugging-pipe", f"--window-size={width},{height}"]
        options += [f"--user-data-dir={self._folder.name}", "--hide-scrollbars"]
        self._process = subprocess.Popen(
            ["bash", "-c", script, "bash", PROGRAM, *options, "about:blank"],
            pass_fds=(read_there, write_there),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(read_there)
        os.close(write_there)
        self._read, self._write = read_here, write_here
        self._buffer, self._number, self._session = b"", 0, ""
        self.problems: list[str] = []
        self._loaded = False
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.resize(width, height)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait()
        os.close(self._read)
        os.close(self._write)
        self._folder.cleanup()

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command; return its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                return dict(answer["result"])

    def _receive(self) -> dict[str, Any]:
        """Return the next message; note what it says about problems."""
        end = time.monotonic() + TIMEOUT
        while b"\0" not in self._buffer:
            ready = select.select([self._read], [], [], max(0, end - time.monotonic()))
            assert ready[0], "Chromium does not answer"
            chunk = os.read(self._read, 1 << 20)
            assert chunk, "Chromium has ended"
            self._buffer += chunk
        text, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        method, content = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.problems.append(str(content["exceptionDetails"]))
        elif method == "Log.entryAdded":
            self.problems.append(content["entry"]["text"])
        elif method == "Runtime.consoleAPICalled":
            self.problems.append(str(content["args"]))
        elif method == "Network.requestWillBeSent":
            url = content["request"]["url"]
            if not url.startswith(("data:", "file:", "about:")):
                self.problems.append(f"request to {url}")
        elif method == "Page.loadEventFired":
            self._loaded = True
        return message

    def open(self, path: Path) -> None:
        """Open a file, and wait until it is loaded."""
        self._loaded = False
        self.call("Page.navigate", url=path.resolve().as_uri())
        while not self._loaded:
            self._receive()

    def run(self, code: str) -> Any:
        """Run code in the page; return its value."""
        answer = self.call(
            "Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def click(self, selector: str) -> None:
        """Click the middle of an element with the mouse."""
        quoted = json.dumps(selector)
        x, y = self.run(
            f"(() => {{ const e = document.querySelector({quoted});"
            "e.scrollIntoView({block: 'center', behavior: 'instant'});"
            "const r = e.getBoundingClientRect();"
            "return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            event = {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1}
            self.call("Input.dispatchMouseEvent", **event)

    def type(self, text: str) -> None:
        """Type text into the focused element."""
        self.call("Input.insertText", text=text)

    def press(self, key: str, code: int) -> None:
        """Press a key; `code` is its number in Windows."""
        for kind in ("keyDown", "keyUp"):
            event = {"type": kind, "key": key, "code": key}
            if key == "Enter":
                event["text"] = "\r"
            self.call("Input.dispatchKeyEvent", windowsVirtualKeyCode=code, **event)

    def choose(self, selector: str, value: str) -> None:
        """Choose an option of a list."""
        self.run(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            f"e.value = {json.dumps(value)};"
            "e.dispatchEvent(new Event('change')); })()"
        )

    def resize(self, width: int, height: int, dark: bool = False) -> None:
        """Set the size of the window, in pixels, and the colours that it prefers."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1}
        self.call("Emulation.setDeviceMetricsOverride", mobile=False, **size)
        value = "dark" if dark else "light"
        # An animated scroll would move an element away from the mouse.
        wanted = {"prefers-color-scheme": value, "prefers-reduced-motion": "reduce"}
        features = [{"name": name, "value": word} for name, word in wanted.items()]
        self.call("Emulation.setEmulatedMedia", features=features)

    def save_picture(self, path: Path) -> None:
        """Save what the window shows as a PNG file."""
        content = self.call("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(content))


@pytest.fixture
def browser() -> Iterator[Browser]:
    """Return a page in Chromium; skip the test if it is not installed."""
    if PROGRAM is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with Browser() as opened:
        yield opened


HEADER = "file,status,nuclei,seconds,reason,run,written,notes,flags,contrast\n"

MakeResults = Callable[..., Path]


@pytest.fixture
def make_results(tmp_path: Path) -> MakeResults:
    """Return a function that writes images and results, without a network."""

    def make(*names: str, record: bool = True, header: str = HEADER) -> Path:
        out, plate = tmp_path / "out", tmp_path / "plate"
        out.mkdir()
        plate.mkdir()
        image, labels = synthetic_nuclei((96, 128), count=9, seed=1)
        lines = [header]
        for number, name in enumerate(names):
            stem = name.rpartition(".")[0]
            left = np.where(labels > number, labels, 0)
            tifffile.imwrite(plate / name, image)
            write_labels(left, out / f"{stem}_labels.tif", pixel_size=0.5)
            table = measure(left, {"ki67": image}, pixel_size=0.5)
            table["class"] = np.where(table["area"] > 60, "positive", "negative")
            write_table(table, out / f"{stem}_nuclei.csv")
            written = f"{stem}_labels.tif/{stem}_nuclei.csv"
            cells = [f"plate/{name}", "done", len(table), 0.5, "", "run", written]
            cells += ["", "", 0.25 + number]
            line = ",".join('"' + str(c).replace('"', '""') + '"' for c in cells)
            count = header.count(",") + 1
            lines.append(line if count == 10 else ",".join(line.split(",")[:count]))
            lines.append("\n")
        (out / "results.csv").write_text("".join(lines), encoding="utf-8")
        if record:
            settings = {"formats": ["labels", "csv"], "config": SegmentConfig()}
            content = make_run_record(["plate"], Path("out"), ModelCard("m"), settings)
            write_run_record(out, content | {"folder": str(tmp_path)})
        return out

    return make
