"""Timings of the Segment widget, printed; ``pytest -m benchmark -s`` on a display."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from itertools import pairwise

import numpy as np
import pytest
from napari.layers import Image
from qtpy.QtCore import QTimer

from napari_nuclei import SegmentConfig, load_segmenter
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.model.store import find_model
from napari_nuclei.widgets.layers.image_source import RegionChoice, make_image_source
from napari_nuclei.widgets.segment.blockwise import is_large
from napari_nuclei.widgets.segment.controller import RunController
from napari_nuclei.widgets.segment.in_memory import relabel, segment_in_memory
from napari_nuclei.widgets.segment.live.live_inference import (
    make_screen_region,
    segment_screen,
)

pytestmark = pytest.mark.benchmark

PATIENCE = 300_000


OPEN = """
import time
import napari, numpy as np
from qtpy.QtWidgets import QApplication

viewer = napari.Viewer()
viewer.add_image(np.zeros((512, 512), np.uint8))
QApplication.processEvents()
for name in ("Segment nuclei", "Train a model"):
    began = time.perf_counter()
    viewer.window.add_plugin_dock_widget("napari-nuclei", name)
    QApplication.processEvents()
    print(name, time.perf_counter() - began, sep=",")
viewer.close()
"""


def nothing(step) -> None:
    pass


def test_docks_open() -> None:
    """In a process of its own: nothing of the package is imported there before."""
    rounds = []
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", OPEN], stdout=subprocess.PIPE, text=True, check=True
        )
        lines = [line.split(",") for line in done.stdout.splitlines() if "," in line]
        rounds.append({name: float(took) for name, took in lines})
    print()
    for name in rounds[0]:
        best, first = min(r[name] for r in rounds), rounds[0][name]
        print(f"{name!r} opens in {best:.2f} s (best of 3; the first {first:.2f} s)")


def test_a_look_at_a_megapixel_of_screen() -> None:
    image, _ = synthetic_nuclei((2048, 2048), count=5000, seed=0)
    layer, segmenter = Image(image), load_segmenter()
    known: dict[str, object] = {}
    took = []
    for number in range(9):
        corner = 100 * number
        view = ((corner, corner + 1000), (corner, corner + 1000))
        began = time.perf_counter()
        screen = make_screen_region(layer, (0, 0), RegionChoice(), view, 1.0)
        seen = segment_screen(segmenter, screen, SegmentConfig(), nothing, **known)
        took.append(time.perf_counter() - began)
        known = {"diameter": seen.diameter, "intensity": seen.intensity}
    print(
        f"\nlive view, 1000 x 1000 pixels: first {took[0] * 1000:.0f} ms, then "
        f"{statistics.median(took[1:]) * 1000:.0f} ms (median of {len(took) - 1})"
    )


def test_new_thresholds_of_a_megapixel() -> None:
    image, _ = synthetic_nuclei((1024, 1024), seed=0)
    source = make_image_source(Image(image), (0, 0))
    run = segment_in_memory(
        source, find_model("nuclei").folder, SegmentConfig(), nothing
    )
    took = []
    for probability in np.linspace(0.3, 0.8, 11):
        config = SegmentConfig(probability=float(probability))
        began = time.perf_counter()
        relabel(run, config, nothing)
        took.append(time.perf_counter() - began)
    print(
        f"\nlive thresholds, 1024 x 1024: {statistics.median(took) * 1000:.0f} ms "
        f"(median of {len(took)})"
    )


def test_a_cancelled_run_ends_soon() -> None:
    """The thread ends at its next step; this is the longest time between two."""
    image, _ = synthetic_nuclei((1024, 1024), seed=0)
    source = make_image_source(Image(np.tile(image, (5, 5))), (0, 0))
    assert not is_large(source)
    steps: list[tuple[float, str]] = []
    segment_in_memory(
        source,
        find_model("nuclei").folder,
        SegmentConfig(),
        lambda step: steps.append((time.perf_counter(), step.message)),
    )
    steps.append((time.perf_counter(), ""))
    gaps = [(after[0] - before[0], before[1]) for before, after in pairwise(steps)]
    print("\n5120 x 5120, longest times between two steps of the thread:")
    for seconds, message in sorted(gaps)[:-4:-1]:
        print(f"  {seconds:.2f} s after {message!r}")


@pytest.mark.parametrize("across", [4, 9])
def test_the_window_goes_on_while_a_large_image_is_segmented(
    make_napari_viewer, qtbot, monkeypatch, tmp_path, across
) -> None:
    viewer = make_napari_viewer()
    image, _ = synthetic_nuclei((1024, 1024), seed=0)
    viewer.add_image(np.tile(image, (across, across)), name="large")
    _, widget = viewer.window.add_plugin_dock_widget("napari-nuclei", "Segment nuclei")
    ticks: list[float] = []
    ended: list[float] = []
    # napari's own drawing of the result is not part of it.
    monkeypatch.setattr(
        RunController, "_show", lambda *_: ended.append(time.perf_counter())
    )
    widget.form.large_folder.value = tmp_path
    timer = QTimer()
    timer.timeout.connect(lambda: ticks.append(time.perf_counter()))
    timer.start(5)
    widget.run.native.click()
    qtbot.waitUntil(lambda: not widget.running, timeout=PATIENCE)
    timer.stop()
    gaps = np.diff([tick for tick in ticks if not ended or tick <= ended[0]])
    print(
        f"\n{1024 * across} pixels a side in {ended[0] - ticks[0]:.1f} s: longest "
        f"pause of the event loop {gaps.max() * 1000:.0f} ms, of {len(gaps)}; "
        f"over 100 ms: {(gaps > 0.1).sum()}"
    )
