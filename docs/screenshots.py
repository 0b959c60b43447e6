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
from typing import Any

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


def open_viewer(sample: str, theme: str = "dark") -> napari.Viewer:
    """Open napari with a sample image that fills the canvas."""
    viewer = napari.Viewer(show_welcome_screen=False)
    viewer.theme = theme
    viewer.window.resize(*SIZE)
    viewer.open_sample(PLUGIN, sample)
    wait(lambda: True)
    viewer.fit_to_view()
    return viewer


def open_segment(viewer: napari.Viewer) -> Any:
    """Open the widget that segments."""
    _, widget = viewer.window.add_plugin_dock_widget(PLUGIN, "Segment nuclei")
    wait(lambda: True)
    viewer.fit_to_view()
    return widget


def save(viewer: napari.Viewer, name: str) -> None:
    """Save a picture of the whole window, in its theme."""
    wait(lambda: True)
    path = IMAGES / f"{name}-{viewer.theme}.png"
    viewer.screenshot(str(path), canvas_only=False, flash=False)
    viewer.close()
    print(path)


def run(widget: Any) -> None:
    """Press Run and wait."""
    widget.run.native.click()
    wait(lambda: not widget.running)
    print(widget.notice.status.value.replace("\n", "; "))


def fluorescence(theme: str) -> None:
    """Take a picture of a first run: one click."""
    viewer = open_viewer("synthetic", theme)
    run(open_segment(viewer))
    save(viewer, "segment-fluorescence")


def tissue(theme: str) -> None:
    """Take a picture of tissue, with outlines and all that is folded away at first."""
    viewer = open_viewer("tissue", theme)
    widget = open_segment(viewer)
    widget.form.outlines.value = True
    widget.form.thresholds_fold.expand()
    widget.form.more_fold.expand()
    run(widget)
    widget.form.probability.value = 0.4
    wait(lambda: not widget.retuner.busy)
    save(viewer, "segment-tissue")


def time_series(theme: str) -> None:
    """Take a picture of a stack over time, with the table of its nuclei."""
    viewer = open_viewer("time", theme)
    widget = open_segment(viewer)
    run(widget)
    viewer.dims.set_current_step(0, 3)
    save(viewer, "segment-time")


def live(theme: str) -> None:
    """Take a picture of the live view, zoomed in."""
    viewer = open_viewer("synthetic", theme)
    widget = open_segment(viewer)
    viewer.scene.camera.zoom *= 2
    widget.live.value = True
    wait(lambda: widget.watch.looks > 0 and not widget.watch.busy)
    save(viewer, "segment-live")


def error(theme: str) -> None:
    """Take a picture of a run that cannot be done."""
    viewer = open_viewer("synthetic", theme)
    image = viewer.layers["Synthetic fluorescence"]
    broken = image.data.astype(float)
    broken[:9] = float("nan")
    viewer.layers.clear()
    viewer.add_image(broken, name="a broken image", contrast_limits=(0, 1200))
    widget = open_segment(viewer)
    run(widget)
    save(viewer, "segment-error")


def train(name: str) -> None:
    """Take a picture of the widget that trains, before it does."""
    viewer = open_viewer("synthetic")
    truth = viewer.layers["Synthetic fluorescence truth"]
    truth.visible, truth.name = True, "painted nuclei"
    viewer.layers.selection.active = truth
    _, widget = viewer.window.add_plugin_dock_widget(PLUGIN, "Train a model")
    widget.name_line.value = "my-cells"
    wait(lambda: True)
    viewer.fit_to_view()
    save(viewer, name)


def main() -> None:
    """Make all of them."""
    IMAGES.mkdir(exist_ok=True)
    for theme in ("dark", "light"):
        for picture in (fluorescence, tissue, time_series, live, error):
            picture(theme)
    train("train")


if __name__ == "__main__":
    main()
