"""Make the pictures of napari in the README; needs a display.

Run it from the repository's root::

    python docs/screenshots.py

and where there is no screen ``xvfb-run -a -s "-screen 0 1600x1000x24"`` before it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import monotonic

# The pictures must not depend on the settings and models of the user who makes them.
os.environ["NAPARI_CONFIG"] = str(Path(tempfile.mkdtemp(), "settings.yaml"))
os.environ["NAPARI_NUCLEI_MODELS"] = tempfile.mkdtemp()

import napari
from qtpy.QtWidgets import QApplication

IMAGES = Path(__file__).parent / "images"
PLUGIN = "napari-nuclei"
SIZE = (1280, 800)
PATIENCE = 300
"""Most seconds that a run may take."""


def wait(done: Callable[[], bool]) -> None:
    """Let napari go on until something is done."""
    began = monotonic()
    while not done():
        QApplication.processEvents()
        if monotonic() - began > PATIENCE:
            raise TimeoutError(f"not done after {PATIENCE} s")
    for _ in range(20):  # the drawing that has been asked for
        QApplication.processEvents()


def open_viewer(sample: str) -> napari.Viewer:
    """Open napari with a sample image that fills the canvas."""
    viewer = napari.Viewer(show_welcome_screen=False)
    viewer.theme = "dark"
    viewer.window.resize(*SIZE)
    viewer.open_sample(PLUGIN, sample)
    return viewer


def save(viewer: napari.Viewer, name: str) -> None:
    """Save a picture of the whole window."""
    viewer.fit_to_view()
    wait(lambda: True)
    viewer.screenshot(str(IMAGES / name), canvas_only=False, flash=False)
    viewer.close()
    print(IMAGES / name)


def segment(sample: str, name: str, *, more: bool = False) -> None:
    """Take a picture of a finished run."""
    viewer = open_viewer(sample)
    _, widget = viewer.window.add_plugin_dock_widget(PLUGIN, "Segment nuclei")
    widget.more.value = more
    widget.run.native.click()
    wait(lambda: not widget.running)
    print(widget.status.value)
    save(viewer, name)


def train(name: str) -> None:
    """Take a picture of the widget that trains, before it does."""
    viewer = open_viewer("synthetic")
    truth = viewer.layers["Synthetic fluorescence truth"]
    truth.visible, truth.name = True, "painted nuclei"
    viewer.layers.selection.active = truth
    _, widget = viewer.window.add_plugin_dock_widget(PLUGIN, "Train a model")
    widget.name_line.value = "my-cells"
    save(viewer, name)


def main() -> None:
    """Make all of them."""
    IMAGES.mkdir(exist_ok=True)
    segment("synthetic", "segment-fluorescence.png")
    train("train.png")


if __name__ == "__main__":
    main()
