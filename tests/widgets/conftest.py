"""A model and a network without weights, for quick tests of the docks."""

from __future__ import annotations

import gc
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from napari.layers import Layer

import napari_nuclei
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.model.store import write_card
from napari_nuclei.widgets.segment.layer_data import METADATA_KEY

# TensorFlow, which other tests load, crashes with a Mesa driver that uses LLVM.
os.environ.setdefault("GALLIUM_DRIVER", "softpipe")
os.environ.setdefault("DRAW_USE_LLVM", "0")

TIMEOUT_MS = 60_000
"""Longest wait of a test, in milliseconds."""


@pytest.fixture(scope="session", autouse=True)
def freeze_modules():
    """Exclude modules from garbage collection, which every viewer runs three times."""

    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def empty_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Use empty settings and folders in every test, not those of the user."""
    file = tmp_path / "segment.json"
    monkeypatch.setattr(
        "napari_nuclei.widgets.segment.form_settings.plugin_section", lambda: None
    )
    monkeypatch.setattr(
        "napari_nuclei.widgets.segment.form_settings.settings_file", lambda: file
    )
    monkeypatch.setattr(
        "napari_nuclei.widgets.correct.saving.corrections_folder",
        lambda: tmp_path / "corrections",
    )


class FakeNetwork:
    """Finds bright pixels; can be held in the middle of a prediction."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()
        self.error: Exception | None = None

    def __call__(self, tiles):
        self.entered.set()
        assert self.go_on.wait(TIMEOUT_MS / 1000)
        if self.error:
            raise self.error
        foreground = 1 / (1 + np.exp(-20 * (tiles[..., :1] - 0.3)))
        return np.concatenate([foreground, foreground], axis=-1).astype(np.float32)

    def hold(self) -> None:
        self.go_on.clear()


@pytest.fixture
def network(own_models: Path, monkeypatch: pytest.MonkeyPatch):
    """Return a fake network, which is that of the only model, "discs"."""
    monkeypatch.setattr("napari_nuclei.model.store.BUNDLED", own_models / "bundled")
    fake = FakeNetwork()
    card = ModelCard(
        "discs", description="Bright discs.", probability=0.4, splitting=0.6
    )
    folder = own_models / card.name
    folder.mkdir(parents=True)
    write_card(folder, card)

    def load(model):
        return Segmenter(fake, card)

    monkeypatch.setattr(napari_nuclei, "load_segmenter", load, raising=False)
    yield fake
    fake.go_on.set()


@pytest.fixture
def spots(discs):
    """Return an image of 6 bright discs, 20 pixels wide, and their labels."""
    circles = [(r, c, 10) for r in (30, 90) for c in (30, 90, 150)]
    labels = discs((128, 192), circles)
    image = np.where(labels > 0, 4000, 100).astype(np.uint16)
    return image, labels


@pytest.fixture
def stack(spots):
    """Return three planes: the discs, an empty one, and the discs upside down."""
    return np.stack([spots[0], np.full_like(spots[0], 100), spots[0][::-1]])


@pytest.fixture
def opened(make_napari_viewer):
    """Return a function that opens napari with an image and the Segment dock."""

    def open_(image=None, **arguments):
        viewer = make_napari_viewer()
        if image is not None:
            viewer.add_image(image, name="cells", **arguments)
        _, widget = viewer.window.add_plugin_dock_widget(
            "napari-nuclei", "Segment nuclei"
        )
        return viewer, widget

    return open_


@pytest.fixture
def results():
    """Return a function that lists the labels layers that runs have added."""

    def results_(viewer) -> list[Layer]:
        return [layer for layer in viewer.layers if METADATA_KEY in layer.metadata]

    return results_


@pytest.fixture
def run(qtbot):
    """Return a function that presses Run and waits until the run is over."""

    def run_(widget) -> None:
        assert widget.run.enabled
        widget.run.native.click()
        assert widget.running
        qtbot.waitUntil(lambda: not widget.running, timeout=TIMEOUT_MS)

    return run_
