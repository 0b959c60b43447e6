"""Take the pictures of napari in the README and in docs; needs a display.

Run it from the repository's root::

    python docs/screenshots.py

The names of functions, such as ``train``, choose some of them. Without a screen write
``xvfb-run -a -s "-screen 0 1600x1000x24"`` before the command.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

# The pictures must not depend on the settings and models of the user who makes them.
os.environ["NAPARI_CONFIG"] = str(Path(tempfile.mkdtemp(), "settings.yaml"))
os.environ["NAPARI_NUCLEI_MODELS"] = tempfile.mkdtemp()
os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp()  # corrections of earlier sessions

import napari
import numpy as np
from PIL import Image
from qtpy.QtWidgets import QApplication
from tifffile import imwrite

from napari_nuclei import load_segmenter, synthetic_nuclei
from napari_nuclei.core.diameter import median_diameter
from napari_nuclei.core.movies.cells import MovieSettings
from napari_nuclei.core.movies.movie import synthetic_movie
from napari_nuclei.core.tracking.tracking import Tracking
from napari_nuclei.data.datasets import read_dataset

sys.path.append(str(Path(__file__).parents[1] / "tests" / "benchmark"))
from painted import NUCLEI, paint

TISSUE = "947c0d94c8213ac7aaa41c4efc95d854246550298259cf1bb489654d0e969050"
"""The validation image of white tissue in which ten nuclei are painted."""

IMAGES = Path(
    os.environ.get("NAPARI_NUCLEI_PICTURES", Path(__file__).parent / "images")
)
"""Folder of the pictures."""

PLUGIN = "napari-nuclei"
SIZE = (1280, 800)
THEME = "dark"
TIMEOUT = 300
"""Longest time that a run may take, in seconds."""

COLOURS = 256
"""Number of colours of a picture."""

SHOWN_EPOCHS = 8
"""Number of epochs after which the picture of a training is taken."""


def wait(done: Callable[[], bool]) -> float:
    """Process events until `done` returns true; return the longest pause, in s."""
    began, longest = monotonic(), 0.0
    while not done():
        before = monotonic()
        QApplication.processEvents()
        longest = max(longest, monotonic() - before)
        if monotonic() - began > TIMEOUT:
            raise TimeoutError(f"not finished after {TIMEOUT} s")
    for _ in range(20):  # drawing that is still pending
        QApplication.processEvents()
    return longest


def open_viewer(sample: str) -> napari.Viewer:
    """Open napari with a sample image that fills the canvas."""
    viewer = napari.Viewer(show_welcome_screen=False)
    viewer.theme = THEME
    viewer.window.resize(*SIZE)
    viewer.open_sample(PLUGIN, sample)
    wait(lambda: True)
    viewer.fit_to_view()
    return viewer


def open_segment(viewer: napari.Viewer) -> Any:
    """Open the Segment dock."""
    _, widget = viewer.window.add_plugin_dock_widget(PLUGIN, "Segment nuclei")
    wait(lambda: True)
    viewer.fit_to_view()
    return widget


def save(viewer: napari.Viewer, name: str) -> None:
    """Save a picture of the whole window and close it."""
    picture(viewer, name)
    viewer.close()


def picture(viewer: napari.Viewer, name: str) -> None:
    """Save a picture of the whole window."""
    wait(lambda: True)
    path = IMAGES / f"{name}-{THEME}.png"
    pixels = viewer.screenshot(canvas_only=False, flash=False)
    # A palette makes the file a third as large; it stays in the history.
    image = Image.fromarray(np.asarray(pixels)[..., :3]).quantize(COLOURS)
    image.save(path, optimize=True)
    print(path)


def run(widget: Any) -> None:
    """Press Run and wait."""
    widget.run.native.click()
    wait(lambda: not widget.running)
    print(widget.status_panel.status.value.replace("\n", "; "))


def fluorescence() -> None:
    """Take a picture of a first run with one click."""
    viewer = open_viewer("synthetic")
    run(open_segment(viewer))
    save(viewer, "segment-fluorescence")


def tissue() -> None:
    """Take a picture of tissue with outlines, all settings unfolded."""
    viewer = open_viewer("tissue")
    widget = open_segment(viewer)
    widget.form.outlines.value = True
    widget.form.thresholds_fold.expand()
    widget.form.more_fold.expand()
    run(widget)
    widget.form.sliders.splitting.value = 0.4
    wait(lambda: not widget.live_thresholds.busy)
    save(viewer, "segment-tissue")


def time_series() -> None:
    """Take a picture of a segmented time series."""
    viewer = open_viewer("time")
    widget = open_segment(viewer)
    run(widget)
    viewer.dims.set_current_step(0, 3)
    save(viewer, "segment-time")


def z_stack() -> None:
    """Take pictures of a z stack: while it is segmented, and joined in 3-D."""
    viewer = open_viewer("z_stack")
    widget = open_segment(viewer)
    viewer.dims.set_current_step(0, 2)
    widget.run.native.click()
    controller = widget.run_controller
    wait(lambda: not widget.running or planes_done(controller) >= 4)
    picture(viewer, "segment-stack-planes")
    wait(lambda: not widget.running)
    print(widget.status_panel.status.value.replace("\n", "; "))
    viewer.dims.ndisplay = 3
    viewer.fit_to_view()
    viewer.scene.camera.angles = (0, 25, 60)
    save(viewer, "segment-stack-3d")


def planes_done(controller: Any) -> int:
    """Return how many planes of the current run are done."""
    run = controller.current_run
    return 0 if run is None else len(run.planes)


def tracks() -> None:
    """Take a picture of tracked nuclei and their paths."""
    viewer = open_viewer("time")
    widget = open_segment(viewer)
    widget.form.track.box.value = True
    run(widget)
    viewer.dims.set_current_step(0, 6)
    save(viewer, "segment-tracks")


def lineage() -> None:
    """Draw the family trees of a movie with divisions."""
    settings = MovieSettings(division_rate=0.03)
    _, labels, parents = synthetic_movie((192, 192), 24, seed=3, settings=settings)
    figure = Tracking.from_numbers(labels, parents).draw_lineage()
    path = IMAGES / "lineage.png"
    figure.savefig(path, dpi=100)
    print(path)


def live() -> None:
    """Take a picture of the live view, zoomed in."""
    viewer = open_viewer("synthetic")
    widget = open_segment(viewer)
    viewer.scene.camera.zoom *= 2
    widget.live.value = True
    wait(lambda: widget.live_view.update_count > 0 and not widget.live_view.busy)
    save(viewer, "segment-live")


def large() -> None:
    """Take a picture of a large image of which some blocks are finished."""
    viewer = open_viewer("synthetic")
    tile = viewer.layers["Synthetic fluorescence"].data
    viewer.layers.clear()
    viewer.add_image(
        np.tile(tile, (12, 12)), name="a large image", contrast_limits=(0, 1500)
    )
    widget = open_segment(viewer)
    widget.form.large_folder.value = tempfile.mkdtemp()
    widget.run.native.click()
    wait(lambda: not widget.running or current_block(widget) > 5)
    drawn = monotonic() + 1
    wait(lambda: monotonic() > drawn)
    save(viewer, "segment-large")


def current_block(widget: Any) -> int:
    """Return the number of the block that the status line names; 0 if it names none."""
    named = re.search(r"Block (\d+) of", widget.status_panel.status.value)
    return int(named[1]) if named else 0


def table() -> None:
    """Take a picture of the Nuclei table, with nuclei coloured by their area."""
    viewer = open_viewer("synthetic")
    run(open_segment(viewer))
    _, widget = viewer.window.add_plugin_dock_widget(PLUGIN, "Nuclei table")
    wait(lambda: not widget.busy)
    widget.session.colour_by("area")
    wait(lambda: True)
    widget.session.select(widget.session.frame.nlargest(3, "area").index)
    save(viewer, "nuclei-table")


def correct() -> None:
    """Take a picture of the Correct nuclei dock while a nucleus is split."""
    viewer = open_viewer("synthetic")
    run(open_segment(viewer))
    _, widget = viewer.window.add_plugin_dock_widget(PLUGIN, "Correct nuclei")
    wait(lambda: not widget.busy)
    for _ in range(3):
        widget.act("next")
        widget.act("accept")
    wait(lambda: not widget.busy)
    widget.mouse.choose("split")
    save(viewer, "correct-nuclei")


def folder() -> None:
    """Take a picture of the dock "Folder or plate" after a run over six wells."""
    plate = Path(tempfile.mkdtemp()) / "plate"
    plate.mkdir()
    for number, well in enumerate(("A01", "A02", "A03", "B01", "B02", "B03")):
        image, _ = synthetic_nuclei((256, 256), count=50 - 5 * number, seed=number)
        imwrite(plate / f"{well}_s1_w1.tif", image)
    viewer = napari.Viewer(show_welcome_screen=False)
    viewer.theme = THEME
    viewer.window.resize(*SIZE)
    _, widget = viewer.window.add_plugin_dock_widget(PLUGIN, "Folder or plate")
    widget.choose_folder(plate)
    run(widget)
    widget.files.chosen.emit(0)
    wait(lambda: len(viewer.layers) == 2)
    viewer.fit_to_view()
    save(viewer, "folder")


def error() -> None:
    """Take a picture of the error about an image with NaN."""
    viewer = open_viewer("synthetic")
    image = viewer.layers["Synthetic fluorescence"]
    broken = image.data.astype(float)
    broken[:9] = float("nan")
    viewer.layers.clear()
    viewer.add_image(broken, name="a broken image", contrast_limits=(0, 1200))
    widget = open_segment(viewer)
    run(widget)
    save(viewer, "segment-error")


def train() -> None:
    """Take pictures before, during and after a training on ten nuclei of tissue.

    The variable `NAPARI_NUCLEI_DSB2018` names the folder with the data set's zip.
    """
    folder = os.environ.get("NAPARI_NUCLEI_DSB2018")
    if folder is None:
        raise SystemExit("Set NAPARI_NUCLEI_DSB2018 to the data set's folder")
    (sample,) = read_dataset(Path(folder, "stage1_train.zip"), ids=[TISSUE])
    painted = paint(sample, NUCLEI, seed=0)
    size = median_diameter([painted.labels])
    viewer = open_viewer("tissue")
    viewer.layers.clear()
    image = viewer.add_image(sample.image, name="white tissue")
    found = load_segmenter().segment(image.data, diameter=size)
    outlines(viewer, found, "found before")
    viewer.layers["found before"].visible = False
    layer = viewer.add_labels(painted.labels, name="painted nuclei")
    viewer.layers.selection.active = layer
    _, widget = viewer.window.add_plugin_dock_widget(PLUGIN, "Train a model")
    widget.form.name_line.value = "white-tissue"
    wait(lambda: True)
    viewer.fit_to_view()
    widget.region_suggester.find_button.native.click()
    wait(lambda: not widget.region_suggester.running)
    viewer.fit_to_view()
    picture(viewer, "train-before")
    viewer.layers[f"where to paint: {image.name}"].visible = False
    widget.train.native.click()
    wait(lambda: len(widget.training_plot.rows) > SHOWN_EPOCHS or not widget.running)
    picture(viewer, "train-during")
    longest = wait(lambda: not widget.running)
    print(
        f"{widget.status_panel.status.value}; "
        f"events were handled within {longest:.3f} s"
    )
    layer.visible = False
    found = load_segmenter("white-tissue").segment(image.data, diameter=size)
    outlines(viewer, found, "found after")
    picture(viewer, "train-after")
    viewer.layers["found after"].visible = False
    viewer.layers["found before"].visible = True
    picture(viewer, "train-bundled")
    viewer.close()


def outlines(viewer: napari.Viewer, labels: Any, name: str) -> None:
    """Add labels and draw only their outlines."""
    viewer.add_labels(labels, name=name).contour = 2


def main() -> None:
    """Take the pictures that the command line names, or all of them."""
    IMAGES.mkdir(exist_ok=True)
    pictures = (
        fluorescence,
        tissue,
        time_series,
        z_stack,
        tracks,
        lineage,
        live,
        large,
        table,
        correct,
        folder,
        error,
        train,
    )
    names = sys.argv[1:] or [take.__name__ for take in pictures]
    for take in pictures:
        if take.__name__ in names:
            take()


if __name__ == "__main__":
    main()
